//! `/api/exports/*.csv`.

use std::{collections::BTreeMap, io};

use axum::{
    body::{Body, Bytes},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use utoipa::{
    IntoResponses,
    openapi::{
        ContentBuilder, ObjectBuilder, RefOr, ResponseBuilder, Schema, response::Response as Documented, schema::Type,
    },
};
use utoipa_axum::routes;

use super::{Export, Wanted, WantedMembers, WantedSessions, begin};
use crate::{
    door::Cx,
    http::{ApiRouter, extract::Query},
    problem::Problem,
};

/// The routes.
pub fn routes() -> ApiRouter {
    ApiRouter::new().routes(routes!(rosters)).routes(routes!(schedule)).routes(routes!(sessions))
}

/// A file that is made while it is sent.
pub struct Csv(Export);

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let name = format!("attachment; filename=\"{}.csv\"", self.0.wanted.kind());
        let parts = stream::try_unfold(self.0, |mut export| async move {
            match export.next().await {
                Ok(part) => Ok(part.map(|text| (Bytes::from(text), export))),
                // The head is sent already: a file that breaks off is not taken for a whole one.
                Err(problem) => Err(io::Error::other(problem.detail().to_owned())),
            }
        });
        let head = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
        (head, Body::from_stream(parts)).into_response()
    }
}

impl IntoResponses for Csv {
    fn responses() -> BTreeMap<String, RefOr<Documented>> {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let content = ContentBuilder::new().schema(Some(Schema::from(text))).build();
        let description = "UTF-8, RFC 4180. Times are local, with their zone in a column.";
        let response = ResponseBuilder::new().description(description).content("text/csv", content).build();
        BTreeMap::from([("200".to_owned(), response.into())])
    }
}

/// The rosters as CSV
///
/// A row for each person in each group. Needs a fresh proof: `POST /api/me/reauth`.
#[utoipa::path(get, path = "/api/exports/rosters.csv", tag = "exports", params(WantedMembers))]
async fn rosters(cx: Cx, Query(wanted): Query<WantedMembers>) -> Result<Csv, Problem> {
    begin(&cx, Wanted::Rosters(wanted)).await.map(Csv)
}

/// The schedule as CSV
///
/// Sessions from today on, with their seats. Needs a fresh proof: `POST /api/me/reauth`.
#[utoipa::path(get, path = "/api/exports/schedule.csv", tag = "exports", params(WantedSessions))]
async fn schedule(cx: Cx, Query(wanted): Query<WantedSessions>) -> Result<Csv, Problem> {
    begin(&cx, Wanted::Schedule(wanted)).await.map(Csv)
}

/// Sessions as CSV
///
/// With what came of them, in numbers. Needs a fresh proof: `POST /api/me/reauth`.
#[utoipa::path(get, path = "/api/exports/sessions.csv", tag = "exports", params(WantedSessions))]
async fn sessions(cx: Cx, Query(wanted): Query<WantedSessions>) -> Result<Csv, Problem> {
    begin(&cx, Wanted::Sessions(wanted)).await.map(Csv)
}
