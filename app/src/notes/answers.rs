//! What a caller gets about notes: instants in the site's time, and whether the text still is what was signed.

use std::collections::BTreeMap;

use ::rules::{
    id::{AnnotationId, EncounterId, NoteId, ParticipantId, PatientId, PractitionerId, SessionId, SignatureId, UserId},
    notes::{Discipline, DocumentationStatus, Missing, NoteStatus, NoteType, SignatureMeaning},
    recurrence::Zone,
    templates::NoteTemplate,
    text::{Reason, Remark},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    check::Finding,
    folder::{Folder, practitioners},
    store::{Annotation, Note, Signature, Values, Waiver},
};
use crate::{door::Scope, problem::Problem};

/// A signature as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignatureView {
    /// The id.
    pub id: SignatureId,
    /// The version of the text it stands under.
    pub edition: u32,
    /// A later version took its place.
    pub is_superseded: bool,
    /// Who.
    pub practitioner_id: PractitionerId,
    /// The printed name at the time.
    pub printed_name: String,
    /// The credential at the time.
    pub credential: String,
    /// What it says.
    pub meaning: SignatureMeaning,
    /// When.
    #[schema(format = DateTime)]
    pub signed_at: String,
    /// The SHA-256 of the signed text, in hexadecimal.
    pub sha256: String,
    /// The signed text: what the hash is of.
    pub signed_text: String,
}

/// Words added to a signed note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnnotationView {
    /// The id.
    pub id: AnnotationId,
    /// What was added.
    pub content: String,
    /// Who.
    pub practitioner_id: PractitionerId,
    /// The printed name at the time.
    pub printed_name: String,
    /// The credential at the time.
    pub credential: String,
    /// When.
    #[schema(format = DateTime)]
    pub signed_at: String,
    /// The SHA-256 of what was signed, in hexadecimal.
    pub sha256: String,
}

/// Why a finding may stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaiverView {
    /// The finding.
    pub key: String,
    /// Why.
    pub reason: Reason,
    /// Who said so.
    pub practitioner_id: PractitionerId,
    /// When.
    #[schema(format = DateTime)]
    pub waived_at: String,
}

/// A note with what was signed, added and waived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoteView {
    /// The id.
    pub id: NoteId,
    /// The encounter.
    pub encounter_id: EncounterId,
    /// The session.
    pub session_id: SessionId,
    /// Whose it is, if individual.
    pub participant_id: Option<ParticipantId>,
    /// The patient it is about, if it is one.
    pub patient_id: Option<PatientId>,
    /// The group note, or one participant's.
    pub note_type: NoteType,
    /// The discipline, if individual.
    pub discipline: Option<Discipline>,
    /// The key of the template it started from.
    pub template_key: String,
    /// The version of that template.
    pub template_version: u32,
    /// The template as it was then.
    pub template: NoteTemplate,
    /// The running text.
    pub content: String,
    /// The values of the template's fields.
    pub fields: Values,
    /// Where it stands.
    pub status: NoteStatus,
    /// Which version of the text this is, from 1: a return begins the next.
    pub edition: u32,
    /// Whether text, signatures (name, credential, meaning and time too) and annotations still are what was signed; null
    /// while nothing is signed.
    pub content_verified: Option<bool>,
    /// Every signature, also under earlier versions of the text.
    pub signatures: Vec<SignatureView>,
    /// What was added since.
    pub annotations: Vec<AnnotationView>,
    /// Findings that may stay, with the reason.
    pub waivers: Vec<WaiverView>,
    /// What a reviewer said when it was returned.
    pub return_comment: Option<Remark>,
    /// Which reviewer returned it.
    pub returned_by: Option<PractitionerId>,
    /// The printed name of that reviewer at the time.
    pub returned_by_name: Option<String>,
    /// When it was returned.
    #[schema(format = DateTime)]
    pub returned_at: Option<String>,
    /// Why it was voided.
    pub void_reason: Option<Reason>,
    /// Who wrote in it last.
    pub edited_by_user: Option<UserId>,
    /// 1 when created, one more with each change; send it back in `If-Match`.
    pub version: i64,
    /// Who began it.
    pub created_by_user: Option<UserId>,
    /// When it was begun.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A note with its signatures and annotations.
pub fn note(folder: &Folder, note: &Note, waivers: Vec<Waiver>) -> NoteView {
    let zone = &folder.session.zone;
    let at = |instant| zone.rfc3339(instant);
    let own = |signature: &&Signature| signature.note_id == note.id;
    let annotations: Vec<&Annotation> =
        folder.annotations.iter().filter(|annotation| annotation.note_id == note.id).collect();
    NoteView {
        id: note.id,
        encounter_id: note.encounter_id,
        session_id: note.session_id,
        participant_id: note.participant_id,
        patient_id: note.patient_id,
        note_type: note.note_type,
        discipline: note.discipline,
        template_key: note.template_key.clone(),
        template_version: note.template_version,
        template: note.template.0.clone(),
        content: note.content.clone(),
        fields: note.fields.clone(),
        status: note.status,
        edition: note.edition,
        content_verified: verified(folder, note),
        signatures: folder.signatures.iter().filter(own).map(|one| signature(zone, note, one)).collect(),
        annotations: annotations.into_iter().map(|one| annotation(zone, one)).collect(),
        waivers: waivers.into_iter().map(|one| waiver(zone, one)).collect(),
        return_comment: note.return_comment.clone(),
        returned_by: note.returned_by,
        returned_by_name: note.returned_by_name.clone(),
        returned_at: note.returned_at.map(at),
        void_reason: note.void_reason.clone(),
        edited_by_user: note.edited_by_user,
        version: note.version,
        created_by_user: note.created_by_user,
        created_at: at(note.created_at),
        updated_at: at(note.updated_at),
    }
}

/// Puts the waivers of notes beside them.
pub fn add_waivers(folder: &Folder, notes: &mut [NoteView], mut waivers: BTreeMap<NoteId, Vec<Waiver>>) {
    for note in notes {
        let own = waivers.remove(&note.id).unwrap_or_default();
        note.waivers = own.into_iter().map(|one| waiver(&folder.session.zone, one)).collect();
    }
}

/// Whether everything signed of a note still is what was signed; none while nothing is signed. A note that says it is
/// signed and has no signature is not verified.
pub fn verified(folder: &Folder, note: &Note) -> Option<bool> {
    let mut signatures = folder.signatures.iter().filter(|signature| signature.note_id == note.id).peekable();
    let claims = note.status == NoteStatus::Signed;
    if signatures.peek().is_none() && !claims {
        return None;
    }
    // What is signed in its present edition is no draft; what says that it is signed, somebody signed.
    let signed = match note.status {
        NoteStatus::Draft => folder.signatures_of(note).next().is_none(),
        _ => !claims || folder.signatures_of(note).next().is_some(),
    };
    let annotations = folder.annotations.iter().filter(|annotation| annotation.note_id == note.id);
    // A returned note is a draft again: its earlier signatures stand under their own text.
    Some(signed && signatures.all(|signature| signature.holds(note)) && { annotations }.all(Annotation::holds))
}

fn signature(zone: &Zone, note: &Note, signature: &Signature) -> SignatureView {
    SignatureView {
        id: signature.id,
        edition: signature.edition,
        is_superseded: !signature.is_of(note),
        practitioner_id: signature.practitioner_id,
        printed_name: signature.printed_name.clone(),
        credential: signature.credential.clone(),
        meaning: signature.meaning,
        signed_at: zone.rfc3339(signature.signed_at),
        sha256: signature.sha256.clone(),
        signed_text: signature.signed_text.clone(),
    }
}

fn annotation(zone: &Zone, annotation: &Annotation) -> AnnotationView {
    AnnotationView {
        id: annotation.id,
        content: annotation.content.clone(),
        practitioner_id: annotation.practitioner_id,
        printed_name: annotation.printed_name.clone(),
        credential: annotation.credential.clone(),
        signed_at: zone.rfc3339(annotation.signed_at),
        sha256: annotation.sha256.clone(),
    }
}

fn waiver(zone: &Zone, waiver: Waiver) -> WaiverView {
    WaiverView {
        key: waiver.key,
        reason: waiver.reason,
        practitioner_id: waiver.practitioner,
        waived_at: zone.rfc3339(waiver.at),
    }
}

/// What a check has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Checked {
    /// The note.
    pub note_id: NoteId,
    /// The version that was checked.
    pub version: i64,
    /// Nothing stands in the way of signing it.
    pub is_ready: bool,
    /// Everything to look at, in the order of the note.
    pub findings: Vec<Finding>,
}

impl Checked {
    /// The outcome of a check.
    pub fn of(note: &Note, findings: Vec<Finding>) -> Self {
        let is_ready = !findings.iter().any(Finding::is_open);
        Self { note_id: note.id, version: note.version, is_ready, findings }
    }
}

/// One line of the list of what is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MissingView {
    /// A stable word.
    pub code: String,
    /// What to do.
    pub message: String,
    /// The participant it is about.
    pub participant_id: Option<ParticipantId>,
    /// The note it is about.
    pub note_id: Option<NoteId>,
    /// The leader whose signature is missing.
    pub practitioner_id: Option<PractitionerId>,
    /// The name of that leader.
    pub practitioner_name: Option<String>,
}

/// How far a session is documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentationView {
    /// The encounter.
    pub encounter_id: EncounterId,
    /// The session.
    pub session_id: SessionId,
    /// How far.
    pub documentation_status: DocumentationStatus,
    /// What is still missing, in the order of work; empty once the session is documented.
    pub missing: Vec<MissingView>,
}

/// How far a session is documented, and what is missing.
///
/// # Errors
/// When the database can't answer.
pub async fn documentation(scope: &mut Scope<'_>, folder: &Folder) -> Result<DocumentationView, Problem> {
    let missing = if folder.session.status.is_open() { folder.missing() } else { Vec::new() };
    let leaders: Vec<PractitionerId> = missing.iter().filter_map(leader).collect();
    let names = practitioners(scope, &leaders).await?;
    let names: BTreeMap<_, _> = names.into_iter().map(|(id, one)| (id, one.display_name())).collect();
    let line = |missing: &Missing| MissingView {
        code: missing.code().to_owned(),
        message: missing.message().to_owned(),
        participant_id: missing.participant(),
        note_id: match missing {
            Missing::GroupNoteSignature(note)
            | Missing::IndividualNoteSignature(note, _)
            | Missing::DraftLeft(note) => Some(*note),
            _ => None,
        },
        practitioner_id: leader(missing),
        practitioner_name: leader(missing).and_then(|id| names.get(&id).cloned()),
    };
    Ok(DocumentationView {
        encounter_id: folder.encounter.id,
        session_id: folder.session.id,
        documentation_status: folder.status(),
        missing: missing.iter().map(line).collect(),
    })
}

fn leader(missing: &Missing) -> Option<PractitionerId> {
    match missing {
        Missing::LeaderSignature(who) => Some(*who),
        _ => None,
    }
}
