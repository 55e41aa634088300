//! Keep-apart pairs: two people who must never share a session (domain 3). Private.
//!
//! Invariants: only who holds `keep_apart.manage` learns of a pair, and who runs the system (`admin`, `superuser`)
//! only of their own; a pair is ended, never changed or deleted; events and the audit log name the pair, never the
//! people. Who may come where is not decided here: rosters and sessions ask [`crate::people`] for the pairs in the
//! transaction that gives a place.

pub mod actions;
pub mod api;
mod store;
