//! The ceilings: the same statements without the product, and the same bytes without the statements.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use app::clock::Clock;
use axum::Router;
use rules::id::kind;
use store::{Db, Dialect, Record, Tx, Value, Where};
use tokio::task::JoinSet;
use xtask::Outcome;
use xtask::service::{Plan, Service};

use super::load::{all, per_second, take};
use super::report::Runs;
use crate::http::Client;
use crate::stand::Stand;

/// A server of its own process that answers every request with the same bytes.
pub struct Bytes {
    _service: Service,
    /// A caller of it.
    pub client: Client,
}

impl Bytes {
    /// Serves these bytes.
    pub fn serve(stand: &Stand, body: &[u8]) -> Outcome<Bytes> {
        let file = stand.directory().join("bytes");
        fs::write(&file, body).map_err(|error| format!("{}: {error}", file.display()))?;
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let words = [own.display().to_string(), "bytes".to_owned(), file.display().to_string()];
        let plan = Plan { name: "bytes", signal: "TERM", account: None, command: &|_| words.to_vec() };
        let mut service = Service::start(&plan)?;
        let address = service.wait(Duration::from_secs(20), |directory| {
            fs::read_to_string(directory.join("out")).ok()?.split_once('\n').map(|(line, _)| line.to_owned())
        })?;
        Ok(Bytes { _service: service, client: Client::new(&address, String::new()) })
    }
}

/// The program of [`Bytes`]: prints its address and serves until it is ended.
pub async fn serve_bytes(file: &str) -> Outcome {
    let body = axum::body::Bytes::from(fs::read(file).map_err(|error| format!("{file}: {error}"))?);
    let answer = move || async move { ([("content-type", "application/json")], body) };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    println!("{}", listener.local_addr().map_err(|error| error.to_string())?);
    axum::serve(listener, Router::new().fallback(answer)).await.map_err(|error| error.to_string())
}

/// What reading a roster needs of the database, and nothing else.
pub struct RosterStatements<'a> {
    /// The clinic.
    pub stand: &'a Stand,
    /// Its database.
    pub db: &'a Db,
    /// The group.
    pub group: &'a str,
    clock: Clock,
}

impl<'a> RosterStatements<'a> {
    /// The statements for the roster of one group.
    pub fn new(stand: &'a Stand, db: &'a Db, group: &'a str) -> RosterStatements<'a> {
        RosterStatements { stand, db, group, clock: Clock::system() }
    }

    /// The median time of `times` rounds, once for each run.
    pub async fn waits(&self, runs: usize, times: usize) -> Outcome<Runs> {
        let mut medians = Vec::new();
        for _ in 0..runs {
            let mut each = Vec::with_capacity(times);
            for _ in 0..times {
                let began = Instant::now();
                self.once().await.map_err(|error| format!("the bare statements: {error}"))?;
                each.push(began.elapsed().as_secs_f64());
            }
            medians.push(Runs::new(each).median());
        }
        Ok(Runs::new(medians))
    }

    /// Who asks, the group, its members, their names; then the audit entry, durable.
    async fn once(&self) -> Result<(), store::Error> {
        const WHO: &str = "select c.id, c.expires_at, u.display_name, u.role, u.flags from credentials c \
            join users u on u.organization_id = c.organization and u.id = c.user_id where c.hash = $1";
        const GROUP: &str = "select id, name, status from groups where organization_id = $1 and id = $2";
        const MEMBERS: &str = "select * from group_members where organization_id = $1 and group_id = $2 \
            and status in ('active', 'offered', 'waitlisted') order by added_at, id limit 51";
        let organization = self.stand.organization.id.to_string();
        let key = Value::Text(organization.clone());
        let hash = app::door::hash_secret(&self.stand.token);
        let mut tx = self.db.read(Some(&organization)).await?;
        tx.rows(WHO, &[Value::Text(hash)]).await?;
        tx.rows(GROUP, &[key.clone(), self.group.into()]).await?;
        let members = tx.rows(MEMBERS, &[key.clone(), self.group.into()]).await?;
        let patients = members
            .iter()
            .map(|row| row.get::<String>("patient_id").map(Value::Text))
            .collect::<Result<Vec<_>, _>>()?;
        let named = Where::organization().and_in("id", patients);
        let sql = format!("select id, given_name, family_name, preferred_name from patients where {}", named.sql());
        tx.rows(&sql, &[std::slice::from_ref(&key), named.arguments()].concat()).await?;
        drop(tx);
        let mut tx = self.db.write(Some(&organization)).await?;
        let sql = "insert into audit_pending (organization_id, id, entry, written_at) values ($1, $2, $3, $4)";
        let id = self.clock.id::<kind::AuditEntry>();
        // As long as a true one, and as short-lived: it is taken away before anybody seals it.
        let values = [key.clone(), (&id).into(), Value::Text("x".repeat(330)), Value::Time(self.clock.now())];
        tx.run(sql, &values).await?;
        tx.commit().await
    }

    /// Takes the bare audit entries away.
    pub async fn clean(&self) -> Outcome {
        let organization = self.stand.organization.id.to_string();
        let taken = async {
            let mut tx = self.db.write(Some(&organization)).await?;
            let sql = "delete from audit_pending where organization_id = $1 and entry like 'xxx%'";
            tx.run(sql, &[Value::Text(organization.clone())]).await?;
            tx.commit().await
        };
        taken.await.map_err(|error: store::Error| error.to_string())
    }
}

/// Durable transactions of one row, in a second: one after another on SQLite, 64 at once on PostgreSQL.
pub async fn single_rows(db: &Db, times: usize) -> Outcome<f64> {
    const TABLE: &str = "create table if not exists bench_rows (id bigint primary key, content text not null)";
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let made = async {
        let mut tx = db.write(None).await?;
        tx.batch(TABLE).await?;
        tx.commit().await
    };
    made.await.map_err(|error: store::Error| error.to_string())?;
    let callers = if db.dialect() == Dialect::Sqlite { 1 } else { 64 };
    let left = Arc::new(AtomicUsize::new(times));
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for _ in 0..callers {
        let (db, left) = (db.clone(), left.clone());
        tasks.spawn(async move {
            while take(&left) {
                let number = i64::try_from(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap_or(i64::MAX);
                single_row(&db, number).await.map_err(|error| error.to_string())?;
            }
            Ok(())
        });
    }
    all(tasks).await?;
    Ok(per_second(times, began))
}

async fn single_row(db: &Db, number: i64) -> Result<(), store::Error> {
    let mut tx = db.write(None).await?;
    let content = "a row about as long as a member's, with an id or two and an instant in it";
    tx.run("insert into bench_rows (id, content) values ($1, $2)", &[Value::Int(number), content.into()]).await?;
    tx.commit().await
}

/// Inserts records by statements of up to 500 rows.
pub async fn insert<R: Record>(tx: &mut Tx, organization: &str, records: &[R]) -> Result<(), store::Error> {
    let width = R::COLUMNS.split(", ").count();
    for records in records.chunks(500) {
        let row = |at: usize| {
            let places = (0..width).map(|place| format!(", ${}", at * width + place + 2));
            format!("($1{})", places.collect::<String>())
        };
        let rows = (0..records.len()).map(row).collect::<Vec<_>>().join(", ");
        let sql = format!("insert into {} (organization_id, {}) values {rows}", R::TABLE, R::COLUMNS);
        let values = records.iter().flat_map(Record::values);
        let arguments: Vec<Value> = std::iter::once(Value::Text(organization.to_owned())).chain(values).collect();
        tx.run(&sql, &arguments).await?;
    }
    Ok(())
}
