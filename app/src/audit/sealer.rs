//! Numbers committed entries and chains them; gives events their position in the feed.
//!
//! A chain inside every transaction would make the database serial. So entries wait in `audit_pending` for the time of
//! one round, and one sealer at a time (the head's row is locked) moves them, oldest first, into the chain.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ::store::Db;
use rules::id::OrganizationId;
use tokio::sync::Notify;

use super::{Checkpoints, store as table};
use crate::{clock::Clock, door::Lobby};

/// How long a round waits for company after it was woken.
const ROUND: Duration = Duration::from_millis(100);
/// How often all organizations are looked at: for what a server that died left behind.
const SWEEP: Duration = Duration::from_secs(20);

/// Wakes the sealing of organizations that have written.
#[derive(Clone, Default)]
pub struct Sealer {
    written: Arc<Mutex<BTreeSet<OrganizationId>>>,
    woken: Arc<Notify>,
}

impl Sealer {
    /// Notes that an organization has new entries.
    pub fn wake(&self, organization: OrganizationId) {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).insert(organization);
        self.woken.notify_one();
    }

    fn take(&self) -> BTreeSet<OrganizationId> {
        std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Seals until `stop` is notified, then once more.
    pub async fn run(self, db: Db, clock: Clock, checkpoints: Checkpoints, stop: Arc<Notify>) {
        let mut sweep = tokio::time::interval(SWEEP);
        loop {
            let stopped = tokio::select! {
                () = self.woken.notified() => { tokio::time::sleep(ROUND).await; false }
                _ = sweep.tick() => { self.wake_all(&db).await; false }
                () = stop.notified() => true,
            };
            self.round(&db, &clock, &checkpoints).await;
            if stopped {
                return;
            }
        }
    }

    async fn wake_all(&self, db: &Db) {
        match Lobby(db).organizations().await {
            Ok(all) => {
                let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
                written.extend(all.into_iter().map(|organization| organization.id));
            }
            Err(error) => tracing::warn!(%error, "the sealer can't list organizations"),
        }
    }

    /// Seals everything that is pending now.
    pub async fn round(&self, db: &Db, clock: &Clock, checkpoints: &Checkpoints) {
        for organization in self.take() {
            loop {
                match table::seal(db, organization).await {
                    Ok(sealed) => {
                        if let Some(head) = &sealed.head {
                            checkpoints.write(organization, head, clock.now());
                        }
                        if !sealed.more {
                            break;
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, %organization, "sealing failed; the next round tries again");
                        self.written.lock().unwrap_or_else(PoisonError::into_inner).insert(organization);
                        break;
                    }
                }
            }
        }
    }
}
