//! Statements over recurrences: the parts of a group's series.

use ::rules::{
    column::{Json, Value},
    id::{GroupId, RecurrenceId, SiteId},
    recurrence::{Part, Recurrence},
};
use ::store::{Error, Where};
use jiff::civil::{Date, DateTime};

use super::Overrides;
use crate::door::Scope;

::store::record! {
    /// When a group meets, for a stretch of its series. The one from the beginning stands for the whole.
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
        /// The first start of the rule that belongs to it; empty for the part from the beginning.
        pub starts_from: String,
        /// The first start of the rule that no longer does.
        pub ends_before: Option<String>,
        /// What its sessions have different from the group.
        #[schema(value_type = Overrides)]
        pub overrides: Json<Overrides>,
    }
}

impl GroupRecurrence {
    /// The part as the rules know it.
    pub fn part(&self) -> Part {
        Part {
            recurrence: self.recurrence.0.clone(),
            from: self.starts_from.parse().ok(),
            before: self.ends_before.as_deref().map(|end| end.parse().unwrap_or(DateTime::MIN)),
            shift_minutes: self.overrides.shift_minutes,
        }
    }

    /// Whether it yields nothing: another part took its place.
    pub fn is_closed(&self) -> bool {
        self.ends_before.as_ref().is_some_and(|end| *end <= self.starts_from)
    }

    /// Whether it stands for the whole series.
    pub fn is_head(&self) -> bool {
        self.starts_from.is_empty()
    }
}

/// The parts of a group's series in order, the closed ones too; none when nobody has said when it meets.
pub async fn parts(scope: &mut Scope<'_>, group: GroupId) -> Result<Vec<GroupRecurrence>, Error> {
    scope.select("where organization_id = $1 and group_id = $2 order by starts_from, id", &[(&group).into()]).await
}

/// The parts of running groups' series that are at a site: those of its groups, and those that say so themselves.
pub async fn parts_at(scope: &mut Scope<'_>, site: SiteId) -> Result<Vec<GroupRecurrence>, Error> {
    const HERE: &str = "where organization_id = $1 and group_id in (select g.id from groups g \
        where g.organization_id = $1 and g.site_id = $2 and g.status = 'active') order by group_id, starts_from, id";
    const MOVED: &str = "where organization_id = $1 and overrides <> '{}' and group_id in (select g.id from groups g \
        where g.organization_id = $1 and g.status = 'active') order by group_id, starts_from, id";
    let here: Vec<GroupRecurrence> = scope.select(HERE, &[(&site).into()]).await?;
    let moved: Vec<GroupRecurrence> = scope.select(MOVED, &[]).await?;
    let usual = here.into_iter().filter(|part| part.overrides.site_id.is_none());
    Ok(usual.chain(moved.into_iter().filter(|part| part.overrides.site_id == Some(Some(site)))).collect())
}

/// The running groups whose sessions do not reach this day yet, those furthest behind first.
pub async fn due(scope: &mut Scope<'_>, until: Date, limit: usize) -> Result<Vec<GroupId>, Error> {
    let sql = format!(
        "select r.group_id from group_recurrences r join groups g on g.organization_id = r.organization_id \
         and g.id = r.group_id where r.organization_id = $1 and r.filled_until < $2 and r.starts_from = '' \
         and g.status = 'active' order by r.filled_until, r.id limit {limit}"
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
