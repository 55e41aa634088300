//! One person, two records: a guest who becomes a patient, and a patient who was registered twice.
//!
//! Invariants: everything that is to come, and everything that was, is found under the patient that stays; nothing signed
//! is altered (signed notes and chart entries keep the words and the ids they were signed with, and the chart of the one
//! who stays shows them); the record that goes is inactive for good and points at the other; either all of it happens or
//! none. There is no way back but by hand.

pub mod actions;
pub mod api;
mod moving;
mod store;
