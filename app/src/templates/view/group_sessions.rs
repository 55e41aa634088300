//! Markup of templates of group sessions.

use ::rules::{notes::Discipline, templates::GroupSessionSettings};
use maud::{Markup, html};

use super::{
    super::{GroupSessionTemplateView, TemplateView},
    TEMPLATES, discipline_name, preview,
};
use crate::{
    frame::form::Filled,
    shell::ui::{
        Badge, Button, Card, Choice, Column, Confirm, EmptyState, Field, Form, Icon, PageHeader, Row, Table, Tone,
        Width, definition_list, field_row, fieldset, quiet, split, stack,
    },
};

/// Where these pages are.
pub const SESSIONS: &str = "/settings/templates/sessions";

fn status(template: &GroupSessionTemplateView) -> Badge {
    match template.archived_at {
        Some(_) => Badge::new(Tone::Neutral, "Archived").icon(Icon::Archive),
        None => Badge::new(Tone::Good, "In use"),
    }
}

/// The templates of group sessions in a card.
pub fn list(templates: &[GroupSessionTemplateView]) -> Card {
    let columns = ["Template", "Length", "Notes", "Billing", "Status"].map(Column::new);
    let empty = EmptyState::new(Icon::Groups, "No templates of group sessions yet")
        .text("A template gives sessions their title, topic and length, and says which notes they need.");
    let table = Table::new("Templates of group sessions", columns).rows(templates.iter().map(row)).empty(empty);
    Card::new("Group sessions").flush().note("Chosen for a group, or for a single session").body(html! { (table) })
}

fn row(template: &GroupSessionTemplateView) -> Row {
    let settings = &template.settings;
    let topic = settings.topic.as_ref().map(ToString::to_string).unwrap_or_default();
    Row::new([
        html! { (settings.title) @if !topic.is_empty() { br; (quiet(&topic)) } },
        html! { (length(settings)) },
        html! { (needs(settings)) @if settings.always_review { br; (quiet("Always reviewed")) } },
        html! { (billing(settings)) },
        html! { (status(template)) },
    ])
    .id(template.id.to_string())
    .href(format!("{SESSIONS}/{}", template.id))
    .muted(template.archived_at.is_some())
}

fn length(settings: &GroupSessionSettings) -> String {
    settings.duration_minutes.map_or_else(|| "As the group".to_owned(), |minutes| format!("{minutes} minutes"))
}

/// Which notes a session needs, in words.
pub fn needs(settings: &GroupSessionSettings) -> &'static str {
    match (settings.waives_group_note, settings.waives_individual_notes) {
        (false, false) => "Group note and individual notes",
        (true, _) => "Individual notes only",
        (false, true) => "Group note only",
    }
}

/// Code, modifiers and place of service in a line.
pub fn billing(settings: &GroupSessionSettings) -> String {
    let mut parts: Vec<String> =
        settings.billing_code.iter().cloned().chain(settings.billing_modifiers.clone()).collect();
    parts.extend(settings.place_of_service.as_ref().map(|place| format!("at {place}")));
    if parts.is_empty() { "None".to_owned() } else { parts.join(" ") }
}

/// A page with the form of a new template.
pub fn new(filled: &Filled<'_>, notes: &[TemplateView]) -> Markup {
    html! {
        (PageHeader::new("Add template of group sessions").crumb("Templates", TEMPLATES))
        (split(html! { (Card::new("Template").body(filled.post("Add template", fields(filled, notes)))) }, previews(filled, notes)))
    }
}

/// A page with the form of a template, or what it says once it is archived.
pub fn one(template: &GroupSessionTemplateView, filled: &Filled<'_>, notes: &[TemplateView]) -> Markup {
    let path = format!("{SESSIONS}/{}", template.id);
    let turned = |verb: &str| {
        Form::post(format!("{path}/{verb}"))
            .hidden("idempotency_key", format!("{}-{verb}", filled.key))
            .hidden("version", template.version)
    };
    let actions = html! {
        (Button::secondary("Copy").icon(Icon::Copy).href(format!("{SESSIONS}/new?copy_of={}", template.id)))
        @if template.archived_at.is_some() {
            (turned("restore").inline().body(html! { (Button::primary("Restore").icon(Icon::Undo)) }))
        } @else {
            (Confirm::new("Archive…", "Nothing new starts from it. Groups and sessions that have it keep it.", turned("archive"),
                Button::danger("Archive template")).icon(Icon::Archive))
        }
    };
    let header = PageHeader::new(template.settings.title.to_string())
        .crumb("Templates", TEMPLATES)
        .status(html! { (status(template)) })
        .fact(Icon::History, format!("Version {}", template.template_version))
        .actions(actions);
    html! {
        (header)
        @if template.archived_at.is_some() {
            (filled.errors)
            (split(html! { (said(&template.settings)) }, previews(filled, notes)))
        } @else {
            (split(html! { (Card::new("Template").body(filled.post("Save", fields(filled, notes)))) }, previews(filled, notes)))
        }
    }
}

/// What a template says, to be read.
fn said(settings: &GroupSessionSettings) -> Card {
    let text = |text: &str| html! { @if text.is_empty() { (quiet("None")) } @else { span.words { (text) } } };
    Card::new("Template").body(definition_list([
        ("Topic", text(settings.topic.as_ref().map_or("", |topic| topic.as_str()))),
        ("Description", text(settings.description.as_str())),
        ("Length", html! { (length(settings)) }),
        ("Notes", html! { (needs(settings)) }),
        ("Review", html! { @if settings.always_review { "Always" } @else { "As the signers need it" } }),
        ("Billing", html! { (billing(settings)) }),
    ]))
}

/// The name of the control for the note template of a discipline.
pub fn discipline_field(discipline: Discipline) -> String {
    format!("individual.{discipline}")
}

fn of_kind<'a>(
    notes: &'a [TemplateView],
    discipline: Option<Discipline>,
) -> impl Iterator<Item = &'a TemplateView> + use<'a> {
    notes.iter().filter(move |one| one.discipline == discipline && !one.is_built_in)
}

fn template_choices(notes: &[TemplateView], discipline: Option<Discipline>) -> Vec<Choice> {
    let own = of_kind(notes, discipline).map(|one| Choice::new(one.key.clone(), one.name.clone()));
    std::iter::once(Choice::new("", "The built-in one")).chain(own).collect()
}

fn fields(filled: &Filled<'_>, notes: &[TemplateView]) -> Markup {
    html! {
        @if !filled.value("copy_of").is_empty() { input type="hidden" name="copy_of" value=(filled.value("copy_of")); }
        (filled.text("title", "Title").required().autocomplete("off").hint("A session that is scheduled from it is called so."))
        (filled.text("topic", "Topic").max_length(4_000))
        (filled.fill("description", Field::textarea("description", "Description")).rows(3).hint("A group that is made from it is described so."))
        (filled.fill("duration_minutes", Field::number("duration_minutes", "Length")).suffix("minutes").min(5).max(720)
            .hint("Empty: as the group says, else 60."))
        (fieldset("Notes", Some("Which template each note starts from, and which notes a session needs."), note_fields(filled, notes)))
        (fieldset("Billing", Some("Kept for the charges of its sessions."), billing_fields(filled)))
    }
}

fn note_fields(filled: &Filled<'_>, notes: &[TemplateView]) -> Markup {
    let has_own = |discipline: &&Discipline| of_kind(notes, Some(**discipline)).next().is_some();
    html! {
        (filled.fill("group_note_template", Field::select("group_note_template", "Group note", template_choices(notes, None))))
        (filled.tick("waives_group_note", "No group note is needed"))
        @for discipline in Discipline::ALL.iter().filter(has_own) {
            @let name = discipline_field(*discipline);
            (filled.fill(&name, Field::select(&name, format!("Individual note, {}", discipline_name(*discipline).to_lowercase()),
                template_choices(notes, Some(*discipline)))))
        }
        (filled.tick("waives_individual_notes", "No individual notes are needed"))
        (filled.tick("always_review", "What is signed always goes to review").hint("Also when nobody who signed needs review."))
    }
}

fn billing_fields(filled: &Filled<'_>) -> Markup {
    field_row(html! {
        (filled.text("billing_code", "Code").max_length(5).width(Width::Short).autocomplete("off").hint("CPT or HCPCS: 90853."))
        (filled.text("billing_modifiers", "Modifiers").max_length(20).width(Width::Short).autocomplete("off").hint("At most four: HQ 95."))
        (filled.text("place_of_service", "Place of service").max_length(2).width(Width::Tiny).autocomplete("off").hint("Two digits: 11 is an office."))
    })
}

/// The notes of a session as they would look: the group note, and the individual note of each discipline that has a
/// template of its own here, or the general one.
fn previews(filled: &Filled<'_>, notes: &[TemplateView]) -> Markup {
    let by_key = |key: &str, built_in: &str| {
        notes.iter().find(|one| one.key == key).or_else(|| notes.iter().find(|one| one.key == built_in))
    };
    let group = by_key(filled.value("group_note_template"), "group_note");
    let name = discipline_field(Discipline::General);
    let own = Discipline::ALL.iter().filter_map(|one| {
        let key = filled.value(&discipline_field(*one));
        notes.iter().find(|known| !key.is_empty() && known.key == key)
    });
    let mut individual: Vec<&TemplateView> = own.collect();
    if individual.is_empty() {
        individual.extend(by_key(filled.value(&name), "general"));
    }
    let group = group.filter(|_| filled.value("waives_group_note").is_empty());
    let individual = individual.into_iter().filter(|_| filled.value("waives_individual_notes").is_empty());
    stack(html! {
        @for one in group.into_iter().chain(individual) { (preview(&one.name, &one.key, &one.fields)) }
    })
}
