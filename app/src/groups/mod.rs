//! Groups: what meets, where, with how many seats, and what it does when full.
//!
//! Invariants: nothing deletes a group: archiving ends it and keeps everything readable. Whoever changes a roster, a
//! session or a booking of a group locks its row first, with [`lock`].

pub mod actions;
pub mod api;
pub mod pages;
mod store;
pub mod view;

pub use store::{Counts, Group, co_facilitators, counts, counts_now, lock};
