//! `/api/feeds`.

use ::rules::id::FeedId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    actions::{self, FeedView, ListFeeds, MadeFeed, NewFeed, PERMISSION},
    store::Feed,
};
use crate::{
    audit::history::{AsOf, RecordVersion, history},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        openapi::with_schemas,
        respond::{Created, Data, Listed},
    },
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(one, revoke))
        .routes(routes!(rotate))
        .routes(routes!(feed_history));
    with_schemas::<(Feed, FeedView, FeedAnswer)>(router)
}

/// A feed whose address is shown this once.
#[derive(Serialize, ToSchema)]
struct FeedAnswer {
    /// Where calendar programs fetch it: `/ics/{secret}.ics` below the address of the pages. It can't be shown again.
    address: String,
    /// The feed.
    feed: FeedView,
}

impl From<MadeFeed> for FeedAnswer {
    fn from(MadeFeed { address, feed }: MadeFeed) -> Self {
        Self { address, feed }
    }
}

/// List calendar feeds
///
/// Those in force: your own, everybody's for who manages users, or a patient's or guest's.
#[utoipa::path(get, path = "/api/feeds", tag = "feeds", params(ListFeeds))]
async fn list(cx: Cx, Query(wanted): Query<ListFeeds>) -> Result<Listed<FeedView>, Problem> {
    actions::list(&cx, &wanted).await.map(Listed)
}

/// Make a calendar feed
///
/// Of your own sessions, a site's, a room's, a patient's or a guest's. Its private address is in this answer and nowhere
/// else: `GET` it, without a token, for the iCalendar text (RFC 5545).
#[utoipa::path(post, path = "/api/feeds", tag = "feeds")]
async fn make(cx: Cx, Json(new): Json<NewFeed>) -> Result<Created<FeedAnswer>, Problem> {
    actions::make(&cx, &new).await.map(|made| Created(made.into()))
}

/// One calendar feed
#[utoipa::path(get, path = "/api/feeds/{id}", tag = "feeds", params(("id" = FeedId, Path)))]
async fn one(cx: Cx, At(id): At<FeedId>) -> Result<Data<FeedView>, Problem> {
    actions::one(&cx, id).await.map(Data)
}

/// Revoke a calendar feed
///
/// Its address answers 410 from now on.
#[utoipa::path(delete, path = "/api/feeds/{id}", tag = "feeds", params(("id" = FeedId, Path)))]
async fn revoke(cx: Cx, At(id): At<FeedId>) -> Result<Data<FeedView>, Problem> {
    actions::revoke(&cx, id).await.map(Data)
}

/// Give a calendar feed a new address
///
/// The old one answers 410 from now on; the new one is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/feeds/{id}/rotate", tag = "feeds", params(("id" = FeedId, Path)))]
async fn rotate(cx: Cx, At(id): At<FeedId>) -> Result<Created<FeedAnswer>, Problem> {
    actions::rotate(&cx, id).await.map(|made| Created(made.into()))
}

/// A calendar feed's record as it stood
#[utoipa::path(get, path = "/api/feeds/{id}/history", tag = "feeds", params(("id" = FeedId, Path), AsOf))]
async fn feed_history(cx: Cx, At(id): At<FeedId>, Query(as_of): Query<AsOf>) -> Result<Listed<RecordVersion>, Problem> {
    history::<Feed, _>(&cx, PERMISSION, id, &as_of).await.map(Listed)
}
