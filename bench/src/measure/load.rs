//! How long one caller waits, and how much many callers get done.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::task::JoinSet;
use xtask::Outcome;

use super::report::Runs;
use crate::http::Client;

/// The median time of `times` requests for a path, once for each run; the first few are not counted.
pub async fn waits(client: &mut Client, path: &str, runs: usize, times: usize) -> Outcome<Runs> {
    let mut medians = Vec::new();
    for _ in 0..5 {
        client.get(path).await?.data(200)?;
    }
    for _ in 0..runs {
        let mut each = Vec::with_capacity(times);
        for _ in 0..times {
            let began = Instant::now();
            let answer = client.get(path).await?;
            each.push(began.elapsed().as_secs_f64());
            if answer.status != 200 {
                answer.data(200)?;
            }
        }
        medians.push(Runs::new(each).median());
    }
    Ok(Runs::new(medians))
}

/// Requests for a path that so many callers get answered in a second, once for each run.
pub async fn rate(client: &Client, path: &str, callers: usize, runs: usize, times: usize) -> Outcome<Runs> {
    let mut rates = Vec::new();
    for _ in 0..runs {
        let left = Arc::new(AtomicUsize::new(times));
        let mut tasks = JoinSet::new();
        let began = Instant::now();
        for _ in 0..callers {
            let (mut client, left, path) = (client.another(), left.clone(), path.to_owned());
            tasks.spawn(async move {
                while take(&left) {
                    let answer = client.get(&path).await?;
                    if answer.status != 200 {
                        answer.data(200)?;
                    }
                }
                Ok(())
            });
        }
        all(tasks).await?;
        rates.push(per_second(times, began));
    }
    Ok(Runs::new(rates))
}

/// Waits for every task; the first failure is the outcome.
pub async fn all(mut tasks: JoinSet<Outcome>) -> Outcome {
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|error| format!("a caller ended badly: {error}"))??;
    }
    Ok(())
}

/// Takes one of what is left; false when nothing is.
pub fn take(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

/// So many since then, as a rate.
pub fn per_second(times: usize, since: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of thousands")]
    let times = times as f64;
    times / since.elapsed().as_secs_f64()
}
