//! The name check: nobody else's name in a person's text, nor in the group note (domain 6, *Before signing*).
//!
//! A full name, a preferred name, or a first name with the initial of the last is a finding that needs a waiver or a
//! change; a lone first or last name only warns. Case, accents, markup and what does not show do not matter, possessives
//! are understood, and a name that the patient or a leader shares is no finding. A name that is an everyday word is
//! found where the words around it speak of somebody. How well this does is measured by `rules/tests/name_check`.

mod common;
mod patterns;
mod reading;
mod search;
mod unspaced;
mod words;
mod written;

use std::collections::HashSet;
use std::ops::Range;

use search::Search;
pub use words::fold_name;
pub use written::as_written;

/// One person's names, as the check needs them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// First and last names, one pair per language; either may be empty.
    pub full: Vec<(String, String)>,
    /// What they like to be called.
    pub preferred: Option<String>,
}

impl Names {
    /// The names of somebody of whom only one line is kept, such as a guest: its last word is the last name, with the
    /// small words before it; "Carter, Mary" and "Maria's mother" are understood.
    pub fn of_line(line: &str) -> Self {
        patterns::of_line(line)
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
    /// In which of the texts; a name that two of them share is a finding in each.
    pub part: usize,
    /// Where, in bytes of that text.
    pub range: Range<usize>,
    /// The name, folded, first name first: with the form, what a waiver is kept for.
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

/// The names of a circle, ready to be looked for in any number of texts.
#[derive(Debug)]
pub struct NameCheck<K> {
    people: Vec<K>,
    search: Search,
}

impl<K: Copy> NameCheck<K> {
    /// Makes ready to look for the names of `others`. `known` are those whose names may stand in a text: the patient it
    /// is about, and the leaders.
    pub fn new(others: &[(K, Names)], known: &[Names]) -> Self {
        let people = others.iter().map(|(person, _)| *person).collect();
        Self { people, search: Search::new(others.iter().map(|(_, names)| names), known) }
    }

    /// The findings in texts that are read together, such as the fields of a note, in order. Inside a longer finding no
    /// shorter one is reported. A name may begin in one text and end in the next.
    ///
    /// The work grows with the length of the texts and not with the number of people.
    pub fn find(&self, texts: &[&str]) -> Vec<NameFinding<K>> {
        self.search.find(texts, &self.people).0
    }
}

/// Finds the names of `others` in one text; see [`NameCheck`].
pub fn find_names<K: Copy>(text: &str, others: &[(K, Names)], known: &[Names]) -> Vec<NameFinding<K>> {
    NameCheck::new(others, known).find(&[text])
}

#[cfg(test)]
mod tests;
