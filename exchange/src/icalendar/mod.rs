//! iCalendar feeds (RFC 5545, with the properties RFC 7986 adds for published calendars).
//!
//! A [`Calendar`] is written as text with [`Calendar::write`]. Every time is told in the zone of its site, with a
//! `VTIMEZONE` for the years in question, so that a reader without a table of zones shows the right hour, too. Which
//! events stand for a series is worked out by [`series`]: whatever the rule says, a reader that expands them finds
//! exactly the meetings that were given.

mod event;
mod line;
mod series;
mod zone;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use rules::recurrence::Zone;

pub use event::{Event, Look, Repeats, Status, When};
pub use line::{escape, unescape, unfold};
pub use series::{Meeting, MeetingStatus, Part, series};

use line::Lines;

/// Who wrote it (RFC 5545, 3.7.3).
const PRODUCT: &str = "-//Convene//Calendar feed 1.0//EN";

/// How often a reader should ask again: an hour.
const REFRESH: &str = "PT1H";

/// A calendar that is published for others to read.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// What calendar programs call it.
    pub name: String,
    /// A sentence on what is in it, if one is needed.
    pub description: Option<String>,
    /// The zone of who reads it: told also when there is no event at all, since a calendar needs one component.
    pub zone: Zone,
    /// The present, for a calendar without events: the year its zone is told for.
    pub now: Timestamp,
    /// What is in it, in order.
    pub events: Vec<Event>,
}

impl Calendar {
    /// The whole text, with lines ended by CR and LF, none longer than 75 octets.
    pub fn write(&self) -> String {
        let mut lines = Lines::default();
        lines.plain("BEGIN", "VCALENDAR");
        lines.plain("VERSION", "2.0");
        lines.plain("PRODID", PRODUCT);
        lines.plain("CALSCALE", "GREGORIAN");
        lines.plain("METHOD", "PUBLISH");
        lines.text("NAME", &self.name);
        lines.text("X-WR-CALNAME", &self.name);
        if let Some(description) = &self.description {
            lines.text("DESCRIPTION", description);
            lines.text("X-WR-CALDESC", description);
        }
        lines.plain("X-WR-TIMEZONE", self.zone.name());
        lines.plain("REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
        lines.plain("X-PUBLISHED-TTL", REFRESH);
        for (zone, first, last) in self.zones() {
            zone::write(&mut lines, zone, first, last);
        }
        for event in &self.events {
            event.write(&mut lines);
        }
        lines.plain("END", "VCALENDAR");
        lines.into_text()
    }

    /// Every zone that is named, with the first and the last instant it is needed for.
    fn zones(&self) -> impl Iterator<Item = (&Zone, Timestamp, Timestamp)> {
        let mut zones = BTreeMap::from([(self.zone.name(), (&self.zone, self.now, self.now))]);
        for event in &self.events {
            let (first, last) = event.span();
            let known = zones.entry(event.zone.name()).or_insert((&event.zone, first, last));
            *known = (known.0, known.1.min(first), known.2.max(last));
        }
        zones.into_values()
    }
}
