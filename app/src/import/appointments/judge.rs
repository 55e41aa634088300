//! Whether a row can become a participant, and everything that is wrong with it.

use exchange::{
    import::{AppointmentRow, number_of},
    mapping::Kind,
};
use rules::{
    groups::GroupStatus,
    id::{GroupId, PatientId, PractitionerId, RoomId, SiteId},
    sessions::{ParticipantStatus, SessionStatus, SessionType},
};

use super::{super::State, Unit, facts::Facts};
use crate::sessions::{Participant, Session};

/// What a row refers to.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub patient: PatientId,
    pub practitioner: Option<PractitionerId>,
    pub group: Option<GroupId>,
    pub site: Option<SiteId>,
    pub room: Option<RoomId>,
}

/// What a row refers to, or what of it is not there.
pub fn find(facts: &Facts, state: &State, row: &AppointmentRow) -> Result<Found, Vec<String>> {
    let mut reasons = Vec::new();
    let patient = facts.patients.get(row.patient.as_str()).map(|(id, _)| *id);
    if patient.is_none() {
        reasons.push(state.missing(Kind::Patient, "patient", &row.patient));
    }
    let practitioner = row.practitioner.as_deref().map(|id| (id, facts.staff.get(id).copied()));
    if let Some((id, None)) = practitioner {
        reasons.push(state.missing(Kind::Practitioner, "practitioner", id));
    }
    let group = facts.group(row);
    match (&row.group, group) {
        (Some(named), None) if row.r#type == SessionType::Group => {
            reasons.push(state.missing(Kind::Group, "group", named));
        }
        (_, Some(group)) if group.status == GroupStatus::Archived && is_ahead(row) => {
            reasons.push(format!("`group` names {}, which is archived and has no more sessions", group.name));
        }
        _ => {}
    }
    let (site, room) = (facts.site(row), facts.room(row));
    if let (Some(named), None) = (&row.site, site) {
        reasons.push(format!("`site` names {named}, and there is none: add it first, or import the sites too"));
    }
    match (&row.room, site, room) {
        (Some(_), None, _) if row.site.is_none() => reasons.push("`room` needs its `site`".to_owned()),
        (Some(named), Some(_), None) => reasons.push(format!("`room` names {named}, and the site has none")),
        _ => {}
    }
    match patient.filter(|_| reasons.is_empty()) {
        Some(patient) => Ok(Found {
            patient,
            practitioner: practitioner.and_then(|(_, id)| id),
            group: group.map(|group| group.id),
            site,
            room,
        }),
        None => Err(reasons),
    }
}

/// Whether nobody has said yet what came of it.
fn is_ahead(row: &AppointmentRow) -> bool {
    !row.status.of_participant().is_resolved()
}

/// Why a row can't become, or change, its participant.
pub fn refusals(facts: &Facts, unit: &Unit<'_>, row: &AppointmentRow, session: Option<&Session>) -> Vec<String> {
    match facts.booked(row) {
        None => new_refusals(facts, row, session),
        Some(old) => changed_refusals(facts, unit, old),
    }
}

fn is_touched(facts: &Facts, session: &Session) -> bool {
    facts.touched.contains(&session.id.to_string())
}

fn new_refusals(facts: &Facts, row: &AppointmentRow, session: Option<&Session>) -> Vec<String> {
    let number = row.appointment_number.as_str();
    let mut reasons = Vec::new();
    if facts.taken.contains(number) {
        reasons.push(format!("`appointment_number` {number} is that of another appointment here"));
    } else if session.is_none() && facts.taken.contains(&number_of(number)) {
        reasons.push(format!(
            "`appointment_number` {number} would number the session {}, and there is one",
            number_of(number)
        ));
    }
    if let Some(session) = session.filter(|session| is_touched(facts, session)) {
        let number = &session.session_number;
        reasons.push(format!("belongs to the session {number}, which was changed here since: add the person there"));
    }
    reasons
}

fn changed_refusals(facts: &Facts, unit: &Unit<'_>, old: &Participant) -> Vec<String> {
    let Some(session) = facts.known.sessions.get(&old.session_id) else { return Vec::new() };
    let number = &session.session_number;
    if session.external_id.as_deref() != Some(unit.key.as_str()) {
        let advice = "change it there, or give the appointment a new id in the export";
        return vec![format!("has moved to another session than {number}, where it is here: {advice}")];
    }
    if is_touched(facts, session) || facts.touched.contains(&old.id.to_string()) {
        let advice = "the export does not overwrite that; bring them in line by hand";
        return vec![format!("has changed, and so has the session {number} here since it was imported: {advice}")];
    }
    Vec::new()
}

/// Why a row does not fit those of its session that were taken before it.
pub fn misfit(
    row: &AppointmentRow,
    found: &Found,
    taken: &[(PatientId, String)],
    group: Option<GroupId>,
) -> Option<String> {
    let twice = taken.iter().find(|(patient, _)| *patient == found.patient);
    if let Some((_, first)) = twice {
        return Some(format!("`patient` {} is in this session already: {first}", row.patient));
    }
    let other = group != found.group;
    other.then(|| "`group` is another than that of the first appointment of this session".to_owned())
}

/// Why a row whose status is still open can't stand in a session that others attended, and the other way round.
pub fn unresolved(status: ParticipantStatus, session: SessionStatus) -> Option<String> {
    let advice = "say of everybody whether they came, and import again";
    (session == SessionStatus::Completed && !status.is_resolved()).then(|| {
        format!("`status` is {}, and others of this session have come or stayed away: {advice}", status.in_words())
    })
}
