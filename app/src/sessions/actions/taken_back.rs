//! What becomes of a session after it was documented, or entered in error: it is reopened, or voided. Nothing of it is
//! destroyed; the rooms of notes and charts keep what they have beside what takes its place.

use ::rules::{
    id::SessionId,
    permissions::Permission,
    sessions::{Changed, SessionVerb, change},
    text::Reason,
};

use super::{
    super::{
        answers::{self, SessionView},
        lock_current,
        store::{self, EncounterStatus, Session},
    },
    turns::{WithReason, facts},
};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    problem::Problem,
};

/// Opens a completed record again: its leaders write and sign the next version of each note; what was signed, and what
/// stands in charts, is kept as superseded.
///
/// # Errors
/// 403, 404, 409 unless it is completed and not billed, 412, 422 without a reason.
pub async fn reopen(cx: &Cx, id: SessionId, input: &WithReason) -> Result<SessionView, Problem> {
    let reason = &input.reason;
    cx.write(Permission::SessionReopen, |scope| {
        Box::pin(async move {
            let saved = turn(scope, id, SessionVerb::Reopen, reason).await?;
            let encounter = store::encounter_id(scope, id).await?;
            scope.emit(SessionEvent::Reopened { session: id, encounter });
            settled(scope, saved.id).await
        })
    })
    .await
}

/// Marks a session, its notes and what it left in charts as entered in error. They are kept, and hidden unless somebody
/// asks for them.
///
/// # Errors
/// 403, 404, 409 once it is billed or voided, 412, 422 without a reason.
pub async fn void(cx: &Cx, id: SessionId, input: &WithReason) -> Result<SessionView, Problem> {
    let reason = &input.reason;
    cx.write(Permission::SessionVoid, |scope| {
        Box::pin(async move {
            let saved = turn(scope, id, SessionVerb::Void, reason).await?;
            scope.emit(SessionEvent::Voided { session: id, group: saved.group_id });
            settled(scope, saved.id).await
        })
    })
    .await
}

/// The session as it stands when its notes and charts have followed.
async fn settled(scope: &mut Scope<'_>, id: SessionId) -> Result<SessionView, Problem> {
    scope.react().await?;
    let session = scope.get(id).await?;
    answers::session(scope, session).await
}

async fn turn(
    scope: &mut Scope<'_>,
    id: SessionId,
    verb: SessionVerb,
    reason: &Option<Reason>,
) -> Result<Session, Problem> {
    let old = lock_current(scope, id).await?;
    let Changed { status, .. } = change(&facts(scope, &old), verb, reason.is_some())?;
    let now = Some(scope.now());
    let mut new = Session { status, pending_since: None, ..old.clone() };
    let standing = match verb {
        SessionVerb::Void => {
            (new.voided_at, new.void_reason) = (now, reason.clone());
            EncounterStatus::Cancelled
        }
        _ => {
            (new.reopened_at, new.reopen_reason) = (now, reason.clone());
            EncounterStatus::InProgress
        }
    };
    let saved = store::save(scope, &old, new).await?;
    store::turn_encounters(scope, std::slice::from_ref(&saved), standing).await?;
    Ok(saved)
}
