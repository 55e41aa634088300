//! The form that says when a group meets: weekdays, time, length, how often, from when, until when.

use ::rules::{
    recurrence::{End, RecurrenceInput, Until},
    violation::Violation,
};
use jiff::{
    Timestamp,
    civil::{Date, Weekday},
};
use maud::{Markup, html};

use crate::{
    groups::actions::GroupView,
    http::form::Form,
    problem::Problem,
    schedule::RecurrenceView,
    shell::ui::{self, Button, Choice, Field, FieldErrors, field_row, form_actions},
};

/// The days of the week as a rule writes them.
const DAYS: [(&str, &str, Weekday); 7] = [
    ("MO", "Mon", Weekday::Monday),
    ("TU", "Tue", Weekday::Tuesday),
    ("WE", "Wed", Weekday::Wednesday),
    ("TH", "Thu", Weekday::Thursday),
    ("FR", "Fri", Weekday::Friday),
    ("SA", "Sat", Weekday::Saturday),
    ("SU", "Sun", Weekday::Sunday),
];

/// The stored schedule as the form shows it; a usual one where there is none.
pub fn stored(meets: &RecurrenceView, group: &GroupView, now: Timestamp) -> Vec<(&'static str, String)> {
    let Some(recurrence) = &meets.recurrence else {
        let today = meets.zone.date(now);
        return vec![
            ("starts_on", today.to_string()),
            ("at", "09:00".to_owned()),
            ("every", "1".to_owned()),
            ("ends", "never".to_owned()),
        ];
    };
    let day = recurrence.start.date();
    let own = recurrence.duration_minutes != group.group.duration_minutes;
    let (ends, until, count) = match recurrence.rrule.as_ref().map(|rule| rule.end()) {
        Some(End::Until(until)) => ("until", last_day(until).to_string(), String::new()),
        Some(End::Count(count)) => ("count", String::new(), count.to_string()),
        Some(End::Never) => ("never", String::new(), String::new()),
        None => ("count", String::new(), "1".to_owned()),
    };
    let lines = |list: Vec<String>| list.join("\n");
    let mut fields = vec![
        ("starts_on", day.to_string()),
        ("at", recurrence.start.strftime("%H:%M").to_string()),
        ("duration_minutes", if own { recurrence.duration_minutes.to_string() } else { String::new() }),
        ("every", recurrence.rrule.as_ref().map_or(1, |rule| rule.interval()).to_string()),
        ("ends", ends.to_owned()),
        ("until", until),
        ("count", count),
        ("exdate", lines(recurrence.exdate.iter().map(|one| String::from(*one)).collect())),
        ("rdate", lines(recurrence.rdate.iter().map(ToString::to_string).collect())),
    ];
    let days = recurrence.rrule.as_ref().map(|rule| rule.weekdays(day)).unwrap_or_default();
    fields
        .extend(DAYS.iter().filter(|(_, _, one)| days.contains(one)).map(|(word, _, _)| ("days", (*word).to_owned())));
    fields
}

fn last_day(until: Until) -> Date {
    match until {
        Until::Day(day) => day,
        Until::Local(last) | Until::Instant(last) => last.date(),
    }
}

/// The form as the API takes it.
///
/// # Errors
/// 422 for an end that is not said, or a number that is none.
pub fn read(form: &Form) -> Result<RecurrenceInput, Problem> {
    let mut found = Vec::new();
    let rrule = rule(form, &mut found);
    let minutes = form.get("duration_minutes").trim();
    let duration_minutes = match minutes.parse() {
        Ok(minutes) => Some(minutes),
        Err(_) if minutes.is_empty() => None,
        Err(_) => {
            found.push(Violation::new("duration_minutes", "invalid", "must be a whole number of minutes"));
            None
        }
    };
    if !found.is_empty() {
        return Err(found.into());
    }
    let lines = |name: &str| {
        let lines = form.get(name).split(['\n', ',']).map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    };
    let start = format!("{}T{}", form.get("starts_on").trim(), form.get("at").trim());
    Ok(RecurrenceInput { start, duration_minutes, rrule: Some(rrule), rdate: lines("rdate"), exdate: lines("exdate") })
}

/// The weekly rule of RFC 5545 that the fields say.
fn rule(form: &Form, found: &mut Vec<Violation>) -> String {
    let mut rule = "FREQ=WEEKLY".to_owned();
    match form.get("every").trim() {
        "" | "1" => {}
        every => rule.push_str(&format!(";INTERVAL={every}")),
    }
    let end = form.get(form.get("ends")).trim();
    match form.get("ends") {
        "until" if end.is_empty() => found.push(Violation::new("until", "missing", "is required: the last day")),
        "until" => rule.push_str(&format!(";UNTIL={}", end.replace('-', ""))),
        "count" if end.is_empty() => found.push(Violation::new("count", "missing", "is required: how many sessions")),
        "count" => rule.push_str(&format!(";COUNT={end}")),
        _ => {}
    }
    let days: Vec<&str> = form.all("days").collect();
    if !days.is_empty() {
        rule.push_str(&format!(";BYDAY={}", days.join(",")));
    }
    rule
}

/// What was refused, beside the fields of the form.
pub fn errors(problem: &Problem) -> FieldErrors {
    let mut errors = FieldErrors::new();
    if problem.errors().is_empty() {
        errors.add_general(problem.detail());
    }
    for error in problem.errors() {
        let message = error.message.trim_end_matches('.');
        match error.field.split(['[', '.']).next().unwrap_or_default() {
            "start" => errors.add("starts_on", "The first day and the time must be a date and a time."),
            "rrule" => errors.add("days", format!("The schedule {message}.")),
            "exdate" => errors.add("exdate", format!("A date that is left out {message}.")),
            "rdate" => errors.add("rdate", format!("A further date {message}.")),
            "until" => errors.add("until", format!("The last day {message}.")),
            "count" => errors.add("count", format!("The number of sessions {message}.")),
            "duration_minutes" => errors.add("duration_minutes", format!("The length {message}.")),
            _ => errors.add_general(problem.detail()),
        };
    }
    errors
}

/// The form.
pub fn form(action: &str, key: &str, version: Option<i64>, form: &Form, errors: &FieldErrors) -> Markup {
    let fill = |name: &str, field: Field| field.value(form.get(name)).errors(errors);
    let days = Field::checks("days", "On", DAYS.map(|(word, label, _)| (word, label))).in_line();
    let ends = [
        Choice::new("never", "It goes on"),
        Choice::new("until", "It ends on a day"),
        Choice::new("count", "It ends after some sessions"),
    ];
    let fields = html! {
        (errors)
        (days.values(form.all("days").map(str::to_owned)).errors(errors).hint("None: the weekday of the first day."))
        (field_row(html! {
            (fill("at", Field::time("at", "At")).required())
            (fill("duration_minutes", Field::number("duration_minutes", "Length")).suffix("minutes").min(5).max(720))
        }))
        (field_row(html! {
            (fill("starts_on", Field::date("starts_on", "From")).required())
            (fill("every", Field::number("every", "Every")).suffix("weeks").min(1).max(99))
        }))
        (fill("ends", Field::radios("ends", "End", ends)))
        (field_row(html! {
            (fill("until", Field::date("until", "Last day")))
            (fill("count", Field::number("count", "Sessions")).min(1).max(9_999))
        }))
        (fill("exdate", Field::textarea("exdate", "Dates left out")).rows(2).hint("One in each line, as 2026-12-24."))
        (fill("rdate", Field::textarea("rdate", "Further dates")).rows(2).hint("One in each line; with another time as 2026-12-28T14:00."))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Result<RecurrenceInput, Problem> {
        super::read(&Form::of(fields.iter().map(|(name, text)| (*name, *text))))
    }

    #[test]
    fn fields_become_a_weekly_rule() {
        let fields = [("starts_on", "2026-03-02"), ("at", "09:00"), ("days", "MO"), ("days", "WE"), ("every", "2")];
        let input =
            read(&[&fields[..], &[("ends", "until"), ("until", "2026-06-30"), ("exdate", "2026-03-09\n\n")]].concat());
        let input = input.unwrap();
        assert_eq!(input.rrule.as_deref(), Some("FREQ=WEEKLY;INTERVAL=2;UNTIL=20260630;BYDAY=MO,WE"));
        assert_eq!((input.start.as_str(), input.exdate.len(), input.duration_minutes), ("2026-03-02T09:00", 1, None));
        let ends = read(&[("ends", "count"), ("duration_minutes", "an hour")]).unwrap_err();
        let fields: Vec<&str> = ends.errors().iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["count", "duration_minutes"]);
    }

    #[test]
    fn every_refusal_has_a_place() {
        let problem = Problem::invalid_field("rrule", "invalid", "is not a recurrence rule");
        assert_eq!(errors(&problem).get("days"), Some("The schedule is not a recurrence rule."));
        assert!(!errors(&Problem::conflict("stale", "Changed.")).is_empty());
    }
}
