//! Markup of patients, guests, staff and places, by record.

pub mod guests;
pub mod patients;
pub mod places;
pub mod staff;

use maud::{Markup, html};

use crate::{
    http::form::Form,
    paging::Page,
    shell::ui::{self, Badge, Button, Field, Icon, Tone, pager, pager_with},
};

/// What is no longer in use is said so.
fn activity(is_active: bool) -> Badge {
    if is_active { Badge::new(Tone::Good, "Active") } else { Badge::new(Tone::Neutral, "Inactive").icon(Icon::Archive) }
}

fn activity_filter(value: &str) -> Field {
    let choices = [("active", "Active"), ("inactive", "Inactive"), ("all", "All")];
    Field::select("status", "Status", choices).value(if value.is_empty() { "active" } else { value }).label_hidden()
}

/// The end of a list that is asked for by address.
fn pager_by_address<T>(page: &Page<T>, path: &str, status: &str, is_first: bool) -> Markup {
    let status = if status.is_empty() { "active" } else { status };
    let next = page.next.as_ref().map(|cursor| format!("{path}?status={status}&cursor={cursor}"));
    let first = (!is_first).then(|| format!("{path}?status={status}"));
    html! {
        @if first.is_some() || next.is_some() { (pager(&showing(page), first.as_deref(), next.as_deref())) }
    }
}

/// The end of a list whose words must not be in an address: the way on is a form.
fn pager_by_form<T>(page: &Page<T>, action: &str, sent: &Form, live: &str) -> Markup {
    let ask = |cursor: &str, button: Button| {
        ui::Form::post(action)
            .inline()
            .live(live)
            .hidden("q", sent.get("q"))
            .hidden("status", sent.get("status"))
            .hidden("cursor", cursor)
            .body(html! { (button) })
    };
    let is_first = sent.get("cursor").is_empty();
    html! {
        @if !is_first || page.next.is_some() {
            (pager_with(&showing(page), html! {
                @if !is_first { (ask("", Button::secondary("First page").small().icon(Icon::Left))) }
                @if let Some(cursor) = &page.next {
                    (ask(cursor, Button::secondary("Next page").small().trailing(Icon::Right)))
                }
            }))
        }
    }
}

fn showing<T>(page: &Page<T>) -> String {
    format!("Showing {}", page.items.len())
}
