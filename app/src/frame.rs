//! The frame of every page of ours: navigation by permission, organization, who is signed in, messages.

pub mod form;

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::{Cookie, SameSite};
use jiff::{Timestamp, civil::Date};
use maud::{Markup, Render as _, html};
use rules::permissions::{Flag, Permission};

use crate::{
    door::{Cx, OpenGlass, Principal},
    http::form::Form,
    problem::Problem,
    record::actions::may_review,
    shell::{
        layout::{NavItem, Page},
        ui::{Button, FieldErrors, Icon, Notice, Tab, Tone, post_button, tabs, time},
    },
};

/// The cookie that carries one message over a redirect.
const FLASH: &str = "convene_flash";

/// A place of the navigation: section, icon, label, address, permission.
type Place = (&'static str, Icon, &'static str, &'static str, Permission);

/// The section of groups: only where there are any.
const GROUPS: &str = "groups";
/// The section of what is still to be documented.
pub const DOCUMENTATION: &str = "documentation";
/// The section of what waits for a review: only for who reviews.
pub const REVIEWS: &str = "reviews";

/// The section of charts that were opened outside the care team.
pub const GLASSES: &str = "break-glass";

const PLACES: &[Place] = &[
    ("today", Icon::Today, "Today", "/today", Permission::GroupEncounterRead),
    ("calendar", Icon::Calendar, "Calendar", "/calendar", Permission::GroupEncounterRead),
    (GROUPS, Icon::Groups, "Groups", "/groups", Permission::GroupRead),
    ("patients", Icon::Patients, "Patients", "/patients", Permission::PatientRead),
    ("sessions", Icon::Clock, "Sessions", "/sessions", Permission::GroupEncounterRead),
    (DOCUMENTATION, Icon::Notes, "Documentation", "/documentation", Permission::GroupEncounterNoteRead),
    (REVIEWS, Icon::Eye, "Reviews", "/reviews", Permission::GroupEncounterNoteRead),
    ("guests", Icon::Guests, "Guests", "/guests", Permission::GroupRead),
    ("staff", Icon::Staff, "Staff", "/staff", Permission::GroupRead),
];

/// Places below the line.
const SECOND: &[Place] = &[
    ("keep-apart", Icon::Lock, "Keep apart", "/keep-apart", Permission::KeepApartManage),
    (GLASSES, Icon::Key, "Broken glass", "/break-glass", Permission::AuditRead),
    ("audit", Icon::Audit, "Audit log", "/audit", Permission::AuditRead),
];

/// The page of the templates.
const TEMPLATES: &str = "/settings/templates";

/// The pages of the settings: label, address, permission.
const SETTINGS: &[(&str, &str, Permission)] = &[
    ("General", "/settings/general", Permission::SettingsManage),
    ("Sites and rooms", "/settings/sites", Permission::SettingsManage),
    ("Consents", "/settings/consents", Permission::SettingsManage),
    ("Users", "/settings/users", Permission::UserManage),
    ("Roles", "/settings/roles", Permission::UserManage),
    ("Templates", TEMPLATES, Permission::TemplateManage),
];

/// A page for who asks.
pub fn page(cx: &Cx, section: &'static str, title: impl Into<String>, body: Markup) -> Page {
    let reviews = may_review(cx).is_ok();
    let is_used = |place: &&Place| match place.0 {
        REVIEWS => reviews,
        GROUPS => cx.request.look.group_sessions,
        GLASSES => cx.request.look.care_team || cx.request.waiting.glasses > 0,
        _ => true,
    };
    let may = |place: &&Place| cx.permissions.allows(place.4) && is_used(place);
    let item =
        |(section, icon, label, href, _): &Place| counted(cx, NavItem::new(section, *icon, *label, *href), section);
    // Whoever may see one page of the settings gets there.
    let first = SETTINGS.iter().find(|place| may_set(cx, place));
    let settings = first.map(|(_, href, _)| NavItem::new("settings", Icon::Settings, "Settings", *href));
    let second = SECOND.iter().filter(may).map(item).chain(settings).map(NavItem::second);
    let nav = PLACES.iter().filter(may).map(item).chain(second).collect();
    let may_search = cx.permissions.allows(Permission::GroupRead) || cx.permissions.allows(Permission::PatientRead);
    let search = may_search.then(|| "/search".to_owned());
    let page = Page::new(title).section(section).nav(nav).organization(&cx.organization.name).search(search).body(body);
    let page = cx.request.glasses.iter().fold(page, |page, glass| page.banner(broken(cx, glass)));
    match &cx.principal {
        Principal::User { name, role_name, .. } => page.user(name, role_name),
        Principal::Link { .. } | Principal::Kiosk(_) | Principal::System(_) => page,
    }
}

/// That a glass is broken: on every page, until it is over.
fn broken(cx: &Cx, glass: &OpenGlass) -> Notice {
    let left = glass.open_until.duration_since(cx.now()).as_secs().saturating_add(59) / 60;
    let until = cx.zone().local(glass.open_until).strftime("%H:%M").to_string();
    let minutes = if left == 1 { "1 minute".to_owned() } else { format!("{left} minutes") };
    let end = Button::secondary("End now").small();
    Notice::new(Tone::Warn, format!("You have broken the glass of {}", glass.mrn))
        .text(format!("Its chart is open to you until {until}, {minutes} left. Everything you read of it is recorded and reviewed."))
        .actions(html! {
            (Button::quiet("Open the chart").small().href(format!("/patients/{}/chart", glass.patient)))
            (post_button(format!("/break-glass/{}/end", glass.id), cx.app.clock.secret(), end))
        })
}

/// Whether the caller may see a page of the settings; a flag opens the templates, too.
fn may_set(cx: &Cx, (_, href, permission): &(&str, &str, Permission)) -> bool {
    let by_flag = *href == TEMPLATES && cx.has_flag(Flag::ManageGroupSessionTemplates);
    by_flag || cx.permissions.allows(*permission)
}

/// A place of the navigation with what waits there for who asks.
fn counted(cx: &Cx, item: NavItem, section: &str) -> NavItem {
    let (count, of_what) = match section {
        DOCUMENTATION => (cx.request.waiting.pressing, "overdue or returned"),
        REVIEWS => (cx.request.waiting.to_review, "to review"),
        GLASSES => (cx.request.waiting.glasses, "to review"),
        _ => (0, ""),
    };
    if count > 0 { item.count(count.into(), of_what) } else { item }
}

/// The pages of the settings that the caller may see, with the current one marked.
pub fn settings_tabs(cx: &Cx, current: &str) -> Markup {
    let pages = SETTINGS.iter().filter(|place| may_set(cx, place));
    let list: Vec<Tab> = pages.map(|(label, href, _)| Tab::new(*label, *href).current(*href == current)).collect();
    tabs("Settings", &list)
}

/// What a problem says of a form's fields, in sentences; of the form as a whole where no field is named.
pub fn field_errors(problem: &Problem) -> FieldErrors {
    said(problem, FieldErrors::new())
}

/// As [`field_errors`], for a form whose fields carry this scope.
pub fn scoped_errors(scope: &str, problem: &Problem) -> FieldErrors {
    said(problem, FieldErrors::scoped(scope))
}

fn said(problem: &Problem, mut errors: FieldErrors) -> FieldErrors {
    // What changed meanwhile stands beside each field; that something did is said first.
    if problem.errors().is_empty() || problem.code() == "stale" {
        errors.add_general(problem.detail());
    }
    for error in problem.errors() {
        errors.add(&error.field, sentence(&error.field, &error.message));
    }
    errors
}

/// As [`field_errors`], for a page that calls its fields otherwise than the API: by their names and labels.
pub fn labelled_errors(labels: &[(&str, &str)], problem: &Problem) -> FieldErrors {
    let mut errors = FieldErrors::new();
    if problem.errors().is_empty() {
        errors.add_general(problem.detail());
    }
    for error in problem.errors() {
        errors.add(&error.field, labelled_sentence(labels, &error.field, &error.message));
    }
    errors
}

/// As [`sentence`], with what the page calls the field: by the last part of its name.
pub fn labelled_sentence(labels: &[(&str, &str)], field: &str, message: &str) -> String {
    let last = field.rsplit('.').next().unwrap_or(field);
    match labels.iter().find(|(name, _)| *name == last) {
        Some((_, label)) => format!("“{label}” {}.", plain(message)),
        None => sentence(field, message),
    }
}

/// A message of the API without its marks: "is required with `date_to`" as "is required with date to".
fn plain(message: &str) -> String {
    let parts = message.trim_end_matches('.').split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { part.replace('_', " ") } else { part.to_owned() }).collect()
}

/// `primary_therapist_id` and "is required" as "Primary therapist is required."
pub fn sentence(field: &str, message: &str) -> String {
    let last = field.rsplit('.').next().unwrap_or(field);
    let words = match last.strip_suffix("_id").unwrap_or(last) {
        "mrn" => "MRN".to_owned(),
        "npi" => "NPI".to_owned(),
        "email" => "e-mail".to_owned(),
        name => name.replace('_', " "),
    };
    let mut letters = words.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{} {}.", letters.as_str(), plain(message))
}

/// A day as people read it: `25 Apr 1970`.
pub fn day(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

/// A moment as people read it, on the organization's clock: `5 Mar 2026, 10:02`.
pub fn moment(cx: &Cx, at: Timestamp) -> Markup {
    let local = cx.zone().local(at);
    time(&at.to_string(), &local.strftime("%-d %b %Y, %H:%M").to_string())
}

/// The page as an answer, with the message of the last act if one was carried over.
pub fn show(headers: &HeaderMap, page: Page) -> Response {
    let jar = axum_extra::extract::CookieJar::from_headers(headers);
    match jar.get(FLASH).map(|cookie| decode(cookie.value())) {
        Some(message) => {
            let mut clear = Cookie::build((FLASH, "")).path("/").build();
            clear.make_removal();
            let page = page.flash(Notice::new(Tone::Good, message));
            ([(header::SET_COOKIE, clear.to_string())], page.render()).into_response()
        }
        None => page.render().into_response(),
    }
}

/// A form shown again with what is wrong: the status says that nothing was changed.
pub fn refused(problem: &Problem, page: Page) -> Response {
    (problem.status(), page.render()).into_response()
}

/// On to another page, with a message about what was done.
pub fn done(to: &str, message: &str) -> Response {
    let flash = Cookie::build((FLASH, encode(message))).path("/").http_only(true).same_site(SameSite::Lax).build();
    (StatusCode::SEE_OTHER, [(header::SET_COOKIE, flash.to_string())], Redirect::to(to)).into_response()
}

fn encode(message: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(message)
}

fn decode(text: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// The context of a form that changes a record: its hidden `version` is the precondition.
pub fn edited(mut cx: Cx, form: &Form) -> Cx {
    cx.request.if_match = form.get("version").parse().ok();
    cx
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_fields_are_sentences() {
        assert_eq!(sentence("primary_therapist_id", "is required"), "Primary therapist is required.");
        assert_eq!(sentence("mrn", "must not be empty."), "MRN must not be empty.");
        assert_eq!(sentence("contact.phone", "must be text"), "Phone must be text.");
        let errors = field_errors(&Problem::conflict("mrn_taken", "Another patient has this number."));
        assert!(errors.get("mrn").is_none() && !errors.is_empty());
    }

    #[test]
    fn days_are_read_without_leading_zeros() {
        assert_eq!(day(jiff::civil::date(1970, 4, 5)), "5 Apr 1970");
    }
}
