//! The ledger: who did, read or was refused what, when and from where, in a chain that shows every change.
//!
//! Entries are written in the transaction they tell of ([`Entry::written`]), or queued by what only reads
//! ([`readings`], [`refused`]). The [`Sealer`] numbers committed entries and chains them by SHA-256, at most a second
//! behind; [`verify`] names the first entry that does not fit. Ids and hashes only: never a name, never clinical text.
//!
//! Invariant: `audit_log` is insert-only. Nothing here ever updates or deletes a sealed entry.

pub mod api;
mod checkpoint;
mod entry;
pub mod history;
mod queue;
mod sealer;
mod store;
pub mod verify;

pub use checkpoint::{BadKey, Checkpoint, Checkpoints};
pub use entry::{Entry, Reading};
pub use queue::Queue;
pub use sealer::Sealer;
pub use store::{outbox_mark, through_glass};

use crate::{door::Cx, problem::Problem};

/// Records that personal data was read; returns when the record is durable.
///
/// # Errors
/// When the database can't keep it: then the reading must not be answered.
pub async fn readings(cx: &Cx, readings: Vec<Reading>) -> Result<(), Problem> {
    let now = cx.now();
    let entries = readings.into_iter().map(|reading| Entry::read(cx, now, reading)).collect();
    cx.app.audit_queue.write(cx.organization.id, entries).await
}

/// Records that somebody was refused for want of a permission.
///
/// # Errors
/// When the database can't keep it.
pub async fn refused(cx: &Cx, permission: &str) -> Result<(), Problem> {
    refused_about(cx, permission, String::new()).await
}

/// As [`refused`], where it is known about which record: its id is kept.
///
/// # Errors
/// When the database can't keep it.
pub async fn refused_about(cx: &Cx, permission: &str, subject: String) -> Result<(), Problem> {
    cx.app.audit_queue.write(cx.organization.id, vec![Entry::refused(cx, cx.now(), permission, subject)]).await
}
