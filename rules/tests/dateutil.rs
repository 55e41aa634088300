//! Expansion agrees with python-dateutil, the implementation most calendars' tools are built on: the local starts and
//! the instants of hundreds of rules in zones all over the world, nights on which clocks change among them.
//!
//! The rules are drawn from a fixed seed. `cargo xtask test` installs the pinned python-dateutil and names its
//! interpreter in `CONVENE_TEST_PYTHON`; without either the comparison is skipped, and in CI it fails.
//!
//! Left out on purpose, because python-dateutil itself departs from RFC 5545 there: plain and numbered days in one
//! `BYDAY` (it wants both at once), `BYWEEKNO` 52, 53 and below -1 in the first days of
//! January (it miscounts the weeks of the year before),
//! and numbers in `BYDAY` that no month has together with `BYMONTH` (it fails).

use std::io::Write;
use std::process::{Command, Stdio};

use jiff::civil::{Date, DateTime, date};
use rules::recurrence::{Recurrence, RecurrenceInput, Zone};

/// Rules that are drawn.
const DRAWN: usize = 440;
/// Meetings of each that are compared.
const MOST: usize = 40;
/// dateutil's table of zones ends with 2037.
const LAST: Date = date(2036, 12, 31);
/// Morocco gave up changing its clocks after dateutil's table was made.
const LAST_IN_MOROCCO: Date = date(2025, 12, 31);

const ZONES: [&str; 14] = [
    "America/New_York",
    "America/Phoenix",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Santiago",
    "Europe/London",
    "Europe/Berlin",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
];

/// Rules worth naming: what people write, and what goes wrong most easily. Each with a first start.
const NAMED: &[(&str, &str)] = &[
    ("2026-03-02T09:00:00", "FREQ=WEEKLY"),
    ("2026-03-04T18:00:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR;COUNT=30"),
    ("2026-08-04T09:00:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=14;BYDAY=TU,SU;WKST=SU"),
    ("2026-03-04T09:00:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1"),
    ("2026-01-31T02:30:00", "FREQ=MONTHLY"),
    ("2026-01-30T01:30:00", "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20270630"),
    ("2026-01-06T09:00:00", "FREQ=MONTHLY;BYDAY=1TU,3TU"),
    ("2026-01-01T09:00:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
    ("2026-02-13T09:00:00", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"),
    ("2026-01-01T09:00:00", "FREQ=MONTHLY;BYMONTHDAY=-1,31"),
    ("2024-02-29T09:00:00", "FREQ=YEARLY"),
    ("2026-11-26T09:00:00", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"),
    ("2026-01-01T02:30:00", "FREQ=YEARLY;BYDAY=2SU,-9SU"),
    ("2026-01-01T09:00:00", "FREQ=YEARLY;BYYEARDAY=1,60,366,-1"),
    ("2026-01-01T09:00:00", "FREQ=YEARLY;BYWEEKNO=1,-1;WKST=SU"),
    ("2020-12-28T09:00:00", "FREQ=YEARLY;BYWEEKNO=1,52,53;BYDAY=MO"),
    ("2026-01-01T09:00:00", "FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=-1,1;BYSETPOS=2,-1"),
    ("2026-03-01T02:15:00", "FREQ=DAILY;COUNT=40"),
    // The nights on which New York and Lord Howe put their clocks forward, and back.
    ("2010-01-01T02:30:00", "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"),
    ("2010-01-01T02:15:00", "FREQ=YEARLY;BYMONTH=10;BYDAY=1SU"),
    ("2010-01-01T01:30:00", "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"),
    ("2010-01-01T01:45:00", "FREQ=YEARLY;BYMONTH=4;BYDAY=1SU"),
    ("2026-10-20T01:30:00", "FREQ=DAILY;UNTIL=20261105T060000Z"),
    ("2026-06-29T09:00:00", "FREQ=DAILY;BYMONTH=7;BYDAY=MO,TU,WE,TH,FR"),
    ("2026-01-01T09:00:00", "FREQ=DAILY;INTERVAL=99"),
];

/// One series to expand.
struct Case {
    zone: &'static str,
    start: DateTime,
    rule: String,
}

/// Numbers that are the same on every run: SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(sides).expect("few")).expect("few")
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// `;NAME=` and one to `most` of all, each once.
    fn list(&mut self, name: &str, all: &[i16], most: usize) -> String {
        let picked: std::collections::BTreeSet<i16> = (0..=self.below(most)).map(|_| self.pick(all)).collect();
        format!(";{name}={}", picked.iter().map(i16::to_string).collect::<Vec<_>>().join(","))
    }

    fn days(&mut self, numbers: &[&str]) -> String {
        let days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        let picked: std::collections::BTreeSet<String> =
            (0..=self.below(3)).map(|_| format!("{}{}", self.pick(numbers), self.pick(&days))).collect();
        format!(";BYDAY={}", Vec::from_iter(picked).join(","))
    }

    fn case(&mut self) -> Case {
        let (year, month, day) = (1996 + self.below(34), 1 + self.below(12), 1 + self.below(28));
        let time = self.pick(&["00:00", "00:30", "01:30", "02:15", "02:30", "02:45", "09:00", "18:30", "23:59"]);
        let start = format!("{year}-{month:02}-{day:02}T{time}:00").parse().expect("a start");
        Case { zone: self.pick(&ZONES), start, rule: self.rule(year) }
    }

    fn rule(&mut self, year: usize) -> String {
        let frequency = self.pick(&["DAILY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY", "YEARLY"]);
        let mut rule = format!("FREQ={frequency}");
        if self.chance(50) {
            rule += &format!(";INTERVAL={}", self.pick(&[1, 2, 2, 3, 4, 5, 13]));
        }
        rule += &self.end(year);
        let bare = rule.len();
        if self.chance(25) {
            rule += &self.list("BYMONTH", &Vec::from_iter(1..=12), 4);
        }
        match frequency {
            "YEARLY" => rule += &self.yearly(rule.contains("BYMONTH")),
            "MONTHLY" => rule += &self.monthly(),
            "WEEKLY" if self.chance(70) => rule += &self.days(&[""]),
            "DAILY" if self.chance(30) => rule += &self.days(&[""]),
            _ => {}
        }
        if rule.len() > bare && self.chance(30) {
            rule += &self.list("BYSETPOS", if frequency == "DAILY" { &[1, -1] } else { &[1, 1, 2, -1, -1, -2] }, 2);
        }
        if self.chance(30) {
            rule += &format!(";WKST={}", self.pick(&["SU", "MO", "WE", "SA"]));
        }
        rule
    }

    fn end(&mut self, year: usize) -> String {
        let day = format!("{}{:02}{:02}", year + 1 + self.below(4), 1 + self.below(12), 1 + self.below(28));
        match self.below(5) {
            0 => format!(";COUNT={}", 1 + self.below(30)),
            1 => format!(";UNTIL={day}"),
            2 => format!(";UNTIL={day}T{:02}3000", self.below(24)),
            3 => format!(";UNTIL={day}T{:02}4500Z", self.below(24)),
            _ => String::new(),
        }
    }

    fn monthly(&mut self) -> String {
        match self.below(5) {
            0 => self.list("BYMONTHDAY", &[1, 2, 13, 15, 28, 29, 30, 31, -1, -2, -28, -31], 3),
            1 => self.days(&[""]),
            2 | 3 => self.days(&["1", "2", "3", "4", "5", "-1", "-2", "-5"]),
            _ => String::new(),
        }
    }

    fn yearly(&mut self, in_months: bool) -> String {
        match self.below(6) {
            0 => self.list("BYYEARDAY", &[1, 59, 60, 61, 100, 200, 365, 366, -1, -2, -306, -366], 3),
            1 => {
                let weeks = self.list("BYWEEKNO", &[1, 2, 10, 20, 35, 51, -1], 3);
                if self.chance(60) { weeks + &self.days(&[""]) } else { weeks }
            }
            2 if in_months => self.days(&["1", "2", "5", "-1", "-4"]),
            2 => self.days(&["1", "2", "10", "52", "53", "-1", "-2", "-53"]),
            3 => self.list("BYMONTHDAY", &[1, 15, 28, 29, 30, 31, -1, -3], 3),
            4 => self.days(&[""]),
            _ => String::new(),
        }
    }
}

impl Case {
    fn all() -> Vec<Case> {
        let mut dice = Dice(5545);
        let named = NAMED.iter().flat_map(|(start, rule)| {
            let case = move |zone| Case { zone, start: start.parse().expect("a start"), rule: (*rule).to_owned() };
            ["America/New_York", "Australia/Lord_Howe"].map(case)
        });
        let mut cases: Vec<Case> = named.collect();
        cases.extend(std::iter::repeat_with(|| dice.case()).take(DRAWN));
        cases
    }

    fn last(&self) -> Date {
        if self.zone == "Africa/Casablanca" { LAST_IN_MOROCCO } else { LAST }
    }

    fn question(&self) -> String {
        let (start, last) = (self.start.to_string(), self.last().at(23, 59, 59, 0).to_string());
        serde_json::json!({ "zone": self.zone, "start": start, "rule": self.rule, "last": last, "most": MOST })
            .to_string()
    }

    /// The name of each meeting, the clock on the wall, and the instant.
    fn starts(&self) -> Vec<[String; 3]> {
        let input =
            RecurrenceInput { start: self.start.to_string(), rrule: Some(self.rule.clone()), ..Default::default() };
        let series = Recurrence::check(&input, 60).unwrap_or_else(|error| panic!("{}: {error:?}", self.rule));
        let zone = Zone::parse(self.zone).expect("a zone");
        let found = series.occurrences(&zone, self.start.date(), self.last(), MOST);
        found
            .iter()
            .map(|one| [one.recurrence_id.to_string(), one.local_start.to_string(), one.starts_at.to_string()])
            .collect()
    }
}

/// A Python with dateutil; without one there is nothing to compare with.
fn python() -> Option<String> {
    let python = std::env::var("CONVENE_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let knows = Command::new(&python).args(["-c", "import dateutil"]).stderr(Stdio::null()).status();
    if knows.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "python-dateutil is missing, and nothing may be skipped");
    eprintln!("skipped: no Python with python-dateutil; `cargo xtask test` installs it");
    None
}

fn answers(python: &str, cases: &[Case]) -> Vec<Vec<[String; 3]>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/expand.py");
    let child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("Python runs");
    let mut input = child.stdin.take().expect("its input");
    let questions: String = cases.iter().map(|case| case.question() + "\n").collect();
    let asked = std::thread::spawn(move || input.write_all(questions.as_bytes()));
    let output = child.wait_with_output().expect("Python ends");
    asked.join().expect("asked").expect("Python reads every question");
    assert!(output.status.success(), "dateutil refused a rule");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("a list of starts")).collect()
}

#[test]
fn hundreds_of_rules_yield_what_dateutil_yields() {
    let Some(python) = python() else { return };
    let cases = Case::all();
    let expected = answers(&python, &cases);
    assert_eq!(expected.len(), cases.len());
    let mut wrong = Vec::new();
    for (case, expected) in cases.iter().zip(&expected) {
        let found = case.starts();
        if found != *expected {
            let at = found.iter().zip(expected).position(|(one, other)| one != other);
            let at = at.unwrap_or(found.len().min(expected.len()));
            let (ours, theirs) = (found.get(at), expected.get(at));
            wrong.push(format!("{} {} {}: {ours:?}, dateutil {theirs:?}", case.zone, case.start, case.rule));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    // The comparison is worth something: most rules yield, and nights on which clocks change are among the meetings.
    let moved = expected.iter().flatten().filter(|[named, shown, _]| named != shown).count();
    assert!(expected.iter().filter(|found| !found.is_empty()).count() > 350 && moved > 20, "{moved} moved");
}
