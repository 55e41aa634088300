//! What sessions and bookings do because of their group and its roster. Each holds the lock on the group's row, and
//! touches only sessions still to come.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    column::Value,
    id::{GroupId, PatientId, SessionId, TimeOffId},
    recurrence::Zone,
    roster::Person,
    sessions::{Leader, ParticipantSource, ParticipantStatus, REASON_GROUP_ARCHIVED, SessionStatus, with_substitutes},
};

use super::{
    company, making,
    store::{self, Participant, Session},
};
use crate::{
    door::Scope,
    events::SessionEvent,
    groups::{self, Group},
    people::{self, TimeOff},
    problem::{FieldError, Problem},
    roster,
};

/// Kept as `cancellation_reason` of the bookings of who left.
const REASON_LEFT: &str = "left the group";

/// People have a seat in the group: they are booked into its scheduled sessions.
///
/// # Errors
/// When the database can't answer.
pub async fn joined(scope: &mut Scope<'_>, group: GroupId, people: &[Person]) -> Result<(), Problem> {
    let group = groups::lock(scope, group).await?;
    let now = scope.now();
    let sessions = store::future(scope, group.id, SessionStatus::Scheduled, now).await?;
    if sessions.is_empty() {
        return Ok(());
    }
    for person in people {
        let count = making::book_into(scope, &sessions, *person, ParticipantSource::Roster).await?;
        if count > 0 {
            scope.emit(SessionEvent::PersonBooked { group: group.id, person: *person, count });
        }
    }
    making::lead_by_caseload(scope, &group, &sessions).await
}

/// Somebody gave up their seat in the group: their bookings in its coming sessions are cancelled. A place that was
/// booked apart from the membership stays.
///
/// # Errors
/// When the database can't answer.
pub async fn left(scope: &mut Scope<'_>, group: GroupId, person: Person) -> Result<(), Problem> {
    let group = groups::lock(scope, group).await?;
    let now = scope.now();
    let ids = store::future_ids_of_person(scope, group.id, person, now).await?;
    let rows = store::of_person_in(scope, &ids, person).await?;
    let rows: Vec<Participant> = rows.into_iter().filter(|row| row.source == ParticipantSource::Roster).collect();
    if rows.is_empty() {
        return Ok(());
    }
    making::unbook(scope, &rows, REASON_LEFT).await?;
    scope.emit(SessionEvent::PersonCancelled { group: group.id, person, count: rows.len() });
    let sessions = store::future(scope, group.id, SessionStatus::Scheduled, now).await?;
    making::lead_by_caseload(scope, &group, &sessions).await
}

/// The group has ended: its sessions still to come are cancelled.
///
/// # Errors
/// When the database can't answer.
pub async fn archived(scope: &mut Scope<'_>, group: GroupId) -> Result<(), Problem> {
    groups::lock(scope, group).await?;
    let now = scope.now();
    let sessions = store::future(scope, group, SessionStatus::Scheduled, now).await?;
    if sessions.is_empty() {
        return Ok(());
    }
    store::cancel_all(scope, &sessions, REASON_GROUP_ARCHIVED).await?;
    scope.emit(SessionEvent::ManyCancelled { group, count: sessions.len(), reason: REASON_GROUP_ARCHIVED });
    Ok(())
}

/// The group runs again: what archiving cancelled takes place after all. The roster could not change meanwhile, and who
/// must not meet may have.
///
/// # Errors
/// When the database can't answer.
pub async fn restored(scope: &mut Scope<'_>, group: GroupId) -> Result<(), Problem> {
    let group = groups::lock(scope, group).await?;
    let now = scope.now();
    let cancelled = store::future(scope, group.id, SessionStatus::Cancelled, now).await?;
    let by_archiving = |session: &Session| session.cancellation_reason.as_deref() == Some(REASON_GROUP_ARCHIVED);
    let sessions: Vec<Session> = cancelled.into_iter().filter(by_archiving).collect();
    if sessions.is_empty() {
        return Ok(());
    }
    store::reinstate_all(scope, &sessions).await?;
    part(scope, &sessions).await?;
    scope.emit(SessionEvent::Reinstated { group: group.id, count: sessions.len() });
    follow(scope, &group).await
}

/// Takes the place of whoever must not meet somebody who was booked before them, and second places of one person.
///
/// # Errors
/// When the database can't answer.
pub async fn part(scope: &mut Scope<'_>, sessions: &[Session]) -> Result<(), Problem> {
    let booked = company::booked(scope, sessions).await?;
    let people = company::people_in(&booked);
    people::hold(scope, &people).await?;
    people::hold_records(scope, &people).await?;
    let crowded = company::crowded(scope, sessions, &booked).await?;
    making::unbook(scope, &crowded.apart, making::REASON_NOT_ELIGIBLE).await?;
    Ok(making::unbook(scope, &crowded.doubled, making::REASON_BY_ANOTHER_RECORD).await?)
}

/// Makes the bookings of sessions that take place after all those of the roster: members have a place, who left has
/// none. The caller holds the lock on the group's row.
///
/// # Errors
/// When the database can't answer.
pub async fn follow_roster(scope: &mut Scope<'_>, group: &Group, sessions: &[Session]) -> Result<(), Problem> {
    let members = making::active_members(scope, group.id).await?;
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let rows = store::in_sessions(scope, &ids).await?;
    let present: BTreeSet<(SessionId, Person)> =
        rows.iter().filter_map(|row| Some((row.session_id, row.person()?))).collect();
    let pairs = sessions.iter().flat_map(|session| members.iter().map(move |person| (session, *person)));
    let missing: Vec<(&Session, Person)> =
        pairs.filter(|(session, person)| !present.contains(&(session.id, *person))).collect();
    making::book(scope, &missing, ParticipantSource::Roster).await?;
    let is_gone = |row: &Participant| {
        let waits = matches!(row.status, ParticipantStatus::Booked | ParticipantStatus::Confirmed);
        let member = row.person().is_some_and(|person| members.contains(&person));
        waits && !member && row.source == ParticipantSource::Roster
    };
    let gone: Vec<Participant> = rows.into_iter().filter(is_gone).collect();
    making::unbook(scope, &gone, REASON_LEFT).await?;
    part(scope, sessions).await
}

/// People of the group who were kept apart from somebody may meet them again: they have a place in its sessions still to
/// come in which they had none because of that, while there is a seat. The caller holds the lock on the group's row.
///
/// # Errors
/// When the database can't answer.
pub async fn meet_again(scope: &mut Scope<'_>, group: &Group, people: &[Person]) -> Result<(), Problem> {
    let now = scope.now();
    let sessions = store::future(scope, group.id, SessionStatus::Scheduled, now).await?;
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let mut count = 0;
    for person in people {
        let rows = store::of_person_in(scope, &ids, *person).await?;
        let had_none = |row: &&Participant| {
            let reason = row.cancellation_reason.as_deref();
            row.status == ParticipantStatus::Cancelled && reason == Some(making::REASON_NOT_ELIGIBLE)
        };
        let missing: BTreeSet<SessionId> = rows.iter().filter(had_none).map(|row| row.session_id).collect();
        let mut open: Vec<Session> = sessions.iter().filter(|one| missing.contains(&one.id)).cloned().collect();
        if open.is_empty() {
            continue;
        }
        let taken = store::taken(scope, &missing.iter().copied().collect::<Vec<_>>()).await?;
        let seats = |session: &Session| {
            let counts = taken.get(&session.id).into_iter().flatten();
            counts.filter(|(status, _)| status.takes_seat()).map(|(_, count)| count).sum::<u32>()
        };
        open.retain(|session| seats(session) < session.max_capacity);
        count += making::book_into(scope, &open, *person, ParticipantSource::Roster).await?;
    }
    if count > 0 {
        // Who it was is not said: it would tell of whom the pair was.
        scope.emit(SessionEvent::ManyUpdated { group: group.id, count });
    }
    making::lead_by_caseload(scope, group, &sessions).await
}

/// Records were linked to a patient: refuses when two records of one person have a place in the same group, or in the
/// same session that is still to come or running. Sessions that are over stay as they are.
///
/// # Errors
/// 409 `both_present` with every such group and session.
pub async fn one_place(scope: &mut Scope<'_>, patient: PatientId) -> Result<(), Problem> {
    let records = people::records_of(scope, &[Person::Patient(patient)]).await?;
    if records.len() < 2 {
        return Ok(());
    }
    let mut errors = Vec::new();
    let stints = roster::live_anywhere(scope, &records).await?;
    let groups = twice(stints.iter().map(|member| member.group_id));
    for id in groups {
        let group: Group = scope.get(id).await?;
        errors.push(FieldError::new(id.to_string(), "both_present", format!("{}: both records are in it", group.name)));
    }
    let now = scope.now();
    let placed = twice(store::placed(scope, &records, now).await?.into_iter());
    for session in store::by_ids(scope, &placed.into_iter().collect::<Vec<_>>()).await? {
        let message = format!("{} on {}: both records are in it", session.session_number, session.local_date);
        errors.push(FieldError::new(session.id.to_string(), "both_present", message));
    }
    if errors.is_empty() {
        return Ok(());
    }
    let detail = "One person can't have two places in the same group or session. Make the guest a patient, which joins \
        the two records, or end one of the places first.";
    Err(Problem::conflict("both_present", detail).with_errors(errors))
}

/// What comes more than once, each once.
fn twice<Id: Ord>(ids: impl Iterator<Item = Id>) -> BTreeSet<Id> {
    let mut counts: BTreeMap<Id, usize> = BTreeMap::new();
    for id in ids {
        *counts.entry(id).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(id, _)| id).collect()
}

/// The group changed: its sessions still to come that belong to no series and that nobody edited by hand follow.
///
/// # Errors
/// When the database can't answer.
pub async fn changed(scope: &mut Scope<'_>, group: GroupId) -> Result<(), Problem> {
    let group = groups::lock(scope, group).await?;
    follow(scope, &group).await
}

/// Somebody is there after all: the sessions they lead in that time clash no longer, unless something else is in their
/// way.
///
/// # Errors
/// When the database can't answer.
pub async fn time_off_withdrawn(scope: &mut Scope<'_>, id: TimeOffId) -> Result<(), Problem> {
    let off: TimeOff = scope.get(id).await?;
    let led = store::led_between(scope, off.practitioner_id, (off.starts_at, off.ends_at)).await?;
    super::flag(scope, &led).await
}

async fn follow(scope: &mut Scope<'_>, group: &Group) -> Result<(), Problem> {
    let now = scope.now();
    let sessions = store::future(scope, group.id, SessionStatus::Scheduled, now).await?;
    // The sessions of a series follow through their schedule, which knows what a part of it has different.
    let follows = |session: &Session| !session.edited_by_hand && session.recurrence_id.is_none();
    let sessions: Vec<Session> = sessions.into_iter().filter(follows).collect();
    if sessions.is_empty() {
        return Ok(());
    }
    let zone = making::zone_of(scope, group.site_id).await?;
    let seats = making::seats_of(scope, Some(group)).await?;
    let mut followed = BTreeSet::new();
    let mut alike = Vec::new();
    for old in &sessions {
        let new = following(old, group, &zone, seats);
        if new == *old {
            continue;
        }
        followed.insert(old.id);
        if (new.starts_at, new.ends_at, &new.zone) == (old.starts_at, old.ends_at, &old.zone) {
            alike.push(old.clone());
        } else {
            store::save(scope, old, new).await?;
        }
    }
    scope.change_all(&alike, &columns_of(group, seats)).await?;
    followed.extend(follow_leaders(scope, group, &sessions).await?);
    super::flag(scope, &followed.iter().copied().collect::<Vec<_>>()).await?;
    if !followed.is_empty() {
        scope.emit(SessionEvent::Followed { group: group.id, count: followed.len() });
    }
    Ok(())
}

/// The columns in which sessions that stay at their time follow their group, all alike: see [`following`].
fn columns_of(group: &Group, seats: u32) -> [(&'static str, Value); 7] {
    [
        ("title", Value::from(&group.name)),
        ("site_id", Value::from(&group.site_id)),
        ("room_id", Value::from(&group.room_id)),
        ("modality", Value::from(&group.modality)),
        ("program_id", Value::from(&group.program_id)),
        ("template_id", Value::from(&group.template_id)),
        ("max_capacity", Value::from(&seats)),
    ]
}

/// The session with its group's settings. The time of the clock on the wall stays, also at a site of another zone.
fn following(old: &Session, group: &Group, zone: &Zone, seats: u32) -> Session {
    let mut new = old.clone();
    new.title = group.name.clone();
    new.site_id = group.site_id;
    new.room_id = group.room_id;
    new.modality = group.modality;
    new.program_id = group.program_id;
    new.template_id = group.template_id;
    new.max_capacity = seats;
    let length = jiff::SignedDuration::from_mins(group.duration_minutes.into());
    let local = old.local_start.parse().ok().filter(|_| *zone != old.zone);
    let moved = local.and_then(|local| zone.first_instant(local)).map(|zoned| zoned.timestamp());
    new.zone = zone.clone();
    let starts_at = moved.unwrap_or(old.starts_at);
    if let Ok(ends_at) = starts_at.checked_add(length) {
        new.move_to(starts_at, ends_at);
    }
    new
}

/// Gives the sessions the leaders their group has now, substitutes aside; says which changed.
async fn follow_leaders(scope: &mut Scope<'_>, group: &Group, sessions: &[Session]) -> Result<Vec<SessionId>, Problem> {
    let usual = making::usual_leaders(scope, group).await?;
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let mut before: BTreeMap<SessionId, Vec<Leader>> = store::leaders_of(scope, &ids).await?;
    let mut changes = Vec::new();
    for session in sessions {
        let old = before.remove(&session.id).unwrap_or_default();
        let new = with_substitutes(&usual, &old);
        if new != old {
            changes.push((session, new));
        }
    }
    store::lead(scope, &changes).await?;
    let changed = changes.into_iter().map(|(session, _)| session.id).collect();
    making::lead_by_caseload(scope, group, sessions).await?;
    Ok(changed)
}
