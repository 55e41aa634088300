//! Statements over patients and guests.

use ::rules::{id::PatientId, people::PersonNames};
use ::store::{Error, Where};

use super::{
    Guest, Patient,
    search::{self, Subject},
};
use crate::door::Scope;

/// Adds a patient, to be found by every name and the record number.
pub async fn insert(scope: &mut Scope<'_>, patient: &Patient) -> Result<(), Error> {
    scope.insert(patient).await?;
    search::add(scope, Subject::Patients, &patient.id.to_string(), words(patient)).await
}

/// Adds patients, as [`insert`] does, in a few statements however many they are.
///
/// # Errors
/// [`Error::Conflict`] when a record number or an external id is taken.
pub async fn insert_all(scope: &mut Scope<'_>, patients: &[Patient]) -> Result<(), Error> {
    scope.insert_all(patients).await?;
    let found_by = patients.iter().map(|patient| (patient.id.to_string(), words(patient)));
    search::add_all(scope, Subject::Patients, found_by).await
}

/// Replaces a patient by the next version.
///
/// # Errors
/// [`Error::Stale`] when it is no longer the version that was read, [`Error::Conflict`] when a number is taken.
pub async fn update(scope: &mut Scope<'_>, old: &Patient, new: Patient) -> Result<Patient, Error> {
    let saved = scope.update(old, new).await?;
    let now = words(&saved);
    if now != words(old) {
        search::keep(scope, Subject::Patients, &saved.id.to_string(), now).await?;
    }
    Ok(saved)
}

fn words(patient: &Patient) -> Vec<String> {
    let former = patient.former_names.iter().map(|name| PersonNames { first: name, ..PersonNames::default() });
    let mut words = patient.names().search_words(Some(&patient.mrn));
    words.extend(former.flat_map(|names| names.search_words(None)));
    words.extend(patient.former_mrns.iter().flat_map(|mrn| PersonNames::default().search_words(Some(mrn))));
    words
}

/// The duplicates that were merged into a patient.
///
/// # Errors
/// When the database can't answer.
pub async fn duplicates(scope: &mut Scope<'_>, patient: PatientId) -> Result<Vec<Patient>, Error> {
    let tail = "where organization_id = $1 and merged_into = $2 order by id";
    scope.select(tail, &[(&patient).into()]).await
}

/// The patient with this record number.
pub async fn by_mrn(scope: &mut Scope<'_>, mrn: &str) -> Result<Option<PatientId>, Error> {
    const SQL: &str = "select id from patients where organization_id = $1 and mrn = $2";
    scope.row(SQL, &[mrn.into()]).await?.map(|row| row.at(0)).transpose()
}

/// The patient with this id in the system it came from.
pub async fn by_external_id(scope: &mut Scope<'_>, external_id: &str) -> Result<Option<Patient>, Error> {
    let tail = "where organization_id = $1 and external_id = $2";
    Ok(scope.select(tail, &[external_id.into()]).await?.into_iter().next())
}

/// Patients by family name, from a row on.
pub async fn list(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<&Patient>,
    limit: usize,
) -> Result<Vec<Patient>, Error> {
    const ORDER: &str = "family_name, given_name, id";
    let position =
        after.map(|patient| vec![(&patient.family_name).into(), (&patient.given_name).into(), (&patient.id).into()]);
    scope.filter(&filter.after(ORDER, position), ORDER, limit).await
}

/// Adds a guest, to be found by name.
pub async fn insert_guest(scope: &mut Scope<'_>, guest: &Guest) -> Result<(), Error> {
    scope.insert(guest).await?;
    search::add(scope, Subject::Guests, &guest.id.to_string(), guest_words(guest)).await
}

/// Replaces a guest by the next version.
pub async fn update_guest(scope: &mut Scope<'_>, old: &Guest, new: Guest) -> Result<Guest, Error> {
    let saved = scope.update(old, new).await?;
    if saved.display_name != old.display_name {
        search::keep(scope, Subject::Guests, &saved.id.to_string(), guest_words(&saved)).await?;
    }
    Ok(saved)
}

fn guest_words(guest: &Guest) -> Vec<String> {
    PersonNames { first: &guest.display_name, ..PersonNames::default() }.search_words(None)
}

/// Guests by name, from a row on.
pub async fn list_guests(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<&Guest>,
    limit: usize,
) -> Result<Vec<Guest>, Error> {
    const ORDER: &str = "display_name, id";
    let position = after.map(|guest| vec![(&guest.display_name).into(), (&guest.id).into()]);
    scope.filter(&filter.after(ORDER, position), ORDER, limit).await
}
