//! Convene: the rooms, the web shell around them and the command line.

pub mod shell;
