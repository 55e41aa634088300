//! `VEVENT`: one meeting, or a series of them.

use jiff::{Timestamp, civil::DateTime};
use rules::recurrence::{Rule, Zone};

use super::{
    line::Lines,
    zone::{local, utc},
};

/// Seconds before this instant, the start of 2020, count nothing in `SEQUENCE`: it has 31 bits until 2088.
const SEQUENCE_FROM: i64 = 1_577_836_800;

/// One component of a calendar. It says when and where, never who or why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What names it for good, also after it moves.
    pub uid: String,
    /// Which meeting of a series it stands for: the start the rule gives it. None for the series itself.
    pub recurrence_id: Option<DateTime>,
    /// When it was first there.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
    /// When anything last changed that has this `UID`: `SEQUENCE` is its age in seconds, so it grows with each change.
    pub revised: Timestamp,
    /// Start and end.
    pub when: When,
    /// The zone of local times.
    pub zone: Zone,
    /// How it repeats; none for one meeting.
    pub repeats: Option<Repeats>,
    /// Whether it takes place.
    pub status: Status,
    /// What a reader shows.
    pub look: Look,
}

/// Start and end of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// By the clock on the wall.
    Local(DateTime, DateTime),
    /// By universal time: for what a wall clock shows twice, the second time.
    Utc(Timestamp, Timestamp),
}

impl When {
    /// How to write what lies between two instants: as local times wherever they name just these instants.
    pub fn of(zone: &Zone, starts_at: Timestamp, ends_at: Timestamp) -> Self {
        let exact = |instant| {
            let local = zone.local(instant);
            let first = zone.first_instant(local).map(|zoned| zoned.timestamp());
            (first == Some(instant) && local.subsec_nanosecond() == 0).then_some(local)
        };
        match (exact(starts_at), exact(ends_at)) {
            (Some(start), Some(end)) => Self::Local(start, end),
            _ => Self::Utc(starts_at, ends_at),
        }
    }
}

/// How an event repeats.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repeats {
    /// The rule, and the last instant it yields: whatever end the rule itself has is left out.
    pub rule: Option<(Rule, Timestamp)>,
    /// Further starts.
    pub also: Vec<DateTime>,
    /// Starts the rule yields that are left out.
    pub except: Vec<DateTime>,
    /// The last start of all.
    pub last: DateTime,
}

/// Whether an event takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It does, or did.
    Confirmed,
    /// It is offered and nobody has said yes.
    Tentative,
    /// It does not.
    Cancelled,
}

/// What a reader shows of an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look {
    /// The title: neutral words.
    pub summary: String,
    /// Where.
    pub location: Option<String>,
    /// The page of it, for those who can sign in.
    pub url: Option<String>,
    /// Whether its time counts as taken.
    pub is_busy: bool,
}

impl Event {
    /// The first and the last instant it has to do with, roughly: a year's time zone is told from them.
    pub(super) fn span(&self) -> (Timestamp, Timestamp) {
        let instant = |time| self.zone.first_instant(time).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp());
        let (first, last) = match self.when {
            When::Local(start, end) => (instant(start), instant(end)),
            When::Utc(start, end) => (start, end),
        };
        let named = self.recurrence_id.map_or(first, instant);
        let repeated = self.repeats.as_ref().map_or(last, |repeats| instant(repeats.last));
        (first.min(named), last.max(named).max(repeated))
    }

    pub(super) fn write(&self, lines: &mut Lines) {
        lines.plain("BEGIN", "VEVENT");
        lines.text("UID", &self.uid);
        lines.plain("DTSTAMP", utc(self.modified));
        lines.plain("CREATED", utc(self.created));
        lines.plain("LAST-MODIFIED", utc(self.modified));
        lines.plain("SEQUENCE", (self.revised.as_second() - SEQUENCE_FROM).clamp(0, i64::from(i32::MAX)));
        if let Some(start) = self.recurrence_id {
            self.local(lines, "RECURRENCE-ID", start);
        }
        match self.when {
            When::Local(start, end) => {
                self.local(lines, "DTSTART", start);
                self.local(lines, "DTEND", end);
            }
            When::Utc(start, end) => {
                lines.plain("DTSTART", utc(start));
                lines.plain("DTEND", utc(end));
            }
        }
        if let Some(repeats) = &self.repeats {
            self.repeat(lines, repeats);
        }
        self.show(lines);
        lines.plain("END", "VEVENT");
    }

    fn local(&self, lines: &mut Lines, name: &str, time: DateTime) {
        lines.plain(&format!("{name};TZID={}", self.zone.name()), local(time));
    }

    /// Each date has a line of its own: some readers see only the first of several in one.
    fn repeat(&self, lines: &mut Lines, repeats: &Repeats) {
        if let Some((rule, last)) = &repeats.rule {
            lines.plain("RRULE", bounded(rule, *last));
        }
        for start in &repeats.also {
            self.local(lines, "RDATE", *start);
        }
        for start in &repeats.except {
            self.local(lines, "EXDATE", *start);
        }
    }

    fn show(&self, lines: &mut Lines) {
        let status = match self.status {
            Status::Confirmed => "CONFIRMED",
            Status::Tentative => "TENTATIVE",
            Status::Cancelled => "CANCELLED",
        };
        let is_busy = self.look.is_busy && self.status != Status::Cancelled;
        lines.plain("STATUS", status);
        lines.text("SUMMARY", &self.look.summary);
        if let Some(location) = &self.look.location {
            lines.text("LOCATION", location);
        }
        if let Some(url) = &self.look.url {
            lines.plain("URL", url);
        }
        lines.plain("CLASS", "PRIVATE");
        lines.plain("TRANSP", if is_busy { "OPAQUE" } else { "TRANSPARENT" });
    }
}

/// The rule with this end instead of its own.
fn bounded(rule: &Rule, last: Timestamp) -> String {
    let text = rule.to_string();
    let own = text.split(';').filter(|part| !part.starts_with("COUNT=") && !part.starts_with("UNTIL="));
    let parts: Vec<&str> = own.collect();
    format!("{};UNTIL={}", parts.join(";"), utc(last))
}
