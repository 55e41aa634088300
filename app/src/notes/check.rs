//! What stands in the way of signing: fields, times, names of others, copied texts.

use std::collections::{BTreeMap, HashSet};

use ::rules::{
    column::Value,
    id::{NoteId, PatientId},
    names::{NameCheck, NameFinding, Names},
    notes::NoteType,
    roster::Person,
    sessions::{ParticipantStatus, Presence, check_times},
    similarity::{self, clones},
    templates::{Stage, check_content, free_text},
};
use ::store::Where;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    folder::{Folder, practitioners},
    store::{self, Note, Values, Waiver},
};
use crate::{
    door::Scope,
    people::{Guest, Patient},
    problem::{FieldError, Problem},
};

::rules::vocabulary! {
    /// What a finding is about.
    pub enum FindingKind {
        /// A field is missing or has a wrong value.
        Field = "field",
        /// A time lies outside the session.
        Time = "time",
        /// The name of somebody else.
        Name = "name",
        /// A text that is nearly another's.
        Clone = "clone",
    }
}

/// One thing to look at before signing, shown where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// What a waiver names; the same name twice in a text has one key.
    pub key: String,
    /// What it is about.
    pub kind: FindingKind,
    /// A stable word: `required`, `full_name`, `clone`.
    pub code: String,
    /// Signing waits for a change or a waiver.
    pub blocks: bool,
    /// A waiver with a reason is enough.
    pub can_be_waived: bool,
    /// Why it may stay, once somebody has said so.
    pub waived: Option<String>,
    /// Where: `content`, `fields.response`.
    pub field: String,
    /// The first byte of the place in the text of the field (UTF-8).
    pub start_byte: Option<usize>,
    /// The byte after its last.
    pub end_byte: Option<usize>,
    /// The first character of the place.
    pub start_char: Option<usize>,
    /// The character after its last.
    pub end_char: Option<usize>,
    /// Whose name it is: ids of patients and guests.
    pub people: Vec<String>,
    /// How much the texts are alike, in percent.
    pub percent: Option<u32>,
    /// The note it is like.
    pub other_note_id: Option<NoteId>,
    /// What would help.
    pub message: String,
}

impl Finding {
    fn plain(kind: FindingKind, field: String, code: &str, message: String) -> Self {
        Self {
            key: format!("{code}:{field}"),
            kind,
            code: code.to_owned(),
            blocks: true,
            can_be_waived: false,
            waived: None,
            field,
            start_byte: None,
            end_byte: None,
            start_char: None,
            end_char: None,
            people: Vec::new(),
            percent: None,
            other_note_id: None,
            message,
        }
    }

    /// Whether signing waits for it.
    pub fn is_open(&self) -> bool {
        self.blocks && self.waived.is_none()
    }

    /// The finding as an error of a refused signature.
    fn error(&self) -> FieldError {
        let code = match self.kind {
            FindingKind::Name => "name_found",
            _ => self.code.as_str(),
        };
        FieldError::new(self.field.clone(), code, self.message.clone())
    }
}

/// 422 with every finding that stands in the way.
pub fn refusal(findings: &[Finding]) -> Option<Problem> {
    let open: Vec<FieldError> = findings.iter().filter(|finding| finding.is_open()).map(Finding::error).collect();
    (!open.is_empty()).then(|| Problem::invalid(open))
}

/// What the check of a session's notes needs, loaded once however many notes there are.
pub struct Checker {
    others: Vec<(Person, Names)>,
    leaders: Vec<Names>,
    last: BTreeMap<PatientId, Note>,
}

impl Checker {
    /// Loads names and earlier notes.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn load(scope: &mut Scope<'_>, folder: &Folder) -> Result<Self, Problem> {
        let people = folder.people(scope).await?;
        let patients: Vec<PatientId> = folder.notes.iter().filter_map(|note| note.patient_id).collect();
        Ok(Self {
            others: names(scope, &people).await?,
            leaders: leaders(scope, folder).await?,
            last: store::last_of_patients(scope, folder.encounter.id, &patients).await?,
        })
    }

    /// Every finding of one note, in the order of the page.
    pub fn findings(&self, folder: &Folder, note: &Note, waived: &[Waiver]) -> Vec<Finding> {
        let mut found = fields(note);
        found.extend(times(folder, note));
        found.extend(self.names(folder, note));
        found.extend(self.clones(folder, note));
        for finding in found.iter_mut().filter(|finding| finding.can_be_waived) {
            let waiver = waived.iter().find(|waiver| waiver.key == finding.key);
            finding.waived = waiver.map(|waiver| waiver.reason.to_string());
        }
        found
    }

    /// Why words can't be added to a signed note: a name of somebody else in them. There is no draft to waive it in.
    pub fn refuses(&self, folder: &Folder, note: &Note, words: &str) -> Option<Problem> {
        let added = Note { content: words.to_owned(), fields: Values(serde_json::Map::new()), ..note.clone() };
        refusal(&self.names(folder, &added))
    }

    fn names(&self, folder: &Folder, note: &Note) -> Vec<Finding> {
        let own = note.participant_id.and_then(|id| folder.participant(id)).and_then(|one| one.person());
        let is_own = |person: &Person| Some(*person) == own;
        let others: Vec<(Person, Names)> = self.others.iter().filter(|(person, _)| !is_own(person)).cloned().collect();
        let about = self.others.iter().filter(|(person, _)| is_own(person)).map(|(_, names)| names);
        let known: Vec<Names> = self.leaders.iter().chain(about).cloned().collect();
        // Together: a name may begin in one field and end in the next.
        let texts = texts(note);
        let found = NameCheck::new(&others, &known).find(&texts.iter().map(|(_, text)| *text).collect::<Vec<_>>());
        let placed = found.into_iter().filter_map(|finding| Some((texts.get(finding.part)?, finding)));
        placed.map(|((field, text), finding)| name_finding(field, text, finding)).collect()
    }

    fn clones(&self, folder: &Folder, note: &Note) -> Vec<Finding> {
        if note.note_type != NoteType::IndividualNote {
            return Vec::new();
        }
        let mine = whole_text(note);
        let of_others = folder.notes.iter().filter(|other| {
            other.note_type == NoteType::IndividualNote
                && other.status.is_current()
                && other.participant_id != note.participant_id
        });
        let last = note.patient_id.and_then(|patient| self.last.get(&patient));
        let texts: Vec<(NoteId, String)> = of_others.chain(last).map(|other| (other.id, whole_text(other))).collect();
        let alike = clones(&mine, texts.iter().map(|(id, text)| (*id, text.as_str())), similarity::DEFAULT_LIMIT);
        let last = last.map(|note| note.id);
        alike.into_iter().map(|alike| clone_finding(alike, last)).collect()
    }
}

fn fields(note: &Note) -> Vec<Finding> {
    let violations = check_content(&note.template.fields, &note.written(), Stage::Signing);
    let finding = |violation: ::rules::violation::Violation| {
        Finding::plain(FindingKind::Field, violation.field, violation.code, violation.message)
    };
    violations.into_iter().map(finding).collect()
}

/// The times of the person a note is about, or of everybody for the group note.
fn times(folder: &Folder, note: &Note) -> Vec<Finding> {
    let session = &folder.session;
    let Some(from) = session.actual_start else { return Vec::new() };
    // Until the session has ended, nobody's time can lie after it.
    let Some(until) = session.actual_end else { return Vec::new() };
    let about = folder.participants.iter().filter(|one| note.participant_id.is_none_or(|id| id == one.id));
    let attended = about.filter(|one| one.status == ParticipantStatus::Attended);
    let faults = attended.flat_map(|one| {
        let presence = Presence { arrived: one.arrival_at, departed: one.departed_at };
        check_times(&[presence], from, until).into_iter().map(|fault| {
            let field = match fault.field.ends_with(".arrived") {
                true => format!("participants.{}.arrival_at", one.id),
                false => format!("participants.{}.departed_at", one.id),
            };
            Finding::plain(FindingKind::Time, field, fault.code, fault.message)
        })
    });
    faults.collect()
}

/// The free texts of a note, each with its field.
pub fn texts(note: &Note) -> Vec<(String, &str)> {
    let fields = free_text(&note.template.fields, &note.fields.0);
    std::iter::once(("content".to_owned(), note.content.as_str())).chain(fields).collect()
}

fn whole_text(note: &Note) -> String {
    texts(note).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
}

fn name_finding(field: &str, text: &str, finding: NameFinding<Person>) -> Finding {
    let chars = |end: usize| text.get(..end).map(|before| before.chars().count());
    let person = |person: &Person| match person {
        Person::Patient(id) => id.to_string(),
        Person::Guest(id) => id.to_string(),
    };
    Finding {
        key: finding.key(),
        blocks: finding.form.blocks(),
        can_be_waived: finding.form.blocks(),
        start_byte: Some(finding.range.start),
        end_byte: Some(finding.range.end),
        start_char: chars(finding.range.start),
        end_char: chars(finding.range.end),
        people: finding.people.iter().map(person).collect(),
        ..Finding::plain(FindingKind::Name, field.to_owned(), finding.form.as_str(), finding.message().to_owned())
    }
}

fn clone_finding(alike: similarity::Alike<NoteId>, last: Option<NoteId>) -> Finding {
    let of = if last == Some(alike.of) { "this patient's last note" } else { "the note of another participant" };
    let message =
        format!("This text is {} % like {of}. Write what was particular this time, or say why not.", alike.percent);
    Finding {
        key: format!("clone:{}", alike.of),
        can_be_waived: true,
        percent: Some(alike.percent),
        other_note_id: Some(alike.of),
        ..Finding::plain(FindingKind::Clone, "content".to_owned(), "clone", message)
    }
}

/// The names of these people as the check needs them.
async fn names(scope: &mut Scope<'_>, people: &[Person]) -> Result<Vec<(Person, Names)>, Problem> {
    let mut found = Vec::new();
    for chunk in people.chunks(500) {
        let patients = chunk.iter().filter_map(|person| person.patient()).map(|id| Value::from(&id));
        let filter = Where::organization().and_in("id", patients);
        let patients: Vec<Patient> = scope.filter(&filter, "id", chunk.len()).await?;
        found.extend(patients.iter().map(|patient| (Person::Patient(patient.id), of_patient(patient))));
        let guests = chunk.iter().filter_map(|person| person.guest()).map(|id| Value::from(&id));
        let filter = Where::organization().and_in("id", guests);
        let guests: Vec<Guest> = scope.filter(&filter, "id", chunk.len()).await?;
        found.extend(guests.iter().map(|guest| (Person::Guest(guest.id), Names::of_line(&guest.display_name))));
    }
    Ok(found)
}

fn of_patient(patient: &Patient) -> Names {
    let text = |name: &Option<::rules::text::Name>| name.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut full = vec![(patient.given_name.to_string(), patient.family_name.to_string())];
    if patient.other_given_name.is_some() || patient.other_family_name.is_some() {
        full.push((text(&patient.other_given_name), text(&patient.other_family_name)));
    }
    Names { full, preferred: patient.preferred_name.as_ref().map(ToString::to_string) }
}

async fn leaders(scope: &mut Scope<'_>, folder: &Folder) -> Result<Vec<Names>, Problem> {
    let ids: Vec<_> = folder.leaders.iter().map(|leader| leader.practitioner).collect();
    let found = practitioners(scope, &ids).await?;
    let names = |one: &crate::people::Practitioner| Names {
        full: vec![(one.given_name.to_string(), one.family_name.to_string())],
        preferred: None,
    };
    Ok(found.values().map(names).collect())
}

/// The waivers a caller gives that are of a finding of this note; every other one is an error.
///
/// # Errors
/// 422 that names each.
pub fn matching(
    findings: &[Finding],
    given: &[(String, ::rules::text::Reason)],
) -> Result<Vec<(String, ::rules::text::Reason)>, Problem> {
    let keys: HashSet<&str> =
        findings.iter().filter(|finding| finding.can_be_waived).map(|finding| finding.key.as_str()).collect();
    let mut errors = Vec::new();
    let mut kept: Vec<(String, ::rules::text::Reason)> = Vec::new();
    for (index, (key, reason)) in given.iter().enumerate() {
        if !keys.contains(key.as_str()) {
            let message = "is no finding of this note that can be waived; check it again";
            errors.push(FieldError::new(format!("waivers[{index}].key"), "unknown_finding", message));
        } else if !kept.iter().any(|(known, _)| known == key) {
            kept.push((key.clone(), reason.clone()));
        }
    }
    if errors.is_empty() { Ok(kept) } else { Err(Problem::invalid(errors)) }
}
