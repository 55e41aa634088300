//! `cargo xtask race`: 64 clients add 2,000 people to 50 groups of 12 at once. Whatever happens, every group has
//! exactly its twelve, everybody else waits in a line without gaps, and nobody saw a server error.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use xtask::Outcome;
use xtask::postgres::Durability;

use crate::http::{Answer, Client};
use crate::stand::{Kind, Stand};
use crate::{Arguments, seed};

/// Callers at once.
pub const CLIENTS: usize = 64;
/// Seats of each group.
pub const SEATS: usize = 12;
/// People who want into each group.
pub const SHARE: usize = 40;
/// How often a caller tries again after 503, at most.
const TRIES: usize = 20;

/// Who is to be added where.
pub struct Plan {
    /// The ids of the groups.
    pub groups: Vec<String>,
    /// Group and person of each addition: the groups in turn.
    pub additions: Arc<[(String, String)]>,
}

/// What became of the additions.
#[derive(Debug, Default)]
pub struct Result {
    /// Position of the person and the member that was answered with.
    pub added: Vec<(usize, Value)>,
    /// Positions whose answer was never seen.
    pub unknown: Vec<usize>,
    /// 503 with `Retry-After`, each tried again.
    pub busy: usize,
    /// Anything else, which must not happen.
    pub refused: Vec<String>,
}

/// Runs the race on each database that is asked for; `--people` makes it shorter.
pub async fn run(arguments: &mut Arguments) -> Outcome {
    let kinds = Kind::chosen(arguments.value("--database")?.as_deref())?;
    let people = people(arguments)?;
    arguments.end()?;
    for kind in kinds {
        on(kind, people).await.map_err(|error| format!("{}: {error}", kind.name()))?;
    }
    Ok(())
}

/// How many people: 2,000, unless `--people` gives another multiple of [`SHARE`].
pub fn people(arguments: &mut Arguments) -> Outcome<usize> {
    let people = arguments.value("--people")?.map_or(Ok(2_000), |number| number.parse());
    match people {
        Ok(people) if people > 0 && people % SHARE == 0 => Ok(people),
        _ => Err(format!("--people must be a multiple of {SHARE}: so many want into each group")),
    }
}

async fn on(kind: Kind, people: usize) -> Outcome {
    let mut stand = Stand::new(kind, Durability::Kept).await?;
    stand.serve()?;
    let groups = people / SHARE;
    let plan = plan(&stand, groups, people, 0).await?;
    let started = Instant::now();
    let result = all(&stand, &plan).await?;
    let seconds = started.elapsed();
    expect_all_added(&plan, &result)?;
    if result.busy > 0 {
        return Err(format!("{} answers were 503", result.busy));
    }
    let (sitting, waiting) = check_groups(&stand, &plan).await?;
    if (sitting, waiting) != (groups * SEATS, people - groups * SEATS) {
        return Err(format!("{sitting} have a seat and {waiting} wait, of {people} for {groups} groups of {SEATS}"));
    }
    let verified = stand.verify_audit().await?;
    println!(
        "{}: {people} people into {groups} groups of {SEATS} by {CLIENTS} clients in {:.1} s: {sitting} have a seat, \
         {waiting} wait without gaps, no answer was an error; {verified}",
        kind.name(),
        seconds.as_secs_f64()
    );
    Ok(())
}

/// Makes groups through the API and people through the door.
pub async fn plan(stand: &Stand, groups: usize, people: usize, first: usize) -> Outcome<Plan> {
    let mut client = stand.client()?;
    let mut ids = Vec::new();
    for number in 0..groups {
        let new = json!({ "name": format!("Race {first} {number}"), "type": "therapy", "max_participants": SEATS });
        ids.push(text(&client.post("/api/groups", &new).await?.data(201)?["id"]));
    }
    let people = seed::patients(stand, first, people).await?;
    let additions = ids.iter().cycle().cloned().zip(people).collect();
    Ok(Plan { groups: ids, additions })
}

/// Adds everybody, by all clients at once.
pub async fn all(stand: &Stand, plan: &Plan) -> Outcome<Result> {
    finish(start(&stand.client()?, plan, &Arc::default())).await
}

/// Starts all clients; `next` is the position of the person who is taken up next.
pub fn start(client: &Client, plan: &Plan, next: &Arc<AtomicUsize>) -> JoinSet<Result> {
    start_with(client, plan, next, CLIENTS)
}

/// As [`start`], with so many clients.
pub fn start_with(client: &Client, plan: &Plan, next: &Arc<AtomicUsize>, clients: usize) -> JoinSet<Result> {
    let mut callers = JoinSet::new();
    for _ in 0..clients {
        callers.spawn(caller(client.another(), plan.additions.clone(), next.clone()));
    }
    callers
}

/// What became of the additions, once every client has come to its end.
pub async fn finish(mut callers: JoinSet<Result>) -> Outcome<Result> {
    let mut result = Result::default();
    while let Some(one) = callers.join_next().await {
        let one = one.map_err(|error| format!("a caller ended badly: {error}"))?;
        result.added.extend(one.added);
        result.unknown.extend(one.unknown);
        result.refused.extend(one.refused);
        result.busy += one.busy;
    }
    Ok(result)
}

/// One caller: takes the next person until nobody is left or the server is gone.
async fn caller(mut client: Client, additions: Arc<[(String, String)]>, next: Arc<AtomicUsize>) -> Result {
    let mut result = Result::default();
    loop {
        let at = next.fetch_add(1, Ordering::SeqCst);
        let Some((group, person)) = additions.get(at) else { return result };
        match add(&mut client, group, person, &mut result.busy).await {
            Ok(answer) => match answer.data(201) {
                Ok(member) => result.added.push((at, member)),
                Err(refused) => result.refused.push(refused),
            },
            Err(_) => {
                result.unknown.push(at);
                return result;
            }
        }
    }
}

/// Adds one person under a key of its own, and again while the server says that it is busy.
pub async fn add(client: &mut Client, group: &str, person: &str, busy: &mut usize) -> Outcome<Answer> {
    let path = format!("/api/groups/{group}/members");
    let body = json!({ "patient_id": person });
    for _ in 1..TRIES {
        let answer = client.post_once(&path, person, &body).await?;
        match (answer.status, answer.retry_after) {
            (503, Some(seconds)) => {
                *busy += 1;
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
            _ => return Ok(answer),
        }
    }
    client.post_once(&path, person, &body).await
}

/// Everybody was added, and nobody was refused.
pub fn expect_all_added(plan: &Plan, result: &Result) -> Outcome {
    if let Some(first) = result.refused.first() {
        return Err(format!("{} additions were refused; the first {first}", result.refused.len()));
    }
    if result.added.len() != plan.additions.len() {
        return Err(format!("{} of {} people were added", result.added.len(), plan.additions.len()));
    }
    Ok(())
}

/// Reads every group through the API: seats taken first, the line without gaps; returns how many sit and wait.
pub async fn check_groups(stand: &Stand, plan: &Plan) -> Outcome<(usize, usize)> {
    let mut client = stand.client()?;
    let (mut sitting, mut waiting) = (0, 0);
    for group in &plan.groups {
        let answer = client.get(&format!("/api/groups/{group}/members?limit=200")).await?;
        let members = answer.data(200)?;
        let (active, mut positions) = seats_and_line(&members);
        positions.sort_unstable();
        let gapless = positions.iter().zip(1..).all(|(position, wanted)| *position == wanted);
        if active > SEATS || (active < SEATS && !positions.is_empty()) || !gapless {
            return Err(format!("{group}: {active} of {SEATS} seats are taken and the line is {positions:?}"));
        }
        sitting += active;
        waiting += positions.len();
    }
    Ok((sitting, waiting))
}

fn seats_and_line(members: &Value) -> (usize, Vec<u64>) {
    let members = members.as_array().map(Vec::as_slice).unwrap_or_default();
    let active = members.iter().filter(|member| member["status"] == "active").count();
    let line = members.iter().filter(|member| member["status"] == "waitlisted");
    (active, line.map(|member| member["waitlist_position"].as_u64().unwrap_or_default()).collect())
}

/// The text of a JSON string.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
