//! Which leaders are away, of sessions in hand: pages mark them.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    id::{PractitionerId, SessionId},
    permissions::Permission,
    sessions::LeaderRole,
};
use jiff::Timestamp;

use super::super::answers::SessionView;
use crate::{door::Cx, people, problem::Problem};

/// The names of leaders who have approved time off while their session is, by session: it needs cover.
pub type Away = BTreeMap<SessionId, Vec<String>>;

fn interval(session: &SessionView) -> Option<(Timestamp, Timestamp)> {
    Some((session.starts_at.parse().ok()?, session.ends_at.parse().ok()?))
}

/// Who has to be there and is away, of sessions that are scheduled or in progress. Supervisors need not be there. One
/// statement, however many sessions there are; none where none of them can need cover.
///
/// # Errors
/// When the database can't answer.
pub async fn away(cx: &Cx, sessions: &[SessionView]) -> Result<Away, Problem> {
    let open = sessions.iter().filter(|session| session.status.is_open());
    let open: Vec<(&SessionView, (Timestamp, Timestamp))> =
        open.filter_map(|session| Some((session, interval(session)?))).collect();
    let busy = |session: &&SessionView| {
        let there = session.leaders.iter().filter(|leader| leader.role != LeaderRole::Supervisor);
        there.map(|leader| (leader.practitioner_id, leader.name.clone())).collect::<Vec<_>>()
    };
    let who: BTreeSet<PractitionerId> = open.iter().flat_map(|(one, _)| busy(one)).map(|(who, _)| who).collect();
    let from = open.iter().map(|(_, (starts_at, _))| *starts_at).min();
    let until = open.iter().map(|(_, (_, ends_at))| *ends_at).max();
    let Some(span) = from.zip(until).filter(|_| !who.is_empty()) else { return Ok(Away::new()) };
    let who = &who;
    let off = cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move { Ok(people::away(scope, who, span).await?) })
    });
    let off = off.await?;
    let is_off = |who: PractitionerId, (starts_at, ends_at): (Timestamp, Timestamp)| {
        off.iter().any(|off| off.practitioner_id == who && off.starts_at < ends_at && off.ends_at > starts_at)
    };
    let missing = |(session, span): &(&SessionView, (Timestamp, Timestamp))| {
        let missing = busy(session).into_iter().filter(|(who, _)| is_off(*who, *span)).map(|(_, name)| name);
        let missing: Vec<String> = missing.collect();
        (!missing.is_empty()).then_some((session.id, missing))
    };
    Ok(open.iter().filter_map(missing).collect())
}
