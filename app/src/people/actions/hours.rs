//! Use cases of weekly hours.

use std::collections::BTreeSet;

use ::rules::{
    availability::{Block, ClockTime, Day, check_blocks},
    column::Json,
    id::{PractitionerId, SiteId},
    permissions::Permission,
    recurrence::Zone,
};
use ::store::Where;
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    audit::history::{AsOf, RecordVersion, history},
    door::{Cx, Scope},
    events::AvailabilityEvent,
    http::extract::{FieldErrors, Parsed},
    paging::Page,
    people::store::{
        Practitioner, Site,
        availability::{self as store, PractitionerHours},
    },
    problem::{FieldError, Problem},
    when,
};

/// A block of the week.
#[derive(Debug, Clone, Copy, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewBlock {
    /// The day of the week.
    pub weekday: Day,
    /// From then, by the clock on the wall: `09:00`.
    #[schema(example = "09:00")]
    pub starts: ClockTime,
    /// Until then, not included; `24:00` at the latest.
    #[schema(example = "17:00")]
    pub ends: ClockTime,
    /// The site: its clock counts, and only sessions there, or at no site, are inside. The organization's clock and
    /// sessions anywhere, unless given.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// The first day on which the block holds.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub effective_from: Option<Parsed<when::Day>>,
    /// The last day on which it holds.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub effective_until: Option<Parsed<when::Day>>,
}

impl NewBlock {
    fn block(self) -> Block {
        let Self { weekday, starts, ends, site_id, .. } = self;
        let (effective_from, effective_until) = (self.effective_from, self.effective_until);
        Block {
            weekday,
            starts,
            ends,
            site_id,
            effective_from: effective_from.map(|day| day.0.0),
            effective_until: effective_until.map(|day| day.0.0),
        }
    }
}

/// The weekly hours of a practitioner: replaces them all. No block at all: always available.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewHours {
    /// The blocks, at most 100; none overlaps another on the same days.
    pub blocks: Vec<NewBlock>,
}

/// When a practitioner works.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HoursView {
    /// Who.
    pub practitioner_id: PractitionerId,
    /// No hours are known: the practitioner is always available.
    pub always_available: bool,
    /// The blocks of the week, by day and time. On a day on which none is in effect, the practitioner is available.
    pub blocks: Vec<Block>,
    /// The zone of the blocks that name no site.
    pub zone: Zone,
    /// 0 while no hours were ever set, then one more with each change; send it back in `If-Match`.
    pub version: i64,
}

fn view(scope: &Scope<'_>, who: PractitionerId, stored: Option<PractitionerHours>) -> HoursView {
    let version = stored.as_ref().map_or(0, |stored| stored.version);
    let blocks = stored.map(|stored| stored.blocks.0).unwrap_or_default();
    let always_available = blocks.is_empty();
    HoursView { practitioner_id: who, always_available, blocks, zone: scope.cx.zone(), version }
}

/// When a practitioner works.
///
/// # Errors
/// 404.
pub async fn hours(cx: &Cx, who: PractitionerId) -> Result<HoursView, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            scope.get::<Practitioner, _>(who).await?;
            let stored = store::hours_of(scope, who).await?;
            Ok(view(scope, who, stored))
        })
    })
    .await
}

/// When a practitioner worked, as it stood; nothing while no hours were ever set.
///
/// # Errors
/// 403, 404, 422 for a bad cursor.
pub async fn versions(cx: &Cx, who: PractitionerId, as_of: &AsOf) -> Result<Page<RecordVersion>, Problem> {
    if !cx.permissions.allows(Permission::AuditRead) {
        cx.require(Permission::GroupRead).await?;
    }
    let stored = cx.read_as_oneself(|scope| {
        Box::pin(async move {
            scope.get::<Practitioner, _>(who).await?;
            Ok(store::hours_of(scope, who).await?)
        })
    });
    match stored.await? {
        Some(stored) => history::<PractitionerHours, _>(cx, Permission::GroupRead, stored.id, as_of).await,
        None => as_of.before().map(|_| Page { items: Vec::new(), next: None }),
    }
}

/// Sets when a practitioner works: their own hours they set themselves, anybody's who manages users.
///
/// # Errors
/// 403, 404, 412, 422 with every bad field.
pub async fn set_hours(cx: &Cx, who: PractitionerId, new: &NewHours) -> Result<HoursView, Problem> {
    if cx.practitioner() != Some(who) {
        cx.require(Permission::UserManage).await?;
    }
    cx.write_as_oneself(|scope| {
        Box::pin(async move {
            scope.lock::<Practitioner, _>(who).await?;
            let old = store::hours_of(scope, who).await?;
            let version = old.as_ref().map_or(0, |old| old.version);
            if scope.cx.request.if_match.is_some_and(|read| read != version) {
                return Err(Problem::stale(Some(version)));
            }
            let mut blocks: Vec<Block> = new.blocks.iter().map(|block| block.block()).collect();
            check(scope, &blocks, old.as_ref()).await?;
            blocks.sort_unstable_by_key(|block| (block.weekday, block.effective_from, block.starts));
            let saved = save(scope, who, old, blocks).await?;
            scope.emit(AvailabilityEvent::HoursSet { practitioner: who });
            Ok(view(scope, who, Some(saved)))
        })
    })
    .await
}

async fn check(scope: &mut Scope<'_>, blocks: &[Block], old: Option<&PractitionerHours>) -> Result<(), Problem> {
    let mut found: Vec<FieldError> = check_blocks(blocks).into_iter().map(FieldError::from).collect();
    let known: BTreeSet<SiteId> = old.iter().flat_map(|old| &old.blocks.0).filter_map(|block| block.site_id).collect();
    let wanted: BTreeSet<SiteId> = blocks.iter().filter_map(|block| block.site_id).collect();
    let filter = Where::organization().and_in("id", &wanted);
    let sites: Vec<Site> = match wanted.is_empty() {
        true => Vec::new(),
        false => scope.filter(&filter, "id", wanted.len()).await?,
    };
    let may = |id: SiteId| sites.iter().any(|site| site.id == id && (site.is_active || known.contains(&id)));
    for (at, block) in blocks.iter().enumerate() {
        if block.site_id.is_some_and(|id| !may(id)) {
            let message = "is no active site of your organization";
            found.push(FieldError::new(format!("blocks[{at}].site_id"), "not_found", message));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(Problem::invalid(found)) }
}

async fn save(
    scope: &mut Scope<'_>,
    who: PractitionerId,
    old: Option<PractitionerHours>,
    blocks: Vec<Block>,
) -> Result<PractitionerHours, Problem> {
    if let Some(old) = old {
        let new = PractitionerHours { blocks: Json(blocks), ..old.clone() };
        return Ok(scope.update(&old, new).await?);
    }
    let new = PractitionerHours {
        id: scope.id(),
        practitioner_id: who,
        blocks: Json(blocks),
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    };
    scope.insert(&new).await?;
    Ok(new)
}
