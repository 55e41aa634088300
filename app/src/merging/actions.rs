//! Use cases: making a patient of a guest, and one record of two.

use ::rules::{
    id::{GroupId, GuestId, PatientId, SessionId},
    permissions::Permission,
    roster::{MemberStatus, Person},
    text::Reason,
};
use ::store::Record as _;
use deserr::Deserr;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    moving::{self, Plan},
    store,
};
use crate::{
    door::{Cx, Scope},
    events::Event,
    http::extract::{FieldErrors, Truth},
    people::{
        Guest, Patient,
        actions::patients::{self, NewPatient},
        update_guest, update_patient,
    },
    problem::{FieldError, Problem},
};

/// Whether to do it or only to say what would move.
#[derive(Debug, Clone, Copy, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wish {
    /// Only say what would move.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    pub dry_run: Option<Truth>,
}

impl Wish {
    fn only_asks(self) -> bool {
        self.dry_run.is_some_and(|wanted| wanted.0)
    }
}

/// Whom a guest turns out to be: exactly one of the two.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ConvertGuest {
    /// A patient who is registered already.
    #[deserr(default)]
    pub patient_id: Option<PatientId>,
    /// A patient to register; not needed to ask what would move.
    #[deserr(default)]
    pub patient: Option<NewPatient>,
}

/// The record that goes, and why.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct MergePatient {
    /// The duplicate: it becomes inactive and points at the patient that stays.
    pub from: PatientId,
    /// How it is known that they are one person; not needed to ask what would move.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

/// A stint that moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MovedStint {
    /// The group.
    pub group_id: GroupId,
    /// Its name.
    pub group_name: String,
    /// Where the stint stands.
    pub status: MemberStatus,
    /// Both records are in this group: the better place stays, the other one ends.
    pub both: bool,
}

/// A session in which both records have been: to be resolved first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnclearSession {
    /// The session.
    pub session_id: SessionId,
    /// Its number.
    pub session_number: String,
    /// Its day, by the clock on the wall.
    #[schema(value_type = String, format = Date)]
    pub local_date: Date,
}

/// What moved, or would move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Moved {
    /// Only asked, nothing done.
    pub dry_run: bool,
    /// The patient that stays; null when only asked about one that is yet to be registered.
    pub patient: Option<Patient>,
    /// Every stint, present and past.
    pub stints: Vec<MovedStint>,
    /// How many bookings and attendances are the patient's from now on.
    pub bookings: usize,
    /// How many bookings are cancelled: the patient has one in the same session.
    pub cancelled: usize,
    /// Sessions in which both have been; nothing moves while there is one.
    pub unclear: Vec<UnclearSession>,
}

async fn told(scope: &mut Scope<'_>, plan: &Plan, patient: Option<Patient>, dry_run: bool) -> Result<Moved, Problem> {
    let groups: Vec<GroupId> = plan.groups().into_iter().collect();
    let names = store::group_names(scope, &groups).await?;
    let name = |id: GroupId| names.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone());
    let stints = plan.stints.iter().map(|stint| MovedStint {
        group_id: stint.group_id,
        group_name: name(stint.group_id).unwrap_or_default(),
        status: stint.status,
        both: !stint.status.is_gone() && plan.ended.iter().any(|ended| ended.group_id == stint.group_id),
    });
    let unclear = plan.unclear.iter().map(|session| UnclearSession {
        session_id: session.id,
        session_number: session.session_number.clone(),
        local_date: session.local_date,
    });
    Ok(Moved {
        dry_run,
        patient,
        stints: stints.collect(),
        bookings: plan.bookings.len(),
        cancelled: plan.extra.iter().filter(|row| row.status.takes_seat()).count(),
        unclear: unclear.collect(),
    })
}

/// The patient that is to stay, if it can.
async fn survivor(scope: &mut Scope<'_>, field: &str, id: PatientId) -> Result<Patient, Problem> {
    let patient: Option<Patient> = scope.find(id).await?;
    let patient = patient.filter(|patient| patient.is_active && patient.merged_into.is_none());
    patient.ok_or_else(|| Problem::invalid_field(field, "not_found", "is no active patient of your organization"))
}

// Guests --------------------------------------------------------------------------------------------------------------

/// Makes a patient of a guest: one that is registered with it, or one that is there. Memberships, bookings and
/// attendance are the patient's from now on; the guest is inactive and points at the patient. A guest's signed notes
/// stay in their sessions.
///
/// # Errors
/// 404, 409 `already_converted`, `both_present` with every session in which both have been, `not_eligible`; 412, 422.
pub async fn convert(cx: &Cx, id: GuestId, wish: Wish, convert: &ConvertGuest) -> Result<Moved, Problem> {
    cx.require(Permission::PatientManage).await?;
    cx.require(Permission::GuestManage).await?;
    if wish.only_asks() {
        return cx
            .read(Permission::PatientManage, |scope| {
                Box::pin(async move {
                    let guest: Guest = scope.get(id).await?;
                    still_a_guest(&guest)?;
                    let patient = match convert.patient_id {
                        Some(id) => Some(survivor(scope, "patient_id", id).await?),
                        None => None,
                    };
                    let plan = moving::plan(scope, Person::Guest(id), convert.patient_id).await?;
                    scope.record_reading("guest", id);
                    told(scope, &plan, patient, true).await
                })
            })
            .await;
    }
    cx.write(Permission::PatientManage, |scope| {
        Box::pin(async move {
            let known: Guest = scope.get(id).await?;
            still_a_guest(&known)?;
            let patient = becomes(scope, convert).await?;
            let (from, into) = (Person::Guest(id), patient.id);
            let plan = moving::locked(scope, from, Some(into)).await?;
            let guest: Guest = scope.lock_current(id).await?;
            still_a_guest(&guest)?;
            moving::may_meet(scope, &plan, from, into).await?;
            plan.is_clear()?;
            moving::carry_out(scope, &plan, from, into).await?;
            let converted =
                Guest { is_active: false, patient_id: Some(into), converted_at: Some(scope.now()), ..guest.clone() };
            update_guest(scope, &guest, converted).await?;
            let (stints, bookings) = (plan.stints.len(), plan.bookings.len());
            scope.emit(Event::GuestConverted { guest: id, patient: into, stints, bookings });
            told(scope, &plan, Some(patient), false).await
        })
    })
    .await
}

fn still_a_guest(guest: &Guest) -> Result<(), Problem> {
    match guest.converted_at {
        Some(_) => {
            let detail = "This guest is a patient already. Open the patient's record instead.";
            Err(Problem::conflict("already_converted", detail))
        }
        None => Ok(()),
    }
}

/// The patient a guest becomes.
async fn becomes(scope: &mut Scope<'_>, convert: &ConvertGuest) -> Result<Patient, Problem> {
    match (convert.patient_id, &convert.patient) {
        (Some(id), None) => survivor(scope, "patient_id", id).await,
        (None, Some(new)) => {
            let inactive = new.is_active == Some(false);
            let wrong =
                FieldError::new("patient.is_active", "invalid", "must be true: a guest becomes an active patient");
            if inactive {
                return Err(Problem::invalid(vec![wrong]));
            }
            patients::create(scope, new).await.map_err(|problem| problem.within("patient"))
        }
        _ => {
            let message = "or `patient` is required, and not both";
            Err(Problem::invalid_field("patient_id", "one_patient", message))
        }
    }
}

// Patients ------------------------------------------------------------------------------------------------------------

/// Makes one record of two of the same patient: everything of the duplicate is the survivor's, who is found by both
/// record numbers. Signed notes and chart entries stay as they were signed and are read under the survivor.
///
/// # Errors
/// 404, 409 `already_merged`, `both_present` with every session in which both have been, `not_eligible`; 412, 422.
pub async fn merge(cx: &Cx, id: PatientId, wish: Wish, merge: &MergePatient) -> Result<Moved, Problem> {
    if wish.only_asks() {
        return cx
            .read(Permission::PatientManage, |scope| {
                Box::pin(async move {
                    let stays: Patient = scope.get(id).await?;
                    duplicate(scope, &stays, merge.from).await?;
                    let plan = moving::plan(scope, Person::Patient(merge.from), Some(id)).await?;
                    scope.record_reading("patient", merge.from);
                    told(scope, &plan, Some(stays), true).await
                })
            })
            .await;
    }
    cx.write(Permission::PatientManage, |scope| {
        Box::pin(async move {
            let stays: Patient = scope.get(id).await?;
            duplicate(scope, &stays, merge.from).await?;
            let Some(reason) = &merge.reason else {
                return Err(Problem::invalid_field("reason", "missing", "is required"));
            };
            let from = Person::Patient(merge.from);
            let plan = moving::locked(scope, from, Some(id)).await?;
            let stays: Patient = scope.lock_current(id).await?;
            let goes = duplicate(scope, &stays, merge.from).await?;
            moving::may_meet(scope, &plan, from, id).await?;
            plan.is_clear()?;
            moving::carry_out(scope, &plan, from, id).await?;
            let stays = joined(scope, stays, goes, reason).await?;
            let (stints, bookings) = (plan.stints.len(), plan.bookings.len());
            scope.emit(Event::PatientMerged { patient: id, from: merge.from, stints, bookings });
            told(scope, &plan, Some(stays), false).await
        })
    })
    .await
}

/// The duplicate, if it can be one.
async fn duplicate(scope: &mut Scope<'_>, stays: &Patient, from: PatientId) -> Result<Patient, Problem> {
    if stays.id == from {
        return Err(Problem::invalid_field("from", "same_person", "must be another record than the one that stays"));
    }
    let goes: Option<Patient> = scope.find(from).await?;
    let goes = goes.ok_or_else(|| Problem::invalid_field("from", "not_found", "is no patient of your organization"))?;
    if goes.merged_into.is_some() || stays.merged_into.is_some() {
        let detail = "One of these records is a merged duplicate already. Open the patient it points at.";
        return Err(Problem::conflict("already_merged", detail));
    }
    if !stays.is_active {
        let detail = "The patient that is to stay is inactive. Make it active first, or merge the other way round.";
        return Err(Problem::conflict("patient_inactive", detail));
    }
    Ok(goes)
}

/// The two records as they stand afterwards; the one that stays.
async fn joined(scope: &mut Scope<'_>, stays: Patient, goes: Patient, reason: &Reason) -> Result<Patient, Problem> {
    let gone =
        Patient { is_active: false, merged_into: Some(stays.id()), merge_reason: Some(reason.clone()), ..goes.clone() };
    update_patient(scope, &goes, gone).await?;
    let mut found_by = stays.clone();
    let names = goes.names();
    let other = names.other.map(|(given, family)| format!("{given} {family}").trim().to_owned());
    let names = [Some(names.full()), goes.preferred_name.as_ref().map(ToString::to_string), other];
    let names: Vec<String> = names.into_iter().flatten().chain(goes.former_names.0.iter().cloned()).collect();
    found_by.former_names.0.extend(names);
    found_by.former_mrns.0.extend(std::iter::once(goes.mrn.to_string()).chain(goes.former_mrns.0));
    Ok(update_patient(scope, &stays, found_by).await?)
}
