//! What a session leaves in each patient's chart: a copy that nobody edits (domain 6, *Distribution*).
//!
//! One entry per attended patient, with the group note and that patient's own notes; one line per absence, without
//! any note. Who cancelled has neither, and guests have no chart.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::id::{GroupId, NoteId, ParticipantId, PatientId, SessionId};
use crate::notes::{Discipline, NoteType, SignatureMeaning};
use crate::roster::Person;
use crate::sessions::{
    NoShowReason, ParticipantModality, ParticipantStatus, ParticipationLevel, SessionSource, SessionType,
};

crate::vocabulary! {
    /// Where an entry of a chart stands.
    pub enum EntryStatus {
        /// It counts.
        Current = "current",
        /// Its session was reopened: another takes its place.
        Superseded = "superseded",
        /// Its session was voided.
        EnteredInError = "entered_in_error",
    }
}

/// A signature as the chart prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChartSignature {
    /// The printed name.
    pub name: String,
    /// The credential at the time.
    pub credential: String,
    /// What it says.
    pub meaning: SignatureMeaning,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub signed_at: Timestamp,
}

/// Words added after a note was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChartAnnotation {
    /// What was added.
    pub text: String,
    /// By whom and when.
    pub signature: ChartSignature,
}

/// A note as the chart shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChartNote {
    /// The note.
    pub note: NoteId,
    /// Its version.
    pub version: u32,
    /// What it is.
    pub note_type: NoteType,
    /// Its discipline, if individual.
    pub discipline: Option<Discipline>,
    /// The running text.
    pub text: String,
    /// The fields that are filled in: label and value.
    pub fields: Vec<(String, String)>,
    /// The SHA-256 of what was signed, in hexadecimal.
    pub sha256: String,
    /// Who signed it.
    pub signatures: Vec<ChartSignature>,
    /// What was added since.
    pub annotations: Vec<ChartAnnotation>,
}

/// What every entry of one session says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChartSession {
    /// The session.
    pub session: SessionId,
    /// Its number.
    pub session_number: String,
    /// In a group or alone.
    pub session_type: SessionType,
    /// Its group.
    pub group: Option<GroupId>,
    /// The title of the group, or of the session.
    pub title: String,
    /// The description of the group.
    pub description: String,
    /// What it was about.
    pub topic: String,
    /// The day at the site.
    #[schema(value_type = String, format = Date)]
    pub local_date: Date,
    /// The time zone of the site.
    pub time_zone: String,
    /// When it really started.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When it really ended.
    #[schema(value_type = String, format = DateTime)]
    pub ended_at: Timestamp,
    /// What was billed for, in the clinic's words.
    pub service_type: String,
    /// It was documented after its day.
    pub late_entry: bool,
    /// Its group was marked as one whose records are under 42 CFR part 2.
    #[serde(default)]
    pub is_part2: bool,
}

/// One participant as the chart needs them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartParticipant {
    /// The participant.
    pub participant: ParticipantId,
    /// Who it is.
    pub person: Person,
    /// The billing number.
    pub appointment_number: String,
    /// Where they stand.
    pub status: ParticipantStatus,
    /// Minutes attended.
    pub minutes: u32,
    /// How much they took part.
    pub participation_level: Option<ParticipationLevel>,
    /// How they took part.
    pub modality: Option<ParticipantModality>,
    /// Why they did not come.
    pub no_show_reason: Option<NoShowReason>,
    /// The absence is excused.
    pub excused: bool,
    /// Their own signed notes.
    pub notes: Vec<ChartNote>,
}

/// One entry or line in one patient's chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChartEntry {
    /// Whose chart.
    pub patient: PatientId,
    /// Which participant they were.
    pub participant: ParticipantId,
    /// Their billing number.
    pub appointment_number: String,
    /// The session.
    pub session: ChartSession,
    /// Present or absent, and what belongs to it.
    pub attendance: ChartAttendance,
}

impl ChartEntry {
    /// How many were in the group, without names, as "11 people"; none of a session alone or one that was missed.
    pub fn people_in_group(&self) -> Option<String> {
        let ChartAttendance::Attended(presence) = &self.attendance else { return None };
        match (self.session.session_type, presence.number_of_participants) {
            (SessionType::Individual, _) => None,
            (SessionType::Group, 1) => Some("1 person".to_owned()),
            (SessionType::Group, count) => Some(format!("{count} people")),
        }
    }
}

/// Present or absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ChartAttendance {
    /// Took part.
    Attended(ChartPresence),
    /// Did not come: a line without any note.
    NoShow {
        /// Why, if it is known.
        reason: Option<NoShowReason>,
        /// The absence is excused.
        excused: bool,
    },
}

/// What is kept of who was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChartPresence {
    /// Minutes attended.
    pub minutes: u32,
    /// How many attended, guests included: a number, never names.
    pub number_of_participants: u32,
    /// How much they took part.
    pub participation_level: Option<ParticipationLevel>,
    /// How they took part.
    pub modality: Option<ParticipantModality>,
    /// The group note.
    pub group_note: Option<ChartNote>,
    /// Their own notes, one a discipline.
    pub notes: Vec<ChartNote>,
}

/// The entries a completed session leaves. Imported history leaves none.
pub fn distribute(
    session: &ChartSession,
    source: SessionSource,
    group_note: Option<&ChartNote>,
    participants: &[ChartParticipant],
) -> Vec<ChartEntry> {
    if source == SessionSource::Imported {
        return Vec::new();
    }
    let attended = participants.iter().filter(|one| one.status == ParticipantStatus::Attended).count();
    let attended = u32::try_from(attended).unwrap_or(u32::MAX);
    let entry = |one: &ChartParticipant| {
        Some(ChartEntry {
            patient: one.person.patient()?,
            participant: one.participant,
            appointment_number: one.appointment_number.clone(),
            session: session.clone(),
            attendance: attendance(one, attended, group_note)?,
        })
    };
    participants.iter().filter_map(entry).collect()
}

fn attendance(one: &ChartParticipant, attended: u32, group_note: Option<&ChartNote>) -> Option<ChartAttendance> {
    match one.status {
        ParticipantStatus::Attended => Some(ChartAttendance::Attended(ChartPresence {
            minutes: one.minutes,
            number_of_participants: attended,
            participation_level: one.participation_level,
            modality: one.modality,
            group_note: group_note.cloned(),
            notes: one.notes.clone(),
        })),
        ParticipantStatus::NoShow => Some(ChartAttendance::NoShow { reason: one.no_show_reason, excused: one.excused }),
        ParticipantStatus::Cancelled
        | ParticipantStatus::Booked
        | ParticipantStatus::Confirmed
        | ParticipantStatus::Arrived => None,
    }
}

impl ChartEntry {
    /// Whether the patient was there.
    pub const fn is_present(&self) -> bool {
        matches!(self.attendance, ChartAttendance::Attended(_))
    }

    /// Adds an annotation to the note it belongs to; whether this entry shows that note.
    pub fn annotate(&mut self, note: NoteId, annotation: &ChartAnnotation) -> bool {
        let ChartAttendance::Attended(presence) = &mut self.attendance else { return false };
        let shown = presence.group_note.iter_mut().chain(&mut presence.notes).find(|shown| shown.note == note);
        shown.map(|shown| shown.annotations.push(annotation.clone())).is_some()
    }
}

/// How often a patient was there and was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct Tally {
    /// Entries.
    pub present: u32,
    /// Lines of absence.
    pub absent: u32,
}

/// Counts entries: `true` is present.
pub fn tally(present: impl IntoIterator<Item = bool>) -> Tally {
    present.into_iter().fold(Tally::default(), |tally, present| match present {
        true => Tally { present: tally.present.saturating_add(1), ..tally },
        false => Tally { absent: tally.absent.saturating_add(1), ..tally },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::GuestId;
    use uuid::Uuid;

    fn patient(number: u128) -> PatientId {
        PatientId::from_uuid(Uuid::from_u128(number))
    }

    fn session() -> ChartSession {
        ChartSession {
            session: SessionId::from_uuid(Uuid::from_u128(1)),
            session_number: "SES-BHC-2026-10001".into(),
            session_type: SessionType::Group,
            group: None,
            title: "Relapse prevention".into(),
            description: "Skills for high-risk days".into(),
            topic: "Triggers".into(),
            local_date: Date::constant(2026, 3, 2),
            time_zone: "America/Phoenix".into(),
            started_at: "2026-03-02T16:00:00Z".parse().expect("instant"),
            ended_at: "2026-03-02T17:00:00Z".parse().expect("instant"),
            service_type: "Group therapy".into(),
            late_entry: false,
            is_part2: false,
        }
    }

    fn note(number: u128, note_type: NoteType, text: &str) -> ChartNote {
        ChartNote {
            note: NoteId::from_uuid(Uuid::from_u128(number)),
            version: 1,
            note_type,
            discipline: None,
            text: text.to_owned(),
            fields: vec![("Topic".into(), "Triggers".into())],
            sha256: "00".into(),
            signatures: vec![],
            annotations: vec![],
        }
    }

    fn participant(number: u128, person: Person, status: ParticipantStatus) -> ChartParticipant {
        ChartParticipant {
            participant: ParticipantId::from_uuid(Uuid::from_u128(number)),
            person,
            appointment_number: format!("APT-BHC-2026-{number}"),
            status,
            minutes: 50,
            participation_level: None,
            modality: None,
            no_show_reason: Some(NoShowReason::Illness),
            excused: true,
            notes: vec![note(number, NoteType::IndividualNote, &format!("own note of {number}"))],
        }
    }

    fn entries() -> Vec<ChartEntry> {
        let guest = Person::Guest(GuestId::from_uuid(Uuid::from_u128(9)));
        let people = [
            participant(11, Person::Patient(patient(1)), ParticipantStatus::Attended),
            participant(12, Person::Patient(patient(2)), ParticipantStatus::NoShow),
            participant(13, Person::Patient(patient(3)), ParticipantStatus::Cancelled),
            participant(14, Person::Patient(patient(4)), ParticipantStatus::Attended),
            participant(15, guest, ParticipantStatus::Attended),
        ];
        let group_note = note(10, NoteType::SessionNote, "the group note");
        distribute(&session(), SessionSource::Scheduled, Some(&group_note), &people)
    }

    #[test]
    fn each_attended_patient_has_their_own_entry() {
        let entries = entries();
        let whose: Vec<PatientId> = entries.iter().map(|entry| entry.patient).collect();
        assert_eq!(whose, [patient(1), patient(2), patient(4)], "no cancelled, no guest");
        let ChartAttendance::Attended(presence) = &entries[0].attendance else { panic!("attended") };
        assert_eq!((presence.minutes, presence.number_of_participants), (50, 3));
        assert_eq!(presence.group_note.as_ref().map(|note| note.text.as_str()), Some("the group note"));
        let json = serde_json::to_string(&entries[0]).expect("json");
        assert!(json.contains("own note of 11") && !json.contains("own note of 14"), "nobody else's note");
        assert_eq!(serde_json::from_str::<ChartEntry>(&json).expect("reads back"), entries[0]);
    }

    #[test]
    fn an_absence_is_a_line_without_any_note() {
        let line = &entries()[1];
        assert_eq!(line.attendance, ChartAttendance::NoShow { reason: Some(NoShowReason::Illness), excused: true });
        let json = serde_json::to_string(line).expect("json");
        assert!(json.contains("\"status\":\"no_show\"") && !json.contains("note of") && !json.contains("group note"));
        assert_eq!(tally(entries().iter().map(ChartEntry::is_present)), Tally { present: 2, absent: 1 });
    }

    #[test]
    fn imported_history_leaves_nothing() {
        let people = [participant(11, Person::Patient(patient(1)), ParticipantStatus::Attended)];
        assert_eq!(distribute(&session(), SessionSource::Imported, None, &people), []);
    }

    #[test]
    fn annotations_reach_exactly_the_entries_that_show_the_note() {
        let signed_at = "2026-03-05T10:00:00Z".parse().expect("instant");
        let signature = ChartSignature {
            name: "A. Berg".into(),
            credential: "LCSW".into(),
            meaning: SignatureMeaning::Annotation,
            signed_at,
        };
        let annotation = ChartAnnotation { text: "The worksheet was page 5.".into(), signature };
        let reached = |number: u128| -> Vec<bool> {
            let note = NoteId::from_uuid(Uuid::from_u128(number));
            entries().iter_mut().map(|entry| entry.annotate(note, &annotation)).collect()
        };
        assert_eq!(reached(10), [true, false, true], "the group note, where it is shown");
        assert_eq!(reached(14), [false, false, true], "one patient's own note");
    }

    #[test]
    fn only_a_group_says_how_many_were_in_it() {
        let mut all = entries();
        let said = |entry: &ChartEntry| entry.people_in_group();
        let present =
            all.iter().position(|entry| matches!(entry.attendance, ChartAttendance::Attended(_))).expect("one");
        assert!(said(&all[present]).is_some_and(|text| text.ends_with(" people") || text == "1 person"));
        let missed = |entry: &&ChartEntry| matches!(entry.attendance, ChartAttendance::NoShow { .. });
        assert!(all.iter().filter(missed).all(|entry| said(entry).is_none()));
        all[present].session.session_type = SessionType::Individual;
        assert_eq!(said(&all[present]), None);
    }
}
