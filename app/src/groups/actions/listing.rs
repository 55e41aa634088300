//! Lists of groups.

use ::rules::{
    groups::GroupType,
    id::{GroupId, PractitionerId, SiteId},
    permissions::Permission,
};
use ::store::Where;
use deserr::Deserr;

use super::{
    super::store::{self, Group},
    views::{GroupView, view, views},
};
use crate::{
    door::Cx,
    http::extract::FieldErrors,
    paging::{Limit, Page, bad_cursor, cursor},
    problem::Problem,
};

/// What a list of groups is limited to.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListGroups {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// `active` unless given; `all` lists archived groups too.
    #[deserr(default)]
    pub status: Option<StatusFilter>,
    /// Only groups of this type.
    #[deserr(default, rename = "type")]
    pub r#type: Option<GroupType>,
    /// Only groups at this site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// Only groups of this facilitator.
    #[deserr(default)]
    pub facilitator_id: Option<PractitionerId>,
    /// Words of the name; each may be the beginning of one.
    #[deserr(default)]
    pub q: Option<String>,
}

::rules::vocabulary! {
    /// Which groups a list shows.
    pub enum StatusFilter {
        /// Groups that run.
        Active = "active",
        /// Groups that have ended.
        Archived = "archived",
        /// Both.
        All = "all",
    }
}

/// Groups by name.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list(cx: &Cx, list: &ListGroups) -> Result<Page<GroupView>, Problem> {
    let limit = list.limit.unwrap_or_default().0;
    let after: Option<GroupId> = cursor(list.cursor.as_deref())?;
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let after = match after {
                Some(id) => Some(scope.find::<Group>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let status = list.status.unwrap_or(StatusFilter::Active);
            let filter = Where::organization()
                .and_if("status = ?", Some(status).filter(|status| *status != StatusFilter::All).as_ref())
                .and_if("type = ?", list.r#type.as_ref())
                .and_if("site_id = ?", list.site_id.as_ref())
                .and_if("facilitator_id = ?", list.facilitator_id.as_ref());
            let filter = store::narrow_by_name(filter, list.q.as_deref().unwrap_or_default());
            let found = store::list(scope, filter, after.as_ref(), limit + 1).await?;
            let page = Page::cut(found, limit, |group| group.id);
            Ok(Page { items: views(scope, page.items).await?, next: page.next })
        })
    })
    .await
}

/// One group.
///
/// # Errors
/// 404.
pub async fn show(cx: &Cx, id: GroupId) -> Result<GroupView, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let group = scope.get(id).await?;
            view(scope, group).await
        })
    })
    .await
}
