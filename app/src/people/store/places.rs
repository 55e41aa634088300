//! Statements over sites and rooms.

use ::store::{Error, Where};

use super::{Room, Site};
use crate::door::Scope;

/// Sites by name, from a row on.
pub async fn sites(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<&Site>,
    limit: usize,
) -> Result<Vec<Site>, Error> {
    const ORDER: &str = "name, id";
    let position = after.map(|site| vec![(&site.name).into(), (&site.id).into()]);
    scope.filter(&filter.after(ORDER, position), ORDER, limit).await
}

/// Rooms by site and name, from a row on.
pub async fn rooms(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<&Room>,
    limit: usize,
) -> Result<Vec<Room>, Error> {
    const ORDER: &str = "site_id, name, id";
    let position = after.map(|room| vec![(&room.site_id).into(), (&room.name).into(), (&room.id).into()]);
    scope.filter(&filter.after(ORDER, position), ORDER, limit).await
}
