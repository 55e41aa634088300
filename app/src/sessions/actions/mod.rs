//! Use cases over sessions and the people in them.

mod checks;
mod create;
mod lists;

pub use create::{create, create_encounter};
pub use lists::{available, encounter, encounters, list, of_patient, participants, show};
