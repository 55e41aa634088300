//! What several sessions would clash with, were they where somebody wants them; and noting that they clash.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    column::Value,
    id::SessionId,
    sessions::{Leader, SessionStatus},
};

use super::{
    clashes::{Clash, Surroundings, Wanted, busy},
    store::{self, Session, Taken},
};
use crate::{
    door::Scope,
    people::{Practitioner, Room},
    problem::Problem,
};

/// Locks the rooms and leaders of these sessions, in one order for everybody, so that two who schedule at once can't
/// both miss each other.
///
/// # Errors
/// When the database can't answer.
pub async fn lock_places(scope: &mut Scope<'_>, sessions: &[(Session, Vec<Leader>)]) -> Result<(), Problem> {
    let rooms: BTreeSet<_> = sessions.iter().filter_map(|(session, _)| session.room_id).collect();
    let leaders: BTreeSet<_> = sessions.iter().flat_map(|(_, leaders)| busy(leaders)).collect();
    for room in rooms {
        scope.lock::<Room, _>(room).await?;
    }
    for leader in leaders {
        scope.lock::<Practitioner, _>(leader).await?;
    }
    Ok(())
}

/// What several sessions would clash with.
#[derive(Debug, Default)]
pub struct Clashing {
    /// What is newly in the way of a session.
    pub new: Vec<(SessionId, Clash)>,
    /// Sessions in whose way something is as it was before.
    pub still: BTreeSet<SessionId>,
}

/// What these sessions, each as it is to be and with who is to lead it, would clash with: among the others, and with
/// each other. What is in the way of a session already as it is stored is not new. `gone` are sessions that will not
/// take place.
///
/// # Errors
/// When the database can't answer.
pub async fn clashing(
    scope: &mut Scope<'_>,
    sessions: &[(Session, Vec<Leader>)],
    gone: &[SessionId],
) -> Result<Clashing, Problem> {
    let moved: BTreeSet<SessionId> = sessions.iter().map(|(session, _)| session.id).collect();
    let wanted: Vec<Wanted> = sessions.iter().map(|(session, leaders)| Wanted::of(session, leaders)).collect();
    let before = as_stored(scope, sessions).await?;
    let all: Vec<Wanted> = wanted.iter().chain(before.values()).cloned().collect();
    let around = Surroundings::of(scope, &all).await?;
    let stands = |clash: &Clash| clash.other().is_none_or(|other| !moved.contains(&other) && !gone.contains(&other));
    let mut found = Clashing::default();
    for ((session, _), wanted) in sessions.iter().zip(&wanted) {
        for clash in around.clashes(wanted).into_iter().filter(stands) {
            match before.get(&session.id) {
                Some(before) if around.is_old(&clash, wanted, before) => drop(found.still.insert(session.id)),
                _ => found.new.push((session.id, clash)),
            }
        }
    }
    found.new.extend(among(sessions));
    Ok(found)
}

/// These sessions where they are now, those that are to take place.
async fn as_stored(
    scope: &mut Scope<'_>,
    sessions: &[(Session, Vec<Leader>)],
) -> Result<BTreeMap<SessionId, Wanted>, Problem> {
    let ids: Vec<SessionId> = sessions.iter().map(|(session, _)| session.id).collect();
    let mut leaders = store::leaders_of(scope, &ids).await?;
    let open = store::by_ids(scope, &ids).await?.into_iter().filter(|session| session.status.is_open());
    Ok(open.map(|one| (one.id, Wanted::of(&one, &leaders.remove(&one.id).unwrap_or_default()))).collect())
}

/// Notes on each of these sessions that is scheduled whether anything is in its way now, in a few statements. Why it
/// was scheduled over a conflict is kept while there is one.
///
/// # Errors
/// When the database can't answer.
pub async fn flag(scope: &mut Scope<'_>, ids: &[SessionId]) -> Result<(), Problem> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut leaders = store::leaders_of(scope, ids).await?;
    let mut sessions = store::by_ids(scope, ids).await?;
    sessions.retain(|session| session.status == SessionStatus::Scheduled);
    let wanted: Vec<Wanted> =
        sessions.iter().map(|one| Wanted::of(one, &leaders.remove(&one.id).unwrap_or_default())).collect();
    let around = Surroundings::of(scope, &wanted).await?;
    let (mut flagged, mut cleared) = (Vec::new(), Vec::new());
    for (session, wanted) in sessions.into_iter().zip(&wanted) {
        match (session.has_conflict, !around.clashes(wanted).is_empty()) {
            (false, true) => flagged.push(session),
            (true, false) => cleared.push(session),
            _ => {}
        }
    }
    scope.change_all(&flagged, &[("has_conflict", Value::from(&true))]).await?;
    scope.change_all(&cleared, &[("has_conflict", Value::from(&false)), ("conflict_reason", Value::Null)]).await?;
    Ok(())
}

/// The clashes of these sessions with each other.
fn among(sessions: &[(Session, Vec<Leader>)]) -> Vec<(SessionId, Clash)> {
    let mut by_time: Vec<&(Session, Vec<Leader>)> = sessions.iter().collect();
    by_time.sort_by_key(|(session, _)| (session.starts_at, session.id));
    let mut found = Vec::new();
    for (at, (one, leaders)) in by_time.iter().enumerate() {
        for (next, others) in by_time[at + 1..].iter().take_while(|(next, _)| next.starts_at < one.ends_at) {
            if let Some(room) = one.room_id.filter(|room| next.room_id == Some(*room)) {
                found.push((next.id, Clash::Room(room, Taken::by(one))));
            }
            let both = busy(others).into_iter().filter(|who| busy(leaders).contains(who));
            found.extend(both.map(|who| (next.id, Clash::Leader(who, Taken::by(one)))));
        }
    }
    found
}
