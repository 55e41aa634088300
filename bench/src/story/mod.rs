//! `cargo xtask story`: the main job from end to end, as a clinic's own program would do it over the API. Every
//! sentence it prints was checked just before.

mod import;
mod notes;
mod roster;
mod session;

use serde_json::{Value, json};
use xtask::Outcome;
use xtask::postgres::Durability;

use crate::Arguments;
use crate::http::Client;
use crate::race::text;
use crate::stand::{CODE, Kind, Stand};

/// Who leads the group: the address and the password to sign with.
const LEADER: &str = "robin@river.example.org";
const LEADERS_PASSWORD: &str = "slow tides turn before noon";

/// Tells the story on each database that is asked for.
pub async fn run(arguments: &mut Arguments) -> Outcome {
    let kinds = Kind::chosen(arguments.value("--database")?.as_deref())?;
    arguments.end()?;
    for kind in kinds {
        println!("{}:", kind.name());
        let mut stand = Stand::new(kind, Durability::Kept).await?;
        tell(&mut stand).await.map_err(|error| format!("{}: {error}", kind.name()))?;
    }
    Ok(())
}

async fn tell(stand: &mut Stand) -> Outcome {
    stand.serve()?;
    let mut admin = stand.client()?;
    let people = import::imported(stand, &mut admin).await?;
    let (mut leader, practitioner) = leader(stand, &mut admin).await?;
    let group = roster::filled(&mut admin, &people, &practitioner).await?;
    roster::first_in_line_moves_up(&mut admin, &group).await?;
    session::planned(&mut admin, &group).await?;
    let held = session::held(&mut admin, &mut leader, &group).await?;
    notes::signed(&mut leader, &held).await?;
    notes::charted(&mut leader, &held).await?;
    println!("  {}", stand.verify_audit().await?);
    Ok(())
}

/// A therapist with a login, a token and a practitioner's profile.
async fn leader(stand: &Stand, admin: &mut Client) -> Outcome<(Client, String)> {
    let user =
        ["user", "add", "--organization", CODE, "--email", LEADER, "--name", "Robin Vale", "--role", "therapist"];
    stand.convene(&[user.as_slice(), &["--password", LEADERS_PASSWORD]].concat())?;
    let token = stand.convene(&["token", "new", "--organization", CODE, "--email", LEADER, "--label", "story"])?;
    let mut client = Client::with_token(stand.address()?, token.trim());
    let user = client.get("/api/me").await?.data(200)?["user"]["id"].take();
    let new = json!({ "given_name": "Robin", "family_name": "Vale", "credential": "LCSW", "user_id": user });
    let practitioner = text(&admin.post("/api/practitioners", &new).await?.data(201)?["id"]);
    Ok((client, practitioner))
}

/// What was found must be what was wanted.
fn expect(what: &str, found: &Value, wanted: &Value) -> Outcome {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found} instead of {wanted}")) }
}
