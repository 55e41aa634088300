//! What people see, in Chromium.

mod live;
mod looks;
mod notes;
mod signing_in;
