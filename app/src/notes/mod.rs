//! Notes: the group note and each participant's, from the first word to the last signature.
//!
//! Words: an *edition* is one version of a note's text; a *folder* is everything one session's documentation consists
//! of; a *finding* is what to look at before signing, and a *waiver* says why it may stay. Invariants: a session has at
//! most one current group note, a participant at most one current note of a discipline; signed text is never changed by
//! any route: a return begins the next edition, later words are annotations; every signature keeps the exact text and its
//! hash, and the audit log knows the hash too.

pub mod actions;
pub mod answers;
pub mod api;
pub mod check;
mod folder;
pub mod inputs;
pub mod pages;
pub mod reactions;
mod refusals;
mod store;
pub mod verify;
mod view;

pub use folder::Folder;
pub use store::{Annotation, Note, Signature, sha256};
