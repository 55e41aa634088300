//! `/staff/{id}/hours`: when a practitioner works, week by week.

use ::rules::{
    availability::{Block, Day},
    id::PractitionerId,
    permissions::Permission,
};
use axum::{http::HeaderMap, response::Response, routing::get};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::{SECTION, around};
use crate::{
    door::Cx,
    frame,
    groups::{self, view::Offers},
    http::{
        PageRouter,
        extract::{At, parse},
        form::Form,
    },
    people::{
        Practitioner,
        actions::{
            hours::{self, HoursView, NewHours},
            practitioners,
        },
    },
    problem::Problem,
    screens::words,
    shell::{
        layout::Page,
        ui::{
            self, Button, Card, Choice, Column, EmptyState, Field, FieldErrors, Icon, Row, Table, field_row, fieldset,
            form_actions,
        },
    },
};

pub fn routes() -> PageRouter {
    PageRouter::new().route("/staff/{id}/hours", get(show).post(save))
}

/// Empty rows below those that are filled.
const SPARE: usize = 2;
/// Rows of the form, at most.
const ROWS_MAX: usize = 110;
const FIELDS: [&str; 6] = ["weekday", "starts", "ends", "site_id", "effective_from", "effective_until"];

fn may_set(cx: &Cx, who: PractitionerId) -> bool {
    cx.practitioner() == Some(who) || cx.permissions.allows(Permission::UserManage)
}

async fn show(cx: Cx, headers: HeaderMap, At(id): At<PractitionerId>) -> Result<Response, Problem> {
    let known = hours::hours(&cx, id).await?;
    Ok(frame::show(&headers, page(&cx, &known, &stored(&known), &FieldErrors::new()).await?))
}

async fn page(cx: &Cx, known: &HoursView, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let one: Practitioner = practitioners::practitioner(cx, known.practitioner_id).await?;
    let offers = groups::pages::offers(cx).await?;
    let body = if may_set(cx, one.id) { editor(cx, known, &offers, form, errors) } else { table(known, &offers) };
    Ok(frame::page(cx, SECTION, "Weekly hours", around(cx, &one, "/hours", body)))
}

fn table(known: &HoursView, offers: &Offers) -> Markup {
    let columns = [Column::new("Day"), Column::new("Hours"), Column::new("Site"), Column::new("Holds")];
    let rows = known.blocks.iter().map(|block| {
        Row::new([
            html! { (block.weekday.in_words()) },
            html! { (block.starts) " to " (block.ends) },
            html! { (words::site(offers, block.site_id).unwrap_or_else(|| "Anywhere".to_owned())) },
            html! { (holds(block)) },
        ])
    });
    let empty = EmptyState::new(Icon::Clock, "Always available").text("No weekly hours are set.");
    html! { (Card::new("Weekly hours").flush().body(html! { (Table::new("Weekly hours", columns).rows(rows).empty(empty)) })) }
}

fn holds(block: &Block) -> String {
    match (block.effective_from, block.effective_until) {
        (None, None) => "Always".to_owned(),
        (Some(from), None) => format!("From {}", frame::day(from)),
        (None, Some(until)) => format!("Until {}", frame::day(until)),
        (Some(from), Some(until)) => format!("{} to {}", frame::day(from), frame::day(until)),
    }
}

/// What is stored, as the fields of the form: a row a block and some to spare, or a row a day.
fn stored(known: &HoursView) -> Form {
    let mut fields = vec![("version".to_owned(), known.version.to_string())];
    let mut row = |at: usize, values: [String; 6]| {
        fields.extend(FIELDS.iter().zip(values).map(|(name, value)| (format!("{name}_{at}"), value)));
    };
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    for (at, block) in known.blocks.iter().enumerate() {
        let ends = block.ends.to_string();
        let ends = if ends == "24:00" { "00:00".to_owned() } else { ends };
        let site = block.site_id.map(|site| site.to_string()).unwrap_or_default();
        let (from, until) = (day(block.effective_from), day(block.effective_until));
        row(at, [block.weekday.to_string(), block.starts.to_string(), ends, site, from, until]);
    }
    let first = known.blocks.len();
    let spare: Vec<Day> = if first == 0 { Day::ALL.to_vec() } else { vec![Day::Monday; SPARE] };
    for (at, weekday) in spare.into_iter().enumerate() {
        row(
            first + at,
            [weekday.to_string(), String::new(), String::new(), String::new(), String::new(), String::new()],
        );
    }
    Form::of(fields)
}

/// The rows of a form, by their numbers.
fn rows(form: &Form) -> Vec<usize> {
    (0..ROWS_MAX).take_while(|at| form.pairs().any(|(name, _)| name == format!("weekday_{at}"))).collect()
}

/// The rows that say something, as the API's own input; each with its number.
fn filled(form: &Form) -> (Value, Vec<usize>) {
    let text = |name: &str, at: usize| form.get(&format!("{name}_{at}")).trim().to_owned();
    let used: Vec<usize> =
        rows(form).into_iter().filter(|at| !(text("starts", *at).is_empty() && text("ends", *at).is_empty())).collect();
    let blocks = used.iter().map(|at| {
        let mut block = Map::new();
        for name in FIELDS {
            let value = match (name, text(name, *at)) {
                // The midnight that ends a day.
                ("ends", value) if value == "00:00" => "24:00".to_owned(),
                (_, value) => value,
            };
            if !value.is_empty() {
                block.insert(name.to_owned(), Value::from(value));
            }
        }
        Value::Object(block)
    });
    (json!({ "blocks": blocks.collect::<Vec<_>>() }), used)
}

async fn save(cx: Cx, At(id): At<PractitionerId>, form: Form) -> Result<Response, Problem> {
    if !may_set(&cx, id) {
        cx.require(Permission::UserManage).await?;
    }
    let cx = frame::edited(cx, &form);
    let (body, used) = filled(&form);
    let outcome = match parse::<NewHours>(body) {
        Ok(new) => hours::set_hours(&cx, id, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(set) if set.always_available => {
            Ok(frame::done(&format!("/staff/{id}/hours"), "Saved: without hours, always available."))
        }
        Ok(_) => Ok(frame::done(&format!("/staff/{id}/hours"), "The weekly hours are saved.")),
        Err(problem) if problem.is_about_input() => {
            let known = hours::hours(&cx, id).await?;
            Ok(frame::refused(&problem, page(&cx, &known, &form, &errors(&problem, &used)).await?))
        }
        Err(problem) => Err(problem),
    }
}

/// The errors at the rows of the form: `blocks[1].starts` may be the fourth row.
fn errors(problem: &Problem, used: &[usize]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    if problem.errors().is_empty() {
        errors.add_general(problem.detail());
    }
    for error in problem.errors() {
        let inside = error.field.strip_prefix("blocks[").and_then(|rest| rest.split_once("]."));
        let row = inside.and_then(|(at, name)| Some((used.get(at.parse::<usize>().ok()?)?, name)));
        match row {
            Some((row, name)) => {
                let what = name.replace("_id", "").replace('_', " ");
                errors.add(format!("{name}_{row}"), format!("Row {}: {what} {}.", row + 1, error.message))
            }
            None => errors.add_general(format!("The hours {}.", error.message)),
        };
    }
    errors
}

fn editor(cx: &Cx, known: &HoursView, offers: &Offers, form: &Form, errors: &FieldErrors) -> Markup {
    let zone = known.zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ");
    let hint = format!(
        "By the clock of the site, else that of {zone}. Several rows a day are fine; leave both times of a row empty to \
         leave it out. An end of 00:00 is midnight. Without any hours, somebody is always available."
    );
    let sent = ui::Form::post(format!("/staff/{}/hours", known.practitioner_id))
        .hidden("idempotency_key", cx.app.clock.secret())
        .hidden("version", form.get("version"))
        .checked_by_server();
    let body = html! {
        (errors)
        p.quiet { (hint) }
        @for at in rows(form) { (row(at, offers, form, errors)) }
        (form_actions(html! { (Button::primary("Save hours")) }))
    };
    html! {
        (Card::new("Weekly hours").body(html! {
            @if known.always_available { p { "No hours are set: always available." } }
            (sent.body(body))
        }))
    }
}

fn row(at: usize, offers: &Offers, form: &Form, errors: &FieldErrors) -> Markup {
    let fill = |field: Field, name: &str| field.value(form.get(&format!("{name}_{at}"))).errors(errors);
    let days = Day::ALL.iter().map(|day| Choice::new(day.as_str(), day.in_words()));
    let sites = offers.sites.iter().map(|site| Choice::new(site.id.to_string(), site.name.to_string()));
    let sites: Vec<Choice> = std::iter::once(Choice::new("", "Anywhere")).chain(sites).collect();
    let name = |name: &str| format!("{name}_{at}");
    fieldset(
        &format!("Row {}", at + 1),
        None,
        field_row(html! {
            (fill(Field::select(name("weekday"), "Day", days.collect::<Vec<_>>()), "weekday"))
            (fill(Field::time(name("starts"), "From"), "starts"))
            (fill(Field::time(name("ends"), "Until"), "ends"))
            (fill(Field::select(name("site_id"), "Site", sites), "site_id"))
            (fill(Field::date(name("effective_from"), "First day"), "effective_from"))
            (fill(Field::date(name("effective_until"), "Last day"), "effective_until"))
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_times_are_left_out() {
        let form = Form::of([
            ("weekday_0", "monday"),
            ("starts_0", ""),
            ("ends_0", ""),
            ("weekday_1", "tuesday"),
            ("starts_1", "20:00"),
            ("ends_1", "00:00"),
            ("site_id_1", ""),
            ("weekday_2", "friday"),
            ("starts_2", "09:00"),
            ("ends_2", ""),
        ]);
        let (body, used) = filled(&form);
        let first = json!({ "weekday": "tuesday", "starts": "20:00", "ends": "24:00" });
        assert_eq!(body, json!({ "blocks": [first, { "weekday": "friday", "starts": "09:00" }] }));
        assert_eq!(used, [1, 2]);
    }
}
