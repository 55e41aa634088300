//! What a row of an appointment says, checked.

use jiff::{SignedDuration, Timestamp, civil::DateTime};
use rules::{
    groups::Modality,
    recurrence::Zone,
    sessions::{AppointmentStatus, NoShowReason, ServiceKind, SessionType},
    text::{BadText, Name, Reason, Remark, Text},
};
use serde::Serialize;

use super::{ExternalId, cells::Cells};
use crate::mapping::fields::{count, truth};

/// The number of an appointment in the system it comes from.
pub type Number = Text<1, 100>;

/// The longest appointment, in minutes: no session is longer.
const MINUTES_MAX: u32 = 720;
/// The years an appointment may be in: outside of them, a date is a slip of the keyboard.
const YEARS: std::ops::RangeInclusive<i16> = 1950..=2150;

/// One appointment of one patient.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AppointmentRow {
    /// Its id there.
    pub external_id: ExternalId,
    /// Its number there, which it keeps; the id when the mapping names none.
    pub appointment_number: Number,
    /// The id there of the patient.
    pub patient: ExternalId,
    /// The id there of who leads it.
    pub practitioner: Option<ExternalId>,
    /// The id there of the programme: tells group sessions of one practitioner at one time apart.
    pub program: Option<ExternalId>,
    /// Whether those of one practitioner, programme and start are one session of a group.
    pub r#type: SessionType,
    /// Of a group's: the id there of the group, or its name.
    pub group: Option<Text<1, 200>>,
    /// What the session is called.
    pub title: Option<Name>,
    /// The name of the site.
    pub site: Option<Name>,
    /// The name of the room at the site.
    pub room: Option<Name>,
    /// The zone of its clock.
    pub zone: Zone,
    /// The planned start.
    pub starts_at: Timestamp,
    /// The planned end.
    pub ends_at: Timestamp,
    /// How it stands.
    pub status: AppointmentStatus,
    /// The id there of the appointment it was moved to.
    pub successor: Option<ExternalId>,
    /// How people take part.
    pub modality: Option<Modality>,
    /// What kind of service it is, in the clinic's words.
    pub service_type: Option<Text<1, 200>>,
    /// What it counts as.
    pub service_kind: Option<ServiceKind>,
    /// When it began.
    pub actual_start: Option<Timestamp>,
    /// When it ended.
    pub actual_end: Option<Timestamp>,
    /// Minutes the patient was there, where the times do not tell.
    pub minutes_attended: Option<u32>,
    /// Why the patient did not come.
    pub no_show_reason: Option<NoShowReason>,
    /// More about that.
    pub no_show_notes: Option<Remark>,
    /// Whether the absence is excused.
    pub excused: bool,
    /// Why it was called off.
    pub cancellation_reason: Option<Reason>,
    /// Whether the payer's clearance was there.
    pub finance_cleared: bool,
    /// Whether a consent was seen.
    pub consent_verified: bool,
}

/// The number of the session an appointment becomes.
pub fn number_of(appointment: &str) -> String {
    format!("SES-{appointment}")
}

pub fn appointment(cells: &mut Cells<'_>) -> Option<AppointmentRow> {
    let external_id = cells.must("external_id", ExternalId::parse);
    let number = match cells.may("appointment_number", Number::parse) {
        None => external_id.as_deref().and_then(|id| number_from_id(cells, id)),
        number => number,
    };
    let patient = cells.must("patient", ExternalId::parse);
    let zone = cells.must("zone", Zone::parse);
    let status = cells.must("status", |word| word.to_lowercase().parse::<AppointmentStatus>());
    let start = cells.must_moment("start");
    let planned = zone.as_ref().zip(start).and_then(|(zone, start)| planned(cells, zone, start));
    let actual = zone.as_ref().and_then(|zone| actual(cells, zone));
    Some(AppointmentRow {
        practitioner: cells.may("practitioner", ExternalId::parse),
        program: cells.may("program", ExternalId::parse),
        r#type: cells.may("type", str::parse::<SessionType>).unwrap_or(SessionType::Individual),
        group: cells.may("group", Text::parse),
        title: cells.may("title", Name::parse),
        site: cells.may("site", Name::parse),
        room: cells.may("room", Name::parse),
        successor: cells.may("successor", ExternalId::parse),
        modality: cells.may("modality", str::parse::<Modality>),
        service_type: cells.may("service_type", Text::parse),
        service_kind: cells.may("service_kind", str::parse::<ServiceKind>),
        minutes_attended: cells.may("minutes_attended", minutes),
        no_show_reason: cells.may("no_show_reason", str::parse::<NoShowReason>),
        no_show_notes: cells.may("no_show_notes", Remark::parse),
        excused: cells.may("excused", truth).unwrap_or(false),
        cancellation_reason: cells.may("cancellation_reason", Reason::parse),
        finance_cleared: cells.may("finance_cleared", truth).unwrap_or(false),
        consent_verified: cells.may("consent_verified", truth).unwrap_or(false),
        external_id: external_id?,
        appointment_number: number?,
        patient: patient?,
        zone: zone?,
        starts_at: planned?.0,
        ends_at: planned?.1,
        actual_start: actual?.0,
        actual_end: actual?.1,
        status: status?,
    })
}

fn number_from_id(cells: &mut Cells<'_>, id: &str) -> Option<Number> {
    let wrong = |error: BadText| format!("`appointment_number` is missing, and `external_id` {error}");
    Number::parse(id).map_err(|error| cells.refuse(wrong(error))).ok()
}

/// A number of minutes.
fn minutes(word: &str) -> Result<u32, String> {
    let minutes = count(word).ok().filter(|minutes| (1..=MINUTES_MAX).contains(minutes));
    minutes.ok_or_else(|| format!("must be 1 to {MINUTES_MAX} minutes"))
}

fn after(start: Timestamp, minutes: u32) -> Option<Timestamp> {
    start.checked_add(SignedDuration::from_mins(minutes.into())).ok()
}

/// Start and end as they were planned.
fn planned(cells: &mut Cells<'_>, zone: &Zone, start: DateTime) -> Option<(Timestamp, Timestamp)> {
    if !YEARS.contains(&start.year()) {
        cells.refuse(format!(
            "`start` is in the year {}, and must be in {} to {}",
            start.year(),
            YEARS.start(),
            YEARS.end()
        ));
        return None;
    }
    let starts_at = zone.first_instant(start)?.timestamp();
    let before = cells.faults();
    let end = cells.may_moment("end").and_then(|end| Some(zone.first_instant(end)?.timestamp()));
    let duration = cells.may("duration_minutes", minutes);
    let ends_at = match (end, duration) {
        (Some(end), _) => end,
        (None, Some(minutes)) => after(starts_at, minutes)?,
        (None, None) => {
            if cells.faults() == before {
                cells.refuse("`end` or `duration_minutes` is missing");
            }
            return None;
        }
    };
    let long = ends_at.duration_since(starts_at).as_mins();
    if !(1..=i64::from(MINUTES_MAX)).contains(&long) {
        cells.refuse(format!("`end` must be 1 to {MINUTES_MAX} minutes after `start`"));
    }
    Some((starts_at, ends_at))
}

/// Start and end as they were, as far as the export says.
fn actual(cells: &mut Cells<'_>, zone: &Zone) -> Option<(Option<Timestamp>, Option<Timestamp>)> {
    let mut read = |field| cells.may_moment(field).and_then(|local| Some(zone.first_instant(local)?.timestamp()));
    let (start, end) = (read("actual_start"), read("actual_end"));
    if start.zip(end).is_some_and(|(start, end)| end <= start) {
        cells.refuse("`actual_end` is not after `actual_start`");
    }
    Some((start, end))
}
