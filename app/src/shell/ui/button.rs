//! Buttons, and links that look like them.

use maud::{Markup, Render, html};

use super::icon::Icon;

#[derive(Clone, Copy)]
enum Look {
    Primary,
    Secondary,
    Danger,
    Quiet,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Look::Primary => "btn btn-primary",
            Look::Secondary => "btn",
            Look::Danger => "btn btn-danger",
            Look::Quiet => "btn btn-quiet",
        }
    }
}

/// A submit button, or with [`Button::href`] a link that looks like one.
///
/// One primary button on a page says what most people came to do. `danger` is for what cannot be
/// undone at once; put it into a [`super::Confirm`].
#[must_use]
pub struct Button {
    look: Look,
    label: String,
    context: Option<String>,
    icon: Option<Icon>,
    trailing: Option<Icon>,
    icon_only: bool,
    small: bool,
    disabled: bool,
    script_only: bool,
    id: Option<String>,
    href: Option<String>,
    name_value: Option<(String, String)>,
    formaction: Option<String>,
    form: Option<String>,
    skip_checks: bool,
    download: bool,
    live: Option<String>,
    push: bool,
    confirm: Option<String>,
    copies: Option<String>,
    prints: bool,
    adds_row: bool,
}

impl Button {
    /// The main act of a page or form.
    pub fn primary(label: impl Into<String>) -> Self {
        Self::new(Look::Primary, label)
    }

    /// Any other act.
    pub fn secondary(label: impl Into<String>) -> Self {
        Self::new(Look::Secondary, label)
    }

    /// An act that takes something away.
    pub fn danger(label: impl Into<String>) -> Self {
        Self::new(Look::Danger, label)
    }

    /// An act in a crowd of them: rows, toolbars.
    pub fn quiet(label: impl Into<String>) -> Self {
        Self::new(Look::Quiet, label)
    }

    fn new(look: Look, label: impl Into<String>) -> Self {
        Self {
            look,
            label: label.into(),
            context: None,
            icon: None,
            trailing: None,
            icon_only: false,
            small: false,
            disabled: false,
            script_only: false,
            id: None,
            href: None,
            name_value: None,
            formaction: None,
            form: None,
            skip_checks: false,
            download: false,
            live: None,
            push: false,
            confirm: None,
            copies: None,
            prints: false,
            adds_row: false,
        }
    }

    /// Words only a screen reader hears after the label: "Remove" + "Maria S.".
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// An icon before the label.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// An icon after the label.
    pub fn trailing(mut self, icon: Icon) -> Self {
        self.trailing = Some(icon);
        self
    }

    /// Shows the icon alone; the label stays for screen readers and as a tooltip.
    pub fn icon_only(mut self) -> Self {
        self.icon_only = true;
        self
    }

    /// A lower button, for rows and toolbars.
    pub fn small(mut self) -> Self {
        self.small = true;
        self
    }

    /// Shown but not to be pressed. Say nearby why.
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// The element's id.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// A link instead of a submit button.
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// What the form sends when this button was pressed.
    pub fn value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.name_value = Some((name.into(), value.into()));
        self
    }

    /// Sends its form to another address.
    pub fn formaction(mut self, url: impl Into<String>) -> Self {
        self.formaction = Some(url.into());
        self
    }

    /// Submits the form with this id, wherever the button stands.
    pub fn form(mut self, id: impl Into<String>) -> Self {
        self.form = Some(id.into());
        self
    }

    /// Sends the form without the browser's own checks ("Save draft").
    pub fn skip_checks(mut self) -> Self {
        self.skip_checks = true;
        self
    }

    /// A link that downloads.
    pub fn download(mut self) -> Self {
        self.download = true;
        self
    }

    /// With script: fetch and morph the element this selector names instead of loading a page.
    pub fn live(mut self, target: impl Into<String>) -> Self {
        self.live = Some(target.into());
        self
    }

    /// With [`Button::live`]: the address bar follows.
    pub fn push(mut self) -> Self {
        self.push = true;
        self
    }

    /// With script: asks this question first. Without script nothing asks, so what cannot be undone
    /// belongs into a [`super::Confirm`].
    pub fn confirm(mut self, question: impl Into<String>) -> Self {
        self.confirm = Some(question.into());
        self
    }

    /// With script only: copies the text of the element this selector names.
    pub fn copies(mut self, selector: impl Into<String>) -> Self {
        self.copies = Some(selector.into());
        self.script_only = true;
        self
    }

    /// With script only: prints the page.
    pub fn prints(mut self) -> Self {
        self.prints = true;
        self.script_only = true;
        self
    }

    /// With script only: adds an empty row to the [`super::Rows`] it stands in.
    pub(super) fn adds_row(mut self) -> Self {
        self.adds_row = true;
        self.script_only = true;
        self
    }

    fn class(&self) -> String {
        let mut class = self.look.class().to_owned();
        for (wanted, name) in
            [(self.small, " btn-small"), (self.icon_only, " btn-icon"), (self.script_only, " with-script")]
        {
            if wanted {
                class.push_str(name);
            }
        }
        class
    }

    fn content(&self) -> Markup {
        html! {
            @if let Some(icon) = self.icon { (icon) }
            @if self.icon_only { span.vh { (self.label) } } @else { span { (self.label) } }
            @if let Some(context) = &self.context { span.vh { " " (context) } }
            @if let Some(icon) = self.trailing { (icon) }
        }
    }

    fn title(&self) -> Option<&str> {
        self.icon_only.then_some(self.label.as_str())
    }

    fn link(&self, href: &str) -> Markup {
        html! {
            a class=(self.class()) href=(href) id=[self.id.as_deref()] title=[self.title()]
                data-live=[self.live.as_deref()] data-push[self.push] download[self.download]
                data-confirm=[self.confirm.as_deref()] { (self.content()) }
        }
    }

    fn submit(&self) -> Markup {
        let (name, value) = match &self.name_value {
            Some((name, value)) => (Some(name.as_str()), Some(value.as_str())),
            None => (None, None),
        };
        let kind = if self.copies.is_some() || self.prints || self.adds_row { "button" } else { "submit" };
        html! {
            button class=(self.class()) type=(kind) id=[self.id.as_deref()] name=[name] value=[value]
                formaction=[self.formaction.as_deref()] form=[self.form.as_deref()]
                formnovalidate[self.skip_checks] title=[self.title()] disabled[self.disabled]
                data-live=[self.live.as_deref()] data-push[self.push]
                data-confirm=[self.confirm.as_deref()] data-copy=[self.copies.as_deref()] data-print[self.prints] data-add-row[self.adds_row] { (self.content()) }
        }
    }
}

impl Render for Button {
    fn render(&self) -> Markup {
        match &self.href {
            Some(href) => self.link(href),
            None => self.submit(),
        }
    }
}

/// Buttons side by side, wrapping where they must.
pub fn toolbar(buttons: Markup) -> Markup {
    html! { div.toolbar { (buttons) } }
}
