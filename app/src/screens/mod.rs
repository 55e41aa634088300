//! Pages that show several rooms at once, composed from the rooms' own data and fragments.

pub mod apart;
pub mod audit;
pub mod calendar;
pub mod cancelling;
pub mod documenting;
pub mod group;
pub mod holidays;
pub mod merging;
mod moved;
mod naming;
pub mod offers;
pub mod patient;
pub mod reviews;
pub mod search;
pub mod session;
pub mod sessions;
pub mod staff;
pub mod today;
mod words;

use axum::{response::Redirect, routing::get};
use rules::permissions::Permission;

use crate::{door::Cx, http::PageRouter};

/// The routes of every screen.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/", get(start))
        .merge(apart::routes())
        .merge(audit::routes())
        .merge(calendar::routes())
        .merge(cancelling::routes())
        .merge(documenting::routes())
        .merge(moved::routes())
        .merge(group::routes())
        .merge(holidays::routes())
        .merge(merging::routes())
        .merge(offers::routes())
        .merge(patient::routes())
        .merge(reviews::routes())
        .merge(search::routes())
        .merge(session::routes())
        .merge(sessions::routes())
        .merge(staff::routes())
        .merge(today::routes())
}

/// Where people begin: with the day, or with their own account where they may not see any session.
async fn start(cx: Cx) -> Redirect {
    Redirect::to(if cx.permissions.allows(Permission::GroupEncounterRead) { "/today" } else { "/account" })
}
