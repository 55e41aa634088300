//! A throw-away PostgreSQL from the machine's own binaries: a Unix socket only, in a directory that goes with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::command::succeed;
use crate::service::{Account, Plan, Service};
use crate::{Outcome, paths};

/// Whether a commit survives the machine: a benchmark must measure it, a test need not wait for it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    Kept,
    Off,
}

/// The role that owns the tests' database: like a clinic's, it cannot step around row-level security.
const ROLE: &str = "create role convene login nosuperuser nobypassrls nocreatedb nocreaterole";
const DATABASE: &str = "create database convene_test owner convene";

/// A running server. It stops, and its files go, when this is dropped or this process ends.
pub struct Postgres {
    service: Service,
}

impl Postgres {
    /// Starts a server with the role `convene` and its database `convene_test`.
    pub fn start(durability: Durability) -> Outcome<Postgres> {
        let programs = programs().ok_or("PostgreSQL's server programs were not found")?;
        let account = if paths::is_root() {
            Some(account("postgres").or_else(|| account("nobody")).ok_or(NO_ACCOUNT)?)
        } else {
            None
        };
        let command = |directory: &Path| command(&programs, directory, durability);
        let mut service = Service::start(&Plan { name: "postgres", signal: "TERM", account, command: &command })?;
        service.wait(Duration::from_secs(60), is_ready)?;
        let server = Postgres { service };
        server.ask(&programs, ROLE)?;
        server.ask(&programs, DATABASE)?;
        Ok(server)
    }

    /// The address of the database `convene_test` for its owner, as `tokio-postgres` reads it.
    pub fn url(&self) -> String {
        format!("postgres:///convene_test?host={}&user=convene", self.service.directory().display())
    }

    /// Ends the server as a power cut would, and starts it again: it replays its log. Returns when it is ready.
    pub fn restart_hard(&mut self) -> Outcome {
        let directory = self.service.directory().to_owned();
        let failed = |error: std::io::Error| format!("PostgreSQL could not be restarted: {error}");
        let server = || -> Option<String> {
            let status = fs::read_to_string(directory.join("data/postmaster.pid")).ok()?;
            status.lines().next().map(str::to_owned)
        };
        let before = server().ok_or("PostgreSQL does not run")?;
        fs::write(directory.join("again"), "").map_err(failed)?;
        succeed(Command::new("kill").args(["-s", "QUIT", &before]))?;
        self.service.wait(Duration::from_secs(60), |directory| {
            (server().is_some_and(|now| now != before)).then(|| is_ready(directory)).flatten()
        })
    }

    fn ask(&self, programs: &Path, statement: &str) -> Outcome {
        let mut psql = Command::new(programs.join("psql"));
        psql.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-c", statement, "-d", "postgres", "-h"]);
        let output = psql.arg(self.service.directory()).output();
        let output = output.map_err(|error| format!("psql could not be run: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("PostgreSQL refused `{statement}`: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

const NO_ACCOUNT: &str = "PostgreSQL refuses to run as root, and this machine has no user `postgres` or `nobody`";

/// The directory of `initdb`, `postgres` and `psql`: the newest of Debian's, else the search path's.
pub fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, programs)| ["initdb", "postgres", "psql"].iter().all(|name| programs.join(name).is_file()))
        .collect();
    found.sort();
    let newest = found.pop().map(|(_, programs)| programs);
    newest.or_else(|| paths::on_search_path("initdb")?.parent().map(Path::to_path_buf))
}

/// Makes the cluster and runs its server; again when it ended while the file `again` was there. Only the
/// directory's owner can reach the socket, so it asks for no password.
fn command(programs: &Path, directory: &Path, durability: Durability) -> Vec<String> {
    let make = "\"$1/initdb\" --auth=trust --username=postgres --encoding=UTF8 --locale=C.UTF-8 --no-sync \
                --no-instructions --pgdata=data >&2 || exit 1; shift; \
                trap 'kill -s QUIT $server; wait $server; exit 0' TERM; \
                while :; do \"$@\" & server=$!; wait $server; ended=$?; rm again 2>/dev/null || exit $ended; done";
    let mut words: Vec<String> = ["sh", "-c", make, "postgres"].map(str::to_owned).to_vec();
    words.push(programs.display().to_string());
    words.push(programs.join("postgres").display().to_string());
    words.extend(["-D", "data", "-k"].map(str::to_owned));
    words.push(directory.display().to_string());
    let mut settings = vec!["listen_addresses=", "max_connections=300", "timezone=UTC"];
    if durability == Durability::Off {
        settings.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"]);
    }
    words.extend(settings.iter().flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]));
    words
}

/// The server has written `ready` into its process file.
fn is_ready(directory: &Path) -> Option<()> {
    let status = fs::read_to_string(directory.join("data/postmaster.pid")).ok()?;
    (status.contains("ready") && directory.join(".s.PGSQL.5432").exists()).then_some(())
}

fn account(name: &str) -> Option<Account> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let fields: Vec<&str> =
        users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields.first() == Some(&name))?;
    Some(Account { user: fields.get(2)?.parse().ok()?, group: fields.get(3)?.parse().ok()? })
}

/// `cargo xtask postgres`: a server to run single tests against, until Enter is pressed.
pub fn run(arguments: &[String]) -> Outcome {
    let durability = match arguments {
        [] => Durability::Off,
        [flag] if flag == "--durable" => Durability::Kept,
        _ => return Err("it takes nothing but --durable".to_owned()),
    };
    let server = Postgres::start(durability)?;
    println!("export CONVENE_TEST_POSTGRES_URL='{}'", server.url());
    println!("It stops, and its files go, when Enter is pressed.");
    let _ = std::io::stdin().read_line(&mut String::new());
    Ok(())
}
