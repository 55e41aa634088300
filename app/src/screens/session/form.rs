//! Scheduling one session: of a group, for one patient, or free-standing.

use ::rules::{
    groups::Modality,
    id::{GroupId, GroupSessionTemplateId, PatientId, PractitionerId, RoomId, SiteId},
    permissions::Permission,
    sessions::ServiceKind,
};
use axum::{http::HeaderMap, response::Response};
use deserr::Deserr;
use jiff::civil::{Date, Time};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{SECTION, leaders::over};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{Filled, filled, with_none},
    },
    groups::{
        self,
        actions::{GroupView, ListGroups},
        view::Offers,
    },
    http::{
        extract::{FieldErrors as Bad, Parsed, Query, parse},
        form::{As, Form},
    },
    paging::Limit,
    people::actions::patients,
    problem::Problem,
    screens::{naming, words},
    sessions::{
        actions,
        inputs::{Day, NewSession},
    },
    shell::{
        layout::Page,
        ui::{Choice, Field, FieldErrors, PageHeader, Person, Width, field_row, fieldset},
    },
    templates::actions::group_sessions::offered,
    when::TimeOfDay,
};

/// Groups that the form offers.
const GROUPS_MAX: usize = 200;

/// What a new session is asked for with.
#[derive(Debug, Default, Deserr)]
#[deserr(error = Bad, deny_unknown_fields)]
pub struct For {
    #[deserr(default)]
    group_id: Option<GroupId>,
    #[deserr(default)]
    patient_id: Option<PatientId>,
    #[deserr(default)]
    day: Option<Parsed<Day>>,
    #[deserr(default)]
    at: Option<Parsed<TimeOfDay>>,
    #[deserr(default)]
    site_id: Option<SiteId>,
    #[deserr(default)]
    room_id: Option<RoomId>,
    #[deserr(default)]
    leader_id: Option<PractitionerId>,
    #[deserr(default)]
    template_id: Option<GroupSessionTemplateId>,
}

/// The form for a new session.
pub async fn new(cx: Cx, headers: HeaderMap, Query(wish): Query<For>) -> Result<Response, Problem> {
    cx.require(Permission::SessionSchedule).await?;
    let group = match wish.group_id {
        Some(id) => Some(groups::actions::show(&cx, id).await?),
        None => None,
    };
    let day = wish.day.map_or_else(|| cx.today(), |Parsed(Day(day))| day);
    let site = match (wish.site_id, wish.room_id) {
        // A room is told with its site.
        (None, Some(id)) => {
            let rooms = groups::pages::offers(&cx).await?.rooms;
            rooms.iter().find(|room| room.id == id).map(|room| room.site_id)
        }
        (site, _) => site,
    };
    let mut form = beginning(&cx, &wish, group.as_ref(), (day, site));
    if wish.patient_id.is_none() && !offered(&cx).await?.is_empty() {
        // Left empty, it is as the template says.
        form.retain(|(name, _)| *name != "duration_minutes");
    }
    let form = Form::of(form);
    Ok(frame::show(&headers, new_page(&cx, &form, &FieldErrors::new()).await?))
}

/// What stands in the form before anybody has typed.
fn beginning(
    cx: &Cx,
    wish: &For,
    group: Option<&GroupView>,
    (day, site): (Date, Option<SiteId>),
) -> Vec<(&'static str, String)> {
    let id = |id: Option<String>| id.unwrap_or_default();
    let minutes = group.map_or(60, |group| group.group.duration_minutes);
    let leader = wish.leader_id.or_else(|| cx.practitioner().filter(|_| group.is_none()));
    let at = wish.at.map_or(Time::constant(9, 0, 0, 0), |at| at.0.0);
    vec![
        ("group_id", id(wish.group_id.map(|id| id.to_string()))),
        ("patient_id", id(wish.patient_id.map(|id| id.to_string()))),
        ("leader_id", id(leader.map(|id| id.to_string()))),
        ("starts_at", format!("{day}T{}", at.strftime("%H:%M"))),
        ("site_id", id(site.map(|id| id.to_string()))),
        ("room_id", id(wish.room_id.map(|id| id.to_string()))),
        ("duration_minutes", minutes.to_string()),
        ("template_id", id(wish.template_id.map(|id| id.to_string()))),
    ]
}

async fn new_page(cx: &Cx, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let offers = groups::pages::offers(cx).await?;
    let patient = match form.get("patient_id").parse::<PatientId>() {
        Ok(id) => Some(patients::patient(cx, id).await?.display_name()),
        Err(_) => None,
    };
    let list = ListGroups { limit: Some(Limit(GROUPS_MAX)), ..ListGroups::default() };
    let groups = if patient.is_none() { groups::actions::list(cx, &list).await?.items } else { Vec::new() };
    let templates = if patient.is_none() { offered(cx).await? } else { Vec::new() };
    let offered = Offered { offers: &offers, groups: &groups, templates: &templates };
    let body = new_body(cx, form, errors, &offered, patient.as_deref());
    Ok(frame::page(cx, SECTION, "New session", body))
}

/// What the form of a new session offers to choose from.
struct Offered<'a> {
    offers: &'a Offers,
    groups: &'a [GroupView],
    templates: &'a [(String, String)],
}

fn new_body(cx: &Cx, form: &Form, errors: &FieldErrors, offered: &Offered<'_>, patient: Option<&str>) -> Markup {
    let back = match (form.get("patient_id"), form.get("group_id")) {
        ("", "") => "/today".to_owned(),
        ("", group) => format!("/groups/{group}"),
        (patient, _) => format!("/patients/{patient}"),
    };
    let form = filled(cx, form, errors, "/sessions/new", &back);
    let title = if patient.is_some() { "New individual session" } else { "New session" };
    let fields = html! {
        (fieldset("Who it is for", None, whom(&form, offered, patient)))
        (fieldset("When", (!offered.templates.is_empty()).then_some("A length left empty: as the template or the group says."), time(&form)))
        (fieldset("Where and who", Some("Left empty: as the group says."), place(&form, offered.offers, true)))
        @if cx.permissions.allows(Permission::SessionOverrideConflict) { (fieldset("If something is taken", None, over(form.form, form.errors))) }
    };
    html! {
        (PageHeader::new(title).crumb("Today", "/today"))
        div.narrow { (form.post("Schedule session", fields)) }
    }
}

fn whom(form: &Filled<'_>, offered: &Offered<'_>, patient: Option<&str>) -> Markup {
    let choices = offered.groups.iter().map(|view| (view.group.id.to_string(), view.group.name.to_string()));
    let choices = with_none("No group: free-standing", choices);
    html! {
        @match patient {
            Some(name) => {
                (Person::new(name))
                input type="hidden" name="patient_id" value=(form.form.get("patient_id"));
            }
            None => {
                (form.fill("group_id", Field::select("group_id", "Group", choices))
                    .hint("For one patient alone: open the patient, and choose New session there."))
            }
        }
        @if !offered.templates.is_empty() {
            (form.fill("template_id", Field::select("template_id", "From a template", with_none("As the group says", offered.templates.iter().cloned())))
                .hint("Gives it its title, topic and length where these are empty, and says which notes it needs."))
        }
        (form.text("title", "Title").hint("Empty: that of the template, or the name of the group."))
        (form.text("topic", "Topic"))
    }
}

pub fn time(form: &Filled<'_>) -> Markup {
    field_row(html! {
        (form.fill("starts_at", Field::date_time("starts_at", "Starts")).required())
        (form.fill("duration_minutes", Field::number("duration_minutes", "Length")).suffix("minutes").min(5).max(720))
    })
}

pub fn place(form: &Filled<'_>, offers: &Offers, is_new: bool) -> Markup {
    let sites = offers.sites.iter().map(|site| (site.id.to_string(), site.name.to_string()));
    let none = if is_new { "As the group says" } else { "None" };
    let rooms = offers.rooms.iter().map(|room| {
        let site = words::site(offers, Some(room.site_id)).unwrap_or_default();
        Choice::new(room.id.to_string(), room.name.to_string()).group(site)
    });
    let rooms: Vec<Choice> = std::iter::once(Choice::new("", none)).chain(rooms).collect();
    let leaders = offers.practitioners.iter().map(|who| (who.id.to_string(), who.display_name()));
    let modalities = Modality::ALL.iter().map(|one| (one.as_str().to_owned(), words::modality(*one).to_owned()));
    let kinds = ServiceKind::ALL.iter().map(|kind| (kind.as_str().to_owned(), words::service_kind(*kind)));
    let usual = |choices: Vec<(String, String)>| {
        if is_new { with_none("As usual", choices) } else { choices.into_iter().map(Choice::from).collect() }
    };
    html! {
        @if is_new { (form.fill("leader_id", Field::select("leader_id", "Primary leader", with_none("As the group says", leaders))).width(Width::Medium)) }
        (field_row(html! {
            (form.fill("site_id", Field::select("site_id", "Site", with_none(none, sites))))
            (form.fill("room_id", Field::select("room_id", "Room", rooms)))
        }))
        (field_row(html! {
            (form.fill("modality", Field::select("modality", "People take part", usual(modalities.collect()))))
            (form.fill("max_capacity", Field::number("max_capacity", "Seats")).min(1))
        }))
        (field_row(html! {
            (form.fill("service_kind", Field::select("service_kind", "Counts as", usual(kinds.collect()))))
            (form.text("service_type", "Service").hint("In the clinic’s own words."))
        }))
    }
}

const NEW: &[(&str, As)] = &[
    ("group_id", As::Text),
    ("patient_id", As::Text),
    ("template_id", As::Text),
    ("title", As::Text),
    ("topic", As::Text),
    ("starts_at", As::Text),
    ("duration_minutes", As::NumberIfAny),
    ("site_id", As::Text),
    ("room_id", As::Text),
    ("modality", As::Text),
    ("max_capacity", As::NumberIfAny),
    ("service_kind", As::Text),
    ("service_type", As::Text),
    ("override_conflict", As::TruthIfAny),
    ("reason", As::Text),
];

/// Schedules a session.
pub async fn create(cx: Cx, form: Form) -> Result<Response, Problem> {
    let made = match parse::<NewSession>(with_leader(&form)) {
        Ok(new) => actions::create(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(session) => Ok(frame::done(&format!("/sessions/{}", session.id), "The session is scheduled.")),
        Err(problem) if problem.is_about_input() => {
            let offers = groups::pages::offers(&cx).await?;
            let errors = naming::errors(&cx, &offers, &problem, "leader_id").await?;
            let page = new_page(&cx, &form, &errors).await?;
            Ok(frame::refused(&problem, page))
        }
        Err(problem) => Err(problem),
    }
}

/// What was sent, with the leader as the API takes it.
fn with_leader(form: &Form) -> Value {
    let mut new = form.json(NEW);
    // What the group's own length is need not be said: a session that says nothing else goes on following its group.
    let leader = form.get("leader_id");
    if !leader.is_empty() {
        new["leaders"] = json!([{ "practitioner_id": leader }]);
    }
    new
}
