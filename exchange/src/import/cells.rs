//! One row seen through its mapping: the values of its fields, and what is wrong with them.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Display,
};

use jiff::civil::{Date, DateTime};

use super::names::split;
use crate::{
    csv::{Row, Table},
    mapping::{Mapping, Origin, Piece, Source},
};

/// The values of each lookup by key.
pub type Lookups<'a> = HashMap<&'a str, HashMap<String, Vec<String>>>;

/// The fields of one row.
pub struct Cells<'a> {
    mapping: &'a Mapping,
    lookups: &'a Lookups<'a>,
    fields: &'a BTreeMap<String, Source>,
    table: &'a Table,
    row: &'a Row,
    wrong: Vec<String>,
}

impl<'a> Cells<'a> {
    pub fn new(
        mapping: &'a Mapping,
        lookups: &'a Lookups<'a>,
        fields: &'a BTreeMap<String, Source>,
        table: &'a Table,
        row: &'a Row,
    ) -> Self {
        Self { mapping, lookups, fields, table, row, wrong: Vec::new() }
    }

    /// Everything that was found wrong.
    pub fn into_wrong(self) -> Vec<String> {
        self.wrong
    }

    /// How much was found wrong so far.
    pub fn faults(&self) -> usize {
        self.wrong.len()
    }

    /// Finds something wrong with the row.
    pub fn refuse(&mut self, reason: impl Into<String>) {
        self.wrong.push(reason.into());
    }

    /// The text of a field, whatever is wrong with it.
    pub fn plain(&self, field: &str) -> Option<String> {
        let source = self.fields.get(field)?;
        self.resolve(source).ok().filter(|text| !text.is_empty())
    }

    /// The text of a field; none when it is empty or not mapped.
    fn text(&mut self, field: &str) -> Option<String> {
        match self.resolve(self.fields.get(field)?) {
            Ok(text) => Some(text).filter(|text| !text.is_empty()),
            Err(reason) => {
                self.refuse(format!("`{field}` {reason}"));
                None
            }
        }
    }

    /// A field that may be empty.
    pub fn may<T, E: Display>(&mut self, field: &str, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        let text = self.text(field)?;
        self.parsed(field, parse(&text))
    }

    /// A field that must be filled.
    pub fn must<T, E: Display>(&mut self, field: &str, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        let before = self.wrong.len();
        let found = self.may(field, parse);
        if found.is_none() && self.wrong.len() == before {
            self.refuse(format!("`{field}` is missing"));
        }
        found
    }

    fn parsed<T, E: Display>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.refuse(format!("`{field}` {error}"))).ok()
    }

    /// A field of several values, each once: all that a lookup has, or the words of a column between semicolons.
    pub fn list<T: PartialEq, E: Display>(&mut self, field: &str, parse: impl Fn(&str) -> Result<T, E>) -> Vec<T> {
        let Some(source) = self.fields.get(field) else { return Vec::new() };
        let found = match &source.origin {
            Origin::Lookup { lookup, key } => self.resolve(key).map(|key| self.looked_up(lookup, &key).to_vec()),
            _ => self.resolve(source).map(|text| text.split(';').map(|word| word.trim().to_owned()).collect()),
        };
        let mut list = Vec::new();
        match found {
            Err(reason) => self.refuse(format!("`{field}` {reason}")),
            Ok(words) => {
                for word in words.iter().filter(|word| !word.is_empty()) {
                    let value = self.parsed(field, parse(&format!("{}{word}", source.steps.prefix)));
                    list.extend(value.filter(|value| !list.contains(value)));
                }
            }
        }
        list
    }

    fn looked_up(&self, lookup: &str, key: &str) -> &'a [String] {
        let values = self.lookups.get(lookup).and_then(|values| values.get(key));
        values.map_or(&[], Vec::as_slice)
    }

    /// A date that may be empty.
    pub fn may_date(&mut self, field: &str) -> Option<Date> {
        let own = self.fields.get(field).map(|source| source.formats()).unwrap_or_default();
        let formats = if own.is_empty() { self.mapping.dates.iter().map(String::as_str).collect() } else { own };
        self.may(field, |text| date(text, &formats))
    }

    /// A date that must be filled.
    pub fn must_date(&mut self, field: &str) -> Option<Date> {
        let before = self.wrong.len();
        let found = self.may_date(field);
        if found.is_none() && self.wrong.len() == before {
            self.refuse(format!("`{field}` is missing"));
        }
        found
    }

    /// A date with its time by the clock on the wall, that may be empty.
    pub fn may_moment(&mut self, field: &str) -> Option<DateTime> {
        let own = self.fields.get(field).map(|source| source.formats()).unwrap_or_default();
        let formats = if own.is_empty() { MOMENTS.to_vec() } else { own };
        self.may(field, |text| moment(text, &formats))
    }

    /// A date with its time that must be filled.
    pub fn must_moment(&mut self, field: &str) -> Option<DateTime> {
        let before = self.wrong.len();
        let found = self.may_moment(field);
        if found.is_none() && self.wrong.len() == before {
            self.refuse(format!("`{field}` is missing"));
        }
        found
    }

    /// Given and family name, from their own fields or from the whole name.
    pub fn names(&mut self) -> (String, String) {
        let whole = self.text("name").unwrap_or_default();
        let steps = self.fields.get("name").map(|source| &source.steps);
        let (given, family) = split(&whole, steps.map(|steps| steps.order).unwrap_or_default());
        let single = steps.and_then(|steps| steps.single_given.clone()).filter(|_| !family.is_empty());
        let given = if given.is_empty() { single.unwrap_or_default() } else { given };
        (self.text("given_name").unwrap_or(given), self.text("family_name").unwrap_or(family))
    }

    /// What a source comes to.
    fn resolve(&self, source: &Source) -> Result<String, String> {
        let found = self.origin(&source.origin)?;
        let steps = &source.steps;
        let mapped = if steps.values.is_empty() || found.is_empty() { found } else { self.mapped(source, &found)? };
        let filled = if mapped.is_empty() { steps.default.clone().unwrap_or_default() } else { mapped };
        Ok(if filled.is_empty() { filled } else { format!("{}{filled}", steps.prefix) })
    }

    fn origin(&self, origin: &Origin) -> Result<String, String> {
        let cell = |column: &str| self.table.cell(self.row, column);
        Ok(match origin {
            Origin::Column(column) => cell(column).to_owned(),
            Origin::Fixed(value) => value.clone(),
            Origin::Template(pieces) => filled(pieces, cell),
            Origin::Lookup { lookup, key } => {
                self.looked_up(lookup, &self.resolve(key)?).first().cloned().unwrap_or_default()
            }
            Origin::FirstOf(sources) => {
                for source in sources {
                    let found = self.resolve(source)?;
                    if !found.is_empty() {
                        return Ok(found);
                    }
                }
                String::new()
            }
        })
    }

    /// What a value becomes: the same letters first, then without regard to capitals.
    fn mapped(&self, source: &Source, found: &str) -> Result<String, String> {
        let values = &source.steps.values;
        let loosely = || values.iter().find(|(from, _)| from.to_lowercase() == found.to_lowercase());
        let to = values.get(found).or_else(|| loosely().map(|(_, to)| to)).or(source.steps.otherwise.as_ref());
        to.cloned().ok_or_else(|| format!("is `{found}`, which the mapping's `values` do not name"))
    }
}

/// A template with its columns filled in; empty when all of them are.
fn filled<'a>(pieces: &[Piece], cell: impl Fn(&str) -> &'a str) -> String {
    let mut any = false;
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Column(column) => {
                any |= !cell(column).is_empty();
                text.push_str(cell(column));
            }
        }
    }
    if any { text.split_whitespace().collect::<Vec<_>>().join(" ") } else { String::new() }
}

fn date(text: &str, formats: &[&str]) -> Result<Date, String> {
    let read = |format: &&str| jiff::fmt::strtime::parse(format, text).and_then(|read| read.to_date()).ok();
    formats.iter().find_map(read).ok_or_else(|| format!("is not a date of the form {}", formats.join(" or ")))
}

/// How a date with its time is written unless a field says otherwise.
const MOMENTS: [&str; 4] = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"];

fn moment(text: &str, formats: &[&str]) -> Result<DateTime, String> {
    let read = |format: &&str| jiff::fmt::strtime::parse(format, text).and_then(|read| read.to_datetime()).ok();
    let wrong = || format!("is not a date with its time of the form {}", formats.join(" or "));
    formats.iter().find_map(read).ok_or_else(wrong)
}
