//! Forms, the errors of one, filters and questions asked before an act.

use maud::{Markup, Render, html};

use super::button::Button;
use super::field::{Field, field_id};
use super::icon::Icon;

/// What was refused in a form: by field, and for the form as a whole.
#[derive(Clone, Debug, Default)]
pub struct FieldErrors {
    scope: Option<String>,
    general: Vec<String>,
    fields: Vec<(String, String)>,
}

impl FieldErrors {
    /// No errors.
    pub fn new() -> Self {
        Self::default()
    }

    /// No errors, for a form whose fields carry this [`Field::scope`].
    pub fn scoped(scope: impl Into<String>) -> Self {
        Self { scope: Some(scope.into()), ..Self::default() }
    }

    /// Refuses a field. The first error of a field is the one shown beside it.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) -> &mut Self {
        self.fields.push((field.into(), message.into()));
        self
    }

    /// Refuses the form for a reason that is no single field's.
    pub fn add_general(&mut self, message: impl Into<String>) -> &mut Self {
        self.general.push(message.into());
        self
    }

    /// The first error of this field.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| name == field).map(|(_, message)| message.as_str())
    }

    /// Whether nothing was refused.
    pub fn is_empty(&self) -> bool {
        self.general.is_empty() && self.fields.is_empty()
    }

    pub(super) fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }
}

/// The list at the top of a refused form; each line leads to its field.
impl Render for FieldErrors {
    fn render(&self) -> Markup {
        if self.is_empty() {
            return html! {};
        }
        let count = self.general.len() + self.fields.len();
        let heading = if count == 1 { "One thing needs attention" } else { "These need attention" };
        html! {
            div.error-summary role="alert" tabindex="-1" data-focus {
                p.error-summary-title { (Icon::Stop) (heading) }
                ul {
                    @for message in &self.general { li { (message) } }
                    @for (name, message) in &self.fields {
                        li { a href={ "#" (field_id(self.scope(), name)) } { (message) } }
                    }
                }
            }
        }
    }
}

/// A form: `Form::post("/groups").hidden("idempotency_key", key).body(fields)`.
#[must_use]
#[derive(Clone)]
pub struct Form {
    method: &'static str,
    action: String,
    id: Option<String>,
    class: &'static str,
    label: Option<String>,
    hidden: Vec<(String, String)>,
    live: Option<String>,
    push: bool,
    auto: bool,
    upload: bool,
    autosave: Option<u32>,
    confirm: Option<String>,
    checked_by_server: bool,
    out_of_band: bool,
    body: Markup,
}

impl Form {
    /// A form that changes something. Give it a hidden `idempotency_key`.
    pub fn post(action: impl Into<String>) -> Self {
        Self::new("post", action)
    }

    /// A form that asks for a page. Its fields end up in the address: never names of patients.
    pub fn get(action: impl Into<String>) -> Self {
        Self::new("get", action)
    }

    fn new(method: &'static str, action: impl Into<String>) -> Self {
        Self {
            method,
            action: action.into(),
            id: None,
            class: "form",
            label: None,
            hidden: Vec::new(),
            live: None,
            push: false,
            auto: false,
            upload: false,
            autosave: None,
            confirm: None,
            checked_by_server: false,
            out_of_band: false,
            body: html! {},
        }
    }

    /// The form's id, for buttons elsewhere and for [`Form::live`].
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// A name for screen readers, where no heading gives one.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// A value sent along.
    pub fn hidden(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.hidden.push((name.into(), value.to_string()));
        self
    }

    /// Lays its parts out in a line: a button in a row, a short filter.
    pub fn inline(mut self) -> Self {
        self.class = "form-inline";
        self
    }

    /// With script: send in the background and morph the element this selector names.
    pub fn live(mut self, target: impl Into<String>) -> Self {
        self.live = Some(target.into());
        self
    }

    /// With [`Form::live`]: the address bar follows.
    pub fn push(mut self) -> Self {
        self.push = true;
        self
    }

    /// With script: sends itself a moment after a field changes.
    pub fn auto(mut self) -> Self {
        self.auto = true;
        self
    }

    /// Carries files.
    pub fn upload(mut self) -> Self {
        self.upload = true;
        self
    }

    /// With script: posts itself this many milliseconds after typing stops and says so beside
    /// [`save_status`]. The server sees the header `X-Live-Autosave: 1`.
    pub fn autosave(mut self, milliseconds: u32) -> Self {
        self.autosave = Some(milliseconds);
        self
    }

    /// In a fragment: takes the place of the form with the same id, wherever that is on the page.
    pub fn out_of_band(mut self) -> Self {
        self.out_of_band = true;
        self
    }

    /// With script: asks first. See [`Confirm`] for what must ask without script too.
    pub fn confirm(mut self, question: impl Into<String>) -> Self {
        self.confirm = Some(question.into());
        self
    }

    /// Leaves all checking to the server, so that every error is told at once.
    pub fn checked_by_server(mut self) -> Self {
        self.checked_by_server = true;
        self
    }

    /// Fields and buttons.
    pub fn body(mut self, body: Markup) -> Self {
        self.body = body;
        self
    }
}

impl Render for Form {
    fn render(&self) -> Markup {
        html! {
            form class=(self.class) method=(self.method) action=(self.action) id=[self.id.as_deref()]
                aria-label=[self.label.as_deref()] enctype=[self.upload.then_some("multipart/form-data")]
                data-live=[self.live.as_deref()] data-push[self.push] data-auto[self.auto]
                data-autosave=[self.autosave] data-confirm=[self.confirm.as_deref()]
                novalidate[self.checked_by_server] data-oob[self.out_of_band] {
                @for (name, value) in &self.hidden { input type="hidden" name=(name) value=(value); }
                (self.body)
            }
        }
    }
}

/// A form of one button: `post_button("/x/restore", key, Button::secondary("Restore"))`.
pub fn post_button(action: impl Into<String>, idempotency_key: impl ToString, button: Button) -> Markup {
    Form::post(action).hidden("idempotency_key", idempotency_key).inline().body(button.render()).render()
}

/// The button that Enter presses in a form whose first visible button does something else than sending it. Put it first.
pub fn sent_by_enter() -> Markup {
    html! { button.vh type="submit" tabindex="-1" aria-hidden="true" {} }
}

/// Where an autosaving form tells "Saved 10:42" or "Not saved, retrying". Put it inside the form.
pub fn save_status(text: &str) -> Markup {
    html! { p.save-status role="status" data-save-status data-keep { (text) } }
}

/// The last row of a form: its buttons.
pub fn form_actions(buttons: Markup) -> Markup {
    html! { div.form-actions { (buttons) } }
}

/// Fields that belong together under a heading.
pub fn fieldset(legend: &str, hint: Option<&str>, fields: Markup) -> Markup {
    html! {
        fieldset.fieldset {
            legend { (legend) }
            @if let Some(hint) = hint { p.fieldset-hint { (hint) } }
            div.fieldset-fields { (fields) }
        }
    }
}

/// Short fields side by side, below each other where there is no room.
pub fn field_row(fields: Markup) -> Markup {
    html! { div.field-row { (fields) } }
}

/// Filters above a list: a GET form that sends itself with script and has a button without.
#[must_use]
pub struct FilterBar {
    form: Form,
    fields: Markup,
    clear: Option<String>,
    extra: Markup,
}

impl FilterBar {
    /// Filters the list at `action`; with script the element `live` names is morphed.
    pub fn new(action: impl Into<String>, live: impl Into<String>) -> Self {
        let form = Form::get(action).live(live).push().auto().label("Filter");
        Self { form, fields: html! {}, clear: None, extra: html! {} }
    }

    /// As [`FilterBar::new`], for words that must not be in an address: a search by names is posted.
    pub fn post(action: impl Into<String>, live: impl Into<String>) -> Self {
        let form = Form::post(action).live(live).auto().label("Search");
        Self { form, fields: html! {}, clear: None, extra: html! {} }
    }

    /// One filter.
    pub fn field(mut self, field: Field) -> Self {
        let before = self.fields;
        self.fields = html! { (before) (field) };
        self
    }

    /// A value sent along: what else the address says of the list.
    pub fn hidden(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.form = self.form.hidden(name, value);
        self
    }

    /// Shows "Clear filters": give the bare address when any filter is set.
    pub fn clear(mut self, href: impl Into<String>) -> Self {
        self.clear = Some(href.into());
        self
    }

    /// Buttons at the far end: export, print.
    pub fn actions(mut self, extra: Markup) -> Self {
        self.extra = extra;
        self
    }
}

impl Render for FilterBar {
    fn render(&self) -> Markup {
        let body = html! {
            (self.fields)
            span.without-script { (Button::secondary("Apply").icon(Icon::Filter)) }
            @if let Some(href) = &self.clear { (Button::quiet("Clear filters").icon(Icon::Cross).href(href)) }
        };
        let form = Form { body, class: "filters", ..self.form.clone() };
        html! { div.filter-bar { (form) div.filter-actions { (self.extra) } } }
    }
}

/// A question before an act, which works without script: a button that opens a panel with a sentence
/// on what will happen, and the form that does it.
#[must_use]
pub struct Confirm {
    trigger: String,
    icon: Option<Icon>,
    small: bool,
    danger: bool,
    primary: bool,
    consequence: String,
    form: Form,
    fields: Markup,
    button: Button,
}

impl Confirm {
    /// `trigger` opens it ("Archive…"), `consequence` says what will happen, `button` does it.
    pub fn new(trigger: impl Into<String>, consequence: impl Into<String>, form: Form, button: Button) -> Self {
        Self {
            trigger: trigger.into(),
            icon: None,
            small: false,
            danger: false,
            primary: false,
            consequence: consequence.into(),
            form,
            fields: html! {},
            button,
        }
    }

    /// An icon on the trigger.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// A small, quiet trigger: in rows.
    pub fn small(mut self) -> Self {
        self.small = true;
        self
    }

    /// A trigger in the colour of danger.
    pub fn danger(mut self) -> Self {
        self.danger = true;
        self
    }

    /// The most important trigger of the page.
    pub fn primary(mut self) -> Self {
        self.primary = true;
        self
    }

    /// What else is asked: a reason, a name.
    pub fn fields(mut self, fields: Markup) -> Self {
        self.fields = fields;
        self
    }

    fn trigger_class(&self) -> &'static str {
        match (self.small, self.danger) {
            (true, _) => "btn btn-quiet btn-small",
            (false, true) => "btn btn-danger-outline",
            (false, false) if self.primary => "btn btn-primary",
            (false, false) => "btn",
        }
    }
}

impl Render for Confirm {
    fn render(&self) -> Markup {
        let body = html! {
            p.confirm-text { (self.consequence) }
            (self.fields)
            div.form-actions {
                (self.button)
                button.btn.btn-quiet.with-script type="button" data-close { "Keep as it is" }
            }
        };
        let form = self.form.clone().body(body);
        html! {
            details.pop.confirm data-pop {
                summary class=(self.trigger_class()) {
                    @if let Some(icon) = self.icon { (icon) }
                    span { (self.trigger) }
                }
                div.pop-panel { (form) }
            }
        }
    }
}
