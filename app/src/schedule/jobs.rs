//! Keeping the horizon filled.

use ::rules::{id::GroupId, permissions::Permission};

use super::{filling, plan, store};
use crate::{door::Cx, problem::Problem, settings::settings};

/// Groups filled in one transaction: what is done is kept, however it ends.
const BATCH: usize = 20;

/// Makes the sessions of every running group up to the horizon; returns how many groups were behind. When none is,
/// that is one question and nothing is written; while the organization runs no group sessions, nothing is made.
///
/// # Errors
/// When the database can't answer; what was done until then stays.
pub async fn fill(cx: &Cx) -> Result<usize, Problem> {
    let mut filled = 0;
    loop {
        let due = cx
            .read(Permission::SessionSchedule, |scope| {
                Box::pin(async move {
                    if !settings(scope).await?.use_group_sessions {
                        return Ok(Vec::new());
                    }
                    let until = plan::horizon(scope).await?;
                    Ok(store::due(scope, until, BATCH).await?)
                })
            })
            .await?;
        if due.is_empty() {
            return Ok(filled);
        }
        filled += due.len();
        fill_these(cx, &due).await?;
    }
}

async fn fill_these(cx: &Cx, due: &[GroupId]) -> Result<(), Problem> {
    let mut due = due.to_vec();
    due.sort_unstable();
    let due = &due;
    cx.write(Permission::SessionSchedule, |scope| {
        Box::pin(async move {
            filling::fill(scope, due).await?;
            Ok(())
        })
    })
    .await
}
