//! Use cases: letting something out, reading what was let out.

use ::rules::{
    column::Value,
    consents::ConsentStatus,
    disclosures::{
        ConsentHeld, DisclosurePurpose, ENTRIES_MAX, LegalBasis, PART2_NOTICE, Release, ReleaseMethod, check, part2,
    },
    id::{ChartEntryId, ConsentId, DisclosureId, GroupId, PatientId},
    permissions::Permission,
    roster::Person,
    text::{Name, Reason, Text},
};
use ::store::Where;
use deserr::Deserr;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    paper::{self, Paper, Shown, days},
    store::{self, Disclosure},
};
use crate::{
    chart::{
        self, ChartRow,
        actions::records_of,
        of_patients,
        released::{self, Leaving},
    },
    chart_access::{read_chart, read_every_chart, read_of_chart},
    consents::{self, Consent},
    door::{Cx, Principal, Scope},
    events::DisclosureEvent,
    http::extract::{FieldErrors, Parsed, Truth},
    identity,
    paging::{Limit, Page, cursor, days_in_order},
    people::Patient,
    problem::Problem,
    when::Day,
};

/// What leaves the house, to whom, what for and by what right.
///
/// Chart entries are named one by one, or by their days; without any, it is logged that something else was disclosed.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewDisclosure {
    /// Whose record.
    pub patient_id: PatientId,
    /// Who receives it.
    pub recipient_name: Name,
    /// Whom they work for; required in a medical emergency.
    #[deserr(default)]
    pub recipient_organization: Option<Name>,
    /// Where it is sent.
    #[deserr(default)]
    pub recipient_address: Option<Reason>,
    /// Who has asked for it.
    #[deserr(default)]
    pub requested_by: Option<Name>,
    /// What it is for.
    pub purpose: DisclosurePurpose,
    /// What it is for, in words; required for another purpose.
    #[deserr(default)]
    pub purpose_detail: Option<Reason>,
    /// By what right.
    pub basis: LegalBasis,
    /// Which order or law, the nature of the emergency, what other right.
    #[deserr(default)]
    pub basis_detail: Option<Reason>,
    /// The consent it rests on.
    #[deserr(default)]
    pub consent_id: Option<ConsentId>,
    /// How it leaves: on paper unless given.
    #[deserr(default)]
    pub method: Option<ReleaseMethod>,
    /// What leaves, in a sentence; made of the entries unless given.
    #[deserr(default)]
    pub description: Option<Text<1, 2000>>,
    /// Whether records under 42 CFR part 2 are among it. Chart entries say it themselves; of anything else: unless given, a
    /// patient who is or was in such a group counts.
    #[deserr(default)]
    #[schema(value_type = Option<bool>)]
    pub is_part2: Option<Truth>,
    /// The chart entries that leave: at most 500.
    #[deserr(default)]
    #[schema(max_items = 500)]
    pub entry_ids: Option<Vec<ChartEntryId>>,
    /// The current chart entries from this day on leave.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub date_from: Option<Parsed<Day>>,
    /// Up to and with this day.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub date_to: Option<Parsed<Day>>,
    /// Of those days, only this group.
    #[deserr(default)]
    pub group_id: Option<GroupId>,
    /// When it left: today unless given; only what is logged without chart entries may have left before.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub disclosed_on: Option<Parsed<Day>>,
    /// The caller's password, instead of a fresh proof, where chart entries leave.
    #[deserr(default)]
    pub password: Option<String>,
}

/// What a list of disclosures is limited to.
#[derive(Debug, Clone, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListDisclosures {
    /// Only those of this patient.
    #[deserr(default)]
    pub patient_id: Option<PatientId>,
    /// Only for this purpose.
    #[deserr(default)]
    pub purpose: Option<DisclosurePurpose>,
    /// Only by this right.
    #[deserr(default)]
    pub basis: Option<LegalBasis>,
    /// Only from this day on.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub date_from: Option<Parsed<Day>>,
    /// Only up to and with this day.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub date_to: Option<Parsed<Day>>,
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

/// A disclosure with the entries that left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DisclosureView {
    /// The disclosure.
    #[serde(flatten)]
    pub disclosure: Disclosure,
    /// The notice that stands on every page; none where no records under 42 CFR part 2 are among it.
    pub notice: Option<String>,
    /// The chart entries that left, in their order.
    pub entries: Vec<ReleasedEntry>,
}

/// A chart entry that left, as it was then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleasedEntry {
    /// The entry.
    pub id: ChartEntryId,
    /// The version that left.
    pub version: i64,
    /// The SHA-256 of its text, in hexadecimal.
    pub sha256: String,
}

/// Lets something out, and logs it.
///
/// # Errors
/// 403 `not_care_team`, `reauth_required` or `wrong_password` where chart entries leave; 422 with every bad field.
pub async fn make(cx: &Cx, new: &NewDisclosure) -> Result<DisclosureView, Problem> {
    cx.require(Permission::ChartRead).await?;
    let leaving = &leaving(new)?;
    let proof = match leaving {
        Some(_) => identity::actions::prove(cx, new.password.as_deref()).await,
        None => Ok(()),
    };
    let is_proven = proof.is_ok();
    let made = cx.write(Permission::ChartRead, |scope| {
        Box::pin(async move {
            let patient: Option<Patient> = scope.find(new.patient_id).await?;
            let patient = patient.filter(|patient| patient.merged_into.is_none());
            if patient.is_none() {
                let message = "is no patient of your organization, or was merged into another";
                return Err(Problem::invalid_field("patient_id", "not_found", message));
            }
            read_chart(scope, if leaving.is_some() { "chart" } else { "disclosure_list" }, new.patient_id).await?;
            let rows = match leaving {
                Some(leaving) => released::leaving(scope, new.patient_id, leaving).await?,
                None => Vec::new(),
            };
            let disclosure = checked(scope, new, leaving.is_some(), &rows).await?;
            if !is_proven {
                return Err(Problem::refused_access("reauth_required", "Prove who you are first."));
            }
            scope.insert(&disclosure).await?;
            store::keep_entries(scope, disclosure.id, &rows).await?;
            scope.emit(DisclosureEvent::Made {
                disclosure: disclosure.id,
                patient: new.patient_id,
                entries: disclosure.entry_count,
                is_part2: disclosure.is_part2,
            });
            shown(scope, disclosure).await
        })
    });
    match made.await {
        // What is missing is the proof: its own refusal says how to give it.
        Err(problem) if problem.code() == "reauth_required" => Err(proof.err().unwrap_or(problem)),
        made => made,
    }
}

/// Which rows of the chart leave, if any.
fn leaving(new: &NewDisclosure) -> Result<Option<Leaving>, Problem> {
    let day = |day: Option<Parsed<Day>>| day.map(|day| day.0.0);
    let (from, to) = (day(new.date_from), day(new.date_to));
    days_in_order(from, to)?;
    match (&new.entry_ids, from, to) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
            let message = "are named by their ids or by their days, not by both";
            Err(Problem::invalid_field("entry_ids", "one_of_two", message))
        }
        (Some(ids), None, None) if ids.is_empty() || ids.len() > ENTRIES_MAX => {
            Err(Problem::invalid_field("entry_ids", "out_of_range", format!("must be 1 to {ENTRIES_MAX} entries")))
        }
        (Some(ids), None, None) => Ok(Some(Leaving::Rows(ids.clone()))),
        (None, Some(from), Some(to)) => Ok(Some(Leaving::Days { from, to, group: new.group_id })),
        (None, Some(_), None) => Err(Problem::invalid_field("date_to", "missing", "is required with `date_from`")),
        (None, None, Some(_)) => Err(Problem::invalid_field("date_from", "missing", "is required with `date_to`")),
        (None, None, None) if new.group_id.is_some() => {
            let message = "narrows days: name `date_from` and `date_to` as well";
            Err(Problem::invalid_field("group_id", "needs_days", message))
        }
        (None, None, None) => Ok(None),
    }
}

/// The disclosure, if nothing is wrong with it.
async fn checked(
    scope: &mut Scope<'_>,
    new: &NewDisclosure,
    takes_rows: bool,
    rows: &[ChartRow],
) -> Result<Disclosure, Problem> {
    let today = scope.cx.today();
    let on = new.disclosed_on.map_or(today, |day| day.0.0);
    let said = new.is_part2.map(|said| said.0);
    let judged = match takes_rows {
        true => part2(said, Some(released::is_part2(scope, rows).await?), false),
        false => part2(said, None, released::is_part2_patient(scope, new.patient_id).await?),
    };
    let is_part2 = *judged.as_ref().unwrap_or(&true);
    let mut found = check(&Release {
        purpose: new.purpose,
        has_purpose_words: new.purpose_detail.is_some(),
        basis: new.basis,
        has_basis_words: new.basis_detail.is_some(),
        has_organization: new.recipient_organization.is_some(),
        consent: held(scope, new, on).await?,
        is_part2,
        has_entries: takes_rows,
        on,
        today,
    });
    found.extend(judged.err());
    let wrong = |field: &str, code, message: &str| ::rules::violation::Violation::new(field, code, message);
    if takes_rows && rows.is_empty() {
        found.push(wrong("date_from", "nothing", "begins days without any current chart entry"));
    }
    if takes_rows && on != today {
        found.push(wrong("disclosed_on", "out_of_range", "must be today where chart entries leave"));
    }
    if !takes_rows && new.description.is_none() {
        found.push(wrong("description", "missing", "is required where no chart entries are named"));
    }
    if !found.is_empty() {
        return Err(found.into());
    }
    made(scope, new, rows, is_part2, on)
}

/// The consent that is named, as far as the rules ask.
async fn held(scope: &mut Scope<'_>, new: &NewDisclosure, on: Date) -> Result<Option<ConsentHeld>, Problem> {
    let Some(id) = new.consent_id else { return Ok(None) };
    let consent: Option<Consent> = scope.find(id).await?;
    let consent = consent
        .ok_or_else(|| Problem::invalid_field("consent_id", "not_found", "is no consent of your organization"))?;
    let records = records_of(scope, new.patient_id).await?;
    Ok(Some(ConsentHeld {
        is_of_patient: consent.patient_id.is_some_and(|id| records.contains(&id)),
        releases: consent.kind.releases(),
        status: match consent.revoked_at {
            // What left before a consent was withdrawn left with it.
            Some(at) if on < scope.cx.zone().date(at) => {
                let term = ::rules::consents::Term { revoked_at: None, ..consent.term() };
                term.status(on)
            }
            Some(_) => ConsentStatus::Revoked,
            None => consent.term().status(on),
        },
    }))
}

fn made(
    scope: &Scope<'_>,
    new: &NewDisclosure,
    rows: &[ChartRow],
    is_part2: bool,
    on: Date,
) -> Result<Disclosure, Problem> {
    let description = match &new.description {
        Some(words) => words.clone(),
        None => Text::parse(&in_words(rows)).map_err(|error| Problem::internal(&error))?,
    };
    let by = match &scope.cx.principal {
        Principal::User { name, role_name, .. } => format!("{name}, {role_name}"),
        Principal::Link { .. } | Principal::Kiosk(_) | Principal::System(_) => scope.cx.actor(),
    };
    Ok(Disclosure {
        id: scope.id(),
        patient_id: new.patient_id,
        recipient_name: new.recipient_name.clone(),
        recipient_organization: new.recipient_organization.clone(),
        recipient_address: new.recipient_address.clone(),
        requested_by: new.requested_by.clone(),
        purpose: new.purpose,
        purpose_detail: new.purpose_detail.clone(),
        basis: new.basis,
        basis_detail: new.basis_detail.clone(),
        consent_id: new.consent_id,
        method: new.method.unwrap_or(ReleaseMethod::Paper),
        description,
        date_from: rows.first().map(|row| row.local_date),
        date_to: rows.last().map(|row| row.local_date),
        entry_count: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        is_part2,
        disclosed_on: on,
        disclosed_by: by,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    })
}

fn in_words(rows: &[ChartRow]) -> String {
    match rows {
        [] => "Nothing of the chart".to_owned(),
        [only] => format!("Chart entry of {}", days(only.local_date, only.local_date)),
        [first, .., last] if first.local_date == last.local_date => {
            format!("{} chart entries of {}", rows.len(), days(first.local_date, last.local_date))
        }
        [first, .., last] => format!("{} chart entries, {}", rows.len(), days(first.local_date, last.local_date)),
    }
}

async fn shown(scope: &mut Scope<'_>, disclosure: Disclosure) -> Result<DisclosureView, Problem> {
    let left = store::entries(scope, disclosure.id).await?;
    let entries =
        left.into_iter().map(|one| ReleasedEntry { id: one.entry, version: one.version, sha256: one.sha256 }).collect();
    let notice = disclosure.is_part2.then(|| PART2_NOTICE.to_owned());
    Ok(DisclosureView { disclosure, notice, entries })
}

/// One disclosure.
///
/// # Errors
/// 404, 403 `not_care_team`.
pub async fn show(cx: &Cx, id: DisclosureId) -> Result<DisclosureView, Problem> {
    cx.read(Permission::ChartRead, |scope| {
        Box::pin(async move {
            let disclosure: Disclosure = scope.get(id).await?;
            read_of_chart(scope, disclosure.patient_id, "disclosure", id).await?;
            shown(scope, disclosure).await
        })
    })
    .await
}

/// Disclosures, newest first.
///
/// # Errors
/// 403 `not_care_team`, 422 for a bad cursor or days the wrong way round.
pub async fn list(cx: &Cx, list: &ListDisclosures) -> Result<Page<Disclosure>, Problem> {
    cx.require(Permission::ChartRead).await?;
    let after: Option<DisclosureId> = cursor(list.cursor.as_deref())?;
    let limit = list.limit.unwrap_or_default().0;
    let filter = &filter(list)?;
    cx.read(Permission::ChartRead, |scope| {
        Box::pin(async move {
            let filter = match list.patient_id {
                Some(id) => {
                    read_chart(scope, "disclosure_list", id).await?;
                    of_patients(filter.clone(), &records_of(scope, id).await?)
                }
                None => {
                    read_every_chart(scope, "disclosure_list", "disclosures").await?;
                    filter.clone()
                }
            };
            let found = store::list(scope, filter, after, limit + 1).await?;
            Ok(Page::cut(found, limit, |one| one.id))
        })
    })
    .await
}

fn filter(list: &ListDisclosures) -> Result<Where, Problem> {
    let (from, to) = (list.date_from.map(|day| day.0.0), list.date_to.map(|day| day.0.0));
    days_in_order(from, to)?;
    Ok(Where::organization()
        .and_if("purpose = ?", list.purpose.as_ref())
        .and_if("basis = ?", list.basis.as_ref())
        .and_if("disclosed_on >= ?", from.map(Value::Day))
        .and_if("disclosed_on <= ?", to.map(Value::Day)))
}

/// Disclosures that are accounted for at once: more than anybody's record has.
const ACCOUNTED_MAX: usize = 2_000;

/// Every disclosure of a patient's record, newest first (45 CFR 164.528).
///
/// # Errors
/// 403 `not_care_team`, `reauth_required` where it leaves as a file; 404.
pub async fn accounting(cx: &Cx, id: PatientId, is_file: bool) -> Result<(Patient, Vec<Disclosure>), Problem> {
    cx.read(Permission::ChartRead, |scope| {
        Box::pin(async move {
            let patient: Patient = scope.get(id).await?;
            if is_file {
                scope.cx.require_fresh_proof()?;
            }
            read_chart(scope, if is_file { "disclosures.csv" } else { "disclosure_list" }, id).await?;
            let filter = of_patients(Where::organization(), &records_of(scope, id).await?);
            Ok((patient, store::list(scope, filter, None, ACCOUNTED_MAX).await?))
        })
    })
    .await
}

/// The disclosed document: what left with a disclosure, as it was then.
///
/// # Errors
/// 404; 403 `not_care_team`, `reauth_required`.
pub async fn paper(cx: &Cx, id: DisclosureId) -> Result<Paper, Problem> {
    cx.read(Permission::ChartRead, |scope| {
        Box::pin(async move {
            let disclosure: Disclosure = scope.get(id).await?;
            scope.cx.require_fresh_proof()?;
            read_of_chart(scope, disclosure.patient_id, "disclosure", id).await?;
            let patient: Patient = scope.get(disclosure.patient_id).await?;
            let left = store::entries(scope, id).await?;
            if !left.is_empty() {
                scope.record_reading("chart", patient.id);
            }
            let wanted: Vec<_> = left.iter().map(|one| (one.entry, one.version)).collect();
            let rows = released::as_they_were(scope, &wanted).await?;
            let consent: Option<Consent> = match disclosure.consent_id {
                Some(consent) => scope.find(consent).await?,
                None => None,
            };
            let shown = Shown { disclosure: &disclosure, patient: &patient, consent: consent.as_ref() };
            Ok(paper::of(scope.cx, &shown, left.iter().zip(rows)))
        })
    })
    .await
}

/// The consents of a patient that a disclosure may rest on today.
///
/// # Errors
/// When the database can't answer.
pub async fn consents(cx: &Cx, id: PatientId) -> Result<Vec<Consent>, Problem> {
    cx.read(Permission::ChartRead, |scope| {
        Box::pin(async move {
            let today = scope.cx.today();
            let mut held = Vec::new();
            for record in records_of(scope, id).await? {
                held.extend(consents::of_person(scope, Person::Patient(record)).await?);
            }
            held.retain(|one| one.kind.releases() && one.term().status(today) == ConsentStatus::InForce);
            Ok(held)
        })
    })
    .await
}

/// The groups in a patient's chart: id and name.
///
/// # Errors
/// 404.
pub async fn groups(cx: &Cx, id: PatientId) -> Result<Vec<(String, String)>, Problem> {
    let (counts, _) = chart::actions::by_group(cx, id).await?;
    let named = counts.into_iter().filter_map(|tally| Some((tally.group_id?.to_string(), tally.group_name?)));
    Ok(named.collect())
}
