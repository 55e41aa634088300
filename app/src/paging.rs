//! Lists in pages: a bounded number of rows, and a cursor that names the last row of the page.
//!
//! A cursor holds an id and nothing else: sort keys are names, and names do not belong in addresses and logs. The list
//! looks the row up again and goes on after its key, so that rows present at the first page are neither skipped nor
//! doubled while others come and go.

use deserr::{DeserializeError, Deserr, ErrorKind, IntoValue, ValuePointerRef};
use jiff::civil::Date;
use rules::id::{Id, Kind};
use serde::{Deserialize, Serialize};

use crate::{http::extract::FieldErrors, problem::Problem};

/// Rows in a page unless the caller says otherwise.
pub const LIMIT_DEFAULT: usize = 50;
/// Rows in a page at most.
pub const LIMIT_MAX: usize = 200;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next page; none at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of rows of which one more than `limit` was read, to know whether there is a next page.
    pub fn cut<K: Kind>(mut items: Vec<T>, limit: usize, id: impl Fn(&T) -> Id<K>) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| id(last).to_string());
        Self { items, next }
    }

    /// A page of a short list that was read whole; `key` is what names a row as a cursor.
    ///
    /// # Errors
    /// 422 when the cursor names no row of it.
    pub fn of_whole(mut items: Vec<T>, paged: &Paged, key: impl Fn(&T) -> String) -> Result<Self, Problem> {
        if let Some(cursor) = &paged.cursor {
            let at = items.iter().position(|item| key(item) == *cursor).ok_or_else(bad_cursor)?;
            items.drain(..=at);
        }
        let more = items.len() > paged.limit();
        items.truncate(paged.limit());
        let next = items.last().filter(|_| more).map(key);
        Ok(Self { items, next })
    }

    /// The same page with its rows shown differently.
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(show).collect(), next: self.next }
    }
}

/// Which page of a list is wanted.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paged {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

impl Paged {
    /// Rows in a page.
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or_default().0
    }
}

/// How many rows a caller wants: 1 to 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(pub usize);

impl Default for Limit {
    fn default() -> Self {
        Self(LIMIT_DEFAULT)
    }
}

impl std::str::FromStr for Limit {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number| (1..=LIMIT_MAX).contains(number));
        number.map(Self).ok_or_else(|| format!("must be a number from 1 to {LIMIT_MAX}"))
    }
}

impl<E: DeserializeError> Deserr<E> for Limit {
    /// A number, or its digits as a query string has them.
    fn deserialize_from_value<V: IntoValue>(value: deserr::Value<V>, location: ValuePointerRef<'_>) -> Result<Self, E> {
        let text = match value {
            deserr::Value::String(text) => text,
            deserr::Value::Integer(number) => number.to_string(),
            _ => String::new(),
        };
        text.parse().map_err(|message| {
            deserr::take_cf_content(E::error::<V>(None, ErrorKind::Unexpected { msg: message }, location))
        })
    }
}
impl utoipa::PartialSchema for Limit {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let number = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::Integer);
        number.minimum(Some(1)).maximum(Some(LIMIT_MAX)).into()
    }
}
impl utoipa::ToSchema for Limit {}

/// The id in a cursor.
///
/// # Errors
/// 422 when it is not a cursor of this list.
pub fn cursor<K: Kind>(text: Option<&str>) -> Result<Option<Id<K>>, Problem> {
    text.map(|text| Id::parse(text).map_err(|_| bad_cursor())).transpose()
}

/// 422 for a cursor that this list did not give.
pub fn bad_cursor() -> Problem {
    Problem::invalid_field("cursor", "invalid_cursor", "is not a cursor of this list; start again without one")
}

/// Refuses a list of the days from one to an earlier one: it would be empty, and nobody would learn why.
///
/// # Errors
/// 422 naming both.
pub fn days_in_order(from: Option<Date>, to: Option<Date>) -> Result<(), Problem> {
    match from.zip(to) {
        Some((from, to)) if from > to => {
            let message = format!("must not be before `date_from`, {from}, and is {to}");
            Err(Problem::invalid_field("date_to", "out_of_range", message))
        }
        _ => Ok(()),
    }
}
