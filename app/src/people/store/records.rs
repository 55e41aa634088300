//! Which records are one person: a patient, and the guests who are linked to them.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    column::Value,
    id::{GuestId, PatientId},
    roster::Person,
};
use ::store::{Error, Where};

use super::apart::hold;
use crate::door::Scope;

/// What is known of the records of some people.
#[derive(Debug, Clone, Default)]
pub struct Records(BTreeMap<GuestId, PatientId>);

impl Records {
    /// The record that stands for a person: of a guest who is linked to a patient, the patient.
    pub fn who(&self, person: Person) -> Person {
        let patient = person.guest().and_then(|guest| self.0.get(&guest));
        patient.map_or(person, |patient| Person::Patient(*patient))
    }

    /// Whether two different records are one person.
    pub fn are_one(&self, one: Person, other: Person) -> bool {
        one != other && self.who(one) == self.who(other)
    }

    /// Every record of those who have more than one; as a rule nobody has.
    pub fn of_several(&self) -> Vec<Person> {
        let guests = self.0.keys().map(|guest| Person::Guest(*guest));
        let patients: BTreeSet<PatientId> = self.0.values().copied().collect();
        patients.into_iter().map(Person::Patient).chain(guests).collect()
    }

    /// These people, and every other record of theirs, each once.
    pub fn with_others(&self, people: &[Person]) -> Vec<Person> {
        let all: BTreeSet<Person> = people.iter().copied().chain(self.of_several()).collect();
        all.into_iter().collect()
    }
}

/// The records of these people, in a number of statements that does not depend on how many there are.
///
/// # Errors
/// When the database can't answer.
pub async fn records(scope: &mut Scope<'_>, people: &[Person]) -> Result<Records, Error> {
    let patients = patients_of(scope, people).await?;
    Ok(Records(links(scope, "patient_id", patients.iter().map(Value::from).collect()).await?))
}

/// These people by every record they have: a patient, and the guests who are linked to them.
///
/// # Errors
/// When the database can't answer.
pub async fn records_of(scope: &mut Scope<'_>, people: &[Person]) -> Result<Vec<Person>, Error> {
    Ok(records(scope, people).await?.with_others(people))
}

/// As [`records`], for who gives a place: until the end of the transaction nobody links a further record to these people.
/// The caller has asked [`hold`] for them.
///
/// # Errors
/// When the database can't answer.
pub async fn hold_records(scope: &mut Scope<'_>, people: &[Person]) -> Result<Records, Error> {
    let patients = patients_of(scope, people).await?;
    let theirs = patients.iter().copied().map(Person::Patient).filter(|patient| !people.contains(patient));
    hold(scope, &theirs.collect::<Vec<_>>()).await?;
    Ok(Records(links(scope, "patient_id", patients.iter().map(Value::from).collect()).await?))
}

/// The patients among these people, and those whom the guests among them are.
async fn patients_of(scope: &mut Scope<'_>, people: &[Person]) -> Result<BTreeSet<PatientId>, Error> {
    let guests: Vec<Value> = people.iter().filter_map(|one| one.guest()).map(|id| Value::from(&id)).collect();
    let linked = links(scope, "id", guests).await?;
    Ok(people.iter().filter_map(|one| one.patient()).chain(linked.into_values()).collect())
}

/// Which guests are which patients, of those with one of these ids.
async fn links(scope: &mut Scope<'_>, column: &str, ids: Vec<Value>) -> Result<BTreeMap<GuestId, PatientId>, Error> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(500) {
        let filter = Where::organization().and_in(column, chunk.iter().cloned());
        let filter = filter.and_always("patient_id is not null");
        let sql = format!("select id, patient_id from guests where {} order by patient_id, id", filter.sql());
        for row in scope.rows(&sql, filter.arguments()).await? {
            found.insert(row.at(0)?, row.at(1)?);
        }
    }
    Ok(found)
}
