//! What handlers read: JSON with every bad field at once, query strings, ids in paths.

use std::{borrow::Cow, convert::Infallible, ops::ControlFlow, str::FromStr};

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::{header, request::Parts},
};
use deserr::{DeserializeError, Deserr, ErrorKind, IntoValue, MergeWithError, ValueKind, ValuePointerRef};
use rules::{
    text::{is_forbidden, kind_name, with_plain_breaks},
    vocabulary::NotAWord,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::State;
use crate::problem::{FieldError, Problem};

/// The most bytes a body may have.
pub const BODY_MAX: usize = 1024 * 1024;
/// The deepest nesting of a JSON body.
const DEPTH_MAX: usize = 32;

/// A JSON body, read by deserr. Named as axum's so that utoipa finds it.
pub struct Json<T>(pub T);

impl<T: Deserr<FieldErrors>> FromRequest<State> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &State) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_json = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        let body =
            axum::body::to_bytes(request.into_body(), BODY_MAX).await.map_err(|_| Problem::too_large(BODY_MAX))?;
        if !is_json && !body.is_empty() {
            return Err(Problem::unsupported_media_type("application/json"));
        }
        // An empty body is an empty object: verbs whose fields are all optional need none.
        let value =
            if body.is_empty() { Ok(Value::Object(serde_json::Map::new())) } else { serde_json::from_slice(&body) };
        let value = value.map_err(|error| Problem::malformed(not_json(&error)))?;
        parse(value).map(Self)
    }
}

/// What to say of a body that is no JSON, and where to look.
fn not_json(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Eof => {
            format!("The body is not JSON: it ends too early, in line {line} after character {column}.")
        }
        _ => format!("The body is not JSON: what stands in line {line}, near character {column}, can't be read."),
    }
}

/// Reads a value as a type, with every bad field at once. Line breaks are `\n` from here on.
///
/// # Errors
/// 422 with the list of fields.
pub fn parse<T: Deserr<FieldErrors>>(mut value: Value) -> Result<T, Problem> {
    let mut errors = Vec::new();
    unify_line_breaks(&mut value);
    find_control_characters(&value, &mut String::new(), 0, &mut errors);
    match deserr::deserialize::<T, _, FieldErrors>(value) {
        Ok(read) if errors.is_empty() => Ok(read),
        Ok(_) => Err(Problem::invalid(errors)),
        Err(FieldErrors(more)) => {
            errors.retain(|error| more.iter().all(|other| other.field != error.field));
            errors.extend(more);
            Err(Problem::invalid(errors))
        }
    }
}

/// Browsers send `\r\n` for a line break of a form, and so do programs that pass on what people typed.
fn unify_line_breaks(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(unified) = with_plain_breaks(text) {
                *text = unified;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(unify_line_breaks),
        Value::Object(fields) => fields.values_mut().for_each(unify_line_breaks),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn find_control_characters(value: &Value, path: &mut String, depth: usize, errors: &mut Vec<FieldError>) {
    let mut refuse = |path: &str, code, message: &str| errors.push(FieldError::new(path.to_owned(), code, message));
    if depth > DEPTH_MAX {
        return refuse(path, "too_deep", "is nested too deeply; 32 levels are allowed");
    }
    let message = "contains a control character; only line breaks and tabs are allowed";
    match value {
        Value::String(text) if text.chars().any(is_forbidden) => {
            refuse(path, "control_character", message);
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| {
            let length = path.len();
            path.push_str(&format!("[{at}]"));
            find_control_characters(item, path, depth + 1, errors);
            path.truncate(length);
        }),
        Value::Object(fields) => fields.iter().for_each(|(name, item)| {
            let length = path.len();
            if name.chars().any(is_forbidden) {
                errors.push(FieldError::new(path.clone(), "control_character", "has a key with a control character"));
            }
            if length > 0 {
                path.push('.');
            }
            path.push_str(name);
            find_control_characters(item, path, depth + 1, errors);
            path.truncate(length);
        }),
        _ => {}
    }
}

/// Every bad field of one input.
#[derive(Debug, Default)]
pub struct FieldErrors(pub Vec<FieldError>);

impl MergeWithError<FieldErrors> for FieldErrors {
    fn merge(this: Option<Self>, other: Self, _: ValuePointerRef<'_>) -> ControlFlow<Self, Self> {
        let mut all = this.unwrap_or_default();
        all.0.extend(other.0);
        ControlFlow::Continue(all)
    }
}

impl MergeWithError<Infallible> for FieldErrors {
    fn merge(_: Option<Self>, never: Infallible, _: ValuePointerRef<'_>) -> ControlFlow<Self, Self> {
        match never {}
    }
}

impl DeserializeError for FieldErrors {
    fn error<V: IntoValue>(
        this: Option<Self>,
        error: ErrorKind<'_, V>,
        location: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let mut all = this.unwrap_or_default();
        let at = path(location);
        let inside = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
        all.0.push(match error {
            ErrorKind::MissingField { field } => FieldError::new(inside(field), "missing", "is required"),
            ErrorKind::UnknownKey { key, accepted } => {
                let message = format!("is not a field of this request; its fields are {}", accepted.join(", "));
                FieldError::new(inside(key), "unknown_field", message)
            }
            ErrorKind::IncorrectValueKind { actual, accepted } => {
                FieldError::new(at, "wrong_type", wrong_kind(&actual, accepted))
            }
            ErrorKind::UnknownValue { accepted, .. } => {
                FieldError::new(at, "invalid", format!("must be one of {}", accepted.join(", ")))
            }
            ErrorKind::BadSequenceLen { expected, .. } => {
                FieldError::new(at, "invalid", format!("must have {expected} items"))
            }
            // deserr's own words of a number that its Rust type can't hold.
            ErrorKind::Unexpected { msg } if msg.contains("too large to be deserialized") => {
                FieldError::new(at, "invalid", "is too large")
            }
            ErrorKind::Unexpected { msg } => FieldError::new(at, "invalid", msg),
        });
        ControlFlow::Continue(all)
    }
}

/// What to say of a value of one kind where others are wanted. JSON knows one kind of numbers, deserr knows three.
fn wrong_kind<V: IntoValue>(actual: &deserr::Value<V>, accepted: &[ValueKind]) -> String {
    use ValueKind::{Float, Integer, NegativeInteger};
    /// From here on a whole number is read as one with a fraction.
    const WHOLE_MAX: f64 = 1.8e19;
    let whole = !accepted.contains(&Float) && accepted.contains(&Integer);
    match actual {
        deserr::Value::Float(number) if whole && *number > WHOLE_MAX => "is too large".to_owned(),
        deserr::Value::Float(_) if accepted == [Integer, NegativeInteger] => "must be a whole number".to_owned(),
        deserr::Value::Float(_) | deserr::Value::NegativeInteger(_) if whole => {
            "must be a whole number of at least 0".to_owned()
        }
        other => {
            let mut wanted: Vec<_> = accepted.iter().map(|kind| kind_name(*kind)).collect();
            wanted.dedup();
            format!("must be {}, not {}", wanted.join(" or "), kind_name(other.kind()))
        }
    }
}

fn path(location: ValuePointerRef<'_>) -> String {
    match location {
        ValuePointerRef::Origin => String::new(),
        ValuePointerRef::Key { key, prev } => match path(*prev) {
            before if before.is_empty() => key.to_owned(),
            before => format!("{before}.{key}"),
        },
        ValuePointerRef::Index { index, prev } => format!("{}[{index}]", path(*prev)),
    }
}

/// A field of a change: left as it is, cleared by `null`, or set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Not named: stays as it is.
    #[default]
    Keep,
    /// `null`: cleared.
    Clear,
    /// Set.
    Set(T),
}

impl<T> Patch<T> {
    /// The value after the change.
    pub fn apply(self, old: Option<T>) -> Option<T> {
        match self {
            Self::Keep => old,
            Self::Clear => None,
            Self::Set(new) => Some(new),
        }
    }

    /// The same change of another type.
    ///
    /// # Errors
    /// What `read` refuses.
    pub fn try_map<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<Patch<U>, E> {
        Ok(match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(new) => Patch::Set(read(new)?),
        })
    }
}

impl<T: Deserr<E>, E: DeserializeError> Deserr<E> for Patch<T> {
    fn deserialize_from_value<V: IntoValue>(value: deserr::Value<V>, location: ValuePointerRef<'_>) -> Result<Self, E> {
        match value {
            deserr::Value::Null => Ok(Self::Clear),
            value => T::deserialize_from_value(value, location).map(Self::Set),
        }
    }
}
impl<T: utoipa::PartialSchema> utoipa::PartialSchema for Patch<T> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let nothing = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::Null);
        utoipa::openapi::OneOfBuilder::new().item(nothing).item(T::schema()).into()
    }
}
impl<T: utoipa::ToSchema> utoipa::ToSchema for Patch<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Clearable_{}", T::name()).into()
    }
    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
        T::schemas(schemas);
    }
}

/// Any JSON object, with at most 64 KiB of text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JsonObject(pub serde_json::Map<String, Value>);

/// The most bytes a free JSON object may have.
const OBJECT_MAX: usize = 64 * 1024;

impl<E: DeserializeError> Deserr<E> for JsonObject {
    fn deserialize_from_value<V: IntoValue>(value: deserr::Value<V>, location: ValuePointerRef<'_>) -> Result<Self, E> {
        let kind = value.kind();
        let message = match Value::from(value) {
            Value::Object(fields) => match serde_json::to_string(&fields) {
                Ok(text) if text.len() <= OBJECT_MAX => return Ok(Self(fields)),
                _ => format!("must have at most {OBJECT_MAX} bytes"),
            },
            _ => format!("must be an object, not {}", kind_name(kind)),
        };
        Err(deserr::take_cf_content(E::error::<V>(None, ErrorKind::Unexpected { msg: message }, location)))
    }
}

/// A refusal in our own words. What a library says of a text it can't read is none, so nothing is read by one alone.
pub struct Words(Cow<'static, str>);

impl From<&'static str> for Words {
    fn from(words: &'static str) -> Self {
        Self(Cow::Borrowed(words))
    }
}
impl From<String> for Words {
    fn from(words: String) -> Self {
        Self(Cow::Owned(words))
    }
}
impl From<NotAWord> for Words {
    fn from(words: NotAWord) -> Self {
        Self(Cow::Owned(words.to_string()))
    }
}

/// A value given as text (a date, an instant, a number in a query string) and read by its own parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parsed<T>(pub T);

impl<T: FromStr, E: DeserializeError> Deserr<E> for Parsed<T>
where
    T::Err: Into<Words>,
{
    fn deserialize_from_value<V: IntoValue>(value: deserr::Value<V>, location: ValuePointerRef<'_>) -> Result<Self, E> {
        let kind = value.kind();
        let message = match value {
            deserr::Value::String(text) => match text.parse() {
                Ok(read) => return Ok(Self(read)),
                Err(refused) => refused.into().0.into_owned(),
            },
            _ => format!("must be text, not {}", kind_name(kind)),
        };
        Err(deserr::take_cf_content(E::error::<V>(None, ErrorKind::Unexpected { msg: message }, location)))
    }
}
impl<T: utoipa::PartialSchema> utoipa::PartialSchema for Parsed<T> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        T::schema()
    }
}
impl<T: utoipa::ToSchema> utoipa::ToSchema for Parsed<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        T::name()
    }
}

/// Yes or no in a query string, where everything is text: `true` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truth(pub bool);

impl<E: DeserializeError> Deserr<E> for Truth {
    fn deserialize_from_value<V: IntoValue>(value: deserr::Value<V>, location: ValuePointerRef<'_>) -> Result<Self, E> {
        let said = match &value {
            deserr::Value::Boolean(said) => Some(*said),
            deserr::Value::String(word) if word == "true" => Some(true),
            deserr::Value::String(word) if word == "false" => Some(false),
            _ => None,
        };
        said.map(Self).ok_or_else(|| {
            let refused = ErrorKind::Unexpected { msg: "must be true or false".to_owned() };
            deserr::take_cf_content(E::error::<V>(None, refused, location))
        })
    }
}

/// What decides whether and how far a change is made. Left empty it is a mistake, and never a change that was not meant.
const SWITCHES: [&str; 2] = ["dry_run", "scope"];

/// The query string, read by deserr: every value is text, unknown names are refused.
pub struct Query<T>(pub T);

impl<T: Deserr<FieldErrors>> FromRequestParts<State> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Problem> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let pairs = pairs.map_err(|_| Problem::malformed("The query string can't be read."))?.0;
        // A filter that was left empty in a form is no filter.
        let said = |(name, text): &(String, String)| !text.is_empty() || SWITCHES.contains(&name.as_str());
        let fields = pairs.into_iter().filter(said).map(|(name, text)| (name, Value::String(text)));
        parse(Value::Object(fields.collect())).map(Self)
    }
}

/// Ids in the path: one that is none of its kind is not found.
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<State> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(ids)| Self(ids)).map_err(|_| Problem::not_found("record"))
    }
}
