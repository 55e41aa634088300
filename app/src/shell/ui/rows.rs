//! A field whose value is rows of other fields.

use maud::{Markup, Render, html};

use super::{Button, Icon, field::field_id};

/// Rows of fields under one label: `Rows::new("fields.goals", "Goals").row(…).row(…)`.
///
/// The fields of a row are called `NAME[INDEX].…`, from 0. The last row is an empty one that waits, so that the next can be
/// written without script, too; with script a button adds more at once.
#[must_use]
pub struct Rows {
    name: String,
    label: String,
    scope: Option<String>,
    hint: Option<String>,
    error: Option<String>,
    required: bool,
    rows: Vec<Markup>,
}

impl Rows {
    /// No rows yet.
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            scope: None,
            hint: None,
            error: None,
            required: false,
            rows: Vec::new(),
        }
    }

    /// Sets this form apart from another on the page with fields of the same name.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// Help under the label.
    pub fn hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into);
        self
    }

    /// Why the rows as a whole were refused.
    pub fn error(mut self, error: Option<impl Into<String>>) -> Self {
        self.error = error.map(Into::into);
        self
    }

    /// At least one must be filled in.
    pub fn required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    /// One row's fields.
    pub fn row(mut self, fields: Markup) -> Self {
        self.rows.push(fields);
        self
    }
}

impl Render for Rows {
    fn render(&self) -> Markup {
        let id = field_id(self.scope.as_deref(), &self.name);
        html! {
            fieldset.field.rows.field-refused[self.error.is_some()] id=(id) tabindex="-1" data-rows {
                legend.field-label { (self.label) @if self.required { span.required aria-hidden="true" { " *" } } }
                @if let Some(hint) = &self.hint { p.field-hint { (hint) } }
                @if let Some(error) = &self.error {
                    p.field-error { (Icon::Stop) span { span.vh { "Error: " } (error) } }
                }
                ol.rows-list { @for fields in &self.rows { li.rows-row { (fields) } } }
                (Button::quiet("Add row").icon(Icon::Plus).small().context(&self.label).adds_row())
            }
        }
    }
}
