//! Coming from another system: the rows of an export become sites, staff, patients, groups,
//! members and sessions (domain 13).
//!
//! A use case over several rooms, beside the command line: it stands above the rooms as [`crate::reactions`] does and
//! is none itself. [`run`] takes what `exchange` has read and goes through it kind by kind in chunks, each one
//! transaction:
//!
//! - A chunk is planned first: create, update, leave as it is, or refuse with reasons. A dry run is the plans alone,
//!   so it says exactly what would happen.
//! - Every record keeps its id of the other system, so an import that was killed goes on where it stopped, and a second
//!   one changes nothing. What each row said last is kept as a fingerprint: a row that has not changed there is left
//!   alone, whatever was changed here since.
//! - New records are told of in one event a chunk, so that nothing reacts row by row; changes are told of one by one.

mod appointments;
mod kinds;
mod members;
mod plan;
mod report;
mod seats;
mod sites;
mod sources;
mod supervision;

use std::{collections::HashMap, ops::ControlFlow};

use exchange::{
    import::{Batch, LeftOut, Line, Place},
    mapping::Kind,
};
use jiff::civil::Date;
use rules::{
    id::{GroupId, ImportId, SiteId},
    recurrence::Zone,
};

use crate::{
    door::Cx,
    groups::Group,
    people::{Patient, Practitioner},
    problem::Problem,
    sessions::imported::Busy,
};
pub use report::{Outcome, Report, RowReport};

/// Rows in one transaction.
const CHUNK: usize = 200;

/// How an import is done.
pub struct Options<'a> {
    /// Write nothing.
    pub dry_run: bool,
    /// Told before each chunk how many rows of a kind are done and how many there are; may stop the import there.
    pub progress: &'a (dyn Fn(Kind, usize, usize) -> ControlFlow<()> + Send + Sync),
}

/// What an import knows while it goes on.
struct State {
    id: ImportId,
    dry_run: bool,
    zone: Zone,
    today: Date,
    /// Rows that were refused, so that whoever refers to them can be told why they are not there.
    refused: HashMap<(Kind, String), Place>,
    /// In a dry run: the records that would be there.
    overlay: Overlay,
}

/// Records that would be there, by their ids of the other system.
#[derive(Default)]
struct Overlay {
    practitioners: HashMap<String, Practitioner>,
    patients: HashMap<String, Patient>,
    groups: HashMap<String, Group>,
    rosters: HashMap<GroupId, seats::Roster>,
    sites: HashMap<String, SiteId>,
    busy: Vec<Busy>,
}

/// Brings the rows of an export into an organization.
///
/// # Errors
/// 403 without `import.run`; a failure of the database. What was imported before it stays, and the next import goes on
/// from there.
pub async fn run(cx: &Cx, batch: Batch, options: &Options<'_>) -> Result<Report, Problem> {
    let zone = Zone::parse(&cx.organization.zone).unwrap_or(Zone::UTC);
    let today = zone.date(cx.now());
    let (id, dry_run) = (cx.app.clock.id(), options.dry_run);
    let mut state = State { id, dry_run, zone, today, refused: HashMap::new(), overlay: Overlay::default() };
    let mut report = Report::new(id, dry_run, batch.skipped);
    for left_out in batch.refused {
        refuse(&mut state, &mut report, left_out);
    }
    let mut going = sites::each(cx, &batch.sites, &mut state, &mut report, options).await?;
    let known = supervision::known(cx).await?;
    let (practitioners, loops) = supervision::in_order(batch.practitioners, &known);
    for left_out in loops {
        refuse(&mut state, &mut report, left_out);
    }
    if going.is_continue() {
        going = plan::each_chunk::<Practitioner>(cx, &practitioners, &mut state, &mut report, options).await?;
    }
    if going.is_continue() {
        going = plan::each_chunk::<Patient>(cx, &batch.patients, &mut state, &mut report, options).await?;
    }
    if going.is_continue() {
        going = plan::each_chunk::<Group>(cx, &batch.groups, &mut state, &mut report, options).await?;
    }
    if going.is_continue() {
        going = members::each_chunk(cx, batch.members, &mut state, &mut report, options).await?;
    }
    if going.is_continue() {
        going = appointments::each_chunk(cx, &batch.appointments, &mut state, &mut report, options).await?;
    }
    report.stopped = going.is_break();
    report.sort();
    Ok(report)
}

fn refuse(state: &mut State, report: &mut Report, left_out: LeftOut) {
    if let Some(external_id) = &left_out.external_id {
        state.refused.insert((left_out.kind, external_id.clone()), left_out.place.clone());
    }
    report.rows.push(RowReport::of(left_out, Outcome::Refused));
}

impl State {
    /// Why a record that a row refers to is not there.
    fn missing(&self, kind: Kind, field: &str, external_id: &str) -> String {
        let refused = self.refused.get(&(kind, external_id.to_owned()));
        let why = refused.map(|place| format!(": its row was refused, {place}")).unwrap_or_default();
        format!("`{field}` names the {} `{external_id}`, and there is none{why}", kind.as_str())
    }

    /// Notes what became of a chunk, row by row.
    fn note<T>(
        &mut self,
        kind: Kind,
        lines: &[&Line<T>],
        ids: Vec<String>,
        done: Vec<plan::RowDone>,
        report: &mut Report,
    ) {
        for ((line, external_id), done) in lines.iter().zip(ids).zip(done) {
            if done.outcome == Outcome::Refused {
                self.refused.insert((kind, external_id.clone()), line.place.clone());
            }
            report.rows.push(RowReport {
                place: line.place.clone(),
                kind,
                external_id: Some(external_id),
                outcome: done.outcome,
                id: done.id,
                status: done.status,
                reasons: done.reasons,
            });
        }
    }
}
