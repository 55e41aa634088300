//! What follows from what: from an event to what later rooms do because of it, inside the same transaction.
//!
//! A reaction asks no permission: the first action did. Rooms are called in their order. What may happen later is a
//! job instead.

use crate::{door::Scope, events::Event, problem::Problem, roster};

/// Runs every reaction to one event.
///
/// # Errors
/// What a reaction refuses refuses the whole action.
pub async fn react(scope: &mut Scope<'_>, event: &Event) -> Result<(), Problem> {
    match event {
        Event::GroupUpdated { group, capacity_raised: true } | Event::GroupRestored { group } => {
            roster::reactions::seats_may_be_free(scope, *group).await
        }
        _ => Ok(()),
    }
}
