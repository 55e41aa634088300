//! The form of somebody's week: seven days, a line for each stretch of hours.

use ::rules::availability::Day;
use jiff::civil::Date;
use maud::{Markup, html};

use super::hours::{SiteName, line_name, rows, zone};
use crate::{
    door::Cx,
    frame,
    http::form::Form,
    people::actions::hours::HoursView,
    shell::ui::{self, Button, Card, Choice, Field, FieldErrors, Icon, form_actions, quiet},
};

/// What stands in the form.
pub struct Typed<'a> {
    /// What is stored, or what was sent.
    pub form: &'a Form,
    /// What was refused.
    pub errors: &'a FieldErrors,
    /// The sites to choose from.
    pub sites: &'a [SiteName],
}

/// The week to be changed.
pub fn editor(cx: &Cx, known: &HoursView, typed: &Typed<'_>) -> Markup {
    let clock = match typed.sites.is_empty() {
        true => format!("Times are {}.", zone(known)),
        false => format!("Times are by the clock of the site, and {} where hours hold anywhere.", zone(known)),
    };
    let days = Day::ALL.iter();
    let body = html! {
        // Enter in a field presses the first button there is: it saves, and takes no line out.
        button type="submit" hidden {}
        (typed.errors)
        p.quiet { "Who has no hours at all is always available. " (clock) " An end of 00:00 is midnight." }
        @if rows(typed.form).is_empty() {
            p { (Button::secondary("Fill in weekdays, 09:00 to 17:00").value("add", "usual").live("#hours")) }
        }
        div.hours-days { @for day in days { (one_day(*day, typed)) } }
        (form_actions(html! { (Button::primary("Save hours")) }))
    };
    let form = ui::Form::post(format!("/staff/{}/hours", known.practitioner_id))
        .hidden("idempotency_key", cx.app.clock.secret())
        .hidden("version", typed.form.get("version"))
        .checked_by_server()
        .body(body);
    html! { div #hours { (Card::new("Weekly hours").body(html! { (form) })) } }
}

fn one_day(day: Day, typed: &Typed<'_>) -> Markup {
    let is_on = |at: &u16| typed.form.get(&format!("weekday_{at}")) == day.as_str();
    let lines: Vec<u16> = rows(typed.form).into_iter().filter(is_on).collect();
    let heading = format!("day-{day}");
    html! {
        div.hours-day role="group" aria-labelledby=(heading) {
            h3 id=(heading) { (day.in_words()) }
            div.hours-lines {
                @for at in &lines { (line(*at, typed)) }
                @if lines.is_empty() { p.hours-none { (quiet("No hours")) } }
            }
            (Button::quiet("Add").icon(Icon::Plus).small().context(format!("hours on {}", day.in_words()))
                .value("add", day.as_str()).live("#hours"))
        }
    }
}

fn line(at: u16, typed: &Typed<'_>) -> Markup {
    let called = line_name(typed.form, at);
    let name = |name: &str| format!("{name}_{at}");
    let value = |field: &str| typed.form.get(&name(field));
    let fill = |field: Field, from: &str| field.value(value(from)).errors(typed.errors).label_hidden();
    html! {
        div.hours-line id={ "line-" (at) } {
            input type="hidden" name=(name("weekday")) value=(value("weekday"));
            (fill(Field::time(name("starts"), format!("{called}, from")), "starts"))
            span.hours-to aria-hidden="true" { "to" }
            (fill(Field::time(name("ends"), format!("{called}, to")), "ends"))
            @if !typed.sites.is_empty() {
                @let sites = typed.sites.iter().map(|(id, name)| Choice::new(id.to_string(), name.clone()));
                @let sites = std::iter::once(Choice::new("", "Anywhere")).chain(sites);
                (fill(Field::select(name("site_id"), format!("{called}, site"), sites), "site_id"))
            }
            (dates(at, &called, typed))
            (Button::quiet("Remove").icon(Icon::Cross).icon_only().small().context(called).value("remove", at.to_string()).live("#hours"))
        }
    }
}

/// From when until when a line holds: out of sight, since most hold every week.
fn dates(at: u16, called: &str, typed: &Typed<'_>) -> Markup {
    let (from, until) = (format!("effective_from_{at}"), format!("effective_until_{at}"));
    let fill = |field: Field, name: &str| field.value(typed.form.get(name)).errors(typed.errors);
    let refused = [&from, &until].iter().any(|name| typed.errors.get(name).is_some());
    html! {
        details.pop.hours-dates data-pop open[refused] {
            summary.btn.btn-quiet.btn-small {
                span.vh { (called) ", " } (holds(typed.form.get(&from), typed.form.get(&until))) (Icon::Down)
            }
            div.pop-panel {
                p.quiet { "Leave both empty for every week." }
                (fill(Field::date(from.clone(), "First day"), &from))
                (fill(Field::date(until.clone(), "Last day"), &until))
            }
        }
    }
}

fn holds(from: &str, until: &str) -> String {
    let said = |day: &str| day.parse::<Date>().map_or_else(|_| day.to_owned(), frame::day);
    match (from.trim(), until.trim()) {
        ("", "") => "Every week".to_owned(),
        (from, "") => format!("From {}", said(from)),
        ("", until) => format!("Until {}", said(until)),
        (from, until) => format!("{} to {}", said(from), said(until)),
    }
}
