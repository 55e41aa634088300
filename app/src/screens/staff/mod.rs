//! A practitioner over time: their coming sessions, weekly hours and time off; and who leads while they are away.

mod cover;
mod hours;
mod schedule;
mod time_off;
mod week;

use maud::{Markup, html};

use crate::{
    door::Cx,
    http::PageRouter,
    people::{Practitioner, view::staff},
    sessions::answers::ClashView,
};

/// The section of the navigation.
const SECTION: &str = "staff";

/// The routes of the screen.
pub fn routes() -> PageRouter {
    cover::routes().merge(hours::routes()).merge(schedule::routes()).merge(time_off::routes())
}

/// The page of a practitioner around one of its parts.
fn around(cx: &Cx, one: &Practitioner, current: &str, body: Markup) -> Markup {
    html! { (staff::header(cx, one, current)) (body) }
}

/// What is in the way, a sentence a line.
fn reasons(clashes: &[ClashView]) -> Markup {
    html! { @for clash in clashes { p { (clash.message) } } }
}
