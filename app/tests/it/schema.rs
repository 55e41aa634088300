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

    /// As [`Fresh::text`], of one organization: SQLite has no wall, and its statement has to name it.
    async fn of(&self, organization: &str, sql: &str) -> Vec<Vec<String>> {
        let sql = match sql.split_once(" order by ") {
            Some((select, order)) => format!("{select} where organization_id = $1 order by {order}"),
            None => format!("{sql} where organization_id = $1"),
        };
        let mut tx = self.db.read(Some(organization)).await.unwrap();
        let rows = tx.rows(&sql, &[organization.into()]).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
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

/// Tables of an organization that PostgreSQL does not wall off from the others.
const OPEN_TABLES: &str = "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' \
    where n.nspname = current_schema() and c.relkind = 'r' \
    and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))";

/// A truth as this database answers it for an expression.
fn bit(engine: Engine, word: &str) -> String {
    match (engine, word) {
        (Engine::Sqlite, "true") => "1".to_owned(),
        (Engine::Sqlite, "false") => "0".to_owned(),
        _ => word.to_owned(),
    }
}

/// Two sessions, six bookings, a consent text and a job, as they were stored before consents were judged on reading.
async fn fill_before_consent_gate(fresh: &Fresh, organization: &str) {
    const DAY: &str = "'2026-03-02T10:00:00.000000Z'";
    let mut sql = format!(
        "insert into organizations (id, short_code, name, zone, created_at) values ('{organization}', '{organization}', 'One', 'UTC', {DAY});
         insert into jobs (id, organization, name, dedupe_key, run_at, attempts) values ('job_{organization}', '{organization}', 'expire_consents', 'x', {DAY}, 0);
         insert into consent_texts (organization_id, id, kind, text_version, title, words, needed_by, in_use, version, created_at, updated_at)
             values ('{organization}', 'ctx_1', 'treatment', 1, 'Treatment', 'I agree.', 'everybody', true, 1, {DAY}, {DAY});"
    );
    for (session, modality) in [("ses_room", "in_person"), ("ses_virtual", "virtual")] {
        sql += &format!(
            "insert into sessions (organization_id, id, session_number, session_type, title, zone, local_date, local_start, starts_at,
                 ends_at, breaks, service_kind, modality, max_capacity, status, source, has_conflict, edited_by_hand, is_billed, version,
                 created_at, updated_at) values ('{organization}', '{session}', '{session}', 'group', 'Skills', 'UTC', '2026-03-04',
                 '2026-03-04T10:00:00', '2026-03-04T10:00:00.000000Z', '2026-03-04T11:00:00.000000Z', '[]', 'support', '{modality}', 8,
                 'scheduled', 'scheduled', false, false, false, 1, {DAY}, {DAY});"
        );
    }
    let bookings = [
        ("par_1_by_hand", "ses_room", "booked", "null", true, "null"),
        ("par_2_by_video", "ses_room", "confirmed", "'video'", true, "null"),
        ("par_3_virtual", "ses_virtual", "arrived", "null", true, "null"),
        ("par_4_by_consent", "ses_room", "booked", "null", true, "'2026-12-31'"),
        ("par_5_not_yet", "ses_room", "booked", "null", false, "null"),
        ("par_6_attended", "ses_room", "attended", "null", true, "'2026-12-31'"),
    ];
    for (id, session, status, modality, verified, until) in bookings {
        sql += &format!(
            "insert into patients (organization_id, id, mrn, given_name, family_name, birth_date, is_active, version, created_at, updated_at)
                 values ('{organization}', 'pa_{id}', '{id}', 'Ada', 'Lovelace', '1990-01-01', true, 1, {DAY}, {DAY});
             insert into session_participants (organization_id, id, session_id, starts_at, appointment_number, patient_id, status, source,
                 modality, finance_cleared, consent_verified, consent_until, excused, version, created_at, updated_at)
                 values ('{organization}', '{id}', '{session}', '2026-03-04T10:00:00.000000Z', '{id}', 'pa_{id}', '{status}', 'roster',
                 {modality}, false, {verified}, {until}, false, 1, {DAY}, {DAY});"
        );
    }
    let mut tx = fresh.db.write(Some(organization)).await.unwrap();
    tx.batch(&sql).await.unwrap();
    tx.commit().await.unwrap();
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

    /// A step that changes rows reaches those of every organization, as they stood in the version before; afterwards each is
    /// walled off again.
    async fn a_step_changes_what_was_stored_before_it(engine: Engine) {
        let fresh = Fresh::on(engine).await;
        let before = ALL.iter().position(|step| step.name == "0026_consent_gate").unwrap();
        migrate(&fresh.db, &ALL[..before], clock().now()).await.unwrap();
        for organization in ["org_one", "org_two"] {
            fill_before_consent_gate(&fresh, organization).await;
        }
        assert_eq!(migrate(&fresh.db, ALL, clock().now()).await, Ok(numbers()[before..].to_vec()));
        for organization in ["org_one", "org_two"] {
            let bookings = "select id, coalesce(substr(cast(consent_seen_at as text), 1, 10), ''), consent_seen_video, \
                consent_verified, consent_until is null from session_participants order by id";
            let expected: [[&str; 5]; 6] = [
                // What was seen by hand stays seen, and of how they took part.
                ["par_1_by_hand", "2026-03-02", "false", "true", "true"],
                ["par_2_by_video", "2026-03-02", "true", "true", "true"],
                ["par_3_virtual", "2026-03-02", "true", "true", "true"],
                // What a consent said is judged anew, and what was never said is left as it was.
                ["par_4_by_consent", "", "false", "false", "true"],
                ["par_5_not_yet", "", "false", "false", "true"],
                // Who was marked keeps what counted then.
                ["par_6_attended", "", "false", "true", "false"],
            ];
            let found = fresh.of(organization, bookings).await;
            let expected = expected.map(|row| row.map(|word| bit(engine, word)).to_vec());
            assert_eq!(found, expected, "{organization}");
            let text = "select counts_from, substr(cast(needed_since as text), 1, 10) from consent_texts";
            assert_eq!(fresh.of(organization, text).await, [["1", "2026-03-02"]], "{organization}");
        }
        assert_eq!(fresh.text("select count(*) from jobs").await, [["0"]]);
        if engine == Engine::Postgres {
            assert_eq!(fresh.text("select id from session_participants").await, Vec::<Vec<String>>::new());
            assert_eq!(fresh.text(OPEN_TABLES).await, Vec::<Vec<String>>::new());
        }
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
    assert_eq!(
        fresh.text(OPEN_TABLES).await,
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
