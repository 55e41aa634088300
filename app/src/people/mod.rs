//! The people and the places: patients, guests, practitioners, sites and rooms.
//!
//! Invariants: a person is never deleted, only inactive; a medical record number is unique in its organization; names
//! are searched by folded words, never by `like`; nobody supervises themselves, directly or through others.

pub mod actions;
pub mod api;
pub mod pages;
mod store;
pub mod view;

pub use store::{
    Guest, Patient, Practitioner, Room, Site,
    apart::{self, KeepApart, hold, pairs_of},
    availability::{TimeOff, away, hours},
    holidays::{Holiday, between as holidays_between, hold_sites},
    names, names_and_births,
    patients::{duplicates, insert_all as insert_patients, update as update_patient, update_guest},
    practitioner_names,
    records::{Records, hold_records, records, records_of},
    sheet_names,
};
