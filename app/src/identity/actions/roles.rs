//! Roles: the built-in ones, and copies that the organization has changed.

use ::rules::{
    column::Json,
    id::RoleId,
    permissions::{Flag, Permission, Permissions, Role, of_flags},
    text::Name,
};
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PermissionName;
use crate::{
    door::{Cx, Scope},
    events::Event,
    http::extract::FieldErrors,
    identity::store::{self, CustomRole, User},
    paging::Page,
    problem::Problem,
};

/// Roles an organization may make: more than anybody can tell apart.
const ROLES_MAX: usize = 100;

/// A role as a request names it: a built-in role's word, or the id of one of the organization's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserr, ToSchema)]
#[deserr(try_from(String) = read_role -> BadRole, error = FieldErrors)]
#[schema(value_type = String, example = "therapist")]
pub struct RoleChoice(Named);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    BuiltIn(Role),
    Own(RoleId),
}

/// A text that names no role.
#[derive(Debug, thiserror::Error)]
#[error("is not a role; `GET /api/roles` lists them")]
pub struct BadRole;

impl From<Role> for RoleChoice {
    fn from(role: Role) -> Self {
        Self(Named::BuiltIn(role))
    }
}

impl std::str::FromStr for RoleChoice {
    type Err = BadRole;
    fn from_str(name: &str) -> Result<Self, BadRole> {
        let own = || RoleId::parse(name).ok().map(Named::Own);
        Role::parse(name).map(Named::BuiltIn).or_else(own).map(Self).ok_or(BadRole)
    }
}

fn read_role(name: String) -> Result<RoleChoice, BadRole> {
    name.parse()
}

impl deserr::MergeWithError<BadRole> for FieldErrors {
    fn merge(
        this: Option<Self>,
        other: BadRole,
        location: deserr::ValuePointerRef<'_>,
    ) -> std::ops::ControlFlow<Self, Self> {
        use deserr::DeserializeError as _;
        Self::error::<serde_json::Value>(this, deserr::ErrorKind::Unexpected { msg: other.to_string() }, location)
    }
}

impl std::fmt::Display for RoleChoice {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Named::BuiltIn(role) => role.fmt(out),
            Named::Own(id) => id.fmt(out),
        }
    }
}

impl RoleChoice {
    /// The built-in role that is meant, if it is one.
    pub const fn built_in(self) -> Option<Role> {
        match self.0 {
            Named::BuiltIn(role) => Some(role),
            Named::Own(_) => None,
        }
    }

    /// The organization's own role that is meant, if it is one.
    pub const fn own(self) -> Option<RoleId> {
        match self.0 {
            Named::BuiltIn(_) => None,
            Named::Own(id) => Some(id),
        }
    }
}

/// What a user is given with a role.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given {
    pub role: Role,
    pub role_id: Option<RoleId>,
    pub permissions: Permissions,
}

/// What a role gives.
///
/// # Errors
/// 422 at `role` for a role that is not there or is retired.
pub(super) async fn looked_up(scope: &mut Scope<'_>, choice: RoleChoice) -> Result<Given, Problem> {
    let id = match choice.0 {
        Named::BuiltIn(role) => return Ok(Given { role, role_id: None, permissions: role.permissions() }),
        Named::Own(id) => id,
    };
    let own: Option<CustomRole> = scope.find(id).await?;
    let own = own.ok_or_else(|| Problem::invalid_field("role", "not_found", "is not the id of a role of yours"))?;
    if !own.is_active {
        let message = "is retired; choose another, or bring it back under “Roles”";
        return Err(Problem::invalid_field("role", "inactive", message));
    }
    Ok(Given { role: own.role, role_id: Some(id), permissions: own.permissions.iter().copied().collect() })
}

/// What a role gives; it is not retired until the user has it.
///
/// # Errors
/// As [`looked_up`].
pub(super) async fn given(scope: &mut Scope<'_>, choice: RoleChoice) -> Result<Given, Problem> {
    if let Some(id) = choice.own()
        && scope.find::<CustomRole>(id).await?.is_some()
    {
        scope.lock::<CustomRole, _>(id).await?;
    }
    looked_up(scope, choice).await
}

/// What a user may do now.
pub(super) async fn held_by(scope: &mut Scope<'_>, user: &User) -> Result<Permissions, Problem> {
    let of_role = match user.role_id {
        Some(id) => {
            let own: CustomRole = scope.get(id).await?;
            own.permissions.iter().copied().collect()
        }
        None => user.role.permissions(),
    };
    Ok(of_role.or(of_flags(&user.flags)))
}

/// Nobody gives, changes or takes over more than they have: managing users is no way to everything.
///
/// # Errors
/// 403 with the first permission that is missing.
pub(super) fn within_own(cx: &Cx, wanted: Permissions) -> Result<(), Problem> {
    match wanted.iter().find(|permission| !cx.permissions.allows(*permission)) {
        Some(missing) => Err(Problem::forbidden(missing)),
        None => Ok(()),
    }
}

/// As [`within_own`], for a role with flags.
pub(super) fn may_give(cx: &Cx, given: &Given, flags: &[Flag]) -> Result<(), Problem> {
    within_own(cx, given.permissions.or(of_flags(flags)))
}

/// A role to make: a copy of a built-in one.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewRole {
    /// What it is called; no two roles have one name.
    pub name: Name,
    /// The built-in role to copy: it says whether who holds the new one treats patients.
    pub role: Role,
    /// What it grants; what the built-in role grants unless given.
    #[deserr(default)]
    pub permissions: Option<Vec<PermissionName>>,
}

/// What may be changed of an organization's own role.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeRole {
    /// What it is called.
    #[deserr(default)]
    pub name: Option<Name>,
    /// What it grants, at once for everybody who has it.
    #[deserr(default)]
    pub permissions: Option<Vec<PermissionName>>,
    /// Whether users may be given it; a role that somebody has can't be retired.
    #[deserr(default)]
    pub is_active: Option<bool>,
}

/// Names as a set: in the order of the vocabulary, with what they imply.
fn granted(names: &[PermissionName]) -> Permissions {
    names.iter().flat_map(PermissionName::permissions).collect()
}

/// Refuses a name that another role has, built in or the organization's own.
fn check_name(name: &Name, id: Option<RoleId>, known: &[CustomRole]) -> Result<(), Problem> {
    let folded = name.to_lowercase();
    let is_built_in = Role::parse(&folded.replace(' ', "_")).is_some();
    let is_own = known.iter().any(|role| Some(role.id) != id && role.name.to_lowercase() == folded);
    if is_built_in || is_own {
        return Err(name_taken());
    }
    Ok(())
}

fn name_taken() -> Problem {
    Problem::conflict("name_taken", "Another role has this name. Choose one that tells them apart.")
}

/// Makes a role.
///
/// # Errors
/// 422 with every bad field, 403 for more than the caller has, 409 `name_taken` or `too_many_roles`.
pub async fn add_role(cx: &Cx, new: &NewRole) -> Result<CustomRole, Problem> {
    cx.write(Permission::UserManage, |scope| {
        Box::pin(async move {
            let permissions = new.permissions.as_deref().map_or_else(|| new.role.permissions(), granted);
            within_own(scope.cx, permissions)?;
            let known = store::custom_roles(scope, ROLES_MAX).await?;
            check_name(&new.name, None, &known)?;
            if known.len() >= ROLES_MAX {
                let detail = format!("There are {ROLES_MAX} roles. Change one of them instead.");
                return Err(Problem::conflict("too_many_roles", detail));
            }
            let role = CustomRole {
                id: scope.id(),
                name: new.name.clone(),
                role: new.role,
                permissions: Json(permissions.iter().collect()),
                is_active: true,
                version: 1,
                created_by_user: scope.cx.user(),
                created_at: scope.now(),
                updated_at: scope.now(),
            };
            scope.insert(&role).await.map_err(taken_meanwhile)?;
            scope.emit(Event::RoleCreated { role: role.id });
            Ok(role)
        })
    })
    .await
}

fn taken_meanwhile(error: ::store::Error) -> Problem {
    match error {
        ::store::Error::Conflict => name_taken(),
        error => error.into(),
    }
}

/// Changes a role; who has it has the new permissions at once.
///
/// # Errors
/// 404, 412, 422, 403 for more than the caller has, 409 `name_taken` or `role_in_use`.
pub async fn change_role(cx: &Cx, id: RoleId, change: &ChangeRole) -> Result<CustomRole, Problem> {
    cx.write(Permission::UserManage, |scope| {
        Box::pin(async move {
            let old: CustomRole = scope.lock_current(id).await?;
            let mut new = old.clone();
            new.name = change.name.clone().unwrap_or(new.name);
            new.is_active = change.is_active.unwrap_or(new.is_active);
            if let Some(names) = &change.permissions {
                new.permissions = Json(granted(names).iter().collect());
            }
            within_own(scope.cx, old.permissions.iter().chain(new.permissions.iter()).copied().collect())?;
            check_name(&new.name, Some(id), &store::custom_roles(scope, ROLES_MAX).await?)?;
            if !new.is_active && store::a_holder(scope, id).await?.is_some() {
                let detail = "Somebody has this role. Give them another one first.";
                return Err(Problem::conflict("role_in_use", detail));
            }
            let saved = scope.update(&old, new).await.map_err(taken_meanwhile)?;
            scope.emit(Event::RoleUpdated { role: id });
            Ok(saved)
        })
    })
    .await
}

/// One role of the organization's own.
///
/// # Errors
/// 404.
pub async fn custom_role(cx: &Cx, id: RoleId) -> Result<CustomRole, Problem> {
    cx.read(Permission::UserManage, |scope| Box::pin(async move { scope.get(id).await })).await
}

/// The organization's own roles, retired ones too, by name.
///
/// # Errors
/// When the database can't answer.
pub async fn custom_roles(cx: &Cx) -> Result<Vec<CustomRole>, Problem> {
    cx.read_as_oneself(|scope| Box::pin(async move { Ok(store::custom_roles(scope, ROLES_MAX).await?) })).await
}

/// A role with what it grants.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RoleView {
    /// The id of a role of the organization's own; none for a built-in one.
    pub id: Option<RoleId>,
    /// What it is called.
    pub name: String,
    /// The built-in role that it is, or was copied from.
    pub role: Role,
    /// What it grants.
    pub permissions: Vec<Permission>,
    /// Whether users may be given it.
    pub is_active: bool,
    /// The version of a role of the organization's own: send it back in `If-Match`.
    pub version: Option<i64>,
}

impl RoleView {
    /// The role as a request names it.
    pub fn choice(&self) -> RoleChoice {
        RoleChoice(self.id.map_or(Named::BuiltIn(self.role), Named::Own))
    }
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        Self {
            id: None,
            name: built_in_name(role),
            role,
            permissions: role.permissions().iter().collect(),
            is_active: true,
            version: None,
        }
    }
}

impl From<CustomRole> for RoleView {
    fn from(own: CustomRole) -> Self {
        Self {
            id: Some(own.id),
            name: own.name.to_string(),
            role: own.role,
            permissions: own.permissions.0,
            is_active: own.is_active,
            version: Some(own.version),
        }
    }
}

/// A built-in role as people read it: "Allied health".
pub fn built_in_name(role: Role) -> String {
    let words = role.as_str().replace('_', " ");
    let mut letters = words.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}", letters.as_str())
}

/// Every role with what it grants: the built-in ones, then the organization's own by name.
///
/// # Errors
/// When the database can't answer.
pub async fn roles(cx: &Cx) -> Result<Page<RoleView>, Problem> {
    let own = custom_roles(cx).await?;
    let built_in = Role::ALL.iter().copied().map(RoleView::from);
    Ok(Page { items: built_in.chain(own.into_iter().map(RoleView::from)).collect(), next: None })
}
