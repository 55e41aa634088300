//! Changing one session by hand.

use ::rules::{
    column::Json,
    id::SessionId,
    permissions::Permission,
    sessions::{Refusal, SessionStatus},
    violation::Violation,
};

use super::{
    super::{
        answers::{self, SessionView},
        inputs::{ChangeSession, EditScope, Editing, When},
        lock_current, making,
        store::{self, Session},
    },
    checks::{self, Override},
};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    http::extract::Parsed,
    problem::Problem,
};

/// Changes this one session. From then on its series and its group leave it alone; it keeps its number.
///
/// # Errors
/// 404, 409 `conflict` or when it is over, 412, 422 with every bad field.
pub async fn change(cx: &Cx, id: SessionId, editing: &Editing, change: &ChangeSession) -> Result<SessionView, Problem> {
    cx.require(Permission::SessionSchedule).await?;
    available(editing)?;
    let wish = Override::of(change.override_conflict, change.reason.as_ref());
    wish.permitted(cx).await?;
    cx.write(Permission::SessionSchedule, |scope| {
        Box::pin(async move {
            let old = lock_current(scope, id).await?;
            if !old.status.is_open() {
                return Err(Problem::conflict("invalid_transition", over(&old)));
            }
            if old.first_signed_at.is_some() {
                let detail = "A note of this session is signed, and what it tells of stays. Annotate the note instead.";
                return Err(Problem::conflict("invalid_transition", detail));
            }
            let mut new = changed(scope, &old, change).await?;
            let moved = (new.starts_at, new.ends_at) != (old.starts_at, old.ends_at);
            if moved || new.room_id != old.room_id {
                let leaders = store::leaders(scope, id).await?;
                new.has_conflict = checks::conflicts(scope, Some(id), &new, &leaders, wish).await?;
                new.conflict_reason = change.reason.clone().filter(|_| new.has_conflict);
            }
            scope.emit(match moved {
                true => SessionEvent::Rescheduled { session: id, group: old.group_id },
                false => SessionEvent::Updated { session: id },
            });
            new.edited_by_hand |= new != old;
            let saved = if new == old { old } else { store::save(scope, &old, new).await? };
            answers::session(scope, saved).await
        })
    })
    .await
}

fn available(editing: &Editing) -> Result<(), Problem> {
    match editing {
        Editing { scope: Some(EditScope::Following | EditScope::All), .. } => {
            let message = "must be `this` so far; change the recurrence of the group to change its coming sessions";
            Err(Problem::not_available("scope", message))
        }
        Editing { dry_run: Some(Parsed(true)), .. } => {
            Err(Problem::not_available("dry_run", "is not available for one session yet"))
        }
        _ => Ok(()),
    }
}

fn over(session: &Session) -> String {
    format!("A session that is {} can't be changed.", session.status.in_words())
}

async fn changed(scope: &mut Scope<'_>, old: &Session, change: &ChangeSession) -> Result<Session, Problem> {
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
    let replanned = (new.starts_at, new.ends_at, new.site_id) != (old.starts_at, old.ends_at, old.site_id);
    if replanned && old.status == SessionStatus::InProgress {
        return Err(Problem::from(Refusal::InvalidTransition { from: old.status, to: SessionStatus::Scheduled }));
    }
    if found.is_empty() { Ok(new) } else { Err(found.into()) }
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
