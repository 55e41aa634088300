//! Reopening and voiding a session: what will happen, the reason, and doing it.

use ::rules::{id::SessionId, permissions::Permission, sessions::SessionStatus};
use axum::{http::HeaderMap, response::Response};
use maud::{Markup, html};

use super::SECTION;
use crate::{
    door::Cx,
    frame,
    http::{
        extract::At,
        form::{As, Form},
    },
    problem::Problem,
    record::actions::{Written, written},
    screens::words::{self, capital},
    sessions::{
        actions::{self, WithReason},
        answers::SessionView,
    },
    shell::{
        layout::Page,
        ui::{self, Button, Card, Field, FieldErrors, Icon, Notice, PageHeader, Tone, form_actions},
    },
};

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Reopen,
    Void,
}

impl Turn {
    const fn permission(self) -> Permission {
        match self {
            Self::Reopen => Permission::SessionReopen,
            Self::Void => Permission::SessionVoid,
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Reopen => "reopen",
            Self::Void => "void",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Reopen => "Reopen session",
            Self::Void => "Void session",
        }
    }
}

/// Asks before a session is reopened.
pub async fn ask_reopen(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    ask(&cx, &headers, id, Turn::Reopen).await
}

/// Asks before a session is voided.
pub async fn ask_void(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    ask(&cx, &headers, id, Turn::Void).await
}

/// Reopens a session.
pub async fn reopen(cx: Cx, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    turn(cx, id, Turn::Reopen, &form).await
}

/// Voids a session.
pub async fn void(cx: Cx, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    turn(cx, id, Turn::Void, &form).await
}

async fn ask(cx: &Cx, headers: &HeaderMap, id: SessionId, turn: Turn) -> Result<Response, Problem> {
    cx.require(turn.permission()).await?;
    Ok(frame::show(headers, page(cx, id, turn, &Form::default(), &FieldErrors::new()).await?))
}

async fn turn(cx: Cx, id: SessionId, turn: Turn, form: &Form) -> Result<Response, Problem> {
    cx.require(turn.permission()).await?;
    let cx = frame::edited(cx, form);
    let outcome = match (form.read::<WithReason>(&[("reason", As::Text)]), turn) {
        (Ok(input), Turn::Reopen) => actions::reopen(&cx, id, &input).await,
        (Ok(input), Turn::Void) => actions::void(&cx, id, &input).await,
        (Err(problem), _) => Err(problem),
    };
    let here = format!("/sessions/{id}");
    match (outcome, turn) {
        (Ok(_), Turn::Reopen) => {
            Ok(frame::done(&here, "The session is reopened. Its leaders can change and sign its notes again."))
        }
        (Ok(_), Turn::Void) => Ok(frame::done(&here, "The session is voided. It is kept as entered in error.")),
        (Err(problem), _) if problem.is_about_input() => {
            let page = page(&cx, id, turn, form, &frame::field_errors(&problem)).await?;
            Ok(frame::refused(&problem, page))
        }
        (Err(problem), _) => Err(problem),
    }
}

async fn page(cx: &Cx, id: SessionId, turn: Turn, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let session = actions::show(cx, id).await?;
    let written = written(cx, id).await?;
    let body = html! {
        (PageHeader::new(turn.title())
            .crumb("Today", format!("/today?day={}", session.local_date))
            .crumb(session.title.to_string(), format!("/sessions/{id}"))
            .status(html! { (words::standing(&session)) })
            .fact(Icon::Clock, words::when(cx, &session))
            .fact(Icon::Person, words::leaders(&session)))
        div.narrow {
            @match refused(&session, turn) {
                Some(why) => (Notice::new(Tone::Info, why)),
                None => {
                    (Card::new("What will happen").body(html! { ul { @for line in happens(turn, &written) { li { (line) } } } }))
                    (asked(cx, &session, turn, form, errors))
                }
            }
        }
    };
    Ok(frame::page(cx, SECTION, format!("{} {}", turn.title(), session.session_number), body))
}

/// Why there is nothing to ask.
fn refused(session: &SessionView, turn: Turn) -> Option<&'static str> {
    match turn {
        Turn::Reopen if session.status != SessionStatus::Completed => {
            Some("Only a completed session is reopened. This one is not completed.")
        }
        Turn::Void if session.status == SessionStatus::Voided => Some("This session is voided already."),
        _ => None,
    }
}

/// What will happen, in the numbers of this session.
fn happens(turn: Turn, written: &Written) -> Vec<String> {
    let notes = |count: u32| if count == 1 { "1 note".to_owned() } else { format!("{count} notes") };
    let charts = |count: u32| if count == 1 { "1 chart".to_owned() } else { format!("{count} charts") };
    match turn {
        Turn::Reopen => vec![
            "The session is in progress again, and attendance can be corrected.".to_owned(),
            format!(
                "{}: the next version begins as a draft with the same words, to be signed again. What was signed is kept as superseded.",
                capital(&notes(written.signed_notes))
            ),
            format!(
                "The entry in {} is shown as superseded, until the notes are signed again and another takes its place.",
                charts(written.charts)
            ),
        ],
        Turn::Void => vec![
            "The session is marked as entered in error, and left out of boards and lists. Its number stays.".to_owned(),
            format!(
                "{} ({} signed, {} being written): entered in error, kept, and hidden unless somebody asks for them.",
                capital(&notes(written.signed_notes + written.drafts)),
                written.signed_notes,
                written.drafts
            ),
            format!(
                "The entry in {} is marked as entered in error and hidden; it no longer counts.",
                charts(written.charts)
            ),
            "This can’t be undone. No other session changes.".to_owned(),
        ],
    }
}

fn asked(cx: &Cx, session: &SessionView, turn: Turn, form: &Form, errors: &FieldErrors) -> Markup {
    let here = format!("/sessions/{}", session.id);
    let button = match turn {
        Turn::Reopen => Button::primary("Reopen session").icon(Icon::Undo),
        Turn::Void => Button::danger("Void session").icon(Icon::Remove),
    };
    let reason = Field::text("reason", "Reason").value(form.get("reason")).errors(errors).required().max_length(500);
    html! {
        (ui::Form::post(format!("{here}/{}", turn.path()))
            .hidden("idempotency_key", cx.app.clock.secret())
            .hidden("version", session.version)
            .checked_by_server()
            .body(html! {
                (errors)
                (reason.hint("Kept with the session."))
                (form_actions(html! { (button) (Button::quiet("Back").href(&here)) }))
            }))
    }
}
