//! Use cases: setting when a group meets, and making the sessions that follow.

use ::rules::{
    column::Json,
    groups::GroupStatus,
    id::{GroupId, SessionId},
    permissions::Permission,
    recurrence::{Recurrence, RecurrenceInput, Zone},
    violation::Violation,
};
use deserr::Deserr;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    plan::{self, Plan},
    store::{self, GroupRecurrence},
};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    groups::{self, Group},
    http::extract::{FieldErrors, Parsed},
    problem::Problem,
    sessions::{Session, making},
};

/// How many dates a recurrence is shown with.
const NEXT: usize = 6;

/// Whether to do it or only to say what would be done.
#[derive(Debug, Clone, Copy, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DryRun {
    /// Only say what would change.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    pub dry_run: Option<Parsed<bool>>,
}

impl DryRun {
    fn is_wanted(self) -> bool {
        self.dry_run.is_some_and(|wanted| wanted.0)
    }
}

/// One meeting of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Meeting {
    /// The session, once it is made.
    pub session_id: Option<SessionId>,
    /// The local start the rule gives it, for good.
    pub recurrence_id: Option<String>,
    /// The day it is on, by the clock on the wall.
    #[schema(value_type = String, format = Date)]
    pub local_date: Date,
    /// The start.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// The end.
    #[schema(format = DateTime)]
    pub ends_at: String,
    /// Its room or a leader is taken at this time.
    pub has_conflict: bool,
}

impl Meeting {
    fn of(session: &Session, made: bool) -> Self {
        Self {
            session_id: made.then_some(session.id),
            recurrence_id: session.recurrence_id.clone(),
            local_date: session.local_date,
            starts_at: session.zone.rfc3339(session.starts_at),
            ends_at: session.zone.rfc3339(session.ends_at),
            has_conflict: session.has_conflict,
        }
    }

    fn all(sessions: &[Session], made: bool) -> Vec<Self> {
        sessions.iter().map(|session| Self::of(session, made)).collect()
    }
}

/// When a group meets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecurrenceView {
    /// The group.
    pub group_id: GroupId,
    /// The rule; none until somebody says when the group meets.
    pub recurrence: Option<Recurrence>,
    /// The rule in words: "Every Monday and Wednesday at 09:00".
    pub words: Option<String>,
    /// The zone of its clock.
    pub zone: Zone,
    /// The next meetings it yields.
    pub next: Vec<Meeting>,
    /// Sessions exist up to and with this day.
    #[schema(value_type = Option<String>, format = Date)]
    pub filled_until: Option<Date>,
    /// 1 when created, one more with each change; send it back in `If-Match`.
    pub version: Option<i64>,
}

/// What a change of the schedule did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleChange {
    /// The group.
    pub group_id: GroupId,
    /// Only asked, nothing done.
    pub dry_run: bool,
    /// The rule.
    pub recurrence: Recurrence,
    /// The rule in words.
    pub words: String,
    /// The next meetings the rule yields.
    pub next: Vec<Meeting>,
    /// Sessions are made up to and with this day.
    #[schema(value_type = String, format = Date)]
    pub until: Date,
    /// Sessions that are made.
    pub created: Vec<Meeting>,
    /// Sessions that are moved, or taken into the series.
    pub changed: Vec<Meeting>,
    /// Sessions that take place after all.
    pub reinstated: Vec<Meeting>,
    /// Sessions that are cancelled: the rule no longer yields them.
    pub cancelled: Vec<Meeting>,
    /// Sessions that stay as they are.
    pub unchanged: usize,
}

/// The fields of a recurrence as this request names them.
fn named(violation: Violation) -> Violation {
    let field = violation.field.trim_start_matches("recurrence.").to_owned();
    Violation { field, ..violation }
}

fn checked(group: &Group, input: &RecurrenceInput) -> Result<Recurrence, Problem> {
    if group.status == GroupStatus::Archived {
        let detail = "The group is archived: it can't go from archived to new sessions. Restore it first.";
        return Err(Problem::conflict("invalid_transition", detail));
    }
    let read = Recurrence::check(input, group.duration_minutes);
    read.map_err(|found| found.into_iter().map(named).collect::<Vec<_>>().into())
}

/// Sets when a group meets: makes, moves and cancels its coming sessions accordingly.
///
/// # Errors
/// 404, 409 when the group is archived, 412, 422 with every bad field.
pub async fn set(cx: &Cx, id: GroupId, input: &RecurrenceInput, dry_run: DryRun) -> Result<ScheduleChange, Problem> {
    if dry_run.is_wanted() {
        return cx
            .read(Permission::SessionSchedule, |scope| {
                Box::pin(async move {
                    let group: Group = scope.get(id).await?;
                    let recurrence = checked(&group, input)?;
                    let until = plan::horizon(scope).await?;
                    let plan = plan::plan(scope, &group, &recurrence, until).await?;
                    shown(scope, &group, recurrence, &plan, until).await
                })
            })
            .await;
    }
    cx.write(Permission::SessionSchedule, |scope| {
        Box::pin(async move {
            let group = groups::lock(scope, id).await?;
            let recurrence = checked(&group, input)?;
            let until = plan::horizon(scope).await?;
            save(scope, &group, &recurrence, input.duration_minutes.is_some(), until).await?;
            scope.emit(SessionEvent::RecurrenceSet { group: id });
            apply(scope, &group, recurrence, until).await
        })
    })
    .await
}

async fn save(
    scope: &mut Scope<'_>,
    group: &Group,
    recurrence: &Recurrence,
    own_duration: bool,
    filled_until: Date,
) -> Result<(), Problem> {
    let old = store::of_group(scope, group.id).await?;
    let now = scope.now();
    let new = GroupRecurrence {
        id: old.as_ref().map_or_else(|| scope.id(), |old| old.id),
        group_id: group.id,
        recurrence: Json(recurrence.clone()),
        own_duration,
        filled_until,
        version: 1,
        created_by_user: old.as_ref().map_or_else(|| scope.cx.user(), |old| old.created_by_user),
        created_at: old.as_ref().map_or(now, |old| old.created_at),
        updated_at: now,
    };
    match (old, scope.cx.request.if_match) {
        (Some(old), Some(version)) if old.version != version => Err(Problem::stale(Some(old.version))),
        (Some(old), _) => Ok(scope.update(&old, new).await.map(drop)?),
        (None, _) => Ok(scope.insert(&new).await?),
    }
}

/// Makes the sessions that are missing up to the horizon. Twice changes nothing.
///
/// # Errors
/// 404 also when the group has no recurrence, 409 when it is archived.
pub async fn generate(cx: &Cx, id: GroupId, dry_run: DryRun) -> Result<ScheduleChange, Problem> {
    let found = cx
        .read(Permission::SessionSchedule, |scope| {
            Box::pin(async move {
                let group: Group = scope.get(id).await?;
                let recurrence = recurrence_of(scope, &group).await?;
                let until = plan::horizon(scope).await?;
                let plan = plan::plan(scope, &group, &recurrence, until).await?;
                let is_empty = plan.is_empty();
                Ok((is_empty, shown(scope, &group, recurrence, &plan, until).await?))
            })
        })
        .await?;
    match found {
        (_, preview) if dry_run.is_wanted() => Ok(preview),
        // There is nothing to do, so nothing is written.
        (true, preview) => Ok(ScheduleChange { dry_run: false, ..preview }),
        (false, _) => cx.write(Permission::SessionSchedule, |scope| Box::pin(fill(scope, id))).await,
    }
}

async fn recurrence_of(scope: &mut Scope<'_>, group: &Group) -> Result<Recurrence, Problem> {
    if group.status == GroupStatus::Archived {
        let detail = "The group is archived: it can't go from archived to new sessions. Restore it first.";
        return Err(Problem::conflict("invalid_transition", detail));
    }
    let found = store::of_group(scope, group.id).await?;
    found.map(|found| found.recurrence.0).ok_or_else(|| Problem::not_found("recurrence"))
}

async fn fill(scope: &mut Scope<'_>, id: GroupId) -> Result<ScheduleChange, Problem> {
    let group = groups::lock(scope, id).await?;
    let recurrence = recurrence_of(scope, &group).await?;
    let until = plan::horizon(scope).await?;
    scope.emit(SessionEvent::SeriesFilled { organization: scope.cx.organization.id, groups: 1 });
    apply(scope, &group, recurrence, until).await
}

/// Plans, carries out, and says what was done. The caller holds the lock on the group's row.
async fn apply(
    scope: &mut Scope<'_>,
    group: &Group,
    recurrence: Recurrence,
    until: Date,
) -> Result<ScheduleChange, Problem> {
    let plan = plan::plan(scope, group, &recurrence, until).await?;
    let mut done = shown(scope, group, recurrence, &plan, until).await?;
    done.created = Meeting::all(&plan::carry_out(scope, group, plan).await?, true);
    done.dry_run = false;
    Ok(done)
}

/// The plan as it would be done.
async fn shown(
    scope: &mut Scope<'_>,
    group: &Group,
    recurrence: Recurrence,
    plan: &Plan,
    until: Date,
) -> Result<ScheduleChange, Problem> {
    let zone = making::zone_of(scope, group.site_id).await?;
    let changed: Vec<Session> = plan.change.iter().map(|(_, new)| new.clone()).collect();
    Ok(ScheduleChange {
        group_id: group.id,
        dry_run: true,
        words: recurrence.describe(),
        next: next(scope, &recurrence, &zone),
        until,
        created: Meeting::all(&plan.create, false),
        changed: Meeting::all(&changed, true),
        reinstated: Meeting::all(&plan.reinstate, true),
        cancelled: Meeting::all(&plan.cancel, true),
        unchanged: plan.unchanged,
        recurrence,
    })
}

/// The next meetings the rule yields from now on.
fn next(scope: &Scope<'_>, recurrence: &Recurrence, zone: &Zone) -> Vec<Meeting> {
    let now = scope.now();
    let found = recurrence.occurrences(zone, zone.date(now), Date::constant(2199, 12, 31), NEXT + 1);
    let coming = found.into_iter().filter(|occurrence| occurrence.starts_at > now).take(NEXT);
    let meeting = coming.map(|occurrence| Meeting {
        session_id: None,
        recurrence_id: Some(occurrence.recurrence_id.to_string()),
        local_date: occurrence.local_date,
        starts_at: zone.rfc3339(occurrence.starts_at),
        ends_at: zone.rfc3339(occurrence.ends_at),
        has_conflict: false,
    });
    meeting.collect()
}

/// When a group meets.
///
/// # Errors
/// 404.
pub async fn show(cx: &Cx, id: GroupId) -> Result<RecurrenceView, Problem> {
    cx.require(Permission::GroupRead).await?;
    meets(cx, id).await
}

/// As [`show`], for who may know it otherwise: whoever has the private address of an offer.
///
/// # Errors
/// 404.
pub async fn meets(cx: &Cx, id: GroupId) -> Result<RecurrenceView, Problem> {
    cx.read_as_oneself(|scope| {
        Box::pin(async move {
            let group: Group = scope.get(id).await?;
            let zone = making::zone_of(scope, group.site_id).await?;
            let found = store::of_group(scope, id).await?;
            let next = found.as_ref().map(|found| next(scope, &found.recurrence, &zone));
            Ok(RecurrenceView {
                group_id: id,
                zone,
                next: next.unwrap_or_default(),
                words: found.as_ref().map(|found| found.recurrence.describe()),
                filled_until: found.as_ref().map(|found| found.filled_until),
                version: found.as_ref().map(|found| found.version),
                recurrence: found.map(|found| found.recurrence.0),
            })
        })
    })
    .await
}
