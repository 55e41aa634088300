//! Statements over recurrences.

use ::rules::{
    column::{Json, Value},
    id::{GroupId, RecurrenceId},
    recurrence::Recurrence,
};
use ::store::{Error, Where};
use jiff::civil::Date;

use crate::door::Scope;

::store::record! {
    /// When a group meets.
    pub struct GroupRecurrence(RecurrenceId) in "group_recurrences" {
        /// The group.
        pub group_id: GroupId,
        /// The rule.
        #[schema(value_type = Recurrence)]
        pub recurrence: Json<Recurrence>,
        /// Its sessions are as long as it says itself; else as long as the group says.
        pub own_duration: bool,
        /// Sessions exist up to and with this day.
        #[schema(value_type = String, format = Date)]
        pub filled_until: Date,
    }
}

/// The recurrence of a group, if it has one.
pub async fn of_group(scope: &mut Scope<'_>, group: GroupId) -> Result<Option<GroupRecurrence>, Error> {
    let found = scope.select("where organization_id = $1 and group_id = $2", &[(&group).into()]).await?;
    Ok(found.into_iter().next())
}

/// The running groups whose sessions do not reach this day yet, those furthest behind first.
pub async fn due(scope: &mut Scope<'_>, until: Date, limit: usize) -> Result<Vec<GroupId>, Error> {
    let sql = format!(
        "select r.group_id from group_recurrences r join groups g on g.organization_id = r.organization_id \
         and g.id = r.group_id where r.organization_id = $1 and r.filled_until < $2 and g.status = 'active' \
         order by r.filled_until, r.id limit {limit}"
    );
    scope.rows(&sql, &[Value::Day(until)]).await?.iter().map(|row| row.at(0)).collect()
}

/// Notes how far the sessions of these recurrences reach: bookkeeping, no new version.
pub async fn filled(scope: &mut Scope<'_>, recurrences: &[RecurrenceId], until: Date) -> Result<(), Error> {
    let filter = Where::organization().and_in("id", recurrences.iter().map(Value::from));
    let sql =
        format!("update group_recurrences set filled_until = ${} where {}", filter.arguments().len() + 2, filter.sql());
    let mut arguments = filter.arguments().to_vec();
    arguments.push(Value::Day(until));
    scope.run(&sql, &arguments).await.map(drop)
}
