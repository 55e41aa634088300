//! What people see, in Chromium.

mod calendar;
mod kiosk;
mod live;
mod looks;
mod notes;
mod room;
mod sessions;
mod signing_in;
mod story;
mod templates;

pub use looks::PAGES;
