//! `cargo xtask crash`: the server is killed in the middle of the race, again and again. What it acknowledged is
//! there afterwards, what it did not acknowledge is there whole or not at all, and may simply be sent again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use store::Db;
use xtask::Outcome;
use xtask::postgres::Durability;

use crate::Arguments;
use crate::race::{self, Plan, Result, SHARE, text};
use crate::stand::{Kind, Stand};

/// Runs `--rounds` rounds, 20 unless given, of `--people` people on each database that is asked for.
pub async fn run(arguments: &mut Arguments) -> Outcome {
    let kinds = Kind::chosen(arguments.value("--database")?.as_deref())?;
    let rounds = arguments.value("--rounds")?.map_or(Ok(20), |number| number.parse());
    let rounds: usize = rounds.map_err(|error| format!("--rounds: {error}"))?;
    let people = race::people(arguments)?;
    arguments.end()?;
    for kind in kinds {
        let mut stand = Stand::new(kind, Durability::Kept).await?;
        stand.serve()?;
        let mut totals = Totals::default();
        for round in 0..rounds {
            let told = killed(&mut stand, round, people, &mut totals).await;
            told.map_err(|error| format!("{}, round {round}: {error}", kind.name()))?;
        }
        let verified = stand.verify_audit().await?;
        println!(
            "{}: killed {rounds} times with {} additions acknowledged and {} under way, of which {} were there; every \
             acknowledged one was there, nothing was half there, all went through when sent again; {verified}",
            kind.name(),
            totals.acknowledged,
            totals.unknown,
            totals.kept
        );
        if kind == Kind::Postgres {
            database_restarted(&mut stand, rounds, people).await?;
        }
    }
    Ok(())
}

#[derive(Default)]
struct Totals {
    acknowledged: usize,
    unknown: usize,
    kept: usize,
}

/// One round: race, kill, look, send again, look.
async fn killed(stand: &mut Stand, round: usize, people: usize, totals: &mut Totals) -> Outcome {
    let plan = race::plan(stand, people / SHARE, people, round * people).await?;
    let result = kill_at(stand, &plan, moment(round, people)).await?;
    if let Some(first) = result.refused.first() {
        return Err(format!("before the kill, {} additions were refused; the first {first}", result.refused.len()));
    }
    stand.serve()?;
    let db = stand.database().await?;
    let now = written(stand, &db).await?;
    every_acknowledged_one_is_there(&result, &now.stints)?;
    nothing_is_half_there(&now)?;
    race::check_groups(stand, &plan).await?;
    let there = now.members_of_people();
    totals.acknowledged += result.added.len();
    totals.unknown += result.unknown.len();
    totals.kept += result.unknown.iter().filter(|at| there.contains_key(plan.additions[**at].1.as_str())).count();
    send_again(stand, &missing(&plan, &result), &there).await?;
    let (sitting, waiting) = race::check_groups(stand, &plan).await?;
    if sitting + waiting != people {
        return Err(format!("{sitting} have a seat and {waiting} wait, of {people}"));
    }
    nothing_is_half_there(&written(stand, &db).await?)
}

/// After how many of the people a round kills: early, late and between, the same in every run.
fn moment(round: usize, people: usize) -> usize {
    1 + (round * 1_181 + people / 2) % (people - 2)
}

/// Starts the race and kills the server when so many people were taken up.
async fn kill_at(stand: &mut Stand, plan: &Plan, at: usize) -> Outcome<Result> {
    let next = Arc::new(AtomicUsize::new(0));
    let callers = race::start(&stand.client()?, plan, &next);
    while next.load(Ordering::SeqCst) < at {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stand.kill()?;
    race::finish(callers).await
}

/// A stint as the database has it.
struct Stint {
    member: String,
    person: String,
    status: String,
}

/// Everything that the additions wrote, at one moment.
struct Written {
    stints: Vec<Stint>,
    /// The member of each event, and of each audit entry, sealed or not.
    events: Vec<String>,
    entries: Vec<String>,
}

impl Written {
    /// The stint of each person who has one.
    fn members_of_people(&self) -> BTreeMap<&str, &str> {
        self.stints.iter().map(|stint| (stint.person.as_str(), stint.member.as_str())).collect()
    }
}

async fn written(stand: &Stand, db: &Db) -> Outcome<Written> {
    const STINTS: &str = "select id, patient_id, status from group_members where organization_id = $1 order by id";
    const EVENTS: &str = "select subject from events where organization_id = $1 \
        and name in ('member.added', 'member.waitlisted') order by id";
    const SEALED: &str = "select subject from audit_log where organization_id = $1 \
        and action in ('member.added', 'member.waitlisted') order by sequence";
    const PENDING: &str = "select entry from audit_pending where organization_id = $1 order by id";
    let answers = stand.snapshot(db, &[STINTS, EVENTS, SEALED, PENDING]).await?;
    let texts = |at: usize| answers[at].iter().map(|row| row.at::<String>(0)).collect::<Vec<_>>();
    let stint = |row: &store::Row| Ok(Stint { member: row.at(0)?, person: row.at(1)?, status: row.at(2)? });
    let failed = |error: store::Error| error.to_string();
    let stints = answers[0].iter().map(stint).collect::<std::result::Result<_, _>>().map_err(failed)?;
    let events = texts(1).into_iter().collect::<std::result::Result<_, _>>().map_err(failed)?;
    let mut entries: Vec<String> = texts(2).into_iter().collect::<std::result::Result<_, _>>().map_err(failed)?;
    for entry in texts(3) {
        let entry: serde_json::Value =
            serde_json::from_str(&entry.map_err(failed)?).map_err(|error| error.to_string())?;
        if entry["action"] == "member.added" || entry["action"] == "member.waitlisted" {
            entries.push(text(&entry["subject"]));
        }
    }
    Ok(Written { stints, events, entries })
}

/// The same member, with the same seat or place: nothing else happened to these groups.
fn every_acknowledged_one_is_there(result: &Result, there: &[Stint]) -> Outcome {
    let there: BTreeSet<(&str, &str, &str)> =
        there.iter().map(|stint| (stint.member.as_str(), stint.person.as_str(), stint.status.as_str())).collect();
    let told = |member: &serde_json::Value| [&member["id"], &member["patient_id"], &member["status"]].map(text);
    let lost = result
        .added
        .iter()
        .map(|(_, member)| told(member))
        .find(|[member, person, status]| !there.contains(&(member.as_str(), person.as_str(), status.as_str())));
    lost.map_or(Ok(()), |lost| Err(format!("acknowledged and lost: {}", lost.join(" "))))
}

/// Every stint has its event and its audit entry, and there are no others; nobody is twice in a group.
fn nothing_is_half_there(written: &Written) -> Outcome {
    let members: BTreeSet<&str> = written.stints.iter().map(|stint| stint.member.as_str()).collect();
    let people: BTreeSet<&str> = written.stints.iter().map(|stint| stint.person.as_str()).collect();
    if people.len() != written.stints.len() {
        return Err(format!("{} people have {} stints", people.len(), written.stints.len()));
    }
    for (what, told) in [("events", &written.events), ("audit entries", &written.entries)] {
        let known: BTreeSet<&str> = told.iter().map(String::as_str).collect();
        if known != members || told.len() != members.len() {
            return Err(format!("{} stints, and {} {what} of {} members", members.len(), told.len(), known.len()));
        }
    }
    Ok(())
}

/// What was not acknowledged: under way, or never begun.
fn missing(plan: &Plan, result: &Result) -> Plan {
    let added: BTreeSet<usize> = result.added.iter().map(|(at, _)| *at).collect();
    let left = (0..plan.additions.len()).filter(|at| !added.contains(at)).map(|at| plan.additions[at].clone());
    Plan { groups: plan.groups.clone(), additions: left.collect() }
}

/// Sends additions again, under the same keys: who is there already gets the answer of then.
async fn send_again(stand: &Stand, missing: &Plan, there: &BTreeMap<&str, &str>) -> Outcome {
    let result = race::all(stand, missing).await?;
    race::expect_all_added(missing, &result)?;
    for (at, member) in &result.added {
        let (_, person) = &missing.additions[*at];
        if there.get(person.as_str()).is_some_and(|known| *known != text(&member["id"])) {
            return Err(format!("{person} was there, and the repeated request added another stint"));
        }
    }
    Ok(())
}

/// PostgreSQL itself is ended as by a power cut, in the middle of the race: callers see 503 and go on by themselves.
async fn database_restarted(stand: &mut Stand, round: usize, people: usize) -> Outcome {
    let plan = race::plan(stand, people / SHARE, people, round * people).await?;
    let next = Arc::new(AtomicUsize::new(0));
    let callers = race::start(&stand.client()?, &plan, &next);
    while next.load(Ordering::SeqCst) < people / 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stand.postgres().ok_or("this stand has no PostgreSQL")?.restart_hard()?;
    let result = race::finish(callers).await?;
    race::expect_all_added(&plan, &result)?;
    let db = stand.database().await?;
    let now = written(stand, &db).await?;
    every_acknowledged_one_is_there(&result, &now.stints)?;
    nothing_is_half_there(&now)?;
    let (sitting, waiting) = race::check_groups(stand, &plan).await?;
    let verified = stand.verify_audit().await?;
    println!(
        "PostgreSQL restarted in the middle of {} additions: {} answers were 503 and were sent again, none was another \
         error; {sitting} have a seat, {waiting} wait; {verified}",
        plan.additions.len(),
        result.busy
    );
    Ok(())
}
