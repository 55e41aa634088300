//! Pages that show several rooms at once, composed from the rooms' own data and fragments.

pub mod group;
pub mod search;

use crate::http::PageRouter;

/// The routes of every screen.
pub fn routes() -> PageRouter {
    group::routes().merge(search::routes())
}
