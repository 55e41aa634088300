//! `/settings/templates/sessions`.

use ::rules::{id::GroupSessionTemplateId, notes::Discipline, templates::GroupSessionSettings};
use axum::{
    extract::Query,
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{
    super::{
        GroupSessionTemplateView, TemplateView,
        actions::{
            group_sessions::{self as actions, ChangeGroupSessionTemplate, NewGroupSessionTemplate},
            notes,
        },
        view::{
            TEMPLATES,
            group_sessions::{self as view, SESSIONS, discipline_field},
        },
    },
    page,
};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again, text, tick},
    },
    http::{
        PageRouter,
        extract::{At, parse},
        form::{As, Form},
    },
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};

/// The routes of the pages.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/settings/templates/sessions/new", get(new).post(add))
        .route("/settings/templates/sessions/{id}", get(one).post(change))
        .route("/settings/templates/sessions/{id}/archive", post(archive))
        .route("/settings/templates/sessions/{id}/restore", post(restore))
}

/// What a form says of a template, as the API takes it; an empty field is nothing.
fn sent(form: &Form) -> Value {
    let mut sent = form.json(&[
        ("title", As::Blank),
        ("topic", As::Clearable),
        ("description", As::Blank),
        ("duration_minutes", As::Number),
        ("group_note_template", As::Clearable),
        ("waives_group_note", As::Truth),
        ("waives_individual_notes", As::Truth),
        ("always_review", As::Truth),
        ("place_of_service", As::Clearable),
    ]);
    let code = form.get("billing_code").trim().to_uppercase();
    sent["billing_code"] = if code.is_empty() { Value::Null } else { json!(code) };
    let modifiers = form.get("billing_modifiers").to_uppercase();
    let modifiers = modifiers.split(|letter: char| letter == ',' || letter.is_whitespace());
    sent["billing_modifiers"] = modifiers.filter(|one| !one.is_empty()).map(Value::from).collect();
    let chosen = Discipline::ALL.iter().map(|one| (one, form.get(&discipline_field(*one)).to_owned()));
    let chosen = chosen.filter(|(_, key)| !key.is_empty());
    sent["individual_note_templates"] =
        chosen.map(|(discipline, key)| json!({ "discipline": discipline, "template": key })).collect();
    sent
}

/// What is stored, as a form sends it.
fn stored(settings: &GroupSessionSettings) -> Vec<(String, String)> {
    let own = settings.individual_note_templates.iter();
    let own = own.map(|one| (discipline_field(one.discipline), one.template.clone()));
    let fields = [
        ("title", settings.title.to_string()),
        ("topic", text(settings.topic.as_ref().map(|topic| topic.as_str()))),
        ("description", settings.description.to_string()),
        ("duration_minutes", settings.duration_minutes.map(|minutes| minutes.to_string()).unwrap_or_default()),
        ("group_note_template", text(settings.group_note_template.as_deref())),
        ("waives_group_note", tick(settings.waives_group_note)),
        ("waives_individual_notes", tick(settings.waives_individual_notes)),
        ("always_review", tick(settings.always_review)),
        ("billing_code", text(settings.billing_code.as_deref())),
        ("billing_modifiers", settings.billing_modifiers.join(" ")),
        ("place_of_service", text(settings.place_of_service.as_deref())),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(own).collect()
}

/// What was refused, beside the controls of the form.
fn refused(problem: &Problem, form: &Form) -> FieldErrors {
    let mut errors = frame::field_errors(problem);
    let chosen: Vec<Discipline> =
        Discipline::ALL.iter().copied().filter(|one| !form.get(&discipline_field(*one)).is_empty()).collect();
    for error in problem.errors() {
        let message = || format!("It {}.", error.message.trim_end_matches('.'));
        if error.field.starts_with("billing_modifiers") {
            errors.add("billing_modifiers", message());
        }
        let at = error.field.strip_prefix("individual_note_templates[").and_then(|rest| rest.split_once(']'));
        if let Some(discipline) = at.and_then(|(at, _)| chosen.get(at.parse::<usize>().ok()?)) {
            errors.add(discipline_field(*discipline), message());
        }
    }
    errors
}

/// The note templates there are to choose from.
async fn note_templates(cx: &Cx) -> Result<Vec<TemplateView>, Problem> {
    let own = cx.read_as_oneself(|scope| Box::pin(notes::in_use(scope))).await?;
    Ok(notes::all_built_in().into_iter().chain(own).collect())
}

#[derive(serde::Deserialize)]
struct Copied {
    #[serde(default)]
    copy_of: String,
}

async fn new(cx: Cx, headers: HeaderMap, Query(copied): Query<Copied>) -> Result<Response, Problem> {
    actions::require_manage(&cx).await?;
    let form = match copied.copy_of.parse::<GroupSessionTemplateId>() {
        Ok(id) => {
            let source = actions::show(&cx, id).await?;
            let mut fields = stored(&source.settings);
            fields.retain(|(name, _)| name != "title");
            let title = format!("{} (copy)", source.settings.title);
            fields.extend([("title".to_owned(), title), ("copy_of".to_owned(), id.to_string())]);
            Form::of(fields)
        }
        Err(_) => Form::default(),
    };
    Ok(frame::show(&headers, new_page(&cx, &form, &FieldErrors::new()).await?))
}

async fn new_page(cx: &Cx, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let notes = note_templates(cx).await?;
    let action = format!("{SESSIONS}/new");
    let body = view::new(&filled(cx, form, errors, &action, TEMPLATES), &notes);
    Ok(page(cx, "Add template of group sessions", body))
}

async fn add(cx: Cx, form: Form) -> Result<Response, Problem> {
    actions::require_manage(&cx).await?;
    let mut sent = sent(&form);
    if !form.get("copy_of").is_empty() {
        sent["copy_of"] = json!(form.get("copy_of"));
    }
    let outcome = match parse::<NewGroupSessionTemplate>(sent) {
        Ok(new) => actions::create(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(made) => {
            let message = "The template is added. Choose it for a group, or for a new session.";
            Ok(frame::done(&format!("{SESSIONS}/{}", made.id), message))
        }
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, new_page(&cx, &form, &refused(&problem, &form)).await?))
        }
    }
}

async fn one(cx: Cx, headers: HeaderMap, At(id): At<GroupSessionTemplateId>) -> Result<Response, Problem> {
    actions::require_manage(&cx).await?;
    let template = actions::show(&cx, id).await?;
    let page = stored_page(&cx, &template, &FieldErrors::new()).await?;
    Ok(frame::show(&headers, page))
}

async fn stored_page(cx: &Cx, template: &GroupSessionTemplateView, errors: &FieldErrors) -> Result<Page, Problem> {
    let version = [("version".to_owned(), template.version.to_string())];
    let form = Form::of(stored(&template.settings).into_iter().chain(version));
    one_page(cx, template, &form, errors).await
}

async fn one_page(
    cx: &Cx,
    template: &GroupSessionTemplateView,
    form: &Form,
    errors: &FieldErrors,
) -> Result<Page, Problem> {
    let notes = note_templates(cx).await?;
    let action = format!("{SESSIONS}/{}", template.id);
    let body = view::one(template, &filled(cx, form, errors, &action, TEMPLATES), &notes);
    Ok(page(cx, &template.settings.title, body))
}

async fn change(cx: Cx, At(id): At<GroupSessionTemplateId>, form: Form) -> Result<Response, Problem> {
    actions::require_manage(&cx).await?;
    let cx = frame::edited(cx, &form);
    let outcome = match parse::<ChangeGroupSessionTemplate>(sent(&form)) {
        Ok(change) => actions::change(&cx, id, &change).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(saved) => {
            let message =
                format!("Saved as version {}. Sessions that have started keep theirs.", saved.template_version);
            Ok(frame::done(&format!("{SESSIONS}/{id}"), &message))
        }
        Err(problem) => {
            let problem = shown_again(problem)?;
            let template = actions::show(&cx, id).await?;
            Ok(frame::refused(&problem, one_page(&cx, &template, &form, &refused(&problem, &form)).await?))
        }
    }
}

async fn archive(cx: Cx, At(id): At<GroupSessionTemplateId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let turned = actions::archive(&cx, id).await;
    turned_page(&cx, id, turned.map(|_| "Archived. Nothing new starts from it.")).await
}

async fn restore(cx: Cx, At(id): At<GroupSessionTemplateId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let turned = actions::restore(&cx, id).await;
    turned_page(&cx, id, turned.map(|_| "Restored. Groups and sessions may start from it again.")).await
}

async fn turned_page(cx: &Cx, id: GroupSessionTemplateId, outcome: Result<&str, Problem>) -> Result<Response, Problem> {
    match outcome {
        Ok(message) => Ok(frame::done(&format!("{SESSIONS}/{id}"), message)),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let template = actions::show(cx, id).await?;
            Ok(frame::refused(&problem, stored_page(cx, &template, &frame::field_errors(&problem)).await?))
        }
    }
}
