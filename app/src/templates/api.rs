//! `/api/templates` and `/api/group-session-templates`.

mod group_sessions;
mod notes;

use crate::http::ApiRouter;

/// The routes of the room.
pub fn routes() -> ApiRouter {
    notes::routes().merge(group_sessions::routes())
}
