//! Statements over encounters.

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    id::{EncounterId, GroupId, PatientId, SessionId},
};
use ::store::{Error, Where};

use super::Session;
use crate::door::Scope;

::rules::vocabulary! {
    /// Where an encounter stands.
    pub enum EncounterStatus {
        /// Its session is scheduled.
        Planned = "planned",
        /// Its session runs, or its notes are being written.
        InProgress = "in_progress",
        /// Its session is over and documented.
        Finished = "finished",
        /// Its session did not take place.
        Cancelled = "cancelled",
    }
}

::rules::vocabulary! {
    /// Whom an encounter is about.
    pub enum SubjectType {
        /// A group: no single patient.
        Group = "group",
        /// One patient.
        Patient = "patient",
    }
}

::store::record! {
    /// The clinical record of one session.
    pub struct Encounter(EncounterId) in "encounters" {
        /// The session.
        pub session_id: SessionId,
        /// A group or a patient.
        pub subject_type: SubjectType,
        /// The group; none for a patient's, and for a session without a group.
        pub group_id: Option<GroupId>,
        /// The patient of an individual session.
        pub patient_id: Option<PatientId>,
        /// Where it stands.
        pub status: EncounterStatus,
    }
}

/// The encounter of a session.
pub async fn encounter_of(scope: &mut Scope<'_>, session: SessionId) -> Result<Option<Encounter>, Error> {
    let found = scope.select("where organization_id = $1 and session_id = $2", &[(&session).into()]).await?;
    Ok(found.into_iter().next())
}

/// The id of the encounter of a session.
pub async fn encounter_id(scope: &mut Scope<'_>, session: SessionId) -> Result<EncounterId, Error> {
    let found = encounter_of(scope, session).await?;
    found.map(|encounter| encounter.id).ok_or_else(|| Error::Other("a session has no encounter".to_owned()))
}

/// The encounters of these sessions, in one statement.
pub async fn encounters_of(
    scope: &mut Scope<'_>,
    sessions: &[SessionId],
) -> Result<BTreeMap<SessionId, Encounter>, Error> {
    let filter = Where::organization().and_in("session_id", sessions.iter().map(Value::from));
    let found: Vec<Encounter> = scope.filter(&filter, "session_id", sessions.len()).await?;
    Ok(found.into_iter().map(|encounter| (encounter.session_id, encounter)).collect())
}

/// Puts the encounters of these sessions in a state.
pub async fn turn_encounters(
    scope: &mut Scope<'_>,
    sessions: &[Session],
    status: EncounterStatus,
) -> Result<(), Error> {
    for chunk in sessions.chunks(500) {
        let filter = Where::organization().and_in("session_id", chunk.iter().map(|session| Value::from(&session.id)));
        let old: Vec<Encounter> = scope.filter(&filter.and("status <> ?", &status), "id", chunk.len()).await?;
        scope.change_all(&old, &[("status", Value::from(&status))]).await?;
    }
    Ok(())
}
