//! Small inputs that several records share.

use std::ops::ControlFlow;

use ::rules::{
    people::{BadBirthDate, check_birth_date},
    text::Text,
};
use ::store::Where;
use deserr::{DeserializeError, Deserr, ErrorKind, IntoValue, MergeWithError, ValuePointerRef};
use jiff::civil::Date;
use utoipa::ToSchema;

use crate::{
    door::Cx,
    http::extract::FieldErrors,
    problem::{FieldError, Problem},
};

::rules::vocabulary! {
    /// Which records a list shows.
    pub enum Shown {
        /// Those in use.
        Active = "active",
        /// Those no longer in use.
        Inactive = "inactive",
        /// All.
        All = "all",
    }
}

impl Shown {
    /// The activity that is asked for; none for all.
    pub fn activity(wanted: Option<Self>) -> Option<bool> {
        match wanted.unwrap_or(Self::Active) {
            Self::Active => Some(true),
            Self::Inactive => Some(false),
            Self::All => None,
        }
    }

    /// Limits a list to it.
    pub fn narrow(wanted: Option<Self>, filter: Where) -> Where {
        match Self::activity(wanted) {
            Some(true) => filter.and_always("is_active = true"),
            Some(false) => filter.and_always("is_active = false"),
            None => filter,
        }
    }
}

::rules::vocabulary! {
    /// Administrative sex, in the words of FHIR.
    pub enum Sex {
        /// Female.
        Female = "female",
        /// Male.
        Male = "male",
        /// Another.
        Other = "other",
        /// Not known.
        Unknown = "unknown",
    }
}

/// A date of birth: not before 1900. Whether it is in the future only the day of asking tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = Date, example = "1970-04-25")]
pub struct BirthDate(pub Date);

impl BirthDate {
    fn parse(text: &str) -> Result<Self, String> {
        let date = Some(text.trim()).filter(|text| text.len() == 10).and_then(|text| text.parse().ok());
        let date: Date = date.ok_or("must be a date such as 1970-04-25")?;
        check_birth_date(date, Date::MAX).map(|()| Self(date)).map_err(|bad: BadBirthDate| bad.to_string())
    }

    /// Refuses a day after today, as the organization's clock shows it.
    pub fn check(self, cx: &Cx) -> Option<FieldError> {
        let bad = check_birth_date(self.0, cx.today()).err()?;
        Some(FieldError::new("birth_date", "invalid", bad.to_string()))
    }
}

impl<E: DeserializeError> Deserr<E> for BirthDate {
    fn deserialize_from_value<V: IntoValue>(value: deserr::Value<V>, location: ValuePointerRef<'_>) -> Result<Self, E> {
        ::rules::parsed::read(value, location, Self::parse)
    }
}
/// How many people a room seats: 1 to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserr, ToSchema)]
#[deserr(try_from(u32) = Seats::new -> BadSeats, error = FieldErrors)]
#[schema(value_type = u32, minimum = 1, maximum = 1000)]
pub struct Seats(pub u32);

/// A number of seats that no room has.
#[derive(Debug, thiserror::Error)]
#[error("must be a number from 1 to 1,000")]
pub struct BadSeats;

impl Seats {
    fn new(seats: u32) -> Result<Self, BadSeats> {
        if (1..=1000).contains(&seats) { Ok(Self(seats)) } else { Err(BadSeats) }
    }
}

impl MergeWithError<BadSeats> for FieldErrors {
    fn merge(this: Option<Self>, other: BadSeats, location: ValuePointerRef<'_>) -> ControlFlow<Self, Self> {
        Self::error::<serde_json::Value>(this, ErrorKind::Unexpected { msg: other.to_string() }, location)
    }
}

/// A checked text as its column holds it.
///
/// # Errors
/// When the check lets through what the column does not hold: a defect of ours.
pub fn column<const MIN: usize, const MAX: usize>(text: &str) -> Result<Text<MIN, MAX>, Problem> {
    Text::parse(text).map_err(|error| Problem::internal(&error))
}

/// As [`column`], where there may be none.
///
/// # Errors
/// As [`column`].
pub fn optional<const MIN: usize, const MAX: usize>(text: Option<&str>) -> Result<Option<Text<MIN, MAX>>, Problem> {
    text.map(column).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birth_dates_are_whole_days_since_1900() {
        assert!(BirthDate::parse(" 1970-04-25 ").is_ok());
        let message = |text| BirthDate::parse(text).unwrap_err();
        assert_eq!(message("1899-12-31"), "must not be before 1900; check the year");
        for text in ["19700425", "1970-02-30", "25.04.1970", "1970-04-25T10:00", ""] {
            assert_eq!(message(text), "must be a date such as 1970-04-25", "{text}");
        }
    }

    #[test]
    fn lists_show_what_is_active_unless_asked() {
        assert_eq!(Shown::activity(None), Some(true));
        assert_eq!(Shown::activity(Some(Shown::Inactive)), Some(false));
        assert_eq!(Shown::narrow(Some(Shown::All), Where::organization()).sql(), "organization_id = $1");
    }
}
