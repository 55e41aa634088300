//! Reads a chain from its beginning and names the first entry that does not fit.

use std::path::Path;

use ::store::{Db, Row};
use jiff::{SignedDuration, Timestamp};
use rules::{column::Value, id::OrganizationId};

use super::{checkpoint::Checkpoint, store::chain_hash};

/// Entries read at once.
const PAGE: i64 = 1_000;
/// How long an entry may wait to be sealed.
const UNSEALED_MAX: SignedDuration = SignedDuration::from_secs(60);

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Every entry fits.
    Clean {
        /// How many.
        entries: i64,
    },
    /// The first entry that does not fit, and why.
    Broken {
        /// Its number.
        sequence: i64,
        /// What is wrong.
        why: String,
    },
}

fn broken(sequence: i64, why: impl Into<String>) -> Finding {
    Finding::Broken { sequence, why: why.into() }
}

/// Verifies one organization's chain against itself, its head, what is pending, and signed checkpoints.
///
/// # Errors
/// When the database can't answer.
pub async fn verify(
    db: &Db,
    organization: OrganizationId,
    checkpoints: &[Checkpoint],
    now: Timestamp,
) -> Result<Finding, ::store::Error> {
    const SQL: &str = "select sequence, id, happened_at, actor, action, subject, outcome, entry, hash from audit_log \
        where organization_id = $1 and sequence > $2 order by sequence limit $3";
    let key = Value::from(&organization);
    let mut tx = db.read(Some(&organization.to_string())).await?;
    let (mut sequence, mut hash) = (0, String::new());
    loop {
        let rows = tx.rows(SQL, &[key.clone(), Value::Int(sequence), Value::Int(PAGE)]).await?;
        for row in &rows {
            if let Some(why) = misfit(row, sequence, &hash)? {
                return Ok(broken(sequence + 1, why));
            }
            sequence += 1;
            hash = row.get("hash")?;
            let signed = checkpoints.iter().find(|one| one.organization == organization && one.sequence == sequence);
            if signed.is_some_and(|one| one.hash != hash) {
                return Ok(broken(sequence, "a signed checkpoint has another hash: the chain was rewritten"));
            }
        }
        if rows.is_empty() {
            break;
        }
    }
    if let Some(lost) = checkpoints.iter().find(|one| one.organization == organization && one.sequence > sequence) {
        return Ok(broken(
            sequence + 1,
            format!("a signed checkpoint knows entry {}: the end is missing", lost.sequence),
        ));
    }
    let heads = tx
        .rows("select sequence, hash from audit_heads where organization_id = $1", std::slice::from_ref(&key))
        .await?;
    let head: (i64, String) =
        heads.first().map_or(Ok((0, String::new())), |row| Ok::<_, ::store::Error>((row.at(0)?, row.at(1)?)))?;
    if head != (sequence, hash) {
        return Ok(broken(sequence + 1, format!("the chain should end with entry {}", head.0)));
    }
    let sql = "select id from audit_pending where organization_id = $1 and written_at < $2 order by id limit 1";
    let overdue = now.checked_sub(UNSEALED_MAX).unwrap_or(Timestamp::MIN);
    match tx.rows(sql, &[key, Value::Time(overdue)]).await?.first() {
        Some(row) => {
            Ok(broken(sequence + 1, format!("entry {} waits for its seal for over a minute", row.at::<String>(0)?)))
        }
        None => Ok(Finding::Clean { entries: sequence }),
    }
}

fn misfit(row: &Row, before: i64, previous: &str) -> Result<Option<String>, ::store::Error> {
    let (sequence, entry, hash): (i64, String, String) = (row.get("sequence")?, row.get("entry")?, row.get("hash")?);
    if sequence != before + 1 {
        return Ok(Some(format!("entry {} is missing", before + 1)));
    }
    if chain_hash(previous, sequence, &entry) != hash {
        return Ok(Some("its text, its place or the entry before it was changed".to_owned()));
    }
    let fields: serde_json::Value = serde_json::from_str(&entry).unwrap_or_default();
    for name in ["id", "actor", "action", "subject", "outcome"] {
        if fields[name].as_str() != Some(row.get::<String>(name)?.as_str()) {
            return Ok(Some(format!("the column {name} was changed")));
        }
    }
    let at: Timestamp = row.get("happened_at")?;
    let stated = fields["at"].as_str().and_then(|at| at.parse().ok());
    Ok((stated != Some(at)).then(|| "the column happened_at was changed".to_owned()))
}

/// Reads checkpoints from a file, leaving out lines that are not signed by the key.
///
/// # Errors
/// When the file can't be read.
pub fn read_checkpoints(file: &Path, public_key: &[u8]) -> std::io::Result<Vec<Checkpoint>> {
    let text = std::fs::read_to_string(file)?;
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Checkpoint>(line).ok());
    Ok(lines.filter(|checkpoint| checkpoint.is_signed_by(public_key)).collect())
}
