//! From the tables of an export to checked rows: every row that is good, and every other with its line and its reasons.
//!
//! What only the files can tell is decided here; whether a record exists already, and what becomes of it, is not.

mod appointments;
mod cells;
mod names;
mod rows;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::civil::Date;

use crate::{
    csv::{Row, Table},
    mapping::{FileMapping, Kind, Lookup, Mapping, Skip},
};
pub use appointments::{AppointmentRow, Number, number_of};
use cells::{Cells, Lookups};
pub use names::{Order, split};
pub use rows::{ExternalId, GroupRow, MemberRow, PatientRow, PractitionerRow, SiteRow};

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub file: Arc<str>,
    /// The line, counted from 1.
    pub line: u64,
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} line {}", self.file, self.line)
    }
}

/// A good row.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<T> {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub row: T,
}

/// A row that is not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it stands.
    pub place: Place,
    /// What it would have become.
    pub kind: Kind,
    /// Its id in the export, if it has one.
    pub external_id: Option<String>,
    /// Why.
    pub reasons: Vec<String>,
}

/// What an export holds.
#[derive(Debug, Default)]
pub struct Batch {
    /// Places.
    pub sites: Vec<Line<SiteRow>>,
    /// Staff.
    pub practitioners: Vec<Line<PractitionerRow>>,
    /// Patients.
    pub patients: Vec<Line<PatientRow>>,
    /// Groups.
    pub groups: Vec<Line<GroupRow>>,
    /// Stints in groups.
    pub members: Vec<Line<MemberRow>>,
    /// Appointments.
    pub appointments: Vec<Line<AppointmentRow>>,
    /// Rows that are wrong.
    pub refused: Vec<LeftOut>,
    /// Rows that the mapping leaves out.
    pub skipped: Vec<LeftOut>,
}

/// Reads the tables of an export. `tables` has every file of [`Mapping::formats`] by name; `today` is the
/// organization's.
///
/// # Errors
/// Sentences that name every file and column the mapping needs and the export does not have.
pub fn read(mapping: &Mapping, tables: &BTreeMap<String, Table>, today: Date) -> Result<Batch, Vec<String>> {
    let missing = missing(mapping, tables);
    if !missing.is_empty() {
        return Err(missing);
    }
    let lookups = mapping.lookups.iter().map(|(name, lookup)| (name.as_str(), values(lookup, tables))).collect();
    let mut sorter = Sorter::default();
    for file in &mapping.files {
        if let Some(table) = tables.get(&file.format.file) {
            sorter.file(&File { mapping, lookups: &lookups, file, table, today });
        }
    }
    Ok(sorter.batch)
}

/// What the mapping asks for and the export does not have.
fn missing(mapping: &Mapping, tables: &BTreeMap<String, Table>) -> Vec<String> {
    let mut missing = Vec::new();
    let mut look = |file: &str, columns: Vec<&str>| match tables.get(file) {
        None => missing.push(format!("there is no file {file}")),
        Some(table) if table.columns().is_empty() => missing.push(format!("{file} is empty")),
        Some(table) => {
            let lacking = columns.iter().filter_map(|column| table.lacks(column));
            missing.extend(lacking.map(|lacks| format!("{file} {lacks}")));
        }
    };
    let skipped = |skips: &'_ [Skip]| skips.iter().map(|skip| skip.column.clone()).collect::<Vec<_>>();
    for file in &mapping.files {
        let skipped = skipped(&file.skip);
        let columns = file.fields.values().flat_map(|source| source.columns());
        look(&file.format.file, columns.chain(skipped.iter().map(String::as_str)).collect());
    }
    for lookup in mapping.lookups.values() {
        let skipped = skipped(&lookup.skip);
        let columns = [lookup.key.as_str(), lookup.value.as_str()].into_iter();
        look(&lookup.format.file, columns.chain(skipped.iter().map(String::as_str)).collect());
    }
    missing.sort();
    missing.dedup();
    missing
}

fn skip<'a>(skips: &'a [Skip], table: &Table, row: &Row) -> Option<&'a Skip> {
    skips.iter().find(|skip| skip.applies(table.cell(row, &skip.column)))
}

/// Every value of a lookup by its key, in the order of the file.
fn values(lookup: &Lookup, tables: &BTreeMap<String, Table>) -> HashMap<String, Vec<String>> {
    let mut values: HashMap<String, Vec<String>> = HashMap::new();
    let Some(table) = tables.get(&lookup.format.file) else { return values };
    for row in table.rows.iter().filter(|row| skip(&lookup.skip, table, row).is_none()) {
        let value = table.cell(row, &lookup.value);
        if !value.is_empty() {
            values.entry(table.cell(row, &lookup.key).to_owned()).or_default().push(value.to_owned());
        }
    }
    values
}

/// One file with everything that is needed to read its rows.
struct File<'a> {
    mapping: &'a Mapping,
    lookups: &'a Lookups<'a>,
    file: &'a FileMapping,
    table: &'a Table,
    today: Date,
}

/// Puts rows where they belong.
#[derive(Default)]
struct Sorter {
    batch: Batch,
    /// Where each id, and each record number, was seen first.
    seen: HashMap<(Kind, &'static str, String), Place>,
}

impl Sorter {
    fn file(&mut self, source: &File<'_>) {
        let name: Arc<str> = source.file.format.file.as_str().into();
        let place = |line| Place { file: name.clone(), line };
        let broken = source.table.broken.iter().map(|broken| LeftOut {
            place: place(broken.line),
            kind: source.file.kind,
            external_id: None,
            reasons: vec![broken.reason.clone()],
        });
        self.batch.refused.extend(broken);
        for row in &source.table.rows {
            self.row(source, row, place(row.line));
        }
    }

    fn row(&mut self, source: &File<'_>, row: &Row, place: Place) {
        let kind = source.file.kind;
        let mut cells = Cells::new(source.mapping, source.lookups, &source.file.fields, source.table, row);
        if let Some(skip) = skip(&source.file.skip, source.table, row) {
            let reason = match skip.reason.as_str() {
                "" => format!("left out for its `{}`", skip.column),
                reason => reason.to_owned(),
            };
            let external_id = cells.plain("external_id");
            return self.batch.skipped.push(LeftOut { place, kind, external_id, reasons: vec![reason] });
        }
        match kind {
            Kind::Site => {
                let read = rows::site(&mut cells);
                let line = self.good(kind, cells, place, read, |row| vec![("name", rules::text::fold(&row.name))]);
                self.batch.sites.extend(line);
            }
            Kind::Appointment => {
                let read = appointments::appointment(&mut cells);
                let keys = |row: &AppointmentRow| {
                    vec![("id", row.external_id.to_string()), ("number", row.appointment_number.to_string())]
                };
                let line = self.good(kind, cells, place, read, keys);
                self.batch.appointments.extend(line);
            }
            Kind::Practitioner => {
                let read = rows::practitioner(&mut cells);
                let line = self.good(kind, cells, place, read, |row| vec![("id", row.external_id.to_string())]);
                self.batch.practitioners.extend(line);
            }
            Kind::Patient => {
                let read = rows::patient(&mut cells, source.today);
                let keys = |row: &PatientRow| {
                    vec![("id", row.external_id.to_string()), ("record number", row.mrn.to_string())]
                };
                let line = self.good(kind, cells, place, read, keys);
                self.batch.patients.extend(line);
            }
            Kind::Group => {
                let read = rows::group(&mut cells);
                let line = self.good(kind, cells, place, read, |row| vec![("id", row.external_id.to_string())]);
                self.batch.groups.extend(line);
            }
            Kind::Member => {
                let read = rows::member(&mut cells);
                let line = self.good(kind, cells, place, read, |row| vec![("id", row.external_id.to_string())]);
                self.batch.members.extend(line);
            }
        }
    }

    /// The row, if nothing is wrong with it and it is the first with its keys.
    fn good<T>(
        &mut self,
        kind: Kind,
        cells: Cells<'_>,
        place: Place,
        row: Option<T>,
        keys: impl Fn(&T) -> Vec<(&'static str, String)>,
    ) -> Option<Line<T>> {
        let external_id = cells.plain(if kind == Kind::Site { "name" } else { "external_id" });
        let mut reasons = cells.into_wrong();
        let row = row.filter(|_| reasons.is_empty());
        for (what, key) in row.iter().flat_map(keys) {
            match self.seen.get(&(kind, what, key.clone())) {
                Some(first) => reasons.push(format!("has the {what} `{key}` of {first}")),
                None => drop(self.seen.insert((kind, what, key), place.clone())),
            }
        }
        match row.filter(|_| reasons.is_empty()) {
            Some(row) => Some(Line { place, row }),
            None => {
                self.batch.refused.push(LeftOut { place, kind, external_id, reasons });
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
