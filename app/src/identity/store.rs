//! Statements over users, logins and credentials.

mod roles;

pub use roles::{CustomRole, a_holder, custom_roles};

use ::rules::{
    column::{Json, Value},
    id::{CredentialId, OrganizationId, PractitionerId, RoleId, UserId},
    permissions::{Flag, Permission, Permissions, Role},
    text::{Name, Text},
};
use ::store::{Db, Error, Row, Where};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::door::{CredentialKind, Scope};

::store::record! {
    /// A login with one role and personal flags.
    pub struct User(UserId) in "users" {
        /// The address to sign in with.
        pub email: Text<3, 254>,
        /// How the user is shown.
        pub display_name: Name,
        /// The built-in role that the user has, or that theirs was copied from.
        pub role: Role,
        /// The role of the organization's own that the user has in place of it.
        pub role_id: Option<RoleId>,
        /// Personal flags.
        #[schema(value_type = Vec<Flag>)]
        pub flags: Json<Vec<Flag>>,
        /// Whether the user may sign in.
        pub is_active: bool,
        /// The argon2id hash; it never leaves the house, nor enters the history.
        #[serde(skip, default)]
        #[schema(ignore)]
        pub password_hash: String,
    }
}

/// What a context needs of a user.
#[derive(Debug, Clone)]
pub struct Profile {
    pub name: String,
    pub role: Role,
    /// A role of the organization's own, by its name, and what it grants.
    pub own_role: Option<(String, Permissions)>,
    pub flags: Vec<Flag>,
    pub practitioner: Option<PractitionerId>,
}

/// A user's API token or web session, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CredentialView {
    /// The id.
    pub id: CredentialId,
    /// Whose.
    pub user_id: UserId,
    /// What it is for.
    pub label: String,
    /// What it may do, at most; none means all its user may.
    pub permissions: Option<Vec<Permission>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its last use, to the minute.
    pub last_used_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A credential to add.
pub struct NewCredential {
    pub id: CredentialId,
    pub hash: String,
    pub kind: CredentialKind,
    pub user: UserId,
    pub label: String,
    pub permissions: Option<Vec<Permission>>,
    pub expires_at: Timestamp,
    pub reauthenticated_until: Option<Timestamp>,
}

/// What a context needs of an active user.
pub const PROFILE: &str = "select u.display_name, u.role, u.flags, p.id, r.name, r.permissions from users u \
    left join roles r on r.organization_id = u.organization_id and r.id = u.role_id \
    left join practitioners p on p.organization_id = u.organization_id and p.user_id = u.id and p.is_active \
    where u.organization_id = $1 and u.id = $2 and u.is_active";

/// The active user with this id, outside a request.
pub async fn profile(db: &Db, organization: OrganizationId, user: UserId) -> Result<Option<Profile>, Error> {
    let mut tx = db.read(Some(&organization.to_string())).await?;
    let rows = tx.rows(PROFILE, &[(&organization).into(), (&user).into()]).await?;
    let profile = |row: &Row| {
        let flags = row.at::<Json<Vec<Flag>>>(2)?.0;
        let granted = row.at::<Option<Json<Vec<Permission>>>>(5)?;
        let own_role = row.at::<Option<String>>(4)?.zip(granted.map(|granted| granted.iter().copied().collect()));
        Ok(Profile { name: row.at(0)?, role: row.at(1)?, own_role, flags, practitioner: row.at(3)? })
    };
    rows.first().map(profile).transpose()
}

/// The password hash of an active user, outside a request.
pub async fn password_hash(db: &Db, organization: OrganizationId, user: UserId) -> Result<Option<String>, Error> {
    const SQL: &str = "select password_hash from users where organization_id = $1 and id = $2 and is_active";
    let mut tx = db.read(Some(&organization.to_string())).await?;
    tx.rows(SQL, &[(&organization).into(), (&user).into()]).await?.first().map(|row| row.at(0)).transpose()
}

/// Users by name, from a row on.
pub async fn users(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<&User>,
    limit: usize,
) -> Result<Vec<User>, Error> {
    let position = after.map(|user| vec![(&user.display_name).into(), (&user.id).into()]);
    scope.filter(&filter.after("display_name, id", position), "display_name, id", limit).await
}

/// Lets an address sign in as this user.
pub async fn add_login(scope: &mut Scope<'_>, email_key: &str, user: UserId) -> Result<(), Error> {
    const SQL: &str = "insert into logins (organization, email_key, user_id) values ($1, $2, $3)";
    scope.run(SQL, &[email_key.into(), (&user).into()]).await.map(drop)
}

/// Adds a credential.
pub async fn add_credential(scope: &mut Scope<'_>, new: &NewCredential) -> Result<(), Error> {
    const SQL: &str = "insert into credentials (organization, id, hash, kind, user_id, label, permissions, created_at, \
        last_used_at, expires_at, reauthenticated_until) values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10)";
    let permissions = new.permissions.clone().map(Json);
    let now = scope.now();
    let values = [
        (&new.id).into(),
        (&new.hash).into(),
        (&new.kind).into(),
        (&new.user).into(),
        (&new.label).into(),
        (&permissions).into(),
        Value::Time(now),
        Value::Time(new.expires_at),
        (&new.reauthenticated_until).into(),
    ];
    scope.run(SQL, &values).await.map(drop)
}

/// The tokens of an organization, or of one user, newest first: ids are in the order of their making.
pub async fn tokens(
    scope: &mut Scope<'_>,
    user: Option<UserId>,
    before: Option<CredentialId>,
    limit: usize,
) -> Result<Vec<CredentialView>, Error> {
    let filter = Where::starting("organization = $1 and kind = 'token' and revoked_at is null");
    let filter = filter.and_if("user_id = ?", user.as_ref()).and_if("id < ?", before.as_ref());
    let sql = format!(
        "select id, user_id, label, permissions, created_at, last_used_at, expires_at, revoked_at from credentials \
         where {} order by id desc limit {limit}",
        filter.sql()
    );
    scope.rows(&sql, filter.arguments()).await?.iter().map(view).collect()
}

/// One credential.
pub async fn credential(scope: &mut Scope<'_>, id: CredentialId) -> Result<Option<CredentialView>, Error> {
    const SQL: &str = "select id, user_id, label, permissions, created_at, last_used_at, expires_at, revoked_at \
        from credentials where organization = $1 and id = $2";
    scope.row(SQL, &[(&id).into()]).await?.as_ref().map(view).transpose()
}

fn view(row: &Row) -> Result<CredentialView, Error> {
    Ok(CredentialView {
        id: row.at(0)?,
        user_id: row.at(1)?,
        label: row.at(2)?,
        permissions: row.at::<Option<Json<Vec<Permission>>>>(3)?.map(|list| list.0),
        created_at: row.at(4)?,
        last_used_at: row.at(5)?,
        expires_at: row.at(6)?,
        revoked_at: row.at(7)?,
    })
}

/// Ends one credential.
pub async fn revoke(scope: &mut Scope<'_>, id: CredentialId) -> Result<u64, Error> {
    const SQL: &str =
        "update credentials set revoked_at = $2 where organization = $1 and id = $3 and revoked_at is null";
    let now = scope.now();
    scope.run(SQL, &[Value::Time(now), (&id).into()]).await
}

/// Ends everything a user has open.
pub async fn revoke_all(scope: &mut Scope<'_>, user: UserId) -> Result<u64, Error> {
    const SQL: &str =
        "update credentials set revoked_at = $2 where organization = $1 and user_id = $3 and revoked_at is null";
    let now = scope.now();
    scope.run(SQL, &[Value::Time(now), (&user).into()]).await
}

/// Ends everything a user has open but this.
pub async fn revoke_others(scope: &mut Scope<'_>, user: UserId, but: CredentialId) -> Result<u64, Error> {
    const SQL: &str = "update credentials set revoked_at = $2 \
        where organization = $1 and user_id = $3 and id <> $4 and revoked_at is null";
    let now = scope.now();
    scope.run(SQL, &[Value::Time(now), (&user).into(), (&but).into()]).await
}

/// Keeps a fresh proof of identity.
pub async fn prove(scope: &mut Scope<'_>, id: CredentialId, until: Timestamp) -> Result<u64, Error> {
    const SQL: &str = "update credentials set reauthenticated_until = $2 where organization = $1 and id = $3";
    scope.run(SQL, &[Value::Time(until), (&id).into()]).await
}
