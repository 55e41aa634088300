//! `/sessions/cancel`: cancelling every scheduled session of some days, after a look at which they are.

use ::rules::{id::GroupId, permissions::Permission};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use deserr::Deserr;
use maud::{Markup, Render as _, html};

use super::words;
use crate::{
    door::Cx,
    frame::{
        self,
        form::{Filled, filled, with_none},
    },
    groups::{self, actions::ListGroups},
    http::{
        PageRouter,
        extract::{FieldErrors as Bad, Query},
        form::{As, Form},
    },
    paging::Limit,
    problem::Problem,
    sessions::actions::{self, CancelMany, CancelledMany, CancelledSession},
    shell::{
        layout::Page,
        ui::{self, Button, Card, Choice, Field, FieldErrors, Notice, PageHeader, Tone, field_row, form_actions},
    },
};

/// Groups that the form offers.
const GROUPS_MAX: usize = 200;
/// Sessions a preview names one by one; it counts them all.
const NAMED_MAX: usize = 40;

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/sessions/cancel", get(show).post(cancel))
        .route("/sessions/cancel/preview", axum::routing::post(preview))
}

/// What the form begins with.
#[derive(Debug, Default, Deserr)]
#[deserr(error = Bad, deny_unknown_fields)]
struct For {
    #[deserr(default)]
    group_id: Option<GroupId>,
}

const FIELDS: &[(&str, As)] = &[
    ("date_from", As::Text),
    ("date_to", As::Text),
    ("group_id", As::Text),
    ("site_id", As::Text),
    ("practitioner_id", As::Text),
    ("room_id", As::Text),
    ("reason", As::Text),
];

/// What is shown: what was typed, what was refused, what would be cancelled.
struct Typed<'a> {
    form: &'a Form,
    errors: &'a FieldErrors,
    preview: Option<&'a CancelledMany>,
}

async fn show(cx: Cx, headers: HeaderMap, Query(wish): Query<For>) -> Result<Response, Problem> {
    cx.require(Permission::SessionCancel).await?;
    let today = cx.today().to_string();
    let group = wish.group_id.map(|id| id.to_string()).unwrap_or_default();
    let form = Form::of([("date_from", today.clone()), ("date_to", today), ("group_id", group)]);
    let typed = Typed { form: &form, errors: &FieldErrors::new(), preview: None };
    Ok(frame::show(&headers, page(&cx, &typed).await?))
}

async fn preview(cx: Cx, form: Form) -> Result<Response, Problem> {
    let asked = match form.read::<CancelMany>(FIELDS) {
        Ok(wanted) => actions::cancel_many(&cx, &wanted, true).await,
        Err(problem) => Err(problem),
    };
    match asked {
        Ok(found) => {
            let typed = Typed { form: &form, errors: &FieldErrors::new(), preview: Some(&found) };
            Ok(page(&cx, &typed).await?.render().into_response())
        }
        Err(problem) => refused(&cx, &form, problem).await,
    }
}

async fn cancel(cx: Cx, form: Form) -> Result<Response, Problem> {
    let done = match form.read::<CancelMany>(FIELDS) {
        Ok(wanted) => actions::cancel_many(&cx, &wanted, false).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(done) => Ok(frame::done("/sessions", &format!("Cancelled: {}.", counted(done.count)))),
        Err(problem) => refused(&cx, &form, problem).await,
    }
}

async fn refused(cx: &Cx, form: &Form, problem: Problem) -> Result<Response, Problem> {
    let problem = frame::form::shown_again(problem)?;
    let errors = frame::field_errors(&problem);
    let page = page(cx, &Typed { form, errors: &errors, preview: None }).await?;
    Ok(frame::refused(&problem, page))
}

fn counted(count: usize) -> String {
    if count == 1 { "1 session".to_owned() } else { format!("{count} sessions") }
}

async fn page(cx: &Cx, typed: &Typed<'_>) -> Result<Page, Problem> {
    let offers = groups::pages::offers(cx).await?;
    let list = ListGroups { limit: Some(Limit(GROUPS_MAX)), ..ListGroups::default() };
    let groups = groups::actions::list(cx, &list).await?.items;
    let groups = groups.iter().map(|view| (view.group.id.to_string(), view.group.name.to_string()));
    let sites = offers.sites.iter().map(|site| (site.id.to_string(), site.name.to_string()));
    let leaders = offers.practitioners.iter().map(|who| (who.id.to_string(), who.display_name()));
    let rooms = offers.rooms.iter().map(|room| {
        let site = words::site(&offers, Some(room.site_id)).unwrap_or_default();
        Choice::new(room.id.to_string(), room.name.to_string()).group(site)
    });
    let rooms: Vec<Choice> = std::iter::once(Choice::new("", "Every room")).chain(rooms).collect();
    let form = filled(cx, typed.form, typed.errors, "/sessions/cancel", "/sessions");
    let fields = html! {
        (field_row(html! {
            (form.fill("date_from", Field::date("date_from", "From")).required())
            (form.fill("date_to", Field::date("date_to", "Up to and with")).required())
        }))
        (form.fill("group_id", Field::select("group_id", "Group", with_none("Every group", groups))))
        (form.fill("practitioner_id", Field::select("practitioner_id", "Led by", with_none("Anybody", leaders))))
        (field_row(html! {
            (form.fill("site_id", Field::select("site_id", "Site", with_none("Every site", sites))))
            (form.fill("room_id", Field::select("room_id", "Room", rooms)))
        }))
        (form.text("reason", "Reason").hint("Each session keeps it.").max_length(500))
    };
    let body = html! {
        (PageHeader::new("Cancel several sessions").crumb("Sessions", "/sessions"))
        div.narrow {
            (Notice::new(Tone::Warn, "This can’t be undone.")
                .text("Only sessions that have not begun are cancelled. One that is cancelled stays so; schedule a new one instead."))
            (whole_form(&form, fields))
            div #preview { @if let Some(found) = typed.preview { (listed(found)) } }
        }
    };
    Ok(frame::page(cx, "sessions", "Cancel several sessions", body))
}

fn whole_form(form: &Filled<'_>, fields: Markup) -> ui::Form {
    let buttons = html! {
        (Button::secondary("Show which").formaction("/sessions/cancel/preview").live("#preview"))
        (Button::danger("Cancel these sessions"))
        (Button::quiet("Back").href(&form.back))
    };
    ui::Form::post(&form.action)
        .hidden("idempotency_key", &form.key)
        .checked_by_server()
        .body(html! { (form.errors) (fields) (form_actions(buttons)) })
}

fn listed(found: &CancelledMany) -> Card {
    let people = match found.participants {
        0 => "Nobody has a place in them.".to_owned(),
        1 => "1 person who has a place is told.".to_owned(),
        more => format!("{more} people who have a place are told."),
    };
    let line = |session: &CancelledSession| {
        let time = session.starts_at.get(11..16).unwrap_or_default();
        format!("{}, {time}: {}", words::short_day(session.local_date), session.title)
    };
    Card::new(format!("{} would be cancelled", counted(found.count))).id("found").body(html! {
        p { (people) }
        ul.dates { @for session in found.sessions.iter().take(NAMED_MAX) { li { (line(session)) } } }
        @if found.count > NAMED_MAX { p.quiet { "and " (found.count - NAMED_MAX) " more" } }
    })
}
