//! RRULE: weekly rules are read and expanded; any other rule of RFC 5545 is told from nonsense.

use std::fmt;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use super::Moment;

/// The most weeks between two meetings.
pub const MOST_INTERVAL: u32 = 99;
/// The most meetings a rule may count.
pub const MOST_COUNT: u32 = 9_999;

/// A weekly rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule {
    /// Every so many weeks, 1 to [`MOST_INTERVAL`].
    interval: u32,
    /// On these days, in the order of the rule's week; none means the weekday of the start.
    days: Vec<Weekday>,
    /// When it ends.
    end: End,
    /// The day a week starts with: decides what "every other week" means.
    week_start: Weekday,
}

/// When a rule ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Never.
    Never,
    /// After so many meetings, 1 to [`MOST_COUNT`]; exceptions count.
    Count(u32),
    /// With the last meeting not after this.
    Until(Until),
}

/// The last moment a rule may yield.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// An instant, as RFC 5545 asks for: kept as the local time in UTC.
    Instant(DateTime),
    /// A local time.
    Local(DateTime),
    /// The end of a local day.
    Day(Date),
}

/// Why a rule was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    /// Valid, but not a weekly rule.
    #[error("only weekly series can be scheduled so far, such as FREQ=WEEKLY;BYDAY=MO,WE; list other dates in `rdate`")]
    NotAvailable,
    /// Not a rule of RFC 5545.
    #[error("is not a recurrence rule: {0}. A weekly rule looks like FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE")]
    Malformed(String),
}

impl BadRule {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAvailable => "not_available",
            Self::Malformed(_) => "invalid",
        }
    }
}

/// The parts of a rule as they were read, before it is known to be weekly.
#[derive(Default)]
struct Parts {
    frequency: Option<String>,
    interval: Option<u32>,
    count: Option<u32>,
    until: Option<Until>,
    days: Option<Vec<(i32, Weekday)>>,
    week_start: Option<Weekday>,
    /// A part that a plain weekly rule has not.
    other: bool,
}

const FREQUENCIES: [&str; 7] = ["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"];

impl Rule {
    /// Reads an RRULE, with or without the `RRULE:` before it, in any case.
    ///
    /// # Errors
    /// [`BadRule::NotAvailable`] for a rule that is not a plain weekly one, [`BadRule::Malformed`] for no rule at all.
    pub fn parse(text: &str) -> Result<Self, BadRule> {
        let upper = text.trim().to_ascii_uppercase();
        let mut parts = Parts::default();
        for part in upper.strip_prefix("RRULE:").unwrap_or(&upper).split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| malformed("each part is NAME=VALUE"))?;
            parts.read(name.trim(), value.trim())?;
        }
        parts.finish()
    }

    /// Every so many weeks.
    pub const fn interval(&self) -> u32 {
        self.interval
    }

    /// When it ends.
    pub const fn end(&self) -> End {
        self.end
    }

    /// The days of the week it meets, for a series that starts at `start`.
    pub fn weekdays(&self, start: Date) -> Vec<Weekday> {
        if self.days.is_empty() { vec![start.weekday()] } else { self.days.clone() }
    }

    /// The local starts on `from`, `until` and the days between, ascending; one jump to the first week wanted.
    pub(super) fn starts(&self, start: DateTime, from: Date, until: Date) -> impl Iterator<Item = DateTime> {
        let offsets: Vec<i32> = self.weekdays(start.date()).into_iter().map(|day| self.offset(day)).collect();
        let first_offset = self.offset(start.date().weekday());
        let first_monday = start.date().saturating_sub(first_offset.days());
        // Meetings of the first week that lie before the start do not count.
        let missed = offsets.iter().filter(|offset| **offset < first_offset).count();
        let (per_week, missed) = (as_i64(offsets.len()), as_i64(missed));
        let step = i64::from(self.interval) * 7;
        let weeks_before = first_monday.until(from).map_or(0, |span| i64::from(span.get_days()).div_euclid(step));
        let last = until.to_datetime(jiff::civil::Time::MAX);
        let end = self.end;
        (weeks_before.max(0)..)
            .map_while(move |week| first_monday.checked_add((week * step).days()).ok().map(|monday| (week, monday)))
            .take_while(move |(_, monday)| *monday <= until)
            .flat_map(move |(week, monday)| {
                let days: Vec<(i64, Option<Date>)> = offsets
                    .iter()
                    .zip(1_i64..)
                    .map(|(offset, place)| (week * per_week + place - missed, monday.checked_add(offset.days()).ok()))
                    .collect();
                days
            })
            .filter_map(move |(ordinal, date)| date.map(|date| (ordinal, date.to_datetime(start.time()))))
            .filter(move |(_, local)| *local >= start && local.date() >= from)
            .take_while(move |(ordinal, local)| *local <= last && end.includes(*ordinal, *local))
            .map(|(_, local)| local)
    }

    /// Days from the rule's first day of the week to this one.
    fn offset(&self, day: Weekday) -> i32 {
        i32::from(self.week_start.until(day))
    }
}

fn as_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl End {
    /// Whether the meeting with this ordinal (1 is the first) and local start still belongs to the rule. An instant
    /// is compared in [`Until::allows`] by the caller who knows the zone.
    fn includes(self, ordinal: i64, local: DateTime) -> bool {
        match self {
            Self::Never => true,
            Self::Count(count) => ordinal <= i64::from(count),
            Self::Until(Until::Day(day)) => local.date() <= day,
            Self::Until(Until::Local(last)) => local <= last,
            // Two days of room: no zone is further from UTC. The exact comparison needs the zone.
            Self::Until(Until::Instant(utc)) => local <= utc.saturating_add(2.days()),
        }
    }
}

impl Until {
    /// Whether a meeting at this instant is not after the last moment; always for a local one, which is compared
    /// without the zone.
    pub fn allows(self, starts_at: Timestamp) -> bool {
        match self {
            Self::Instant(utc) => TimeZone::UTC.to_timestamp(utc).is_ok_and(|last| starts_at <= last),
            Self::Local(_) | Self::Day(_) => true,
        }
    }
}

impl Parts {
    fn read(&mut self, name: &str, value: &str) -> Result<(), BadRule> {
        match name {
            "FREQ" if FREQUENCIES.contains(&value) => once(&mut self.frequency, name, value.to_owned()),
            "FREQ" => Err(malformed("FREQ is not a frequency")),
            "INTERVAL" => once(&mut self.interval, name, number(name, value, 1, MOST_INTERVAL)?),
            "COUNT" => once(&mut self.count, name, number(name, value, 1, MOST_COUNT)?),
            "UNTIL" => once(&mut self.until, name, until(value)?),
            "BYDAY" => once(&mut self.days, name, value.split(',').map(by_day).collect::<Result<_, _>>()?),
            "WKST" => once(&mut self.week_start, name, weekday(value).ok_or_else(|| malformed("WKST is no weekday"))?),
            "BYSECOND" | "BYMINUTE" | "BYHOUR" | "BYMONTHDAY" | "BYYEARDAY" | "BYWEEKNO" | "BYMONTH" | "BYSETPOS" => {
                self.other = true;
                value
                    .split(',')
                    .try_for_each(|item| signed(item).map(drop).ok_or_else(|| malformed("a number is wrong")))
            }
            _ => Err(malformed("there is a part RFC 5545 does not know")),
        }
    }

    fn finish(self) -> Result<Rule, BadRule> {
        let frequency = self.frequency.ok_or_else(|| malformed("FREQ is missing"))?;
        let days = self.days.unwrap_or_default();
        let end = match (self.count, self.until) {
            (Some(_), Some(_)) => return Err(malformed("COUNT and UNTIL exclude each other")),
            (Some(count), None) => End::Count(count),
            (None, Some(until)) => End::Until(until),
            (None, None) => End::Never,
        };
        let ordinals = days.iter().any(|(ordinal, _)| *ordinal != 0);
        if ordinals && frequency == "WEEKLY" {
            return Err(malformed("a weekly BYDAY has no numbers"));
        }
        if frequency != "WEEKLY" || self.other {
            return Err(BadRule::NotAvailable);
        }
        let week_start = self.week_start.unwrap_or(Weekday::Monday);
        let mut days: Vec<Weekday> = days.into_iter().map(|(_, day)| day).collect();
        days.sort_by_key(|day| week_start.until(*day));
        days.dedup();
        Ok(Rule { interval: self.interval.unwrap_or(1), days, end, week_start })
    }
}

fn malformed(what: &str) -> BadRule {
    BadRule::Malformed(what.to_owned())
}

fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), BadRule> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(malformed(&format!("{name} is given twice"))),
    }
}

fn number(name: &str, value: &str, least: u32, most: u32) -> Result<u32, BadRule> {
    let number = value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().ok()).flatten();
    number
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| malformed(&format!("{name} must be {least} to {most}")))
}

fn signed(text: &str) -> Option<i32> {
    text.parse::<i32>().ok().filter(|number| (-366..=366).contains(number))
}

fn by_day(text: &str) -> Result<(i32, Weekday), BadRule> {
    let wrong = || malformed("BYDAY lists days such as MO,WE");
    let (ordinal, day) = text.len().checked_sub(2).and_then(|at| text.split_at_checked(at)).ok_or_else(wrong)?;
    let day = weekday(day).ok_or_else(wrong)?;
    match ordinal {
        "" => Ok((0, day)),
        ordinal => signed(ordinal).filter(|number| *number != 0).map(|number| (number, day)).ok_or_else(wrong),
    }
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

fn weekday(text: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(name, _)| *name == text).map(|(_, day)| *day)
}

fn weekday_name(day: Weekday) -> &'static str {
    WEEKDAYS.iter().find(|(_, known)| *known == day).map_or("", |(name, _)| name)
}

fn until(text: &str) -> Result<Until, BadRule> {
    let wrong = || malformed("UNTIL is a date such as 20260630, or a time such as 20260630T235959Z");
    let read = match (Moment::parse(text.strip_suffix('Z').unwrap_or(text)), text.ends_with('Z')) {
        (Some(Moment::Start(utc)), true) => Some(Until::Instant(utc)),
        (Some(Moment::Start(last)), false) => Some(Until::Local(last)),
        (Some(Moment::Day(day)), false) => Some(Until::Day(day)),
        _ => None,
    };
    read.ok_or_else(wrong)
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("FREQ=WEEKLY")?;
        if self.interval != 1 {
            write!(out, ";INTERVAL={}", self.interval)?;
        }
        match self.end {
            End::Never => {}
            End::Count(count) => write!(out, ";COUNT={count}")?,
            End::Until(Until::Day(day)) => write!(out, ";UNTIL={}", day.strftime("%Y%m%d"))?,
            End::Until(Until::Local(last)) => write!(out, ";UNTIL={}", last.strftime("%Y%m%dT%H%M%S"))?,
            End::Until(Until::Instant(last)) => write!(out, ";UNTIL={}Z", last.strftime("%Y%m%dT%H%M%S"))?,
        }
        for (index, day) in self.days.iter().enumerate() {
            write!(out, "{}{}", if index == 0 { ";BYDAY=" } else { "," }, weekday_name(*day))?;
        }
        if self.week_start != Weekday::Monday {
            write!(out, ";WKST={}", weekday_name(self.week_start))?;
        }
        Ok(())
    }
}
impl TryFrom<String> for Rule {
    type Error = BadRule;
    fn try_from(text: String) -> Result<Self, BadRule> {
        Self::parse(&text)
    }
}
impl From<Rule> for String {
    fn from(rule: Rule) -> Self {
        rule.to_string()
    }
}
impl std::str::FromStr for Rule {
    type Err = BadRule;
    fn from_str(text: &str) -> Result<Self, BadRule> {
        Self::parse(text)
    }
}
