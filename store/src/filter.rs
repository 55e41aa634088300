//! Optional conditions: left out when absent, never `is null or`, so that every list keeps its index.

use rules::column::Value;

/// The text after `where`, grown condition by condition, with its arguments. `$1` is the organization.
#[derive(Debug, Clone)]
pub struct Where {
    sql: String,
    arguments: Vec<Value>,
}

impl Where {
    /// Starts with the condition every statement has.
    pub fn organization() -> Self {
        Self { sql: "organization_id = $1".to_owned(), arguments: Vec::new() }
    }

    /// Starts with another first condition on `$1`, for a statement that names the table by an alias.
    pub fn starting(condition: &'static str) -> Self {
        Self { sql: condition.to_owned(), arguments: Vec::new() }
    }

    /// Adds a condition in which `?` stands for the value.
    #[must_use]
    pub fn and(self, condition: &str, value: impl Into<Value>) -> Self {
        self.and_each(condition, [value.into()])
    }

    /// Adds a condition in which the first `?` stands for the first value, and so on.
    #[must_use]
    pub fn and_each(mut self, condition: &str, values: impl IntoIterator<Item = Value>) -> Self {
        let mut parts = condition.split('?');
        self.sql.push_str(" and ");
        self.sql.push_str(parts.next().unwrap_or_default());
        for (value, part) in values.into_iter().zip(parts) {
            self.arguments.push(value);
            self.sql.push_str(&format!("${}{part}", self.arguments.len() + 1));
        }
        self
    }

    /// Adds a condition only when there is a value.
    #[must_use]
    pub fn and_if(self, condition: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.and(condition, value),
            None => self,
        }
    }

    /// Adds a condition without a value.
    #[must_use]
    pub fn and_always(mut self, condition: &str) -> Self {
        self.sql.push_str(" and ");
        self.sql.push_str(condition);
        self
    }

    /// Adds `column in (…)`; an empty list matches nothing.
    #[must_use]
    pub fn and_in(mut self, column: &str, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        let first = self.arguments.len() + 2;
        self.arguments.extend(values.into_iter().map(Into::into));
        let last = self.arguments.len() + 2;
        let list = (first..last).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ");
        self.sql.push_str(&if list.is_empty() {
            " and 1 = 0".to_owned()
        } else {
            format!(" and {column} in ({list})")
        });
        self
    }

    /// Adds the position of a keyset page: rows after these values, in the order of the columns.
    #[must_use]
    pub fn after(self, columns: &str, values: Option<Vec<Value>>) -> Self {
        self.beyond(columns, ">", values)
    }

    /// As [`Where::after`], for a list in the reverse order: rows before these values.
    #[must_use]
    pub fn before(self, columns: &str, values: Option<Vec<Value>>) -> Self {
        self.beyond(columns, "<", values)
    }

    fn beyond(mut self, columns: &str, comparison: &str, values: Option<Vec<Value>>) -> Self {
        let Some(values) = values else { return self };
        let first = self.arguments.len() + 2;
        let list = (first..first + values.len()).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ");
        self.arguments.extend(values);
        self.sql.push_str(&format!(" and ({columns}) {comparison} ({list})"));
        self
    }

    /// The text after `where`.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The arguments after the organization.
    pub fn arguments(&self) -> &[Value] {
        &self.arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_conditions_are_left_out_and_placeholders_count_on() {
        let filter = Where::organization()
            .and_if("status = ?", Some("active"))
            .and_if("site_id = ?", None::<&str>)
            .and_in("id", ["a", "b"])
            .after("name, id", Some(vec!["x".into(), "y".into()]));
        assert_eq!(filter.sql(), "organization_id = $1 and status = $2 and id in ($3, $4) and (name, id) > ($5, $6)");
        assert_eq!(filter.arguments().len(), 5);
        assert_eq!(Where::organization().and_in("id", [""; 0]).sql(), "organization_id = $1 and 1 = 0");
    }
}
