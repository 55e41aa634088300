//! Signed checkpoints outside the database: what was the end of a chain, and when.
//!
//! Whoever can rewrite the whole database could rewrite the chain; they can't rewrite a line in a file elsewhere that
//! is signed with a key they do not have.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use rules::id::OrganizationId;
use serde::{Deserialize, Serialize};

use super::store::Head;

/// How often a chain that grows is signed.
const EVERY: SignedDuration = SignedDuration::from_secs(60);

/// One signed line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Whose chain.
    pub organization: OrganizationId,
    /// The number of its last entry then.
    pub sequence: i64,
    /// The hash of that entry.
    pub hash: String,
    /// When.
    pub at: Timestamp,
    /// Ed25519 over the four values above, separated by line breaks; base64.
    pub signature: String,
}

impl Checkpoint {
    fn signed_text(&self) -> String {
        format!("{}\n{}\n{}\n{}", self.organization, self.sequence, self.hash, self.at)
    }

    /// Whether the signature is of this key.
    pub fn is_signed_by(&self, public_key: &[u8]) -> bool {
        let signature = STANDARD.decode(&self.signature).unwrap_or_default();
        UnparsedPublicKey::new(&ED25519, public_key).verify(self.signed_text().as_bytes(), &signature).is_ok()
    }
}

/// Why checkpoints can't be written.
#[derive(Debug, thiserror::Error)]
pub enum BadKey {
    /// The file can't be read or made.
    #[error("the checkpoint key {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The file is no key.
    #[error("the checkpoint key {0} is no Ed25519 key in base64 (PKCS #8)")]
    Content(PathBuf),
}

/// Where checkpoints go: the log, and a file when one is configured.
#[derive(Clone, Default)]
pub struct Checkpoints(Option<Arc<Writer>>);

struct Writer {
    key: Ed25519KeyPair,
    file: PathBuf,
    last: Mutex<BTreeMap<OrganizationId, Timestamp>>,
}

impl Checkpoints {
    /// Checkpoints signed with the key in a file, which is made when it does not exist.
    ///
    /// # Errors
    /// When the key can't be read or made.
    pub fn open(key: PathBuf, file: PathBuf) -> Result<Self, BadKey> {
        let key = read_key(key)?;
        Ok(Self(Some(Arc::new(Writer { key, file, last: Mutex::default() }))))
    }

    /// The public half of the key, if there is one.
    pub fn public_key(&self) -> Option<Vec<u8>> {
        self.0.as_ref().map(|writer| writer.key.public_key().as_ref().to_vec())
    }

    /// Signs the end of a chain, at most once a minute.
    pub(super) fn write(&self, organization: OrganizationId, head: &Head, now: Timestamp) {
        let Some(writer) = &self.0 else { return };
        let mut last = writer.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.get(&organization).is_some_and(|at| now.duration_since(*at) < EVERY) {
            return;
        }
        last.insert(organization, now);
        let (sequence, hash) = (head.sequence, head.hash.clone());
        let mut checkpoint = Checkpoint { organization, sequence, hash, at: now, signature: String::new() };
        checkpoint.signature = STANDARD.encode(writer.key.sign(checkpoint.signed_text().as_bytes()));
        tracing::info!(%organization, sequence, hash = checkpoint.hash, signature = checkpoint.signature, "audit checkpoint");
        if let Err(error) = append(&writer.file, &checkpoint) {
            tracing::error!(%error, "the audit checkpoint can't be written");
        }
    }
}

fn append(file: &PathBuf, checkpoint: &Checkpoint) -> std::io::Result<()> {
    let line = serde_json::to_string(checkpoint)?;
    let mut file = fs::OpenOptions::new().create(true).append(true).open(file)?;
    writeln!(file, "{line}")
}

fn read_key(path: PathBuf) -> Result<Ed25519KeyPair, BadKey> {
    if !path.exists() {
        let made = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new());
        let document = made.map_err(|_| BadKey::Content(path.clone()))?;
        write_private(&path, &STANDARD.encode(document)).map_err(|error| BadKey::File(path.clone(), error))?;
    }
    let text = fs::read_to_string(&path).map_err(|error| BadKey::File(path.clone(), error))?;
    let bytes = STANDARD.decode(text.trim()).map_err(|_| BadKey::Content(path.clone()))?;
    Ed25519KeyPair::from_pkcs8_maybe_unchecked(&bytes).map_err(|_| BadKey::Content(path))
}

fn write_private(path: &PathBuf, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_checkpoint_is_not_signed() {
        let document = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).unwrap();
        let key = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let organization = OrganizationId::from_uuid(uuid::Uuid::from_u128(1));
        let hash = "ab".to_owned();
        let mut checkpoint =
            Checkpoint { organization, sequence: 3, hash, at: Timestamp::UNIX_EPOCH, signature: String::new() };
        checkpoint.signature = STANDARD.encode(key.sign(checkpoint.signed_text().as_bytes()));
        assert!(checkpoint.is_signed_by(key.public_key().as_ref()));
        checkpoint.sequence = 2;
        assert!(!checkpoint.is_signed_by(key.public_key().as_ref()));
    }
}
