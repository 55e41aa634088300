//! Statements that read everything signed, page by page, outside a request.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    column::Value,
    id::{NoteId, OrganizationId},
};
use ::store::{Error, Record, Tx, Where};

use super::{Annotation, Note, Signature};

/// Rows read at once.
const PAGE: usize = 400;

/// What the audit log says of something signed: the record, its version where it has several, and its hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    pub id: String,
    pub version: i64,
    pub sha256: String,
    /// Where it stood: `current`, unless the entry says otherwise.
    pub status: String,
    /// The hash of who signed it, when, and as what; none for what nobody signs, and in entries older than this hash.
    pub signer_sha256: Option<String>,
}

/// Records after an id, in order of ids.
pub async fn page<R: Record>(tx: &mut Tx, organization: OrganizationId, after: &str) -> Result<Vec<R>, Error> {
    let sql = format!(
        "select {} from {} where organization_id = $1 and id > $2 order by id limit {PAGE}",
        R::COLUMNS,
        R::TABLE
    );
    let rows = tx.rows(&sql, &[(&organization).into(), after.into()]).await?;
    rows.iter().map(R::from_row).collect()
}

/// The notes with these ids.
pub async fn notes(
    tx: &mut Tx,
    organization: OrganizationId,
    ids: impl Iterator<Item = NoteId>,
) -> Result<BTreeMap<NoteId, Note>, Error> {
    let filter = Where::organization().and_in("id", ids.map(|id| Value::from(&id)));
    let found: Vec<Note> = with_ids(tx, organization, &filter).await?;
    Ok(found.into_iter().map(|note| (note.id, note)).collect())
}

fn bind(organization: OrganizationId, filter: &Where) -> Vec<Value> {
    std::iter::once((&organization).into()).chain(filter.arguments().iter().cloned()).collect()
}

/// The signatures after an id.
pub async fn signatures(tx: &mut Tx, organization: OrganizationId, after: &str) -> Result<Vec<Signature>, Error> {
    page(tx, organization, after).await
}

/// The annotations after an id.
pub async fn annotations(tx: &mut Tx, organization: OrganizationId, after: &str) -> Result<Vec<Annotation>, Error> {
    page(tx, organization, after).await
}

/// The first note that says it is signed and has no signature under its text.
pub async fn unsigned(tx: &mut Tx, organization: OrganizationId) -> Result<Option<String>, Error> {
    const SQL: &str = "select n.id from notes n where n.organization_id = $1 and n.status = 'signed' \
        and not exists (select 1 from note_signatures s where s.organization_id = n.organization_id \
        and s.note_id = n.id and s.edition = n.edition) order by n.id limit 1";
    tx.rows(SQL, &[(&organization).into()]).await?.first().map(|row| row.at(0)).transpose()
}

/// The notes that are entered in error.
pub async fn in_error(tx: &mut Tx, organization: OrganizationId) -> Result<BTreeSet<String>, Error> {
    const SQL: &str = "select id from notes where organization_id = $1 and status = 'entered_in_error' order by id";
    tx.rows(SQL, &[(&organization).into()]).await?.iter().map(|row| row.at(0)).collect()
}

/// The notes that were voided, as the audit log knows; entries that wait for their seal among them.
pub async fn voided(tx: &mut Tx, organization: OrganizationId) -> Result<BTreeSet<String>, Error> {
    const SEALED: &str = "select subject from audit_log where organization_id = $1 and action = 'note.voided' \
        order by sequence -- unique";
    const PENDING: &str = "select entry from audit_pending where organization_id = $1 order by id";
    let key = Value::from(&organization);
    let rows = tx.rows(SEALED, std::slice::from_ref(&key)).await?;
    let mut found: BTreeSet<String> = rows.iter().map(|row| row.at(0)).collect::<Result<_, _>>()?;
    for row in tx.rows(PENDING, &[key]).await? {
        let entry: serde_json::Value = serde_json::from_str(&row.at::<String>(0)?).unwrap_or_default();
        if entry["action"] == "note.voided" {
            found.extend(entry["subject"].as_str().map(str::to_owned));
        }
    }
    Ok(found)
}

/// How many rows a table has.
pub async fn count(tx: &mut Tx, organization: OrganizationId, table: &str) -> Result<i64, Error> {
    let sql = format!("select count(*) as n from {table} where organization_id = $1");
    tx.rows(&sql, &[(&organization).into()]).await?.first().map_or(Ok(0), |row| row.at(0))
}

/// Version, hash and status of the rows of a table with these ids.
pub async fn hashes(
    tx: &mut Tx,
    organization: OrganizationId,
    (table, status): (&str, &str),
    ids: impl Iterator<Item = &str>,
) -> Result<BTreeMap<String, (i64, String, String)>, Error> {
    let filter = Where::organization().and_in("id", ids);
    let sql = format!("select id, version, sha256, {status} as status from {table} where {} order by id", filter.sql());
    let rows = tx.rows(&sql, &bind(organization, &filter)).await?;
    rows.iter().map(|row| Ok((row.at(0)?, (row.at(1)?, row.at(2)?, row.at(3)?)))).collect()
}

/// The hashes of who signed the rows of a table with these ids.
pub async fn signers(
    tx: &mut Tx,
    organization: OrganizationId,
    table: &str,
    ids: impl Iterator<Item = &str>,
) -> Result<BTreeMap<String, String>, Error> {
    let filter = Where::organization().and_in("id", ids);
    let signature = |one: &Signature| (one.id.to_string(), one.hash_of_signer());
    let annotation = |one: &Annotation| (one.id.to_string(), one.hash_of_signer());
    Ok(match table {
        Signature::TABLE => with_ids(tx, organization, &filter).await?.iter().map(signature).collect(),
        Annotation::TABLE => with_ids(tx, organization, &filter).await?.iter().map(annotation).collect(),
        _ => BTreeMap::new(),
    })
}

async fn with_ids<R: Record>(tx: &mut Tx, organization: OrganizationId, filter: &Where) -> Result<Vec<R>, Error> {
    let sql = format!("select {} from {} where {} order by id", R::COLUMNS, R::TABLE, filter.sql());
    let rows = tx.rows(&sql, &bind(organization, filter)).await?;
    rows.iter().map(R::from_row).collect()
}

/// What the audit log says of these actions, after a number: the anchors, and the number to go on after; none at the
/// end. Entries that wait for their seal come last.
pub async fn anchors(
    tx: &mut Tx,
    organization: OrganizationId,
    actions: &[&str],
    after: i64,
) -> Result<(Vec<Anchor>, Option<i64>), Error> {
    const SEALED: &str = "select sequence, action, entry from audit_log where organization_id = $1 and sequence > $2 \
        order by sequence limit 1000";
    const PENDING: &str = "select entry from audit_pending where organization_id = $1 order by id";
    let key = Value::from(&organization);
    let rows = tx.rows(SEALED, &[key.clone(), Value::Int(after)]).await?;
    let mut found = Vec::new();
    for row in &rows {
        let action: String = row.at(1)?;
        if actions.contains(&action.as_str()) {
            found.extend(told(&row.at::<String>(2)?, actions));
        }
    }
    if let Some(last) = rows.last() {
        return Ok((found, Some(last.at(0)?)));
    }
    for row in tx.rows(PENDING, &[key]).await? {
        found.extend(told(&row.at::<String>(0)?, actions));
    }
    Ok((found, None))
}

/// The anchors in one entry: `signed` of its event's data lists them.
fn told(entry: &str, actions: &[&str]) -> Vec<Anchor> {
    let entry: serde_json::Value = serde_json::from_str(entry).unwrap_or_default();
    if !entry["action"].as_str().is_some_and(|action| actions.contains(&action)) {
        return Vec::new();
    }
    let text = |one: &serde_json::Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let anchor = |one: &serde_json::Value| {
        let version = one["version"].as_i64().unwrap_or(1);
        let signer_sha256 = one["signer_sha256"].as_str().map(str::to_owned);
        let status = one["status"].as_str().unwrap_or("current").to_owned();
        Anchor { id: text(one, "id"), version, sha256: text(one, "sha256"), status, signer_sha256 }
    };
    entry["detail"]["data"]["signed"].as_array().into_iter().flatten().map(anchor).collect()
}
