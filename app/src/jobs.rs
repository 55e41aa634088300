//! Work that happens later: claimed by one server at a time, tried again with patience, resumed after a kill.
//!
//! A job is a row. Whoever claims it has it for a while; a server that dies keeps it no longer than that. Every job is
//! written so that doing it twice does no harm.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use rules::{
    column::Value,
    id::{JobId, OrganizationId},
};
use store::{Db, Dialect, Error, Row};
use tokio::sync::Notify;

use crate::{
    App,
    door::{Cx, Lobby, Organization},
    problem::Problem,
    roster, schedule,
};

/// How long a server has a job it claimed.
const CLAIM: SignedDuration = SignedDuration::from_mins(5);
/// How often jobs are looked for.
const LOOK: Duration = Duration::from_secs(5);
/// How long a job that failed waits at most.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

rules::vocabulary! {
    /// What is done later.
    pub enum Job {
        /// Keeps the sessions of every series made up to the horizon.
        FillSchedule = "fill_schedule",
        /// Ends the offers of seats whose deadline has passed.
        ExpireOffers = "expire_offers",
    }
}

impl Job {
    /// How long after it was done it is due again.
    const fn period(self) -> SignedDuration {
        match self {
            Self::FillSchedule => SignedDuration::from_hours(1),
            Self::ExpireOffers => SignedDuration::from_mins(1),
        }
    }

    async fn work(self, cx: &Cx) -> Result<(), Problem> {
        match self {
            Self::FillSchedule => schedule::jobs::fill(cx).await.map(drop),
            Self::ExpireOffers => roster::actions::expire_due(cx).await.map(drop),
        }
    }
}

/// A job that this server has claimed.
struct Claimed {
    id: JobId,
    organization: Organization,
    job: Job,
    attempts: u32,
}

/// Looks for jobs and does them until asked to stop. What is under way then is rolled back, and done by whoever starts
/// next.
pub async fn run(app: Arc<App>, stop: Arc<Notify>) {
    let work = async {
        loop {
            let done = async {
                ensure(&app).await?;
                run_due(&app).await
            };
            if let Err(error) = done.await {
                tracing::warn!(%error, "jobs wait: the database does not answer");
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        () = work => {}
        () = stop.notified() => {}
    }
}

/// Gives every organization the jobs that come again and again.
///
/// # Errors
/// When the database can't answer.
pub async fn ensure(app: &App) -> Result<(), Error> {
    const MISSING: &str = "select o.id from organizations o where not exists (select 1 from jobs j \
        where j.organization = o.id and j.name = $1 and j.dedupe_key = '' and j.done_at is null) order by o.id limit 500";
    const ADD: &str = "insert into jobs (id, organization, name, dedupe_key, run_at, attempts) \
        values ($1, $2, $3, '', $4, 0) on conflict (organization, name, dedupe_key) where done_at is null do nothing";
    for job in Job::ALL {
        let missing = app.db.read(None).await?.rows(MISSING, &[Value::from(job)]).await?;
        if missing.is_empty() {
            continue;
        }
        let mut tx = app.db.write(None).await?;
        for row in missing {
            let organization: OrganizationId = row.at(0)?;
            let id: JobId = app.clock.id();
            let values = [(&id).into(), (&organization).into(), job.into(), Value::Time(app.clock.now())];
            tx.run(ADD, &values).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Does every job that is due; returns how many were done.
///
/// # Errors
/// When the database can't answer. A job that fails is no error here: it waits and is tried again.
pub async fn run_due(app: &Arc<App>) -> Result<usize, Error> {
    let mut done = 0;
    while let Some(claimed) = claim(&app.db, app.clock.now()).await? {
        let cx = Cx::system(app, &claimed.organization, claimed.job.as_str());
        let outcome = claimed.job.work(&cx).await;
        settle(&app.db, &claimed, outcome.err(), app.clock.now()).await?;
        done += 1;
    }
    Ok(done)
}

/// PostgreSQL passes over what another server is claiming; SQLite has one writer.
const fn skip_locked(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => " for update skip locked",
        Dialect::Sqlite => "",
    }
}

/// Claims the job that is due longest.
async fn claim(db: &Db, now: Timestamp) -> Result<Option<Claimed>, Error> {
    const FIRST: &str = "update jobs set claimed_until = $2, attempts = attempts + 1 where id = (select id from jobs \
        where done_at is null and run_at <= $1 and (claimed_until is null or claimed_until <= $1) \
        order by run_at, id limit 1";
    const CLAIMED: &str = ") returning id, organization, name, attempts";
    let mut tx = db.write(None).await?;
    let sql = format!("{FIRST}{}{CLAIMED}", skip_locked(tx.dialect()));
    let until = now.checked_add(CLAIM).unwrap_or(now);
    let rows = tx.rows(&sql, &[Value::Time(now), Value::Time(until)]).await?;
    tx.commit().await?;
    match rows.first() {
        Some(row) => read(db, row).await,
        None => Ok(None),
    }
}

async fn read(db: &Db, row: &Row) -> Result<Option<Claimed>, Error> {
    let organization = Lobby(db).organization(row.at(1)?).await?;
    let organization = organization.ok_or_else(|| Error::Other("a job of no organization".to_owned()))?;
    Ok(Some(Claimed { id: row.at(0)?, organization, job: row.at(2)?, attempts: row.at(3)? }))
}

/// Puts the job back: for its next turn when it was done, for another try when it failed.
async fn settle(db: &Db, claimed: &Claimed, failure: Option<Problem>, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "update jobs set claimed_until = null, attempts = $1, run_at = $2, last_error = $3 where id = $4";
    let (attempts, wait, error) = match &failure {
        None => (0, claimed.job.period(), None),
        Some(problem) => (claimed.attempts, patience(claimed.attempts), Some(problem.code().to_owned())),
    };
    if let Some(problem) = failure {
        tracing::warn!(job = claimed.job.as_str(), organization = %claimed.organization.id, attempts,
            code = problem.code(), "a job failed and is tried again later");
    }
    let run_at = now.checked_add(wait).unwrap_or(now);
    let values = [Value::Int(attempts.into()), Value::Time(run_at), (&error).into(), (&claimed.id).into()];
    let mut tx = db.write(None).await?;
    tx.run(SQL, &values).await?;
    tx.commit().await
}

/// How long a job waits after so many tries: one minute, two, four … an hour at most.
fn patience(attempts: u32) -> SignedDuration {
    let minutes = 1_i64.checked_shl(attempts.saturating_sub(1).min(30)).unwrap_or(i64::MAX);
    SignedDuration::from_mins(minutes.min(60)).min(PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_doubles_up_to_an_hour() {
        let waits: Vec<i64> = [1, 2, 3, 6, 7, 99].into_iter().map(|tries| patience(tries).as_mins()).collect();
        assert_eq!(waits, [1, 2, 4, 32, 60, 60]);
    }
}
