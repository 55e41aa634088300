//! `VTIMEZONE`: a zone's changes one by one, for the years a calendar covers (RFC 5545, 3.6.5).
//!
//! Each change is an observance of its own instead of a yearly rule: so Morocco's, which follow the moon, and a zone
//! that changes its law within the calendar are told as they are.

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{Dst, Offset},
};
use rules::recurrence::Zone;

use super::line::Lines;

/// Since when a zone that never changes has its time, as far as a calendar is concerned.
const ALWAYS: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Changes in one calendar, at most: more than any zone had in a hundred years.
const CHANGES_MAX: usize = 1_000;

/// What a zone's clocks do from a time on.
#[derive(Debug, PartialEq, Eq)]
struct Observance {
    is_daylight: bool,
    /// The local time it begins, by the clocks before it.
    start: DateTime,
    before: Offset,
    offset: Offset,
    name: String,
}

/// Writes a zone with what is in force from the start of the first instant's year to the end of the last one's.
pub(super) fn write(lines: &mut Lines, zone: &Zone, first: Timestamp, last: Timestamp) {
    lines.plain("BEGIN", "VTIMEZONE");
    lines.plain("TZID", zone.name());
    for observance in observances(zone, first, last) {
        let kind = if observance.is_daylight { "DAYLIGHT" } else { "STANDARD" };
        lines.plain("BEGIN", kind);
        lines.plain("DTSTART", local(observance.start));
        lines.plain("TZOFFSETFROM", offset(observance.before));
        lines.plain("TZOFFSETTO", offset(observance.offset));
        lines.text("TZNAME", &observance.name);
        lines.plain("END", kind);
    }
    lines.plain("END", "VTIMEZONE");
}

fn observances(zone: &Zone, first: Timestamp, last: Timestamp) -> Vec<Observance> {
    let zone = zone.time_zone();
    let bound = |instant: Timestamp, month: i8, day: i8| {
        let day = jiff::civil::Date::new(zone.to_datetime(instant).year(), month, day).ok()?;
        Some(zone.to_ambiguous_zoned(day.to_datetime(jiff::civil::Time::MIN)).compatible().ok()?.timestamp())
    };
    let from = bound(first, 1, 1).unwrap_or(first);
    let until = bound(last, 12, 31).unwrap_or(last);
    let mut found: Vec<Observance> = Vec::new();
    let mut before = zone.to_offset(from);
    // What is in force at the beginning: since the change before it, if there was one in living memory.
    let since = zone.preceding(from).next().filter(|change| change.offset().to_datetime(change.timestamp()) >= ALWAYS);
    if let Some(change) = since {
        before = zone.preceding(change.timestamp()).next().map_or(change.offset(), |earlier| earlier.offset());
        found.push(observance(before, change.timestamp(), change.offset(), change.dst(), change.abbreviation()));
        before = change.offset();
    } else {
        let info = zone.to_offset_info(from);
        let (is_daylight, name) = (info.dst() == Dst::Yes, info.abbreviation().to_owned());
        found.push(Observance { is_daylight, start: ALWAYS, before, offset: before, name });
    }
    let rest = zone.following(from).take_while(|change| change.timestamp() <= until).take(CHANGES_MAX);
    for change in rest.filter(|change| change.timestamp() > from) {
        found.push(observance(before, change.timestamp(), change.offset(), change.dst(), change.abbreviation()));
        before = change.offset();
    }
    found
}

fn observance(before: Offset, at: Timestamp, offset: Offset, dst: Dst, name: &str) -> Observance {
    Observance { is_daylight: dst == Dst::Yes, start: before.to_datetime(at), before, offset, name: name.to_owned() }
}

/// A local time as iCalendar writes it: `20260302T090000`.
pub(super) fn local(time: DateTime) -> String {
    let (date, time) = (time.date(), time.time());
    let (year, month, day) = (date.year(), date.month(), date.day());
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}", time.hour(), time.minute(), time.second())
}

/// An instant as iCalendar writes it: `20260302T140000Z`.
pub(super) fn utc(instant: Timestamp) -> String {
    format!("{}Z", local(Offset::UTC.to_datetime(instant)))
}

/// `-0500`, or with seconds where a zone has them.
fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { format!("{sign}{hours:02}{minutes:02}") } else { format!("{sign}{hours:02}{minutes:02}{rest:02}") }
}
