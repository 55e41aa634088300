//! `/settings/general`: the organization's settings, drawn from one table. A setting that is added to [`SECTIONS`] is on
//! the page, read from the form and saved; nothing else is to be done here.

use ::rules::permissions::Permission;
use axum::{http::HeaderMap, response::Response, routing::get};
use maud::{Markup, html};
use serde_json::{Map, Value};

use super::actions::{self, ChangeSettings, SettingsView};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{Filled, filled, shown_again, tick},
    },
    http::{
        PageRouter,
        form::{As, Form},
    },
    problem::Problem,
    shell::{
        layout::Page,
        ui::{Card, Choice, Field, FieldErrors, PageHeader, Width, fieldset},
    },
};

const HERE: &str = "/settings/general";

/// How a setting is set.
#[derive(Clone, Copy)]
enum Kind {
    /// On or off.
    Switch,
    /// A few words, at most so many characters.
    Words { most: u32 },
    /// A whole number within bounds, with its unit.
    Number { least: i64, most: i64, unit: &'static str },
    /// One of these: the word of the API, and what it is called.
    OneOf(&'static [(&'static str, &'static str)]),
}

/// One setting: its name in the API, what it is called, what follows from it, how it is set.
struct Row {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    kind: Kind,
}

const fn switch(name: &'static str, label: &'static str, hint: &'static str) -> Row {
    Row { name, label, hint, kind: Kind::Switch }
}

const fn number(name: &'static str, label: &'static str, hint: &'static str, bounds: (i64, i64, &'static str)) -> Row {
    let (least, most, unit) = bounds;
    Row { name, label, hint, kind: Kind::Number { least, most, unit } }
}

const fn words(name: &'static str, label: &'static str, hint: &'static str, most: u32) -> Row {
    Row { name, label, hint, kind: Kind::Words { most } }
}

const fn choice(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    choices: &'static [(&'static str, &'static str)],
) -> Row {
    Row { name, label, hint, kind: Kind::OneOf(choices) }
}

/// Every setting, under its heading.
const SECTIONS: &[(&str, &[Row])] = &[
    (
        "Check-in",
        &[
            switch(
                "finance_gate",
                "Finance must be cleared",
                "Nobody is checked in before the payer’s clearance is there. Guests are not asked for it.",
            ),
            switch(
                "consent_gate",
                "Consent must be verified",
                "Nobody is checked in without the consents they need. Who needs which, the page Consents says.",
            ),
        ],
    ),
    (
        "Sign-in sheet",
        &[switch(
            "preferred_name_on_sign_in_sheet",
            "Show preferred names",
            "The preferred name where there is one, with the last initial; otherwise the given name.",
        )],
    ),
    (
        "Charts",
        &[
            choice(
                "chart_access",
                "Who reads charts and notes",
                "The care team of a patient: the primary therapist, who supervises them, and whoever leads a session or \
                 group the patient is in. Others with the permission break the glass: with a reason, for an hour, reviewed.",
                &[("all", "Every clinical role"), ("care_team", "Only the patient’s care team")],
            ),
            words("chart_tab_name", "Name of the tab", "What the tab of group sessions in a chart is called.", 40),
            switch(
                "show_group_attendance_in_chart",
                "Count attendance in charts",
                "How often a patient was present and absent, for each group.",
            ),
            switch(
                "view_individual_group_sessions",
                "Show everybody’s notes with the session",
                "A documented session shows each patient’s notes as they stand in the charts, to who may read charts.",
            ),
        ],
    ),
    (
        "Notes",
        &[number(
            "note_due_hours",
            "Notes are due",
            "How long after its end a session may take to be documented before it counts as overdue.",
            (1, 720, "hours"),
        )],
    ),
    (
        "Groups and schedule",
        &[
            switch(
                "use_group_sessions",
                "Run group sessions",
                "Off, the pages of groups and the tab in charts are hidden and no sessions are made. Nothing is deleted.",
            ),
            number("capacity_ceiling", "Most seats of a group", "No group may have more.", (2, 500, "seats")),
            number(
                "schedule_horizon_weeks",
                "Sessions are made ahead",
                "How far ahead the sessions of a series are in the calendar.",
                (1, 52, "weeks"),
            ),
        ],
    ),
];

/// The routes of the page.
pub fn routes() -> PageRouter {
    PageRouter::new().route("/settings/general", get(show).post(change))
}

fn rows() -> impl Iterator<Item = &'static Row> {
    SECTIONS.iter().flat_map(|(_, rows)| rows.iter())
}

async fn show(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let form = stored(&actions::show(&cx).await?)?;
    Ok(frame::show(&headers, page(&cx, &form, &FieldErrors::new())))
}

/// The form as the settings stand.
fn stored(settings: &SettingsView) -> Result<Form, Problem> {
    let known = serde_json::to_value(settings).map_err(|error| Problem::internal(&error))?;
    let text = |row: &Row| match &known[row.name] {
        Value::Bool(is_on) => tick(*is_on),
        Value::String(words) => words.clone(),
        other => other.to_string(),
    };
    let version = ("version", settings.version.to_string());
    Ok(Form::of(rows().map(|row| (row.name, text(row))).chain([version])))
}

fn page(cx: &Cx, form: &Form, errors: &FieldErrors) -> Page {
    let form = filled(cx, form, errors, HERE, HERE);
    let body = html! {
        (PageHeader::new("General settings").lede("They hold for the whole organization, from the moment they are saved."))
        (frame::settings_tabs(cx, HERE))
        (Card::new("Settings").body(form.post("Save", fields(&form))))
    };
    frame::page(cx, "settings", "General settings", body)
}

fn fields(form: &Filled<'_>) -> Markup {
    html! {
        @for (heading, rows) in SECTIONS {
            (fieldset(heading, None, html! { @for row in *rows { (field(form, row)) } }))
        }
    }
}

fn field(form: &Filled<'_>, row: &Row) -> Field {
    match row.kind {
        Kind::Switch => form.tick(row.name, row.label).hint(row.hint),
        Kind::Words { most } => {
            form.fill(row.name, Field::text(row.name, row.label)).max_length(most).required().hint(row.hint)
        }
        Kind::OneOf(choices) => {
            let choices: Vec<Choice> = choices.iter().map(|(word, label)| Choice::new(*word, *label)).collect();
            form.fill(row.name, Field::select(row.name, row.label, choices)).required().hint(row.hint)
        }
        Kind::Number { least, most, unit } => form
            .fill(row.name, Field::number(row.name, row.label))
            .min(least)
            .max(most)
            .suffix(unit)
            .width(Width::Short)
            .required()
            .hint(row.hint),
    }
}

async fn change(cx: Cx, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let cx = frame::edited(cx, &form);
    let changed = match read(&form) {
        Ok(change) => actions::change(&cx, &change).await,
        Err(problem) => Err(problem),
    };
    match changed {
        Ok(_) => Ok(frame::done(HERE, "The settings are saved.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            // What somebody else has set meanwhile is shown, so that saving again overwrites nothing unseen.
            let form = if problem.code() == "stale" { stored(&actions::show(&cx).await?)? } else { form };
            Ok(frame::refused(&problem, page(&cx, &form, &errors(&problem))))
        }
    }
}

/// What is wrong, by the labels of the page.
fn errors(problem: &Problem) -> FieldErrors {
    let labels: Vec<(&str, &str)> = rows().map(|row| (row.name, row.label)).collect();
    frame::labelled_errors(&labels, problem)
}

/// What the form asks for, in the words of the API.
fn read(form: &Form) -> Result<ChangeSettings, Problem> {
    let kinds: Vec<(&str, As)> = rows()
        .map(|row| match row.kind {
            Kind::Switch => (row.name, As::Truth),
            Kind::Words { .. } | Kind::OneOf(_) => (row.name, As::Text),
            Kind::Number { .. } => (row.name, As::Number),
        })
        .collect();
    // An empty field is a mistake, and never "as it was".
    let mut fields = form.json(&kinds);
    for value in fields.as_object_mut().into_iter().flat_map(Map::values_mut).filter(|value| value.is_null()) {
        *value = Value::from("");
    }
    crate::http::extract::parse(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn every_setting_is_on_the_page() {
        let all = serde_json::to_value(Settings::default()).unwrap();
        let mut known: Vec<&str> = all.as_object().unwrap().keys().map(String::as_str).collect();
        let mut shown: Vec<&str> = rows().map(|row| row.name).collect();
        known.sort_unstable();
        shown.sort_unstable();
        assert_eq!(shown, known);
    }
}
