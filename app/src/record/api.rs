//! `/api/sessions/{id}/record`, `/api/reviews`, `/api/documentation`.

use ::rules::{id::SessionId, notes::Undone};
use utoipa_axum::routes;

use super::actions::{self, DueView, ListDue, ListReviews, ReviewView, Whose, Written};
use crate::{
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Query},
        openapi::with_schemas,
        respond::{Data, Listed},
    },
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new().routes(routes!(written)).routes(routes!(reviews)).routes(routes!(due));
    with_schemas::<(Written, ReviewView, DueView, Undone, Whose)>(router)
}

/// How much is written about a session
///
/// Numbers of notes and chart entries: what reopening or voiding it concerns.
#[utoipa::path(get, path = "/api/sessions/{id}/record", tag = "sessions", params(("id" = SessionId, Path)))]
async fn written(cx: Cx, At(id): At<SessionId>) -> Result<Data<Written>, Problem> {
    actions::written(&cx, id).await.map(Data)
}

/// List what waits for a review
///
/// Sessions pending review, the oldest first: for users with the flag `can_review` those that they neither led nor signed,
/// for others with `session.manage_any` all. Review or return the note that is named with each.
#[utoipa::path(get, path = "/api/reviews", tag = "notes", params(ListReviews))]
async fn reviews(cx: Cx, Query(list): Query<ListReviews>) -> Result<Listed<ReviewView>, Problem> {
    actions::reviews(&cx, &list).await.map(Listed)
}

/// List what is still to be documented
///
/// Sessions whose time is over and whose notes are not signed, the oldest first, each with its deadline: as many hours
/// after its end as the setting `note_due_hours` says.
#[utoipa::path(get, path = "/api/documentation", tag = "notes", params(ListDue))]
async fn due(cx: Cx, Query(list): Query<ListDue>) -> Result<Listed<DueView>, Problem> {
    actions::due(&cx, &list).await.map(Listed)
}
