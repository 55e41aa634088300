//! Statements over templates.

pub mod group_sessions;
pub mod notes;
