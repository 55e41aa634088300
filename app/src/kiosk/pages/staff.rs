//! `/kiosks`: staff open a kiosk in this browser, and close others; `/sessions/{id}/kiosk-codes`: the slips.

use ::rules::{
    id::{KioskId, SessionId},
    permissions::Permission,
};
use axum::{
    extract::State as Extracted,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use super::{append, made};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again},
    },
    http::{
        PageRouter, State, authenticate,
        extract::At,
        form::{As, Form},
    },
    identity,
    kiosk::{
        actions::{self, ListKiosks, NewKiosk, NewKioskCodes},
        cookie_name,
        view::staff as view,
    },
    people::actions::places,
    problem::Problem,
    sessions::actions as sessions,
    shell::{layout::Page, ui::FieldErrors},
};

const SECTION: &str = "today";
/// The cookie lives as long as the kiosk: 30 days.
const SECONDS: i64 = 30 * 24 * 60 * 60;

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/kiosks", get(list).post(open))
        .route("/kiosks/{id}/close", post(close))
        .route("/sessions/{id}/kiosk-codes", get(ask).post(codes))
}

async fn list(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    Ok(frame::show(&headers, page(&cx, &Form::default(), &FieldErrors::new()).await?))
}

async fn page(cx: &Cx, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let list = ListKiosks { is_open: Some(crate::http::extract::Truth(true)), ..ListKiosks::default() };
    let open = actions::list(cx, &list).await?;
    let sites = places::for_choosing(cx).await?.0;
    let body = view::kiosks(cx, &open.items, &sites, &filled(cx, form, errors, "/kiosks", "/today"));
    Ok(frame::page(cx, SECTION, "Kiosks", body))
}

/// Opens a kiosk in this browser: who did is signed out here, so that nothing of theirs is left.
async fn open(Extracted(app): Extracted<State>, cx: Cx, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::ParticipantCheckin).await?;
    let opened = match form.read::<NewKiosk>(&[("site_id", As::Text), ("label", As::Text)]) {
        Ok(new) => actions::open(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match opened {
        Ok(opened) => {
            // The form's key is spent on the kiosk.
            let mut leaving = cx.clone();
            leaving.request.idempotency = None;
            identity::actions::sign_out(&leaving).await?;
            let secure = app.config.is_secure();
            let mut response = Redirect::to("/kiosk").into_response();
            append(&mut response, &made(&app, cookie_name(secure), &opened.key, Some(SECONDS)));
            append(&mut response, &made(&app, authenticate::cookie_name(secure), "", None));
            Ok(response)
        }
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, page(&cx, &form, &frame::field_errors(&problem)).await?))
        }
    }
}

async fn close(cx: Cx, At(id): At<KioskId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    actions::close(&cx, id).await?;
    Ok(frame::done("/kiosks", "The kiosk is closed."))
}

async fn ask(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    cx.require(Permission::ParticipantCheckin).await?;
    let session = sessions::show(&cx, id).await?;
    let body = view::ask(&session, &cx.app.clock.secret());
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Codes for the kiosk", body).style("kiosk.css")))
}

/// Makes codes and shows them, this once.
async fn codes(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    let made = match actions::make_codes(&cx, id, &NewKioskCodes::default()).await {
        // The browser sends the form again when its page is loaded again: then new codes are made.
        Err(problem) if problem.code() == "already_done" => {
            return Ok(Redirect::to(&format!("/sessions/{id}/kiosk-codes")).into_response());
        }
        made => made?,
    };
    let session = sessions::show(&cx, id).await?;
    let body = view::slips(&session, &made);
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Codes for the kiosk", body).style("kiosk.css")))
}
