//! How each kind of field is drawn.

use maud::{Markup, Render, html};

use super::{Choice, Control, Field, Width, field_id};
use crate::shell::ui::icon::Icon;

impl Render for Field {
    fn render(&self) -> Markup {
        match self.control {
            Control::Checkbox => self.single_check(),
            Control::Radios | Control::Checks => self.choice_group(),
            Control::Input(_) | Control::Area(_) | Control::Select => self.labelled(),
        }
    }
}

// What a field tells about itself.
impl Field {
    fn id(&self) -> String {
        field_id(self.scope.as_deref(), &self.name)
    }

    fn described_by(&self) -> Option<String> {
        let id = self.id();
        let hint = self.hint.as_ref().map(|_| format!("{id}-hint"));
        let error = self.error.as_ref().map(|_| format!("{id}-error"));
        match (hint, error) {
            (Some(hint), Some(error)) => Some(format!("{hint} {error}")),
            (hint, error) => hint.or(error),
        }
    }

    fn invalid(&self) -> Option<&'static str> {
        self.error.as_ref().map(|_| "true")
    }

    fn help(&self) -> Markup {
        let id = self.id();
        html! {
            @if let Some(hint) = &self.hint { p.field-hint id={ (id) "-hint" } { (hint) } }
            @if let Some(error) = &self.error {
                p.field-error id={ (id) "-error" } { (Icon::Stop) span { span.vh { "Error: " } (error) } }
            }
        }
    }

    fn caption(&self) -> Markup {
        html! {
            (self.label)
        @if self.required && !self.disabled { span.required aria-hidden="true" { " *" } }
        }
    }

    fn class(&self) -> &'static str {
        match (self.error.is_some(), self.label_hidden) {
            (true, _) => "field field-refused",
            (false, true) => "field field-bare",
            (false, false) => "field",
        }
    }

    fn width_class(&self) -> &'static str {
        match self.width {
            Width::Tiny => "w-tiny",
            Width::Short => "w-short",
            Width::Medium => "w-medium",
            Width::Full => "w-full",
        }
    }
}

// How each control is drawn.
impl Field {
    fn labelled(&self) -> Markup {
        let id = self.id();
        let label_class = if self.label_hidden { "vh" } else { "field-label" };
        html! {
            div class=(self.class()) data-key=[self.key.as_deref()] {
                label class=(label_class) for=(id) { (self.caption()) }
                (self.help())
                @match &self.suffix {
                    Some(suffix) => div.field-with-suffix { (self.control(&id)) span.field-suffix { (suffix) } },
                    None => (self.control(&id)),
                }
            }
        }
    }

    fn control(&self, id: &str) -> Markup {
        match self.control {
            Control::Area(rows) => self.area(id, rows),
            Control::Select => self.list_box(id),
            Control::Input(kind) => self.input(id, kind),
            Control::Checkbox | Control::Radios | Control::Checks => html! {},
        }
    }

    fn input(&self, id: &str, kind: &str) -> Markup {
        let value = (kind != "password" && kind != "file").then_some(self.value.as_str());
        let list = (!self.list.is_empty()).then(|| format!("{id}-list"));
        html! {
            input class=(self.width_class()) type=(kind) id=(id) name=(self.name) value=[value]
                min=[self.min.as_deref()] max=[self.max.as_deref()] step=[self.step.as_deref()]
                maxlength=[self.max_length] placeholder=[self.placeholder.as_deref()]
                autocomplete=[self.autocomplete.as_deref()] inputmode=[self.input_mode] list=[list.as_deref()]
                required[self.required] disabled[self.disabled] readonly[self.read_only]
                autofocus[self.autofocus] aria-invalid=[self.invalid()] aria-describedby=[self.described_by()];
            @if let Some(list) = &list {
                datalist id=(list) { @for value in &self.list { option value=(value) {} } }
            }
        }
    }

    fn area(&self, id: &str, rows: u8) -> Markup {
        html! {
            // A newline right after the tag is dropped by browsers, so one of ours protects one of theirs.
            textarea class=(self.width_class()) id=(id) name=(self.name) rows=(rows) maxlength=[self.max_length]
                placeholder=[self.placeholder.as_deref()] required[self.required] disabled[self.disabled]
                readonly[self.read_only] autofocus[self.autofocus] aria-invalid=[self.invalid()]
                aria-describedby=[self.described_by()] { "\n" (self.value) }
        }
    }

    fn list_box(&self, id: &str) -> Markup {
        html! {
            select class=(self.width_class()) id=(id) name=(self.name) required[self.required]
                disabled[self.disabled] autofocus[self.autofocus] aria-invalid=[self.invalid()]
                aria-describedby=[self.described_by()] {
                @for run in self.choices.chunk_by(|a, b| a.group == b.group) {
                    @match run.first().and_then(|first| first.group.as_deref()) {
                        Some(group) => optgroup label=(group) { (self.options(run)) },
                        None => (self.options(run)),
                    }
                }
            }
        }
    }

    fn options(&self, choices: &[Choice]) -> Markup {
        html! {
            @for choice in choices {
                // An option without a value has its words, with single spaces.
                option value=[(choice.value != choice.label || choice.has_odd_spaces()).then_some(&choice.value)]
                    selected[choice.value == self.value] { (choice.label) }
            }
        }
    }

    fn single_check(&self) -> Markup {
        let id = self.id();
        html! {
            div class=(self.class()) data-key=[self.key.as_deref()] {
                div.check {
                    input type="checkbox" id=(id) name=(self.name) value="true" checked[self.value == "true"]
                        required[self.required] disabled[self.disabled] aria-invalid=[self.invalid()]
                        aria-describedby=[self.described_by()];
                    label for=(id) { (self.caption()) }
                }
                (self.help())
            }
        }
    }

    fn choice_group(&self) -> Markup {
        let legend = if self.label_hidden { "vh" } else { "field-label" };
        html! {
            fieldset class={ (self.class()) " choices" } aria-describedby=[self.described_by()]
                data-key=[self.key.as_deref()] {
                legend class=(legend) { (self.caption()) }
                (self.help())
                div class=(if self.in_line { "choice-list choice-line" } else { "choice-list" }) {
                    @for (index, choice) in self.choices.iter().enumerate() { (self.one_choice(index, choice)) }
                }
            }
        }
    }

    /// The first control has the field's own id, so that the error summary leads to it.
    fn one_choice(&self, index: usize, choice: &Choice) -> Markup {
        let id = if index == 0 { self.id() } else { format!("{}-{index}", self.id()) };
        let single = self.control == Control::Radios;
        let ticked = if single { choice.value == self.value } else { self.values.contains(&choice.value) };
        let hint = choice.hint.as_ref().map(|_| format!("{id}-about"));
        html! {
            div.check {
                input type=(if single { "radio" } else { "checkbox" }) id=(id) name=(self.name)
                    value=(choice.value) checked[ticked] required[self.required && single]
                    disabled[self.disabled] aria-describedby=[hint.as_deref()];
                label for=(id) { (choice.label) }
                @if let (Some(text), Some(hint)) = (&choice.hint, &hint) { p.check-hint id=(hint) { (text) } }
            }
        }
    }
}
