//! Use cases of patients: registering, changing, finding.

use ::rules::{
    column::Json,
    id::{PatientId, PractitionerId},
    people::{Email, Mrn, query},
    permissions::Permission,
    text::{Name, Text},
};
use ::store::Where;
use deserr::Deserr;
use utoipa::{IntoParams, ToSchema};

use super::{
    all_good,
    input::{BirthDate, Sex, Shown, column, optional},
    must_exist, taken_meanwhile,
};
use crate::{
    door::{Cx, Scope},
    events::Event,
    http::extract::{FieldErrors, Patch},
    paging::{Limit, Page, bad_cursor, cursor},
    people::store::{
        self, Patient, Practitioner, numbers,
        search::{self, Search, Subject},
    },
    problem::{FieldError, Problem},
};

/// A patient to register.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewPatient {
    /// The medical record number, unique in the organization; the next free one (`MRN-000001`) when left out.
    #[deserr(default)]
    pub mrn: Option<Mrn>,
    /// Given name.
    pub given_name: Name,
    /// Family name.
    pub family_name: Name,
    /// Given name in a second language or script.
    #[deserr(default)]
    pub other_given_name: Option<Name>,
    /// Family name in a second language or script.
    #[deserr(default)]
    pub other_family_name: Option<Name>,
    /// How the patient wants to be called.
    #[deserr(default)]
    pub preferred_name: Option<Name>,
    /// Date of birth: not before 1900, not in the future.
    pub birth_date: BirthDate,
    /// Administrative sex.
    #[deserr(default)]
    pub sex: Option<Sex>,
    /// Telephone.
    #[deserr(default)]
    pub phone: Option<Text<1, 50>>,
    /// E-mail.
    #[deserr(default)]
    pub email: Option<Email>,
    /// Postal address.
    #[deserr(default)]
    pub address: Option<Text<1, 500>>,
    /// The primary therapist.
    #[deserr(default)]
    pub primary_therapist_id: Option<PractitionerId>,
    /// The id in the system the record comes from, unique in the organization.
    #[deserr(default)]
    pub external_id: Option<Text<1, 200>>,
    /// Whether the patient is in treatment; true unless given.
    #[deserr(default)]
    pub is_active: Option<bool>,
}

/// What may be changed of a patient; what is left out stays, `null` clears.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangePatient {
    /// The medical record number.
    #[deserr(default)]
    pub mrn: Option<Mrn>,
    /// Given name.
    #[deserr(default)]
    pub given_name: Option<Name>,
    /// Family name.
    #[deserr(default)]
    pub family_name: Option<Name>,
    /// Given name in a second language or script.
    #[deserr(default)]
    #[schema(value_type = Option<Name>)]
    pub other_given_name: Patch<Name>,
    /// Family name in a second language or script.
    #[deserr(default)]
    #[schema(value_type = Option<Name>)]
    pub other_family_name: Patch<Name>,
    /// How the patient wants to be called.
    #[deserr(default)]
    #[schema(value_type = Option<Name>)]
    pub preferred_name: Patch<Name>,
    /// Date of birth.
    #[deserr(default)]
    pub birth_date: Option<BirthDate>,
    /// Administrative sex.
    #[deserr(default)]
    #[schema(value_type = Option<Sex>)]
    pub sex: Patch<Sex>,
    /// Telephone.
    #[deserr(default)]
    #[schema(value_type = Option<Text<1, 50>>)]
    pub phone: Patch<Text<1, 50>>,
    /// E-mail.
    #[deserr(default)]
    #[schema(value_type = Option<Email>)]
    pub email: Patch<Email>,
    /// Postal address.
    #[deserr(default)]
    #[schema(value_type = Option<Text<1, 500>>)]
    pub address: Patch<Text<1, 500>>,
    /// The primary therapist.
    #[deserr(default)]
    #[schema(value_type = Option<PractitionerId>)]
    pub primary_therapist_id: Patch<PractitionerId>,
    /// The id in the system the record comes from.
    #[deserr(default)]
    #[schema(value_type = Option<Text<1, 200>>)]
    pub external_id: Patch<Text<1, 200>>,
    /// Whether the patient is in treatment.
    #[deserr(default)]
    pub is_active: Option<bool>,
}

/// What a list of patients is limited to.
#[derive(Debug, Default, Deserr, IntoParams, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPatients {
    /// Beginnings of names (any of the patient's names, in any order), a record number, or a birth date as `1970-04-25`.
    #[deserr(default)]
    pub q: Option<Text<0, 200>>,
    /// `active` (unless given), `inactive` or `all`.
    #[deserr(default)]
    pub status: Option<Shown>,
    /// Only patients of this therapist.
    #[deserr(default)]
    pub primary_therapist_id: Option<PractitionerId>,
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

/// Registers a patient.
///
/// # Errors
/// 422 with every bad field, 409 `mrn_taken` or `external_id_taken`.
pub async fn add_patient(cx: &Cx, new: &NewPatient) -> Result<Patient, Problem> {
    cx.write(Permission::PatientManage, |scope| Box::pin(create(scope, new))).await
}

/// As [`add_patient`], inside an action that registers many.
///
/// # Errors
/// As [`add_patient`].
pub async fn create(scope: &mut Scope<'_>, new: &NewPatient) -> Result<Patient, Problem> {
    check(scope, Some(new.birth_date), new.primary_therapist_id).await?;
    check_free(scope, None, new.mrn.as_ref().map(Mrn::as_text), new.external_id.as_deref()).await?;
    let mrn = match &new.mrn {
        Some(mrn) => mrn.to_string(),
        None => numbers::next_mrn(scope).await?,
    };
    let patient = Patient {
        id: scope.id(),
        mrn: column(&mrn)?,
        given_name: new.given_name.clone(),
        family_name: new.family_name.clone(),
        other_given_name: new.other_given_name.clone(),
        other_family_name: new.other_family_name.clone(),
        preferred_name: new.preferred_name.clone(),
        birth_date: new.birth_date.0,
        sex: optional(new.sex.map(Sex::as_str))?,
        phone: new.phone.clone(),
        email: optional(new.email.as_ref().map(Email::as_text))?,
        address: new.address.clone(),
        primary_therapist_id: new.primary_therapist_id,
        external_id: new.external_id.clone(),
        is_active: new.is_active.unwrap_or(true),
        merged_into: None,
        merge_reason: None,
        former_mrns: Json(Vec::new()),
        former_names: Json(Vec::new()),
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    };
    store::patients::insert(scope, &patient).await.map_err(taken_meanwhile)?;
    scope.emit(Event::PatientCreated { patient: patient.id });
    Ok(patient)
}

async fn check(
    scope: &mut Scope<'_>,
    birth_date: Option<BirthDate>,
    therapist: Option<PractitionerId>,
) -> Result<(), Problem> {
    let mut errors: Vec<FieldError> = birth_date.and_then(|date| date.check(scope.cx)).into_iter().collect();
    errors.extend(must_exist::<Practitioner, _>(scope, "primary_therapist_id", therapist).await?);
    all_good(errors)
}

/// Refuses numbers that another patient has.
async fn check_free(
    scope: &mut Scope<'_>,
    own: Option<PatientId>,
    mrn: Option<&str>,
    external_id: Option<&str>,
) -> Result<(), Problem> {
    if let Some(mrn) = mrn
        && store::patients::by_mrn(scope, mrn).await?.is_some_and(|other| Some(other) != own)
    {
        let detail = "Another patient has this medical record number. Look for them first: it may be the same person.";
        return Err(Problem::conflict("mrn_taken", detail));
    }
    if let Some(external_id) = external_id
        && store::patients::by_external_id(scope, external_id).await?.is_some_and(|other| Some(other.id) != own)
    {
        return Err(Problem::conflict("external_id_taken", "Another patient has this `external_id`."));
    }
    Ok(())
}

/// Changes a patient.
///
/// # Errors
/// 404, 412, 422 with every bad field, 409 `mrn_taken` or `external_id_taken`.
pub async fn change_patient(cx: &Cx, id: PatientId, change: &ChangePatient) -> Result<Patient, Problem> {
    cx.write(Permission::PatientManage, |scope| {
        Box::pin(async move {
            let old: Patient = scope.lock_current(id).await?;
            if old.merged_into.is_some() {
                let detail = "This record is a merged duplicate. Change the patient of `merged_into` instead.";
                return Err(Problem::conflict("already_merged", detail));
            }
            let new = changed(&old, change)?;
            let therapist = new.primary_therapist_id.filter(|id| Some(*id) != old.primary_therapist_id);
            check(scope, change.birth_date, therapist).await?;
            check_free(scope, Some(id), change.mrn.as_ref().map(Mrn::as_text), new.external_id.as_deref()).await?;
            let saved = store::patients::update(scope, &old, new).await.map_err(taken_meanwhile)?;
            scope.emit(Event::PatientUpdated { patient: id });
            Ok(saved)
        })
    })
    .await
}

fn changed(old: &Patient, change: &ChangePatient) -> Result<Patient, Problem> {
    let mut new = old.clone();
    let change = change.clone();
    if let Some(mrn) = &change.mrn {
        new.mrn = column(mrn.as_text())?;
    }
    new.given_name = change.given_name.unwrap_or(new.given_name);
    new.family_name = change.family_name.unwrap_or(new.family_name);
    new.other_given_name = change.other_given_name.apply(new.other_given_name);
    new.other_family_name = change.other_family_name.apply(new.other_family_name);
    new.preferred_name = change.preferred_name.apply(new.preferred_name);
    new.birth_date = change.birth_date.map_or(new.birth_date, |date| date.0);
    new.sex = change.sex.try_map(|sex| column(sex.as_str()))?.apply(new.sex);
    new.phone = change.phone.apply(new.phone);
    new.email = change.email.try_map(|email| column(email.as_text()))?.apply(new.email);
    new.address = change.address.apply(new.address);
    new.primary_therapist_id = change.primary_therapist_id.apply(new.primary_therapist_id);
    new.external_id = change.external_id.apply(new.external_id);
    new.is_active = change.is_active.unwrap_or(new.is_active);
    Ok(new)
}

/// One patient.
///
/// # Errors
/// 404.
pub async fn patient(cx: &Cx, id: PatientId) -> Result<Patient, Problem> {
    cx.read(Permission::PatientRead, |scope| {
        Box::pin(async move {
            let patient = scope.get(id).await?;
            scope.record_reading("patient", id);
            Ok(patient)
        })
    })
    .await
}

/// The patient with this id in the system it came from, for imports.
///
/// # Errors
/// When the database can't answer.
pub async fn find_by_external(scope: &mut Scope<'_>, external_id: &str) -> Result<Option<Patient>, Problem> {
    Ok(store::patients::by_external_id(scope, external_id).await?)
}

/// Patients by family name; with `q`, those it finds.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list_patients(cx: &Cx, list: &ListPatients) -> Result<Page<Patient>, Problem> {
    let after: Option<PatientId> = cursor(list.cursor.as_deref())?;
    let limit = list.limit.unwrap_or_default().0;
    cx.read(Permission::PatientRead, |scope| {
        Box::pin(async move {
            let found = match list.q.as_deref().filter(|words| !words.is_empty()) {
                Some(words) => find(scope, list, words, after, limit + 1).await?,
                None => by_name(scope, list, after, limit + 1).await?,
            };
            scope.record_reading("patient_list", "patients");
            Ok(Page::cut(found, limit, |patient| patient.id))
        })
    })
    .await
}

async fn by_name(
    scope: &mut Scope<'_>,
    list: &ListPatients,
    after: Option<PatientId>,
    limit: usize,
) -> Result<Vec<Patient>, Problem> {
    let after = match after {
        Some(id) => Some(scope.find::<Patient>(id).await?.ok_or_else(bad_cursor)?),
        None => None,
    };
    let filter = Shown::narrow(list.status, Where::organization());
    let filter = filter.and_if("primary_therapist_id = ?", list.primary_therapist_id.as_ref());
    Ok(store::patients::list(scope, filter, after.as_ref(), limit).await?)
}

async fn find(
    scope: &mut Scope<'_>,
    list: &ListPatients,
    words: &str,
    after: Option<PatientId>,
    limit: usize,
) -> Result<Vec<Patient>, Problem> {
    let read = query(words);
    let activity = Shown::activity(list.status).map(|activity| ("person.is_active = ?", (&activity).into()));
    let therapist = list.primary_therapist_id.map(|id| ("person.primary_therapist_id = ?", (&id).into()));
    let search = Search {
        subject: Subject::Patients,
        words: &read.words,
        birth_date: read.birth_date,
        conditions: activity.into_iter().chain(therapist).collect(),
        after: after.map(|id| id.to_string()),
        limit,
    };
    let ids = search::find(scope, &search).await.map_err(|error| match error {
        ::store::Error::Stale => bad_cursor(),
        error => error.into(),
    })?;
    Ok(search::in_order(scope, &ids).await?)
}
