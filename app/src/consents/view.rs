//! Consents as pages show them.

pub mod texts;

use ::rules::consents::{ConsentStatus, NeededBy, OnFile, SignerCapacity, SigningMethod};
use maud::{Markup, html};

use super::{
    actions::{AtCheckIn, ConsentView},
    store::{Consent, ConsentText},
};
use crate::{
    door::Cx,
    frame::{self, day, form::Filled},
    paging::Page,
    shell::ui::{
        self, Badge, Button, Card, Choice, Column, Confirm, EmptyState, Field, FieldErrors, Icon, PageHeader, Row,
        Table, Tone, definition_list, field_row, pager, quiet, split,
    },
};

/// How pages call in what capacity somebody signs.
const CAPACITIES: &[(SignerCapacity, &str)] = &[
    (SignerCapacity::Oneself, "For themselves"),
    (SignerCapacity::Parent, "As a parent"),
    (SignerCapacity::Guardian, "As a guardian"),
    (SignerCapacity::HealthCareAgent, "As the agent of a health care power of attorney"),
    (SignerCapacity::Representative, "As another legal representative"),
];

/// How pages call how something was signed.
const METHODS: &[(SigningMethod, &str)] = &[
    (SigningMethod::Paper, "On paper"),
    (SigningMethod::Electronic, "On a screen"),
    (SigningMethod::Verbal, "Spoken, written down here"),
];

fn capacity(capacity: SignerCapacity) -> &'static str {
    CAPACITIES.iter().find(|(known, _)| *known == capacity).map_or("", |(_, label)| label)
}

fn method(method: SigningMethod) -> &'static str {
    METHODS.iter().find(|(known, _)| *known == method).map_or("", |(_, label)| label)
}

fn standing(status: ConsentStatus) -> Badge {
    match status {
        ConsentStatus::InForce => Badge::new(Tone::Good, "In force"),
        ConsentStatus::NotYet => Badge::new(Tone::Info, "Not yet").icon(Icon::Clock),
        ConsentStatus::Expired => Badge::new(Tone::Warn, "Expired").icon(Icon::Clock),
        ConsentStatus::Revoked => Badge::new(Tone::Bad, "Revoked").icon(Icon::Cross),
    }
}

/// From when until when it holds.
fn term(consent: &Consent) -> String {
    match consent.valid_until {
        Some(last) => format!("{} to {}", day(consent.valid_from), day(last)),
        None => format!("From {}, until revoked", day(consent.valid_from)),
    }
}

/// What check-in asks somebody for, what of it is there, and the way to keep what is not.
pub fn at_check_in(asked: &[AtCheckIn], here: &str, may_take: bool) -> Markup {
    let lacking = asked.iter().filter(|one| !matches!(one.on_file, OnFile::Holds(_))).count();
    let note = match lacking {
        0 => "Nothing is missing".to_owned(),
        1 => "One is missing".to_owned(),
        several => format!("{several} are missing"),
    };
    let columns = [Column::new("Consent"), Column::new("Asked of"), Column::new("State"), Column::new("To do")];
    let rows = asked.iter().map(|one| {
        let keep = Button::secondary("Keep…")
            .small()
            .context(one.text.title.to_string())
            .href(format!("{here}?text_id={}#take", one.text.id));
        Row::new([
            html! { (one.text.title) },
            html! { (asked_of(one.text.needed_by)) },
            html! { (on_file(one.on_file)) },
            html! { @if may_take && !matches!(one.on_file, OnFile::Holds(_)) { (keep) } @else if matches!(one.on_file, OnFile::Holds(_)) { (quiet("Nothing")) }
                @else { (quiet("A therapist takes it")) } },
        ])
        .id(format!("asked-{}", one.text.id))
    });
    html! {
        @if !asked.is_empty() {
            (Card::new("Asked for at check-in").note(note).flush().body(html! { (Table::new("Asked for at check-in", columns).rows(rows)) }))
        }
    }
}

/// Which sessions ask for a text.
const fn asked_of(by: NeededBy) -> &'static str {
    match by {
        NeededBy::Groups => "In groups",
        NeededBy::Telehealth => "By video",
        NeededBy::Nobody | NeededBy::Patients | NeededBy::Guests | NeededBy::Everybody => "Every session",
    }
}

/// How a consent that is asked for stands, in words.
fn on_file(on_file: OnFile) -> Badge {
    match on_file {
        OnFile::Holds(None) => Badge::new(Tone::Good, "Holds"),
        OnFile::Holds(Some(last)) => Badge::new(Tone::Good, format!("Holds to {}", day(last))),
        OnFile::Begins(first) => Badge::new(Tone::Info, format!("From {} on", day(first))).icon(Icon::Clock),
        OnFile::Expired(last) => Badge::new(Tone::Bad, format!("Expired {}", day(last))).icon(Icon::Clock),
        OnFile::Revoked => Badge::new(Tone::Bad, "Revoked").icon(Icon::Cross),
        OnFile::Outdated => Badge::new(Tone::Warn, "To be signed again").icon(Icon::History),
        OnFile::Missing => Badge::new(Tone::Bad, "Missing").icon(Icon::Cross),
    }
}

/// Somebody's consents, and the form for one more where the caller may keep one.
pub fn of_person(
    cx: &Cx,
    page: &Page<ConsentView>,
    filled: &Filled<'_>,
    texts: &[ConsentText],
    here: &str,
    is_first: bool,
) -> Markup {
    let may_take = cx.permissions.allows(::rules::permissions::Permission::ConsentManage);
    html! {
        (Card::new("Consents").flush().body(html! {
            (table(page))
            @let next = page.next.as_ref().map(|cursor| format!("{here}?cursor={cursor}"));
            @if next.is_some() || !is_first {
                (pager(&format!("Showing {}", page.items.len()), (!is_first).then_some(here), next.as_deref()))
            }
        }))
        @if may_take {
            (Card::new("Keep a consent").id("take").body(html! {
                @if texts.is_empty() {
                    p { (quiet("There is no text to consent to yet. An administrator adds them under Settings, Consents.")) }
                } @else {
                    (filled.post("Keep consent", fields(cx, filled, texts)))
                }
            }))
        }
    }
}

fn version(one: &ConsentView) -> String {
    let again = if one.counts { "" } else { ", to be signed again" };
    format!("Version {}{again}", one.consent.text_version)
}

fn table(page: &Page<ConsentView>) -> Table {
    let columns = [Column::new("Consent"), Column::new("Signed"), Column::new("Holds"), Column::new("State")];
    let rows = page.items.iter().map(|one| {
        let consent = &one.consent;
        Row::new([
            html! { span.two-lines { span { (one.title) } (quiet(&version(one))) } },
            html! { span.two-lines { span { (day(consent.signed_on)) } (quiet(&format!("by {}", consent.signer_name))) } },
            html! { (term(consent)) },
            html! { (standing(one.status)) },
        ])
        .id(consent.id.to_string())
        .href(format!("/consents/{}", consent.id))
        .muted(matches!(one.status, ConsentStatus::Expired | ConsentStatus::Revoked))
    });
    let empty = EmptyState::new(Icon::Check, "No consents yet")
        .text("What was signed on paper is kept here too, so that check-in knows of it.");
    Table::new("Consents", columns).rows(rows).empty(empty)
}

fn fields(cx: &Cx, filled: &Filled<'_>, texts: &[ConsentText]) -> Markup {
    let choices = texts
        .iter()
        .map(|text| Choice::new(text.id.to_string(), format!("{} (version {})", text.title, text.text_version)));
    let capacities = CAPACITIES.iter().map(|(one, label)| Choice::new(one.as_str(), *label));
    let methods = METHODS.iter().map(|(one, label)| Choice::new(one.as_str(), *label));
    let signed = Field::date("signed_on", "Signed on").max(cx.today().to_string());
    let signed = match filled.value("signed_on") {
        "" => signed.value(cx.today().to_string()),
        _ => filled.fill("signed_on", signed),
    };
    html! {
        (filled.fill("text_id", Field::select("text_id", "Consent", choices)).required())
        (field_row(html! {
            (signed)
            (filled.fill("method", Field::select("method", "How", methods)))
            (filled.fill("capacity", Field::select("capacity", "Who signed", capacities)))
        }))
        (field_row(html! {
            (filled.text("signer_name", "Name of who signed").hint("Where somebody else signed.").autocomplete("off"))
            (filled.text("signer_authority", "By what they may").hint("Mother; court order of a date.").autocomplete("off"))
        }))
        (field_row(html! {
            (filled.fill("valid_from", Field::date("valid_from", "Holds from")).hint("Empty: the day it was signed."))
            (filled.fill("valid_until", Field::date("valid_until", "Until")).hint("Empty: as the text says."))
        }))
        (filled.tick("open_end", "Holds until it is revoked"))
        (filled.fill("scope", Field::textarea("scope", "What is disclosed, to whom, and what for").rows(2)).max_length(2_000)
            .hint("Needed where the consent lets somebody outside know something."))
        (filled.fill("remark", Field::textarea("remark", "Remark").rows(2)).max_length(2_000))
    }
}

/// One consent, with the words that were signed; `revoking` where the caller may revoke it.
pub fn one(
    cx: &Cx,
    shown: &ConsentView,
    text: &ConsentText,
    (name, back): (&str, &str),
    revoking: Option<(&str, &FieldErrors)>,
) -> Markup {
    let consent = &shown.consent;
    let revoking = revoking.filter(|_| consent.revoked_at.is_none());
    html! {
        (PageHeader::new(shown.title.to_string())
            .crumb(name, back)
            .status(html! { (standing(shown.status)) })
            .actions(html! { @if let Some((key, _)) = revoking { (revocation(consent, key)) } }))
        @if let Some((_, errors)) = revoking { (errors) }
        (split(
            html! { (Card::new("What was consented to").note(version(shown)).body(html! { p.words { (text.words) } })) },
            html! { (facts(cx, consent)) },
        ))
    }
}

fn facts(cx: &Cx, consent: &Consent) -> Card {
    let mut facts = vec![
        ("Holds", html! { (term(consent)) }),
        ("Signed", html! { (day(consent.signed_on)) }),
        ("By", html! { (consent.signer_name) }),
        ("In what capacity", html! { (capacity(consent.capacity)) }),
        ("How", html! { (method(consent.method)) }),
    ];
    let optional = [
        ("By what they may", consent.signer_authority.as_deref()),
        ("What is disclosed, to whom", consent.scope.as_deref()),
        ("Remark", consent.remark.as_deref()),
        ("Revoked because", consent.revoked_reason.as_deref()),
    ];
    facts.extend(optional.into_iter().filter_map(|(label, text)| Some((label, html! { (text?) }))));
    if let Some(at) = consent.revoked_at {
        facts.push(("Revoked", frame::moment(cx, at)));
    }
    Card::new("Signature").body(definition_list(facts))
}

fn revocation(consent: &Consent, key: &str) -> Confirm {
    let form = ui::Form::post(format!("/consents/{}/revoke", consent.id))
        .hidden("idempotency_key", format!("{key}-revoke"))
        .hidden("version", consent.version);
    let words = "From this moment on it holds no longer, and bookings that rest on it are no longer verified. What was \
        done in reliance on it stays.";
    Confirm::new("Revoke…", words, form, Button::danger("Revoke consent"))
        .fields(html! { (Field::text("reason", "Reason").required().max_length(500).hint("Withdrawn in writing; entered by mistake.")) })
}
