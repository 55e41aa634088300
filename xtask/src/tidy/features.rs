//! `docs/features.md` is kept true: every code has one row, every state is one of three, and every file and test that
//! a row names is there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, source::Source};

/// The page that is checked.
const PAGE: &str = "docs/features.md";

/// The codes of what the product's sources ask for: `G-01` to `G-27` and so on.
const FAMILIES: [(char, usize); 17] = [
    ('G', 27),
    ('U', 11),
    ('E', 27),
    ('S', 12),
    ('L', 19),
    ('P', 21),
    ('N', 14),
    ('F', 6),
    ('C', 6),
    ('B', 7),
    ('T', 11),
    ('W', 14),
    ('Q', 13),
    ('V', 10),
    ('I', 8),
    ('Z', 11),
    ('D', 6),
];

/// One row of the page.
struct Row<'a> {
    line: usize,
    code: &'a str,
    state: &'a str,
    tests: &'a str,
}

/// What is wrong with the page.
pub fn page(files: &[(String, String)], sources: &[Source]) -> Vec<Finding> {
    let Some((_, text)) = files.iter().find(|(path, _)| path == PAGE) else {
        return vec![Finding::on(PAGE, 1, "is missing: it says what the product does and which test shows it")];
    };
    let paths: BTreeSet<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let rows: Vec<Row> = text.lines().enumerate().filter_map(|(at, line)| row(at + 1, line)).collect();
    let mut findings = codes(&rows);
    findings.extend(rows.iter().filter_map(state));
    findings.extend(named(text, &paths, &tests(sources)));
    findings
}

/// A line of the table: code, what it is, state, where, shown by.
fn row(line: usize, text: &str) -> Option<Row<'_>> {
    let cells: Vec<&str> = text.strip_prefix('|')?.trim_end().strip_suffix('|')?.split('|').map(str::trim).collect();
    let [code, _, state, _, tests] = cells.as_slice() else { return None };
    let is_code = |(family, number): (&str, &str)| family.len() == 1 && number.parse::<usize>().is_ok();
    code.split_once('-').is_some_and(is_code).then_some(Row { line, code, state, tests })
}

/// Codes that are missing, twice there, or unknown.
fn codes(rows: &[Row]) -> Vec<Finding> {
    let mut lines: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for row in rows {
        lines.entry(row.code).or_default().push(row.line);
    }
    let all = FAMILIES.iter().flat_map(|(family, many)| (1..=*many).map(move |number| format!("{family}-{number:02}")));
    let mut findings = Vec::new();
    for code in all {
        match lines.remove(code.as_str()).as_deref() {
            None => findings.push(Finding::on(PAGE, 1, format!("{code} has no row"))),
            Some([_, again, ..]) => findings.push(Finding::on(PAGE, *again, format!("{code} has a second row"))),
            Some(_) => {}
        }
    }
    let unknown = lines.into_iter().map(|(code, lines)| {
        Finding::on(PAGE, lines.first().copied().unwrap_or(1), format!("{code} is no code of the sources"))
    });
    findings.extend(unknown);
    findings
}

/// A state that is none of the three, or a claim that no test shows.
fn state(row: &Row) -> Option<Finding> {
    let partly = row.state.strip_prefix("partly: ").is_some_and(|missing| !missing.is_empty());
    let message = match row.state {
        "not yet" => return None,
        "works" if row.tests.contains("::") => return None,
        "works" => "works, and no test shows it",
        _ if partly => return None,
        _ => "must be `works`, `partly: ` with what is missing, or `not yet`",
    };
    Some(Finding::on(PAGE, row.line, format!("{} {message}", row.code)))
}

/// Files and tests that the page names and nobody has.
fn named(text: &str, paths: &BTreeSet<&str>, tests: &BTreeSet<(&str, &str)>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for quoted in line.split('`').skip(1).step_by(2) {
            let message = match quoted.split_once("::") {
                Some((path, name)) if path.ends_with(".rs") => {
                    (!tests.contains(&(path, name))).then(|| format!("there is no test `{name}` in {path}"))
                }
                None if quoted.ends_with(".rs") => (!paths.contains(quoted)).then(|| format!("there is no {quoted}")),
                _ => None,
            };
            findings.extend(message.map(|message| Finding::on(PAGE, at + 1, message)));
        }
    }
    findings
}

/// Path and name of every function that belongs to a test.
fn tests(sources: &[Source]) -> BTreeSet<(&str, &str)> {
    let mut found = BTreeSet::new();
    for source in sources {
        let mut before = "";
        for (place, word) in source.words() {
            if before == "fn" && source.is_test(place) {
                found.insert((source.path.as_str(), word));
            }
            before = word;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: &str = "app/tests/it/roster.rs";

    fn findings(change: impl Fn(&str, String) -> String) -> Vec<String> {
        let every = FAMILIES.iter().flat_map(|(family, many)| (1..=*many).map(move |at| format!("{family}-{at:02}")));
        let lines: Vec<String> = every
            .map(|code| change(&code, format!("| {code} | seats | works | `{TEST}` | `{TEST}::they_fit` |")))
            .collect();
        let code = "on_both! { async fn they_fit(app: TestApp) {} }";
        let files = [(PAGE.to_owned(), lines.join("\n")), (TEST.to_owned(), code.to_owned())];
        page(&files, &[Source::new(TEST, code)]).into_iter().map(|finding| finding.message).collect()
    }

    fn with(code: &'static str, line: &'static str) -> Vec<String> {
        findings(|one, was| if one == code { line.to_owned() } else { was })
    }

    #[test]
    fn every_code_has_one_row() {
        assert_eq!(findings(|_, line| line), [] as [&str; 0]);
        assert_eq!(with("E-27", ""), ["E-27 has no row"]);
        let twice = "| G-01 | seats | not yet | | |\n| G-01 | seats | not yet | | |";
        assert_eq!(with("G-01", twice), ["G-01 has a second row"]);
        let unknown = "| D-06 | moving | not yet | | |\n| D-07 | more | not yet | | |";
        assert_eq!(with("D-06", unknown), ["D-07 is no code of the sources"]);
    }

    #[test]
    fn a_claim_needs_a_test_that_is_there() {
        assert_eq!(with("G-01", "| G-01 | seats | works | | |"), ["G-01 works, and no test shows it"]);
        let state = "G-01 must be `works`, `partly: ` with what is missing, or `not yet`";
        assert_eq!(with("G-01", "| G-01 | seats | partly: | | |"), [state]);
        let gone = "| G-01 | seats | works | | `app/tests/it/roster.rs::they_sit` |";
        assert_eq!(with("G-01", gone), ["there is no test `they_sit` in app/tests/it/roster.rs"]);
        let moved = "| G-01 | seats | not yet | `app/src/seats.rs` | |";
        assert_eq!(with("G-01", moved), ["there is no app/src/seats.rs"]);
    }
}
