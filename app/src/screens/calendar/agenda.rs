//! Two weeks as a list by day.

use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    Shown,
    asked::{View, each},
    entry::Entry,
};

/// The days that have sessions or a holiday, below each other.
pub fn agenda(shown: &Shown<'_>, entries: &[Entry<'_>]) -> Markup {
    let (from, until) = shown.asked.days();
    let days = each(from, until)
        .map(|day| (day, entries.iter().filter(|entry| begins_on(entry, day, from)).collect::<Vec<_>>()));
    html! {
        ol.ag aria-label=(shown.asked.title()) {
            @for (day, entries) in days.filter(|(day, entries)| !entries.is_empty() || shown.is_closed(*day)) { (one(shown, day, &entries)) }
        }
    }
}

/// Each session once: on the day it begins, or on the first where it began before.
fn begins_on(entry: &Entry<'_>, day: Date, first: Date) -> bool {
    entry.from.date() == day || day == first && entry.from.date() < day && entry.is_on(day)
}

fn one(shown: &Shown<'_>, day: Date, entries: &[&Entry<'_>]) -> Markup {
    html! {
        li class=(if day == shown.today { "ag-day tg-today" } else { "ag-day" }) {
            h2.ag-head {
                a href=(shown.asked.address(View::Day, day)) { (day.strftime("%A").to_string()) span { " " (day.strftime("%-d %B").to_string()) } }
                @if day == shown.today { " " span.tag { "Today" } }
                @for note in shown.notes(day) { " " span.tag { (note) } }
            }
            @if !entries.is_empty() { ul { @for entry in entries { (row(shown, entry)) } } }
        }
    }
}

fn row(shown: &Shown<'_>, entry: &Entry<'_>) -> Markup {
    html! {
        li class={ "ag-row " (entry.class()) } {
            p.ag-time { (entry.hours(shown)) }
            div {
                p.blk-title { a.row-link href={ "/sessions/" (entry.session.id) } { (entry.session.title) } }
                p.quiet { (entry.who_and_where(shown.offers, true, true)) }
            }
            p.ag-seats { @if let Some(seats) = entry.seats() { (seats) } }
            p.ag-flags { (entry.marks(shown.cx.now())) }
        }
    }
}
