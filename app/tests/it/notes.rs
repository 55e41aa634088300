//! Notes: written, checked, signed, reviewed, annotated, and never changed after that.

mod checking;
mod closing;
mod cost;
mod pages;
mod reviewing;
pub mod scene;
mod signing;
mod taken_back;
mod together;
mod waiting;
mod writing;
