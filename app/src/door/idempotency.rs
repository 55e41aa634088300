//! The same key and body within a day get the first answer, another body is refused (api: conventions).

use jiff::SignedDuration;
use rules::column::Value;
use store::Statement;

use super::{Principal, Scope, cx::Reply};
use crate::problem::Problem;

/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The key of a request, with what it was sent to and the hash of what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// `Idempotency-Key`.
    pub key: String,
    /// Method and path.
    pub request: String,
    /// The body's hash, keyed by the caller's secret.
    pub body_hash: String,
}

fn scope_of(scope: &Scope<'_>) -> Option<(Idempotency, Value)> {
    let credential = match &scope.cx.principal {
        Principal::User { credential, .. } => Value::from(credential),
        Principal::Link { .. } | Principal::Kiosk(_) | Principal::System(_) => return None,
    };
    scope.cx.request.idempotency.clone().map(|key| (key, credential))
}

/// The stored answer to this request, if it was answered before.
pub(super) async fn replay<T: Reply>(scope: &mut Scope<'_>) -> Result<Option<T>, Problem> {
    const SQL: &str = "select body_hash, outcome from idempotency_keys where organization_id = $1 and credential = $2 \
        and request = $3 and idempotency_key = $4 and created_at > $5";
    let Some((wanted, credential)) = scope_of(scope) else { return Ok(None) };
    let since = scope.now().checked_sub(KEPT).unwrap_or(jiff::Timestamp::MIN);
    let arguments = [credential, (&wanted.request).into(), (&wanted.key).into(), Value::Time(since)];
    let Some(row) = scope.row(SQL, &arguments).await? else { return Ok(None) };
    if row.at::<String>(0)? != wanted.body_hash {
        let detail = "This `Idempotency-Key` was used for another request. Use a new key for a new request.";
        return Err(Problem::unprocessable("idempotency_key_reused", detail));
    }
    let outcome: String = row.at(1)?;
    serde_json::from_str(&outcome).map(Some).map_err(|_| {
        // What was shown once, such as a token, is not kept and can't be shown again.
        Problem::conflict("already_done", "This was done already, and its answer was shown only once.")
    })
}

/// What keeps the answer; a second request under the same key meets the first's row.
pub(super) fn keep<T: Reply>(scope: &Scope<'_>, answer: &T) -> Result<Vec<Statement>, Problem> {
    const FORGET: &str = "delete from idempotency_keys where organization_id = $1 and created_at <= $2";
    const SQL: &str = "insert into idempotency_keys \
        (organization_id, credential, request, idempotency_key, body_hash, outcome, created_at) \
        values ($1, $2, $3, $4, $5, $6, $7)";
    let Some((key, credential)) = scope_of(scope) else { return Ok(Vec::new()) };
    let since = scope.now().checked_sub(KEPT).unwrap_or(jiff::Timestamp::MIN);
    let outcome = serde_json::to_string(answer).map_err(|error| Problem::internal(&error))?;
    let now = Value::Time(scope.now());
    let values =
        [credential, (&key.request).into(), (&key.key).into(), (&key.body_hash).into(), Value::Text(outcome), now];
    Ok(vec![scope.statement(FORGET, &[Value::Time(since)]), scope.statement(SQL, &values)])
}
