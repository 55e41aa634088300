//! The fields of the form and the recurrence they say, in both directions.

use ::rules::{
    recurrence::{End, Pattern, Recurrence, RecurrenceInput, Rule, Zone},
    violation::Violation,
};
use jiff::civil::Weekday;

use crate::{http::form::Form, problem::Problem};

/// The days of the week as a rule writes them.
pub const DAYS: [(&str, &str, Weekday); 7] = [
    ("MO", "Mon", Weekday::Monday),
    ("TU", "Tue", Weekday::Tuesday),
    ("WE", "Wed", Weekday::Wednesday),
    ("TH", "Thu", Weekday::Thursday),
    ("FR", "Fri", Weekday::Friday),
    ("SA", "Sat", Weekday::Saturday),
    ("SU", "Sun", Weekday::Sunday),
];

type Field = (&'static str, String);

/// A stored recurrence as the fields of the form; a rule they can't say as its own text.
pub fn stored(recurrence: &Recurrence, zone: &Zone, usual_minutes: u32) -> Vec<Field> {
    let own = recurrence.duration_minutes != usual_minutes;
    let lines = |list: Vec<String>| list.join("\n");
    let mut fields = vec![
        ("starts_on", recurrence.start.date().to_string()),
        ("at", recurrence.start.strftime("%H:%M").to_string()),
        ("duration_minutes", if own { recurrence.duration_minutes.to_string() } else { String::new() }),
        ("exdate", lines(recurrence.exdate.iter().map(|one| String::from(*one)).collect())),
        ("rdate", lines(recurrence.rdate.iter().map(ToString::to_string).collect())),
    ];
    match &recurrence.rrule {
        Some(rule) => fields.extend(stored_rule(recurrence, rule, zone)),
        None => {
            fields.extend([("repeats", "once".to_owned()), ("every", "1".to_owned()), ("ends", "never".to_owned())])
        }
    }
    fields
}

fn stored_rule(recurrence: &Recurrence, rule: &Rule, zone: &Zone) -> Vec<Field> {
    let mut fields = vec![("every", rule.interval().to_string()), ("rrule", rule.to_string())];
    fields.extend(match rule.end() {
        End::Never => vec![("ends", "never".to_owned())],
        End::Count(count) => vec![("ends", "count".to_owned()), ("count", count.to_string())],
        End::Until(_) => {
            let last = rule.last_day(recurrence.time(), zone);
            vec![("ends", "until".to_owned()), ("until", last.map_or_else(String::new, |day| day.to_string()))]
        }
    });
    match rule.pattern(recurrence.start.date()) {
        Some(pattern) => fields.extend(of_pattern(&pattern)),
        None => fields.push(("repeats", "rule".to_owned())),
    }
    fields
}

fn of_pattern(pattern: &Pattern) -> Vec<Field> {
    let repeats = |word: &str| ("repeats", word.to_owned());
    match pattern {
        Pattern::Days => vec![repeats("daily")],
        Pattern::Weeks(days) => {
            let ticked = days.iter().map(|day| ("days", short(*day).to_owned()));
            std::iter::once(repeats("weekly")).chain(ticked).collect()
        }
        Pattern::MonthDay(day) => [vec![repeats("monthly")], on_day(*day)].concat(),
        Pattern::MonthWeekday(places, day) => [vec![repeats("monthly")], on_weekday(places, *day)].concat(),
        Pattern::YearDay { month, day } => {
            [vec![repeats("yearly"), ("month", month.to_string())], on_day(*day)].concat()
        }
        Pattern::YearWeekday { month, ordinal, weekday } => {
            [vec![repeats("yearly"), ("month", month.to_string())], on_weekday(&[*ordinal], *weekday)].concat()
        }
    }
}

fn on_day(day: i16) -> Vec<Field> {
    match day {
        -1 => vec![("month_by", "last".to_owned())],
        day => vec![("month_by", "day".to_owned()), ("month_day", day.to_string())],
    }
}

fn on_weekday(places: &[i16], day: Weekday) -> Vec<Field> {
    let mut fields = vec![("month_by", "weekday".to_owned()), ("place_day", short(day).to_owned())];
    fields.extend(places.iter().map(|place| ("places", place.to_string())));
    fields
}

fn short(day: Weekday) -> &'static str {
    DAYS.iter().find(|(_, _, known)| *known == day).map_or("", |(word, _, _)| word)
}

/// The form as the API takes it.
///
/// # Errors
/// 422 for what is not said, or a number that is none.
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
    Ok(RecurrenceInput { start, duration_minutes, rrule, rdate: lines("rdate"), exdate: lines("exdate") })
}

/// The rule of RFC 5545 that the fields say; none for a group that meets on single dates.
fn rule(form: &Form, found: &mut Vec<Violation>) -> Option<String> {
    let days = match form.get("repeats") {
        "once" => return None,
        "rule" => {
            let text = form.get("rrule").trim();
            if text.is_empty() {
                found.push(Violation::new("rrule", "missing", "is required, such as FREQ=MONTHLY;BYDAY=-1FR"));
            }
            return Some(text.to_owned());
        }
        "daily" => "FREQ=DAILY".to_owned(),
        "monthly" => format!("FREQ=MONTHLY{}", in_month(form, found)),
        "yearly" => {
            let month = form.get("month").trim();
            if month.is_empty() {
                found.push(Violation::new("month", "missing", "is required"));
            }
            format!("FREQ=YEARLY;BYMONTH={month}{}", in_month(form, found))
        }
        _ => format!("FREQ=WEEKLY{}", list("BYDAY", form.all("days"))),
    };
    let every = match form.get("every").trim() {
        "" | "1" => String::new(),
        every => format!(";INTERVAL={every}"),
    };
    Some(format!("{days}{every}{}", end(form, found)))
}

fn end(form: &Form, found: &mut Vec<Violation>) -> String {
    let end = form.get(form.get("ends")).trim();
    match form.get("ends") {
        "until" if end.is_empty() => found.push(Violation::new("until", "missing", "is required: the last day")),
        "until" => return format!(";UNTIL={}", end.replace('-', "")),
        "count" if end.is_empty() => found.push(Violation::new("count", "missing", "is required: how many sessions")),
        "count" => return format!(";COUNT={end}"),
        _ => {}
    }
    String::new()
}

/// Which days of a month: one by its number, its last, or weekdays by their places.
fn in_month(form: &Form, found: &mut Vec<Violation>) -> String {
    match form.get("month_by") {
        "last" => ";BYMONTHDAY=-1".to_owned(),
        "weekday" => {
            let day = form.get("place_day").trim();
            if form.all("places").next().is_none() {
                found.push(Violation::new("places", "missing", "is required: which weekdays of the month"));
            }
            list("BYDAY", form.all("places").map(|place| format!("{place}{day}")))
        }
        _ => match form.get("month_day").trim() {
            "" => String::new(),
            day => format!(";BYMONTHDAY={day}"),
        },
    }
}

fn list(name: &str, items: impl Iterator<Item = impl Into<String>>) -> String {
    let items: Vec<String> = items.map(Into::into).collect();
    if items.is_empty() { String::new() } else { format!(";{name}={}", items.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule_of(fields: &[(&str, &str)]) -> Option<String> {
        let form = Form::of(fields.iter().map(|(name, text)| (*name, *text)));
        read(&form).unwrap_or_else(|problem| panic!("{}", problem.detail())).rrule
    }

    #[test]
    fn fields_become_a_rule() {
        let fields = [("starts_on", "2026-03-02"), ("at", "09:00"), ("days", "MO"), ("days", "WE"), ("every", "2")];
        let input = Form::of(
            [&fields[..], &[("ends", "until"), ("until", "2026-06-30"), ("exdate", "2026-03-09\n\n")]].concat(),
        );
        let input = read(&input).unwrap();
        assert_eq!(input.rrule.as_deref(), Some("FREQ=WEEKLY;BYDAY=MO,WE;INTERVAL=2;UNTIL=20260630"));
        assert_eq!((input.start.as_str(), input.exdate.len(), input.duration_minutes), ("2026-03-02T09:00", 1, None));
        let monthly =
            [("repeats", "monthly"), ("month_by", "weekday"), ("places", "1"), ("places", "-1"), ("place_day", "FR")];
        assert_eq!(rule_of(&monthly).as_deref(), Some("FREQ=MONTHLY;BYDAY=1FR,-1FR"));
        assert_eq!(rule_of(&[("repeats", "once"), ("every", "2")]), None);
        assert_eq!(
            rule_of(&[("repeats", "rule"), ("rrule", " FREQ=DAILY "), ("every", "2")]).as_deref(),
            Some("FREQ=DAILY")
        );
    }

    #[test]
    fn what_is_not_said_is_asked_for() {
        let missing = |fields: &[(&str, &str)]| {
            let problem = read(&Form::of(fields.iter().copied())).unwrap_err();
            problem.errors().iter().map(|error| error.field.clone()).collect::<Vec<_>>()
        };
        assert_eq!(missing(&[("ends", "count"), ("duration_minutes", "an hour")]), ["count", "duration_minutes"]);
        assert_eq!(
            missing(&[("repeats", "yearly"), ("month_by", "weekday"), ("ends", "until")]),
            ["month", "places", "until"]
        );
        assert_eq!(missing(&[("repeats", "rule"), ("rrule", " ")]), ["rrule"]);
    }

    /// What is stored is shown so that saving it again changes nothing.
    #[test]
    fn a_stored_rule_reads_back_as_it_was() {
        for (rule, repeats) in [
            ("", "once"),
            ("FREQ=DAILY;INTERVAL=3", "daily"),
            ("FREQ=WEEKLY;COUNT=8;BYDAY=MO,FR", "weekly"),
            ("FREQ=MONTHLY;UNTIL=20270630;BYMONTHDAY=15", "monthly"),
            ("FREQ=MONTHLY;BYMONTHDAY=-1", "monthly"),
            ("FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR,1FR", "monthly"),
            ("FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=1", "yearly"),
            ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "yearly"),
            ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "rule"),
            ("FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-2", "rule"),
        ] {
            let rrule = (!rule.is_empty()).then(|| rule.to_owned());
            let input = RecurrenceInput {
                start: "2026-03-02T09:00".into(),
                rrule,
                rdate: vec!["2026-03-05".into()],
                exdate: vec!["2026-03-09".into()],
                duration_minutes: Some(45),
            };
            let recurrence = Recurrence::check(&input, 60).unwrap();
            let form = Form::of(stored(&recurrence, &Zone::UTC, 60));
            assert_eq!(form.get("repeats"), repeats, "{rule}");
            assert_eq!(Recurrence::check(&read(&form).unwrap(), 60), Ok(recurrence), "{rule}");
        }
    }

    /// An end that is an instant is shown as the last day that has a meeting.
    #[test]
    fn an_end_in_utc_is_shown_as_a_day() {
        let input = RecurrenceInput {
            start: "2026-03-02T18:00".into(),
            rrule: Some("FREQ=WEEKLY;UNTIL=20260701T045959Z".into()),
            ..RecurrenceInput::default()
        };
        let form =
            Form::of(stored(&Recurrence::check(&input, 60).unwrap(), &Zone::parse("America/Phoenix").unwrap(), 60));
        assert_eq!((form.get("ends"), form.get("until")), ("until", "2026-06-30"));
    }
}
