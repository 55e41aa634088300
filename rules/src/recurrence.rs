//! When a group meets: an RFC 5545 recurrence set in the wall-clock time of its site (domain 4).
//!
//! Everything is reckoned in local time and turned into instants last, so the local time of a weekly group never
//! drifts. A start that a DST change skips moves forward by the gap; one that happens twice means the first.

mod expand;
mod moment;
mod parse;
mod parts;
mod pattern;
mod rule;
mod words;
mod zone;

pub use moment::{Moment, names_leap_second};
pub use parts::{DAY_MINUTES, MOST_SHIFT_DAYS, Part, distance};
pub use pattern::Pattern;
pub use rule::{BadRule, End, Frequency, MOST_COUNT, MOST_INTERVAL, Rule, RuleDay, Until};
pub use words::MONTHS;
pub use zone::{BadZone, Zone};

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Time},
};
use serde::{Deserialize, Serialize};

use crate::groups::{LEAST_DURATION, MOST_DURATION};
use crate::violation::Violation;

/// The most single dates (`rdate`) and the most exceptions (`exdate`) one set may have.
pub const MOST_DATES: usize = 500;
/// Starts are between these years, so that no calculation leaves the calendar.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;
/// The first day on which anything starts.
const FIRST_DAY: Date = Date::constant(1900, 1, 1);
/// The last day on which anything starts.
const LAST_DAY: Date = Date::constant(2199, 12, 31);

/// A recurrence as a client writes it. Local times are `YYYY-MM-DDTHH:MM`, without a zone: the site has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, deserr::Deserr, utoipa::ToSchema)]
#[deserr(deny_unknown_fields)]
pub struct RecurrenceInput {
    /// The first start, local to the site.
    #[schema(example = "2026-03-02T09:00")]
    pub start: String,
    /// How long each session lasts, 5 to 720 minutes; none means as long as the group says.
    #[deserr(default)]
    pub duration_minutes: Option<u32>,
    /// An RFC 5545 rule: `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY` with any of its parts. A `start` that does not
    /// fit the rule is no meeting. None means the start and the dates in `rdate` only.
    #[deserr(default)]
    #[schema(example = "FREQ=WEEKLY;BYDAY=MO,WE")]
    pub rrule: Option<String>,
    /// Further local starts; a date alone means the same time of day.
    #[deserr(default)]
    #[schema(required = false)]
    pub rdate: Vec<String>,
    /// Local starts that are left out; a date alone leaves out the whole day.
    #[deserr(default)]
    #[schema(required = false)]
    pub exdate: Vec<String>,
}

/// A checked recurrence: always expandable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Recurrence {
    /// The first start, local to the site.
    #[schema(value_type = String, example = "2026-03-02T09:00:00")]
    pub start: DateTime,
    /// How long each session lasts, in minutes.
    pub duration_minutes: u32,
    /// The rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "FREQ=WEEKLY;BYDAY=MO,WE")]
    pub rrule: Option<Rule>,
    /// Further local starts, ascending.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub rdate: Vec<DateTime>,
    /// Local starts left out, ascending.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub exdate: Vec<Moment>,
}

/// One meeting the set yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Occurrence {
    /// The start the rule gives, local: what names this occurrence for good, also after it is moved.
    #[schema(value_type = String, example = "2026-03-02T09:00:00")]
    pub recurrence_id: DateTime,
    /// The start as the clock on the wall shows it; differs from `recurrence_id` only when DST skips that time.
    #[schema(value_type = String, example = "2026-03-02T09:00:00")]
    pub local_start: DateTime,
    /// The day of the local start.
    #[schema(value_type = String, example = "2026-03-02")]
    pub local_date: Date,
    /// The instant it starts.
    pub starts_at: Timestamp,
    /// The instant it ends: so many elapsed minutes later.
    pub ends_at: Timestamp,
}

impl Recurrence {
    /// Checks a recurrence as a client wrote it; `duration` is what the group says, in minutes.
    ///
    /// # Errors
    /// Every field that is wrong, prefixed `recurrence.`; of a rule, everything that is wrong with it.
    pub fn check(input: &RecurrenceInput, duration: u32) -> Result<Self, Vec<Violation>> {
        let mut found = Vec::new();
        let start = Moment::parse(&input.start).and_then(Moment::start).unwrap_or_else(|wrong| {
            let example = "must be a local date and time such as 2026-03-02T09:00, without a zone";
            found.push(bad("start", wrong.told(example)));
            DateTime::constant(2000, 1, 1, 0, 0, 0, 0)
        });
        let rrule = input.rrule.as_deref().map(Rule::parse).transpose().unwrap_or_else(|error| {
            found.push(Violation::new("recurrence.rrule", error.code(), error.to_string()));
            None
        });
        let duration_minutes = input.duration_minutes.unwrap_or(duration);
        if !(LEAST_DURATION..=MOST_DURATION).contains(&duration_minutes) {
            let message = format!("must be {LEAST_DURATION} to {MOST_DURATION} minutes, and is {duration_minutes}");
            found.push(Violation::new("recurrence.duration_minutes", "out_of_range", message));
        }
        let at_start_time = |moment| match moment {
            Moment::Start(start) => start,
            Moment::Day(day) => day.to_datetime(start.time()),
        };
        let rdate = moments("rdate", &input.rdate, &mut found).into_iter().map(at_start_time);
        let rdate = std::collections::BTreeSet::from_iter(rdate).into_iter().collect();
        let exdate = moments("exdate", &input.exdate, &mut found);
        if found.is_empty() { Ok(Self { start, duration_minutes, rrule, rdate, exdate }) } else { Err(found) }
    }

    /// Refuses a set that never yields a meeting, and a rule that has no part in what the set yields.
    ///
    /// # Errors
    /// Why nothing is left, with what would help: the field is `recurrence.rrule` or `recurrence.exdate`.
    pub fn check_yields(&self, zone: &Zone) -> Result<(), Violation> {
        let first = |set: &Self| set.occurrences(zone, FIRST_DAY, LAST_DAY, 1).first().copied();
        if let Some(rule) = &self.rrule {
            let alone = Self { rdate: Vec::new(), exdate: Vec::new(), ..self.clone() };
            let endless = Self { rrule: Some(Rule { end: End::Never, ..rule.clone() }), ..alone.clone() };
            let message = match (first(&alone), first(&endless)) {
                (Some(_), _) => None,
                (None, Some(first)) => Some(format!(
                    "ends before its first meeting, which would be on {}: give a later UNTIL, or an earlier start",
                    first.local_date.strftime("%-d %B %Y")
                )),
                (None, None) => Some(
                    "never yields a meeting: no day up to the year 2199 is all that it asks for, as 30 February would \
                     be. Choose days that exist, or leave a part of the rule out"
                        .to_owned(),
                ),
            };
            if let Some(message) = message {
                return Err(Violation::new("recurrence.rrule", "yields_nothing", message));
            }
        }
        match first(self) {
            Some(_) => Ok(()),
            None => {
                let message = "must leave a meeting over: all that the schedule yields is left out. Take one of these \
                    dates back, or give the schedule a later end";
                Err(Violation::new("recurrence.exdate", "yields_nothing", message))
            }
        }
    }

    /// The occurrences whose local start lies on `from`, `until` or a day between, ascending, at most `limit`.
    ///
    /// Two local starts that fall on one instant (a DST gap) are one occurrence. A rule without a count jumps to `from`;
    /// one with a count is walked from its start, at most [`MOST_COUNT`] meetings; and a rule that never yields is given
    /// up after looking at the days of 400 years.
    pub fn occurrences(&self, zone: &Zone, from: Date, until: Date, limit: usize) -> Vec<Occurrence> {
        let mut given: Vec<Occurrence> = Vec::new();
        let mut extra = self.extra_starts().filter(|start| (from..=until).contains(&start.date())).peekable();
        let mut regular = self.rule_starts(from, until).peekable();
        while given.len() < limit {
            let next = match (regular.peek(), extra.peek()) {
                (Some(rule), Some(date)) if date < rule => extra.next(),
                (Some(_), _) => regular.next(),
                (None, _) => extra.next(),
            };
            let Some(start) = next else { break };
            if self.exdate.iter().any(|left_out| left_out.covers(start)) {
                continue;
            }
            given.extend(self.at(zone, start));
        }
        // A start that DST moved may now lie behind, or on, the one after it.
        given.sort_by_key(|occurrence| (occurrence.starts_at, occurrence.recurrence_id));
        given.dedup_by_key(|occurrence| occurrence.starts_at);
        given
    }

    /// The single dates, and the start itself when there is no rule to yield it.
    fn extra_starts(&self) -> impl Iterator<Item = DateTime> {
        let alone = self.rrule.is_none().then_some(self.start);
        let before = self.rdate.iter().copied().filter(move |date| alone.is_some_and(|alone| *date < alone));
        let after = self.rdate.iter().copied().filter(move |date| alone.is_none_or(|alone| *date > alone));
        before.chain(alone).chain(after)
    }

    fn rule_starts(&self, from: Date, until: Date) -> impl Iterator<Item = DateTime> {
        self.rrule.iter().flat_map(move |rule| rule.starts(self.start, from, until))
    }

    fn at(&self, zone: &Zone, start: DateTime) -> Option<Occurrence> {
        let zoned = zone.first_instant(start)?;
        let starts_at = zoned.timestamp();
        if let Some(End::Until(until)) = self.rrule.as_ref().map(Rule::end)
            && !until.allows(starts_at)
            && !self.rdate.contains(&start)
        {
            return None;
        }
        let ends_at = starts_at.checked_add(i64::from(self.duration_minutes).minutes()).ok()?;
        let local_start = zoned.datetime();
        Some(Occurrence { recurrence_id: start, local_start, local_date: local_start.date(), starts_at, ends_at })
    }

    /// The time of day it starts.
    pub fn time(&self) -> Time {
        self.start.time()
    }
}

fn moments(field: &str, texts: &[String], found: &mut Vec<Violation>) -> Vec<Moment> {
    if texts.len() > MOST_DATES {
        let message = format!("must have at most {MOST_DATES} dates, and has {}", texts.len());
        found.push(Violation::new(format!("recurrence.{field}"), "too_long", message));
        return Vec::new();
    }
    let mut read = std::collections::BTreeSet::new();
    for (index, text) in texts.iter().enumerate() {
        match Moment::parse(text) {
            Ok(moment) => drop(read.insert(moment)),
            Err(wrong) => {
                let example = "must be a local date, or date and time, such as 2026-03-02T09:00, without a zone";
                found.push(bad(&format!("{field}[{index}]"), wrong.told(example)));
            }
        }
    }
    read.into_iter().collect()
}

fn bad(field: &str, message: String) -> Violation {
    Violation::new(format!("recurrence.{field}"), "invalid", message)
}

#[cfg(test)]
mod tests;
