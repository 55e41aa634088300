//! What the project's own tools share: programs that run beside a test and end with it, what the machine must
//! have, and where things are. Standard library only, so that it builds in seconds.

pub mod browser;
pub mod command;
pub mod install;
pub mod paths;
pub mod postgres;
pub mod service;

/// What a tool answers: nothing, or a sentence for the person who ran it.
pub type Outcome<T = ()> = Result<T, String>;
