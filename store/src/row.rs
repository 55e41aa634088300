//! A row as it came back: values by position, found by name.

use std::sync::Arc;

use rules::column::{BadColumn, Field, Value};

use crate::Error;

/// One row of an answer.
#[derive(Debug, Clone)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    pub(crate) fn new(columns: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// The value of a named column.
    ///
    /// # Errors
    /// [`Error::Column`] when there is no such column or it holds another kind of value.
    pub fn get<F: Field>(&self, column: &str) -> Result<F, Error> {
        let position = self.columns.iter().position(|name| name == column);
        self.at(position.ok_or_else(|| BadColumn(format!("there: no column {column}")))?)
    }

    /// The value at a position, counted from zero.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn at<F: Field>(&self, position: usize) -> Result<F, Error> {
        let value = self.values.get(position).unwrap_or(&Value::Null);
        F::from_value(value).map_err(|BadColumn(wanted)| {
            let column = self.columns.get(position).map_or("?", String::as_str);
            Error::Column(BadColumn(format!("{wanted} (column {column})")))
        })
    }

    /// The names and values, for copying a whole row.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.columns.iter().map(String::as_str).zip(&self.values)
    }
}
