//! `/api/sessions`, `/api/encounters`, `/api/participants`.

use ::rules::id::{EncounterId, GroupId, PatientId, SessionId};
use deserr::Deserr;
use utoipa_axum::routes;

use super::{
    actions,
    answers::{BreakView, EncounterView, LeaderView, ParticipantView, PatientSession, SessionView, Warning},
    inputs::{ListAvailable, ListSessions, NewEncounter, NewSession, SessionFilter},
};
use crate::{
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, FieldErrors, Json, Parsed, Query},
        openapi::with_schemas,
        respond::{Created, Data, Listed},
    },
    paging::{Limit, Page},
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(available))
        .routes(routes!(show))
        .routes(routes!(participants))
        .routes(routes!(encounters, create_encounter))
        .routes(routes!(encounter))
        .routes(routes!(of_patient));
    with_schemas::<(
        SessionFilter,
        SessionView,
        LeaderView,
        BreakView,
        Warning,
        ParticipantView,
        EncounterView,
        PatientSession,
    )>(router)
}

/// A page of a list.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paged {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Parsed<Limit>>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

impl Paged {
    fn limit(&self) -> usize {
        self.limit.map_or_else(Limit::default, |limit| limit.0).0
    }
}

/// List sessions
///
/// By day and time. Voided sessions are left out unless `status` asks for them.
#[utoipa::path(get, path = "/api/sessions", tag = "sessions", params(ListSessions))]
async fn list(cx: Cx, Query(list): Query<ListSessions>) -> Result<Listed<SessionView>, Problem> {
    actions::list(&cx, &list).await.map(Listed)
}

/// Schedule a session
///
/// Of a group, free-standing, or for one patient. Members of the group are booked at once.
#[utoipa::path(post, path = "/api/sessions", tag = "sessions")]
async fn create(cx: Cx, Json(new): Json<NewSession>) -> Result<Created<SessionView>, Problem> {
    actions::create(&cx, &new).await.map(Created)
}

/// List sessions with free seats
///
/// Scheduled ones still to come.
#[utoipa::path(get, path = "/api/sessions/available", tag = "sessions", params(ListAvailable))]
async fn available(cx: Cx, Query(list): Query<ListAvailable>) -> Result<Listed<SessionView>, Problem> {
    actions::available(&cx, &list).await.map(Listed)
}

/// One session
#[utoipa::path(get, path = "/api/sessions/{id}", tag = "sessions", params(("id" = SessionId, Path)))]
async fn show(cx: Cx, At(id): At<SessionId>) -> Result<Data<SessionView>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// The participants of a session
#[utoipa::path(get, path = "/api/sessions/{id}/participants", tag = "participants", params(("id" = SessionId, Path)))]
async fn participants(cx: Cx, At(id): At<SessionId>) -> Result<Listed<ParticipantView>, Problem> {
    actions::participants(&cx, id).await.map(|items| Listed(Page { items, next: None }))
}

/// List a group's encounters
///
/// Newest first.
#[utoipa::path(get, path = "/api/groups/{id}/encounters", tag = "encounters", params(("id" = GroupId, Path), Paged))]
async fn encounters(cx: Cx, At(id): At<GroupId>, Query(paged): Query<Paged>) -> Result<Listed<EncounterView>, Problem> {
    actions::encounters(&cx, id, paged.limit(), paged.cursor.as_deref()).await.map(Listed)
}

/// Create an encounter of a group
///
/// Uses the group's session at that start, or schedules one.
#[utoipa::path(post, path = "/api/groups/{id}/encounters", tag = "encounters", params(("id" = GroupId, Path)))]
async fn create_encounter(
    cx: Cx,
    At(id): At<GroupId>,
    Json(new): Json<NewEncounter>,
) -> Result<Created<EncounterView>, Problem> {
    actions::create_encounter(&cx, id, &new).await.map(Created)
}

/// One encounter
#[utoipa::path(get, path = "/api/encounters/{id}", tag = "encounters", params(("id" = EncounterId, Path)))]
async fn encounter(cx: Cx, At(id): At<EncounterId>) -> Result<Data<EncounterView>, Problem> {
    actions::encounter(&cx, id).await.map(Data)
}

/// List a patient's sessions
///
/// By time, each with how the patient took part.
#[utoipa::path(get, path = "/api/patients/{id}/sessions", tag = "sessions", params(("id" = PatientId, Path), Paged))]
async fn of_patient(
    cx: Cx,
    At(id): At<PatientId>,
    Query(paged): Query<Paged>,
) -> Result<Listed<PatientSession>, Problem> {
    actions::of_patient(&cx, id, paged.limit(), paged.cursor.as_deref()).await.map(Listed)
}
