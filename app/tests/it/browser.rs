//! What people see, in Chromium.

mod live;
mod looks;
mod signing_in;
