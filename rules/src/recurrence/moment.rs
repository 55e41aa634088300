//! Local starts and days as clients write them.

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::YEARS;

/// A local start, or every start of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Moment {
    /// One start.
    Start(DateTime),
    /// The whole day.
    Day(Date),
}

/// Why a text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadMoment {
    /// It is written otherwise.
    Form,
    /// Before 1900, or after 2199.
    Year,
    /// It has a second 60.
    LeapSecond,
}

impl BadMoment {
    /// What to say of it, without its full stop; `form` says how it should be written.
    pub(super) fn told(self, form: &str) -> String {
        match self {
            Self::Form => form.to_owned(),
            Self::Year => format!("must be in the years {} to {}", YEARS.start(), YEARS.end()),
            Self::LeapSecond => "must have seconds from 00 to 59".to_owned(),
        }
    }
}

/// Whether the time of day of a date and time, in the forms of ISO 8601, has the second 60: a calendar reads it as 59,
/// and nobody would learn that what they wrote was changed.
pub fn names_leap_second(text: &str) -> bool {
    let Some((_, time)) = text.split_once(['T', 't', ' ']) else { return false };
    let digits: String =
        time.chars().take_while(|letter| letter.is_ascii_digit() || *letter == ':').filter(|one| *one != ':').collect();
    digits.get(4..6) == Some("60")
}

impl Moment {
    /// Reads `2026-03-02`, `2026-03-02T09:00` or the compact forms of RFC 5545. A zone or offset is refused, not
    /// dropped: the site decides.
    pub(super) fn parse(text: &str) -> Result<Self, BadMoment> {
        let text = text.trim();
        let moment = match text.split_once(['T', 't', ' ']) {
            None => text.parse().map(Self::Day),
            Some((_, time)) if time.chars().all(|letter| letter.is_ascii_digit() || letter == ':') => {
                text.parse().map(Self::Start)
            }
            Some(_) => return Err(BadMoment::Form),
        };
        let moment = moment.map_err(|_| BadMoment::Form)?;
        if names_leap_second(text) {
            return Err(BadMoment::LeapSecond);
        }
        if YEARS.contains(&moment.date().year()) { Ok(moment) } else { Err(BadMoment::Year) }
    }

    /// The start, where one is wanted.
    pub(super) fn start(self) -> Result<DateTime, BadMoment> {
        match self {
            Self::Start(start) => Ok(start),
            Self::Day(_) => Err(BadMoment::Form),
        }
    }

    /// The day of it.
    pub fn date(self) -> Date {
        match self {
            Self::Start(start) => start.date(),
            Self::Day(day) => day,
        }
    }

    pub(super) fn covers(self, start: DateTime) -> bool {
        match self {
            Self::Start(one) => one == start,
            Self::Day(day) => day == start.date(),
        }
    }
}

impl TryFrom<String> for Moment {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|_| "must be a local date, or date and time")
    }
}
impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        match moment {
            Moment::Start(start) => start.to_string(),
            Moment::Day(day) => day.to_string(),
        }
    }
}
