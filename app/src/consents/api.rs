//! `/api/consents` and `/api/consent-texts`.

use ::rules::{
    id::{ConsentId, ConsentTextId},
    permissions::Permission,
};
use utoipa_axum::routes;

use super::{
    actions::{
        self, ChangeConsentText, ConsentView, ListConsentTexts, ListConsents, NewConsent, NewConsentText, Revocation,
        UsualAdded,
    },
    store::{Consent, ConsentText},
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
        .routes(routes!(list_consent_texts, add_consent_text))
        .routes(routes!(add_usual_consent_texts))
        .routes(routes!(show_consent_text, change_consent_text))
        .routes(routes!(consent_text_history))
        .routes(routes!(list_consents, take_consent))
        .routes(routes!(show_consent))
        .routes(routes!(revoke_consent))
        .routes(routes!(consent_history));
    with_schemas::<(Consent, ConsentText, ConsentView, UsualAdded)>(router)
}

/// List what people consent to
///
/// By kind and version. The version of a kind that is in use is the one that is signed now.
#[utoipa::path(get, path = "/api/consent-texts", tag = "consents", params(ListConsentTexts))]
async fn list_consent_texts(cx: Cx, Query(list): Query<ListConsentTexts>) -> Result<Listed<ConsentText>, Problem> {
    actions::list_texts(&cx, &list).await.map(Listed)
}

/// Add a version of a text
///
/// The first of a kind, or the next, which is in use from now on. Consents to older versions stay as they are.
#[utoipa::path(post, path = "/api/consent-texts", tag = "consents")]
async fn add_consent_text(cx: Cx, Json(new): Json<NewConsentText>) -> Result<Created<ConsentText>, Problem> {
    actions::add_text(&cx, &new).await.map(Created)
}

/// Add the usual texts
///
/// One of each usual kind that there is none of. Have your counsel read them before anybody signs.
#[utoipa::path(post, path = "/api/consent-texts/usual", tag = "consents")]
async fn add_usual_consent_texts(cx: Cx) -> Result<Created<UsualAdded>, Problem> {
    actions::add_usual(&cx).await.map(Created)
}

/// One text
#[utoipa::path(get, path = "/api/consent-texts/{id}", tag = "consents", params(("id" = ConsentTextId, Path)))]
async fn show_consent_text(cx: Cx, At(id): At<ConsentTextId>) -> Result<Data<ConsentText>, Problem> {
    actions::text(&cx, id).await.map(Data)
}

/// Change who needs a text, how long its consents hold, or whether it is in use
///
/// Its words never change: add a version for that. Bookings that were made already follow at once.
#[utoipa::path(patch, path = "/api/consent-texts/{id}", tag = "consents", params(("id" = ConsentTextId, Path)))]
async fn change_consent_text(
    cx: Cx,
    At(id): At<ConsentTextId>,
    Json(change): Json<ChangeConsentText>,
) -> Result<Data<ConsentText>, Problem> {
    actions::change_text(&cx, id, &change).await.map(Data)
}

/// A text as it stood
#[utoipa::path(get, path = "/api/consent-texts/{id}/history", tag = "consents", params(("id" = ConsentTextId, Path), AsOf))]
async fn consent_text_history(
    cx: Cx,
    At(id): At<ConsentTextId>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    history::<ConsentText, _>(&cx, Permission::PatientRead, id, &as_of).await.map(Listed)
}

/// List consents
///
/// Newest first: of a patient or a guest, of a kind, or as they stand today.
#[utoipa::path(get, path = "/api/consents", tag = "consents", params(ListConsents))]
async fn list_consents(cx: Cx, Query(list): Query<ListConsents>) -> Result<Listed<ConsentView>, Problem> {
    actions::list(&cx, &list).await.map(Listed)
}

/// Keep a consent
///
/// Of exactly one patient or guest, to a text. Bookings whose people have every consent that is needed on the
/// session's day are `consent_verified` from then on.
#[utoipa::path(post, path = "/api/consents", tag = "consents")]
async fn take_consent(cx: Cx, Json(new): Json<NewConsent>) -> Result<Created<ConsentView>, Problem> {
    actions::take(&cx, &new).await.map(Created)
}

/// One consent
#[utoipa::path(get, path = "/api/consents/{id}", tag = "consents", params(("id" = ConsentId, Path)))]
async fn show_consent(cx: Cx, At(id): At<ConsentId>) -> Result<Data<ConsentView>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// Revoke a consent
///
/// From this moment on it holds no longer; bookings that rest on it are no longer `consent_verified`. What was done in
/// reliance on it stays.
#[utoipa::path(post, path = "/api/consents/{id}/revoke", tag = "consents", params(("id" = ConsentId, Path)))]
async fn revoke_consent(
    cx: Cx,
    At(id): At<ConsentId>,
    Json(why): Json<Revocation>,
) -> Result<Data<ConsentView>, Problem> {
    actions::revoke(&cx, id, &why).await.map(Data)
}

/// A consent as it stood
#[utoipa::path(get, path = "/api/consents/{id}/history", tag = "consents", params(("id" = ConsentId, Path), AsOf))]
async fn consent_history(
    cx: Cx,
    At(id): At<ConsentId>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    history::<Consent, _>(&cx, Permission::PatientRead, id, &as_of).await.map(Listed)
}
