//! Times and days as a client writes them.

use std::str::FromStr;

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
};
use rules::recurrence::{Zone, names_leap_second};

/// A time as a client writes it: an instant with its offset, or the time on the site's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// `2026-03-02T14:00:00Z`.
    Instant(Timestamp),
    /// `2026-03-02T09:00`.
    Local(DateTime),
}

impl When {
    /// The instant, by the site's clock.
    pub fn instant(self, zone: &Zone) -> Option<Timestamp> {
        match self {
            Self::Instant(instant) => Some(instant),
            Self::Local(local) => zone.first_instant(local).map(|zoned| zoned.timestamp()),
        }
    }
}

impl FromStr for When {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be an instant such as 2026-03-02T09:00:00-05:00, or the site's own time such as \
            2026-03-02T09:00";
        if names_leap_second(text) {
            return Err("must have seconds from 00 to 59");
        }
        let read = match text.parse::<Timestamp>() {
            Ok(instant) => Some((Self::Instant(instant), Zone::UTC.date(instant).year())),
            Err(_) if text.contains(':') => {
                text.parse::<DateTime>().ok().map(|local| (Self::Local(local), local.year()))
            }
            Err(_) => None,
        };
        let (when, year) = read.ok_or(WRONG)?;
        if (1900..=2199).contains(&year) { Ok(when) } else { Err("must be in the years 1900 to 2199") }
    }
}

/// A day: `2026-03-02`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub Date);

impl FromStr for Day {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // What reads dates takes a time with it, too, and would leave it out.
        let only = |day: &Date| (1900..=2199).contains(&day.year()) && day.to_string() == text;
        let day: Option<Date> = text.parse().ok().filter(only);
        day.map(Self).ok_or("must be a date such as 2026-03-02, in the years 1900 to 2199")
    }
}

/// A time of the day: `09:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay(pub Time);

impl FromStr for TimeOfDay {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let only = |time: &Time| time.strftime("%H:%M").to_string() == text;
        text.parse().ok().filter(only).map(Self).ok_or("must be a time such as 09:00")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_no_time() {
        assert_eq!("2026-03-02".parse(), Ok(Day(jiff::civil::date(2026, 3, 2))));
        for wrong in
            ["2026-03-02T00:00", "2026-03-02T09:00Z", "20260302", " 2026-03-02", "1899-12-31", "2026-02-30", ""]
        {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_of_day_is_hours_and_minutes() {
        assert_eq!("09:05".parse(), Ok(TimeOfDay(jiff::civil::time(9, 5, 0, 0))));
        for wrong in ["9:05", "09:05:30", "24:00", "0905", "2026-03-02T09:05", " 09:05", ""] {
            assert!(wrong.parse::<TimeOfDay>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_has_an_offset_or_is_the_sites() {
        assert!(matches!("2026-03-02T09:00:00-05:00".parse(), Ok(When::Instant(_))));
        assert!(matches!("2026-03-02T14:00Z".parse(), Ok(When::Instant(_))));
        assert!(matches!("2026-03-02T09:00".parse(), Ok(When::Local(_))));
        for wrong in ["2026-03-02", "09:00", "", "1899-12-31T09:00", "2200-01-01T09:00", "9999-12-31T23:59:59Z"] {
            assert!(wrong.parse::<When>().is_err(), "{wrong}");
        }
    }
}
