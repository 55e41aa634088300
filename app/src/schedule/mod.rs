//! The schedule: when a group meets, and the sessions that follow from it over a rolling horizon.
//!
//! Words: a *recurrence* is the rule, a *series* the sessions it yields, a *part* a stretch of a series with a time, a
//! place or leaders of its own. Invariants: a session is known to its series by the start the rule gives it, so making
//! the same sessions twice makes nothing; a series that is moved keeps its sessions, with their numbers and bookings;
//! what somebody edited, cancelled or started is left alone; a changed rule cancels what it no longer yields.

pub mod actions;
pub mod api;
mod filling;
pub mod jobs;
mod overrides;
mod plan;
pub mod reactions;
mod store;
mod views;

pub use overrides::Overrides;
pub use plan::Kept;
pub use store::GroupRecurrence;
pub use views::{
    Conflict, EditedSession, HolidayChange, KeptMeeting, Meeting, MovedMeeting, PartView, RecurrenceView,
    ScheduleChange, SeriesChange, SkippedMeeting, Told,
};
