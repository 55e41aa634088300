//! Names in scripts that put no spaces between words: looked for at every letter.

use std::collections::HashMap;
use std::ops::Range;

use super::{NameForm, Names, words::fold_name};

/// Whether a letter is of a script that puts no spaces between words, or fastens endings to names.
pub fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{edf}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}')
}

/// One form of a name, letter by letter.
#[derive(Debug, Clone)]
struct Sought {
    letters: Vec<String>,
    form: NameForm,
    people: Vec<usize>,
    known: bool,
}

/// What was found: form, name, places of the people, and where it stands.
pub struct Found {
    pub form: NameForm,
    pub name: String,
    pub people: Vec<usize>,
    pub range: Range<usize>,
}

/// The names of a circle in such scripts, by first letter.
#[derive(Debug, Default)]
pub struct Unspaced {
    by_letter: HashMap<String, Vec<Sought>>,
}

impl Unspaced {
    /// Adds somebody's names; nobody's place means that they may stand in the text.
    pub fn add(&mut self, names: &Names, person: Option<usize>) {
        for (given, family) in &names.full {
            let (given, family) = (letters(given), letters(family));
            if !given.is_empty() && !family.is_empty() {
                self.seek([family.clone(), given.clone()].concat(), NameForm::FullName, person);
                self.seek([given.clone(), family].concat(), NameForm::FullName, person);
            }
            if given.len() > 1 {
                self.seek(given, NameForm::FirstName, person);
            }
        }
        let called = names.preferred.as_deref().map(letters).unwrap_or_default();
        if called.len() > 1 {
            self.seek(called, NameForm::PreferredName, person);
        }
    }

    fn seek(&mut self, letters: Vec<String>, form: NameForm, person: Option<usize>) {
        let Some(first) = letters.first() else { return };
        let same_start = self.by_letter.entry(first.clone()).or_default();
        match same_start.iter_mut().find(|known| known.letters == letters) {
            Some(sought) => {
                sought.form = sought.form.min(form);
                sought.known |= person.is_none();
                sought.people.extend(person.filter(|person| !sought.people.contains(person)));
            }
            None => {
                let people = person.into_iter().collect();
                same_start.push(Sought { letters, form, people, known: person.is_none() });
            }
        }
    }

    /// Every such name in a text, the longest at each place; and how many comparisons it took.
    pub fn find(&self, text: &str) -> (Vec<Found>, usize) {
        let mut found = Vec::new();
        let mut steps = 0;
        if self.by_letter.is_empty() || !text.chars().any(is_unspaced) {
            return (found, steps);
        }
        let letters = runs(text);
        let mut at = 0;
        while let Some((letter, range)) = letters.get(at) {
            let same_start = self.by_letter.get(letter).into_iter().flatten();
            let fits = |sought: &&Sought| {
                let run = letters[at..].iter().map(|(letter, _)| letter);
                sought.letters.len() <= letters.len() - at
                    && sought.letters.iter().zip(run).all(|(one, two)| one == two)
            };
            let longest = same_start.inspect(|_| steps += 1).filter(fits).max_by_key(|sought| sought.letters.len());
            at += 1;
            if let Some(sought) = longest {
                at += sought.letters.len() - 1;
                let end = letters[at - 1].1.end;
                if !sought.known {
                    let (form, people) = (sought.form, sought.people.clone());
                    found.push(Found { form, name: sought.letters.concat(), people, range: range.start..end });
                }
            }
        }
        (found, steps)
    }
}

/// The letters of a name, each folded; none when it is of another script.
fn letters(name: &str) -> Vec<String> {
    let visible: Vec<char> = name.chars().filter(|letter| letter.is_alphanumeric()).collect();
    match visible.iter().all(|letter| is_unspaced(*letter)) {
        true => visible.into_iter().map(fold_letter).collect(),
        false => Vec::new(),
    }
}

/// The letters of a text that matter, each folded, with a gap kept where anything but a space stands between them.
fn runs(text: &str) -> Vec<(String, Range<usize>)> {
    let mut letters: Vec<(String, Range<usize>)> = Vec::new();
    for (at, letter) in text.char_indices() {
        let range = at..at + letter.len_utf8();
        if is_unspaced(letter) {
            letters.push((fold_letter(letter), range));
        } else if !letter.is_whitespace() && letters.last().is_some_and(|(last, _)| !last.is_empty()) {
            letters.push((String::new(), range));
        }
    }
    letters
}

fn fold_letter(letter: char) -> String {
    fold_name(letter.encode_utf8(&mut [0; 4]))
}
