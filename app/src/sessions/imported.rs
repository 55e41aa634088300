//! Sessions that come from another system, many at a time: what is known of them, and writing them down (domain 13).
//!
//! They are told of by the import, in one event a chunk: nothing here tells participants, asks for notes or fills a
//! chart.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ::rules::{
    column::Value,
    id::{PatientId, PractitionerId, RoomId, SessionId},
    numbers::Series,
    roster::Person,
    sessions::{Leader, ParticipantSource, SessionStatus, SessionType},
};
use ::store::{Error, Where};
use jiff::Timestamp;

use super::{
    making,
    store::{self, Encounter, EncounterStatus, Participant, Session, SubjectType},
};
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
    let people = store::in_sessions(scope, &ids).await?;
    let leaders = store::leaders_of(scope, &ids).await?;
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
    let sql = format!("select record_id from record_versions where {} order by record_id, version", filter.sql());
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
    taken.extend(store::issued(scope, Series::Appointment, appointments).await?);
    taken.extend(store::issued(scope, Series::Session, sessions).await?);
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
    let earliest = Value::Time(from.checked_sub(store::LONGEST).unwrap_or(from));
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

/// A session with what is to be written of it.
#[derive(Debug)]
pub struct Writing {
    /// As it is here; none when it is new.
    pub old: Option<Session>,
    /// As it will be.
    pub new: Session,
    /// Who leads it, when that changes.
    pub leaders: Option<Vec<Leader>>,
    /// New participants.
    pub added: Vec<Participant>,
    /// Participants that change: as they are, as they will be.
    pub changed: Vec<(Participant, Participant)>,
}

/// Writes sessions down: new ones in a few statements however many, changes one by one.
///
/// # Errors
/// [`Error::Conflict`] or [`Error::Stale`] when another hand was faster: the caller plans again.
pub async fn write(scope: &mut Scope<'_>, all: &[Writing]) -> Result<(), Error> {
    let is_new = |one: &&Writing| one.old.is_none();
    let sessions: Vec<Session> = all.iter().filter(is_new).map(|one| one.new.clone()).collect();
    scope.insert_all(&sessions).await?;
    let encounters: Vec<Encounter> = all.iter().filter(is_new).map(|one| encounter(scope, one)).collect();
    scope.insert_all(&encounters).await?;
    let led: Vec<_> = all.iter().filter(is_new).map(led).collect();
    store::add_leaders_of_each(scope, &led).await?;
    let added: Vec<Participant> = all.iter().flat_map(|one| one.added.iter().cloned()).collect();
    scope.insert_all(&added).await?;
    for one in all {
        change(scope, one).await?;
    }
    Ok(())
}

fn led(one: &Writing) -> ((SessionId, Timestamp), &[Leader]) {
    ((one.new.id, one.new.starts_at), one.leaders.as_deref().unwrap_or_default())
}

/// Writes down what changes of a session that is here.
async fn change(scope: &mut Scope<'_>, one: &Writing) -> Result<(), Error> {
    if let Some(old) = one.old.as_ref().filter(|old| **old != one.new) {
        store::save(scope, old, one.new.clone()).await?;
        store::turn_encounters(scope, std::slice::from_ref(&one.new), status_of_encounter(&one.new)).await?;
        if one.new.session_type == SessionType::Individual {
            about(scope, one).await?;
        }
    }
    if let (Some(_), Some(leaders)) = (&one.old, &one.leaders) {
        store::set_leaders(scope, &[(one.new.id, one.new.starts_at)], leaders).await?;
    }
    for (old, new) in &one.changed {
        scope.update(old, new.clone()).await?;
    }
    Ok(())
}

/// Keeps the encounter of an individual session about its patient.
async fn about(scope: &mut Scope<'_>, one: &Writing) -> Result<(), Error> {
    let patient = one.changed.iter().find_map(|(_, new)| new.patient_id);
    let encounter = store::encounter_of(scope, one.new.id).await?;
    if let Some(old) = encounter.filter(|encounter| patient.is_some() && encounter.patient_id != patient) {
        scope.update(&old, Encounter { patient_id: patient, ..old.clone() }).await?;
    }
    Ok(())
}

const fn status_of_encounter(session: &Session) -> EncounterStatus {
    match session.status {
        SessionStatus::Scheduled => EncounterStatus::Planned,
        SessionStatus::Cancelled | SessionStatus::Voided => EncounterStatus::Cancelled,
        SessionStatus::InProgress | SessionStatus::PendingReview => EncounterStatus::InProgress,
        SessionStatus::Completed => EncounterStatus::Finished,
    }
}

fn encounter(scope: &Scope<'_>, one: &Writing) -> Encounter {
    let individual = one.new.session_type == SessionType::Individual;
    let patient_id: Option<PatientId> =
        one.added.first().and_then(|participant| participant.patient_id).filter(|_| individual);
    Encounter {
        id: scope.id(),
        session_id: one.new.id,
        subject_type: if individual { SubjectType::Patient } else { SubjectType::Group },
        group_id: one.new.group_id,
        patient_id,
        status: status_of_encounter(&one.new),
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    }
}

/// A participant with nothing but a place in a session, a person and a number of another system.
pub fn participant(scope: &Scope<'_>, session: &Session, patient: PatientId, number: &str) -> Participant {
    making::row(scope, session, Person::Patient(patient), ParticipantSource::Imported, number.to_owned())
}
