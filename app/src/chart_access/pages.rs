//! `/patients/{id}/break-glass`, and `/break-glass`: what was opened outside the care team, and its review.

use ::rules::{
    id::{BreakGlassId, PatientId},
    permissions::Permission,
};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use super::{
    actions::{self, ListGlasses, NewBreakGlass, ReviewGlass},
    view,
};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{asks_again, filled},
    },
    http::{
        PageRouter,
        extract::{At, Query, parse},
        form::{As, Form},
    },
    people::{actions::patients, view::patients as patient_view},
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};

/// The routes of the pages.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/patients/{id}/break-glass", get(ask).post(break_glass))
        .route("/break-glass", get(list))
        .route("/break-glass/{id}", get(show))
        .route("/break-glass/{id}/end", post(end))
        .route("/break-glass/{id}/review", post(review))
}

// Breaking it -----------------------------------------------------------------------------------------------------------

async fn ask(cx: Cx, headers: HeaderMap, At(id): At<PatientId>) -> Result<Response, Problem> {
    cx.require(Permission::ChartBreakGlass).await?;
    if let Some(stays) = patients::patient(&cx, id).await?.merged_into {
        return Ok(Redirect::to(&format!("/patients/{stays}/break-glass")).into_response());
    }
    Ok(frame::show(&headers, form_page(&cx, id, &Form::default(), &FieldErrors::new()).await?))
}

async fn form_page(cx: &Cx, id: PatientId, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let patient = patients::patient(cx, id).await?;
    let form = filled(cx, form, errors, &format!("/patients/{id}/break-glass"), &format!("/patients/{id}"));
    let body = view::ask(id, &form, actions::needless(cx, id).await?);
    let body = patient_view::frame(cx, &patient, "/break-glass", body);
    Ok(frame::page(cx, "patients", format!("{}: break the glass", patient.mrn), body))
}

async fn break_glass(cx: Cx, At(id): At<PatientId>, form: Form) -> Result<Response, Problem> {
    let mut fields = form.json(&[("reason", As::Text), ("detail", As::Text), ("password", As::Text)]);
    fields["patient_id"] = serde_json::Value::from(id.to_string());
    let broken = match parse::<NewBreakGlass>(fields) {
        Ok(new) => actions::break_glass(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match broken {
        Ok(_) => Ok(frame::done(&format!("/patients/{id}/chart"), "The chart is open to you for an hour.")),
        Err(problem) if asks_again(&problem) => {
            let page = form_page(&cx, id, &form, &frame::field_errors(&problem)).await?;
            Ok(frame::refused(&problem, page))
        }
        Err(problem) => Err(problem),
    }
}

async fn end(cx: Cx, At(id): At<BreakGlassId>) -> Result<Response, Problem> {
    match actions::end(&cx, id).await {
        Ok(ended) => {
            let to = format!("/patients/{}", ended.glass.patient_id);
            Ok(frame::done(&to, "It is over: the chart is closed to you again. Somebody else reviews it."))
        }
        // The hour was over before the click: what was wanted is so.
        Err(problem) if problem.code() == "over" => {
            Ok(frame::done(&format!("/break-glass/{id}"), "It had ended already."))
        }
        Err(problem) => Err(problem),
    }
}

// What was opened -------------------------------------------------------------------------------------------------------

async fn list(cx: Cx, headers: HeaderMap, Query(list): Query<ListGlasses>) -> Result<Response, Problem> {
    let page = actions::list(&cx, &list).await?;
    let names = actions::names(&cx, page.items.iter().map(|one| &one.glass)).await?;
    Ok(frame::show(&headers, frame::page(&cx, frame::GLASSES, "Broken glass", view::list(&cx, &page, &list, &names))))
}

async fn show(cx: Cx, headers: HeaderMap, At(id): At<BreakGlassId>) -> Result<Response, Problem> {
    Ok(frame::show(&headers, report_page(&cx, id, &Form::default(), &FieldErrors::new()).await?))
}

async fn report_page(cx: &Cx, id: BreakGlassId, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let report = actions::show(cx, id).await?;
    let names = actions::names(cx, [&report.view.glass]).await?;
    let form = filled(cx, form, errors, &format!("/break-glass/{id}/review"), "/break-glass");
    Ok(frame::page(cx, frame::GLASSES, "Broken glass", view::report(cx, &report, &names, &form)))
}

async fn review(cx: Cx, At(id): At<BreakGlassId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let reviewed = match form.read::<ReviewGlass>(&[("finding", As::Text), ("remark", As::Text)]) {
        Ok(wanted) => actions::review(&cx, id, &wanted).await,
        Err(problem) => Err(problem),
    };
    match reviewed {
        Ok(_) => Ok(frame::done("/break-glass", "The review is kept.")),
        Err(problem) if problem.is_about_input() => {
            let page = report_page(&cx, id, &form, &frame::field_errors(&problem)).await?;
            Ok(frame::refused(&problem, page))
        }
        Err(problem) => Err(problem),
    }
}
