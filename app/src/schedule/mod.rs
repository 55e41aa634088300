//! The schedule: when a group meets, and the sessions that follow from it over a rolling horizon.
//!
//! Words: a *recurrence* is the rule, a *series* the sessions it yields. Invariants: a session is known to its series by
//! the start the rule gives it, for good, so making the same sessions twice makes nothing; what somebody edited,
//! cancelled or started is left alone; a changed rule cancels what it no longer yields.

pub mod actions;
pub mod api;
pub mod jobs;
mod plan;
pub mod reactions;
mod store;

pub use store::GroupRecurrence;
