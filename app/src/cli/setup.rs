//! Commands that set a clinic up and look after it.

use std::path::PathBuf;

use rules::{
    permissions::{Flag, Permission},
    text::{Name, Text},
};
use store::Db;

use super::Outcome;
use crate::{
    App,
    app::Background,
    audit::{Checkpoints, verify},
    clock::Clock,
    config::Config,
    door::{Cx, Lobby, Organization},
    identity::actions::{self, NewUser, RoleChoice},
    migrations,
    problem::Problem,
    verification,
};

/// Why a command failed, as a sentence for the terminal.
pub type Failure = Box<dyn std::error::Error>;

pub async fn migrate(db: Db) -> Outcome {
    let applied = store::migrate(&db, migrations::ALL, Clock::system().now()).await?;
    match applied.as_slice() {
        [] => println!("The schema is up to date."),
        numbers => println!("Applied {} migrations, up to number {}.", numbers.len(), numbers.last().unwrap_or(&0)),
    }
    Ok(())
}

pub async fn add_organization(db: Db, code: &str, name: &str, zone: &str) -> Outcome {
    let good =
        (2..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if !good {
        return Err("the short code must be 2 to 10 of A–Z and 0–9".into());
    }
    jiff::tz::TimeZone::get(zone).map_err(|_| format!("{zone} is not an IANA time zone, such as America/Phoenix"))?;
    let name = Name::parse(name).map_err(|error| format!("the name {error}"))?;
    let clock = Clock::system();
    store::migrate(&db, migrations::ALL, clock.now()).await?;
    let new =
        Organization { id: clock.id(), short_code: code.to_owned(), name: name.to_string(), zone: zone.to_owned() };
    match Lobby(&db).add_organization(&new, clock.now()).await {
        Err(store::Error::Conflict) => Err(format!("there is an organization with the code {code} already").into()),
        outcome => {
            outcome?;
            println!("Added {} ({}).", new.name, new.id);
            Ok(())
        }
    }
}

/// A user to add.
pub struct UserToAdd {
    pub organization: String,
    pub email: String,
    pub name: String,
    pub role: RoleChoice,
    pub flags: Vec<Flag>,
    pub password: Option<String>,
}

/// Runs one action in an organization, and ends the background work after it.
async fn within(db: Db, short_code: &str) -> Result<(Cx, Background), Failure> {
    let (app, background) = App::start(db, Clock::system(), Config::default()).await?;
    let organization = Lobby(&app.db).organization_by_code(short_code).await?;
    let organization = organization.ok_or_else(|| format!("there is no organization with the code {short_code}"))?;
    Ok((Cx::system(&app, &organization, "command line"), background))
}

/// A refusal as a sentence for the terminal.
pub fn said(problem: &Problem) -> Failure {
    let fields = problem.errors().iter().map(|error| format!("\n  {}: {}", error.field, error.message));
    format!("{}{}", problem.detail(), fields.collect::<String>()).into()
}

pub async fn add_user(db: Db, user: UserToAdd) -> Outcome {
    let (cx, background) = within(db, &user.organization).await?;
    let made_up = user.password.is_none();
    let password = user.password.unwrap_or_else(|| cx.app.clock.secret().chars().take(20).collect());
    let new = NewUser {
        email: Text::parse(&user.email).map_err(|error| format!("the e-mail address {error}"))?,
        display_name: Name::parse(&user.name).map_err(|error| format!("the name {error}"))?,
        role: user.role,
        flags: user.flags,
        password: password.clone(),
    };
    let added = actions::add_user(&cx, &new).await.map_err(|problem| said(&problem))?;
    println!("Added {} ({}), role {}.", added.email, added.id, added.role);
    if made_up {
        println!("Password: {password}");
    }
    background.finish().await;
    Ok(())
}

pub async fn new_token(
    db: Db,
    organization: &str,
    email: &str,
    label: &str,
    permissions: Option<Vec<Permission>>,
    days: u32,
) -> Outcome {
    let (cx, background) = within(db, organization).await?;
    let known = Lobby(&cx.app.db).logins(&email.trim().to_lowercase()).await?;
    let user = known.into_iter().find(|(tenant, _)| tenant.id == cx.organization.id).map(|(_, user)| user);
    let user = user.ok_or_else(|| format!("there is no user with the address {email}"))?;
    let made = actions::make_token_for(&cx, user, label, permissions, days).await.map_err(|problem| said(&problem))?;
    println!("{}", made.token);
    background.finish().await;
    Ok(())
}

pub async fn verify_audit(db: Db, checkpoints: Option<(PathBuf, PathBuf)>) -> Outcome {
    store::applied(&db, migrations::ALL).await?;
    let signed = match checkpoints {
        Some((file, key)) => {
            let key = Checkpoints::open(key, file.clone())?.public_key().unwrap_or_default();
            verify::read_checkpoints(&file, &key)?
        }
        None => Vec::new(),
    };
    let mut first = None;
    for organization in Lobby(&db).organizations().await? {
        let code = organization.short_code;
        let outcome = verification::of(&db, organization.id, &signed, Clock::system().now()).await?;
        let counts = outcome.parts().map(|(name, part)| format!("{} {name}", part.checked)).join(", ");
        match outcome.first_broken() {
            None => println!("{code}: {counts}; every one fits."),
            Some(broken) => {
                println!("{code}: {broken}.");
                first.get_or_insert(code);
            }
        }
    }
    first.map_or(Ok(()), |code| Err(format!("the record of {code} was changed or is incomplete").into()))
}
