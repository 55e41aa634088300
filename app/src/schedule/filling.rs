//! Making what is missing up to the horizon: as time goes on, and when days are no longer a holiday.

use std::collections::BTreeSet;

use ::rules::{
    holidays::Days,
    id::{GroupId, SiteId},
    recurrence::Zone,
};
use jiff::ToSpan as _;

use super::{
    plan::{self, Reach},
    store::{self, GroupRecurrence},
};
use crate::{door::Scope, events::SessionEvent, groups, problem::Problem, sessions::making, settings::settings};

/// Groups whose sessions are made at once when a holiday is lifted; the job that keeps the horizon filled does the rest.
const AT_ONCE: usize = 100;

/// Makes the missing sessions of these groups, whose ids are in order; returns how many were made.
///
/// # Errors
/// 404 when a group is not there, or when the database can't answer.
pub async fn fill(scope: &mut Scope<'_>, due: &[GroupId]) -> Result<usize, Problem> {
    let until = plan::horizon(scope).await?;
    // Every row is locked before the first is worked on, in one order for all servers.
    let mut locked = Vec::with_capacity(due.len());
    for id in due {
        let group = groups::lock(scope, *id).await?;
        let parts = store::parts(scope, group.id).await?;
        locked.push((group, parts));
    }
    // Then every site, so that the holidays which are read are all there are.
    plan::hold_sites(scope, locked.iter().map(|(group, parts)| (group, &parts[..]))).await?;
    let (mut made, mut done) = (0, Vec::with_capacity(due.len()));
    for (group, parts) in &locked {
        let plan = plan::plan(scope, group, parts, until, Reach::Dates).await?;
        made += plan.create.len() + plan.reinstate.len();
        plan::carry_out(scope, group, plan).await?;
        done.extend(parts.iter().map(|part| part.id));
    }
    store::filled(scope, &done, until).await?;
    scope.emit(SessionEvent::SeriesFilled { organization: scope.cx.organization.id, groups: done.len() });
    Ok(made)
}

/// The groups with meetings at a site on some days, in the order in which they are locked.
///
/// # Errors
/// When the database can't answer.
pub async fn meeting_at(scope: &mut Scope<'_>, site: SiteId, days: &[Days]) -> Result<BTreeSet<GroupId>, Problem> {
    let days = coming(scope, days).await?;
    Ok(missing(scope, site, &days).await?.0)
}

/// What of some days is before the horizon.
async fn coming(scope: &mut Scope<'_>, days: &[Days]) -> Result<Vec<Days>, Problem> {
    let until = plan::horizon(scope).await?;
    let reach = Days { first: Zone::UTC.date(scope.now()).saturating_sub(1.days()), last: until };
    Ok(days.iter().filter_map(|stretch| stretch.shared(reach)).collect())
}

/// The groups with meetings at a site on some days: the first are filled at once, the parts of the others later.
async fn missing(
    scope: &mut Scope<'_>,
    site: SiteId,
    days: &[Days],
) -> Result<(BTreeSet<GroupId>, Vec<GroupRecurrence>), Problem> {
    if days.is_empty() {
        return Ok((BTreeSet::new(), Vec::new()));
    }
    let zone = making::zone_of(scope, Some(site)).await?;
    let yields = |row: &&GroupRecurrence| {
        let part = row.part();
        !row.is_closed() && days.iter().any(|days| !part.occurrences(&zone, days.first, days.last, 1).is_empty())
    };
    let parts = store::parts_at(scope, site).await?;
    let missing: BTreeSet<GroupId> = parts.iter().filter(yields).map(|part| part.group_id).collect();
    let at_once: BTreeSet<GroupId> = missing.iter().copied().take(AT_ONCE).collect();
    let is_later = |part: &GroupRecurrence| missing.contains(&part.group_id) && !at_once.contains(&part.group_id);
    let later = parts.into_iter().filter(is_later).collect();
    Ok((at_once, later))
}

/// Some days are no longer a holiday of a site: makes the sessions that were not made because of it; returns how many.
/// What is not among the groups that the caller has `locked` is left to the job that keeps the horizon filled.
///
/// # Errors
/// When the database can't answer.
pub async fn reopened(
    scope: &mut Scope<'_>,
    site: SiteId,
    days: &[Days],
    locked: &BTreeSet<GroupId>,
) -> Result<usize, Problem> {
    let days = coming(scope, days).await?;
    let Some(first) = days.iter().map(|stretch| stretch.first).min() else { return Ok(0) };
    let (at_once, mut later) = missing(scope, site, &days).await?;
    let is_paused = !settings(scope).await?.use_group_sessions;
    let is_filled_now = |id: &GroupId| !is_paused && locked.contains(id);
    let (at_once, unlocked): (Vec<GroupId>, Vec<GroupId>) = at_once.into_iter().partition(is_filled_now);
    if !unlocked.is_empty() {
        let parts = store::parts_at(scope, site).await?;
        later.extend(parts.into_iter().filter(|part| unlocked.contains(&part.group_id)));
    }
    let later: Vec<_> = later.iter().map(|part| part.id).collect();
    if !later.is_empty() {
        store::filled(scope, &later, first.saturating_sub(1.days())).await?;
    }
    if at_once.is_empty() { Ok(0) } else { fill(scope, &at_once).await }
}
