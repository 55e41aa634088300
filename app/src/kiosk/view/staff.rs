//! Kiosks and codes as staff see them.

use maud::{Markup, html};

use crate::{
    door::Cx,
    frame::{self, form::Filled},
    kiosk::{
        actions::{KioskCodes, MadeCode},
        qr,
        store::Kiosk,
    },
    people::Site,
    sessions::answers::SessionView,
    shell::ui::{
        self, Button, Card, Choice, Column, Confirm, EmptyState, Field, Icon, Notice, PageHeader, Row, Table, Tone,
        print_only, quiet, stack, with_script,
    },
};

/// The kiosks that are open, and the form that makes one of this browser.
pub fn kiosks(cx: &Cx, open: &[Kiosk], sites: &[Site], filled: &Filled<'_>) -> Markup {
    let name = |kiosk: &Kiosk| sites.iter().find(|site| site.id == kiosk.site_id).map(|site| site.name.to_string());
    let columns = [Column::new("Kiosk"), Column::new("Site"), Column::new("Opened"), Column::actions()];
    let rows = open.iter().map(|kiosk| {
        Row::new([
            html! { (kiosk.label) },
            html! { @if let Some(name) = name(kiosk) { (name) } @else { (quiet("Not in use")) } },
            html! { (frame::moment(cx, kiosk.created_at)) },
            html! { (closing(kiosk, &filled.key)) },
        ])
        .id(kiosk.id.to_string())
    });
    let empty = EmptyState::new(Icon::Person, "No kiosk is open").text("Open one in the browser of the waiting room.");
    html! {
        (PageHeader::new("Kiosks").crumb("Today", "/today")
            .lede("A kiosk is a browser in the waiting room in which people check themselves in, and nothing else can be done."))
        (Card::new("Open kiosks").flush().body(html! { (Table::new("Open kiosks", columns).rows(rows).empty(empty)) }))
        (Card::new("Make this browser a kiosk").body(html! {
            @if sites.is_empty() {
                p { (quiet("There is no site yet. An administrator adds them under Settings.")) }
            } @else {
                (Notice::new(Tone::Info, "You are signed out here.")
                    .text("Until somebody closes the kiosk with their password, this browser shows nothing but check-in."))
                (filled.post("Open the kiosk", fields(filled, sites)))
            }
        }))
    }
}

fn fields(filled: &Filled<'_>, sites: &[Site]) -> Markup {
    let choices = sites.iter().map(|site| Choice::new(site.id.to_string(), site.name.to_string()));
    html! {
        (filled.fill("site_id", Field::select("site_id", "Site", choices)).required()
            .hint("Only sessions that are held there are checked in, and those without a site."))
        (filled.text("label", "Name of the kiosk").hint("Such as Waiting room, left. The site’s name, unless you give one."))
    }
}

fn closing(kiosk: &Kiosk, key: &str) -> Confirm {
    let form = ui::Form::post(format!("/kiosks/{}/close", kiosk.id))
        .hidden("idempotency_key", format!("{key}-{}", kiosk.id))
        .hidden("version", kiosk.version);
    Confirm::new(
        "Close…",
        "Nobody can check in there any more.",
        form,
        Button::danger("Close kiosk").context(kiosk.label.to_string()),
    )
    .small()
}

fn header(session: &SessionView) -> PageHeader {
    PageHeader::new("Codes for the kiosk").crumb(session.title.to_string(), format!("/sessions/{}", session.id))
}

/// Before codes are made.
pub fn ask(session: &SessionView, key: &str) -> Markup {
    let form = ui::Form::post(format!("/sessions/{}/kiosk-codes", session.id)).hidden("idempotency_key", key);
    html! {
        (header(session))
        (Card::new("Make codes").body(html! {
            p { "Each patient and guest who is still expected gets a slip with a code to scan or type. It is good for one arrival, until the end of the session." }
            p.quiet { "Codes that were made for this session before are dead from then on. Patients enter their birth date as well; guests, whose codes begin with G, only the code." }
            (form.body(html! { (Button::primary("Make the codes").icon(Icon::Print)) }))
        }))
    }
}

/// The slips, to be printed and cut, or shown.
pub fn slips(session: &SessionView, made: &KioskCodes) -> Markup {
    let time = session.starts_at.get(11..16).unwrap_or_default();
    html! {
        (header(session).actions(with_script(html! { (Button::primary("Print").icon(Icon::Print).prints()) })))
        (stack(html! { @if made.codes.is_empty() {
            (Notice::new(Tone::Info, "Nobody is expected any more who could check in at the kiosk."))
        } @else {
            (Notice::new(Tone::Info, "They are shown this once.").text("Make new ones when a slip is lost: the old ones are dead then."))
            (print_only(html! { p { "Cut here and give each person their own." } }))
            ul.slips { @for one in &made.codes { (slip(one, time)) } }
        } }))
    }
}

fn slip(one: &MadeCode, time: &str) -> Markup {
    html! {
        li.slip {
            (qr::drawing(&one.code, &format!("The code of {}", one.name)))
            div {
                p.slip-name { (one.name) }
                p { "Session at " (time) }
                p.slip-code { code { (one.code) } }
                @if one.needs_birth_date {
                    p.quiet { "Scan or type this at the kiosk, then enter your birth date." }
                } @else {
                    p.quiet { "Scan or type this at the kiosk, then choose “Check in”. Keep it to yourself: it is all you need." }
                }
            }
        }
    }
}
