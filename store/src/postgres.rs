//! PostgreSQL: a pool, READ COMMITTED transactions, the organization set for row-level security in the same round
//! trip that begins. TLS by rustls when the address asks for it.

use std::{fmt::Write as _, pin::Pin, sync::Arc, task::Poll, time::Duration};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use rules::column::Value;
use tokio_postgres::{
    NoTls,
    types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{Error, Row, Sizes, Statement};

type Boxed = Box<dyn std::error::Error + Send + Sync>;

/// How long a new connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// An open PostgreSQL pool.
#[derive(Clone)]
pub struct Postgres {
    pool: Pool,
}

impl Postgres {
    pub(crate) async fn open(address: &str, sizes: Sizes) -> Result<Self, Error> {
        let mut config: tokio_postgres::Config = address.parse()?;
        config.application_name("convene");
        if !sizes.statement.is_zero() {
            let given = config.get_options().unwrap_or_default();
            let options = format!("-c statement_timeout={} {given}", sizes.statement.as_millis());
            config.options(options.trim_end());
        }
        let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = if config.get_ssl_mode() == tokio_postgres::config::SslMode::Disable || is_local(&config) {
            Manager::from_config(config, NoTls, manager_config)
        } else {
            Manager::from_config(config, tls()?, manager_config)
        };
        let builder = Pool::builder(manager).max_size(sizes.connections.max(2)).runtime(Runtime::Tokio1);
        let pool = builder.wait_timeout(Some(sizes.wait)).create_timeout(Some(CONNECT)).build();
        let postgres = Self { pool: pool.map_err(|error| Error::Unavailable(error.to_string()))? };
        postgres.begin(None, true).await?;
        Ok(postgres)
    }

    pub(crate) async fn begin(&self, organization: Option<&str>, read_only: bool) -> Result<Transaction, Error> {
        use deadpool_postgres::{PoolError, TimeoutType};
        let connection = self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => Error::Busy,
            PoolError::Backend(error) => Error::Unavailable(error.to_string()),
            error => Error::Unavailable(error.to_string()),
        })?;
        // A snapshot must not change between the statements of one read.
        let mut sql = if read_only { "begin isolation level repeatable read read only;" } else { "begin;" }.to_owned();
        let organization: String =
            organization.unwrap_or_default().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let _ = write!(sql, "select set_config('convene.organization', '{organization}', true)");
        Ok(Transaction { connection: Some(connection), begin: Some(sql), open: false, failed: false })
    }

    pub(crate) fn pool_use(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.size - status.available.min(status.size), status.max_size)
    }
}

fn is_local(config: &tokio_postgres::Config) -> bool {
    config.get_hosts().iter().all(|host| matches!(host, tokio_postgres::config::Host::Unix(_)))
}

fn tls() -> Result<MakeRustlsConnect, Error> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| Error::Unavailable(error.to_string()))?;
    Ok(MakeRustlsConnect::new(config.with_root_certificates(roots).with_no_client_auth()))
}

/// An open transaction. A connection dropped inside one leaves the pool instead of going back dirty.
pub struct Transaction {
    connection: Option<Object>,
    /// What begins it: sent with the first statement, in the same round trip.
    begin: Option<String>,
    open: bool,
    failed: bool,
}

impl Transaction {
    fn connection(&self) -> Result<&Object, Error> {
        match (&self.connection, self.failed) {
            (Some(connection), false) => Ok(connection),
            _ => Err(Error::Over),
        }
    }

    fn ended<T>(&mut self, outcome: Result<T, Error>) -> Result<T, Error> {
        self.failed |= outcome.is_err();
        outcome
    }

    pub(crate) async fn rows(&mut self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, Error> {
        let begin = self.begins();
        let connection = self.connection()?;
        let outcome = after(connection, begin, select(connection, sql, arguments)).await;
        self.ended(outcome)
    }

    pub(crate) async fn run(&mut self, sql: &str, arguments: &[Value]) -> Result<u64, Error> {
        let begin = self.begins();
        let connection = self.connection()?;
        let outcome = after(connection, begin, change(connection, sql, arguments)).await;
        self.ended(outcome)
    }

    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), Error> {
        let begin = self.begins();
        let connection = self.connection()?;
        let batch = async { connection.batch_execute(sql).await.map_err(Error::from) };
        let outcome = after(connection, begin, batch).await;
        self.ended(outcome)
    }

    /// What begins the transaction, once.
    fn begins(&mut self) -> Option<String> {
        let begin = self.begin.take();
        self.open |= begin.is_some();
        begin
    }

    pub(crate) async fn commit(self) -> Result<(), Error> {
        self.commit_after(&[]).await
    }

    /// Runs the last statements and commits, in one round trip. When one of them fails, PostgreSQL answers the commit
    /// with a rollback.
    pub(crate) async fn commit_after(mut self, last: &[Statement]) -> Result<(), Error> {
        if last.is_empty() && self.begin.is_some() {
            return Ok(());
        }
        let begin = self.begins();
        let connection = self.connection()?;
        // All are prepared before the first is sent: a commit must not overtake a statement that is not ready.
        let preparing = async { prepared(connection, last).await };
        let prepared = after(connection, begin, preparing).await?;
        let mut sent: Vec<Sent<'_>> = Vec::with_capacity(last.len() + 1);
        for (statement, (_, arguments)) in prepared.iter().zip(last) {
            sent.push(Box::pin(async move {
                let bound: Vec<Bound<'_>> = arguments.iter().map(Bound).collect();
                let bound: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|value| value as _).collect();
                Ok(connection.execute(statement, &bound).await.map(drop)?)
            }));
        }
        sent.push(Box::pin(async { Ok(connection.batch_execute("commit").await?) }));
        in_order(sent).await?;
        self.open = false;
        Ok(())
    }
}

/// A request that is sent when it is first polled.
type Sent<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// Sends requests one behind another without waiting between them. The first failure ends it: nothing is sent behind a
/// request that failed before it was sent, and PostgreSQL does nothing that comes behind one that it refused.
async fn in_order(mut requests: Vec<Sent<'_>>) -> Result<(), Error> {
    let mut done = vec![false; requests.len()];
    std::future::poll_fn(|context| {
        for (request, done) in requests.iter_mut().zip(&mut done).filter(|(_, done)| !**done) {
            match request.as_mut().poll(context) {
                Poll::Ready(Ok(())) => *done = true,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {}
            }
        }
        if done.iter().all(|done| *done) { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}

async fn prepared(connection: &Object, statements: &[Statement]) -> Result<Vec<tokio_postgres::Statement>, Error> {
    let mut prepared = Vec::with_capacity(statements.len());
    for (sql, arguments) in statements {
        prepared.push(prepare(connection, sql, arguments.len()).await?);
    }
    Ok(prepared)
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let (true, Some(connection)) = (self.open, self.connection.take()) else { return };
        match tokio::runtime::Handle::try_current() {
            // Rolling back keeps the connection and its prepared statements; a closed one leaves the pool.
            Ok(runtime) if !connection.is_closed() => {
                runtime.spawn(async move {
                    if connection.batch_execute("rollback").await.is_err() {
                        drop(Object::take(connection));
                    }
                });
            }
            _ => drop(Object::take(connection)),
        }
    }
}

/// Sends what begins a transaction, if it has not begun, and a statement right behind it.
async fn after<T>(
    connection: &Object,
    begin: Option<String>,
    statement: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let Some(begin) = begin else { return statement.await };
    // Both are sent when they are first polled, in this order.
    let (begun, outcome) = tokio::join!(biased; connection.batch_execute(&begin), statement);
    begun?;
    outcome
}

/// Keeps a prepared statement for the next time, unless it has so many arguments that its text is one of many.
async fn prepare(connection: &Object, sql: &str, arguments: usize) -> Result<tokio_postgres::Statement, Error> {
    const ARGUMENTS_MAX: usize = 64;
    let prepared = match arguments {
        ..=ARGUMENTS_MAX => connection.prepare_cached(sql).await,
        _ => connection.prepare(sql).await,
    };
    Ok(prepared?)
}

async fn select(connection: &Object, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, Error> {
    let statement = prepare(connection, sql, arguments.len()).await?;
    let columns: Arc<[String]> = statement.columns().iter().map(|column| column.name().to_owned()).collect();
    let bound: Vec<Bound<'_>> = arguments.iter().map(Bound).collect();
    let bound: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|value| value as _).collect();
    let rows = connection.query(&statement, &bound).await?;
    rows.into_iter()
        .map(|row| {
            let values =
                (0..row.len()).map(|at| row.try_get::<_, Read>(at).map(|read| read.0)).collect::<Result<_, _>>()?;
            Ok(Row::new(columns.clone(), values))
        })
        .collect()
}

async fn change(connection: &Object, sql: &str, arguments: &[Value]) -> Result<u64, Error> {
    let statement = prepare(connection, sql, arguments.len()).await?;
    let bound: Vec<Bound<'_>> = arguments.iter().map(Bound).collect();
    let bound: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|value| value as _).collect();
    Ok(connection.execute(&statement, &bound).await?)
}

#[derive(Debug)]
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Bool(truth) => truth.to_sql(kind, out),
            Value::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Value::Int(number) => number.to_sql(kind, out),
            Value::Real(number) => number.to_sql(kind, out),
            Value::Text(text) => text.to_sql(kind, out),
            Value::Blob(bytes) => bytes.to_sql(kind, out),
            Value::Time(instant) => instant.to_sql(kind, out),
            Value::Day(day) => day.to_sql(kind, out),
        }
    }
    fn accepts(_: &Type) -> bool {
        true
    }
    to_sql_checked!();
}

struct Read(Value);

impl<'a> FromSql<'a> for Read {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        Ok(Self(match *kind {
            Type::BOOL => Value::Bool(FromSql::from_sql(kind, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => Value::Int(FromSql::from_sql(kind, raw)?),
            Type::FLOAT8 => Value::Real(FromSql::from_sql(kind, raw)?),
            Type::BYTEA => Value::Blob(FromSql::from_sql(kind, raw)?),
            Type::TIMESTAMPTZ => Value::Time(FromSql::from_sql(kind, raw)?),
            Type::DATE => Value::Day(FromSql::from_sql(kind, raw)?),
            _ => Value::Text(String::from_sql(kind, raw)?),
        }))
    }
    fn from_sql_null(_: &Type) -> Result<Self, Boxed> {
        Ok(Self(Value::Null))
    }
    fn accepts(_: &Type) -> bool {
        true
    }
}
