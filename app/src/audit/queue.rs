//! Entries of what only reads: committed in groups, so that a hundred readers share one durable commit.
//!
//! Bounded: when the database can't keep up, readers wait. Whoever reads is answered after the group is durable.

use std::collections::BTreeMap;

use ::store::Db;
use rules::id::OrganizationId;
use tokio::sync::{mpsc, oneshot};

use super::{Entry, store};
use crate::problem::Problem;

/// Readings that may wait at once.
const WAITING_MAX: usize = 4_096;
/// Readings in one group.
const GROUP_MAX: usize = 256;

type Answer = oneshot::Sender<Result<(), ::store::Error>>;

struct Item {
    organization: OrganizationId,
    entries: Vec<Entry>,
    answer: Answer,
}

/// The queue and its one writer.
#[derive(Clone)]
pub struct Queue(mpsc::Sender<Item>);

impl Queue {
    /// Starts the writer; it ends when the last sender is dropped.
    pub fn start(db: Db, sealed: super::Sealer) -> Self {
        let (sender, mut receiver) = mpsc::channel::<Item>(WAITING_MAX);
        tokio::spawn(async move {
            let mut group = Vec::new();
            while receiver.recv_many(&mut group, GROUP_MAX).await > 0 {
                for (organization, items) in by_organization(std::mem::take(&mut group)) {
                    write_group(&db, organization, items).await;
                    sealed.wake(organization);
                }
            }
        });
        Self(sender)
    }

    /// Writes entries; returns when they are durable.
    ///
    /// # Errors
    /// 503 when the database can't keep them.
    pub async fn write(&self, organization: OrganizationId, entries: Vec<Entry>) -> Result<(), Problem> {
        let (answer, done) = oneshot::channel();
        let item = Item { organization, entries, answer };
        self.0.send(item).await.map_err(|_| Problem::unavailable())?;
        done.await.map_err(|_| Problem::unavailable())??;
        Ok(())
    }
}

fn by_organization(items: Vec<Item>) -> BTreeMap<OrganizationId, Vec<Item>> {
    let mut groups: BTreeMap<_, Vec<Item>> = BTreeMap::new();
    items.into_iter().for_each(|item| groups.entry(item.organization).or_default().push(item));
    groups
}

async fn write_group(db: &Db, organization: OrganizationId, items: Vec<Item>) {
    let (entries, answers): (Vec<_>, Vec<_>) = items.into_iter().map(|item| (item.entries, item.answer)).unzip();
    let outcome = store::write_pending(db, organization, entries.into_iter().flatten().collect()).await;
    for answer in answers {
        // Who went away in the meantime needs no answer.
        let _ = answer.send(outcome.clone());
    }
}
