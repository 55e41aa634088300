//! Days on which a site is closed: which days a holiday has, and which it gives back when it is shortened.

use jiff::civil::Date;

use crate::violation::Violation;

/// Days of one holiday, at most: a leap year.
pub const DAYS_MAX: i64 = 366;

/// A stretch of whole days, both ends within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub first: Date,
    /// The last day; never before the first.
    pub last: Date,
}

impl Days {
    /// The days from one to another; one day when there is no other.
    ///
    /// # Errors
    /// When the last day is before the first, or there are more than [`DAYS_MAX`]; the field is `last_day`.
    pub fn check(first: Date, last: Option<Date>) -> Result<Self, Violation> {
        let last = last.unwrap_or(first);
        if last < first {
            return Err(Violation::new("last_day", "out_of_range", "must not be before the first day"));
        }
        if length(first, last) > DAYS_MAX {
            let message = format!("must leave at most {DAYS_MAX} days: add a longer closure as several holidays");
            return Err(Violation::new("last_day", "out_of_range", message));
        }
        Ok(Self { first, last })
    }

    /// Whether the day is one of them.
    pub fn has(self, day: Date) -> bool {
        (self.first..=self.last).contains(&day)
    }

    /// The days both have.
    pub fn shared(self, other: Self) -> Option<Self> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        (first <= last).then_some(Self { first, last })
    }

    /// The days of this stretch that are not days of another: none, one or two stretches. Without another, all.
    pub fn without(self, other: Option<Self>) -> Vec<Self> {
        let Some(shared) = other.and_then(|other| self.shared(other)) else { return vec![self] };
        let before = shared.first.yesterday().ok().filter(|last| *last >= self.first);
        let after = shared.last.tomorrow().ok().filter(|first| *first <= self.last);
        let before = before.map(|last| Self { last, ..self });
        before.into_iter().chain(after.map(|first| Self { first, ..self })).collect()
    }
}

/// How many days there are from one to another, both counted.
fn length(first: Date, last: Date) -> i64 {
    first.until(last).map_or(i64::MAX, |span| i64::from(span.get_days()) + 1)
}

/// The holiday a day falls on; of several, the one that begins first, else the one named first in the list.
pub fn on<T>(holidays: impl IntoIterator<Item = (Days, T)>, day: Date) -> Option<T> {
    let found = holidays.into_iter().filter(|(days, _)| days.has(day));
    found.min_by_key(|(days, _)| days.first).map(|(_, holiday)| holiday)
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan as _, civil::date};
    use proptest::prelude::*;

    use super::*;

    fn days(first: i64, last: i64) -> Days {
        let day = |number: i64| date(2026, 12, 20).checked_add(number.days()).unwrap();
        Days::check(day(first), Some(day(last))).unwrap()
    }

    #[test]
    fn a_holiday_is_one_day_or_up_to_a_leap_year() {
        let first = date(2028, 1, 1);
        assert_eq!(Days::check(first, None), Ok(Days { first, last: first }));
        assert!(Days::check(first, Some(date(2028, 12, 31))).is_ok(), "366 days");
        for last in [date(2029, 1, 1), date(2027, 12, 31), Date::MAX] {
            let refused = Days::check(first, Some(last)).unwrap_err();
            assert_eq!((refused.field.as_str(), refused.code), ("last_day", "out_of_range"), "{last}");
        }
    }

    #[test]
    fn a_day_falls_on_the_holiday_that_begins_first() {
        let list = [(days(5, 9), "later"), (days(3, 5), "first"), (days(3, 4), "same day")];
        let found = |number| on(list, days(number, number).first);
        assert_eq!(
            (found(2), found(3), found(5), found(9), found(10)),
            (None, Some("first"), Some("first"), Some("later"), None)
        );
    }

    #[test]
    fn the_ends_of_the_calendar_are_days_like_others() {
        let last = Days { first: date(9999, 12, 30), last: Date::MAX };
        assert_eq!(last.without(Some(last)), []);
        assert_eq!(last.without(None), [last]);
    }

    proptest! {
        /// What one holiday has and another has not is given back, day by day.
        #[test]
        fn exactly_the_other_days_are_given_back(a in 0_i64..40, b in 0_i64..40, c in 0_i64..40, d in 0_i64..40) {
            let (mine, other) = (days(a.min(b), a.max(b)), days(c.min(d), c.max(d)));
            let back = mine.without(Some(other));
            for number in 0..40 {
                let day = days(number, number).first;
                let times = back.iter().filter(|stretch| stretch.has(day)).count();
                prop_assert_eq!(times, usize::from(mine.has(day) && !other.has(day)));
            }
            prop_assert!(back.iter().all(|stretch| stretch.first <= stretch.last));
        }
    }
}
