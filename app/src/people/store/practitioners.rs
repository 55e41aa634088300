//! Statements over practitioners.

use ::rules::id::{PractitionerId, UserId};
use ::store::{Error, Where};

use super::Practitioner;
use crate::door::Scope;

/// The practitioner with this login.
pub async fn by_user(scope: &mut Scope<'_>, user: UserId) -> Result<Option<PractitionerId>, Error> {
    const SQL: &str = "select id from practitioners where organization_id = $1 and user_id = $2";
    scope.row(SQL, &[(&user).into()]).await?.map(|row| row.at(0)).transpose()
}

/// The practitioner with this id in the system it came from.
pub async fn by_external_id(scope: &mut Scope<'_>, external_id: &str) -> Result<Option<Practitioner>, Error> {
    let tail = "where organization_id = $1 and external_id = $2";
    Ok(scope.select(tail, &[external_id.into()]).await?.into_iter().next())
}

/// Practitioners by family name, from a row on.
pub async fn list(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<&Practitioner>,
    limit: usize,
) -> Result<Vec<Practitioner>, Error> {
    const ORDER: &str = "family_name, given_name, id";
    let position = after.map(|one| vec![(&one.family_name).into(), (&one.given_name).into(), (&one.id).into()]);
    scope.filter(&filter.after(ORDER, position), ORDER, limit).await
}
