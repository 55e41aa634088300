//! What waits for a reviewer.

use ::rules::{
    id::{GroupId, NoteId, PractitionerId, SessionId, SiteId},
    notes::{Refusal, may_see_queue},
    permissions::Permission,
};
use ::store::Where;
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::store::{self, Tally},
    after, encounters,
};
use crate::{
    audit,
    door::{Cx, Scope},
    http::extract::FieldErrors,
    paging::{Limit, Page, cursor},
    problem::Problem,
    sessions::{
        Session,
        answers::{self, SessionView},
        led_by,
    },
};

/// A session that waits for a reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReviewView {
    /// The session; its leaders are who signed.
    pub session: SessionView,
    /// Since when it waits.
    #[schema(format = DateTime)]
    pub waiting_since: String,
    /// Notes that are signed and wait for the reviewer's signature.
    pub notes: u32,
    /// One of them: reviewing it countersigns all, returning it sends the session back.
    pub note_id: Option<NoteId>,
}

/// What the list is limited to.
#[derive(Debug, Clone, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListReviews {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// Only sessions at this site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// Only sessions of this group.
    #[deserr(default)]
    pub group_id: Option<GroupId>,
    /// Only sessions this practitioner leads.
    #[deserr(default)]
    pub facilitator_id: Option<PractitionerId>,
}

impl ListReviews {
    /// Whether anything is filtered.
    pub fn is_narrowed(&self) -> bool {
        self.site_id.is_some() || self.group_id.is_some() || self.facilitator_id.is_some()
    }
}

/// Whether the caller may review what others signed.
///
/// # Errors
/// Not flagged as a reviewer, or flagged as somebody whose own work needs review.
pub fn may_review(cx: &Cx) -> Result<(), Refusal> {
    may_see_queue(&cx.reviewer())
}

/// The sessions that wait for a reviewer, the oldest first: for a reviewer those that they neither led nor signed, for
/// others who may act on any session all of them.
///
/// # Errors
/// 403 `not_reviewer` for anybody else, 422 for a bad cursor.
pub async fn reviews(cx: &Cx, list: &ListReviews) -> Result<Page<ReviewView>, Problem> {
    cx.require(Permission::GroupEncounterNoteRead).await?;
    let reviewer = may_review(cx);
    if let Err(refusal) = reviewer.clone()
        && !cx.permissions.allows(Permission::SessionManageAny)
    {
        audit::refused(cx, refusal.code()).await?;
        return Err(refusal.into());
    }
    let is_reviewer = reviewer.is_ok();
    let limit = list.limit.unwrap_or_default().0;
    let cursor: Option<SessionId> = cursor(list.cursor.as_deref())?;
    cx.read(Permission::GroupEncounterNoteRead, |scope| {
        Box::pin(async move {
            let me = scope.cx.practitioner().filter(|_| is_reviewer);
            let filter = store::pending(Where::organization(), me)
                .and_if("site_id = ?", list.site_id.as_ref())
                .and_if("group_id = ?", list.group_id.as_ref());
            let filter = match list.facilitator_id {
                Some(leader) => led_by(filter, &[leader]),
                None => filter,
            };
            let after = after(scope, cursor).await?;
            let found = store::by_end(scope, filter, after.as_ref(), limit + 1).await?;
            let page = Page::cut(found, limit, |session| session.id);
            Ok(Page { items: views(scope, page.items).await?, next: page.next })
        })
    })
    .await
}

async fn views(scope: &mut Scope<'_>, sessions: Vec<Session>) -> Result<Vec<ReviewView>, Problem> {
    let shown = answers::sessions(scope, sessions).await?;
    let tallies = store::tallies(scope, &encounters(&shown)).await?;
    let line = |session: SessionView| {
        let tally = session.encounter_id.and_then(|id| tallies.get(&id)).cloned();
        let Tally { signed, first_signed, .. } = tally.unwrap_or_default();
        // What waits since before this was kept, waits since its last change.
        let waiting_since = session.pending_since.clone().unwrap_or_else(|| session.updated_at.clone());
        ReviewView { waiting_since, notes: signed, note_id: first_signed, session }
    };
    Ok(shown.into_iter().map(line).collect())
}
