//! Use cases of templates.

pub mod group_sessions;
pub mod notes;
