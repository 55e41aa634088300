//! Staff: the list, the form, the page of one practitioner.

use ::rules::{notes::Discipline, permissions::Permission};
use maud::{Markup, html};

use super::{activity, activity_filter, pager_by_address, patients::Names};
use crate::{
    door::Cx,
    frame::form::{Filled, with_none},
    identity::User,
    paging::Page,
    people::store::Practitioner,
    shell::ui::{
        Button, Card, Column, EmptyState, Field, FilterBar, Icon, PageHeader, Person, Row, Tab, Table, Width,
        definition_list, field_row, quiet, tabs,
    },
};

/// How a discipline is called on pages.
fn discipline_name(discipline: Discipline) -> &'static str {
    match discipline {
        Discipline::Psychology => "Psychology",
        Discipline::Ot => "Occupational therapy",
        Discipline::Aba => "Applied behaviour analysis",
        Discipline::Slp => "Speech and language pathology",
        Discipline::Medical => "Medical",
        Discipline::Nursing => "Nursing",
        Discipline::General => "General",
    }
}

fn discipline_of(practitioner: &Practitioner) -> Option<&'static str> {
    practitioner.discipline.as_deref().and_then(Discipline::parse).map(discipline_name)
}

/// The list.
pub fn list(cx: &Cx, page: &Page<Practitioner>, names: &Names, status: &str, is_first: bool) -> Markup {
    let may_add = cx.permissions.allows(Permission::UserManage);
    let add = || Button::primary("Add practitioner").icon(Icon::Plus).href("/staff/new");
    let filters = FilterBar::new("/staff", "#staff").field(activity_filter(status));
    let columns =
        [Column::new("Practitioner"), Column::new("Discipline"), Column::new("Supervisor"), Column::new("Status")];
    let empty = EmptyState::new(Icon::Staff, "No practitioners here")
        .text("Practitioners lead sessions, write notes and supervise.")
        .actions(html! { @if may_add { (add()) } });
    html! {
        (PageHeader::new("Staff").actions(html! { (ways(cx)) @if may_add { (add()) } }))
        (Card::new("Practitioners").flush().body(html! {
            (filters)
            div #staff {
                (Table::new("Practitioners", columns).rows(page.items.iter().map(|one| row(one, names))).empty(empty))
                (pager_by_address(page, "/staff", status, is_first))
            }
        }))
    }
}

/// To one's own schedule, and to what waits for a decision.
fn ways(cx: &Cx) -> Markup {
    let allows = |permission| cx.permissions.allows(permission);
    html! {
        @if let Some(own) = cx.practitioner().filter(|_| allows(Permission::GroupEncounterRead)) {
            (Button::quiet("My schedule").icon(Icon::Calendar).href(format!("/staff/{own}/schedule")))
        }
        @if allows(Permission::TimeoffApprove) {
            (Button::quiet("Time off to decide").icon(Icon::Away).href("/time-off"))
            @if allows(Permission::GroupEncounterRead) {
                (Button::quiet("Needs cover").icon(Icon::Away).href("/sessions/needs-cover"))
            }
        }
    }
}

fn row(one: &Practitioner, names: &Names) -> Row {
    let supervisor = one.supervisor_id.and_then(|id| names.get(&id));
    Row::new([
        html! { (Person::new(one.display_name())) },
        html! { @if let Some(name) = discipline_of(one) { (name) } @else { (quiet("Not given")) } },
        html! { @if let Some(name) = supervisor { (name) } @else { (quiet("None")) } },
        html! { (activity(one.is_active)) },
    ])
    .id(one.id.to_string())
    .href(format!("/staff/{}", one.id))
    .muted(!one.is_active)
}

/// What the form offers.
pub struct Offers {
    /// Who may supervise.
    pub practitioners: Vec<Practitioner>,
    /// The logins.
    pub users: Vec<User>,
}

/// Adding.
pub fn new(filled: &Filled<'_>, offers: &Offers) -> Markup {
    html! {
        (PageHeader::new("Add practitioner").crumb("Staff", "/staff"))
        (Card::new("Practitioner").body(filled.post("Add practitioner", fields(filled, offers, None))))
    }
}

/// One practitioner, to be changed.
pub fn edit(cx: &Cx, one: &Practitioner, filled: &Filled<'_>, offers: &Offers) -> Markup {
    html! {
        (header(cx, one, ""))
        (Card::new("Practitioner").body(filled.post("Save", fields(filled, offers, Some(one)))))
    }
}

/// One practitioner, only to be read.
pub fn show(cx: &Cx, one: &Practitioner, names: &Names) -> Markup {
    let or_none = |text: Option<&str>| match text {
        Some(text) => html! { (text) },
        None => quiet("Not given"),
    };
    html! {
        (header(cx, one, ""))
        (Card::new("Practitioner").body(definition_list([
            ("Discipline", or_none(discipline_of(one))),
            ("Supervisor", or_none(one.supervisor_id.and_then(|id| names.get(&id)).map(String::as_str))),
            ("Licence", or_none(one.license_number.as_deref())),
            ("NPI", or_none(one.npi.as_deref())),
        ])))
    }
}

/// The pages of a practitioner: label, address after theirs, permission.
const TABS: [(&str, &str, Permission); 4] = [
    ("Profile", "", Permission::GroupRead),
    ("Schedule", "/schedule", Permission::GroupEncounterRead),
    ("Weekly hours", "/hours", Permission::GroupRead),
    ("Time off", "/time-off", Permission::GroupRead),
];

/// The head of every page of a practitioner.
pub fn header(cx: &Cx, one: &Practitioner, current: &str) -> Markup {
    let path = format!("/staff/{}", one.id);
    let calendar = Button::secondary("Calendar").icon(Icon::Calendar).href(format!("/calendar?facilitator={}", one.id));
    let shown = TABS.iter().filter(|(_, _, permission)| cx.permissions.allows(*permission));
    let list: Vec<Tab> =
        shown.map(|(label, after, _)| Tab::new(*label, format!("{path}{after}")).current(*after == current)).collect();
    html! {
        (PageHeader::new(one.display_name())
            .crumb("Staff", "/staff")
            .status(html! { (activity(one.is_active)) })
            .actions(html! { @if cx.permissions.allows(Permission::GroupEncounterRead) { (calendar) } }))
        (tabs("Practitioner", &list))
    }
}

fn fields(filled: &Filled<'_>, offers: &Offers, own: Option<&Practitioner>) -> Markup {
    let disciplines = Discipline::ALL.iter().map(|one| (one.as_str().to_owned(), discipline_name(*one).to_owned()));
    let supervisors = offers.practitioners.iter().filter(|one| own.is_none_or(|own| own.id != one.id));
    let supervisors = supervisors.map(|one| (one.id.to_string(), one.display_name()));
    let users =
        offers.users.iter().map(|user| (user.id.to_string(), format!("{} ({})", user.display_name, user.email)));
    html! {
        (field_row(html! {
            (filled.text("given_name", "Given name").autocomplete("off"))
            (filled.text("family_name", "Family name").required().autocomplete("off"))
        }))
        (field_row(html! {
            (filled.text("credential", "Credential").placeholder("LCSW, PhD").max_length(100))
            (filled.text("license_number", "Licence").max_length(100))
            (filled.text("npi", "NPI").max_length(10).width(Width::Short).input_mode("numeric"))
        }))
        (filled.fill("discipline", Field::select("discipline", "Discipline", with_none("Not given", disciplines)))
            .hint("Whose notes they write."))
        (filled.fill("supervisor_id", Field::select("supervisor_id", "Supervisor", with_none("None", supervisors))))
        (filled.fill("user_id", Field::select("user_id", "Login", with_none("None", users)))
            .hint("Who signs in as this practitioner."))
        @if own.is_some() { (filled.tick("is_active", "May lead new sessions")) }
    }
}
