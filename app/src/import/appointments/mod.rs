//! Appointments of another system: each becomes one participant in one session, with the number it had there.
//!
//! An individual appointment has a session of its own. Those that the mapping calls a group's become one session for
//! each practitioner, programme and start. History is complete as it is: no notes, no chart entry, nobody is told. What
//! is still to come is a session like any other from then on.

mod facts;
mod judge;
mod records;
mod unit;

use std::{collections::HashMap, ops::ControlFlow};

use exchange::{
    import::{AppointmentRow, Line},
    mapping::Kind,
};
use rules::{id::ImportId, permissions::Permission, sessions::SessionType};

use super::{
    CHUNK, Options, Outcome, Report, State,
    plan::{RowDone, again},
    sources::{self, fingerprint},
};
use crate::{
    door::{Cx, Scope},
    events::ExchangeEvent,
    problem::Problem,
    sessions::imported::{self, Busy, Writing},
};
use facts::Facts;

/// Rows that become one session.
struct Unit<'a> {
    /// The id of the session in the other system: of its only appointment, or what those of a group have in common.
    key: String,
    /// The rows, in the order of the file.
    lines: Vec<&'a Line<AppointmentRow>>,
}

/// A row as it is decided, with what to keep of it.
struct Decided {
    done: RowDone,
    print: Option<(String, String)>,
}

/// A chunk as it is decided.
struct Plan {
    /// In the order of the lines.
    rows: Vec<Decided>,
    writings: Vec<Writing>,
    /// When leaders and rooms of new sessions still to come are taken.
    busy: Vec<Busy>,
}

/// Imports the rows of appointments, by time.
pub async fn each_chunk(
    cx: &Cx,
    lines: &[Line<AppointmentRow>],
    state: &mut State,
    report: &mut Report,
    options: &Options<'_>,
) -> Result<ControlFlow<()>, Problem> {
    let units = units(lines);
    let numbers: HashMap<&str, &str> =
        lines.iter().map(|line| (line.row.external_id.as_str(), line.row.appointment_number.as_str())).collect();
    let mut done = 0;
    for chunk in chunks(&units) {
        if (options.progress)(Kind::Appointment, done, lines.len()).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let (known, numbers): (&State, _) = (state, &numbers);
        let planned = cx.read(Permission::ImportRun, |scope| Box::pin(plan(scope, chunk, numbers, known, false)));
        let planned = planned.await?;
        let idle = planned.rows.iter().all(|row| row.print.is_none());
        let rows: Vec<RowDone> = if known.dry_run || idle {
            state.overlay.busy.extend(planned.busy.iter().filter(|_| state.dry_run));
            planned.rows.into_iter().map(|row| row.done).collect()
        } else {
            let write = cx.write(Permission::ImportRun, |scope| {
                Box::pin(async move {
                    let plan = plan(scope, chunk, numbers, known, true).await?;
                    carry_out(scope, known.id, plan).await
                })
            });
            write.await?
        };
        let lines: Vec<&Line<AppointmentRow>> = chunk.iter().flat_map(|unit| unit.lines.iter().copied()).collect();
        done += lines.len();
        let ids = lines.iter().map(|line| line.row.external_id.to_string()).collect();
        state.note(Kind::Appointment, &lines, ids, rows, report);
    }
    Ok((options.progress)(Kind::Appointment, lines.len(), lines.len()))
}

/// The rows session by session, by start.
fn units(lines: &[Line<AppointmentRow>]) -> Vec<Unit<'_>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut units: Vec<Unit<'_>> = Vec::new();
    for line in lines {
        let key = key_of(&line.row);
        let place = *places.entry(key.clone()).or_insert(units.len());
        match units.get_mut(place) {
            Some(unit) => unit.lines.push(line),
            None => units.push(Unit { key, lines: vec![line] }),
        }
    }
    units.sort_by_key(|unit| unit.lines.first().map(|line| (line.row.starts_at, &line.place)));
    units
}

fn key_of(row: &AppointmentRow) -> String {
    match row.r#type {
        SessionType::Individual => row.external_id.to_string(),
        SessionType::Group => {
            format!("group:{}", fingerprint(&(&row.practitioner, &row.program, row.starts_at.to_string())))
        }
    }
}

/// Sessions of about so many rows as a transaction holds; the rows of one session stay together.
fn chunks<'u, 'a>(units: &'u [Unit<'a>]) -> Vec<&'u [Unit<'a>]> {
    let mut chunks = Vec::new();
    let (mut from, mut rows) = (0, 0);
    for (at, unit) in units.iter().enumerate() {
        if rows > 0 && rows + unit.lines.len() > CHUNK {
            chunks.push(&units[from..at]);
            (from, rows) = (at, 0);
        }
        rows += unit.lines.len();
    }
    if from < units.len() {
        chunks.push(&units[from..]);
    }
    chunks
}

/// Decides session by session, with the groups locked when it is to be carried out.
async fn plan(
    scope: &mut Scope<'_>,
    units: &[Unit<'_>],
    numbers: &HashMap<&str, &str>,
    state: &State,
    lock: bool,
) -> Result<Plan, Problem> {
    let mut facts = Facts::look_up(scope, units, numbers, state, lock).await?;
    let mut plan = Plan { rows: Vec::new(), writings: Vec::new(), busy: Vec::new() };
    for unit in units {
        let decided = unit::decide(scope, &facts, state, unit);
        plan.rows.extend(decided.rows);
        if let Some(writing) = decided.writing {
            let busy = records::busy(&writing, scope.now());
            facts.busy.extend(busy.iter().copied());
            plan.busy.extend(busy);
            plan.writings.push(writing);
        }
    }
    Ok(plan)
}

/// Writes what was decided, and tells of it once.
async fn carry_out(scope: &mut Scope<'_>, import: ImportId, plan: Plan) -> Result<Vec<RowDone>, Problem> {
    imported::write(scope, &plan.writings).await.map_err(again)?;
    let prints: Vec<_> = plan.rows.iter().filter_map(|row| row.print.clone()).collect();
    sources::keep(scope, import, Kind::Appointment, &prints).await?;
    let of = |outcome: Outcome| plan.rows.iter().filter(move |row| row.done.outcome == outcome);
    let created = of(Outcome::Created).filter_map(|row| row.done.id.clone()).collect();
    let updated = u32::try_from(of(Outcome::Updated).count()).unwrap_or(u32::MAX);
    scope.emit(ExchangeEvent::Imported { import, kind: Kind::Appointment.as_str(), created, updated });
    Ok(plan.rows.into_iter().map(|row| row.done).collect())
}
