//! Sites and their rooms, as settings.

use maud::{Markup, html};

use super::activity;
use crate::{
    frame::{self, form::Filled},
    people::store::{Room, Site, holidays::Holiday},
    shell::ui::{Button, Card, Column, EmptyState, Field, Icon, PageHeader, Row, Table, Width, quiet},
};

/// Zones that are offered while typing; any IANA name may be typed.
const ZONES: &[&str] = &[
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "Europe/London",
    "UTC",
];

/// Every site with its rooms.
pub fn list(tabs: Markup, sites: &[Site], rooms: &[Room]) -> Markup {
    let add = || Button::primary("Add site").icon(Icon::Plus).href("/settings/sites/new");
    let columns = [Column::new("Site"), Column::new("Time zone"), Column::new("Rooms"), Column::new("Status")];
    let rows = sites.iter().map(|site| {
        let names: Vec<&str> =
            rooms.iter().filter(|room| room.site_id == site.id && room.is_active).map(|room| &*room.name).collect();
        Row::new([
            html! { (site.name) },
            html! { (site.zone) },
            html! { @if names.is_empty() { (quiet("None")) } @else { (names.join(", ")) } },
            html! { (activity(site.is_active)) },
        ])
        .id(site.id.to_string())
        .href(format!("/settings/sites/{}", site.id))
        .muted(!site.is_active)
    });
    let empty = EmptyState::new(Icon::Site, "No sites yet")
        .text("A site is where sessions are held. Its time zone is that of its sessions.")
        .actions(html! { (add()) });
    html! {
        (PageHeader::new("Settings").actions(html! { (add()) }))
        (tabs)
        (Card::new("Sites").flush().body(html! { (Table::new("Sites", columns).rows(rows).empty(empty)) }))
    }
}

/// Adding a site.
pub fn new_site(filled: &Filled<'_>) -> Markup {
    html! {
        (PageHeader::new("Add site").crumb("Sites", "/settings/sites"))
        (Card::new("Site").body(filled.post("Add site", site_fields(filled, false))))
    }
}

/// One site, its rooms and its holidays.
pub fn site(site: &Site, rooms: &[Room], holidays: &[Holiday], filled: &Filled<'_>) -> Markup {
    let add = Button::quiet("Add room").small().icon(Icon::Plus).href(format!("/settings/sites/{}/rooms/new", site.id));
    let columns = [Column::new("Room"), Column::number("Seats"), Column::new("Status")];
    let rows = rooms.iter().map(|room| {
        Row::new([
            html! { (room.name) },
            html! { @if let Some(seats) = room.seats { (seats) } @else { (quiet("Any")) } },
            html! { (activity(room.is_active)) },
        ])
        .id(room.id.to_string())
        .href(format!("/settings/rooms/{}", room.id))
        .muted(!room.is_active)
    });
    let empty = EmptyState::new(Icon::Room, "No rooms yet").text("Groups and sessions can meet in a room of the site.");
    html! {
        (PageHeader::new(site.name.to_string())
            .crumb("Sites", "/settings/sites")
            .status(html! { (activity(site.is_active)) })
            .actions(html! { (calendar(format!("/calendar?site={}", site.id))) (feed(&site.id)) }))
        (Card::new("Rooms").flush().actions(html! { (add) })
            .body(html! { (Table::new("Rooms", columns).rows(rows).empty(empty)) }))
        (holidays_card(site, holidays))
        (Card::new("Site").body(filled.post("Save", site_fields(filled, true))))
    }
}

/// The days to come on which the site is closed.
fn holidays_card(site: &Site, holidays: &[Holiday]) -> Card {
    let address = format!("/settings/sites/{}/holidays", site.id);
    let add = Button::quiet("Add holiday").small().icon(Icon::Plus).href(format!("{address}/new"));
    let columns = [Column::new("Holiday"), Column::new("First day"), Column::new("Last day")];
    let rows = holidays.iter().map(|holiday| {
        Row::new([
            html! { (holiday.name) },
            html! { (frame::day(holiday.first_day)) },
            html! { (frame::day(holiday.last_day)) },
        ])
        .id(holiday.id.to_string())
        .href(format!("{address}/{}", holiday.id))
    });
    let empty = EmptyState::new(Icon::Calendar, "No holidays to come")
        .text("On the days of a holiday no session of a series is made here.");
    Card::new("Holidays")
        .id("holidays")
        .flush()
        .actions(html! { (add) })
        .body(html! { (Table::new("Holidays", columns).rows(rows).empty(empty)) })
}

fn site_fields(filled: &Filled<'_>, is_known: bool) -> Markup {
    html! {
        (filled.text("name", "Name").required())
        (filled.text("zone", "Time zone").required().width(Width::Medium).suggestions(ZONES.iter().copied())
            .hint("The IANA name, such as America/Phoenix. Every session held here is in it."))
        (filled.fill("address", Field::textarea("address", "Address")).rows(2).max_length(4000))
        @if is_known { (filled.tick("is_active", "New sessions may be held here")) }
    }
}

/// Adding a room to a site.
pub fn new_room(site: &Site, filled: &Filled<'_>) -> Markup {
    html! {
        (room_header("Add room", site))
        (Card::new("Room").body(filled.post("Add room", room_fields(filled, false))))
    }
}

/// One room.
pub fn room(site: &Site, room: &Room, filled: &Filled<'_>) -> Markup {
    html! {
        (room_header(&room.name, site)
            .status(html! { (activity(room.is_active)) })
            .actions(html! { (calendar(format!("/calendar?room={}", room.id))) (feed(&room.id)) }))
        (Card::new("Room").body(filled.post("Save", room_fields(filled, true))))
    }
}

/// To the feed of what is held there.
fn feed(place: &dyn std::fmt::Display) -> Markup {
    let button = Button::quiet("Calendar feed").icon(Icon::Calendar).href(format!("/account/feeds?place={place}"));
    html! { (button) }
}

/// The way to what is planned here.
fn calendar(href: String) -> Button {
    Button::secondary("Calendar").icon(Icon::Calendar).href(href)
}

fn room_header(title: &str, site: &Site) -> PageHeader {
    PageHeader::new(title)
        .crumb("Sites", "/settings/sites")
        .crumb(site.name.to_string(), format!("/settings/sites/{}", site.id))
}

fn room_fields(filled: &Filled<'_>, is_known: bool) -> Markup {
    html! {
        (filled.text("name", "Name").required())
        (filled.fill("seats", Field::number("seats", "Seats")).min(1).max(1000)
            .hint("How many people fit. Leave it empty if that does not matter."))
        @if is_known { (filled.tick("is_active", "New sessions may be held here")) }
    }
}
