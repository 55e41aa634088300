//! Statements over notes, their signatures, annotations and waivers.

mod notes;
mod signed;
pub mod verify;
mod writers;

pub use notes::{Note, Values, last_of_discipline, last_of_patients, of_encounter};
pub use signed::{
    Annotation, Signature, Waiver, add_waivers, annotations_of, sha256, signatures_of, waivers, waivers_of,
};
pub use writers::{drafts_of_other_leaders, standings, writers, writes};
