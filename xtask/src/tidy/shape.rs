//! The shape of files and functions, what was left open, and what only this machine knows.

use super::Finding;
use super::source::{Source, item_end, words};

const LONGEST_FUNCTION: usize = 70;
const LONGEST_FILE: usize = 500;

/// A function with a body: its name, its place and its lines.
struct Function<'a> {
    name: &'a str,
    place: usize,
    lines: usize,
}

/// The functions outside tests.
fn functions_of(source: &Source) -> Vec<Function<'_>> {
    let mut found = Vec::new();
    for (place, _) in source.words().filter(|(place, word)| *word == "fn" && !source.is_test(*place)) {
        let rest = source.after(place + 2);
        let name = words(rest).next().filter(|(at, _)| *at == 0).map(|(_, name)| name);
        let end = item_end(&source.code, place);
        if let Some(name) = name.filter(|_| source.code[..end].ends_with('}')) {
            found.push(Function { name, place, lines: source.line(end) - source.line(place) + 1 });
        }
    }
    found
}

/// No function is longer than what fits a screen.
pub fn functions(source: &Source) -> Vec<Finding> {
    let functions = functions_of(source);
    let long = functions.iter().filter(|function| function.lines > LONGEST_FUNCTION);
    long.map(|function| {
        let Function { name, lines, .. } = function;
        Finding::at(
            source,
            function.place,
            format!("`{name}` has {lines} lines, more than {LONGEST_FUNCTION}: does it do one thing?"),
        )
    })
    .collect()
}

/// No file is longer than what one reads at a sitting, its tests apart.
pub fn file(source: &Source) -> Vec<Finding> {
    let lines = source.lines_outside_tests();
    if lines <= LONGEST_FILE {
        return Vec::new();
    }
    vec![Finding::on(&source.path, 1, format!("{lines} lines, more than {LONGEST_FILE}: one idea, or two?"))]
}

/// Nothing is left open, and no test is switched off.
pub fn left_open(source: &Source) -> Vec<Finding> {
    let in_code: [&[&str]; 4] = [&["todo", "!"], &["unimplemented", "!"], &["dbg", "!"], &["#", "[", "ignore"]];
    let mut findings: Vec<Finding> = in_code
        .iter()
        .flat_map(|tokens| {
            source.places(tokens).map(|place| Finding::at(source, place, format!("`{}` is left open", tokens.concat())))
        })
        .collect();
    let notes = words(&source.comments).filter(|(_, word)| matches!(*word, "TODO" | "FIXME" | "XXX"));
    findings.extend(notes.map(|(place, word)| Finding::at(source, place, format!("`{word}` is left open"))));
    let unread = ["```ignore", "```rust,ignore", "```rust, ignore"];
    let examples = unread.iter().flat_map(|fence| source.comments.match_indices(*fence));
    let message = "nobody compiles this example: mark it `text`, or let it compile";
    findings.extend(examples.map(|(place, _)| Finding::at(source, place, message)));
    findings
}

/// Hosts of package registries and the beginnings of paths that only one machine has. They are put together
/// here, so that this file does not break its own rule.
const HOSTS: [&str; 5] = [
    concat!("registry.", "npmjs"),
    concat!("files.", "pythonhosted"),
    concat!("pypi.", "org"),
    concat!("deb.", "debian.org"),
    concat!(".crates", ".io"),
];
const PLACES: [&str; 3] = [concat!("/", "work/"), concat!("/", "farm/"), concat!("/", "root/")];

/// No tracked file names a registry's host or a path of one machine: both are somebody's settings.
pub fn machine(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let begins =
            |at: usize| !line[..at].ends_with(|before: char| before.is_alphanumeric() || "_./-".contains(before));
        let hosts = HOSTS.iter().filter(|host| line.contains(**host));
        let places = PLACES.iter().filter(|place| line.match_indices(**place).any(|(at, _)| begins(at)));
        findings.extend(hosts.map(|host| {
            Finding::on(
                path,
                number + 1,
                format!("`{host}` is a registry's host: leave it to the settings of whoever installs"),
            )
        }));
        findings
            .extend(places.map(|place| Finding::on(path, number + 1, format!("`{place}` is a path of one machine"))));
    }
    findings
}

/// How long the functions are: half of them should have under 15 lines, nearly all under 50.
pub fn lengths(sources: &[Source]) -> String {
    let mut all: Vec<(usize, String)> = Vec::new();
    for source in sources {
        let named = |function: &Function| (function.lines, format!("{} in {}", function.name, source.path));
        all.extend(functions_of(source).iter().map(named));
    }
    all.sort();
    let half = all.get(all.len() / 2).map_or(0, |(lines, _)| *lines);
    let under_50 = all.iter().filter(|(lines, _)| *lines < 50).count();
    let longest = all.last().map(|(lines, name)| format!("; the longest has {lines}: {name}")).unwrap_or_default();
    format!("{} functions: half have up to {half} lines, {under_50} under 50{longest}", all.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(findings: Vec<Finding>) -> Vec<usize> {
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_function_over_seventy_lines_is_refused_but_not_in_tests() {
        let function =
            |lines: usize| format!("fn long(a: fn(u8) -> u8) {{\n{}}}\n", "let a = \"}\";\n".repeat(lines - 2));
        assert_eq!(lines(functions(&Source::new("a.rs", &function(70)))), []);
        assert_eq!(lines(functions(&Source::new("a.rs", &format!("trait A {{ fn b(); }}\n{}", function(71))))), [2]);
        let tested = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(71));
        assert_eq!(lines(functions(&Source::new("a.rs", &tested))), []);
        assert_eq!(
            lengths(&[Source::new("a.rs", &function(70))]),
            "1 functions: half have up to 70 lines, 0 under 50; the longest has 70: long in a.rs"
        );
    }

    #[test]
    fn a_file_over_five_hundred_lines_is_refused_but_tests_do_not_count() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(300));
        assert_eq!(lines(file(&Source::new("a.rs", &("\n".repeat(500) + &tests)))), []);
        assert_eq!(lines(file(&Source::new("a.rs", &("\n".repeat(501) + &tests)))), [1]);
        assert_eq!(lines(file(&Source::new("app/tests/a.rs", &"\n".repeat(900)))), []);
    }

    #[test]
    fn nothing_is_left_open() {
        let text = "fn a() { todo!() }\n// TO-DO\n#[ignore]\nlet b = \"todo!\";\ndbg!(b);\n";
        assert_eq!(lines(left_open(&Source::new("a.rs", text))), [1, 5, 3]);
        assert_eq!(lines(left_open(&Source::new("a.rs", "//! ```text\n//! ```\n//! ```ignore\n"))), [3]);
        assert_eq!(lines(left_open(&Source::new("a.rs", &format!("// {}: later", concat!("TO", "DO"))))), [1]);
    }

    #[test]
    fn hosts_and_paths_of_one_machine_are_refused() {
        let text = format!("see {}x\nhttps://{}.org\n/network/a and teamwork/b\n", PLACES[0], HOSTS[0]);
        assert_eq!(lines(machine("README.md", &text)), [1, 2]);
    }
}
