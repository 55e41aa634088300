//! `/settings/users`.

use ::rules::id::UserId;
use axum::{
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};

use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again, tick},
    },
    http::{
        PageRouter,
        extract::{At, Query},
        form::{As, Form},
    },
    identity::{
        actions::{self, ChangeUser, ListUsers, NewUser, UsersShown},
        store::User,
        view::users as view,
    },
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};
use ::rules::permissions::Permission;

const USERS: &str = "/settings/users";
/// What sets the form of the password apart from the other on its page.
const PASSWORD: &str = "password";

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route(USERS, get(list).post(add))
        .route("/settings/users/new", get(new))
        .route("/settings/users/{id}", get(one).post(change))
        .route("/settings/users/{id}/password", post(set_password))
}

fn page(cx: &Cx, title: &str, body: maud::Markup) -> Page {
    frame::page(cx, "settings", title, body)
}

async fn list(cx: Cx, headers: HeaderMap, Query(wanted): Query<ListUsers>) -> Result<Response, Problem> {
    let users = actions::list_users(&cx, &wanted).await?;
    let roles = actions::roles(&cx).await?.items;
    let role = wanted.role.map(|role| role.to_string()).unwrap_or_default();
    let shown = view::Shown {
        role: &role,
        roles: &roles,
        status: wanted.status.map_or("", UsersShown::as_str),
        is_first: wanted.cursor.is_none(),
    };
    let body = view::list(frame::settings_tabs(&cx, USERS), &users, &shown);
    Ok(frame::show(&headers, page(&cx, "Users", body)))
}

async fn new(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    cx.require(Permission::UserManage).await?;
    let form = Form::of([("role", "therapist")]);
    Ok(frame::show(&headers, new_page(&cx, &form, &FieldErrors::new()).await?))
}

async fn new_page(cx: &Cx, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let roles = actions::roles(cx).await?.items;
    Ok(page(cx, "Add user", view::new(&roles, &filled(cx, form, errors, USERS, USERS))))
}

async fn add(cx: Cx, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::UserManage).await?;
    let fields = [
        ("email", As::Blank),
        ("display_name", As::Blank),
        ("role", As::Text),
        ("flags", As::List),
        ("password", As::Blank),
    ];
    let outcome = match form.read::<NewUser>(&fields) {
        Ok(new) => actions::add_user(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(user) => Ok(frame::done(&format!("{USERS}/{}", user.id), "The user is added.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, new_page(&cx, &form, &frame::field_errors(&problem)).await?))
        }
    }
}

async fn one(cx: Cx, headers: HeaderMap, At(id): At<UserId>) -> Result<Response, Problem> {
    let user = actions::user(&cx, id).await?;
    let page = one_page(&cx, &user, &stored(&user), &FieldErrors::new(), &FieldErrors::scoped(PASSWORD)).await?;
    Ok(frame::show(&headers, page))
}

fn stored(user: &User) -> Form {
    let fields = [
        ("version", user.version.to_string()),
        ("display_name", user.display_name.to_string()),
        ("role", user.role_id.map_or_else(|| user.role.to_string(), |id| id.to_string())),
        ("is_active", tick(user.is_active)),
    ];
    Form::of(fields.into_iter().chain(user.flags.iter().map(|flag| ("flags", flag.to_string()))))
}

async fn one_page(
    cx: &Cx,
    user: &User,
    form: &Form,
    errors: &FieldErrors,
    password_errors: &FieldErrors,
) -> Result<Page, Problem> {
    let roles = actions::roles(cx).await?.items;
    let path = format!("{USERS}/{}", user.id);
    let version = Form::of([("version", user.version.to_string())]);
    let password = filled(cx, &version, password_errors, &format!("{path}/password"), USERS);
    Ok(page(cx, "User", view::one(user, &roles, &filled(cx, form, errors, &path, USERS), &password)))
}

async fn change(cx: Cx, At(id): At<UserId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::UserManage).await?;
    let cx = frame::edited(cx, &form);
    let fields = [("display_name", As::Blank), ("role", As::Text), ("flags", As::List), ("is_active", As::Truth)];
    match save(&cx, id, &form, &fields).await {
        Ok(_) => Ok(frame::done(&format!("{USERS}/{id}"), "Saved.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let user = actions::user(&cx, id).await?;
            let errors = frame::field_errors(&problem);
            Ok(frame::refused(&problem, one_page(&cx, &user, &form, &errors, &FieldErrors::scoped(PASSWORD)).await?))
        }
    }
}

async fn save(cx: &Cx, id: UserId, form: &Form, fields: &[(&str, As)]) -> Result<User, Problem> {
    actions::change_user(cx, id, &form.read::<ChangeUser>(fields)?).await
}

async fn set_password(cx: Cx, At(id): At<UserId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::UserManage).await?;
    let cx = frame::edited(cx, &form);
    match save(&cx, id, &form, &[("password", As::Blank)]).await {
        Ok(_) => Ok(frame::done(&format!("{USERS}/{id}"), "The password is set. Tell them in person.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let user = actions::user(&cx, id).await?;
            let errors = frame::scoped_errors(PASSWORD, &problem);
            Ok(frame::refused(&problem, one_page(&cx, &user, &stored(&user), &FieldErrors::new(), &errors).await?))
        }
    }
}
