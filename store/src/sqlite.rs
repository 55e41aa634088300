//! SQLite: a pool of readers, and one writer whose durable commits are shared.
//!
//! A durable commit costs milliseconds, a statement microseconds. So the writer's lease passes from one waiting
//! action to the next inside one transaction, each in a savepoint of its own. The transaction is committed when
//! nobody waits, after [`ACTIONS_MAX`] actions or [`SHARED_MAX`], and every action's answer waits for that commit.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rules::column::Value;
use rusqlite::{
    Connection,
    types::{ToSql, ToSqlOutput, Value as Owned, ValueRef},
};
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, watch};

use crate::{Error, Row, Sizes};

/// Actions in one shared transaction, at most.
const ACTIONS_MAX: u32 = 64;
/// How long a shared transaction may stay open for the next action.
const SHARED_MAX: Duration = Duration::from_millis(5);
/// Prepared statements kept by each connection.
const STATEMENTS: usize = 512;

/// An open SQLite database.
#[derive(Clone)]
pub struct Sqlite {
    readers: Readers,
    writer: Writer,
    wait: Duration,
}

impl Sqlite {
    pub(crate) fn open(path: &str, sizes: Sizes) -> Result<Self, Error> {
        let writer = connect(path, false)?;
        let readers = (0..sizes.readers.max(1)).map(|_| connect(path, true)).collect::<Result<_, _>>()?;
        Ok(Self { readers: Readers::new(readers), writer: Writer::new(writer), wait: sizes.wait })
    }

    pub(crate) async fn read(&self) -> Result<Reader, Error> {
        tokio::time::timeout(self.wait, self.readers.lease()).await.map_err(|_| Error::Busy)?
    }

    pub(crate) async fn write(&self) -> Result<Action, Error> {
        tokio::time::timeout(self.wait, self.writer.begin()).await.map_err(|_| Error::Busy)?
    }

    pub(crate) fn pool_use(&self) -> (usize, usize) {
        (self.readers.size - self.readers.free.available_permits(), self.readers.size)
    }
}

fn connect(path: &str, read_only: bool) -> Result<Connection, Error> {
    let connection = Connection::open(path)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma temp_store = memory;
         pragma cache_size = -16000; pragma mmap_size = 268435456;",
    )?;
    if read_only {
        connection.execute_batch("pragma query_only = on")?;
    }
    Ok(connection)
}

/// Lets other tasks of the thread go on while SQLite works; a runtime with one thread just waits. Not for the statements
/// of the one writer: each takes microseconds, less than handing the thread's tasks over, and all others wait for it.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

// Readers -----------------------------------------------------------------------------------------------------------

#[derive(Clone)]
struct Readers {
    idle: Arc<Mutex<VecDeque<Connection>>>,
    free: Arc<Semaphore>,
    size: usize,
}

impl Readers {
    fn new(connections: VecDeque<Connection>) -> Self {
        let size = connections.len();
        Self { idle: Arc::new(Mutex::new(connections)), free: Arc::new(Semaphore::new(size)), size }
    }

    async fn lease(&self) -> Result<Reader, Error> {
        let closed = |_| Error::Unavailable("the readers are closed".to_owned());
        let permit = self.free.clone().acquire_owned().await.map_err(closed)?;
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let reader = Reader { connection, pool: self.clone(), _permit: permit };
        reader.connection()?.prepare_cached("begin")?.execute([])?;
        Ok(reader)
    }
}

/// A snapshot: one reader connection inside a read transaction, given back when dropped.
pub struct Reader {
    connection: Option<Connection>,
    pool: Readers,
    _permit: OwnedSemaphorePermit,
}

impl Reader {
    fn connection(&self) -> Result<&Connection, Error> {
        self.connection.as_ref().ok_or_else(|| Error::Unavailable("no reader".to_owned()))
    }

    pub(crate) fn rows(&mut self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, Error> {
        blocking(|| query(self.connection()?, sql, arguments))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            if !connection.is_autocommit() {
                let _ = connection.prepare_cached("rollback").and_then(|mut end| end.execute([]));
            }
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push_back(connection);
        }
    }
}

// The writer --------------------------------------------------------------------------------------------------------

#[derive(Clone)]
struct Writer {
    state: Arc<tokio::sync::Mutex<WriterState>>,
    waiting: Arc<AtomicUsize>,
}

struct WriterState {
    connection: Connection,
    shared: Option<Shared>,
}

/// The open transaction that waiting actions share.
struct Shared {
    since: Instant,
    actions: u32,
    outcome: watch::Sender<Option<Result<(), Error>>>,
}

impl WriterState {
    fn execute(&self, sql: &str) -> Result<(), Error> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn join(&mut self) -> Result<(), Error> {
        if self.shared.is_none() {
            // Another process may hold the file's lock: SQLite waits for it up to its busy timeout.
            blocking(|| self.execute("begin immediate"))?;
            self.shared = Some(Shared { since: Instant::now(), actions: 0, outcome: watch::Sender::new(None) });
        }
        self.execute("savepoint action")
    }

    /// Commits for everybody in the shared transaction and tells them.
    fn flush(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        let outcome = blocking(|| self.execute("commit"));
        if outcome.is_err() && !self.connection.is_autocommit() {
            let _ = self.execute("rollback");
        }
        shared.outcome.send_replace(Some(outcome));
    }
}

impl Writer {
    fn new(connection: Connection) -> Self {
        let state = WriterState { connection, shared: None };
        Self { state: Arc::new(tokio::sync::Mutex::new(state)), waiting: Arc::default() }
    }

    async fn begin(&self) -> Result<Action, Error> {
        let ticket = Ticket::new(self.clone());
        let mut state = self.state.clone().lock_owned().await;
        ticket.arrived();
        state.join()?;
        Ok(Action { state: Some(state), waiting: self.waiting.clone(), failed: false, done: false })
    }

    /// Commits what was left open for somebody who went away instead of taking the lease.
    async fn flush_if_idle(self) {
        let mut state = self.state.lock().await;
        if self.waiting.load(Ordering::SeqCst) == 0 {
            state.flush();
        }
    }
}

/// A place in the queue for the writer's lease. Whoever holds the lease leaves the transaction open while a ticket
/// exists; so a ticket dropped without arriving must see to the commit.
struct Ticket {
    writer: Writer,
    arrived: bool,
}

impl Ticket {
    fn new(writer: Writer) -> Self {
        writer.waiting.fetch_add(1, Ordering::SeqCst);
        Self { writer, arrived: false }
    }

    fn arrived(mut self) {
        self.arrived = true;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.writer.waiting.fetch_sub(1, Ordering::SeqCst);
        if !self.arrived
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(self.writer.clone().flush_if_idle());
        }
    }
}

/// One action in the shared transaction. Dropped without commit, its savepoint is rolled back.
pub struct Action {
    state: Option<OwnedMutexGuard<WriterState>>,
    waiting: Arc<AtomicUsize>,
    failed: bool,
    done: bool,
}

impl Action {
    fn with<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let (Some(state), false) = (&self.state, self.failed) else { return Err(Error::Over) };
        let outcome = work(&state.connection);
        self.failed = outcome.is_err();
        outcome
    }

    pub(crate) fn rows(&mut self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, Error> {
        self.with(|connection| query(connection, sql, arguments))
    }

    pub(crate) fn run(&mut self, sql: &str, arguments: &[Value]) -> Result<u64, Error> {
        self.with(|connection| {
            let changed = connection
                .prepare_cached(&numbered(sql))?
                .execute(rusqlite::params_from_iter(arguments.iter().map(Bound)))?;
            Ok(changed as u64)
        })
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.with(|connection| Ok(connection.execute_batch(sql)?))
    }

    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        if self.failed {
            return Err(Error::Over);
        }
        let Some(mut state) = self.state.take() else { return Err(Error::Over) };
        self.done = true;
        state.execute("release action")?;
        let Some(shared) = &mut state.shared else { return Err(Error::Over) };
        shared.actions += 1;
        let mut outcome = shared.outcome.subscribe();
        let full = shared.actions >= ACTIONS_MAX || shared.since.elapsed() >= SHARED_MAX;
        if full || self.waiting.load(Ordering::SeqCst) == 0 {
            state.flush();
        }
        drop(state);
        let outcome = outcome.wait_for(Option::is_some).await;
        outcome
            .map_or(Err(Error::Unavailable("the writer went away".to_owned())), |seen| seen.clone().unwrap_or(Ok(())))
    }
}

impl Drop for Action {
    fn drop(&mut self) {
        let Some(state) = &mut self.state else { return };
        if self.done {
            return;
        }
        let undone = state.execute("rollback to action").and_then(|()| state.execute("release action"));
        if undone.is_err() && !state.connection.is_autocommit() {
            let _ = state.execute("rollback");
            if let Some(shared) = state.shared.take() {
                shared.outcome.send_replace(Some(undone));
            }
        }
        if self.waiting.load(Ordering::SeqCst) == 0 {
            state.flush();
        }
    }
}

// Values ------------------------------------------------------------------------------------------------------------

struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Bool(truth) => ToSqlOutput::Owned(Owned::Integer(i64::from(*truth))),
            Value::Int(number) => ToSqlOutput::Owned(Owned::Integer(*number)),
            Value::Real(number) => ToSqlOutput::Owned(Owned::Real(*number)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            // Fixed width, so that the order of the text is the order of time.
            Value::Time(instant) => ToSqlOutput::Owned(Owned::Text(format!("{instant:.6}"))),
            Value::Day(day) => ToSqlOutput::Owned(Owned::Text(day.to_string())),
        })
    }
}

/// `$2` is a name to SQLite, numbered by its first appearance; `?2` is the second argument wherever it stands.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

fn query(connection: &Connection, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, Error> {
    let mut statement = connection.prepare_cached(&numbered(sql))?;
    let columns: Arc<[String]> = (0..statement.column_count())
        .map(|at| statement.column_name(at).map(str::to_owned))
        .collect::<Result<_, _>>()?;
    let mut rows = statement.query(rusqlite::params_from_iter(arguments.iter().map(Bound)))?;
    let mut answer = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..columns.len()).map(|position| row.get_ref(position).map(read)).collect::<Result<_, _>>()?;
        answer.push(Row::new(columns.clone(), values));
    }
    Ok(answer)
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn arguments_are_numbered_not_named() {
        let directory = std::env::temp_dir().join(format!("convene-numbered-{}", std::process::id()));
        let db = Sqlite::open(directory.to_str().unwrap(), Sizes::default()).unwrap();
        let rows = db.read().await.unwrap().rows("select $2, $1", &["first".into(), "second".into()]).unwrap();
        assert_eq!((rows[0].at::<String>(0), rows[0].at::<String>(1)), (Ok("second".into()), Ok("first".into())));
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{ending}", directory.display()));
        }
    }
}
