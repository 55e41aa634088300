//! Who must never meet whom. Private: only the room of keep-apart pairs shows these rows, the others ask who may come.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    column::{BadColumn, Value},
    id::{GuestId, KeepApartId, PatientId},
    keep_apart::{KeepApartKind, Pair, Pairs},
    roster::Person,
    text::Reason,
};
use ::store::{Dialect, Error, Where};
use jiff::{Timestamp, civil::Date};

use super::{Guest, Patient, records::records_of};
use crate::{door::Scope, problem::Problem};

::store::record! {
    /// Two people who are kept apart, and why.
    pub struct KeepApart(KeepApartId) in "keep_apart" {
        /// One of them, if it is a patient.
        pub patient_id: Option<PatientId>,
        /// One of them, if it is a guest.
        pub guest_id: Option<GuestId>,
        /// The other, if it is a patient.
        pub other_patient_id: Option<PatientId>,
        /// The other, if it is a guest.
        pub other_guest_id: Option<GuestId>,
        /// What kind of reason there is.
        pub kind: KeepApartKind,
        /// The reason: private.
        pub reason: Reason,
        /// The last day it holds; none while nobody ends it.
        #[schema(value_type = Option<String>, format = Date)]
        pub ends_on: Option<Date>,
        /// When somebody ended it.
        pub ended_at: Option<Timestamp>,
    }
}

impl KeepApart {
    /// The two people. The table's checks keep exactly one id on each side.
    pub fn people(&self) -> Option<(Person, Person)> {
        let one = Person::of(self.patient_id, self.guest_id).ok()?;
        Some((one, Person::of(self.other_patient_id, self.other_guest_id).ok()?))
    }
}

/// The id of a person, whichever of the two it is.
pub fn id_of(person: Person) -> Value {
    match person {
        Person::Patient(id) => Value::from(&id),
        Person::Guest(id) => Value::from(&id),
    }
}

fn person_of(id: &str) -> Result<Person, Error> {
    let patient = PatientId::parse(id).map(Person::Patient).ok();
    let person = patient.or_else(|| GuestId::parse(id).map(Person::Guest).ok());
    person.ok_or_else(|| BadColumn("the id of a person".to_owned()).into())
}

/// The pairs that somebody of these is in and nobody has ended, in one statement for up to 500 people.
///
/// # Errors
/// When the database can't answer.
pub async fn pairs_of(scope: &mut Scope<'_>, people: &[Person]) -> Result<Pairs, Error> {
    let mut pairs = Vec::new();
    for chunk in people.chunks(500) {
        let filter = Where::organization().and_in("person", chunk.iter().map(|person| id_of(*person)));
        let sql = format!(
            "select person, other, ends_on from keep_apart_sides where {} and is_live = true \
             order by person, other, pair_id",
            filter.sql()
        );
        for row in scope.rows(&sql, filter.arguments()).await? {
            let (one, other) = (person_of(&row.at::<String>(0)?)?, person_of(&row.at::<String>(1)?)?);
            pairs.push(Pair { one, other, ends_on: row.at(2)? });
        }
    }
    Ok(Pairs::new(pairs))
}

/// Whether each of these people exists, and whether they are active. Until the end of the transaction nobody changes
/// them, and nobody says anew whom they are kept apart from ([`hold_alone`]).
///
/// # Errors
/// When the database can't answer.
pub async fn hold(scope: &mut Scope<'_>, people: &[Person]) -> Result<BTreeMap<Person, bool>, Error> {
    let lock = match scope.dialect() {
        Dialect::Postgres => " for share",
        Dialect::Sqlite => "",
    };
    let mut known = BTreeMap::new();
    for chunk in people.chunks(500) {
        let patients: Vec<Value> = chunk.iter().filter_map(|one| one.patient()).map(|id| Value::from(&id)).collect();
        let guests: Vec<Value> = chunk.iter().filter_map(|one| one.guest()).map(|id| Value::from(&id)).collect();
        for (table, ids) in [("patients", patients), ("guests", guests)] {
            if ids.is_empty() {
                continue;
            }
            let filter = Where::organization().and_in("id", ids);
            let sql = format!("select id, is_active from {table} where {} order by id", filter.sql());
            for row in scope.rows(&format!("{sql}{lock}"), filter.arguments()).await? {
                known.insert(person_of(&row.at::<String>(0)?)?, row.at(1)?);
            }
        }
    }
    Ok(known)
}

/// Waits for whoever is giving one of these people a place, and has whoever wants to next wait: see [`hold`].
///
/// # Errors
/// 404 when there is no such person.
pub async fn hold_alone(scope: &mut Scope<'_>, people: &[Person]) -> Result<(), Problem> {
    let mut people = people.to_vec();
    // In the order in which `hold` locks: patients, then guests, each by id.
    people.sort_unstable();
    for person in people {
        match person {
            Person::Patient(id) => drop(scope.lock::<Patient, _>(id).await?),
            Person::Guest(id) => drop(scope.lock::<Guest, _>(id).await?),
        }
    }
    Ok(())
}

/// Keeps a new pair.
///
/// # Errors
/// When the database can't answer.
pub async fn insert(scope: &mut Scope<'_>, pair: &KeepApart) -> Result<(), Error> {
    scope.insert(pair).await?;
    add_sides(scope, pair).await
}

/// A pair is of people, not of records: each record of the one is kept apart from each record of the other.
async fn add_sides(scope: &mut Scope<'_>, pair: &KeepApart) -> Result<(), Error> {
    const HEAD: &str =
        "insert into keep_apart_sides (organization_id, person, other, pair_id, is_live, ends_on) values";
    let Some((one, other)) = pair.people() else { return Ok(()) };
    let (ones, others) = (records_of(scope, &[one]).await?, records_of(scope, &[other]).await?);
    let side = |person, other| {
        let live = Value::Bool(pair.ended_at.is_none());
        [id_of(person), id_of(other), Value::from(&pair.id), live, Value::from(&pair.ends_on)]
    };
    let mut sides = BTreeSet::new();
    for (one, other) in ones.iter().flat_map(|one| others.iter().map(move |other| (*one, *other))) {
        if one != other {
            sides.extend([(one, other), (other, one)]);
        }
    }
    let sides: Vec<Value> = sides.into_iter().flat_map(|(person, other)| side(person, other)).collect();
    if sides.is_empty() { Ok(()) } else { scope.insert_rows(HEAD, 5, &sides).await }
}

/// Guests were linked to other patients: the pairs of these people are seen from all their records again.
///
/// # Errors
/// When the database can't answer.
pub async fn relinked(scope: &mut Scope<'_>, people: &[Person]) -> Result<(), Error> {
    let filter = Where::organization().and_in("person", people.iter().map(|person| id_of(*person)));
    let sql = format!("select pair_id from keep_apart_sides where {} order by person, other, pair_id", filter.sql());
    let rows = scope.rows(&sql, filter.arguments()).await?;
    let pairs: BTreeSet<KeepApartId> = rows.iter().map(|row| row.at(0)).collect::<Result<_, _>>()?;
    for pair in pairs {
        if let Some(pair) = scope.find::<KeepApart>(pair).await? {
            renew_sides(scope, &pair).await?;
        }
    }
    Ok(())
}

async fn renew_sides(scope: &mut Scope<'_>, pair: &KeepApart) -> Result<(), Error> {
    const FORGET: &str = "delete from keep_apart_sides where organization_id = $1 and pair_id = $2";
    scope.run(FORGET, &[(&pair.id).into()]).await?;
    add_sides(scope, pair).await
}

/// Replaces a pair by its next version.
///
/// # Errors
/// [`Error::Stale`] when it is no longer the version that was read.
pub async fn update(scope: &mut Scope<'_>, old: &KeepApart, new: KeepApart) -> Result<KeepApart, Error> {
    let saved = scope.update(old, new).await?;
    renew_sides(scope, &saved).await?;
    Ok(saved)
}
