//! `/api/me`, `/api/users`, `/api/roles`, `/api/tokens`.

use ::rules::{
    id::{CredentialId, RoleId, UserId},
    permissions::Permission,
};
use utoipa_axum::routes;

use super::{
    actions::{
        self, ChangePassword, ChangeRole, ChangeUser, ListTokens, ListUsers, MadeToken, Me, MyOrganization, NewRole,
        NewToken, NewUser, Proof, Reauthenticate, RoleView, UsersShown,
    },
    store::{CredentialView, CustomRole, User},
};
use crate::{
    audit::history::{AsOf, RecordVersion, history},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        openapi::with_schemas,
        respond::{Created, Data, Listed},
    },
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .routes(routes!(me))
        .routes(routes!(reauthenticate))
        .routes(routes!(change_password))
        .routes(routes!(list_users, add_user))
        .routes(routes!(user, change_user))
        .routes(routes!(roles, add_role))
        .routes(routes!(role, change_role))
        .routes(routes!(role_history))
        .routes(routes!(tokens, make_token))
        .routes(routes!(revoke));
    with_schemas::<(User, Me, MyOrganization, Proof, CredentialView, TokenAnswer, RoleView, CustomRole, UsersShown)>(
        router,
    )
}

/// Who asks, and what they may do
#[utoipa::path(get, path = "/api/me", tag = "identity")]
async fn me(cx: Cx) -> Result<Data<Me>, Problem> {
    actions::me(&cx).await.map(Data)
}

/// Prove again who you are
///
/// Opens five minutes for signing, reviewing and exports.
#[utoipa::path(post, path = "/api/me/reauth", tag = "identity")]
async fn reauthenticate(cx: Cx, Json(input): Json<Reauthenticate>) -> Result<Data<Proof>, Problem> {
    actions::reauthenticate(&cx, &input).await.map(Data)
}

/// Change your own password
///
/// Ends everything else you have open: other browsers and every token.
#[utoipa::path(post, path = "/api/me/password", tag = "identity")]
async fn change_password(cx: Cx, Json(change): Json<ChangePassword>) -> Result<Data<User>, Problem> {
    actions::change_own_password(&cx, &change).await.map(Data)
}

/// List users
#[utoipa::path(get, path = "/api/users", tag = "identity", params(ListUsers))]
async fn list_users(cx: Cx, Query(list): Query<ListUsers>) -> Result<Listed<User>, Problem> {
    actions::list_users(&cx, &list).await.map(Listed)
}

/// Add a user
#[utoipa::path(post, path = "/api/users", tag = "identity")]
async fn add_user(cx: Cx, Json(new): Json<NewUser>) -> Result<Created<User>, Problem> {
    actions::add_user(&cx, &new).await.map(Created)
}

/// One user
#[utoipa::path(get, path = "/api/users/{id}", tag = "identity", params(("id" = UserId, Path)))]
async fn user(cx: Cx, At(id): At<UserId>) -> Result<Data<User>, Problem> {
    actions::user(&cx, id).await.map(Data)
}

/// Change a user
///
/// A change of role, flags, activity or password ends everything the user has open.
#[utoipa::path(patch, path = "/api/users/{id}", tag = "identity", params(("id" = UserId, Path)))]
async fn change_user(cx: Cx, At(id): At<UserId>, Json(change): Json<ChangeUser>) -> Result<Data<User>, Problem> {
    actions::change_user(&cx, id, &change).await.map(Data)
}

/// Every role with what it grants
#[utoipa::path(get, path = "/api/roles", tag = "identity")]
async fn roles(cx: Cx) -> Result<Listed<RoleView>, Problem> {
    actions::roles(&cx).await.map(Listed)
}

/// Make a role
///
/// A copy of a built-in role, with permissions of its own.
#[utoipa::path(post, path = "/api/roles", tag = "identity")]
async fn add_role(cx: Cx, Json(new): Json<NewRole>) -> Result<Created<CustomRole>, Problem> {
    actions::add_role(&cx, &new).await.map(Created)
}

/// One role of your own
#[utoipa::path(get, path = "/api/roles/{id}", tag = "identity", params(("id" = RoleId, Path)))]
async fn role(cx: Cx, At(id): At<RoleId>) -> Result<Data<CustomRole>, Problem> {
    actions::custom_role(&cx, id).await.map(Data)
}

/// Change a role of your own
///
/// Everybody who has it has the new permissions at once. A role that somebody has can't be retired.
#[utoipa::path(patch, path = "/api/roles/{id}", tag = "identity", params(("id" = RoleId, Path)))]
async fn change_role(cx: Cx, At(id): At<RoleId>, Json(change): Json<ChangeRole>) -> Result<Data<CustomRole>, Problem> {
    actions::change_role(&cx, id, &change).await.map(Data)
}

/// A role's record as it stood
#[utoipa::path(get, path = "/api/roles/{id}/history", tag = "identity", params(("id" = RoleId, Path), AsOf))]
async fn role_history(cx: Cx, At(id): At<RoleId>, Query(as_of): Query<AsOf>) -> Result<Listed<RecordVersion>, Problem> {
    history::<CustomRole, _>(&cx, Permission::UserManage, id, &as_of).await.map(Listed)
}

/// List API tokens
///
/// Newest first. Your own; everybody's for who manages users.
#[utoipa::path(get, path = "/api/tokens", tag = "identity", params(ListTokens))]
async fn tokens(cx: Cx, Query(list): Query<ListTokens>) -> Result<Listed<CredentialView>, Problem> {
    actions::tokens(&cx, &list).await.map(Listed)
}

/// A token that was made; its secret is shown this once.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct TokenAnswer {
    /// Send it as `Authorization: Bearer …`. It can't be shown again.
    token: String,
    /// What is known of it.
    credential: CredentialView,
}

/// Make an API token
///
/// It may do at most what you may. The secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/tokens", tag = "identity")]
async fn make_token(cx: Cx, Json(new): Json<NewToken>) -> Result<Created<TokenAnswer>, Problem> {
    let MadeToken { token, credential } = actions::make_token(&cx, &new).await?;
    Ok(Created(TokenAnswer { token, credential }))
}

/// Revoke a token or a session
#[utoipa::path(delete, path = "/api/tokens/{id}", tag = "identity", params(("id" = CredentialId, Path)))]
async fn revoke(cx: Cx, At(id): At<CredentialId>) -> Result<Data<CredentialView>, Problem> {
    actions::revoke(&cx, id).await.map(Data)
}
