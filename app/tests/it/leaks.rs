//! The leak hunt: a clinic of three hundred people whose names are easily taken for one another, in groups that are
//! documented with notes in which the therapist tries to name somebody else, and rewords what the check points out. Then
//! everything that is said of one person is searched for anything of anybody else, and so is the log.

mod clinic;
mod surfaces;
mod traces;

use std::sync::{Arc, Mutex, PoisonError};

use tracing::{Event, Subscriber, field::Visit, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use crate::harness::{Engine, TestApp};
use clinic::Clinic;
use surfaces::Surfaces;
use traces::Traces;

/// Everything that is logged on this thread, at every level.
struct Log {
    lines: Arc<Mutex<String>>,
    _listening: DefaultGuard,
}

struct Writer(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

impl<S: Subscriber> Layer<S> for Writer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let ours = ["app", "store", "rules", "exchange"];
        // The texts of statements are constant, and too many to keep.
        let target = event.metadata().target();
        if target != "store::statement" && ours.contains(&target.split("::").next().unwrap_or("")) {
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            lines.push_str(event.metadata().target());
            event.record(&mut Line(&mut lines));
            lines.push('\n');
        }
    }
}

impl Log {
    fn listen() -> Self {
        let lines = Arc::new(Mutex::new(String::new()));
        let listening = tracing_subscriber::registry().with(Writer(lines.clone())).set_default();
        Self { lines, _listening: listening }
    }

    fn text(&self) -> String {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn hunt(engine: Engine) {
    let log = Log::listen();
    let app = TestApp::on(engine).await;
    let clinic = Clinic::open(&app).await;
    assert_eq!(clinic.people.len(), 300);
    let tried = &clinic.tried;
    assert!(tried.attempts > 120 && tried.refused > 60, "{tried:?}");
    let traces = Traces::of(&clinic.people, &clinic.staff);
    let surfaces = Surfaces::new(&app, &clinic).await;
    let mut found = Vec::new();
    let mut read = 0;
    for about in 0..clinic.people.len() {
        for (address, body) in surfaces.read(&clinic, about).await {
            read += 1;
            found.extend(traces.find(&body, Some(about)).into_iter().map(|what| format!("{address}: {what}")));
        }
    }
    let log = log.text();
    assert!(log.lines().count() > read, "the log was not heard: {} lines", log.lines().count());
    found.extend(traces.find(&log, None).into_iter().map(|what| format!("log: {what}")));
    println!("{read} answers, {} bytes of log, {tried:?}", log.len());
    assert!(found.is_empty(), "{} leaks:\n{}", found.len(), found[..found.len().min(40)].join("\n"));
}

/// On one thread, so that the log is heard.
#[tokio::test]
async fn nothing_of_anybody_else_is_told_on_sqlite() {
    hunt(Engine::Sqlite).await;
}

#[tokio::test]
async fn nothing_of_anybody_else_is_told_on_postgres() {
    if Engine::Postgres.is_here() {
        hunt(Engine::Postgres).await;
    }
}
