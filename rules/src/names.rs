//! The name check: nobody else's name in a person's text, nor in the group note (domain 6, *Before signing*).
//!
//! A full name, a preferred name, or a first name with the initial of the last is a finding that needs a waiver or a
//! change; a lone first or last name only warns. Case and accents do not matter, possessives are understood, and a
//! name that the patient or a leader shares is no finding.

mod common;
mod words;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

pub use words::fold_name;
use words::{Word, fold_letter, is_unspaced, name_words, split};

/// One person's names, as the check needs them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// First and last names, one pair per language; either may be empty.
    pub full: Vec<(String, String)>,
    /// What they like to be called.
    pub preferred: Option<String>,
}

impl Names {
    /// The names of somebody of whom only one line is kept, such as a guest: its last word is the last name.
    pub fn of_line(line: &str) -> Self {
        let (first, last) = line.trim().rsplit_once(char::is_whitespace).unwrap_or((line.trim(), ""));
        Self { full: vec![(first.trim().to_owned(), last.to_owned())], preferred: None }
    }
}

crate::vocabulary! {
    /// What of a name was found.
    pub enum NameForm {
        /// First and last name, in either order.
        FullName = "full_name",
        /// The preferred name.
        PreferredName = "preferred_name",
        /// The first name with the initial of the last.
        FirstNameInitial = "first_name_initial",
        /// The first name alone: a warning.
        FirstName = "first_name",
        /// The last name alone: a warning.
        LastName = "last_name",
    }
}

impl NameForm {
    /// Whether signing waits for a waiver or a change.
    pub const fn blocks(self) -> bool {
        matches!(self, Self::FullName | Self::PreferredName | Self::FirstNameInitial)
    }
}

/// A name of somebody else in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameFinding<K> {
    /// Whose name it is: one, or several who share it.
    pub people: Vec<K>,
    /// What of the name.
    pub form: NameForm,
    /// Where, in bytes of the text.
    pub range: Range<usize>,
    /// The name, folded: with the form, what a waiver is kept for.
    pub name: String,
}

impl<K> NameFinding<K> {
    /// What a waiver is kept under: the same finding elsewhere in the same text is waived with it.
    pub fn key(&self) -> String {
        format!("{}:{}", self.form, self.name)
    }

    /// The sentence beside the finding.
    pub fn message(&self) -> &'static str {
        match self.form {
            NameForm::FullName => "This is the full name of another participant. Take it out, or say why it must stay.",
            NameForm::PreferredName => "Another participant is called this. Take it out, or say why it must stay.",
            NameForm::FirstNameInitial => {
                "This is the first name and initial of another participant. Take it out, or say why it must stay."
            }
            NameForm::FirstName => "This is also the first name of another participant. Is it them?",
            NameForm::LastName => "This is also the last name of another participant. Is it them?",
        }
    }
}

/// The findings that stand in the way of signing: those that block and are not waived.
pub fn unwaived<'a, K>(findings: &'a [NameFinding<K>], waived: &HashSet<String>) -> Vec<&'a NameFinding<K>> {
    findings.iter().filter(|finding| finding.form.blocks() && !waived.contains(&finding.key())).collect()
}

/// One form of one person's name, as a run of folded words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Pattern {
    form: NameForm,
    words: Vec<String>,
}

/// The patterns of a text's strangers, by first word.
struct Index {
    /// First word to the patterns that start with it, each with the places of its people.
    by_word: HashMap<String, Vec<(Pattern, Vec<usize>)>>,
    /// Full names in scripts without spaces, looked for anywhere.
    unspaced: Vec<(String, usize)>,
}

/// Finds the names of `others` in a text. `known` are those whose names may stand in it: the patient the text is
/// about, and the leaders. Findings are in order of the text; inside a longer finding no shorter one is reported.
pub fn find_names<K: Copy>(text: &str, others: &[(K, Names)], known: &[Names]) -> Vec<NameFinding<K>> {
    let allowed: HashSet<Pattern> = known.iter().flat_map(patterns).map(as_lone).collect();
    let index = index(others, &allowed);
    let words = split(text);
    let mut findings = Vec::new();
    let mut place = 0;
    while place < words.len() {
        let best = best_at(text, &words[place..], &index);
        place += best.as_ref().map_or(1, |(_, _, length)| *length);
        if let Some((pattern, people, length)) = best {
            let range = words[place - length].range.start..words[place - 1].range.end;
            let people = people.iter().filter_map(|at| others.get(*at)).map(|(id, _)| *id).collect();
            findings.push(NameFinding { people, form: pattern.form, range, name: pattern.words.join(" ") });
        }
    }
    findings.extend(unspaced(text, others, &index.unspaced));
    findings.sort_by_key(|finding| finding.range.start);
    findings.dedup_by(|later, first| later.range == first.range && later.form == first.form);
    findings
}

/// A preferred name and a first name shared with somebody known are the same name.
fn as_lone(pattern: Pattern) -> Pattern {
    match pattern.form {
        NameForm::PreferredName => Pattern { form: NameForm::FirstName, ..pattern },
        _ => pattern,
    }
}

fn index<K>(others: &[(K, Names)], allowed: &HashSet<Pattern>) -> Index {
    let mut by_word: HashMap<String, Vec<(Pattern, Vec<usize>)>> = HashMap::new();
    let mut unspaced = Vec::new();
    for (at, (_, names)) in others.iter().enumerate() {
        for pattern in patterns(names).into_iter().filter(|pattern| !allowed.contains(&as_lone(pattern.clone()))) {
            let Some(first) = pattern.words.first() else { continue };
            if pattern.form == NameForm::FullName && first.chars().any(is_unspaced) {
                unspaced.push((pattern.words.concat(), at));
            }
            let same_start = by_word.entry(first.clone()).or_default();
            match same_start.iter_mut().find(|(known, _)| *known == pattern) {
                Some((_, people)) if people.contains(&at) => {}
                Some((_, people)) => people.push(at),
                None => same_start.push((pattern, vec![at])),
            }
        }
    }
    Index { by_word, unspaced }
}

/// Every form of a person's name.
fn patterns(names: &Names) -> Vec<Pattern> {
    let mut found = Vec::new();
    let mut add = |form, words: Vec<String>| {
        if !words.is_empty() {
            found.push(Pattern { form, words });
        }
    };
    let mut firsts = HashSet::new();
    for (given, family) in &names.full {
        let (given, family) = (name_words(given), name_words(family));
        let first = given.first().cloned();
        if let (Some(first), Some(last)) = (&first, family.last()) {
            for (given, family) in
                [(&given[..], &family[..]), (std::slice::from_ref(first), std::slice::from_ref(last))]
            {
                add(NameForm::FullName, [given, family].concat());
                add(NameForm::FullName, [family, given].concat());
            }
            let initial = family.first().and_then(|family| family.chars().next());
            add(
                NameForm::FirstNameInitial,
                initial.map(|initial| vec![first.clone(), initial.into()]).unwrap_or_default(),
            );
        }
        firsts.extend(first.clone());
        add(NameForm::FirstName, first.into_iter().collect());
        for last in family.into_iter().filter(|last| last.chars().count() > 1) {
            add(NameForm::LastName, vec![last]);
        }
    }
    let preferred = names.preferred.as_deref().map(name_words).unwrap_or_default();
    let is_first = preferred.len() == 1 && preferred.iter().all(|name| firsts.contains(name));
    if !is_first {
        add(NameForm::PreferredName, preferred);
    }
    found
}

/// The gravest, then the longest pattern that starts at the first of these words.
fn best_at<'a>(text: &str, words: &[Word], index: &'a Index) -> Option<(&'a Pattern, &'a [usize], usize)> {
    let mut best: Option<(&Pattern, &[usize], usize)> = None;
    for start in words.first()?.forms() {
        for (pattern, people) in index.by_word.get(start).into_iter().flatten() {
            let Some(length) = matches(text, words, pattern) else { continue };
            let better = |known: &(&Pattern, &[usize], usize)| {
                (pattern.form, Reverse(length)) < (known.0.form, Reverse(known.2))
            };
            if best.as_ref().is_none_or(better) {
                best = Some((pattern, people, length));
            }
        }
    }
    best
}

/// How many words the pattern takes from the start of these, if it stands there.
fn matches(text: &str, words: &[Word], pattern: &Pattern) -> Option<usize> {
    let lone_or_called = !matches!(pattern.form, NameForm::FullName | NameForm::FirstNameInitial);
    let first = words.first()?;
    if lone_or_called && pattern.words.len() == 1 && first.is_lower && common::is_word(&pattern.words[0]) {
        return None;
    }
    let mut at = 0;
    for (place, wanted) in pattern.words.iter().enumerate() {
        if place > 0 {
            at = next(text, words, at, wanted, pattern.form)?;
        } else if !first.forms().any(|form| form == wanted) {
            return None;
        }
    }
    if pattern.form == NameForm::FirstNameInitial && !words.get(at)?.is_initial(text) {
        return None;
    }
    Some(at + 1)
}

/// The place of the next word of a name. One middle name or initial may stand between first and last.
fn next(text: &str, words: &[Word], at: usize, wanted: &str, form: NameForm) -> Option<usize> {
    let fits = |place: usize| words.get(place).is_some_and(|word| word.forms().any(|form| form == wanted));
    let joined = |place: usize| words.get(place + 1).is_some_and(|word| words[place].joins(word, text));
    if joined(at) && fits(at + 1) {
        return Some(at + 1);
    }
    let middle = matches!(form, NameForm::FullName | NameForm::FirstNameInitial)
        && words.get(at + 1).is_some_and(|word| !word.is_lower);
    (middle && joined(at) && joined(at + 1) && fits(at + 2)).then_some(at + 2)
}

/// Full names in scripts that put no space between words.
fn unspaced<K: Copy>(text: &str, others: &[(K, Names)], names: &[(String, usize)]) -> Vec<NameFinding<K>> {
    let mut findings: Vec<NameFinding<K>> = Vec::new();
    for (name, at) in names {
        for (start, _) in
            text.match_indices(|letter: char| is_unspaced(letter) && name.starts_with(&fold_letter(letter)))
        {
            let letters = text[start..].char_indices().take(name.chars().count() + 2);
            let ends = letters.map(|(offset, letter)| start + offset + letter.len_utf8());
            let end = ends.into_iter().find(|end| fold_name(&text[start..*end]).replace(' ', "") == *name);
            let known = |end: usize| findings.iter().any(|known| known.range.start == start && known.range.end == end);
            if let Some((id, end)) = others.get(*at).map(|(id, _)| *id).zip(end.filter(|end| !known(*end))) {
                let name = name.clone();
                findings.push(NameFinding { people: vec![id], form: NameForm::FullName, range: start..end, name });
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests;
