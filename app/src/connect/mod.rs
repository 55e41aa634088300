//! What leaves the house for other programs: calendar feeds.
//!
//! Words: a *feed* is the calendar of one practitioner, site, room, patient or guest, its *address* the secret with
//! which calendar programs fetch it, without signing in. Invariants: an address is only ever stored as its SHA-256 and
//! shown once; a feed says when and where, never who or why; it shows no more than whoever it belongs to may see, and
//! ends when they may not; a retired address is gone for good.

pub mod actions;
pub mod api;
mod calendar;
pub mod pages;
pub mod reactions;
mod store;
mod view;

pub use store::Feed;
