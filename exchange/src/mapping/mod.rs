//! The mapping: which file of an export holds what, which column is which field, and what becomes of its values.
//!
//! It is a TOML file that a clinic writes once; `examples/import/bhsim.toml` shows every part of it. Everything about
//! it that can be wrong is found before the first row is read, with its line: an unknown key, a field that the kind
//! does not have, a word that is not in the vocabulary, a format that is no format.

pub(crate) mod fields;
mod source;

use std::{collections::BTreeMap, ops::Range};

use serde::Deserialize;
use toml::Spanned;

pub use fields::{Kind, OverCapacity};
use fields::{KindOfField, fields_of};
pub use source::{OneOrMore, Origin, Piece, Source, Steps};

use crate::encoding::Encoding;

/// What is wrong with a mapping, and on which of its lines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Fault {
    /// The line, counted from 1.
    pub line: usize,
    /// A sentence for who wrote the mapping.
    pub message: String,
}

/// A mapping that can be used.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// How dates are written where a field does not say otherwise.
    pub dates: Vec<String>,
    /// Tables that only give values to others.
    pub lookups: BTreeMap<String, Lookup>,
    /// What is imported, in the order of kinds: who is referred to comes first.
    pub files: Vec<FileMapping>,
    /// Files that are known and left out, with the reason.
    pub not_imported: BTreeMap<String, String>,
}

/// A file of the export and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// Its name in the folder of the export.
    pub file: String,
    /// Its encoding.
    pub encoding: Encoding,
    /// What stands between its columns.
    pub delimiter: char,
}

/// A file that only gives values to others: under the key, the value.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// The file.
    pub format: Format,
    /// The column that is looked up.
    pub key: String,
    /// The column that is answered; the first row of a key that has one counts.
    pub value: String,
    /// Rows that are left out.
    pub skip: Vec<Skip>,
}

/// A file whose rows become records.
#[derive(Debug, Clone)]
pub struct FileMapping {
    /// The file.
    pub format: Format,
    /// What its rows become.
    pub kind: Kind,
    /// Rows that are left out.
    pub skip: Vec<Skip>,
    /// Where each field comes from.
    pub fields: BTreeMap<String, Source>,
}

/// Rows that are left out: those with one of the values, with none of them, or with none at all.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// The column.
    pub column: String,
    /// Left out when the column has one of these.
    #[serde(default)]
    pub values: Vec<String>,
    /// Left out unless the column has one of these.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Left out when the column is empty (true) or filled (false).
    pub empty: Option<bool>,
    /// Why, for the report.
    #[serde(default)]
    pub reason: String,
}

impl Skip {
    /// Whether a row with this in the column is left out.
    pub fn applies(&self, cell: &str) -> bool {
        let among = |list: &[String]| list.iter().any(|value| value == cell);
        among(&self.values)
            || (!self.unless.is_empty() && !among(&self.unless))
            || self.empty.is_some_and(|empty| cell.is_empty() == empty)
    }

    fn is_idle(&self) -> bool {
        self.values.is_empty() && self.unless.is_empty() && self.empty.is_none()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    encoding: Encoding,
    delimiter: Option<Spanned<char>>,
    dates: Option<Spanned<OneOrMore>>,
    #[serde(default)]
    lookups: BTreeMap<String, Spanned<LookupTable>>,
    files: BTreeMap<String, Spanned<FileTable>>,
    #[serde(default)]
    not_imported: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LookupTable {
    file: Spanned<String>,
    encoding: Option<Encoding>,
    delimiter: Option<Spanned<char>>,
    key: String,
    value: String,
    #[serde(default)]
    skip: Vec<Spanned<Skip>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTable {
    file: Spanned<String>,
    encoding: Option<Encoding>,
    delimiter: Option<Spanned<char>>,
    kind: Spanned<String>,
    #[serde(default)]
    skip: Vec<Spanned<Skip>>,
    fields: BTreeMap<Spanned<String>, Spanned<Source>>,
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// Everything that is wrong with it; only the first thing when it is not TOML or has a key that is not known.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let document: Document = toml::from_str(text).map_err(|error| {
            let line = line_of(text, error.span().unwrap_or_default());
            vec![Fault { line, message: error.message().replace('\n', " ") }]
        })?;
        let mut checker = Checker { text, faults: Vec::new() };
        let mapping = checker.mapping(document);
        checker.faults.sort();
        if checker.faults.is_empty() { Ok(mapping) } else { Err(checker.faults) }
    }

    /// Every file that is read.
    pub fn formats(&self) -> impl Iterator<Item = &Format> {
        self.files.iter().map(|file| &file.format).chain(self.lookups.values().map(|lookup| &lookup.format))
    }
}

fn line_of(text: &str, span: Range<usize>) -> usize {
    text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
}

/// Collects what is wrong.
struct Checker<'a> {
    text: &'a str,
    faults: Vec<Fault>,
}

/// What holds for every file that does not say otherwise.
#[derive(Clone, Copy)]
struct Defaults {
    encoding: Encoding,
    delimiter: char,
}

impl Checker<'_> {
    fn fault(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.faults.push(Fault { line: line_of(self.text, span), message: message.into() });
    }

    fn mapping(&mut self, document: Document) -> Mapping {
        let delimiter = self.delimiter(document.delimiter, ',');
        let defaults = Defaults { encoding: document.encoding, delimiter };
        let dates = match document.dates {
            Some(dates) => {
                dates.get_ref().0.iter().for_each(|format| self.date_format(format, dates.span()));
                dates.into_inner().0
            }
            None => vec!["%Y-%m-%d".to_owned()],
        };
        let lookups: BTreeMap<String, Lookup> = document
            .lookups
            .into_iter()
            .map(|(name, lookup)| (name, self.lookup(lookup.into_inner(), defaults)))
            .collect();
        let tables = document.files.into_values();
        let mut files: Vec<FileMapping> = tables.filter_map(|table| self.file(table, defaults, &lookups)).collect();
        files.sort_by_key(|file| file.kind);
        Mapping { dates, lookups, files, not_imported: document.not_imported }
    }

    fn lookup(&mut self, table: LookupTable, defaults: Defaults) -> Lookup {
        Lookup {
            format: self.format(table.file, table.encoding, table.delimiter, defaults),
            key: table.key,
            value: table.value,
            skip: self.skips(table.skip),
        }
    }

    fn file(
        &mut self,
        table: Spanned<FileTable>,
        defaults: Defaults,
        lookups: &BTreeMap<String, Lookup>,
    ) -> Option<FileMapping> {
        let span = table.span();
        let table = table.into_inner();
        let format = self.format(table.file, table.encoding, table.delimiter, defaults);
        let skip = self.skips(table.skip);
        let Some(kind) = Kind::parse(table.kind.get_ref()) else {
            let known = Kind::ALL.map(Kind::as_str).join(", ");
            let message = format!(
                "the kind `{}` is not imported yet; the kinds are {known}. Name the file under [not_imported] to leave \
                 it out",
                table.kind.get_ref()
            );
            self.fault(table.kind.span(), message);
            return None;
        };
        for (field, source) in &table.fields {
            self.source(kind, field, source, lookups);
        }
        let fields: BTreeMap<String, Source> =
            table.fields.into_iter().map(|(name, source)| (name.into_inner(), source.into_inner())).collect();
        for group in fields::needed(kind).iter().filter(|group| !group.iter().any(|name| fields.contains_key(*name))) {
            let names = group.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
            self.fault(span.clone(), format!("{} needs {names} among its fields", with_article(kind.as_str())));
        }
        Some(FileMapping { format, kind, skip, fields })
    }

    fn format(
        &mut self,
        file: Spanned<String>,
        encoding: Option<Encoding>,
        delimiter: Option<Spanned<char>>,
        defaults: Defaults,
    ) -> Format {
        let outside = file.get_ref().starts_with(['/', '\\']) || file.get_ref().contains("..");
        if outside || file.get_ref().is_empty() {
            self.fault(file.span(), "a file is named as it is called in the folder of the export");
        }
        Format {
            file: file.into_inner(),
            encoding: encoding.unwrap_or(defaults.encoding),
            delimiter: self.delimiter(delimiter, defaults.delimiter),
        }
    }

    fn delimiter(&mut self, written: Option<Spanned<char>>, default: char) -> char {
        let Some(written) = written else { return default };
        if matches!(written.get_ref(), '"' | '\n' | '\r') || !written.get_ref().is_ascii() {
            self.fault(written.span(), "a delimiter is one sign such as \",\", \";\", \"|\" or \"\\t\"");
        }
        written.into_inner()
    }

    fn skips(&mut self, written: Vec<Spanned<Skip>>) -> Vec<Skip> {
        for skip in written.iter().filter(|skip| skip.get_ref().is_idle()) {
            self.fault(skip.span(), "`skip` needs `values`, `unless` or `empty` to know which rows to leave out");
        }
        written.into_iter().map(Spanned::into_inner).collect()
    }

    fn date_format(&mut self, format: &str, span: Range<usize>) {
        // A format may have a time and an offset as well: they are read and left out.
        let instant = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
        let back = jiff::fmt::strtime::format(format, &instant)
            .and_then(|text| jiff::fmt::strtime::parse(format, text))
            .and_then(|read| read.to_date());
        if back.ok() != Some(instant.date()) {
            let message =
                format!("`{format}` is no format of a date; write one such as `%Y-%m-%d`, `%m/%d/%Y` or `%d.%m.%Y`");
            self.fault(span, message);
        }
    }

    fn moment_format(&mut self, format: &str, span: Range<usize>) {
        let noon = jiff::civil::date(2026, 2, 13).at(13, 45, 0, 0);
        let back = jiff::fmt::strtime::format(format, noon)
            .and_then(|text| jiff::fmt::strtime::parse(format, text))
            .and_then(|read| read.to_datetime());
        if back.ok() != Some(noon) {
            let message = format!(
                "`{format}` is no format of a date with its time; write one such as `%Y-%m-%dT%H:%M` or \
                 `%m/%d/%Y %I:%M %p`"
            );
            self.fault(span, message);
        }
    }

    fn formats(&mut self, field: &fields::Field, source: &Source, span: &Range<usize>) {
        let formats = source.formats();
        for format in &formats {
            match field.kind {
                KindOfField::Moment => self.moment_format(format, span.clone()),
                _ => self.date_format(format, span.clone()),
            }
        }
        if !formats.is_empty() && !matches!(field.kind, KindOfField::Date | KindOfField::Moment) {
            self.fault(span.clone(), format!("`format` is for dates, and `{}` is none", field.name));
        }
    }

    fn source(
        &mut self,
        kind: Kind,
        name: &Spanned<String>,
        source: &Spanned<Source>,
        lookups: &BTreeMap<String, Lookup>,
    ) {
        let Some(field) = fields_of(kind).iter().find(|field| field.name == name.get_ref()) else {
            let known = fields_of(kind).iter().map(|field| field.name).collect::<Vec<_>>().join(", ");
            let message =
                format!("{} has no field `{}`; its fields are {known}", with_article(kind.as_str()), name.get_ref());
            return self.fault(name.span(), message);
        };
        let (span, source) = (source.span(), source.get_ref());
        for lookup in source.lookups().into_iter().filter(|lookup| !lookups.contains_key(*lookup)) {
            self.fault(span.clone(), format!("there is no [lookups.{lookup}]"));
        }
        self.formats(field, source, &span);
        if (kind, field.name) == (Kind::Appointment, "status") && source.falls_back() {
            let message = "`status` has neither `otherwise` nor `default`: every status is named under `values`, and \
                           a row with another is refused";
            self.fault(span.clone(), message);
        }
        let of_names = source.steps.order != Default::default() || source.steps.single_given.is_some();
        if of_names && field.kind != KindOfField::WholeName {
            let message = format!("`order` and `single_given` are for whole names, and `{}` is none", field.name);
            self.fault(span.clone(), message);
        }
        if let KindOfField::Checked(check) = field.kind {
            for (value, wrong) in source.given().into_iter().filter_map(|value| Some((value, check(value).err()?))) {
                if !value.is_empty() {
                    self.fault(span.clone(), format!("`{}` {wrong}, and here it is `{value}`", field.name));
                }
            }
        }
    }
}

/// "a group", "an appointment".
fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}

#[cfg(test)]
mod tests;
