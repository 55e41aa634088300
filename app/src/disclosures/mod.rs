//! Disclosures: what of a patient's record left the house, to whom, what for and by what right.
//!
//! A document of the chart leaves only with a line in this log, and shows exactly the entries the line names, as they
//! were then: nothing is printed that is not logged. Invariants: a line is never changed nor deleted; records under 42
//! CFR part 2 carry the notice on every page, and leave by no right that does not let them.

pub mod actions;
pub mod api;
pub mod pages;
mod paper;
mod store;
mod view;
