//! Cases made of sentences and names that are written by hand, with labels that follow from who is meant.

use std::collections::HashSet;
use std::rc::Rc;

use rules::names::Names;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{Case, Circle, Kind};

const CIRCLES: usize = 16;
const SEED: u64 = 0x6e61_6d65_7320;

/// Numbers that are the same at every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or(0) % below.max(1)
    }

    fn word(&mut self, of: &[&'static str]) -> &'static str {
        of[self.next(of.len())]
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.next(of.len())]
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Person {
    first: String,
    last: String,
    called: Option<String>,
}

impl Person {
    fn names(&self) -> Names {
        Names { full: vec![(self.first.clone(), self.last.clone())], preferred: self.called.clone() }
    }

    fn initial(&self) -> char {
        self.last.chars().next().unwrap_or('X')
    }

    /// Every word of all names.
    fn words(&self) -> Vec<String> {
        let all = format!("{} {} {}", self.first, self.last, self.called.as_deref().unwrap_or(""));
        all.split([' ', '-']).filter(|word| !word.is_empty()).map(plain).collect()
    }
}

/// The sections of a text: `[name]` and the lines below it.
fn section<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let heading = format!("[{name}]");
    let lines = text.lines().skip_while(|line| *line != heading).skip(1);
    let lines: Vec<&str> = lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty()).collect();
    assert!(!lines.is_empty(), "{heading}");
    lines
}

fn names(section_name: &str) -> Vec<&'static str> {
    let lines = section(include_str!("names.txt"), section_name);
    lines.into_iter().flat_map(str::split_whitespace).collect()
}

/// Without accents and capitals.
fn plain(text: &str) -> String {
    unaccented(text).to_lowercase()
}

fn unaccented(text: &str) -> String {
    let letters = text.nfd().filter(|letter| !is_combining_mark(*letter));
    let letter = |letter| match letter {
        'ł' | 'Ł' => 'l',
        'ø' | 'Ø' => 'o',
        other => other,
    };
    letters.map(letter).collect()
}

fn wide(text: &str) -> String {
    let letter = |letter: char| match letter {
        '!'..='~' => char::from_u32(u32::from(letter) + 0xfee0).unwrap_or(letter),
        ' ' => '\u{3000}',
        other => other,
    };
    text.chars().map(letter).collect()
}

/// Ways of writing first and last name, with the person in question in mind.
const FULL: [&str; 30] = [
    "{F} {L}",
    "{F} {L}",
    "{F} {L}",
    "{L}, {F}",
    "{FU} {LU}",
    "{LU}, {FU}",
    "{f} {l}",
    "{F} M. {L}",
    "{F} ({L})",
    "**{F}** {L}",
    "_{F}_ {L}",
    "{F}\n{L}",
    "{F}\u{a0}{L}",
    "{F}\u{200b}{L}",
    "{F}{L}",
    "{f}_{l}",
    "{F}_{L}",
    "{F}-{L}",
    "{L} {F}",
    "{F} \"Buddy\" {L}",
    "{wide}",
    "{split}",
    "{plain}",
    "{F} Marie {L}",
    "{F}/{L}",
    "{F}, last name {L}",
    "{f}.{l}@example.org",
    "Mr. {F} {L}",
    "{F}  {L}",
    "[{F} {L}]",
];
const INITIAL: [&str; 8] =
    ["{F} {I}.", "{F} {I}.", "{F} {I}", "{FU} {I}.", "{F} ({I}.)", "{F}\u{a0}{I}.", "{F}-{I}.", "{F}{I}"];
const FIRST: [&str; 4] = ["{F}", "{F}", "{F}", "{invisible}"];
const LAST: [&str; 4] = ["{L}", "Mr. {L}", "Ms. {L}", "Mrs. {L}"];

fn written(form: &str, who: &Person) -> String {
    let whole = format!("{} {}", who.first, who.last);
    let hidden: String = who.first.chars().flat_map(|letter| [letter, '\u{200d}']).collect();
    let fill = [
        ("{F}", who.first.clone()),
        ("{L}", who.last.clone()),
        ("{I}", who.initial().to_string()),
        ("{FU}", who.first.to_uppercase()),
        ("{LU}", who.last.to_uppercase()),
        ("{f}", who.first.to_lowercase()),
        ("{l}", who.last.to_lowercase()),
        ("{wide}", wide(&whole)),
        ("{split}", whole.nfd().collect()),
        ("{plain}", unaccented(&whole)),
        ("{invisible}", hidden),
    ];
    fill.iter().fold(form.to_owned(), |text, (place, name)| text.replace(place, name))
}

/// A sentence with somebody in it; a full stop is not written twice.
fn put(sentence: &str, place: &str, name: &str) -> String {
    sentence.replace(place, name).replace("..", ".")
}

struct Maker {
    dice: Dice,
    about: Person,
    leader: Person,
    others: Vec<Person>,
    circle: Rc<Circle>,
    cases: Vec<Case>,
}

/// Every generated case.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for circle in 0..CIRCLES {
        let mut maker = Maker::new(Dice(SEED + circle as u64));
        maker.make();
        cases.extend(maker.cases);
    }
    cases
}

impl Maker {
    fn new(mut dice: Dice) -> Self {
        let firsts = [names("first"), names("first"), names("words")].concat();
        let lasts = [names("last"), names("last"), names("last words")].concat();
        let mut people: Vec<Person> = Vec::new();
        let mut taken = HashSet::new();
        let count = 22 + dice.next(20);
        while people.len() < count {
            let (first, last) = (dice.pick(&firsts).to_string(), dice.pick(&lasts).to_string());
            let called = (dice.next(6) == 0).then(|| dice.pick(&firsts).to_string());
            // The same two names in the other order are somebody else only to who knows; those cases are written by hand.
            let mut pair = [plain(&first), plain(&last)];
            pair.sort();
            if taken.insert(pair) {
                people.push(Person { called: called.filter(|called| *called != last), first, last });
            }
        }
        let (about, leader) = (people.remove(0), people.remove(0));
        let known = vec![about.names(), leader.names()];
        let circle = Rc::new(Circle { known, others: people.iter().map(Person::names).collect() });
        Self { dice, about, leader, others: people, circle, cases: Vec::new() }
    }

    fn add(&mut self, texts: Vec<String>, expected: Kind) {
        self.cases.push(Case { texts, circle: Rc::clone(&self.circle), expected });
    }

    /// Whether one of these words is a name of the patient or the leader.
    fn is_known(&self, name: &str) -> bool {
        let known = [self.about.words(), self.leader.words()].concat();
        known.contains(&plain(name))
    }

    /// What a lone name is to a reader: a name somebody is called by, somebody's first or last name, or nobody's.
    fn alone(&self, name: &str) -> Kind {
        let is = |other: &str| plain(other) == plain(name);
        let called = |one: &&Person| one.called.as_deref().is_some_and(is) && !is(&one.first);
        let part = |one: &&Person| one.words().contains(&plain(name)) || is(&one.first) || is(&one.last);
        match name {
            _ if self.is_known(name) => Kind::Nothing,
            _ if self.others.iter().any(|one| called(&one)) => Kind::Refused,
            _ if self.others.iter().any(|one| part(&one)) => Kind::Warned,
            _ => Kind::Nothing,
        }
    }

    fn with_initial(&self, who: &Person) -> Kind {
        let same = |one: &Person| {
            let firsts = [Some(&one.first), one.called.as_ref()];
            one.initial() == who.initial() && firsts.into_iter().flatten().any(|name| plain(name) == plain(&who.first))
        };
        if same(&self.about) || same(&self.leader) { Kind::Nothing } else { Kind::Refused }
    }

    /// Somebody who is in the room, written in some way, and what a reader learns.
    fn mention(&mut self) -> (String, Kind) {
        let who = self.dice.pick(&self.others).clone();
        match self.dice.next(10) {
            0..=4 => (written(self.dice.word(&FULL), &who), Kind::Refused),
            5 | 6 => (written(self.dice.word(&INITIAL), &who), self.with_initial(&who)),
            7 | 8 => (written(self.dice.word(&FIRST), &who), self.alone(&who.first)),
            _ => (written(self.dice.word(&LAST), &who), self.alone(&who.last)),
        }
    }

    /// Somebody who is not in the room, and whose names are nobody's there.
    fn stranger(&mut self) -> Person {
        let (firsts, lasts) = (names("first"), names("last"));
        loop {
            let (first, last) = (self.dice.pick(&firsts).to_string(), self.dice.pick(&lasts).to_string());
            let known: Vec<String> =
                [&self.about, &self.leader].into_iter().chain(&self.others).flat_map(Person::words).collect();
            let one = Person { first, last, called: None };
            if !one.words().iter().any(|word| known.contains(word)) {
                return one;
            }
        }
    }

    fn make(&mut self) {
        let text = include_str!("sentences.txt");
        for _ in 0..2 {
            for sentence in section(text, "mention") {
                let (name, kind) = self.mention();
                self.add(vec![put(sentence, "{X}", &name)], kind);
            }
        }
        for sentence in section(text, "possessive") {
            self.possessive(sentence);
        }
        for sentence in section(text, "pair") {
            self.pair(sentence);
        }
        for sentence in section(text, "fields") {
            let who = self.dice.pick(&self.others).clone();
            // Apart from one another, a name that is the patient's own, too, is theirs.
            let shared = sentence.contains("once") && (self.is_known(&who.first) || self.is_known(&who.last));
            let kind = if shared { self.alone(&who.first).max(self.alone(&who.last)) } else { Kind::Refused };
            self.add(written(sentence, &who).split(" || ").map(str::to_owned).collect(), kind);
        }
        for sentence in section(text, "mention").into_iter().step_by(3) {
            let who = self.stranger();
            let form = *self.dice.pick(&["{F} {L}", "{F}", "{L}", "{F} {I}.", "{f} {l}", "{FU} {LU}"]);
            self.add(vec![put(sentence, "{X}", &written(form, &who))], Kind::Nothing);
        }
        for sentence in section(text, "own") {
            let who = [self.about.clone(), self.leader.clone()][self.dice.next(3) / 2].clone();
            self.add(vec![written(sentence, &who)], Kind::Nothing);
        }
        let clean = section(text, "clean");
        for _ in 0..55 {
            let sentence = *self.dice.pick(&clean);
            self.add(vec![sentence.to_owned()], Kind::Nothing);
        }
    }

    fn possessive(&mut self, sentence: &str) {
        let who = self.dice.pick(&self.others).clone();
        let (form, kind) = match self.dice.next(6) {
            0 => ("{F} {L}'s", Kind::Refused),
            1 => ("{F} {L}’s", Kind::Refused),
            2 => ("{F} {I}'s", self.with_initial(&who)),
            3 => ("{F} {I}.'s", self.with_initial(&who)),
            4 => ("{F}'s", self.alone(&who.first)),
            _ => ("Mr. {L}'s", self.alone(&who.last)),
        };
        self.add(vec![sentence.replace("{X}", &written(form, &who))], kind);
    }

    /// Two first names, or two last names: each may be somebody, and together they are no full name.
    fn pair(&mut self, sentence: &str) {
        let (one, two) = (self.dice.pick(&self.others).clone(), self.dice.pick(&self.others).clone());
        let kind = self.alone(&one.first).max(self.alone(&two.first));
        self.add(vec![sentence.replace("{X}", &one.first).replace("{Y}", &two.first)], kind);
    }
}
