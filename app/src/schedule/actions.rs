//! Use cases: setting when a group meets, and making the sessions that follow.

pub mod holidays;
mod parts;
mod series;

use ::rules::{
    groups::GroupStatus,
    holidays::Days,
    id::{GroupId, SiteId},
    permissions::Permission,
    recurrence::{Occurrence, Recurrence, RecurrenceInput, Zone},
    sessions::SessionStatus,
    violation::Violation,
};
use deserr::Deserr;
use jiff::civil::Date;

pub use series::change_session;

use super::{
    plan::{self, Closed, Plan, Reach},
    store::{self, GroupRecurrence},
    views::{KeptMeeting, Meeting, RecurrenceView, ScheduleChange},
};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    groups::{self, Group},
    http::extract::{FieldErrors, Parsed, Truth},
    problem::Problem,
    sessions::{self, Session, inputs::Day, making},
    settings::require_group_sessions,
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
    pub dry_run: Option<Truth>,
}

impl DryRun {
    fn is_wanted(self) -> bool {
        self.dry_run.is_some_and(|wanted| wanted.0)
    }
}

/// How a new rule is meant.
#[derive(Debug, Clone, Copy, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Setting {
    /// Only say what would change.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    pub dry_run: Option<Truth>,
    /// The rule holds from this day on, and what holds now until then; without it, from now on.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Parsed<Day>>,
}

/// The fields of a recurrence as this request names them.
fn named(violation: Violation) -> Violation {
    let field = violation.field.trim_start_matches("recurrence.").to_owned();
    Violation { field, ..violation }
}

async fn checked(scope: &mut Scope<'_>, group: &Group, input: &RecurrenceInput) -> Result<Recurrence, Problem> {
    if group.status == GroupStatus::Archived {
        let detail = "The group is archived: it can't go from archived to new sessions. Restore it first.";
        return Err(Problem::conflict("invalid_transition", detail));
    }
    let read = Recurrence::check(input, group.duration_minutes);
    let read = read.map_err(|found| Problem::from(found.into_iter().map(named).collect::<Vec<_>>()))?;
    let zone = making::zone_of(scope, group.site_id).await?;
    read.check_yields(&zone).map_err(|nothing| Problem::from(vec![named(nothing)]))?;
    Ok(read)
}

/// Sets when a group meets, from now or from a day on: makes, moves and cancels its coming sessions accordingly.
///
/// # Errors
/// 404, 409 when the group is archived, 412, 422 with every bad field.
pub async fn set(cx: &Cx, id: GroupId, input: &RecurrenceInput, setting: Setting) -> Result<ScheduleChange, Problem> {
    let from = setting.from.map(|from| from.0.0);
    if setting.dry_run.is_some_and(|wanted| wanted.0) {
        return cx
            .read(Permission::SessionSchedule, |scope| {
                Box::pin(async move {
                    let group: Group = scope.get(id).await?;
                    let recurrence = checked(scope, &group, input).await?;
                    let until = plan::horizon(scope).await?;
                    let old = store::parts(scope, id).await?;
                    let rule = (&recurrence, input.duration_minutes.is_some());
                    let parts = parts::replaced(scope, &group, &old, rule, from)?;
                    let plan = plan::plan(scope, &group, &parts, until, Reach::NewRule).await?;
                    shown(scope, &group, Rule::of(recurrence), &parts, &plan, until).await
                })
            })
            .await;
    }
    cx.write(Permission::SessionSchedule, |scope| {
        Box::pin(async move {
            require_group_sessions(scope).await?;
            let group = groups::lock(scope, id).await?;
            let recurrence = checked(scope, &group, input).await?;
            let until = plan::horizon(scope).await?;
            let old = store::parts(scope, id).await?;
            parts::current(scope, &old)?;
            let rule = (&recurrence, input.duration_minutes.is_some());
            let new = parts::replaced(scope, &group, &old, rule, from)?;
            parts::save(scope, &old, &new, until).await?;
            scope.emit(SessionEvent::RecurrenceSet { group: id });
            apply(scope, &group, Rule::of(recurrence), &new, (until, Reach::NewRule)).await
        })
    })
    .await
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
                require_group_sessions(scope).await?;
                let (rule, parts) = rule_of(scope, &group).await?;
                let until = plan::horizon(scope).await?;
                let plan = plan::plan(scope, &group, &parts, until, Reach::Dates).await?;
                let is_empty = plan.is_empty();
                Ok((is_empty, shown(scope, &group, rule, &parts, &plan, until).await?))
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

/// A rule as an answer tells it.
struct Rule {
    recurrence: Recurrence,
    words: String,
}

impl Rule {
    /// A rule that was just given.
    fn of(recurrence: Recurrence) -> Self {
        Self { words: recurrence.describe(), recurrence }
    }
}

/// The rule that holds now, and the parts of the series.
async fn rule_of(scope: &mut Scope<'_>, group: &Group) -> Result<(Rule, Vec<GroupRecurrence>), Problem> {
    if group.status == GroupStatus::Archived {
        let detail = "The group is archived: it can't go from archived to new sessions. Restore it first.";
        return Err(Problem::conflict("invalid_transition", detail));
    }
    let parts = store::parts(scope, group.id).await?;
    let zone = making::zone_of(scope, group.site_id).await?;
    let part =
        parts::in_force(&parts, &zone, zone.date(scope.now())).ok_or_else(|| Problem::not_found("recurrence"))?;
    let part = part.part();
    let rule = Rule { words: part.describe(), recurrence: part.shown().unwrap_or(part.recurrence) };
    Ok((rule, parts))
}

async fn fill(scope: &mut Scope<'_>, id: GroupId) -> Result<ScheduleChange, Problem> {
    let group = groups::lock(scope, id).await?;
    let (rule, parts) = rule_of(scope, &group).await?;
    let until = plan::horizon(scope).await?;
    scope.emit(SessionEvent::SeriesFilled { organization: scope.cx.organization.id, groups: 1 });
    apply(scope, &group, rule, &parts, (until, Reach::Dates)).await
}

/// Plans, carries out, and says what was done. The caller holds the lock on the group's row.
async fn apply(
    scope: &mut Scope<'_>,
    group: &Group,
    rule: Rule,
    parts: &[GroupRecurrence],
    (until, reach): (Date, Reach),
) -> Result<ScheduleChange, Problem> {
    plan::hold_sites(scope, [(group, parts)]).await?;
    let plan = plan::plan(scope, group, parts, until, reach).await?;
    let mut done = shown(scope, group, rule, parts, &plan, until).await?;
    done.created = Meeting::all(&plan::carry_out(scope, group, plan).await?, true);
    done.dry_run = false;
    Ok(done)
}

/// Those of these sessions that are on another day afterwards, as they are then; and those that take place after all.
fn other_days<'a>(pairs: impl IntoIterator<Item = (&'a Session, &'a Session)>) -> Vec<Session> {
    let differs =
        |(old, new): &(&Session, &Session)| old.local_date != new.local_date || old.status == SessionStatus::Cancelled;
    pairs.into_iter().filter(differs).map(|(_, new)| new.clone()).collect()
}

/// The plan as it would be done.
async fn shown(
    scope: &mut Scope<'_>,
    group: &Group,
    rule: Rule,
    parts: &[GroupRecurrence],
    plan: &Plan,
    until: Date,
) -> Result<ScheduleChange, Problem> {
    let zone = making::zone_of(scope, group.site_id).await?;
    let mut next = next(scope, group, parts, &zone).await?;
    let skipped = |name: &str| plan.skipped.iter().any(|one| one.recurrence_id == name);
    // What is there already takes place; beyond the horizon nothing is there yet.
    for meeting in next.iter_mut().filter(|meeting| meeting.local_date <= until) {
        meeting.holiday = meeting.holiday.take().filter(|_| meeting.recurrence_id.as_deref().is_some_and(skipped));
    }
    let pairs = plan.change.iter().chain(&plan.reinstate);
    let not_eligible = sessions::without_place_then(scope, &other_days(pairs.map(|(old, new)| (old, new)))).await?;
    Ok(ScheduleChange {
        group_id: group.id,
        dry_run: true,
        words: rule.words,
        parts: parts::views(parts, &zone, zone.date(scope.now())),
        next,
        until,
        created: Meeting::all(&plan.create, false),
        changed: Meeting::all(plan.change.iter().map(|(_, new)| new), true),
        reinstated: Meeting::all(plan.reinstate.iter().map(|(_, new)| new), true),
        cancelled: Meeting::all(&plan.cancel, true),
        kept: KeptMeeting::all(&plan.kept),
        skipped: plan.skipped.clone(),
        unchanged: plan.unchanged,
        not_eligible,
        recurrence: rule.recurrence,
    })
}

/// The next meetings the series yields from now on, those on a holiday of their site with its name.
async fn next(
    scope: &mut Scope<'_>,
    group: &Group,
    parts: &[GroupRecurrence],
    zone: &Zone,
) -> Result<Vec<Meeting>, Problem> {
    let coming = coming(scope, group, parts, zone);
    let (Some((first, _)), Some((last, _))) = (coming.first(), coming.last()) else { return Ok(Vec::new()) };
    let days = Days { first: first.local_date.min(last.local_date), last: last.local_date.max(first.local_date) };
    let closed = Closed::read(scope, coming.iter().map(|(_, site)| *site), days).await?;
    let meeting = coming.iter().map(|(occurrence, site)| Meeting {
        session_id: None,
        recurrence_id: Some(occurrence.recurrence_id.to_string()),
        local_date: occurrence.local_date,
        starts_at: zone.rfc3339(occurrence.starts_at),
        ends_at: zone.rfc3339(occurrence.ends_at),
        has_conflict: false,
        holiday: closed.on(*site, occurrence.local_date).map(|holiday| holiday.name.clone()),
    });
    Ok(meeting.collect())
}

/// The next meetings, each with its site.
fn coming(
    scope: &Scope<'_>,
    group: &Group,
    parts: &[GroupRecurrence],
    zone: &Zone,
) -> Vec<(Occurrence, Option<SiteId>)> {
    let (now, today) = (scope.now(), zone.date(scope.now()));
    let live = parts.iter().filter(|part| !part.is_closed());
    let found = live.flat_map(|row| {
        let site = row.overrides.site(group);
        let found = row.part().occurrences(zone, today, Date::constant(2199, 12, 31), NEXT + 1);
        found.into_iter().map(move |occurrence| (occurrence, site))
    });
    let mut coming: Vec<_> = found.filter(|(occurrence, _)| occurrence.starts_at > now).collect();
    coming.sort_by_key(|(occurrence, _)| (occurrence.starts_at, occurrence.recurrence_id));
    coming.truncate(NEXT);
    coming
}

/// Names the sessions of meetings that are made. One that takes place was there before the holiday it is on.
async fn as_made(scope: &mut Scope<'_>, group: GroupId, meetings: &mut [Meeting]) -> Result<(), Problem> {
    let first = meetings.iter().filter_map(|meeting| meeting.recurrence_id.as_deref()).min();
    let (Some(first), Some(day)) = (first, meetings.iter().map(|meeting| meeting.local_date).min()) else {
        return Ok(());
    };
    let known = sessions::of_series(scope, group, first, day).await?;
    for meeting in meetings {
        let Some(session) = meeting.recurrence_id.as_ref().and_then(|name| known.get(name)) else { continue };
        meeting.session_id = Some(session.id);
        if !matches!(session.status, SessionStatus::Cancelled | SessionStatus::Voided) {
            meeting.holiday = None;
        }
    }
    Ok(())
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
            let rows = store::parts(scope, id).await?;
            let today = zone.date(scope.now());
            let mut next = next(scope, &group, &rows, &zone).await?;
            as_made(scope, id, &mut next).await?;
            let current = parts::in_force(&rows, &zone, today).map(GroupRecurrence::part);
            let head = rows.iter().find(|part| part.is_head());
            Ok(RecurrenceView {
                group_id: id,
                next,
                parts: parts::views(&rows, &zone, today),
                words: current.as_ref().map(::rules::recurrence::Part::describe),
                filled_until: head.map(|head| head.filled_until),
                version: head.map(|head| head.version),
                recurrence: current.map(|part| part.shown().unwrap_or(part.recurrence)),
                zone,
            })
        })
    })
    .await
}
