//! Who may read whose chart and notes, and breaking the glass for a chart that is not one's own to read.
//!
//! With the setting `chart_access` on `care_team` a clinical role reads only the charts of patients it treats; whoever
//! holds `session.manage_any` reads all. Everybody else breaks the glass: with a reason and their password again, for an
//! hour, each reading marked in the audit log, and reviewed by somebody else afterwards. Invariant: rooms that answer
//! with a chart or a note ask here first, and what was asked is recorded as read or as refused.

pub mod actions;
pub mod api;
pub mod pages;
mod reach;
mod store;
mod view;

pub use reach::{About, Reach, reach, read_chart, read_every_chart, read_of_chart};
pub use store::BreakGlass;
