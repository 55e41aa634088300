//! Every component in every state, and sample pages built from them, with made-up people.
//!
//! `cargo run -p app --example gallery -- some/directory` writes them out to be looked at.

mod parts;
mod samples;

use maud::{Render, html};

use super::layout::{BarePage, NavItem, Page, error_page};
use super::ui::{Button, Field, Form, Icon, Notice, Tone, form_actions};

/// Every sample page: a file name and its HTML.
pub fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("components.html", frame("Components", "reports").body(parts::all()).render().into_string()),
        ("group.html", samples::group().render().into_string()),
        ("groups.html", samples::groups().render().into_string()),
        ("session.html", samples::session().render().into_string()),
        ("form.html", samples::form().render().into_string()),
        ("today.html", samples::today().render().into_string()),
        ("sign-in.html", sign_in().render().into_string()),
        (
            "error.html",
            error_page(
                "This group is not here",
                "It may have been opened from an old link. Look for it among your groups.",
                (None, ("To your groups", "groups.html")),
                Some("req_01hf7"),
            )
            .into_string(),
        ),
    ]
}

fn frame(title: &str, section: &'static str) -> Page {
    Page::new(title)
        .section(section)
        .organization("Northside Behavioral Health")
        .user("Dana Whitfield", "Therapist")
        .nav(vec![
            NavItem::new("today", Icon::Today, "Today", "today.html"),
            NavItem::new("sessions", Icon::Calendar, "Sessions", "session.html").count(2, "to document"),
            NavItem::new("groups", Icon::Groups, "Groups", "groups.html"),
            NavItem::new("patients", Icon::Patients, "Patients", "group.html"),
            NavItem::new("guests", Icon::Guests, "Guests", "group.html"),
            NavItem::new("programs", Icon::Programs, "Programs", "group.html"),
            NavItem::new("billing", Icon::Billing, "Billing", "group.html"),
            NavItem::new("reports", Icon::Reports, "Reports", "components.html"),
            NavItem::new("staff", Icon::Staff, "Staff", "group.html").second(),
            NavItem::new("settings", Icon::Settings, "Settings", "form.html").second(),
            NavItem::new("audit", Icon::Audit, "Audit", "group.html").second(),
        ])
}

fn sign_in() -> BarePage {
    let fields = html! {
        (Field::email("email", "E-mail").autocomplete("username").required())
        (Field::password("password", "Password").autocomplete("current-password").required())
        (form_actions(html! { (Button::primary("Sign in")) (Button::quiet("Use a passkey").icon(Icon::Key)) }))
    };
    BarePage::new("Sign in")
        .organization("Northside Behavioral Health")
        .flash(Notice::new(Tone::Info, "You were signed out after 15 minutes without activity."))
        .body(html! { (Form::post("today.html").body(fields)) })
}

#[cfg(test)]
mod tests;
