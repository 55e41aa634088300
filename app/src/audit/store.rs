//! Statements over the ledger's tables.

use ::store::{Db, Dialect, Error, Row, Tx, Where};
use jiff::Timestamp;
use rules::{
    column::Value,
    id::{BreakGlassId, EventId, OrganizationId},
};
use sha2::{Digest, Sha256};

use super::{Entry, api::AuditEntry};
use crate::door::{Scope, hex};

/// Entries and events sealed in one transaction.
const BATCH: usize = 500;

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The number of the last entry; 0 before the first.
    pub sequence: i64,
    /// Its hash; empty before the first.
    pub hash: String,
    /// The position of the last event.
    pub event_position: i64,
}

/// What one round of sealing did.
pub struct Sealed {
    /// The new head, if anything was sealed.
    pub head: Option<Head>,
    /// Whether more is waiting.
    pub more: bool,
}

/// The hash of an entry in its place.
pub fn chain_hash(previous: &str, sequence: i64, entry: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{previous}\n{sequence}\n"));
    hash.update(entry);
    hex(&hash.finalize())
}

/// Writes entries of what only reads.
pub async fn write_pending(db: &Db, organization: OrganizationId, entries: Vec<Entry>) -> Result<(), Error> {
    let mut tx = db.write(Some(&organization.to_string())).await?;
    for chunk in entries.chunks(BATCH) {
        let places: Vec<String> =
            (0..chunk.len()).map(|row| format!("($1, ${}, ${}, ${})", row * 3 + 2, row * 3 + 3, row * 3 + 4)).collect();
        let sql =
            format!("insert into audit_pending (organization_id, id, entry, written_at) values {}", places.join(", "));
        let mut values = vec![Value::from(&organization)];
        values.extend(chunk.iter().cloned().flat_map(Entry::into_values));
        tx.run(&sql, &values).await?;
    }
    tx.commit().await
}

/// Moves pending entries to the chain and numbers pending events, oldest first, up to a batch of each.
pub async fn seal(db: &Db, organization: OrganizationId) -> Result<Sealed, Error> {
    let key = Value::from(&organization);
    let mut tx = db.write(Some(&organization.to_string())).await?;
    let mut head = locked_head(&mut tx, &key).await?;
    let before = head.clone();
    let entries = seal_entries(&mut tx, &key, &mut head).await?;
    let events = number_events(&mut tx, &key, &mut head).await?;
    if head == before {
        return Ok(Sealed { head: None, more: false });
    }
    let sql = "update audit_heads set sequence = $2, hash = $3, event_position = $4 where organization_id = $1";
    let values = [key, Value::Int(head.sequence), (&head.hash).into(), Value::Int(head.event_position)];
    tx.run(sql, &values).await?;
    tx.commit().await?;
    Ok(Sealed { head: Some(head), more: entries == BATCH || events == BATCH })
}

async fn locked_head(tx: &mut Tx, key: &Value) -> Result<Head, Error> {
    let first = "insert into audit_heads (organization_id, sequence, hash, event_position) values ($1, 0, '', 0) \
        on conflict (organization_id) do nothing";
    tx.run(first, std::slice::from_ref(key)).await?;
    // One sealer at a time: PostgreSQL locks the head, SQLite has one writer anyway.
    let sql = match tx.dialect() {
        Dialect::Postgres => {
            "select sequence, hash, event_position from audit_heads where organization_id = $1 for update"
        }
        Dialect::Sqlite => "select sequence, hash, event_position from audit_heads where organization_id = $1",
    };
    let rows = tx.rows(sql, std::slice::from_ref(key)).await?;
    let row = rows.first().ok_or_else(|| Error::Other("no head of the audit chain".to_owned()))?;
    Ok(Head { sequence: row.at(0)?, hash: row.at(1)?, event_position: row.at(2)? })
}

async fn seal_entries(tx: &mut Tx, key: &Value, head: &mut Head) -> Result<usize, Error> {
    let sql = format!("select id, entry from audit_pending where organization_id = $1 order by id limit {BATCH}");
    let rows = tx.rows(&sql, std::slice::from_ref(key)).await?;
    let mut values = vec![key.clone()];
    let mut ids = vec![key.clone()];
    for row in &rows {
        let (id, entry): (String, String) = (row.at(0)?, row.at(1)?);
        head.sequence += 1;
        head.hash = chain_hash(&head.hash, head.sequence, &entry);
        let fields: serde_json::Value = serde_json::from_str(&entry).unwrap_or_default();
        let field = |name: &str| Value::Text(fields[name].as_str().unwrap_or_default().to_owned());
        let at = fields["at"].as_str().and_then(|at| at.parse().ok()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        ids.push(Value::Text(id.clone()));
        values.extend([Value::Int(head.sequence), Value::Text(id), Value::Time(at)]);
        values.extend([field("actor"), field("action"), field("subject"), field("outcome")]);
        values.extend([Value::Text(entry), (&head.hash).into()]);
    }
    if rows.is_empty() {
        return Ok(0);
    }
    insert_sealed(tx, &values, rows.len()).await?;
    let places: Vec<String> = (2..ids.len() + 1).map(|place| format!("${place}")).collect();
    let sql = format!("delete from audit_pending where organization_id = $1 and id in ({})", places.join(", "));
    tx.run(&sql, &ids).await?;
    Ok(rows.len())
}

async fn insert_sealed(tx: &mut Tx, values: &[Value], rows: usize) -> Result<(), Error> {
    let places: Vec<String> = (0..rows)
        .map(|row| (0..9).fold("($1".to_owned(), |text, at| format!("{text}, ${}", row * 9 + at + 2)) + ")")
        .collect();
    let sql = format!(
        "insert into audit_log (organization_id, sequence, id, happened_at, actor, action, subject, outcome, entry, hash) \
         values {}",
        places.join(", ")
    );
    tx.run(&sql, values).await.map(drop)
}

async fn number_events(tx: &mut Tx, key: &Value, head: &mut Head) -> Result<usize, Error> {
    let sql =
        format!("select id from events where organization_id = $1 and position is null order by id limit {BATCH}");
    let rows = tx.rows(&sql, std::slice::from_ref(key)).await?;
    for row in &rows {
        head.event_position += 1;
        let values = [key.clone(), Value::Int(head.event_position), Value::Text(row.at(0)?)];
        tx.run("update events set position = $2 where organization_id = $1 and id = $3", &values).await?;
    }
    Ok(rows.len())
}

/// How far an outbox has come: the last position, and what is committed and has none yet. Two are equal only when
/// nothing was committed in between, whatever the clocks of the servers say.
pub type OutboxMark = (i64, i64, u128);

/// The mark of an organization's outbox.
///
/// # Errors
/// When the database can't answer.
pub async fn outbox_mark(db: &Db, organization: OrganizationId) -> Result<OutboxMark, Error> {
    const HEAD: &str = "select event_position from audit_heads where organization_id = $1";
    const UNSEALED: &str =
        "select count(*) as n, max(id) as newest from events where organization_id = $1 and position is null";
    let mut tx = db.read(Some(&organization.to_string())).await?;
    let key = [Value::from(&organization)];
    let head = tx.rows(HEAD, &key).await?.first().map(|row| row.at(0)).transpose()?.unwrap_or_default();
    let rows = tx.rows(UNSEALED, &key).await?;
    let row = rows.first().ok_or_else(|| Error::Other("a count without a row".to_owned()))?;
    let newest: Option<EventId> = row.at(1)?;
    Ok((head, row.at(0)?, newest.map(|id| id.uuid().as_u128()).unwrap_or_default()))
}

/// Sealed entries, newest first.
pub async fn entries(scope: &mut Scope<'_>, filter: &Where, limit: usize) -> Result<Vec<AuditEntry>, Error> {
    let sql = format!(
        "select sequence, happened_at, actor, action, subject, outcome, entry, hash from audit_log where {} \
         order by sequence desc limit {limit}",
        filter.sql()
    );
    scope.rows(&sql, filter.arguments()).await?.iter().map(entry).collect()
}

/// Acts of one user in an hour, at most: more than a person can do.
const ACTS_MAX: usize = 5_000;

/// What somebody has read and written through a broken glass between two instants, the newest first.
pub async fn through_glass(
    scope: &mut Scope<'_>,
    glass: BreakGlassId,
    actor: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<AuditEntry>, Error> {
    let filter = Where::organization()
        .and("actor = ?", actor)
        .and("happened_at >= ?", Value::Time(from))
        .and("happened_at <= ?", Value::Time(to));
    let mut found = entries(scope, &filter, ACTS_MAX).await?;
    found.retain(|entry| entry.break_glass == Some(glass));
    Ok(found)
}

fn entry(row: &Row) -> Result<AuditEntry, Error> {
    let fields: serde_json::Value = row.get("entry")?;
    let field = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
    Ok(AuditEntry {
        sequence: row.get("sequence")?,
        happened_at: row.get("happened_at")?,
        actor: row.get("actor")?,
        action: row.get("action")?,
        subject: row.get("subject")?,
        outcome: row.get("outcome")?,
        request: field("request"),
        source: field("source"),
        break_glass: fields["detail"]["break_glass"].as_str().and_then(|id| id.parse().ok()),
        hash: row.get("hash")?,
    })
}

/// A record as it was before a change.
pub struct OldVersion {
    /// The version.
    pub version: i64,
    /// The record.
    pub record: serde_json::Value,
    /// When it was replaced; none for the version that stands.
    pub until: Option<Timestamp>,
    /// Who made it so, where another version came before.
    pub changed_by: Option<String>,
}

/// Limits [`old_versions`] to one record.
pub fn versions_of(record_id: &str) -> Where {
    Where::starting("v.organization_id = $1").and("v.record_id = ?", record_id)
}

/// Versions that were replaced.
pub async fn old_versions(
    scope: &mut Scope<'_>,
    filter: &Where,
    order: &str,
    limit: usize,
) -> Result<Vec<OldVersion>, Error> {
    let sql = format!(
        "select v.version, v.record, v.replaced_at, earlier.replaced_by from record_versions v \
         left join record_versions earlier on earlier.organization_id = v.organization_id \
         and earlier.record_id = v.record_id and earlier.version = v.version - 1 \
         where {} order by {order} limit {limit}",
        filter.sql()
    );
    let old = |row: &Row| {
        Ok(OldVersion { version: row.at(0)?, record: row.at(1)?, until: row.at(2)?, changed_by: row.at(3)? })
    };
    scope.rows(&sql, filter.arguments()).await?.iter().map(old).collect()
}

/// A record as it stood in a version that was replaced.
pub async fn old_version(
    scope: &mut Scope<'_>,
    record_id: &str,
    version: i64,
) -> Result<Option<serde_json::Value>, Error> {
    const SQL: &str =
        "select record from record_versions where organization_id = $1 and record_id = $2 and version = $3";
    scope.row(SQL, &[record_id.into(), Value::Int(version)]).await?.map(|row| row.at(0)).transpose()
}

/// A version that was replaced, and by whom.
pub struct Replaced {
    /// The record in that version.
    pub record: serde_json::Value,
    /// When it was replaced.
    pub at: Timestamp,
    /// Who replaced it: a user's id, or `kiosk:`, `link:` or `system:` and what that was.
    pub by: String,
}

/// The versions of a record that were replaced, from this one on, oldest first.
pub async fn replaced_since(
    scope: &mut Scope<'_>,
    record_id: &str,
    version: i64,
    limit: usize,
) -> Result<Vec<Replaced>, Error> {
    let sql = format!(
        "select record, replaced_at, replaced_by from record_versions where organization_id = $1 and record_id = $2 \
         and version >= $3 order by version limit {limit} -- unique"
    );
    let rows = scope.rows(&sql, &[record_id.into(), Value::Int(version)]).await?;
    rows.iter().map(|row| Ok(Replaced { record: row.at(0)?, at: row.at(1)?, by: row.at(2)? })).collect()
}

/// Who replaced a version.
pub async fn replaced_by(scope: &mut Scope<'_>, record_id: &str, version: i64) -> Result<Option<String>, Error> {
    const SQL: &str =
        "select replaced_by from record_versions where organization_id = $1 and record_id = $2 and version = $3";
    scope.row(SQL, &[record_id.into(), Value::Int(version)]).await?.map(|row| row.at(0)).transpose()
}
