//! Users, as settings.

use ::rules::permissions::Flag;
use maud::{Markup, html};

use super::flag_name;
use crate::{
    frame::form::Filled,
    identity::{actions::RoleView, store::User},
    paging::Page,
    shell::ui::{
        Badge, Button, Card, Choice, Column, EmptyState, Field, FilterBar, Icon, PageHeader, Person, Row, Table, Tone,
        pager, quiet,
    },
};

/// What a list is limited to.
pub struct Shown<'a> {
    /// The role, or nothing.
    pub role: &'a str,
    /// Every role.
    pub roles: &'a [RoleView],
    /// `all`, or nothing.
    pub status: &'a str,
    /// Whether it is the first page.
    pub is_first: bool,
}

/// The list.
pub fn list(tabs: Markup, page: &Page<User>, shown: &Shown<'_>) -> Markup {
    let add = Button::primary("Add user").icon(Icon::Plus).href("/settings/users/new");
    let roles = std::iter::once(Choice::new("", "Every role"));
    let roles = roles.chain(shown.roles.iter().map(choice));
    let filters = FilterBar::new("/settings/users", "#users")
        .field(Field::select("role", "Role", roles).value(shown.role).label_hidden())
        .field(Field::select("status", "Status", [("", "Active"), ("all", "All")]).value(shown.status).label_hidden());
    let columns = [Column::new("User"), Column::new("Role"), Column::new("Flags"), Column::new("Status")];
    let address = |cursor: &str| format!("/settings/users?role={}&status={}{cursor}", shown.role, shown.status);
    let next = page.next.as_ref().map(|cursor| address(&format!("&cursor={cursor}")));
    let first = (!shown.is_first).then(|| address(""));
    let empty = EmptyState::new(Icon::Person, "Nobody here").text("No user has this role. Choose another, or add one.");
    html! {
        (PageHeader::new("Settings").actions(html! { (add) }))
        (tabs)
        (Card::new("Users").flush().body(html! {
            (filters)
            div #users {
                (Table::new("Users", columns).rows(page.items.iter().map(|user| row(user, shown.roles))).empty(empty))
                @if first.is_some() || next.is_some() {
                    (pager(&format!("Showing {}", page.items.len()), first.as_deref(), next.as_deref()))
                }
            }
        }))
    }
}

fn choice(role: &RoleView) -> Choice {
    Choice::new(role.choice().to_string(), role.name.clone())
}

/// What the user's role is called.
fn role_name<'a>(user: &User, roles: &'a [RoleView]) -> &'a str {
    let found = roles.iter().find(|role| role.id == user.role_id && role.role == user.role);
    found.map_or("", |role| role.name.as_str())
}

fn row(user: &User, roles: &[RoleView]) -> Row {
    let flags: Vec<&str> = user.flags.iter().map(|flag| flag_name(*flag)).collect();
    Row::new([
        html! { (Person::new(user.display_name.to_string()).detail(user.email.to_string())) },
        html! { (role_name(user, roles)) },
        html! { @if flags.is_empty() { (quiet("None")) } @else { (flags.join(", ")) } },
        html! { (activity(user.is_active)) },
    ])
    .id(user.id.to_string())
    .href(format!("/settings/users/{}", user.id))
    .muted(!user.is_active)
}

fn activity(is_active: bool) -> Badge {
    if is_active { Badge::new(Tone::Good, "Active") } else { Badge::new(Tone::Neutral, "Inactive").icon(Icon::Lock) }
}

/// Adding.
pub fn new(roles: &[RoleView], filled: &Filled<'_>) -> Markup {
    let fields = html! {
        (filled.fill("email", Field::email("email", "E-mail address")).required().max_length(254).autocomplete("off")
            .hint("They sign in with it."))
        (names_and_role(roles, filled))
        (filled.fill("password", Field::password("password", "First password")).required().autocomplete("new-password")
            .hint("At least ten characters. They can change it under “Your account”."))
    };
    html! {
        (PageHeader::new("Add user").crumb("Users", "/settings/users"))
        (Card::new("User").body(filled.post("Add user", fields)))
    }
}

/// One user: what they are, and a new password for who forgot theirs.
pub fn one(user: &User, roles: &[RoleView], filled: &Filled<'_>, password: &Filled<'_>) -> Markup {
    let fields = html! {
        (names_and_role(roles, filled))
        (filled.tick("is_active", "May sign in").hint("Without it, everything they have open ends at once."))
    };
    let new_password = html! {
        (password.fill("password", Field::password("password", "New password")).required().autocomplete("new-password")
            .hint("At least ten characters. Everything they have open ends at once."))
    };
    html! {
        (PageHeader::new(user.display_name.to_string())
            .crumb("Users", "/settings/users")
            .status(html! { (activity(user.is_active)) })
            .fact(Icon::Mail, user.email.to_string()))
        (Card::new("User").note("A change of role or flags ends everything they have open").body(filled.post("Save", fields)))
        (Card::new("Password").body(password.post("Set password", new_password)))
    }
}

fn names_and_role(roles: &[RoleView], filled: &Filled<'_>) -> Markup {
    let is_offered = |role: &&RoleView| role.is_active || role.choice().to_string() == filled.form.get("role");
    let roles = roles.iter().filter(is_offered).map(choice);
    let flags = Flag::ALL.iter().map(|flag| Choice::new(flag.as_str(), flag_name(*flag)));
    html! {
        (filled.text("display_name", "Name").required().autocomplete("off").hint("How others see them."))
        (filled.fill("role", Field::select("role", "Role", roles)).required())
        (Field::checks("flags", "Flags", flags).values(filled.form.all("flags")).errors(filled.errors))
    }
}
