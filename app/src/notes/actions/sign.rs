//! Signing: a fresh proof, no open finding, then the text is frozen with its hash.

use ::rules::{
    id::{EncounterId, NoteId, PractitionerId},
    notes::{Layout, NoteStatus, Refusal, SignatureMeaning, Signer, may_sign},
    permissions::{Flag, Permission},
    sessions::ParticipantStatus,
    text::Reason,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::{
        answers::{self, NoteView},
        check::{self, Checker, Finding},
        folder::{Folder, practitioners},
        inputs::{Sign, SignAll},
        reactions,
        store::{self, Note, Signature, sha256},
    },
    audited,
    drafts::{locked, not_attending},
};
use crate::{
    door::{Cx, Scope},
    events::NoteEvent,
    identity,
    people::Practitioner,
    problem::Problem,
    sessions,
};

/// Asks the caller to prove who they are, once it is known that there is such a note.
pub(super) async fn prove_for(cx: &Cx, id: NoteId, password: Option<&str>) -> Result<(), Problem> {
    cx.require(Permission::GroupEncounterNoteCreate).await?;
    cx.read_as_oneself(|scope| Box::pin(async move { scope.get::<Note, _>(id).await.map(drop) })).await?;
    identity::actions::prove(cx, password).await
}

/// Signs a note.
///
/// # Errors
/// 404; 403 `not_leader`, `wrong_password`, `reauth_required`; 409 `already_signed`, `unresolved_participants`,
/// `not_attending`; 412 when the caller has seen another text; 422 with every open finding.
pub async fn sign(cx: &Cx, id: NoteId, sign: &Sign) -> Result<NoteView, Problem> {
    cx.require(Permission::GroupEncounterNoteCreate).await?;
    check_meaning(sign.meaning)?;
    prove_for(cx, id, sign.password.as_deref()).await?;
    let given: &Vec<(String, Reason)> =
        &sign.waivers.iter().map(|one| (one.key.to_string(), one.reason.clone())).collect();
    let outcome = cx.write(Permission::GroupEncounterNoteCreate, |scope| {
        Box::pin(async move {
            let mut folder = locked(scope, id).await?;
            let note: Note = scope.lock_current(id).await?;
            folder.replace(note.clone());
            let me = may_sign_here(scope, &folder, &note)?;
            if note.status == NoteStatus::Draft {
                let kept = store::waivers(scope, id).await?;
                let checker = Checker::load(scope, &folder).await?;
                waive(scope, &checker.findings(&folder, &note, &kept), &note, me, given).await?;
            }
            put(scope, &mut folder, &note, me, sign.meaning).await?;
            reactions::settle(scope, &mut folder).await?;
            let waivers = store::waivers(scope, id).await?;
            Ok(answers::note(&folder, folder.note(id)?, waivers))
        })
    });
    audited(cx, outcome.await).await
}

fn check_meaning(meaning: Option<SignatureMeaning>) -> Result<(), Problem> {
    match meaning {
        Some(SignatureMeaning::Review | SignatureMeaning::Annotation) => {
            let message = "must be `author` or `co_signature`; reviewing and annotating have routes of their own";
            Err(Problem::invalid_field("meaning", "invalid", message))
        }
        _ => Ok(()),
    }
}

/// Asks the rulebook whether the caller may sign this note now.
fn may_sign_here(scope: &Scope<'_>, folder: &Folder, note: &Note) -> Result<PractitionerId, Problem> {
    let signer = Signer { practitioner: scope.cx.practitioner(), leaders: &folder.leaders };
    let signed_by = folder.signers_of(note);
    may_sign(note.status, folder.session.status, &signer, &signed_by, &folder.unresolved())?;
    let about = note.participant_id.and_then(|id| folder.participant(id));
    if let Some(one) = about.filter(|one| one.status != ParticipantStatus::Attended) {
        return Err(not_attending(folder, one.status, true));
    }
    if answers::verified(folder, note) == Some(false) {
        let detail =
            "The stored text is not the text that was signed. Tell an administrator: the audit log knows more.";
        return Err(Problem::conflict("content_changed", detail));
    }
    Ok(signer.practitioner.ok_or(Refusal::NoPractitioner)?)
}

/// Keeps the waivers that fit, and refuses while anything else is open.
async fn waive(
    scope: &mut Scope<'_>,
    findings: &[Finding],
    note: &Note,
    me: PractitionerId,
    given: &[(String, Reason)],
) -> Result<(), Problem> {
    let given = check::matching(findings, given)?;
    let waived = |finding: &Finding| given.iter().any(|(key, _)| *key == finding.key);
    let left: Vec<Finding> = findings.iter().filter(|finding| !waived(finding)).cloned().collect();
    match check::refusal(&left) {
        Some(problem) => Err(problem),
        None => Ok(store::add_waivers(scope, note, me, &given).await?),
    }
}

/// Puts a signature under the present text, freezing it if it is the first.
async fn put(
    scope: &mut Scope<'_>,
    folder: &mut Folder,
    note: &Note,
    me: PractitionerId,
    meaning: Option<SignatureMeaning>,
) -> Result<(), Problem> {
    let first = note.status == NoteStatus::Draft;
    let usual = if first { SignatureMeaning::Author } else { SignatureMeaning::CoSignature };
    let signature = signature(scope, folder, note, me, meaning.unwrap_or(usual)).await?;
    scope.insert(&signature).await?;
    if first {
        let signed = Note { status: NoteStatus::Signed, ..note.clone() };
        folder.replace(scope.update(note, signed).await?);
        folder.session = sessions::actions::note_signed(scope, &folder.session, Some(scope.now())).await?;
    }
    scope.emit(NoteEvent::Signed {
        note: note.id,
        session: note.session_id,
        signature: signature.id,
        sha256: signature.sha256.clone(),
        signer_sha256: signature.hash_of_signer(),
    });
    folder.signatures.push(signature);
    Ok(())
}

/// A signature of the caller under the present text of a note.
pub(super) async fn signature(
    scope: &mut Scope<'_>,
    folder: &Folder,
    note: &Note,
    me: PractitionerId,
    meaning: SignatureMeaning,
) -> Result<Signature, Problem> {
    let (printed_name, credential) = printed(scope, me).await?;
    // Who signs after others signs the bytes that they have signed.
    let first = folder.signatures_of(note).next();
    let signed_text = note.canonical(first.map_or(Layout::PRESENT, |first| Layout::of(&first.signed_text)));
    let unsealed = Signature {
        id: scope.id(),
        note_id: note.id,
        encounter_id: note.encounter_id,
        edition: note.edition,
        practitioner_id: me,
        user_id: scope.cx.user(),
        printed_name,
        credential,
        meaning,
        requires_review: scope.cx.has_flag(Flag::RequiresReview),
        signed_at: scope.now(),
        sha256: sha256(&signed_text),
        signed_text,
        signer_sha256: None,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    };
    Ok(unsealed.sealed())
}

/// The printed name and credential of a practitioner.
///
/// # Errors
/// 422 `no_practitioner` when the profile is gone.
pub(super) async fn printed(scope: &mut Scope<'_>, me: PractitionerId) -> Result<(String, String), Problem> {
    let found: Option<Practitioner> = practitioners(scope, &[me]).await?.remove(&me);
    let found = found.ok_or(Refusal::NoPractitioner)?;
    let name = format!("{} {}", found.given_name, found.family_name).trim().to_owned();
    Ok((name, found.credential.map(|credential| credential.to_string()).unwrap_or_default()))
}

/// What became of signing everything that is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedAll {
    /// The notes that were signed.
    pub signed: Vec<NoteId>,
    /// The notes that were not, each with why.
    pub left: Vec<LeftUnsigned>,
}

/// A note that was not signed with the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftUnsigned {
    /// The note.
    pub note_id: NoteId,
    /// A stable word.
    pub code: String,
    /// What would help.
    pub message: String,
}

/// Signs every note of a session that is ready and that the caller has not signed; the others are named with why. What
/// another leader wrote last and has not signed yet is left to them.
///
/// # Errors
/// 404; 403; 409 `invalid_transition`, `unresolved_participants`, `nothing_to_sign`.
pub async fn sign_all(cx: &Cx, encounter: EncounterId, sign: &SignAll) -> Result<SignedAll, Problem> {
    cx.require(Permission::GroupEncounterNoteCreate).await?;
    cx.read_as_oneself(|scope| Box::pin(async move { scope.get::<sessions::Encounter, _>(encounter).await.map(drop) }))
        .await?;
    identity::actions::prove(cx, sign.password.as_deref()).await?;
    let outcome = cx.write(Permission::GroupEncounterNoteCreate, |scope| {
        Box::pin(async move {
            let encounter: sessions::Encounter = scope.get(encounter).await?;
            let mut folder = Folder::locked(scope, encounter.session_id).await?;
            let outcome = sign_ready(scope, &mut folder).await?;
            if outcome.signed.is_empty() {
                return Err(nothing_to_sign(&outcome.left));
            }
            reactions::settle(scope, &mut folder).await?;
            Ok(outcome)
        })
    });
    audited(cx, outcome.await).await
}

async fn sign_ready(scope: &mut Scope<'_>, folder: &mut Folder) -> Result<SignedAll, Problem> {
    let mut outcome = SignedAll { signed: Vec::new(), left: Vec::new() };
    let checker = Checker::load(scope, folder).await?;
    let ids: Vec<NoteId> = folder.notes.iter().filter(|note| note.status.is_current()).map(|note| note.id).collect();
    let of_others = store::drafts_of_other_leaders(scope, folder.session.id).await?;
    for id in ids {
        let note: Note = scope.lock(id).await?;
        folder.replace(note.clone());
        let me = match may_sign_here(scope, folder, &note) {
            Ok(me) => me,
            Err(problem) if problem.code() == "already_signed" => continue,
            Err(problem) if problem.code() == "not_attending" => {
                outcome.left.push(left(id, problem.code(), problem.detail()));
                continue;
            }
            Err(problem) => return Err(problem),
        };
        if of_others.contains(&id) {
            outcome.left.push(left(id, "written_by_another", BY_ANOTHER));
            continue;
        }
        let kept = store::waivers(scope, id).await?;
        let findings = match note.status {
            NoteStatus::Draft => checker.findings(folder, &note, &kept),
            _ => Vec::new(),
        };
        match findings.iter().find(|finding| finding.is_open()) {
            Some(finding) => outcome.left.push(left(id, &finding.code, &finding.message)),
            None => {
                put(scope, folder, &note, me, None).await?;
                outcome.signed.push(id);
            }
        }
    }
    Ok(outcome)
}

/// Why a draft is not signed along with one's own: a signature says that one has read it.
pub(super) const BY_ANOTHER: &str =
    "Another leader wrote in this note last and signs it first; or open it, read it, and sign it by itself.";

fn left(note_id: NoteId, code: &str, message: &str) -> LeftUnsigned {
    LeftUnsigned { note_id, code: code.to_owned(), message: message.to_owned() }
}

fn nothing_to_sign(left: &[LeftUnsigned]) -> Problem {
    let detail = match left {
        [] => "You have signed every note of this session that there is.".to_owned(),
        [only] => format!("One note is not ready: {}.", only.message.trim_end_matches('.')),
        several => format!("{} notes are not ready; check each of them.", several.len()),
    };
    Problem::conflict("nothing_to_sign", detail)
}
