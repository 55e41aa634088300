//! What keeps an open room view up to date: the room as it stands, whenever something of it has changed.

use ::rules::id::SessionId;
use axum::{
    http::HeaderMap,
    response::{Response, sse::Event},
};

use super::{Room, view};
use crate::{
    door::Cx,
    http::extract::At,
    problem::Problem,
    sessions::{
        api::live::{last_event, stream_of},
        live::{Change, Following, Told},
    },
};

/// The stream of a room view.
pub async fn stream(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    let last = last_event(&headers).map(str::to_owned);
    let following = Following::open(cx, headers, id, last.as_deref()).await?;
    Ok(stream_of(following, event))
}

/// The room is drawn as a whole, so that numbers, buttons and tiles always fit together.
fn event(following: &mut Following, told: Told) -> Event {
    if let Change::Gone(code) = told.change {
        return Event::default().event("gone").data(code);
    }
    let told = following.skip_to_last(told);
    let room = Room::of(following.cx(), following.roster().clone());
    // Each line of an event's data is a field of its own: markup has none that matter.
    let html = view::inside(&room).into_string().replace(['\n', '\r'], " ");
    Event::default().event("html").id(told.id).data(html)
}
