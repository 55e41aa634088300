//! Pages of patients, guests, staff and places: a form in, an action, a view out.

mod guests;
mod patients;
mod places;
mod staff;

use super::view::Filled;
use crate::{
    door::Cx,
    http::{PageRouter, form::Form},
    problem::Problem,
    shell::ui::FieldErrors,
};

/// The routes of the room.
pub fn routes() -> PageRouter {
    patients::routes().merge(guests::routes()).merge(staff::routes()).merge(places::routes())
}

/// A form as it is shown.
fn filled<'a>(cx: &Cx, form: &'a Form, errors: &'a FieldErrors, action: &str, back: &str) -> Filled<'a> {
    Filled { form, errors, action: action.to_owned(), key: cx.app.clock.secret(), back: back.to_owned() }
}

/// What a refused form is shown again with; any other problem is a page of its own.
fn shown_again(problem: Problem) -> Result<Problem, Problem> {
    if problem.is_about_input() { Ok(problem) } else { Err(problem) }
}

/// Ticked, as a form sends it.
fn tick(is_on: bool) -> String {
    if is_on { "true".to_owned() } else { String::new() }
}

/// A text that may be missing.
fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}
