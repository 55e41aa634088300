//! Tables of comma-separated values (RFC 4180), as other systems write them.
//!
//! Our own reader, because two things matter here more than speed: the line every row stands on, counted rightly with
//! any line ending and across quoted line breaks; and that one quotation mark without its partner spoils one row, not
//! everything after it. The tests hold it against the `csv` crate.

use std::collections::{HashMap, hash_map::Entry};

/// The most bytes of one row: a quotation mark that is not closed within them is a mistake, not a long text.
const ROW_MAX: usize = 65_536;

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line it begins on, counted from 1.
    pub line: u64,
    fields: Vec<String>,
}

/// A row that can't be read, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The line it begins on.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// A table with a header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    header: HashMap<String, usize>,
    twice: Vec<String>,
    /// The rows that can be read.
    pub rows: Vec<Row>,
    /// The rows that can't.
    pub broken: Vec<Broken>,
}

impl Table {
    /// Reads a table whose first row that is not empty holds the names of the columns. Empty rows are left out.
    pub fn read(text: &str, delimiter: char) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = Reader { rest: text, line: 1, delimiter };
        let mut table = Self::default();
        let Some(header) = reader.by_ref().find(|read| !is_empty(read)) else { return table };
        match header {
            Ok(header) => table.name_columns(header),
            Err(broken) => table.broken.push(broken),
        }
        let width = table.header.len() + table.twice.len();
        for read in reader.filter(|read| !is_empty(read)) {
            match read.and_then(|row| checked(row, width)) {
                Ok(row) => table.rows.push(row),
                Err(broken) => table.broken.push(broken),
            }
        }
        table
    }

    fn name_columns(&mut self, header: Row) {
        for (place, name) in header.fields.into_iter().enumerate() {
            match self.header.entry(name.trim().to_owned()) {
                Entry::Occupied(first) => self.twice.push(first.key().clone()),
                Entry::Vacant(free) => drop(free.insert(place)),
            }
        }
    }

    /// The names of the columns, in order.
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<_> = self.header.iter().collect();
        columns.sort_by_key(|(_, place)| **place);
        columns.into_iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Why a column can't be read, if it can't: it is not there, or two have its name.
    pub fn lacks(&self, column: &str) -> Option<String> {
        if self.twice.iter().any(|name| name == column) {
            return Some(format!("has two columns named `{column}`"));
        }
        let known = || self.columns().iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        (!self.header.contains_key(column)).then(|| format!("has no column `{column}`; it has {}", known()))
    }

    /// What a row has in a column, trimmed; empty when there is no such column.
    pub fn cell<'a>(&self, row: &'a Row, column: &str) -> &'a str {
        let place = self.header.get(column);
        place.and_then(|place| row.fields.get(*place)).map_or("", |field| field.trim())
    }
}

fn is_empty(read: &Result<Row, Broken>) -> bool {
    read.as_ref().is_ok_and(|row| row.fields.iter().all(|field| field.trim().is_empty()))
}

fn checked(row: Row, width: usize) -> Result<Row, Broken> {
    let refused = |reason: String| Err(Broken { line: row.line, reason });
    if row.fields.len() != width {
        return refused(format!("has {} fields where the header has {width}", row.fields.len()));
    }
    match row.fields.iter().any(|field| field.contains('\u{FFFD}')) {
        true => refused("holds bytes that are no letters in this encoding; set `encoding` in the mapping".to_owned()),
        false => Ok(row),
    }
}

/// Where the reader stands inside a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first letter of a field.
    Start,
    /// In a field without quotation marks, or after the closing one.
    Plain,
    /// Between quotation marks.
    Quoted,
    /// After a quotation mark between quotation marks: the end, or the first of two.
    Closing,
}

struct Reader<'a> {
    rest: &'a str,
    line: u64,
    delimiter: char,
}

impl Reader<'_> {
    /// The fields of the next row and how many bytes it takes with its line ending; none without a closing mark.
    fn row(&self) -> Option<(Vec<String>, usize)> {
        let mut fields = vec![String::new()];
        let mut state = State::Start;
        for (at, letter) in self.rest.char_indices() {
            if at > ROW_MAX {
                return None;
            }
            let field = fields.last_mut()?;
            state = match (state, letter) {
                (State::Start, '"') => State::Quoted,
                (State::Quoted, '"') => State::Closing,
                (State::Closing, '"') => push(field, '"', State::Quoted),
                (State::Quoted, letter) => push(field, letter, State::Quoted),
                (_, '\n' | '\r') => return Some((fields, at + self.ending(at))),
                (_, letter) if letter == self.delimiter => {
                    fields.push(String::new());
                    State::Start
                }
                (_, letter) => push(field, letter, State::Plain),
            };
        }
        (state != State::Quoted).then_some((fields, self.rest.len()))
    }

    /// The bytes of the line ending at a place.
    fn ending(&self, at: usize) -> usize {
        if self.rest[at..].starts_with("\r\n") { 2 } else { 1 }
    }

    fn skip(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at(bytes);
        let lone = |(at, letter): &(usize, char)| *letter == '\n' || !passed[at + 1..].starts_with('\n');
        let ends = passed.char_indices().filter(|(_, letter)| matches!(letter, '\n' | '\r')).filter(lone).count();
        self.line += u64::try_from(ends).unwrap_or_default();
        self.rest = rest;
    }
}

fn push(field: &mut String, letter: char, next: State) -> State {
    field.push(letter);
    next
}

impl Iterator for Reader<'_> {
    type Item = Result<Row, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let line = self.line;
        match self.row() {
            Some((fields, bytes)) => {
                self.skip(bytes);
                Some(Ok(Row { line, fields }))
            }
            None => {
                let end = self.rest.find(['\n', '\r']);
                self.skip(end.map_or(self.rest.len(), |at| at + self.ending(at)));
                let reason = "opens a quotation mark that is not closed".to_owned();
                Some(Err(Broken { line, reason }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cells(table: &Table) -> Vec<(u64, Vec<&str>)> {
        let columns = table.columns();
        table.rows.iter().map(|row| (row.line, columns.iter().map(|name| table.cell(row, name)).collect())).collect()
    }

    #[test]
    fn rows_know_their_lines_with_every_line_ending() {
        for ending in ["\n", "\r\n", "\r"] {
            let text = ["\u{feff}id, name ", "", "1,\"Lee, \"\"Ann\"\"", "the second\"", " 2 ,5\" pipe", ",", "3,"];
            let table = Table::read(&text.join(ending), ',');
            let name = format!("Lee, \"Ann\"{ending}the second");
            assert_eq!(table.columns(), ["id", "name"]);
            assert_eq!(cells(&table), [(3, vec!["1", &name]), (5, vec!["2", "5\" pipe"]), (7, vec!["3", ""])]);
            assert_eq!(table.broken, []);
        }
    }

    #[test]
    fn a_bad_row_spoils_no_other() {
        let table = Table::read("a;b\n1;\"x\n2;y\n3\n4;z;z\n5;\u{FFFD}\n6;w", ';');
        assert_eq!(cells(&table), [(3, vec!["2", "y"]), (7, vec!["6", "w"])]);
        let lines: Vec<(u64, &str)> = table.broken.iter().map(|row| (row.line, row.reason.as_str())).collect();
        assert_eq!(lines[0], (2, "opens a quotation mark that is not closed"));
        assert_eq!(lines[1], (4, "has 1 fields where the header has 2"));
        assert_eq!(lines[2], (5, "has 3 fields where the header has 2"));
        assert_eq!(lines[3].0, 6);
    }

    #[test]
    fn a_column_that_is_not_there_or_there_twice_is_told() {
        let table = Table::read("a,b,a\n1,2,3", ',');
        assert_eq!(table.lacks("b"), None);
        assert_eq!(table.lacks("c").as_deref(), Some("has no column `c`; it has `a`, `b`"));
        assert_eq!(table.lacks("a").as_deref(), Some("has two columns named `a`"));
        assert_eq!(Table::read(" \n", ',').columns(), [""; 0]);
    }

    proptest! {
        #[test]
        fn what_another_writer_wrote_is_read_back(
            rows in proptest::collection::vec(proptest::array::uniform3("[a-z ,;\"\n\r|é]{0,6}"), 1..8),
            delimiter in proptest::sample::select(vec![',', ';', '\t', '|']),
        ) {
            let mut writer = ::csv::WriterBuilder::new().delimiter(delimiter as u8).from_writer(Vec::new());
            writer.write_record(["x", "y", "z"]).unwrap();
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let table = Table::read(&text, delimiter);
            let wanted: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(|field| field.trim()).collect())
                .filter(|row: &Vec<&str>| row.iter().any(|field| !field.is_empty())).collect();
            let read: Vec<Vec<&str>> = cells(&table).into_iter().map(|(_, row)| row).collect();
            prop_assert_eq!(read, wanted);
            prop_assert_eq!(&table.broken, &[]);
        }

        #[test]
        fn no_text_panics_and_lines_rise(text in "[a,\"\n\rß]{0,60}") {
            let table = Table::read(&text, ',');
            let lines: Vec<u64> = table.rows.iter().map(|row| row.line).collect();
            prop_assert!(lines.is_sorted_by(|a, b| a < b));
            prop_assert!(lines.last().is_none_or(|last| *last <= text.chars().filter(|c| "\n\r".contains(*c)).count() as u64 + 1));
        }
    }
}
