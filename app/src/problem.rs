//! The one error that leaves the house: RFC 9457 to programs, a page with a way back to people.
//!
//! A problem names a stable code, says what would help, and lists every bad field. It never names a person.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rules::{permissions::Permission, violation::Violation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is wrong with one field of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Where: `max_participants`, `members[3].patient_id`.
    pub field: String,
    /// A stable word.
    pub code: String,
    /// A sentence for a person.
    pub message: String,
}

impl FieldError {
    /// An error at a field.
    pub fn new(field: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.to_owned(), message: message.into() }
    }
}

impl From<Violation> for FieldError {
    fn from(violation: Violation) -> Self {
        Self::new(violation.field, violation.code, violation.message)
    }
}

/// A refusal or a failure.
#[derive(Debug, Clone)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    permission: Option<Permission>,
    retry_after: Option<u32>,
    current_version: Option<i64>,
    way: Option<(&'static str, String)>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let (errors, permission, retry_after, current_version, way) = (Vec::new(), None, None, None, None);
        Self(Box::new(Inner { status, code, title, detail, errors, permission, retry_after, current_version, way }))
    }

    /// 400: the text is not what it claims to be.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The request can't be read", detail)
    }

    /// 401: nobody is signed in, or the credential is no longer good.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Sign in first", detail)
    }

    /// 403: names the permission that is missing.
    pub fn forbidden(permission: Permission) -> Self {
        let detail = format!("This needs the permission `{permission}`. An administrator can grant it.");
        let mut problem = Self::new(StatusCode::FORBIDDEN, "forbidden", "Not permitted", detail);
        problem.0.permission = Some(permission);
        problem
    }

    /// 403 for another reason than a missing permission.
    pub fn refused_access(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, "Not permitted", detail)
    }

    /// 404: there is no such record, or it is not the caller's to see.
    pub fn not_found(noun: &str) -> Self {
        let detail = format!("There is no such {noun} in your organization.");
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found", detail)
    }

    /// 409: the state of the record does not allow it.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, "Not possible now", detail)
    }

    /// 410: it was there, and will not be again.
    pub fn gone(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "gone", "No longer there", detail)
    }

    /// 412: the record has changed since it was read.
    pub fn stale(current: Option<i64>) -> Self {
        let detail = match current {
            Some(version) => format!(
                "Somebody else has changed this in the meantime; it has version {version} now. Read it again, then repeat your change."
            ),
            None => {
                "Somebody else has changed this in the meantime. Read it again, then repeat your change.".to_owned()
            }
        };
        let mut problem = Self::new(StatusCode::PRECONDITION_FAILED, "stale", "Changed in the meantime", detail);
        problem.0.current_version = current;
        problem
    }

    /// 422 with every bad field.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            // Only the body as a whole has no name.
            [only] if only.field.is_empty() => format!("The body {}.", only.message.trim_end_matches('.')),
            [only] => format!("`{}` {}.", only.field, only.message.trim_end_matches('.')),
            _ => format!("{} fields are not right; each is named in `errors`.", errors.len()),
        };
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some fields are not right", detail);
        problem.0.errors = errors;
        problem
    }

    /// 422 for one field.
    pub fn invalid_field(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, code, message)])
    }

    /// 422 that is not about one field.
    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, "This can't be done", detail)
    }

    /// 422: specified, and not part of the product yet.
    pub fn not_available(field: &str, message: impl Into<String>) -> Self {
        let mut problem = Self::invalid_field(field, "not_available", message);
        problem.0.code = "not_available";
        problem
    }

    /// 413.
    pub fn too_large(limit: usize) -> Self {
        let detail = format!("The request has more than {limit} bytes.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Too large", detail)
    }

    /// 415.
    pub fn unsupported_media_type(wanted: &str) -> Self {
        let detail = format!("The body must be `{wanted}`.");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Another kind of body", detail)
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        let detail = "This address exists, but does not answer to this method.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Another method", detail)
    }

    /// 429, with the seconds to wait.
    pub fn too_many(seconds: u32) -> Self {
        let detail = format!("Too many tries. Wait {seconds} seconds, then try again.");
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many tries", detail);
        problem.0.retry_after = Some(seconds);
        problem
    }

    /// 429: so many live streams of one user are open already.
    pub fn too_many_streams(most: usize) -> Self {
        let detail = format!("You follow {most} sessions live already, and that is the most. Close one of them first.");
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", "Too many live views", detail);
        problem.0.retry_after = Some(5);
        problem
    }

    /// 503: the database is busy or away; the same request may be sent again.
    pub fn unavailable() -> Self {
        let detail = "The system is busy. Nothing was changed; try again in a moment.";
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Busy", detail);
        problem.0.retry_after = Some(1);
        problem
    }

    /// 500: a defect of ours. The cause goes to the log, never to the caller.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal failure");
        let detail =
            "Something went wrong on our side. Nothing was changed. The number of the request helps to find it.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Our mistake", detail)
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }
    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }
    /// The short title.
    pub fn title(&self) -> &'static str {
        self.0.title
    }
    /// What would help.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }
    /// The version the record has now, where another was read.
    pub fn current_version(&self) -> Option<i64> {
        self.0.current_version
    }
    /// Every bad field.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }
    /// Whether the caller may not do this: for the audit log.
    pub fn is_refused_access(&self) -> bool {
        self.0.status == StatusCode::FORBIDDEN
    }
    /// Whether a form should be shown again with what is wrong, instead of an error page.
    pub fn is_about_input(&self) -> bool {
        matches!(
            self.0.status,
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED
        )
    }
    /// Whether the whole action may be tried again.
    pub fn is_retryable(&self) -> bool {
        self.0.status == StatusCode::SERVICE_UNAVAILABLE
    }

    /// Where a page leads that shows this, if something would help: label and address.
    pub fn way(&self) -> Option<(&str, &str)> {
        self.0.way.as_ref().map(|(label, href)| (*label, href.as_str()))
    }

    /// The same with where a page leads that shows it.
    #[must_use]
    pub fn with_way(mut self, label: &'static str, href: String) -> Self {
        self.0.way = Some((label, href));
        self
    }

    /// The same with what it is about, one by one: closed gates, people nobody has marked.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Puts a list's position before each field: `members[3].patient_id`.
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        for error in &mut self.0.errors {
            error.field = format!("{prefix}.{}", error.field);
        }
        self
    }

    /// The body of RFC 9457.
    pub fn body(&self, request_id: &str) -> ProblemBody {
        let inner = &*self.0;
        ProblemBody {
            r#type: format!("urn:convene:problem:{}", inner.code),
            title: inner.title.to_owned(),
            status: inner.status.as_u16(),
            detail: inner.detail.clone(),
            code: inner.code.to_owned(),
            errors: inner.errors.clone(),
            permission: inner.permission,
            current_version: inner.current_version,
            request_id: request_id.to_owned(),
            success: false,
        }
    }
}

/// `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:convene:problem:` and the code.
    pub r#type: String,
    /// A short title.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong and what would help.
    pub detail: String,
    /// A stable word for programs.
    pub code: String,
    /// Every bad field at once.
    pub errors: Vec<FieldError>,
    /// The permission that is missing (403).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
    /// The version the record has now (412).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_version: Option<i64>,
    /// The number of the request, as in the log.
    pub request_id: String,
    /// Always false.
    pub success: bool,
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Busy | store::Error::Unavailable(_) => Self::unavailable(),
            store::Error::Stale => Self::stale(None),
            store::Error::Conflict => Self::conflict("conflict", "A record with the same key exists already."),
            error => Self::internal(&error),
        }
    }
}

impl From<Vec<Violation>> for Problem {
    fn from(violations: Vec<Violation>) -> Self {
        Self::invalid(violations.into_iter().map(FieldError::from).collect())
    }
}

impl IntoResponse for Problem {
    /// An empty response that carries the problem: the outer layer knows the request's number and whether a person
    /// or a program asked, and writes the body.
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        if let Some(seconds) = self.0.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}
