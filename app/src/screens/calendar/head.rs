//! The top of a calendar: where it is, ways to other days and views, filters.

use ::rules::permissions::Permission;
use maud::{Markup, html};

use super::{
    Shown,
    asked::{By, View},
};
use crate::{
    screens::words,
    shell::ui::{Button, Choice, Field, FilterBar, Icon, Notice, PageHeader, Tone},
};

/// What a view is called, and the key that leads to it.
const VIEWS: [(View, &str, &str); 4] =
    [(View::Day, "Day", "d"), (View::Week, "Week", "w"), (View::Month, "Month", "m"), (View::Agenda, "Agenda", "a")];

/// Title, turning over, views, what is new.
pub fn header(shown: &Shown<'_>) -> PageHeader {
    let asked = shown.asked;
    let may_schedule = shown.cx.permissions.allows(Permission::SessionSchedule);
    let header = PageHeader::new(asked.title()).actions(html! {
        nav.turn aria-label="Other days" {
            (turn(shown, -1))
            a.btn.btn-small href=(asked.address(asked.view, shown.today)) data-key-of="t" { "Today" }
            (turn(shown, 1))
        }
        nav.views aria-label="Views" {
            @for (view, label, key) in VIEWS {
                a href=(asked.address(view, asked.day)) data-key-of=(key)
                    aria-current=[(view == asked.view).then_some("page")] { (label) }
            }
        }
        (Button::quiet("Print").icon(Icon::Print).icon_only().prints())
        @if may_schedule {
            (Button::primary("New session").icon(Icon::Plus).href(format!("/sessions/new?day={}", asked.day)))
        }
    });
    match words::other_zone(shown.cx, &shown.zone) {
        Some(zone) => header.fact(Icon::Clock, format!("Times are {zone}")),
        None => header,
    }
}

fn turn(shown: &Shown<'_>, by: i64) -> Markup {
    let asked = shown.asked;
    let what = match asked.view {
        View::Day => "day",
        View::Week => "week",
        View::Month => "month",
        View::Agenda => "two weeks",
    };
    let (word, icon, key) =
        if by < 0 { ("Previous", Icon::Left, "ArrowLeft") } else { ("Next", Icon::Right, "ArrowRight") };
    html! {
        @if let Some(day) = asked.turned(by) {
            a.btn.btn-small.btn-icon href=(asked.address(asked.view, day)) data-key-of=(key) {
                (icon) span.vh { (word) " " (what) }
            }
        }
    }
}

/// What of the address could not be read, or leads to nothing.
pub fn notices(shown: &Shown<'_>) -> Markup {
    let said = shown.asked.unread.iter().map(|name| match *name {
        "day" => "The address names no day from 1900 to 2199: this is today.".to_owned(),
        "view" | "by" => "The address names no view there is: this is the usual one.".to_owned(),
        name => format!("The address names no {name} that can be read: it is left out."),
    });
    let said: Vec<String> = said.collect();
    html! {
        @if !said.is_empty() {
            (Notice::new(Tone::Info, "Part of the address was not understood.").items(said))
        }
    }
}

/// Filters by day, site, room, leader and group.
pub fn filters(shown: &Shown<'_>) -> FilterBar {
    let asked = shown.asked;
    let id = |id: Option<String>| id.unwrap_or_default();
    let sites = shown.offers.sites.iter().map(|site| Choice::new(site.id.to_string(), site.name.to_string()));
    let leaders = shown.offers.practitioners.iter().map(|who| Choice::new(who.id.to_string(), who.display_name()));
    let groups = shown.groups.iter().map(|(id, name)| Choice::new(id.to_string(), name.clone()));
    let select = |name, label, all, choices: Vec<Choice>, value: Option<String>| {
        let value = id(value);
        Field::select(name, label, chosen(all, choices, &value)).value(&value).label_hidden()
    };
    let mut bar = FilterBar::new("/calendar", "#main")
        .hidden("view", asked.view)
        .field(Field::date("day", "Day").value(asked.day).min("1900-01-01").max("2199-12-31").label_hidden());
    if shown.offers.sites.len() > 1 || asked.site.is_some() {
        bar = bar.field(select("site", "Site", "Every site", sites.collect(), asked.site.map(|id| id.to_string())));
    }
    bar = bar
        .field(select("room", "Room", "Every room", rooms(shown), asked.room.map(|id| id.to_string())))
        .field(select(
            "facilitator",
            "Leader",
            "Everybody",
            leaders.collect(),
            asked.facilitator.map(|id| id.to_string()),
        ))
        .field(select("group", "Group", "Every group", groups.collect(), asked.group.map(|id| id.to_string())));
    if asked.view == View::Day {
        let columns = [Choice::new(By::Room.as_str(), "By room"), Choice::new(By::Leader.as_str(), "By leader")];
        bar = bar.field(Field::select("by", "Columns", columns).value(asked.by).label_hidden());
    } else {
        bar = bar.hidden("by", asked.by);
    }
    bar = bar.field(Field::checkbox("cancelled", "Show cancelled").checked(asked.cancelled));
    let bar =
        if asked.is_filtered() { bar.clear(format!("/calendar?view={}&day={}", asked.view, asked.day)) } else { bar };
    let me = shown.cx.practitioner().filter(|me| asked.facilitator != Some(*me));
    bar.actions(html! {
        @if let Some(me) = me {
            (Button::quiet("My sessions").icon(Icon::Person).href(format!("/calendar?view={}&day={}&facilitator={me}", asked.view, asked.day)))
        }
    })
}

/// The rooms of the site that is asked for, else all of them under their sites.
fn rooms(shown: &Shown<'_>) -> Vec<Choice> {
    let rooms = shown.offers.rooms.iter().filter(|room| shown.asked.site.is_none_or(|site| site == room.site_id));
    let named = rooms.map(|room| {
        let site = words::site(shown.offers, Some(room.site_id)).unwrap_or_default();
        Choice::new(room.id.to_string(), room.name.to_string()).group(site)
    });
    named.collect()
}

/// The choices with one for all; what is asked for and not offered is among them, without a name.
fn chosen(all: &str, choices: Vec<Choice>, value: &str) -> Vec<Choice> {
    let known = value.is_empty() || choices.iter().any(|choice| choice.is(value));
    let unknown = (!known).then(|| Choice::new(value, "Not in use any more"));
    std::iter::once(Choice::new("", all)).chain(unknown).chain(choices).collect()
}
