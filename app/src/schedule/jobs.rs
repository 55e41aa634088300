//! Keeping the horizon filled.

use ::rules::{id::GroupId, permissions::Permission};

use super::{
    plan::{self, Reach},
    store,
};
use crate::{door::Cx, events::SessionEvent, groups, problem::Problem};

/// Groups filled in one transaction: what is done is kept, however it ends.
const BATCH: usize = 20;

/// Makes the sessions of every running group up to the horizon; returns how many groups were behind. When none is,
/// that is one question and nothing is written.
///
/// # Errors
/// When the database can't answer; what was done until then stays.
pub async fn fill(cx: &Cx) -> Result<usize, Problem> {
    let mut filled = 0;
    loop {
        let due = cx
            .read(Permission::SessionSchedule, |scope| {
                Box::pin(async move {
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
            let until = plan::horizon(scope).await?;
            // Every row is locked before the first is worked on, in one order for all servers.
            let mut locked = Vec::with_capacity(due.len());
            for id in due {
                locked.push(groups::lock(scope, *id).await?);
            }
            let mut done = Vec::with_capacity(due.len());
            for group in &locked {
                let parts = store::parts(scope, group.id).await?;
                let plan = plan::plan(scope, group, &parts, until, Reach::Dates).await?;
                plan::carry_out(scope, group, plan).await?;
                done.extend(parts.iter().map(|part| part.id));
            }
            store::filled(scope, &done, until).await?;
            scope.emit(SessionEvent::SeriesFilled { organization: scope.cx.organization.id, groups: done.len() });
            Ok(())
        })
    })
    .await
}
