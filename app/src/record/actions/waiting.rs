//! How much waits for who asks: the numbers beside the places of the navigation.

use ::rules::permissions::Permission;
use ::store::Where;

use super::{super::store, due::overdue, reviews::may_review};
use crate::{
    door::{Cx, Waiting},
    problem::Problem,
    sessions::led_by,
    settings::settings,
};

/// Nobody counts beyond this: it is shown as so many and more.
pub const COUNTED_MAX: u32 = 100;

/// How many of the caller's own sessions have overdue notes, and how many wait for their review.
///
/// # Errors
/// When the database can't answer.
pub async fn waiting(cx: &Cx) -> Result<Waiting, Problem> {
    let reads = cx.permissions.allows(Permission::GroupEncounterNoteRead);
    let (documents, reviews) = (cx.practitioner().is_some(), may_review(cx).is_ok());
    if !reads || !(documents || reviews) {
        return Ok(Waiting::default());
    }
    cx.read_as_oneself(|scope| {
        Box::pin(async move {
            let mut waiting = Waiting::default();
            let me = scope.cx.practitioner();
            if documents {
                let hours = settings(scope).await?.note_due_hours;
                let filter = store::undone(Where::organization(), scope.now());
                let filter = led_by(overdue(filter, scope.now(), hours), me.as_slice());
                waiting.overdue = store::count(scope, &filter, COUNTED_MAX).await?;
            }
            if reviews {
                waiting.to_review =
                    store::count(scope, &store::pending(Where::organization(), me), COUNTED_MAX).await?;
            }
            Ok(waiting)
        })
    })
    .await
}
