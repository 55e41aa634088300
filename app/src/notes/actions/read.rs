//! Reading notes: every one is recorded.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    id::{EncounterId, NoteId, ParticipantId, SessionId},
    notes::{Discipline, NoteStatus, NoteType, may_edit},
    permissions::{Flag, Permission},
    roster::Person,
    sessions::{ParticipantStatus, SessionStatus},
};

use super::super::{
    answers::{self, Checked, DocumentationView, NoteView},
    check::{Checker, Finding},
    folder::{Folder, starter},
    inputs::{ListNotes, NotesShown},
    store::{self, Note},
};
use super::{
    drafts::{is_more_to_begin, not_attending, own_discipline},
    sign::BY_ANOTHER,
};
use crate::{
    door::{Cx, Scope},
    paging::{Page, cursor},
    people,
    problem::Problem,
    sessions::Participant,
    templates::{self, TemplateView},
};

/// One note.
///
/// # Errors
/// 404, 403 `not_care_team`.
pub async fn show(cx: &Cx, id: NoteId) -> Result<NoteView, Problem> {
    shown(cx, Permission::GroupEncounterNoteRead, id).await
}

/// As [`show`], by another permission: what somebody has just written.
pub(super) async fn shown(cx: &Cx, permission: Permission, id: NoteId) -> Result<NoteView, Problem> {
    cx.read(permission, |scope| {
        Box::pin(async move {
            let (folder, note) = readable(scope, id).await?;
            let waivers = store::waivers(scope, id).await?;
            Ok(answers::note(&folder, &note, waivers))
        })
    })
    .await
}

/// A note with the folder it is in; that it is read, is recorded.
///
/// # Errors
/// 404, 403 `not_care_team`.
pub async fn readable(scope: &mut Scope<'_>, id: NoteId) -> Result<(Folder, Note), Problem> {
    let note: Note = scope.get(id).await?;
    let folder = Folder::of_session(scope, note.session_id).await?;
    let reach = folder.reach(scope).await?;
    reach.read(scope, folder.about(&note), "note", id)?;
    Ok((folder, note))
}

/// Records that a note is read, if the caller may read it.
///
/// # Errors
/// 404, 403 `not_care_team`.
pub async fn may_read(cx: &Cx, id: NoteId) -> Result<(), Problem> {
    cx.read(Permission::GroupEncounterNoteRead, |scope| Box::pin(async move { readable(scope, id).await.map(drop) }))
        .await
}

/// The notes of an encounter, in order of creation.
///
/// # Errors
/// 404 for the encounter, 422 for a bad cursor.
pub async fn list(cx: &Cx, encounter: EncounterId, list: &ListNotes) -> Result<Page<NoteView>, Problem> {
    cx.require(Permission::GroupEncounterNoteRead).await?;
    let limit = list.limit.unwrap_or_default().0;
    let after: Option<NoteId> = cursor(list.cursor.as_deref())?;
    cx.read(Permission::GroupEncounterNoteRead, |scope| {
        Box::pin(async move {
            let folder = Folder::of_encounter(scope, encounter).await?;
            let reach = folder.reach(scope).await?;
            let wanted = |note: &&Note| {
                let shown = list.status == Some(NotesShown::All) || note.status != NoteStatus::EnteredInError;
                shown
                    && list.discipline.is_none_or(|wanted| note.discipline == Some(wanted))
                    && list.participant_id.is_none_or(|wanted| note.participant_id == Some(wanted))
                    && after.is_none_or(|after| note.id > after)
                    && reach.covers(folder.about(note))
            };
            let shown: Vec<&Note> = folder.notes.iter().filter(wanted).take(limit + 1).collect();
            reach.read_session(scope, shown.iter().map(|note| folder.about(note)), "note", encounter)?;
            let shown = shown.into_iter();
            let views: Vec<NoteView> = shown.map(|note| answers::note(&folder, note, Vec::new())).collect();
            let mut page = Page::cut(views, limit, |note| note.id);
            let waivers = store::waivers_of(scope, page.items.iter().map(|note| note.id)).await?;
            answers::add_waivers(&folder, &mut page.items, waivers);
            Ok(page)
        })
    })
    .await
}

/// What stands in the way of signing a note.
///
/// # Errors
/// 404.
pub async fn check(cx: &Cx, id: NoteId) -> Result<Checked, Problem> {
    cx.read(Permission::GroupEncounterNoteRead, |scope| {
        Box::pin(async move {
            let (folder, note) = readable(scope, id).await?;
            let waivers = store::waivers(scope, id).await?;
            let checker = Checker::load(scope, &folder).await?;
            Ok(Checked::of(&note, checker.findings(&folder, &note, &waivers)))
        })
    })
    .await
}

/// How far a session is documented, and what is missing.
///
/// # Errors
/// 404.
pub async fn documentation(cx: &Cx, encounter: EncounterId) -> Result<DocumentationView, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let folder = Folder::of_encounter(scope, encounter).await?;
            answers::documentation(scope, &folder).await
        })
    })
    .await
}

/// Everything the page of a session's documentation shows, and whether the caller may write in it.
///
/// # Errors
/// 404.
pub async fn record(cx: &Cx, session: SessionId) -> Result<Record, Problem> {
    cx.read(Permission::GroupEncounterNoteRead, |scope| {
        Box::pin(async move {
            let folder = Folder::of_session(scope, session).await?;
            let abouts = folder.notes.iter().map(|note| folder.about(note));
            folder.reach(scope).await?.read_session(scope, abouts, "note", folder.encounter.id)?;
            opened(scope, folder).await
        })
    })
    .await
}

/// A draft that can't be signed yet.
pub struct Held {
    /// The note.
    pub note: NoteId,
    /// Why not, beside the findings: whom it is about has not attended, or another leader wrote it.
    pub why: Option<String>,
    /// What is open.
    pub findings: Vec<Finding>,
}

/// The drafts of a session that can't be signed yet, each with every reason, as far as the caller may read them.
///
/// # Errors
/// 404.
pub async fn held(cx: &Cx, session: SessionId) -> Result<Vec<Held>, Problem> {
    cx.read(Permission::GroupEncounterNoteRead, |scope| {
        Box::pin(async move {
            let folder = Folder::of_session(scope, session).await?;
            let reach = folder.reach(scope).await?;
            let is_shown = |note: &&Note| note.status == NoteStatus::Draft && reach.covers(folder.about(note));
            let drafts: Vec<&Note> = folder.notes.iter().filter(is_shown).collect();
            reach.read_session(scope, drafts.iter().map(|note| folder.about(note)), "note", folder.encounter.id)?;
            let mut waivers = store::waivers_of(scope, drafts.iter().map(|note| note.id)).await?;
            let checker = Checker::load(scope, &folder).await?;
            let of_others = store::drafts_of_other_leaders(scope, session).await?;
            let held = drafts.into_iter().map(|note| {
                let waived = waivers.remove(&note.id).unwrap_or_default();
                let mut findings = checker.findings(&folder, note, &waived);
                findings.retain(Finding::is_open);
                let about = note.participant_id.and_then(|id| folder.participant(id));
                let away = about.map(|one| one.status).filter(|status| *status != ParticipantStatus::Attended);
                let not_here = away.map(|status| not_attending(&folder, status, true).detail().to_owned());
                let by_another = of_others.contains(&note.id).then(|| BY_ANOTHER.to_owned());
                Held { note: note.id, why: not_here.or(by_another), findings }
            });
            Ok(held.filter(|one| one.why.is_some() || !one.findings.is_empty()).collect())
        })
    })
    .await
}

async fn opened(scope: &mut Scope<'_>, mut folder: Folder) -> Result<Record, Problem> {
    let documentation = answers::documentation(scope, &folder).await?;
    let people: Vec<Person> = folder.participants.iter().filter_map(|one| one.person()).collect();
    let names = people::names(scope, &people).await?;
    // As in the room view.
    let name = |one: &Participant| one.person().and_then(|person| names.get(&person));
    folder.participants.sort_by(|a, b| (name(a), a.id).cmp(&(name(b), b.id)));
    let may_write = scope.cx.permissions.allows(Permission::GroupEncounterNoteCreate)
        && may_edit(NoteStatus::Draft, folder.session.status, &starter(scope.cx), &folder.leaders).is_ok();
    let may_review = scope.cx.has_flag(Flag::CanReview) && folder.session.status == SessionStatus::PendingReview;
    let may_begin = may_write && is_more_to_begin(&folder);
    let templates = if may_write { templates::actions::notes::in_use(scope).await? } else { Vec::new() };
    let discipline = if may_begin { own_discipline(scope).await? } else { Discipline::General };
    // What counts as documented is counted over all of them; shown is what the caller may read.
    let reach = folder.reach(scope).await?;
    let notes = std::mem::take(&mut folder.notes);
    let (shown, left): (Vec<Note>, Vec<Note>) = notes.into_iter().partition(|note| reach.covers(folder.about(note)));
    folder.notes = shown;
    let hidden = left.iter().filter(|note| note.status.is_current()).map(|note| note.participant_id).collect();
    Ok(Record { folder, documentation, names, templates, discipline, may_write, may_begin, may_review, hidden })
}

/// One note as its page shows it, with what stands in the way of signing a draft.
///
/// # Errors
/// 404.
pub async fn sheet(cx: &Cx, id: NoteId) -> Result<Sheet, Problem> {
    cx.read(Permission::GroupEncounterNoteRead, |scope| {
        Box::pin(async move {
            let (folder, note) = readable(scope, id).await?;
            let waivers = store::waivers(scope, id).await?;
            let findings = match note.status {
                NoteStatus::Draft => Checker::load(scope, &folder).await?.findings(&folder, &note, &waivers),
                _ => Vec::new(),
            };
            let view = answers::note(&folder, &note, waivers);
            Ok(Sheet { record: opened(scope, folder).await?, note: view, findings })
        })
    })
    .await
}

/// A session's documentation as its page needs it.
pub struct Record {
    /// Everything in it.
    pub folder: Folder,
    /// How far it is.
    pub documentation: DocumentationView,
    /// How its people are shown.
    pub names: BTreeMap<Person, String>,
    /// The organization's own templates, for who may write.
    pub templates: Vec<TemplateView>,
    /// The caller's own, in which they begin an individual note unless they choose another.
    pub discipline: Discipline,
    /// The caller may write and sign.
    pub may_write: bool,
    /// There is a note that the caller may begin.
    pub may_begin: bool,
    /// The caller has the flag to review, and the session waits for it.
    pub may_review: bool,
    /// Whose notes are not the caller's to read; none for the group note.
    pub hidden: BTreeSet<Option<ParticipantId>>,
}

impl Record {
    /// How a participant is shown.
    pub fn name_of(&self, participant: ParticipantId) -> &str {
        let person = self.folder.participant(participant).and_then(|one| one.person());
        person.and_then(|person| self.names.get(&person)).map_or("", String::as_str)
    }

    /// What a note is called on a page.
    pub fn title_of(&self, note: &NoteView) -> String {
        match note.participant_id {
            Some(participant) => format!("{}: {}", self.name_of(participant), note.template.name),
            None => note.template.name.clone(),
        }
    }

    /// The organization's own templates for a kind of note.
    pub fn templates_for(&self, note_type: NoteType) -> impl Iterator<Item = &TemplateView> {
        self.templates.iter().filter(move |one| one.note_type == note_type)
    }

    /// The notes entered in error, as they are shown.
    pub fn voided(&self) -> impl Iterator<Item = NoteView> + '_ {
        let voided = self.folder.notes.iter().filter(|note| note.status == NoteStatus::EnteredInError);
        voided.map(|note| answers::note(&self.folder, note, Vec::new()))
    }

    /// The notes that count, as they are shown.
    pub fn notes(&self) -> impl Iterator<Item = NoteView> + '_ {
        let current = self.folder.notes.iter().filter(|note| note.status.is_current());
        current.map(|note| answers::note(&self.folder, note, Vec::new()))
    }
}

/// One note as its page needs it.
pub struct Sheet {
    /// The documentation it belongs to.
    pub record: Record,
    /// The note.
    pub note: NoteView,
    /// What stands in the way of signing it.
    pub findings: Vec<Finding>,
}
