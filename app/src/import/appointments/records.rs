//! The records a row becomes: its session, its participant, and what is worth knowing of both.

use exchange::import::{AppointmentRow, number_of};
use jiff::{SignedDuration, Timestamp};
use rules::{
    groups::LEAST_CAPACITY,
    sessions::{
        AppointmentStatus, Leader, LeaderRole, ParticipantStatus, ServiceKind, SessionSource, SessionStatus,
        SessionType,
    },
    text::{Name, Reason},
};

use super::{Unit, facts::Facts, judge::Found};
use crate::{
    door::Scope,
    sessions::{
        Participant, Session,
        imported::{self, Busy, Writing},
        making,
    },
};

/// Why minutes are other than the times tell.
const COUNTED: &str = "As the system it came from counted them.";

/// Where a session of this status counts as coming from: what is over is history, what is to come is a session like
/// any other, with its notes and messages.
pub const fn source_of(status: SessionStatus) -> SessionSource {
    match status {
        SessionStatus::Completed | SessionStatus::Cancelled => SessionSource::Imported,
        _ => SessionSource::Scheduled,
    }
}

/// The session of a unit, as its first row says, but for its status and seats.
pub fn session(
    scope: &Scope<'_>,
    facts: &Facts,
    unit: &Unit<'_>,
    old: Option<&Session>,
    (row, found): (&AppointmentRow, &Found),
    rows: &[&AppointmentRow],
) -> Session {
    let group = facts.group(row);
    let title = title(row, group.map(|group| &group.name));
    let mut new = making::blank(scope, group, title, row.zone.clone(), facts.ceiling);
    if let Some(old) = old {
        (new.id, new.version, new.created_by_user) = (old.id, old.version, old.created_by_user);
        (new.created_at, new.updated_at, new.topic) = (old.created_at, old.updated_at, old.topic.clone());
    }
    new.session_number = match old {
        Some(old) => old.session_number.clone(),
        None => number_of(&row.appointment_number),
    };
    new.external_id = rules::text::Text::parse(&unit.key).ok();
    new.session_type = row.r#type;
    (new.group_id, new.site_id, new.room_id) = (found.group, found.site, found.room);
    let ends_at = rows.iter().map(|row| row.ends_at).max().unwrap_or(row.ends_at);
    new.set_times(row.starts_at, ends_at);
    new.modality = row.modality.unwrap_or(new.modality);
    new.service_type.clone_from(&row.service_type);
    let usual = match row.r#type {
        SessionType::Individual => ServiceKind::usual(None),
        SessionType::Group => group.map_or(ServiceKind::GroupTherapy, |_| new.service_kind),
    };
    new.service_kind = row.service_kind.unwrap_or(usual);
    new.max_capacity = group.and_then(|group| group.max_participants).unwrap_or(facts.ceiling);
    let attended = rows.iter().filter(|row| row.status == AppointmentStatus::Attended).map(|row| actual(row));
    let attended: Vec<(Timestamp, Timestamp)> = attended.collect();
    new.actual_start = attended.iter().map(|(start, _)| *start).min().or(old.and_then(|old| old.actual_start));
    new.actual_end = attended.iter().map(|(_, end)| *end).max().or(old.and_then(|old| old.actual_end));
    new.cancellation_reason = reason_of(facts, rows);
    new
}

fn title(row: &AppointmentRow, group: Option<&Name>) -> Name {
    let usual = match row.r#type {
        SessionType::Individual => "Individual session",
        SessionType::Group => "Group session",
    };
    let named = row.title.clone().or(group.cloned()).or_else(|| row.service_type.clone());
    named.or_else(|| Name::parse(usual).ok()).unwrap_or_else(|| row.external_id.clone())
}

/// When the appointment of who came took place: as it was, else as it was planned.
fn actual(row: &AppointmentRow) -> (Timestamp, Timestamp) {
    let start = row.actual_start.unwrap_or(row.starts_at);
    let planned = row.ends_at.duration_since(row.starts_at);
    let minutes = row.minutes_attended.map(|minutes| SignedDuration::from_mins(minutes.into()));
    let end = row.actual_end.filter(|end| *end > start);
    (start, end.unwrap_or_else(|| start.checked_add(minutes.unwrap_or(planned)).unwrap_or(row.ends_at)))
}

/// Why everybody's appointment was called off, when it was for one reason.
fn reason_of(facts: &Facts, rows: &[&AppointmentRow]) -> Option<Reason> {
    let off = |row: &&&AppointmentRow| row.status.of_participant() == ParticipantStatus::Cancelled;
    let mut reasons = rows.iter().filter(off).map(|row| cancellation(facts, row));
    let first = reasons.next()?;
    let alike = rows.iter().all(|row| off(&row)) && reasons.all(|reason| reason == first);
    first.filter(|_| alike)
}

fn cancellation(facts: &Facts, row: &AppointmentRow) -> Option<Reason> {
    let moved = || {
        let number = facts.successors.get(row.successor.as_deref()?)?;
        Reason::parse(&format!("Rescheduled to {}.", number_of(number))).ok()
    };
    match row.status {
        AppointmentStatus::Rescheduled => {
            moved().or_else(|| row.cancellation_reason.clone()).or_else(|| Reason::parse("Rescheduled.").ok())
        }
        _ => row.cancellation_reason.clone(),
    }
}

/// The seats of a session: an individual one has one, a group's are as many as were taken at least.
pub fn seats(new: &Session, old: Option<&Session>, taken: usize) -> u32 {
    let taken = u32::try_from(taken).unwrap_or(u32::MAX);
    match new.session_type {
        SessionType::Individual => 1,
        SessionType::Group => old.map_or(new.max_capacity, |old| old.max_capacity).max(taken).max(LEAST_CAPACITY),
    }
}

/// The participant a row becomes.
pub fn participant(
    scope: &Scope<'_>,
    facts: &Facts,
    session: &Session,
    old: Option<&Participant>,
    row: &AppointmentRow,
    found: &Found,
) -> Participant {
    let mut new = imported::participant(scope, session, found.patient, &row.appointment_number);
    if let Some(old) = old {
        (new.id, new.version, new.created_by_user) = (old.id, old.version, old.created_by_user);
        (new.created_at, new.updated_at) = (old.created_at, old.updated_at);
        new.appointment_number.clone_from(&old.appointment_number);
    }
    new.external_id = Some(row.external_id.clone());
    new.status = row.status.of_participant();
    (new.finance_cleared, new.consent_verified) = (row.finance_cleared, row.consent_verified);
    new.consent_seen_at = seen_at(scope, old, row);
    match row.status {
        AppointmentStatus::Attended => {
            let (start, end) = actual(row);
            new.attended_at = Some(start);
            (new.arrival_at, new.departed_at) = (row.actual_start, row.actual_end);
            let told = i64::from(row.minutes_attended.unwrap_or_default());
            let differs = row.minutes_attended.filter(|_| end.duration_since(start).as_mins() != told);
            new.minutes_corrected = differs;
            new.minutes_reason = differs.and_then(|_| Reason::parse(COUNTED).ok());
        }
        AppointmentStatus::Arrived => new.arrival_at = Some(row.actual_start.unwrap_or(row.starts_at)),
        AppointmentStatus::NoShow => {
            new.no_show_reason = row.no_show_reason;
            new.no_show_notes.clone_from(&row.no_show_notes);
            new.excused = row.excused;
        }
        AppointmentStatus::Cancelled | AppointmentStatus::Rescheduled => {
            new.cancellation_reason = cancellation(facts, row);
        }
        AppointmentStatus::Booked | AppointmentStatus::Confirmed => {}
    }
    new
}

/// When the other system's word about the consent was taken over: once, so that importing twice changes nothing.
fn seen_at(scope: &Scope<'_>, old: Option<&Participant>, row: &AppointmentRow) -> Option<Timestamp> {
    match old.filter(|old| old.consent_verified == row.consent_verified) {
        Some(old) => old.consent_seen_at,
        None => row.consent_verified.then(|| scope.now()),
    }
}

fn is_ahead(session: &Session, now: Timestamp) -> bool {
    session.status == SessionStatus::Scheduled && session.ends_at > now
}

/// Flags a session still to come that clashes with another by its leader or its room: it is not refused.
pub fn flag(facts: &Facts, session: &mut Session, leaders: &[Leader], now: Timestamp) {
    let clashes = |busy: &Busy| {
        let same = busy.leader.is_some_and(|who| leaders.iter().any(|leader| leader.practitioner == who))
            || (busy.room.is_some() && busy.room == session.room_id);
        same && busy.session != session.id && busy.from < session.ends_at && session.starts_at < busy.until
    };
    session.has_conflict = is_ahead(session, now) && facts.busy.iter().any(clashes);
}

/// When the leader and the room of a session that is written are taken from now on.
pub fn busy(writing: &Writing, now: Timestamp) -> Vec<Busy> {
    let session = &writing.new;
    if !is_ahead(session, now) {
        return Vec::new();
    }
    let leaders = writing.leaders.iter().flatten().filter(|leader| leader.role == LeaderRole::Primary);
    let taken = leaders.map(|leader| (Some(leader.practitioner), None));
    let taken = taken.chain(session.room_id.map(|room| (None, Some(room))));
    let (from, until) = (session.starts_at, session.ends_at);
    taken.map(|(leader, room)| Busy { session: session.id, leader, room, from, until }).collect()
}

/// What is worth knowing of a row that is imported.
pub fn remarks(row: &AppointmentRow, session: &Session, now: Timestamp) -> Vec<String> {
    let mut remarks = Vec::new();
    let open = !row.status.of_participant().is_resolved();
    if open && session.ends_at <= now {
        let day = session.local_date;
        remarks.push(format!("is past and still open: resolve it on the board of {day}, or there and import again"));
    }
    if !open && row.starts_at > now && row.status.of_participant() != ParticipantStatus::Cancelled {
        remarks.push("is over, and its start is still to come: is `zone` right?".to_owned());
    }
    if session.has_conflict {
        remarks.push("overlaps another session of its leader or in its room, and is flagged".to_owned());
    }
    remarks
}
