//! Notes: written, checked, signed, reviewed, annotated, and never changed after that.

mod checking;
pub mod scene;
mod signing;
mod writing;
