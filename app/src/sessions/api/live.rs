//! `GET /api/sessions/{id}/live`: a session's roster as server-sent events.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use ::rules::id::SessionId;
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header::CACHE_CONTROL},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use serde_json::{Value, json};
use utoipa::{
    IntoResponses,
    openapi::{
        ContentBuilder, ObjectBuilder, RefOr, ResponseBuilder, Schema, response::Response as Documented, schema::Type,
    },
};
use utoipa_axum::routes;

use super::super::{
    actions::{RosterView, ViewerView},
    live::{Change, Following, Told},
};
use crate::{
    door::Cx,
    http::{ApiRouter, extract::At, openapi::with_schemas},
    problem::Problem,
};

/// How often a comment shows that the stream is alive: proxies cut what is silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a client waits before it comes back, in case the stream breaks off.
const COME_BACK: Duration = Duration::from_secs(1);

/// The routes.
pub fn routes() -> ApiRouter {
    with_schemas::<(RosterView, ViewerView)>(ApiRouter::new().routes(routes!(live)))
}

/// The id of the last event that a client has seen.
pub fn last_event(headers: &HeaderMap) -> Option<&str> {
    headers.get("last-event-id").and_then(|id| id.to_str().ok())
}

/// A stream of events, each made from what is to be told; it ends with the first that is none.
pub fn stream_of<F>(following: Following, event: F) -> Response
where
    F: Fn(&mut Following, Told) -> Event + Send + 'static,
{
    let next = |(mut following, event): (Following, F)| async move {
        let told = following.next().await?;
        let made = event(&mut following, told).retry(COME_BACK);
        Some((Ok::<_, Infallible>(made), (following, event)))
    };
    let events = Sse::new(stream::unfold((following, event), next));
    let mut response = events.keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // A proxy that gathers answers before it sends them would hold the taps back.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The stream as the document knows it.
pub struct Live(Response);

impl IntoResponse for Live {
    fn into_response(self) -> Response {
        self.0
    }
}

impl IntoResponses for Live {
    fn responses() -> BTreeMap<String, RefOr<Documented>> {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let content = ContentBuilder::new().schema(Some(Schema::from(text))).build();
        let description = "Server-sent events, `data` being JSON: first `roster` (`RosterView`: everything as it \
            stands), then `participant` (`ParticipantView`), `session` (`SessionView`) and `viewers` (a list of \
            `ViewerView`), each as it stands then; `gone` with its `code` when you may look no longer. Comments keep \
            the stream alive. It has no end of its own.";
        let response = ResponseBuilder::new().description(description).content("text/event-stream", content).build();
        BTreeMap::from([("200".to_owned(), response.into())])
    }
}

/// Follow a session live
///
/// The roster of one session, and every change of it within a second, through whichever server it was made. Send the id
/// of the last event you have seen as `Last-Event-ID` (browsers do so by themselves) and you are told what differs from
/// it, and nothing twice. A stream is no use of your credential: who does nothing else is signed out in time. At most 8
/// streams of one user are open at a time (429 `too_many_streams`). Opening it is recorded as a reading of the roster.
#[utoipa::path(get, path = "/api/sessions/{id}/live", tag = "participants",
    params(("id" = SessionId, Path), ("Last-Event-ID" = Option<String>, Header)))]
async fn live(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Live, Problem> {
    let last = last_event(&headers).map(str::to_owned);
    let following = Following::open(cx, headers, id, last.as_deref()).await?;
    Ok(Live(stream_of(following, |_, told| event(told))))
}

fn event(told: Told) -> Event {
    let (name, data) = match told.change {
        Change::Roster(roster) => ("roster", json!(roster)),
        Change::Session(session) => ("session", json!(session)),
        Change::Participant(participant) => ("participant", json!(participant)),
        Change::Viewers(viewers) => ("viewers", json!(viewers)),
        Change::Gone(code) => ("gone", json!({ "code": code })),
    };
    made(name, &told.id, &data)
}

fn made(name: &str, id: &str, data: &Value) -> Event {
    let event = Event::default().event(name).data(data.to_string());
    if id.is_empty() { event } else { event.id(id) }
}
