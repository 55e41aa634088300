//! IANA time zones, from the table compiled in: the same on every machine.

use std::sync::LazyLock;

use jiff::{
    Timestamp, Zoned,
    civil::{Date, DateTime},
    tz::{TimeZone, TimeZoneDatabase},
};
use serde::{Deserialize, Serialize};

use crate::column::{BadColumn, Field, Value};

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// An IANA time zone by its name, such as `America/Phoenix`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

/// A text that names no time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the name of an IANA time zone, such as America/New_York")]
pub struct BadZone;

impl Zone {
    /// Finds a zone by its IANA name, in any case.
    ///
    /// # Errors
    /// [`BadZone`] when there is none of that name.
    pub fn parse(name: &str) -> Result<Self, BadZone> {
        let zone = DATABASE.get(name.trim()).map_err(|_| BadZone)?;
        zone.iana_name().is_some().then_some(Self(zone)).ok_or(BadZone)
    }

    /// Coordinated Universal Time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The IANA name in its usual spelling.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The zone for the calendar's own functions.
    pub const fn time_zone(&self) -> &TimeZone {
        &self.0
    }

    /// The local time at an instant.
    pub fn local(&self, instant: Timestamp) -> DateTime {
        self.0.to_datetime(instant)
    }

    /// The local day at an instant: the day that counts for numbers, weeks and charts.
    pub fn date(&self, instant: Timestamp) -> Date {
        self.local(instant).date()
    }

    /// The instant of a local time: forward by the gap when it does not exist, the first when it happens twice.
    /// `None` only at the very ends of the calendar.
    pub fn first_instant(&self, local: DateTime) -> Option<Zoned> {
        self.0.to_ambiguous_zoned(local).compatible().ok()
    }
}

impl TryFrom<String> for Zone {
    type Error = BadZone;
    fn try_from(name: String) -> Result<Self, BadZone> {
        Self::parse(&name)
    }
}
impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}
impl std::str::FromStr for Zone {
    type Err = BadZone;
    fn from_str(name: &str) -> Result<Self, BadZone> {
        Self::parse(name)
    }
}
impl std::fmt::Display for Zone {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name())
    }
}
impl Field for Zone {
    fn to_value(&self) -> Value {
        Value::Text(self.name().to_owned())
    }
    fn from_value(value: &Value) -> Result<Self, BadColumn> {
        String::from_value(value).and_then(|name| Self::parse(&name).map_err(|error| BadColumn(error.to_string())))
    }
}
impl<E: deserr::DeserializeError> deserr::Deserr<E> for Zone {
    fn deserialize_from_value<V: deserr::IntoValue>(
        value: deserr::Value<V>,
        location: deserr::ValuePointerRef<'_>,
    ) -> Result<Self, E> {
        let name = match value {
            deserr::Value::String(name) => name,
            _ => String::new(),
        };
        Self::parse(&name).map_err(|error| {
            let kind = deserr::ErrorKind::Unexpected { msg: error.to_string() };
            deserr::take_cf_content(E::error::<V>(None, kind, location))
        })
    }
}
impl utoipa::PartialSchema for Zone {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let text = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::String);
        text.description(Some("The name of an IANA time zone.")).examples([serde_json::json!("America/Phoenix")]).into()
    }
}
impl utoipa::ToSchema for Zone {
    fn name() -> std::borrow::Cow<'static, str> {
        "Zone".into()
    }
}
