//! What a caller gets of time off: dates for everybody who sees the schedule, the rest for few.

use ::rules::{
    availability::{TimeOffKind, TimeOffStatus},
    column::Value,
    id::{PractitionerId, TimeOffId, UserId},
    permissions::Permission,
    recurrence::Zone,
    text::{Reason, Remark},
};
use ::store::Where;
use deserr::Deserr;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{is_own, own_or_approver};
use crate::{
    audit::history::{AsOf, RecordVersion, history},
    door::{Cx, Scope},
    http::extract::{FieldErrors, Parsed},
    paging::{Limit, Page, bad_cursor, cursor, days_in_order},
    people::store::{
        Practitioner,
        availability::{self as store, TimeOff},
    },
    problem::Problem,
    when::Day,
};

/// Time off. What it is for and why it was declined only the practitioner sees, and who approves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimeOffView {
    /// The id.
    pub id: TimeOffId,
    /// Who.
    pub practitioner_id: PractitionerId,
    /// Where it stands.
    pub status: TimeOffStatus,
    /// From this instant on.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// Until this one, not included.
    #[schema(format = DateTime)]
    pub ends_at: String,
    /// The first of whole days.
    #[schema(value_type = Option<String>, format = Date)]
    pub first_day: Option<Date>,
    /// The last of them.
    #[schema(value_type = Option<String>, format = Date)]
    pub last_day: Option<Date>,
    /// Who leads instead.
    pub substitute_id: Option<PractitionerId>,
    /// What for; hidden from others.
    pub kind: Option<TimeOffKind>,
    /// More about that; hidden from others.
    pub reason: Option<Remark>,
    /// Who approved, declined or withdrew it.
    pub decided_by_user: Option<UserId>,
    /// When.
    #[schema(format = DateTime)]
    pub decided_at: Option<String>,
    /// Why it was declined or withdrawn; hidden from others.
    pub decision_reason: Option<Reason>,
    /// 1 when created, one more with each change; send it back in `If-Match`.
    pub version: i64,
    /// The user who asked.
    pub created_by_user: Option<UserId>,
}

/// What a list of time off is limited to.
#[derive(Debug, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTimeOff {
    /// Only what stands so.
    #[deserr(default)]
    pub status: Option<TimeOffStatus>,
    /// Only what ends on this day of the organization's calendar or later.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub date_from: Option<Parsed<Day>>,
    /// Only what begins on this day or before.
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

/// Whether the caller sees everything of somebody's time off.
fn sees_all(cx: &Cx, who: PractitionerId) -> bool {
    is_own(cx, who) || cx.permissions.allows(Permission::TimeoffApprove)
}

/// Whether it is there for the caller: to others once it is approved.
pub fn is_visible(cx: &Cx, stored: &TimeOff) -> bool {
    stored.status == TimeOffStatus::Approved || sees_all(cx, stored.practitioner_id)
}

/// What the caller may see of it.
pub fn view(cx: &Cx, stored: TimeOff) -> TimeOffView {
    let zone = cx.zone();
    let all = sees_all(cx, stored.practitioner_id);
    TimeOffView {
        id: stored.id,
        practitioner_id: stored.practitioner_id,
        status: stored.status,
        starts_at: zone.rfc3339(stored.starts_at),
        ends_at: zone.rfc3339(stored.ends_at),
        first_day: stored.first_day,
        last_day: stored.last_day,
        substitute_id: stored.substitute_id,
        kind: Some(stored.kind).filter(|_| all),
        reason: stored.reason.filter(|_| all),
        decided_by_user: stored.decided_by_user.filter(|_| all),
        decided_at: stored.decided_at.filter(|_| all).map(|at| zone.rfc3339(at)),
        decision_reason: stored.decision_reason.filter(|_| all),
        version: stored.version,
        created_by_user: stored.created_by_user,
    }
}

fn filter(zone: &Zone, list: &ListTimeOff) -> Result<Where, Problem> {
    let (from, to) = (list.date_from.map(|day| day.0.0), list.date_to.map(|day| day.0.0));
    days_in_order(from, to)?;
    let from = from.and_then(|day| zone.midnight(day));
    let until = to.and_then(|day| zone.midnight(day.tomorrow().unwrap_or(day)));
    Ok(Where::organization()
        .and_if("status = ?", list.status.as_ref())
        .and_if("ends_at > ?", from.map(Value::Time))
        .and_if("starts_at < ?", until.map(Value::Time)))
}

async fn page(scope: &mut Scope<'_>, filter: Where, list: &ListTimeOff) -> Result<Page<TimeOffView>, Problem> {
    let after: Option<TimeOffId> = cursor(list.cursor.as_deref())?;
    let limit = list.limit.unwrap_or_default().0;
    let after = match after {
        Some(id) => Some(scope.find::<TimeOff>(id).await?.ok_or_else(bad_cursor)?),
        None => None,
    };
    let found = store::by_time(scope, filter, after.as_ref(), limit + 1).await?;
    let cx = scope.cx;
    Ok(Page::cut(found, limit, |one| one.id).map(|one| view(cx, one)))
}

/// A practitioner's time off by its start: all of it for themselves and who approves, what is approved for others.
///
/// # Errors
/// 404, 422 for a bad cursor or days the wrong way round.
pub async fn list(cx: &Cx, who: PractitionerId, list: &ListTimeOff) -> Result<Page<TimeOffView>, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            scope.get::<Practitioner, _>(who).await?;
            let filter = filter(&scope.cx.zone(), list)?.and("practitioner_id = ?", &who);
            let filter = match sees_all(scope.cx, who) {
                true => filter,
                false => filter.and_always("status = 'approved'"),
            };
            page(scope, filter, list).await
        })
    })
    .await
}

/// Everybody's time off by its start, for who approves.
///
/// # Errors
/// 422 for a bad cursor or days the wrong way round.
pub async fn all(cx: &Cx, list: &ListTimeOff) -> Result<Page<TimeOffView>, Problem> {
    cx.read(Permission::TimeoffApprove, |scope| {
        Box::pin(async move {
            let filter = filter(&scope.cx.zone(), list)?;
            page(scope, filter, list).await
        })
    })
    .await
}

/// One time off. To others it is there once it is approved.
///
/// # Errors
/// 404.
pub async fn show(cx: &Cx, id: TimeOffId) -> Result<TimeOffView, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let stored: TimeOff = scope.get(id).await?;
            if !is_visible(scope.cx, &stored) {
                return Err(Problem::not_found("time off"));
            }
            Ok(view(scope.cx, stored))
        })
    })
    .await
}

/// Time off as it stood, for the practitioner, who approves, and who reads the audit log.
///
/// # Errors
/// 403, 404, 422 for a bad cursor.
pub async fn versions(cx: &Cx, id: TimeOffId, as_of: &AsOf) -> Result<Page<RecordVersion>, Problem> {
    let audits = cx.permissions.allows(Permission::AuditRead);
    if !audits {
        own_or_approver(cx, None).await?;
    }
    let stored: TimeOff = cx.read_as_oneself(|scope| Box::pin(async move { scope.get(id).await })).await?;
    if !audits && !is_visible(cx, &stored) {
        return Err(Problem::not_found("time off"));
    }
    let permission =
        if is_own(cx, stored.practitioner_id) { Permission::GroupRead } else { Permission::TimeoffApprove };
    history::<TimeOff, _>(cx, permission, id, as_of).await
}
