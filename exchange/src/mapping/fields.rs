//! What can be imported, and the fields each kind has.

use rules::{
    groups::{EnrollmentMode, GroupStatus, GroupType, LeaderRule, Modality, Promotion, WhenFull},
    notes::Discipline,
    people::{Email, Mrn, Npi},
    recurrence::Zone,
    sessions::{AppointmentStatus, NoShowReason, ServiceKind, SessionType},
    text::Text,
};

/// What a row becomes; in the order in which they are imported, so that who is referred to is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A place where sessions are held.
    Site,
    /// A staff profile.
    Practitioner,
    /// A patient.
    Patient,
    /// A group.
    Group,
    /// One stint of one patient in one group.
    Member,
    /// One appointment of one patient.
    Appointment,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Site, Self::Practitioner, Self::Patient, Self::Group, Self::Member, Self::Appointment];

    /// The word in the mapping and the report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Practitioner => "practitioner",
            Self::Patient => "patient",
            Self::Group => "group",
            Self::Member => "member",
            Self::Appointment => "appointment",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What becomes of a member for whom the group has no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OverCapacity {
    /// They wait in line.
    #[default]
    Waitlist,
    /// They keep their seat, and the group shows over capacity.
    Keep,
}

impl OverCapacity {
    /// Reads the word.
    ///
    /// # Errors
    /// The words that would do.
    pub fn parse(word: &str) -> Result<Self, &'static str> {
        match word {
            "waitlist" => Ok(Self::Waitlist),
            "keep" => Ok(Self::Keep),
            _ => Err("must be one of waitlist, keep"),
        }
    }
}

/// A field of a kind.
pub(crate) struct Field {
    pub name: &'static str,
    pub kind: KindOfField,
}

/// What a field holds, as far as the mapping itself can be checked.
#[derive(Clone, Copy)]
pub(crate) enum KindOfField {
    /// Any text.
    Text,
    /// A whole name, to be taken apart.
    WholeName,
    /// A date.
    Date,
    /// A date with a time, by the clock on the wall.
    Moment,
    /// Text with a form of its own; what the mapping gives is checked with it.
    Checked(fn(&str) -> Result<(), String>),
}

impl PartialEq for KindOfField {
    fn eq(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

const fn text(name: &'static str) -> Field {
    Field { name, kind: KindOfField::Text }
}

const fn date(name: &'static str) -> Field {
    Field { name, kind: KindOfField::Date }
}

const fn moment(name: &'static str) -> Field {
    Field { name, kind: KindOfField::Moment }
}

const fn checked(name: &'static str, check: fn(&str) -> Result<(), String>) -> Field {
    Field { name, kind: KindOfField::Checked(check) }
}

const NAME: Field = Field { name: "name", kind: KindOfField::WholeName };

fn fits<T: std::str::FromStr<Err: std::fmt::Display>>(word: &str) -> Result<(), String> {
    word.parse::<T>().map(drop).map_err(|error| error.to_string())
}

/// Reads `true` or `false`, `yes` or `no`, `1` or `0`.
pub(crate) fn truth(word: &str) -> Result<bool, String> {
    match word.to_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" => Ok(true),
        "false" | "f" | "no" | "n" | "0" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

/// Reads a whole number.
pub(crate) fn count(word: &str) -> Result<u32, String> {
    word.parse().map_err(|_| "must be a whole number".to_owned())
}

fn is_truth(word: &str) -> Result<(), String> {
    truth(word).map(drop)
}

fn is_count(word: &str) -> Result<(), String> {
    count(word).map(drop)
}

fn is_over_capacity(word: &str) -> Result<(), String> {
    OverCapacity::parse(word).map(drop).map_err(str::to_owned)
}

/// Reads the status of a member as an export can give it.
pub(crate) fn member_status(word: &str) -> Result<rules::roster::MemberStatus, String> {
    use rules::roster::MemberStatus;
    let status = MemberStatus::parse(word);
    let usable =
        status.filter(|status| matches!(status, MemberStatus::Active | MemberStatus::Waitlisted | MemberStatus::Left));
    usable.ok_or_else(|| "must be one of active, waitlisted, left".to_owned())
}

fn is_member_status(word: &str) -> Result<(), String> {
    member_status(word).map(drop)
}

fn is_sex(word: &str) -> Result<(), String> {
    let known = ["female", "male", "other", "unknown"];
    if known.contains(&word) { Ok(()) } else { Err("must be one of female, male, other, unknown".to_owned()) }
}

/// Reads the sex as FHIR words it.
pub(crate) fn sex(word: &str) -> Result<Text<1, 20>, String> {
    is_sex(word)?;
    Text::parse(word).map_err(|error| error.to_string())
}

const PRACTITIONER: &[Field] = &[
    text("external_id"),
    NAME,
    text("given_name"),
    text("family_name"),
    text("credential"),
    text("license_number"),
    checked("npi", fits::<Npi>),
    checked("discipline", fits::<Discipline>),
    text("supervisor"),
    checked("is_active", is_truth),
];

const PATIENT: &[Field] = &[
    text("external_id"),
    checked("mrn", fits::<Mrn>),
    NAME,
    text("given_name"),
    text("family_name"),
    text("other_given_name"),
    text("other_family_name"),
    text("preferred_name"),
    date("birth_date"),
    checked("sex", is_sex),
    text("phone"),
    checked("email", fits::<Email>),
    text("address"),
    text("primary_therapist"),
    checked("is_active", is_truth),
];

const GROUP: &[Field] = &[
    text("external_id"),
    text("name"),
    checked("type", fits::<GroupType>),
    text("description"),
    checked("status", fits::<GroupStatus>),
    checked("min_participants", is_count),
    checked("max_participants", is_count),
    checked("when_full", fits::<WhenFull>),
    checked("promotion", fits::<Promotion>),
    checked("enrollment_mode", fits::<EnrollmentMode>),
    checked("leader_rule", fits::<LeaderRule>),
    checked("modality", fits::<Modality>),
    text("facilitator"),
    text("co_facilitators"),
    checked("duration_minutes", is_count),
    checked("is_part2", is_truth),
];

const MEMBER: &[Field] = &[
    text("external_id"),
    text("patient"),
    text("group"),
    date("start_date"),
    date("end_date"),
    text("end_reason"),
    checked("status", is_member_status),
    text("notes"),
    checked("over_capacity", is_over_capacity),
];

const SITE: &[Field] = &[text("name"), checked("zone", fits::<Zone>), text("address")];

const APPOINTMENT: &[Field] = &[
    text("external_id"),
    text("appointment_number"),
    text("patient"),
    text("practitioner"),
    text("program"),
    checked("type", fits::<SessionType>),
    text("group"),
    text("title"),
    text("site"),
    text("room"),
    checked("zone", fits::<Zone>),
    moment("start"),
    moment("end"),
    checked("duration_minutes", is_count),
    checked("status", fits::<AppointmentStatus>),
    text("successor"),
    checked("modality", fits::<Modality>),
    text("service_type"),
    checked("service_kind", fits::<ServiceKind>),
    moment("actual_start"),
    moment("actual_end"),
    checked("minutes_attended", is_count),
    checked("no_show_reason", fits::<NoShowReason>),
    text("no_show_notes"),
    checked("excused", is_truth),
    text("cancellation_reason"),
    checked("finance_cleared", is_truth),
    checked("consent_verified", is_truth),
];

/// The fields of a kind, in the order of the documentation.
pub(crate) const fn fields_of(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Site => SITE,
        Kind::Practitioner => PRACTITIONER,
        Kind::Patient => PATIENT,
        Kind::Group => GROUP,
        Kind::Member => MEMBER,
        Kind::Appointment => APPOINTMENT,
    }
}

/// Of each of these, a mapping must have at least one.
pub(crate) const fn needed(kind: Kind) -> &'static [&'static [&'static str]] {
    match kind {
        Kind::Site => &[&["name"], &["zone"]],
        Kind::Practitioner => &[&["external_id"], &["name", "family_name"]],
        Kind::Patient => &[&["external_id"], &["name", "family_name"], &["birth_date"]],
        Kind::Group => &[&["external_id"], &["name"], &["type"]],
        Kind::Member => &[&["external_id"], &["patient"], &["group"], &["start_date"]],
        Kind::Appointment => {
            &[&["external_id"], &["patient"], &["zone"], &["start"], &["end", "duration_minutes"], &["status"]]
        }
    }
}
