//! What is here of the appointments that come from another system, a chunk at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ::rules::{
    column::Value,
    id::{PractitionerId, RoomId, SessionId},
    numbers::Series,
    sessions::Leader,
};
use ::store::{Error, Where};
use jiff::Timestamp;

use super::{Participant, Session};
use crate::door::Scope;

/// What is here of the appointments of a chunk.
#[derive(Debug, Default)]
pub struct Known {
    /// The sessions, by id.
    pub sessions: HashMap<SessionId, Session>,
    /// Everybody in them.
    pub people: Vec<Participant>,
    /// Who leads them.
    pub leaders: BTreeMap<SessionId, Vec<Leader>>,
}

/// Looks up sessions by their ids of the other system, and by those of their participants.
///
/// # Errors
/// When the database can't answer.
pub async fn known(scope: &mut Scope<'_>, sessions: &[String], participants: &[String]) -> Result<Known, Error> {
    let filter = Where::organization().and_in("external_id", participants.iter().map(String::as_str));
    let booked: Vec<Participant> = scope.filter(&filter, "external_id", participants.len()).await?;
    let filter = Where::organization().and_in("external_id", sessions.iter().map(String::as_str));
    let mut found: Vec<Session> = scope.filter(&filter, "external_id", sessions.len()).await?;
    let have: BTreeSet<SessionId> = found.iter().map(|session| session.id).collect();
    let lacking: BTreeSet<SessionId> =
        booked.iter().map(|row| row.session_id).filter(|id| !have.contains(id)).collect();
    if !lacking.is_empty() {
        let filter = Where::organization().and_in("id", lacking.iter().map(Value::from));
        found.extend(scope.filter::<Session>(&filter, "id", lacking.len()).await?);
    }
    if found.is_empty() {
        return Ok(Known::default());
    }
    let ids: Vec<SessionId> = found.iter().map(|session| session.id).collect();
    let people = super::in_sessions(scope, &ids).await?;
    let leaders = super::leaders_of(scope, &ids).await?;
    Ok(Known { sessions: found.into_iter().map(|session| (session.id, session)).collect(), people, leaders })
}

/// Which of these records somebody else than the caller has changed since they were made.
///
/// # Errors
/// When the database can't answer.
pub async fn changed_by_others(scope: &mut Scope<'_>, records: &[String]) -> Result<BTreeSet<String>, Error> {
    if records.is_empty() {
        return Ok(BTreeSet::new());
    }
    let filter = Where::organization().and_in("record_id", records.iter().map(String::as_str));
    let filter = filter.and("replaced_by <> ?", scope.cx.actor().as_str());
    let sql =
        format!("select record_id from record_versions where {} order by record_id, version -- unique", filter.sql());
    scope.rows(&sql, filter.arguments()).await?.iter().map(|row| row.at(0)).collect()
}

/// Which of these numbers are taken: of participants and of sessions.
///
/// # Errors
/// When the database can't answer.
pub async fn taken(
    scope: &mut Scope<'_>,
    appointments: &[String],
    sessions: &[String],
) -> Result<BTreeSet<String>, Error> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    taken.extend(super::issued(scope, Series::Appointment, appointments).await?);
    taken.extend(super::issued(scope, Series::Session, sessions).await?);
    Ok(taken)
}

/// The numbers of appointments by their ids of the other system.
///
/// # Errors
/// When the database can't answer.
pub async fn numbers_of(scope: &mut Scope<'_>, participants: &[String]) -> Result<HashMap<String, String>, Error> {
    if participants.is_empty() {
        return Ok(HashMap::new());
    }
    let filter = Where::organization().and_in("external_id", participants.iter().map(String::as_str));
    let sql = format!(
        "select external_id, appointment_number from session_participants where {} order by external_id -- unique",
        filter.sql()
    );
    scope.rows(&sql, filter.arguments()).await?.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// A stretch of time in which a room or a leader is taken.
#[derive(Debug, Clone, Copy)]
pub struct Busy {
    /// The session.
    pub session: SessionId,
    /// Its leader, when that is what is taken.
    pub leader: Option<PractitionerId>,
    /// Its room, when that is.
    pub room: Option<RoomId>,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// When these leaders and rooms are taken between two instants, in two statements.
///
/// # Errors
/// When the database can't answer.
pub async fn busy(
    scope: &mut Scope<'_>,
    leaders: &BTreeSet<PractitionerId>,
    rooms: &BTreeSet<RoomId>,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<Busy>, Error> {
    let earliest = Value::Time(from.checked_sub(super::LONGEST).unwrap_or(from));
    let mut found = Vec::new();
    if !leaders.is_empty() {
        let filter = Where::starting("l.organization_id = $1").and_always("l.role <> 'supervisor'");
        let filter = filter.and_in("l.practitioner_id", leaders.iter().map(Value::from));
        let filter = filter.and("l.starts_at > ?", earliest.clone()).and("l.starts_at < ?", Value::Time(until));
        let filter = filter.and_always("s.status in ('scheduled', 'in_progress')");
        let sql = format!(
            "select s.id, l.practitioner_id, s.starts_at, s.ends_at from session_leaders l join sessions s \
             on s.organization_id = l.organization_id and s.id = l.session_id where {} \
             order by l.practitioner_id, l.starts_at, l.session_id",
            filter.sql()
        );
        for row in scope.rows(&sql, filter.arguments()).await? {
            let (session, leader) = (row.at(0)?, Some(row.at(1)?));
            found.push(Busy { session, leader, room: None, from: row.at(2)?, until: row.at(3)? });
        }
    }
    if !rooms.is_empty() {
        let filter = Where::organization().and_in("room_id", rooms.iter().map(Value::from));
        let filter = filter.and("starts_at > ?", earliest).and("starts_at < ?", Value::Time(until));
        let filter = filter.and_always("status in ('scheduled', 'in_progress')");
        let sql = format!(
            "select id, room_id, starts_at, ends_at from sessions where {} order by room_id, starts_at, id",
            filter.sql()
        );
        for row in scope.rows(&sql, filter.arguments()).await? {
            let (session, room) = (row.at(0)?, Some(row.at(1)?));
            found.push(Busy { session, leader: None, room, from: row.at(2)?, until: row.at(3)? });
        }
    }
    Ok(found)
}
