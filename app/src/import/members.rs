//! Stints in groups: who left, who has a seat, who waits, as the rulebook decides under each group's lock.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::ControlFlow,
};

use exchange::{
    import::{ExternalId, Line, MemberRow},
    mapping::Kind,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use rules::{
    groups::{GroupStatus, Promotion},
    id::{GroupId, ImportId, PatientId},
    keep_apart::Pairs,
    permissions::Permission,
    roster::{MemberStatus, MemberType, Person, Placed, Seats, Standing},
    text::{Reason, Remark},
};
use store::Where;

use super::{
    Options, Outcome, Report, State,
    plan::{Planned, RowDone, again},
    report::GroupReport,
    seats::Roster,
    sources::{self, fingerprint},
};
use crate::{
    door::{Cx, Scope},
    events::{Event, ExchangeEvent},
    groups::{self, Group},
    people,
    problem::Problem,
    roster::{self, Member},
    settings::settings,
};

/// Rows in one transaction: each may end one stint, and so cancel bookings, promote the next and book them.
const MEMBERS_CHUNK: usize = 100;
/// Why somebody has a seat beyond the capacity.
const KEPT: &str = "Enrolled in the system the record came from.";

/// What becomes of one group in a chunk.
#[derive(Debug, Clone, Default)]
struct Tally {
    seated: Vec<Person>,
    waitlisted: u32,
    ended: u32,
    freed: bool,
    free_before: u32,
}

/// A chunk as it is decided.
struct Plan {
    rows: Vec<Planned<Member>>,
    groups: BTreeMap<GroupId, Group>,
    rosters: HashMap<GroupId, Roster>,
    pairs: Pairs,
    tallies: BTreeMap<GroupId, Tally>,
}

/// Imports the rows of members: group by group, seats in the order in which people began.
pub async fn each_chunk(
    cx: &Cx,
    lines: Vec<Line<MemberRow>>,
    state: &mut State,
    report: &mut Report,
    options: &Options<'_>,
) -> Result<ControlFlow<()>, Problem> {
    let (lines, order) = in_order(&lines);
    for (number, chunk) in lines.chunks(MEMBERS_CHUNK).enumerate() {
        if (options.progress)(Kind::Member, number * MEMBERS_CHUNK, lines.len()).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let known: &State = state;
        let plan_only = cx.read(Permission::ImportRun, |scope| Box::pin(plan(scope, chunk, known, false))).await?;
        let done = if known.dry_run {
            state.overlay.rosters.extend(promoted(&plan_only));
            plan_only.rows.into_iter().map(|row| row.done).collect()
        } else if plan_only.rows.iter().all(|planned| planned.print.is_none()) {
            plan_only.rows.into_iter().map(|row| row.done).collect()
        } else {
            let write = cx.write(Permission::ImportRun, |scope| {
                Box::pin(async move {
                    let plan = plan(scope, chunk, known, true).await?;
                    carry_out(scope, known.id, plan).await
                })
            });
            write.await?
        };
        let ids = chunk.iter().map(|line| line.row.external_id.to_string()).collect();
        state.note(Kind::Member, chunk, ids, done, report);
    }
    let known: &State = state;
    let order = &order;
    report.groups = cx.read(Permission::ImportRun, |scope| Box::pin(seats_of(scope, order, known))).await?;
    Ok((options.progress)(Kind::Member, lines.len(), lines.len()))
}

/// The rows group by group in the order of the files: those who have or had a seat by their first day, then those whom
/// the export itself calls waiting. And the groups in that order.
fn in_order(lines: &[Line<MemberRow>]) -> (Vec<&Line<MemberRow>>, Vec<ExternalId>) {
    let mut groups: HashMap<&ExternalId, usize> = HashMap::new();
    let mut order = Vec::new();
    for line in lines {
        groups.entry(&line.row.group).or_insert_with(|| {
            order.push(line.row.group.clone());
            order.len()
        });
    }
    let mut sorted: Vec<&Line<MemberRow>> = lines.iter().collect();
    sorted.sort_by_key(|line| {
        let waits = line.row.status == Some(MemberStatus::Waitlisted);
        (groups.get(&line.row.group), waits, line.row.start, &line.place)
    });
    (sorted, order)
}

// Planning ------------------------------------------------------------------------------------------------------------

/// Decides row by row, with the groups locked when it is to be carried out.
async fn plan(scope: &mut Scope<'_>, lines: &[&Line<MemberRow>], state: &State, lock: bool) -> Result<Plan, Problem> {
    let ids: Vec<String> = lines.iter().map(|line| line.row.external_id.to_string()).collect();
    let by_id = groups_of(scope, lines, state, lock).await?;
    let patients = patients_of(scope, lines, state).await?;
    let asked: Vec<Person> = patients.values().map(|(id, _)| Person::Patient(*id)).collect();
    if lock {
        people::hold(scope, &asked).await?;
    }
    let pairs = people::pairs_of(scope, &asked).await?;
    let mut rosters = HashMap::new();
    for group in by_id.values() {
        let mut roster = roster_of(scope, group, state).await?;
        if !pairs.is_empty() {
            let there = roster::live(scope, group.id, &pairs.people()).await?;
            roster.company.extend(there.iter().filter_map(Member::person));
        }
        rosters.insert(group.id, roster);
    }
    let filter = Where::organization().and_in("external_id", ids.iter().map(String::as_str));
    let known: Vec<Member> = scope.filter(&filter, "external_id", ids.len()).await?;
    let mut known: HashMap<String, Member> =
        known.into_iter().filter_map(|member| Some((member.external_id.as_ref()?.to_string(), member))).collect();
    let prints = sources::fingerprints(scope, Kind::Member, &ids).await?;
    let groups = by_id.values().map(|group| (group.id, group.clone())).collect();
    let mut plan = Plan { rows: Vec::with_capacity(lines.len()), groups, rosters, pairs, tallies: BTreeMap::new() };
    for (line, id) in lines.iter().zip(ids) {
        let row = &line.row;
        let print = fingerprint(row);
        let kept = prints.get(&id) == Some(&print);
        let planned = match known.remove(&id) {
            Some(old) if kept => Planned::unchanged(Some(old), None),
            Some(old) => plan.change(scope, state, row, old, (id, print)),
            None => {
                let group = by_id.get(row.group.as_str());
                let patient = patients.get(row.patient.as_str()).copied();
                plan.add(scope, state, row, group, patient, (id, print))
            }
        };
        plan.rows.push(planned);
    }
    Ok(plan)
}

/// The groups of the rows by their ids of the other system.
async fn groups_of(
    scope: &mut Scope<'_>,
    lines: &[&Line<MemberRow>],
    state: &State,
    lock: bool,
) -> Result<HashMap<String, Group>, Problem> {
    let ids = lines.iter().map(|line| line.row.group.as_str());
    let filter = Where::organization().and_in("external_id", ids);
    let mut found: Vec<Group> = scope.filter(&filter, "external_id", lines.len()).await?;
    // Everybody locks groups in the order of their ids.
    found.sort_by_key(|group| group.id);
    if lock {
        for group in &mut found {
            *group = groups::lock(scope, group.id).await?;
        }
    }
    let found = found.into_iter().filter_map(|group| Some((group.external_id.as_ref()?.to_string(), group)));
    let found: HashMap<String, Group> = found.filter(|(id, _)| !state.overlay.groups.contains_key(id)).collect();
    let ids: BTreeSet<&str> = lines.iter().map(|line| line.row.group.as_str()).collect();
    let imagined = ids.into_iter().filter_map(|id| Some((id.to_owned(), state.overlay.groups.get(id)?.clone())));
    Ok(found.into_iter().chain(imagined).collect())
}

/// The patients of the rows by their ids of the other system, and whether they are active.
async fn patients_of(
    scope: &mut Scope<'_>,
    lines: &[&Line<MemberRow>],
    state: &State,
) -> Result<HashMap<String, (PatientId, bool)>, Problem> {
    let ids: Vec<String> = lines.iter().map(|line| line.row.patient.to_string()).collect();
    let mut found = sources::patients(scope, &ids).await?;
    let imagined = ids.iter().filter_map(|id| Some((id.clone(), state.overlay.patients.get(id)?)));
    found.extend(imagined.map(|(id, patient)| (id, (patient.id, patient.is_active))));
    Ok(found)
}

async fn roster_of(scope: &mut Scope<'_>, group: &Group, state: &State) -> Result<Roster, Problem> {
    if let Some(imagined) = state.overlay.rosters.get(&group.id) {
        return Ok(imagined.clone());
    }
    let ceiling = settings(scope).await?.capacity_ceiling;
    let counts = groups::counts(scope, &[group.id]).await?.remove(&group.id).unwrap_or_default();
    let (last_key, eligible_waiting) = sources::line(scope, group.id).await?;
    let seats = Some(groups::actions::seats(group, counts, ceiling));
    let live = sources::live(scope, group.id).await?;
    Ok(Roster { seats, waiting: counts.waiting, eligible_waiting, last_key, live, ..Roster::default() })
}

impl Plan {
    /// A stint that is not there yet.
    fn add(
        &mut self,
        scope: &Scope<'_>,
        state: &State,
        row: &MemberRow,
        group: Option<&Group>,
        patient: Option<(PatientId, bool)>,
        print: (String, String),
    ) -> Planned<Member> {
        let (Some(group), Some((patient, active))) = (group, patient) else {
            let group = group.is_none().then(|| state.missing(Kind::Group, "group", &row.group));
            let patient = patient.is_none().then(|| state.missing(Kind::Patient, "patient", &row.patient));
            return Planned::refused(patient.into_iter().chain(group).collect());
        };
        let roster = self.rosters.entry(group.id).or_default();
        let tally = self
            .tallies
            .entry(group.id)
            .or_insert_with(|| Tally { free_before: roster.seats.map_or(0, Seats::free), ..Tally::default() });
        let mut member = blank(scope, state, row, group.id, patient);
        if state.has_ended(row) {
            tally.ended += 1;
            member.status = MemberStatus::Left;
            member.left_at = row.end.map(|end| state.end_of(end));
            member.left_reason.clone_from(&row.end_reason);
        } else {
            let kept_apart = self.pairs.apart_from_any(Person::Patient(patient), &roster.company, state.today);
            match roster.place(group, row, patient, Standing { active, kept_apart, ..Standing::CLEAR }) {
                Err(reason) => return Planned::refused(vec![reason]),
                Ok(Placed::Waitlisted) => {
                    tally.waitlisted += 1;
                    member.status = MemberStatus::Waitlisted;
                    member.order_key = roster.last_key;
                    member.joined_at = None;
                }
                Ok(Placed::Active { overridden }) => {
                    tally.seated.push(Person::Patient(patient));
                    member.override_reason = Reason::parse(KEPT).ok().filter(|_| overridden);
                }
            }
        }
        let done = RowDone {
            outcome: Outcome::Created,
            id: Some(member.id.to_string()),
            status: Some(member.status.to_string()),
            reasons: state.remarks(row),
        };
        Planned { done, old: None, new: Some(member), co: Vec::new(), print: Some(print) }
    }

    /// A stint that is there, and whose row has changed since.
    fn change(
        &mut self,
        scope: &Scope<'_>,
        state: &State,
        row: &MemberRow,
        old: Member,
        print: (String, String),
    ) -> Planned<Member> {
        let mut new = old.clone();
        let started = state.start_of(row.start);
        new.added_at = started;
        new.joined_at = old.joined_at.map(|_| started);
        new.notes = row.notes.clone().unwrap_or(new.notes);
        let mut reasons = state.remarks(row);
        match (old.status.is_gone(), state.has_ended(row)) {
            (false, true) => {
                new.status = MemberStatus::Left;
                new.order_key = None;
                self.leave(&old);
            }
            (true, false) => {
                reasons.push(format!("the stint is {} here and is not opened again: add the person anew", old.status));
            }
            _ => {}
        }
        if new.status == MemberStatus::Left && state.has_ended(row) {
            new.left_at = row.end.map(|end| state.end_of(end)).or(Some(scope.now()));
            new.left_reason = row.end_reason.clone().or(new.left_reason);
        }
        let outcome = if new == old { Outcome::Unchanged } else { Outcome::Updated };
        let done = RowDone { outcome, id: Some(old.id.to_string()), status: Some(new.status.to_string()), reasons };
        let new = (outcome == Outcome::Updated).then_some(new);
        Planned { done, old: Some(old), new, co: Vec::new(), print: Some(print) }
    }

    /// Somebody who is there leaves.
    fn leave(&mut self, member: &Member) {
        let tally = self.tallies.entry(member.group_id).or_default();
        tally.ended += 1;
        tally.freed |= member.status.takes_seat();
        let Some(roster) = self.rosters.get_mut(&member.group_id) else { return };
        match (member.status, &mut roster.seats) {
            (MemberStatus::Active, Some(seats)) => seats.active = seats.active.saturating_sub(1),
            (MemberStatus::Offered, Some(seats)) => seats.offered = seats.offered.saturating_sub(1),
            _ => {
                roster.waiting = roster.waiting.saturating_sub(1);
                roster.eligible_waiting = roster.eligible_waiting.saturating_sub(1);
            }
        }
        if let Some(patient) = member.patient_id {
            roster.live.remove(&patient);
            roster.company.remove(&Person::Patient(patient));
        }
    }
}

impl State {
    fn has_ended(&self, row: &MemberRow) -> bool {
        row.status == Some(MemberStatus::Left) || row.end.is_some_and(|end| end <= self.today)
    }

    /// The first instant of a day at the organization.
    fn start_of(&self, day: Date) -> Timestamp {
        self.zone.first_instant(day.at(0, 0, 0, 0)).map_or(Timestamp::MIN, |start| start.timestamp())
    }

    /// The last second of a day at the organization.
    fn end_of(&self, day: Date) -> Timestamp {
        let next = self.start_of(day.tomorrow().unwrap_or(day));
        next.checked_sub(SignedDuration::from_secs(1)).unwrap_or(next)
    }

    fn remarks(&self, row: &MemberRow) -> Vec<String> {
        let later = row.end.filter(|end| *end > self.today && !self.has_ended(row));
        let later = later.map(|end| format!("ends on {end}, and is a member until the export is imported after that"));
        let early = (row.start > self.today).then(|| format!("starts on {}, and has a place from now on", row.start));
        later.into_iter().chain(early).collect()
    }
}

fn blank(scope: &Scope<'_>, state: &State, row: &MemberRow, group: GroupId, patient: PatientId) -> Member {
    let started = state.start_of(row.start);
    Member {
        id: scope.id(),
        group_id: group,
        member_type: MemberType::Patient,
        patient_id: Some(patient),
        guest_id: None,
        status: MemberStatus::Active,
        notes: row.notes.clone().unwrap_or_else(Remark::empty),
        order_key: None,
        added_at: started,
        joined_at: (row.status != Some(MemberStatus::Waitlisted)).then_some(started),
        left_at: None,
        left_reason: None,
        override_reason: None,
        skip_reason: None,
        skipped_at: None,
        external_id: Some(row.external_id.clone()),
        offered_at: None,
        offer_expires_at: None,
        promotion_reason: None,
        move_reason: None,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    }
}

/// In a dry run, what promotions would make of the rosters of a chunk.
fn promoted(plan: &Plan) -> HashMap<GroupId, Roster> {
    let mut rosters = plan.rosters.clone();
    for (id, tally) in plan.tallies.iter().filter(|(_, tally)| tally.freed) {
        let group = plan.groups.get(id).filter(|group| group.promotion != Promotion::Manual);
        let automatic = group.is_some_and(|group| group.status == GroupStatus::Active);
        let Some(roster) = rosters.get_mut(id).filter(|_| automatic && tally.freed) else { continue };
        let promoted = roster.seats.map_or(0, Seats::free).min(roster.eligible_waiting);
        roster.seats = roster.seats.map(|seats| seats.with_active(promoted));
        roster.eligible_waiting -= promoted;
        roster.waiting -= promoted.min(roster.waiting);
    }
    rosters
}

// Writing -------------------------------------------------------------------------------------------------------------

async fn carry_out(scope: &mut Scope<'_>, import: ImportId, plan: Plan) -> Result<Vec<RowDone>, Problem> {
    let Plan { rows, groups, rosters, tallies, .. } = plan;
    let new: Vec<Member> = rows.iter().filter(|row| row.old.is_none()).filter_map(|row| row.new.clone()).collect();
    scope.insert_all(&new).await.map_err(again)?;
    let created = new.iter().map(|member| member.id.to_string()).collect();
    let mut updated = 0;
    for row in &rows {
        if let (Some(old), Some(new)) = (&row.old, &row.new) {
            scope.update(old, new.clone()).await.map_err(again)?;
            tell_of_change(scope, old, new);
            updated += 1;
        }
    }
    let prints: Vec<_> = rows.iter().filter_map(|row| row.print.clone()).collect();
    sources::keep(scope, import, Kind::Member, &prints).await?;
    scope.emit(ExchangeEvent::Imported { import, kind: Kind::Member.as_str(), created, updated });
    for (group, tally) in tallies {
        let Tally { seated, waitlisted, ended, freed, free_before } = tally;
        let full = rosters.get(&group).and_then(|roster| roster.seats).is_some_and(|seats| seats.free() == 0);
        if full && !seated.is_empty() && free_before > 0 {
            scope.emit(Event::GroupFull { group });
        }
        if !seated.is_empty() || waitlisted + ended > 0 {
            scope.emit(ExchangeEvent::RosterImported { group, import, seated, waitlisted, ended });
        }
        if let Some(group) = groups.get(&group).filter(|_| freed) {
            roster::actions::promote(scope, group).await?;
        }
    }
    Ok(rows.into_iter().map(|row| row.done).collect())
}

fn tell_of_change(scope: &mut Scope<'_>, old: &Member, new: &Member) {
    let (group, member) = (old.group_id, old.id);
    match old.person().filter(|_| new.status != old.status) {
        Some(person) => scope.emit(Event::MemberLeft { group, member, person, was: old.status }),
        None => scope.emit(Event::MemberUpdated { group, member }),
    }
}

/// Groups looked at in one statement.
const AT_ONCE: usize = 500;

/// The seats of the groups after everything.
async fn seats_of(scope: &mut Scope<'_>, order: &[ExternalId], state: &State) -> Result<Vec<GroupReport>, Problem> {
    let ceiling = settings(scope).await?.capacity_ceiling;
    let mut reports = Vec::with_capacity(order.len());
    for ids in order.chunks(AT_ONCE) {
        let filter = Where::organization().and_in("external_id", ids.iter().map(|id| id.as_str()));
        let found: Vec<Group> = scope.filter(&filter, "external_id", ids.len()).await?;
        let counts = groups::counts(scope, &found.iter().map(|group| group.id).collect::<Vec<_>>()).await?;
        for id in ids {
            let is_it = |group: &&Group| group.external_id.as_ref() == Some(id);
            let Some(group) = state.overlay.groups.get(id.as_str()).or_else(|| found.iter().find(is_it)) else {
                continue;
            };
            let counted = counts.get(&group.id).copied().unwrap_or_default();
            let there = (groups::actions::seats(group, counted, ceiling), counted.waiting);
            let imagined = state.overlay.rosters.get(&group.id);
            let (seats, waiting) = imagined.map_or(there, |roster| (roster.seats.unwrap_or(there.0), roster.waiting));
            let (capacity, taken) = (seats.capacity(), seats.taken());
            reports.push(GroupReport { name: group.name.to_string(), capacity, taken, waiting });
        }
    }
    Ok(reports)
}
