//! Markup of who else writes, and of what they have changed: fragments that find their places on the page.

use std::collections::BTreeMap;

use ::rules::{
    id::{NoteId, SessionId},
    notes::NoteStatus,
};
use maud::{Markup, html};

use super::{
    Told,
    form::{self, Part},
};
use crate::{
    notes::{
        actions::{Around, WriterView},
        answers::NoteView,
    },
    shell::ui::{Badge, Button, Icon, Notice, Tone},
};

/// What a page is told that has been open for a while: who writes in which note, the drafts somebody else has changed, and
/// whether there is more than it shows.
pub fn beside(
    session: SessionId,
    around: &Around,
    seen: &BTreeMap<NoteId, (i64, Part)>,
    changed: &[NoteView],
    told: &Told<'_>,
) -> Markup {
    let is_draft = |note: &NoteId| around.notes.iter().any(|one| one.id == *note && one.status == NoteStatus::Draft);
    let more = around.notes.iter().any(|one| one.status == NoteStatus::Draft && !seen.contains_key(&one.id))
        || !seen.keys().all(is_draft);
    let here: Vec<&str> =
        around.writers.iter().filter(|one| one.note_id.is_none()).map(|one| one.name.as_str()).collect();
    html! {
        @for note in &around.notes {
            @let others: Vec<&WriterView> = around.writers.iter().filter(|one| one.note_id == Some(note.id)).collect();
            (who(note.id, &others, true))
        }
        @for note in changed.iter().filter(|note| note.status == NoteStatus::Draft) {
            (form::draft_again(note, told, seen.get(&note.id).map_or(Part::Whole, |(_, part)| *part)))
        }
        (elsewhere(session, Some((&here, more)), true))
    }
}

/// Who else is in a note.
pub fn who(note: NoteId, others: &[&WriterView], again: bool) -> Markup {
    html! {
        span.writers id={ "w-" (note) } role="status" data-oob[again] {
            @for one in others {
                (Badge::new(Tone::Warn, format!("{} writes here", one.name)).icon(Icon::Edit))
            }
        }
    }
}

/// Who looks at the whole, and whether notes were begun or signed meanwhile. It asks for news while somebody is there.
pub fn elsewhere(session: SessionId, news: Option<(&[&str], bool)>, again: bool) -> Markup {
    let path = format!("/sessions/{session}/notes");
    html! {
        div.writers id="elsewhere" role="status" data-watch={ (path) "/here" } data-oob[again] {
            @if let Some((here, more)) = news {
                @for name in here { (Badge::new(Tone::Info, format!("{name} is here, too")).icon(Icon::Eye)) }
                @if more {
                    (Notice::new(Tone::Info, "Somebody else has begun or signed notes here")
                        .actions(html! { (Button::secondary("Show").small().icon(Icon::Eye).href(&path)) }))
                }
            }
        }
    }
}
