//! Psychotherapy notes: a therapist's own analysis of a session, apart from the record (45 CFR 164.501, domain 6).
//!
//! Invariants: nobody but the author learns what stands in one, whatever they may do; it is in no export, search, print,
//! chart, claim or feed, because no other room reads this table; no older version is kept, no answer with its text is
//! stored, and no event says more than that there is one.

pub mod actions;
pub mod api;
pub mod pages;
mod store;
mod view;
