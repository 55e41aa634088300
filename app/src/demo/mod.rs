//! A believable clinic, dated around today, and a second, small one beside it: told as stories through the same use
//! cases as the API and in the order of time, so that nothing in it could not have happened.

mod cast;
mod consents;
mod days;
mod staff;
mod stories;
mod words;

use std::sync::Arc;

use ::rules::permissions::Role;
use deserr::Deserr;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Serialize;
use serde_json::Value;

use staff::Staff;

use crate::{
    App,
    door::{Cx, Lobby, Organization},
    http::extract::{FieldErrors, parse},
    problem::Problem,
};

/// How far back the stories begin.
const PAST: SignedDuration = SignedDuration::from_hours(24 * 16);
/// Where Northside is: the first place where people are at work while the demo is shown.
const PLACES: &[&str] = &[
    "America/Phoenix",
    "America/New_York",
    "Europe/London",
    "Asia/Kolkata",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Pacific/Honolulu",
];

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

/// When the stories begin that end at this instant.
pub fn beginning(present: Timestamp) -> Timestamp {
    present.checked_sub(PAST).unwrap_or(present)
}

/// Fills an empty database and lets its clock go; answers one login a role, and one of the second organization. The
/// clock stands at [`beginning`].
///
/// # Errors
/// What a use case refuses: a defect of the story.
pub async fn fill(app: &Arc<App>, present: Timestamp) -> Result<Vec<Login>, Problem> {
    let north = organization(app, "NORTH", "Northside Clinic", at_work(present)).await?;
    let harbor = organization(app, "HARBOR", "Harbor Counseling", "America/New_York").await?;
    let mut staff = Staff::default();
    for (role, name, flags) in cast::STAFF {
        staff.hire(&north, *role, name, "northside", flags).await?;
    }
    let mut elsewhere = Staff::default();
    elsewhere.hire(&harbor, Role::Admin, "Pat Harbor", "harbor", &[]).await?;
    stories::harbor(&harbor).await?;
    stories::northside(&north, &staff, present).await?;
    app.clock.release();
    let mut logins = staff.logins(&north).await?;
    logins.extend(elsewhere.logins(&harbor).await?);
    Ok(logins)
}

fn at_work(present: Timestamp) -> &'static str {
    let is_day =
        |place: &&&str| TimeZone::get(place).is_ok_and(|zone| (9..=16).contains(&present.to_zoned(zone).hour()));
    PLACES.iter().find(is_day).unwrap_or(&PLACES[0])
}

async fn organization(app: &Arc<App>, code: &str, name: &str, zone: &str) -> Result<Cx, Problem> {
    let new =
        Organization { id: app.clock.id(), short_code: code.to_owned(), name: name.to_owned(), zone: zone.to_owned() };
    Lobby(&app.db).add_organization(&new, app.clock.now()).await?;
    Ok(Cx::system(app, &new, "demo"))
}

/// An input as the API reads it.
fn read<T: Deserr<FieldErrors>>(fields: Value) -> Result<T, Problem> {
    parse(fields)
}
