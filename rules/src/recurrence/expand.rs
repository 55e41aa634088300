//! The local starts a rule yields, period by period: a day, week, month or year, every so many of them.

use std::iter;

use jiff::{
    Span,
    civil::{Date, DateTime, Weekday},
};

use super::rule::{End, Frequency, Rule, RuleDay, Until};

/// The days of 400 years. After them every weekday, leap year and week number comes again in the same order, so a rule
/// that yielded nothing on so many days it looked at never yields again.
const CYCLE: i64 = 146_097;

impl Rule {
    /// The local starts on `from`, `until` and the days between, ascending. Only a rule that counts is walked from its
    /// start; any other jumps to the first period wanted. A rule that never yields is given up after 400 years of days.
    pub(super) fn starts(&self, start: DateTime, from: Date, until: Date) -> impl Iterator<Item = DateTime> {
        let left = if let End::Count(count) = self.end { count } else { u32::MAX };
        let period = if let End::Count(_) = self.end { 0 } else { self.period_of(start.date(), from) };
        let ready = Vec::new().into_iter();
        Starts { rule: self, choice: Choice::of(self, start.date()), start, from, until, period, ready, left, idle: 0 }
    }

    /// The number of the period that has this day, or of the one before it: 0 has the start.
    fn period_of(&self, start: Date, day: Date) -> i64 {
        let days = |from: Date| from.until(day).map_or(0, |span| i64::from(span.get_days()));
        let years = i64::from(day.year()) - i64::from(start.year());
        let apart = match self.frequency {
            Frequency::Daily => days(start),
            Frequency::Weekly => days(self.week_of(start)).div_euclid(7),
            Frequency::Monthly => years * 12 + i64::from(day.month()) - i64::from(start.month()),
            Frequency::Yearly => years,
        };
        apart.div_euclid(i64::from(self.interval)).max(0)
    }

    /// The first day of the week this day is in.
    fn week_of(&self, day: Date) -> Date {
        day.saturating_sub(Span::new().days(self.week_start.until(day.weekday())))
    }

    /// The first day and the number of days of a period; none beyond the calendar.
    fn period(&self, start: Date, number: i64) -> Option<(Date, i64)> {
        let far = number.checked_mul(i64::from(self.interval))?;
        let span = Span::new();
        match self.frequency {
            Frequency::Daily => Some((start.checked_add(span.try_days(far).ok()?).ok()?, 1)),
            // The first week begins with the start.
            Frequency::Weekly if number == 0 => Some((start, 7 - i64::from(self.week_start.until(start.weekday())))),
            Frequency::Weekly => Some((self.week_of(start).checked_add(span.try_weeks(far).ok()?).ok()?, 7)),
            Frequency::Monthly => {
                let first = start.first_of_month().checked_add(span.try_months(far).ok()?).ok()?;
                Some((first, i64::from(first.days_in_month())))
            }
            Frequency::Yearly => {
                let first = start.first_of_year().checked_add(span.try_years(far).ok()?).ok()?;
                Some((first, i64::from(first.days_in_year())))
            }
        }
    }
}

/// The walk over a rule's periods.
struct Starts<'a> {
    rule: &'a Rule,
    choice: Choice<'a>,
    start: DateTime,
    from: Date,
    until: Date,
    /// The number of the next period.
    period: i64,
    /// Days of the period before it that are still to be given.
    ready: std::vec::IntoIter<Date>,
    /// How many more meetings the rule counts.
    left: u32,
    /// Days looked at since the last one that was chosen.
    idle: i64,
}

impl Iterator for Starts<'_> {
    type Item = DateTime;

    fn next(&mut self) -> Option<DateTime> {
        loop {
            let Some(date) = self.ready.next() else {
                self.next_period()?;
                continue;
            };
            let local = date.to_datetime(self.start.time());
            if date > self.until || !self.rule.end.reaches(local) {
                return None;
            }
            if date < self.start.date() {
                continue;
            }
            self.left = self.left.checked_sub(1)?;
            if date >= self.from {
                return Some(local);
            }
        }
    }
}

impl Starts<'_> {
    /// Makes the next period's days ready; none when there can be no more.
    fn next_period(&mut self) -> Option<()> {
        let (first, days) = self.rule.period(self.start.date(), self.period)?;
        if first > self.until || self.idle > CYCLE {
            return None;
        }
        self.period += 1;
        self.idle += days;
        let count = usize::try_from(days).unwrap_or(0);
        let all = iter::successors(Some(first), |day| day.tomorrow().ok()).take(count);
        let chosen: Vec<Date> =
            if self.choice.skips(first) { Vec::new() } else { all.filter(|day| self.choice.has(*day)).collect() };
        let chosen = if self.rule.positions.is_empty() { chosen } else { self.rule.placed(&chosen) };
        if !chosen.is_empty() {
            self.idle = 0;
        }
        self.ready = chosen.into_iter();
        Some(())
    }
}

impl Rule {
    /// The days at the places `BYSETPOS` names, ascending.
    fn placed(&self, days: &[Date]) -> Vec<Date> {
        let place = |position: &i16| match usize::from(position.unsigned_abs()) {
            behind if *position < 0 => days.len().checked_sub(behind),
            ahead => ahead.checked_sub(1),
        };
        let mut found: Vec<Date> =
            self.positions.iter().filter_map(place).filter_map(|at| days.get(at)).copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl End {
    /// Whether a meeting at this local start may still belong to the rule; meetings are counted elsewhere. An instant
    /// is compared in [`Until::allows`] by the caller who knows the zone.
    fn reaches(self, local: DateTime) -> bool {
        match self {
            Self::Never | Self::Count(_) => true,
            Self::Until(Until::Day(day)) => local.date() <= day,
            Self::Until(Until::Local(last)) => local <= last,
            // Two days of room: no zone is further from UTC. The exact comparison needs the zone.
            Self::Until(Until::Instant(utc)) => local <= utc.saturating_add(Span::new().days(2)),
        }
    }
}

/// What a day must be to be chosen: the rule's own parts, and what its start says where the rule says nothing.
struct Choice<'a> {
    rule: &'a Rule,
    months: Vec<i16>,
    month_days: Vec<i16>,
    days: Vec<RuleDay>,
}

impl<'a> Choice<'a> {
    fn of(rule: &'a Rule, start: Date) -> Self {
        let (mut months, mut month_days, mut days) = (rule.months.clone(), rule.month_days.clone(), rule.days.clone());
        if rule.weeks.is_empty() && rule.year_days.is_empty() && month_days.is_empty() && days.is_empty() {
            match rule.frequency {
                Frequency::Daily => {}
                Frequency::Weekly => days.push(RuleDay { ordinal: 0, weekday: start.weekday() }),
                Frequency::Monthly => month_days.push(i16::from(start.day())),
                Frequency::Yearly => {
                    month_days.push(i16::from(start.day()));
                    if months.is_empty() {
                        months.push(i16::from(start.month()));
                    }
                }
            }
        }
        Self { rule, months, month_days, days }
    }

    /// Whether a period that begins on this day can be passed over without looking at its days.
    fn skips(&self, first: Date) -> bool {
        matches!(self.rule.frequency, Frequency::Daily | Frequency::Monthly) && !self.is_month(first)
    }

    fn has(&self, day: Date) -> bool {
        self.is_month(day)
            && among(&self.month_days, i16::from(day.day()), i16::from(day.days_in_month()))
            && among(&self.rule.year_days, day.day_of_year(), day.days_in_year())
            && (self.days.is_empty() || self.days.iter().any(|wanted| self.is_day(*wanted, day)))
            && (self.rule.weeks.is_empty() || self.is_week(day))
    }

    fn is_month(&self, day: Date) -> bool {
        self.months.is_empty() || self.months.contains(&i16::from(day.month()))
    }

    /// A numbered weekday counts within its month; within the year only for a yearly rule that names no month.
    fn is_day(&self, wanted: RuleDay, day: Date) -> bool {
        if wanted.weekday != day.weekday() {
            return false;
        }
        let within_year = self.rule.frequency == Frequency::Yearly && self.rule.months.is_empty();
        let (place, of) = if within_year {
            (day.day_of_year(), day.days_in_year())
        } else {
            (i16::from(day.day()), i16::from(day.days_in_month()))
        };
        let (ahead, behind) = ((place - 1) / 7 + 1, (of - place) / 7 + 1);
        wanted.ordinal == 0 || wanted.ordinal == ahead || wanted.ordinal == -behind
    }

    fn is_week(&self, day: Date) -> bool {
        let (number, of) = week_number(day, self.rule.week_start);
        among(&self.rule.weeks, number, of)
    }
}

/// Whether a place, from 1, is in the list, counted from the front or, negative, from the end; an empty list has all.
fn among(wanted: &[i16], place: i16, of: i16) -> bool {
    wanted.is_empty() || wanted.iter().any(|one| *one == place || *one == place - of - 1)
}

/// The number of a day's week, and how many weeks the year of that week has. As in ISO 8601, for any first day of the
/// week: week 1 is the first with at least four days in the year.
fn week_number(day: Date, week_start: Weekday) -> (i16, i16) {
    let place = day.day_of_year() - 1;
    let into_week = i16::from(week_start.until(day.weekday()));
    // How far into its week the first of January is.
    let offset = (into_week - place).rem_euclid(7);
    let first = first_week(offset);
    if place < first {
        let length = year_length(day.year() - 1);
        let weeks = weeks_in_year((offset - length).rem_euclid(7), length);
        return (weeks, weeks);
    }
    let (number, weeks) = ((place - first) / 7 + 1, weeks_in_year(offset, day.days_in_year()));
    if number <= weeks {
        return (number, weeks);
    }
    (1, weeks_in_year((offset + day.days_in_year()).rem_euclid(7), year_length(day.year() + 1)))
}

/// The place in the year, from 0 and perhaps before it, of the first day of week 1.
const fn first_week(offset: i16) -> i16 {
    if offset <= 3 { -offset } else { 7 - offset }
}

/// A week belongs to the year that has its fourth day.
const fn weeks_in_year(offset: i16, length: i16) -> i16 {
    (length - 4 - first_week(offset)) / 7 + 1
}

/// Days of a year; the years beside the calendar's first and last are no [`Date`], but have a length.
const fn year_length(year: i16) -> i16 {
    let leap = year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    if leap { 366 } else { 365 }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Over a whole cycle: weeks from Monday are those of ISO 8601, and for any other first day a week's number is the
    /// one of its fourth day, counted in sevens.
    #[test]
    fn weeks_are_numbered_as_the_standard_says() {
        let mut day = date(1900, 1, 1);
        while day.year() < 2300 {
            let iso = day.iso_week_date();
            let weeks = if iso.in_long_year() { 53 } else { 52 };
            assert_eq!(week_number(day, Weekday::Monday), (i16::from(iso.week()), weeks), "{day}");
            for start in [Weekday::Sunday, Weekday::Saturday, Weekday::Wednesday] {
                let fourth = day + Span::new().days(3 - i32::from(start.until(day.weekday())));
                assert_eq!(week_number(day, start).0, (fourth.day_of_year() - 1) / 7 + 1, "{day} {start:?}");
            }
            day = day.tomorrow().expect("a day");
        }
    }
}
