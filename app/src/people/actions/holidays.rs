//! Reading the holidays of a site. Adding, changing and removing them belongs to the schedule: sessions follow.

use ::rules::{
    id::{HolidayId, SiteId},
    permissions::Permission,
};
use deserr::Deserr;
use jiff::civil::Date;
use utoipa::IntoParams;

use crate::{
    audit::history::{AsOf, RecordVersion, history},
    door::{Cx, Scope},
    http::extract::FieldErrors,
    paging::{Limit, Page, bad_cursor, cursor},
    people::store::{
        Site,
        holidays::{self, Holiday},
    },
    problem::Problem,
};

/// Holidays that a page shows.
const SHOWN_MAX: usize = 200;

/// What a list of holidays is limited to.
#[derive(Debug, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListHolidays {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

/// The holidays of a site by their first day, past ones too.
///
/// # Errors
/// 404 for the site, 422 for a bad cursor.
pub async fn list(cx: &Cx, site: SiteId, list: &ListHolidays) -> Result<Page<Holiday>, Problem> {
    let after: Option<HolidayId> = cursor(list.cursor.as_deref())?;
    let limit = list.limit.unwrap_or_default().0;
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            scope.get::<Site, _>(site).await?;
            let after = match after {
                Some(id) => Some(scope.find::<Holiday>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let found = holidays::of_site(scope, site, None, after.as_ref(), limit + 1).await?;
            Ok(Page::cut(found, limit, |holiday| holiday.id))
        })
    })
    .await
}

/// The holidays of a site that are not over on a day, the first of them.
///
/// # Errors
/// When the database can't answer.
pub async fn coming(cx: &Cx, site: SiteId, today: Date) -> Result<Vec<Holiday>, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move { Ok(holidays::of_site(scope, site, Some(today), None, SHOWN_MAX).await?) })
    })
    .await
}

/// The holidays of some sites that have a day of a stretch.
///
/// # Errors
/// When the database can't answer.
pub async fn between(cx: &Cx, sites: &[SiteId], days: ::rules::holidays::Days) -> Result<Vec<Holiday>, Problem> {
    cx.read(Permission::GroupRead, |scope| Box::pin(async move { Ok(holidays::between(scope, sites, days).await?) }))
        .await
}

/// One holiday of a site.
///
/// # Errors
/// 404, also when it is another site's.
pub async fn show(cx: &Cx, site: SiteId, id: HolidayId) -> Result<Holiday, Problem> {
    cx.read(Permission::GroupRead, |scope| Box::pin(of(scope, site, id))).await
}

/// As [`show`], inside an action.
///
/// # Errors
/// As [`show`].
pub async fn of(scope: &mut Scope<'_>, site: SiteId, id: HolidayId) -> Result<Holiday, Problem> {
    let holiday: Holiday = scope.get(id).await?;
    if holiday.site_id == site { Ok(holiday) } else { Err(Problem::not_found("holiday")) }
}

/// A holiday as it stood.
///
/// # Errors
/// As [`show`].
pub async fn versions(cx: &Cx, site: SiteId, id: HolidayId, as_of: &AsOf) -> Result<Page<RecordVersion>, Problem> {
    let found = history::<Holiday, _>(cx, Permission::GroupRead, id, as_of).await?;
    cx.read_as_oneself(|scope| Box::pin(of(scope, site, id))).await?;
    Ok(found)
}
