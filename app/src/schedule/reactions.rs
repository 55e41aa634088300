//! What the schedule does because of its group.

use ::rules::{column::Json, id::GroupId, recurrence::Recurrence};

use super::{
    plan::{self, Reach},
    store::{self, GroupRecurrence},
};
use crate::{door::Scope, groups, problem::Problem, settings::settings};

/// The group changed, or runs again: each session of its series still to come that nobody edited by hand has what its
/// part says, else what the group says, and the series reaches the horizon.
///
/// # Errors
/// When the database can't answer.
pub async fn changed(scope: &mut Scope<'_>, group: GroupId) -> Result<(), Problem> {
    let group = groups::lock(scope, group).await?;
    let mut parts = store::parts(scope, group.id).await?;
    if parts.is_empty() {
        return Ok(());
    }
    let until = plan::horizon(scope).await?;
    for part in &mut parts {
        let old = part.clone();
        if old.own_duration || old.recurrence.duration_minutes == group.duration_minutes {
            continue;
        }
        let recurrence = Recurrence { duration_minutes: group.duration_minutes, ..old.recurrence.0.clone() };
        let new = GroupRecurrence { recurrence: Json(recurrence), ..old.clone() };
        *part = scope.update(&old, new).await?;
    }
    plan::hold_sites(scope, [(&group, &parts[..])]).await?;
    let plan = plan::plan(scope, &group, &parts, until, Reach::Everything).await?;
    plan::carry_out(scope, &group, plan).await?;
    if !settings(scope).await?.use_group_sessions {
        // Nothing was made: the series goes on from where it was.
        return Ok(());
    }
    let all: Vec<_> = parts.iter().map(|part| part.id).collect();
    Ok(store::filled(scope, &all, until).await?)
}
