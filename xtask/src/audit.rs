//! `cargo xtask audit`: licences, sources and bans of the dependencies (`deny.toml`), and that each is used.
//! Advisories are not asked for: their database is a Git repository that not every machine can fetch.

use std::path::Path;
use std::process::Command;

use xtask::command::{cargo, succeed};
use xtask::install::Machine;
use xtask::{Outcome, paths};

const DENY: &str = "0.20.2";
const MACHETE: &str = "0.9.2";

/// `--install` allows installing the two programs without being root.
pub fn run(flags: &[String]) -> Outcome {
    let mut machine = Machine::from_flags(flags)?;
    let deny = machine.cargo_tool("cargo-deny", DENY)?;
    let machete = machine.cargo_tool("cargo-machete", MACHETE)?;
    // cargo-deny looks at every dependency's licence, also of those for other systems, which no build fetches.
    succeed(&mut cargo(&["fetch", "--locked"]))?;
    if let Some(deny) = deny {
        succeed(in_root(&deny).args(["--offline", "check", "licenses", "bans", "sources"]))?;
    }
    if let Some(machete) = machete {
        succeed(&mut in_root(&machete))?;
    }
    machine.tell_skipped();
    Ok(())
}

fn in_root(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(paths::root());
    command
}
