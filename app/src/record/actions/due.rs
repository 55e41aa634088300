//! Sessions whose time is over and that are not documented, each with its deadline.

use std::collections::BTreeSet;

use ::rules::{
    id::{GroupId, PractitionerId, SessionId, SiteId},
    notes::{Undone, due_at, undone},
    permissions::Permission,
};
use ::store::Where;
use deserr::Deserr;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::store::{self, Tally},
    after, encounters,
};
use crate::{
    door::{Cx, Scope},
    http::extract::{FieldErrors, Truth},
    paging::{Limit, Page, cursor},
    problem::Problem,
    sessions::{
        Session,
        answers::{self, SessionView},
        led_by,
    },
    settings::settings,
};

::rules::vocabulary! {
    /// Whose sessions a list shows.
    pub enum Whose {
        /// Those one leads.
        Mine = "mine",
        /// Everybody's: for who may act on any session.
        All = "all",
    }
}

/// A session that is over and not documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DueView {
    /// The session.
    pub session: SessionView,
    /// What is still to be done.
    pub undone: Undone,
    /// Until when its notes are to be signed.
    #[schema(format = DateTime)]
    pub due_at: String,
    /// That time is over.
    pub is_overdue: bool,
    /// Notes that are signed.
    pub signed_notes: u32,
    /// Notes that are being written.
    pub drafts: u32,
    /// Notes among these that a reviewer has sent back.
    pub returned_notes: u32,
    /// What the reviewer said of the first of these; null when nothing was sent back.
    pub return_comment: Option<String>,
    /// The printed name of that reviewer.
    pub returned_by_name: Option<String>,
    /// When they sent it back.
    #[schema(format = DateTime)]
    pub returned_at: Option<String>,
}

/// What the list is limited to.
#[derive(Debug, Clone, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListDue {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// Whose: the caller's own unless given; everybody's need `session.manage_any`.
    #[deserr(default)]
    pub whose: Option<Whose>,
    /// Only those of which this is still to be done.
    #[deserr(default)]
    pub undone: Option<Undone>,
    /// Only those whose time is over.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    pub overdue: Option<Truth>,
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

impl ListDue {
    /// Whether anything is filtered, whose they are apart.
    pub fn is_narrowed(&self) -> bool {
        let places = self.site_id.is_some() || self.group_id.is_some() || self.facilitator_id.is_some();
        self.undone.is_some() || self.overdue.is_some() || places
    }

    fn filter(&self, now: Timestamp, hours: u32) -> Where {
        let filter = store::undone(Where::organization(), now)
            .and_if("site_id = ?", self.site_id.as_ref())
            .and_if("group_id = ?", self.group_id.as_ref());
        let filter = match self.undone {
            Some(Undone::NotStarted) => filter.and_always("status = 'scheduled'"),
            Some(Undone::NotEnded) => filter.and_always("status = 'in_progress' and actual_end is null"),
            Some(Undone::Unsigned) => filter.and_always("status = 'in_progress' and actual_end is not null"),
            None => filter,
        };
        match self.overdue.map(|overdue| overdue.0) {
            Some(true) => overdue(filter, now, hours),
            Some(false) => filter.and("coalesce(actual_end, ends_at) > ?", ended_before(now, hours)),
            None => filter,
        }
    }
}

/// Limits sessions to those whose notes are overdue.
fn overdue(filter: Where, now: Timestamp, hours: u32) -> Where {
    filter.and("coalesce(actual_end, ends_at) <= ?", ended_before(now, hours))
}

/// Limits sessions to those whose notes are overdue or were sent back: what presses.
pub(super) fn pressing(filter: Where, now: Timestamp, hours: u32) -> Where {
    let sql = format!("(coalesce(actual_end, ends_at) <= ? or {})", store::RETURNED);
    filter.and(&sql, ended_before(now, hours))
}

fn ended_before(now: Timestamp, hours: u32) -> ::rules::column::Value {
    ::rules::column::Value::Time(now.checked_sub(SignedDuration::from_hours(hours.into())).unwrap_or(Timestamp::MIN))
}

/// Whether the caller may see everybody's.
pub fn may_see_all(cx: &Cx) -> bool {
    cx.permissions.allows(Permission::SessionManageAny)
}

/// The sessions that are over and not documented: first those with notes that were sent back, then the rest, each the
/// oldest first.
///
/// # Errors
/// 403 for everybody's without `session.manage_any`, 422 for a bad cursor.
pub async fn due(cx: &Cx, list: &ListDue) -> Result<Page<DueView>, Problem> {
    let all = list.whose == Some(Whose::All);
    if all {
        cx.require(Permission::SessionManageAny).await?;
    }
    let limit = list.limit.unwrap_or_default().0;
    let cursor: Option<SessionId> = cursor(list.cursor.as_deref())?;
    cx.read(Permission::GroupEncounterNoteRead, |scope| {
        Box::pin(async move {
            let hours = settings(scope).await?.note_due_hours;
            let mut filter = list.filter(scope.now(), hours);
            if !all {
                let Some(me) = scope.cx.practitioner() else { return Ok(Page { items: Vec::new(), next: None }) };
                filter = led_by(filter, &[me]);
            }
            if let Some(leader) = list.facilitator_id {
                filter = led_by(filter, &[leader]);
            }
            let found = returned_first(scope, &filter, cursor, limit + 1).await?;
            let page = Page::cut(found, limit, |session| session.id);
            Ok(Page { items: views(scope, page.items, hours).await?, next: page.next })
        })
    })
    .await
}

/// Sessions by their planned end, those with notes that were sent back before the rest.
async fn returned_first(
    scope: &mut Scope<'_>,
    filter: &Where,
    cursor: Option<SessionId>,
    limit: usize,
) -> Result<Vec<Session>, Problem> {
    let after = after(scope, cursor).await?;
    let in_rest = match &after {
        Some(last) => !store::is_returned(scope, last.id).await?,
        None => false,
    };
    let mut found = Vec::new();
    if !in_rest {
        found = store::by_end(scope, store::returned(filter.clone(), true), after.as_ref(), limit).await?;
    }
    if found.len() < limit {
        let rest = store::returned(filter.clone(), false);
        let after = after.filter(|_| in_rest);
        found.extend(store::by_end(scope, rest, after.as_ref(), limit - found.len()).await?);
    }
    Ok(found)
}

/// Those of these sessions with a note that was sent back and is not signed again, for who reads notes.
///
/// # Errors
/// When the database can't answer.
pub async fn returned_among(cx: &Cx, sessions: &[SessionId]) -> Result<BTreeSet<SessionId>, Problem> {
    if sessions.is_empty() || !cx.permissions.allows(Permission::GroupEncounterNoteRead) {
        return Ok(BTreeSet::new());
    }
    cx.read(Permission::GroupEncounterNoteRead, |scope| {
        Box::pin(async move { Ok(store::returned_among(scope, sessions).await?) })
    })
    .await
}

async fn views(scope: &mut Scope<'_>, sessions: Vec<Session>, hours: u32) -> Result<Vec<DueView>, Problem> {
    let now = scope.now();
    let facts: Vec<_> = sessions
        .iter()
        .map(|one| (undone(one.status, one.ends_at, one.actual_end, now), due_at(one.ends_at, one.actual_end, hours)))
        .collect();
    let shown = answers::sessions(scope, sessions).await?;
    let tallies = store::tallies(scope, &encounters(&shown)).await?;
    let line = |(session, (undone, due_at)): (SessionView, (Option<Undone>, Timestamp))| {
        let tally = session.encounter_id.and_then(|id| tallies.get(&id)).cloned();
        let Tally { signed, drafts, returned, comment, returned_by_name, returned_at, .. } = tally.unwrap_or_default();
        Some(DueView {
            undone: undone?,
            due_at: session.zone.rfc3339(due_at),
            is_overdue: due_at <= now,
            signed_notes: signed,
            drafts,
            returned_notes: returned,
            return_comment: comment,
            returned_by_name,
            returned_at: returned_at.map(|at| session.zone.rfc3339(at)),
            session,
        })
    };
    Ok(shown.into_iter().zip(facts).filter_map(line).collect())
}
