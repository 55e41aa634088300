//! Chunk by chunk: look at what is there, decide row by row, and write what was decided in one transaction.

use std::{collections::HashMap, ops::ControlFlow};

use exchange::{import::Line, mapping::Kind};
use rules::{
    column::Value,
    id::{GroupId, ImportId, PatientId, PractitionerId},
    permissions::Permission,
};
use serde::{Deserialize, Serialize};
use store::{Record, Where};

use super::{
    CHUNK, Options, Outcome, Overlay, Report, State,
    sources::{self, fingerprint},
};
use crate::{
    door::{Boxed, Cx, Scope},
    events::ExchangeEvent,
    people::Practitioner,
    problem::Problem,
};

/// What became of a row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RowDone {
    pub outcome: Outcome,
    pub id: Option<String>,
    pub status: Option<String>,
    pub reasons: Vec<String>,
}

/// What is decided of a row.
pub struct Planned<R> {
    pub done: RowDone,
    /// The record as it is, if it is there.
    pub old: Option<R>,
    /// The record as it will be, if it is new or changes.
    pub new: Option<R>,
    /// Of a group: who leads beside the facilitator.
    pub co: Vec<PractitionerId>,
    /// What to keep of the row, unless it is kept already.
    pub print: Option<(String, String)>,
}

/// What the rows of a chunk are judged by, beside themselves.
#[derive(Default)]
pub struct Facts {
    /// The most seats a group may have.
    pub ceiling: u32,
    /// Record numbers that are taken.
    pub record_numbers: HashMap<String, PatientId>,
    /// Who leads beside the facilitator.
    pub co: HashMap<GroupId, Vec<PractitionerId>>,
}

/// Our ids of staff by those of the other system.
pub type Staff = HashMap<String, PractitionerId>;

/// A record that rows become one by one, referring to nothing but staff.
pub trait Importable: Record + Serialize + Clone + PartialEq + Send + Sync + 'static {
    /// The row.
    type Row: Serialize + Send + Sync;
    /// Its kind.
    const KIND: Kind;

    /// The row's id in the other system.
    fn id_there(row: &Self::Row) -> &str;
    /// The record's id in the other system.
    fn own_id_there(&self) -> Option<&str>;
    /// The staff a row refers to, by field.
    fn refers(row: &Self::Row) -> Vec<(&'static str, &str)>;
    /// A record with nothing but what every row has.
    fn blank(scope: &Scope<'_>, row: &Self::Row) -> Self;
    /// Takes over what the row says; what it does not say stays.
    fn apply(&mut self, row: &Self::Row, staff: &Staff, scope: &Scope<'_>);
    /// Who leads beside the facilitator.
    fn co(_row: &Self::Row, _staff: &Staff) -> Vec<PractitionerId> {
        Vec::new()
    }
    /// Whether these lead beside the facilitator already.
    fn has_co(&self, _co: &[PractitionerId], _facts: &Facts) -> bool {
        true
    }
    /// The practitioner this is.
    fn as_practitioner(&self) -> Option<PractitionerId> {
        None
    }
    /// Looks up what the rows are judged by.
    fn facts<'a, 'e: 'a>(scope: &'a mut Scope<'e>, rows: &'a [Line<Self::Row>], known: &'a [Self]) -> Boxed<'a, Facts>;
    /// Everything that is wrong with the record.
    fn wrong(&self, old: Option<&Self>, facts: &Facts) -> Vec<String>;
    /// Adds new records.
    fn create<'a, 'e: 'a>(scope: &'a mut Scope<'e>, new: &'a [&'a Planned<Self>]) -> Boxed<'a, ()>;
    /// Changes a record and tells of it.
    fn change<'a, 'e: 'a>(
        scope: &'a mut Scope<'e>,
        old: &'a Self,
        new: &'a Self,
        co: &'a [PractitionerId],
    ) -> Boxed<'a, ()>;
    /// Where a dry run keeps what would be there.
    fn overlay(overlay: &mut Overlay) -> &mut HashMap<String, Self>;
}

/// Imports the rows of one kind.
pub async fn each_chunk<R: Importable>(
    cx: &Cx,
    lines: &[Line<R::Row>],
    state: &mut State,
    report: &mut Report,
    options: &Options<'_>,
) -> Result<ControlFlow<()>, Problem> {
    for (number, chunk) in lines.chunks(CHUNK).enumerate() {
        if (options.progress)(R::KIND, number * CHUNK, lines.len()).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let known: &State = state;
        let plan_only = cx.read(Permission::ImportRun, |scope| Box::pin(plan::<R>(scope, chunk, known))).await?;
        let idle = plan_only.iter().all(|planned| planned.print.is_none());
        let done = if known.dry_run || idle {
            let done = plan_only.iter().map(|planned| planned.done.clone()).collect();
            if known.dry_run {
                imagine(&mut state.overlay, plan_only);
            }
            done
        } else {
            let write = cx.write(Permission::ImportRun, |scope| {
                Box::pin(async move {
                    let planned = plan::<R>(scope, chunk, known).await?;
                    carry_out(scope, known.id, planned).await
                })
            });
            write.await?
        };
        let ids = chunk.iter().map(|line| R::id_there(&line.row).to_owned()).collect();
        state.note(R::KIND, &chunk.iter().collect::<Vec<_>>(), ids, done, report);
    }
    Ok((options.progress)(R::KIND, lines.len(), lines.len()))
}

/// In a dry run, the records are there from now on.
fn imagine<R: Importable>(overlay: &mut Overlay, planned: Vec<Planned<R>>) {
    for record in planned.into_iter().filter_map(|planned| planned.new.or(planned.old)) {
        if let Some(id) = record.own_id_there().map(str::to_owned) {
            R::overlay(overlay).insert(id, record);
        }
    }
}

/// Decides row by row.
async fn plan<R: Importable>(
    scope: &mut Scope<'_>,
    lines: &[Line<R::Row>],
    state: &State,
) -> Result<Vec<Planned<R>>, Problem> {
    let ids: Vec<String> = lines.iter().map(|line| R::id_there(&line.row).to_owned()).collect();
    let filter = Where::organization().and_in("external_id", ids.iter().map(String::as_str));
    let known: Vec<R> = scope.filter(&filter, "external_id", ids.len()).await?;
    let prints = sources::fingerprints(scope, R::KIND, &ids).await?;
    let facts = R::facts(scope, lines, &known).await?;
    let mut staff = staff(scope, lines.iter().flat_map(|line| R::refers(&line.row)), state).await?;
    let mut found: HashMap<String, R> =
        known.into_iter().filter_map(|record| Some((record.own_id_there()?.to_owned(), record))).collect();
    let mut all = Vec::with_capacity(lines.len());
    for (line, id) in lines.iter().zip(ids) {
        let old = found.remove(&id);
        let print = fingerprint(&line.row);
        let planned = if old.is_some() && prints.get(&id) == Some(&print) {
            Planned::unchanged(old, None)
        } else {
            decide(scope, &line.row, old, &staff, &facts, state, (id.clone(), print))
        };
        // Whoever comes later in the chunk may refer to this one.
        let record = planned.new.as_ref().or(planned.old.as_ref());
        staff.extend(record.and_then(R::as_practitioner).map(|practitioner| (id, practitioner)));
        all.push(planned);
    }
    Ok(all)
}

/// Our ids of the staff that rows refer to.
pub async fn staff<'r>(
    scope: &mut Scope<'_>,
    references: impl Iterator<Item = (&'static str, &'r str)>,
    state: &State,
) -> Result<Staff, Problem> {
    let mut ids: Vec<&str> = references.map(|(_, id)| id).collect();
    ids.sort_unstable();
    ids.dedup();
    let filter = Where::organization().and_in("external_id", ids.iter().map(|id| Value::from(*id)));
    let known: Vec<Practitioner> = scope.filter(&filter, "external_id", ids.len()).await?;
    let known = known.into_iter().filter_map(|one| Some((one.external_id?.to_string(), one.id)));
    let imagined = ids.iter().filter_map(|id| Some(((*id).to_owned(), state.overlay.practitioners.get(*id)?.id)));
    Ok(known.chain(imagined).collect())
}

fn decide<R: Importable>(
    scope: &Scope<'_>,
    row: &R::Row,
    old: Option<R>,
    staff: &Staff,
    facts: &Facts,
    state: &State,
    print: (String, String),
) -> Planned<R> {
    let missing = R::refers(row).into_iter().filter(|(_, id)| !staff.contains_key(*id));
    let mut reasons: Vec<String> = missing.map(|(field, id)| state.missing(Kind::Practitioner, field, id)).collect();
    let mut new = old.clone().unwrap_or_else(|| R::blank(scope, row));
    new.apply(row, staff, scope);
    reasons.extend(new.wrong(old.as_ref(), facts));
    if !reasons.is_empty() {
        return Planned::refused(reasons);
    }
    let co = R::co(row, staff);
    let outcome = match &old {
        None => Outcome::Created,
        Some(old) if *old != new || !new.has_co(&co, facts) => Outcome::Updated,
        Some(_) => return Planned::unchanged(Some(new), Some(print)),
    };
    let done = RowDone { outcome, id: Some(new.id().to_string()), status: None, reasons };
    Planned { done, old, new: Some(new), co, print: Some(print) }
}

impl<R: Record> Planned<R> {
    /// The record is as the row wants it.
    pub fn unchanged(old: Option<R>, print: Option<(String, String)>) -> Self {
        let id = old.as_ref().map(|record| record.id().to_string());
        let done = RowDone { outcome: Outcome::Unchanged, id, status: None, reasons: Vec::new() };
        Self { done, old, new: None, co: Vec::new(), print }
    }

    /// The row can't be imported.
    pub fn refused(reasons: Vec<String>) -> Self {
        let done = RowDone { outcome: Outcome::Refused, id: None, status: None, reasons };
        Self { done, old: None, new: None, co: Vec::new(), print: None }
    }
}

/// Writes what was decided.
async fn carry_out<R: Importable>(
    scope: &mut Scope<'_>,
    import: ImportId,
    planned: Vec<Planned<R>>,
) -> Result<Vec<RowDone>, Problem> {
    let created: Vec<&Planned<R>> = planned.iter().filter(|one| one.done.outcome == Outcome::Created).collect();
    R::create(scope, &created).await?;
    let mut updated = 0;
    for one in &planned {
        if let (Some(old), Some(new)) = (&one.old, &one.new) {
            R::change(scope, old, new, &one.co).await?;
            updated += 1;
        }
    }
    let prints: Vec<_> = planned.iter().filter_map(|one| one.print.clone()).collect();
    sources::keep(scope, import, R::KIND, &prints).await?;
    let created = created.iter().filter_map(|one| one.done.id.clone()).collect();
    scope.emit(ExchangeEvent::Imported { import, kind: R::KIND.as_str(), created, updated });
    Ok(planned.into_iter().map(|one| one.done).collect())
}

/// Another hand was faster: the whole chunk is planned again.
pub fn again(error: store::Error) -> Problem {
    match error {
        store::Error::Conflict | store::Error::Stale => Problem::unavailable(),
        error => error.into(),
    }
}
