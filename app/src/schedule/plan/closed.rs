//! The days on which a series makes nothing: the holidays of the sites its parts are at.

use ::rules::{
    holidays::{self, Days},
    id::SiteId,
};
use jiff::civil::Date;

use crate::{
    door::Scope,
    people::{self, Holiday},
    problem::Problem,
};

/// The holidays of some sites, within some days.
#[derive(Debug, Default)]
pub struct Closed(Vec<Holiday>);

impl Closed {
    /// Reads them, in one statement.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn read(
        scope: &mut Scope<'_>,
        sites: impl IntoIterator<Item = Option<SiteId>>,
        days: Days,
    ) -> Result<Self, Problem> {
        let mut sites: Vec<SiteId> = sites.into_iter().flatten().collect();
        sites.sort_unstable();
        sites.dedup();
        Ok(Self(people::holidays_between(scope, &sites, days).await?))
    }

    /// The holiday of a site that a day falls on; what has no site has none.
    pub fn on(&self, site: Option<SiteId>, day: Date) -> Option<&Holiday> {
        let here = self.0.iter().filter(|holiday| Some(holiday.site_id) == site);
        holidays::on(here.map(|holiday| (holiday.days(), holiday)), day)
    }
}
