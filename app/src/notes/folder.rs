//! Everything the documentation of one session consists of, loaded once for a decision.

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    id::{EncounterId, NoteId, ParticipantId, PractitionerId, SessionId},
    notes::{Demands, Documentation, Missing, NoteFacts, documentation_status, last_signature, missing},
    notes::{DocumentationStatus, NoteType},
    permissions::Permission,
    roster::{MemberStatus, Person},
    sessions::{Leader, ParticipantStatus, SessionVerb, Starter, unresolved},
    templates::GroupSessionSettings,
};
use ::store::Where;

use super::store::{self, Annotation, Note, Signature};
use crate::{
    chart_access::{About, Reach, reach},
    door::{Cx, Scope},
    people::Practitioner,
    problem::Problem,
    roster::Member,
    sessions::{self, Encounter, Participant, Session},
};

/// The most members of a group whose names are looked for.
const MEMBERS_MAX: usize = 5_000;

/// The documentation of one session.
pub struct Folder {
    /// The session.
    pub session: Session,
    /// Its encounter.
    pub encounter: Encounter,
    /// Who leads it.
    pub leaders: Vec<Leader>,
    /// Who is in it.
    pub participants: Vec<Participant>,
    /// Its notes, oldest first.
    pub notes: Vec<Note>,
    /// What was signed, oldest first.
    pub signatures: Vec<Signature>,
    /// What was added, oldest first.
    pub annotations: Vec<Annotation>,
}

impl Folder {
    /// The folder of an encounter.
    ///
    /// # Errors
    /// 404 when there is no such encounter.
    pub async fn of_encounter(scope: &mut Scope<'_>, id: EncounterId) -> Result<Self, Problem> {
        let encounter: Encounter = scope.get(id).await?;
        let session = scope.get(encounter.session_id).await?;
        Self::filled(scope, session, encounter).await
    }

    /// The folder of a session.
    ///
    /// # Errors
    /// 404 when there is no such session.
    pub async fn of_session(scope: &mut Scope<'_>, id: SessionId) -> Result<Self, Problem> {
        let session: Session = scope.get(id).await?;
        Self::around(scope, session).await
    }

    /// The folder of a session whose row is locked until the end of the transaction: whoever signs, completes or marks
    /// somebody waits for each other.
    ///
    /// # Errors
    /// 404 when there is no such session.
    pub async fn locked(scope: &mut Scope<'_>, id: SessionId) -> Result<Self, Problem> {
        let session: Session = scope.lock(id).await?;
        Self::around(scope, session).await
    }

    async fn around(scope: &mut Scope<'_>, session: Session) -> Result<Self, Problem> {
        let encounter = sessions::encounter_of(scope, session.id).await?;
        let encounter = encounter.ok_or_else(|| Problem::not_found("encounter"))?;
        Self::filled(scope, session, encounter).await
    }

    async fn filled(scope: &mut Scope<'_>, session: Session, encounter: Encounter) -> Result<Self, Problem> {
        Ok(Self {
            leaders: sessions::leaders(scope, session.id).await?,
            participants: sessions::people_in(scope, session.id).await?,
            notes: store::of_encounter(scope, encounter.id).await?,
            signatures: store::signatures_of(scope, encounter.id).await?,
            annotations: store::annotations_of(scope, encounter.id).await?,
            session,
            encounter,
        })
    }

    /// A note in it.
    ///
    /// # Errors
    /// 404 when it is none of them.
    pub fn note(&self, id: NoteId) -> Result<&Note, Problem> {
        self.notes.iter().find(|note| note.id == id).ok_or_else(|| Problem::not_found("note"))
    }

    /// Puts the next version of a note in its place.
    pub fn replace(&mut self, note: Note) {
        match self.notes.iter_mut().find(|known| known.id == note.id) {
            Some(known) => *known = note,
            None => self.notes.push(note),
        }
    }

    /// What of it the caller may read.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn reach(&self, scope: &mut Scope<'_>) -> Result<Reach, Problem> {
        reach(scope, &self.session, &self.leaders, &self.participants).await
    }

    /// Whom a note of it is about.
    pub fn about(&self, note: &Note) -> About {
        About::of(note.participant_id, &self.participants)
    }

    /// A participant in it.
    pub fn participant(&self, id: ParticipantId) -> Option<&Participant> {
        self.participants.iter().find(|participant| participant.id == id)
    }

    /// The signatures under the present edition of a note.
    pub fn signatures_of<'a>(&'a self, note: &'a Note) -> impl Iterator<Item = &'a Signature> {
        self.signatures.iter().filter(move |signature| signature.is_of(note))
    }

    /// Who signed the present edition of a note, reviewers apart.
    pub fn signers_of(&self, note: &Note) -> Vec<PractitionerId> {
        note.facts(&self.signatures).signed_by
    }

    /// The participants nobody has marked.
    pub fn unresolved(&self) -> Vec<ParticipantId> {
        let all: Vec<_> = self.participants.iter().map(|participant| (participant.id, participant.status)).collect();
        unresolved(&all)
    }

    /// The current group note.
    pub fn group_note(&self) -> Option<&Note> {
        self.notes.iter().find(|note| note.note_type == NoteType::SessionNote && note.status.is_current())
    }

    /// The current notes of a participant.
    pub fn notes_of(&self, participant: ParticipantId) -> impl Iterator<Item = &Note> {
        self.notes.iter().filter(move |note| note.participant_id == Some(participant) && note.status.is_current())
    }

    /// The people of the session and its group, by id of the participant or of nobody.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn people(&self, scope: &mut Scope<'_>) -> Result<Vec<Person>, Problem> {
        let mut people: Vec<Person> = self.participants.iter().filter_map(Participant::person).collect();
        if let Some(group) = self.session.group_id {
            let live = [MemberStatus::Active, MemberStatus::Offered, MemberStatus::Waitlisted];
            let filter = Where::organization().and("group_id = ?", &group);
            let filter = filter.and_in("status", live.iter().map(Value::from));
            let members: Vec<Member> = scope.filter(&filter, "added_at, id", MEMBERS_MAX).await?;
            people.extend(members.iter().filter_map(Member::person));
        }
        people.sort_unstable();
        people.dedup();
        Ok(people)
    }

    /// The rulebook's view of it, for as long as `ask` looks.
    fn asked<T>(&self, ask: impl FnOnce(&Documentation<'_>) -> T) -> T {
        let attended: Vec<ParticipantId> = self
            .participants
            .iter()
            .filter(|one| one.status == ParticipantStatus::Attended && one.patient_id.is_some())
            .map(|one| one.id)
            .collect();
        let mut notes: Vec<NoteFacts> = self.notes.iter().map(|note| note.facts(&self.signatures)).collect();
        notes.extend(self.earlier_editions());
        ask(&Documentation {
            session: self.session.status,
            ended: self.session.actual_end.is_some(),
            demands: self.demands(),
            leaders: &self.leaders,
            attended_patients: &attended,
            unresolved: &self.unresolved(),
            notes: &notes,
            annotated: !self.annotations.is_empty(),
        })
    }

    /// What was signed and then returned: an earlier edition, superseded.
    fn earlier_editions(&self) -> impl Iterator<Item = NoteFacts> + '_ {
        let returned = self.notes.iter().filter(|note| {
            self.signatures.iter().any(|signature| signature.note_id == note.id && signature.edition < note.edition)
        });
        returned.map(|note| NoteFacts {
            note: note.id,
            note_type: note.note_type,
            participant: note.participant_id,
            status: ::rules::notes::NoteStatus::Superseded,
            signed_by: Vec::new(),
        })
    }

    /// What the template of the session says, as it was at its start.
    pub fn settings(&self) -> Option<&GroupSessionSettings> {
        self.session.template.as_ref().map(|template| &template.settings)
    }

    /// The notes that are needed: a template may waive either kind.
    pub fn demands(&self) -> Demands {
        let waived = |is: fn(&GroupSessionSettings) -> bool| self.settings().is_some_and(is);
        let usual = Demands::of(self.session.session_type);
        usual.but(waived(|one| one.waives_group_note), waived(|one| one.waives_individual_notes))
    }

    /// What is still missing, in the order of work.
    pub fn missing(&self) -> Vec<Missing> {
        self.asked(missing)
    }

    /// How far the session is documented.
    pub fn status(&self) -> DocumentationStatus {
        self.asked(documentation_status)
    }

    /// What follows from the last signature or the end, if anything does.
    pub fn turn(&self) -> Option<SessionVerb> {
        let needs_review = self.settings().is_some_and(|settings| settings.always_review)
            || self.notes.iter().any(|note| {
                self.signatures_of(note).any(|signature| signature.requires_review && !signature.is_review())
            });
        self.asked(|facts| last_signature(facts, needs_review))
    }

    /// The practitioners who signed anything in it, also what was returned since.
    pub fn ever_signed(&self) -> Vec<PractitionerId> {
        let own = self.signatures.iter().filter(|signature| !signature.is_review());
        own.map(|signature| signature.practitioner_id).collect()
    }
}

/// Who writes.
pub fn starter(cx: &Cx) -> Starter {
    Starter { practitioner: cx.practitioner(), manage_any: cx.permissions.allows(Permission::SessionManageAny) }
}

/// The names of these practitioners.
///
/// # Errors
/// When the database can't answer.
pub async fn practitioners(
    scope: &mut Scope<'_>,
    ids: &[PractitionerId],
) -> Result<BTreeMap<PractitionerId, Practitioner>, Problem> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(500) {
        let filter = Where::organization().and_in("id", chunk.iter().map(Value::from));
        let page: Vec<Practitioner> = scope.filter(&filter, "id", chunk.len()).await?;
        found.extend(page.into_iter().map(|one| (one.id, one)));
    }
    Ok(found)
}
