//! The turns of a session as a whole: start, undo, end, cancel; and those that come with its signatures.

use ::rules::{
    column::Json,
    groups::{LeaderRule, leader_rule},
    id::SessionId,
    permissions::Permission,
    sessions::{
        Changed, FARTHEST, Leader, ParticipantFacts, Refusal, SessionFacts, SessionStatus, SessionVerb, Starter,
        before_start, change, end as may_end, may_start, timing,
    },
    text::Reason,
};
use deserr::Deserr;
use jiff::Timestamp;
use utoipa::ToSchema;

use super::{
    super::{
        answers::{self, SessionView},
        inputs::When,
        lock_current, making,
        store::{self, EncounterStatus, Participant, Session},
    },
    audited,
};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    groups::Group,
    http::extract::{FieldErrors, Parsed},
    problem::Problem,
    templates::actions::group_sessions as templates,
};

/// Starting a session.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct StartSession {
    /// When it began: now, or the planned start of a session of an earlier day, unless given.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub actual_start: Option<Parsed<When>>,
    /// Why it is entered late: needed for a session of an earlier day.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

/// Ending a session.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct EndSession {
    /// When it began, where that is to be corrected.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub actual_start: Option<Parsed<When>>,
    /// When it ended: now, or the planned end of a session of an earlier day, unless given.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub actual_end: Option<Parsed<When>>,
}

/// Cancelling a session, or undoing its start.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct WithReason {
    /// Why.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

/// What a turn of this session depends on.
pub(super) fn facts(scope: &Scope<'_>, session: &Session) -> SessionFacts {
    SessionFacts {
        status: session.status,
        timing: timing(session.starts_at, session.ends_at, scope.now(), &session.zone),
        note_signed: [session.first_signed_at, session.ever_signed_at, session.reopened_at].iter().any(Option::is_some),
        billed: session.is_billed,
    }
}

/// Who asks, as the rulebook sees them.
pub(super) fn starter(scope: &Scope<'_>) -> Starter {
    Starter {
        practitioner: scope.cx.practitioner(),
        manage_any: scope.cx.permissions.allows(Permission::SessionManageAny),
    }
}

/// The rule that says who leads the session.
pub(super) async fn rule(scope: &mut Scope<'_>, session: &Session) -> Result<LeaderRule, Problem> {
    let group: Option<Group> = match session.group_id {
        Some(id) => scope.find(id).await?,
        None => None,
    };
    Ok(group.map_or(LeaderRule::Starter, |group| leader_rule(group.leader_rule, group.facilitator_id.is_some())))
}

/// A time that was given, by the site's clock.
fn given(session: &Session, when: Option<Parsed<When>>, field: &str) -> Result<Option<Timestamp>, Problem> {
    let read = |when: Parsed<When>| when.0.instant(&session.zone);
    let beyond = || Problem::invalid_field(field, "invalid", "is beyond the calendar");
    when.map(|when| read(when).ok_or_else(beyond)).transpose()
}

/// Starts a session: its encounter opens, and who starts an unassigned one leads it.
///
/// # Errors
/// 403 `not_leader`, 404, 409 for a wrong turn or a later day, 412, 422 `no_practitioner` or without a reason.
pub async fn start(cx: &Cx, id: SessionId, input: &StartSession) -> Result<SessionView, Problem> {
    let work = cx.write(Permission::SessionStart, |scope| {
        Box::pin(async move {
            let old = lock_current(scope, id).await?;
            let changed = change(&facts(scope, &old), SessionVerb::Start, input.reason.is_some())?;
            let leaders = lead(scope, &old).await?;
            let usual = if changed.late_entry { old.starts_at } else { scope.now() };
            let actual_start = given(&old, input.actual_start, "actual_start")?.unwrap_or(usual);
            may_begin(&old, actual_start, scope.now())?;
            let mut new = old.clone();
            new.status = changed.status;
            new.actual_start = Some(actual_start);
            new.late_entry_reason = input.reason.clone().filter(|_| changed.late_entry);
            new.template = templates::as_it_is(scope, old.template_id).await?.map(Json);
            let saved = store::save(scope, &old, new).await?;
            store::set_leaders(scope, &[(saved.id, saved.starts_at)], &leaders).await?;
            refresh_caseload(scope, &saved).await?;
            store::turn_encounters(scope, std::slice::from_ref(&saved), EncounterStatus::InProgress).await?;
            let encounter = store::encounter_id(scope, saved.id).await?;
            scope.emit(SessionEvent::Started { session: id, encounter });
            answers::session(scope, saved).await
        })
    });
    audited(cx, work.await).await
}

/// Refuses a start in the future, or further from the plan than a day: a slip of the hand, and hours that count.
fn may_begin(session: &Session, actual_start: Timestamp, now: Timestamp) -> Result<(), Problem> {
    let message = match actual_start {
        at if at > now => "must not be in the future",
        at if at.duration_since(session.starts_at).abs() > FARTHEST => "must be within a day of the planned start",
        _ => return Ok(()),
    };
    Err(Problem::invalid_field("actual_start", "invalid_time", message))
}

/// Who leads from the start on.
async fn lead(scope: &mut Scope<'_>, session: &Session) -> Result<Vec<Leader>, Problem> {
    let leaders = store::leaders(scope, session.id).await?;
    let rule = rule(scope, session).await?;
    Ok(may_start(&leaders, rule, &starter(scope))?)
}

/// In a `caseload` group, the leaders follow who is there.
pub(super) async fn refresh_caseload(scope: &mut Scope<'_>, session: &Session) -> Result<(), Problem> {
    let Some(id) = session.group_id else { return Ok(()) };
    let group: Group = scope.get(id).await?;
    making::lead_by_caseload(scope, &group, std::slice::from_ref(session)).await
}

/// Refuses whoever neither leads the session nor may manage any.
pub(super) async fn require_leader(scope: &mut Scope<'_>, session: &Session) -> Result<(), Problem> {
    let leaders = store::leaders(scope, session.id).await?;
    Ok(starter(scope).may_document(&leaders)?)
}

/// The session had not begun after all: nobody has attended or stayed away.
///
/// # Errors
/// 403 `not_leader`, 404, 409 for a wrong turn or once a note is signed, 412.
pub async fn undo_start(cx: &Cx, id: SessionId, input: &WithReason) -> Result<SessionView, Problem> {
    let work = cx.write(Permission::SessionStart, |scope| {
        Box::pin(async move {
            let old = lock_current(scope, id).await?;
            let Changed { status, .. } = change(&facts(scope, &old), SessionVerb::UndoStart, input.reason.is_some())?;
            require_leader(scope, &old).await?;
            let people = store::of_session(scope, id).await?;
            unmark(scope, &people).await?;
            let mut new = old.clone();
            new.status = status;
            (new.actual_start, new.actual_end, new.late_entry_reason) = (None, None, None);
            let saved = store::save(scope, &old, new).await?;
            forget_starter(scope, &saved).await?;
            store::turn_encounters(scope, std::slice::from_ref(&saved), EncounterStatus::Planned).await?;
            scope.emit(SessionEvent::StartUndone { session: id });
            answers::session(scope, saved).await
        })
    });
    audited(cx, work.await).await
}

/// A session that whoever starts it leads has no leader again; one whose leaders were set keeps them.
async fn forget_starter(scope: &mut Scope<'_>, session: &Session) -> Result<(), Problem> {
    let led_by_starter = rule(scope, session).await? == LeaderRule::Starter && !session.edited_by_hand;
    if led_by_starter && store::leaders(scope, session.id).await?.len() == 1 {
        store::set_leaders(scope, &[(session.id, session.starts_at)], &[]).await?;
    }
    Ok(())
}

async fn unmark(scope: &mut Scope<'_>, participants: &[Participant]) -> Result<(), Problem> {
    for old in participants {
        let facts = ParticipantFacts {
            status: old.status,
            confirmed: old.confirmed_at.is_some(),
            arrived: old.arrival_at.is_some(),
        };
        let status = before_start(&facts);
        if status != old.status {
            let new = Participant {
                status,
                attended_at: None,
                no_show_reason: None,
                no_show_notes: None,
                excused: false,
                ..old.clone()
            };
            scope.update(old, new).await?;
        }
    }
    Ok(())
}

/// Ends a session: stores when. It stays in progress until the last signature. Ending it again corrects the times.
///
/// # Errors
/// 403 `not_leader`, 404, 409 `unresolved_participants` or for a wrong turn, 412, 422 for a time that can't be.
pub async fn end(cx: &Cx, id: SessionId, input: &EndSession) -> Result<SessionView, Problem> {
    let work = cx.write(Permission::SessionStart, |scope| {
        Box::pin(async move {
            let old = lock_current(scope, id).await?;
            if old.status == SessionStatus::InProgress {
                require_leader(scope, &old).await?;
            }
            let corrected = given(&old, input.actual_start, "actual_start")?;
            if let Some(at) = corrected {
                may_begin(&old, at, scope.now())?;
            }
            let actual_start = corrected.or(old.actual_start).unwrap_or(old.starts_at);
            let usual = if old.late_entry_reason.is_some() { old.ends_at } else { scope.now() };
            let actual_end = given(&old, input.actual_end, "actual_end")?.unwrap_or(usual);
            // What was signed told of this end; a session whose notes were signed before it ended can still end.
            if old.first_signed_at.is_some() && old.actual_end.is_some() {
                let refusal = Refusal::NoteSigned { from: old.status, to: SessionStatus::Completed };
                return Err(refusal.into());
            }
            let people = store::of_session(scope, id).await?;
            let standing: Vec<_> = people.iter().map(|person| (person.id, person.status)).collect();
            may_end(old.status, actual_start, actual_end, scope.now(), &standing)?;
            let mut new = old.clone();
            (new.actual_start, new.actual_end) = (corrected.or(old.actual_start), Some(actual_end));
            let saved = store::save(scope, &old, new).await?;
            refresh_caseload(scope, &saved).await?;
            let encounter = store::encounter_id(scope, id).await?;
            scope.emit(SessionEvent::Ended { session: id, encounter });
            answers::session(scope, saved).await
        })
    });
    audited(cx, work.await).await
}

/// Cancels one session; no other is touched.
///
/// # Errors
/// 404, 409 for a wrong turn or once a note is signed, 412, 422 without a reason.
pub async fn cancel(cx: &Cx, id: SessionId, input: &WithReason) -> Result<SessionView, Problem> {
    cx.write(Permission::SessionCancel, |scope| {
        Box::pin(async move {
            let old = lock_current(scope, id).await?;
            change(&facts(scope, &old), SessionVerb::Cancel, input.reason.is_some())?;
            let reason = input.reason.as_deref().unwrap_or_default();
            store::cancel_all(scope, std::slice::from_ref(&old), reason).await?;
            scope.emit(SessionEvent::Cancelled { session: id, group: old.group_id });
            let saved = scope.get(id).await?;
            answers::session(scope, saved).await
        })
    })
    .await
}

// For the room of notes, whose signatures turn sessions -------------------------------------------------------------

/// Takes a turn that follows from signatures and reviews: submit, complete, review, return. The caller holds the
/// session's lock.
///
/// # Errors
/// 409 for a wrong turn, 422 without a reason where one is needed.
pub async fn document(
    scope: &mut Scope<'_>,
    old: &Session,
    verb: SessionVerb,
    has_reason: bool,
) -> Result<Session, Problem> {
    let Changed { status, .. } = change(&facts(scope, old), verb, has_reason)?;
    let pending_since = (status == SessionStatus::PendingReview).then(|| scope.now());
    let saved = store::save(scope, old, Session { status, pending_since, ..old.clone() }).await?;
    let session = saved.id;
    let encounter = store::encounter_id(scope, session).await?;
    let (standing, event) = match verb {
        SessionVerb::Complete | SessionVerb::Review => {
            (EncounterStatus::Finished, SessionEvent::Completed { session, encounter })
        }
        SessionVerb::Submit => (EncounterStatus::InProgress, SessionEvent::PendingReview { session }),
        _ => (EncounterStatus::InProgress, SessionEvent::Returned { session }),
    };
    store::turn_encounters(scope, std::slice::from_ref(&saved), standing).await?;
    scope.emit(event);
    Ok(saved)
}

/// Notes when the first note of the session was signed, or that none is signed any more. The caller holds the
/// session's lock.
///
/// # Errors
/// When the database can't answer.
pub async fn note_signed(scope: &mut Scope<'_>, old: &Session, at: Option<Timestamp>) -> Result<Session, Problem> {
    let first_signed_at = at.map(|at| old.first_signed_at.unwrap_or(at));
    let ever_signed_at = old.ever_signed_at.or(old.first_signed_at).or(at);
    if first_signed_at == old.first_signed_at {
        return Ok(old.clone());
    }
    Ok(store::save(scope, old, Session { first_signed_at, ever_signed_at, ..old.clone() }).await?)
}
