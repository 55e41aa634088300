//! Templates: what a note starts from, built in or of the organization's own, and what a group session starts from.
//!
//! Words: a *built-in* template comes with the product, is copied and never changed; a *field* has a type, and its values
//! are judged by it; the *template version* counts the changes of what a template asks for. Invariants: a note keeps the
//! template as it was when it was begun, so that no change of a template alters what is written; two active templates
//! never have one name; archiving only means that nothing new starts from it. A session keeps the template of its group
//! sessions as it was at its start.

pub mod actions;
pub mod api;
mod draft;
pub mod fields;
pub mod pages;
mod store;
mod view;

pub use actions::{
    group_sessions::{GroupSessionTemplateView, SessionTemplate},
    notes::{Chosen, TemplateView},
};
pub use view::{
    discipline_name,
    group_sessions::{billing, needs},
};
