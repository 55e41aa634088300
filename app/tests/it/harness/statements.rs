//! Every statement that is run on this thread, and how the database would run it.
//!
//! Only for tests on one thread (`#[tokio::test]` as it is): then server, client and database are all on it.

use std::sync::{Arc, Mutex, PoisonError};

use store::{Dialect, Tx, Value};
use tracing::{Event, Subscriber, field::Visit, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

/// Records statements until it is dropped.
pub struct Statements {
    seen: Arc<Mutex<Vec<String>>>,
    _listening: DefaultGuard,
}

struct Recorder(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "store::statement" {
            event.record(&mut Sql(&self.0));
        }
    }
}

struct Sql<'a>(&'a Mutex<Vec<String>>);

impl Visit for Sql<'_> {
    fn record_str(&mut self, _: &tracing::field::Field, sql: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(sql.to_owned());
    }
    fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
}

impl Statements {
    /// Begins to listen.
    pub fn listen() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let listening = tracing_subscriber::registry().with(Recorder(seen.clone())).set_default();
        Self { seen, _listening: listening }
    }

    /// The statements since this was last asked.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is wrong with the way a database would run a statement; empty when it uses indexes for all of it.
pub async fn flaws(tx: &mut Tx, sql: &str) -> Vec<String> {
    let plan = match tx.dialect() {
        Dialect::Sqlite => sqlite_plan(tx, sql).await,
        Dialect::Postgres => postgres_plan(tx, sql).await,
    };
    assert!(!plan.is_empty(), "no plan: {sql}");
    let flaw = |line: &String| match tx.dialect() {
        // Constants and what an inner query has found are no tables.
        Dialect::Sqlite => {
            (line.starts_with("SCAN ") && !line.contains("CONSTANT ROW") && !line.contains("(subquery"))
                || line.contains("TEMP B-TREE")
        }
        Dialect::Postgres => line.contains("Seq Scan") || line.contains("Sort  (") || line.contains("Incremental Sort"),
    };
    plan.into_iter().filter(flaw).map(|line| line.trim().to_owned()).collect()
}

/// The number of arguments of a statement.
fn arguments(sql: &str) -> usize {
    let numbers = sql.split('$').skip(1).filter_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    numbers.max().unwrap_or(0)
}

async fn sqlite_plan(tx: &mut Tx, sql: &str) -> Vec<String> {
    let nothing = vec![Value::Null; arguments(sql)];
    let rows = tx.rows(&format!("explain query plan {sql}"), &nothing).await;
    rows.unwrap_or_else(|error| panic!("{sql}: {error}")).iter().map(|row| row.get("detail").unwrap()).collect()
}

/// The plan for any arguments, where an index is taken whenever there is one: the tables of a test are too small for it.
async fn postgres_plan(tx: &mut Tx, sql: &str) -> Vec<String> {
    let settings = "set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off; \
        set local enable_sort = off; set local enable_incremental_sort = off;";
    let prepared = tx.batch(&format!("{settings} deallocate all; prepare explained as {sql}")).await;
    prepared.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let nothing = vec!["null"; arguments(sql)].join(", ");
    let execute =
        if nothing.is_empty() { "execute explained".to_owned() } else { format!("execute explained({nothing})") };
    // The text differs, or a statement kept from before would explain the one before.
    let rows = tx.rows(&format!("explain {execute} -- {sql}"), &[]).await;
    rows.unwrap_or_else(|error| panic!("{sql}: {error}")).iter().map(|row| row.at(0).unwrap()).collect()
}
