//! Fields of HTML forms, made into the JSON that the API's own types are read from: one place says what is allowed.

use axum::extract::{FromRequest, Request};
use deserr::Deserr;
use serde_json::{Map, Value};

use super::{
    State,
    extract::{FieldErrors, parse},
};
use crate::problem::Problem;

/// A submitted form: names and texts, in order.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<(String, String)>);

impl FromRequest<State> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        let form = axum::Form::<Vec<(String, String)>>::from_request(request, state).await;
        let form = form.map(|axum::Form(pairs)| Self(pairs));
        form.map_err(|_| Problem::malformed("The form can't be read."))?.with_version()
    }
}

/// How a field's text becomes JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum As {
    /// Text; an empty one is left out.
    Text,
    /// Text; an empty one clears the field.
    Clearable,
    /// A whole number; an empty one clears the field.
    Number,
    /// A whole number; an empty one is left out.
    NumberIfAny,
    /// Text that may be empty.
    Blank,
    /// A checkbox.
    Truth,
    /// A checkbox; one that is not ticked is left out.
    TruthIfAny,
    /// Every text given under this name.
    List,
}

impl Form {
    /// A form filled with what is stored, to be shown as one that was sent.
    pub fn of<N: Into<String>, T: Into<String>>(fields: impl IntoIterator<Item = (N, T)>) -> Self {
        Self(fields.into_iter().map(|(name, text)| (name.into(), text.into())).collect())
    }

    /// Refuses a `version` that is none: without it the form would change what nobody has looked at.
    fn with_version(self) -> Result<Self, Problem> {
        let is_number = |text: &str| text.is_empty() || text.parse::<i64>().is_ok();
        if self.all("version").all(is_number) {
            return Ok(self);
        }
        let message = "must be the number that came with the form. Open the page again, then repeat your change";
        Err(Problem::invalid_field("version", "invalid", message))
    }

    /// The first text under a name.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text.as_str())
    }

    /// Every text under a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    /// Every name with its text.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The JSON of the named fields.
    pub fn json(&self, fields: &[(&str, As)]) -> Value {
        let mut object = Map::new();
        for (name, kind) in fields {
            let text = self.get(name).trim();
            let value = match kind {
                As::Text | As::NumberIfAny | As::TruthIfAny if text.is_empty() => continue,
                As::Clearable | As::Number if text.is_empty() => Value::Null,
                As::Text | As::Clearable | As::Blank => Value::from(text),
                As::Number | As::NumberIfAny => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
                As::Truth | As::TruthIfAny => Value::from(!text.is_empty()),
                As::List => self.all(name).filter(|text| !text.is_empty()).map(Value::from).collect(),
            };
            object.insert((*name).to_owned(), value);
        }
        Value::Object(object)
    }

    /// The fields as one of the API's own inputs.
    ///
    /// # Errors
    /// 422 with every bad field.
    pub fn read<T: Deserr<FieldErrors>>(&self, fields: &[(&str, As)]) -> Result<T, Problem> {
        parse(self.json(fields))
    }
}
