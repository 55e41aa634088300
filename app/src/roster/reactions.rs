//! What the roster does because of an earlier room's event.

use ::rules::id::GroupId;

use super::actions;
use crate::{
    door::Scope,
    groups::{self, Group},
    problem::Problem,
};

/// The group runs again: free seats go to who waits.
///
/// # Errors
/// When the database can't answer.
pub async fn restored(scope: &mut Scope<'_>, group: GroupId) -> Result<(), Problem> {
    let group = groups::lock(scope, group).await?;
    let free_before = actions::free_seats(scope, &group).await?;
    give_free_seats(scope, &group, free_before).await
}

/// The group's settings changed. When it may have free seats now, or gives them by another rule, the line moves.
///
/// # Errors
/// When the database can't answer.
pub async fn settings_changed(
    scope: &mut Scope<'_>,
    group: GroupId,
    line_may_move: bool,
    free_before: u32,
) -> Result<(), Problem> {
    let group = groups::lock(scope, group).await?;
    if line_may_move {
        return give_free_seats(scope, &group, free_before).await;
    }
    actions::tell_of_seats(scope, &group, free_before).await
}

async fn give_free_seats(scope: &mut Scope<'_>, group: &Group, free_before: u32) -> Result<(), Problem> {
    actions::settle(scope, group).await?;
    actions::promote(scope, group).await?;
    actions::tell_of_seats(scope, group, free_before).await
}
