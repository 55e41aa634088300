//! Cancelling every scheduled session of some days: a clinic that closes, a leader who is away.

use std::collections::BTreeSet;

use ::rules::{
    column::Value,
    holidays::Days,
    id::{GroupId, PractitionerId, RoomId, SessionId, SiteId},
    permissions::Permission,
    sessions::SessionStatus,
    text::Reason,
    violation::Violation,
};
use ::store::Where;
use deserr::Deserr;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::{
    inputs::Day,
    store::{self, Session},
};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    groups,
    http::extract::{FieldErrors, Parsed},
    problem::Problem,
};

/// Sessions that are cancelled at once, at most.
pub const CANCELLED_MAX: usize = 1_000;

/// Which sessions are to be cancelled, and why.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct CancelMany {
    /// From this day on.
    #[schema(value_type = String, format = Date)]
    pub date_from: Parsed<Day>,
    /// Up to and with this day.
    #[schema(value_type = String, format = Date)]
    pub date_to: Parsed<Day>,
    /// Only sessions of this group.
    #[deserr(default)]
    pub group_id: Option<GroupId>,
    /// Only sessions at this site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// Only sessions this practitioner leads.
    #[deserr(default)]
    pub practitioner_id: Option<PractitionerId>,
    /// Only sessions in this room.
    #[deserr(default)]
    pub room_id: Option<RoomId>,
    /// Why; each session keeps it. Not needed to ask only.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

/// A session that is cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CancelledSession {
    /// The session.
    pub session_id: SessionId,
    /// Its number.
    pub session_number: String,
    /// Its group.
    pub group_id: Option<GroupId>,
    /// Its title.
    pub title: String,
    /// Its day, by the clock on the wall.
    #[schema(value_type = String, format = Date)]
    pub local_date: Date,
    /// Its start.
    #[schema(format = DateTime)]
    pub starts_at: String,
}

/// What was cancelled, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CancelledMany {
    /// Only asked, nothing done.
    pub dry_run: bool,
    /// How many sessions.
    pub count: usize,
    /// How many people have a place in one of them.
    pub participants: usize,
    /// The sessions, by day and time.
    pub sessions: Vec<CancelledSession>,
}

/// Cancels the scheduled sessions of some days, each with the reason. What was cancelled stays so. A dry run lists them.
///
/// # Errors
/// 422 without a reason, with days the wrong way round, when there are none, or more than [`CANCELLED_MAX`].
pub async fn cancel_many(cx: &Cx, wanted: &CancelMany, dry_run: bool) -> Result<CancelledMany, Problem> {
    cx.require(Permission::SessionCancel).await?;
    check(wanted, dry_run)?;
    if dry_run {
        return cx
            .read(Permission::SessionCancel, |scope| {
                Box::pin(async move {
                    let found = found(scope, wanted).await?;
                    shown(scope, &found, true).await
                })
            })
            .await;
    }
    cx.write(Permission::SessionCancel, |scope| {
        Box::pin(async move {
            let seen = found(scope, wanted).await?;
            lock(scope, &seen).await?;
            // As they are now that nobody else can change them; what was scheduled meanwhile was not seen by anybody.
            let mut sessions = found(scope, wanted).await?;
            sessions.retain(|session| seen.iter().any(|one| one.id == session.id));
            if sessions.is_empty() {
                let detail = "No scheduled session is on these days, so there is nothing to cancel.";
                return Err(Problem::unprocessable("nothing_to_cancel", detail));
            }
            cancel_these(scope, &sessions, wanted.reason.as_deref().unwrap_or_default()).await
        })
    })
    .await
}

/// The sessions, locked by the caller, are cancelled with one event.
async fn cancel_these(scope: &mut Scope<'_>, sessions: &[Session], reason: &str) -> Result<CancelledMany, Problem> {
    let done = shown(scope, sessions, false).await?;
    store::cancel_all(scope, sessions, reason).await?;
    let ids = sessions.iter().map(|session| session.id).collect();
    scope.emit(SessionEvent::RangeCancelled { organization: scope.cx.organization.id, sessions: ids });
    Ok(done)
}

/// The sessions at a site on some days that are scheduled and still to come, up to a number of them.
///
/// # Errors
/// When the database can't answer.
pub async fn coming_at_site(
    scope: &mut Scope<'_>,
    site: SiteId,
    days: Days,
    limit: usize,
) -> Result<CancelledMany, Problem> {
    let found = coming(scope, site, days, limit).await?;
    shown(scope, &found, true).await
}

/// Cancels the sessions at a site on some days that are scheduled and still to come, each with the reason; there may be
/// none. The caller has asked for the permission.
///
/// # Errors
/// 422 when there are more than [`CANCELLED_MAX`].
pub async fn cancel_at_site(
    scope: &mut Scope<'_>,
    site: SiteId,
    days: Days,
    reason: &str,
) -> Result<CancelledMany, Problem> {
    let seen = coming(scope, site, days, CANCELLED_MAX + 1).await?;
    if seen.len() > CANCELLED_MAX {
        let message = format!("leaves more than {CANCELLED_MAX} sessions to cancel: choose fewer days");
        return Err(Problem::invalid_field("last_day", "too_many", message));
    }
    lock(scope, &seen).await?;
    let mut sessions = coming(scope, site, days, CANCELLED_MAX + 1).await?;
    sessions.retain(|session| seen.iter().any(|one| one.id == session.id));
    if sessions.is_empty() {
        shown(scope, &sessions, false).await
    } else {
        cancel_these(scope, &sessions, reason).await
    }
}

async fn coming(scope: &mut Scope<'_>, site: SiteId, days: Days, limit: usize) -> Result<Vec<Session>, Problem> {
    let filter =
        scheduled(days.first, days.last).and("site_id = ?", &site).and("starts_at > ?", Value::Time(scope.now()));
    Ok(store::sessions_by_time(scope, filter, None, limit).await?)
}

fn check(wanted: &CancelMany, dry_run: bool) -> Result<(), Problem> {
    let mut found = Vec::new();
    if wanted.date_to.0.0 < wanted.date_from.0.0 {
        let message =
            format!("must not be before `date_from`, {}, and is {}", wanted.date_from.0.0, wanted.date_to.0.0);
        found.push(Violation::new("date_to", "out_of_range", message));
    }
    if wanted.reason.is_none() && !dry_run {
        found.push(Violation::new("reason", "reason_required", "is required"));
    }
    if found.is_empty() { Ok(()) } else { Err(found.into()) }
}

/// Scheduled sessions from a day to another.
fn scheduled(first: Date, last: Date) -> Where {
    Where::organization()
        .and("local_date >= ?", Value::Day(first))
        .and("local_date <= ?", Value::Day(last))
        .and("status = ?", &SessionStatus::Scheduled)
}

async fn found(scope: &mut Scope<'_>, wanted: &CancelMany) -> Result<Vec<Session>, Problem> {
    let filter = scheduled(wanted.date_from.0.0, wanted.date_to.0.0)
        .and_if("site_id = ?", wanted.site_id.as_ref())
        .and_if("group_id = ?", wanted.group_id.as_ref())
        .and_if("room_id = ?", wanted.room_id.as_ref());
    let filter = match wanted.practitioner_id {
        Some(leader) => store::led_by(filter, &[leader]),
        None => filter,
    };
    let found = store::sessions_by_time(scope, filter, None, CANCELLED_MAX + 1).await?;
    if found.len() > CANCELLED_MAX {
        let message =
            format!("leaves more than {CANCELLED_MAX} sessions: choose fewer days, a group, a site or a leader");
        return Err(Problem::invalid_field("date_to", "too_many", message));
    }
    Ok(found)
}

/// Locks the groups of the sessions, then the sessions of none, in one order for everybody.
async fn lock(scope: &mut Scope<'_>, sessions: &[Session]) -> Result<(), Problem> {
    let of_groups: BTreeSet<GroupId> = sessions.iter().filter_map(|session| session.group_id).collect();
    for group in of_groups {
        groups::lock(scope, group).await?;
    }
    let alone: BTreeSet<SessionId> =
        sessions.iter().filter(|session| session.group_id.is_none()).map(|session| session.id).collect();
    for session in alone {
        scope.lock::<Session, _>(session).await?;
    }
    Ok(())
}

async fn shown(scope: &mut Scope<'_>, sessions: &[Session], dry_run: bool) -> Result<CancelledMany, Problem> {
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let line = |session: &Session| CancelledSession {
        session_id: session.id,
        session_number: session.session_number.clone(),
        group_id: session.group_id,
        title: session.title.to_string(),
        local_date: session.local_date,
        starts_at: session.zone.rfc3339(session.starts_at),
    };
    Ok(CancelledMany {
        dry_run,
        count: sessions.len(),
        participants: store::people_told(scope, &ids).await?,
        sessions: sessions.iter().map(line).collect(),
    })
}
