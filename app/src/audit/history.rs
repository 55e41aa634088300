//! `…/{id}/history`: any record as it stood, version by version or at an instant.

use ::store::Record;
use deserr::Deserr;
use jiff::Timestamp;
use rules::{
    column::Value,
    id::{Id, Kind},
    permissions::Permission,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use super::store::Replaced;
use super::store::{self, OldVersion};
use crate::{
    door::{Cx, Scope},
    http::extract::{FieldErrors, Parsed},
    paging::{Limit, Page, bad_cursor},
    problem::Problem,
};

/// A record as it stood for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecordVersion {
    /// The version.
    pub version: i64,
    /// The record.
    #[schema(value_type = Object)]
    pub record: serde_json::Value,
    /// Since when it stood so.
    pub from: Timestamp,
    /// Until when; none while it stands.
    pub until: Option<Timestamp>,
    /// Who made it so: a user's id, or `system:` and the name of the job; none where it is not known.
    pub changed_by: Option<String>,
}

/// Which versions are wanted.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AsOf {
    /// Only the version that stood at this instant; the list is empty before the record was created.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = DateTime)]
    pub at: Option<Parsed<Instant>>,
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

impl AsOf {
    /// The version before which the page goes on.
    ///
    /// # Errors
    /// 422 for a cursor that is none.
    pub fn before(&self) -> Result<Option<i64>, Problem> {
        self.cursor.as_deref().map(|text| text.parse().map_err(|_| bad_cursor())).transpose()
    }
}

/// An instant with its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant(pub Timestamp);

impl std::str::FromStr for Instant {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "must be an instant such as 2026-03-02T09:00:00Z")
    }
}

/// The versions of a record, newest first, for who may read the record or the audit log.
///
/// # Errors
/// 403, 404, 422 for a bad cursor.
pub async fn history<R, K>(
    cx: &Cx,
    permission: Permission,
    id: Id<K>,
    wanted: &AsOf,
) -> Result<Page<RecordVersion>, Problem>
where
    R: Record<Id = Id<K>> + Serialize + Send + Sync,
    K: Kind,
{
    if !cx.permissions.allows(Permission::AuditRead) {
        cx.require(permission).await?;
    }
    let before = wanted.before()?;
    cx.read_as_oneself(|scope| {
        Box::pin(async move {
            let record: R = scope.get(id).await?;
            let current = standing(scope, &record).await?;
            scope.record_reading("history", id);
            match &wanted.at {
                Some(at) => as_of(scope, &id.to_string(), current, at.0.0).await,
                None => newest(scope, &id.to_string(), current, before, wanted.limit.unwrap_or_default().0).await,
            }
        })
    })
    .await
}

/// A record as it stood in a version that was replaced, as far as it can still be read as one.
///
/// # Errors
/// When the database can't answer.
pub async fn earlier<R: serde::de::DeserializeOwned>(
    scope: &mut Scope<'_>,
    id: impl std::fmt::Display,
    version: i64,
) -> Result<Option<R>, Problem> {
    let old = store::old_version(scope, &id.to_string(), version).await?;
    Ok(old.and_then(|record| serde_json::from_value(record).ok()))
}

/// What became of a record since a version: each replaced version from that one on, oldest first, with when and by whom
/// it was replaced; at most `limit`.
///
/// # Errors
/// When the database can't answer.
pub async fn since(
    scope: &mut Scope<'_>,
    id: impl std::fmt::Display,
    version: i64,
    limit: usize,
) -> Result<Vec<Replaced>, Problem> {
    Ok(store::replaced_since(scope, &id.to_string(), version, limit).await?)
}

/// The version that stands now.
async fn standing<R: Record + Serialize>(scope: &mut Scope<'_>, record: &R) -> Result<RecordVersion, Problem> {
    let changed_by = store::replaced_by(scope, &record.id().to_string(), record.version() - 1).await?;
    let record_as_json = serde_json::to_value(record).map_err(|error| Problem::internal(&error))?;
    Ok(version(OldVersion { version: record.version(), record: record_as_json, until: None, changed_by }))
}

fn version(old: OldVersion) -> RecordVersion {
    let text = |field: &str| old.record[field].as_str().map(str::to_owned);
    let since = text("updated_at").and_then(|at| at.parse().ok());
    let changed_by = old.changed_by.clone().or_else(|| text("created_by_user").filter(|_| old.version == 1));
    RecordVersion {
        version: old.version,
        from: since.unwrap_or(Timestamp::UNIX_EPOCH),
        until: old.until,
        changed_by,
        record: old.record,
    }
}

async fn as_of(
    scope: &mut Scope<'_>,
    id: &str,
    current: RecordVersion,
    at: Timestamp,
) -> Result<Page<RecordVersion>, Problem> {
    let found = if current.from <= at {
        Some(current)
    } else {
        let filter = store::versions_of(id).and("v.replaced_at > ?", Value::Time(at));
        let first = store::old_versions(scope, &filter, "v.version, v.record_id", 1).await?.into_iter().next();
        first.map(version).filter(|first| first.from <= at)
    };
    Ok(Page { items: found.into_iter().collect(), next: None })
}

async fn newest(
    scope: &mut Scope<'_>,
    id: &str,
    current: RecordVersion,
    before: Option<i64>,
    limit: usize,
) -> Result<Page<RecordVersion>, Problem> {
    let filter = store::versions_of(id).and_if("v.version < ?", before.map(Value::Int));
    let old = store::old_versions(scope, &filter, "v.version desc, v.record_id", limit + 1).await?;
    let current = Some(current).filter(|current| before.is_none_or(|before| current.version < before));
    let mut items: Vec<RecordVersion> = current.into_iter().chain(old.into_iter().map(version)).collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.version.to_string());
    Ok(Page { items, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_knows_since_when_and_by_whom() {
        let record = serde_json::json!({ "created_by_user": "usr_1", "updated_at": "2026-03-02T10:00:00Z" });
        let first = version(OldVersion { version: 1, record: record.clone(), until: None, changed_by: None });
        assert_eq!(
            (first.from.to_string().as_str(), first.changed_by.as_deref()),
            ("2026-03-02T10:00:00Z", Some("usr_1"))
        );
        let second = OldVersion { version: 2, record, until: None, changed_by: Some("usr_2".to_owned()) };
        assert_eq!(version(second).changed_by.as_deref(), Some("usr_2"));
    }
}
