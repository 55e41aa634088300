//! The running program: the database, the clock, the sealer and what else lives as long as it does.

use std::sync::Arc;

use store::Db;
use tokio::{sync::Notify, task::JoinHandle};

use crate::{
    audit::{Checkpoints, Queue, Sealer},
    clock::Clock,
    config::Config,
    identity::{Passwords, Recent, Throttle},
    jobs,
    live::Live,
    migrations,
    sessions::Numbers,
};

/// Fetches of one calendar feed, a minute: calendar programs ask every quarter of an hour at most.
const FEED_FETCHES: u32 = 60;
/// Knocks at one kiosk, a minute: a full waiting room has fewer.
const KIOSK_KNOCKS: u32 = 30;

/// What every request shares.
pub struct App {
    /// The database.
    pub db: Db,
    /// Time, ids and chance.
    pub clock: Clock,
    /// What the operator set.
    pub config: Config,
    /// Chains audit entries.
    pub sealer: Sealer,
    /// Entries of what only reads.
    pub audit_queue: Queue,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Slows down guessing.
    pub throttle: Throttle,
    /// Slows down who asks for calendar feeds too often.
    pub feed_throttle: Throttle,
    /// Slows down guessing at kiosks.
    pub kiosk_throttle: Throttle,
    /// Human numbers reserved ahead.
    pub numbers: Numbers,
    /// Who was recognized within the last second.
    pub recent: Recent,
    /// Who looks at something live.
    pub live: Arc<Live>,
    stop: Arc<Notify>,
    stop_jobs: Arc<Notify>,
}

/// The program's background work: awaited at the end, so that nothing stays unsealed.
pub struct Background {
    sealer: JoinHandle<()>,
    stop: Arc<Notify>,
    jobs: JoinHandle<()>,
    stop_jobs: Arc<Notify>,
}

/// Why the program can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Database(#[from] store::Error),
    /// The key for checkpoints.
    #[error(transparent)]
    CheckpointKey(#[from] crate::audit::BadKey),
    /// The list of passwords that must not be used.
    #[error("the list of breached passwords can't be read: {0}")]
    Passwords(#[from] std::io::Error),
}

impl App {
    /// Starts: brings the schema up to date, opens the parts and begins the background work.
    ///
    /// # Errors
    /// When the schema is not ours, or a file of the configuration can't be read.
    pub async fn start(db: Db, clock: Clock, config: Config) -> Result<(Arc<Self>, Background), StartError> {
        let checkpoints = match &config.checkpoints {
            Some((key, file)) => Checkpoints::open(key.clone(), file.clone())?,
            None => Checkpoints::default(),
        };
        let app = Self::open(db, clock, config).await?;
        let sealing = app.sealer.clone().run(app.db.clone(), app.clock.clone(), checkpoints, app.stop.clone());
        let jobs = tokio::spawn(jobs::run(app.clone(), app.stop_jobs.clone()));
        let background = Background {
            sealer: tokio::spawn(sealing),
            stop: app.stop.clone(),
            jobs,
            stop_jobs: app.stop_jobs.clone(),
        };
        Ok((app, background))
    }

    /// As [`App::start`], without background work: who opens it seals when it suits them.
    ///
    /// # Errors
    /// As [`App::start`].
    pub async fn open(db: Db, clock: Clock, config: Config) -> Result<Arc<Self>, StartError> {
        store::migrate(&db, migrations::ALL, clock.now()).await?;
        let passwords = Passwords::new(&config)?;
        let throttle = Throttle::new(config.sign_in_tries);
        let feed_throttle = Throttle::new(FEED_FETCHES);
        let kiosk_throttle = Throttle::new(KIOSK_KNOCKS);
        let numbers = Numbers::default();
        let sealer = Sealer::default();
        let audit_queue = Queue::start(db.clone(), sealer.clone());
        let stop = Arc::new(Notify::new());
        let live = Live::new(db.clone());
        Ok(Arc::new(Self {
            db,
            clock,
            config,
            sealer,
            audit_queue,
            passwords,
            throttle,
            feed_throttle,
            kiosk_throttle,
            numbers,
            recent: Recent::default(),
            live,
            stop,
            stop_jobs: Arc::new(Notify::new()),
        }))
    }

    /// Asks the background work to end.
    pub fn stop(&self) {
        self.stop_jobs.notify_one();
        self.stop.notify_one();
    }
}

impl Background {
    /// Ends the background work after a last round.
    pub async fn finish(self) {
        self.stop_jobs.notify_one();
        if let Err(error) = self.jobs.await {
            tracing::error!(%error, "the jobs ended badly");
        }
        self.stop.notify_one();
        if let Err(error) = self.sealer.await {
            tracing::error!(%error, "the sealer ended badly");
        }
    }
}
