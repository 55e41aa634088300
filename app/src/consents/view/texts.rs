//! What people consent to, as the settings show it.

use ::rules::consents::NeededBy;
use maud::{Markup, html};

use crate::{
    consents::store::ConsentText,
    frame::form::Filled,
    paging::Page,
    shell::ui::{
        Badge, Button, Card, Choice, Column, EmptyState, Field, Icon, PageHeader, Row, Table, Tone, Width, field_row,
        pager, post_button, quiet,
    },
};

const HERE: &str = "/settings/consents";

/// How pages call who needs a consent.
const NEEDED: &[(NeededBy, &str)] = &[
    (NeededBy::Nobody, "Nobody"),
    (NeededBy::Patients, "Every patient"),
    (NeededBy::Guests, "Every guest"),
    (NeededBy::Everybody, "Every patient and guest"),
    (NeededBy::Groups, "Who takes part in a group session"),
    (NeededBy::Telehealth, "Who takes part by video"),
];

fn needed(by: NeededBy) -> &'static str {
    NEEDED.iter().find(|(known, _)| *known == by).map_or("", |(_, label)| label)
}

fn months(months: Option<u32>) -> String {
    match months {
        Some(1) => "1 month".to_owned(),
        Some(months) => format!("{months} months"),
        None => "Until revoked".to_owned(),
    }
}

fn usage(text: &ConsentText) -> Badge {
    if text.in_use {
        Badge::new(Tone::Good, "In use")
    } else {
        Badge::new(Tone::Neutral, "Not in use").icon(Icon::Archive)
    }
}

/// Every text.
pub fn list(tabs: Markup, page: &Page<ConsentText>, key: &str, is_first: bool) -> Markup {
    let columns = [
        Column::new("Text"),
        Column::new("Version"),
        Column::new("Needed at check-in by"),
        Column::new("Holds"),
        Column::new("State"),
    ];
    let rows = page.items.iter().map(|text| {
        Row::new([
            html! { span.two-lines { span { (text.title) } (quiet(text.kind.as_text())) } },
            html! { (text.text_version) },
            html! { @if text.in_use { (needed(text.needed_by)) } },
            html! { (months(text.months)) },
            html! { (usage(text)) },
        ])
        .id(text.id.to_string())
        .href(format!("{HERE}/{}", text.id))
        .muted(!text.in_use)
    });
    let usual = || post_button("/settings/consents/usual", key, Button::secondary("Add the usual texts"));
    let empty = EmptyState::new(Icon::Check, "No texts yet")
        .text("Begin with the usual ones and make them yours, or write your own.")
        .actions(html! { (usual()) });
    html! {
        (PageHeader::new("Consents").lede("What people consent to. The words of a version never change; a new version replaces it for those who sign from then on.")
            .actions(html! { (Button::primary("New text").icon(Icon::Plus).href("/settings/consents/new")) }))
        (tabs)
        (Card::new("Texts").flush().body(html! {
            (Table::new("Texts", columns).rows(rows).empty(empty))
            @let next = page.next.as_ref().map(|cursor| format!("{HERE}?cursor={cursor}"));
            @if next.is_some() || !is_first {
                (pager(&format!("Showing {}", page.items.len()), (!is_first).then_some(HERE), next.as_deref()))
            }
        }))
    }
}

fn choices() -> impl Iterator<Item = Choice> {
    NEEDED.iter().map(|(by, label)| Choice::new(by.as_str(), *label))
}

/// A new kind, or the next version of one.
pub fn new(filled: &Filled<'_>, is_next: bool) -> Markup {
    let title = if is_next { "New version" } else { "New text" };
    let kind = filled.text("kind", "Kind").max_length(40).width(Width::Medium).required();
    let kind = if is_next {
        kind.read_only()
    } else {
        kind.hint("A word of small letters, such as telehealth or photo_or_recording.")
    };
    html! {
        (PageHeader::new(title).crumb("Consents", HERE))
        (Card::new(title).body(filled.post("Put it into use", html! {
            (kind)
            (filled.text("title", "Title").required())
            (filled.fill("words", Field::textarea("words", "What is consented to").rows(10)).max_length(20_000).required())
            (field_row(html! {
                (filled.fill("needed_by", Field::select("needed_by", "Needed at check-in by", choices())))
                (month_field(filled))
            }))
            @if is_next {
                (filled.tick("sign_again", "Everybody signs again: consents to older versions count no longer"))
            }
        })))
    }
}

fn month_field(filled: &Filled<'_>) -> Field {
    let field = Field::number("months", "Holds").min(1).max(120).suffix("months").width(Width::Short);
    filled.fill("months", field).hint("Empty: until it is revoked.")
}

/// One text, whose words stay.
pub fn one(text: &ConsentText, filled: &Filled<'_>) -> Markup {
    html! {
        (PageHeader::new(text.title.to_string())
            .crumb("Consents", HERE)
            .status(html! { (usage(text)) })
            .actions(html! {
                (Button::primary("New version").icon(Icon::Plus).href(format!("/settings/consents/new?text_id={}", text.id)))
            }))
        (Card::new("Words").note(format!("{}, version {}", text.kind, text.text_version)).body(html! { p.words { (text.words) } }))
        (Card::new("Use").body(filled.post("Save", html! {
            (field_row(html! {
                (filled.fill("needed_by", Field::select("needed_by", "Needed at check-in by", choices()))
                    .hint("Holds at once, for bookings made already as well."))
                (month_field(filled))
                @if text.text_version > 1 {
                    (filled.fill("counts_from", Field::number("counts_from", "Consents count from version")
                        .min(1).max(text.text_version).width(Width::Short))
                        .hint("Who signed an older one signs again."))
                }
            }))
            (filled.tick("in_use", "This version is signed now"))
        })))
    }
}
