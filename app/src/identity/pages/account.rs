//! `/account`: one's own password and tokens.

use ::rules::id::CredentialId;
use axum::{
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};

use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again},
    },
    http::{
        PageRouter,
        extract::{At, Query, parse},
        form::{As, Form},
    },
    identity::{
        actions::{self, ChangePassword, ListTokens, NewToken},
        view::account as view,
    },
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};

const ACCOUNT: &str = "/account";

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route(ACCOUNT, get(account))
        .route("/account/password", post(change_password))
        .route("/account/tokens/new", get(new_token))
        .route("/account/tokens", post(make_token))
        .route("/account/tokens/{id}/revoke", post(revoke))
}

async fn account(cx: Cx, headers: HeaderMap, Query(wanted): Query<ListTokens>) -> Result<Response, Problem> {
    Ok(frame::show(&headers, account_page(&cx, &wanted, &FieldErrors::new()).await?))
}

async fn account_page(cx: &Cx, wanted: &ListTokens, errors: &FieldErrors) -> Result<Page, Problem> {
    let me = actions::me(cx).await?;
    let tokens = actions::own_tokens(cx, wanted).await?;
    let form = Form::default();
    let password = filled(cx, &form, errors, "/account/password", ACCOUNT);
    let body = view::account(cx, &me, &password, &tokens, wanted.cursor.is_none());
    Ok(frame::page(cx, "account", "Your account", body))
}

async fn change_password(cx: Cx, form: Form) -> Result<Response, Problem> {
    let outcome = match form.read::<ChangePassword>(&[("current", As::Blank), ("new", As::Blank)]) {
        Ok(change) => actions::change_own_password(&cx, &change).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(frame::done(ACCOUNT, "Your password is changed. Everything else you had open has ended.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let page = account_page(&cx, &ListTokens::default(), &frame::field_errors(&problem)).await?;
            Ok(frame::refused(&problem, page))
        }
    }
}

async fn new_token(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    let form = Form::of([("expires_in_days", "90")]);
    Ok(frame::show(&headers, new_token_page(&cx, &form, &FieldErrors::new())))
}

fn new_token_page(cx: &Cx, form: &Form, errors: &FieldErrors) -> Page {
    let form = filled(cx, form, errors, "/account/tokens", ACCOUNT);
    frame::page(cx, "account", "New token", view::new_token(&form, cx.permissions))
}

async fn make_token(cx: Cx, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let permissions = if form.all("permissions").next().is_some() { As::List } else { As::Text };
    let fields = [("label", As::Blank), ("expires_in_days", As::NumberIfAny), ("permissions", permissions)];
    let outcome = match parse::<NewToken>(form.json(&fields)) {
        Ok(new) => actions::make_token(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(made) => Ok(frame::show(&headers, frame::page(&cx, "account", "Your new token", view::made_token(&made)))),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, new_token_page(&cx, &form, &frame::field_errors(&problem))))
        }
    }
}

async fn revoke(cx: Cx, At(id): At<CredentialId>) -> Result<Response, Problem> {
    actions::revoke(&cx, id).await?;
    Ok(frame::done(ACCOUNT, "The token is revoked."))
}
