//! Use cases of time off: asking, changing, declining, taking back. Approving looks at sessions, and is theirs.

mod input;
mod lists;

use ::rules::{
    availability::{TimeOffRefusal, TimeOffStatus, TimeOffVerb},
    id::{PractitionerId, TimeOffId},
    permissions::Permission,
    text::Reason,
};

pub use input::{ChangeTimeOff, NewTimeOff, WhyNot, Withdrawal};
pub use lists::{ListTimeOff, TimeOffView, all, is_visible, list, show, versions, view};

use super::must_exist;
use crate::{
    audit,
    door::{Cx, Scope},
    events::AvailabilityEvent,
    people::store::{
        Practitioner,
        availability::{self as store, TimeOff},
    },
    problem::Problem,
};

/// Whether this is the caller's own time off.
fn is_own(cx: &Cx, who: PractitionerId) -> bool {
    cx.practitioner() == Some(who)
}

/// Asks for the permission at once where nothing can be the caller's own.
async fn own_or_approver(cx: &Cx, who: Option<PractitionerId>) -> Result<(), Problem> {
    let own = who.map_or_else(|| cx.practitioner().is_some(), |who| is_own(cx, who));
    if own { Ok(()) } else { cx.require(Permission::TimeoffApprove).await }
}

/// Records a refusal that was only known after loading: somebody else's time off, or a decision about one's own.
///
/// # Errors
/// The outcome's own, or when the database can't keep the record.
pub async fn audited<T>(cx: &Cx, id: TimeOffId, outcome: Result<T, Problem>) -> Result<T, Problem> {
    if let Err(problem) = &outcome
        && problem.is_refused_access()
    {
        audit::refused_about(cx, problem.code(), id.to_string()).await?;
    }
    outcome
}

fn refused(refusal: TimeOffRefusal) -> Problem {
    match refusal {
        TimeOffRefusal::Own => Problem::refused_access(refusal.code(), refusal.to_string()),
        TimeOffRefusal::InvalidTransition { .. } => Problem::conflict(refusal.code(), refusal.to_string()),
    }
}

/// Asks for time off: for oneself, or for anybody with `timeoff.approve`.
///
/// # Errors
/// 403, 404, 409 `inactive` or `time_off_overlaps`, 422 with every bad field.
pub async fn request(cx: &Cx, who: PractitionerId, new: &NewTimeOff) -> Result<TimeOffView, Problem> {
    own_or_approver(cx, Some(who)).await?;
    cx.write_as_oneself(|scope| {
        Box::pin(async move {
            if !scope.lock::<Practitioner, _>(who).await?.is_active {
                let detail = "This practitioner no longer leads sessions, so there is nothing to be away from. Make them \
                    active first.";
                return Err(Problem::conflict("inactive", detail));
            }
            let span = new.span(&scope.cx.zone())?;
            let made = TimeOff {
                id: scope.id(),
                practitioner_id: who,
                kind: new.kind,
                reason: new.reason.clone().filter(|reason| !reason.is_empty()),
                starts_at: span.starts_at,
                ends_at: span.ends_at,
                first_day: span.first_day,
                last_day: span.last_day,
                status: TimeOffStatus::Requested,
                substitute_id: new.substitute_id,
                decided_by_user: None,
                decided_at: None,
                decision_reason: None,
                version: 1,
                created_by_user: scope.cx.user(),
                created_at: scope.now(),
                updated_at: scope.now(),
            };
            check(scope, &made, None).await?;
            scope.insert(&made).await?;
            scope.emit(AvailabilityEvent::TimeOffRequested { time_off: made.id, practitioner: who });
            Ok(view(scope.cx, made))
        })
    })
    .await
}

/// What must hold beside the span: a substitute who is there and is another, and no other time off then.
async fn check(scope: &mut Scope<'_>, new: &TimeOff, old: Option<&TimeOff>) -> Result<(), Problem> {
    if let Some(substitute) = new.substitute_id.filter(|id| old.and_then(|old| old.substitute_id) != Some(*id)) {
        if substitute == new.practitioner_id {
            return Err(Problem::invalid_field("substitute_id", "invalid", "must be somebody else"));
        }
        if let Some(missing) = must_exist::<Practitioner, _>(scope, "substitute_id", Some(substitute)).await? {
            return Err(Problem::invalid(vec![missing]));
        }
        if !scope.get::<Practitioner, _>(substitute).await?.is_active {
            return Err(Problem::invalid_field("substitute_id", "inactive", "must be an active practitioner"));
        }
    }
    if store::overlaps(scope, new).await? {
        let detail = "There is other time off in this time. Change that, or withdraw it first.";
        return Err(Problem::conflict("time_off_overlaps", detail));
    }
    Ok(())
}

/// The time off, its practitioner's row locked before its own.
///
/// # Errors
/// 404, 412.
pub async fn lock(scope: &mut Scope<'_>, id: TimeOffId) -> Result<TimeOff, Problem> {
    let known: TimeOff = scope.get(id).await?;
    scope.lock::<Practitioner, _>(known.practitioner_id).await?;
    scope.lock_current(id).await
}

/// As [`lock`], for the practitioner themselves and who approves; to anybody else it is not there while it is no plan
/// of all.
async fn lock_own(scope: &mut Scope<'_>, id: TimeOffId) -> Result<TimeOff, Problem> {
    let old = lock(scope, id).await?;
    if is_own(scope.cx, old.practitioner_id) || scope.cx.permissions.allows(Permission::TimeoffApprove) {
        return Ok(old);
    }
    match old.status {
        TimeOffStatus::Approved => Err(Problem::forbidden(Permission::TimeoffApprove)),
        _ => Err(Problem::not_found("time off")),
    }
}

/// Changes time off that nobody has decided about: the practitioner does, and who approves.
///
/// # Errors
/// 403, 404, 409 once it is decided or when it overlaps, 412, 422 with every bad field.
pub async fn change(cx: &Cx, id: TimeOffId, change: &ChangeTimeOff) -> Result<TimeOffView, Problem> {
    own_or_approver(cx, None).await?;
    let work = cx.write_as_oneself(|scope| {
        Box::pin(async move {
            let old = lock_own(scope, id).await?;
            old.status.turn(TimeOffVerb::Change, false).map_err(refused)?;
            let new = change.apply(&old, &scope.cx.zone())?;
            check(scope, &new, Some(&old)).await?;
            let saved = scope.update(&old, new).await?;
            let (practitioner, verb) = (saved.practitioner_id, TimeOffVerb::Change);
            scope.emit(AvailabilityEvent::TimeOffTurned { time_off: id, practitioner, verb });
            Ok(view(scope.cx, saved))
        })
    });
    audited(cx, id, work.await).await
}

/// Turns time off that is locked, and keeps who did it and why. The caller tells of it.
///
/// # Errors
/// 403 `own_time_off`, 409 where there is no such turn.
pub async fn turn(
    scope: &mut Scope<'_>,
    old: TimeOff,
    verb: TimeOffVerb,
    reason: Option<&Reason>,
) -> Result<TimeOff, Problem> {
    let own = is_own(scope.cx, old.practitioner_id);
    let status = old.status.turn(verb, own).map_err(refused)?;
    let new = TimeOff {
        status,
        decided_by_user: scope.cx.user(),
        decided_at: Some(scope.now()),
        decision_reason: reason.cloned(),
        ..old.clone()
    };
    Ok(scope.update(&old, new).await?)
}

/// Declines time off, with the reason; nobody decides about their own.
///
/// # Errors
/// 403, 404, 409 once it is decided, 412.
pub async fn decline(cx: &Cx, id: TimeOffId, why: &WhyNot) -> Result<TimeOffView, Problem> {
    let work = cx.write(Permission::TimeoffApprove, |scope| {
        Box::pin(async move {
            let old = lock(scope, id).await?;
            let saved = turn(scope, old, TimeOffVerb::Decline, Some(&why.reason)).await?;
            let (practitioner, verb) = (saved.practitioner_id, TimeOffVerb::Decline);
            scope.emit(AvailabilityEvent::TimeOffTurned { time_off: id, practitioner, verb });
            Ok(view(scope.cx, saved))
        })
    });
    audited(cx, id, work.await).await
}

/// Takes time off back, asked for or approved: the practitioner does, and who approves. Substitutes keep the sessions
/// they took.
///
/// # Errors
/// 403, 404, 409 once it is declined or withdrawn, 412.
pub async fn withdraw(cx: &Cx, id: TimeOffId, why: &Withdrawal) -> Result<TimeOffView, Problem> {
    own_or_approver(cx, None).await?;
    let work = cx.write_as_oneself(|scope| {
        Box::pin(async move {
            let old = lock_own(scope, id).await?;
            let saved = turn(scope, old, TimeOffVerb::Withdraw, why.reason.as_ref()).await?;
            let (practitioner, verb) = (saved.practitioner_id, TimeOffVerb::Withdraw);
            scope.emit(AvailabilityEvent::TimeOffTurned { time_off: id, practitioner, verb });
            Ok(view(scope.cx, saved))
        })
    });
    audited(cx, id, work.await).await
}
