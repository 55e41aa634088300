//! Use cases: breaking the glass, ending it, reviewing what was opened.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    chart_access::{
        GlassFinding, GlassReason, GlassStanding, OPEN_FOR, Refusal, may_break, may_end, may_review, standing,
    },
    column::Value,
    id::{BreakGlassId, PatientId, UserId},
    permissions::Permission,
    text::{Reason, Remark},
};
use ::store::Where;
use deserr::Deserr;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use super::reach::open;
use super::{
    reach::ground,
    store::{self, BreakGlass},
};
use crate::{
    audit,
    door::{Cx, Principal, Scope},
    events::BreakGlassEvent,
    http::extract::FieldErrors,
    identity,
    paging::{Limit, Page, cursor},
    people::Patient,
    problem::Problem,
};

/// A chart to open outside the care team.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewBreakGlass {
    /// Whose chart.
    pub patient_id: PatientId,
    /// Why.
    pub reason: GlassReason,
    /// Why, in words for whoever reviews it: 1 to 500 characters.
    pub detail: Reason,
    /// The caller's password, instead of a fresh proof.
    #[deserr(default)]
    pub password: Option<String>,
}

/// What a review has found.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ReviewGlass {
    /// Whether there was need.
    pub finding: GlassFinding,
    /// What is to be said of it, or was done: at most 4,000 characters; required where there was no need.
    #[deserr(default)]
    pub remark: Option<Remark>,
}

/// A broken glass, and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BreakGlassView {
    /// The broken glass.
    #[serde(flatten)]
    pub glass: BreakGlass,
    /// Where it stands.
    pub standing: GlassStanding,
}

/// A broken glass with what was read through it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BreakGlassReport {
    /// The broken glass.
    #[serde(flatten)]
    pub view: BreakGlassView,
    /// What was read and written through it, each record once, the newest first; only for who may read the audit log.
    pub readings: Vec<GlassReading>,
}

/// A record that was read or written through a broken glass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GlassReading {
    /// When, the last time.
    pub at: Timestamp,
    /// What: `chart.read`, `note.read`, `disclosure.made` and the like.
    pub action: String,
    /// The id of the record.
    pub subject: String,
    /// How often.
    pub times: u32,
    /// The number of the last time in the audit log.
    pub sequence: i64,
}

/// What a list of broken glasses is limited to.
#[derive(Debug, Clone, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListGlasses {
    /// Only those that stand so.
    #[deserr(default)]
    pub standing: Option<GlassStanding>,
    /// Only those of this patient.
    #[deserr(default)]
    pub patient_id: Option<PatientId>,
    /// Only those of this user.
    #[deserr(default)]
    pub user_id: Option<UserId>,
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

impl ListGlasses {
    /// The address of the page with the same filters, from a cursor on.
    pub fn address(&self, cursor: Option<&str>) -> String {
        let parts = [
            self.standing.map(|standing| format!("standing={standing}")),
            self.patient_id.map(|id| format!("patient_id={id}")),
            self.user_id.map(|id| format!("user_id={id}")),
            self.limit.map(|limit| format!("limit={}", limit.0)),
            cursor.map(|cursor| format!("cursor={cursor}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "/break-glass".to_owned() } else { format!("/break-glass?{}", parts.join("&")) }
    }

    fn filter(&self, now: Timestamp) -> Where {
        let filter = Where::organization()
            .and_if("patient_id = ?", self.patient_id.as_ref())
            .and_if("user_id = ?", self.user_id.as_ref());
        match self.standing {
            None => filter,
            Some(GlassStanding::Open) => {
                filter.and_always("reviewed_at is null").and("open_until > ?", Value::Time(now))
            }
            Some(GlassStanding::ToReview) => store::to_review(filter, now, None),
            Some(GlassStanding::Reviewed) => filter.and_always("reviewed_at is not null"),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotCareTeam | Refusal::NotYours | Refusal::OwnGlass => {
                Self::refused_access(refusal.code(), refusal.to_string())
            }
            _ => Self::conflict(refusal.code(), refusal.to_string()),
        }
    }
}

fn view(glass: BreakGlass, now: Timestamp) -> BreakGlassView {
    BreakGlassView { standing: standing(glass.open_until, glass.reviewed_at.is_some(), now), glass }
}

/// Opens a patient's chart to the caller for an hour.
///
/// # Errors
/// 403 `reauth_required` or `wrong_password`; 409 `no_glass` where the chart can be read without, `still_open`; 422 with
/// every bad field.
pub async fn break_glass(cx: &Cx, new: &NewBreakGlass) -> Result<BreakGlassView, Problem> {
    cx.require(Permission::ChartBreakGlass).await?;
    cx.require(Permission::ChartRead).await?;
    let proof = &identity::actions::prove(cx, new.password.as_deref()).await;
    cx.write(Permission::ChartBreakGlass, |scope| {
        Box::pin(async move {
            // Two clicks wait for each other, so that one hour begins.
            let known: Option<Patient> = scope.find(new.patient_id).await?;
            let patient: Patient = match known.filter(|patient| patient.merged_into.is_none()) {
                Some(patient) => scope.lock(patient.id).await?,
                None => {
                    let message = "is no patient of your organization, or was merged into another";
                    return Err(Problem::invalid_field("patient_id", "not_found", message));
                }
            };
            proof.clone()?;
            let user = scope.cx.user().ok_or_else(|| Problem::unauthenticated("Sign in first."))?;
            may_break(ground(scope, &patient).await?)?;
            let now = scope.now();
            let glass = BreakGlass {
                id: scope.id(),
                patient_id: patient.id,
                user_id: user,
                reason: new.reason,
                detail: new.detail.clone(),
                broken_at: now,
                open_until: now.checked_add(OPEN_FOR).map_err(|error| Problem::internal(&error))?,
                finding: None,
                remark: None,
                reviewed_by_user: None,
                reviewed_at: None,
                version: 1,
                created_by_user: Some(user),
                created_at: now,
                updated_at: now,
            };
            scope.insert(&glass).await?;
            scope.emit(BreakGlassEvent::Broken { glass: glass.id, patient: patient.id, reason: glass.reason });
            Ok(view(glass, now))
        })
    })
    .await
}

/// Has it recorded when it is somebody else's, or one's own, to do.
fn recorded(
    scope: &mut Scope<'_>,
    permission: Permission,
    id: BreakGlassId,
    may: Result<(), Refusal>,
) -> Result<(), Problem> {
    let refused: Problem = match may {
        Ok(()) => return Ok(()),
        Err(refusal) => refusal.into(),
    };
    if refused.is_refused_access() {
        scope.record_refusal(permission.as_str(), id);
    }
    Err(refused)
}

/// Closes a chart that the caller has opened, before its time.
///
/// # Errors
/// 404; 403 `not_yours`; 409 `over`; 412.
pub async fn end(cx: &Cx, id: BreakGlassId) -> Result<BreakGlassView, Problem> {
    cx.write(Permission::ChartBreakGlass, |scope| {
        Box::pin(async move {
            let old: BreakGlass = scope.lock_current(id).await?;
            let now = scope.now();
            let may = may_end(view(old.clone(), now).standing, scope.cx.user() == Some(old.user_id));
            recorded(scope, Permission::ChartBreakGlass, id, may)?;
            let ended = scope.update(&old, BreakGlass { open_until: now, ..old.clone() }).await?;
            scope.emit(BreakGlassEvent::Ended { glass: id, patient: ended.patient_id });
            Ok(view(ended, now))
        })
    })
    .await
}

/// Decides whether there was need.
///
/// # Errors
/// 404; 403 `own_glass`; 409 `not_over`, `already_reviewed`; 412; 422 when there was no need and nothing is said of it.
pub async fn review(cx: &Cx, id: BreakGlassId, wanted: &ReviewGlass) -> Result<BreakGlassView, Problem> {
    cx.require(Permission::AuditRead).await?;
    let remark = wanted.remark.clone().filter(|remark| !remark.is_empty());
    if wanted.finding == GlassFinding::NotJustified && remark.is_none() {
        let message = "is required where there was no need: say what was found, and what follows";
        return Err(Problem::invalid_field("remark", "missing", message));
    }
    let remark = &remark;
    cx.write(Permission::AuditRead, |scope| {
        Box::pin(async move {
            let old: BreakGlass = scope.lock_current(id).await?;
            let now = scope.now();
            let may = may_review(view(old.clone(), now).standing, scope.cx.user() == Some(old.user_id));
            recorded(scope, Permission::AuditRead, id, may)?;
            let reviewed = BreakGlass {
                finding: Some(wanted.finding),
                remark: remark.clone(),
                reviewed_by_user: scope.cx.user(),
                reviewed_at: Some(now),
                ..old.clone()
            };
            let reviewed = scope.update(&old, reviewed).await?;
            scope.emit(BreakGlassEvent::Reviewed { glass: id, patient: reviewed.patient_id, finding: wanted.finding });
            Ok(view(reviewed, now))
        })
    })
    .await
}

/// Who sees only what they have opened themselves: whoever may not read the audit log.
fn only_own(cx: &Cx) -> bool {
    !cx.permissions.allows(Permission::AuditRead)
}

/// The permission that is missing where both are.
async fn require_either(cx: &Cx) -> Result<(), Problem> {
    if only_own(cx) { cx.require(Permission::ChartBreakGlass).await } else { Ok(()) }
}

/// Charts that were opened outside the care team, newest first: for who may read the audit log all of them, for others
/// their own.
///
/// # Errors
/// 403; 422 for a bad cursor.
pub async fn list(cx: &Cx, list: &ListGlasses) -> Result<Page<BreakGlassView>, Problem> {
    require_either(cx).await?;
    let after: Option<BreakGlassId> = cursor(list.cursor.as_deref())?;
    let limit = list.limit.unwrap_or_default().0;
    cx.read_as_oneself(|scope| {
        Box::pin(async move {
            let now = scope.now();
            let own = scope.cx.user().filter(|_| only_own(scope.cx));
            let filter = list.filter(now).and_if("user_id = ?", own.as_ref());
            scope.record_reading("break_glass_list", list.patient_id.map(|id| id.to_string()).unwrap_or_default());
            let found = store::list(scope, filter, after, limit + 1).await?;
            Ok(Page::cut(found, limit, |glass| glass.id).map(|glass| view(glass, now)))
        })
    })
    .await
}

/// One of them, with what was read through it for who may read the audit log.
///
/// # Errors
/// 403; 404, also for somebody else's where the caller sees only their own.
pub async fn show(cx: &Cx, id: BreakGlassId) -> Result<BreakGlassReport, Problem> {
    require_either(cx).await?;
    cx.read_as_oneself(|scope| {
        Box::pin(async move {
            let glass: BreakGlass = scope.get(id).await?;
            let is_own = scope.cx.user() == Some(glass.user_id);
            if only_own(scope.cx) && !is_own {
                return Err(Problem::not_found("broken glass"));
            }
            scope.record_reading("break_glass", id);
            let readings = if only_own(scope.cx) { Vec::new() } else { readings(scope, &glass).await? };
            let now = scope.now();
            Ok(BreakGlassReport { view: view(glass, now), readings })
        })
    })
    .await
}

async fn readings(scope: &mut Scope<'_>, glass: &BreakGlass) -> Result<Vec<GlassReading>, Problem> {
    let during = (glass.broken_at, glass.broken_at.checked_add(OPEN_FOR).unwrap_or(glass.open_until));
    let found = audit::through_glass(scope, glass.id, &glass.user_id.to_string(), during).await?;
    let mut readings: Vec<GlassReading> = Vec::new();
    for entry in found {
        let same = |known: &&mut GlassReading| known.action == entry.action && known.subject == entry.subject;
        match readings.iter_mut().find(same) {
            Some(known) => known.times += 1,
            None => readings.push(GlassReading {
                at: entry.happened_at,
                action: entry.action,
                subject: entry.subject,
                times: 1,
                sequence: entry.sequence,
            }),
        }
    }
    Ok(readings)
}

/// Why the caller need not break the glass of a patient's chart, if so; of a duplicate it is that of who stays.
///
/// # Errors
/// 404.
pub async fn needless(cx: &Cx, patient: PatientId) -> Result<Option<Refusal>, Problem> {
    cx.read(Permission::ChartBreakGlass, |scope| {
        Box::pin(async move {
            let patient: Patient = scope.get(patient).await?;
            Ok(may_break(ground(scope, &patient).await?).err())
        })
    })
    .await
}

/// How the users and patients of broken glasses are shown.
#[derive(Debug, Clone, Default)]
pub struct Names {
    users: BTreeMap<UserId, String>,
    patients: BTreeMap<PatientId, String>,
}

impl Names {
    /// A user.
    pub fn user(&self, id: UserId) -> &str {
        self.users.get(&id).map_or("Somebody", String::as_str)
    }

    /// A patient: the record number, and the name for who may read patients.
    pub fn patient(&self, id: PatientId) -> &str {
        self.patients.get(&id).map_or("", String::as_str)
    }
}

/// How the users and patients of these are shown.
///
/// # Errors
/// When the database can't answer.
pub async fn names(cx: &Cx, glasses: impl IntoIterator<Item = &BreakGlass>) -> Result<Names, Problem> {
    let ids: BTreeSet<PatientId> = glasses.into_iter().map(|glass| glass.patient_id).collect();
    let ids = &ids;
    let users = match &cx.principal {
        Principal::User { user, name, .. } if only_own(cx) => BTreeMap::from([(*user, name.clone())]),
        _ => {
            identity::actions::actors(cx).await?.into_iter().map(|one| (one.id, one.display_name.to_string())).collect()
        }
    };
    let patients = cx
        .read_as_oneself(|scope| {
            Box::pin(async move {
                let filter = Where::organization().and_in("id", ids.iter().map(Value::from));
                let found: Vec<Patient> = scope.filter(&filter, "id", ids.len().max(1)).await?;
                let named = scope.cx.permissions.allows(Permission::PatientRead);
                let shown = |one: Patient| match named {
                    true => (one.id, format!("{} ({})", one.display_name(), one.mrn)),
                    false => (one.id, one.mrn.to_string()),
                };
                Ok(found.into_iter().map(shown).collect())
            })
        })
        .await?;
    Ok(Names { users, patients })
}

/// How many wait for a review by the caller, at most so many.
///
/// # Errors
/// When the database can't answer.
pub async fn waiting(scope: &mut Scope<'_>, most: u32) -> Result<u32, Problem> {
    if only_own(scope.cx) {
        return Ok(0);
    }
    let filter = store::to_review(Where::organization(), scope.now(), scope.cx.user());
    Ok(store::count(scope, &filter, most).await?)
}
