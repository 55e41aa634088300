//! What moves from one record to the other, planned first, then done.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    column::Value,
    groups::GroupStatus,
    id::{GroupId, PatientId, SessionId},
    merging::{BookingFate, booking, is_better},
    roster::{Person, Refusal},
    sessions::{ParticipantSource, SessionStatus},
};

use super::store;
use crate::{
    consents,
    door::Scope,
    groups::{self, Group},
    notes::Note,
    people::{self, Guest, KeepApart, Patient, apart},
    problem::{FieldError, Problem},
    roster::{self, Among, Member, actions as rosters},
    sessions::{self, Encounter, Participant, Session, making},
};

/// Kept as the reason of the stint and of the bookings that were one too many.
pub const REASON_JOINED: &str = "joined with the patient's own record";

/// What becomes of everything that points at the record that goes.
#[derive(Default)]
pub struct Plan {
    /// Stints that are the other record's from now on.
    pub stints: Vec<Member>,
    /// Live stints of either record that end: the other record's place in the same group is the better one.
    pub ended: Vec<Member>,
    /// Bookings that are the other record's from now on.
    pub bookings: Vec<Participant>,
    /// Bookings that are one too many.
    pub extra: Vec<Participant>,
    /// The other record's own cancelled bookings that are given a place for them.
    pub again: Vec<Participant>,
    /// Sessions in which both records have been.
    pub unclear: Vec<Session>,
    /// The sessions of all bookings.
    pub sessions: BTreeMap<SessionId, Session>,
}

impl Plan {
    /// The groups in which somebody has a place that this touches.
    pub fn groups(&self) -> BTreeSet<GroupId> {
        let open = self.sessions.values().filter(|session| session.status.is_open());
        let of_sessions = open.filter_map(|session| session.group_id);
        self.stints.iter().chain(&self.ended).map(|member| member.group_id).chain(of_sessions).collect()
    }

    /// Refuses while a session is unclear, each named.
    pub fn is_clear(&self) -> Result<(), Problem> {
        if self.unclear.is_empty() {
            return Ok(());
        }
        let detail = "Both records have been in the same sessions. Correct the attendance of one of them there first.";
        let error = |session: &Session| {
            let message = format!("{} on {}: both records are in it", session.session_number, session.local_date);
            FieldError::new(session.id.to_string(), "both_present", message)
        };
        Err(Problem::conflict("both_present", detail).with_errors(self.unclear.iter().map(error).collect()))
    }
}

/// What would move from one person to a patient; without one, to a patient that is yet to be made.
///
/// # Errors
/// When the database can't answer.
pub async fn plan(scope: &mut Scope<'_>, from: Person, into: Option<PatientId>) -> Result<Plan, Problem> {
    let (own, mut bookings) = (store::stints(scope, from).await?, store::bookings(scope, from).await?);
    let (theirs, theirs_booked) = match into.map(Person::Patient) {
        Some(into) => (store::stints(scope, into).await?, store::bookings(scope, into).await?),
        None => (Vec::new(), Vec::new()),
    };
    let mut plan = Plan::default();
    for stint in own {
        let rival = theirs.iter().find(|other| is_live(other) && is_live(&stint) && other.group_id == stint.group_id);
        match rival {
            Some(rival) if is_better((stint.status, stint.added_at), (rival.status, rival.added_at)) => {
                plan.ended.push(rival.clone());
            }
            Some(_) => plan.ended.push(stint.clone()),
            None => {}
        }
        plan.stints.push(stint);
    }
    let ids: BTreeSet<SessionId> = bookings.iter().map(|row| row.session_id).collect();
    let ids: Vec<SessionId> = ids.into_iter().collect();
    plan.sessions = store::sessions(scope, &ids).await?.into_iter().map(|session| (session.id, session)).collect();
    let rivals: BTreeMap<SessionId, Participant> = theirs_booked.into_iter().map(|row| (row.session_id, row)).collect();
    for row in bookings.drain(..) {
        let session = plan.sessions.get(&row.session_id);
        let rival = rivals.get(&row.session_id);
        let signed = session.is_some_and(|session| session.first_signed_at.is_some());
        match booking(row.status, rival.map(|rival| rival.status), signed) {
            BookingFate::Moves => plan.bookings.push(row),
            BookingFate::IsExtra => plan.extra.push(row),
            BookingFate::GivesItsPlace => {
                plan.again.extend(rival.cloned());
                plan.extra.push(row);
            }
            BookingFate::IsUnclear => plan.unclear.extend(session.cloned()),
        }
    }
    Ok(plan)
}

fn is_live(member: &Member) -> bool {
    !member.status.is_gone()
}

/// Locks what the plan touches, groups before sessions before people, and plans again as it stands then.
///
/// # Errors
/// 503 when it changed meanwhile: the action is tried again.
pub async fn locked(scope: &mut Scope<'_>, from: Person, into: Option<PatientId>) -> Result<Plan, Problem> {
    let before = plan(scope, from, into).await?;
    for group in before.groups() {
        groups::lock(scope, group).await?;
    }
    for session in before.sessions.values().filter(|session| session.status.is_open()) {
        scope.lock::<Session, _>(session.id).await?;
    }
    let people: Vec<Person> = std::iter::once(from).chain(into.map(Person::Patient)).collect();
    apart::hold_alone(scope, &people).await?;
    let now = plan(scope, from, into).await?;
    let known = now.groups().is_subset(&before.groups());
    if known && now.sessions.keys().all(|id| before.sessions.contains_key(id)) {
        Ok(now)
    } else {
        Err(Problem::unavailable())
    }
}

/// Refuses, in the words of every such refusal, what would bring together who must not meet.
///
/// # Errors
/// 409 `not_eligible`.
pub async fn may_meet(scope: &mut Scope<'_>, plan: &Plan, from: Person, into: PatientId) -> Result<(), Problem> {
    let (patient, today) = (Person::Patient(into), scope.cx.today());
    let pairs = people::pairs_of(scope, &[patient]).await?;
    let mut meets = pairs.apart(from, patient, today);
    if !pairs.is_empty() {
        let live = plan.stints.iter().filter(|stint| is_live(stint));
        let groups: BTreeSet<GroupId> = live.map(|stint| stint.group_id).collect();
        for group in groups {
            let standings = roster::standings(scope, group, &[patient], Among::Everybody).await?;
            meets |= standings.of(patient).is_some_and(|standing| standing.kept_apart);
        }
        let placed = plan.bookings.iter().filter(|row| row.status.takes_seat());
        let placed = placed.filter_map(|row| plan.sessions.get(&row.session_id)).filter(|one| one.status.is_open());
        let wanted: Vec<(&Session, Person)> = placed.map(|session| (session, patient)).collect();
        meets |= !sessions::without_a_place(scope, &wanted).await?.is_empty();
    }
    match meets {
        false => Ok(()),
        true => Err(Problem::conflict(Refusal::NotEligible.code(), Refusal::NotEligible.to_string())),
    }
}

/// Does what was planned. The caller holds the locks of [`locked`].
///
/// # Errors
/// When the database can't answer.
pub async fn carry_out(scope: &mut Scope<'_>, plan: &Plan, from: Person, into: PatientId) -> Result<(), Problem> {
    let free_before = end_stints(scope, &plan.ended).await?;
    // Those that ended just now have another version.
    let stints = store::stints(scope, from).await?;
    let is_patient = [("patient_id", Value::from(&into)), ("guest_id", Value::Null)];
    let mut columns = vec![("member_type", Value::from("patient"))];
    columns.extend(is_patient.clone());
    scope.change_all(&stints, &columns).await?;
    // In a session that is cancelled as well: when it is reinstated, only one of the two is booked again.
    let cancelled = |row: &&Participant| plan.sessions.get(&row.session_id).is_some_and(is_cancelled);
    let extra = plan.extra.iter().filter(|row| row.status.takes_seat() || cancelled(row));
    let extra: Vec<Participant> = extra.cloned().collect();
    making::unbook(scope, &extra, REASON_JOINED).await?;
    making::rebook(scope, &plan.again, ParticipantSource::Booked).await?;
    scope.change_all(&plan.bookings, &is_patient).await?;
    let drafts: Vec<Note> = store::drafts(scope, &plan.bookings).await?;
    scope.change_all(&drafts, &[("patient_id", Value::from(&into))]).await?;
    let consents = consents::of_person(scope, from).await?;
    scope.change_all(&consents, &is_patient).await?;
    if let Person::Patient(from) = from {
        let encounters: Vec<Encounter> = store::encounters(scope, from).await?;
        scope.change_all(&encounters, &[("patient_id", Value::from(&into))]).await?;
        let also: Vec<Guest> = store::guests(scope, from).await?;
        scope.change_all(&also, &[("patient_id", Value::from(&into))]).await?;
        let merged: Vec<Patient> = store::merged(scope, from).await?;
        scope.change_all(&merged, &[("merged_into", Value::from(&into))]).await?;
        let relatives: Vec<Guest> = store::relatives(scope, from).await?;
        scope.change_all(&relatives, &[("related_patient_id", Value::from(&into))]).await?;
    }
    move_pairs(scope, from, into).await?;
    lead(scope, plan).await?;
    for (group, free) in free_before {
        let group = groups::lock(scope, group).await?;
        if group.status == GroupStatus::Active {
            rosters::promote(scope, &group).await?;
        }
        rosters::tell_of_seats(scope, &group, free).await?;
    }
    Ok(())
}

fn is_cancelled(session: &Session) -> bool {
    session.status == SessionStatus::Cancelled
}

/// Ends the stints that are one too many; says how many seats were free before in the groups where one is freed.
async fn end_stints(scope: &mut Scope<'_>, ended: &[Member]) -> Result<BTreeMap<GroupId, u32>, Problem> {
    let mut free_before = BTreeMap::new();
    for old in ended {
        if old.status.takes_seat() {
            let group: Group = scope.get(old.group_id).await?;
            free_before.insert(group.id, rosters::free_seats(scope, &group).await?);
        }
        rosters::end_double(scope, old, REASON_JOINED).await?;
    }
    Ok(free_before)
}

/// In groups led by the therapists of those booked, the patient's own counts from now on.
async fn lead(scope: &mut Scope<'_>, plan: &Plan) -> Result<(), Problem> {
    let booked: BTreeSet<SessionId> = plan.bookings.iter().chain(&plan.extra).map(|row| row.session_id).collect();
    let open = plan.sessions.values().filter(|session| booked.contains(&session.id) && session.status.is_open());
    let mut by_group: BTreeMap<GroupId, Vec<Session>> = BTreeMap::new();
    for session in open {
        if let Some(group) = session.group_id {
            by_group.entry(group).or_default().push(session.clone());
        }
    }
    for (group, sessions) in by_group {
        let group: Group = scope.get(group).await?;
        making::lead_by_caseload(scope, &group, &sessions).await?;
    }
    Ok(())
}

async fn move_pairs(scope: &mut Scope<'_>, from: Person, into: PatientId) -> Result<(), Problem> {
    for old in store::pairs(scope, from).await? {
        let Some((one, other)) = old.people() else { continue };
        // An ended pair of the two themselves stays as it was.
        if [one, other].contains(&Person::Patient(into)) {
            continue;
        }
        let mut new: KeepApart = old.clone();
        if one == from {
            (new.patient_id, new.guest_id) = (Some(into), None);
        } else if other == from {
            (new.other_patient_id, new.other_guest_id) = (Some(into), None);
        } else {
            // Of another record of the same person: it stays where it is.
            continue;
        }
        apart::update(scope, &old, new).await?;
    }
    // The guests who are either of them are the survivor now.
    Ok(apart::relinked(scope, &[from, Person::Patient(into)]).await?)
}
