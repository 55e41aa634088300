//! The everyday rules: what a form can offer and a sentence can say, told from those that need the rule's own text.

use jiff::civil::{Date, Weekday};

use super::rule::{Frequency, Rule, RuleDay};

/// The days of an everyday rule; how often and until when are [`Rule::interval`] and [`Rule::end`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Every so many days.
    Days,
    /// On these days of the week, Monday first; never none.
    Weeks(Vec<Weekday>),
    /// On this day of the month, 1 to 31; -1 is its last.
    MonthDay(i16),
    /// On the how manyth such weekdays of the month, 1 to 5, -1 the last of it; never none.
    MonthWeekday(Vec<i16>, Weekday),
    /// On this day of a month, 1 to 12, once a year.
    YearDay {
        /// The month.
        month: i16,
        /// The day of the month.
        day: i16,
    },
    /// On the how manyth such weekday of a month, once a year.
    YearWeekday {
        /// The month.
        month: i16,
        /// 1 to 5, -1 the last.
        ordinal: i16,
        /// The weekday.
        weekday: Weekday,
    },
}

impl Rule {
    /// The everyday rule that yields the same days for a series that starts on `start`; none when there is none.
    pub fn pattern(&self, start: Date) -> Option<Pattern> {
        if !self.weeks.is_empty() || !self.year_days.is_empty() {
            return None;
        }
        let plain = self.months.is_empty() && self.month_days.is_empty() && self.positions.is_empty();
        match self.frequency {
            Frequency::Daily if plain && self.days.is_empty() => Some(Pattern::Days),
            Frequency::Daily if plain && self.interval == 1 => Some(self.weekly(start)),
            Frequency::Weekly if plain && self.has_usual_weeks(start) => Some(self.weekly(start)),
            Frequency::Monthly if self.months.is_empty() => self.monthly(start),
            Frequency::Yearly => self.yearly(start),
            Frequency::Daily | Frequency::Weekly | Frequency::Monthly => None,
        }
    }

    fn weekly(&self, start: Date) -> Pattern {
        let mut days = self.weekdays(start);
        days.sort_by_key(|day| day.to_monday_zero_offset());
        Pattern::Weeks(days)
    }

    /// Weeks begin on Monday, or it makes no difference.
    fn has_usual_weeks(&self, start: Date) -> bool {
        let single = self.weekdays(start) == [start.weekday()];
        self.interval == 1 || self.week_start == Weekday::Monday || single
    }

    fn monthly(&self, start: Date) -> Option<Pattern> {
        match (self.month_days.as_slice(), self.days.is_empty()) {
            ([], true) if self.positions.is_empty() => Some(Pattern::MonthDay(start.day().into())),
            (&[day], true) if self.positions.is_empty() && day >= -1 => Some(Pattern::MonthDay(day)),
            ([], false) => self.numbered().map(|(ordinals, weekday)| Pattern::MonthWeekday(ordinals, weekday)),
            _ => None,
        }
    }

    fn yearly(&self, start: Date) -> Option<Pattern> {
        let month = match self.months.as_slice() {
            [] if self.month_days.is_empty() && self.days.is_empty() => i16::from(start.month()),
            &[month] => month,
            _ => return None,
        };
        match (self.month_days.as_slice(), self.days.is_empty()) {
            ([], true) if self.positions.is_empty() => Some(Pattern::YearDay { month, day: start.day().into() }),
            (&[day], true) if self.positions.is_empty() && day > 0 => Some(Pattern::YearDay { month, day }),
            ([], false) => match self.numbered()? {
                (ordinals, weekday) if ordinals.len() == 1 => {
                    Some(Pattern::YearWeekday { month, ordinal: *ordinals.first()?, weekday })
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// One weekday with its numbers, as `1TU,3TU` or as `BYDAY=TU;BYSETPOS=1,3` says it; those of a month only.
    fn numbered(&self) -> Option<(Vec<i16>, Weekday)> {
        let weekday = self.days.first()?.weekday;
        let ordinals: Vec<i16> = match self.days.as_slice() {
            [RuleDay { ordinal: 0, .. }] => self.positions.clone(),
            _ if self.positions.is_empty() => self.days.iter().map(|day| day.ordinal).collect(),
            _ => return None,
        };
        let known = |ordinal: &i16| (1..=5).contains(ordinal) || *ordinal == -1;
        let same = self.days.iter().all(|day| day.weekday == weekday);
        // The last one is told last.
        let (last, mut ordered): (Vec<i16>, Vec<i16>) = ordinals.iter().partition(|ordinal| **ordinal < 0);
        ordered.extend(last);
        (same && !ordinals.is_empty() && ordinals.iter().all(known)).then_some((ordered, weekday))
    }
}
