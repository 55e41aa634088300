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
use crate::{door::Scope, events::SessionEvent, groups, problem::Problem, sessions::making};

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
        locked.push(groups::lock(scope, *id).await?);
    }
    let (mut made, mut done) = (0, Vec::with_capacity(due.len()));
    for group in &locked {
        let parts = store::parts(scope, group.id).await?;
        let plan = plan::plan(scope, group, &parts, until, Reach::Dates).await?;
        made += plan.create.len() + plan.reinstate.len();
        plan::carry_out(scope, group, plan).await?;
        done.extend(parts.iter().map(|part| part.id));
    }
    store::filled(scope, &done, until).await?;
    scope.emit(SessionEvent::SeriesFilled { organization: scope.cx.organization.id, groups: done.len() });
    Ok(made)
}

/// Some days are no longer a holiday of a site: makes the sessions that were not made because of it; returns how many.
///
/// # Errors
/// When the database can't answer.
pub async fn reopened(scope: &mut Scope<'_>, site: SiteId, days: &[Days]) -> Result<usize, Problem> {
    let until = plan::horizon(scope).await?;
    let reach = Days { first: Zone::UTC.date(scope.now()).saturating_sub(1.days()), last: until };
    let days: Vec<Days> = days.iter().filter_map(|stretch| stretch.shared(reach)).collect();
    let Some(first) = days.iter().map(|stretch| stretch.first).min() else { return Ok(0) };
    let zone = making::zone_of(scope, Some(site)).await?;
    let yields = |row: &&GroupRecurrence| {
        let part = row.part();
        !row.is_closed() && days.iter().any(|days| !part.occurrences(&zone, days.first, days.last, 1).is_empty())
    };
    let parts = store::parts_at(scope, site).await?;
    let missing: BTreeSet<GroupId> = parts.iter().filter(yields).map(|part| part.group_id).collect();
    let at_once: Vec<GroupId> = missing.iter().copied().take(AT_ONCE).collect();
    let later = parts.iter().filter(|part| missing.contains(&part.group_id) && !at_once.contains(&part.group_id));
    let later: Vec<_> = later.map(|part| part.id).collect();
    if !later.is_empty() {
        store::filled(scope, &later, first.saturating_sub(1.days())).await?;
    }
    if at_once.is_empty() { Ok(0) } else { fill(scope, &at_once).await }
}
