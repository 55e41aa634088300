//! Statements over sessions, their leaders, their participants, their encounters and the numbers of both.

mod clashes;
mod consents;
mod encounters;
pub mod imported;
mod leaders;
mod lists;
mod numbers;
mod participants;
mod sessions;
mod viewers;

pub use clashes::{Taken, leaders_taken, led_between, rooms_taken};
pub use consents::by_consent;
pub use encounters::{
    Encounter, EncounterStatus, SubjectType, encounter_id, encounter_of, encounters_of, turn_encounters,
};
pub use leaders::{add_leaders, add_leaders_of_each, lead, leaders, leaders_of, set_leaders, therapists};
pub use lists::{
    days_of_sessions, led_by, participants_asked, participants_by_time, practitioners_named, sessions_by_time,
    sessions_numbered, with_free_seats,
};
pub use numbers::{issued, issued_in, reserve, reserve_ahead};
pub use participants::{
    Participant, booked_elsewhere, in_sessions, of_person_in, of_session, open_places, placed, taken, with_a_place,
};
pub(super) use sessions::LONGEST;
pub use sessions::{
    Break, Session, at, by_ids, cancel_all, forget_names, future, future_ids_of_person, of_series, people_told,
    reinstate_all, save, singles,
};
pub use viewers::{Viewing, leave, look, viewers};
