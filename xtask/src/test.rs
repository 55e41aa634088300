//! `cargo xtask test`: every test, with everything the tests need beside them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Instant;

use crate::bench;
use xtask::browser::Browser;
use xtask::command::cargo;
use xtask::install::{CHROMIUM, Machine, POSTGRES};
use xtask::postgres::{Durability, Postgres};
use xtask::{Outcome, paths};

/// What is run, in order; the last line of the whole is the count of the tests. Race and crash are short ones of their
/// kind: `cargo xtask race` and `cargo xtask crash` run them whole.
const STEPS: &[Step] = &[
    Step { name: "cargo test", run: |run| cargo_test(run, &["--workspace", "--no-fail-fast"]) },
    Step { name: "the API's description", run: |run| crate::openapi::check(&mut run.machine) },
    Step { name: "story", run: |run| bench::driven(&mut run.machine, &["story"]) },
    Step { name: "race", run: |run| bench::driven(&mut run.machine, &["race", "--people", "400"]) },
    Step { name: "crash", run: |run| bench::driven(&mut run.machine, &["crash", "--rounds", "2", "--people", "400"]) },
];

/// One part of the tests.
struct Step {
    name: &'static str,
    run: fn(&mut Run) -> Outcome,
}

/// One run of the tests.
struct Run {
    machine: Machine,
    count: Count,
}

/// How the single tests ended, summed over all test programs.
#[derive(Default, Debug, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// `--install` allows installing without being root; words after `--` go to `cargo test`, and then nothing else
/// is run.
pub fn run(arguments: &[String]) -> Outcome {
    let (own, given) = match arguments.iter().position(|word| word == "--") {
        Some(place) => (&arguments[..place], Some(&arguments[place + 1..])),
        None => (arguments, None),
    };
    let mut run = Run { machine: Machine::from_flags(own)?, count: Count::default() };
    let failures = match given {
        Some(words) => {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            cargo_test(&mut run, &words).err().into_iter().collect()
        }
        None => all_steps(&mut run),
    };
    run.machine.tell_skipped();
    println!("{} passed, {} failed, {} skipped", run.count.passed, run.count.failed, run.count.ignored);
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

/// `cargo xtask screenshots`: the test that looks at every page keeps a picture of each.
pub fn screenshots(arguments: &[String]) -> Outcome {
    let mut run = Run { machine: Machine::from_flags(arguments)?, count: Count::default() };
    run.machine.install_from_debian(&[&CHROMIUM])?;
    if !CHROMIUM.is_there() {
        run.machine.tell_skipped();
        return Err("without Chromium and its driver there are no pictures".to_owned());
    }
    let pictures = paths::target()?.join("screenshots");
    let _ = fs::remove_dir_all(&pictures);
    cargo_test(&mut run, &["--package", "app", "--test", "it", "every_page_is_accessible_light_and_still"])?;
    run.machine.tell_skipped();
    let count = fs::read_dir(&pictures).map_or(0, Iterator::count);
    println!("{count} pictures are in {}", pictures.display());
    if count > 0 { Ok(()) } else { Err("no page was looked at".to_owned()) }
}

/// Runs every step, also after one that failed, and says how long each took.
fn all_steps(run: &mut Run) -> Vec<String> {
    let mut failures = Vec::new();
    let mut times = Vec::new();
    for step in STEPS {
        println!("\n=== {}", step.name);
        let start = Instant::now();
        let outcome = (step.run)(run);
        let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
        times.push(format!("{}: {verdict} in {} s", step.name, start.elapsed().as_secs()));
        failures.extend(outcome.err().map(|error| format!("{}: {error}", step.name)));
    }
    println!("\n{}", times.join("\n"));
    failures
}

/// Runs `cargo test` with a PostgreSQL, a ChromeDriver, the accessibility checker and a Python with its tools beside it.
fn cargo_test(run: &mut Run, arguments: &[&str]) -> Outcome {
    run.machine.install_from_debian(&[&POSTGRES, &CHROMIUM])?;
    let modules = run.machine.node_modules()?;
    let python = run.machine.python()?;
    let postgres = if POSTGRES.is_there() { Some(Postgres::start(Durability::Off)?) } else { None };
    let browser = if CHROMIUM.is_there() { Some(Browser::start()?) } else { None };
    let mut settings: Vec<(&str, String)> = Vec::new();
    settings.extend(postgres.iter().map(|server| ("CONVENE_TEST_POSTGRES_URL", server.url())));
    settings.extend(browser.iter().map(|browser| ("CONVENE_TEST_CHROMEDRIVER", browser.url().to_owned())));
    let axe = modules.map(|modules| modules.join("axe-core/axe.min.js").display().to_string());
    settings.extend(axe.map(|file| ("CONVENE_TEST_AXE", file)));
    settings.extend(python.map(|programs| ("CONVENE_TEST_PYTHON", programs.join("python").display().to_string())));
    for (name, value) in &settings {
        println!("{name}={value}");
    }
    counted(run, arguments, settings)
}

/// Runs `cargo test`, shows its output as it comes and adds up the closing lines of its test programs.
fn counted(run: &mut Run, arguments: &[&str], settings: Vec<(&str, String)>) -> Outcome {
    let mut command = cargo(&["test"]);
    command.args(arguments).envs(settings).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cargo could not be run: {error}"))?;
    for line in child.stdout.take().into_iter().flat_map(|output| BufReader::new(output).split(b'\n')) {
        let line = line.map_err(|error| format!("the output of cargo cannot be read: {error}"))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        run.count.add(&line);
    }
    let status = child.wait().map_err(|error| format!("cargo was lost: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("tests failed ({status})")) }
}

impl Count {
    /// Adds `test result: ok. 12 passed; 0 failed; 1 ignored; …`; other lines count nothing.
    fn add(&mut self, line: &str) {
        let Some((_, result)) = line.split_once("test result: ").filter(|(before, _)| before.is_empty()) else {
            return;
        };
        let number = |word: &str| {
            let (before, _) = result.split_once(word)?;
            before.trim_end().rsplit(' ').next()?.parse::<u64>().ok()
        };
        self.passed += number(" passed").unwrap_or(0);
        self.failed += number(" failed").unwrap_or(0);
        self.ignored += number(" ignored").unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_add_up_and_other_lines_do_not() {
        let mut count = Count::default();
        count.add("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        count.add("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s");
        count.add("test said::test result: 5 passed ... ok");
        assert_eq!(count, Count { passed: 15, failed: 2, ignored: 1 });
    }
}
