//! `/groups`: the list, and the form for making and changing one.

use ::rules::{
    groups::{EnrollmentMode, GroupType, LeaderRule, Modality, Promotion, WhenFull},
    id::GroupId,
    permissions::Permission,
};
use axum::{
    extract::RawQuery,
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use maud::Markup;

use super::{
    actions::{self, ChangeGroup, GroupView, ListGroups, NewGroup},
    store,
    view::{self, Held, Offers},
};
use crate::{
    door::Cx,
    frame,
    http::{
        PageRouter,
        extract::{At, Query},
        form::{As, Form},
    },
    problem::Problem,
    shell::ui::{Button, FieldErrors, PageHeader},
    templates::actions::group_sessions::{self as templates, offered},
};

/// The routes of the room.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/groups", get(list))
        .route("/groups/new", get(new).post(create))
        .route("/groups/{id}/edit", get(edit).post(change))
        .route("/groups/{id}/archive", post(archive))
        .route("/groups/{id}/restore", post(restore))
}

/// What forms about groups offer to choose from.
///
/// # Errors
/// When the database can't answer.
pub async fn offers(cx: &Cx) -> Result<Offers, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let (practitioners, sites, rooms) = store::offers(scope).await?;
            Ok(Offers { practitioners, sites, rooms })
        })
    })
    .await
}

async fn list(
    cx: Cx,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
    Query(list): Query<ListGroups>,
) -> Result<Response, Problem> {
    let page = actions::list(&cx, &list).await?;
    let chosen = [
        ("q", list.q.as_deref().unwrap_or_default()),
        ("type", list.r#type.map_or("", GroupType::as_str)),
        ("status", list.status.map_or("", actions::StatusFilter::as_str)),
    ];
    let more =
        page.next.as_ref().map(|cursor| format!("/groups?{}", with_cursor(raw.as_deref().unwrap_or_default(), cursor)));
    let may_create = cx.permissions.allows(Permission::GroupCreate);
    let body = view::list(&page, &chosen, &offers(&cx).await?, may_create, more.as_deref());
    Ok(frame::show(&headers, frame::page(&cx, "groups", "Groups", body)))
}

/// The same filters, further on.
fn with_cursor(query: &str, cursor: &str) -> String {
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    kept.map(str::to_owned).chain([format!("cursor={cursor}")]).collect::<Vec<_>>().join("&")
}

const FIELDS: &[(&str, As)] = &[
    ("name", As::Text),
    ("type", As::Text),
    ("when_full", As::Text),
    ("promotion", As::Text),
    ("offer_hold_hours", As::NumberIfAny),
    ("enrollment_mode", As::Text),
    ("leader_rule", As::Text),
    ("modality", As::Text),
    ("is_part2", As::Truth),
    ("co_facilitator_ids", As::List),
];
/// Left out when empty for a new group, cleared when empty for a change.
const CLEARED: &[&str] =
    &["min_participants", "max_participants", "facilitator_id", "site_id", "room_id", "template_id"];

fn fields(is_new: bool) -> Vec<(&'static str, As)> {
    let kind = |name: &'static str| match name {
        "min_participants" | "max_participants" if !is_new => As::Number,
        "min_participants" | "max_participants" => As::NumberIfAny,
        _ if is_new => As::Text,
        _ => As::Clearable,
    };
    let cleared = CLEARED.iter().map(|name| (*name, kind(name)));
    let description = if is_new { As::Text } else { As::Blank };
    let rest = [("description", description), ("duration_minutes", As::NumberIfAny)];
    FIELDS.iter().copied().chain(cleared).chain(rest).collect()
}

fn header(title: &str, crumb: Option<(&str, String)>) -> PageHeader {
    let header = PageHeader::new(title).crumb("Groups", "/groups");
    match crumb {
        Some((label, href)) => header.crumb(label, href),
        None => header,
    }
}

async fn new(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    cx.require(Permission::GroupCreate).await?;
    let templates = offered(&cx).await?;
    let has_templates = !templates.is_empty();
    let defaults = |name: &str| {
        let text = match name {
            "type" => GroupType::Therapy.as_str(),
            "when_full" => WhenFull::Waitlist.as_str(),
            "promotion" => Promotion::Auto.as_str(),
            "offer_hold_hours" => "48",
            "enrollment_mode" => EnrollmentMode::Open.as_str(),
            "leader_rule" => LeaderRule::Fixed.as_str(),
            "modality" => Modality::InPerson.as_str(),
            "max_participants" => "12",
            // Left empty, it is as the template says.
            "duration_minutes" if has_templates => "",
            "duration_minutes" => "60",
            _ => "",
        };
        text.to_owned()
    };
    let held = Held { value: &defaults, co: Vec::new(), templates };
    let body = new_form(&cx, &held, &FieldErrors::new()).await?;
    Ok(frame::show(&headers, frame::page(&cx, "groups", "New group", body)))
}

async fn new_form(cx: &Cx, held: &Held<'_>, errors: &FieldErrors) -> Result<Markup, Problem> {
    let offers = offers(cx).await?;
    let form = view::form("/groups/new", &cx.app.clock.secret(), None, held, &offers, errors);
    Ok(maud::html! { (header("New group", None)) (form) })
}

async fn create(cx: Cx, form: Form) -> Result<Response, Problem> {
    let made = match form.read::<NewGroup>(&fields(true)) {
        Ok(new) => actions::create(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(view) => Ok(frame::done(&format!("/groups/{}", view.group.id), "The group is made. Add its members next.")),
        Err(problem) if problem.is_about_input() => {
            let typed = |name: &str| form.get(name).to_owned();
            let co = form.all("co_facilitator_ids").map(str::to_owned).collect();
            let held = Held { value: &typed, co, templates: offered(&cx).await? };
            let body = new_form(&cx, &held, &frame::field_errors(&problem)).await?;
            Ok(frame::refused(&problem, frame::page(&cx, "groups", "New group", body)))
        }
        Err(problem) => Err(problem),
    }
}

async fn edit(cx: Cx, headers: HeaderMap, At(id): At<GroupId>) -> Result<Response, Problem> {
    cx.require(Permission::GroupUpdate).await?;
    let view = actions::show(&cx, id).await?;
    let stored = |name: &str| stored(&view, name);
    let co = view.co_facilitator_ids.iter().map(ToString::to_string).collect();
    let held = Held { value: &stored, co, templates: offered_to(&cx, &view).await? };
    let body = edit_form(&cx, &view, &held, &FieldErrors::new()).await?;
    Ok(frame::show(&headers, frame::page(&cx, "groups", "Edit group", body)))
}

/// The templates a group may have: those in use, and the one that it has.
async fn offered_to(cx: &Cx, view: &GroupView) -> Result<Vec<(String, String)>, Problem> {
    let mut list = offered(cx).await?;
    if let Some(id) = view.group.template_id
        && list.iter().all(|(known, _)| *known != id.to_string())
    {
        let own = templates::show(cx, id).await?;
        list.push((id.to_string(), format!("{} (archived)", own.settings.title)));
    }
    Ok(list)
}

fn stored(view: &GroupView, name: &str) -> String {
    let group = &view.group;
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    match name {
        "name" => group.name.to_string(),
        "type" => group.r#type.to_string(),
        "description" => group.description.to_string(),
        "min_participants" => number(group.min_participants),
        "max_participants" => number(group.max_participants),
        "when_full" => group.when_full.to_string(),
        "promotion" => group.promotion.to_string(),
        "offer_hold_hours" => group.offer_hold_hours.to_string(),
        "enrollment_mode" => group.enrollment_mode.to_string(),
        // What follows from there being no facilitator is nobody's choice: it ends when one is named.
        "leader_rule" if group.facilitator_id.is_none() && group.leader_rule == LeaderRule::Starter => {
            LeaderRule::Fixed.to_string()
        }
        "leader_rule" => group.leader_rule.to_string(),
        "modality" => group.modality.to_string(),
        "facilitator_id" => group.facilitator_id.map(|id| id.to_string()).unwrap_or_default(),
        "site_id" => group.site_id.map(|id| id.to_string()).unwrap_or_default(),
        "room_id" => group.room_id.map(|id| id.to_string()).unwrap_or_default(),
        "duration_minutes" => group.duration_minutes.to_string(),
        "template_id" => group.template_id.map(|id| id.to_string()).unwrap_or_default(),
        "is_part2" if group.is_part2 => "on".to_owned(),
        _ => String::new(),
    }
}

async fn edit_form(cx: &Cx, view: &GroupView, held: &Held<'_>, errors: &FieldErrors) -> Result<Markup, Problem> {
    let offers = offers(cx).await?;
    let here = format!("/groups/{}", view.group.id);
    let action = format!("{here}/edit");
    let form = view::form(&action, &cx.app.clock.secret(), Some(view.group.version), held, &offers, errors);
    Ok(maud::html! { (header("Edit group", Some((&view.group.name, here)))) (form) })
}

async fn change(cx: Cx, At(id): At<GroupId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let waited = actions::show(&cx, id).await?.seats.waiting;
    let changed = match form.read::<ChangeGroup>(&fields(false)) {
        Ok(change) => actions::change(&cx, id, &change).await,
        Err(problem) => Err(problem),
    };
    match changed {
        Ok(_) => {
            let wait = actions::show(&cx, id).await?.seats.waiting;
            let message = match waited.saturating_sub(wait) {
                0 => "The group is changed.".to_owned(),
                1 => "The group is changed. The first on the waitlist has a seat or is offered one now.".to_owned(),
                more => {
                    format!("The group is changed. {more} people from the waitlist have seats or are offered them now.")
                }
            };
            Ok(frame::done(&format!("/groups/{id}"), &message))
        }
        Err(problem) if problem.is_about_input() => {
            let view = actions::show(&cx, id).await?;
            let typed = |name: &str| form.get(name).to_owned();
            let co = form.all("co_facilitator_ids").map(str::to_owned).collect();
            let held = Held { value: &typed, co, templates: offered_to(&cx, &view).await? };
            let body = edit_form(&cx, &view, &held, &frame::field_errors(&problem)).await?;
            Ok(frame::refused(&problem, frame::page(&cx, "groups", "Edit group", body)))
        }
        Err(problem) => Err(problem),
    }
}

async fn archive(cx: Cx, At(id): At<GroupId>) -> Result<Response, Problem> {
    actions::archive(&cx, id).await?;
    let message = "The group is archived. Everything stays readable; you can restore it.";
    Ok(frame::done(&format!("/groups/{id}"), message))
}

async fn restore(cx: Cx, At(id): At<GroupId>) -> Result<Response, Problem> {
    actions::restore(&cx, id).await?;
    Ok(frame::done(&format!("/groups/{id}"), "The group runs again."))
}

/// A button that leads to the form of a group.
pub fn edit_button(id: GroupId) -> Button {
    Button::secondary("Edit").href(format!("/groups/{id}/edit"))
}
