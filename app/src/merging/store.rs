//! Statements over everything that points at a person.

use ::rules::{
    column::Value,
    id::{GroupId, PatientId, SessionId},
    roster::Person,
};
use ::store::{Error, Record, Where};

use crate::{
    door::Scope,
    notes::Note,
    people::{Guest, KeepApart, Patient, apart},
    roster::Member,
    sessions::{Encounter, Participant, Session},
};

fn of(person: Person) -> Where {
    match person {
        Person::Patient(id) => Where::organization().and("patient_id = ?", &id),
        Person::Guest(id) => Where::organization().and("guest_id = ?", &id),
    }
}

async fn all<R: Record>(scope: &mut Scope<'_>, filter: &Where, order: &str) -> Result<Vec<R>, Error> {
    let tail = format!("where {} order by {order}", filter.sql());
    scope.select(&tail, filter.arguments()).await
}

/// Every stint of a person.
pub async fn stints(scope: &mut Scope<'_>, person: Person) -> Result<Vec<Member>, Error> {
    all(scope, &of(person), "added_at, id").await
}

/// Every booking of a person.
pub async fn bookings(scope: &mut Scope<'_>, person: Person) -> Result<Vec<Participant>, Error> {
    all(scope, &of(person), "starts_at, id").await
}

/// These sessions.
pub async fn sessions(scope: &mut Scope<'_>, ids: &[SessionId]) -> Result<Vec<Session>, Error> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let filter = Where::organization().and_in("id", chunk.iter().map(Value::from));
        found.extend(all::<Session>(scope, &filter, "id").await?);
    }
    Ok(found)
}

/// The names of these groups.
pub async fn group_names(scope: &mut Scope<'_>, ids: &[GroupId]) -> Result<Vec<(GroupId, String)>, Error> {
    let filter = Where::organization().and_in("id", ids.iter().map(Value::from));
    let sql = format!("select id, name from groups where {} order by id", filter.sql());
    let rows = scope.rows(&sql, filter.arguments()).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// The encounters of a patient's individual sessions.
pub async fn encounters(scope: &mut Scope<'_>, patient: PatientId) -> Result<Vec<Encounter>, Error> {
    all(scope, &of(Person::Patient(patient)), "id").await
}

/// The notes that nobody has signed yet, of these bookings.
pub async fn drafts(scope: &mut Scope<'_>, bookings: &[Participant]) -> Result<Vec<Note>, Error> {
    let mut found = Vec::new();
    for chunk in bookings.chunks(500) {
        let filter = Where::organization().and_in("participant_id", chunk.iter().map(|row| Value::from(&row.id)));
        let drafts: Vec<Note> = all(scope, &filter.and_always("status = 'draft'"), "id").await?;
        found.extend(drafts);
    }
    Ok(found)
}

/// The guests who also are this patient.
pub async fn guests(scope: &mut Scope<'_>, patient: PatientId) -> Result<Vec<Guest>, Error> {
    all(scope, &of(Person::Patient(patient)), "id").await
}

/// The guests who belong to this patient.
pub async fn relatives(scope: &mut Scope<'_>, patient: PatientId) -> Result<Vec<Guest>, Error> {
    all(scope, &Where::organization().and("related_patient_id = ?", &patient), "id").await
}

/// The patients that were merged into this one.
pub async fn merged(scope: &mut Scope<'_>, patient: PatientId) -> Result<Vec<Patient>, Error> {
    all(scope, &Where::organization().and("merged_into = ?", &patient), "id").await
}

/// Every pair a person is or was in.
pub async fn pairs(scope: &mut Scope<'_>, person: Person) -> Result<Vec<KeepApart>, Error> {
    let filter = Where::organization().and_each(
        "exists (select 1 from keep_apart_sides side where side.organization_id = $1 and side.pair_id = keep_apart.id \
         and side.person = ?)",
        [apart::id_of(person)],
    );
    all(scope, &filter, "id").await
}
