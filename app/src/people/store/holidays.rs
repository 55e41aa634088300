//! The days on which a site is closed.

use ::rules::{
    column::Value,
    holidays::Days,
    id::{HolidayId, SiteId},
    text::Name,
};
use ::store::{Dialect, Error, Where};
use jiff::{Timestamp, civil::Date};

use crate::door::Scope;

/// Holidays of the sites of one series that a plan reads, at most.
const HOLIDAYS_MAX: usize = 10_000;

::store::record! {
    /// Days on which a site is closed: its series make no session then.
    pub struct Holiday(HolidayId) in "holidays" {
        /// The site.
        pub site_id: SiteId,
        /// The first day, by the clock of the site.
        #[schema(value_type = String, format = Date)]
        pub first_day: Date,
        /// The last day.
        #[schema(value_type = String, format = Date)]
        pub last_day: Date,
        /// What it is called; sessions cancelled because of it keep it as their reason.
        pub name: Name,
        /// When it was taken away.
        pub removed_at: Option<Timestamp>,
    }
}

impl Holiday {
    /// Its days.
    pub const fn days(&self) -> Days {
        Days { first: self.first_day, last: self.last_day }
    }
}

/// Holds sites until the end of the transaction: meanwhile nobody adds, changes or removes a holiday of theirs, who locks
/// the site first. Several may hold one at once. Groups are locked before sites.
///
/// # Errors
/// When the database can't answer.
pub async fn hold_sites(scope: &mut Scope<'_>, sites: &[SiteId]) -> Result<(), Error> {
    // SQLite already holds the only writer's lease.
    if sites.is_empty() || scope.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let filter = Where::organization().and_in("id", sites.iter().map(Value::from));
    let sql = format!("select id from sites where {} order by id for share", filter.sql());
    scope.rows(&sql, filter.arguments()).await.map(drop)
}

/// The holidays of a site that end on a day or later, by their first day, after one.
pub async fn of_site(
    scope: &mut Scope<'_>,
    site: SiteId,
    from: Option<Date>,
    after: Option<&Holiday>,
    limit: usize,
) -> Result<Vec<Holiday>, Error> {
    const ORDER: &str = "first_day, id";
    let filter = Where::organization()
        .and("site_id = ?", &site)
        .and_always("removed_at is null")
        .and_if("last_day >= ?", from.map(Value::Day));
    let position = after.map(|last| vec![Value::Day(last.first_day), (&last.id).into()]);
    scope.filter(&filter.after(ORDER, position), ORDER, limit).await
}

/// The holidays of some sites that have a day of a stretch, by their first day.
///
/// # Errors
/// When the database can't answer.
pub async fn between(scope: &mut Scope<'_>, sites: &[SiteId], days: Days) -> Result<Vec<Holiday>, Error> {
    if sites.is_empty() {
        return Ok(Vec::new());
    }
    let filter = Where::organization()
        .and_in("site_id", sites.iter().map(Value::from))
        .and_always("removed_at is null")
        .and("first_day <= ?", Value::Day(days.last))
        .and("last_day >= ?", Value::Day(days.first));
    scope.filter(&filter, "first_day, id", HOLIDAYS_MAX).await
}
