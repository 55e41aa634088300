//! Numbered migrations, forward only, one text for both databases where that is possible.
//!
//! Columns are written in PostgreSQL's words. For SQLite the runner maps the names of types and makes `strict`
//! tables; for PostgreSQL it gives text columns the collation "C" and every table keyed by organization forced
//! row-level security, so that no migration can forget it.

use std::fmt::Write as _;

use rules::column::Value;
use sha2::{Digest, Sha256};

use crate::{Db, Dialect, Error, Tx};

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number: 1, 2, 3 …
    pub number: i64,
    /// What it does, in a few words.
    pub name: &'static str,
    /// The text for SQLite.
    pub sqlite: &'static str,
    /// The text for PostgreSQL; the same unless they must differ.
    pub postgres: &'static str,
}

const TABLE: &str = "create table if not exists schema_migrations (\
    number bigint primary key, name text not null, checksum text not null, applied_at timestamptz not null)";

/// Applies what is missing, in order, in one transaction; returns the numbers applied.
///
/// # Errors
/// [`Error::RoleBypassesSecurity`], [`Error::NewerSchema`], [`Error::EditedMigration`], or what the database says; then
/// nothing is applied.
pub async fn migrate(db: &Db, migrations: &[Migration], now: jiff::Timestamp) -> Result<Vec<i64>, Error> {
    // Before anything is made: what a superuser makes belongs to the superuser, and who serves could not read it.
    db.check_role().await?;
    let mut tx = db.write(None).await?;
    if tx.dialect() == Dialect::Postgres {
        // A step over a large table takes as long as it takes.
        tx.rows("select set_config('statement_timeout', '0', true)", &[]).await?;
        // Any constant will do; it keeps two servers that start together from migrating twice.
        tx.rows("select pg_advisory_xact_lock(7263000)::text", &[]).await?;
    }
    let table = translate(TABLE, tx.dialect());
    tx.batch(&table).await?;
    let known = checksums(&mut tx).await?;
    refuse_strange(&known, migrations)?;
    let mut applied = Vec::new();
    if tx.dialect() == Dialect::Postgres && migrations.len() > known.len() {
        open(&mut tx).await?;
    }
    for step in migrations.iter().filter(|step| known.iter().all(|(number, _)| *number != step.number)) {
        let text = if tx.dialect() == Dialect::Sqlite { step.sqlite } else { step.postgres };
        tx.batch(&translate(text, tx.dialect())).await?;
        let row = [Value::Int(step.number), step.name.into(), Value::Text(checksum(step)), Value::Time(now)];
        tx.run("insert into schema_migrations (number, name, checksum, applied_at) values ($1, $2, $3, $4)", &row)
            .await?;
        applied.push(step.number);
    }
    if tx.dialect() == Dialect::Postgres && !applied.is_empty() {
        secure(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(applied)
}

/// The numbers that are applied, without applying any.
///
/// # Errors
/// As [`migrate`], and [`Error::Other`] when the database was never migrated.
pub async fn applied(db: &Db, migrations: &[Migration]) -> Result<Vec<i64>, Error> {
    let mut tx = db.read(None).await?;
    let known = checksums(&mut tx).await?;
    refuse_strange(&known, migrations)?;
    Ok(known.into_iter().map(|(number, _)| number).collect())
}

async fn checksums(tx: &mut Tx) -> Result<Vec<(i64, String)>, Error> {
    let rows = tx.rows("select number, checksum from schema_migrations order by number", &[]).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

fn refuse_strange(known: &[(i64, String)], migrations: &[Migration]) -> Result<(), Error> {
    for (number, sum) in known {
        let Some(step) = migrations.iter().find(|step| step.number == *number) else {
            let latest = migrations.iter().map(|step| step.number).max().unwrap_or_default();
            return Err(Error::NewerSchema { found: *number, known: latest });
        };
        if checksum(step) != *sum {
            return Err(Error::EditedMigration(*number));
        }
    }
    Ok(())
}

fn checksum(step: &Migration) -> String {
    let mut hash = Sha256::new();
    hash.update(step.sqlite);
    hash.update(step.postgres);
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Lets a step reach the rows of every organization: forced row-level security binds the owner of the tables too, and a step
/// that changes rows would change none. [`secure`] forces it again, in the same transaction.
async fn open(tx: &mut Tx) -> Result<(), Error> {
    let tables = "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
        where n.nspname = current_schema() and c.relforcerowsecurity order by c.relname";
    for row in tx.rows(tables, &[]).await? {
        let table: String = row.at(0)?;
        tx.batch(&format!("alter table {table} no force row level security")).await?;
    }
    Ok(())
}

/// Forced row-level security on every table whose primary key begins with the organization.
async fn secure(tx: &mut Tx) -> Result<(), Error> {
    let tables = "select c.relname::text as name, c.relrowsecurity as has_policy from pg_index i \
        join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace \
        join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0] \
        where i.indisprimary and n.nspname = current_schema() and a.attname = 'organization_id' \
        and not c.relforcerowsecurity order by c.relname";
    for row in tx.rows(tables, &[]).await? {
        let table: String = row.at(0)?;
        tx.batch(&format!(
            "alter table {table} enable row level security; alter table {table} force row level security"
        ))
        .await?;
        if !row.get::<bool>("has_policy")? {
            tx.batch(&format!(
                "create policy organization on {table} \
                    using (organization_id = current_setting('convene.organization', true))"
            ))
            .await?;
        }
    }
    Ok(())
}

/// The text for one dialect. Types are whole words outside quotes and comments; `date` must not name a column.
fn translate(sql: &str, dialect: Dialect) -> String {
    let without_comments: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    without_comments.join("\n").split_inclusive(';').map(|statement| translate_statement(statement, dialect)).collect()
}

fn translate_statement(statement: &str, dialect: Dialect) -> String {
    let is_table = statement.trim_start().starts_with("create table");
    let is_alter = statement.trim_start().starts_with("alter table");
    if !is_table && !is_alter {
        return statement.to_owned();
    }
    let mut text = words(statement, |word| match (dialect, word) {
        (Dialect::Sqlite, "timestamptz" | "date") => Some("text"),
        (Dialect::Sqlite, "bytea") => Some("blob"),
        (Dialect::Sqlite, "boolean" | "bigint") => Some("integer"),
        (Dialect::Sqlite, "double") => Some("real"),
        (Dialect::Sqlite, "precision") => Some(""),
        (Dialect::Postgres, "text") => Some("text collate \"C\""),
        _ => None,
    });
    if is_table
        && dialect == Dialect::Sqlite
        && let Some(end) = text.rfind(')')
    {
        text.insert_str(end + 1, " strict");
    }
    text
}

/// Replaces whole words outside single quotes.
fn words<'a>(sql: &str, replace: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut answer = String::with_capacity(sql.len() + 64);
    let mut quoted = false;
    let mut word = String::new();
    for letter in sql.chars().chain(['\n']) {
        if !quoted && (letter.is_alphanumeric() || letter == '_') {
            word.push(letter);
            continue;
        }
        answer.push_str(replace(&word).unwrap_or(&word));
        word.clear();
        quoted ^= letter == '\'';
        answer.push(letter);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_mapped_outside_quotes_only() {
        let sql = "-- a date; of text\ncreate table t (a text, b timestamptz not null default 'text', d date, e double precision, f boolean check (f));";
        let sqlite = translate(sql, Dialect::Sqlite);
        assert!(
            sqlite.contains("a text, b text not null default 'text', d text, e real , f integer check (f)) strict;"),
            "{sqlite}"
        );
        let postgres = translate(sql, Dialect::Postgres);
        assert!(postgres.contains("a text collate \"C\", b timestamptz not null default 'text'"), "{postgres}");
    }

    #[test]
    fn a_newer_schema_and_an_edited_migration_are_refused() {
        let step = Migration { number: 1, name: "one", sqlite: "select 1", postgres: "select 1" };
        assert_eq!(refuse_strange(&[(2, String::new())], &[step]), Err(Error::NewerSchema { found: 2, known: 1 }));
        assert_eq!(refuse_strange(&[(1, "x".to_owned())], &[step]), Err(Error::EditedMigration(1)));
        assert_eq!(refuse_strange(&[(1, checksum(&step))], &[step]), Ok(()));
    }
}
