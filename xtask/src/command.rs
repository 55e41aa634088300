//! Running other programs.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Outcome, paths};

/// A Cargo command in the workspace. What `cargo run` told this program about itself is taken away: a build
/// script that looks at it would otherwise build its crate anew, here and again in the developer's shell.
pub fn cargo(arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(paths::root());
    for (name, _) in std::env::vars_os() {
        let told = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|kind| told.starts_with(kind)) {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a command whose output the reader sees; anything but success is an error.
pub fn succeed(command: &mut Command) -> Outcome {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("{program} could not be run: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program} failed ({status}): its own words are above")) }
}

/// Runs a command in silence and tells whether it succeeded.
pub fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// The last lines of some files, one after another, indented to be quoted in a message.
pub fn last_lines(files: &[&Path]) -> String {
    let all: Vec<u8> = files.iter().flat_map(|file| fs::read(file).unwrap_or_default()).collect();
    let all = String::from_utf8_lossy(&all);
    let lines: Vec<&str> = all.lines().collect();
    lines[lines.len().saturating_sub(20)..].iter().map(|line| format!("\n  {line}")).collect()
}
