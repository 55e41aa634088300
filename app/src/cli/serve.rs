//! `convene serve`: listens until asked to stop, finishes what is under way, seals what was written.

use std::{
    io::IsTerminal as _,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use axum_server::{Handle, tls_rustls::RustlsConfig};
use clap::Args;
use store::Db;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    signal::unix::{Signal, SignalKind, signal},
};
use tracing_subscriber::{
    EnvFilter,
    fmt::{
        SubscriberBuilder,
        format::{DefaultFields, Format},
    },
};

use super::Outcome;
use crate::{App, clock::Clock, config::Config, http::server};

/// How long requests under way may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub struct Serve {
    /// The address to listen on.
    #[arg(long, env = "CONVENE_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The address people use, such as `https://groups.example.org`.
    #[arg(long, env = "CONVENE_PUBLIC_URL")]
    public_url: Option<String>,
    /// The certificate chain (PEM).
    #[arg(long, env = "CONVENE_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM).
    #[arg(long, env = "CONVENE_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A reverse proxy whose forwarding headers are believed; may be given several times.
    #[arg(long = "trusted-proxy", env = "CONVENE_TRUSTED_PROXIES", value_delimiter = ',')]
    trusted_proxies: Vec<IpAddr>,
    /// Serve plain HTTP beyond this machine.
    #[arg(long)]
    allow_http: bool,
    /// Append signed audit checkpoints to this file.
    #[arg(long, env = "CONVENE_CHECKPOINT_FILE", requires = "checkpoint_key")]
    checkpoint_file: Option<PathBuf>,
    /// The key that signs them; made when the file does not exist.
    #[arg(long, env = "CONVENE_CHECKPOINT_KEY", requires = "checkpoint_file")]
    checkpoint_key: Option<PathBuf>,
    /// A file of passwords that must not be used, one a line.
    #[arg(long, env = "CONVENE_BREACHED_PASSWORDS")]
    breached_passwords: Option<PathBuf>,
    /// Log lines as JSON.
    #[arg(long, env = "CONVENE_LOG_JSON")]
    log_json: bool,
}

pub async fn serve(db: Db, options: Serve) -> Outcome {
    let tls = options.tls_cert.clone().zip(options.tls_key.clone());
    let behind_proxy = !options.trusted_proxies.is_empty();
    if tls.is_none() && !options.listen.ip().is_loopback() && !options.allow_http && !behind_proxy {
        return Err("plain HTTP beyond this machine needs --allow-http, or give --tls-cert and --tls-key".into());
    }
    log(options.log_json);
    let config = Config {
        public_url: options.public_url.unwrap_or_default().trim_end_matches('/').to_owned(),
        trusted_proxies: options.trusted_proxies,
        checkpoints: options.checkpoint_key.zip(options.checkpoint_file),
        breached_passwords: options.breached_passwords,
        ..Config::default()
    };
    let (app, background) = App::start(db, Clock::system(), config).await?;
    let listener = TcpListener::bind(options.listen).await?;
    let signals = StopSignals::watch()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    eprintln!("Convene is at {scheme}://{}", listener.local_addr()?);
    listen(app, listener, tls, signals).await?;
    background.finish().await;
    Ok(())
}

/// Answers requests on a listener until the program is asked to stop.
pub async fn listen(
    app: Arc<App>,
    listener: TcpListener,
    tls: Option<(PathBuf, PathBuf)>,
    signals: StopSignals,
) -> Outcome {
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().ok();
    let service = server::service(app.clone(), metrics);
    let handle = Handle::new();
    tokio::spawn(stop_on(signals, handle.clone(), app));
    let listener = listener.into_std()?;
    match tls {
        Some((certificate, key)) => {
            let config = RustlsConfig::from_pem_file(certificate, key).await?;
            axum_server::from_tcp_rustls(listener, config)?.handle(handle).serve(service).await?;
        }
        None => axum_server::from_tcp(listener)?.handle(handle).serve(service).await?,
    }
    Ok(())
}

/// What asks the program to stop, watched from the moment this is made: Ctrl C, or the system's `TERM`.
pub struct StopSignals {
    interrupted: Signal,
    terminated: Signal,
}

impl StopSignals {
    /// Watches from now on, so that whoever stops the program early is still heard.
    pub fn watch() -> std::io::Result<Self> {
        Ok(Self { interrupted: signal(SignalKind::interrupt())?, terminated: signal(SignalKind::terminate())? })
    }

    /// Returns when one of them has come.
    pub async fn come(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}

async fn stop_on(mut signals: StopSignals, handle: Handle<SocketAddr>, app: Arc<App>) {
    signals.come().await;
    tracing::info!("stopping: requests under way are finished first");
    // Streams would never finish.
    app.live.close();
    handle.graceful_shutdown(Some(GRACE));
}

/// Structured lines on standard error: ids and route templates, never names or text.
pub fn log(json: bool) {
    let lines = lines("info");
    // Another subscriber is there only in tests.
    let _ = if json { lines.json().try_init() } else { lines.try_init() };
}

/// Only what went wrong: the terminal belongs to what the command prints.
pub fn log_quietly() {
    let _ = lines("warn").try_init();
}

/// Lines of this level and above, unless `CONVENE_LOG` says otherwise; colours are for a person at a terminal.
fn lines(level: &str) -> SubscriberBuilder<DefaultFields, Format, EnvFilter, fn() -> std::io::Stderr> {
    let filter = EnvFilter::try_from_env("CONVENE_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let writer: fn() -> std::io::Stderr = std::io::stderr;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(std::io::stderr().is_terminal())
}

pub async fn healthcheck(address: &str) -> Outcome {
    let mut stream = tokio::time::timeout(Duration::from_secs(5), TcpStream::connect(address)).await??;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await??;
    let line = String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned();
    if !line.contains(" 200 ") {
        return Err(format!("not ready: {line}").into());
    }
    println!("ready");
    Ok(())
}
