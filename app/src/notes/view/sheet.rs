//! Markup of one note: what stands in the way of signing it, or what was signed.

use ::rules::{
    names::as_written,
    notes::NoteStatus,
    templates::{Cell, Said, free_text, place_of as field_of, said, text_at},
    text::capital,
};
use maud::{Markup, html};

use super::{Told, form, header, moment, note_badge, signature_line, tampered};
use crate::{
    notes::{
        actions::{Record, Sheet},
        answers::NoteView,
        check::{Finding, FindingKind},
    },
    shell::ui::{
        Badge, Button, Card, Column, Confirm, Field, Form, Icon, Notice, Row, Table, Tone, definition_list,
        form_actions, hash, quiet, split, stack,
    },
};

/// One note on a page of its own.
pub fn sheet(sheet: &Sheet, told: &Told<'_>) -> Markup {
    let Sheet { record, note, findings } = sheet;
    let main = html! {
        (told.errors)
        (tampered(note))
        (Card::new(record.title_of(note)).actions(html! { (note_badge(note)) }).body(html! {
            div.note-text {
                @if let Some(reason) = &note.void_reason { (Notice::new(Tone::Bad, "Entered in error").text(reason.to_string())) }
                (text(note, findings))
            }
        }))
        @if !note.signatures.is_empty() { (signatures(note)) }
        (annotations(record, note, told))
    };
    let aside = html! {
        @if note.status == NoteStatus::Draft { (signing(record, note, findings, told)) }
        @if record.may_review && note.status == NoteStatus::Signed { (reviewing(record, note, told)) }
        @if !note.waivers.is_empty() { (waived(note)) }
        (about(note))
    };
    html! { (header(record, &record.title_of(note), true)) (split(stack(main), aside)) }
}

/// What is written, with the names of others marked where they stand.
pub fn text(note: &NoteView, findings: &[Finding]) -> Markup {
    let all = said(&note.template.fields, &note.fields.0);
    html! {
        @if !note.content.is_empty() { p.words { (marked(&note.content, findings, "content")) } }
        @else if all.is_empty() { (quiet("Nothing is written yet.")) }
        (definition_list(all.iter().map(|said| (said.label.to_owned(), shown_cell(&said.cell, &said.place, findings)))))
    }
}

fn shown_cell(cell: &Cell<'_>, place: &str, findings: &[Finding]) -> Markup {
    html! {
        @match cell {
            Cell::Text(text) => span.words { (marked(text, findings, place)) },
            Cell::Words(words) => (words),
            Cell::Rows(rows) => ol.said-rows { @for row in rows { li { (shown_row(row, findings)) } } },
        }
    }
}

fn shown_row(row: &[Said<'_>], findings: &[Finding]) -> Markup {
    html! {
        @for (at, said) in row.iter().enumerate() {
            @if at > 0 { "; " }
            (quiet(&format!("{}:", said.label))) " " (shown_cell(&said.cell, &said.place, findings))
        }
    }
}

/// A text with the places of findings marked. The check counts bytes, and so do we.
fn marked(text: &str, findings: &[Finding], field: &str) -> Markup {
    let mut at = 0;
    let mut pieces: Vec<(&str, bool)> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.field == field) {
        let Some((start, end)) = finding.start_byte.zip(finding.end_byte) else { continue };
        if let (Some(before), Some(found)) = (text.get(at..start), text.get(start..end)) {
            pieces.extend([(before, false), (found, true)]);
            at = end;
        }
    }
    pieces.push((text.get(at..).unwrap_or_default(), false));
    html! { @for (piece, is_found) in pieces { @if is_found { mark { (piece) } } @else { (piece) } } }
}

/// The signatures in a line, for where there is little room.
pub fn signed_by(note: &NoteView) -> Markup {
    let current = note.signatures.iter().filter(|signature| !signature.is_superseded);
    html! { @for signature in current { p.quiet { (Icon::Sign) " " (signature_line(signature)) } } }
}

fn signatures(note: &NoteView) -> Markup {
    let columns = ["Signed by", "Meaning", "When", "SHA-256 of the text"].map(Column::new);
    let rows = note.signatures.iter().map(|signature| {
        let name = match signature.credential.as_str() {
            "" => signature.printed_name.clone(),
            credential => format!("{}, {credential}", signature.printed_name),
        };
        let meaning = capital(signature.meaning.as_str());
        Row::new([
            html! { (name) },
            html! {
                (meaning)
                @if signature.is_superseded { " " (Badge::new(Tone::Neutral, format!("version {}", signature.edition)).icon(Icon::History)) }
            },
            moment(&signature.signed_at),
            hash(&signature.sha256),
        ])
        .muted(signature.is_superseded)
    });
    html! { (Card::new("Signatures").flush().body(html! { (Table::new("Signatures", columns).rows(rows)) })) }
}

fn annotations(record: &Record, note: &NoteView, told: &Told<'_>) -> Markup {
    let may = note.status == NoteStatus::Signed;
    html! {
        @if may || !note.annotations.is_empty() {
            (Card::new("Annotations").body(html! {
                @for annotation in &note.annotations {
                    p.words { (annotation.content) }
                    p.quiet { (annotation.printed_name) ", " (annotation.credential) " " (moment(&annotation.signed_at)) }
                }
                @if may { (annotate(record, note, told)) }
            }))
        }
    }
}

fn annotate(_: &Record, note: &NoteView, told: &Told<'_>) -> Markup {
    let value = told.sent.map(|sent| sent.get("content")).unwrap_or_default();
    let body = html! {
        (Field::textarea("content", "Add to this note").rows(2).max_length(4_000).required().value(value).scope("annotate")
            .hint("The signed text stays as it is. What you add is signed with your name and the time."))
        (password("annotate"))
        (form_actions(html! { (Button::secondary("Sign the annotation").icon(Icon::Sign)) }))
    };
    let form =
        Form::post(format!("/notes/{}/annotate", note.id)).hidden("idempotency_key", format!("{}-annotate", told.key));
    html! { (form.body(body)) }
}

fn password(scope: &str) -> Field {
    Field::password("password", "Your password").autocomplete("current-password").required().scope(scope)
}

/// What stands in the way, each with the reason that would waive it, and the signature.
fn signing(record: &Record, note: &NoteView, findings: &[Finding], told: &Told<'_>) -> Markup {
    let open = findings.iter().filter(|finding| finding.blocks).count();
    let form = Form::post(format!("/notes/{}/sign", note.id))
        .hidden("idempotency_key", format!("{}-sign", told.key))
        .hidden("version", note.version);
    let edit = format!("/sessions/{}/notes#n-{}", note.session_id, note.id);
    let body = html! {
        @if open == 0 { (Notice::new(Tone::Good, "Nothing stands in the way of signing")) }
        @for (index, finding) in findings.iter().enumerate() { (shown(note, finding, index, told)) }
        @if record.may_write {
            (password("sign"))
            (form_actions(html! {
                (Button::primary("Sign").icon(Icon::Sign))
                (Button::quiet("Back to writing").icon(Icon::Left).href(edit))
            }))
        }
    };
    html! {
        (Card::new("Check and sign").body(html! { (form.body(body)) }))
        @if record.may_write { (void(note, told)) }
    }
}

/// One finding. The same name found again is shown, and waived with the first.
fn shown(note: &NoteView, finding: &Finding, index: usize, told: &Told<'_>) -> Markup {
    let tone = match (finding.blocks, &finding.waived) {
        (_, Some(_)) | (false, _) => Tone::Info,
        (true, None) => Tone::Bad,
    };
    let place = place_of(note, finding);
    let reason = format!("reason.{index}");
    let typed = told.sent.map(|sent| sent.get(&reason)).unwrap_or_default();
    html! {
        div.finding {
            (Notice::new(tone, place).text(&finding.message))
            @if let Some(reason) = &finding.waived { p { "It may stay: " (reason) } }
            @else if finding.can_be_waived && finding.blocks {
                input type="hidden" name={ "key." (index) } value=(finding.key);
                (Field::text(&reason, "Why it must stay").max_length(500).value(typed).scope("sign"))
            }
        }
    }
}

pub fn place_of(note: &NoteView, finding: &Finding) -> String {
    let label = field_of(&note.template.fields, &finding.field);
    let text = match finding.field.as_str() {
        "content" => note.content.as_str(),
        place => text_at(&note.fields.0, place).unwrap_or_default(),
    };
    let found = finding.start_byte.zip(finding.end_byte).and_then(|(start, end)| text.get(start..end));
    let place = match (label, finding.kind) {
        (Some(label), _) => label,
        (None, FindingKind::Time) => "Times".to_owned(),
        (None, _) => "Text".to_owned(),
    };
    found.map_or_else(|| place.clone(), |found| format!("{place}: “{found}”"))
}

fn void(note: &NoteView, told: &Told<'_>) -> Markup {
    let form = Form::post(format!("/notes/{}/void", note.id))
        .hidden("idempotency_key", format!("{}-void", told.key))
        .hidden("version", note.version);
    let reason = Field::text("reason", "Reason").required().max_length(500).scope("void");
    html! {
        (Confirm::new("Void this note…", "It no longer counts. It is kept as entered in error, with your reason.", form, Button::danger("Void note"))
            .icon(Icon::Remove).fields(html! { (reason) }))
    }
}

fn reviewing(record: &Record, note: &NoteView, told: &Told<'_>) -> Markup {
    let others: Vec<NoteView> =
        record.notes().filter(|other| other.id != note.id && other.status == NoteStatus::Signed).collect();
    let choices = others.iter().map(|other| (other.id.to_string(), record.title_of(other)));
    let review =
        Form::post(format!("/notes/{}/review", note.id)).hidden("idempotency_key", format!("{}-review", told.key));
    let back =
        Form::post(format!("/notes/{}/return", note.id)).hidden("idempotency_key", format!("{}-return", told.key));
    html! {
        (Card::new("Review").body(html! {
            (review.body(html! {
                p { "Your signature goes under all " (others.len() + 1) " notes of this session and completes it." }
                (password("review"))
                (form_actions(html! { (Button::primary("Countersign").icon(Icon::Sign)) }))
            }))
        }))
        (Card::new("Return").body(html! {
            (back.body(html! {
                (Field::textarea("comment", "What must be changed").rows(3).max_length(4_000).required().scope("return"))
                @if !others.is_empty() { (Field::checks("note_ids", "Return these as well", choices).scope("return")) }
                (password("return"))
                (form_actions(html! { (Button::danger("Return to the leaders").icon(Icon::Undo)) }))
            }))
        }))
    }
}

fn waived(note: &NoteView) -> Markup {
    let line = |key: &str| match key.split_once(':') {
        Some(("clone", _)) => "Nearly the words of another note".to_owned(),
        Some((form, name)) => format!("{} “{}”", capital(&form.replace('_', " ")), written(note, name)),
        None => capital(key),
    };
    html! {
        (Card::new("Waived findings").body(html! {
            (definition_list(note.waivers.iter().map(|waiver| (line(&waiver.key), html! { (waiver.reason.to_string()) }))))
        }))
    }
}

/// A name as it stands in the text; where it stands there no longer, with capitals.
fn written(note: &NoteView, name: &str) -> String {
    let fields = free_text(&note.template.fields, &note.fields.0);
    let mut texts = std::iter::once(note.content.as_str()).chain(fields.into_iter().map(|(_, text)| text));
    let found = texts.find_map(|text| as_written(text, name)).map(str::to_owned);
    found.unwrap_or_else(|| name.split(' ').map(capital).collect::<Vec<_>>().join(" "))
}

fn about(note: &NoteView) -> Markup {
    html! {
        (Card::new("About this note").body(html! {
            (definition_list([
                ("Template", html! { (note.template.name) ", version " (note.template_version) }),
                ("Version of the text", html! { (note.edition) }),
                ("Begun", moment(&note.created_at)),
                ("Last saved", moment(&note.updated_at)),
            ]))
        }))
    }
}

/// A save that came too late, or does not fit: the form as it is to be gone on with, and what is stored now, side by side.
pub fn conflict(sheet: &Sheet, shown: &NoteView, told: &Told<'_>) -> Markup {
    let Sheet { record, note, .. } = sheet;
    let yours = html! {
        (told.errors)
        (Card::new(record.title_of(note)).actions(html! { (note_badge(note)) }).body(html! {
            @if note.status == NoteStatus::Draft && record.may_write { (form::draft_as_sent(shown, told)) }
            @else if let Some(sent) = told.sent { p.words { (sent.get("content")) } }
        }))
    };
    let stored = html! { (Card::new("What is stored now").body(text(note, &[]))) };
    html! { (header(record, "Your words are still here", true)) (split(stack(yours), stored)) }
}
