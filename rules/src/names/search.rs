//! All forms of all names of a circle at once: the words of a text are looked up one by one, however many people there
//! are.

use std::collections::{HashMap, HashSet};

use super::{
    NameFinding, NameForm, Names, common,
    patterns::{Pattern, known_patterns, patterns},
    reading::{Match, Place},
    unspaced::{Found, Unspaced},
    words::{Case, Word, is_particle, is_suffix, is_title, split},
};

/// The most names or initials between a first and a last name.
const MOST_BETWEEN: usize = 2;

/// One form of the name of somebody, where its words end.
#[derive(Debug, Clone)]
struct End {
    pattern: Pattern,
    name: String,
    /// The places of those who are called so.
    people: Vec<usize>,
    /// It is also a name of somebody who may be named.
    known: bool,
}

/// A run of words that begins a name.
#[derive(Debug, Default)]
struct Node {
    next: HashMap<usize, usize>,
    ends: Vec<End>,
}

/// The names of a circle, ready for any number of texts.
#[derive(Debug)]
pub struct Search {
    /// Every word of a name.
    words: HashMap<String, usize>,
    /// Beginnings of words of names that may be written apart: "Mc Donald".
    beginnings: HashSet<String>,
    /// Words that are two names in one: never found in two words.
    glued: HashSet<usize>,
    nodes: Vec<Node>,
    unspaced: Unspaced,
}

/// How a word of the text is a word of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Whole,
    Plural,
    /// With a preposition fastened to it, as Hebrew and Arabic do.
    Fastened,
}

/// How far a name has been read.
#[derive(Debug, Clone, Copy)]
struct Reading {
    node: usize,
    /// The last word that belongs to it.
    last: usize,
    /// The last word that was passed over, or the same.
    at: usize,
    between: usize,
    comma: bool,
    line: bool,
    address: bool,
    way: Way,
}

/// A form of a name that stands somewhere.
#[derive(Debug, Clone, Copy)]
struct Hit<'a> {
    end: &'a End,
    last: usize,
    comma: bool,
}

impl Hit<'_> {
    /// The order of first and last name is the one that the comma, or its absence, says.
    fn is_in_order(&self) -> bool {
        self.end.pattern.form != NameForm::FullName || self.end.pattern.glued || self.end.pattern.reversed == self.comma
    }

    /// The gravest comes first, then the longest.
    fn rank(&self) -> (NameForm, std::cmp::Reverse<usize>) {
        (self.end.pattern.form, std::cmp::Reverse(self.last))
    }
}

impl Search {
    /// Makes ready to look for `others`; the names of `known` may stand in a text.
    pub fn new<'a>(others: impl Iterator<Item = &'a Names>, known: &[Names]) -> Self {
        let mut search = Self {
            words: HashMap::new(),
            beginnings: HashSet::new(),
            glued: HashSet::new(),
            nodes: vec![Node::default()],
            unspaced: Unspaced::default(),
        };
        for (at, names) in others.enumerate() {
            search.add(names, Some(at));
        }
        for names in known {
            search.add(names, None);
        }
        search
    }

    fn add(&mut self, names: &Names, person: Option<usize>) {
        let patterns = if person.is_some() { patterns(names) } else { known_patterns(names) };
        for (pattern, name) in patterns {
            let node = self.node(&pattern);
            let ends = &mut self.nodes[node].ends;
            match ends.iter_mut().find(|end| end.pattern == pattern && end.people.is_empty() == person.is_none()) {
                Some(end) => end.people.extend(person.filter(|person| !end.people.contains(person))),
                None => ends.push(End { pattern, name, people: person.into_iter().collect(), known: person.is_none() }),
            }
        }
        self.unspaced.add(names, person);
    }

    /// The node at which the words of a pattern end; made when there is none.
    fn node(&mut self, pattern: &Pattern) -> usize {
        let mut node = 0;
        for word in &pattern.words {
            let fresh = self.words.len();
            let id = *self.words.entry(word.clone()).or_insert(fresh);
            if pattern.glued && pattern.words.last() == Some(word) {
                self.glued.insert(id);
            } else {
                self.beginnings.extend(word.char_indices().skip(1).map(|(end, _)| word[..end].to_owned()));
            }
            let fresh = self.nodes.len();
            let next = *self.nodes[node].next.entry(id).or_insert(fresh);
            if next == fresh {
                self.nodes.push(Node::default());
            }
            node = next;
        }
        node
    }

    /// The findings of some texts that belong together, in order, and how many comparisons they took.
    pub fn find<K: Copy>(&self, parts: &[&str], others: &[K]) -> (Vec<NameFinding<K>>, usize) {
        let words = split(parts);
        let mut scan = Scan { search: self, parts, words: &words, steps: 0 };
        let mut findings = scan.walk(others);
        findings.extend(scan.cells(others, &findings));
        for (part, text) in parts.iter().enumerate() {
            let (found, steps) = self.unspaced.find(text);
            scan.steps += steps;
            let meet = |one: &Found, known: &NameFinding<K>| {
                known.part == part && known.range.start < one.range.end && one.range.start < known.range.end
            };
            findings.retain(|known| !found.iter().any(|one| meet(one, known) && one.form < known.form));
            let fresh = found.into_iter().filter(|one| !findings.iter().any(|known| meet(one, known)));
            let fresh: Vec<Found> = fresh.collect();
            findings.extend(fresh.into_iter().map(|one| NameFinding {
                people: one.people.iter().filter_map(|at| others.get(*at)).copied().collect(),
                form: one.form,
                part,
                range: one.range,
                name: one.name,
            }));
        }
        findings.sort_by_key(|finding| (finding.part, finding.range.start));
        (findings, scan.steps)
    }
}

/// One look through some texts.
struct Scan<'a> {
    search: &'a Search,
    parts: &'a [&'a str],
    words: &'a [Word],
    steps: usize,
}

impl<'a> Scan<'a> {
    fn walk<K: Copy>(&mut self, others: &[K]) -> Vec<NameFinding<K>> {
        let mut findings = Vec::new();
        let mut at = 0;
        while at < self.words.len() {
            let hits = self.hits(at);
            let known = hits.iter().filter(|hit| hit.end.known).max_by_key(|hit| (hit.last, hit.is_in_order()));
            let other = hits.iter().filter(|hit| !hit.end.known).min_by_key(|hit| (hit.rank(), !hit.is_in_order()));
            let wins = |other: &&Hit| {
                known.is_none_or(|known| (other.last, other.is_in_order()) > (known.last, known.is_in_order()))
            };
            if let Some(hit) = other.filter(wins) {
                findings.extend(self.told(at, hit, others));
                at = hit.last + 1;
            } else {
                let end = known.map_or(at, |known| known.last);
                at = self.straddler(at, end).unwrap_or(end + 1);
            }
        }
        findings
    }

    /// The place inside a known name at which a graver one begins that reaches beyond it: "Mary Jane Doe" holds Jane Doe.
    fn straddler(&mut self, from: usize, end: usize) -> Option<usize> {
        (from + 1..=end).find(|at| {
            let hits = self.hits(*at);
            hits.iter().any(|hit| !hit.end.known && hit.last > end && hit.end.pattern.form.blocks() && !hit.comma)
        })
    }

    /// A finding for each text in which a part of the name stands.
    fn told<K: Copy>(&self, from: usize, hit: &Hit<'_>, others: &[K]) -> Vec<NameFinding<K>> {
        let people: Vec<K> = hit.end.people.iter().filter_map(|at| others.get(*at)).copied().collect();
        let mut findings: Vec<NameFinding<K>> = Vec::new();
        for word in &self.words[from..=hit.last] {
            match findings.last_mut().filter(|last| last.part == word.part) {
                Some(last) => last.range.end = word.range.end,
                None => findings.push(NameFinding {
                    people: people.clone(),
                    form: hit.end.pattern.form,
                    part: word.part,
                    range: word.range.clone(),
                    name: hit.end.name.clone(),
                }),
            }
        }
        findings
    }

    /// Every form of a name that starts at a word.
    fn hits(&mut self, from: usize) -> Vec<Hit<'a>> {
        let search = self.search;
        let mut hits = Vec::new();
        let start = Reading {
            node: 0,
            last: from,
            at: from,
            between: 0,
            comma: false,
            line: false,
            address: false,
            way: Way::Whole,
        };
        let mut open: Vec<Reading> = self.steps_to(start, from).collect();
        while let Some(reading) = open.pop() {
            self.steps += 1;
            if reading.at == reading.last {
                let ends = search.nodes[reading.node].ends.iter();
                hits.extend(ends.filter(|end| self.accepts(from, &reading, end)).map(|end| Hit {
                    end,
                    last: reading.last,
                    comma: reading.comma,
                }));
            }
            open.extend(self.go_on(reading));
        }
        hits
    }

    /// The readings one word, or one passed over, further on.
    fn go_on(&self, reading: Reading) -> Vec<Reading> {
        let Some(next) = self.words.get(reading.at + 1) else { return Vec::new() };
        if self.search.nodes[reading.node].next.is_empty() {
            return Vec::new();
        }
        let label = reading.at > reading.last && is_label(&self.words[reading.at].folded);
        let link = self.words[reading.at].link(next, self.parts);
        let Some(link) = link.or_else(|| label.then(Default::default)) else { return Vec::new() };
        let linked = Reading {
            comma: reading.comma || link.comma,
            line: reading.line || link.line,
            address: reading.address || link.address,
            ..reading
        };
        let mut found: Vec<Reading> = self.steps_to(linked, reading.at + 1).collect();
        let between = reading.between + usize::from(!is_label(&next.folded) && !is_particle(&next.folded));
        let passed = is_label(&next.folded)
            || is_particle(&next.folded)
            || (next.is_letter() && link.plain)
            || (link.plain && is_middle(next, &self.words[reading.last]));
        if passed && between <= MOST_BETWEEN && reading.at - reading.last < 4 {
            found.push(Reading { at: reading.at + 1, between, ..linked });
        }
        found
    }

    /// The readings that take the word at a place, alone or with the one after it.
    fn steps_to(&self, reading: Reading, at: usize) -> impl Iterator<Item = Reading> {
        let next = &self.search.nodes[reading.node].next;
        let whole = self.readings(at).into_iter().map(move |(id, way)| (id, way, at));
        let pair = self.pair(at).map(|id| (id, Way::Whole, at + 1));
        let taken = whole.chain(pair).filter_map(move |(id, way, last)| Some((*next.get(&id)?, way, last)));
        let way = move |fresh: Way| if reading.way == Way::Whole { fresh } else { reading.way };
        taken.map(move |(node, fresh, last)| Reading { node, last, at: last, way: way(fresh), ..reading })
    }

    /// The words of names that a word of the text may be.
    fn readings(&self, at: usize) -> Vec<(usize, Way)> {
        let Some(word) = self.words.get(at) else { return Vec::new() };
        let id = |word: &str| self.search.words.get(word).copied();
        let mut found: Vec<(usize, Way)> = id(&word.folded).map(|id| (id, Way::Whole)).into_iter().collect();
        found.extend(word.base.as_deref().and_then(id).map(|id| (id, Way::Whole)));
        let plain = word.folded.trim_end_matches(|letter: char| letter.is_ascii_digit());
        if plain.len() < word.folded.len() {
            found.extend(id(plain).map(|id| (id, Way::Whole)));
        }
        if let Some(plural) = word.folded.strip_suffix('s').filter(|_| !word.is_small()) {
            let way = if plural.chars().count() == 1 { Way::Whole } else { Way::Plural };
            found.extend(id(plural).map(|id| (id, way)));
        }
        let mut letters = word.folded.chars();
        if letters.next().is_some_and(is_fastened) {
            found.extend(id(letters.as_str()).map(|id| (id, Way::Fastened)));
        }
        found
    }

    /// The word of a name that is written here in two: "Mc Donald", "Lind-⏎qvist".
    fn pair(&self, at: usize) -> Option<usize> {
        let (one, two) = (self.words.get(at)?, self.words.get(at + 1)?);
        let second = two.base.as_ref().unwrap_or(&two.folded);
        if !self.search.beginnings.contains(&one.folded) || second.chars().count() < 3 {
            return None;
        }
        let link = one.link(two, self.parts)?;
        let letter = one.is_letter() && !matches!(one.folded.as_str(), "o" | "d");
        let apart = link.line && !two.is_small();
        let small = (one.is_small() || two.is_small()) && !link.line;
        if !link.close || letter || apart || small || one.is_possessive() {
            return None;
        }
        let id = self.search.words.get(&format!("{}{second}", one.folded)).copied()?;
        (!self.search.glued.contains(&id)).then_some(id)
    }

    fn accepts(&self, from: usize, reading: &Reading, end: &End) -> bool {
        let form = end.pattern.form;
        let apart = reading.between > 0 || reading.comma;
        let whole = matches!(form, NameForm::FullName | NameForm::FirstNameInitial);
        if apart && !whole {
            return false;
        }
        if reading.way == Way::Fastened && form != NameForm::FullName {
            return false;
        }
        let place = Place { words: self.words, parts: self.parts, from, last: reading.last };
        end.known
            || place.is_name(&Match {
                form,
                words: &end.pattern.words,
                reversed: end.pattern.reversed,
                glued: end.pattern.glued,
                comma: reading.comma,
                address: reading.address,
                line: reading.line,
                plural: reading.way == Way::Plural,
            })
    }

    /// A first name that is all of one text and the last name that is all of another: a row of two cells.
    fn cells<K: Copy>(&self, others: &[K], found: &[NameFinding<K>]) -> Vec<NameFinding<K>> {
        let mut cells: Vec<(usize, usize, usize, &End)> = Vec::new();
        let mut at = 0;
        for part in 0..self.parts.len() {
            let count = self.words[at..].iter().take_while(|word| word.part == part).count();
            let taken = found.iter().any(|finding| finding.part == part && finding.form.blocks());
            if (1..=4).contains(&count) && !self.words[at].is_small() && !taken {
                cells.extend(self.whole(at, at + count - 1).map(|end| (part, at, at + count - 1, end)));
            }
            at += count;
        }
        let mut findings: Vec<NameFinding<K>> = Vec::new();
        for (part, from, last, end) in &cells {
            let wanted =
                |other: &End| (other.pattern.form == NameForm::LastName) != (end.pattern.form == NameForm::LastName);
            let shared = |other: &End| other.people.iter().any(|person| end.people.contains(person));
            let other = cells.iter().find(|(place, _, _, other)| place != part && wanted(other) && shared(other));
            let Some((_, _, _, other)) = other else { continue };
            let (given, family) = if end.pattern.form == NameForm::LastName { (other, end) } else { (end, other) };
            let people: Vec<usize> = end.people.iter().filter(|one| other.people.contains(one)).copied().collect();
            findings.push(NameFinding {
                people: people.into_iter().filter_map(|at| others.get(at)).copied().collect(),
                form: NameForm::FullName,
                part: *part,
                range: self.words[*from].range.start..self.words[*last].range.end,
                name: format!("{} {}", given.name, family.name),
            });
        }
        findings.dedup_by_key(|finding| finding.part);
        findings
    }

    /// The lone names that some words are, and nothing else; none when somebody known is called so.
    fn whole(&self, from: usize, last: usize) -> impl Iterator<Item = &'a End> {
        let mut node = Some(0);
        for word in &self.words[from..=last] {
            let id = self.search.words.get(&word.folded);
            node = node.and_then(|node: usize| self.search.nodes[node].next.get(id?).copied());
        }
        let ends: &'a [End] = node.map(|node| self.search.nodes[node].ends.as_slice()).unwrap_or_default();
        let known = ends.iter().any(|end| end.known);
        let lone = |end: &&End| matches!(end.pattern.form, NameForm::FirstName | NameForm::LastName);
        ends.iter().filter(lone).filter(move |_| !known)
    }
}

/// Words that may stand between the parts of a name and say what they are.
fn is_label(word: &str) -> bool {
    is_title(word)
        || is_suffix(word)
        || matches!(word, "first" | "last" | "name" | "surname" | "given" | "family" | "nee" | "maiden" | "initial")
}

/// A middle name: written as the first name is.
fn is_middle(word: &Word, first: &Word) -> bool {
    let plain = common::is_done_by_people(&word.folded) || common::is_small_word(&word.folded);
    let same = word.case == first.case || (word.case == Case::Capital && first.case != Case::Small);
    !word.is_small() && same && !plain && !word.is_possessive()
}

/// Prepositions and the like that Hebrew and Arabic fasten to a name.
fn is_fastened(letter: char) -> bool {
    matches!(letter, 'ו' | 'ל' | 'ב' | 'מ' | 'ש' | 'כ' | 'ה' | 'و' | 'ف' | 'ب' | 'ل' | 'ك')
}

#[cfg(test)]
mod tests {
    use super::super::NameCheck;
    use super::*;

    /// The comparisons that a text takes in a circle, whose people all have the same first name.
    fn steps(people: usize, text: &str) -> usize {
        let names = |at: usize| Names {
            full: vec![
                ("Ann Marie".to_owned(), format!("de la Lind{}", "x".repeat(at))),
                ("小明".to_owned(), "王".to_owned()),
            ],
            preferred: Some("Nannie".to_owned()),
        };
        let others: Vec<(usize, Names)> = (0..people).map(|at| (at, names(at))).collect();
        let check = NameCheck::new(&others, &[]);
        check.search.find(&[text], &check.people).1
    }

    #[test]
    fn the_work_grows_with_the_text_and_not_with_the_circle() {
        for line in [
            "Ann Marie said that Ann Lind laughed. ",
            "Ann Ann Ann Ann Ann ",
            "Ann de la la la Ann A. B. C. ",
            "今天小明说王小明 ",
        ] {
            let text = line.repeat(20_000 / line.chars().count());
            let (few, many) = (steps(4, &text), steps(60, &text));
            assert!(few > 0 && many < 10 * text.chars().count(), "{line}: {few} for 4 people, {many} for 60");
            assert!(many <= 2 * few, "{line}: {few} for 4 people, {many} for 60");
            let half = steps(60, &line.repeat(10_000 / line.chars().count()));
            assert!(many <= 2 * half + 100, "{line}: {half} for half of it, {many} for all");
        }
    }
}
