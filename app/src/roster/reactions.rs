//! What the roster does because of an earlier room's event.

use ::rules::id::GroupId;

use super::actions;
use crate::{door::Scope, groups, problem::Problem};

/// Seats may be free now: the group has more of them, or runs again.
///
/// # Errors
/// When the database can't answer.
pub async fn seats_may_be_free(scope: &mut Scope<'_>, group: GroupId) -> Result<(), Problem> {
    let group = groups::lock(scope, group).await?;
    actions::promote(scope, &group).await.map(drop)
}
