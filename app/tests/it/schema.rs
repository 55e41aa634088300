//! Migrations, and that both databases have the same schema.

use std::collections::{BTreeMap, BTreeSet};

use app::{App, app::StartError, migrations::ALL};
use store::{Db, Error, Migration, migrate};

use crate::harness::{Directory, Engine, SIZES, clock, config, in_schema, on_both};

/// A database in which nothing is: a new file, or a new schema of the one PostgreSQL.
struct Fresh {
    address: String,
    db: Db,
    _directory: Directory,
}

impl Fresh {
    async fn on(engine: Engine) -> Self {
        let directory = Directory::new();
        let address = match engine {
            Engine::Sqlite => format!("sqlite:{}", directory.0.join("fresh.db").display()),
            Engine::Postgres => {
                let schema = directory.0.file_name().unwrap().to_str().unwrap().replace('-', "_");
                let address = in_schema(&schema).await;
                let mut tx = Db::open(&address, SIZES).await.unwrap().write(None).await.unwrap();
                tx.batch(&format!("drop schema {schema} cascade; create schema {schema}")).await.unwrap();
                tx.commit().await.unwrap();
                address
            }
        };
        let db = Db::open(&address, SIZES).await.unwrap();
        Self { address, db, _directory: directory }
    }

    async fn text(&self, sql: &str) -> Vec<Vec<String>> {
        let rows =
            self.db.read(None).await.unwrap().rows(sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.iter().map(|row| row.pairs().map(|(_, value)| shown(value)).collect()).collect()
    }

    async fn change(&self, sql: &str) {
        let mut tx = self.db.write(None).await.unwrap();
        tx.batch(sql).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn shown(value: &store::Value) -> String {
    match value {
        store::Value::Text(text) => text.clone(),
        store::Value::Int(number) => number.to_string(),
        store::Value::Bool(truth) => truth.to_string(),
        other => format!("{other:?}"),
    }
}

fn numbers() -> Vec<i64> {
    ALL.iter().map(|step| step.number).collect()
}

on_both! {
    /// An empty database gets every migration in order; the second time there is nothing to do.
    async fn migrating_twice_changes_nothing(engine: Engine) {
        let fresh = Fresh::on(engine).await;
        assert!(store::applied(&fresh.db, ALL).await.is_err(), "nothing was migrated yet");
        assert_eq!(migrate(&fresh.db, ALL, clock().now()).await, Ok(numbers()));
        assert_eq!(migrate(&fresh.db, ALL, clock().now()).await, Ok(vec![]));
        assert_eq!(store::applied(&fresh.db, ALL).await, Ok(numbers()));
        assert_eq!(numbers(), (1..=ALL.len() as i64).collect::<Vec<_>>(), "numbered without gaps, in order");
    }

    /// A schema of a newer program, or one whose text was edited since, is refused by name before anything starts.
    async fn a_strange_schema_is_refused(engine: Engine) {
        let fresh = Fresh::on(engine).await;
        migrate(&fresh.db, ALL, clock().now()).await.unwrap();
        fresh.change("insert into schema_migrations (number, name, checksum, applied_at) values (9999, 'x', 'x', '2026-01-01T00:00:00.000000Z')").await;
        let newer = Error::NewerSchema { found: 9999, known: ALL.len() as i64 };
        assert_eq!(migrate(&fresh.db, ALL, clock().now()).await, Err(newer.clone()));
        assert_eq!(store::applied(&fresh.db, ALL).await, Err(newer.clone()));
        let started = App::open(Db::open(&fresh.address, SIZES).await.unwrap(), clock(), config()).await;
        assert!(matches!(started.err(), Some(StartError::Database(error)) if error == newer));
        fresh.change("delete from schema_migrations where number = 9999").await;
        fresh.change("update schema_migrations set checksum = 'edited' where number = 2").await;
        assert_eq!(migrate(&fresh.db, ALL, clock().now()).await, Err(Error::EditedMigration(2)));
    }

    /// A migration that fails leaves nothing of itself or of those before it in the same run.
    async fn a_failed_migration_leaves_nothing(engine: Engine) {
        let fresh = Fresh::on(engine).await;
        let broken = Migration { number: ALL.len() as i64 + 1, name: "broken", sqlite: "create table half (a text); create table half (a text);", postgres: "create table half (a text); create table half (a text);" };
        let mut steps = ALL.to_vec();
        steps.push(broken);
        assert!(migrate(&fresh.db, &steps, clock().now()).await.is_err());
        assert_eq!(tables(&fresh, engine).await, BTreeSet::new());
        assert_eq!(migrate(&fresh.db, ALL, clock().now()).await, Ok(numbers()));
    }

    /// Two servers that start together migrate once.
    async fn two_servers_migrate_once(engine: Engine) {
        let fresh = Fresh::on(engine).await;
        let second = Db::open(&fresh.address, SIZES).await.unwrap();
        let now = clock().now();
        let (one, two) = tokio::join!(migrate(&fresh.db, ALL, now), migrate(&second, ALL, now));
        let mut applied = [one.unwrap(), two.unwrap()];
        applied.sort();
        assert_eq!(applied, [vec![], numbers()]);
    }
}

async fn tables(fresh: &Fresh, engine: Engine) -> BTreeSet<String> {
    let sql = match engine {
        Engine::Sqlite => "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
        Engine::Postgres => "select tablename::text from pg_tables where schemaname = current_schema()",
    };
    fresh.text(sql).await.into_iter().flatten().collect()
}

/// Table and column to type, whether it may be null, and its place in the primary key.
type Columns = BTreeMap<(String, String), (String, bool, i64)>;
/// Table, columns, whether it is unique, whether it is of some rows only.
type Indexes = BTreeSet<(String, Vec<String>, bool, bool)>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_databases_have_the_same_schema() {
    if !Engine::Postgres.is_here() {
        return;
    }
    let (sqlite, postgres) = (Fresh::on(Engine::Sqlite).await, Fresh::on(Engine::Postgres).await);
    for fresh in [&sqlite, &postgres] {
        migrate(&fresh.db, ALL, clock().now()).await.unwrap();
    }
    assert_eq!(tables(&sqlite, Engine::Sqlite).await, tables(&postgres, Engine::Postgres).await);
    let (left, right) = (sqlite_columns(&sqlite).await, postgres_columns(&postgres).await);
    assert!(left.len() > 100, "columns are read");
    for (column, facts) in &left {
        assert_eq!(Some(facts), right.get(column), "{column:?}");
    }
    assert_eq!(left.len(), right.len());
    let (left, right) = (sqlite_indexes(&sqlite).await, postgres_indexes(&postgres).await);
    assert!(left.len() > 20, "indexes are read");
    assert!(left == right, "indexes of one only: {:#?}", left.symmetric_difference(&right));
    let (left, right) = (sqlite_references(&sqlite).await, postgres_references(&postgres).await);
    assert!(left.len() > 10, "references are read");
    assert!(left == right, "references of one only: {:#?}", left.symmetric_difference(&right));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_of_an_organization_is_walled() {
    if !Engine::Postgres.is_here() {
        return;
    }
    let fresh = Fresh::on(Engine::Postgres).await;
    migrate(&fresh.db, ALL, clock().now()).await.unwrap();
    let sql = "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' \
        where n.nspname = current_schema() and c.relkind = 'r' \
        and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))";
    assert_eq!(
        fresh.text(sql).await,
        Vec::<Vec<String>>::new(),
        "tables of an organization without row-level security"
    );
    let strict = Fresh::on(Engine::Sqlite).await;
    migrate(&strict.db, ALL, clock().now()).await.unwrap();
    let sql = "select name from pragma_table_list where type = 'table' and strict = 0 and name not like 'sqlite_%'";
    assert_eq!(strict.text(sql).await, Vec::<Vec<String>>::new(), "tables of SQLite that take any type");
}

async fn sqlite_columns(fresh: &Fresh) -> Columns {
    let sql = "select t.name, c.name, lower(c.type), c.\"notnull\", c.pk from sqlite_master t, pragma_table_info(t.name) c \
        where t.type = 'table' and t.name not like 'sqlite_%'";
    let columns = fresh.text(sql).await.into_iter().map(|row| {
        // A primary key is never null, said or not.
        let key: i64 = row[4].parse().unwrap();
        ((row[0].clone(), row[1].clone()), (row[2].clone(), row[3] == "0" && key == 0, key))
    });
    columns.collect()
}

async fn postgres_columns(fresh: &Fresh) -> Columns {
    let sql = "select c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), not a.attnotnull, \
        coalesce(array_position(i.indkey::int2[], a.attnum), -1)::bigint from pg_class c \
        join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
        left join pg_index i on i.indrelid = c.oid and i.indisprimary where n.nspname = current_schema() and c.relkind = 'r'";
    let columns = fresh.text(sql).await.into_iter().map(|row| {
        let kind = match row[2].as_str() {
            "timestamp with time zone" | "date" => "text",
            "bigint" | "boolean" => "integer",
            "double precision" => "real",
            "bytea" => "blob",
            other => other,
        };
        // `indkey` counts from zero.
        let key: i64 = row[4].parse::<i64>().unwrap() + 1;
        ((row[0].clone(), row[1].clone()), (kind.to_owned(), row[3] == "true", key))
    });
    columns.collect()
}

async fn sqlite_indexes(fresh: &Fresh) -> Indexes {
    let sql = "select t.name, (select group_concat(name, ',') from (select coalesce(name, 'expression') as name from pragma_index_info(i.name) order by seqno)), \
        i.\"unique\", i.partial from sqlite_master t, pragma_index_list(t.name) i where t.type = 'table' and t.name not like 'sqlite_%'";
    let mut indexes: Indexes = fresh
        .text(sql)
        .await
        .into_iter()
        .map(|row| (row[0].clone(), row[1].split(',').map(str::to_owned).collect(), row[2] == "1", row[3] == "1"))
        .collect();
    // A whole number as the key is the row's own number there: SQLite has no index for it.
    indexes.insert(("schema_migrations".to_owned(), vec!["number".to_owned()], true, false));
    indexes
}

async fn postgres_indexes(fresh: &Fresh) -> Indexes {
    let sql = "select c.relname::text, (select string_agg(coalesce(a.attname::text, 'expression'), ',' order by k.at) \
        from unnest(i.indkey::int2[]) with ordinality k(number, at) left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number), \
        i.indisunique, i.indpred is not null from pg_index i join pg_class c on c.oid = i.indrelid \
        join pg_namespace n on n.oid = c.relnamespace where n.nspname = current_schema()";
    fresh
        .text(sql)
        .await
        .into_iter()
        .map(|row| (row[0].clone(), row[1].split(',').map(str::to_owned).collect(), row[2] == "true", row[3] == "true"))
        .collect()
}

async fn sqlite_references(fresh: &Fresh) -> BTreeSet<Vec<String>> {
    let sql = "select t.name, f.\"table\", group_concat(f.\"from\", ','), group_concat(f.\"to\", ',') \
        from sqlite_master t, pragma_foreign_key_list(t.name) f where t.type = 'table' group by t.name, f.id";
    fresh.text(sql).await.into_iter().collect()
}

async fn postgres_references(fresh: &Fresh) -> BTreeSet<Vec<String>> {
    let names = "(select string_agg(a.attname::text, ',' order by k.at) from unnest(f.COLUMNS) with ordinality k(number, at) \
        join pg_attribute a on a.attrelid = f.TABLE and a.attnum = k.number)";
    let own = names.replace("COLUMNS", "conkey").replace("TABLE", "conrelid");
    let theirs = names.replace("COLUMNS", "confkey").replace("TABLE", "confrelid");
    let sql = format!(
        "select c.relname::text, o.relname::text, {own}, {theirs} from pg_constraint f \
        join pg_class c on c.oid = f.conrelid join pg_class o on o.oid = f.confrelid \
        join pg_namespace n on n.oid = f.connamespace where f.contype = 'f' and n.nspname = current_schema()"
    );
    fresh.text(&sql).await.into_iter().collect()
}
