//! `/api/audit`: the ledger, newest first.

use ::store::Where;
use deserr::Deserr;
use jiff::{Timestamp, civil::Date};
use rules::{column::Value, id::BreakGlassId, permissions::Permission, recurrence::Zone, text::prefix_end};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::history::RecordVersion;
use crate::{
    door::Cx,
    http::{
        ApiRouter,
        extract::{FieldErrors, Parsed, Query},
        openapi::with_schemas,
        respond::Listed,
    },
    paging::{Limit, Page, bad_cursor, days_in_order},
    problem::Problem,
    when::Day,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    with_schemas::<(AuditEntry, RecordVersion, Outcome)>(ApiRouter::new().routes(routes!(list)))
}

/// One sealed entry of the ledger.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Its number in the chain.
    pub sequence: i64,
    /// When it happened.
    pub happened_at: Timestamp,
    /// Who: a user's id, or `system:` and the name of the job.
    pub actor: String,
    /// What: an event, `….read`, or the permission that was missing.
    pub action: String,
    /// The id of the record.
    pub subject: String,
    /// `done` or `refused`.
    pub outcome: String,
    /// The number of the request.
    pub request: String,
    /// The network address.
    pub source: String,
    /// The SHA-256 that chains it.
    pub hash: String,
    /// The broken glass something was read through, outside the care team.
    pub break_glass: Option<BreakGlassId>,
}

/// What a list of entries is limited to.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListEntries {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// Only entries about this record.
    #[deserr(default)]
    pub subject: Option<String>,
    /// Only entries of this actor: a user's id, or `system:` and the name of the job.
    #[deserr(default)]
    pub actor: Option<String>,
    /// Only this action: `note.signed`; with a dot at the end, all that begin so: `note.`.
    #[deserr(default)]
    pub action: Option<String>,
    /// Only what was done, or what was refused.
    #[deserr(default)]
    pub outcome: Option<Outcome>,
    /// From this day on, by the organization's clock.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub date_from: Option<Parsed<Day>>,
    /// Up to and with this day.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub date_to: Option<Parsed<Day>>,
}

rules::vocabulary! {
    /// How an act ended.
    pub enum Outcome {
        /// It was done.
        Done = "done",
        /// It was refused.
        Refused = "refused",
    }
}

impl ListEntries {
    /// Whether anything is filtered.
    pub fn is_narrowed(&self) -> bool {
        let texts = [&self.subject, &self.actor, &self.action].iter().any(|text| text.is_some());
        texts || self.outcome.is_some() || self.date_from.is_some() || self.date_to.is_some()
    }

    fn filter(&self, cx: &Cx) -> Result<Where, Problem> {
        let before = self.cursor.as_deref().map(|text| text.parse::<i64>().map_err(|_| bad_cursor())).transpose()?;
        let day = |day: Option<Parsed<Day>>| day.map(|day| day.0.0);
        let (first, last) = (day(self.date_from), day(self.date_to));
        days_in_order(first, last)?;
        let zone = Zone::parse(&cx.organization.zone).unwrap_or(Zone::UTC);
        let midnight = |day: Date| zone.first_instant(day.at(0, 0, 0, 0)).map(|at| Value::Time(at.timestamp()));
        let from = first.and_then(midnight);
        let to = last.and_then(|day| day.tomorrow().ok()).and_then(midnight);
        let filter = Where::organization()
            .and_if("subject = ?", self.subject.as_deref())
            .and_if("actor = ?", self.actor.as_deref())
            .and_if("outcome = ?", self.outcome.as_ref())
            .and_if("happened_at >= ?", from)
            .and_if("happened_at < ?", to)
            .and_if("sequence < ?", before.map(Value::Int));
        Ok(match self.action.as_deref() {
            Some(begin) if begin.ends_with('.') => {
                filter.and("action >= ?", begin).and_if("action < ?", prefix_end(begin).as_deref())
            }
            action => filter.and_if("action = ?", action),
        })
    }
}

/// Entries, newest first.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn entries(cx: &Cx, list: &ListEntries) -> Result<Page<AuditEntry>, Problem> {
    cx.require(Permission::AuditRead).await?;
    let limit = list.limit.unwrap_or_default().0;
    let filter = &list.filter(cx)?;
    cx.read(Permission::AuditRead, |scope| {
        Box::pin(async move {
            let mut items = super::store::entries(scope, filter, limit + 1).await?;
            let more = items.len() > limit;
            items.truncate(limit);
            let next = items.last().filter(|_| more).map(|last| last.sequence.to_string());
            Ok(Page { items, next })
        })
    })
    .await
}

/// List audit entries
///
/// Newest first. An entry appears within a second of what it tells.
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(ListEntries))]
async fn list(cx: Cx, Query(list): Query<ListEntries>) -> Result<Listed<AuditEntry>, Problem> {
    entries(&cx, &list).await.map(Listed)
}
