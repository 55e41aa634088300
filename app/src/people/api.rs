//! `/api/patients`, `/api/guests`, `/api/practitioners`, `/api/sites`, `/api/rooms`.

mod availability;
mod guests;
mod patients;
mod places;
mod practitioners;

use ::rules::availability::Block;

use super::{
    actions::{hours::HoursView, time_off::TimeOffView},
    store::{Guest, Patient, Practitioner, Room, Site},
};
use crate::http::{ApiRouter, openapi::with_schemas};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .merge(patients::routes())
        .merge(guests::routes())
        .merge(practitioners::routes())
        .merge(places::routes())
        .merge(availability::routes());
    with_schemas::<(Patient, Guest, Practitioner, Site, Room, Block, HoursView, TimeOffView)>(router)
}
