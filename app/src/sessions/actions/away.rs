//! Which leaders are away, of sessions in hand: pages mark them.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    id::{PractitionerId, SessionId},
    permissions::Permission,
    sessions::LeaderRole,
};
use jiff::Timestamp;

use super::super::answers::{LeaderView, SessionView};
use crate::{door::Cx, people, problem::Problem};

/// The leaders who have approved time off while their session is, by session: it needs cover.
pub type Away = BTreeMap<SessionId, Vec<LeaderView>>;

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
        there.cloned().collect::<Vec<LeaderView>>()
    };
    let who: BTreeSet<PractitionerId> =
        open.iter().flat_map(|(one, _)| busy(one)).map(|leader| leader.practitioner_id).collect();
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
        let mut missing = busy(session);
        missing.retain(|leader| is_off(leader.practitioner_id, *span));
        (!missing.is_empty()).then_some((session.id, missing))
    };
    Ok(open.iter().filter_map(missing).collect())
}
