//! Every form in which a name is written.

use super::{
    NameForm, Names,
    unspaced::is_unspaced,
    words::{fold_name, is_apostrophe, is_particle, is_suffix, name_words},
};

/// One form of one person's name, as a run of folded words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// What of the name it is.
    pub form: NameForm,
    /// Its words in the order in which they are written.
    pub words: Vec<String>,
    /// Last name first.
    pub reversed: bool,
    /// Two names written as one word.
    pub glued: bool,
}

/// Collects patterns with the name each is kept under; one may come twice.
#[derive(Default)]
struct Patterns(Vec<(Pattern, String)>);

impl Patterns {
    fn add(&mut self, form: NameForm, words: &[String]) {
        self.push(Pattern { form, words: words.to_vec(), reversed: false, glued: false }, words.join(" "));
    }

    fn push(&mut self, pattern: Pattern, name: String) {
        if !pattern.words.is_empty() {
            self.0.push((pattern, name));
        }
    }

    /// First and last name in both orders, apart and in one word; `Jean-LucMartin` is two words.
    fn full(&mut self, given: &[String], family: &[String]) {
        let form = NameForm::FullName;
        let name = [given, family].concat().join(" ");
        for (words, reversed) in [([given, family].concat(), false), ([family, given].concat(), true)] {
            self.push(Pattern { form, words: vec![words.concat()], reversed, glued: true }, name.clone());
            self.push(Pattern { form, words, reversed, glued: false }, name.clone());
        }
        if let Some((last, before)) = given.split_last().filter(|(_, before)| !before.is_empty()) {
            self.glued(form, before, last.clone() + &family.concat());
        }
    }

    fn glued(&mut self, form: NameForm, before: &[String], word: String) {
        let words = [before, &[word]].concat();
        let name = words.join(" ");
        self.push(Pattern { form, words, reversed: false, glued: true }, name);
    }

    /// A first name with the initial of the last, apart and as in `HopeY`.
    fn initial(&mut self, given: &[String], initial: char) {
        let Some((last, before)) = given.split_last() else { return };
        self.add(NameForm::FirstNameInitial, &[given, &[initial.to_string()]].concat());
        self.glued(NameForm::FirstNameInitial, before, format!("{last}{initial}"));
    }
}

/// Every form of a person's name, each with the name a waiver is kept under.
pub fn patterns(names: &Names) -> Vec<(Pattern, String)> {
    let mut found = Patterns::default();
    let called = names.preferred.as_deref().map(alternatives).unwrap_or_default();
    let mut firsts: Vec<Vec<String>> = Vec::new();
    for (given, family) in &names.full {
        let (given, family) = (name_words(given), family_words(family));
        let lasts = lasts(&family);
        for given in givens(&given).into_iter().chain(called.clone()) {
            lasts.iter().filter(|last| is_long(last)).for_each(|last| found.full(&given, last));
        }
        let whole = [given.clone(), given.iter().take(1).cloned().collect(), vec![given.concat()]];
        for first in whole.into_iter().filter(|first| !first.concat().is_empty()) {
            initials(&family).into_iter().for_each(|initial| found.initial(&first, initial));
            found.add(NameForm::FirstName, &first);
            firsts.push(first);
        }
        for name in &called {
            initials(&family).into_iter().for_each(|initial| found.initial(name, initial));
        }
        for last in lasts.into_iter().filter(|last| is_long(last)) {
            found.add(NameForm::LastName, &last);
        }
    }
    for name in called.into_iter().filter(|name| !firsts.contains(name)) {
        found.add(NameForm::PreferredName, &name);
    }
    found.0
}

/// The names of somebody who may be named: every form, and each word alone.
pub fn known_patterns(names: &Names) -> Vec<(Pattern, String)> {
    let mut found = Patterns(patterns(names));
    let written = names.full.iter().flat_map(|(given, family)| [given, family]).chain(&names.preferred);
    for word in written.flat_map(|name| name_words(name)).filter(|word| word.chars().count() > 1) {
        found.add(NameForm::FirstName, &[word]);
    }
    found.0
}

/// The names somebody is called by: `Liz (Lizzie)`, `Bill / Billy` and `Bob or Bobby` are two each.
fn alternatives(called: &str) -> Vec<Vec<String>> {
    let parts = called.split(['/', ',', ';', '(', ')', '"', '“', '”', '|']).flat_map(|part| part.split(" or "));
    parts.map(name_words).filter(|words| !words.is_empty()).collect()
}

/// The first names that may stand before a last name: all of them, and each.
fn givens(given: &[String]) -> Vec<Vec<String>> {
    let each = given.iter().filter(|word| given.len() == 1 || word.chars().count() > 1).map(|word| vec![word.clone()]);
    let mut found: Vec<Vec<String>> = each.collect();
    if given.len() > 1 {
        found.push(given.to_vec());
        found.push(vec![given.concat()]);
    }
    found
}

/// The words of a last name: "O Brien" and "O'Brien" are one word, and `Jr.` is none.
fn family_words(family: &str) -> Vec<String> {
    let mut words = name_words(family);
    if words.iter().any(|word| !is_suffix(word)) {
        words.retain(|word| !is_suffix(word));
    }
    match words.first().map(String::as_str) {
        Some("o" | "d") if words.len() == 2 && !family.contains(is_apostrophe) => vec![words.concat()],
        _ => words,
    }
}

/// The last names one may be called by: all of it, without its small words, each part, and small words fastened.
fn lasts(family: &[String]) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = vec![family.to_vec()];
    let weighty = |words: &[String]| words.iter().filter(|word| !is_particle(word)).cloned().collect::<Vec<_>>();
    let parts = weighty(family);
    found.push(parts.clone());
    found.extend(parts.into_iter().map(|part| vec![part]));
    let small = family.iter().take_while(|word| is_particle(word)).count();
    if small > 0 && small < family.len() {
        found.push([vec![family[..small].concat()], family[small..].to_vec()].concat());
        found.push(vec![family.concat()]);
    }
    found.retain(|last| !last.is_empty());
    found.dedup();
    found
}

/// Longer than an initial; one letter is a whole name in some scripts.
fn is_long(last: &[String]) -> bool {
    last.iter().any(|word| word.chars().count() > 1 || word.chars().all(is_unspaced))
}

/// The initials of a last name: of its first word and of each part.
fn initials(family: &[String]) -> Vec<char> {
    let weighty = family.iter().filter(|word| !is_particle(word));
    let mut found: Vec<char> = family.iter().take(1).chain(weighty).filter_map(|word| word.chars().next()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The names of somebody of whom only one line is kept, such as a guest.
pub fn of_line(line: &str) -> Names {
    if let Some((family, given)) = line.split_once(',').filter(|(_, given)| !is_suffix(&fold_name(given))) {
        return Names { full: vec![(given.trim().to_owned(), family.trim().to_owned())], preferred: None };
    }
    let is_word = |word: &&str| !is_title(word) && !is_suffix(&fold_name(word));
    let words: Vec<&str> = line.split_whitespace().filter(is_word).collect();
    let titled = line.split_whitespace().any(is_title);
    if words.len() > 1 && words.last().is_some_and(|last| is_relation(&fold_name(last))) {
        let owner = words[0].strip_suffix(['s', 'S']).and_then(|rest| rest.strip_suffix(is_apostrophe));
        let owner = owner.unwrap_or(words[0]);
        return Names { full: vec![(owner.to_owned(), String::new())], preferred: Some(words.join(" ")) };
    }
    let small = words.iter().skip(1).position(|word| is_particle(&fold_name(word))).map(|at| at + 1);
    let last = small.filter(|at| at + 1 < words.len()).unwrap_or(words.len().saturating_sub(1));
    let last = if words.len() == 1 && !titled { 1 } else { last };
    Names { full: vec![(words[..last].join(" "), words[last..].join(" "))], preferred: None }
}

fn is_title(word: &str) -> bool {
    super::words::is_title(&fold_name(word))
}

/// What somebody is to somebody else: "Maria's Mother" has no last name.
fn is_relation(word: &str) -> bool {
    matches!(word, "mother" | "mom" | "mum" | "father" | "dad" | "parent" | "sister" | "brother" | "aunt" | "uncle")
        || matches!(word, "wife" | "husband" | "partner" | "spouse" | "son" | "daughter" | "guardian" | "friend")
        || matches!(word, "grandmother" | "grandfather" | "grandma" | "grandpa" | "cousin" | "niece" | "nephew")
}
