//! `/exports/{what}`: the way from a button to the file, past the password when it was not asked for lately.

use axum::{
    extract::{Path, RawQuery},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use maud::{Markup, html};
use rules::permissions::Permission;

use super::{Kind, may};
use crate::{
    door::Cx,
    frame,
    http::{
        PageRouter,
        form::{As, Form},
    },
    identity::actions::{self, Reauthenticate},
    problem::Problem,
    shell::{
        layout::Page,
        ui::{Button, Card, Field, FieldErrors, Form as FormOf, Icon, PageHeader},
    },
};

/// The routes.
pub fn routes() -> PageRouter {
    PageRouter::new().route("/exports/{what}", get(show).post(prove))
}

/// The button of a list that may leave as CSV, for who may export; `query` holds the list's own filters.
pub fn button(cx: &Cx, kind: Kind, label: &str, query: &str) -> Markup {
    let mark = if query.is_empty() { "" } else { "?" };
    html! {
        @if cx.permissions.allows(Permission::ExportRun) {
            (Button::quiet(label).icon(Icon::Download).href(format!("/exports/{kind}{mark}{query}")))
        }
    }
}

fn wanted(what: &str) -> Result<Kind, Problem> {
    Kind::parse(what).ok_or_else(|| Problem::not_found("export"))
}

/// The address of the file with those filters of a list that exports have, too.
fn file(kind: Kind, query: &str) -> String {
    let known: &[&str] = match kind {
        Kind::Rosters => &["group_id", "site_id", "status", "at"],
        Kind::Schedule | Kind::Sessions => &["date_from", "date_to", "site_id", "group_id", "status"],
    };
    let is_known =
        |pair: &&str| pair.split_once('=').is_some_and(|(name, value)| known.contains(&name) && !value.is_empty());
    let kept: Vec<&str> = query.split('&').filter(is_known).collect();
    let mark = if kept.is_empty() { "" } else { "?" };
    format!("/api/exports/{kind}.csv{mark}{}", kept.join("&"))
}

async fn show(
    cx: Cx,
    headers: HeaderMap,
    Path(what): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (kind, query) = (wanted(&what)?, query.unwrap_or_default());
    may(&cx, kind).await?;
    match cx.require_fresh_proof() {
        Ok(()) => Ok(Redirect::to(&file(kind, &query)).into_response()),
        Err(_) => Ok(frame::show(&headers, ask(&cx, kind, &query, &FieldErrors::new()))),
    }
}

async fn prove(cx: Cx, Path(what): Path<String>, RawQuery(query): RawQuery, form: Form) -> Result<Response, Problem> {
    let (kind, query) = (wanted(&what)?, query.unwrap_or_default());
    may(&cx, kind).await?;
    let outcome = match form.read::<Reauthenticate>(&[("password", As::Blank)]) {
        Ok(proof) => actions::reauthenticate(&cx, &proof).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(Redirect::to(&file(kind, &query)).into_response()),
        Err(problem) => {
            let page = ask(&cx, kind, &query, &frame::field_errors(&problem));
            Ok(frame::refused(&problem, page))
        }
    }
}

fn ask(cx: &Cx, kind: Kind, query: &str, errors: &FieldErrors) -> Page {
    let (section, what) = match kind {
        Kind::Rosters => ("groups", "Rosters with the names of patients"),
        Kind::Schedule => ("sessions", "The schedule"),
        Kind::Sessions => ("sessions", "Sessions"),
    };
    let mark = if query.is_empty() { "" } else { "?" };
    let password = Field::password("password", "Your password").autocomplete("current-password").required();
    let form = FormOf::post(format!("/exports/{kind}{mark}{query}"))
        .hidden("idempotency_key", cx.app.clock.secret())
        .body(html! { (errors) (password.errors(errors)) (Button::primary("Download").icon(Icon::Download)) });
    let body = html! {
        (PageHeader::new("Export CSV").lede(format!("{what} leave as a file. Keep it as you keep a chart: the audit log says that you took it.")))
        (Card::new("It is you").body(html! { (form) }))
    };
    frame::page(cx, section, "Export CSV", body)
}
