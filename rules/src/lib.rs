//! The rulebook: what a group, a roster, a session, a note and a week of treatment may be.
//!
//! Plain functions over plain data. Never here: async, a clock, randomness, input or output, a log, SQL.
//! Time and ids are arguments; an answer is what follows, or a refusal with its reason.
//!
//! Reading order: [`id`], [`text`], [`violation`], [`permissions`], then one file a feature, named as its room in
//! the app.

pub mod availability;
pub mod chart;
pub mod chart_access;
pub mod column;
pub mod consents;
pub mod disclosures;
pub mod groups;
pub mod holidays;
pub mod id;
pub mod keep_apart;
pub mod kiosk;
pub mod merging;
pub mod names;
pub mod notes;
pub mod numbers;
pub mod parsed;
pub mod people;
pub mod permissions;
pub mod recurrence;
pub mod roster;
pub mod sessions;
pub mod similarity;
pub mod templates;
pub mod text;
pub mod violation;
pub mod vocabulary;
