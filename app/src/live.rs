//! What is looked at live: who looks, what wakes them, and how many they may be.
//!
//! A commit through this server wakes everybody who looks at something of that organization, at once. Commits through
//! another server, or a command of the program, are noticed by one follower, which reads a mark of the outbox while
//! somebody looks and rests otherwise. Who is woken looks for themselves whether anything of theirs has changed: nothing
//! is said here, so nothing can be said to the wrong one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rules::id::{OrganizationId, UserId};
use store::Db;
use tokio::sync::watch;

use crate::{audit, problem::Problem};

/// How often the follower looks for what another server has committed.
const LOOK: Duration = Duration::from_millis(250);
/// Streams of one user through one server: a few windows on a few devices.
pub const STREAMS_MAX: usize = 8;

/// Everybody who looks at something live through this server.
pub struct Live {
    db: Db,
    seats: Mutex<Seats>,
    closing: watch::Sender<bool>,
}

#[derive(Default)]
struct Seats {
    /// For each organization somebody looks at, what counts its wakings.
    organizations: HashMap<OrganizationId, watch::Sender<u64>>,
    users: HashMap<UserId, usize>,
    is_followed: bool,
}

impl Live {
    /// Nobody looks yet.
    pub fn new(db: Db) -> Arc<Self> {
        Arc::new(Self { db, seats: Mutex::default(), closing: watch::Sender::new(false) })
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something of an organization has changed.
    pub fn wake(&self, organization: OrganizationId) {
        if let Some(bell) = self.seats().organizations.get(&organization) {
            bell.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// Ends every stream, and those that are still to come: the program stops.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// A seat for one more stream of a user.
    ///
    /// # Errors
    /// 429 when the user has as many as one may.
    pub fn seat(self: &Arc<Self>, organization: OrganizationId, user: UserId) -> Result<Seat, Problem> {
        let mut seats = self.seats();
        let held = seats.users.entry(user).or_default();
        if *held >= STREAMS_MAX {
            return Err(Problem::too_many_streams(STREAMS_MAX));
        }
        *held += 1;
        let bell = seats.organizations.entry(organization).or_default().subscribe();
        if !std::mem::replace(&mut seats.is_followed, true) {
            tokio::spawn(self.clone().follow());
        }
        let closing = self.closing.subscribe();
        Ok(Seat { live: self.clone(), organization, user, bell, closing })
    }

    /// The organizations that somebody looks at; none ends the following.
    fn watched(&self) -> Vec<OrganizationId> {
        let mut seats = self.seats();
        seats.is_followed = !seats.organizations.is_empty();
        seats.organizations.keys().copied().collect()
    }

    /// Wakes whoever looks at an organization whose outbox has moved, until nobody looks at anything.
    async fn follow(self: Arc<Self>) {
        let mut marks = HashMap::new();
        loop {
            let watched = self.watched();
            if watched.is_empty() {
                return;
            }
            marks.retain(|organization, _| watched.contains(organization));
            for organization in watched {
                match audit::outbox_mark(&self.db, organization).await {
                    Ok(mark) if marks.insert(organization, mark) != Some(mark) => self.wake(organization),
                    Ok(_) => {}
                    Err(error) => tracing::warn!(%error, "the outbox can't be followed; it is tried again"),
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// One stream's place: given back when it is dropped.
pub struct Seat {
    live: Arc<Live>,
    organization: OrganizationId,
    user: UserId,
    bell: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
}

/// Why a waiting stream goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// Something of the organization may have changed.
    Changed,
    /// Nothing has for so long.
    Idle,
    /// The program stops.
    Closing,
}

impl Seat {
    /// Waits until something may have changed, for so long at most.
    pub async fn wait(&mut self, patience: Duration) -> Woken {
        let Self { bell, closing, .. } = self;
        tokio::select! {
            biased;
            _ = closing.wait_for(|closing| *closing) => Woken::Closing,
            _ = bell.changed() => Woken::Changed,
            () = tokio::time::sleep(patience) => Woken::Idle,
        }
    }

    /// Wakes the others who look at the organization.
    pub fn wake_others(&self) {
        self.live.wake(self.organization);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.live.seats();
        if let Some(held) = seats.users.get_mut(&self.user) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                seats.users.remove(&self.user);
            }
        }
        // This stream's own ear is still there.
        if seats.organizations.get(&self.organization).is_some_and(|bell| bell.receiver_count() <= 1) {
            seats.organizations.remove(&self.organization);
        }
    }
}
