//! Changing a session, or several of its series: what is asked, what it would do, and doing it.

use ::rules::{id::SessionId, permissions::Permission, recurrence::Zone, sessions::SessionStatus};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use maud::{Markup, Render as _, html};

use super::{
    SECTION,
    form::{place, time},
    leaders::{self, over},
};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{Filled, filled},
    },
    groups::{self, view::Offers},
    http::{
        extract::{At, Truth, parse},
        form::{As, Form},
    },
    problem::Problem,
    schedule::{EditedSession, Kept, KeptMeeting, Meeting, MovedMeeting, SeriesChange, actions as schedule},
    screens::{naming, words},
    sessions::{
        actions,
        answers::SessionView,
        inputs::{ChangeSession, EditScope, Editing},
    },
    shell::{
        layout::Page,
        ui::{
            self, Button, Card, Choice, Field, FieldErrors, Icon, Notice, PageHeader, Tone, fieldset, form_actions,
            quiet,
        },
    },
};

/// Sessions that a preview names one by one; it counts them all.
const NAMED_MAX: usize = 12;

const CHANGE: &[(&str, As)] = &[
    ("title", As::Blank),
    ("topic", As::Clearable),
    ("starts_at", As::Text),
    ("duration_minutes", As::NumberIfAny),
    ("site_id", As::Clearable),
    ("room_id", As::Clearable),
    ("modality", As::Text),
    ("max_capacity", As::NumberIfAny),
    ("service_kind", As::Text),
    ("service_type", As::Clearable),
    ("override_conflict", As::TruthIfAny),
    ("reason", As::Text),
];

fn stored(session: &SessionView) -> Form {
    let text = |text: Option<String>| text.unwrap_or_default();
    let starts_at = words::local(&session.zone, &session.starts_at);
    let fields = [
        ("title", session.title.to_string()),
        ("topic", text(session.topic.as_ref().map(ToString::to_string))),
        ("starts_at", text(starts_at.map(|at| at.strftime("%Y-%m-%dT%H:%M").to_string()))),
        ("duration_minutes", session.duration_minutes.to_string()),
        ("site_id", text(session.site_id.map(|id| id.to_string()))),
        ("room_id", text(session.room_id.map(|id| id.to_string()))),
        ("modality", session.modality.to_string()),
        ("max_capacity", session.max_capacity.to_string()),
        ("service_kind", session.service_kind.to_string()),
        ("service_type", text(session.service_type.as_ref().map(ToString::to_string))),
        ("scope", EditScope::This.to_string()),
        ("version", session.version.to_string()),
    ];
    Form::of(fields.into_iter().chain(leaders::stored(session)))
}

/// What is shown: what was typed, what was refused, what it would do.
struct Typed<'a> {
    form: &'a Form,
    errors: &'a FieldErrors,
    preview: Option<&'a SeriesChange>,
}

async fn page(cx: &Cx, session: &SessionView, typed: &Typed<'_>) -> Result<Page, Problem> {
    let offers = groups::pages::offers(cx).await?;
    let here = format!("/sessions/{}", session.id);
    let form = filled(cx, typed.form, typed.errors, &format!("{here}/edit"), &here);
    let in_series = session.group_id.is_some() && session.recurrence_id.is_some();
    let fields = html! {
        @if in_series { (which(&form)) }
        @else if session.group_id.is_some() { (Notice::new(Tone::Info, "Only this session changes.").text("It was scheduled by itself, and belongs to no series.")) }
        (fieldset("What it is about", None, html! { (form.text("title", "Title").required()) (form.text("topic", "Topic")) }))
        (fieldset("When", None, time(&form)))
        (fieldset("Where and how", None, place(&form, &offers, false)))
        // Once it has begun, one by one on the page of its leaders: somebody is always there.
        @if session.status == SessionStatus::Scheduled { (fieldset("Who leads it", None, leaders::fields(&form, session, &offers))) }
        @if cx.permissions.allows(Permission::SessionOverrideConflict) { (fieldset("If something is taken", None, over(form.form, form.errors))) }
    };
    let in_the_way = match typed.preview {
        Some(change) => in_the_way(cx, &offers, change).await?,
        None => Vec::new(),
    };
    let header = PageHeader::new("Edit session")
        .crumb("Today", format!("/today?day={}", session.local_date))
        .crumb(session.title.to_string(), here.clone())
        .fact(Icon::Clock, words::when(cx, session));
    let body = html! {
        (header)
        div.narrow {
            (whole_form(&form, fields))
            div #preview { @if let Some(change) = typed.preview { (preview_of(&session.zone, change, in_the_way)) } }
        }
    };
    Ok(frame::page(cx, SECTION, "Edit session", body))
}

/// The form with both buttons: see what it does, and do it.
fn whole_form(form: &Filled<'_>, fields: Markup) -> ui::Form {
    let buttons = html! {
        (Button::primary("Save changes"))
        (Button::secondary("Preview").formaction(format!("{}/preview", form.action)).live("#preview"))
        (Button::quiet("Cancel").href(&form.back))
    };
    ui::Form::post(&form.action)
        .hidden("idempotency_key", &form.key)
        .hidden("version", form.form.get("version"))
        .checked_by_server()
        .body(html! { (form.errors) (fields) (form_actions(buttons)) })
}

/// Which sessions of the series the change is for.
pub fn which(form: &Filled<'_>) -> Markup {
    let choices = [
        Choice::new(EditScope::This.as_str(), "This one")
            .hint("From then on the schedule of the group leaves this session alone."),
        Choice::new(EditScope::Following.as_str(), "This one and all after it")
            .hint("The group meets at the new time or place from this session on. What was before stays."),
        Choice::new(EditScope::All.as_str(), "All that are to come")
            .hint("Every session of the group that has not begun. What somebody changed by hand stays as it is."),
    ];
    let field = form.fill("scope", Field::radios("scope", "Which sessions", choices));
    fieldset("Which sessions change", None, html! { (field) })
}

/// How the change is meant, as the API's own query would say it; a scope that is none is refused.
pub fn editing(form: &Form, is_asked: bool) -> Result<Editing, Problem> {
    let said = form.read::<Editing>(&[("scope", As::Text)])?;
    Ok(Editing { dry_run: is_asked.then_some(Truth(true)), ..said })
}

async fn changed(cx: &Cx, id: SessionId, form: &Form, is_asked: bool) -> Result<EditedSession, Problem> {
    let mut wish = form.json(CHANGE);
    if let Some(leaders) = leaders::wish(&actions::show(cx, id).await?, form) {
        wish["leaders"] = leaders;
    }
    let change = parse::<ChangeSession>(wish)?;
    schedule::change_session(cx, id, &editing(form, is_asked)?, &change).await
}

async fn refused(cx: &Cx, id: SessionId, form: &Form, problem: Problem) -> Result<Response, Problem> {
    let problem = frame::form::shown_again(problem)?;
    let session = actions::show(cx, id).await?;
    let offers = groups::pages::offers(cx).await?;
    let errors = naming::errors(cx, &offers, &problem, "leader_id").await?;
    let page = page(cx, &session, &Typed { form, errors: &errors, preview: None }).await?;
    Ok(frame::refused(&problem, page))
}

/// The form for changing a session.
pub async fn edit(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    cx.require(Permission::SessionSchedule).await?;
    let session = actions::show(&cx, id).await?;
    let typed = Typed { form: &stored(&session), errors: &FieldErrors::new(), preview: None };
    Ok(frame::show(&headers, page(&cx, &session, &typed).await?))
}

/// What the change would do; nothing is changed.
pub async fn preview(cx: Cx, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    match changed(&cx, id, &form, true).await {
        Ok(edited) => {
            let typed = Typed { form: &form, errors: &FieldErrors::new(), preview: edited.change.as_ref() };
            Ok(page(&cx, &edited.session, &typed).await?.render().into_response())
        }
        Err(problem) => refused(&cx, id, &form, problem).await,
    }
}

/// Changes a session, or several.
pub async fn change(cx: Cx, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    match changed(&cx, id, &form, false).await {
        Ok(EditedSession { change: None, .. }) => {
            Ok(frame::done(&format!("/sessions/{id}"), "The session is changed."))
        }
        Ok(EditedSession { change: Some(change), .. }) => {
            Ok(frame::done(&format!("/sessions/{id}"), &format!("Saved: {}", sentence(&change))))
        }
        Err(problem) => refused(&cx, id, &form, problem).await,
    }
}

/// What a change did or would do: `5 sessions change, 1 is made, 2 stay as they are.`
pub fn sentence(change: &SeriesChange) -> String {
    let count = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 session {one}")),
        more => Some(format!("{more} sessions {many}")),
    };
    let parts = [
        count(change.changed.len(), "changes", "change"),
        count(change.created.len(), "is made", "are made"),
        count(change.cancelled.len(), "is cancelled", "are cancelled"),
        count(change.kept.len(), "stays as it is", "stay as they are"),
        count(change.skipped.len(), "is left out: a holiday", "are left out: holidays"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "nothing changes.".to_owned() } else { format!("{}.", parts.join(", ")) }
}

/// Who is told of a change.
pub fn told(change: &SeriesChange) -> String {
    let people = match change.told.participants {
        0 => "nobody has a place in them".to_owned(),
        1 => "1 person who has a place".to_owned(),
        more => format!("{more} people who have a place"),
    };
    let leaders = match change.told.leaders.as_slice() {
        [] => String::new(),
        names => format!("; {} as leaders", names.join(", ")),
    };
    let without = match change.told.not_eligible {
        0 => String::new(),
        1 => " 1 booking is cancelled: not eligible for this session.".to_owned(),
        more => format!(" {more} bookings are cancelled: not eligible for the session."),
    };
    format!("Who is told: {people}{leaders}.{without}")
}

/// What stands in the way of a change, day by day, with names.
async fn in_the_way(cx: &Cx, offers: &Offers, change: &SeriesChange) -> Result<Vec<String>, Problem> {
    let said = change.conflicts.iter().take(NAMED_MAX).map(|conflict| {
        format!("{}: {}", words::short_day(conflict.local_date), naming::clash(&conflict.field, &conflict.message))
    });
    let mut items = naming::named(cx, offers, said.collect()).await?;
    let more = change.conflicts.len().saturating_sub(NAMED_MAX);
    items.extend((more > 0).then(|| format!("and {more} more")));
    Ok(items)
}

/// What saving would do.
fn preview_of(zone: &Zone, change: &SeriesChange, in_the_way: Vec<String>) -> Markup {
    let tone = if change.conflicts.is_empty() { Tone::Info } else { Tone::Warn };
    let first = change.words.clone().unwrap_or_else(|| "This one session".to_owned());
    let notice = Notice::new(tone, first).text(format!("If you save: {}", sentence(change)));
    html! {
        (Card::new("What will change").id("what-changes").body(html! {
            (notice.items(in_the_way))
            p { (told(change)) }
            @if !change.changed.is_empty() {
                h3 { "Sessions that change" }
                ul.dates { @for one in change.changed.iter().take(NAMED_MAX) { li { (moved(zone, one)) } } }
                @if change.changed.len() > NAMED_MAX { p.quiet { "and " (change.changed.len() - NAMED_MAX) " more" } }
            }
            @if !change.skipped.is_empty() {
                h3 { "Left out: holidays" }
                ul.dates { @for one in change.skipped.iter().take(NAMED_MAX) { li { (words::short_day(one.local_date)) " " (quiet(&one.holiday)) } } }
                @if change.skipped.len() > NAMED_MAX { p.quiet { "and " (change.skipped.len() - NAMED_MAX) " more" } }
            }
            @if !change.kept.is_empty() {
                h3 { "Sessions that stay as they are" }
                ul.dates { @for one in change.kept.iter().take(NAMED_MAX) { li { (kept(zone, one)) } } }
            }
        }))
    }
}

fn hours(zone: &Zone, meeting: &Meeting) -> String {
    let (from, to) = (words::clock(zone, &meeting.starts_at), words::clock(zone, &meeting.ends_at));
    format!("{}, {from} to {to}", words::short_day(meeting.local_date))
}

fn moved(zone: &Zone, one: &MovedMeeting) -> Markup {
    let is_moved = (&one.was_starts_at, &one.was_ends_at) != (&one.meeting.starts_at, &one.meeting.ends_at);
    let was = words::local(zone, &one.was_starts_at);
    html! {
        (hours(zone, &one.meeting))
        @if let Some(was) = was.filter(|_| is_moved) { " " (quiet(&format!("was {}, {}", words::short_day(was.date()), was.strftime("%H:%M")))) }
    }
}

fn kept(zone: &Zone, one: &KeptMeeting) -> Markup {
    let why = match one.why {
        Kept::EditedByHand => "changed by hand",
        Kept::Cancelled => "cancelled",
        Kept::Started => "has begun or is over",
        Kept::Past => "its time has come",
    };
    html! { (hours(zone, &one.meeting)) " " (quiet(why)) }
}
