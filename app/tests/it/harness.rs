//! The product as its clients meet it: the real router on a loopback port, over a database of its own.
//!
//! ```text
//! on_both! {
//!     /// What is promised.
//!     async fn a_nurse_reads_groups(app: TestApp) {
//!         let nurse = app.as_role(Role::Nurse).await;
//!         nurse.get("/api/groups").await.expect(200);
//!         nurse.post("/api/groups", json!({"name": "Skills"})).await.expect_code(403, "forbidden");
//!     }
//! }
//! ```
//!
//! makes the tests `a_nurse_reads_groups::sqlite` and `a_nurse_reads_groups::postgres`. With `engine: Engine` instead
//! of `app: TestApp` the story starts its app itself ([`TestApp::start`]). SQLite is a fresh file each time,
//! PostgreSQL a fresh organization in the one database of `CONVENE_TEST_POSTGRES_URL`; without it that half is
//! skipped, and with `CI=true` it fails.
//!
//! The clock stands still at [`START`] until [`Tenant::advance`]. Nothing is sealed until [`Tenant::seal`].

#![allow(dead_code, unused_imports, reason = "a harness offers more than the stories of one day use")]

mod browser;
mod client;
mod contract;
mod pages;
pub mod samples;
mod statements;

use std::{
    future::Future,
    net::SocketAddr,
    ops::Deref,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use app::{
    App,
    audit::{
        Checkpoints,
        verify::{self, Finding},
    },
    clock::Clock,
    config::{Config, PasswordCost},
    door::{Cx, Lobby, Organization},
    http::server,
    identity::{
        User,
        actions::{NewUser, add_user, make_token_for},
    },
};
use jiff::{SignedDuration, Timestamp};
use rules::{
    id::kind,
    permissions::{Flag, Permission, Role},
    text::{Name, Text},
};
use sha2::{Digest, Sha256};
use store::{Db, Row, Sizes, Value};

pub use browser::{Browser, chromedriver};
pub use client::{Answer, Client, Stream};
pub use contract::{Contract, Route, Samples};
pub use pages::{Page, PageClient};
pub use statements::{Statements, flaws};

/// When every story begins: ten in the morning in Phoenix, a Wednesday.
pub const START: &str = "2026-03-04T17:00:00Z";
/// The zone of every organization.
pub const ZONE: &str = "America/Phoenix";
/// The password of every user.
pub const PASSWORD: &str = "a quiet river at dawn";

/// Which database a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// Whether this machine has it; says so when it has not, and fails then where everything must be there.
    pub fn is_here(self) -> bool {
        let here = self == Self::Sqlite || postgres_url().is_some();
        if !here {
            eprintln!("skipped: CONVENE_TEST_POSTGRES_URL is not set; `cargo xtask test` sets it");
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "PostgreSQL is missing, and nothing may be skipped");
        }
        here
    }
}

/// The address of the tests' PostgreSQL.
pub fn postgres_url() -> Option<String> {
    std::env::var("CONVENE_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())
}

/// Makes two tests of one story; see the top of this file.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($argument:ident: $kind:ident) $body:block)*) => { $(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            async fn story($argument: $kind) $body
            $crate::harness::on_both!(@test $kind sqlite Sqlite);
            $crate::harness::on_both!(@test $kind postgres Postgres);
        }
    )* };
    (@test TestApp $name:ident $engine:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            use $crate::harness::{Engine, TestApp};
            if Engine::$engine.is_here() {
                story(TestApp::on(Engine::$engine).await).await;
            }
        }
    };
    (@test Engine $name:ident $engine:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            if $crate::harness::Engine::$engine.is_here() {
                story($crate::harness::Engine::$engine).await;
            }
        }
    };
}
pub(crate) use on_both;

/// A directory that goes when the story ends, failed or not.
pub struct Directory(pub PathBuf);

impl Directory {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("convene-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The address of a database: a new file, or the one PostgreSQL.
pub async fn database(engine: Engine, directory: &Directory) -> String {
    match engine {
        Engine::Sqlite => format!("sqlite:{}", directory.0.join("convene.db").display()),
        Engine::Postgres => {
            // A schema for each text of the migrations: a server that is left running serves every branch.
            let mut hash = Sha256::new();
            app::migrations::ALL.iter().for_each(|step| hash.update(step.postgres));
            in_schema(&format!("tests_{}", &app::door::hex(&hash.finalize())[..12])).await
        }
    }
}

/// The address of a schema of the tests' PostgreSQL, made when it is not there.
pub async fn in_schema(schema: &str) -> String {
    let url = postgres_url().unwrap();
    let mut tx = Db::open(&url, SIZES).await.unwrap().write(None).await.unwrap();
    // `if not exists` alone does not keep two that start together apart.
    tx.rows("select pg_advisory_xact_lock(7263001)::text", &[]).await.unwrap();
    tx.batch(&format!("create schema if not exists {schema}")).await.unwrap();
    tx.commit().await.unwrap();
    format!("{url}&options=-csearch_path%3D{schema}")
}

/// Few connections: many stories run at once, and PostgreSQL has 300 for all of them.
pub const SIZES: Sizes =
    Sizes { readers: 2, connections: 5, wait: Duration::from_secs(30), statement: Duration::from_secs(60) };

/// The settings of a story that has no wishes: weak passwords hash in no time, and nobody is throttled.
pub fn config() -> Config {
    Config { password_cost: PasswordCost::TEST, sign_in_tries: 10_000, ..Config::default() }
}

/// A clock that stands at [`START`].
pub fn clock() -> Clock {
    Clock::fixed(START.parse().unwrap())
}

/// The running product, and one organization in it.
pub struct TestApp {
    tenant: Tenant,
    pub engine: Engine,
    pub address: SocketAddr,
    /// The address of the database, for a story that opens it a second time.
    pub database: String,
    // Last, so that the files go after all that has them open.
    directory: Directory,
}

impl Deref for TestApp {
    type Target = Tenant;
    fn deref(&self) -> &Tenant {
        &self.tenant
    }
}

impl TestApp {
    /// The product on a database, with a clock that stands still.
    pub async fn on(engine: Engine) -> Self {
        Self::start(engine, clock(), config()).await
    }

    /// The product with a clock and settings of the story's own.
    pub async fn start(engine: Engine, clock: Clock, config: Config) -> Self {
        let directory = Directory::new();
        let database = database(engine, &directory).await;
        Self::over(engine, directory, database, clock, config).await
    }

    /// The product over a database of its own, for a story in which jobs are done: they are done for all organizations.
    pub async fn alone(engine: Engine) -> Self {
        let directory = Directory::new();
        let database = match engine {
            Engine::Sqlite => database(engine, &directory).await,
            Engine::Postgres => {
                let name = directory.0.file_name().and_then(|name| name.to_str()).unwrap();
                in_schema(&name.replace('-', "_")).await
            }
        };
        Self::over(engine, directory, database, clock(), config()).await
    }

    async fn over(engine: Engine, directory: Directory, database: String, clock: Clock, config: Config) -> Self {
        let db = Db::open(&database, SIZES).await.unwrap();
        let app = App::open(db, clock, config).await.unwrap();
        log_errors();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = server::service(app.clone(), None);
        tokio::spawn(async move { axum::serve(listener, service).await });
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        let tenant = Tenant::found(app, http, format!("http://{address}")).await;
        Self { tenant, engine, address, database, directory }
    }

    /// A second server over the same database: the program, and its address.
    pub async fn second_server(&self) -> (Arc<App>, String) {
        let db = Db::open(&self.database, SIZES).await.unwrap();
        let app = App::open(db, Clock::fixed(self.now()), config()).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let service = server::service(app.clone(), None);
        tokio::spawn(async move { axum::serve(listener, service).await });
        (app, base)
    }

    /// A second organization in the same database.
    pub async fn other_organization(&self) -> Tenant {
        Tenant::found(self.app.clone(), self.http.clone(), self.base.clone()).await
    }

    /// A place for files of the story.
    pub fn directory(&self) -> &PathBuf {
        &self.directory.0
    }
}

/// Shows what the product logs as an error: why an answer was a 500.
fn log_errors() {
    let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR).with_test_writer();
    // Another story has done it already.
    let _ = lines.try_init();
}

/// One organization of the running product.
pub struct Tenant {
    pub app: Arc<App>,
    pub organization: Organization,
    pub base: String,
    http: reqwest::Client,
    numbers: AtomicU32,
}

impl Tenant {
    async fn found(app: Arc<App>, http: reqwest::Client, base: String) -> Self {
        let id: rules::id::OrganizationId = app.clock.id();
        // The end of an id is random: unique in a database that other stories share.
        let short_code = id.to_string().to_uppercase().chars().rev().take(9).collect();
        let organization = Organization { id, short_code, name: "Saguaro Clinic".to_owned(), zone: ZONE.to_owned() };
        Lobby(&app.db).add_organization(&organization, app.clock.now()).await.unwrap();
        Self { app, organization, base, http, numbers: AtomicU32::new(0) }
    }

    /// The context of a program in this organization, for what a story prepares past the API.
    pub fn cx(&self) -> Cx {
        Cx::system(&self.app, &self.organization, "story")
    }

    /// Adds a user whose password is [`PASSWORD`].
    pub async fn add_user(&self, role: Role, flags: &[Flag]) -> User {
        let number = self.next_number();
        let email = format!("{role}.{number}@{}.example.org", self.organization.short_code.to_lowercase());
        let new = NewUser {
            email: Text::parse(&email).unwrap(),
            display_name: Name::parse(&format!("Robin {role} {number}")).unwrap(),
            role: role.into(),
            flags: flags.to_vec(),
            password: PASSWORD.to_owned(),
        };
        add_user(&self.cx(), &new).await.unwrap_or_else(|problem| panic!("no user: {}", problem.detail()))
    }

    /// A number that was not given before.
    pub fn next_number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// A program with a token of a new user with this role.
    pub async fn as_role(&self, role: Role) -> Client {
        self.as_user(&self.add_user(role, &[]).await, None).await
    }

    /// As [`Tenant::as_role`], for a user with flags.
    pub async fn as_role_with(&self, role: Role, flags: &[Flag]) -> Client {
        self.as_user(&self.add_user(role, flags).await, None).await
    }

    /// A program whose token may do only this, whatever its user may; nothing at all with `&[]`.
    pub async fn as_program(&self, permissions: &[Permission]) -> Client {
        self.as_user(&self.add_user(Role::Admin, &[]).await, Some(permissions.to_vec())).await
    }

    /// A program with a token of this user, limited to these permissions.
    pub async fn as_user(&self, user: &User, permissions: Option<Vec<Permission>>) -> Client {
        let made = make_token_for(&self.cx(), user.id, "story", permissions, 90).await;
        let made = made.unwrap_or_else(|problem| panic!("no token: {}", problem.detail()));
        Client::new(self.http.clone(), self.base.clone(), user.id, made.token)
    }

    /// A program without a credential.
    pub fn as_nobody(&self) -> Client {
        Client::new(self.http.clone(), self.base.clone(), self.app.clock.id(), String::new()).without_auth()
    }

    /// A browser in which a new user with this role has signed in.
    pub async fn page_client(&self, role: Role) -> PageClient {
        let user = self.add_user(role, &[]).await;
        let browser = self.browser();
        browser.sign_in(&user.email).await;
        browser
    }

    /// A browser in which nobody has signed in.
    pub fn browser(&self) -> PageClient {
        PageClient::new(self.http.clone(), self.base.clone())
    }

    /// Moves the clock on.
    pub fn advance(&self, by: SignedDuration) {
        self.app.clock.advance(by);
    }

    /// The present of the story.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// The outbox, oldest first: name and subject of every event.
    pub async fn events(&self) -> Vec<(String, String)> {
        let sql = "select name, subject from events where organization_id = $1 order by id";
        self.rows(sql, &[]).await.iter().map(|row| (row.at(0).unwrap(), row.at(1).unwrap())).collect()
    }

    /// How many events of this name there are.
    pub async fn count_of(&self, event: &str) -> usize {
        self.events().await.iter().filter(|(name, _)| name == event).count()
    }

    /// Chains the audit entries and numbers the events of everything written so far.
    pub async fn seal(&self) {
        self.app.sealer.wake(self.organization.id);
        self.app.sealer.round(&self.app.db, &self.app.clock, &Checkpoints::default()).await;
    }

    /// What a verification of the audit log says now.
    pub async fn verify(&self) -> Finding {
        verify::verify(&self.app.db, self.organization.id, &[], self.now()).await.unwrap()
    }

    /// Seals, and fails unless every entry fits; returns how many there are.
    pub async fn seal_and_verify(&self) -> i64 {
        self.seal().await;
        match self.verify().await {
            Finding::Clean { entries } => entries,
            broken @ Finding::Broken { .. } => panic!("the audit log does not verify: {broken:?}"),
        }
    }

    /// The actions and outcomes of the sealed audit entries, oldest first.
    pub async fn audited(&self) -> Vec<(String, String)> {
        self.seal().await;
        let sql = "select action, outcome from audit_log where organization_id = $1 order by sequence";
        self.rows(sql, &[]).await.iter().map(|row| (row.at(0).unwrap(), row.at(1).unwrap())).collect()
    }

    /// Rows of a statement of the story's own; `$1` is the organization.
    pub async fn rows(&self, sql: &str, arguments: &[Value]) -> Vec<Row> {
        let mut tx = self.app.db.read(Some(&self.organization.id.to_string())).await.unwrap();
        tx.rows(sql, &self.bind(arguments)).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs a statement past the product; `$1` is the organization. Returns how many rows it changed.
    pub async fn tamper(&self, sql: &str, arguments: &[Value]) -> u64 {
        let mut tx = self.app.db.write(Some(&self.organization.id.to_string())).await.unwrap();
        let changed = tx.run(sql, &self.bind(arguments)).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        tx.commit().await.unwrap();
        changed
    }

    fn bind(&self, arguments: &[Value]) -> Vec<Value> {
        std::iter::once(Value::from(&self.organization.id)).chain(arguments.iter().cloned()).collect()
    }

    /// An id of a record that is nowhere.
    pub fn id_of_nothing<K: rules::id::Kind>(&self) -> rules::id::Id<K> {
        self.app.clock.id()
    }
}

/// An id of no record, for paths: `grp_…`.
pub fn strange_id(prefix: &str) -> String {
    let id = rules::id::Id::<kind::Group>::from_uuid(uuid::Uuid::from_u128(1));
    id.to_string().replacen("grp", prefix, 1)
}

/// Fails when a story takes longer than any story should, with the name of what it waited for.
pub async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work).await.unwrap_or_else(|_| panic!("{what} takes too long"))
}
