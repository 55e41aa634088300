//! The form that says when a group meets: how it repeats, on which days, time, length, from when, until when; or the
//! rule's own text.

mod fields;

use ::rules::recurrence::{MONTHS, RecurrenceInput};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    groups::actions::GroupView,
    http::form::{As, Form},
    problem::Problem,
    schedule::{RecurrenceView, actions::Setting},
    shell::ui::{self, Button, Choice, Field, FieldErrors, field_row, form_actions},
};

/// The stored schedule as the form shows it; a usual one where there is none.
pub fn stored(meets: &RecurrenceView, group: &GroupView, now: Timestamp) -> Vec<(&'static str, String)> {
    match &meets.recurrence {
        Some(recurrence) => fields::stored(recurrence, &meets.zone, group.group.duration_minutes),
        None => vec![
            ("repeats", "weekly".to_owned()),
            ("starts_on", meets.zone.date(now).to_string()),
            ("at", "09:00".to_owned()),
            ("every", "1".to_owned()),
            ("ends", "never".to_owned()),
        ],
    }
}

/// The form as the API takes it: the recurrence, and from which day on it holds.
///
/// # Errors
/// 422 with every bad field.
pub fn read(form: &Form) -> Result<(RecurrenceInput, Setting), Problem> {
    let setting = form.read::<Setting>(&[("from", As::Text)]);
    match (fields::read(form), setting) {
        (Ok(input), Ok(setting)) => Ok((input, setting)),
        (Err(one), Err(other)) => Err(Problem::invalid([one.errors(), other.errors()].concat())),
        (Err(problem), Ok(_)) | (Ok(_), Err(problem)) => Err(problem),
    }
}

/// What was refused, beside the fields of the form.
pub fn errors(problem: &Problem, form: &Form) -> FieldErrors {
    let mut errors = FieldErrors::new();
    if problem.errors().is_empty() {
        errors.add_general(problem.detail());
    }
    let rule = if form.get("repeats") == "rule" { "rrule" } else { "repeats" };
    for error in problem.errors() {
        let message = error.message.trim_end_matches('.');
        match error.field.split(['[', '.']).next().unwrap_or_default() {
            "start" => errors.add("starts_on", "The first day and the time must be a date and a time."),
            "rrule" => errors.add(rule, format!("The schedule {message}.")),
            "from" => errors.add("from", format!("The day of the change {message}.")),
            "month" => errors.add("month", format!("The month {message}.")),
            "places" => errors.add("places", format!("At least one {message}.")),
            "exdate" => errors.add("exdate", format!("What is left out {message}.")),
            "rdate" => errors.add("rdate", format!("A further date {message}.")),
            "until" => errors.add("until", format!("The last day {message}.")),
            "count" => errors.add("count", format!("The number of sessions {message}.")),
            "duration_minutes" => errors.add("duration_minutes", format!("The length {message}.")),
            _ => errors.add_general(problem.detail()),
        };
    }
    errors
}

/// The form. What another way of repeating asks for is hidden by the style sheet, so that it works without scripts.
pub fn form(action: &str, key: &str, version: Option<i64>, form: &Form, errors: &FieldErrors) -> Markup {
    let fill = |name: &str, field: Field| field.value(form.get(name)).errors(errors);
    let fields = html! {
        (errors)
        div.repeats { (repeating(form, errors)) }
        (field_row(html! {
            (fill("at", Field::time("at", "At")).required())
            (fill("duration_minutes", Field::number("duration_minutes", "Length")).suffix("minutes").min(5).max(720))
        }))
        (fill("rdate", Field::textarea("rdate", "Further dates")).rows(2).hint("One in each line; with another time as 2026-12-28T14:00."))
        (fill("exdate", Field::textarea("exdate", "Dates left out")).rows(2).hint("One in each line, as 2026-12-24."))
        @if version.is_some() {
            (fill("from", Field::date("from", "Change from")).hint("What holds now stays until the day before. Empty: the change holds from now on."))
        }
        (form_actions(html! {
            (Button::primary("Save schedule"))
            (Button::secondary("Preview").formaction(format!("{action}/preview")).live("#preview"))
        }))
        p.quiet { "Sessions that have begun, or were changed by hand, stay as they are." }
    };
    let form = ui::Form::post(action).hidden("idempotency_key", key).checked_by_server();
    let form = match version {
        Some(version) => form.hidden("version", version),
        None => form,
    };
    html! { (form.body(fields)) }
}

/// How it repeats, and what that asks for; from when and until when.
fn repeating(form: &Form, errors: &FieldErrors) -> Markup {
    let fill = |name: &str, field: Field| field.value(form.get(name)).errors(errors);
    let given = form.get("repeats");
    let ways = [
        ("daily", "Daily"),
        ("weekly", "Weekly"),
        ("monthly", "Monthly"),
        ("yearly", "Yearly"),
        ("once", "On single dates"),
        ("rule", "Write the rule myself"),
    ];
    let repeats = Field::radios("repeats", "Repeats", ways).in_line().errors(errors);
    let days = Field::checks("days", "On", fields::DAYS.map(|(word, label, _)| (word, label))).in_line();
    let months = MONTHS.iter().zip(1..).map(|(name, number): (_, u8)| (number.to_string(), *name));
    let rule = Field::textarea("rrule", "Rule").rows(3).max_length(2_000);
    html! {
        (repeats.value(if given.is_empty() { "weekly" } else { given }))
        div.for-weekly { (days.values(form.all("days").map(str::to_owned)).errors(errors).hint("None: the weekday of the first day.")) }
        div.for-yearly { (fill("month", Field::select("month", "Month", months))) }
        div.for-months { (within_month(form, errors)) }
        div.for-rule {
            (fill("rrule", rule).hint("An RRULE of RFC 5545, such as FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1: the last weekday of each month."))
        }
        (field_row(html! {
            (fill("starts_on", Field::date("starts_on", "From")).required())
            div.for-form { (fill("every", Field::number("every", "Every how many days, weeks, months or years")).min(1).max(999).hint("2 is every other one.")) }
        }))
        div.for-form { (ending(form, errors)) }
    }
}

fn within_month(form: &Form, errors: &FieldErrors) -> Markup {
    let by = [("day", "On a day of the month"), ("last", "On its last day"), ("weekday", "On weekdays by their place")];
    let places = [("1", "First"), ("2", "Second"), ("3", "Third"), ("4", "Fourth"), ("5", "Fifth"), ("-1", "Last")];
    let places = Field::checks("places", "The", places).in_line().values(form.all("places").map(str::to_owned));
    let days = fields::DAYS.map(|(word, _, day)| (word, format!("{day:?}")));
    html! {
        (Field::select("month_by", "Which days", by).value(form.get("month_by")).errors(errors))
        div.for-day {
            (Field::number("month_day", "Day").min(1).max(31).value(form.get("month_day")).errors(errors).hint("Empty: the day of the first date."))
        }
        div.for-place {
            (places.errors(errors))
            (Field::select("place_day", "Weekday", days).value(form.get("place_day")).errors(errors))
        }
    }
}

fn ending(form: &Form, errors: &FieldErrors) -> Markup {
    let fill = |name: &str, field: Field| field.value(form.get(name)).errors(errors);
    let ends = [
        Choice::new("never", "It goes on"),
        Choice::new("until", "It ends on a day"),
        Choice::new("count", "It ends after some sessions"),
    ];
    html! {
        (fill("ends", Field::radios("ends", "End", ends)))
        div.for-until { (fill("until", Field::date("until", "Last day"))) }
        div.for-count { (fill("count", Field::number("count", "Sessions")).min(1).max(9_999)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_place() {
        let problem = Problem::invalid_field("rrule", "invalid", "is not a recurrence rule");
        let beside = |repeats| {
            let form = Form::of([("repeats", repeats)]);
            let errors = errors(&problem, &form);
            ["repeats", "rrule"].map(|field| errors.get(field).map(str::to_owned))
        };
        let told = Some("The schedule is not a recurrence rule.".to_owned());
        assert_eq!(beside("rule"), [None, told.clone()]);
        assert_eq!(beside("daily"), [told, None]);
        assert!(!errors(&Problem::conflict("stale", "Changed."), &Form::default()).is_empty());
    }
}
