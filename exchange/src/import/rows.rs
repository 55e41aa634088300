//! What a row of each kind says, checked.

use jiff::civil::Date;
use rules::{
    groups::{EnrollmentMode, GroupStatus, GroupType, LeaderRule, Modality, Promotion, WhenFull},
    notes::Discipline,
    people::{Email, Mrn, Npi, check_birth_date},
    recurrence::Zone,
    roster::MemberStatus,
    text::{Name, Reason, Remark, Text},
};
use serde::Serialize;

use super::cells::Cells;
use crate::mapping::{
    OverCapacity,
    fields::{count, member_status, sex, truth},
};

/// The id of a record in the system it comes from.
pub type ExternalId = Text<1, 200>;

/// A place where sessions are held; it is known by its name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SiteRow {
    /// The name.
    pub name: Name,
    /// The zone of its clock.
    pub zone: Zone,
    /// The postal address.
    pub address: Option<Remark>,
}

/// A staff profile.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PractitionerRow {
    /// Its id there.
    pub external_id: ExternalId,
    /// Given name; empty for who has only one name.
    pub given_name: Text<0, 200>,
    /// Family name.
    pub family_name: Name,
    /// What follows the name.
    pub credential: Option<Text<1, 100>>,
    /// The licence.
    pub license_number: Option<Text<1, 100>>,
    /// The National Provider Identifier.
    pub npi: Option<Npi>,
    /// The discipline whose notes they write.
    pub discipline: Option<Discipline>,
    /// The id there of who supervises.
    pub supervisor: Option<ExternalId>,
    /// Whether they may lead new sessions.
    pub is_active: Option<bool>,
}

/// A patient.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PatientRow {
    /// Its id there.
    pub external_id: ExternalId,
    /// The medical record number; the id there when the mapping names none.
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
    pub birth_date: Date,
    /// `female`, `male`, `other` or `unknown`.
    pub sex: Option<Text<1, 20>>,
    /// Telephone.
    pub phone: Option<Text<1, 50>>,
    /// E-mail.
    pub email: Option<Email>,
    /// Postal address.
    pub address: Option<Text<1, 500>>,
    /// The id there of the primary therapist.
    pub primary_therapist: Option<ExternalId>,
    /// Whether the patient is in treatment.
    pub is_active: Option<bool>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupRow {
    /// Its id there.
    pub external_id: ExternalId,
    /// The name.
    pub name: Name,
    /// What kind of activity it is.
    pub r#type: GroupType,
    /// What it is about.
    pub description: Option<Remark>,
    /// Whether it still runs.
    pub status: Option<GroupStatus>,
    /// Fewer than this shows as below minimum.
    pub min_participants: Option<u32>,
    /// The seats.
    pub max_participants: Option<u32>,
    /// What happens to who is added when no seat is free.
    pub when_full: Option<WhenFull>,
    /// How a free seat is given to who waits.
    pub promotion: Option<Promotion>,
    /// Whether people may be added.
    pub enrollment_mode: Option<EnrollmentMode>,
    /// Who leads its sessions.
    pub leader_rule: Option<LeaderRule>,
    /// How people take part.
    pub modality: Option<Modality>,
    /// The id there of the facilitator.
    pub facilitator: Option<ExternalId>,
    /// The ids there of who leads beside the facilitator.
    pub co_facilitators: Vec<ExternalId>,
    /// How long it meets, in minutes.
    pub duration_minutes: Option<u32>,
    /// Whether its records are under 42 CFR Part 2.
    pub is_part2: Option<bool>,
}

/// One stint of one patient in one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberRow {
    /// Its id there.
    pub external_id: ExternalId,
    /// The id there of the patient.
    pub patient: ExternalId,
    /// The id there of the group.
    pub group: ExternalId,
    /// The first day.
    pub start: Date,
    /// The last day; none while it goes on.
    pub end: Option<Date>,
    /// Why it ended.
    pub end_reason: Option<Reason>,
    /// What the export says of it; none when only its dates tell.
    pub status: Option<MemberStatus>,
    /// Remarks.
    pub notes: Option<Remark>,
    /// What becomes of it when no seat is free.
    pub over_capacity: OverCapacity,
}

pub fn site(cells: &mut Cells<'_>) -> Option<SiteRow> {
    let name = cells.must("name", Name::parse);
    let zone = cells.must("zone", Zone::parse);
    Some(SiteRow { address: cells.may("address", Remark::parse), name: name?, zone: zone? })
}

pub fn practitioner(cells: &mut Cells<'_>) -> Option<PractitionerRow> {
    let external_id = cells.must("external_id", ExternalId::parse);
    let (given_name, family_name) = cells.names();
    let given_name = named(cells, "given_name", &given_name, Text::parse);
    let family_name = named(cells, "family_name", &family_name, Name::parse);
    let supervisor = cells.may("supervisor", ExternalId::parse);
    if supervisor.is_some() && supervisor == external_id {
        cells.refuse("`supervisor` is the same person");
    }
    Some(PractitionerRow {
        credential: cells.may("credential", Text::parse),
        license_number: cells.may("license_number", Text::parse),
        npi: cells.may("npi", Npi::parse),
        discipline: cells.may("discipline", str::parse::<Discipline>),
        supervisor,
        is_active: cells.may("is_active", truth),
        external_id: external_id?,
        given_name: given_name?,
        family_name: family_name?,
    })
}

fn named<T>(
    cells: &mut Cells<'_>,
    field: &str,
    name: &str,
    parse: impl Fn(&str) -> Result<T, rules::text::BadText>,
) -> Option<T> {
    parse(name).map_err(|error| cells.refuse(format!("`{field}` {error}"))).ok()
}

pub fn patient(cells: &mut Cells<'_>, today: Date) -> Option<PatientRow> {
    let external_id = cells.must("external_id", ExternalId::parse);
    let mrn = match cells.may("mrn", mrn_of) {
        None => cells.plain("external_id").and_then(|id| from_id(cells, &id)),
        mrn => mrn,
    };
    let (given_name, family_name) = cells.names();
    if given_name.is_empty() && !family_name.is_empty() {
        let advice = "give `single_given` beside `name` in the mapping, such as \"FNU\"";
        cells.refuse(format!("`given_name` is missing; for people with a single name, {advice}"));
    }
    let given_name = Some(given_name).filter(|name| !name.is_empty());
    let given_name = given_name.and_then(|name| named(cells, "given_name", &name, Name::parse));
    let family_name = named(cells, "family_name", &family_name, Name::parse);
    let birth_date = cells.must_date("birth_date");
    if let Some(wrong) = birth_date.and_then(|born| check_birth_date(born, today).err()) {
        cells.refuse(format!("`birth_date` {wrong}"));
    }
    Some(PatientRow {
        other_given_name: cells.may("other_given_name", Name::parse),
        other_family_name: cells.may("other_family_name", Name::parse),
        preferred_name: cells.may("preferred_name", Name::parse),
        sex: cells.may("sex", sex),
        phone: cells.may("phone", Text::parse),
        email: cells.may("email", Email::parse),
        address: cells.may("address", Text::parse),
        primary_therapist: cells.may("primary_therapist", ExternalId::parse),
        is_active: cells.may("is_active", truth),
        external_id: external_id?,
        mrn: mrn?,
        given_name: given_name?,
        family_name: family_name?,
        birth_date: birth_date?,
    })
}

/// A record number as its column holds it.
fn mrn_of(text: &str) -> Result<Text<1, 50>, String> {
    let mrn = Mrn::parse(text).map_err(|error| error.to_string())?;
    Text::parse(mrn.as_text()).map_err(|error| error.to_string())
}

/// The record number of who has none: the id of the export, if it can be one.
fn from_id(cells: &mut Cells<'_>, id: &str) -> Option<Text<1, 50>> {
    mrn_of(id).map_err(|error| cells.refuse(format!("`mrn` is missing, and `external_id` {error}"))).ok()
}

/// The most who lead a group beside its facilitator.
const CO_FACILITATORS_MAX: usize = 20;

pub fn group(cells: &mut Cells<'_>) -> Option<GroupRow> {
    let external_id = cells.must("external_id", ExternalId::parse);
    let name = cells.must("name", Name::parse);
    let kind = cells.must("type", str::parse::<GroupType>);
    let facilitator = cells.may("facilitator", ExternalId::parse);
    let mut co_facilitators = cells.list("co_facilitators", ExternalId::parse);
    co_facilitators.retain(|id| Some(id) != facilitator.as_ref());
    if co_facilitators.len() > CO_FACILITATORS_MAX {
        cells.refuse(format!("`co_facilitators` are more than {CO_FACILITATORS_MAX}"));
    }
    Some(GroupRow {
        description: cells.may("description", Remark::parse),
        status: cells.may("status", str::parse::<GroupStatus>),
        min_participants: cells.may("min_participants", count),
        max_participants: cells.may("max_participants", count),
        when_full: cells.may("when_full", str::parse::<WhenFull>),
        promotion: cells.may("promotion", str::parse::<Promotion>),
        enrollment_mode: cells.may("enrollment_mode", str::parse::<EnrollmentMode>),
        leader_rule: cells.may("leader_rule", str::parse::<LeaderRule>),
        modality: cells.may("modality", str::parse::<Modality>),
        facilitator,
        co_facilitators,
        duration_minutes: cells.may("duration_minutes", count),
        is_part2: cells.may("is_part2", truth),
        external_id: external_id?,
        name: name?,
        r#type: kind?,
    })
}

pub fn member(cells: &mut Cells<'_>) -> Option<MemberRow> {
    let external_id = cells.must("external_id", ExternalId::parse);
    let patient = cells.must("patient", ExternalId::parse);
    let group = cells.must("group", ExternalId::parse);
    let start = cells.must_date("start_date");
    let end = cells.may_date("end_date");
    let status = cells.may("status", member_status);
    if start.zip(end).is_some_and(|(start, end)| end < start) {
        cells.refuse("`end_date` is before `start_date`");
    }
    if status == Some(MemberStatus::Left) && end.is_none() {
        cells.refuse("`status` is left, and `end_date` is missing");
    }
    Some(MemberRow {
        end_reason: cells.may("end_reason", Reason::parse),
        notes: cells.may("notes", Remark::parse),
        over_capacity: cells.may("over_capacity", OverCapacity::parse).unwrap_or_default(),
        external_id: external_id?,
        patient: patient?,
        group: group?,
        start: start?,
        end,
        status,
    })
}
