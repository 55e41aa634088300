//! Use cases: signing in and out, users, tokens.

use std::sync::Arc;

use ::rules::{
    column::Json,
    id::{CredentialId, OrganizationId, UserId},
    permissions::{Flag, Permission, Permissions, Role, flags_clash, of_user},
    text::{Name, Text},
};
use ::store::Where;
use deserr::Deserr;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{self, CredentialView, NewCredential, User};
use crate::{
    App,
    door::{CredentialKind, Cx, Lobby, Organization, Principal, Request, Scope, hash_secret},
    events::Event,
    http::{
        authenticate::TOKEN_PREFIX,
        extract::{FieldErrors, Parsed},
    },
    paging::{Limit, Page, bad_cursor, cursor},
    problem::{FieldError, Problem},
};

/// How long a web session lasts, used or not.
const SESSION: SignedDuration = SignedDuration::from_hours(12);
/// How long a fresh proof of identity holds.
const PROOF: SignedDuration = SignedDuration::from_mins(5);
/// How long a token lasts unless its maker says otherwise, and at most.
const TOKEN_DAYS: u32 = 90;
const TOKEN_DAYS_MAX: u32 = 366;

/// An address as it is compared: without case.
fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

fn check_email(email: &str) -> Result<(), FieldError> {
    let good = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
    });
    let good = good && !email.contains(char::is_whitespace) && email.matches('@').count() == 1;
    if good { Ok(()) } else { Err(FieldError::new("email", "invalid_email", "is not an e-mail address")) }
}

// Signing in and out ------------------------------------------------------------------------------------------------

/// The secret of a new web session.
pub struct SignedIn {
    /// For the cookie.
    pub secret: String,
    /// When the session ends at the latest.
    pub expires_at: Timestamp,
}

/// Signs a person in.
///
/// # Errors
/// 401 for a wrong address or password, 422 when two organizations know them, 429 for too many tries.
pub async fn sign_in(
    app: &Arc<App>,
    request: Request,
    email: &str,
    password: &str,
    organization: &str,
) -> Result<SignedIn, Problem> {
    let key = email_key(email);
    app.throttle.count([format!("email:{key}"), format!("source:{}", request.source)])?;
    let mut found = Vec::new();
    let known = Lobby(&app.db).logins(&key).await?;
    for (tenant, user) in &known {
        let hash = store::password_hash(&app.db, tenant.id, *user).await?;
        if app.passwords.verify(password.to_owned(), hash).await? {
            found.push((tenant.clone(), *user));
        }
    }
    if known.is_empty() {
        app.passwords.verify(password.to_owned(), None).await?;
    }
    found.retain(|(tenant, _)| organization.is_empty() || tenant.short_code.eq_ignore_ascii_case(organization.trim()));
    match found.as_slice() {
        [] => {
            for (tenant, user) in known {
                let cx = Cx::system(app, &tenant, "sign-in");
                crate::audit::refused(&Cx { request: request.clone(), ..cx }, &format!("sign_in {user}")).await?;
            }
            Err(Problem::unauthenticated("The e-mail address or the password is not right."))
        }
        [(tenant, user)] => open_session(app, request, tenant, *user).await,
        _ => Err(Problem::unprocessable(
            "choose_organization",
            "You work for more than one organization. Enter the short code of the one you want to open.",
        )),
    }
}

async fn open_session(
    app: &Arc<App>,
    request: Request,
    organization: &Organization,
    user: UserId,
) -> Result<SignedIn, Problem> {
    let secret = app.clock.secret();
    let expires_at = app.clock.now().checked_add(SESSION).map_err(|error| Problem::internal(&error))?;
    let credential = NewCredential {
        id: app.clock.id(),
        hash: hash_secret(&secret),
        kind: CredentialKind::Session,
        user,
        label: String::new(),
        permissions: None,
        expires_at,
        reauthenticated_until: app.clock.now().checked_add(PROOF).ok(),
    };
    let system = Cx::system(app, organization, "sign-in");
    let cx = Cx { request: Request { idempotency: None, ..request }, ..system };
    let credential = &credential;
    cx.write_as_oneself(|scope| {
        Box::pin(async move {
            store::add_credential(scope, credential).await?;
            scope.emit(Event::SignedIn { user });
            Ok(())
        })
    })
    .await?;
    Ok(SignedIn { secret, expires_at })
}

/// Signs the caller out.
///
/// # Errors
/// When the database can't answer.
pub async fn sign_out(cx: &Cx) -> Result<(), Problem> {
    let Principal::User { credential, user, .. } = cx.principal else { return Ok(()) };
    cx.write_as_oneself(|scope| {
        Box::pin(async move {
            store::revoke(scope, credential).await?;
            scope.emit(Event::SignedOut { user });
            Ok(())
        })
    })
    .await
}

/// The password again, for what needs a fresh proof.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Reauthenticate {
    /// The caller's password.
    pub password: String,
}

/// Until when the proof holds.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Proof {
    /// Until when signing, reviewing and exporting are open.
    pub valid_until: Timestamp,
}

/// Proves again who the caller is: opens five minutes for signing, reviewing and exports.
///
/// # Errors
/// 403 `wrong_password`, 429 for too many tries.
pub async fn reauthenticate(cx: &Cx, input: &Reauthenticate) -> Result<Proof, Problem> {
    let Principal::User { credential, user, .. } = cx.principal else {
        return Err(Problem::unauthenticated("Sign in first."));
    };
    check_password(cx, &input.password).await?;
    let valid_until = cx.now().checked_add(PROOF).map_err(|error| Problem::internal(&error))?;
    cx.write_as_oneself(|scope| {
        Box::pin(async move {
            store::prove(scope, credential, valid_until).await?;
            scope.emit(Event::Reauthenticated { user });
            Ok(Proof { valid_until })
        })
    })
    .await
}

/// Checks the caller's own password.
///
/// # Errors
/// 403 `wrong_password`, 429 for too many tries.
pub async fn check_password(cx: &Cx, password: &str) -> Result<(), Problem> {
    let user = cx.user().ok_or_else(|| Problem::unauthenticated("Sign in first."))?;
    cx.app.throttle.count([format!("proof:{user}"), format!("source:{}", cx.request.source)])?;
    let hash = store::password_hash(&cx.app.db, cx.organization.id, user).await?;
    if cx.app.passwords.verify(password.to_owned(), hash).await? {
        return Ok(());
    }
    crate::audit::refused(cx, "reauthenticate").await?;
    Err(Problem::refused_access("wrong_password", "The password is not right."))
}

// Users -------------------------------------------------------------------------------------------------------------

/// A user to add.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewUser {
    /// The address to sign in with.
    pub email: Text<3, 254>,
    /// How the user is shown.
    pub display_name: Name,
    /// The role.
    pub role: Role,
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
    /// The role.
    #[deserr(default)]
    pub role: Option<Role>,
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

/// Adds a user.
///
/// # Errors
/// 422 with every bad field, 409 `email_taken`.
pub async fn add_user(cx: &Cx, new: &NewUser) -> Result<User, Problem> {
    cx.require(Permission::UserManage).await?;
    let mut errors: Vec<FieldError> = Vec::new();
    errors.extend(check_email(&new.email).err());
    errors.extend(check_flags(&new.flags).err().into_iter().flat_map(|problem| problem.errors().to_vec()));
    let password = cx.app.passwords.check(&new.password, &new.email);
    errors.extend(password.err().into_iter().flat_map(|problem| problem.errors().to_vec()));
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let hash = &cx.app.passwords.hash(new.password.clone()).await?;
    cx.write(Permission::UserManage, |scope| {
        Box::pin(async move {
            let user = User {
                id: scope.id(),
                email: new.email.clone(),
                display_name: new.display_name.clone(),
                role: new.role,
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
/// 404, 412, 422, 409 `last_admin`.
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
            new.role = change.role.unwrap_or(new.role);
            new.flags = change.flags.clone().map_or(new.flags, Json);
            new.is_active = change.is_active.unwrap_or(new.is_active);
            new.password_hash = hash.clone().unwrap_or(new.password_hash);
            check_flags(&new.flags)?;
            keep_an_admin(scope, &old, &new).await?;
            let open = (&old.role, &old.flags, &old.is_active, &old.password_hash)
                == (&new.role, &new.flags, &new.is_active, &new.password_hash);
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
    user.is_active && matches!(user.role, Role::Admin | Role::Superuser)
}

async fn keep_an_admin(scope: &mut Scope<'_>, old: &User, new: &User) -> Result<(), Problem> {
    if !runs_the_house(old) || runs_the_house(new) {
        return Ok(());
    }
    let admins = Where::organization()
        .and_in("role", ["admin", "superuser"])
        .and_always("is_active = true")
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
    pub limit: Option<Parsed<Limit>>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// Only users with this role.
    #[deserr(default)]
    pub role: Option<Role>,
    /// `all` lists inactive users too.
    #[deserr(default)]
    pub status: Option<String>,
}

/// Users by name.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list_users(cx: &Cx, list: &ListUsers) -> Result<Page<User>, Problem> {
    let limit = list.limit.map_or_else(Limit::default, |limit| limit.0).0;
    let after: Option<UserId> = cursor(list.cursor.as_deref())?;
    cx.read(Permission::UserManage, |scope| {
        Box::pin(async move {
            let after = match after {
                Some(id) => Some(scope.find::<User>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let mut filter = Where::organization().and_if("role = ?", list.role.as_ref());
            if list.status.as_deref() != Some("all") {
                filter = filter.and_always("is_active = true");
            }
            Ok(Page::cut(store::users(scope, filter, after.as_ref(), limit + 1).await?, limit, |user| user.id))
        })
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

/// Who asks and what they may do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The user.
    pub user: User,
    /// The organization.
    pub organization: MyOrganization,
    /// What the caller may do: role and flags, and for a token its scope.
    pub permissions: Vec<Permission>,
    /// The caller's staff profile.
    pub practitioner_id: Option<::rules::id::PractitionerId>,
    /// Until when a fresh proof of identity holds.
    pub reauthenticated_until: Option<Timestamp>,
}

/// The caller's organization.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MyOrganization {
    /// The id.
    pub id: OrganizationId,
    /// The code in human numbers.
    pub short_code: String,
    /// The name.
    pub name: String,
    /// The zone of what has no site.
    pub zone: String,
}

/// The caller.
///
/// # Errors
/// When the database can't answer.
pub async fn me(cx: &Cx) -> Result<Me, Problem> {
    let id = cx.user().ok_or_else(|| Problem::unauthenticated("Sign in first."))?;
    let proven_until = match &cx.principal {
        Principal::User { proven_until, .. } => *proven_until,
        Principal::System(_) => None,
    };
    let Organization { id: organization, short_code, name, zone } = cx.organization.clone();
    let user = cx.read_as_oneself(|scope| Box::pin(async move { scope.get(id).await })).await?;
    Ok(Me {
        user,
        organization: MyOrganization { id: organization, short_code, name, zone },
        permissions: cx.permissions.iter().collect(),
        practitioner_id: cx.practitioner(),
        reauthenticated_until: proven_until.filter(|until| *until > cx.now()),
    })
}

// Tokens ------------------------------------------------------------------------------------------------------------

/// A token to make.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub label: Name,
    /// What it may do, at most; never more than its user. None means all its user may.
    #[deserr(default)]
    pub permissions: Option<Vec<PermissionName>>,
    /// How many days it lasts: 1 to 366, 90 unless given.
    #[deserr(default)]
    #[schema(minimum = 1, maximum = 366)]
    pub expires_in_days: Option<u32>,
}

/// A permission by our name or by EncoreOS's (`pm.…`).
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(try_from(String) = read_permission -> BadPermission, error = FieldErrors)]
#[schema(value_type = String, example = "group.read")]
pub struct PermissionName(&'static [Permission]);

/// A name that is no permission.
#[derive(Debug, thiserror::Error)]
#[error("is not a permission; `GET /api/roles` lists them")]
pub struct BadPermission;

fn read_permission(name: String) -> Result<PermissionName, BadPermission> {
    Permission::named(&name).map(PermissionName).ok_or(BadPermission)
}

impl deserr::MergeWithError<BadPermission> for FieldErrors {
    fn merge(
        this: Option<Self>,
        other: BadPermission,
        location: deserr::ValuePointerRef<'_>,
    ) -> std::ops::ControlFlow<Self, Self> {
        use deserr::DeserializeError as _;
        Self::error::<serde_json::Value>(this, deserr::ErrorKind::Unexpected { msg: other.to_string() }, location)
    }
}

/// A token that was made. The secret is shown this once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MadeToken {
    /// Send it as `Authorization: Bearer …`. It can't be shown again.
    #[serde(skip_serializing)]
    #[schema(read_only)]
    pub token: String,
    /// What is known of it.
    pub credential: CredentialView,
}

/// Makes a token for the caller.
///
/// # Errors
/// 422, or 403 for a token of a token.
pub async fn make_token(cx: &Cx, new: &NewToken) -> Result<MadeToken, Problem> {
    let user = cx.user().ok_or_else(|| Problem::unauthenticated("Sign in first."))?;
    if new.expires_in_days.is_some_and(|days| !(1..=TOKEN_DAYS_MAX).contains(&days)) {
        let message = format!("must be 1 to {TOKEN_DAYS_MAX} days");
        return Err(Problem::invalid_field("expires_in_days", "out_of_range", message));
    }
    let permissions = new.permissions.as_ref().map(|names| names.iter().flat_map(|name| name.0).copied().collect());
    make_token_for(cx, user, &new.label, permissions, new.expires_in_days.unwrap_or(TOKEN_DAYS)).await
}

/// Makes a token for a user.
///
/// # Errors
/// When the user is not there, or the database can't answer.
pub async fn make_token_for(
    cx: &Cx,
    user: UserId,
    label: &str,
    permissions: Option<Vec<Permission>>,
    days: u32,
) -> Result<MadeToken, Problem> {
    let secret = format!("{TOKEN_PREFIX}{}", cx.app.clock.secret());
    let expires_at = cx.now().checked_add(SignedDuration::from_hours(24 * i64::from(days)));
    // A token made with a token never reaches further than the first.
    let by_token = matches!(cx.principal, Principal::User { by_token: true, .. });
    let limit: Option<Vec<Permission>> = by_token.then(|| cx.permissions.iter().collect());
    let permissions = match (permissions, limit) {
        (Some(wanted), Some(limit)) => Some(within(&wanted, &limit)),
        (wanted, limit) => wanted.or(limit),
    };
    let new = NewCredential {
        id: cx.app.clock.id(),
        hash: hash_secret(&secret),
        kind: CredentialKind::Token,
        user,
        label: label.to_owned(),
        permissions,
        expires_at: expires_at.map_err(|error| Problem::internal(&error))?,
        reauthenticated_until: None,
    };
    let (new, secret) = (&new, &secret);
    cx.write_as_oneself(|scope| {
        Box::pin(async move {
            scope.get::<User, _>(user).await?;
            store::add_credential(scope, new).await?;
            scope.emit(Event::TokenCreated { token: new.id.to_string(), user });
            let credential = store::credential(scope, new.id).await?.ok_or_else(|| Problem::not_found("credential"))?;
            Ok(MadeToken { token: secret.clone(), credential })
        })
    })
    .await
}

fn within(wanted: &[Permission], limit: &[Permission]) -> Vec<Permission> {
    let both: Permissions = wanted.iter().copied().collect();
    both.and(limit.iter().copied().collect()).iter().collect()
}

/// What a list of tokens is limited to.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTokens {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Parsed<Limit>>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

/// The tokens that are in force, newest first: the caller's, or everybody's for who manages users.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn tokens(cx: &Cx, list: &ListTokens) -> Result<Page<CredentialView>, Problem> {
    let limit = list.limit.map_or_else(Limit::default, |limit| limit.0).0;
    let before: Option<CredentialId> = cursor(list.cursor.as_deref())?;
    let own = cx.user().filter(|_| !cx.permissions.allows(Permission::UserManage));
    cx.read_as_oneself(|scope| {
        Box::pin(
            async move { Ok(Page::cut(store::tokens(scope, own, before, limit + 1).await?, limit, |token| token.id)) },
        )
    })
    .await
}

/// Revokes a token or a session: one's own, or anybody's for who manages users.
///
/// # Errors
/// 404.
pub async fn revoke(cx: &Cx, id: CredentialId) -> Result<CredentialView, Problem> {
    cx.write_as_oneself(|scope| {
        Box::pin(async move {
            let credential = store::credential(scope, id).await?.ok_or_else(|| Problem::not_found("credential"))?;
            let may =
                scope.cx.user() == Some(credential.user_id) || scope.cx.permissions.allows(Permission::UserManage);
            if !may {
                return Err(Problem::not_found("credential"));
            }
            store::revoke(scope, id).await?;
            scope.emit(Event::CredentialRevoked { credential: id.to_string(), user: credential.user_id });
            store::credential(scope, id).await?.ok_or_else(|| Problem::not_found("credential"))
        })
    })
    .await
}

/// A role with what it grants.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RoleView {
    /// The role.
    pub role: Role,
    /// What it grants.
    pub permissions: Vec<Permission>,
}

/// Every role with what it grants.
pub fn roles() -> Vec<RoleView> {
    Role::ALL.iter().map(|role| RoleView { role: *role, permissions: of_user(*role, &[]).iter().collect() }).collect()
}
