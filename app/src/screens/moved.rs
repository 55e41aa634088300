//! Addresses of before, and where their pages are today.

use ::rules::id::GroupId;
use axum::{response::Redirect, routing::get};

use crate::http::{PageRouter, extract::At};

/// The routes; a trailing slash is accepted everywhere.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/pm/groups", get(groups))
        .route("/pm/groups/{id}", get(group))
        .route("/appointments/sessions", get(sessions))
}

async fn groups() -> Redirect {
    Redirect::permanent("/groups")
}

async fn group(At(id): At<GroupId>) -> Redirect {
    Redirect::permanent(&format!("/groups/{id}"))
}

async fn sessions() -> Redirect {
    Redirect::permanent("/sessions")
}
