//! Convene: group sessions for behavioural-health clinics.
//!
//! Rooms, in order; a room uses only rooms before it: `audit, identity, settings, people, consents, groups, roster, sessions,
//! keep_apart, kiosk, schedule`. Around them: the [`door`] to the data, [`reactions`] from an event to what later rooms do because of it,
//! Rooms, in order; a room uses only rooms before it: `audit, identity, settings, people, templates, groups, roster, sessions,
//! keep_apart, schedule`. Around them: the [`door`] to the data, [`reactions`] from an event to what later rooms do because of it,
//! [`http`] and [`shell`] for the web, and [`cli`] for the command line. `ARCHITECTURE.md` is the map.

pub mod app;
pub mod audit;
pub mod chart;
pub mod chart_access;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connect;
pub mod consents;
pub mod demo;
pub mod disclosures;
pub mod door;
pub mod events;
pub mod export;
pub mod frame;
pub mod groups;
pub mod http;
pub mod identity;
pub mod import;
pub mod jobs;
pub mod keep_apart;
pub mod kiosk;
pub mod live;
pub mod merging;
pub mod migrations;
pub mod notes;
pub mod paging;
pub mod people;
pub mod problem;
pub mod psychotherapy;
pub mod reactions;
pub mod record;
pub mod roster;
pub mod schedule;
pub mod screens;
pub mod sessions;
pub mod settings;
pub mod shell;
pub mod templates;
pub mod verification;
pub mod when;

pub use app::App;
