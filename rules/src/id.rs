//! Typed identifiers: a prefix, `_`, and a UUIDv7 in lower-case Crockford base32 (26 characters).
//!
//! Sortable by time of creation, opaque, never secret. A `GroupId` can't be used where a `GuestId` is meant,
//! and a text with the wrong prefix is not an id of that kind at all.

use std::{cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr};

use deserr::{DeserializeError, Deserr, ErrorKind, IntoValue, ValuePointerRef};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters after the underscore: 128 bits in groups of five.
const ENCODED: usize = 26;

/// What an id names: its prefix and its word.
pub trait Kind: 'static + Send + Sync {
    /// The text before the underscore.
    const PREFIX: &'static str;
    /// The word of the domain, for messages ("group", "chart entry").
    const NOUN: &'static str;
}

/// An id of one kind of record.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

impl<K: Kind> Id<K> {
    /// The id with these 128 bits; a caller in the app takes them from its clock and generator.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The bits of the id.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// Reads `prefix_` and 26 base32 characters.
    ///
    /// # Errors
    /// [`NotAnId`] when the prefix, the length or a character is wrong.
    pub fn parse(text: &str) -> Result<Self, NotAnId> {
        let digits = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_'));
        digits.and_then(decode).map(|bits| Self::from_uuid(Uuid::from_u128(bits))).ok_or(NotAnId(K::NOUN, K::PREFIX))
    }
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != ENCODED || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes().try_fold(0_u128, |bits, byte| {
        let digit = ALPHABET.iter().position(|&letter| letter == byte)?;
        Some(bits << 5 | digit as u128)
    })
}

/// A text that is no id of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the id of a {0}: that is `{1}_` and 26 letters and digits")]
pub struct NotAnId(&'static str, &'static str);

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0.as_u128();
        out.write_str(K::PREFIX)?;
        out.write_str("_")?;
        (0..ENCODED).rev().try_for_each(|place| {
            let digit = (bits >> (place * 5)) & 31;
            fmt::Write::write_char(out, char::from(ALPHABET[digit as usize]))
        })
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        Self::parse(text)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}
impl<K: Kind, E: DeserializeError> Deserr<E> for Id<K> {
    fn deserialize_from_value<V: IntoValue>(value: deserr::Value<V>, location: ValuePointerRef<'_>) -> Result<Self, E> {
        let kind = value.kind();
        match value {
            deserr::Value::String(text) => Self::parse(&text).map_err(|error| {
                deserr::take_cf_content(E::error::<V>(None, ErrorKind::Unexpected { msg: error.to_string() }, location))
            }),
            _ => Err(deserr::take_cf_content(E::error::<V>(
                None,
                ErrorKind::Unexpected { msg: format!("must be text, not {}", crate::text::kind_name(kind)) },
                location,
            ))),
        }
    }
}

impl<K: Kind> utoipa::PartialSchema for Id<K> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", K::PREFIX)))
            .description(Some(format!("The id of a {}.", K::NOUN)))
            .into()
    }
}
impl<K: Kind> utoipa::ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Id_{}", K::PREFIX).into()
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $alias:ident = $kind:ident $prefix:literal $noun:literal;)*) => {
        /// The kinds of records that have ids.
        pub mod kind { $(
            #[doc = concat!("Marks the id of a ", $noun, ".")]
            pub enum $kind {}
            impl super::Kind for $kind { const PREFIX: &'static str = $prefix; const NOUN: &'static str = $noun; }
        )* }
        $( #[doc = concat!("The id of a ", $noun, ": `", $prefix, "_…`.")] pub type $alias = Id<kind::$kind>; )*
        /// Every prefix, for the test that no two kinds share one.
        pub const PREFIXES: &[&str] = &[$($prefix),*];
    };
}

kinds! {
    OrganizationId = Organization "org" "organization";
    SiteId = Site "site" "site";
    RoomId = Room "room" "room";
    UserId = User "usr" "user";
    PractitionerId = Practitioner "prac" "practitioner";
    PatientId = Patient "pa" "patient";
    GuestId = Guest "gst" "guest";
    ProgramId = Program "prog" "program";
    AdmissionId = Admission "adm" "admission";
    RuleSetId = RuleSet "rule" "rule set";
    GroupId = Group "grp" "group";
    MemberId = Member "gm" "member";
    SessionId = Session "ses" "session";
    ParticipantId = Participant "par" "participant";
    EncounterId = Encounter "enc" "encounter";
    NoteId = Note "note" "note";
    PsychotherapyNoteId = PsychotherapyNote "psy" "psychotherapy note";
    ChartEntryId = ChartEntry "chart" "chart entry";
    TemplateId = Template "tpl" "template";
    GroupSessionTemplateId = GroupSessionTemplate "gtpl" "template of group sessions";
    FormId = Form "form" "form";
    FormSubmissionId = FormSubmission "gfs" "form submission";
    ConsentId = Consent "cons" "consent";
    ConsentTextId = ConsentText "ctxt" "consent text";
    DisclosureId = Disclosure "disc" "disclosure";
    BreakGlassId = BreakGlass "glass" "broken glass";
    CoverageId = Coverage "cov" "coverage";
    AuthorisationId = Authorisation "auth" "authorisation";
    DiagnosisId = Diagnosis "dx" "diagnosis";
    ChargeId = Charge "chg" "charge";
    InvoiceId = Invoice "inv" "invoice";
    ClaimId = Claim "clm" "claim";
    CredentialId = Credential "cred" "credential";
    EventId = Event "evt" "event";
    AuditEntryId = AuditEntry "aud" "audit entry";
    JobId = Job "job" "job";
    SignatureId = Signature "sig" "signature";
    AnnotationId = Annotation "ann" "annotation";
    ImportId = Import "imp" "import";
    RecurrenceId = Recurrence "rec" "recurrence";
    RoleId = Role "role" "role";
    KeepApartId = KeepApart "apart" "keep-apart pair";
    FeedId = Feed "feed" "feed";
    HolidayId = Holiday "hol" "holiday";
    HoursId = Hours "hrs" "set of hours";
    TimeOffId = TimeOff "off" "time off";
    KioskId = Kiosk "kio" "kiosk";
    ArrivalSignatureId = ArrivalSignature "asig" "arrival signature";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_id_reads_back(bits: u128) {
            let id = GroupId::from_uuid(Uuid::from_u128(bits));
            prop_assert_eq!(GroupId::parse(&id.to_string()), Ok(id));
        }

        #[test]
        fn text_order_is_id_order(a: u128, b: u128) {
            let (a, b) = (GroupId::from_uuid(Uuid::from_u128(a)), GroupId::from_uuid(Uuid::from_u128(b)));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = GroupId::parse(&text);
        }
    }

    #[test]
    fn another_kind_is_not_accepted() {
        let guest = GuestId::from_uuid(Uuid::from_u128(7)).to_string();
        assert_eq!(guest, "gst_00000000000000000000000007");
        assert!(GroupId::parse(&guest).is_err());
        assert!(GuestId::parse("gst_80000000000000000000000000").is_err(), "more than 128 bits");
        assert!(GuestId::parse("gst_0000000000000000000000000O").is_err(), "not in the alphabet");
    }

    #[test]
    fn no_two_kinds_share_a_prefix() {
        let mut seen = std::collections::HashSet::new();
        assert!(PREFIXES.iter().all(|prefix| seen.insert(prefix)));
    }
}
