//! IANA time zones, from the table compiled in: the same on every machine.

use std::sync::LazyLock;

use jiff::{
    Timestamp, Zoned,
    civil::{Date, DateTime, Time},
    tz::{TimeZone, TimeZoneDatabase},
};
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// An IANA time zone by its name, such as `America/Phoenix`.
#[derive(Debug, Clone, PartialEq, Eq)]
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

    fn as_text(&self) -> &str {
        self.name()
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

    /// The instant as RFC 3339 with this zone's offset: `2026-03-02T09:00:00-05:00`.
    pub fn rfc3339(&self, instant: Timestamp) -> String {
        instant.display_with_offset(self.0.to_offset(instant)).to_string()
    }

    /// The instant of a local time: forward by the gap when it does not exist, the first when it happens twice.
    /// `None` only at the very ends of the calendar.
    pub fn first_instant(&self, local: DateTime) -> Option<Zoned> {
        self.0.to_ambiguous_zoned(local).compatible().ok()
    }

    /// The instant at which a day begins. `None` only at the very ends of the calendar.
    pub fn midnight(&self, day: Date) -> Option<Timestamp> {
        self.first_instant(day.to_datetime(Time::midnight())).map(|start| start.timestamp())
    }
}

crate::parsed_text!(Zone, BadZone, "The name of an IANA time zone.", "America/Phoenix");
