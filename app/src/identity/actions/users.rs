//! Users: adding, changing, listing, and their own password.

use ::rules::{
    column::Json,
    id::UserId,
    permissions::{Flag, Permission, Role, flags_clash},
    text::{Name, Text},
};
use ::store::Where;
use deserr::Deserr;
use utoipa::ToSchema;

use super::{RoleChoice, check_email, check_password, email_key, given, held_by, looked_up, may_give, within_own};
use crate::{
    door::{Cx, Principal, Scope},
    events::Event,
    http::extract::FieldErrors,
    identity::store::{self, User},
    paging::{Limit, Page, bad_cursor, cursor},
    problem::{FieldError, Problem},
};

/// The most choices a form offers.
const CHOICES_MAX: usize = 1_000;

/// A user to add.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewUser {
    /// The address to sign in with.
    pub email: Text<3, 254>,
    /// How the user is shown.
    pub display_name: Name,
    /// The role: a built-in one, or the id of one of your own.
    pub role: RoleChoice,
    /// Personal flags.
    #[deserr(default)]
    #[schema(required = false)]
    pub flags: Vec<Flag>,
    /// A first password of at least ten characters.
    pub password: String,
}

/// What may be changed of a user.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeUser {
    /// How the user is shown.
    #[deserr(default)]
    pub display_name: Option<Name>,
    /// The role: a built-in one, or the id of one of your own.
    #[deserr(default)]
    pub role: Option<RoleChoice>,
    /// Personal flags.
    #[deserr(default)]
    pub flags: Option<Vec<Flag>>,
    /// Whether the user may sign in; false ends everything they have open.
    #[deserr(default)]
    pub is_active: Option<bool>,
    /// A new password.
    #[deserr(default)]
    pub password: Option<String>,
}

fn check_flags(flags: &[Flag]) -> Result<(), Problem> {
    if flags_clash(flags) {
        let message = "can't hold both `can_review` and `requires_review`: who needs review can't give it";
        return Err(Problem::invalid_field("flags", "flags_clash", message));
    }
    Ok(())
}

/// What is wrong with a role, if anything: to be told together with the other fields.
async fn is_given(scope: &mut Scope<'_>, role: RoleChoice) -> Result<Vec<FieldError>, Problem> {
    match looked_up(scope, role).await {
        Err(problem) if problem.is_about_input() => Ok(problem.errors().to_vec()),
        outcome => outcome.map(|_| Vec::new()),
    }
}

/// Adds a user.
///
/// # Errors
/// 422 with every bad field, 403 for a role that may do more than the caller, 409 `email_taken`.
pub async fn add_user(cx: &Cx, new: &NewUser) -> Result<User, Problem> {
    cx.require(Permission::UserManage).await?;
    let mut errors: Vec<FieldError> = Vec::new();
    errors.extend(check_email(&new.email).err());
    errors.extend(check_flags(&new.flags).err().into_iter().flat_map(|problem| problem.errors().to_vec()));
    let password = cx.app.passwords.check(&new.password, &new.email);
    errors.extend(password.err().into_iter().flat_map(|problem| problem.errors().to_vec()));
    let role =
        cx.read(Permission::UserManage, |scope| Box::pin(async move { is_given(scope, new.role).await })).await?;
    errors.extend(role);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let hash = &cx.app.passwords.hash(new.password.clone()).await?;
    cx.write(Permission::UserManage, |scope| {
        Box::pin(async move {
            let given = given(scope, new.role).await?;
            may_give(scope.cx, &given, &new.flags)?;
            let user = User {
                id: scope.id(),
                email: new.email.clone(),
                display_name: new.display_name.clone(),
                role: given.role,
                role_id: given.role_id,
                flags: Json(new.flags.clone()),
                is_active: true,
                password_hash: hash.clone(),
                version: 1,
                created_by_user: scope.cx.user(),
                created_at: scope.now(),
                updated_at: scope.now(),
            };
            match store::add_login(scope, &email_key(&new.email), user.id).await {
                Err(::store::Error::Conflict) => {
                    return Err(Problem::conflict(
                        "email_taken",
                        "Somebody in your organization has this e-mail address.",
                    ));
                }
                added => added?,
            }
            scope.insert(&user).await?;
            scope.emit(Event::UserCreated { user: user.id });
            Ok(user)
        })
    })
    .await
}

/// Changes a user; ends everything they have open when role, flags, activity or password change.
///
/// # Errors
/// 404, 412, 422, 403 for a user or a role that may do more than the caller, 409 `last_admin`.
pub async fn change_user(cx: &Cx, id: UserId, change: &ChangeUser) -> Result<User, Problem> {
    cx.require(Permission::UserManage).await?;
    let hash = match &change.password {
        Some(password) => {
            cx.app.passwords.check(password, "")?;
            Some(cx.app.passwords.hash(password.clone()).await?)
        }
        None => None,
    };
    let hash = &hash;
    cx.write(Permission::UserManage, |scope| {
        Box::pin(async move {
            let old: User = scope.lock_current(id).await?;
            let mut new = old.clone();
            new.display_name = change.display_name.clone().unwrap_or(new.display_name);
            within_own(scope.cx, held_by(scope, &old).await?)?;
            if let Some(role) = change.role {
                let given = given(scope, role).await?;
                (new.role, new.role_id) = (given.role, given.role_id);
            }
            new.flags = change.flags.clone().map_or(new.flags, Json);
            new.is_active = change.is_active.unwrap_or(new.is_active);
            new.password_hash = hash.clone().unwrap_or(new.password_hash);
            check_flags(&new.flags)?;
            within_own(scope.cx, held_by(scope, &new).await?)?;
            keep_an_admin(scope, &old, &new).await?;
            let open = (&old.role, &old.role_id, &old.flags, &old.is_active, &old.password_hash)
                == (&new.role, &new.role_id, &new.flags, &new.is_active, &new.password_hash);
            let saved = scope.update(&old, new).await?;
            if !open {
                store::revoke_all(scope, id).await?;
            }
            scope.emit(Event::UserUpdated { user: id });
            Ok(saved)
        })
    })
    .await
}

fn runs_the_house(user: &User) -> bool {
    user.is_active && user.role_id.is_none() && matches!(user.role, Role::Admin | Role::Superuser)
}

async fn keep_an_admin(scope: &mut Scope<'_>, old: &User, new: &User) -> Result<(), Problem> {
    if !runs_the_house(old) || runs_the_house(new) {
        return Ok(());
    }
    let admins = Where::organization()
        .and_in("role", ["admin", "superuser"])
        .and_always("is_active = true and role_id is null")
        .and("id <> ?", &old.id);
    if store::users(scope, admins, None, 1).await?.is_empty() {
        let detail = "This is the last administrator. Make somebody else an administrator first.";
        return Err(Problem::conflict("last_admin", detail));
    }
    Ok(())
}

/// What a list of users is limited to.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListUsers {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// Only users with this role: a built-in one, or the id of one of your own.
    #[deserr(default)]
    pub role: Option<RoleChoice>,
    /// `all` lists inactive users too.
    #[deserr(default)]
    pub status: Option<UsersShown>,
}

::rules::vocabulary! {
    /// Which users a list shows.
    pub enum UsersShown {
        /// Those who may sign in.
        Active = "active",
        /// Inactive ones too.
        All = "all",
    }
}

/// Users by name.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list_users(cx: &Cx, list: &ListUsers) -> Result<Page<User>, Problem> {
    let limit = list.limit.unwrap_or_default().0;
    let after: Option<UserId> = cursor(list.cursor.as_deref())?;
    cx.read(Permission::UserManage, |scope| {
        Box::pin(async move {
            let after = match after {
                Some(id) => Some(scope.find::<User>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let built_in = list.role.and_then(RoleChoice::built_in);
            let own = list.role.and_then(RoleChoice::own);
            let mut filter = Where::organization().and_if("role_id = ?", own.as_ref());
            filter = filter.and_if("role_id is null and role = ?", built_in.as_ref());
            if list.status != Some(UsersShown::All) {
                filter = filter.and_always("is_active = true");
            }
            Ok(Page::cut(store::users(scope, filter, after.as_ref(), limit + 1).await?, limit, |user| user.id))
        })
    })
    .await
}

/// The users that a form offers, active or not, by name.
///
/// # Errors
/// When the database can't answer.
pub async fn user_choices(cx: &Cx) -> Result<Vec<User>, Problem> {
    cx.read(Permission::UserManage, |scope| {
        Box::pin(async move { Ok(store::users(scope, Where::organization(), None, CHOICES_MAX).await?) })
    })
    .await
}

/// Everybody who may have done something, by name: for who reads the audit log.
///
/// # Errors
/// When the database can't answer.
pub async fn actors(cx: &Cx) -> Result<Vec<User>, Problem> {
    cx.read(Permission::AuditRead, |scope| {
        Box::pin(async move { Ok(store::users(scope, Where::organization(), None, CHOICES_MAX).await?) })
    })
    .await
}

/// One user.
///
/// # Errors
/// 404.
pub async fn user(cx: &Cx, id: UserId) -> Result<User, Problem> {
    cx.read(Permission::UserManage, |scope| Box::pin(async move { scope.get(id).await })).await
}

/// A new password for oneself.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangePassword {
    /// The password until now.
    pub current: String,
    /// The new one: at least ten characters, and none that everybody tries first.
    pub new: String,
}

/// Changes the caller's own password and ends everything else they have open: other browsers and every token.
///
/// # Errors
/// 422 `wrong_password` at `current` or for a new one that will not do, 429 for too many tries.
pub async fn change_own_password(cx: &Cx, change: &ChangePassword) -> Result<User, Problem> {
    let Principal::User { user, credential, .. } = cx.principal else {
        return Err(Problem::unauthenticated("Sign in first."));
    };
    check_password(cx, &change.current).await.map_err(|problem| match problem.code() {
        "wrong_password" => Problem::invalid_field("current", "wrong_password", "is not your password"),
        _ => problem,
    })?;
    let me: User = cx.read_as_oneself(|scope| Box::pin(async move { scope.get(user).await })).await?;
    cx.app.passwords.check(&change.new, &me.email).map_err(|problem| renamed(&problem, "new"))?;
    if change.new == change.current {
        return Err(Problem::invalid_field("new", "password_same", "is the password you have; choose another"));
    }
    let hash = &cx.app.passwords.hash(change.new.clone()).await?;
    cx.write_as_oneself(|scope| {
        Box::pin(async move {
            let old: User = scope.lock(user).await?;
            let new = User { password_hash: hash.clone(), ..old.clone() };
            let saved = scope.update(&old, new).await?;
            store::revoke_others(scope, user, credential).await?;
            scope.emit(Event::PasswordChanged { user });
            Ok(saved)
        })
    })
    .await
}

/// The same refusal, at the field as this request calls it.
fn renamed(problem: &Problem, field: &str) -> Problem {
    let at = |error: &FieldError| FieldError { field: field.to_owned(), ..error.clone() };
    Problem::invalid(problem.errors().iter().map(at).collect())
}
