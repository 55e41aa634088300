//! Readers and writers for the outside world, pure: text in, data out, and back.

pub mod csv;
pub mod encoding;
pub mod export;
pub mod icalendar;
pub mod import;
pub mod mapping;
pub mod pdf;
