//! Signing in and out, proving again who one is, and what one may do.

use std::sync::Arc;

use ::rules::{
    id::{OrganizationId, PractitionerId, UserId},
    permissions::Permission,
};
use deserr::Deserr;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::email_key;
use crate::{
    App,
    door::{CredentialKind, Cx, Lobby, Organization, Principal, Request, hash_secret},
    events::Event,
    http::extract::FieldErrors,
    identity::store::{self, NewCredential, User},
    problem::Problem,
};

/// How long a web session lasts, used or not.
const SESSION: SignedDuration = SignedDuration::from_hours(12);
/// How long a fresh proof of identity holds.
const PROOF: SignedDuration = SignedDuration::from_mins(5);

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
    app.throttle.count(format!("email:{key}"), &request.source)?;
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
    cx.app.throttle.count(format!("proof:{user}"), &cx.request.source)?;
    let hash = store::password_hash(&cx.app.db, cx.organization.id, user).await?;
    if cx.app.passwords.verify(password.to_owned(), hash).await? {
        return Ok(());
    }
    crate::audit::refused(cx, "reauthenticate").await?;
    Err(Problem::refused_access("wrong_password", "The password is not right."))
}

/// Asks the caller to prove who they are: by the password that came along, or by a proof of the last five minutes.
///
/// # Errors
/// 403 `wrong_password` or `reauth_required`, 429.
pub async fn prove(cx: &Cx, password: Option<&str>) -> Result<(), Problem> {
    match password {
        Some(password) => check_password(cx, password).await,
        None => cx.require_fresh_proof(),
    }
}

/// Who of the caller's organization has this address and password, where they hold a permission: for what is done in
/// a browser that nobody is signed in to.
///
/// # Errors
/// 403 `wrong_password` for whoever is not known, has another password or lacks the permission; 429 for too many tries.
pub async fn who(cx: &Cx, email: &str, password: &str, permission: Permission) -> Result<UserId, Problem> {
    let key = email_key(email);
    cx.app.throttle.count(format!("email:{key}"), &cx.request.source)?;
    let known = Lobby(&cx.app.db).logins(&key).await?;
    let user = known.into_iter().find(|(tenant, _)| tenant.id == cx.organization.id).map(|(_, user)| user);
    let hash = match user {
        Some(user) => store::password_hash(&cx.app.db, cx.organization.id, user).await?,
        None => None,
    };
    let matches = cx.app.passwords.verify(password.to_owned(), hash).await?;
    let user = user.filter(|_| matches);
    let profile = match user {
        Some(user) => store::profile(&cx.app.db, cx.organization.id, user).await?,
        None => None,
    };
    match user.filter(|_| profile.is_some_and(|profile| profile.permissions().allows(permission))) {
        Some(user) => Ok(user),
        None => {
            crate::audit::refused(cx, "close_kiosk").await?;
            Err(Problem::refused_access("wrong_password", "The password is not right."))
        }
    }
}

/// Who asks and what they may do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The user.
    pub user: User,
    /// The user's role as people read it.
    pub role_name: String,
    /// The organization.
    pub organization: MyOrganization,
    /// What the caller may do: role and flags, and for a token its scope.
    pub permissions: Vec<Permission>,
    /// The caller's staff profile.
    pub practitioner_id: Option<PractitionerId>,
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
    let (proven_until, role_name) = match &cx.principal {
        Principal::User { proven_until, role_name, .. } => (*proven_until, role_name.clone()),
        Principal::Link { .. } => (None, "link".to_owned()),
        Principal::Kiosk(_) => (None, "kiosk".to_owned()),
        Principal::System(name) => (None, (*name).to_owned()),
    };
    let Organization { id: organization, short_code, name, zone } = cx.organization.clone();
    let user = cx.read_as_oneself(|scope| Box::pin(async move { scope.get(id).await })).await?;
    Ok(Me {
        user,
        role_name,
        organization: MyOrganization { id: organization, short_code, name, zone },
        permissions: cx.permissions.iter().collect(),
        practitioner_id: cx.practitioner(),
        reauthenticated_until: proven_until.filter(|until| *until > cx.now()),
    })
}
