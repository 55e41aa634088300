//! What the schedule does because of its group.

use ::rules::{column::Json, id::GroupId, recurrence::Recurrence};

use super::{
    plan,
    store::{self, GroupRecurrence},
};
use crate::{door::Scope, groups, problem::Problem};

/// The group changed, or runs again: its series has the group's length and zone, and reaches the horizon.
///
/// # Errors
/// When the database can't answer.
pub async fn changed(scope: &mut Scope<'_>, group: GroupId) -> Result<(), Problem> {
    let group = groups::lock(scope, group).await?;
    let Some(old) = store::of_group(scope, group.id).await? else { return Ok(()) };
    let until = plan::horizon(scope).await?;
    let duration_minutes = if old.own_duration { old.recurrence.duration_minutes } else { group.duration_minutes };
    let recurrence = Recurrence { duration_minutes, ..old.recurrence.0.clone() };
    let plan = plan::plan(scope, &group, &recurrence, until).await?;
    plan::carry_out(scope, &group, plan).await?;
    if recurrence != old.recurrence.0 {
        let new = GroupRecurrence { recurrence: Json(recurrence), filled_until: until, ..old.clone() };
        scope.update(&old, new).await?;
    }
    Ok(())
}
