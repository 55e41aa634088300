//! A fresh database with a clinic in it, and the program that serves it: started, stopped and killed at will.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use app::door::{Cx, Lobby, Organization};
use app::{App, clock::Clock, config::Config};
use store::{Db, Row, Sizes, Value};
use xtask::install::POSTGRES;
use xtask::postgres::{Durability, Postgres};
use xtask::service::{Plan, Service};
use xtask::{Outcome, paths};

use crate::http::Client;

/// The short code of the clinic.
pub const CODE: &str = "RIVER";
const EMAIL: &str = "morgan@river.example.org";
/// The administrator's password.
pub const PASSWORD: &str = "quiet rivers run at dawn";

/// Which database a stand has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL of its own.
    Postgres,
}

impl Kind {
    /// As it is written in reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Sqlite => "SQLite",
            Kind::Postgres => "PostgreSQL",
        }
    }

    /// The databases that `--database sqlite|postgres|both` means; both unless given, as far as they are there.
    pub fn chosen(word: Option<&str>) -> Outcome<Vec<Kind>> {
        match word {
            Some("sqlite") => Ok(vec![Kind::Sqlite]),
            Some("postgres") => Ok(vec![Kind::Postgres]),
            None | Some("both") if POSTGRES.is_there() => Ok(vec![Kind::Sqlite, Kind::Postgres]),
            Some("both") => Err("PostgreSQL's server programs were not found".to_owned()),
            None => {
                println!("Skipped: everything on PostgreSQL, whose server programs were not found");
                Ok(vec![Kind::Sqlite])
            }
            Some(other) => Err(format!("`{other}` is no database; say sqlite, postgres or both")),
        }
    }
}

/// A clinic on a fresh database. Everything it started ends, and its files go, when it is dropped.
pub struct Stand {
    /// Which database it has.
    pub kind: Kind,
    /// The token of the administrator.
    pub token: String,
    /// The clinic.
    pub organization: Organization,
    server: Option<Server>,
    postgres: Option<Postgres>,
    files: Files,
    url: String,
}

/// A running `convene serve`.
struct Server {
    service: Service,
    address: String,
}

/// A directory of this run, gone with it.
struct Files(PathBuf);

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Stand {
    /// Sets a clinic up through the command line: organization, administrator, token. Nothing is served yet.
    pub async fn new(kind: Kind, durability: Durability) -> Outcome<Stand> {
        let files = Files(own_directory()?);
        let postgres = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(Postgres::start(durability)?),
        };
        let url = match &postgres {
            Some(postgres) => postgres.url(),
            None => format!("sqlite:{}", files.0.join("convene.db").display()),
        };
        said(&url, &["migrate"])?;
        said(&url, &["organization", "add", "--code", CODE, "--name", "River Clinic", "--zone", "America/Phoenix"])?;
        let user =
            ["user", "add", "--organization", CODE, "--email", EMAIL, "--name", "Morgan Alder", "--role", "admin"];
        said(&url, &[user.as_slice(), &["--password", PASSWORD]].concat())?;
        let token = said(&url, &["token", "new", "--organization", CODE, "--email", EMAIL, "--label", "stand"])?;
        let db = open(&url).await?;
        let organization = Lobby(&db).organization_by_code(CODE).await.map_err(|error| error.to_string())?;
        let organization = organization.ok_or("the organization that was added is not there")?;
        Ok(Stand { kind, token: token.trim().to_owned(), organization, server: None, postgres, files, url })
    }

    /// The directory of this run, for files beside the database.
    pub fn directory(&self) -> &Path {
        &self.files.0
    }

    /// Serves the clinic on a free port.
    pub fn serve(&mut self) -> Outcome {
        let program = program()?.display().to_string();
        let run = "echo $$ >pid; exec \"$@\"";
        let words = ["sh", "-c", run, "convene", &program, "serve", "--listen", "127.0.0.1:0", "--database", &self.url];
        let words = words.map(str::to_owned).to_vec();
        let plan = Plan { name: "convene", signal: "TERM", account: None, command: &|_| words.clone() };
        let mut service = Service::start(&plan)?;
        let address = service.wait(Duration::from_secs(60), announced)?;
        self.server = Some(Server { service, address });
        Ok(())
    }

    /// Asks the server to stop, and waits until it has: it finishes what is under way and seals what was written.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// Kills the server: no goodbye, no last write.
    pub fn kill(&mut self) -> Outcome {
        let server = self.server.take().ok_or("no server runs")?;
        xtask::command::succeed(Command::new("kill").args(["-s", "KILL", &process(&server)?]))
    }

    /// The memory the server holds, in MB (resident set).
    pub fn memory(&self) -> Outcome<f64> {
        let server = self.server.as_ref().ok_or("no server runs")?;
        let status = fs::read_to_string(format!("/proc/{}/status", process(server)?));
        let status = status.map_err(|error| format!("the server's memory can't be read: {error}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().split(' ').next()).and_then(|number| number.parse().ok());
        kilobytes.map(|number: f64| number / 1024.0).ok_or_else(|| "the server's memory is not told".to_owned())
    }

    /// The processor time the server has used so far, in seconds: it tells more than the clock where others work too.
    pub fn processor_time(&self) -> Outcome<f64> {
        /// Linux counts these in hundredths, whatever the kernel's own clock.
        const TICKS_PER_SECOND: f64 = 100.0;
        let server = self.server.as_ref().ok_or("no server runs")?;
        let stat = fs::read_to_string(format!("/proc/{}/stat", process(server)?));
        let stat = stat.map_err(|error| format!("the server's processor time can't be read: {error}"))?;
        // The name of the program stands in brackets and may hold anything; user and system time are 12 and 13 after.
        let (_, numbers) = stat.rsplit_once(')').ok_or("the server's processor time is not told")?;
        let ticks = numbers.split_whitespace().skip(11).take(2).filter_map(|number| number.parse::<f64>().ok());
        Ok(ticks.sum::<f64>() / TICKS_PER_SECOND)
    }

    /// The address the server answers at.
    pub fn address(&self) -> Outcome<&str> {
        self.server.as_ref().map(|server| server.address.as_str()).ok_or_else(|| "no server runs".to_owned())
    }

    /// A caller with the administrator's token.
    pub fn client(&self) -> Outcome<Client> {
        Ok(Client::with_token(self.address()?, &self.token))
    }

    /// PostgreSQL itself, to break it.
    pub fn postgres(&mut self) -> Option<&mut Postgres> {
        self.postgres.as_mut()
    }

    /// Runs a command of the program against this database.
    pub fn convene(&self, arguments: &[&str]) -> Outcome<String> {
        said(&self.url, arguments)
    }

    /// The database, past the product.
    pub async fn database(&self) -> Outcome<Db> {
        open(&self.url).await
    }

    /// The product in this process, without background work, for what is prepared past the API.
    pub async fn inside(&self) -> Outcome<Arc<App>> {
        let app = App::open(self.database().await?, Clock::system(), Config::default()).await;
        app.map_err(|error| error.to_string())
    }

    /// The context of the program itself in this clinic.
    pub async fn cx(&self) -> Outcome<Cx> {
        Ok(Cx::system(&self.inside().await?, &self.organization, "bench"))
    }

    /// Rows of a statement; `$1` is the organization.
    pub async fn rows(&self, db: &Db, sql: &str) -> Outcome<Vec<Row>> {
        Ok(self.snapshot(db, &[sql]).await?.pop().unwrap_or_default())
    }

    /// Rows of several statements at one moment; `$1` is the organization.
    pub async fn snapshot(&self, db: &Db, statements: &[&str]) -> Outcome<Vec<Vec<Row>>> {
        let failed = |error: store::Error| format!("the database did not answer: {error}");
        let mut tx = db.read(Some(&self.organization.id.to_string())).await.map_err(failed)?;
        let mut answers = Vec::new();
        for sql in statements {
            answers.push(tx.rows(sql, &[Value::from(&self.organization.id)]).await.map_err(failed)?);
        }
        Ok(answers)
    }

    /// Waits until every audit entry is in the chain.
    pub async fn sealed(&self) -> Outcome {
        let db = self.database().await?;
        for _ in 0..1200 {
            let pending = self.rows(&db, "select count(*) as n from audit_pending where organization_id = $1").await?;
            if pending.first().and_then(|row| row.at::<i64>(0).ok()) == Some(0) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("audit entries are still unsealed after two minutes".to_owned())
    }

    /// Waits until every audit entry is in the chain, then has the chain verified by the command line.
    pub async fn verify_audit(&self) -> Outcome<String> {
        self.sealed().await?;
        self.convene(&["audit", "verify"]).map(|said| said.trim().to_owned())
    }
}

fn process(server: &Server) -> Outcome<String> {
    let file = server.service.directory().join("pid");
    let process = fs::read_to_string(file).map_err(|error| format!("the server's process is unknown: {error}"))?;
    Ok(process.trim().to_owned())
}

fn announced(directory: &Path) -> Option<String> {
    let said = fs::read_to_string(directory.join("err")).ok()?;
    let (_, rest) = said.split_once("Convene is at http://")?;
    rest.split_once('\n').map(|(address, _)| address.trim().to_owned())
}

async fn open(url: &str) -> Outcome<Db> {
    let sizes = Sizes { connections: 64, ..Sizes::default() };
    Db::open(url, sizes).await.map_err(|error| format!("the database can't be opened: {error}"))
}

/// The program beside this one: the same build.
pub fn program() -> Outcome<PathBuf> {
    let own = env::current_exe().map_err(|error| format!("cannot tell where this program is: {error}"))?;
    let program = own.with_file_name("convene");
    if program.is_file() { Ok(program) } else { Err(format!("{} is not built", program.display())) }
}

/// What a command of the program prints.
fn said(url: &str, arguments: &[&str]) -> Outcome<String> {
    let output = Command::new(program()?).args(arguments).env("CONVENE_DATABASE_URL", url).output();
    let output = output.map_err(|error| format!("convene could not be run: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let verb = arguments.iter().take(2).copied().collect::<Vec<_>>().join(" ");
    let words = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    Err(format!("`convene {verb}` failed: {}", words.trim()))
}

/// Beside the build: on a disk, where a durable write costs what it costs.
fn own_directory() -> Outcome<PathBuf> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let directory = paths::target()?.join("stands").join(name);
    fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    Ok(directory)
}
