//! The running program: the database, the clock, the sealer and what else lives as long as it does.

use std::sync::Arc;

use store::Db;
use tokio::{sync::Notify, task::JoinHandle};

use crate::{
    audit::{Checkpoints, Queue, Sealer},
    clock::Clock,
    config::Config,
    identity::{Passwords, Throttle},
    migrations,
};

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
    stop: Arc<Notify>,
}

/// The program's background work: awaited at the end, so that nothing stays unsealed.
pub struct Background {
    sealer: JoinHandle<()>,
    stop: Arc<Notify>,
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
    /// Starts on a migrated database.
    ///
    /// # Errors
    /// When the schema is not ours, or a file of the configuration can't be read.
    pub async fn start(db: Db, clock: Clock, config: Config) -> Result<(Arc<Self>, Background), StartError> {
        store::migrate(&db, migrations::ALL, clock.now()).await?;
        db.check_role().await?;
        let checkpoints = match &config.checkpoints {
            Some((key, file)) => Checkpoints::open(key.clone(), file.clone())?,
            None => Checkpoints::default(),
        };
        let passwords = Passwords::new(&config)?;
        let throttle = Throttle::new(config.sign_in_tries);
        let sealer = Sealer::default();
        let audit_queue = Queue::start(db.clone(), sealer.clone());
        let stop = Arc::new(Notify::new());
        let sealing = tokio::spawn(sealer.clone().run(db.clone(), clock.clone(), checkpoints, stop.clone()));
        let app = Self { db, clock, config, sealer, audit_queue, passwords, throttle, stop: stop.clone() };
        Ok((Arc::new(app), Background { sealer: sealing, stop }))
    }

    /// Asks the background work to end.
    pub fn stop(&self) {
        self.stop.notify_one();
    }
}

impl Background {
    /// Ends the background work after a last round.
    pub async fn finish(self) {
        self.stop.notify_one();
        if let Err(error) = self.sealer.await {
            tracing::error!(%error, "the sealer ended badly");
        }
    }
}
