//! Roles, as settings.

use ::rules::permissions::{Permission, Permission as P, Role};
use maud::{Markup, html};

use crate::{
    door::Cx,
    frame::form::Filled,
    identity::{
        actions::{RoleView, built_in_name},
        store::CustomRole,
    },
    shell::ui::{
        Badge, Button, Card, Choice, Column, Field, Icon, PageHeader, Row, Table, Tone, definition_list, quiet,
    },
};

/// What the first word of a permission is about, in the order of the page.
const AREAS: &[(&str, &str)] = &[
    ("group", "Groups, rosters and notes"),
    ("keep_apart", "Keep-apart pairs"),
    ("session", "Sessions"),
    ("participant", "Participants"),
    ("patient", "Patients"),
    ("guest", "Guests"),
    ("consent", "Consents"),
    ("chart", "Charts"),
    ("form", "Forms"),
    ("template", "Templates"),
    ("program", "Programmes"),
    ("billing", "Billing"),
    ("timeoff", "Time off"),
    ("report", "Reports"),
    ("export", "Exports"),
    ("import", "Imports"),
    ("settings", "Settings"),
    ("user", "Users and roles"),
    ("audit", "Audit log"),
];

fn area(permission: Permission) -> &'static str {
    let word = permission.as_str().split('.').next().unwrap_or_default();
    AREAS.iter().find(|(known, _)| *known == word).map_or("Other", |(_, label)| label)
}

/// What a permission allows, in words.
const fn allows(permission: P) -> &'static str {
    match permission {
        P::GroupCreate => "Create groups",
        P::GroupRead => "See groups, rosters and the schedule",
        P::GroupUpdate => "Change groups",
        P::GroupDelete => "Archive and restore groups",
        P::GroupMemberAdd => "Add people to groups and waitlists",
        P::GroupMemberRemove => "Remove people from groups and waitlists",
        P::GroupEncounterCreate => "Create encounters of a group",
        P::GroupEncounterRead => "See sessions, participants and encounters without their notes",
        P::GroupEncounterNoteCreate => "Write and sign notes",
        P::GroupEncounterNoteRead => "Read notes",
        P::GroupCapacityOverride => "Add above capacity, with a reason",
        P::KeepApartManage => "See and manage keep-apart pairs",
        P::SessionSchedule => "Create and change sessions and recurrences",
        P::SessionCancel => "Cancel sessions",
        P::SessionStart => "Start sessions",
        P::SessionManageAny => "Act on any session, not only one's own",
        P::SessionReopen => "Reopen completed sessions",
        P::SessionVoid => "Void sessions",
        P::SessionOverrideConflict => "Schedule over a conflict, with a reason",
        P::ParticipantBook => "Book people into sessions, and cancel their booking",
        P::ParticipantCheckin => "Confirm and check people in",
        P::ParticipantAttend => "Mark attendance",
        P::ParticipantGateOverride => "Check in past a closed gate, with a reason",
        P::ParticipantClearFinance => "Clear the finance gate",
        P::PatientRead => "See patients",
        P::PatientManage => "Register and change patients",
        P::GuestManage => "Register and change guests",
        P::ConsentManage => "Record and revoke consents",
        P::ChartRead => "Read charts",
        P::ChartBreakGlass => "Open a chart outside the care team, with a reason",
        P::FormRead => "Read form submissions and scores",
        P::FormSubmit => "Submit forms",
        P::FormManage => "Define forms",
        P::TemplateManage => "Manage templates",
        P::ProgramRead => "See programmes and admissions",
        P::ProgramManage => "Manage programmes and admissions",
        P::BillingRead => "See charges, invoices and claims",
        P::BillingManage => "Manage charges, invoices and claims",
        P::TimeoffApprove => "Approve time off",
        P::ReportRead => "Read reports",
        P::ExportRun => "Export data",
        P::ImportRun => "Import data",
        P::SettingsManage => "Change settings, sites and rooms",
        P::UserManage => "Manage users, practitioners, roles and API tokens",
        P::AuditRead => "Read the audit log and the history of records",
    }
}

/// The built-in roles and the organization's own.
pub fn list(tabs: Markup, roles: &[RoleView]) -> Markup {
    let add = Button::primary("Add role").icon(Icon::Plus).href("/settings/roles/new");
    let columns =
        [Column::new("Role"), Column::new("Copied from"), Column::number("Permissions"), Column::new("Status")];
    html! {
        (PageHeader::new("Settings").actions(html! { (add) }))
        (tabs)
        (Card::new("Roles").flush().note("A user has one role. Copy a built-in role to change what it grants.")
            .body(html! { (Table::new("Roles", columns).rows(roles.iter().map(row))) }))
    }
}

fn row(role: &RoleView) -> Row {
    let href = match role.id {
        Some(id) => format!("/settings/roles/{id}"),
        None => format!("/settings/roles/{}", role.role),
    };
    Row::new([
        html! { (role.name) },
        html! { @if role.id.is_some() { (built_in_name(role.role)) } @else { (quiet("Built in")) } },
        html! { (role.permissions.len()) },
        html! { (activity(role.is_active)) },
    ])
    .id(role.id.map_or_else(|| role.role.to_string(), |id| id.to_string()))
    .href(href)
    .muted(!role.is_active)
}

fn activity(is_active: bool) -> Badge {
    if is_active { Badge::new(Tone::Good, "Active") } else { Badge::new(Tone::Neutral, "Retired").icon(Icon::Lock) }
}

/// A built-in role: what it grants, and a way to copy it.
pub fn built_in(role: Role) -> Markup {
    let copy = Button::primary("Copy and change").href(format!("/settings/roles/new?role={role}"));
    let held: Vec<Permission> = role.permissions().iter().collect();
    let areas = AREAS.iter().filter_map(|(_, label)| {
        let words: Vec<&str> = held.iter().filter(|one| area(**one) == *label).map(|one| allows(*one)).collect();
        (!words.is_empty()).then(|| (*label, html! { (words.join(" · ")) }))
    });
    html! {
        (PageHeader::new(built_in_name(role)).crumb("Roles", "/settings/roles").actions(html! { (copy) }))
        (Card::new("What it grants").note("A built-in role does not change").body(definition_list(areas)))
    }
}

/// Making a role.
pub fn new(cx: &Cx, role: Role, filled: &Filled<'_>) -> Markup {
    let roles = Role::ALL.iter().map(|role| Choice::new(role.as_str(), built_in_name(*role)));
    let fields = html! {
        (filled.text("name", "Name").required().autocomplete("off").hint("What your clinic calls it."))
        (filled.fill("role", Field::select("role", "Copied from", roles)).required()
            .hint("Says whether who has the new role treats patients."))
        (permissions(cx, filled))
    };
    html! {
        (PageHeader::new(format!("Copy of {}", built_in_name(role).to_lowercase())).crumb("Roles", "/settings/roles"))
        (Card::new("Role").body(filled.post("Add role", fields)))
    }
}

/// One role of the organization's own.
pub fn one(cx: &Cx, role: &CustomRole, filled: &Filled<'_>) -> Markup {
    let fields = html! {
        (filled.text("name", "Name").required().autocomplete("off"))
        (permissions(cx, filled))
        (filled.tick("is_active", "Users may be given it").hint("A role that somebody has can't be retired."))
    };
    html! {
        (PageHeader::new(role.name.to_string())
            .crumb("Roles", "/settings/roles")
            .status(html! { (activity(role.is_active)) })
            .fact(Icon::Person, format!("Copied from {}", built_in_name(role.role).to_lowercase())))
        (Card::new("Role").note("A change holds at once for everybody who has it").body(filled.post("Save", fields)))
    }
}

/// What may be ticked, by area: nobody gives more than they have.
fn permissions(cx: &Cx, filled: &Filled<'_>) -> Markup {
    let may: Vec<P> = P::ALL.iter().copied().filter(|one| cx.permissions.allows(*one)).collect();
    let field = |(key, label): &(&str, &'static str)| {
        let those = may.iter().filter(|one| area(**one) == *label);
        let choices = those.map(|one| Choice::new(one.as_str(), allows(*one)));
        Field::checks("permissions", *label, choices).scope(*key).values(filled.form.all("permissions"))
    };
    let has_any = |(_, label): &&(&str, &str)| may.iter().any(|one| area(*one) == *label);
    html! { div.field-areas { @for area in AREAS.iter().filter(has_any) { (field(area)) } } }
}
