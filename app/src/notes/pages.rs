//! `/sessions/{id}/notes` and `/notes/{id}`: writing, checking, signing, reviewing.

use std::collections::BTreeMap;

use ::rules::{
    id::{NoteId, SessionId},
    permissions::Permission,
    sessions::SessionStatus,
};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use deserr::Deserr;
use maud::html;
use serde_json::{Value, json};

use super::{
    actions,
    answers::NoteView,
    inputs::{Annotate, ChangeNote, Here, NewNote, NotesShown, Return, Review, Sign, SignAll, Void},
    store::Values,
    view::{self, Asked, Part, Told},
};
use crate::{
    door::Cx,
    frame,
    http::{
        PageRouter,
        extract::{At, Query, Truth, parse},
        form::{As, Form},
    },
    problem::Problem,
    sessions,
    shell::{layout::Page, ui::FieldErrors},
    templates::fields,
};

/// The section of the navigation.
const SECTION: &str = "today";

/// The routes of the room.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/sessions/{id}/notes", get(documentation).post(begin))
        .route("/sessions/{id}/notes/begin", post(begin_all))
        .route("/sessions/{id}/notes/sign", post(sign_all))
        .route("/notes/{id}", get(sheet))
        .route("/notes/{id}/save", post(save))
        .route("/notes/{id}/sign", post(sign))
        .route("/notes/{id}/review", post(review))
        .route("/notes/{id}/return", post(return_note))
        .route("/notes/{id}/annotate", post(annotate))
        .route("/notes/{id}/void", post(void))
        .route("/notes/{id}/copy-forward", post(copy_forward))
        .route("/sessions/{id}/notes/here", post(here))
}

// The documentation of a session --------------------------------------------------------------------------------------

/// What the address asks to be shown.
#[derive(Debug, Default, Deserr)]
#[deserr(error = crate::http::extract::FieldErrors, deny_unknown_fields)]
struct Shown {
    /// Voided notes only when asked for.
    #[deserr(default)]
    status: Option<NotesShown>,
    /// The note that is shown whole, in its place.
    #[deserr(default)]
    open: Option<NoteId>,
    /// Every signed text whole.
    #[deserr(default)]
    texts: Option<NotesShown>,
    /// What keeps drafts from being signed.
    #[deserr(default)]
    held: Option<Truth>,
}

async fn documentation_page(
    cx: &Cx,
    session: SessionId,
    refused: Option<&Problem>,
    shown: &Shown,
) -> Result<Page, Problem> {
    let record = actions::record(cx, session).await?;
    let errors = &errors(&record, refused);
    let is_held = shown.held.is_some_and(|held| held.0) && record.may_write;
    let held = if is_held { Some(actions::held(cx, session).await?) } else { None };
    let asked = Asked { open: shown.open, all: shown.texts == Some(NotesShown::All), held };
    let key = cx.app.clock.secret();
    let told = Told { key: &key, errors, sent: None };
    let body = html! {
        (view::documentation(&record, &asked, &told))
        (view::in_error(&record, shown.status == Some(NotesShown::All)))
        @if cx.permissions.allows(Permission::GroupEncounterNoteCreate) { (view::kept_apart(session)) }
        (view::sign_bar(&record, &told))
    };
    Ok(frame::page(cx, SECTION, format!("Notes of {}", record.folder.session.session_number), body).style("notes.css"))
}

async fn documentation(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<SessionId>,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    Ok(frame::show(&headers, documentation_page(&cx, id, None, &shown).await?))
}

/// On to the documentation with a message, or the page again with what was refused.
async fn answered(
    cx: &Cx,
    session: SessionId,
    outcome: Result<(String, String), Problem>,
) -> Result<Response, Problem> {
    match outcome {
        Ok((place, message)) => Ok(frame::done(&format!("/sessions/{session}/notes{place}"), &message)),
        Err(problem) if shows_again(&problem) => {
            let shown = Shown { held: Some(Truth(problem.code() == "nothing_to_sign")), ..Shown::default() };
            let page = documentation_page(cx, session, Some(&problem), &shown).await?;
            Ok(frame::refused(&problem, page))
        }
        Err(problem) => Err(problem),
    }
}

/// What a refusal says, with the names of whom it is about.
fn errors(record: &actions::Record, refused: Option<&Problem>) -> FieldErrors {
    let mut errors = FieldErrors::new();
    let Some(problem) = refused else { return errors };
    if problem.code() != "unresolved_participants" {
        return frame::field_errors(problem);
    }
    errors.add_general(problem.detail());
    for error in problem.errors() {
        let name = error.field.parse().map_or("Somebody", |id| record.name_of(id));
        errors.add(format!("p-{}", error.field), format!("{name} {}.", error.message));
    }
    errors
}

/// Whether the page is shown again: also for a wrong password, and for who may not sign here.
fn shows_again(problem: &Problem) -> bool {
    problem.is_about_input() || (problem.status() == StatusCode::FORBIDDEN && problem.code() != "forbidden")
}

async fn encounter(cx: &Cx, session: SessionId) -> Result<::rules::id::EncounterId, Problem> {
    Ok(actions::record(cx, session).await?.folder.encounter.id)
}

async fn begin(cx: Cx, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    let fields =
        [("note_type", As::Text), ("participant_id", As::Text), ("discipline", As::Text), ("template", As::Text)];
    let encounter = encounter(&cx, id).await?;
    let outcome = match form.read::<NewNote>(&fields) {
        Ok(new) => actions::create(&cx, encounter, &new).await,
        Err(problem) => Err(problem),
    };
    let begun = outcome.map(|note| {
        // The cursor stands where writing begins.
        let place = format!("?open={}#{}", note.id, view::first_field(&note));
        (place, "Begun. It saves itself as you write.".to_owned())
    });
    answered(&cx, id, begun).await
}

async fn begin_all(cx: Cx, At(id): At<SessionId>) -> Result<Response, Problem> {
    let encounter = encounter(&cx, id).await?;
    let outcome = match actions::begin_all(&cx, encounter).await {
        Ok(begun) => {
            let first = match begun.note_ids.first() {
                Some(first) => format!("#{}", view::first_field(&actions::show(&cx, *first).await?)),
                None => String::new(),
            };
            Ok((first, format!("{} begun.", notes(begun.note_ids.len()))))
        }
        Err(problem) => Err(problem),
    };
    answered(&cx, id, outcome).await
}

fn notes(count: usize) -> String {
    if count == 1 { "1 note".to_owned() } else { format!("{count} notes") }
}

async fn sign_all(cx: Cx, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    let encounter = encounter(&cx, id).await?;
    let input: SignAll = form.read(&[("password", As::Text)])?;
    let outcome = actions::sign_all(&cx, encounter, &input).await.map(|outcome| {
        let left = outcome.left.len();
        let signed = notes(outcome.signed.len());
        match left {
            0 => (String::new(), format!("{signed} signed.")),
            _ => ("?held=true#held".to_owned(), format!("{signed} signed; {} not ready yet.", notes(left))),
        }
    });
    answered(&cx, id, outcome).await
}

// One note ------------------------------------------------------------------------------------------------------------

async fn sheet_page(cx: &Cx, id: NoteId, refused: Option<&Problem>, sent: Option<&Form>) -> Result<Page, Problem> {
    let sheet = actions::sheet(cx, id).await?;
    let errors = &errors(&sheet.record, refused);
    let key = cx.app.clock.secret();
    let body = view::sheet(&sheet, &Told { key: &key, errors, sent });
    Ok(frame::page(cx, SECTION, sheet.note.template.name.clone(), body).style("notes.css"))
}

async fn sheet(cx: Cx, headers: HeaderMap, At(id): At<NoteId>) -> Result<Response, Problem> {
    Ok(frame::show(&headers, sheet_page(&cx, id, None, None).await?))
}

/// On to the note with a message, or its page again with what was refused and what was sent.
async fn noted(cx: &Cx, id: NoteId, form: &Form, outcome: Result<&str, Problem>) -> Result<Response, Problem> {
    match outcome {
        Ok(message) => Ok(frame::done(&format!("/notes/{id}"), message)),
        Err(problem) if shows_again(&problem) => {
            let page = sheet_page(cx, id, Some(&problem), Some(form)).await?;
            Ok(frame::refused(&problem, page))
        }
        Err(problem) => Err(problem),
    }
}

async fn save(cx: Cx, headers: HeaderMap, At(id): At<NoteId>, form: Form) -> Result<Response, Problem> {
    let by_itself = headers.contains_key("x-live-autosave");
    let known = actions::show(&cx, id).await?;
    let session = known.session_id;
    let part = Part::of(form.get("part"));
    let change = parse::<ChangeNote>(written(&known, &form));
    let outcome = match &change {
        // On the screen two people's words are always brought together.
        Ok(change) => actions::change(&frame::edited(cx.clone(), &form), id, change, true).await,
        Err(problem) => Err(problem.clone()),
    };
    let read: Option<i64> = form.get("version").parse().ok();
    match outcome {
        Ok(note) if by_itself && read.is_some_and(|read| note.version != read + 1) => {
            Ok(brought_together(&cx, &note, part))
        }
        Ok(note) if by_itself => Ok(saved(&cx, &note)),
        Ok(_) => Ok(frame::done(&format!("/sessions/{session}/notes#n-{id}"), "Saved.")),
        Err(problem) if by_itself && problem.is_about_input() => Ok(not_saved(&problem)),
        Err(problem) if problem.is_about_input() => {
            let sheet = actions::sheet(&cx, id).await?;
            let mut shown = sheet.note.clone();
            let mut sent = Some(&form);
            match (problem.status(), read, &change) {
                // What does not fit is put right on the version that was read: what others saved since is merged then.
                (StatusCode::UNPROCESSABLE_ENTITY, Some(read), _) => shown.version = read,
                // The next save stands on what is stored now, so what others wrote there must be in the form.
                (StatusCode::PRECONDITION_FAILED, Some(read), Ok(change)) => {
                    if let Some(content) = actions::over_theirs(&cx, id, read, change).await? {
                        (shown.content, shown.fields, sent) = (content.text, Values(content.fields), None);
                    }
                }
                _ => {}
            }
            let errors = frame::scoped_errors(&view::scope_of(id), &problem);
            let key = cx.app.clock.secret();
            let body = view::conflict(&sheet, &shown, &Told { key: &key, errors: &errors, sent });
            Ok(frame::refused(&problem, frame::page(&cx, SECTION, "Not saved", body).style("notes.css")))
        }
        Err(problem) => Err(problem),
    }
}

fn said(mut response: Response, words: &str) -> Response {
    // Header values are ASCII: the words are ours and are.
    if let Ok(words) = HeaderValue::from_str(words) {
        response.headers_mut().insert("x-live-status", words);
    }
    response
}

fn saved(cx: &Cx, note: &NoteView) -> Response {
    let at = note.updated_at.get(11..16).unwrap_or_default();
    said(view::saved(note, &cx.app.clock.secret()).into_response(), &format!("Saved {at}"))
}

/// Somebody else's words came in between: the form with both, for who has not typed on meanwhile.
fn brought_together(cx: &Cx, note: &NoteView, part: Part) -> Response {
    let told = Told { key: &cx.app.clock.secret(), errors: &FieldErrors::new(), sent: None };
    let at = note.updated_at.get(11..16).unwrap_or_default();
    let words = format!("Saved {at}, with what somebody else wrote here");
    let mut response = said(view::draft_again(note, &told, part).into_response(), &words);
    response.headers_mut().insert("x-live-merged", HeaderValue::from_static("1"));
    response
}

/// The words stay in the form; the line beside them says why they are not stored.
fn not_saved(problem: &Problem) -> Response {
    let words = match problem.code() {
        "stale" => "Not saved: somebody else has changed the same words. Yours are still here; press Save to see both.",
        // It was signed, voided or closed in the meantime: what works now, the refusal itself says.
        "invalid_transition" => &format!("Not saved, and your words are still here. {}", problem.detail()),
        _ => "Not saved: a field has a value that does not fit. Press Save to see which.",
    };
    said((problem.status(), "").into_response(), words)
}

/// What stands in the form of a draft, as the API's own change: every field that is in it, cleared where it is empty. What
/// a row does not hold stays as it is.
fn written(note: &NoteView, form: &Form) -> Value {
    let part = Part::of(form.get("part"));
    let fields = fields::read(&part.fields(&note.template), form);
    match part {
        Part::Row => json!({ "fields": fields }),
        Part::Whole => json!({ "content": form.get("content"), "fields": fields }),
    }
}

async fn sign(cx: Cx, At(id): At<NoteId>, form: Form) -> Result<Response, Problem> {
    let keys = form.pairs().filter_map(|(name, key)| Some((name.strip_prefix("key.")?, key)));
    let waivers: Vec<Value> = keys
        .map(|(index, key)| (key, form.get(&format!("reason.{index}")).trim()))
        .filter(|(_, reason)| !reason.is_empty())
        .map(|(key, reason)| json!({ "key": key, "reason": reason }))
        .collect();
    let mut sent = json!({ "waivers": waivers });
    if !form.get("password").is_empty() {
        sent["password"] = Value::from(form.get("password"));
    }
    let outcome = match parse::<Sign>(sent) {
        Ok(sign) => actions::sign(&frame::edited(cx.clone(), &form), id, &sign).await,
        Err(problem) => Err(problem),
    };
    let done = match outcome {
        // A role may sign without reading sessions; what is signed stays signed all the same.
        Ok(note) if cx.permissions.allows(Permission::GroupEncounterRead) => {
            Ok(signed(sessions::actions::show(&cx, note.session_id).await?.status))
        }
        outcome => outcome.map(|_| "Signed."),
    };
    noted(&cx, id, &form, done).await
}

/// What is said of a signature: also what became of the session with it.
const fn signed(session: SessionStatus) -> &'static str {
    match session {
        SessionStatus::Completed => "Signed. That was the last: the session is completed, and it is in the charts.",
        SessionStatus::PendingReview => "Signed. That was the last: the session waits for its review.",
        _ => "Signed.",
    }
}

async fn review(cx: Cx, At(id): At<NoteId>, form: Form) -> Result<Response, Problem> {
    let outcome = match form.read::<Review>(&[("password", As::Text)]) {
        Ok(review) => actions::review(&cx, id, &review).await,
        Err(problem) => Err(problem),
    };
    reviewed(&cx, id, &form, outcome.map(|_| "Countersigned. The session is completed.")).await
}

async fn return_note(cx: Cx, At(id): At<NoteId>, form: Form) -> Result<Response, Problem> {
    let fields = [("comment", As::Text), ("note_ids", As::List), ("password", As::Text)];
    let outcome = match form.read::<Return>(&fields) {
        Ok(wanted) => actions::return_note(&cx, id, &wanted).await,
        Err(problem) => Err(problem),
    };
    reviewed(&cx, id, &form, outcome.map(|_| "Returned to the leaders with your comment.")).await
}

/// On to what else waits: what was reviewed may be the reviewer's to read no longer.
async fn reviewed(cx: &Cx, id: NoteId, form: &Form, outcome: Result<&str, Problem>) -> Result<Response, Problem> {
    match outcome {
        Ok(message) => Ok(frame::done("/reviews", message)),
        Err(problem) => noted(cx, id, form, Err(problem)).await,
    }
}

async fn annotate(cx: Cx, At(id): At<NoteId>, form: Form) -> Result<Response, Problem> {
    let outcome = match form.read::<Annotate>(&[("content", As::Text), ("password", As::Text)]) {
        Ok(new) => actions::annotate(&cx, id, &new).await,
        Err(problem) => Err(problem),
    };
    noted(&cx, id, &form, outcome.map(|_| "Added to the note and to the charts that show it.")).await
}

async fn void(cx: Cx, At(id): At<NoteId>, form: Form) -> Result<Response, Problem> {
    let outcome = match form.read::<Void>(&[("reason", As::Text)]) {
        Ok(void) => actions::void(&frame::edited(cx.clone(), &form), id, &void).await,
        Err(problem) => Err(problem),
    };
    noted(&cx, id, &form, outcome.map(|_| "Voided. It is kept as entered in error.")).await
}

async fn copy_forward(cx: Cx, At(id): At<NoteId>, form: Form) -> Result<Response, Problem> {
    let outcome = actions::copy_forward(&frame::edited(cx.clone(), &form), id).await;
    let session = actions::show(&cx, id).await?.session_id;
    let message = "The goals of the last note are here. Say what became of each.".to_owned();
    answered(&cx, session, outcome.map(|_| (format!("?open={id}#r-{id}"), message))).await
}

// Beside others --------------------------------------------------------------------------------------------------------

/// Says where the reader writes, and answers who else does, and every draft that somebody else has changed since.
async fn here(cx: Cx, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    let (note_id, seen) = seen(&form);
    let around = actions::here_in_session(&cx, id, &Here { note_id }).await?;
    // The notes themselves are read, and the reading is recorded, only when there is something new.
    let is_newer = |id, version| seen.get(&id).is_some_and(|(known, _)| *known < version);
    let mut changed = Vec::new();
    if around.notes.iter().any(|note| is_newer(note.id, note.version)) {
        let record = actions::record(&cx, id).await?;
        changed.extend(record.notes().filter(|note| is_newer(note.id, note.version)));
    }
    let told = Told { key: &cx.app.clock.secret(), errors: &FieldErrors::new(), sent: None };
    Ok(view::beside(id, &around, &seen, &changed, &told).into_response())
}

/// The note the reader is in, and the drafts on the page: the version of each and how much of it is shown. What is no id
/// or number says nothing.
fn seen(form: &Form) -> (Option<NoteId>, BTreeMap<NoteId, (i64, Part)>) {
    let versions = form.all("seen").filter_map(|known| {
        let mut parts = known.split(':');
        let (note, version) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some((note, (version, Part::of(parts.next().unwrap_or_default()))))
    });
    (form.get("note").parse().ok(), versions.take(SEEN_MAX).collect())
}

/// The most drafts of a page.
const SEEN_MAX: usize = 500;
