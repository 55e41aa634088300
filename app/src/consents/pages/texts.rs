//! `/settings/consents`: what people consent to.

use ::rules::{consents::ConsentKind, id::ConsentTextId, permissions::Permission};
use axum::{
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use deserr::Deserr;

use crate::{
    consents::{
        actions::{self, ChangeConsentText, ListConsentTexts, NewConsentText},
        store::ConsentText,
        view::texts as view,
    },
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again, tick},
    },
    http::{
        PageRouter,
        extract::{At, FieldErrors as BadFields, Query},
        form::{As, Form},
    },
    paging::Limit,
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};

const SECTION: &str = "settings";
const HERE: &str = "/settings/consents";
const NEW: &[(&str, As)] = &[
    ("kind", As::Blank),
    ("title", As::Blank),
    ("words", As::Blank),
    ("needed_by", As::Text),
    ("months", As::NumberIfAny),
    ("sign_again", As::TruthIfAny),
];
const CHANGED: &[(&str, As)] =
    &[("needed_by", As::Text), ("months", As::Number), ("in_use", As::Truth), ("counts_from", As::NumberIfAny)];

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/settings/consents", get(list))
        .route("/settings/consents/usual", post(usual))
        .route("/settings/consents/new", get(new).post(add))
        .route("/settings/consents/{id}", get(show).post(change))
}

async fn list(cx: Cx, headers: HeaderMap, Query(wanted): Query<ListConsentTexts>) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let is_first = wanted.cursor.is_none();
    let wanted = ListConsentTexts { limit: Some(wanted.limit.unwrap_or(Limit(100))), ..wanted };
    let found = actions::list_texts(&cx, &wanted).await?;
    let body = view::list(frame::settings_tabs(&cx, HERE), &found, &cx.app.clock.secret(), is_first);
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Consents", body)))
}

async fn usual(cx: Cx) -> Result<Response, Problem> {
    let added = actions::add_usual(&cx).await?.added.len();
    let message = format!("{added} texts are added. Have your counsel read them before anybody signs.");
    Ok(frame::done(HERE, &message))
}

/// Which text a new version is of.
#[derive(Debug, Default, Deserr)]
#[deserr(error = BadFields, deny_unknown_fields)]
struct Of {
    #[deserr(default)]
    text_id: Option<ConsentTextId>,
}

async fn new(cx: Cx, headers: HeaderMap, Query(of): Query<Of>) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let form = match of.text_id {
        Some(id) => as_before(&actions::text(&cx, id).await?),
        None => Form::default(),
    };
    Ok(frame::show(&headers, new_page(&cx, &form, &FieldErrors::new())))
}

/// A new version begins with the words of the one before.
fn as_before(text: &ConsentText) -> Form {
    Form::of([
        ("kind", text.kind.to_string()),
        ("title", text.title.to_string()),
        ("words", text.words.to_string()),
        ("needed_by", text.needed_by.to_string()),
        ("months", text.months.map(|months| months.to_string()).unwrap_or_default()),
    ])
}

fn new_page(cx: &Cx, form: &Form, errors: &FieldErrors) -> Page {
    let is_next = ConsentKind::parse(form.get("kind")).is_ok();
    let body = view::new(&filled(cx, form, errors, "/settings/consents/new", HERE), is_next);
    frame::page(cx, SECTION, "New text", body)
}

async fn add(cx: Cx, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let added = match form.read::<NewConsentText>(NEW) {
        Ok(new) => actions::add_text(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match added {
        Ok(text) => Ok(frame::done(&format!("{HERE}/{}", text.id), "The text is in use from now on.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, new_page(&cx, &form, &frame::field_errors(&problem))))
        }
    }
}

async fn show(cx: Cx, headers: HeaderMap, At(id): At<ConsentTextId>) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let text = actions::text(&cx, id).await?;
    Ok(frame::show(&headers, page(&cx, &text, &stored(&text), &FieldErrors::new())))
}

fn stored(text: &ConsentText) -> Form {
    Form::of([
        ("version", text.version.to_string()),
        ("needed_by", text.needed_by.to_string()),
        ("months", text.months.map(|months| months.to_string()).unwrap_or_default()),
        ("in_use", tick(text.in_use)),
        ("counts_from", text.counts_from.to_string()),
    ])
}

fn page(cx: &Cx, text: &ConsentText, form: &Form, errors: &FieldErrors) -> Page {
    let body = view::one(text, &filled(cx, form, errors, &format!("{HERE}/{}", text.id), HERE));
    frame::page(cx, SECTION, text.title.to_string(), body)
}

async fn change(cx: Cx, At(id): At<ConsentTextId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let cx = frame::edited(cx, &form);
    let changed = match form.read::<ChangeConsentText>(CHANGED) {
        Ok(change) => actions::change_text(&cx, id, &change).await,
        Err(problem) => Err(problem),
    };
    match changed {
        Ok(_) => Ok(frame::done(&format!("{HERE}/{id}"), "Saved.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let text = actions::text(&cx, id).await?;
            Ok(frame::refused(&problem, page(&cx, &text, &form, &frame::field_errors(&problem))))
        }
    }
}
