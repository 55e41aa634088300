//! `/api/patients`, `/api/guests`, `/api/practitioners`, `/api/sites`, `/api/rooms`.

mod guests;
mod patients;
mod places;
mod practitioners;

use super::store::{Guest, Patient, Practitioner, Room, Site};
use crate::http::{ApiRouter, openapi::with_schemas};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .merge(patients::routes())
        .merge(guests::routes())
        .merge(practitioners::routes())
        .merge(places::routes());
    with_schemas::<(Patient, Guest, Practitioner, Site, Room)>(router)
}
