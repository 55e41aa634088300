//! A name that is kept folded, as it stands in a text.

use std::ops::Range;

use crate::text::fold;

/// The words of a text that a folded name was found in, as they are written there; in either order, with or without a
/// possessive. None where the text no longer has them, or writes them without a space.
pub fn as_written<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut wanted: Vec<&str> = name.split(' ').filter(|word| !word.is_empty()).collect();
    wanted.sort_unstable();
    if wanted.is_empty() {
        return None;
    }
    let words = words(text);
    let is_it = |run: &&[(Range<usize>, String)]| {
        let mut found: Vec<&str> = run.iter().map(|(_, folded)| folded.as_str()).collect();
        found.sort_unstable();
        found == wanted
    };
    let run = words.windows(wanted.len()).find(is_it)?;
    let (first, last) = (run.first()?, run.last()?);
    text.get(first.0.start..last.0.end)
}

/// The words of a text, folded and without possessive endings, each with its place.
fn words(text: &str) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut start = None;
    let is_inside = |letter: char| letter.is_alphanumeric() || unicode_normalization::char::is_combining_mark(letter);
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (is_inside(letter), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) if !is_apostrophe_in_word(text, at, letter) => {
                let whole = text.get(from..at).unwrap_or_default();
                let word = ["'s", "’s"].iter().find_map(|end| whole.strip_suffix(end)).unwrap_or(whole);
                found.push((from..from + word.len(), fold(word)));
                start = None;
            }
            _ => {}
        }
    }
    found
}

fn is_apostrophe_in_word(text: &str, at: usize, letter: char) -> bool {
    let next = text.get(at + letter.len_utf8()..).and_then(|rest| rest.chars().next());
    matches!(letter, '\'' | '’') && next.is_some_and(char::is_alphanumeric)
}
