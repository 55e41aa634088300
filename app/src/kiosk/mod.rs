//! The kiosk in the waiting room: people check themselves in (domain 5).
//!
//! Invariants: the browser of a kiosk holds its own secret and is signed in as nobody; with it one can knock with a code
//! and a birth date (a guest, of whom none is known, with the code alone), and arrive, at one site, and nothing else; no
//! answer tells more than the own first name and the time of the own session; every knock that is not wholly right is
//! answered alike; a code is good for one arrival and dead after a few wrong dates; who leaves the screen has left.

pub mod actions;
pub mod api;
mod door;
pub mod pages;
mod qr;
mod store;
mod view;

pub use store::ArrivalSignature;

pub use door::{cookie_name, turned_back};
