//! Reading an RRULE: every part that is wrong is told at once.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Weekday;

use super::{
    Moment,
    moment::BadMoment,
    rule::{End, Frequency, MOST_COUNT, MOST_INTERVAL, Rule, RuleDay, Until, WEEKDAYS},
};

/// The longest text that is read as a rule, in bytes: one that lists every day of a year is shorter.
const MOST_BYTES: usize = 2_000;
/// As much of a word nobody knows is repeated to who wrote it, in characters.
const SHOWN: usize = 20;
/// Frequencies of the standard at which no group meets.
const TOO_OFTEN: [&str; 3] = ["SECONDLY", "MINUTELY", "HOURLY"];
/// Parts of the standard that would give a day several starts.
const TIMES_OF_DAY: [&str; 3] = ["BYHOUR", "BYMINUTE", "BYSECOND"];

/// Why a rule was not accepted: everything that is wrong with it, each a sentence without its full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRule(Vec<String>);

impl BadRule {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        "invalid"
    }

    /// What is wrong, each a sentence without its full stop.
    pub fn reasons(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for BadRule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "is not a rule a group can meet by: {}. ", self.0.join("; "))?;
        out.write_str("A rule looks like FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE or FREQ=MONTHLY;BYDAY=-1FR")
    }
}

impl std::error::Error for BadRule {}

/// The parts read so far, and what is wrong with the others.
#[derive(Default)]
struct Parts {
    seen: BTreeSet<String>,
    wrong: Vec<String>,
    frequency: Option<Frequency>,
    interval: Option<u32>,
    count: Option<u32>,
    until: Option<Until>,
    months: Vec<i16>,
    weeks: Vec<i16>,
    year_days: Vec<i16>,
    month_days: Vec<i16>,
    days: Vec<RuleDay>,
    positions: Vec<i16>,
    week_start: Option<Weekday>,
}

impl Rule {
    /// Reads an RRULE, with or without the `RRULE:` before it, in any case.
    ///
    /// # Errors
    /// [`BadRule`] with everything that is wrong: what RFC 5545 forbids, and what a group has no use for (`HOURLY` and
    /// finer, several times of day).
    pub fn parse(text: &str) -> Result<Self, BadRule> {
        let text = text.trim();
        if text.len() > MOST_BYTES {
            return Err(BadRule(vec![format!("it is longer than {MOST_BYTES} characters")]));
        }
        let upper = text.to_ascii_uppercase();
        let mut parts = Parts::default();
        for part in upper.strip_prefix("RRULE:").unwrap_or(&upper).split(';') {
            match part.split_once('=') {
                Some((name, value)) => parts.take(name.trim(), value.trim()),
                None => parts.say("each part is NAME=VALUE, with a semicolon between two parts".to_owned()),
            }
        }
        parts.finish()
    }
}

impl Parts {
    /// Notes what is wrong, once.
    fn say(&mut self, what: String) {
        if !self.wrong.contains(&what) {
            self.wrong.push(what);
        }
    }

    fn take(&mut self, name: &str, value: &str) {
        if !self.seen.insert(name.to_owned()) {
            return self.say(format!("{} is given twice", shown(name)));
        }
        if let Err(what) = self.read(name, value) {
            self.say(what);
        }
    }

    fn read(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "FREQ" => self.frequency = Some(frequency(value)?),
            "INTERVAL" => self.interval = Some(count(name, value, MOST_INTERVAL)?),
            "COUNT" => self.count = Some(count(name, value, MOST_COUNT)?),
            "UNTIL" => self.until = Some(until(value)?),
            "BYMONTH" => self.months = numbers(value, 1..=12, "BYMONTH lists months, 1 to 12")?,
            "BYWEEKNO" => self.weeks = numbers(value, -53..=53, "BYWEEKNO lists weeks, 1 to 53 or -53 to -1")?,
            "BYYEARDAY" => self.year_days = numbers(value, -366..=366, "BYYEARDAY lists days, 1 to 366 or -366 to -1")?,
            "BYMONTHDAY" => self.month_days = numbers(value, -31..=31, "BYMONTHDAY lists days, 1 to 31 or -31 to -1")?,
            "BYDAY" => self.days = value.split(',').map(by_day).collect::<Result<_, _>>()?,
            "BYSETPOS" => self.positions = numbers(value, -366..=366, "BYSETPOS lists places, 1 to 366 or -366 to -1")?,
            "WKST" => self.week_start = Some(weekday(value).ok_or("WKST is a weekday such as MO or SU")?),
            _ if TIMES_OF_DAY.contains(&name) => {
                return Err(format!("{name} is not for groups: the time of day is that of the first start"));
            }
            _ => return Err(format!("RFC 5545 knows no part “{}”", shown(name))),
        }
        Ok(())
    }

    /// The rule, when its parts go together.
    fn finish(mut self) -> Result<Rule, BadRule> {
        if !self.seen.contains("FREQ") {
            self.say("FREQ is missing: DAILY, WEEKLY, MONTHLY or YEARLY".to_owned());
        }
        for what in self.contradictions() {
            self.say(what.to_owned());
        }
        let frequency = match self.frequency {
            Some(frequency) if self.wrong.is_empty() => frequency,
            _ => return Err(BadRule(self.wrong)),
        };
        let week_start = self.week_start.unwrap_or(Weekday::Monday);
        self.days.sort_by_key(|day| (day.ordinal, week_start.until(day.weekday)));
        self.days.dedup();
        Ok(Rule {
            frequency,
            interval: self.interval.unwrap_or(1),
            end: self.end(),
            months: self.months,
            weeks: self.weeks,
            year_days: self.year_days,
            month_days: self.month_days,
            days: self.days,
            positions: self.positions,
            week_start,
        })
    }

    fn end(&self) -> End {
        match (self.count, self.until) {
            (Some(count), _) => End::Count(count),
            (None, Some(until)) => End::Until(until),
            (None, None) => End::Never,
        }
    }

    /// The combinations RFC 5545 (3.3.10) forbids.
    fn contradictions(&self) -> Vec<&'static str> {
        use Frequency::{Daily, Monthly, Weekly, Yearly};
        let has = |name: &str| self.seen.contains(name);
        let is = |any: &[Frequency]| self.frequency.is_some_and(|one| any.contains(&one));
        let numbered = self.days.iter().any(|day| day.ordinal != 0);
        let chosen = ["BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY"].into_iter().any(has);
        [
            (has("COUNT") && has("UNTIL"), "COUNT and UNTIL exclude each other"),
            (numbered && is(&[Daily, Weekly]), "BYDAY has numbers (such as 2TU) only with FREQ=MONTHLY or YEARLY"),
            (numbered && has("BYWEEKNO"), "BYDAY has no numbers together with BYWEEKNO"),
            (has("BYMONTHDAY") && is(&[Weekly]), "BYMONTHDAY does not go with FREQ=WEEKLY"),
            (has("BYYEARDAY") && is(&[Daily, Weekly, Monthly]), "BYYEARDAY goes only with FREQ=YEARLY"),
            (has("BYWEEKNO") && self.frequency.is_some() && !is(&[Yearly]), "BYWEEKNO goes only with FREQ=YEARLY"),
            (has("BYSETPOS") && !chosen, "BYSETPOS needs another part to choose from, such as BYDAY"),
        ]
        .into_iter()
        .filter_map(|(wrong, what)| wrong.then_some(what))
        .collect()
    }
}

fn shown(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(SHOWN).collect()
}

fn frequency(value: &str) -> Result<Frequency, String> {
    if let Some((_, found)) = Frequency::ALL.iter().find(|(name, _)| *name == value) {
        return Ok(*found);
    }
    if TOO_OFTEN.contains(&value) {
        return Err(format!(
            "FREQ={value} is not for groups: they meet DAILY, WEEKLY, MONTHLY or YEARLY; for several starts a day, \
             make a group for each, or list them in `rdate`"
        ));
    }
    Err("FREQ is DAILY, WEEKLY, MONTHLY or YEARLY".to_owned())
}

fn count(name: &str, value: &str, most: u32) -> Result<u32, String> {
    let number = value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().ok()).flatten();
    number.filter(|number| (1..=most).contains(number)).ok_or_else(|| format!("{name} must be 1 to {most}"))
}

/// A list of numbers within a range, 0 never among them; sorted, without doubles.
fn numbers(value: &str, range: std::ops::RangeInclusive<i16>, wrong: &str) -> Result<Vec<i16>, String> {
    let number = |item: &str| item.trim().parse().ok().filter(|number| *number != 0 && range.contains(number));
    let found: Option<BTreeSet<i16>> = value.split(',').map(number).collect();
    found.map(|found| found.into_iter().collect()).ok_or_else(|| wrong.to_owned())
}

fn by_day(text: &str) -> Result<RuleDay, String> {
    let read = |text: &str| {
        let (ordinal, day) = text.len().checked_sub(2).and_then(|at| text.split_at_checked(at))?;
        let weekday = weekday(day)?;
        let ordinal = match ordinal {
            "" => 0,
            some => some.parse().ok().filter(|number| *number != 0 && (-53..=53).contains(number))?,
        };
        Some(RuleDay { ordinal, weekday })
    };
    let wrong = "BYDAY lists days such as MO,WE, or with numbers 1 to 53 or -53 to -1 such as 2TU,-1FR";
    read(text.trim()).ok_or_else(|| wrong.to_owned())
}

fn weekday(text: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(name, _)| *name == text).map(|(_, day)| *day)
}

fn until(text: &str) -> Result<Until, String> {
    let form = "UNTIL is a date such as 20260630, or a time such as 20260630T235959Z";
    match (Moment::parse(text.strip_suffix('Z').unwrap_or(text)), text.ends_with('Z')) {
        (Ok(Moment::Start(utc)), true) => Ok(Until::Instant(utc)),
        (Ok(Moment::Start(last)), false) => Ok(Until::Local(last)),
        (Ok(Moment::Day(day)), false) => Ok(Until::Day(day)),
        (Ok(Moment::Day(_)), true) | (Err(BadMoment::Form), _) => Err(form.to_owned()),
        (Err(BadMoment::Year), _) => {
            Err(format!("UNTIL {}; leave it out for a group that goes on", BadMoment::Year.told(form)))
        }
        (Err(wrong), _) => Err(format!("UNTIL {}", wrong.told(form))),
    }
}
