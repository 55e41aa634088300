//! Pages of patients, guests, staff and places: a form in, an action, a view out.

mod guests;
mod patients;
mod places;
mod staff;

use crate::http::PageRouter;

/// The routes of the room.
pub fn routes() -> PageRouter {
    patients::routes().merge(guests::routes()).merge(staff::routes()).merge(places::routes())
}
