//! Reads everything that was signed and names the first thing that is not what it was.
//!
//! Three questions: does each hash fit the text it was made of, and the note the text it was signed as; does the audit
//! log know the same hashes, of the text and of who signed it when and as what; and is nothing there, or gone, that the
//! audit log does not know. Whoever changes a note and its hash together still contradicts the sealed log.

use ::rules::{id::OrganizationId, notes::NoteStatus};
use ::store::{Db, Error, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{Note, Signature, verify};

/// What was found of one kind of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Verified {
    /// How many fit, up to the first that does not.
    pub checked: u64,
    /// The first that is not what was signed.
    pub broken: Option<Broken>,
}

/// Something that is not what was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Broken {
    /// Its id.
    pub id: String,
    /// What is wrong with it.
    pub why: String,
}

impl Verified {
    /// So many fit, and this one does not.
    pub fn broken(checked: u64, id: impl ToString, why: &str) -> Self {
        Self { checked, broken: Some(Broken { id: id.to_string(), why: why.to_owned() }) }
    }
}

/// A table of signed things with what the audit log calls their signing.
#[derive(Debug, Clone, Copy)]
pub struct Anchored {
    /// The table.
    pub table: &'static str,
    /// The actions.
    pub actions: &'static [&'static str],
    /// The word for one row.
    pub noun: &'static str,
    /// The column that says where a row stands, or the text of the only status there is.
    pub status: &'static str,
}

const SIGNATURES: Anchored = Anchored {
    table: "note_signatures",
    actions: &["note.signed", "note.reviewed"],
    noun: "signature",
    status: "'current'",
};
const ANNOTATIONS: Anchored =
    Anchored { table: "note_annotations", actions: &["note.annotated"], noun: "annotation", status: "'current'" };

/// Verifies every signed note and annotation of an organization.
///
/// # Errors
/// When the database can't answer.
pub async fn verify(db: &Db, organization: OrganizationId) -> Result<Verified, Error> {
    let mut tx = db.read(Some(&organization.to_string())).await?;
    let mut checked = 0;
    if let Some(broken) = signatures(&mut tx, organization, &mut checked).await? {
        return Ok(broken);
    }
    if let Some(broken) = annotations(&mut tx, organization, &mut checked).await? {
        return Ok(broken);
    }
    if let Some(note) = verify::unsigned(&mut tx, organization).await? {
        return Ok(Verified::broken(checked, note, "it says that it is signed, and nobody's signature is there"));
    }
    let (in_error, voided) =
        (verify::in_error(&mut tx, organization).await?, verify::voided(&mut tx, organization).await?);
    if let Some(note) = in_error.difference(&voided).next() {
        return Ok(Verified::broken(checked, note, "it says that it was entered in error, and nobody voided it"));
    }
    if let Some(note) = voided.difference(&in_error).next() {
        return Ok(Verified::broken(checked, note, "it was voided, and says that it counts, or is gone"));
    }
    for table in [SIGNATURES, ANNOTATIONS] {
        if let Some(broken) = anchored(&mut tx, organization, table).await? {
            return Ok(Verified { checked, broken: Some(broken) });
        }
    }
    Ok(Verified { checked, broken: None })
}

async fn signatures(tx: &mut Tx, organization: OrganizationId, checked: &mut u64) -> Result<Option<Verified>, Error> {
    let mut after = String::new();
    loop {
        let page = verify::signatures(tx, organization, &after).await?;
        let Some(last) = page.last() else { return Ok(None) };
        after = last.id.to_string();
        let notes = verify::notes(tx, organization, page.iter().map(|signature| signature.note_id)).await?;
        for signature in page {
            if let Some(why) = misfit(&signature, notes.get(&signature.note_id)) {
                return Ok(Some(Verified::broken(*checked, signature.note_id, why)));
            }
            *checked += 1;
        }
    }
}

/// Why a signature does not fit its note, if it does not.
fn misfit(signature: &Signature, note: Option<&Note>) -> Option<&'static str> {
    let Some(note) = note else { return Some("it was signed, and the note is gone") };
    if !signature.is_its_signers() {
        return Some("who signed it, when or as what is not what was signed");
    }
    if !signature.holds(note) {
        return Some("its text is not the text that was signed");
    }
    // A return begins the next edition, so nothing signed is a draft in its own edition.
    let demoted = signature.is_of(note) && note.status == NoteStatus::Draft;
    demoted.then_some("it says that it is a draft, and it is signed")
}

async fn annotations(tx: &mut Tx, organization: OrganizationId, checked: &mut u64) -> Result<Option<Verified>, Error> {
    let mut after = String::new();
    loop {
        let page = verify::annotations(tx, organization, &after).await?;
        let Some(last) = page.last() else { return Ok(None) };
        after = last.id.to_string();
        for annotation in page {
            if !annotation.holds() {
                let why = "an annotation is not what was signed";
                return Ok(Some(Verified::broken(*checked, annotation.note_id, why)));
            }
            *checked += 1;
        }
    }
}

/// Compares the hashes of a table with those in the audit log, both ways.
///
/// # Errors
/// When the database can't answer.
pub async fn anchored(tx: &mut Tx, organization: OrganizationId, table: Anchored) -> Result<Option<Broken>, Error> {
    let Anchored { table, actions, noun, status } = table;
    let mut known: i64 = 0;
    let mut after = Some(0);
    while let Some(sequence) = after {
        let (anchors, next) = verify::anchors(tx, organization, actions, sequence).await?;
        after = next;
        for chunk in anchors.chunks(400) {
            let ids = || chunk.iter().map(|anchor| anchor.id.as_str());
            let rows = verify::hashes(tx, organization, (table, status), ids()).await?;
            let signers = verify::signers(tx, organization, table, ids()).await?;
            for anchor in chunk {
                known += i64::from(anchor.version == 1);
                let why = match rows.get(&anchor.id) {
                    None => format!("the {noun} is gone"),
                    Some((version, ..)) if *version < anchor.version => format!("a version of the {noun} is gone"),
                    Some((version, hash, _)) if *version == anchor.version && *hash != anchor.sha256 => {
                        format!("the {noun} has another hash than the audit log")
                    }
                    Some((version, _, status)) if *version == anchor.version && *status != anchor.status => {
                        format!("the {noun} is {}, and the audit log does not know it", status.replace('_', " "))
                    }
                    Some(_) if signers.get(&anchor.id) != anchor.signer_sha256.as_ref() => {
                        format!("whose {noun} it is, since when or as what is not what the audit log knows")
                    }
                    Some(_) => continue,
                };
                return Ok(Some(Broken { id: anchor.id.clone(), why }));
            }
        }
    }
    let rows = verify::count(tx, organization, table).await?;
    let why = format!("{rows} {noun} rows, and the audit log knows {known}");
    Ok((rows != known).then(|| Broken { id: table.to_owned(), why }))
}
