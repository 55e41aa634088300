//! `/api/audit`: the ledger, newest first.

use deserr::Deserr;
use jiff::Timestamp;
use rules::{column::Value, permissions::Permission};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::history::RecordVersion;
use crate::{
    door::Cx,
    http::{
        ApiRouter,
        extract::{FieldErrors, Parsed, Query},
        openapi::with_schemas,
        respond::Listed,
    },
    paging::{Limit, Page, bad_cursor},
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    with_schemas::<(AuditEntry, RecordVersion)>(ApiRouter::new().routes(routes!(list)))
}

/// One sealed entry of the ledger.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Its number in the chain.
    pub sequence: i64,
    /// When it happened.
    pub happened_at: Timestamp,
    /// Who: a user's id, or `system:` and the name of the job.
    pub actor: String,
    /// What: an event, `….read`, or the permission that was missing.
    pub action: String,
    /// The id of the record.
    pub subject: String,
    /// `done` or `refused`.
    pub outcome: String,
    /// The number of the request.
    pub request: String,
    /// The network address.
    pub source: String,
    /// The SHA-256 that chains it.
    pub hash: String,
}

/// What a list of entries is limited to.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListEntries {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Parsed<Limit>>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// Only entries about this record.
    #[deserr(default)]
    pub subject: Option<String>,
    /// Only entries of this actor.
    #[deserr(default)]
    pub actor: Option<String>,
}

/// Entries, newest first.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn entries(cx: &Cx, list: &ListEntries) -> Result<Page<AuditEntry>, Problem> {
    let limit = list.limit.map_or_else(Limit::default, |limit| limit.0).0;
    let before = list.cursor.as_deref().map(|text| text.parse::<i64>().map_err(|_| bad_cursor())).transpose()?;
    cx.read(Permission::AuditRead, |scope| {
        Box::pin(async move {
            let filter = ::store::Where::organization()
                .and_if("subject = ?", list.subject.as_deref())
                .and_if("actor = ?", list.actor.as_deref())
                .and_if("sequence < ?", before.map(Value::Int));
            let mut items = super::store::entries(scope, &filter, limit + 1).await?;
            let more = items.len() > limit;
            items.truncate(limit);
            let next = items.last().filter(|_| more).map(|last| last.sequence.to_string());
            Ok(Page { items, next })
        })
    })
    .await
}

/// List audit entries
///
/// Newest first. An entry appears within a second of what it tells.
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(ListEntries))]
async fn list(cx: Cx, Query(list): Query<ListEntries>) -> Result<Listed<AuditEntry>, Problem> {
    entries(&cx, &list).await.map(Listed)
}
