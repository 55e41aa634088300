//! API tokens: making, listing, revoking.

use ::rules::{
    id::{CredentialId, UserId},
    permissions::{Permission, Permissions},
    text::Name,
};
use deserr::Deserr;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    door::{CredentialKind, Cx, Principal, hash_secret},
    events::Event,
    http::{authenticate::TOKEN_PREFIX, extract::FieldErrors},
    identity::store::{self, CredentialView, NewCredential, User},
    paging::{Limit, Page, cursor},
    problem::Problem,
};

/// How long a token lasts unless its maker says otherwise, and at most.
const TOKEN_DAYS: u32 = 90;
const TOKEN_DAYS_MAX: u32 = 366;

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

impl PermissionName {
    /// What the name stands for.
    pub fn permissions(&self) -> impl Iterator<Item = Permission> + use<> {
        self.0.iter().copied()
    }
}

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
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

/// The tokens that are in force, newest first: the caller's, or everybody's for who manages users.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn tokens(cx: &Cx, list: &ListTokens) -> Result<Page<CredentialView>, Problem> {
    let own = cx.user().filter(|_| !cx.permissions.allows(Permission::UserManage));
    tokens_of(cx, own, list).await
}

/// The caller's own tokens that are in force, newest first.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn own_tokens(cx: &Cx, list: &ListTokens) -> Result<Page<CredentialView>, Problem> {
    let own = cx.user().ok_or_else(|| Problem::unauthenticated("Sign in first."))?;
    tokens_of(cx, Some(own), list).await
}

async fn tokens_of(cx: &Cx, user: Option<UserId>, list: &ListTokens) -> Result<Page<CredentialView>, Problem> {
    let limit = list.limit.unwrap_or_default().0;
    let before: Option<CredentialId> = cursor(list.cursor.as_deref())?;
    cx.read_as_oneself(|scope| {
        Box::pin(async move {
            let found = store::tokens(scope, user, before, limit + 1).await?;
            Ok(Page::cut(found, limit, |token| token.id))
        })
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
