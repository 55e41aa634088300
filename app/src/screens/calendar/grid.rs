//! Hours down: the days of a week side by side, or the rooms or leaders of one day.

use std::collections::BTreeSet;

use ::rules::id::{PractitionerId, RoomId};
use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    Shown,
    asked::{By, View, each},
    entry::Entry,
};
use crate::{
    people::Room,
    shell::ui::{Block, COLUMNS_MAX, GridColumn, Icon, Notice, TimeGrid, Tone},
};

/// Lanes of a day in a week: more would leave no room for words.
const WEEK_LANES: usize = 3;
/// Lanes of a room or leader in a day.
const DAY_LANES: usize = 4;
/// Rooms that are shown though nothing is held in them.
const EMPTY_ROOMS_MAX: usize = 8;

fn may_schedule(shown: &Shown<'_>) -> bool {
    shown.cx.permissions.allows(::rules::permissions::Permission::SessionSchedule)
}

/// The present minute, if it is this day.
fn now(shown: &Shown<'_>, day: Date) -> Option<u16> {
    let local = shown.zone.local(shown.cx.now());
    (local.date() == day).then(|| {
        u16::try_from(local.hour()).unwrap_or_default() * 60 + u16::try_from(local.minute()).unwrap_or_default()
    })
}

/// Seven days.
pub fn week(shown: &Shown<'_>, entries: &[Entry<'_>]) -> Markup {
    let (from, until) = shown.asked.days();
    let columns = each(from, until).map(|day| {
        let blocks = entries.iter().filter(|entry| entry.is_on(day));
        let blocks =
            blocks.map(|entry| entry.block(shown, day, shown.asked.facilitator.is_none(), shown.asked.room.is_none()));
        GridColumn::new(day_head(shown, day), day.to_string(), shown.asked.address(View::Day, day))
            .today(day == shown.today)
            .now(now(shown, day))
            .notes(shown.notes(day))
            .blocks(blocks)
    });
    let label = format!("Week of {}", from.strftime("%-d %B %Y"));
    html! { (TimeGrid::new(label, WEEK_LANES).week().takes(may_schedule(shown)).columns(columns)) }
}

/// The day's name, which leads to the day, and a way to something new.
fn day_head(shown: &Shown<'_>, day: Date) -> Markup {
    html! {
        h2.tg-day {
            a href=(shown.asked.address(View::Day, day)) {
                span.tg-weekday { (day.strftime("%a").to_string()) } " "
                span.tg-number { (day.day()) } span.vh { (day.strftime(" %B").to_string()) }
            }
            @if day == shown.today { span.vh { ", today" } }
        }
        @if may_schedule(shown) {
            a.tg-add href=(new_session(shown, day)) { (Icon::Plus) span.vh { "New session on " (day.strftime("%A %-d %B").to_string()) } }
        }
    }
}

/// Where something new on a day is planned, for the place that is looked at.
fn new_session(shown: &Shown<'_>, day: Date) -> String {
    let group = shown.asked.group.map(|id| format!("&group_id={id}")).unwrap_or_default();
    let room = shown.asked.room.map(|id| format!("&room_id={id}")).unwrap_or_default();
    format!("/sessions/new?day={day}{group}{room}")
}

/// One day by room or by leader.
pub fn day(shown: &Shown<'_>, entries: &[Entry<'_>]) -> Markup {
    let entries: Vec<&Entry<'_>> = entries.iter().filter(|entry| entry.is_on(shown.asked.day)).collect();
    let columns = match shown.asked.by {
        By::Room => rooms(shown, &entries),
        By::Leader => leaders(shown, &entries),
    };
    let left = columns.len().saturating_sub(usize::from(COLUMNS_MAX));
    let notes = shown.notes(shown.asked.day);
    let grid = TimeGrid::new(shown.asked.title(), DAY_LANES).takes(may_schedule(shown)).columns(columns);
    html! {
        @for note in notes { p.card-strip.quiet { (note) } }
        @if left > 0 {
            div.card-strip {
                (Notice::new(Tone::Warn, format!("{left} more columns have no room here.")).text("Choose a site, or look at the agenda."))
            }
        }
        div.tg-scroll role="region" aria-label={ (shown.asked.title()) ", hours" } tabindex="0" { (grid) }
    }
}

fn column(shown: &Shown<'_>, name: &str, blocks: Vec<Block>) -> GridColumn {
    let day = shown.asked.day;
    GridColumn::new(html! { h2.tg-day { (name) } }, day.to_string(), shown.asked.address(View::Agenda, day))
        .now(now(shown, day))
        .blocks(blocks)
}

fn blocks<'a>(shown: &Shown<'_>, entries: &[&Entry<'a>], is_in: impl Fn(&Entry<'a>) -> bool) -> Vec<Block> {
    let by_room = shown.asked.by == By::Room;
    let these = entries.iter().filter(|entry| is_in(entry));
    these.map(|entry| entry.block(shown, shown.asked.day, by_room, !by_room)).collect()
}

fn rooms(shown: &Shown<'_>, entries: &[&Entry<'_>]) -> Vec<GridColumn> {
    let used: BTreeSet<RoomId> = entries.iter().filter_map(|entry| entry.session.room_id).collect();
    let asked = |room: &&Room| {
        shown.asked.room.is_none_or(|id| id == room.id) && shown.asked.site.is_none_or(|site| site == room.site_id)
    };
    let offered: Vec<&Room> = shown.offers.rooms.iter().filter(asked).collect();
    let all = offered.len() <= EMPTY_ROOMS_MAX || shown.asked.site.is_some();
    let many_sites = shown.offers.sites.len() > 1 && shown.asked.site.is_none();
    let mut columns: Vec<GridColumn> = Vec::new();
    for room in offered.into_iter().filter(|room| all || used.contains(&room.id)) {
        let site = crate::screens::words::site(shown.offers, Some(room.site_id)).filter(|_| many_sites);
        let name = site.map_or_else(|| room.name.to_string(), |site| format!("{}, {site}", room.name));
        let blocks = blocks(shown, entries, |entry| entry.session.room_id == Some(room.id));
        columns.push(column(shown, &name, blocks).place("room_id", room.id.to_string()));
    }
    let known = |id: RoomId| shown.offers.rooms.iter().any(|room| room.id == id);
    let closed = blocks(shown, entries, |entry| entry.session.room_id.is_some_and(|id| !known(id)));
    if !closed.is_empty() {
        columns.push(column(shown, "Rooms not in use", closed));
    }
    let none = blocks(shown, entries, |entry| entry.session.room_id.is_none());
    if !none.is_empty() || columns.is_empty() {
        columns.push(column(shown, "No room", none));
    }
    columns
}

fn leaders(shown: &Shown<'_>, entries: &[&Entry<'_>]) -> Vec<GridColumn> {
    let mut people: Vec<(String, PractitionerId)> = Vec::new();
    for leader in entries.iter().flat_map(|entry| &entry.session.leaders) {
        let asked = shown.asked.facilitator.is_none_or(|id| id == leader.practitioner_id);
        if asked && people.iter().all(|(_, id)| *id != leader.practitioner_id) {
            people.push((leader.name.clone(), leader.practitioner_id));
        }
    }
    people.sort();
    let mut columns: Vec<GridColumn> = Vec::new();
    for (name, id) in people {
        let led = |entry: &Entry<'_>| entry.session.leaders.iter().any(|leader| leader.practitioner_id == id);
        columns.push(column(shown, &name, blocks(shown, entries, led)).place("leader_id", id.to_string()));
    }
    let none = blocks(shown, entries, |entry| entry.session.leaders.is_empty());
    if !none.is_empty() || columns.is_empty() {
        columns.push(column(shown, "No leader yet", none));
    }
    columns
}
