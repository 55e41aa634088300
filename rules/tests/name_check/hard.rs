//! The cases written by hand, read from their text.

use std::rc::Rc;

use rules::names::Names;

use super::{Case, Circle, Kind};

/// The cases of `hard.txt`; the form is told at its top.
pub fn cases(text: &str) -> Vec<Case> {
    let mut circle = Rc::new(Circle::default());
    let mut cases = Vec::new();
    let mut fresh = true;
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        if let Some((label, written)) = line.split_once(" | ").filter(|(label, _)| !label.contains(':')) {
            let expected = match label.trim() {
                "refused" => Kind::Refused,
                "warned" => Kind::Warned,
                "nothing" => Kind::Nothing,
                _ => panic!("no label: {line}"),
            };
            let texts = written.split(" || ").map(unescape).collect();
            cases.push(Case { texts, circle: Rc::clone(&circle), expected });
            fresh = true;
            continue;
        }
        let (role, names) = line.split_once(": ").unwrap_or_else(|| panic!("no role: {line}"));
        if role == "about" {
            assert!(fresh, "a circle without a case: {line}");
            circle = Rc::new(Circle::default());
            fresh = false;
        }
        let fresh = Rc::make_mut(&mut circle);
        match role {
            "about" | "leader" => fresh.known.push(person(names)),
            "other" => fresh.others.push(person(names)),
            _ => panic!("no role: {line}"),
        }
    }
    cases
}

fn person(line: &str) -> Names {
    if let Some(line) = line.strip_prefix("line: ") {
        return Names::of_line(line);
    }
    let (mut full, mut preferred) = (Vec::new(), None);
    for script in line.split(" + ") {
        let parts: Vec<&str> = script.split('|').map(str::trim).collect();
        full.push((parts[0].to_owned(), parts.get(1).copied().unwrap_or("").to_owned()));
        preferred = preferred.or_else(|| parts.get(2).map(|called| (*called).to_owned()));
    }
    Names { full, preferred }
}

/// `\n`, `\t` and `\u{…}`.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let (letter, length) = match after.as_bytes().first() {
            Some(b'n') => ('\n', 1),
            Some(b't') => ('\t', 1),
            Some(b'u') => {
                let code = after[2..].split_once('}').unwrap_or_else(|| panic!("no code: {text}")).0;
                let letter = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
                (letter.unwrap_or_else(|| panic!("no letter: {text}")), code.len() + 3)
            }
            _ => panic!("no escape: {text}"),
        };
        plain.push(letter);
        rest = &after[length..];
    }
    plain + rest
}
