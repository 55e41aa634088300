//! What the tests need of the machine beyond Cargo and a C compiler, and how it gets there.
//!
//! Nothing is installed behind anybody's back: only as root or with `--install`, and each time it is said. What
//! is missing otherwise is skipped and named at the end; with `CI=true` a missing piece is a failure.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use crate::command::{cargo, last_lines, succeeds};
use crate::{Outcome, browser, paths, postgres};

/// What this run may do to the machine, and what it had to leave out so far.
pub struct Machine {
    may_install: bool,
    strict: bool,
    skipped: Vec<String>,
}

/// A piece from Debian's packages.
pub struct Need {
    what: &'static str,
    packages: &'static [&'static str],
    present: fn() -> bool,
    /// What is skipped without it.
    without: &'static str,
}

pub const POSTGRES: Need = Need {
    what: "PostgreSQL's server",
    packages: &["postgresql"],
    present: || postgres::programs().is_some(),
    without: "every test on PostgreSQL",
};

pub const CHROMIUM: Need = Need {
    what: "Chromium with ChromeDriver",
    packages: &["chromium", "chromium-driver", "fonts-liberation"],
    present: browser::is_installed,
    without: "every test in a browser",
};

const NPM: Need = Need {
    what: "npm",
    packages: &["nodejs", "npm"],
    present: || paths::on_search_path("npm").is_some(),
    without: "the accessibility checks in the browser",
};

const PYTHON: Need = Need {
    what: "Python 3 with venv",
    packages: &["python3", "python3-venv"],
    present: python_makes_environments,
    without: "the checks of the API's description, of recurrence rules by python-dateutil, and of calendar feeds",
};

impl Need {
    /// The piece is on this machine.
    pub fn is_there(&self) -> bool {
        (self.present)()
    }
}

impl Machine {
    /// The only flag is `--install`: it allows installing without being root.
    pub fn from_flags(flags: &[String]) -> Outcome<Machine> {
        if let Some(unknown) = flags.iter().find(|flag| *flag != "--install") {
            return Err(format!("`{unknown}` is not known here, only --install"));
        }
        let strict = std::env::var_os("CI").is_some_and(|value| value == "true");
        Ok(Machine { may_install: !flags.is_empty() || paths::is_root(), strict, skipped: Vec::new() })
    }

    /// Installs what is missing of `needs` in one go; what cannot be had is skipped.
    pub fn install_from_debian(&mut self, needs: &[&Need]) -> Outcome {
        let missing: Vec<&&Need> = needs.iter().filter(|need| !need.is_there()).collect();
        let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
        if !packages.is_empty() && self.may_install && paths::on_search_path("apt-get").is_some() {
            apt_get(&packages)?;
        }
        for need in missing.iter().filter(|need| !need.is_there()) {
            let how = format!("apt-get install {}", need.packages.join(" "));
            self.skip(need.without, need.what, &how)?;
        }
        Ok(())
    }

    /// The modules that `e2e/package-lock.json` pins, if they are there or may be installed.
    pub fn node_modules(&mut self) -> Outcome<Option<PathBuf>> {
        let project = paths::root().join("e2e");
        let lock = project.join("package-lock.json");
        let modules = project.join("node_modules");
        let done = Stamp { pinned: lock, mark: modules.join(".convene-installed") };
        if done.is_current() {
            return Ok(Some(modules));
        }
        self.install_from_debian(&[&NPM])?;
        if !NPM.is_there() {
            return Ok(None);
        }
        if !self.may_install {
            self.skip(NPM.without, "e2e/node_modules", "npm ci --prefix e2e")?;
            return Ok(None);
        }
        println!("Installing from npm what e2e/package-lock.json pins");
        attempt("npm", || {
            let mut npm = Command::new("npm");
            npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&project);
            npm
        })?;
        done.set()?;
        Ok(Some(modules))
    }

    /// The programs of a Python environment with what `e2e/requirements.txt` pins.
    pub fn python(&mut self) -> Outcome<Option<PathBuf>> {
        let pinned = paths::root().join("e2e/requirements.txt");
        let place = paths::target()?.join("python");
        let programs = place.join("bin");
        let done = Stamp { pinned: pinned.clone(), mark: place.join(".convene-installed") };
        if done.is_current() && succeeds(Command::new(programs.join("python")).args(["-c", ""])) {
            return Ok(Some(programs));
        }
        self.install_from_debian(&[&PYTHON])?;
        if !PYTHON.is_there() {
            return Ok(None);
        }
        if !self.may_install {
            self.skip(PYTHON.without, "the Python tools", "cargo xtask test --install")?;
            return Ok(None);
        }
        println!("Installing from PyPI what e2e/requirements.txt pins, into {}", place.display());
        attempt("venv", || {
            let mut python = Command::new("python3");
            python.args(["-m", "venv", "--clear"]).arg(&place);
            python
        })?;
        attempt("pip", || {
            let mut pip = Command::new(programs.join("python"));
            pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement"]).arg(&pinned);
            pip
        })?;
        done.set()?;
        Ok(Some(programs))
    }

    /// A program of Cargo's own ecosystem in exactly that version, kept in the build directory.
    pub fn cargo_tool(&mut self, name: &str, version: &str) -> Outcome<Option<PathBuf>> {
        let place = paths::target()?.join("tools");
        let program = place.join("bin").join(name);
        let wanted = |program: &Path| {
            let output = Command::new(program).arg("--version").output();
            output.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).trim().ends_with(version))
        };
        let found = [Some(program.clone()), paths::on_search_path(name)].into_iter().flatten().find(|p| wanted(p));
        if found.is_some() || !self.may_install {
            if found.is_none() {
                let how = format!("cargo install --locked {name}@{version}");
                self.skip(&format!("the check by {name}"), name, &how)?;
            }
            return Ok(found);
        }
        println!("Installing {name} {version} with Cargo, into {}", place.display());
        attempt(name, || {
            let mut command = cargo(&["install", "--locked", "--debug", "--force", "--root"]);
            command.arg(&place).arg(format!("{name}@{version}"));
            command
        })?;
        Ok(Some(program))
    }

    /// Leaves `what` out for want of `piece`, which `how` would bring; with `CI=true` that is an error.
    pub fn skip(&mut self, what: &str, piece: &str, how: &str) -> Outcome {
        let line = format!("{what}: {piece} is missing (to install it: {how})");
        if self.strict {
            return Err(format!("in CI nothing is skipped, but {line}"));
        }
        // Two steps may want the same piece.
        if !self.skipped.contains(&line) {
            self.skipped.push(line);
        }
        Ok(())
    }

    /// Says what was left out.
    pub fn tell_skipped(&self) {
        for line in &self.skipped {
            println!("Skipped: {line}");
        }
        if !self.skipped.is_empty() && !self.may_install {
            println!("`cargo xtask test --install` (or the same as root) installs what is missing.");
        }
    }
}

/// What was installed from a file of pinned versions, and still is what that file says.
struct Stamp {
    pinned: PathBuf,
    mark: PathBuf,
}

impl Stamp {
    fn is_current(&self) -> bool {
        fs::read(&self.mark).is_ok_and(|installed| fs::read(&self.pinned).is_ok_and(|pinned| pinned == installed))
    }

    fn set(&self) -> Outcome {
        let copied = fs::copy(&self.pinned, &self.mark);
        copied.map(drop).map_err(|error| format!("{} cannot be written: {error}", self.mark.display()))
    }
}

fn python_makes_environments() -> bool {
    succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"]))
}

fn apt_get(packages: &[&str]) -> Outcome {
    println!("Installing from Debian: {}", packages.join(" "));
    let with = |arguments: &[&str]| {
        let mut words = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y"];
        words.extend(["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]);
        words.extend(arguments);
        let mut command = if paths::is_root() { Command::new(words.remove(0)) } else { Command::new("sudo") };
        command.args(words);
        command
    };
    attempt("apt-get-update", || with(&["update"]))?;
    let install = [&["install", "--no-install-recommends"], packages].concat();
    attempt("apt-get-install", || with(&install))
}

/// Runs a command that needs a registry, at most three times: registries stumble, and Debian's package
/// database may be locked by somebody else's installation. Its output goes to a file that a failure quotes.
fn attempt(name: &str, command: impl Fn() -> Command) -> Outcome {
    let logs = paths::target()?.join("logs");
    let log = logs.join(format!("{name}.log"));
    let mut told = String::new();
    for pause in [15, 30, 0] {
        let failed = |error: std::io::Error| format!("{name} could not be run: {error}");
        fs::create_dir_all(&logs).map_err(failed)?;
        let output = File::create(&log).map_err(failed)?;
        let errors = output.try_clone().map_err(failed)?;
        let status = command().stdout(output).stderr(errors).status().map_err(failed)?;
        if status.success() {
            return Ok(());
        }
        told = format!("{name} failed ({status}); the end of {}:{}", log.display(), last_lines(&[&log]));
        println!("{told}");
        if pause > 0 {
            println!("Once more in {pause} seconds");
            sleep(Duration::from_secs(pause));
        }
    }
    Err(told)
}
