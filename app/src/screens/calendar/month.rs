//! A month at a glance: the first sessions of each day, and how many more.

use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    Shown,
    asked::{View, each},
    entry::Entry,
};
use crate::sessions::{actions::FoundByDay, answers::SessionView};

/// Weeks below each other; on a narrow screen a list of the days that have sessions.
pub fn month(shown: &Shown<'_>, found: &FoundByDay) -> Markup {
    let (from, until) = shown.asked.days();
    html! {
        div.mo-names aria-hidden="true" { @for day in each(from, super::asked::later(from, 6)) { span { (day.strftime("%a").to_string()) } } }
        ol.mo aria-label=(shown.asked.title()) {
            @for day in each(from, until) { (cell(shown, day, found.days.get(&day))) }
        }
    }
}

fn cell(shown: &Shown<'_>, day: Date, found: Option<&(u32, Vec<SessionView>)>) -> Markup {
    let (count, sessions) = found.map_or((0, &[][..]), |(count, sessions)| (*count, sessions.as_slice()));
    let more = count.saturating_sub(u32::try_from(sessions.len()).unwrap_or(u32::MAX));
    let other = day.month() != shown.asked.day.month();
    let class = match (day == shown.today, other, count + u32::from(shown.is_closed(day))) {
        (true, ..) => "mo-day tg-today",
        (false, true, 0) => "mo-day mo-other mo-free",
        (false, true, _) => "mo-day mo-other",
        (false, false, 0) => "mo-day mo-free",
        (false, false, _) => "mo-day",
    };
    let href = shown.asked.address(View::Day, day);
    html! {
        li class=(class) {
            h2.mo-head {
                a href=(href) { span.mo-weekday { (day.strftime("%A").to_string()) " " } (day.day()) span.mo-weekday { (day.strftime(" %B").to_string()) } }
                @if day == shown.today { " " span.tag { "Today" } }
            }
            @for note in shown.notes(day) { p.mo-note { (note) } }
            @if !sessions.is_empty() { ul { @for session in sessions { (line(session)) } } }
            @if more > 0 { a.mo-more href=(href) { "+ " (more) " more" span.vh { " on " (day.strftime("%-d %B").to_string()) } } }
        }
    }
}

fn line(session: &SessionView) -> Markup {
    let Some(entry) = Entry::of(session) else { return html! {} };
    html! {
        li class={ "mo-line " (entry.class()) } {
            a href={ "/sessions/" (session.id) } {
                span.mo-time { (entry.from.strftime("%H:%M").to_string()) } " " (session.title)
                @if entry.class() == "blk-gone" { span.vh { ", cancelled" } }
            }
        }
    }
}
