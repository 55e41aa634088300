//! Markup of patients, guests, staff and places, by record.

pub mod guests;
pub mod patients;
pub mod places;
pub mod staff;

use maud::{Markup, html};

use crate::{
    http::form::Form,
    paging::Page,
    shell::ui::{self, Badge, Button, Choice, Field, FieldErrors, Icon, Tone, pager, pager_with},
};

/// Which form it is and what stands in it.
pub struct Filled<'a> {
    /// What was sent, or what is stored.
    pub form: &'a Form,
    /// What was refused.
    pub errors: &'a FieldErrors,
    /// Where it goes.
    pub action: String,
    /// Makes a second click the same request.
    pub key: String,
    /// Where leaving it leads.
    pub back: String,
}

impl Filled<'_> {
    /// A field with its value and its error.
    fn fill(&self, name: &str, field: Field) -> Field {
        field.value(self.form.get(name)).errors(self.errors)
    }

    fn text(&self, name: &str, label: &str) -> Field {
        self.fill(name, Field::text(name, label)).max_length(200)
    }

    fn tick(&self, name: &str, label: &str) -> Field {
        Field::checkbox(name, label).checked(!self.form.get(name).is_empty()).errors(self.errors)
    }

    /// The form around its fields; `label` is on the button.
    fn post(&self, label: &str, fields: Markup) -> Markup {
        let form = ui::Form::post(&self.action).hidden("idempotency_key", &self.key).checked_by_server();
        let version = self.form.get("version");
        let form = if version.is_empty() { form } else { form.hidden("version", version) };
        let buttons = html! {
            (Button::primary(label))
            (Button::quiet("Cancel").href(&self.back))
        };
        let body = html! { (self.errors) (fields) (ui::form_actions(buttons)) };
        html! { (form.body(body)) }
    }
}

/// What is no longer in use is said so.
fn activity(is_active: bool) -> Badge {
    if is_active { Badge::new(Tone::Good, "Active") } else { Badge::new(Tone::Neutral, "Inactive").icon(Icon::Archive) }
}

fn activity_filter(value: &str) -> Field {
    let choices = [("active", "Active"), ("inactive", "Inactive"), ("all", "All")];
    Field::select("status", "Status", choices).value(if value.is_empty() { "active" } else { value }).label_hidden()
}

/// A choice of none before the others.
fn with_none(none: &str, choices: impl IntoIterator<Item = (String, String)>) -> Vec<Choice> {
    std::iter::once(Choice::new("", none)).chain(choices.into_iter().map(Choice::from)).collect()
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
