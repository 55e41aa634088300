//! The record of sessions as a whole: how much is written about one, what waits for a reviewer, and what is still to be
//! documented, until when.
//!
//! Invariants: nothing here is stored; every number is derived from sessions, notes and chart entries.

pub mod actions;
pub mod api;
mod store;
