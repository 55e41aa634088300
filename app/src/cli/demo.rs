//! `convene demo`: a throw-away clinic to click through, forgotten at the end.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use serde_json::json;
use store::Db;
use tokio::net::TcpListener;

use super::{
    Outcome,
    serve::{self, StopSignals},
    setup::said,
};
use crate::{App, clock::Clock, config::Config, demo};

#[derive(Debug, Args)]
pub struct Demo {
    /// The address to listen on, one of this machine's own; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Print one line of JSON with the address and the logins once it is ready, and nothing else.
    #[arg(long)]
    json: bool,
}

/// The files of the throw-away database; they go when the demo ends.
struct Files(PathBuf);

impl Drop for Files {
    fn drop(&mut self) {
        // Nothing can be done about a file that stays behind in the directory for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `database` is one the caller named, to be filled if it is empty; else a throw-away one.
pub async fn demo(database: Option<String>, options: Demo) -> Outcome {
    serve::log_quietly();
    if !options.listen.ip().is_loopback() {
        let message = "the demo's passwords are printed: it listens on this machine only, such as 127.0.0.1:8080";
        return Err(message.into());
    }
    // Before there is anything to leave behind.
    let mut signals = StopSignals::watch()?;
    let directory = std::env::temp_dir().join(format!("convene-demo-{}", std::process::id()));
    let (address, _files) = match database {
        Some(address) => (address, None),
        None => {
            std::fs::create_dir_all(&directory)?;
            let address = format!("sqlite:{}", directory.join("demo.db").display());
            (address, Some(Files(directory)))
        }
    };
    let db = Db::open(&address, store::Sizes::default()).await?;
    let listener = TcpListener::bind(options.listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    if !options.json {
        println!("Filling a throw-away clinic …");
    }
    // Whoever tries it out or tests it signs in more often than a person does.
    let config = Config { sign_in_tries: 1_000, ..Config::default() };
    // What the clinic has lived through is told from its beginning; the machine's clock takes over at the end.
    let present = Clock::system().now();
    let (app, background) = App::start(db, Clock::fixed(demo::beginning(present)), config).await?;
    if !crate::door::Lobby(&app.db).organizations().await?.is_empty() {
        return Err("the database is not empty: the demo fills an empty one".into());
    }
    let logins = tokio::select! {
        filled = demo::fill(&app, present) => filled.map_err(|problem| said(&problem))?,
        () = signals.come() => return Ok(()),
    };
    if options.json {
        println!("{}", json!({ "url": url, "users": logins }));
    } else {
        tell(&url, &logins);
    }
    serve::listen(app, listener, None, signals).await?;
    background.finish().await;
    Ok(())
}

fn tell(url: &str, logins: &[demo::Login]) {
    println!("\nConvene is at {url}\n");
    println!("{:<16} {:<34} {:<16} API token", "Role", "E-mail", "Password");
    for login in logins {
        println!("{:<16} {:<34} {:<16} {}", login.role, login.email, login.password, login.token);
    }
    println!("\nThe last login is of another organization. Everything is forgotten when you press Ctrl C.");
}
