//! An author's own notes as their page shows them.

use maud::{Markup, html};

use super::{actions::Kept, store::PsychotherapyNote};
use crate::{
    door::Cx,
    frame::{day, form::with_none},
    http::form::Form,
    shell::ui::{
        self, Button, Card, Confirm, Field, FieldErrors, Icon, Notice, PageHeader, Tone, form_actions, pager, stack,
    },
};

/// The most characters of a note.
const MOST: u32 = 50_000;

/// The page; `refused` holds which form was refused, what was sent, and what is wrong with it.
pub fn kept(cx: &Cx, kept: &Kept, refused: Option<(&str, &Form, &FieldErrors)>, goes_on: bool) -> Markup {
    let base = format!("/sessions/{}", kept.session.id);
    let here = format!("{base}/kept-apart");
    let next = kept.page.next.as_deref().map(|cursor| format!("{here}?cursor={cursor}"));
    let of = |scope: &str| refused.filter(|(form, ..)| *form == scope).map(|(_, form, errors)| (form, errors));
    html! {
        (PageHeader::new("Kept apart")
            .crumb("Today", format!("/today?day={}", kept.session.local_date))
            .crumb(kept.session.title.to_string(), base.clone())
            .crumb("Notes", format!("{base}/notes"))
            .fact(Icon::Calendar, day(kept.session.local_date)))
        (stack(html! {
            (Notice::new(Tone::Info, "Only you can read what is here")
                .text("Psychotherapy notes are no part of the record: they are in no chart, export, search, print or claim, \
                    and administrators can’t read them. What treatment or billing needs belongs in the session’s notes."))
            @for note in &kept.page.items { (one(cx, kept, note, &here, of(&note.id.to_string()))) }
            @if next.is_some() || goes_on {
                (pager(&format!("Showing {}", kept.page.items.len()), goes_on.then_some(here.as_str()), next.as_deref()))
            }
            (Card::new("Write a note").id("new").body(adding(cx, kept, &here, of("new"))))
        }))
    }
}

fn words(scope: &str, label: &str, value: &str, errors: Option<&FieldErrors>) -> Field {
    let field = Field::textarea("content", label)
        .scope(scope)
        .rows(6)
        .max_length(MOST)
        .required()
        .autocomplete("off")
        .value(value);
    match errors {
        Some(errors) => field.errors(errors),
        None => field,
    }
}

fn adding(cx: &Cx, kept: &Kept, here: &str, sent: Option<(&Form, &FieldErrors)>) -> Markup {
    let people = kept.people.iter().map(|(id, name)| (id.to_string(), name.clone()));
    let about = Field::select("participant_id", "About", with_none("Nobody in particular", people)).scope("new");
    let (form, errors) = (sent.map(|(form, _)| form), sent.map(|(_, errors)| errors));
    let text = form.map(|form| form.get("content")).unwrap_or_default();
    let about = about.value(form.map(|form| form.get("participant_id")).unwrap_or_default());
    let form = ui::Form::post(here).hidden("idempotency_key", cx.app.clock.secret()).checked_by_server().body(html! {
        @if let Some(errors) = errors { (errors) }
        (about)
        (words("new", "Note", text, errors))
        (form_actions(html! { (Button::primary("Keep apart").icon(Icon::Lock)) }))
    });
    html! { (form) }
}

fn one(cx: &Cx, kept: &Kept, note: &PsychotherapyNote, here: &str, sent: Option<(&Form, &FieldErrors)>) -> Card {
    let scope = note.id.to_string();
    let about = kept.people.iter().find(|(id, _)| Some(*id) == note.participant_id).map(|(_, name)| name.as_str());
    let text = sent.map_or(&*note.content, |(form, _)| form.get("content"));
    let errors = sent.map(|(_, errors)| errors);
    let post = |action: String, what: &str| {
        ui::Form::post(action)
            .hidden("idempotency_key", format!("{}-{what}", cx.app.clock.secret()))
            .hidden("version", note.version)
    };
    let delete = Confirm::new(
        "Delete…",
        "The note is gone for good: nobody can bring it back. That there was one stays in the audit log.",
        post(format!("{here}/{}/delete", note.id), "delete"),
        Button::danger("Delete for good"),
    )
    .icon(Icon::Remove);
    let form = post(format!("{here}/{}", note.id), "save").checked_by_server().body(html! {
        @if let Some(errors) = errors { (errors) }
        (words(&scope, "Note", text, errors))
        (form_actions(html! { (Button::primary("Save")) }))
    });
    let title = about.map_or_else(|| "Note".to_owned(), |name| format!("About {name}"));
    Card::new(title)
        .id(scope.clone())
        .note(day(cx.zone().date(note.updated_at)))
        .actions(html! { (delete) })
        .body(html! { (form) })
}
