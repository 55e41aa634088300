//! What several sessions would clash with, were they where somebody wants them.

use std::collections::BTreeSet;

use ::rules::{
    id::{PractitionerId, SessionId},
    sessions::{Leader, LeaderRole},
};

use super::store::{self, Clash, Session};
use crate::{
    door::Scope,
    people::{Practitioner, Room},
    problem::Problem,
};

fn busy(leaders: &[Leader]) -> Vec<PractitionerId> {
    leaders.iter().filter(|one| one.role != LeaderRole::Supervisor).map(|one| one.practitioner).collect()
}

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
    let own: BTreeSet<SessionId> = sessions.iter().map(|(session, _)| session.id).collect();
    let mut found = Vec::new();
    for (session, leaders) in sessions {
        let interval = (session.starts_at, session.ends_at);
        let there = store::clashes(scope, Some(session.id), session.room_id, &busy(leaders), interval).await?;
        let others = there.into_iter().filter(|clash| !own.contains(&other(clash)) && !gone.contains(&other(clash)));
        found.extend(others.map(|clash| (session.id, clash)));
    }
    found.extend(among(sessions));
    Ok(found)
}

fn other(clash: &Clash) -> SessionId {
    match clash {
        Clash::Room(session) | Clash::Leader(_, session) | Clash::Patient(_, session) => *session,
    }
}

/// The clashes of these sessions with each other.
fn among(sessions: &[(Session, Vec<Leader>)]) -> Vec<(SessionId, Clash)> {
    let mut by_time: Vec<&(Session, Vec<Leader>)> = sessions.iter().collect();
    by_time.sort_by_key(|(session, _)| (session.starts_at, session.id));
    let mut found = Vec::new();
    for (at, (one, leaders)) in by_time.iter().enumerate() {
        for (next, others) in by_time[at + 1..].iter().take_while(|(next, _)| next.starts_at < one.ends_at) {
            if one.room_id.is_some() && one.room_id == next.room_id {
                found.push((next.id, Clash::Room(one.id)));
            }
            let both = busy(others).into_iter().filter(|who| busy(leaders).contains(who));
            found.extend(both.map(|who| (next.id, Clash::Leader(who, one.id))));
        }
    }
    found
}
