//! A believable clinic, dated around today, and a second, small one beside it: told as stories through the same use
//! cases as the API, so that nothing in it could not have happened.

mod cast;
mod stories;

use std::sync::Arc;

use ::rules::permissions::{Flag, Role};
use deserr::Deserr;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    App,
    door::{Cx, Lobby, Organization},
    http::extract::{FieldErrors, parse},
    identity::{User, actions as identity},
    problem::Problem,
};

/// One login of the demo.
#[derive(Debug, Clone, Serialize)]
pub struct Login {
    /// The role.
    pub role: Role,
    /// The address to sign in with.
    pub email: String,
    /// The password, another one at each start.
    pub password: String,
    /// An API token.
    pub token: String,
}

/// Fills an empty database; answers one login a role, and one of the second organization.
///
/// # Errors
/// What a use case refuses: a defect of the story.
pub async fn fill(app: &Arc<App>) -> Result<Vec<Login>, Problem> {
    let north = organization(app, "NORTH", "Northside Clinic", "America/Phoenix").await?;
    let mut logins = Vec::new();
    for (role, name, flags) in cast::STAFF {
        logins.push(login(&north, *role, name, "northside", flags).await?.0);
    }
    stories::northside(&north).await?;
    let harbor = organization(app, "HARBOR", "Harbor Counseling", "America/New_York").await?;
    let (admin, _) = login(&harbor, Role::Admin, "Pat Harbor", "harbor", &[]).await?;
    stories::harbor(&harbor).await?;
    logins.push(admin);
    Ok(logins)
}

async fn organization(app: &Arc<App>, code: &str, name: &str, zone: &str) -> Result<Cx, Problem> {
    let new =
        Organization { id: app.clock.id(), short_code: code.to_owned(), name: name.to_owned(), zone: zone.to_owned() };
    Lobby(&app.db).add_organization(&new, app.clock.now()).await?;
    Ok(Cx::system(app, &new, "demo"))
}

async fn login(cx: &Cx, role: Role, name: &str, host: &str, flags: &[Flag]) -> Result<(Login, User), Problem> {
    let password: String = cx.app.clock.secret().chars().take(14).collect();
    let email = format!("{}@{host}.example", role.as_str().replace('_', "."));
    let new = read(json!({
        "email": email, "display_name": name, "role": role, "flags": flags, "password": password,
    }))?;
    let user = identity::add_user(cx, &new).await?;
    if role.is_clinical() {
        let (given, family) = name.split_once(' ').unwrap_or(("", name));
        let discipline = if role == Role::Doctor { "medical" } else { "psychology" };
        let staff = json!({
            "given_name": given, "family_name": family, "credential": credential(role), "discipline": discipline,
            "user_id": user.id,
        });
        crate::people::actions::practitioners::add_practitioner(cx, &read(staff)?).await?;
    }
    let token = identity::make_token_for(cx, user.id, "demo", None, 1).await?.token;
    Ok((Login { role, email, password, token }, user))
}

fn credential(role: Role) -> &'static str {
    match role {
        Role::Doctor => "MD",
        Role::AlliedHealth => "OTR/L",
        Role::Nurse => "RN",
        Role::CaseManager => "CM",
        Role::OtherTherapist => "RYT",
        _ => "LCSW",
    }
}

/// An input as the API reads it.
fn read<T: Deserr<FieldErrors>>(fields: Value) -> Result<T, Problem> {
    parse(fields)
}
