//! A series in parts: from one meeting on at another time, while every meeting keeps the name its rule gave it.
//!
//! A part sees the rule through a window and moves what it sees on the clock on the wall; the rule itself is never
//! rewritten. So a count goes on counting, an exception still names its meeting, a session still finds the meeting it
//! belongs to, and splitting a series can neither lose a meeting nor yield one twice, whatever its rule.

use jiff::{
    ToSpan,
    civil::{Date, DateTime},
};

use super::{End, FIRST_DAY, LAST_DAY, MOST_COUNT, MOST_DATES, Moment, Occurrence, Recurrence, Rule, Zone};

/// The farthest a meeting may be moved from the day its rule gives it, in days.
pub const MOST_SHIFT_DAYS: i64 = 366;
/// Minutes of a day on the clock on the wall.
pub const DAY_MINUTES: i64 = 24 * 60;

/// A stretch of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The rule, as it names its meetings.
    pub recurrence: Recurrence,
    /// The first start of the rule that belongs to the part; none means from the beginning.
    pub from: Option<DateTime>,
    /// The first start of the rule that no longer does; none means to the end.
    pub before: Option<DateTime>,
    /// How much later than the rule says its meetings are, in minutes on the clock on the wall; negative is earlier.
    pub shift_minutes: i64,
}

impl Part {
    /// The whole of a series.
    pub const fn whole(recurrence: Recurrence) -> Self {
        Self { recurrence, from: None, before: None, shift_minutes: 0 }
    }

    /// Whether the meeting that the rule starts then belongs to it.
    pub fn holds(&self, start: DateTime) -> bool {
        self.from.is_none_or(|from| from <= start) && self.before.is_none_or(|before| start < before)
    }

    /// Whether its window has no room for any meeting.
    pub fn is_closed(&self) -> bool {
        self.from.zip(self.before).is_some_and(|(from, before)| before <= from)
    }

    /// The start on the clock on the wall of the meeting that the rule starts then; none at the ends of the calendar.
    pub fn moved(&self, start: DateTime) -> Option<DateTime> {
        start.checked_add(self.shift_minutes.minutes()).ok()
    }

    /// The meetings on `from`, `until` or a day between, where they are, ascending, at most `limit`.
    pub fn occurrences(&self, zone: &Zone, from: Date, until: Date, limit: usize) -> Vec<Occurrence> {
        if self.is_closed() {
            return Vec::new();
        }
        // Where the rule has what is moved into the days asked for, and a day more for the minutes.
        let days = self.shift_minutes.div_euclid(DAY_MINUTES);
        let mut first = from.saturating_sub((days + 1).days());
        let mut last = until.saturating_sub((days - 1).days());
        first = self.from.map_or(first, |start| first.max(start.date()));
        last = self.before.map_or(last, |end| last.min(end.date()));
        let found = self.recurrence.occurrences(zone, first, last, limit.saturating_add(MOST_DATES));
        let held = found.into_iter().filter(|occurrence| self.holds(occurrence.recurrence_id));
        let mut moved: Vec<Occurrence> = held.filter_map(|occurrence| self.shift(zone, occurrence)).collect();
        moved.retain(|occurrence| (from..=until).contains(&occurrence.local_date));
        moved.sort_by_key(|occurrence| (occurrence.starts_at, occurrence.recurrence_id));
        moved.truncate(limit);
        moved
    }

    fn shift(&self, zone: &Zone, occurrence: Occurrence) -> Option<Occurrence> {
        if self.shift_minutes == 0 {
            return Some(occurrence);
        }
        let zoned = zone.first_instant(self.moved(occurrence.recurrence_id)?)?;
        let (starts_at, local_start) = (zoned.timestamp(), zoned.datetime());
        let ends_at = starts_at.checked_add(i64::from(self.recurrence.duration_minutes).minutes()).ok()?;
        Some(Occurrence { local_start, local_date: local_start.date(), starts_at, ends_at, ..occurrence })
    }

    /// The part in two: up to a start of the rule, and from it on. None when the start is not inside.
    pub fn split(&self, at: DateTime) -> Option<(Self, Self)> {
        self.holds(at).then(|| (Self { before: Some(at), ..self.clone() }, Self { from: Some(at), ..self.clone() }))
    }

    /// The rule as if it had been written where its meetings are; none when no rule says that: the first Monday of a
    /// month, a day later.
    pub fn shown(&self) -> Option<Recurrence> {
        self.recurrence.shifted(self.shift_minutes)
    }

    /// In words: "Every Monday at 09:00", "Every month on the first Monday at 09:00, each 1 day later". What is counted
    /// is what the part has of it: of six meetings those that are inside, of dates left out the same.
    pub fn describe(&self) -> String {
        let own = Self { recurrence: self.inside(), ..self.clone() };
        match own.shown() {
            Some(shown) => shown.describe(),
            None => format!("{}, each {}", own.recurrence.describe(), distance(self.shift_minutes)),
        }
    }

    /// The rule with the counts and dates that lie inside the part.
    fn inside(&self) -> Recurrence {
        let mut own = self.recurrence.clone();
        if self.from.is_none() && self.before.is_none() {
            return own;
        }
        if let Some(rule) = own.rrule.as_mut().filter(|rule| matches!(rule.end, End::Count(_))) {
            let held = rule.starts(own.start, FIRST_DAY, LAST_DAY).filter(|start| self.holds(*start)).count();
            rule.end = End::Count(u32::try_from(held).unwrap_or(MOST_COUNT).max(1));
        }
        own.rdate.retain(|date| self.holds(*date));
        let time = own.start.time();
        own.exdate.retain(|left_out| match left_out {
            Moment::Start(start) => self.holds(*start),
            Moment::Day(day) => self.holds(day.to_datetime(time)),
        });
        own
    }
}

/// A distance in words: "1 day 30 minutes later", "2 hours earlier".
pub fn distance(minutes: i64) -> String {
    let size = minutes.unsigned_abs();
    let units = [(size / 1_440, "day"), (size % 1_440 / 60, "hour"), (size % 60, "minute")];
    let told = units.into_iter().filter(|(count, _)| *count > 0);
    let told = told.map(|(count, unit)| format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
    let told = told.collect::<Vec<_>>().join(" ");
    format!("{told} {}", if minutes < 0 { "earlier" } else { "later" })
}

impl Recurrence {
    /// The set whose every start is so many minutes later on the clock on the wall; none when no rule yields that.
    pub fn shifted(&self, minutes: i64) -> Option<Self> {
        if minutes == 0 {
            return Some(self.clone());
        }
        let moved = |start: DateTime| start.checked_add(minutes.minutes()).ok();
        let start = moved(self.start)?;
        let days = i64::from(self.start.date().until(start.date()).ok()?.get_days());
        let rrule = match &self.rrule {
            Some(rule) => Some(moved_rule(&rule.to_string(), days, minutes)?),
            None => None,
        };
        let exception = |moment: &Moment| match moment {
            Moment::Start(start) => moved(*start).map(Moment::Start),
            Moment::Day(day) => day.checked_add(days.days()).ok().map(Moment::Day),
        };
        Some(Self {
            start,
            duration_minutes: self.duration_minutes,
            rrule,
            rdate: self.rdate.iter().map(|date| moved(*date)).collect::<Option<_>>()?,
            exdate: self.exdate.iter().map(exception).collect::<Option<_>>()?,
        })
    }
}

/// The parts of a rule that a move to other days leaves what they are.
const SIMPLE: [&str; 6] = ["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"];
/// The parts that say a time of day.
const CLOCK: [&str; 3] = ["BYHOUR", "BYMINUTE", "BYSECOND"];
const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// The rule that yields the same meetings so many days and minutes later.
fn moved_rule(text: &str, days: i64, minutes: i64) -> Option<Rule> {
    let pairs: Vec<(&str, &str)> = text.split(';').map(|pair| pair.split_once('=')).collect::<Option<_>>()?;
    let says = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    if pairs.iter().any(|(name, _)| CLOCK.contains(name)) {
        return None;
    }
    let plain = pairs.iter().all(|(name, _)| SIMPLE.contains(name));
    let moves_days = days != 0;
    if moves_days && !(plain && matches!(says("FREQ"), Some("WEEKLY" | "DAILY"))) {
        return None;
    }
    let mut made = Vec::with_capacity(pairs.len() + 1);
    for (name, value) in &pairs {
        let value = match *name {
            "UNTIL" => moved_until(value, days, minutes)?,
            "BYDAY" | "WKST" if moves_days => {
                value.split(',').map(|day| later(day, days)).collect::<Option<Vec<_>>>()?.join(",")
            }
            _ => (*value).to_owned(),
        };
        made.push(format!("{name}={value}"));
    }
    // Which weeks a rule counts depends on the day a week starts with: it moves along.
    if moves_days && says("FREQ") == Some("WEEKLY") && says("WKST").is_none() {
        made.push(format!("WKST={}", later("MO", days)?));
    }
    Rule::parse(&made.join(";")).ok()
}

fn later(day: &str, days: i64) -> Option<&'static str> {
    let at = WEEKDAYS.iter().position(|name| *name == day)?;
    let at = (i64::try_from(at).ok()? + days).rem_euclid(7);
    WEEKDAYS.get(usize::try_from(at).ok()?).copied()
}

fn moved_until(text: &str, days: i64, minutes: i64) -> Option<String> {
    if !text.contains('T') {
        let day = Date::strptime("%Y%m%d", text).ok()?.checked_add(days.days()).ok()?;
        return Some(day.strftime("%Y%m%d").to_string());
    }
    let (plain, zone) = text.strip_suffix('Z').map_or((text, ""), |plain| (plain, "Z"));
    let last = DateTime::strptime("%Y%m%dT%H%M%S", plain).ok()?.checked_add(minutes.minutes()).ok()?;
    Some(format!("{}{zone}", last.strftime("%Y%m%dT%H%M%S")))
}

#[cfg(test)]
mod tests;
