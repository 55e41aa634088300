//! Consents: what people agree to, who has, and since when they no longer do (domain 5).
//!
//! Invariants: the words of a text never change, and at most one version of a kind is in use; a consent is never
//! changed, only revoked, and points at the version that was signed; nothing of either is ever deleted. Which consents
//! somebody needs to be checked in, the texts in use say: [`needed`].

pub mod actions;
pub mod api;
pub mod pages;
mod store;
mod view;

pub use store::{Consent, held, needed, of_person};
