//! A week of one site among ten thousand sessions and among a million, and the making of a year's sessions.

use std::time::Instant;

use app::door::Cx;
use app::sessions::{Encounter, Session};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde_json::json;
use store::{Db, Record, Value, Where};
use xtask::Outcome;

use super::bare::insert;
use super::load::{rate, waits};
use super::report::{Goal, Runs, Unit, others};
use super::{Bench, Spent, Wanted, cursor_after};
use crate::race::text;
use crate::seed;
use crate::stand::Stand;

/// The Monday of the week that is looked at, and the sessions in it at the site that is looked at.
const MONDAY: Date = date(2031, 3, 3);
const IN_THE_WEEK: usize = 48;
/// Sites that share all other sessions.
const SITES: usize = 20;
/// Groups whose year is made at once.
const GROUPS: usize = 1_000;
/// Weeks of a year, as far as the horizon reaches.
const WEEKS: u32 = 52;
/// Records of one statement, and groups of one transaction, as the product has them.
const GROUPS_AT_ONCE: usize = 20;

impl Bench {
    /// The week of one site, while all sessions grow from few to many.
    pub(super) async fn weeks(&mut self, stand: &Stand) -> Outcome {
        let (few, many) = if self.size.quick { (1_000, 20_000) } else { (10_000, 1_000_000) };
        let mut client = stand.client()?;
        let mut sites = Vec::with_capacity(SITES);
        for number in 0..SITES {
            let new = json!({ "name": format!("Site {number:02}"), "zone": "America/Phoenix" });
            sites.push(text(&client.post("/api/sites", &new).await?.data(201)?["id"]));
        }
        seed::sessions(stand, IN_THE_WEEK, |number| (sites[0].clone(), MONDAY, number)).await?;
        let elsewhere = |number: usize| (sites[number % SITES].clone(), another_day(number / SITES), number);
        seed::sessions(stand, few - IN_THE_WEEK, elsewhere).await?;
        let last = MONDAY.checked_add(6.days()).map_err(|error| error.to_string())?;
        let path = format!("/api/sessions?site_id={}&date_from={MONDAY}&date_to={last}&limit=50", sites[0]);
        let listed = client.get(&path).await?.data(200)?;
        if listed.as_array().map_or(0, Vec::len) != IN_THE_WEEK {
            return Err(format!("the week has not {IN_THE_WEEK} sessions: {listed}"));
        }
        let open = path.replace("/api/sessions?", "/api/sessions/available?");
        let (runs, times) = (self.size.runs, self.size.times);
        let among_few = waits(&mut client, &path, runs, times).await?;
        let open_among_few = waits(&mut client, &open, runs, times).await?;
        seed::sessions(stand, many - few, |number| elsewhere(number + few)).await?;
        stand.sealed().await?;
        let name = if self.size.quick { "of 1,000 in all" } else { "of 10,000 in all" };
        for (what, path, among_few) in
            [("a week of one site", &path, among_few), ("the open places of a week of one site", &open, open_among_few)]
        {
            let busy = others().await;
            let among_many = waits(&mut client, path, runs, times).await?;
            let work = format!("{what}, {IN_THE_WEEK} sessions of {many}");
            let wanted = Wanted { work: &work, stand, unit: Unit::Milliseconds, goal: Goal::Slower(1.5), busy };
            self.add(wanted, among_many, Some((name, among_few)));
        }
        self.weeks_at_once(stand, &path).await?;
        self.pages_of_sessions(stand).await
    }

    /// The same week, read by 16 callers.
    async fn weeks_at_once(&mut self, stand: &Stand, path: &str) -> Outcome {
        let (runs, times) = (self.size.runs, 10 * self.size.times);
        let busy = others().await;
        let spent = Spent::since_now(stand)?;
        let ours = rate(&stand.client()?, path, 16, runs, times).await?;
        let spent = spent.each(stand, runs * times)?;
        let work = format!("weeks of one site, {IN_THE_WEEK} sessions, read by 16 callers");
        let wanted = Wanted { work: &work, stand, unit: Unit::PerSecond, goal: Goal::Faster(20.0), busy };
        let best = "the best other system measured (Medplum 5, two processes)";
        self.add(wanted, ours, Some((best, Runs::new(vec![372.0]))));
        self.with_processor_time(spent);
        Ok(())
    }

    /// The thousandth page of all sessions against the first.
    async fn pages_of_sessions(&mut self, stand: &Stand) -> Outcome {
        let (runs, times) = (self.size.runs, self.size.times);
        let limit = if self.size.quick { 10 } else { 50 };
        let mut client = stand.client()?;
        let first = format!("/api/sessions?limit={limit}");
        let far = format!("{first}&cursor={}", cursor_after(stand, "sessions", limit * 1_000).await?);
        let busy = others().await;
        let near = waits(&mut client, &first, runs, times).await?;
        let far = waits(&mut client, &far, runs, times).await?;
        let work = format!("the thousandth page of sessions, {limit} rows");
        let wanted = Wanted { work: &work, stand, unit: Unit::Milliseconds, goal: Goal::Slower(1.25), busy };
        self.add(wanted, far, Some(("the first page", near)));
        Ok(())
    }

    /// A year of weekly sessions of many groups, against the same rows in bulk.
    pub(super) async fn year(&mut self, stand: &Stand) -> Outcome {
        let (groups, weeks) = if self.size.quick { (GROUPS / 25, WEEKS) } else { (GROUPS, WEEKS) };
        let (cx, db) = (stand.cx().await?, stand.database().await?);
        // Groups of earlier measurements reach as far.
        horizon(stand, weeks).await?;
        fill(&cx).await?;
        let busy = others().await;
        let (mut ours, mut bulk, mut idle) = (Vec::new(), Vec::new(), Vec::new());
        for run in 0..self.size.runs {
            let ids = meeting_groups(stand, groups, 800_000 + GROUPS * run).await?;
            horizon(stand, weeks).await?;
            ours.push(filled(&cx, groups).await?);
            idle.push(filled(&cx, 0).await?);
            let (sessions, encounters) = made(&cx, &ids).await?;
            bulk.push(inserted(&db, stand, sessions, encounters).await?);
        }
        let work = format!("{weeks} weeks of sessions for {groups} groups");
        let wanted = Wanted { work: &work, stand, unit: Unit::Milliseconds, goal: Goal::Slower(2.0), busy };
        self.add(wanted, Runs::new(ours), Some(("the same rows inserted in bulk", Runs::new(bulk))));
        let work = "the same again, with nothing to do";
        let wanted = Wanted { work, stand, unit: Unit::Milliseconds, goal: Goal::Most(0.01), busy };
        self.add(wanted, Runs::new(idle), None);
        horizon(stand, 8).await
    }
}

/// Ten years around the week, never in it.
fn another_day(number: usize) -> Date {
    let days = i64::try_from(number % 3_640).unwrap_or_default() - 1_820;
    let days = if (0..7).contains(&days) { days + 7 } else { days };
    MONDAY.checked_add(days.days()).unwrap_or(MONDAY)
}

/// How far sessions are made.
async fn horizon(stand: &Stand, weeks: u32) -> Outcome {
    let change = json!({ "schedule_horizon_weeks": weeks }).to_string();
    stand.client()?.send("PATCH", "/api/settings", "", change.as_bytes()).await?.data(200).map(drop)
}

/// Groups that meet weekly, with the sessions of one week.
async fn meeting_groups(stand: &Stand, count: usize, first: usize) -> Outcome<Vec<String>> {
    horizon(stand, 1).await?;
    let ids = seed::groups(stand, first, count).await?;
    meet_weekly(stand, &ids).await?;
    Ok(ids)
}

/// Has these groups meet every week from now on.
pub async fn meet_weekly(stand: &Stand, groups: &[String]) -> Outcome {
    let mut client = stand.client()?;
    for (at, group) in groups.iter().enumerate() {
        let start = format!("2026-01-{:02}T{:02}:00", 5 + at % 5, 8 + at % 9);
        let rule = json!({ "start": start, "rrule": "FREQ=WEEKLY" }).to_string();
        client.send("PUT", &format!("/api/groups/{group}/recurrence"), "", rule.as_bytes()).await?.data(200)?;
    }
    Ok(())
}

/// Makes what is missing, and says for how many groups.
async fn fill(cx: &Cx) -> Outcome<usize> {
    app::schedule::jobs::fill(cx).await.map_err(|problem| problem.detail().to_owned())
}

/// The time it takes to make what is missing, for so many groups.
async fn filled(cx: &Cx, groups: usize) -> Outcome<f64> {
    let began = Instant::now();
    let count = fill(cx).await?;
    let took = began.elapsed().as_secs_f64();
    if count == groups { Ok(took) } else { Err(format!("{count} groups were behind, not {groups}")) }
}

/// What was made for these groups, as rows that are new again.
async fn made(cx: &Cx, groups: &[String]) -> Outcome<(Vec<Session>, Vec<Encounter>)> {
    let clock = &cx.app.clock;
    let found = cx.read_as_oneself(|scope| {
        Box::pin(async move {
            let mut sessions = Vec::new();
            for group in groups {
                let filter = Where::organization().and("group_id = ?", group.as_str());
                sessions.extend(scope.filter::<Session>(&filter, "local_date, starts_at, id", 1_000).await?);
            }
            Ok(sessions)
        })
    });
    let found = found.await.map_err(|problem| problem.detail().to_owned())?;
    let again = |session: Session| Session {
        id: clock.id(),
        session_number: format!("BULK-{}", session.session_number),
        recurrence_id: session.recurrence_id.map(|start| format!("bulk {start}")),
        ..session
    };
    let sessions: Vec<Session> = found.into_iter().map(again).collect();
    let encounter = |session: &Session| Encounter {
        id: clock.id(),
        session_id: session.id,
        subject_type: app::sessions::SubjectType::Group,
        group_id: session.group_id,
        patient_id: None,
        status: app::sessions::EncounterStatus::Planned,
        version: 1,
        created_by_user: session.created_by_user,
        created_at: session.created_at,
        updated_at: session.updated_at,
    };
    let encounters = sessions.iter().map(encounter).collect();
    Ok((sessions, encounters))
}

/// The time it takes to insert these rows, as many in a transaction as the product has; they are taken away again.
async fn inserted(db: &Db, stand: &Stand, sessions: Vec<Session>, encounters: Vec<Encounter>) -> Outcome<f64> {
    let organization = stand.organization.id.to_string();
    let at_once = GROUPS_AT_ONCE * WEEKS as usize;
    let began = Instant::now();
    let work = async {
        for (sessions, encounters) in sessions.chunks(at_once).zip(encounters.chunks(at_once)) {
            let mut tx = db.write(Some(&organization)).await?;
            insert(&mut tx, &organization, sessions).await?;
            insert(&mut tx, &organization, encounters).await?;
            tx.commit().await?;
        }
        Ok::<_, store::Error>(())
    };
    work.await.map_err(|error| format!("the bulk rows: {error}"))?;
    let took = began.elapsed().as_secs_f64();
    let clean = async {
        let mut tx = db.write(Some(&organization)).await?;
        for (table, ids) in [("encounters", ids(&encounters)), ("sessions", ids(&sessions))] {
            for ids in ids.chunks(500) {
                let filter = Where::organization().and_in("id", ids.iter().cloned());
                let arguments = [vec![Value::Text(organization.clone())], filter.arguments().to_vec()].concat();
                tx.run(&format!("delete from {table} where {}", filter.sql()), &arguments).await?;
            }
        }
        tx.commit().await
    };
    clean.await.map_err(|error| format!("the bulk rows, taken away: {error}"))?;
    Ok(took)
}

fn ids<R: Record>(records: &[R]) -> Vec<Value> {
    records.iter().map(|record| Value::Text(record.id().to_string())).collect()
}
