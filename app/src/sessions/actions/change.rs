//! Changing one session by hand, and what such a change says for others.

use ::rules::{
    column::Json,
    id::SessionId,
    permissions::Permission,
    sessions::{Leader, Refusal, SessionStatus},
    violation::Violation,
};

use super::{
    super::{
        answers::{self, SessionView},
        clashes::Wanted,
        inputs::{self, ChangeSession, When},
        lock_current, making, reactions,
        store::{self, Session},
    },
    checks::{self, Override},
    turns::refresh_caseload,
};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    problem::Problem,
};

/// A session as somebody wants it, and who is to lead it where that was said.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The session.
    pub session: Session,
    /// Its leaders; none when nobody said.
    pub leaders: Option<Vec<Leader>>,
}

/// Changes this one session. From then on its series and its group leave it alone; it keeps its number.
///
/// # Errors
/// 404, 409 `conflict` or when it is over, 412, 422 with every bad field.
pub async fn change(cx: &Cx, id: SessionId, change: &ChangeSession) -> Result<SessionView, Problem> {
    cx.require(Permission::SessionSchedule).await?;
    let wish = Override::of(change.override_conflict, change.reason.as_ref());
    wish.permitted(cx).await?;
    cx.write(Permission::SessionSchedule, |scope| {
        Box::pin(async move {
            let old = lock_current(scope, id).await?;
            let mut draft = draft_of_one(scope, &old, change).await?;
            let new = &mut draft.session;
            let moved = (new.starts_at, new.ends_at) != (old.starts_at, old.ends_at);
            let elsewhere = (new.site_id, new.room_id) != (old.site_id, old.room_id);
            if moved || elsewhere || draft.leaders.is_some() {
                let before = store::leaders(scope, id).await?;
                let wanted = Wanted::of(new, draft.leaders.as_deref().unwrap_or(&before));
                let before = Wanted::of(&old, &before);
                new.has_conflict = checks::conflicts(scope, &wanted, Some(&before), wish).await?;
                let reason = change.reason.clone().or(new.conflict_reason.take());
                new.conflict_reason = reason.filter(|_| new.has_conflict);
            }
            scope.emit(match moved {
                true => SessionEvent::Rescheduled { session: id, group: old.group_id },
                false => SessionEvent::Updated { session: id },
            });
            let saved = save_draft(scope, &old, draft).await?;
            answers::session(scope, saved).await
        })
    })
    .await
}

/// Saves a session that was changed by hand. The caller has checked it. On its new day, who must not meet somebody that
/// was booked before them has no place any more.
///
/// # Errors
/// When the database can't answer.
pub async fn save_draft(scope: &mut Scope<'_>, old: &Session, draft: Draft) -> Result<Session, Problem> {
    let Draft { session: mut new, leaders } = draft;
    let before = store::leaders(scope, old.id).await?;
    let leaders = leaders.filter(|leaders| *leaders != before);
    new.edited_by_hand |= new != *old || leaders.is_some();
    if let Some(leaders) = &leaders {
        store::set_leaders(scope, &[(old.id, old.starts_at)], leaders).await?;
        scope.emit(SessionEvent::LeadersChanged { session: old.id });
    }
    if new == *old && leaders.is_none() {
        return Ok(new);
    }
    let saved = store::save(scope, old, new).await?;
    if saved.local_date != old.local_date {
        reactions::part(scope, std::slice::from_ref(&saved)).await?;
        refresh_caseload(scope, &saved).await?;
    }
    Ok(saved)
}

/// This one session as somebody wants it.
///
/// # Errors
/// 409 when it is over or signed, 422 with every bad field.
pub async fn draft_of_one(scope: &mut Scope<'_>, old: &Session, change: &ChangeSession) -> Result<Draft, Problem> {
    if !old.status.is_open() {
        return Err(Problem::conflict("invalid_transition", over(old)));
    }
    if old.first_signed_at.is_some() {
        let detail = "A note of this session is signed, and what it tells of stays. Annotate the note instead.";
        return Err(Problem::conflict("invalid_transition", detail));
    }
    let draft = draft(scope, old, change).await?;
    let new = &draft.session;
    let replanned = (new.starts_at, new.ends_at, new.site_id) != (old.starts_at, old.ends_at, old.site_id);
    if old.status == SessionStatus::InProgress && (replanned || draft.leaders.is_some()) {
        return Err(Problem::from(Refusal::InvalidTransition { from: old.status, to: SessionStatus::Scheduled }));
    }
    Ok(draft)
}

fn over(session: &Session) -> String {
    format!("A session that is {} can't be changed.", session.status.in_words())
}

/// A session as somebody wants it, whatever its state: where it stands for those after it.
///
/// # Errors
/// 409 when it is over, 422 with every bad field.
pub async fn draft(scope: &mut Scope<'_>, old: &Session, change: &ChangeSession) -> Result<Draft, Problem> {
    if !old.status.is_open() {
        return Err(Problem::conflict("invalid_transition", over(old)));
    }
    let mut new = old.clone();
    new.title = change.title.clone().unwrap_or(new.title);
    new.topic = change.topic.clone().apply(new.topic).filter(|topic| !topic.is_empty());
    new.site_id = change.site_id.clone().apply(new.site_id);
    let usual_room = new.room_id.filter(|_| new.site_id == old.site_id);
    new.room_id = change.room_id.clone().apply(usual_room);
    new.service_type = change.service_type.clone().apply(new.service_type);
    new.service_kind = change.service_kind.unwrap_or(new.service_kind);
    new.modality = change.modality.unwrap_or(new.modality);
    new.max_capacity = change.max_capacity.unwrap_or(new.max_capacity);
    let mut found = retime(scope, old, &mut new, change).await?;
    if let Some(list) = &change.breaks {
        match checks::breaks(&new.zone, list) {
            Ok(breaks) => new.breaks = Json(breaks),
            Err(violation) => found.push(violation),
        }
    }
    found.extend(checks::place(scope, new.site_id, new.room_id, Some(old)).await?);
    found.extend(checks::bounds(scope, &new).await?);
    let mut leaders = change.leaders.as_deref().map(inputs::leaders);
    if let Some(leaders) = &mut leaders {
        let known = store::leaders(scope, old.id).await?;
        // Who stood in for somebody still does.
        for leader in leaders.iter_mut() {
            let was = known.iter().find(|was| was.practitioner == leader.practitioner);
            leader.stands_in_for = was.and_then(|was| was.stands_in_for);
        }
        found.extend(checks::leaders(scope, leaders, &known).await?);
    }
    if found.is_empty() { Ok(Draft { session: new, leaders }) } else { Err(found.into()) }
}

/// Moves the session. At a site of another zone the time of the clock on the wall stays.
async fn retime(
    scope: &mut Scope<'_>,
    old: &Session,
    new: &mut Session,
    change: &ChangeSession,
) -> Result<Vec<Violation>, Problem> {
    if new.site_id != old.site_id {
        new.zone = making::zone_of(scope, new.site_id).await?;
    }
    let local = old.local_start.parse().ok().filter(|_| new.zone != old.zone);
    let starts = change.starts_at.map(|when| when.0).or(local.map(When::Local));
    let starts_at = match starts.map(|when| when.instant(&new.zone)) {
        None => old.starts_at,
        Some(Some(starts_at)) => starts_at,
        Some(None) => return Ok(vec![Violation::new("starts_at", "invalid", "is beyond the calendar")]),
    };
    let planned = old.ends_at.duration_since(old.starts_at).as_mins();
    let planned = u32::try_from(planned).unwrap_or_default();
    let ends_at = change.ends_at.map(|when| when.0);
    match checks::end(&new.zone, starts_at, ends_at, change.duration_minutes, planned) {
        Ok(ends_at) => {
            if change.breaks.is_none() {
                new.move_to(starts_at, ends_at);
            } else {
                new.set_times(starts_at, ends_at);
            }
            Ok(Vec::new())
        }
        Err(violation) => Ok(vec![violation]),
    }
}
