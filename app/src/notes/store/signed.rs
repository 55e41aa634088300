//! Statements over what was signed, added and waived.

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    id::{AnnotationId, EncounterId, NoteId, PractitionerId, SignatureId, UserId},
    notes::{Layout, SignatureMeaning},
    text::Reason,
};
use ::store::{Error, Where};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::Note;
use crate::door::{Scope, hex};

::store::record! {
    /// One signature under one edition of a note. It is never changed.
    pub struct Signature(SignatureId) in "note_signatures" {
        /// The note.
        pub note_id: NoteId,
        /// Its encounter.
        pub encounter_id: EncounterId,
        /// Which version of the text.
        pub edition: u32,
        /// Who.
        pub practitioner_id: PractitionerId,
        /// The login that signed.
        pub user_id: Option<UserId>,
        /// The printed name at the time.
        pub printed_name: String,
        /// The credential at the time.
        pub credential: String,
        /// What it says.
        pub meaning: SignatureMeaning,
        /// The signer's work needed review at the time.
        pub requires_review: bool,
        /// When.
        pub signed_at: Timestamp,
        /// The SHA-256 of the signed text, in hexadecimal.
        pub sha256: String,
        /// The exact text that was hashed.
        pub signed_text: String,
        /// The SHA-256 of who signed, when and as what, in hexadecimal; none where it was signed before this was kept.
        pub signer_sha256: Option<String>,
    }
}

::store::record! {
    /// Words added to a signed note.
    pub struct Annotation(AnnotationId) in "note_annotations" {
        /// The note.
        pub note_id: NoteId,
        /// Its encounter.
        pub encounter_id: EncounterId,
        /// Which version of the text it was added to.
        pub edition: u32,
        /// What was added.
        pub content: String,
        /// Who.
        pub practitioner_id: PractitionerId,
        /// The login that signed it.
        pub user_id: Option<UserId>,
        /// The printed name at the time.
        pub printed_name: String,
        /// The credential at the time.
        pub credential: String,
        /// When.
        pub signed_at: Timestamp,
        /// The SHA-256 of the signed text, in hexadecimal.
        pub sha256: String,
        /// The exact text that was hashed.
        pub signed_text: String,
        /// The SHA-256 of who signed, when and as what, in hexadecimal; none where it was signed before this was kept.
        pub signer_sha256: Option<String>,
    }
}

/// The hash of a signed text, in hexadecimal.
pub fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

impl Signature {
    /// Whether it stands under the present edition of this note.
    pub fn is_of(&self, note: &Note) -> bool {
        self.note_id == note.id && self.edition == note.edition
    }

    /// Whether it is a reviewer's.
    pub fn is_review(&self) -> bool {
        self.meaning == SignatureMeaning::Review
    }

    /// Whether the text, its hash, the signer and, for the present edition, the note still are what was signed.
    pub fn holds(&self, note: &Note) -> bool {
        let kept = sha256(&self.signed_text) == self.sha256 && self.is_its_signers();
        kept && (!self.is_of(note) || self.signed_text == note.canonical(Layout::of(&self.signed_text)))
    }

    /// This signature with the hash of its signer.
    pub fn sealed(self) -> Self {
        Self { signer_sha256: Some(self.hash_of_signer()), ..self }
    }

    /// Whether name, credential, meaning and time still are what was signed, as far as the row itself knows.
    pub fn is_its_signers(&self) -> bool {
        self.signer_sha256.as_ref().is_none_or(|kept| *kept == self.hash_of_signer())
    }

    /// The hash of who signed what, when, and as what, in hexadecimal: what stands beside the signed text.
    pub fn hash_of_signer(&self) -> String {
        let facts = serde_json::json!({
            "credential": self.credential,
            "edition": self.edition,
            "meaning": self.meaning,
            "note": self.note_id,
            "practitioner": self.practitioner_id,
            "printed_name": self.printed_name,
            "requires_review": self.requires_review,
            "signed_at": self.signed_at,
            "user": self.user_id,
        });
        sha256(&facts.to_string())
    }
}

impl Annotation {
    /// The text that is signed for words added to a note.
    pub fn text_to_sign(id: AnnotationId, note: &Note, content: &str) -> String {
        serde_json::json!({ "annotation": id, "edition": note.edition, "note": note.id, "text": content }).to_string()
    }

    /// Whether the words, their hash and their signer still are what was signed.
    pub fn holds(&self) -> bool {
        let signed: serde_json::Value = serde_json::from_str(&self.signed_text).unwrap_or_default();
        let same = signed["text"] == self.content.as_str() && signed["note"] == self.note_id.to_string();
        same && sha256(&self.signed_text) == self.sha256 && self.is_its_signers()
    }

    /// This annotation with the hash of its signer.
    pub fn sealed(self) -> Self {
        Self { signer_sha256: Some(self.hash_of_signer()), ..self }
    }

    /// Whether name, credential and time still are what was signed, as far as the row itself knows.
    pub fn is_its_signers(&self) -> bool {
        self.signer_sha256.as_ref().is_none_or(|kept| *kept == self.hash_of_signer())
    }

    /// The hash of who signed it and when, in hexadecimal: what stands beside the signed text.
    pub fn hash_of_signer(&self) -> String {
        let facts = serde_json::json!({
            "credential": self.credential,
            "edition": self.edition,
            "note": self.note_id,
            "practitioner": self.practitioner_id,
            "printed_name": self.printed_name,
            "signed_at": self.signed_at,
            "user": self.user_id,
        });
        sha256(&facts.to_string())
    }
}

/// Why a finding may stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The finding.
    pub key: String,
    /// Why.
    pub reason: Reason,
    /// Who said so.
    pub practitioner: PractitionerId,
    /// When.
    pub at: Timestamp,
}

/// The signatures of an encounter, oldest first.
pub async fn signatures_of(scope: &mut Scope<'_>, encounter: EncounterId) -> Result<Vec<Signature>, Error> {
    scope.select("where organization_id = $1 and encounter_id = $2 order by id", &[(&encounter).into()]).await
}

/// The annotations of an encounter, oldest first.
pub async fn annotations_of(scope: &mut Scope<'_>, encounter: EncounterId) -> Result<Vec<Annotation>, Error> {
    scope.select("where organization_id = $1 and encounter_id = $2 order by id", &[(&encounter).into()]).await
}

/// The waivers of a note, of all its editions; the latest of each finding.
pub async fn waivers(scope: &mut Scope<'_>, note: NoteId) -> Result<Vec<Waiver>, Error> {
    Ok(waivers_of(scope, std::iter::once(note)).await?.remove(&note).unwrap_or_default())
}

/// The waivers of these notes, in one statement.
pub async fn waivers_of(
    scope: &mut Scope<'_>,
    notes: impl Iterator<Item = NoteId>,
) -> Result<BTreeMap<NoteId, Vec<Waiver>>, Error> {
    let filter = Where::organization().and_in("note_id", notes.map(|id| Value::from(&id)));
    let sql = format!(
        "select note_id, finding_key, reason, practitioner_id, waived_at from note_waivers where {} \
         order by note_id, edition, finding_key -- unique",
        filter.sql()
    );
    let mut all: BTreeMap<NoteId, Vec<Waiver>> = BTreeMap::new();
    for row in scope.rows(&sql, filter.arguments()).await? {
        let kept = all.entry(row.at(0)?).or_default();
        let waiver = Waiver { key: row.at(1)?, reason: row.at(2)?, practitioner: row.at(3)?, at: row.at(4)? };
        // A later edition's waiver of the same finding takes the place of the earlier one.
        kept.retain(|known| known.key != waiver.key);
        kept.push(waiver);
    }
    Ok(all)
}

/// Keeps why findings of a note may stay.
pub async fn add_waivers(
    scope: &mut Scope<'_>,
    note: &Note,
    practitioner: PractitionerId,
    waivers: &[(String, Reason)],
) -> Result<(), Error> {
    const HEAD: &str = "insert into note_waivers \
        (organization_id, note_id, edition, finding_key, reason, practitioner_id, waived_at) values";
    let now = Value::Time(scope.now());
    let row = |(key, reason): &(String, Reason)| {
        let edition = Value::from(&note.edition);
        [(&note.id).into(), edition, key.into(), reason.into(), (&practitioner).into(), now.clone()]
    };
    let values: Vec<Value> = waivers.iter().flat_map(row).collect();
    scope.insert_rows(HEAD, 6, &values).await
}
