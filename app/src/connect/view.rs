//! Feeds on pages: the list, one person's, and the address that is shown once.

use maud::{Markup, Render as _, html};

use super::{
    actions::{FeedView, MadeFeed},
    store::FeedKind,
};
use crate::{
    door::Cx,
    frame::moment,
    http::form::Form as Sent,
    paging::Page,
    people::{Guest, Patient, Room, Site, view::patients as patient_view},
    shell::ui::{
        Button, Card, Choice, Column, Confirm, EmptyState, Field, FieldErrors, Form, Icon, Notice, PageHeader, Row,
        Table, Tone, code_block, definition_list, form_actions, pager, quiet,
    },
};

/// The places of which there may be a feed.
pub struct Offers {
    /// The sites.
    pub sites: Vec<Site>,
    /// Their rooms.
    pub rooms: Vec<Room>,
}

impl Offers {
    fn site(&self, room: &Room) -> &str {
        self.sites.iter().find(|site| site.id == room.site_id).map_or("", |site| &*site.name)
    }

    /// What can be chosen: one's own sessions, then each site with its rooms.
    fn choices(&self, leads: bool) -> Vec<Choice> {
        let own = leads.then(|| Choice::new("", "The sessions I lead"));
        let places = self.sites.iter().flat_map(|site| {
            let rooms = self.rooms.iter().filter(|room| room.site_id == site.id);
            let rooms = rooms.map(|room| Choice::new(room.id.to_string(), format!("{}, {}", room.name, site.name)));
            std::iter::once(Choice::new(site.id.to_string(), site.name.to_string())).chain(rooms)
        });
        own.into_iter().chain(places).collect()
    }

    fn name(&self, feed: &FeedView) -> String {
        let site = feed.feed.site_id.and_then(|id| self.sites.iter().find(|site| site.id == id));
        let room = feed.feed.room_id.and_then(|id| self.rooms.iter().find(|room| room.id == id));
        match (feed.feed.kind, site, room) {
            (FeedKind::Practitioner, ..) => "The sessions I lead".to_owned(),
            (_, Some(site), _) => site.name.to_string(),
            (_, _, Some(room)) => format!("{}, {}", room.name, self.site(room)),
            _ => "A place that is no longer in use".to_owned(),
        }
    }
}

/// One's own feeds, and making one.
pub fn own(
    cx: &Cx,
    feeds: &Page<FeedView>,
    offers: &Offers,
    sent: &Sent,
    errors: &FieldErrors,
    is_first: bool,
) -> Markup {
    let columns = [Column::new("Calendar"), Column::new("Made"), Column::new("Last fetched"), Column::actions()];
    let rows = feeds.items.iter().map(|feed| {
        Row::new([
            html! { (offers.name(feed)) },
            moment(cx, feed.feed.rotated_at.unwrap_or(feed.feed.created_at)),
            fetched(cx, feed),
            html! { div.toolbar { (changes(cx, feed)) } },
        ])
        .id(feed.feed.id.to_string())
    });
    let empty = EmptyState::new(Icon::Calendar, "No calendar feeds")
        .text("A feed shows your sessions, or those of a place, in the calendar on your telephone or computer.");
    let next = feeds.next.as_ref().map(|cursor| format!("/account/feeds?cursor={cursor}"));
    let first = (!is_first).then_some("/account/feeds");
    let list = html! {
        (Table::new("Your calendar feeds", columns).rows(rows).empty(empty))
        @if first.is_some() || next.is_some() {
            (pager(&format!("Showing {}", feeds.items.len()), first, next.as_deref()))
        }
    };
    html! {
        (PageHeader::new("Calendar feeds").crumb("Your account", "/account"))
        (errors)
        (Card::new("Your calendar feeds").flush().body(list))
        (making(cx, offers, sent, errors))
        (how())
    }
}

fn making(cx: &Cx, offers: &Offers, sent: &Sent, errors: &FieldErrors) -> Markup {
    let choices = offers.choices(cx.practitioner().is_some());
    if choices.is_empty() {
        let text = "There is no site yet, and your login has no staff profile: so there is nothing to show.";
        return Card::new("New feed").body(quiet(text)).render();
    }
    let field = Field::select("place", "What it shows", choices).value(sent.get("place")).errors(errors);
    let form = Form::post("/account/feeds").hidden("idempotency_key", cx.app.clock.secret()).checked_by_server();
    let body = form.body(html! {
        (field.hint("Times, session numbers, rooms and sites; never a name."))
        (form_actions(html! { (Button::primary("Make feed")) }))
    });
    Card::new("New feed").body(html! { (body) }).render()
}

fn fetched(cx: &Cx, feed: &FeedView) -> Markup {
    match feed.last_fetched_at {
        Some(at) => moment(cx, at),
        None => quiet("Not yet"),
    }
}

/// A new address, or the end.
fn changes(cx: &Cx, feed: &FeedView) -> Markup {
    let form = |what: &str| {
        Form::post(format!("/feeds/{}/{what}", feed.feed.id))
            .hidden("idempotency_key", cx.app.clock.secret())
            .hidden("version", feed.feed.version.to_string())
    };
    let rotate = Confirm::new(
        "New address…",
        "The present address ends at once. Every calendar that has it must be given the new one.",
        form("rotate"),
        Button::primary("Give it a new address"),
    );
    let revoke = Confirm::new(
        "Revoke…",
        "The address ends at once, and the calendars that have it are no longer updated.",
        form("revoke"),
        Button::danger("Revoke feed"),
    );
    html! { (rotate.small()) (revoke.small()) }
}

/// Who comes, and may have a feed.
pub enum Owner<'a> {
    /// A patient.
    Patient(&'a Patient),
    /// A guest.
    Guest(&'a Guest),
}

/// The feed of a patient or a guest.
pub fn of_person(cx: &Cx, owner: Owner<'_>, feed: Option<&FeedView>, errors: &FieldErrors) -> Markup {
    let (path, is_active) = match owner {
        Owner::Patient(patient) => (format!("/patients/{}/feed", patient.id), patient.is_active),
        Owner::Guest(guest) => (format!("/guests/{}/feed", guest.id), guest.is_active),
    };
    let card = match feed {
        Some(feed) => Card::new("Calendar feed").body(html! {
            div.stack {
                (definition_list([
                    ("Made", moment(cx, feed.feed.rotated_at.unwrap_or(feed.feed.created_at))),
                    ("Last fetched", fetched(cx, feed)),
                ]))
                div.toolbar { (changes(cx, feed)) }
            }
        }),
        None => Card::new("Calendar feed").body(html! { (nothing(cx, &path, is_active)) }),
    };
    let body = html! { (errors) (card) };
    match owner {
        Owner::Patient(patient) => patient_view::frame(cx, patient, "/feed", body),
        Owner::Guest(guest) => html! {
            (PageHeader::new(guest.display_name.to_string())
                .crumb("Guests", "/guests")
                .crumb("Guest", format!("/guests/{}", guest.id)))
            (body)
        },
    }
}

fn nothing(cx: &Cx, path: &str, is_active: bool) -> EmptyState {
    let empty = EmptyState::new(Icon::Calendar, "No calendar feed");
    if !is_active {
        return empty.text("Whoever no longer comes has no calendar feed.");
    }
    let form = Form::post(path).hidden("idempotency_key", cx.app.clock.secret());
    let make = form.body(html! { (Button::primary("Make feed")) });
    empty
        .text(
            "Their own sessions appear in the calendar on their telephone, each as “Appointment” with the place. \
             Give the address only to them.",
        )
        .actions(html! { (make) })
}

/// A feed that was made, or has a new address: shown this once.
pub fn made(made: &MadeFeed, back: &str) -> Markup {
    let is_ones_own = made.feed.feed.owner_user.is_some();
    let text = if is_ones_own {
        "Keep it like a password: whoever has it sees when and where sessions are held."
    } else {
        "Give it only to the person it is for: whoever has it sees when and where they come."
    };
    html! {
        (PageHeader::new("Calendar feed").crumb("Calendar feed", back))
        (Card::new("Its address").body(html! {
            div.stack {
                (Notice::new(Tone::Warn, "Copy it now: it can’t be shown again.").text(text))
                (code_block("address", "Address", &made.address))
                div.toolbar { (Button::primary("Done").href(back)) }
            }
        }))
        (how())
    }
}

/// How an address gets into a calendar.
fn how() -> Markup {
    let card = Card::new("How to add it to a calendar").body(definition_list([
        ("iPhone and iPad", html! { "Calendar, Calendars, Add Calendar, Add Subscription Calendar; paste the address." }),
        ("Mac", html! { "Calendar, File, New Calendar Subscription; paste the address." }),
        ("Google Calendar", html! { "On a computer: Other calendars, plus, From URL; paste the address." }),
        ("Outlook", html! { "Add calendar, Subscribe from web; paste the address." }),
        (
            "How soon",
            html! { "The calendar asks again by itself: most every hour, some only once a day. Changes made in the calendar come back nowhere." },
        ),
    ]));
    card.render()
}
