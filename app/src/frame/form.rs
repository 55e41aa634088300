//! A form as it is shown: what stands in it, what was refused, where it goes.

use maud::{Markup, html};

use crate::{
    door::Cx,
    http::form::Form,
    problem::Problem,
    shell::ui::{self, Button, Choice, Field, FieldErrors},
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
    pub fn fill(&self, name: &str, field: Field) -> Field {
        field.value(self.form.get(name)).errors(self.errors)
    }

    /// What the form holds under a name.
    pub fn value(&self, name: &str) -> &str {
        self.form.get(name)
    }

    /// A line of text.
    pub fn text(&self, name: &str, label: &str) -> Field {
        self.fill(name, Field::text(name, label)).max_length(200)
    }

    /// Yes or no.
    pub fn tick(&self, name: &str, label: &str) -> Field {
        Field::checkbox(name, label).checked(!self.form.get(name).is_empty()).errors(self.errors)
    }

    /// The form around its fields; `label` is on the button.
    pub fn post(&self, label: &str, fields: Markup) -> Markup {
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

/// A form as it is shown.
pub fn filled<'a>(cx: &Cx, form: &'a Form, errors: &'a FieldErrors, action: &str, back: &str) -> Filled<'a> {
    Filled { form, errors, action: action.to_owned(), key: cx.app.clock.secret(), back: back.to_owned() }
}

/// What a refused form is shown again with; any other problem is a page of its own.
///
/// # Errors
/// The problem itself, when it is about something else than the input.
pub fn shown_again(problem: Problem) -> Result<Problem, Problem> {
    if problem.is_about_input() { Ok(problem) } else { Err(problem) }
}

/// Whether a form that asks for the password is shown again: also for a wrong one, or none, or too many.
pub fn asks_again(problem: &Problem) -> bool {
    let about_proof = ["wrong_password", "reauth_required", "too_many_requests"].contains(&problem.code());
    problem.is_about_input() || about_proof
}

/// Ticked, as a form sends it.
pub fn tick(is_on: bool) -> String {
    if is_on { "true".to_owned() } else { String::new() }
}

/// A text that may be missing.
pub fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

/// A choice of none before the others.
pub fn with_none(none: &str, choices: impl IntoIterator<Item = (String, String)>) -> Vec<Choice> {
    std::iter::once(Choice::new("", none)).chain(choices.into_iter().map(Choice::from)).collect()
}
