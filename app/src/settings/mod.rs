//! What an organization sets for itself, each with a default that works from the first day.
//!
//! A setting is here only when something obeys it.

pub mod actions;
pub mod api;
pub mod pages;
mod store;

pub use actions::{Settings, require_group_sessions, settings};
