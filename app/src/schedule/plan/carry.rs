//! Carrying a plan out.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    column::Value,
    id::SessionId,
    sessions::{ParticipantSource, REASON_SERIES_CHANGED, with_substitutes},
};

use super::Plan;
use crate::{
    door::Scope,
    events::SessionEvent,
    groups::Group,
    problem::Problem,
    sessions::{self, Session, making},
};

/// Carries a plan out. The caller holds the lock on the group's row.
///
/// # Errors
/// When the database can't answer.
pub async fn carry_out(scope: &mut Scope<'_>, group: &Group, plan: Plan) -> Result<Vec<Session>, Problem> {
    if !plan.cancel.is_empty() {
        sessions::cancel_all(scope, &plan.cancel, REASON_SERIES_CHANGED).await?;
        let (count, reason) = (plan.cancel.len(), REASON_SERIES_CHANGED);
        scope.emit(SessionEvent::ManyCancelled { group: group.id, count, reason });
    }
    rename(scope, &plan).await?;
    reinstate(scope, group, &plan.reinstate).await?;
    change(scope, group, &plan).await?;
    lead(scope, group, &plan).await?;
    sessions::flag(scope, &elsewhere(&plan)).await?;
    create(scope, group, plan).await
}

/// The sessions that are somewhere else, or led by somebody else, than before.
fn elsewhere(plan: &Plan) -> Vec<SessionId> {
    let moved = plan.change.iter().filter(|(old, new)| old.place() != new.place());
    let all = moved.chain(&plan.reinstate).map(|(old, _)| old.id).chain(plan.led.iter().copied());
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Sessions that get another name lose theirs first: the name may be another's from now on.
async fn rename(scope: &mut Scope<'_>, plan: &Plan) -> Result<(), Problem> {
    let pairs = plan.change.iter().chain(&plan.reinstate);
    let renamed = pairs.filter(|(old, new)| old.recurrence_id.is_some() && old.recurrence_id != new.recurrence_id);
    let ids: Vec<SessionId> = renamed.map(|(old, _)| old.id).collect();
    Ok(sessions::forget_names(scope, &ids).await?)
}

async fn reinstate(scope: &mut Scope<'_>, group: &Group, pairs: &[(Session, Session)]) -> Result<(), Problem> {
    if pairs.is_empty() {
        return Ok(());
    }
    let mut back = Vec::with_capacity(pairs.len());
    for (old, new) in pairs {
        back.push(if old == new { old.clone() } else { sessions::save(scope, old, new.clone()).await? });
    }
    sessions::reinstate_all(scope, &back).await?;
    sessions::reactions::follow_roster(scope, group, &back).await?;
    scope.emit(SessionEvent::Reinstated { group: group.id, count: back.len() });
    Ok(())
}

async fn change(scope: &mut Scope<'_>, group: &Group, plan: &Plan) -> Result<(), Problem> {
    // Sessions that stay at their time and change alike are changed together.
    let mut alike: BTreeMap<String, (Vec<Session>, Columns)> = BTreeMap::new();
    let mut moved = 0;
    let mut on_other_days = Vec::new();
    for (old, new) in &plan.change {
        let times = |one: &Session| (one.starts_at, one.ends_at, one.zone.name().to_owned(), one.recurrence_id.clone());
        let flags = |one: &Session| (one.has_conflict, one.conflict_reason.clone(), one.breaks.0.clone());
        if times(old) == times(new) && flags(old) == flags(new) {
            let columns = columns_of(new);
            alike.entry(format!("{columns:?}")).or_insert_with(|| (Vec::new(), columns)).0.push(old.clone());
        } else {
            moved += usize::from((old.starts_at, old.ends_at) != (new.starts_at, new.ends_at));
            let saved = sessions::save(scope, old, new.clone()).await?;
            if saved.local_date != old.local_date {
                on_other_days.push(saved);
            }
        }
    }
    if !on_other_days.is_empty() {
        // Who must not meet on the new day does not.
        sessions::reactions::part(scope, &on_other_days).await?;
    }
    for (sessions, columns) in alike.values() {
        scope.change_all(sessions, columns).await?;
    }
    if moved > 0 {
        scope.emit(SessionEvent::Followed { group: group.id, count: moved });
    }
    let mut others: Vec<SessionId> =
        plan.change.iter().map(|(old, _)| old.id).chain(plan.led.iter().copied()).collect();
    others.sort_unstable();
    others.dedup();
    if others.len() > moved {
        scope.emit(SessionEvent::ManyUpdated { group: group.id, count: others.len() - moved });
    }
    Ok(())
}

/// Columns and what they become.
type Columns = [(&'static str, Value); 10];

/// The columns in which sessions that stay at their time follow their group and their part.
fn columns_of(session: &Session) -> Columns {
    let optional = |text: Option<String>| text.map_or(Value::Null, Value::Text);
    [
        ("title", Value::from(&session.title)),
        ("topic", optional(session.topic.as_ref().map(ToString::to_string))),
        ("site_id", Value::from(&session.site_id)),
        ("room_id", Value::from(&session.room_id)),
        ("service_type", optional(session.service_type.as_ref().map(ToString::to_string))),
        ("service_kind", Value::from(&session.service_kind)),
        ("modality", Value::from(&session.modality)),
        ("program_id", Value::from(&session.program_id)),
        ("template_id", Value::from(&session.template_id)),
        ("max_capacity", Value::from(&session.max_capacity)),
    ]
}

/// Gives sessions the leaders of their stretch, substitutes aside; each that has nothing else new counts one version more all the same.
async fn lead(scope: &mut Scope<'_>, group: &Group, plan: &Plan) -> Result<(), Problem> {
    let mut by_stretch: BTreeMap<usize, Vec<SessionId>> = BTreeMap::new();
    for id in &plan.led {
        by_stretch.entry(plan.stretch.get(id).copied().unwrap_or_default()).or_default().push(*id);
    }
    let changed: Vec<SessionId> = plan.change.iter().chain(&plan.reinstate).map(|(old, _)| old.id).collect();
    for (stretch, ids) in by_stretch {
        let sessions = sessions::by_ids(scope, &ids).await?;
        let before = sessions::leaders_of(scope, &ids).await?;
        let usual = plan.leaders.get(stretch).map(Vec::as_slice).unwrap_or_default();
        let led = |session: &Session| {
            let before = before.get(&session.id).map(Vec::as_slice).unwrap_or_default();
            with_substitutes(usual, before)
        };
        let led: Vec<_> = sessions.iter().map(|session| (session, led(session))).collect();
        sessions::lead(scope, &led).await?;
        let same: Vec<Session> = sessions.into_iter().filter(|session| !changed.contains(&session.id)).collect();
        scope.change_all(&same, &[]).await?;
    }
    if plan.follows_caseload {
        let ids: Vec<SessionId> = plan.stretch.keys().copied().collect();
        let open = sessions::by_ids(scope, &ids).await?;
        making::lead_by_caseload(scope, group, &open).await?;
    }
    Ok(())
}

async fn create(scope: &mut Scope<'_>, group: &Group, plan: Plan) -> Result<Vec<Session>, Problem> {
    if plan.create.is_empty() {
        return Ok(Vec::new());
    }
    let members = making::active_members(scope, group.id).await?;
    let mut by_stretch: BTreeMap<usize, Vec<Session>> = BTreeMap::new();
    for session in plan.create {
        by_stretch.entry(plan.stretch.get(&session.id).copied().unwrap_or_default()).or_default().push(session);
    }
    let mut all = Vec::new();
    for (stretch, sessions) in by_stretch {
        let leaders = plan.leaders.get(stretch).map(Vec::as_slice).unwrap_or_default();
        all.extend(making::make(scope, sessions, leaders, &members, ParticipantSource::Roster).await?);
    }
    making::lead_by_caseload(scope, group, &all).await?;
    scope.emit(SessionEvent::SeriesScheduled { group: group.id, count: all.len() });
    Ok(all)
}
