//! `/staff/{id}/hours`: when a practitioner works, day by day. A line is added or taken out without a script, too: the
//! form comes back with what was typed, and nothing is saved yet.

use std::collections::BTreeSet;

use ::rules::{
    availability::{Block, Day},
    id::{PractitionerId, SiteId},
    permissions::Permission,
};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use maud::{Markup, Render as _, html};
use serde_json::{Map, Value, json};

use super::{SECTION, around, week};
use crate::{
    door::Cx,
    frame, groups,
    http::{
        PageRouter,
        extract::{At, parse},
        form::Form,
    },
    people::{
        Practitioner,
        actions::{
            hours::{self, HoursView, NewHours},
            places, practitioners,
        },
    },
    problem::Problem,
    shell::{
        layout::Page,
        ui::{Card, Column, EmptyState, FieldErrors, Icon, Row, Table, quiet},
    },
};

pub fn routes() -> PageRouter {
    PageRouter::new().route("/staff/{id}/hours", get(show).post(save))
}

/// Lines of the form that are looked at: more than the API takes, so that too many are refused and not dropped.
const ROWS_MAX: usize = 110;
const FIELDS: [&str; 6] = ["weekday", "starts", "ends", "site_id", "effective_from", "effective_until"];
/// What most people work: a start for who has no hours yet.
const USUAL: ([Day; 5], &str, &str) =
    ([Day::Monday, Day::Tuesday, Day::Wednesday, Day::Thursday, Day::Friday], "09:00", "17:00");

fn may_set(cx: &Cx, who: PractitionerId) -> bool {
    cx.practitioner() == Some(who) || cx.permissions.allows(Permission::UserManage)
}

async fn show(cx: Cx, headers: HeaderMap, At(id): At<PractitionerId>) -> Result<Response, Problem> {
    let known = hours::hours(&cx, id).await?;
    Ok(frame::show(&headers, page(&cx, &known, &stored(&known), &FieldErrors::new()).await?))
}

async fn page(cx: &Cx, known: &HoursView, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let one: Practitioner = practitioners::practitioner(cx, known.practitioner_id).await?;
    let sites = sites(cx, known).await?;
    let body = match may_set(cx, one.id) {
        true => week::editor(cx, known, &week::Typed { form, errors, sites: &sites }),
        false => table(known, &sites),
    };
    Ok(frame::page(cx, SECTION, "Weekly hours", around(cx, &one, "/hours", body)).style("hours.css"))
}

/// A site by its id, with its name.
pub type SiteName = (SiteId, String);

/// The sites in use, and those that the hours name although they are not.
async fn sites(cx: &Cx, known: &HoursView) -> Result<Vec<SiteName>, Problem> {
    let offers = groups::pages::offers(cx).await?;
    let mut sites: Vec<SiteName> = offers.sites.iter().map(|site| (site.id, site.name.to_string())).collect();
    let named: BTreeSet<SiteId> = known.blocks.iter().filter_map(|block| block.site_id).collect();
    for id in named {
        if sites.iter().all(|(site, _)| *site != id) {
            let site = places::site(cx, id).await?;
            sites.push((id, format!("{} (not in use)", site.name)));
        }
    }
    Ok(sites)
}

/// The zone of the hours that name no site, as people say it.
pub fn zone(known: &HoursView) -> String {
    crate::screens::words::zone(&known.zone)
}

fn table(known: &HoursView, sites: &[SiteName]) -> Markup {
    let columns = [Column::new("Day"), Column::new("Hours"), Column::new("Site"), Column::new("Holds")];
    let rows = known.blocks.iter().map(|block| {
        let site = block.site_id.and_then(|id| sites.iter().find(|(site, _)| *site == id));
        Row::new([
            html! { (block.weekday.in_words()) },
            html! { (block.starts) " to " (block.ends) },
            html! { @match site { Some((_, name)) => (name), None => { "Anywhere " (quiet(&zone(known))) } } },
            html! { (holds(block)) },
        ])
    });
    let empty = EmptyState::new(Icon::Clock, "Always available").text("No weekly hours are set.");
    html! { (Card::new("Weekly hours").flush().body(html! { (Table::new("Weekly hours", columns).rows(rows).empty(empty)) })) }
}

fn holds(block: &Block) -> String {
    match (block.effective_from, block.effective_until) {
        (None, None) => "Every week".to_owned(),
        (Some(from), None) => format!("From {}", frame::day(from)),
        (None, Some(until)) => format!("Until {}", frame::day(until)),
        (Some(from), Some(until)) => format!("{} to {}", frame::day(from), frame::day(until)),
    }
}

// The form ------------------------------------------------------------------------------------------------------------

/// What is stored, as the fields of the form: a line a block.
fn stored(known: &HoursView) -> Form {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let mut fields = vec![("version".to_owned(), known.version.to_string())];
    let mut blocks = known.blocks.clone();
    blocks.sort_by_key(|block| (block.weekday, block.starts, block.effective_from));
    for (at, block) in blocks.iter().enumerate() {
        let ends = block.ends.to_string();
        let ends = if ends == "24:00" { "00:00".to_owned() } else { ends };
        let site = block.site_id.map(|site| site.to_string()).unwrap_or_default();
        let (from, until) = (day(block.effective_from), day(block.effective_until));
        let values = [block.weekday.to_string(), block.starts.to_string(), ends, site, from, until];
        fields.extend(FIELDS.iter().zip(values).map(|(name, value)| (format!("{name}_{at}"), value)));
    }
    Form::of(fields)
}

/// The lines of a form, by their numbers.
pub fn rows(form: &Form) -> Vec<u16> {
    let number = |name: &str| name.strip_prefix("weekday_").and_then(|number| number.parse().ok());
    let numbers: BTreeSet<u16> = form.pairs().filter_map(|(name, _)| number(name)).collect();
    numbers.into_iter().take(ROWS_MAX).collect()
}

/// The form with a line more or less, where one of those buttons was pressed. The others keep their numbers.
fn rearranged(form: &Form) -> Option<Form> {
    let (add, remove) = (form.get("add"), form.get("remove"));
    if add.is_empty() && remove.is_empty() {
        return None;
    }
    let gone: Vec<String> = FIELDS.iter().map(|name| format!("{name}_{remove}")).collect();
    let stays = |name: &str| !["add", "remove"].contains(&name) && gone.iter().all(|gone| gone != name);
    let kept = form.pairs().filter(|(name, _)| stays(name)).map(|(name, text)| (name.to_owned(), text.to_owned()));
    let mut fields: Vec<(String, String)> = kept.collect();
    let next = rows(form).last().map_or(0, |last| last.saturating_add(1));
    if let Some(day) = Day::parse(add) {
        fields.push((format!("weekday_{next}"), day.to_string()));
    } else if add == "usual" && rows(form).is_empty() {
        let (days, starts, ends) = USUAL;
        for (at, day) in days.into_iter().enumerate() {
            let line = [("weekday", day.as_str()), ("starts", starts), ("ends", ends)];
            fields.extend(line.map(|(name, text)| (format!("{name}_{at}"), text.to_owned())));
        }
    }
    Some(Form::of(fields))
}

/// The lines that say something, as the API's own input; each with its number.
fn filled(form: &Form) -> (Value, Vec<u16>) {
    let text = |name: &str, at: u16| form.get(&format!("{name}_{at}")).trim().to_owned();
    let used: Vec<u16> =
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
    if let Some(form) = rearranged(&form) {
        let known = hours::hours(&cx, id).await?;
        return Ok(page(&cx, &known, &form, &FieldErrors::new()).await?.render().into_response());
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
            let errors = errors(&problem, &form, &used);
            Ok(frame::refused(&problem, page(&cx, &known, &form, &errors).await?))
        }
        Err(problem) => Err(problem),
    }
}

/// The day of a line and its place in that day, as the page shows it: `Monday, line 2`.
pub fn line_name(form: &Form, at: u16) -> String {
    let weekday = |at: u16| Day::parse(form.get(&format!("weekday_{at}")));
    let day = weekday(at);
    let place = rows(form).into_iter().take_while(|row| *row <= at).filter(|row| weekday(*row) == day).count();
    format!("{}, line {place}", day.map_or("A day", Day::in_words))
}

/// The errors at the lines of the form: `blocks[1].starts` may be the fourth line.
fn errors(problem: &Problem, form: &Form, used: &[u16]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    if problem.errors().is_empty() {
        errors.add_general(problem.detail());
    }
    for error in problem.errors() {
        let inside = error.field.strip_prefix("blocks[").and_then(|rest| rest.split_once("]."));
        let line = inside.and_then(|(at, name)| Some((used.get(at.parse::<usize>().ok()?)?, name)));
        let Some((line, name)) = line else {
            errors.add_general(format!("The hours {}.", error.message));
            continue;
        };
        let said = match (name, error.code.as_str()) {
            (_, "overlaps") => "overlaps another line of this day".to_owned(),
            ("starts", "missing") => "needs the time it begins".to_owned(),
            ("ends", "missing") => "needs the time it ends".to_owned(),
            ("starts", _) => format!("the start {}", error.message),
            ("ends", _) => format!("the end {}", error.message),
            ("effective_from", _) => format!("the first day {}", error.message),
            ("effective_until", _) => format!("the last day {}", error.message),
            ("site_id", _) => format!("the site {}", error.message),
            _ => error.message.clone(),
        };
        errors.add(format!("{name}_{line}"), format!("{}: {said}.", line_name(form, *line)));
    }
    errors
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

    #[test]
    fn lines_come_and_go_while_the_others_keep_their_numbers() {
        let form = Form::of([
            ("weekday_0", "monday"),
            ("starts_0", "09:00"),
            ("weekday_3", "monday"),
            ("starts_3", "13:00"),
            ("add", "tuesday"),
        ]);
        let more = rearranged(&form).unwrap();
        assert_eq!((rows(&more), more.get("weekday_4")), (vec![0, 3, 4], "tuesday"));
        assert_eq!(line_name(&more, 3), "Monday, line 2");
        assert_eq!(line_name(&more, 4), "Tuesday, line 1");
        let fields = more.pairs().map(|(name, text)| (name.to_owned(), text.to_owned()));
        let less = rearranged(&Form::of(fields.chain([("remove".to_owned(), "0".to_owned())]))).unwrap();
        assert_eq!((rows(&less), less.get("starts_3"), less.get("starts_0")), (vec![3, 4], "13:00", ""));
        assert!(rearranged(&less).is_none(), "nothing was pressed");
        assert_eq!(rows(&rearranged(&Form::of([("add", "usual")])).unwrap()), [0, 1, 2, 3, 4]);
    }
}
