//! `/sessions/{id}/move`: what moving a session would change and what is in the way, and doing it. The calendar shows
//! the form of this page in a dialog when a block is dropped.

use ::rules::{id::SessionId, permissions::Permission};
use axum::{
    extract::{Query, rejection::QueryRejection},
    http::HeaderMap,
    response::Response,
};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{SECTION, asked::View};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled as as_shown, shown_again},
    },
    groups::{self, view::Offers},
    http::{
        extract::{At, parse},
        form::Form,
    },
    problem::Problem,
    schedule::{EditedSession, SeriesChange, actions as schedule},
    screens::{
        naming::{clash, named},
        session::{editing, over, sentence, which, who_is_told},
        words,
    },
    sessions::{
        actions,
        answers::SessionView,
        inputs::{ChangeSession, EditScope},
    },
    shell::{
        layout::Page,
        ui::{self, Choice, Field, FieldErrors, Notice, PageHeader, Tone, field_row},
    },
};

/// Sessions that are named beside each other.
const NAMED_MAX: usize = 6;
/// The fields of the form that say where the session is to go.
const FIELDS: [&str; 3] = ["starts_at", "duration_minutes", "room_id"];

/// What is shown of a move.
struct Shown<'a> {
    cx: &'a Cx,
    session: &'a SessionView,
    offers: &'a Offers,
    form: &'a Form,
    /// What was refused, in words.
    told: Markup,
    /// Something is in the way: an override may help.
    clashes: bool,
    /// What it would do.
    preview: Option<&'a SeriesChange>,
}

/// The form, with what it would do as it stands in the address.
pub async fn ask(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<SessionId>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Problem> {
    cx.require(Permission::SessionSchedule).await?;
    let session = actions::show(&cx, id).await?;
    let sent = query.map(|Query(pairs)| pairs).unwrap_or_default();
    let form = filled(&session, &Form::of(sent));
    let page = match change(&cx, &session, &form, true).await {
        Ok(Some(edited)) => page(&cx, &session, &form, Ok(edited.change.as_ref())).await?,
        Ok(None) => page(&cx, &session, &form, Ok(None)).await?,
        Err(problem) => page(&cx, &session, &form, Err(&shown_again(problem)?)).await?,
    };
    Ok(frame::show(&headers, page))
}

/// Moves it, and goes back to the calendar.
pub async fn carry_out(cx: Cx, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::SessionSchedule).await?;
    let session = actions::show(&cx, id).await?;
    let form = filled(&session, &form);
    match change(&cx, &session, &form, false).await {
        Ok(done) => {
            let moved = done.as_ref().map_or(&session, |edited| &edited.session);
            let message = match done.as_ref().and_then(|edited| edited.change.as_ref()) {
                Some(change) => format!("Moved to {}: {}", words::when(&cx, moved), sentence(change)),
                None if done.is_some() => format!("Moved to {}.", words::when(&cx, moved)),
                None => "It is where it was.".to_owned(),
            };
            Ok(frame::done(&back(&form, moved), &message))
        }
        Err(problem) => {
            let problem = shown_again(problem)?;
            // As it stands now: somebody may have been faster.
            let session = actions::show(&cx, id).await?;
            let page = page(&cx, &session, &form, Err(&problem)).await?;
            Ok(frame::refused(&problem, page))
        }
    }
}

/// What was sent, and for what was not, what is stored.
fn filled(session: &SessionView, sent: &Form) -> Form {
    let starts_at = words::local(&session.zone, &session.starts_at);
    let stored = [
        ("starts_at", starts_at.map(|at| at.strftime("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default()),
        ("duration_minutes", session.duration_minutes.to_string()),
        ("room_id", session.room_id.map(|id| id.to_string()).unwrap_or_default()),
        ("scope", EditScope::This.to_string()),
        ("version", session.version.to_string()),
    ];
    let known = |name: &str| sent.pairs().any(|(sent, _)| sent == name);
    let missing = stored.into_iter().filter(|(name, _)| !known(name)).map(|(name, text)| (name.to_owned(), text));
    Form::of(sent.pairs().map(|(name, text)| (name.to_owned(), text.to_owned())).chain(missing))
}

/// What is to be different; nothing that is as it was, so that a time that comes twice stays the one it is.
fn wish(session: &SessionView, form: &Form, offers: &Offers) -> Option<Value> {
    let stored = filled(session, &Form::default());
    let mut wish = json!({});
    for name in FIELDS.iter().filter(|name| form.get(name).trim() != stored.get(name)) {
        let text = form.get(name).trim();
        wish[*name] = match *name {
            "duration_minutes" => text.parse::<u32>().map_or_else(|_| Value::from(text), Value::from),
            "room_id" if text.is_empty() => Value::Null,
            _ => Value::from(text),
        };
    }
    // A room is told with its site.
    let room = offers.rooms.iter().find(|room| wish["room_id"] == room.id.to_string());
    if let Some(room) = room.filter(|room| Some(room.site_id) != session.site_id) {
        wish["site_id"] = Value::from(room.site_id.to_string());
    }
    let is_asked = wish.as_object().is_some_and(|wish| !wish.is_empty());
    if !form.get("override_conflict").is_empty() {
        wish["override_conflict"] = Value::from(true);
    }
    if !form.get("reason").trim().is_empty() {
        wish["reason"] = Value::from(form.get("reason").trim());
    }
    is_asked.then_some(wish)
}

/// Does it, or only asks what it would do; none when nothing is to be different.
async fn change(cx: &Cx, session: &SessionView, form: &Form, is_asked: bool) -> Result<Option<EditedSession>, Problem> {
    let offers = groups::pages::offers(cx).await?;
    let Some(wish) = wish(session, form, &offers) else { return Ok(None) };
    let cx = frame::edited(cx.clone(), form);
    let editing = editing(form, is_asked)?;
    let change = parse::<ChangeSession>(wish)?;
    schedule::change_session(&cx, session.id, &editing, &change).await.map(Some)
}

/// Where it goes on: the calendar it was dragged on, else the week it is in.
fn back(form: &Form, session: &SessionView) -> String {
    let back = form.get("back");
    let is_calendar = back == "/calendar" || back.starts_with("/calendar?");
    match is_calendar && !back.chars().any(char::is_control) {
        true => back.to_owned(),
        false => format!("/calendar?view={}&day={}", View::Week, session.local_date),
    }
}

async fn page(
    cx: &Cx,
    session: &SessionView,
    form: &Form,
    outcome: Result<Option<&SeriesChange>, &Problem>,
) -> Result<Page, Problem> {
    let offers = groups::pages::offers(cx).await?;
    let (told, clashes) = match outcome {
        Err(problem) => (told(cx, &offers, problem).await?, problem.code() == "conflict"),
        Ok(Some(change)) if !change.conflicts.is_empty() => (in_the_way(cx, &offers, change).await?, true),
        Ok(_) => (html! {}, false),
    };
    let preview = outcome.ok().flatten();
    let shown = Shown { cx, session, offers: &offers, form, told, clashes, preview };
    let header = PageHeader::new("Move session")
        .crumb("Calendar", back(form, session))
        .crumb(session.title.to_string(), format!("/sessions/{}", session.id));
    let body = html! { (header) div.narrow { (shown.part()) } };
    Ok(frame::page(cx, SECTION, "Move session", body).style("calendar.css"))
}

impl Shown<'_> {
    /// What the calendar's dialog shows of the page.
    fn part(&self) -> Markup {
        html! {
            section #move {
                h2 #move-title { "Move “" (self.session.title) "”" }
                (self.way())
                (self.told)
                (self.whole_form())
            }
        }
    }

    /// From where it is to where it goes.
    fn way(&self) -> Markup {
        let after = self
            .preview
            .and_then(|change| change.changed.iter().find(|one| one.meeting.session_id == Some(self.session.id)));
        let after = after.map(|one| {
            let (from, to) = (
                words::clock(&self.session.zone, &one.meeting.starts_at),
                words::clock(&self.session.zone, &one.meeting.ends_at),
            );
            format!("{}, {from} to {to}", words::short_day(one.meeting.local_date))
        });
        html! {
            p.move-way {
                span { (words::short_day(self.session.local_date)) ", " (words::hours_here(self.cx, self.session)) }
                @if let Some(after) = after { span aria-hidden="true" { " → " } span.vh { " to " } strong { (after) } }
            }
        }
    }

    fn whole_form(&self) -> Markup {
        let none = FieldErrors::new();
        let in_series = self.session.group_id.is_some() && self.session.recurrence_id.is_some();
        let may_override = self.cx.permissions.allows(Permission::SessionOverrideConflict);
        let back = back(self.form, self.session);
        let body = html! {
            (field_row(html! {
                (Field::date_time("starts_at", "Starts").value(self.form.get("starts_at")).required())
                (Field::number("duration_minutes", "Length").value(self.form.get("duration_minutes")).suffix("minutes").min(5).max(720))
            }))
            (Field::select("room_id", "Room", self.rooms()).value(self.form.get("room_id")))
            @if in_series { (which(&as_shown(self.cx, self.form, &none, "", &back))) }
            @if let Some(change) = self.preview { (self.consequence(change)) }
            @if self.clashes && may_override { (over(self.form, &none)) }
            @if self.clashes && !may_override { p.quiet { "Choose another time or room. A manager may move it all the same." } }
            div.form-actions {
                button.btn.btn-primary type="submit" autofocus { "Move session" }
                a.btn.btn-quiet href=(back) data-leaves { "Leave it where it is" }
            }
        };
        let form = ui::Form::post(format!("/sessions/{}/move", self.session.id))
            .id("move-form")
            .hidden("idempotency_key", self.cx.app.clock.secret())
            // Once the reader has been told of it, the next click is for the version that is shown.
            .hidden("version", self.session.version)
            .hidden("back", &back)
            .checked_by_server()
            .body(body);
        html! { (form) }
    }

    fn rooms(&self) -> Vec<Choice> {
        let named = self.offers.rooms.iter().map(|room| {
            let site = words::site(self.offers, Some(room.site_id)).unwrap_or_default();
            Choice::new(room.id.to_string(), room.name.to_string()).group(site)
        });
        std::iter::once(Choice::new("", "No room")).chain(named).collect()
    }

    /// What else changes, and who is told.
    fn consequence(&self, change: &SeriesChange) -> Markup {
        html! {
            div.move-what {
                @if let Some(words) = &change.words { p { strong { (words) } } }
                p { "If you move it: " (sentence(change)) }
                p.quiet { (who_is_told(change)) }
            }
        }
    }
}

// What was refused ----------------------------------------------------------------------------------------------------

async fn told(cx: &Cx, offers: &Offers, problem: &Problem) -> Result<Markup, Problem> {
    let notice = match problem.code() {
        "stale" => {
            let changes = problem.errors().iter().map(|error| {
                let change = error.message.trim_start_matches("Somebody changed it meanwhile: ");
                format!("{}: {change}", words::capital(error.field.trim_end_matches("_id")))
            });
            let items = named(cx, offers, changes.collect()).await?;
            Notice::new(Tone::Warn, "Somebody else was faster")
                .text("This session has changed since the calendar was loaded. It is shown as it stands now; move it from here if that is still right.")
                .items(items)
        }
        "conflict" => {
            let said = problem.errors().iter().map(|error| clash(&error.field, &error.message));
            Notice::new(Tone::Bad, "The room or a leader is taken").items(named(cx, offers, said.collect()).await?)
        }
        _ if problem.errors().is_empty() => Notice::new(Tone::Bad, problem.title()).text(problem.detail()),
        _ => return Ok(html! { (frame::field_errors(problem)) }),
    };
    Ok(html! { div.told tabindex="-1" data-focus { (notice.flash()) } })
}

async fn in_the_way(cx: &Cx, offers: &Offers, change: &SeriesChange) -> Result<Markup, Problem> {
    let said = change.conflicts.iter().take(NAMED_MAX).map(|conflict| clash(&conflict.field, &conflict.message));
    let more = change.conflicts.len().saturating_sub(NAMED_MAX);
    let mut items = named(cx, offers, said.collect()).await?;
    if more > 0 {
        items.push(format!("and {more} more"));
    }
    Ok(html! { (Notice::new(Tone::Warn, "Something is in the way").items(items)) })
}
