//! Sessions: one meeting at one time, who leads it, who is booked, who came.
//!
//! Words: a *participant* is one person in one session, and a *booking* is that row before the day. Invariants: whoever
//! changes a session or a booking locks the group's row first, then the session's ([`lock`]); a person has one row in a
//! session for good; every session has its encounter from the start; a number, once given, stays; seats and minutes are
//! derived, never stored.

pub mod actions;
pub mod answers;
pub mod api;
mod attendance;
pub mod clashes;
mod clashing;
mod company;
pub mod consent;
pub mod imported;
pub mod inputs;
pub mod live;
pub mod making;
mod numbers;
pub mod reactions;
mod refusals;
mod stale;
mod store;

pub use attendance::minutes;
pub use clashes::Clash;
pub use clashing::{Clashing, clashing, flag, lock_places};
pub use company::{without_a_place, without_place_then};
pub use numbers::Numbers;
pub use stale::stale;
pub use store::{
    Encounter, EncounterStatus, Participant, Session, SubjectType, by_ids, cancel_all, encounter_of, forget_names,
    future, lead, leaders, leaders_of, led_by, of_series, of_session as people_in, people_told, reinstate_all, save,
    singles, taken as standings,
};

use ::rules::id::SessionId;

use crate::{door::Scope, groups, problem::Problem};

/// The session, its group's row and its own locked until the end of the transaction.
///
/// # Errors
/// 404.
pub async fn lock(scope: &mut Scope<'_>, id: SessionId) -> Result<Session, Problem> {
    let known: Session = scope.get(id).await?;
    if let Some(group) = known.group_id {
        groups::lock(scope, group).await?;
    }
    scope.lock(id).await
}

/// As [`lock`], if the session still has the version of `If-Match`.
///
/// # Errors
/// 404, 412 when the caller has read another version.
pub async fn lock_current(scope: &mut Scope<'_>, id: SessionId) -> Result<Session, Problem> {
    let session = lock(scope, id).await?;
    match scope.cx.request.if_match {
        Some(version) if version != session.version => Err(stale(scope, &session, version).await),
        _ => Ok(session),
    }
}
