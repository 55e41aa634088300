//! A session's roster as it is looked at live.

use std::collections::BTreeMap;

use ::rules::{
    id::{SessionId, UserId},
    permissions::Permission,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::{
    answers::{self, ParticipantView, SessionView},
    store::{self, Session},
};
use crate::{
    door::{Cx, Scope},
    problem::Problem,
};

/// Somebody who has the roster open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ViewerView {
    /// The user.
    pub user_id: UserId,
    /// How the user is shown.
    pub name: String,
}

/// A session, everybody in it, and who looks on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RosterView {
    /// The session.
    pub session: SessionView,
    /// Everybody in it, by name.
    pub participants: Vec<ParticipantView>,
    /// Who has the roster open, each once, by name.
    pub viewers: Vec<ViewerView>,
}

/// The roster, recorded as read: for who opens it.
///
/// # Errors
/// 403, 404.
pub async fn roster(cx: &Cx, id: SessionId) -> Result<RosterView, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            scope.record_reading("participants", id);
            whole(scope, id).await
        })
    })
    .await
}

/// The roster as it stands now, for who has opened it already.
///
/// # Errors
/// 403, 404.
pub async fn roster_again(cx: &Cx, id: SessionId) -> Result<RosterView, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| Box::pin(async move { whole(scope, id).await })).await
}

async fn whole(scope: &mut Scope<'_>, id: SessionId) -> Result<RosterView, Problem> {
    let session: Session = scope.get(id).await?;
    let found = store::of_session(scope, id).await?;
    let mut participants = answers::participants(scope, &BTreeMap::from([(id, &session)]), found).await?;
    participants.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    let viewers = seen(scope, id).await?;
    Ok(RosterView { session: answers::session(scope, session).await?, participants, viewers })
}

/// Who has the roster open.
///
/// # Errors
/// 403.
pub async fn viewers(cx: &Cx, id: SessionId) -> Result<Vec<ViewerView>, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| Box::pin(async move { seen(scope, id).await })).await
}

async fn seen(scope: &mut Scope<'_>, id: SessionId) -> Result<Vec<ViewerView>, Problem> {
    let viewers = store::viewers(scope, id).await?;
    Ok(viewers.into_iter().map(|(user_id, name)| ViewerView { user_id, name }).collect())
}
