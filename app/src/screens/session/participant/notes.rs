//! What is written about one participant, for who may read it.

use ::rules::notes::NoteStatus;
use maud::{Markup, html};

use super::Shown;
use crate::{
    notes::actions::IndividualNote,
    shell::ui::{Badge, Button, Card, Icon, Tone, definition_list},
    templates::discipline_name,
};

impl Shown {
    /// Their individual notes as they are now; nothing where there is none, or where they are not the caller's to read.
    pub(super) fn notes(&self) -> Markup {
        html! { @for note in self.notes.iter().flatten() { (card(note)) } }
    }
}

fn card(note: &IndividualNote) -> Card {
    let of = note.discipline.map(|of| format!("{} note", discipline_name(of)));
    let title = of.unwrap_or_else(|| "Individual note".to_owned());
    let open = Button::quiet("Open").icon(Icon::Right).small().context(&title).href(format!("/notes/{}", note.note_id));
    let badge = match note.status {
        NoteStatus::Draft => Badge::new(Tone::Info, "Draft").icon(Icon::Edit),
        _ => Badge::new(Tone::Good, "Signed").icon(Icon::Sign),
    };
    let fields = note.fields.iter().map(|field| (field.label.clone(), html! { span.words { (field.value) } }));
    Card::new(title).actions(html! { (badge) (open) }).body(html! {
        @if !note.text.is_empty() { p.words { (note.text) } }
        @else if note.fields.is_empty() { p.quiet { "Nothing is written yet." } }
        (definition_list(fields))
    })
}
