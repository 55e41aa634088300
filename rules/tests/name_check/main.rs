//! How well the name check does, measured on a labelled set: sentences of clinical notes, the people around, and what a
//! careful person would say. `hard.txt` is written by hand; `generate.rs` makes the rest of hand-written sentences and
//! names, the same at every run.

mod generate;
mod hard;

use std::rc::Rc;

use rules::names::{NameCheck, Names};

/// What is expected of a case, and what is found: the gravest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Nothing,
    Warned,
    Refused,
}

/// The people around a note.
#[derive(Debug, Clone, Default)]
pub struct Circle {
    /// The person the note is about, and the leaders.
    pub known: Vec<Names>,
    /// Everybody else.
    pub others: Vec<Names>,
}

/// One labelled case.
#[derive(Debug, Clone)]
pub struct Case {
    pub texts: Vec<String>,
    pub circle: Rc<Circle>,
    pub expected: Kind,
}

/// The check under test, made ready once for the cases of a circle.
fn check() -> impl FnMut(&Case) -> Kind {
    let mut ready: Option<(Rc<Circle>, NameCheck<usize>)> = None;
    move |case| {
        if ready.as_ref().is_none_or(|(circle, _)| !Rc::ptr_eq(circle, &case.circle)) {
            let others: Vec<(usize, Names)> = case.circle.others.iter().cloned().enumerate().collect();
            ready = Some((Rc::clone(&case.circle), NameCheck::new(&others, &case.circle.known)));
        }
        let texts: Vec<&str> = case.texts.iter().map(String::as_str).collect();
        let found = ready.as_ref().map(|(_, check)| check.find(&texts)).unwrap_or_default();
        let kind = |blocks: bool| if blocks { Kind::Refused } else { Kind::Warned };
        found.iter().map(|finding| kind(finding.form.blocks())).max().unwrap_or(Kind::Nothing)
    }
}

fn by_hand() -> Vec<Case> {
    [hard::cases(include_str!("hard.txt")), hard::cases(include_str!("later.txt"))].concat()
}

/// What a check got wrong.
#[derive(Debug, Default)]
struct Score {
    cases: usize,
    /// Cases in which something is to be found, and those in which less was found than that.
    named: usize,
    missed: Vec<String>,
    /// Cases in which more could be found than is there, and those in which it was.
    free: usize,
    alarmed: Vec<String>,
}

impl Score {
    fn of(cases: &[Case], mut check: impl FnMut(&Case) -> Kind) -> Self {
        let mut score = Self { cases: cases.len(), ..Self::default() };
        for case in cases {
            let found = check(case);
            score.named += usize::from(case.expected > Kind::Nothing);
            score.free += usize::from(case.expected < Kind::Refused);
            let told = || format!("{:?} for {:?}: {:?}", found, case.expected, case.texts);
            if found < case.expected {
                score.missed.push(told());
            } else if found > case.expected {
                score.alarmed.push(told());
            }
        }
        score
    }

    /// Both less than one in a hundred.
    fn is_good(&self) -> bool {
        self.missed.len() * 100 < self.named && self.alarmed.len() * 100 < self.free
    }

    fn told(&self, what: &str) -> String {
        let percent = |count: usize, of: usize| format!("{:.2} %", 100.0 * count as f64 / of.max(1) as f64);
        format!(
            "{what}: {} cases; missed {} of {} ({}); false alarms {} of {} ({})\n  {}",
            self.cases,
            self.missed.len(),
            self.named,
            percent(self.missed.len(), self.named),
            self.alarmed.len(),
            self.free,
            percent(self.alarmed.len(), self.free),
            [self.missed.as_slice(), self.alarmed.as_slice()].concat().join("\n  ")
        )
    }
}

#[test]
fn fewer_than_one_in_a_hundred_is_missed_or_wrongly_found() {
    let (hard, made) = (by_hand(), generate::cases());
    assert!(hard.len() >= 250 && hard.len() + made.len() >= 1_500, "{} and {}", hard.len(), made.len());
    let all = Score::of(&[hard.clone(), made.clone()].concat(), check());
    println!("{}", Score::of(&hard::cases(include_str!("hard.txt")), check()).told("by hand"));
    println!("{}", Score::of(&hard::cases(include_str!("later.txt")), check()).told("by hand, later"));
    println!("{}", Score::of(&made, check()).told("generated"));
    println!("{}", all.told("all"));
    assert!(all.is_good(), "{}", all.told("all"));
}

#[test]
fn a_poor_check_is_told_from_a_good_one() {
    let cases = [by_hand(), generate::cases()].concat();
    let holds = |case: &Case, name: &str| !name.is_empty() && case.texts.iter().any(|text| text.contains(name));
    let blind = Score::of(&cases, |_| Kind::Nothing);
    assert!(blind.missed.len() == blind.named && blind.alarmed.is_empty() && !blind.is_good());
    // Every name as it is kept, wherever its letters stand.
    let letters = Score::of(&cases, |case| {
        let names = || case.circle.others.iter().flat_map(|one| &one.full);
        let full = names().any(|(first, last)| holds(case, &format!("{first} {last}")));
        let part = names().any(|(first, last)| holds(case, first) || holds(case, last));
        if full {
            Kind::Refused
        } else if part {
            Kind::Warned
        } else {
            Kind::Nothing
        }
    });
    assert!(
        letters.missed.len() * 10 > letters.named && letters.alarmed.len() * 10 > letters.free,
        "{}",
        letters.told("letters")
    );
}

#[test]
fn the_generated_half_is_the_same_at_every_run() {
    let texts = |cases: Vec<Case>| cases.into_iter().map(|case| (case.texts, case.expected)).collect::<Vec<_>>();
    assert_eq!(texts(generate::cases()), texts(generate::cases()));
}
