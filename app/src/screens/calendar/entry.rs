//! A session in a calendar: what is said of it, and where it stands in a day.

use ::rules::{
    permissions::Permission,
    recurrence::Zone,
    sessions::{SessionStatus, SessionType},
};
use jiff::{
    Timestamp,
    civil::{Date, DateTime},
};
use maud::{Markup, html};

use super::Shown;
use crate::{
    door::Cx,
    groups::view::Offers,
    screens::words,
    sessions::{actions::Away, answers::SessionView},
    shell::ui::{Block, Moves},
};

/// What deserves a mark that is seen however small the block is.
const LOOK: [&str; 4] = ["fl-clash", "fl-away", "fl-over", "fl-low"];
/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// A session with its times read.
pub struct Entry<'a> {
    pub session: &'a SessionView,
    starts: Timestamp,
    /// When it begins and ends, by the clock on the wall.
    pub from: DateTime,
    pub until: DateTime,
    /// A leader has time off then.
    needs_cover: bool,
}

impl<'a> Entry<'a> {
    /// None where its times can't be read, which the database does not let happen.
    pub fn of(session: &'a SessionView) -> Option<Self> {
        let starts: Timestamp = session.starts_at.parse().ok()?;
        let ends: Timestamp = session.ends_at.parse().ok()?;
        let (from, mut until) = (session.zone.local(starts), session.zone.local(ends));
        // In the hour that comes twice the clock may go back while it lasts: then its length counts.
        if until <= from {
            until = from.checked_add(ends.duration_since(starts)).unwrap_or(from);
        }
        Some(Self { session, starts, from, until, needs_cover: false })
    }

    /// Says whether a leader is away then.
    pub fn in_light_of(self, away: &Away) -> Self {
        Self { needs_cover: away.contains_key(&self.session.id), ..self }
    }

    /// Whether any of it is on this day.
    pub fn is_on(&self, day: Date) -> bool {
        let midnight = day.at(0, 0, 0, 0);
        self.from.date() == day || self.from.date() < day && self.until > midnight
    }

    /// The minutes of a day it begins and ends at, cut off at midnight.
    fn minutes(&self, day: Date) -> (u16, u16) {
        let minute = |at: DateTime| at.duration_since(day.at(0, 0, 0, 0)).as_mins().clamp(0, DAY);
        let minute = |at: DateTime| u16::try_from(minute(at)).unwrap_or_default();
        (minute(self.from), minute(self.until))
    }

    /// `09:00–10:30`; with the zone where it is not the calendar's, and a word in an hour that comes twice.
    pub fn hours(&self, shown: &Shown<'_>) -> Markup {
        let zone = &self.session.zone;
        let until = words::clock(zone, &self.session.ends_at);
        html! {
            span.blk-time { (self.from.strftime("%H:%M").to_string()) span.blk-end { "–" (until) } }
            @if self.is_second_time() { " (second time)" }
            @if *zone != shown.zone { ", " (words::zone(zone)) }
        }
    }

    /// Whether it begins when the clock shows its time for the second time.
    fn is_second_time(&self) -> bool {
        let first = self.session.zone.first_instant(self.from).map(|zoned| zoned.timestamp());
        first.is_some_and(|first| first < self.starts)
    }

    /// Who leads it, without credentials, and where.
    pub fn who_and_where(&self, offers: &Offers, led: bool, placed: bool) -> String {
        let names: Vec<&str> = self.session.leaders.iter().map(|leader| without_credential(&leader.name)).collect();
        let names = if names.is_empty() { "No leader yet".to_owned() } else { names.join(", ") };
        let room = words::room(offers, self.session.room_id);
        let parts = [led.then_some(names), room.filter(|_| placed)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    fn is_gone(&self) -> bool {
        matches!(self.session.status, SessionStatus::Cancelled | SessionStatus::Voided)
    }

    /// How it looks: by where it stands.
    pub fn class(&self) -> &'static str {
        match self.session.status {
            SessionStatus::Scheduled => "blk-plan",
            SessionStatus::InProgress => "blk-live",
            SessionStatus::PendingReview => "blk-wait",
            SessionStatus::Completed => "blk-done",
            SessionStatus::Cancelled | SessionStatus::Voided => "blk-gone",
        }
    }

    /// `7/8, 1 open`; of an individual session its number, so that nobody's name is on the wall.
    pub fn seats(&self) -> Option<String> {
        let session = self.session;
        if session.session_type == SessionType::Individual {
            return Some(session.session_number.clone());
        }
        if self.is_gone() {
            return None;
        }
        let seats = format!("{}/{}", session.current_capacity, session.max_capacity);
        let over = session.current_capacity.saturating_sub(session.max_capacity);
        Some(match (over, session.available_spots, session.status) {
            (1.., ..) => format!("{seats}, {over} over"),
            (_, 0, _) => format!("{seats}, full"),
            (_, open, SessionStatus::Scheduled) => format!("{seats}, {open} open"),
            _ => format!("{seats} seats"),
        })
    }

    /// What deserves to be seen: a class that draws its shape, and the words.
    pub fn flags(&self, now: Timestamp) -> Vec<(&'static str, &'static str)> {
        let session = self.session;
        let scheduled = session.status == SessionStatus::Scheduled;
        let over = words::over_capacity(session).is_some();
        let state = match session.status {
            SessionStatus::Scheduled if self.starts <= now => Some(("fl-late", "Not started")),
            SessionStatus::Scheduled => None,
            SessionStatus::InProgress if words::has_ended(session) => Some(("fl-note", "To document")),
            SessionStatus::InProgress => Some(("fl-live", "In progress")),
            SessionStatus::PendingReview => Some(("fl-note", "Pending review")),
            SessionStatus::Completed => Some(("fl-done", "Completed")),
            SessionStatus::Cancelled => Some(("fl-gone", "Cancelled")),
            SessionStatus::Voided => Some(("fl-gone", "Voided")),
        };
        let flags = [
            (session.status.is_open() && session.has_conflict).then_some(("fl-clash", "Clash")),
            self.needs_cover.then_some(("fl-away", "Needs cover")),
            over.then_some(("fl-over", "Over capacity")),
            (scheduled && session.below_minimum).then_some(("fl-low", "Below minimum")),
            state,
        ];
        flags.into_iter().flatten().collect()
    }

    /// The flags as markup.
    pub fn marks(&self, now: Timestamp) -> Markup {
        html! { @for (class, words) in self.flags(now) { span class={ "fl " (class) } { (words) } " " } }
    }

    /// Whether who asks may move it.
    fn moves(&self, cx: &Cx, day: Date) -> Option<Moves> {
        let may = cx.permissions.allows(Permission::SessionSchedule);
        let movable = self.session.status == SessionStatus::Scheduled && self.session.first_signed_at.is_none();
        let at = self.from.duration_since(day.at(0, 0, 0, 0)).as_mins();
        (may && movable).then(|| Moves {
            id: self.session.id.to_string(),
            at: i16::try_from(at).unwrap_or_default(),
            minutes: self.session.duration_minutes,
            version: self.session.version,
        })
    }

    /// As a block of a day's column.
    pub fn block(&self, shown: &Shown<'_>, day: Date, led: bool, placed: bool) -> Block {
        let (cx, offers) = (shown.cx, shown.offers);
        let (from, until) = self.minutes(day);
        let flags = self.flags(cx.now());
        let wants_a_look = flags.iter().any(|(class, _)| LOOK.contains(class));
        let look = if wants_a_look { " blk-look" } else { "" };
        let content = html! {
            p.blk-title { a.row-link href={ "/sessions/" (self.session.id) } { (self.hours(shown)) " " (self.session.title) } }
            @if self.from.date() < day { p { "Since the day before" } }
            p.blk-foot { (self.marks(cx.now())) @if let Some(seats) = self.seats() { span { (seats) } } }
            p.blk-who { (self.who_and_where(offers, led, placed)) }
        };
        Block::new(from, until, content).class(format!("{}{look}", self.class())).moves(self.moves(cx, day))
    }
}

/// `Dana Whitfield` of `Dana Whitfield, LCSW`.
fn without_credential(name: &str) -> &str {
    name.split(',').next().unwrap_or(name)
}

/// What is said of a day on which the clocks change.
pub fn clocks(zone: &Zone, day: Date) -> Option<String> {
    let begins = zone.first_instant(day.at(0, 0, 0, 0))?.timestamp();
    let ends = zone.first_instant(day.tomorrow().ok()?.at(0, 0, 0, 0))?.timestamp();
    let minutes = ends.duration_since(begins).as_mins();
    match minutes {
        DAY => None,
        ..DAY => Some("Clocks go forward".to_owned()),
        _ => Some("Clocks go back".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn clocks_change_twice_a_year_where_they_do() {
        let new_york = Zone::parse("America/New_York").unwrap();
        assert_eq!(clocks(&new_york, date(2026, 3, 8)).as_deref(), Some("Clocks go forward"));
        assert_eq!(clocks(&new_york, date(2026, 11, 1)).as_deref(), Some("Clocks go back"));
        assert_eq!(clocks(&new_york, date(2026, 3, 9)), None);
        let lord_howe = Zone::parse("Australia/Lord_Howe").unwrap();
        assert_eq!(clocks(&lord_howe, date(2026, 10, 4)).as_deref(), Some("Clocks go forward"), "by half an hour");
        assert_eq!(clocks(&Zone::parse("America/Phoenix").unwrap(), date(2026, 3, 8)), None);
    }

    #[test]
    fn leaders_are_named_without_what_follows() {
        assert_eq!(without_credential("Dana Whitfield, LCSW"), "Dana Whitfield");
        assert_eq!(without_credential("Cher"), "Cher");
    }
}
