//! Statements over settings: one row a setting that differs from its default.

use ::rules::column::Value;
use ::store::Error;
use serde_json::{Map, Value as Json};

use crate::door::Scope;

/// Every setting that was set.
pub async fn all(scope: &mut Scope<'_>) -> Result<Map<String, Json>, Error> {
    let rows =
        scope.rows("select name, value from settings where organization_id = $1 order by name -- unique", &[]).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// How often the settings were changed, and one.
pub async fn version(scope: &mut Scope<'_>) -> Result<i64, Error> {
    let row = scope.row("select version from settings_versions where organization_id = $1", &[]).await?;
    row.map_or(Ok(1), |row| row.at(0))
}

/// Counts a change and returns the new version; whoever changes settings at the same time waits.
pub async fn count_change(scope: &mut Scope<'_>) -> Result<i64, Error> {
    const SQL: &str = "insert into settings_versions (organization_id, version) values ($1, 2) \
        on conflict (organization_id) do update set version = settings_versions.version + 1 returning version";
    scope.row(SQL, &[]).await?.map_or(Ok(2), |row| row.at(0))
}

/// Keeps a setting.
pub async fn set(scope: &mut Scope<'_>, name: &str, value: &Json) -> Result<(), Error> {
    const SQL: &str = "insert into settings (organization_id, name, value) values ($1, $2, $3) \
        on conflict (organization_id, name) do update set value = excluded.value";
    scope.run(SQL, &[name.into(), Value::from(value)]).await.map(drop)
}
