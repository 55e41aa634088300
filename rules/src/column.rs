//! How a value of ours stands in a column of a table: the same on every database.
//!
//! Kept here, beside the types, so that a vocabulary or an id is its own column without the store knowing it.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    id::{Id, Kind},
    text::Text,
};

/// One value of one column, or one argument of one statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// `boolean`.
    Bool(bool),
    /// `bigint`.
    Int(i64),
    /// `double precision`.
    Real(f64),
    /// `text`; JSON is text too, opaque to SQL.
    Text(String),
    /// `bytea`.
    Blob(Vec<u8>),
    /// `timestamptz`, cut to microseconds.
    Time(Timestamp),
    /// `date`.
    Day(Date),
}

/// A stored value that can't be read as what it should be: a defect of ours or a damaged database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stored value is not {0}")]
pub struct BadColumn(pub String);

/// A type that is one column.
pub trait Field: Sized {
    /// The value to store.
    fn to_value(&self) -> Value;
    /// Reads the stored value.
    ///
    /// # Errors
    /// [`BadColumn`] when the value is of another kind.
    fn from_value(value: &Value) -> Result<Self, BadColumn>;
}

macro_rules! plain_fields {
    ($($kind:ty, $this:ident => $to:expr, $($pattern:pat => $from:expr),+;)*) => { $(
        impl Field for $kind {
            fn to_value(&self) -> Value {
                let $this = self;
                $to
            }
            fn from_value(value: &Value) -> Result<Self, BadColumn> {
                match value {
                    $($pattern => $from,)+
                    _ => Err(BadColumn(stringify!($kind).to_owned())),
                }
            }
        }
    )* };
}

plain_fields! {
    bool, this => Value::Bool(*this), Value::Bool(truth) => Ok(*truth), Value::Int(number) => Ok(*number != 0);
    i64, this => Value::Int(*this), Value::Int(number) => Ok(*number);
    u32, this => Value::Int(i64::from(*this)), Value::Int(number) => u32::try_from(*number).map_err(|_| BadColumn("u32".to_owned()));
    f64, this => Value::Real(*this), Value::Real(number) => Ok(*number), Value::Int(number) => Ok(*number as f64);
    String, this => Value::Text(this.clone()), Value::Text(text) => Ok(text.clone());
    Vec<u8>, this => Value::Blob(this.clone()), Value::Blob(bytes) => Ok(bytes.clone());
    Timestamp, this => Value::Time(whole_microseconds(*this)), Value::Time(instant) => Ok(*instant), Value::Text(text) => parsed(text);
    Date, this => Value::Day(*this), Value::Day(day) => Ok(*day), Value::Text(text) => parsed(text);
    serde_json::Value, this => Value::Text(this.to_string()), Value::Text(text) => serde_json::from_str(text).map_err(|error| BadColumn(error.to_string()));
}

/// An instant as every database can keep it: cut, not rounded, to microseconds.
pub fn whole_microseconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, BadColumn> {
    text.parse().map_err(|_| BadColumn(std::any::type_name::<T>().to_owned()))
}

impl<T: Field> Field for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Field::to_value)
    }
    fn from_value(value: &Value) -> Result<Self, BadColumn> {
        if *value == Value::Null { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

impl<K: Kind> Field for Id<K> {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }
    fn from_value(value: &Value) -> Result<Self, BadColumn> {
        String::from_value(value).and_then(|text| parsed(&text))
    }
}

impl<const MIN: usize, const MAX: usize> Field for Text<MIN, MAX> {
    fn to_value(&self) -> Value {
        Value::Text(self.as_str().to_owned())
    }
    fn from_value(value: &Value) -> Result<Self, BadColumn> {
        String::from_value(value).and_then(|text| Self::parse(&text).map_err(|error| BadColumn(error.to_string())))
    }
}

impl<F: Field> From<&F> for Value {
    fn from(field: &F) -> Self {
        field.to_value()
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A structured value kept as JSON text in one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<T: Serialize + DeserializeOwned> Field for Json<T> {
    fn to_value(&self) -> Value {
        serde_json::to_string(&self.0).map_or(Value::Null, Value::Text)
    }
    fn from_value(value: &Value) -> Result<Self, BadColumn> {
        let text = String::from_value(value)?;
        serde_json::from_str(&text).map(Json).map_err(|error| BadColumn(error.to_string()))
    }
}
impl<T> std::ops::Deref for Json<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}
