//! What several sessions would clash with, were they where somebody wants them.

use std::collections::BTreeSet;

use ::rules::{id::SessionId, sessions::Leader};

use super::{
    clashes::{Clash, Surroundings, Wanted, busy},
    store::{Session, Taken},
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

/// What these sessions, each as it is to be and with who is to lead it, would clash with: among the others, and with
/// each other. `gone` are sessions that will not take place.
///
/// # Errors
/// When the database can't answer.
pub async fn clashing(
    scope: &mut Scope<'_>,
    sessions: &[(Session, Vec<Leader>)],
    gone: &[SessionId],
) -> Result<Vec<(SessionId, Clash)>, Problem> {
    let moved: BTreeSet<SessionId> = sessions.iter().map(|(session, _)| session.id).collect();
    let wanted: Vec<Wanted> = sessions.iter().map(|(session, leaders)| Wanted::of(session, leaders)).collect();
    let around = Surroundings::of(scope, &wanted).await?;
    let stands = |clash: &Clash| clash.other().is_none_or(|other| !moved.contains(&other) && !gone.contains(&other));
    let mut found = Vec::new();
    for ((session, _), wanted) in sessions.iter().zip(&wanted) {
        let there = around.clashes(wanted).into_iter().filter(stands);
        found.extend(there.map(|clash| (session.id, clash)));
    }
    found.extend(among(sessions));
    Ok(found)
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
