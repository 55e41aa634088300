//! `/api/kiosks`, `/api/kiosk` and the codes and signatures of a session.

use ::rules::{
    id::{KioskId, ParticipantId, SessionId},
    permissions::Permission,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    actions::{
        self, ArrivalSignatures, Arrive, Arrived, KioskCodes, Leave, Left, ListKiosks, NewKiosk, NewKioskCodes,
        NewKnock, OpenedKiosk, Recognized,
    },
    store::{ArrivalSignature, Kiosk},
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
        .routes(routes!(list_kiosks, open_kiosk))
        .routes(routes!(show_kiosk, close_kiosk))
        .routes(routes!(kiosk_history))
        .routes(routes!(make_kiosk_codes))
        .routes(routes!(knock))
        .routes(routes!(arrive))
        .routes(routes!(leave))
        .routes(routes!(arrival_signatures));
    with_schemas::<(ArrivalSignature, ArrivalSignatures, Arrived, CodesAnswer, Kiosk, KioskAnswer, Left, Recognized)>(
        router,
    )
}

/// A kiosk that was opened.
#[derive(Debug, Serialize, ToSchema)]
struct KioskAnswer {
    /// What its browser holds in the cookie `__Host-convene-kiosk`. It can't be shown again.
    key: String,
    /// The kiosk.
    kiosk: Kiosk,
}

/// A code that was made.
#[derive(Debug, Serialize, ToSchema)]
struct CodeAnswer {
    /// Whose.
    participant_id: ParticipantId,
    /// As the sign-in sheet has the name.
    name: String,
    /// What they scan or type. It can't be shown again.
    code: String,
    /// Whether they enter their birth date as well: guests, whose codes begin with `G`, do not.
    needs_birth_date: bool,
}

/// Codes that were made.
#[derive(Debug, Serialize, ToSchema)]
struct CodesAnswer {
    /// One for each patient and guest who is still expected.
    codes: Vec<CodeAnswer>,
    /// Until when they are good: the end of the session.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// List kiosks
///
/// Newest first.
#[utoipa::path(get, path = "/api/kiosks", tag = "kiosk", params(ListKiosks))]
async fn list_kiosks(cx: Cx, Query(list): Query<ListKiosks>) -> Result<Listed<Kiosk>, Problem> {
    actions::list(&cx, &list).await.map(Listed)
}

/// Open a kiosk
///
/// For the browser that holds the key: it can check people in at the site, and nothing else, for 30 days or until
/// somebody closes it. The key is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/kiosks", tag = "kiosk")]
async fn open_kiosk(cx: Cx, Json(new): Json<NewKiosk>) -> Result<Created<KioskAnswer>, Problem> {
    let OpenedKiosk { key, kiosk } = actions::open(&cx, &new).await?;
    Ok(Created(KioskAnswer { key, kiosk }))
}

/// One kiosk
#[utoipa::path(get, path = "/api/kiosks/{id}", tag = "kiosk", params(("id" = KioskId, Path)))]
async fn show_kiosk(cx: Cx, At(id): At<KioskId>) -> Result<Data<Kiosk>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// Close a kiosk
///
/// Its browser can do nothing any more.
#[utoipa::path(delete, path = "/api/kiosks/{id}", tag = "kiosk", params(("id" = KioskId, Path)))]
async fn close_kiosk(cx: Cx, At(id): At<KioskId>) -> Result<Data<Kiosk>, Problem> {
    actions::close(&cx, id).await.map(Data)
}

/// A kiosk as it stood
#[utoipa::path(get, path = "/api/kiosks/{id}/history", tag = "kiosk", params(("id" = KioskId, Path), AsOf))]
async fn kiosk_history(
    cx: Cx,
    At(id): At<KioskId>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    history::<Kiosk, _>(&cx, Permission::ParticipantCheckin, id, &as_of).await.map(Listed)
}

/// Make codes for the kiosk
///
/// For every patient and guest who is still expected, or only for some. Codes that were made before are dead. Each is good for
/// one arrival, until the end of the session, and is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/sessions/{id}/kiosk-codes", tag = "kiosk", params(("id" = SessionId, Path)))]
async fn make_kiosk_codes(
    cx: Cx,
    At(id): At<SessionId>,
    Json(new): Json<NewKioskCodes>,
) -> Result<Created<CodesAnswer>, Problem> {
    let KioskCodes { codes, expires_at } = actions::make_codes(&cx, id, &new).await?;
    let answer = |one: actions::MadeCode| CodeAnswer {
        participant_id: one.participant_id,
        name: one.name,
        code: one.code,
        needs_birth_date: one.needs_birth_date,
    };
    Ok(Created(CodesAnswer { codes: codes.into_iter().map(answer).collect(), expires_at }))
}

/// Knock with a code, and a patient's birth date
///
/// For a screen of your own in a waiting room. A guest's code, which begins with `G`, is enough by itself. Every knock that is not wholly right is answered alike, and counts.
#[utoipa::path(post, path = "/api/kiosk/knock", tag = "kiosk")]
async fn knock(cx: Cx, Json(new): Json<NewKnock>) -> Result<Data<Recognized>, Problem> {
    actions::knock(&cx, &new).await.map(Data)
}

/// Arrive with a signature
///
/// Within two minutes of the knock that recognized them.
#[utoipa::path(post, path = "/api/kiosk/arrive", tag = "kiosk")]
async fn arrive(cx: Cx, Json(arrival): Json<Arrive>) -> Result<Created<Arrived>, Problem> {
    actions::arrive(&cx, &arrival).await.map(Created)
}

/// Leave without arriving
///
/// The visit is over at once; the code is good for another knock.
#[utoipa::path(post, path = "/api/kiosk/leave", tag = "kiosk")]
async fn leave(cx: Cx, Json(leaving): Json<Leave>) -> Result<Data<Left>, Problem> {
    actions::leave(&cx, &leaving).await.map(Data)
}

/// What a participant has signed at the kiosk
///
/// Up to 20, the last first.
#[utoipa::path(get, path = "/api/sessions/{id}/participants/{pid}/signatures", tag = "kiosk",
    params(("id" = SessionId, Path), ("pid" = ParticipantId, Path)))]
async fn arrival_signatures(
    cx: Cx,
    At(ids): At<(SessionId, ParticipantId)>,
) -> Result<Data<ArrivalSignatures>, Problem> {
    actions::signatures(&cx, ids).await.map(Data)
}
