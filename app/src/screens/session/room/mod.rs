//! The room view: a session on a tablet. Large targets, one tap a person, and who else has it open.
//!
//! Every tap is a plain form that the session page's own actions answer; `from=room` brings the answer back here. With
//! scripts `room.js` shows a tap at once, keeps it while the connection is away, and puts in what [`live`] sends.

mod live;
mod menu;
mod taps;
mod tile;
mod view;

pub use live::stream;
pub use taps::{change, plain, tapped_at};

use ::rules::{
    id::{ParticipantId, SessionId},
    permissions::Permission,
    sessions::ParticipantStatus,
};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use maud::{Markup, Render as _, html};

use super::{SECTION, ending, is_live, may::May, shows_again, status_line, told};
use crate::{
    door::Cx,
    frame,
    http::extract::At,
    problem::Problem,
    screens::words,
    sessions::{
        actions::{self, AttendanceView, Overtaken, RosterView, ViewerView},
        answers::{ParticipantView, SessionView},
        live::others,
    },
    shell::ui::{Notice, Tone},
};

/// What a form of the room view says of itself in `from`.
pub const FROM: &str = "room";

/// All the room view shows.
struct Room {
    session: SessionView,
    people: Vec<ParticipantView>,
    /// Who else has it open.
    beside: Vec<ViewerView>,
    may: May,
    key: String,
    now: Timestamp,
    /// Whose tap was refused, and why.
    refused: Option<(ParticipantId, String)>,
    /// Whether the caller reads the notes, and writes them.
    notes: bool,
    writes: bool,
    /// The leader's next session of the day, where the page is asked for as a whole.
    next: Option<SessionView>,
    /// What was searched for to add somebody, and who was found, where adding them was refused.
    sought: (String, Markup),
}

impl Room {
    fn of(cx: &Cx, roster: RosterView) -> Self {
        let may = May::of(cx, &roster.session);
        let beside = others(&roster.viewers, cx.user()).cloned().collect();
        let (session, people) = (roster.session, roster.participants);
        let notes = cx.permissions.allows(Permission::GroupEncounterNoteRead);
        let writes = cx.permissions.allows(Permission::GroupEncounterNoteCreate);
        let (key, now) = (cx.app.clock.secret(), cx.now());
        Self {
            session,
            people,
            beside,
            may,
            key,
            now,
            refused: None,
            notes,
            writes,
            next: None,
            sought: Default::default(),
        }
    }

    /// As [`Self::of`], with what a whole page has besides.
    async fn whole(cx: &Cx, roster: RosterView) -> Result<Self, Problem> {
        let room = Self::of(cx, roster);
        let next = if room.session.status.is_open() { ending::next(cx, &room.session).await? } else { None };
        Ok(Self { next, ..room })
    }

    fn count(&self, statuses: &[ParticipantStatus]) -> usize {
        self.people.iter().filter(|person| statuses.contains(&person.status)).count()
    }
}

fn path(id: SessionId) -> String {
    format!("/sessions/{id}/room")
}

/// The room view.
pub async fn show(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    let room = Room::whole(&cx, actions::roster(&cx, id).await?).await?;
    Ok(frame::show(&headers, page(&cx, &room, html! {})))
}

fn page(cx: &Cx, room: &Room, told: Markup) -> crate::shell::layout::Page {
    let page = frame::page(cx, SECTION, room.session.title.to_string(), view::page(cx, room, told));
    page.style("room.css").script("room.js")
}

// What a tap is answered with -----------------------------------------------------------------------------------------

/// What was done.
pub struct Done {
    message: String,
    /// The participant's version then, which the next tap on the same person goes on from.
    version: Option<i64>,
    more: Markup,
}

impl Done {
    /// Something that concerns nobody in particular.
    pub fn of_session(message: impl Into<String>) -> Self {
        Self { message: message.into(), version: None, more: html! {} }
    }

    /// One person's tap.
    pub fn of_person(person: &ParticipantView, message: &str) -> Self {
        Self { version: Some(person.version), ..Self::of_session(message) }
    }

    /// Many people's, with who was not marked and why, and how to take it back.
    pub fn of_many(id: SessionId, before: &[ParticipantView], view: &AttendanceView, key: &str) -> Self {
        let (message, more) = view::many(id, before, view, key);
        Self { more, ..Self::of_session(message) }
    }
}

/// The answer to a form of the room view: the room for a script, the page again for everybody else.
pub async fn answered(
    cx: &Cx,
    headers: &HeaderMap,
    (id, about): (SessionId, Option<ParticipantId>),
    outcome: Result<Done, Problem>,
) -> Result<Response, Problem> {
    match outcome {
        Ok(done) if !is_live(headers) && done.more.0.is_empty() => Ok(frame::done(&path(id), &done.message)),
        Ok(done) => {
            let room = Room::whole(cx, actions::roster_again(cx, id).await?).await?;
            if !is_live(headers) {
                return Ok(page(cx, &room, done.more).render().into_response());
            }
            let version = [("x-live-version", done.version.map(|version| version.to_string()).unwrap_or_default())];
            Ok((status_line(&done.message), version, view::fragment(&room, &done.more)).into_response())
        }
        Err(problem) => refused(cx, headers, (id, about), problem).await,
    }
}

async fn refused(
    cx: &Cx,
    headers: &HeaderMap,
    (id, about): (SessionId, Option<ParticipantId>),
    problem: Problem,
) -> Result<Response, Problem> {
    if !shows_again(&problem) {
        return Err(problem);
    }
    // Nothing was changed, so this is a reading like any other.
    let mut room = Room::whole(cx, actions::roster(cx, id).await?).await?;
    if let Some(person) = about {
        room.refused = Some((person, sentence(cx, (id, person), &room, &problem).await?));
    }
    let told = if about.is_some() {
        html! {}
    } else {
        told(&problem)
    };
    if is_live(headers) {
        return Ok(
            (problem.status(), status_line(super::title(&problem)), view::fragment(&room, &told)).into_response()
        );
    }
    Ok(frame::refused(&problem, page(cx, &room, told)))
}

/// The room as it stands, with who was found still there, and beside the person why they were not added.
pub async fn not_added(
    cx: &Cx,
    headers: &HeaderMap,
    id: SessionId,
    problem: &Problem,
    sought: (String, Markup),
) -> Result<Response, Problem> {
    let room = Room::whole(cx, actions::roster(cx, id).await?).await?;
    if is_live(headers) {
        let found = html! { (view::inside(&room)) div #found data-oob { (sought.1) } };
        return Ok((problem.status(), status_line(super::title(problem)), found).into_response());
    }
    Ok(frame::refused(problem, page(cx, &Room { sought, ..room }, html! {})))
}

/// Why a tap was refused, in a sentence: who was faster, and with what.
async fn sentence(cx: &Cx, ids: (SessionId, ParticipantId), room: &Room, problem: &Problem) -> Result<String, Problem> {
    if problem.code() != "stale" {
        let told = problem.errors().first().map(|error| frame::sentence(&error.field, &error.message));
        return Ok(told.unwrap_or_else(|| problem.detail().to_owned()));
    }
    let overtaken = match cx.request.if_match {
        Some(seen) => actions::overtaken(cx, ids, seen).await?,
        None => None,
    };
    let faster = overtaken.map_or_else(|| "This has changed".to_owned(), |faster| by_whom(room, &faster));
    Ok(format!("Somebody else was faster. {faster}. It stays so unless you mark it again."))
}

/// `Dana Doe marked No-show at 10:42`.
fn by_whom(room: &Room, faster: &Overtaken) -> String {
    let at = words::clock(&room.session.zone, &faster.at.to_string());
    let status = faster.status.map(|status| words::attendance(status).label().to_owned());
    match (&faster.by, faster.at_kiosk, status) {
        (Some(who), ..) if faster.status == Some(ParticipantStatus::Booked) => {
            format!("{who} took a mark back at {at}")
        }
        (Some(who), _, Some(status)) => format!("{who} marked {status} at {at}"),
        (Some(who), _, None) => format!("{who} changed this at {at}"),
        (None, true, _) => format!("They checked in at the kiosk at {at}"),
        (None, false, Some(status)) => format!("It became {status} at {at}"),
        (None, false, None) => format!("This changed at {at}"),
    }
}

fn notice(tone: Tone, title: impl Into<String>) -> Notice {
    Notice::new(tone, title)
}
