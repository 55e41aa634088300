//! The records of the room, and the statements over them, by record.

pub mod apart;
pub mod availability;
pub mod holidays;
pub mod numbers;
pub mod patients;
pub mod places;
pub mod practitioners;
pub mod records;
pub mod search;

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    column::Json,
    id::{GuestId, PatientId, PractitionerId, RoomId, SiteId, UserId},
    people::{PersonNames, guest_initials},
    roster::Person,
    text::{Name, Reason, Remark, Text},
};
use ::store::{Error, Where};
use jiff::{Timestamp, civil::Date};

use crate::door::Scope;

::store::record! {
    /// Where sessions are held.
    pub struct Site(SiteId) in "sites" {
        /// The name.
        pub name: Name,
        /// The IANA time zone: every session held here is in it.
        pub zone: String,
        /// The postal address.
        pub address: Remark,
        /// Whether new sessions may be held here.
        pub is_active: bool,
    }
}

::store::record! {
    /// A room of a site.
    pub struct Room(RoomId) in "rooms" {
        /// The site.
        pub site_id: SiteId,
        /// The name.
        pub name: Name,
        /// How many people it seats; none when it does not matter.
        pub seats: Option<u32>,
        /// Whether new sessions may be held here.
        pub is_active: bool,
    }
}

::store::record! {
    /// A staff profile.
    pub struct Practitioner(PractitionerId) in "practitioners" {
        /// Given name.
        pub given_name: Text<0, 200>,
        /// Family name.
        pub family_name: Name,
        /// What follows the name: `LCSW`, `PhD`.
        pub credential: Option<Text<1, 100>>,
        /// The licence.
        pub license_number: Option<Text<1, 100>>,
        /// The National Provider Identifier: ten digits with a check digit.
        pub npi: Option<Text<10, 10>>,
        /// The discipline whose notes the practitioner writes.
        pub discipline: Option<Text<1, 100>>,
        /// Who supervises.
        pub supervisor_id: Option<PractitionerId>,
        /// The login.
        pub user_id: Option<UserId>,
        /// The id in the system the record came from.
        pub external_id: Option<Text<1, 200>>,
        /// Whether the practitioner may lead new sessions.
        pub is_active: bool,
    }
}

::store::record! {
    /// A registered patient.
    pub struct Patient(PatientId) in "patients" {
        /// The medical record number, unique in the organization.
        pub mrn: Text<1, 50>,
        /// Given name.
        pub given_name: Name,
        /// Family name.
        pub family_name: Name,
        /// Given name in a second language or script.
        pub other_given_name: Option<Name>,
        /// Family name in a second language or script.
        pub other_family_name: Option<Name>,
        /// How the patient wants to be called.
        pub preferred_name: Option<Name>,
        /// Date of birth.
        #[schema(value_type = String, format = Date)]
        pub birth_date: Date,
        /// `female`, `male`, `other` or `unknown`, as in FHIR.
        pub sex: Option<Text<1, 20>>,
        /// Telephone.
        pub phone: Option<Text<1, 50>>,
        /// E-mail.
        pub email: Option<Text<3, 254>>,
        /// Postal address.
        pub address: Option<Text<1, 500>>,
        /// The primary therapist.
        pub primary_therapist_id: Option<PractitionerId>,
        /// The id in the system the record came from.
        pub external_id: Option<Text<1, 200>>,
        /// Whether the patient is in treatment.
        pub is_active: bool,
        /// The patient this record was a duplicate of: everything is found there.
        pub merged_into: Option<PatientId>,
        /// How it was known that the two are one person.
        pub merge_reason: Option<Reason>,
        /// The record numbers of the duplicates that were merged into this patient, who is found by them.
        #[schema(value_type = Vec<String>)]
        pub former_mrns: Json<Vec<String>>,
        /// The names of those duplicates.
        #[schema(value_type = Vec<String>)]
        pub former_names: Json<Vec<String>>,
    }
}

::store::record! {
    /// Somebody who takes part and is not a patient.
    pub struct Guest(GuestId) in "guests" {
        /// How to address them.
        pub display_name: Name,
        /// How to reach them: any JSON object.
        #[schema(value_type = Object)]
        pub contact: Json<serde_json::Map<String, serde_json::Value>>,
        /// Remarks.
        pub notes: Remark,
        /// Whether the guest may be added to groups.
        pub is_active: bool,
        /// The patient this guest also is, or became.
        pub patient_id: Option<PatientId>,
        /// The patient whose relative, partner or sponsor this guest is.
        pub related_patient_id: Option<PatientId>,
        /// What they are to that patient: `mother`, `partner`, `sponsor`.
        pub relationship: Option<Text<1, 100>>,
        /// When the guest became the patient of `patient_id`: nothing is the guest's any more.
        pub converted_at: Option<Timestamp>,
    }
}

impl Patient {
    /// The names as the rules of names need them.
    pub fn names(&self) -> PersonNames<'_> {
        let (given, family) = (self.other_given_name.as_deref(), self.other_family_name.as_deref());
        let has_other = given.is_some() || family.is_some();
        PersonNames {
            first: &self.given_name,
            last: &self.family_name,
            other: has_other.then(|| (given.unwrap_or_default(), family.unwrap_or_default())),
            preferred: self.preferred_name.as_deref(),
        }
    }

    /// The name as the patient prefers it, with the family name.
    pub fn display_name(&self) -> String {
        let given = self.preferred_name.as_ref().unwrap_or(&self.given_name);
        format!("{given} {}", self.family_name)
    }
}

impl Practitioner {
    /// Name and credential.
    pub fn display_name(&self) -> String {
        let name = format!("{} {}", self.given_name, self.family_name);
        self.credential.as_ref().map_or(name.clone(), |credential| format!("{name}, {credential}")).trim().to_owned()
    }
}

/// How these people are shown, in two statements however many they are.
///
/// # Errors
/// When the database can't answer.
pub async fn names(scope: &mut Scope<'_>, people: &[Person]) -> Result<BTreeMap<Person, String>, Error> {
    names_and_births(scope, people).await.map(|(names, _)| names)
}

/// As [`names`], with the birth dates of the patients, in the same two statements.
///
/// # Errors
/// When the database can't answer.
pub async fn names_and_births(
    scope: &mut Scope<'_>,
    people: &[Person],
) -> Result<(BTreeMap<Person, String>, BTreeMap<PatientId, Date>), Error> {
    let (mut names, mut births) = (BTreeMap::new(), BTreeMap::new());
    for chunk in people.chunks(500) {
        let patients = chunk.iter().filter_map(|person| person.patient()).map(|id| ::rules::column::Value::from(&id));
        let guests = chunk.iter().filter_map(|person| person.guest()).map(|id| ::rules::column::Value::from(&id));
        let filter = Where::organization().and_in("id", patients);
        for patient in scope.filter::<Patient>(&filter, "id", chunk.len()).await? {
            names.insert(Person::Patient(patient.id), patient.display_name());
            births.insert(patient.id, patient.birth_date);
        }
        let filter = Where::organization().and_in("id", guests);
        for guest in scope.filter::<Guest>(&filter, "id", chunk.len()).await? {
            names.insert(Person::Guest(guest.id), guest.display_name.to_string());
        }
    }
    Ok((names, births))
}

/// How these people stand on what others in the room may see: first or preferred name and last initial, guests by
/// initials; in two statements however many they are.
///
/// # Errors
/// When the database can't answer.
pub async fn sheet_names(
    scope: &mut Scope<'_>,
    people: &[Person],
    preferred: bool,
) -> Result<BTreeMap<Person, String>, Error> {
    let mut names = BTreeMap::new();
    for chunk in people.chunks(500) {
        let patients = chunk.iter().filter_map(|person| person.patient()).map(|id| ::rules::column::Value::from(&id));
        let guests = chunk.iter().filter_map(|person| person.guest()).map(|id| ::rules::column::Value::from(&id));
        let filter = Where::organization().and_in("id", patients);
        for patient in scope.filter::<Patient>(&filter, "id", chunk.len()).await? {
            names.insert(Person::Patient(patient.id), patient.names().sign_in(preferred));
        }
        let filter = Where::organization().and_in("id", guests);
        for guest in scope.filter::<Guest>(&filter, "id", chunk.len()).await? {
            names.insert(Person::Guest(guest.id), guest_initials(&guest.display_name));
        }
    }
    Ok(names)
}

/// How these practitioners are shown, in one statement however many they are.
///
/// # Errors
/// When the database can't answer.
pub async fn practitioner_names(
    scope: &mut Scope<'_>,
    ids: impl IntoIterator<Item = PractitionerId>,
) -> Result<BTreeMap<PractitionerId, String>, Error> {
    let ids: BTreeSet<PractitionerId> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let filter = Where::organization().and_in("id", &ids);
    let found = scope.filter::<Practitioner>(&filter, "id", ids.len()).await?;
    Ok(found.into_iter().map(|one| (one.id, one.display_name())).collect())
}
