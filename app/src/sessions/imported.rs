//! Sessions that come from another system, many at a time: what is known of them, and writing them down (domain 13).
//!
//! They are told of by the import, in one event a chunk: nothing here tells participants, asks for notes or fills a
//! chart.

use ::rules::{
    id::{PatientId, SessionId},
    roster::Person,
    sessions::{Leader, ParticipantSource, SessionStatus, SessionType},
};
use ::store::Error;
use jiff::Timestamp;

use super::{
    making,
    store::{self, Encounter, EncounterStatus, Participant, Session, SubjectType},
};
use crate::door::Scope;

pub use store::imported::{Busy, Known, busy, changed_by_others, known, numbers_of, taken};

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
