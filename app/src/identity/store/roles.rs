//! Statements over roles of the organization's own.

use ::rules::{
    column::Json,
    id::{RoleId, UserId},
    permissions::{Permission, Role},
    text::Name,
};
use ::store::{Error, Where};

use crate::door::Scope;

::store::record! {
    /// A role of the organization's own: a built-in role, copied and changed (domain 11).
    pub struct CustomRole(RoleId) in "roles" {
        /// What it is called.
        pub name: Name,
        /// The built-in role it was copied from: it says whether who holds it treats patients.
        pub role: Role,
        /// What it grants.
        #[schema(value_type = Vec<Permission>)]
        pub permissions: Json<Vec<Permission>>,
        /// Whether users may be given it.
        pub is_active: bool,
    }
}

/// The organization's own roles, by name.
pub async fn custom_roles(scope: &mut Scope<'_>, limit: usize) -> Result<Vec<CustomRole>, Error> {
    scope.filter(&Where::organization(), "name, id", limit).await
}

/// A user who has this role.
pub async fn a_holder(scope: &mut Scope<'_>, role: RoleId) -> Result<Option<UserId>, Error> {
    const SQL: &str = "select id from users where organization_id = $1 and role_id = $2 order by id limit 1";
    scope.row(SQL, &[(&role).into()]).await?.map(|row| row.at(0)).transpose()
}
