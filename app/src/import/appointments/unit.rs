//! One session: which of its rows are good, who is in it, and what of it is written.

use exchange::import::{AppointmentRow, Line};
use rules::{
    id::{GroupId, PatientId},
    sessions::{Leader, LeaderRole, ParticipantStatus, SessionStatus, imported_session},
};

use super::{
    super::{Outcome, State, plan::RowDone, sources::fingerprint},
    Decided, Unit,
    facts::Facts,
    judge::{self, Found},
    records,
};
use crate::{
    door::Scope,
    sessions::{Participant, Session, imported::Writing},
};

/// What is decided of a session.
pub struct DecidedUnit {
    /// In the order of its lines.
    pub rows: Vec<Decided>,
    /// What is written, if anything.
    pub writing: Option<Writing>,
}

/// A row while its session is decided.
enum Row {
    /// It says what it said before.
    Kept,
    /// It is new or has changed.
    Good(Found),
    /// It can't be imported.
    Refused(Vec<String>),
}

/// Decides one session.
pub fn decide(scope: &Scope<'_>, facts: &Facts, state: &State, unit: &Unit<'_>) -> DecidedUnit {
    let session = facts.session(&unit.key);
    let mut rows = sort(facts, state, unit, session);
    settle(facts, unit, session, &mut rows);
    let first = unit.lines.iter().zip(&rows).find_map(|(line, row)| match row {
        Row::Good(found) => Some((*line, *found)),
        _ => None,
    });
    // What a kept row says counts before what a changed one says: it is the first of its session.
    let leading = unit.lines.iter().zip(&rows).find_map(|(line, row)| match row {
        Row::Kept => judge::find(facts, state, &line.row).ok().map(|found| (*line, found)),
        Row::Good(found) => Some((*line, *found)),
        Row::Refused(_) => None,
    });
    let writing = first.and(leading).map(|(line, found)| build(scope, facts, unit, session, &rows, (line, found)));
    let rows = unit.lines.iter().zip(rows).map(|(line, row)| told(scope, facts, line, row, writing.as_ref())).collect();
    DecidedUnit { rows, writing: writing.filter(has_something) }
}

/// Sorts the rows into those that say nothing new, those that are good, and those that are refused.
fn sort(facts: &Facts, state: &State, unit: &Unit<'_>, session: Option<&Session>) -> Vec<Row> {
    let mut taken = others_in(facts, unit, session);
    let mut group: Option<Option<GroupId>> = session.map(|session| session.group_id);
    let mut rows = Vec::with_capacity(unit.lines.len());
    for line in &unit.lines {
        if facts.is_kept(&line.row) {
            rows.push(Row::Kept);
            continue;
        }
        let row = match judge::find(facts, state, &line.row) {
            Err(reasons) => Row::Refused(reasons),
            Ok(found) => {
                let mut reasons = judge::refusals(facts, unit, &line.row, session);
                reasons.extend(judge::misfit(&line.row, &found, &taken, group.unwrap_or(found.group)));
                if reasons.is_empty() { Row::Good(found) } else { Row::Refused(reasons) }
            }
        };
        if let Row::Good(found) = &row {
            taken.push((found.patient, line.place.to_string()));
            group = group.or(Some(found.group));
        }
        rows.push(row);
    }
    rows
}

/// Who is in the session and is not to be decided: those of kept rows, and those that the export does not name.
fn others_in(facts: &Facts, unit: &Unit<'_>, session: Option<&Session>) -> Vec<(PatientId, String)> {
    let Some(session) = session else { return Vec::new() };
    let changes = |person: &Participant| {
        let own = unit.lines.iter().find(|line| Some(&line.row.external_id) == person.external_id.as_ref());
        own.is_some_and(|line| !facts.is_kept(&line.row))
    };
    let there = facts.known.people.iter().filter(|person| person.session_id == session.id && !changes(person));
    there.filter_map(|person| Some((person.patient_id?, format!("as {}", person.appointment_number)))).collect()
}

/// Where everybody in the session stands when the good rows are taken.
fn standing(facts: &Facts, unit: &Unit<'_>, session: Option<&Session>, rows: &[Row]) -> Vec<ParticipantStatus> {
    let good = unit.lines.iter().zip(rows).filter(|(_, row)| matches!(row, Row::Good(_)));
    let good: Vec<&AppointmentRow> = good.map(|(line, _)| &line.row).collect();
    let decided = |person: &&Participant| good.iter().any(|row| Some(&row.external_id) == person.external_id.as_ref());
    let there = facts.known.people.iter().filter(|person| session.is_some_and(|one| one.id == person.session_id));
    let there = there.filter(|person| !decided(person)).map(|person| person.status);
    there.chain(good.iter().map(|row| row.status.of_participant())).collect()
}

/// A session is over for everybody or for nobody: rows that say otherwise are refused.
fn settle(facts: &Facts, unit: &Unit<'_>, session: Option<&Session>, rows: &mut [Row]) {
    let all = standing(facts, unit, session, rows);
    let Some(status) = imported_session(&all) else { return };
    for (line, row) in unit.lines.iter().zip(rows.iter_mut()).filter(|(_, row)| matches!(row, Row::Good(_))) {
        if let Some(reason) = judge::unresolved(line.row.status.of_participant(), status) {
            *row = Row::Refused(vec![reason]);
        }
    }
    // Those that say nothing new are still open: nobody can have come before that is said of them, too.
    let all = standing(facts, unit, session, rows);
    let open = all.iter().any(|status| !status.is_resolved());
    if open && imported_session(&all) == Some(SessionStatus::Completed) {
        for (line, row) in unit.lines.iter().zip(rows.iter_mut()).filter(|(_, row)| matches!(row, Row::Good(_))) {
            if line.row.status.of_participant() != ParticipantStatus::Cancelled {
                let reason = "`status` is resolved, and others of this session are still open: say of everybody \
                              whether they came, and import again";
                *row = Row::Refused(vec![reason.to_owned()]);
            }
        }
    }
}

/// The session with everybody in it.
fn build(
    scope: &Scope<'_>,
    facts: &Facts,
    unit: &Unit<'_>,
    old: Option<&Session>,
    rows: &[Row],
    (line, found): (&Line<AppointmentRow>, Found),
) -> Writing {
    let all = standing(facts, unit, old, rows);
    let status = imported_session(&all).unwrap_or(SessionStatus::Scheduled);
    let good: Vec<(&AppointmentRow, &Found)> = unit
        .lines
        .iter()
        .zip(rows)
        .filter_map(|(line, row)| match row {
            Row::Good(found) => Some((&line.row, found)),
            _ => None,
        })
        .collect();
    let rows: Vec<&AppointmentRow> = unit
        .lines
        .iter()
        .zip(rows)
        .filter(|(_, row)| !matches!(row, Row::Refused(_)))
        .map(|(line, _)| &line.row)
        .collect();
    let taken = all.iter().filter(|status| status.takes_seat()).count();
    let mut new = records::session(scope, facts, unit, old, (&line.row, &found), &rows);
    new.status = status;
    new.source = records::source_of(status);
    new.max_capacity = records::seats(&new, old, taken);
    let leader = found.practitioner.map(|id| {
        let must_sign = status == SessionStatus::Scheduled;
        Leader { must_sign, ..Leader::new(id, LeaderRole::Primary) }
    });
    let leaders: Vec<Leader> = leader.into_iter().collect();
    let before = old.and_then(|old| facts.known.leaders.get(&old.id)).map(Vec::as_slice).unwrap_or_default();
    records::flag(facts, &mut new, &leaders, scope.now());
    let mut writing = Writing {
        leaders: (old.is_none() || before != leaders).then_some(leaders),
        old: old.cloned(),
        added: Vec::new(),
        changed: Vec::new(),
        new,
    };
    for (row, found) in good {
        let old = facts.booked(row);
        let person = records::participant(scope, facts, &writing.new, old, row, found);
        match old {
            None => writing.added.push(person),
            Some(old) if *old != person => writing.changed.push((old.clone(), person)),
            Some(_) => {}
        }
    }
    writing
}

fn has_something(writing: &Writing) -> bool {
    let session = writing.old.as_ref() != Some(&writing.new) || writing.leaders.is_some();
    session || !writing.added.is_empty() || !writing.changed.is_empty()
}

/// What is told of a row.
fn told(scope: &Scope<'_>, facts: &Facts, line: &Line<AppointmentRow>, row: Row, writing: Option<&Writing>) -> Decided {
    let external_id = line.row.external_id.to_string();
    let old = facts.booked(&line.row);
    let status = |status: ParticipantStatus| Some(status.to_string());
    let (outcome, id, status, reasons, print) = match row {
        Row::Refused(reasons) => (Outcome::Refused, None, None, reasons, None),
        Row::Kept => {
            (Outcome::Unchanged, old.map(|old| old.id), old.and_then(|old| status(old.status)), Vec::new(), None)
        }
        Row::Good(_) => {
            let is_own = |person: &&Participant| person.external_id.as_ref() == Some(&line.row.external_id);
            let added = writing.and_then(|writing| writing.added.iter().find(is_own));
            let changes = writing.is_some_and(has_something);
            let outcome = match (added, old) {
                (Some(_), _) => Outcome::Created,
                (None, _) if changes => Outcome::Updated,
                (None, _) => Outcome::Unchanged,
            };
            let id = added.or(old).map(|person| person.id);
            let remarks = writing.map(|writing| records::remarks(&line.row, &writing.new, scope.now()));
            let print = Some((external_id, fingerprint(&line.row)));
            (outcome, id, status(line.row.status.of_participant()), remarks.unwrap_or_default(), print)
        }
    };
    Decided { done: RowDone { outcome, id: id.map(|id| id.to_string()), status, reasons }, print }
}
