//! What the databases themselves promise: durable shared commits, transactions that end, and walls between tenants.

use app::{App, app::StartError};
use jiff::Timestamp;
use store::{Db, Error, Sizes, Value};
use tokio::task::JoinSet;

use crate::harness::{Engine, SIZES, TestApp, clock, config, in_time, on_both, postgres_url};

const INSERT: &str = "insert into settings (organization_id, name, value) values ($1, $2, $3)";
const COUNT: &str = "select name from settings where organization_id = $1 order by name";

fn setting(app: &TestApp, name: &str) -> [Value; 3] {
    [(&app.organization.id).into(), name.into(), "1".into()]
}

async fn write(app: &TestApp) -> store::Tx {
    app.app.db.write(Some(&app.organization.id.to_string())).await.unwrap()
}

/// What a second program sees that opens the same database now.
async fn durable(app: &TestApp) -> Vec<String> {
    let db = Db::open(&app.database, SIZES).await.unwrap();
    let mut tx = db.read(Some(&app.organization.id.to_string())).await.unwrap();
    let rows = tx.rows(COUNT, &[(&app.organization.id).into()]).await.unwrap();
    rows.iter().map(|row| row.at(0).unwrap()).collect()
}

on_both! {
    /// Sixty-four writers at once: each is durable when it is told so.
    async fn every_acknowledged_write_is_there(app: TestApp) {
        let mut writers = JoinSet::new();
        for number in 0..64 {
            let (db, values, key) = (app.app.db.clone(), setting(&app, &format!("w{number:02}")), app.organization.id.to_string());
            writers.spawn(async move {
                let mut tx = db.write(Some(&key)).await?;
                tx.run(INSERT, &values).await?;
                tx.commit().await
            });
        }
        assert!(writers.join_all().await.iter().all(Result::is_ok));
        assert_eq!(durable(&app).await.len(), 64);
    }

    /// Writers that go away half-way leave nothing, and take nothing of the others with them.
    async fn what_is_dropped_leaves_nothing(app: TestApp) {
        let mut writers = JoinSet::new();
        for number in 0..48 {
            let (db, key) = (app.app.db.clone(), app.organization.id.to_string());
            let values = setting(&app, &format!("{}{number:02}", if number % 3 == 0 { "kept" } else { "dropped" }));
            writers.spawn(async move {
                let mut tx = db.write(Some(&key)).await.unwrap();
                tx.run(INSERT, &values).await.unwrap();
                match number % 3 {
                    0 => tx.commit().await.unwrap(),
                    // Goes away by itself, or waits to be ended from outside while it holds the lease.
                    1 => drop(tx),
                    _ => tokio::task::yield_now().await,
                }
            });
        }
        // These wait in the queue when they are ended.
        let mut impatient = JoinSet::new();
        for _ in 0..16 {
            let (db, key) = (app.app.db.clone(), app.organization.id.to_string());
            impatient.spawn(async move { db.write(Some(&key)).await.map(drop) });
        }
        impatient.abort_all();
        writers.join_all().await;
        let left = durable(&app).await;
        assert!(left.len() == 16 && left.iter().all(|name| name.starts_with("kept")), "{left:?}");
        let mut tx = write(&app).await;
        tx.run(INSERT, &setting(&app, "after")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(durable(&app).await.len(), 17);
    }

    /// After a statement that failed there is no other, and no commit.
    async fn a_failed_statement_ends_the_transaction(app: TestApp) {
        let mut tx = write(&app).await;
        tx.run(INSERT, &setting(&app, "once")).await.unwrap();
        assert_eq!(tx.run(INSERT, &setting(&app, "once")).await, Err(Error::Conflict));
        assert_eq!(tx.run(INSERT, &setting(&app, "other")).await, Err(Error::Over));
        assert_eq!(tx.rows(COUNT, &[(&app.organization.id).into()]).await.map(drop), Err(Error::Over));
        assert_eq!(tx.commit().await, Err(Error::Over));
        assert_eq!(durable(&app).await, [""; 0]);
    }

    /// Each kind of refusal of the database has its own name, the same on both.
    async fn refusals_have_names(app: TestApp) {
        const ROOM: &str = "insert into rooms (organization_id, id, site_id, name, is_active, version, created_at, \
            updated_at) values ($1, 'room_1', 'site_none', 'R', true, 1, $2, $2)";
        let now = Value::Time(app.now());
        let missing = write(&app).await.run(ROOM, &[(&app.organization.id).into(), now.clone()]).await;
        assert_eq!(missing, Err(Error::MissingParent));
        let empty = write(&app).await.run(INSERT, &[(&app.organization.id).into(), "x".into(), Value::Null]).await;
        assert!(matches!(empty, Err(Error::Broken(_))), "{empty:?}");
        let mut reading = app.app.db.read(Some(&app.organization.id.to_string())).await.unwrap();
        assert!(reading.run(INSERT, &setting(&app, "x")).await.is_err(), "a snapshot writes nothing");
    }

    /// A reader sees what was there when it began, whatever is written meanwhile.
    async fn a_reader_has_one_snapshot(app: TestApp) {
        let mut reading = app.app.db.read(Some(&app.organization.id.to_string())).await.unwrap();
        let key = [Value::from(&app.organization.id)];
        assert_eq!(reading.rows(COUNT, &key).await.unwrap().len(), 0);
        let mut tx = write(&app).await;
        tx.run(INSERT, &setting(&app, "new")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(reading.rows(COUNT, &key).await.unwrap().len(), 0);
        drop(reading);
        assert_eq!(app.rows(COUNT, &[]).await.len(), 1);
    }

    /// Values come back as they were given, to the microsecond and to the last bit, and instants in their order.
    async fn values_come_back(app: TestApp) {
        let instants: Vec<Timestamp> = ["1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "2026-03-04T17:00:00.000001Z",
            "2026-03-04T17:00:00.5Z", "2026-03-04T17:00:01Z", "9999-01-01T00:00:00Z"].iter().map(|text| text.parse().unwrap()).collect();
        let mut tx = write(&app).await;
        for (at, instant) in instants.iter().enumerate().rev() {
            let sql = "insert into audit_pending (organization_id, id, entry, written_at) values ($1, $2, $3, $4)";
            let text = format!("𝄞 {at} \u{7}é");
            tx.run(sql, &[(&app.organization.id).into(), Value::Text(format!("t{at}")), Value::Text(text), Value::Time(*instant)]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let rows = app.rows("select written_at, entry from audit_pending where organization_id = $1 and id < 'u' and id >= 't' order by written_at, id", &[]).await;
        let found: Vec<Timestamp> = rows.iter().map(|row| row.at(0).unwrap()).collect();
        assert_eq!(found, instants);
        assert_eq!(rows[2].at::<String>(1).unwrap(), "𝄞 2 \u{7}é");
    }

    /// When every connection is in use, who comes next is told that it is busy, and later comes in.
    async fn too_many_at_once_are_told(app: TestApp) {
        let patient = Sizes { readers: 2, connections: 2, ..SIZES };
        // Without any patience it does not depend on how busy the machine is.
        let hurried = Sizes { wait: std::time::Duration::ZERO, ..patient };
        let db = Db::open(&app.database, hurried).await.unwrap();
        let _all = (db.read(None).await.unwrap(), db.read(None).await.unwrap());
        assert_eq!(db.read(None).await.map(drop), Err(Error::Busy));
        assert_eq!(db.pool_use(), (2, 2));
        let db = Db::open(&app.database, patient).await.unwrap();
        let (one, _two) = (db.read(None).await.unwrap(), db.read(None).await.unwrap());
        let next = tokio::spawn({ let db = db.clone(); async move { db.read(None).await.map(drop) } });
        tokio::task::yield_now().await;
        drop(one);
        assert_eq!(in_time("the next one", next).await.unwrap(), Ok(()));
    }

    /// The last statements of a transaction are all there or not at all, and a refused one leaves a connection that works.
    async fn the_end_of_a_transaction_is_whole(app: TestApp) {
        let last = |names: [&str; 2]| names.map(|name| (INSERT.to_owned(), setting(&app, name).to_vec()));
        let mut tx = write(&app).await;
        tx.run(INSERT, &setting(&app, "first")).await.unwrap();
        tx.commit_after(&last(["second", "third"])).await.unwrap();
        assert_eq!(durable(&app).await, ["first", "second", "third"]);
        for twice in [["fourth", "second"], ["second", "fourth"]] {
            let mut tx = write(&app).await;
            tx.run(INSERT, &setting(&app, "fifth")).await.unwrap();
            assert_eq!(tx.commit_after(&last(twice)).await, Err(Error::Conflict));
        }
        write(&app).await.commit_after(&last(["sixth", "seventh"])).await.unwrap();
        assert_eq!(durable(&app).await, ["first", "second", "seventh", "sixth", "third"]);
    }
}

/// The commits in a write-ahead log: the frames that say how large the database is after them.
fn commits_in(wal: &[u8]) -> usize {
    let number = |at: usize| u32::from_be_bytes(wal[at..at + 4].try_into().unwrap());
    let (page, salt) = (number(8) as usize, &wal[16..24]);
    let frames = (32..wal.len().saturating_sub(24 + page - 1)).step_by(24 + page);
    frames.filter(|at| wal[at + 8..at + 16] == *salt && number(at + 4) > 0).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_on_sqlite_share_their_commits() {
    const WRITERS: usize = 64;
    let app = TestApp::on(Engine::Sqlite).await;
    let wal = app.directory().join("convene.db-wal");
    let before = commits_in(&std::fs::read(&wal).unwrap());
    // Nobody gets the lease before everybody waits for it.
    let first = write(&app).await;
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let (db, values) = (app.app.db.clone(), setting(&app, &format!("w{number:02}")));
        writers.spawn(async move {
            let mut tx = db.write(None).await.unwrap();
            tx.run(INSERT, &values).await.unwrap();
            tx.commit().await.unwrap();
        });
    }
    tokio::task::yield_now().await;
    drop(first);
    writers.join_all().await;
    let commits = commits_in(&std::fs::read(&wal).unwrap()) - before;
    assert!((1..WRITERS).contains(&commits), "{commits} durable commits for {WRITERS} writers");
    assert_eq!(durable(&app).await.len(), WRITERS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_level_security_is_a_wall_of_its_own() {
    if !Engine::Postgres.is_here() {
        return;
    }
    let app = TestApp::on(Engine::Postgres).await;
    let other = app.other_organization().await;
    other.add_user(rules::permissions::Role::Nurse, &[]).await;
    let (own, theirs) = (app.organization.id.to_string(), other.organization.id.to_string());
    let count = |rows: Vec<store::Row>| rows[0].at::<i64>(0).unwrap();

    // Statements that forget the organization see and change nothing of another.
    let mut tx = app.app.db.write(Some(&own)).await.unwrap();
    assert_eq!(count(tx.rows("select count(*) from users", &[]).await.unwrap()), 0);
    assert_eq!(
        count(
            tx.rows("select count(*) from users where organization_id = $1", &[theirs.as_str().into()]).await.unwrap()
        ),
        0
    );
    assert_eq!(tx.run("update users set display_name = 'x'", &[]).await, Ok(0));
    assert_eq!(tx.run("delete from events", &[]).await, Ok(0));
    let planted = tx.run(INSERT, &[theirs.as_str().into(), "planted".into(), "1".into()]).await;
    assert!(planted.is_err(), "a row was planted in another organization");
    drop(tx);

    // Without an organization there is nothing at all.
    let mut tx = app.app.db.read(None).await.unwrap();
    assert_eq!(count(tx.rows("select count(*) from users", &[]).await.unwrap()), 0);
    drop(tx);
    let mut tx = app.app.db.read(Some(&theirs)).await.unwrap();
    assert_eq!(count(tx.rows("select count(*) from users", &[]).await.unwrap()), 1, "the story can see when it may");
}

on_both! {
    /// The database itself refuses a row that points into another organization.
    async fn a_reference_stays_inside(app: TestApp) {
        const SITE: &str = "insert into sites (organization_id, id, name, zone, address, is_active, version, created_at, \
            updated_at) values ($1, $2, 'S', 'UTC', '', true, 1, $3, $3)";
        const ROOM: &str = "insert into rooms (organization_id, id, site_id, name, is_active, version, created_at, \
            updated_at) values ($1, 'room_1', $2, 'R', true, 1, $3, $3)";
        let other = app.other_organization().await;
        let site = Value::Text(other.organization.id.to_string().replacen("org", "site", 1));
        other.tamper(SITE, &[site.clone(), Value::Time(app.now())]).await;
        let mut tx = write(&app).await;
        let outcome = tx.run(ROOM, &[(&app.organization.id).into(), site.clone(), Value::Time(app.now())]).await;
        assert_eq!(outcome, Err(Error::MissingParent));
        drop(tx);
        other.tamper(ROOM, &[site, Value::Time(app.now())]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_above_the_wall_may_not_serve() {
    let Some(url) = postgres_url().filter(|_| Engine::Postgres.is_here()) else { return };
    let above = url.replace("user=convene", "user=postgres");
    assert_ne!(above, url, "the tests' role should be `convene`");
    for outcome in [
        App::start(Db::open(&above, SIZES).await.unwrap(), clock(), config()).await.map(drop),
        App::open(Db::open(&above, SIZES).await.unwrap(), clock(), config()).await.map(drop),
    ] {
        assert!(matches!(outcome, Err(StartError::Database(Error::RoleBypassesSecurity))), "{:?}", outcome.err());
    }
    // Nor make anything: `convene migrate` and `convene organization add`.
    let db = Db::open(&above, SIZES).await.unwrap();
    assert_eq!(store::migrate(&db, app::migrations::ALL, clock().now()).await, Err(Error::RoleBypassesSecurity));
}

/// A statement that takes too long is ended by the database, and what comes next works; a migration takes its time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_takes_only_so_long() {
    let Some(url) = postgres_url().filter(|_| Engine::Postgres.is_here()) else { return };
    let long = "select count(pg_sleep(60)) as n";
    let soon = Sizes { statement: std::time::Duration::from_secs(1), ..SIZES };
    let db = Db::open(&url, soon).await.unwrap();
    let mut tx = db.read(None).await.unwrap();
    let ended = in_time("the statement", async { tx.rows(long, &[]).await }).await;
    assert!(matches!(&ended, Err(Error::Unavailable(why)) if why.contains("timeout")), "{ended:?}");
    drop(tx);
    let limit = "select current_setting('statement_timeout') as limited";
    let set = async |db: &Db| db.read(None).await.unwrap().rows(limit, &[]).await.unwrap()[0].at::<String>(0).unwrap();
    assert_eq!(set(&db).await, "1s");
    let never = Db::open(&url, Sizes { statement: std::time::Duration::ZERO, ..SIZES }).await.unwrap();
    assert_eq!(set(&never).await, "0");
    let own = Db::open(&format!("{url}&options=-c%20statement_timeout%3D7s"), soon).await.unwrap();
    assert_eq!(set(&own).await, "7s", "the address wins");
}

#[tokio::test]
async fn an_address_of_another_kind_is_refused() {
    for address in ["mysql://localhost/x", "convene.db", "", "sqlite"] {
        assert_eq!(Db::open(address, SIZES).await.map(drop), Err(Error::Address), "{address}");
    }
}
