//! What follows in charts: a documented session is written into them, an annotation is added.

use ::rules::{
    chart::{
        ChartAnnotation, ChartEntry, ChartNote, ChartParticipant, ChartSession, ChartSignature, EntryStatus, distribute,
    },
    id::{AnnotationId, NoteId, ParticipantId, SessionId},
    notes::{NoteStatus, SignatureMeaning},
    templates::in_words,
};

use super::store::{self, ChartRow, EntryKind};
use crate::{
    door::Scope,
    events::{KeptEntry, NoteEvent},
    groups::Group,
    notes::{Annotation, Folder, Note, Signature, sha256},
    problem::Problem,
    sessions::{self, Participant, Session},
};

/// Writes a documented session into the charts of its patients.
///
/// # Errors
/// When the database can't answer.
pub async fn session_documented(scope: &mut Scope<'_>, session: SessionId) -> Result<(), Problem> {
    let folder = Folder::of_session(scope, session).await?;
    let group = match folder.session.group_id {
        Some(id) => Some(scope.get::<Group, _>(id).await?),
        None => None,
    };
    let shown = chart_session(&folder.session, group.as_ref());
    let group_note = folder.group_note().map(|note| chart_note(&folder, note));
    let participants: Vec<ChartParticipant> =
        folder.participants.iter().filter_map(|one| participant(&folder, one)).collect();
    let entries = distribute(&shown, folder.session.source, group_note.as_ref(), &participants);
    let mut rows = entries.iter().map(|entry| row(scope, &folder, entry)).collect::<Result<Vec<_>, _>>()?;
    let before = store::of_session(scope, session).await?;
    for row in &mut rows {
        row.supersedes_id = replaced(&before, row.participant_id).map(|old| old.id);
    }
    scope.insert_all(&rows).await?;
    replace(scope, session, &before, &rows).await?;
    if !rows.is_empty() {
        scope.emit(NoteEvent::ChartsWritten { session, entries: rows.iter().map(told).collect() });
    }
    Ok(())
}

fn told(row: &ChartRow) -> KeptEntry {
    KeptEntry { id: row.id, version: row.version, sha256: row.sha256.clone(), status: row.status }
}

/// The latest superseded entry of a participant whose place nothing has taken yet.
fn replaced(before: &[ChartRow], participant: ParticipantId) -> Option<&ChartRow> {
    let open = |row: &&ChartRow| row.status == EntryStatus::Superseded && row.superseded_by_id.is_none();
    before.iter().rev().filter(open).find(|row| row.participant_id == participant)
}

/// Links the superseded entries with those that took their place.
async fn replace(
    scope: &mut Scope<'_>,
    session: SessionId,
    before: &[ChartRow],
    rows: &[ChartRow],
) -> Result<(), Problem> {
    let mut changed = Vec::new();
    for new in rows {
        let Some(old) = replaced(before, new.participant_id) else { continue };
        let linked = ChartRow { superseded_by_id: Some(new.id), ..old.clone() };
        changed.push(told(&scope.update(old, linked).await?));
    }
    if !changed.is_empty() {
        scope.emit(NoteEvent::ChartsReplaced { session, entries: changed });
    }
    Ok(())
}

/// A documented session was reopened: what it left in charts is kept as superseded.
///
/// # Errors
/// When the database can't answer.
pub async fn session_reopened(scope: &mut Scope<'_>, session: SessionId) -> Result<(), Problem> {
    let entries = mark(scope, session, EntryStatus::Superseded, |old| old == EntryStatus::Current).await?;
    if !entries.is_empty() {
        scope.emit(NoteEvent::ChartsSuperseded { session, entries });
    }
    Ok(())
}

/// A session was voided: everything it left in charts is entered in error.
///
/// # Errors
/// When the database can't answer.
pub async fn session_voided(scope: &mut Scope<'_>, session: SessionId) -> Result<(), Problem> {
    let entries = mark(scope, session, EntryStatus::EnteredInError, |old| old != EntryStatus::EnteredInError).await?;
    if !entries.is_empty() {
        scope.emit(NoteEvent::ChartsVoided { session, entries });
    }
    Ok(())
}

/// Marks the entries of a session that stand as wanted; their text stays as it is.
async fn mark(
    scope: &mut Scope<'_>,
    session: SessionId,
    status: EntryStatus,
    wanted: impl Fn(EntryStatus) -> bool,
) -> Result<Vec<KeptEntry>, Problem> {
    let mut marked = Vec::new();
    for old in store::of_session(scope, session).await? {
        if wanted(old.status) {
            marked.push(told(&scope.update(&old, ChartRow { status, ..old.clone() }).await?));
        }
    }
    Ok(marked)
}

fn row(scope: &Scope<'_>, folder: &Folder, entry: &ChartEntry) -> Result<ChartRow, Problem> {
    let body = serde_json::to_string(entry).map_err(|error| Problem::internal(&error))?;
    Ok(ChartRow {
        id: scope.id(),
        patient_id: entry.patient,
        session_id: folder.session.id,
        encounter_id: folder.encounter.id,
        participant_id: entry.participant,
        group_id: folder.session.group_id,
        kind: if entry.is_present() { EntryKind::Entry } else { EntryKind::Absence },
        local_date: folder.session.local_date,
        starts_at: folder.session.starts_at,
        status: EntryStatus::Current,
        supersedes_id: None,
        superseded_by_id: None,
        sha256: sha256(&body),
        body,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    })
}

fn chart_session(session: &Session, group: Option<&Group>) -> ChartSession {
    let text = |value: Option<String>| value.unwrap_or_default();
    ChartSession {
        session: session.id,
        session_number: session.session_number.clone(),
        session_type: session.session_type,
        group: session.group_id,
        title: group.map_or_else(|| session.title.to_string(), |group| group.name.to_string()),
        description: text(group.map(|group| group.description.to_string())),
        topic: text(session.topic.as_ref().map(ToString::to_string)),
        local_date: session.local_date,
        time_zone: session.zone.name().to_owned(),
        started_at: session.actual_start.unwrap_or(session.starts_at),
        ended_at: session.actual_end.unwrap_or(session.ends_at),
        service_type: text(session.service_type.as_ref().map(ToString::to_string)),
        late_entry: session.late_entry_reason.is_some(),
        is_part2: group.is_some_and(|group| group.is_part2),
    }
}

fn participant(folder: &Folder, one: &Participant) -> Option<ChartParticipant> {
    let signed = folder.notes_of(one.id).filter(|note| note.status == NoteStatus::Signed);
    Some(ChartParticipant {
        participant: one.id,
        person: one.person()?,
        appointment_number: one.appointment_number.clone(),
        status: one.status,
        minutes: sessions::minutes(&folder.session, one).unwrap_or_default(),
        participation_level: one.participation_level,
        modality: one.modality,
        no_show_reason: one.no_show_reason,
        excused: one.excused,
        notes: signed.map(|note| chart_note(folder, note)).collect(),
    })
}

fn chart_note(folder: &Folder, note: &Note) -> ChartNote {
    let annotations = folder.annotations.iter().filter(|annotation| annotation.note_id == note.id);
    ChartNote {
        note: note.id,
        version: note.edition,
        note_type: note.note_type,
        discipline: note.discipline,
        text: note.content.clone(),
        fields: in_words(&note.template.fields, &note.fields.0),
        sha256: folder.signatures_of(note).next().map(|first| first.sha256.clone()).unwrap_or_default(),
        signatures: folder.signatures_of(note).map(chart_signature).collect(),
        annotations: annotations.map(chart_annotation).collect(),
    }
}

fn chart_signature(signature: &Signature) -> ChartSignature {
    ChartSignature {
        name: signature.printed_name.clone(),
        credential: signature.credential.clone(),
        meaning: signature.meaning,
        signed_at: signature.signed_at,
    }
}

fn chart_annotation(annotation: &Annotation) -> ChartAnnotation {
    let signature = ChartSignature {
        name: annotation.printed_name.clone(),
        credential: annotation.credential.clone(),
        meaning: SignatureMeaning::Annotation,
        signed_at: annotation.signed_at,
    };
    ChartAnnotation { text: annotation.content.clone(), signature }
}

/// Adds an annotation to every entry that shows its note.
///
/// # Errors
/// When the database can't answer.
pub async fn note_annotated(
    scope: &mut Scope<'_>,
    session: SessionId,
    note: NoteId,
    annotation: AnnotationId,
) -> Result<(), Problem> {
    let annotation: Annotation = scope.get(annotation).await?;
    let added = chart_annotation(&annotation);
    let mut changed = Vec::new();
    for old in store::of_session(scope, session).await? {
        // What was tampered with is left as it is: a fresh hash would hide it. What is superseded is as it was.
        let whole = old.status == EntryStatus::Current && old.holds();
        let Some(mut entry) = old.entry().filter(|_| whole) else { continue };
        if entry.annotate(note, &added) {
            let body = serde_json::to_string(&entry).map_err(|error| Problem::internal(&error))?;
            let new = ChartRow { sha256: sha256(&body), body, ..old.clone() };
            changed.push(told(&scope.update(&old, new).await?));
        }
    }
    if !changed.is_empty() {
        scope.emit(NoteEvent::ChartsAnnotated { session, entries: changed });
    }
    Ok(())
}
