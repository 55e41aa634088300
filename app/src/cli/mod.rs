//! The command line: every command opens the database, calls the same actions as the API, and says what it did.

mod demo;
mod export;
mod import;
mod serve;
mod setup;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use rules::permissions::{Flag, Permission};
use store::{Db, Sizes};

use crate::identity::actions::RoleChoice;

/// Group sessions for behavioural-health clinics.
#[derive(Debug, Parser)]
#[command(name = "convene", version, about)]
struct Cli {
    /// `sqlite:PATH` or `postgres://…`; `sqlite:convene.db` unless given.
    #[arg(long, global = true, env = "CONVENE_DATABASE_URL", hide_env_values = true)]
    database: Option<String>,
    /// How many seconds one statement may take on PostgreSQL; 0 for no limit.
    #[arg(long, global = true, env = "CONVENE_STATEMENT_TIMEOUT", value_name = "SECONDS",
        default_value_t = Sizes::default().statement.as_secs(), value_parser = clap::value_parser!(u64).range(..=86_400))]
    statement_timeout: u64,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the pages and the API.
    Serve(serve::Serve),
    /// Serve a throw-away clinic to click through.
    Demo(demo::Demo),
    /// Bring the database's schema up to date.
    Migrate,
    /// Organizations.
    #[command(subcommand)]
    Organization(OrganizationCommand),
    /// Users.
    #[command(subcommand)]
    User(UserCommand),
    /// API tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    Import(import::Import),
    Export(export::Export),
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Print the OpenAPI document.
    Openapi,
    /// Ask a running server whether it is ready; for container health checks.
    Healthcheck {
        /// Its address.
        #[arg(long, default_value = "127.0.0.1:8080")]
        address: String,
    },
}

#[derive(Debug, Subcommand)]
enum OrganizationCommand {
    /// Add an organization.
    Add {
        /// The code in human numbers: 2 to 10 of A–Z and 0–9. It is fixed once a number is issued.
        #[arg(long)]
        code: String,
        /// The name.
        #[arg(long)]
        name: String,
        /// The IANA time zone of what has no site, such as `America/Phoenix`.
        #[arg(long, default_value = "UTC")]
        zone: String,
    },
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add a user. The password is read from the environment or made up and printed once.
    Add {
        /// The organization's short code.
        #[arg(long)]
        organization: String,
        /// The address to sign in with.
        #[arg(long)]
        email: String,
        /// How the user is shown.
        #[arg(long)]
        name: String,
        /// The role: a built-in one, or the id of one of your own.
        #[arg(long)]
        role: RoleChoice,
        /// A personal flag; may be given several times.
        #[arg(long = "flag")]
        flags: Vec<Flag>,
        /// The first password.
        #[arg(long, env = "CONVENE_USER_PASSWORD", hide_env_values = true)]
        password: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make an API token for a user; it is printed once.
    New {
        /// The organization's short code.
        #[arg(long)]
        organization: String,
        /// The user's e-mail address.
        #[arg(long)]
        email: String,
        /// What it is for.
        #[arg(long)]
        label: String,
        /// What it may do, at most; may be given several times. None means all its user may.
        #[arg(long = "permission")]
        permissions: Vec<Permission>,
        /// How many days it lasts.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=366))]
        days: u32,
    },
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Read every audit chain, every signed note and every chart entry, and name the first that does not fit.
    Verify {
        /// A file of signed checkpoints to compare with.
        #[arg(long, requires = "checkpoint_key")]
        checkpoints: Option<PathBuf>,
        /// The key that signed them.
        #[arg(long)]
        checkpoint_key: Option<PathBuf>,
    },
}

/// What a command ends with when it fails: a sentence for the terminal.
type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Reads the command line and runs the command.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // The one provider of cryptography for everything that speaks TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&*error),
    }
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("convene: {error}");
    ExitCode::FAILURE
}

async fn run(cli: Cli) -> Outcome {
    let sizes = Sizes { statement: Duration::from_secs(cli.statement_timeout), ..Sizes::default() };
    let database = cli.database.clone().unwrap_or_else(|| "sqlite:convene.db".to_owned());
    let open = || Db::open(&database, sizes);
    match cli.command {
        Command::Demo(options) => demo::demo(cli.database, options).await,
        Command::Openapi => {
            println!("{}", crate::http::server::document().to_pretty_json()?);
            Ok(())
        }
        Command::Healthcheck { address } => serve::healthcheck(&address).await,
        Command::Serve(options) => serve::serve(open().await?, options).await,
        Command::Migrate => setup::migrate(open().await?).await,
        Command::Organization(OrganizationCommand::Add { code, name, zone }) => {
            setup::add_organization(open().await?, &code, &name, &zone).await
        }
        Command::User(UserCommand::Add { organization, email, name, role, flags, password }) => {
            let user = setup::UserToAdd { organization, email, name, role, flags, password };
            setup::add_user(open().await?, user).await
        }
        Command::Token(TokenCommand::New { organization, email, label, permissions, days }) => {
            let permissions = Some(permissions).filter(|list| !list.is_empty());
            setup::new_token(open().await?, &organization, &email, &label, permissions, days).await
        }
        Command::Import(options) => import::import(open().await?, options).await,
        Command::Export(options) => export::export(open().await?, options).await,
        Command::Audit(AuditCommand::Verify { checkpoints, checkpoint_key }) => {
            setup::verify_audit(open().await?, checkpoints.zip(checkpoint_key)).await
        }
    }
}
