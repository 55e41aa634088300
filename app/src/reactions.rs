//! What follows from what: from an event to what later rooms do because of it, inside the same transaction.
//!
//! A reaction asks no permission: the first action did. Rooms are called in their order. What may happen later is a
//! job instead.

use crate::{door::Scope, events::Event, problem::Problem};

/// Runs every reaction to one event.
///
/// # Errors
/// What a reaction refuses refuses the whole action.
pub async fn react(_scope: &mut Scope<'_>, _event: &Event) -> Result<(), Problem> {
    Ok(())
}
