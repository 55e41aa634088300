//! The tools of the crate `bench`, which drive the running product from outside: built here, run there. They start
//! what they need, PostgreSQL included, and take it away again.

use std::process::Command;

use xtask::command::{cargo, succeed};
use xtask::install::{Machine, POSTGRES};
use xtask::{Outcome, paths};

pub fn story(arguments: &[String]) -> Outcome {
    alone("story", arguments)
}

pub fn race(arguments: &[String]) -> Outcome {
    alone("race", arguments)
}

pub fn crash(arguments: &[String]) -> Outcome {
    alone("crash", arguments)
}

/// Measured is what is shipped: a release build.
pub fn bench(arguments: &[String]) -> Outcome {
    let mut machine = Machine::from_flags(&[])?;
    machine.install_from_debian(&[&POSTGRES])?;
    succeed(&mut cargo(&["build", "--release", "--package", "app", "--package", "bench"]))?;
    let ran = succeed(program("release")?.arg("bench").args(arguments));
    machine.tell_skipped();
    ran
}

fn alone(tool: &str, arguments: &[String]) -> Outcome {
    let mut machine = Machine::from_flags(&[])?;
    let words: Vec<&str> = std::iter::once(tool).chain(arguments.iter().map(String::as_str)).collect();
    let ran = driven(&mut machine, &words);
    machine.tell_skipped();
    ran
}

/// Runs a tool that tells right from wrong: the debug build, as `cargo test` makes it.
pub fn driven(machine: &mut Machine, words: &[&str]) -> Outcome {
    machine.install_from_debian(&[&POSTGRES])?;
    // All targets, as `cargo test` builds them: single programs would be built with fewer features of their
    // dependencies, and these all over again.
    succeed(&mut cargo(&["build", "--workspace", "--all-targets"]))?;
    succeed(program("debug")?.args(words))
}

fn program(profile: &str) -> Outcome<Command> {
    Ok(Command::new(paths::target()?.join(profile).join("bench")))
}
