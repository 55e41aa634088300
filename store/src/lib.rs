//! One SQL text on two databases: SQLite inside by default, PostgreSQL when a clinic grows.
//!
//! The only crate that names a driver. It knows no tables and decides nothing: it opens databases, runs
//! statements with typed values, shares durable commits (SQLite), and applies numbered migrations.
//! Portable SQL is a matter of the text; where two texts are unavoidable the caller matches on [`Dialect`].

mod error;
mod filter;
mod migrate;
mod postgres;
mod record;
mod row;
mod sqlite;

use std::time::Duration;

pub use error::Error;
pub use filter::Where;
pub use migrate::{Migration, applied, migrate};
pub use record::{Record, plain, plain_length};
pub use row::Row;
pub use rules::column::{Field, Json, Value};

/// Which database answers: for the few statements that must differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite: one writer, readers beside it.
    Sqlite,
    /// PostgreSQL: READ COMMITTED, rows locked before they are read.
    Postgres,
}

/// How many connections read at once on SQLite, how many there are on PostgreSQL, and how long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// SQLite readers.
    pub readers: usize,
    /// PostgreSQL connections.
    pub connections: usize,
    /// How long a request waits for a connection before it is refused as busy.
    pub wait: Duration,
    /// How long one statement may take on PostgreSQL, waiting for locks included, before the database ends it; zero for
    /// no limit. What the address says in its `options` wins.
    pub statement: Duration,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { readers: 4, connections: 24, wait: Duration::from_secs(10), statement: Duration::from_secs(30) }
    }
}

/// An open database.
#[derive(Clone)]
pub enum Db {
    /// A SQLite file.
    Sqlite(sqlite::Sqlite),
    /// A PostgreSQL pool.
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens `sqlite:PATH` (made when missing) or `postgres://…`.
    ///
    /// # Errors
    /// [`Error::Address`] for another scheme, or what the driver says.
    pub async fn open(address: &str, sizes: Sizes) -> Result<Self, Error> {
        if let Some(path) = address.strip_prefix("sqlite:") {
            return sqlite::Sqlite::open(path.trim_start_matches("//"), sizes).map(Self::Sqlite);
        }
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return postgres::Postgres::open(address, sizes).await.map(Self::Postgres);
        }
        Err(Error::Address)
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// One snapshot for reading. `organization` is bound for the row-level security of PostgreSQL.
    ///
    /// # Errors
    /// [`Error::Busy`] when no connection is free in time, [`Error::Unavailable`] when the database is away.
    pub async fn read(&self, organization: Option<&str>) -> Result<Tx, Error> {
        match self {
            Self::Sqlite(db) => db.read().await.map(Tx::SqliteReader),
            Self::Postgres(db) => db.begin(organization, true).await.map(Tx::Postgres),
        }
    }

    /// A transaction for writing; on SQLite the one writer, so it can't fail half way for want of a lock.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn write(&self, organization: Option<&str>) -> Result<Tx, Error> {
        match self {
            Self::Sqlite(db) => db.write().await.map(Tx::SqliteWriter),
            Self::Postgres(db) => db.begin(organization, false).await.map(Tx::Postgres),
        }
    }

    /// Refuses a PostgreSQL role that row-level security does not bind.
    ///
    /// # Errors
    /// [`Error::RoleBypassesSecurity`], or what the driver says.
    pub async fn check_role(&self) -> Result<(), Error> {
        let Self::Postgres(db) = self else { return Ok(()) };
        let mut tx = Tx::Postgres(db.begin(None, true).await?);
        let sql = "select (rolsuper or rolbypassrls) as bypasses from pg_roles where rolname = current_user";
        let bypasses = tx.rows(sql, &[]).await?.first().map(|row| row.get::<bool>("bypasses")).transpose()?;
        if bypasses == Some(false) { Ok(()) } else { Err(Error::RoleBypassesSecurity) }
    }

    /// Connections in use and in all, for the metrics.
    pub fn pool_use(&self) -> (usize, usize) {
        match self {
            Self::Sqlite(db) => db.pool_use(),
            Self::Postgres(db) => db.pool_use(),
        }
    }
}

/// A statement with its arguments.
pub type Statement = (String, Vec<Value>);

/// An open transaction. Dropped without [`Tx::commit`], it leaves nothing behind.
pub enum Tx {
    /// A snapshot of a SQLite reader.
    SqliteReader(sqlite::Reader),
    /// One action in the SQLite writer's shared transaction.
    SqliteWriter(sqlite::Action),
    /// A PostgreSQL transaction.
    Postgres(postgres::Transaction),
}

impl Tx {
    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::SqliteReader(_) | Self::SqliteWriter(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement and returns its rows.
    ///
    /// # Errors
    /// The kind of failure; afterwards the transaction is over and every further statement is refused.
    pub async fn rows(&mut self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, Error> {
        tell(sql);
        match self {
            Self::SqliteReader(tx) => tx.rows(sql, arguments),
            Self::SqliteWriter(tx) => tx.rows(sql, arguments),
            Self::Postgres(tx) => tx.rows(sql, arguments).await,
        }
        .inspect_err(|error| log(sql, error))
    }

    /// Runs a statement and returns how many rows it changed.
    ///
    /// # Errors
    /// As [`Tx::rows`].
    pub async fn run(&mut self, sql: &str, arguments: &[Value]) -> Result<u64, Error> {
        tell(sql);
        match self {
            Self::SqliteReader(_) => Err(Error::ReadOnly),
            Self::SqliteWriter(tx) => tx.run(sql, arguments),
            Self::Postgres(tx) => tx.run(sql, arguments).await,
        }
        .inspect_err(|error| log(sql, error))
    }

    /// Runs several statements without arguments: migrations.
    ///
    /// # Errors
    /// As [`Tx::rows`].
    pub async fn batch(&mut self, sql: &str) -> Result<(), Error> {
        match self {
            Self::SqliteReader(_) => Err(Error::ReadOnly),
            Self::SqliteWriter(tx) => tx.batch(sql),
            Self::Postgres(tx) => tx.batch(sql).await,
        }
        .inspect_err(|error| log(sql, error))
    }

    /// Runs the last statements, whose rows nobody asks for, and makes all writes durable: on PostgreSQL in one round
    /// trip.
    ///
    /// # Errors
    /// The first failure among them, or as [`Tx::commit`]; then nothing of the transaction is there.
    pub async fn commit_after(mut self, last: &[Statement]) -> Result<(), Error> {
        if let Self::Postgres(tx) = self {
            return tx.commit_after(last).await.inspect_err(|error| log("the end of a transaction", error));
        }
        for (sql, arguments) in last {
            self.run(sql, arguments).await?;
        }
        self.commit().await
    }

    /// Makes the writes durable; returns when they are.
    ///
    /// # Errors
    /// When the database could not keep them: then none of them is there.
    pub async fn commit(self) -> Result<(), Error> {
        match self {
            Self::SqliteReader(_) => Ok(()),
            Self::SqliteWriter(action) => action.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }
}

/// Says what is run, to whoever listens: an operator with `CONVENE_LOG=store=trace`, and the tests that read plans.
fn tell(sql: &str) {
    tracing::trace!(target: "store::statement", sql);
}

/// Statement texts are ours and hold no personal data; arguments are never logged.
fn log(sql: &str, error: &Error) {
    if !matches!(error, Error::Conflict | Error::Busy) {
        tracing::error!(%error, sql, "statement failed");
    }
}
