//! People by the thousand, through the door of the product in this process: as true as the API's, and faster.

use app::clock::Clock;
use app::door::Scope;
use app::events::SessionEvent;
use app::groups::Group;
use app::groups::actions::{from_input, save_new};
use app::http::extract::parse;
use app::people::Guest;
use app::people::actions::patients::{NewPatient, create};
use app::problem::Problem;
use app::sessions::{
    Session,
    making::{blank, make},
};
use jiff::{SignedDuration, civil::Date};
use rules::id::kind;
use rules::recurrence::Zone;
use rules::sessions::ParticipantSource;
use rules::text::Name;
use serde_json::json;
use xtask::Outcome;

use crate::stand::Stand;

const GIVEN: [&str; 20] = [
    "Ada", "Bela", "Chidi", "Dora", "Emre", "Farid", "Greta", "Hana", "Ines", "Jonas", "Kofi", "Lena", "Mateo",
    "Nadia", "Oskar", "Priya", "Quinn", "Rosa", "Samir", "Tala",
];
const FAMILY: [&str; 25] = [
    "Abara",
    "Berg",
    "Castillo",
    "Dimitrov",
    "Eriksen",
    "Fontaine",
    "Garza",
    "Haddad",
    "Ito",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Novak",
    "Okafor",
    "Petrov",
    "Quiroga",
    "Rossi",
    "Sato",
    "Tanaka",
    "Ueda",
    "Varga",
    "Weber",
    "Yilmaz",
    "Zhang",
];
/// Patients in one transaction.
const AT_ONCE: usize = 250;

/// Registers patients numbered from `first`, and returns their ids in that order.
pub async fn patients(stand: &Stand, first: usize, count: usize) -> Outcome<Vec<String>> {
    let cx = stand.cx().await?;
    let mut ids = Vec::with_capacity(count);
    let numbers: Vec<usize> = (first..first + count).collect();
    for numbers in numbers.chunks(AT_ONCE) {
        let added = cx.write_as_oneself(|scope| {
            Box::pin(async move {
                let mut ids = Vec::new();
                for number in numbers {
                    ids.push(create(scope, &patient(*number)?).await?.id.to_string());
                }
                Ok(ids)
            })
        });
        ids.extend(added.await.map_err(|problem| format!("no patients: {}", problem.detail()))?);
    }
    Ok(ids)
}

/// The patient with this number: names repeat as they do in a town, the record number does not.
fn patient(number: usize) -> Result<NewPatient, Problem> {
    let family = FAMILY[number / GIVEN.len() % FAMILY.len()];
    parse(json!({
        "mrn": format!("M{number:08}"),
        "given_name": GIVEN[number % GIVEN.len()],
        "family_name": format!("{family}{}", letters(number / (GIVEN.len() * FAMILY.len()))),
        "birth_date": format!("{}-{:02}-{:02}", 1950 + number % 60, 1 + number % 12, 1 + number % 28),
    }))
}

/// Makes groups of 12 numbered from `first`, and returns their ids in that order: the order of their names.
pub async fn groups(stand: &Stand, first: usize, count: usize) -> Outcome<Vec<String>> {
    let cx = stand.cx().await?;
    let numbers: Vec<usize> = (first..first + count).collect();
    let mut ids = Vec::with_capacity(count);
    for numbers in numbers.chunks(AT_ONCE) {
        let made = cx.write_as_oneself(|scope| {
            Box::pin(async move {
                let mut ids = Vec::new();
                for number in numbers {
                    let group = group(scope, *number)?;
                    save_new(scope, &[(group.clone(), &[])]).await?;
                    ids.push(group.id.to_string());
                }
                Ok(ids)
            })
        });
        ids.extend(made.await.map_err(|problem| format!("no groups: {}", problem.detail()))?);
    }
    Ok(ids)
}

fn group(scope: &Scope<'_>, number: usize) -> Result<Group, Problem> {
    let new = json!({ "name": format!("Group {number:06}"), "type": "therapy", "max_participants": 12 });
    Ok(from_input(scope, &parse(new)?))
}

/// Makes sessions of an hour, from the third in the clinic's morning on: `place` says for each number at which site,
/// on which day and as which of the day.
pub async fn sessions(stand: &Stand, count: usize, place: impl Fn(usize) -> (String, Date, usize)) -> Outcome {
    let cx = stand.cx().await?;
    let numbers: Vec<usize> = (0..count).collect();
    for numbers in numbers.chunks(2_000) {
        let places: Vec<(String, Date, usize)> = numbers.iter().map(|number| place(*number)).collect();
        let places = &places;
        let made = cx.write_as_oneself(|scope| {
            Box::pin(async move {
                let sessions = places.iter().map(|place| session(scope, place)).collect::<Result<Vec<_>, _>>()?;
                let made = make(scope, sessions, &[], &[], ParticipantSource::Roster).await?;
                made.iter()
                    .take(1)
                    .for_each(|one| scope.emit(SessionEvent::Scheduled { session: one.id, group: None }));
                Ok(made.len())
            })
        });
        made.await.map_err(|problem| format!("no sessions: {}", problem.detail()))?;
    }
    Ok(())
}

fn session(scope: &Scope<'_>, (site, day, number): &(String, Date, usize)) -> Result<Session, Problem> {
    let failed = |error: &dyn std::fmt::Display| Problem::internal(&error.to_string());
    let title = Name::parse("Coping skills").map_err(|error| failed(&error))?;
    let zone = Zone::parse("America/Phoenix").map_err(|error| failed(&error))?;
    let mut session = blank(scope, None, title, zone, 12);
    session.site_id = Some(site.parse().map_err(|_| failed(&"no id of a site"))?);
    let hour = i8::try_from(8 + number % 10).unwrap_or(8);
    let start = session.zone.first_instant(day.at(hour, 0, 0, 0)).ok_or_else(|| failed(&"no such time"))?.timestamp();
    let end = start.checked_add(SignedDuration::from_hours(1)).map_err(|error| failed(&error))?;
    session.set_times(start, end);
    Ok(session)
}

/// A guest who is nobody in particular.
pub fn guest(clock: &Clock) -> Result<Guest, Problem> {
    let now = clock.now();
    let shown = json!({
        "id": clock.id::<kind::Guest>(), "display_name": "Sam, a neighbour", "contact": {}, "notes": "",
        "is_active": true, "version": 1, "created_at": now, "updated_at": now,
    });
    serde_json::from_value(shown).map_err(|error| Problem::internal(&error))
}

/// A number as letters: nothing for 0, so that the first names are plain.
fn letters(mut number: usize) -> String {
    let mut text = String::new();
    while number > 0 {
        text.push(char::from(b'a' + u8::try_from(number % 26).unwrap_or_default()));
        number /= 26;
    }
    text
}
