//! Stories at the door: everything a client can rely on, told over HTTP on both databases.

mod harness;

mod apart;
mod audit_log;
mod browser;
mod calendar;
mod chart;
mod contract;
mod demo;
mod exports;
mod feeds;
mod groups;
mod idempotency;
mod import;
mod notes;
mod offer_pages;
mod offers;
mod people;
mod people_pages;
mod permissions;
mod plans;
mod roles;
mod roster;
mod roster_model;
mod schedule;
mod schedule_pages;
mod schema;
mod series;
mod series_pages;
mod session_pages;
mod sessions;
mod sign_in;
mod smoke;
mod storage;
mod tokens;
mod verification;
