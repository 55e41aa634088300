//! RRULE as a value: what RFC 5545 (3.3.10) lets a rule say, and its one canonical text.

use std::fmt;

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use super::Zone;
pub use super::parse::BadRule;

/// The most days, weeks, months or years between two meetings.
pub const MOST_INTERVAL: u32 = 999;
/// The most meetings a rule may count.
pub const MOST_COUNT: u32 = 9_999;

/// A checked rule. Its parts are sorted and without doubles, so that two rules that are written alike are equal.
///
/// The rule alone says which days it yields: a first start that does not fit it is not a meeting. What a rule leaves
/// open is read from the first start: `FREQ=MONTHLY` alone means that day of the month. Two things the standard leaves
/// open are as in the most widespread implementation, python-dateutil: `BYWEEKNO` without `BYDAY` means every day of
/// those weeks, and the first week of a weekly `BYSETPOS` begins with the first start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule {
    /// Days, weeks, months or years.
    pub(super) frequency: Frequency,
    /// Every so many of them, 1 to [`MOST_INTERVAL`].
    pub(super) interval: u32,
    /// When it ends.
    pub(super) end: End,
    /// Only in these months, 1 to 12.
    pub(super) months: Vec<i16>,
    /// Only in these weeks of the year, 1 to 53, or from its end, -1 to -53. Yearly only.
    pub(super) weeks: Vec<i16>,
    /// Only on these days of the year, 1 to 366, or from its end. Yearly only.
    pub(super) year_days: Vec<i16>,
    /// Only on these days of the month, 1 to 31, or from its end.
    pub(super) month_days: Vec<i16>,
    /// Only on these days of the week.
    pub(super) days: Vec<RuleDay>,
    /// Of all days of one day, week, month or year only these, from 1, or from the end.
    pub(super) positions: Vec<i16>,
    /// The day a week starts with: decides what "every other week" and a week's number mean.
    pub(super) week_start: Weekday,
}

/// What a rule counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Days.
    Daily,
    /// Weeks.
    Weekly,
    /// Months.
    Monthly,
    /// Years.
    Yearly,
}

/// A day of the week, as `BYDAY` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleDay {
    /// The how manyth of the month or year, from its end when negative; 0 means every one.
    pub ordinal: i16,
    /// The day of the week.
    pub weekday: Weekday,
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

impl Rule {
    /// Days, weeks, months or years.
    pub const fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// Every so many days, weeks, months or years.
    pub const fn interval(&self) -> u32 {
        self.interval
    }

    /// When it ends.
    pub const fn end(&self) -> End {
        self.end
    }

    /// The days of the week the rule names, in the order of its week; of a weekly rule that names none, the day of its
    /// `start`.
    pub fn weekdays(&self, start: Date) -> Vec<Weekday> {
        if self.days.is_empty() && self.frequency == Frequency::Weekly {
            return vec![start.weekday()];
        }
        let mut days: Vec<Weekday> = self.days.iter().map(|day| day.weekday).collect();
        days.sort_by_key(|day| self.week_start.until(*day));
        days.dedup();
        days
    }

    /// The last day on which a rule with meetings at this time of day may yield one; none for a rule that does not end
    /// on a day.
    pub fn last_day(&self, time: Time, zone: &Zone) -> Option<Date> {
        let last = match self.end {
            End::Never | End::Count(_) => return None,
            End::Until(Until::Day(day)) => return Some(day),
            End::Until(Until::Local(last)) => last,
            End::Until(Until::Instant(utc)) => zone.local(TimeZone::UTC.to_timestamp(utc).ok()?),
        };
        if time <= last.time() { Some(last.date()) } else { last.date().yesterday().ok() }
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

impl Frequency {
    /// Each as a rule writes it.
    pub(super) const ALL: [(&'static str, Self); 4] =
        [("DAILY", Self::Daily), ("WEEKLY", Self::Weekly), ("MONTHLY", Self::Monthly), ("YEARLY", Self::Yearly)];
}

/// Each day of the week as a rule writes it.
pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

fn short(day: Weekday) -> &'static str {
    WEEKDAYS.iter().find(|(_, known)| *known == day).map_or("", |(name, _)| name)
}

impl fmt::Display for RuleDay {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ordinal != 0 {
            write!(out, "{}", self.ordinal)?;
        }
        out.write_str(short(self.weekday))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frequency = Frequency::ALL.iter().find(|(_, known)| *known == self.frequency).map_or("", |(name, _)| name);
        write!(out, "FREQ={frequency}")?;
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
        list(out, "BYMONTH", &self.months)?;
        list(out, "BYWEEKNO", &self.weeks)?;
        list(out, "BYYEARDAY", &self.year_days)?;
        list(out, "BYMONTHDAY", &self.month_days)?;
        list(out, "BYDAY", &self.days)?;
        list(out, "BYSETPOS", &self.positions)?;
        if self.week_start != Weekday::Monday {
            write!(out, ";WKST={}", short(self.week_start))?;
        }
        Ok(())
    }
}

fn list(out: &mut fmt::Formatter<'_>, name: &str, items: &[impl fmt::Display]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        match index {
            0 => write!(out, ";{name}={item}")?,
            _ => write!(out, ",{item}")?,
        }
    }
    Ok(())
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
