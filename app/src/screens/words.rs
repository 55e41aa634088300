//! Sessions as pages word them: when and where they are, who leads them, how full they are, how they stand.

pub use ::rules::text::capital;
use ::rules::{
    groups::Modality,
    id::{RoomId, SiteId},
    recurrence::Zone,
    roster::MemberStatus,
    sessions::{ParticipantStatus, ServiceKind, SessionStatus, SessionType, asks_when_it_ended},
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use maud::{Markup, html};

use crate::{
    door::Cx,
    groups::view::Offers,
    roster::actions::MemberView,
    sessions::{actions::Away, answers::SessionView},
    shell::ui::{Attendance, Badge, Icon, Tone},
};

/// The time of the clock on the wall at an instant that an answer tells.
pub fn local(zone: &Zone, instant: &str) -> Option<DateTime> {
    instant.parse::<Timestamp>().ok().map(|instant| zone.local(instant))
}

/// `10:30`.
pub fn clock(zone: &Zone, instant: &str) -> String {
    local(zone, instant).map(|local| local.strftime("%H:%M").to_string()).unwrap_or_default()
}

/// `10:30 to 12:00`.
pub fn hours(session: &SessionView) -> String {
    format!("{} to {}", clock(&session.zone, &session.starts_at), clock(&session.zone, &session.ends_at))
}

/// `Wednesday 4 March 2026`.
pub fn long_day(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// `Wed 4 Mar 2026`.
pub fn short_day(date: Date) -> String {
    date.strftime("%a %-d %b %Y").to_string()
}

/// `Thu 5 Mar 2026, 10:00 (in 23 hours)`: until when something holds.
pub fn deadline(at: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let when = at.to_zoned(zone.clone()).strftime("%a %-d %b %Y, %H:%M").to_string();
    format!("{when} ({})", left(at.duration_since(now)))
}

/// A span of time to come in its largest whole unit.
fn left(span: SignedDuration) -> String {
    let many = |count: i64, one: &str| if count == 1 { format!("in 1 {one}") } else { format!("in {count} {one}s") };
    match (span.as_hours(), span.as_mins()) {
        _ if span <= SignedDuration::ZERO => "over".to_owned(),
        (48.., _) => many(span.as_hours() / 24, "day"),
        (1.., _) => many(span.as_hours(), "hour"),
        (_, minutes) => many(minutes.max(1), "minute"),
    }
}

/// Where a stint stands, as people say it.
pub fn membership(view: &MemberView) -> Badge {
    match view.member.status {
        MemberStatus::Active => Badge::new(Tone::Good, "Member"),
        MemberStatus::Waitlisted => {
            let place = view.waitlist_position.map(|place| format!("Waiting, place {place}"));
            Badge::new(Tone::Info, place.unwrap_or_else(|| "Waiting".to_owned())).icon(Icon::Waiting)
        }
        MemberStatus::Offered => Badge::new(Tone::Info, "Offered a seat").icon(Icon::Waiting),
        MemberStatus::Left => Badge::new(Tone::Neutral, "Left").icon(Icon::Away),
        MemberStatus::Declined => Badge::new(Tone::Neutral, "Declined").icon(Icon::Cross),
        MemberStatus::Expired => Badge::new(Tone::Neutral, "Offer ended").icon(Icon::Clock),
    }
}

/// `New York time`, where it is not the organization's.
pub fn other_zone(cx: &Cx, zone: &Zone) -> Option<String> {
    (zone.name() != cx.organization.zone).then(|| self::zone(zone))
}

/// `New York time`.
pub fn zone(zone: &Zone) -> String {
    let name = zone.name();
    let place = name.rsplit('/').next().unwrap_or(name).replace('_', " ");
    format!("{place} time")
}

/// The hours, and the zone where it is not the organization's.
pub fn hours_here(cx: &Cx, session: &SessionView) -> String {
    match other_zone(cx, &session.zone) {
        Some(zone) => format!("{}, {zone}", hours(session)),
        None => hours(session),
    }
}

/// When it is: day and hours.
pub fn when(cx: &Cx, session: &SessionView) -> String {
    format!("{}, {}", long_day(session.local_date), hours_here(cx, session))
}

/// Who leads it: names, the primary first.
pub fn leaders(session: &SessionView) -> String {
    let names: Vec<&str> = session.leaders.iter().map(|leader| leader.name.as_str()).collect();
    if names.is_empty() { "Whoever starts it leads it".to_owned() } else { names.join(", ") }
}

/// The site's name, if it is in use.
pub fn site(offers: &Offers, id: Option<SiteId>) -> Option<String> {
    offers.sites.iter().find(|site| Some(site.id) == id).map(|site| site.name.to_string())
}

/// The room's name, if it is in use.
pub fn room(offers: &Offers, id: Option<RoomId>) -> Option<String> {
    offers.rooms.iter().find(|room| Some(room.id) == id).map(|room| room.name.to_string())
}

/// `Room 2, Main Street`.
pub fn place(offers: &Offers, session: &SessionView) -> Option<String> {
    let parts = [room(offers, session.room_id), site(offers, session.site_id)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `8 of 12 seats`.
pub fn seats(session: &SessionView) -> String {
    match session.session_type {
        SessionType::Individual => "Individual".to_owned(),
        SessionType::Group => format!("{} of {} seats", session.current_capacity, session.max_capacity),
    }
}

/// Whether it has run and waits for its notes only.
pub fn has_ended(session: &SessionView) -> bool {
    session.status == SessionStatus::InProgress && session.actual_end.is_some()
}

/// Where a session stands.
pub fn standing(session: &SessionView) -> Badge {
    match session.status {
        SessionStatus::Scheduled => Badge::new(Tone::Neutral, "Scheduled").icon(Icon::Calendar),
        SessionStatus::InProgress if has_ended(session) => Badge::new(Tone::Warn, "To document").icon(Icon::Notes),
        SessionStatus::InProgress => Badge::new(Tone::Info, "In progress").icon(Icon::Play),
        SessionStatus::PendingReview => Badge::new(Tone::Warn, "Pending review").icon(Icon::Eye),
        SessionStatus::Completed => Badge::new(Tone::Good, "Completed"),
        SessionStatus::Cancelled => Badge::new(Tone::Neutral, "Cancelled").icon(Icon::Cross),
        SessionStatus::Voided => Badge::new(Tone::Neutral, "Voided").icon(Icon::Archive),
    }
}

/// That a session should have begun: `Not started`, with how late it is on its day.
pub fn not_started(session: &SessionView, now: Timestamp) -> Option<Badge> {
    let starts_at: Timestamp = session.starts_at.parse().ok()?;
    let late = now.duration_since(starts_at).as_mins();
    (session.status == SessionStatus::Scheduled && late >= 0).then(|| {
        let words = match late {
            0 => "Not started".to_owned(),
            _ if session.ends_at.parse().is_ok_and(|ends_at: Timestamp| ends_at < now) => {
                "Not started, and its time is over".to_owned()
            }
            1..120 => format!("Not started, {late} min late"),
            _ => "Not started".to_owned(),
        };
        Badge::new(Tone::Warn, words).icon(Icon::Clock)
    })
}

/// That a session goes on after its planned end: nobody has said that it is over.
fn overtime(session: &SessionView, now: Timestamp) -> Option<Badge> {
    let ends_at: Timestamp = session.ends_at.parse().ok()?;
    let runs = session.status == SessionStatus::InProgress && session.actual_end.is_none();
    (runs && asks_when_it_ended(ends_at, now)).then(|| {
        let over = now.duration_since(ends_at).as_mins();
        let words = if over < 120 { format!("Not ended, {over} min over") } else { "Not ended".to_owned() };
        Badge::new(Tone::Warn, words).icon(Icon::Clock)
    })
}

/// What else deserves to be seen of a session at a glance.
pub fn flags(session: &SessionView, now: Timestamp) -> Markup {
    let is_open = session.status.is_open();
    html! {
        @if let Some(badge) = not_started(session, now) { (badge) }
        @if let Some(badge) = overtime(session, now) { (badge) }
        @if is_open && session.has_conflict { (Badge::new(Tone::Warn, "Room or leader not free")) }
        @if session.status == SessionStatus::Scheduled && session.below_minimum { (Badge::new(Tone::Warn, "Below minimum")) }
    }
}

/// That a leader is away while a session is, and still leads it.
pub fn needs_cover(away: &Away, session: &SessionView) -> Markup {
    html! { @if away.contains_key(&session.id) { (Badge::new(Tone::Warn, "Needs cover").icon(Icon::Away)) } }
}

/// More people than seats, where no bar of the seats says so.
pub fn over_capacity(session: &SessionView) -> Option<Badge> {
    let over = session.status.is_open() && session.current_capacity > session.max_capacity;
    over.then(|| Badge::new(Tone::Bad, "Over capacity").icon(Icon::Warning))
}

/// How people take part.
pub fn modality(modality: Modality) -> &'static str {
    match modality {
        Modality::InPerson => "In person",
        Modality::Virtual => "Virtual",
        Modality::Hybrid => "Hybrid",
    }
}

/// What a session counts as.
pub fn service_kind(kind: ServiceKind) -> String {
    match kind {
        ServiceKind::BhmpVisit => "BHMP visit".to_owned(),
        kind => capital(kind.as_str()),
    }
}

/// The filters of a list, further on.
pub fn with_cursor(query: &str, cursor: &str) -> String {
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    kept.map(str::to_owned).chain([format!("cursor={cursor}")]).collect::<Vec<_>>().join("&")
}

/// Where a participant stands, as a row shows it.
pub fn attendance(status: ParticipantStatus) -> Attendance {
    match status {
        ParticipantStatus::Booked => Attendance::Booked,
        ParticipantStatus::Confirmed => Attendance::Confirmed,
        ParticipantStatus::Arrived => Attendance::Arrived,
        ParticipantStatus::Attended => Attendance::Attended,
        ParticipantStatus::NoShow => Attendance::NoShow,
        ParticipantStatus::Cancelled => Attendance::Cancelled,
    }
}

/// `1 person`, `3 people`.
pub fn people(count: usize) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_with_a_capital() {
        assert_eq!(capital("left_before_start"), "Left before start");
        assert_eq!(service_kind(ServiceKind::BhmpVisit), "BHMP visit");
    }

    #[test]
    fn clocks_are_those_of_the_zone() {
        let zone = Zone::parse("America/Phoenix").unwrap();
        assert_eq!(clock(&zone, "2026-03-04T17:30:00Z"), "10:30");
        assert_eq!(clock(&zone, "soon"), "");
    }
}
