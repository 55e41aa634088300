//! `/settings/templates/{id}`: note templates.

use ::rules::{id::TemplateId, permissions::Permission};
use axum::{
    extract::{Path, Query},
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use serde_json::json;

use super::{
    super::{
        TemplateView,
        actions::notes::{self as actions, ChangeTemplate, NewTemplate},
        draft::{Draft, all},
        view::{self, TEMPLATES, editor},
    },
    page,
};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again},
    },
    http::{PageRouter, extract::At, extract::parse, form::Form},
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};

/// The routes of the pages.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/settings/templates/new", get(new).post(add))
        .route("/settings/templates/{id}", get(one).post(change))
        .route("/settings/templates/{id}/archive", post(archive))
        .route("/settings/templates/{id}/restore", post(restore))
}

// Making and changing -------------------------------------------------------------------------------------------------

#[derive(serde::Deserialize)]
struct Copied {
    #[serde(default)]
    copy_of: String,
}

async fn new(cx: Cx, headers: HeaderMap, Query(copied): Query<Copied>) -> Result<Response, Problem> {
    cx.require(Permission::TemplateManage).await?;
    let source = template(&cx, &copied.copy_of).await.ok();
    let (draft, form) = match source {
        Some(source) => {
            let discipline = source.discipline.map(|one| one.to_string()).unwrap_or_default();
            let stands = [
                ("name", format!("{} (copy)", source.name)),
                ("note_type", source.note_type.to_string()),
                ("discipline", discipline),
                ("copy_of", source.key),
            ];
            (Draft::of(&source.fields), Form::of(stands))
        }
        None => (Draft::default(), Form::of([("discipline", "general")])),
    };
    Ok(frame::show(&headers, new_page(&cx, &draft, &form, &FieldErrors::new())))
}

fn new_page(cx: &Cx, draft: &Draft, form: &Form, errors: &FieldErrors) -> Page {
    let action = format!("{TEMPLATES}/new");
    page(cx, "Add note template", editor::new(draft, &filled(cx, form, errors, &action, TEMPLATES)))
}

/// A template by its key: one of the organization's own, or a built-in one.
async fn template(cx: &Cx, key: &str) -> Result<TemplateView, Problem> {
    match TemplateId::parse(key) {
        Ok(id) => actions::show(cx, id).await,
        Err(_) => {
            let known = actions::all_built_in().into_iter().find(|one| one.key == key);
            known.ok_or_else(|| Problem::not_found("template"))
        }
    }
}

/// The refusal with the names of the editor's controls.
fn in_editor(problem: &Problem, draft: &Draft) -> FieldErrors {
    if problem.errors().is_empty() {
        return frame::field_errors(problem);
    }
    let mut errors = FieldErrors::new();
    for error in problem.errors() {
        let says = frame::labelled_sentence(editor::LABELS, &error.field, &error.message);
        let whose = draft.called(&error.field).map(|label| format!("“{label}”: ")).unwrap_or_default();
        errors.add(draft.control_of(&error.field), format!("{whose}{says}"));
    }
    errors
}

async fn add(cx: Cx, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::TemplateManage).await?;
    let mut draft = Draft::read(&form);
    if !form.get("act").is_empty() {
        draft.act(form.get("act"), &form);
        return Ok(frame::show(&headers, new_page(&cx, &draft, &form, &FieldErrors::new())));
    }
    let mut sent = json!({ "name": form.get("name").trim(), "fields": all(&draft.fields) });
    for part in ["note_type", "discipline", "copy_of"].into_iter().filter(|part| !form.get(part).is_empty()) {
        sent[part] = json!(form.get(part));
    }
    let outcome = match parse::<NewTemplate>(sent) {
        Ok(new) => actions::create(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(made) => {
            Ok(frame::done(&format!("{TEMPLATES}/{}", made.key), "The template is added. Notes may start from it."))
        }
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, new_page(&cx, &draft, &form, &in_editor(&problem, &draft))))
        }
    }
}

/// A built-in template can be looked at and copied; one of the organization's own can be changed.
async fn one(cx: Cx, headers: HeaderMap, Path(key): Path<String>) -> Result<Response, Problem> {
    cx.require(Permission::TemplateManage).await?;
    let template = template(&cx, &key).await?;
    if template.is_built_in {
        return Ok(frame::show(&headers, page(&cx, &template.name, view::built_in(&template))));
    }
    let draft = Draft::of(&template.fields);
    let version = template.version.unwrap_or_default().to_string();
    let form = Form::of([("name", template.name.clone()), ("version", version)]);
    Ok(frame::show(&headers, one_page(&cx, &template, &draft, &form, &FieldErrors::new())))
}

fn one_page(cx: &Cx, template: &TemplateView, draft: &Draft, form: &Form, errors: &FieldErrors) -> Page {
    let path = format!("{TEMPLATES}/{}", template.key);
    page(cx, &template.name, editor::one(template, draft, &filled(cx, form, errors, &path, TEMPLATES)))
}

async fn change(cx: Cx, headers: HeaderMap, At(id): At<TemplateId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::TemplateManage).await?;
    let mut draft = Draft::read(&form);
    let template = actions::show(&cx, id).await?;
    if !form.get("act").is_empty() {
        draft.act(form.get("act"), &form);
        return Ok(frame::show(&headers, one_page(&cx, &template, &draft, &form, &FieldErrors::new())));
    }
    let sent = json!({ "name": form.get("name").trim(), "fields": all(&draft.fields) });
    let cx = frame::edited(cx, &form);
    let outcome = match parse::<ChangeTemplate>(sent) {
        Ok(change) => actions::change(&cx, id, &change).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(saved) => {
            let message = format!("Saved as version {}. Notes that are begun keep theirs.", saved.template_version);
            Ok(frame::done(&format!("{TEMPLATES}/{id}"), &message))
        }
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, one_page(&cx, &template, &draft, &form, &in_editor(&problem, &draft))))
        }
    }
}

async fn archive(cx: Cx, At(id): At<TemplateId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let turned = actions::archive(&cx, id).await;
    turned_page(&cx, id, turned.map(|_| "Archived. Nothing new starts from it.")).await
}

async fn restore(cx: Cx, At(id): At<TemplateId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let turned = actions::restore(&cx, id).await;
    turned_page(&cx, id, turned.map(|_| "Restored. Notes may start from it again.")).await
}

async fn turned_page(cx: &Cx, id: TemplateId, outcome: Result<&str, Problem>) -> Result<Response, Problem> {
    match outcome {
        Ok(message) => Ok(frame::done(&format!("{TEMPLATES}/{id}"), message)),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let template = actions::show(cx, id).await?;
            let version = template.version.unwrap_or_default().to_string();
            let form = Form::of([("name", template.name.clone()), ("version", version)]);
            let errors = frame::field_errors(&problem);
            let shown = one_page(cx, &template, &Draft::of(&template.fields), &form, &errors);
            Ok(frame::refused(&problem, shown))
        }
    }
}
