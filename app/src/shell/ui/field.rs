//! Form fields: label, control, hint and error as one unit.

mod draw;

use super::form::FieldErrors;

/// One choice of a select or a radio group.
#[must_use]
pub struct Choice {
    value: String,
    label: String,
    hint: Option<String>,
    group: Option<String>,
}

impl Choice {
    /// A value and what people read.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: None, group: None }
    }

    /// A line under the label (radio groups only).
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The heading it stands under (selects only); neighbours with the same heading are put together.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    fn has_odd_spaces(&self) -> bool {
        !self.label.split(' ').eq(self.label.split_whitespace())
    }

    /// Whether this is its value.
    pub fn is(&self, value: &str) -> bool {
        self.value == value
    }
}

impl<V: Into<String>, L: Into<String>> From<(V, L)> for Choice {
    fn from((value, label): (V, L)) -> Self {
        Self::new(value, label)
    }
}

#[derive(PartialEq)]
enum Control {
    Input(&'static str),
    Area(u8),
    Select,
    Checkbox,
    Radios,
    Checks,
}

/// How wide a control is drawn. A width tells what is expected.
#[derive(Clone, Copy)]
pub enum Width {
    /// Four characters: a number.
    Tiny,
    /// A date, a time.
    Short,
    /// A name.
    Medium,
    /// All there is (the default).
    Full,
}

/// A form field. Its id is `f-{name}`, or `f-{scope}-{name}` where one page has several forms.
#[must_use]
pub struct Field {
    control: Control,
    name: String,
    label: String,
    scope: Option<String>,
    value: String,
    values: Vec<String>,
    choices: Vec<Choice>,
    hint: Option<String>,
    error: Option<String>,
    suffix: Option<String>,
    width: Width,
    required: bool,
    disabled: bool,
    read_only: bool,
    autofocus: bool,
    label_hidden: bool,
    in_line: bool,
    min: Option<String>,
    max: Option<String>,
    step: Option<String>,
    max_length: Option<u32>,
    placeholder: Option<String>,
    autocomplete: Option<String>,
    input_mode: Option<&'static str>,
    list: Vec<String>,
    key: Option<String>,
}

macro_rules! inputs {
    ($($(#[$doc:meta])* $name:ident, $kind:literal, $width:expr;)+) => { $(
        $(#[$doc])*
        pub fn $name(name: impl Into<String>, label: impl Into<String>) -> Self {
            Self::new(Control::Input($kind), name, label).width($width)
        }
    )+ };
}

impl Field {
    inputs! {
        /// One line of text.
        text, "text", Width::Full;
        /// A number; say which with `min`, `max`, `step` and `suffix`.
        number, "number", Width::Tiny;
        /// A local date, `2026-03-09`.
        date, "date", Width::Short;
        /// A local time, `09:30`.
        time, "time", Width::Short;
        /// A local date and time, `2026-03-09T09:30`.
        date_time, "datetime-local", Width::Medium;
        /// A month, `2026-03`.
        month, "month", Width::Short;
        /// An e-mail address.
        email, "email", Width::Full;
        /// A telephone number.
        telephone, "tel", Width::Medium;
        /// An address on the web.
        url, "url", Width::Full;
        /// A password. The value is never written into the page.
        password, "password", Width::Full;
        /// Words to look for.
        search, "search", Width::Full;
        /// A file.
        file, "file", Width::Full;
    }

    /// Several lines of text.
    pub fn textarea(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(Control::Area(4), name, label)
    }

    /// One of many in a list. Choices may be `("value", "Label")` pairs.
    pub fn select<C: Into<Choice>>(
        name: impl Into<String>,
        label: impl Into<String>,
        choices: impl IntoIterator<Item = C>,
    ) -> Self {
        Self::new(Control::Select, name, label).choices(choices)
    }

    /// One of a few, all in sight.
    pub fn radios<C: Into<Choice>>(
        name: impl Into<String>,
        label: impl Into<String>,
        choices: impl IntoIterator<Item = C>,
    ) -> Self {
        Self::new(Control::Radios, name, label).choices(choices)
    }

    /// Any of a few, all in sight; tick them with [`Field::values`].
    pub fn checks<C: Into<Choice>>(
        name: impl Into<String>,
        label: impl Into<String>,
        choices: impl IntoIterator<Item = C>,
    ) -> Self {
        Self::new(Control::Checks, name, label).choices(choices)
    }

    /// Yes or no: sends `true` when ticked, nothing when not.
    pub fn checkbox(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(Control::Checkbox, name, label)
    }

    fn new(control: Control, name: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            control,
            name: name.into(),
            label: label.into(),
            scope: None,
            value: String::new(),
            values: Vec::new(),
            choices: Vec::new(),
            hint: None,
            error: None,
            suffix: None,
            width: Width::Full,
            required: false,
            disabled: false,
            read_only: false,
            autofocus: false,
            label_hidden: false,
            in_line: false,
            min: None,
            max: None,
            step: None,
            max_length: None,
            placeholder: None,
            autocomplete: None,
            input_mode: None,
            list: Vec::new(),
            key: None,
        }
    }

    fn choices<C: Into<Choice>>(mut self, choices: impl IntoIterator<Item = C>) -> Self {
        self.choices = choices.into_iter().map(Into::into).collect();
        self
    }

    /// What stands in it: the stored value, or after a refusal what was sent.
    pub fn value(mut self, value: impl ToString) -> Self {
        self.value = value.to_string();
        self
    }

    /// The ticked values of [`Field::checks`].
    pub fn values<S: Into<String>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Whether a checkbox is ticked.
    pub fn checked(mut self, checked: bool) -> Self {
        self.value = if checked { "true".to_owned() } else { String::new() };
        self
    }

    /// Help shown under the label.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Why this field was refused, and what would help.
    pub fn error(mut self, error: impl Into<String>) -> Self {
        self.error = Some(error.into());
        self
    }

    /// Takes this field's error (by name) and the form's scope from `errors`.
    pub fn errors(mut self, errors: &FieldErrors) -> Self {
        self.error = errors.get(&self.name).map(str::to_owned).or(self.error);
        self.scope = errors.scope().map(str::to_owned).or(self.scope);
        self
    }

    /// Sets this form apart from another on the page with fields of the same name.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// Must be filled in.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Not to be filled in and not sent.
    pub fn disabled(mut self) -> Self {
        self.disabled = true;
        self
    }

    /// Shown and sent, not to be changed.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// The cursor starts here. At most one on a page.
    pub fn autofocus(mut self) -> Self {
        self.autofocus = true;
        self
    }

    /// Leaves the label to screen readers: in filter bars and tables.
    pub fn label_hidden(mut self) -> Self {
        self.label_hidden = true;
        self
    }

    /// Puts short choices side by side: weekdays.
    pub fn in_line(mut self) -> Self {
        self.in_line = true;
        self
    }

    /// The unit behind the control: "minutes".
    pub fn suffix(mut self, suffix: impl Into<String>) -> Self {
        self.suffix = Some(suffix.into());
        self
    }

    /// How wide the control is drawn.
    pub fn width(mut self, width: Width) -> Self {
        self.width = width;
        self
    }

    /// How many lines a textarea shows at first; it grows with its text.
    pub fn rows(mut self, rows: u8) -> Self {
        self.control = Control::Area(rows);
        self
    }

    /// The least number, date or time.
    pub fn min(mut self, min: impl ToString) -> Self {
        self.min = Some(min.to_string());
        self
    }

    /// The greatest number, date or time.
    pub fn max(mut self, max: impl ToString) -> Self {
        self.max = Some(max.to_string());
        self
    }

    /// The step between numbers or times; `any` for decimals.
    pub fn step(mut self, step: impl ToString) -> Self {
        self.step = Some(step.to_string());
        self
    }

    /// The most characters the control takes.
    pub fn max_length(mut self, characters: u32) -> Self {
        self.max_length = Some(characters);
        self
    }

    /// An example of a value. Never instead of a label or a hint.
    pub fn placeholder(mut self, example: impl Into<String>) -> Self {
        self.placeholder = Some(example.into());
        self
    }

    /// The `autocomplete` token: `username`, `current-password`, `one-time-code`, `off`.
    pub fn autocomplete(mut self, token: impl Into<String>) -> Self {
        self.autocomplete = Some(token.into());
        self
    }

    /// The keyboard a telephone shows: `numeric`, `decimal`.
    pub fn input_mode(mut self, mode: &'static str) -> Self {
        self.input_mode = Some(mode);
        self
    }

    /// Offers these values while typing; any other may be typed.
    pub fn suggestions<S: Into<String>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.list = values.into_iter().map(Into::into).collect();
        self
    }

    /// Keeps the same element across a swap when fields are added or moved.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// The id of the control with this name: what an error summary links to.
pub fn field_id(scope: Option<&str>, name: &str) -> String {
    let raw = match scope {
        Some(scope) => format!("f-{scope}-{name}"),
        None => format!("f-{name}"),
    };
    raw.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect()
}
