//! `cargo xtask tidy`: the rules of the house that the compiler does not know. It reads every file that Git
//! tracks or would, names each breach by file and line, and prints the few things that are counted.

mod crates;
mod features;
mod rooms;
mod shape;
mod source;
mod sql;

use std::fs;
use std::process::Command;

use source::Source;
use xtask::{Outcome, paths};

/// One breach of a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    /// A breach at a place in a Rust file.
    fn at(source: &Source, place: usize, message: impl Into<String>) -> Finding {
        Finding { path: source.path.clone(), line: source.line(place), message: message.into() }
    }

    /// A breach on a line, counted from 1.
    fn on(path: &str, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: path.to_owned(), line, message: message.into() }
    }
}

type SourceCheck = fn(&Source) -> Vec<Finding>;
type TextCheck = fn(&str, &str) -> Vec<Finding>;

const SOURCE_CHECKS: [SourceCheck; 12] = [
    crates::arrows,
    crates::purity,
    crates::drivers,
    rooms::known,
    rooms::order,
    rooms::files,
    sql::place,
    sql::organization,
    sql::order,
    shape::functions,
    shape::file,
    shape::left_open,
];

/// Checks of any file, told its path and its text.
const TEXT_CHECKS: [TextCheck; 2] = [crates::manifest, shape::machine];

pub fn run(arguments: &[String]) -> Outcome {
    if let Some(unknown) = arguments.first() {
        return Err(format!("`{unknown}` is not known here; it takes nothing"));
    }
    let files = files()?;
    let sources: Vec<Source> =
        files.iter().filter(|(path, _)| path.ends_with(".rs")).map(|(path, text)| Source::new(path, text)).collect();
    let mut findings: Vec<Finding> = Vec::new();
    for (path, text) in &files {
        findings.extend(TEXT_CHECKS.iter().flat_map(|check| check(path, text)));
    }
    for source in &sources {
        findings.extend(SOURCE_CHECKS.iter().flat_map(|check| check(source)));
    }
    let (counts, excess) = rooms::counted(&sources);
    findings.extend(excess);
    findings.extend(features::page(&files, &sources));
    findings.sort();
    println!("{}", shape::lengths(&sources));
    println!("{counts}");
    verdict(&findings, files.len())
}

fn verdict(findings: &[Finding], files: usize) -> Outcome {
    for finding in findings {
        println!("{}:{}: {}", finding.path, finding.line, finding.message);
    }
    match findings.len() {
        0 => println!("{files} files are tidy"),
        1 => return Err("one thing to mend".to_owned()),
        many => return Err(format!("{many} things to mend")),
    }
    Ok(())
}

/// Path and text of every file that Git tracks or would track; files that are not text are left out.
fn files() -> Outcome<Vec<(String, String)>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(paths::root());
    let output = git.output().map_err(|error| format!("git could not be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("git could not list the files: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut paths: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup();
    let read = |path: &&str| Some(((*path).to_owned(), fs::read_to_string(paths::root().join(path)).ok()?));
    Ok(paths.iter().filter_map(read).collect())
}
