//! Charts: what a documented session leaves in each patient's chart, read-only.
//!
//! Words: an *entry* is a session the patient attended, with the group note and their own notes; an *absence* is a line
//! without any note. Invariants: one entry for a participant; its text is kept with its hash, which the audit log knows
//! too; nobody edits it, an annotation of a note is added to every entry that shows the note. Guests have no chart.

pub mod actions;
pub mod api;
pub mod pages;
pub mod reactions;
pub mod released;
mod store;
pub mod verify;
mod view;

pub use store::{ChartRow, EntryKind, of_patients};
