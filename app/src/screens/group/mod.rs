//! The group page: who has a seat, who waits and why, who was here; adding and removing people.

mod member;
mod on_day;
mod schedule;
mod view;

use ::rules::{id::GroupId, permissions::Permission, roster::Person, text::Text};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::tz::TimeZone;
use maud::Render as _;

pub use view::FoundPerson;

use crate::{
    door::Cx,
    frame,
    groups::{self, actions::GroupView, view::Offers},
    http::{
        PageRouter,
        extract::At,
        form::{As, Form},
    },
    paging::Limit,
    people::actions::{
        guests::{self, ListGuests},
        patients::{self, ListPatients},
    },
    problem::Problem,
    roster::actions::{self as roster, ListMembers, MemberFilter, MemberView, NewMember},
};

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/groups/{id}", get(show))
        .route("/groups/{id}/past", get(past))
        .route("/groups/{id}/schedule", get(schedule::show).post(schedule::save))
        .route("/groups/{id}/schedule/preview", post(schedule::preview))
        .route("/groups/{id}/schedule/fill", post(schedule::fill))
        .route("/groups/{id}/add", get(find).post(found))
        .route("/groups/{id}/members", post(add))
        .route("/groups/{id}/on", get(on_day::show))
        .route("/groups/{id}/members/{member_id}", get(member::show))
        .route("/groups/{id}/members/{member_id}/accept", post(member::accept))
        .route("/groups/{id}/members/{member_id}/decline", post(member::decline))
        .route("/groups/{id}/members/{member_id}/promote", post(member::give))
        .route("/groups/{id}/members/{member_id}/move", post(member::move_to))
        .route("/groups/{id}/members/{member_id}/offer-link", post(member::offer_link))
        .route("/groups/{id}/members/{member_id}/remarks", post(member::remarks))
        .route("/groups/{id}/members/{member_id}/remove", post(member::remove))
}

/// Members on the page: a roster is read whole.
const MEMBERS_MAX: usize = 200;
/// People a search offers.
const FOUND_MAX: usize = 20;

/// What the caller may do with the roster.
#[derive(Clone, Copy)]
pub struct May {
    /// Add people.
    pub add: bool,
    /// Remove people.
    pub remove: bool,
    /// Change the group.
    pub update: bool,
    /// Archive and restore it.
    pub archive: bool,
    /// Add beyond the capacity.
    pub over: bool,
    /// Take its roster and sessions away as files.
    pub export: bool,
    /// See its sessions.
    pub sessions: bool,
    /// Say when it meets, and schedule sessions.
    pub schedule: bool,
    /// Cancel sessions.
    pub cancel: bool,
}

impl May {
    fn of(cx: &Cx) -> Self {
        let allows = |permission| cx.permissions.allows(permission);
        Self {
            add: allows(Permission::GroupMemberAdd),
            remove: allows(Permission::GroupMemberRemove),
            update: allows(Permission::GroupUpdate),
            archive: allows(Permission::GroupDelete),
            over: allows(Permission::GroupCapacityOverride),
            export: allows(Permission::ExportRun),
            sessions: allows(Permission::GroupEncounterRead),
            schedule: allows(Permission::SessionSchedule),
            cancel: allows(Permission::SessionCancel),
        }
    }
}

/// The zone of the group's days: its site's, else the organization's.
fn zone(cx: &Cx, group: &GroupView, offers: &Offers) -> TimeZone {
    let site = offers.sites.iter().find(|site| Some(site.id) == group.group.site_id);
    TimeZone::get(site.map_or(&cx.organization.zone, |site| &site.zone)).unwrap_or(TimeZone::UTC)
}

async fn members(cx: &Cx, group: GroupId, status: Option<MemberFilter>) -> Result<Vec<MemberView>, Problem> {
    let limit = Some(Limit(MEMBERS_MAX));
    Ok(roster::list(cx, group, &ListMembers { limit, status, ..ListMembers::default() }).await?.items)
}

async fn page(cx: &Cx, group: GroupId) -> Result<(GroupView, maud::Markup), Problem> {
    let group = groups::actions::show(cx, group).await?;
    let live = members(cx, group.group.id, None).await?;
    let offers = groups::pages::offers(cx).await?;
    let line = roster::waitlist(cx, group.group.id).await?;
    let (zone, may, key) = (zone(cx, &group, &offers), May::of(cx), cx.app.clock.secret());
    let shown = view::Shown {
        group: &group,
        live: &live,
        line: &line,
        offers: &offers,
        zone: &zone,
        may,
        key: &key,
        now: cx.now(),
    };
    let body = shown.roster();
    Ok((group, body))
}

async fn show(cx: Cx, headers: HeaderMap, At(group): At<GroupId>) -> Result<Response, Problem> {
    let (group, body) = page(&cx, group).await?;
    Ok(frame::show(&headers, frame::page(&cx, "groups", group.group.name.to_string(), body)))
}

async fn past(cx: Cx, headers: HeaderMap, At(group): At<GroupId>) -> Result<Response, Problem> {
    let group = groups::actions::show(&cx, group).await?;
    let mut gone = Vec::new();
    for status in [MemberFilter::Left, MemberFilter::Declined, MemberFilter::Expired] {
        gone.extend(members(&cx, group.group.id, Some(status)).await?);
    }
    gone.sort_by_key(|one| (std::cmp::Reverse(one.member.left_at), one.member.id));
    let offers = groups::pages::offers(&cx).await?;
    let body = view::past(&group, &gone, &offers, &zone(&cx, &group, &offers), May::of(&cx), &cx.app.clock.secret());
    Ok(frame::show(&headers, frame::page(&cx, "groups", group.group.name.to_string(), body)))
}

async fn find(cx: Cx, headers: HeaderMap, At(group): At<GroupId>) -> Result<Response, Problem> {
    cx.require(Permission::GroupMemberAdd).await?;
    let group = groups::actions::show(&cx, group).await?;
    let body = view::find(&group, "", None, May::of(&cx), &cx.app.clock.secret(), None);
    Ok(frame::show(&headers, frame::page(&cx, "groups", "Add members", body)))
}

/// A POST, so that no name is ever in an address.
async fn found(cx: Cx, At(group): At<GroupId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::GroupMemberAdd).await?;
    let question = form.get("q").trim();
    let group = groups::actions::show(&cx, group).await?;
    let found = view::Found {
        people: people_found(&cx, question).await?,
        members: members(&cx, group.group.id, None).await?.iter().filter_map(|view| view.member.person()).collect(),
    };
    let body = view::find(&group, question, Some(&found), May::of(&cx), &cx.app.clock.secret(), None);
    Ok(frame::page(&cx, "groups", "Add members", body).render().into_response())
}

const PERSON: &[(&str, As)] = &[
    ("patient_id", As::Text),
    ("guest_id", As::Text),
    ("on_full", As::Text),
    ("reason", As::Text),
    ("notes", As::Text),
];

async fn add(cx: Cx, At(group): At<GroupId>, form: Form) -> Result<Response, Problem> {
    let added = match form.read::<NewMember>(PERSON) {
        Ok(new) => roster::add(&cx, group, &new).await,
        Err(problem) => Err(problem),
    };
    match added {
        Ok(member) => Ok(frame::done(&format!("/groups/{group}"), &outcome(&member))),
        Err(problem) if problem.is_about_input() => {
            let group = groups::actions::show(&cx, group).await?;
            let body = view::find(&group, "", None, May::of(&cx), &cx.app.clock.secret(), Some(&problem));
            Ok(frame::refused(&problem, frame::page(&cx, "groups", "Add members", body)))
        }
        Err(problem) => Err(problem),
    }
}

/// What to say of a person who was added. Names stay out of messages that travel in a cookie.
fn outcome(member: &MemberView) -> String {
    match member.waitlist_position {
        Some(position) => format!("All seats are taken: put on the waitlist at position {position}."),
        None => "Added to the group.".to_owned(),
    }
}

/// Patients and guests whom the words fit. An empty question finds nobody: a list of everybody helps nobody.
///
/// # Errors
/// 403, 422 for words that can't be.
pub async fn people_found(cx: &Cx, question: &str) -> Result<Vec<FoundPerson>, Problem> {
    if question.is_empty() {
        return Ok(Vec::new());
    }
    let q = Text::parse(question).map_err(|error| Problem::invalid_field("q", "invalid", error.to_string()))?;
    let (q, limit) = (Some(q), Some(Limit(FOUND_MAX)));
    let mut found = Vec::new();
    if cx.permissions.allows(Permission::PatientRead) {
        let list = ListPatients { q: q.clone(), limit, ..ListPatients::default() };
        found.extend(patients::list_patients(cx, &list).await?.items.iter().map(FoundPerson::patient));
    }
    let list = ListGuests { q, limit, ..ListGuests::default() };
    found.extend(guests::list_guests(cx, &list).await?.items.iter().map(FoundPerson::guest));
    Ok(found)
}

/// How a person is named in a hidden field.
pub fn field_of(person: Person) -> (&'static str, String) {
    match person {
        Person::Patient(id) => ("patient_id", id.to_string()),
        Person::Guest(id) => ("guest_id", id.to_string()),
    }
}
