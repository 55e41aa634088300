//! The crates and their one direction: rules, then store and exchange, then app. The pure ones stay pure, and
//! the database drivers are named in one.

use super::Finding;
use super::source::Source;

/// A crate of the workspace and what it may not name.
struct Crate {
    name: &'static str,
    above: &'static [&'static str],
    pure: bool,
}

const CRATES: [Crate; 3] = [
    Crate { name: "rules", above: &["store", "exchange", "app", "xtask", "bench"], pure: true },
    Crate { name: "exchange", above: &["store", "app", "xtask", "bench"], pure: true },
    Crate { name: "store", above: &["exchange", "app", "xtask", "bench"], pure: false },
];

const DRIVERS: [&str; 3] = ["rusqlite", "tokio_postgres", "deadpool"];

/// What a pure crate does without, as the beginning of a dependency's name.
const IMPURE_CRATES: [&str; 12] = [
    "tokio",
    "async",
    "futures",
    "hyper",
    "axum",
    "tower",
    "reqwest",
    "tracing",
    "log",
    "rand",
    "getrandom",
    "metrics",
];

/// What a pure crate does without, as it stands in code, and why.
const IMPURE_CODE: [(&[&str], &str); 15] = [
    (&["async"], "waits for nothing"),
    (&["await"], "waits for nothing"),
    (&["tokio"], "waits for nothing"),
    (&["tracing"], "logs nothing"),
    (&["println", "!"], "prints nothing"),
    (&["eprintln", "!"], "prints nothing"),
    (&["Instant", "::", "now"], "is told the time"),
    (&["SystemTime"], "is told the time"),
    (&["Timestamp", "::", "now"], "is told the time"),
    (&["Zoned", "::", "now"], "is told the time"),
    (&["std", "::", "fs"], "touches no file"),
    (&["std", "::", "net"], "knows no network"),
    (&["std", "::", "env"], "knows no environment"),
    (&["std", "::", "process"], "starts no program"),
    (&["std", "::", "thread"], "starts no thread"),
];

fn crate_of(path: &str) -> Option<&'static Crate> {
    let (name, _) = path.split_once('/')?;
    CRATES.iter().find(|known| known.name == name)
}

/// No crate names one that stands above it.
pub fn arrows(source: &Source) -> Vec<Finding> {
    let Some(own) = crate_of(&source.path) else { return Vec::new() };
    let named = source.words().filter(|(place, word)| own.above.contains(word) && begins_path(source, *place, word));
    named.map(|(place, word)| Finding::at(source, place, format!("`{}` may not use `{word}`", own.name))).collect()
}

/// The word is the first of a path (`store::…`) or an import (`use store;`), not a part of another's.
fn begins_path(source: &Source, place: usize, word: &str) -> bool {
    let before = source.before(place);
    let continues = before.ends_with('.')
        || before.strip_suffix("::").is_some_and(|head| !head.ends_with([' ', '\n', '(', '{', ',', '<', '&']));
    let imported = before.ends_with("use") || before.ends_with("extern crate");
    !continues && (source.after(place + word.len()).starts_with("::") || imported)
}

/// The pure crates wait for nothing, read no clock and touch nothing outside; their tests may.
pub fn purity(source: &Source) -> Vec<Finding> {
    let Some(own) = crate_of(&source.path).filter(|own| own.pure) else { return Vec::new() };
    let mut findings = Vec::new();
    for (tokens, does) in IMPURE_CODE {
        let places = source.places(tokens).filter(|place| !source.is_test(*place));
        findings.extend(places.map(|place| {
            Finding::at(
                source,
                place,
                format!("`{}` is pure and {does}: `{}` may not stand here", own.name, tokens.concat()),
            )
        }));
    }
    findings
}

/// Only `store` names a database driver.
pub fn drivers(source: &Source) -> Vec<Finding> {
    if source.path.starts_with("store/") {
        return Vec::new();
    }
    let named = source.words().filter(|(_, word)| DRIVERS.iter().any(|driver| word.starts_with(driver)));
    named
        .map(|(place, word)| Finding::at(source, place, format!("only `store` names a driver, not `{word}` here")))
        .collect()
}

/// A crate depends on none that stands above it, on no driver unless it is `store`, and on nothing impure if it
/// is pure (but for its tests).
pub fn manifest(path: &str, text: &str) -> Vec<Finding> {
    let Some((folder, "Cargo.toml")) = path.split_once('/') else { return Vec::new() };
    let own = CRATES.iter().find(|known| known.name == folder);
    let mut findings = Vec::new();
    for (line, section, name) in dependencies(text) {
        if own.is_some_and(|own| own.above.contains(&name)) {
            findings.push(Finding::on(path, line, format!("`{folder}` may not depend on `{name}`")));
        }
        let normalized = name.replace('-', "_");
        if folder != "store" && DRIVERS.iter().any(|driver| normalized.starts_with(driver)) {
            findings.push(Finding::on(
                path,
                line,
                format!("only `store` depends on a driver, not `{folder}` on `{name}`"),
            ));
        }
        let impure = IMPURE_CRATES.iter().any(|kind| name == *kind || name.starts_with(&format!("{kind}-")));
        if own.is_some_and(|own| own.pure) && impure && section == "dependencies" {
            findings.push(Finding::on(path, line, format!("`{folder}` is pure and may not depend on `{name}`")));
        }
    }
    findings
}

/// Line, section and name of each dependency of a manifest.
fn dependencies(text: &str) -> Vec<(usize, &str, &str)> {
    let mut section = "";
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
            if let Some((kind, name)) = section.rsplit_once("dependencies.") {
                found.push((number + 1, if kind.is_empty() { "dependencies" } else { "other" }, name));
            }
        } else if section.ends_with("dependencies") && line.contains('=') && !line.starts_with('#') {
            let name = line.split(['=', '.']).next().unwrap_or_default();
            found.push((number + 1, section, name.trim().trim_matches('"')));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(findings: Vec<Finding>) -> Vec<usize> {
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_crate_may_not_name_one_above_it() {
        let rules = Source::new("rules/src/roster.rs", "use crate::store::a;\nuse store::Db;\nlet b = ::app::c();\n");
        assert_eq!(lines(arrows(&rules)), [2, 3]);
        assert_eq!(lines(arrows(&Source::new("store/src/lib.rs", "use rules::column::Value;\nuse exchange;"))), [2]);
        assert_eq!(lines(arrows(&Source::new("app/src/cx.rs", "use store::Db;"))), []);
    }

    #[test]
    fn a_pure_crate_waits_for_nothing_but_its_tests_may() {
        let text = "fn a() { jiff::Timestamp::now(); }\n// async\nasync fn b() {}\nuse std::fs;\n#[cfg(test)]\nmod tests { use std::fs; }";
        assert_eq!(lines(purity(&Source::new("rules/src/a.rs", text))), [3, 1, 4]);
        assert_eq!(lines(purity(&Source::new("store/src/a.rs", text))), []);
    }

    #[test]
    fn drivers_are_named_in_store_only() {
        let text = "// rusqlite\nuse tokio_postgres::Client;\nuse deadpool_postgres::Pool;";
        assert_eq!(lines(drivers(&Source::new("app/src/cx.rs", text))), [2, 3]);
        assert_eq!(lines(drivers(&Source::new("store/src/postgres.rs", text))), []);
    }

    #[test]
    fn manifests_follow_the_same_arrows() {
        let text = "[package]\nname = \"x\"\n[dependencies]\nstore.workspace = true\ntokio = \"1\"\nrusqlite = { version = \"1\" }\n[dev-dependencies]\ntokio = \"1\"\n";
        assert_eq!(lines(manifest("rules/Cargo.toml", text)), [4, 5, 6]);
        assert_eq!(lines(manifest("app/Cargo.toml", text)), [6]);
        assert_eq!(lines(manifest("store/Cargo.toml", "[dependencies.app]\npath = \"../app\"\n")), [1]);
    }
}
