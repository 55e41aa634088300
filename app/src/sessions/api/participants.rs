//! The people of a session: adding, marking, listing.

use ::rules::{
    id::{ParticipantId, SessionId},
    sessions::ParticipantVerb,
};
use utoipa_axum::routes;

use super::super::{
    actions::{
        self, AddPerson, AttendanceError, AttendanceView, ChangeParticipant, ListParticipants, Mark, MarkMany,
        SignInSheet,
    },
    answers::{LackingConsent, ParticipantView, TimeOutView},
};
use crate::{
    audit::history::{AsOf, RecordVersion},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        openapi::with_schemas,
        respond::{Created, Data, Listed},
    },
    paging::Page,
    problem::Problem,
};

/// The routes of the people in sessions.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .routes(routes!(add))
        .routes(routes!(list_of_session))
        .routes(routes!(change))
        .routes(routes!(participant_history))
        .routes(routes!(confirm))
        .routes(routes!(check_in))
        .routes(routes!(attend))
        .routes(routes!(no_show))
        .routes(routes!(cancel))
        .routes(routes!(undo))
        .routes(routes!(attendance))
        .routes(routes!(list))
        .routes(routes!(sign_in_sheet));
    with_schemas::<(ParticipantView, LackingConsent, TimeOutView, AttendanceView, AttendanceError, SignInSheet)>(router)
}

type Ids = (SessionId, ParticipantId);
type Answer = Result<Data<ParticipantView>, Problem>;

async fn mark(cx: &Cx, ids: Ids, verb: ParticipantVerb, mark: &Mark) -> Answer {
    actions::mark(cx, ids, verb, mark).await.map(Data)
}

/// Add somebody to a session
///
/// A patient or a guest: booked, walk-in or make-up. Who cancelled has the same booking again.
#[utoipa::path(post, path = "/api/sessions/{id}/add-patient", tag = "participants", params(("id" = SessionId, Path)))]
async fn add(cx: Cx, At(id): At<SessionId>, Json(new): Json<AddPerson>) -> Result<Created<ParticipantView>, Problem> {
    actions::add(&cx, id, &new).await.map(Created)
}

/// The sign-in sheet of a session
///
/// Names as others in the room may see them: first or preferred name and last initial, as the setting says, and guests
/// by their initials.
#[utoipa::path(get, path = "/api/sessions/{id}/sign-in-sheet", tag = "participants", params(("id" = SessionId, Path)))]
async fn sign_in_sheet(cx: Cx, At(id): At<SessionId>) -> Result<Data<SignInSheet>, Problem> {
    actions::sign_in_sheet(&cx, id).await.map(Data)
}

/// The participants of a session
#[utoipa::path(get, path = "/api/sessions/{id}/participants", tag = "participants", params(("id" = SessionId, Path)))]
async fn list_of_session(cx: Cx, At(id): At<SessionId>) -> Result<Listed<ParticipantView>, Problem> {
    actions::participants(&cx, id).await.map(|items| Listed(Page { items, next: None }))
}

/// Change a participant
///
/// Status by the same rules as the verbs, times, minutes, flags.
#[utoipa::path(patch, path = "/api/sessions/{id}/participants/{pid}", tag = "participants",
    params(("id" = SessionId, Path), ("pid" = ParticipantId, Path)))]
async fn change(cx: Cx, At(ids): At<Ids>, Json(change): Json<ChangeParticipant>) -> Answer {
    actions::change_participant(&cx, ids, &change).await.map(Data)
}

/// Confirm a booking
#[utoipa::path(post, path = "/api/sessions/{id}/participants/{pid}/confirm", tag = "participants",
    params(("id" = SessionId, Path), ("pid" = ParticipantId, Path)))]
async fn confirm(cx: Cx, At(ids): At<Ids>, Json(input): Json<Mark>) -> Answer {
    mark(&cx, ids, ParticipantVerb::Confirm, &input).await
}

/// Check somebody in
///
/// Behind the gates: each one that is closed is named.
#[utoipa::path(post, path = "/api/sessions/{id}/participants/{pid}/check-in", tag = "participants",
    params(("id" = SessionId, Path), ("pid" = ParticipantId, Path)))]
async fn check_in(cx: Cx, At(ids): At<Ids>, Json(input): Json<Mark>) -> Answer {
    mark(&cx, ids, ParticipantVerb::CheckIn, &input).await
}

/// Mark somebody as attended
#[utoipa::path(post, path = "/api/sessions/{id}/participants/{pid}/attend", tag = "participants",
    params(("id" = SessionId, Path), ("pid" = ParticipantId, Path)))]
async fn attend(cx: Cx, At(ids): At<Ids>, Json(input): Json<Mark>) -> Answer {
    mark(&cx, ids, ParticipantVerb::Attend, &input).await
}

/// Mark somebody as no-show
#[utoipa::path(post, path = "/api/sessions/{id}/participants/{pid}/no-show", tag = "participants",
    params(("id" = SessionId, Path), ("pid" = ParticipantId, Path)))]
async fn no_show(cx: Cx, At(ids): At<Ids>, Json(input): Json<Mark>) -> Answer {
    mark(&cx, ids, ParticipantVerb::NoShow, &input).await
}

/// Cancel a booking
#[utoipa::path(post, path = "/api/sessions/{id}/participants/{pid}/cancel", tag = "participants",
    params(("id" = SessionId, Path), ("pid" = ParticipantId, Path)))]
async fn cancel(cx: Cx, At(ids): At<Ids>, Json(input): Json<Mark>) -> Answer {
    mark(&cx, ids, ParticipantVerb::Cancel, &input).await
}

/// Undo the last mark
#[utoipa::path(post, path = "/api/sessions/{id}/participants/{pid}/undo", tag = "participants",
    params(("id" = SessionId, Path), ("pid" = ParticipantId, Path)))]
async fn undo(cx: Cx, At(ids): At<Ids>, Json(input): Json<Mark>) -> Answer {
    mark(&cx, ids, ParticipantVerb::Undo, &input).await
}

/// Mark many at once
///
/// Each as if alone; who can't be marked is told. `rest` is for everybody who is not marked yet.
#[utoipa::path(post, path = "/api/sessions/{id}/attendance", tag = "participants", params(("id" = SessionId, Path)))]
async fn attendance(
    cx: Cx,
    At(id): At<SessionId>,
    Json(marks): Json<MarkMany>,
) -> Result<Data<AttendanceView>, Problem> {
    actions::mark_many(&cx, id, &marks).await.map(Data)
}

/// List participants
///
/// By the time of their sessions.
#[utoipa::path(get, path = "/api/participants", tag = "participants", params(ListParticipants))]
async fn list(cx: Cx, Query(list): Query<ListParticipants>) -> Result<Listed<ParticipantView>, Problem> {
    actions::list_participants(&cx, &list).await.map(Listed)
}

/// A participant's record as it stood
#[utoipa::path(get, path = "/api/sessions/{id}/participants/{pid}/history", tag = "participants",
    params(("id" = SessionId, Path), ("pid" = ParticipantId, Path), AsOf))]
async fn participant_history(
    cx: Cx,
    At(ids): At<Ids>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    actions::participant_history(&cx, ids, &as_of).await.map(Listed)
}
