//! The roster: who belongs to a group, who waits, who left, and who is next.
//!
//! Invariants: every change holds the lock on the group's row; seats and the line are counted in the same transaction;
//! a stint is one row that is never reused, so "who was in it on 3 March" has an answer.

pub mod actions;
pub mod api;
pub mod reactions;
mod store;

pub use store::{Among, Member, Standings, live, live_anywhere, standings};
