//! Writing beside others: who is in which note, what two people changed in one, and what goes on from one session to the
//! next.

use ::rules::{
    column::Json,
    id::{EncounterId, NoteId, SessionId, UserId},
    notes::{Merged, NoteContent, NoteStatus, may_edit, merge},
    permissions::Permission,
    templates::{NoteTemplate, Stage, check_content, goals_forward},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::{
        answers::{self, NoteView},
        folder::{Folder, starter},
        inputs::{ChangeNote, Here},
        store::{self, Note},
    },
    audited,
    drafts::{changed, save},
    read::readable,
};
use crate::{
    audit::history::earlier,
    door::{Cx, Scope},
    events::NoteEvent,
    problem::{FieldError, Problem},
    sessions,
};

/// How often two versions are brought together before anything is locked. On SQLite who saves sees what others have just
/// saved before a reader does (ADR 0005), so that more rounds may all come too late.
const ROUNDS: u32 = 2;

/// A draft as the caller read it, and as it is now.
struct Versions {
    /// None when that version is of another edition, or can't be read any more.
    read: Option<Note>,
    present: Note,
}

async fn versions(scope: &mut Scope<'_>, id: NoteId, read: i64) -> Result<Versions, Problem> {
    let present: Note = scope.get(id).await?;
    beside(scope, present, read).await
}

async fn beside(scope: &mut Scope<'_>, present: Note, read: i64) -> Result<Versions, Problem> {
    if present.version == read {
        return Ok(Versions { read: Some(present.clone()), present });
    }
    let base: Option<Note> = earlier(scope, present.id, read).await?;
    let same_text = |base: &Note| base.edition == present.edition && base.status == NoteStatus::Draft;
    Ok(Versions { read: base.filter(same_text), present })
}

impl Versions {
    /// The caller's change of what they read, and what it comes to with what was saved since.
    fn brought_together(&self, change: &ChangeNote) -> Result<Option<(NoteContent, Merged)>, Problem> {
        let Some(read) = &self.read else { return Ok(None) };
        let mine = changed(read, change, None)?.written();
        let merged = merge(&self.present.template.fields, &read.written(), &self.present.written(), &mine);
        Ok(Some((mine, merged)))
    }

    /// The draft with what both wrote.
    ///
    /// # Errors
    /// 422 when the change itself does not fit; 412 that names where somebody else has changed the same, or where both
    /// together do not fit, or when the version that was read is of another edition.
    fn merged(&self, change: &ChangeNote, by: Option<UserId>) -> Result<Note, Problem> {
        let stale = || Problem::stale(Some(self.present.version));
        let (mine, merged) = self.brought_together(change)?.ok_or_else(stale)?;
        let faults = |content: &NoteContent| check_content(&self.present.template.fields, content, Stage::Draft);
        let own = faults(&mine);
        if !own.is_empty() {
            return Err(own.into());
        }
        let message = "was changed by somebody else, too; bring both together and save again";
        let overlaps = merged.overlaps.iter().map(|field| FieldError::new(field, "changed", message));
        let beyond = faults(&merged.content);
        let beyond = beyond.iter().map(|fault| {
            FieldError::new(&fault.field, "changed", format!("{}, with what somebody else wrote there", fault.message))
        });
        let doubts: Vec<FieldError> = overlaps.chain(beyond).collect();
        if !doubts.is_empty() {
            return Err(stale().with_errors(doubts));
        }
        Ok(Note {
            content: merged.content.text,
            fields: store::Values(merged.content.fields),
            edited_by_user: by,
            ..self.present.clone()
        })
    }
}

/// Work that may take long, off the threads that serve, and never within a transaction: on SQLite everybody who writes
/// would wait for it.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))
}

/// How a change comes into a note.
#[derive(Clone, Copy)]
pub(super) enum Coming<'a> {
    /// As it is, on the version that was read.
    AsItIs,
    /// As it was brought together with the version that was present, before anything was locked.
    Apart(&'a Together),
    /// Brought together with the version that is locked: others saved each time in between.
    Locked {
        /// The version that was read.
        read: i64,
    },
}

impl Coming<'_> {
    /// The locked draft with the change in it.
    ///
    /// # Errors
    /// 412 when it is not the version the change was brought together with; else what stands in the way.
    pub(super) async fn note_on(self, scope: &mut Scope<'_>, old: &Note, change: &ChangeNote) -> Result<Note, Problem> {
        match self {
            Self::AsItIs => changed(old, change, scope.cx.user()),
            Self::Apart(together) => together.note_on(old),
            Self::Locked { read } => beside(scope, old.clone(), read).await?.merged(change, scope.cx.user()),
        }
    }
}

/// A change and the version of the note that was present, brought together before anything is locked.
pub(super) struct Together {
    seen: i64,
    outcome: Result<Note, Problem>,
}

impl Together {
    async fn of(cx: &Cx, id: NoteId, read: i64, change: &ChangeNote) -> Result<Self, Problem> {
        let versions = cx.read_as_oneself(|scope| Box::pin(versions(scope, id, read))).await?;
        let (change, by) = (change.clone(), cx.user());
        apart(move || Self { seen: versions.present.version, outcome: versions.merged(&change, by) }).await
    }

    /// What the change came to, if the note still is the version it was brought together with.
    ///
    /// # Errors
    /// 412 with the version there is now when it is not; else what stands in the way.
    fn note_on(&self, locked: &Note) -> Result<Note, Problem> {
        if locked.version == self.seen { self.outcome.clone() } else { Err(Problem::stale(Some(locked.version))) }
    }

    /// Whether somebody else saved between the reading and the lock.
    fn is_overtaken(&self, refused: &Problem) -> bool {
        refused.current_version().is_some_and(|now| now != self.seen)
    }
}

/// Saves a change of a version that may no longer be the present one: what it changed, in the present one.
///
/// # Errors
/// As a save.
pub(super) async fn change(cx: &Cx, id: NoteId, read: i64, change: &ChangeNote) -> Result<NoteView, Problem> {
    for _ in 0..ROUNDS {
        let together = Together::of(cx, id, read, change).await?;
        match save(cx, id, change, Coming::Apart(&together)).await {
            Err(problem) if together.is_overtaken(&problem) => {}
            outcome => return outcome,
        }
    }
    save(cx, id, change, Coming::Locked { read }).await
}

/// A change that could not be saved, with what others have saved since: the caller's own words only where both changed the
/// same. None when there is nothing to bring together.
///
/// # Errors
/// 404; 422 for a change of nothing.
pub async fn over_theirs(cx: &Cx, id: NoteId, read: i64, change: &ChangeNote) -> Result<Option<NoteContent>, Problem> {
    let versions = cx
        .read(Permission::GroupEncounterNoteRead, |scope| {
            Box::pin(async move {
                readable(scope, id).await?;
                versions(scope, id, read).await
            })
        })
        .await?;
    let change = change.clone();
    let together = apart(move || versions.brought_together(&change)).await??;
    Ok(together.map(|(mine, merged)| merged.over_theirs(&mine)))
}

/// Takes the goals of this patient's last signed note of the same discipline into a draft in which none is named yet:
/// the goals alone, their progress is another session's.
///
/// # Errors
/// 404; 403 `not_leader`; 409 for a signed note, or `nothing_to_copy`; 412.
pub async fn copy_forward(cx: &Cx, id: NoteId) -> Result<NoteView, Problem> {
    cx.require(Permission::GroupEncounterNoteCreate).await?;
    let outcome = cx.write(Permission::GroupEncounterNoteCreate, |scope| {
        Box::pin(async move {
            let old: Note = scope.lock_current(id).await?;
            let mut folder = Folder::of_session(scope, old.session_id).await?;
            may_edit(old.status, folder.session.status, &starter(scope.cx), &folder.leaders)?;
            let last = store::last_of_discipline(scope, &old).await?.ok_or_else(nothing_to_copy)?;
            scope.record_reading("note", last.id);
            let of = |template: &Json<NoteTemplate>| template.0.fields.clone();
            let goals = goals_forward((&of(&last.template), &last.fields.0), (&of(&old.template), &old.fields.0));
            if goals.is_empty() {
                return Err(nothing_to_copy());
            }
            let mut note = Note { edited_by_user: scope.cx.user(), ..old.clone() };
            note.fields.0.extend(goals);
            let saved = scope.update(&old, note).await?;
            scope.emit(NoteEvent::Updated { note: id, session: saved.session_id });
            folder.replace(saved.clone());
            let waivers = store::waivers(scope, id).await?;
            Ok(answers::note(&folder, &saved, waivers))
        })
    });
    audited(cx, outcome.await).await
}

fn nothing_to_copy() -> Problem {
    let detail = "There is no earlier signed note of this patient and discipline with goals that are missing here.";
    Problem::conflict("nothing_to_copy", detail)
}

/// How long somebody counts as there after they were last seen.
pub const THERE: SignedDuration = SignedDuration::from_secs(30);

/// Somebody else who has the documentation of a session open to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WriterView {
    /// Who.
    pub user_id: UserId,
    /// How they are shown.
    pub name: String,
    /// The note they are in; none while they look at the whole.
    pub note_id: Option<NoteId>,
    /// When they were last seen there, at most half a minute ago.
    pub seen_at: Timestamp,
}

/// The documentation of an encounter as somebody finds it who writes in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Around {
    /// Who else writes here, by name.
    pub writers: Vec<WriterView>,
    /// The notes that count, in order of creation: what has another version than the caller knows has changed.
    pub notes: Vec<NoteStanding>,
}

/// Where a note stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NoteStanding {
    /// The note.
    pub id: NoteId,
    /// Being written, or signed.
    pub status: NoteStatus,
    /// One more with each change.
    pub version: i64,
}

/// Says that the caller writes in the documentation of an encounter, and in which note; answers who else does.
///
/// # Errors
/// 404; 403 `not_leader`; 409 when it is not being written.
pub async fn here(cx: &Cx, encounter: EncounterId, here: &Here) -> Result<Around, Problem> {
    let outcome = cx.jot(Permission::GroupEncounterNoteCreate, |scope| {
        Box::pin(async move {
            let encounter: sessions::Encounter = scope.get(encounter).await?;
            in_session(scope, encounter.session_id, here).await
        })
    });
    audited(cx, outcome.await).await
}

/// As [`here`], for who knows the session.
///
/// # Errors
/// As [`here`].
pub async fn here_in_session(cx: &Cx, session: SessionId, here: &Here) -> Result<Around, Problem> {
    let work = cx.jot(Permission::GroupEncounterNoteCreate, |scope| Box::pin(in_session(scope, session, here)));
    audited(cx, work.await).await
}

async fn in_session(scope: &mut Scope<'_>, session: SessionId, here: &Here) -> Result<Around, Problem> {
    let standing: sessions::Session = scope.get(session).await?;
    let leaders = sessions::leaders(scope, session).await?;
    may_edit(NoteStatus::Draft, standing.status, &starter(scope.cx), &leaders)?;
    let notes = store::standings(scope, session).await?;
    if here.note_id.is_some_and(|id| !notes.iter().any(|note| note.id == id)) {
        return Err(Problem::not_found("note"));
    }
    store::writes(scope, session, here.note_id).await?;
    let since = scope.now().checked_sub(THERE).unwrap_or(Timestamp::MIN);
    Ok(Around { writers: store::writers(scope, session, since).await?, notes })
}
