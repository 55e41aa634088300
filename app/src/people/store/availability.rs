//! Statements over weekly hours and time off.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    availability::{Block, Hours, TimeOffKind, TimeOffStatus},
    column::{Json, Value},
    id::{HoursId, PractitionerId, SiteId, TimeOffId, UserId},
    recurrence::Zone,
    text::{Reason, Remark},
};
use ::store::{Error, Where};
use jiff::{Timestamp, civil::Date};

use super::Site;
use crate::door::Scope;

::store::record! {
    /// When a practitioner works, week by week.
    pub struct PractitionerHours(HoursId) in "practitioner_hours" {
        /// Who.
        pub practitioner_id: PractitionerId,
        /// The blocks of the week.
        #[schema(value_type = Vec<Block>)]
        pub blocks: Json<Vec<Block>>,
    }
}

::store::record! {
    /// Time in which a practitioner does not work, as it is stored.
    pub struct TimeOff(TimeOffId) in "time_off" {
        /// Who.
        pub practitioner_id: PractitionerId,
        /// What for.
        pub kind: TimeOffKind,
        /// More about that.
        pub reason: Option<Remark>,
        /// From this instant on.
        pub starts_at: Timestamp,
        /// Until this one, not included.
        pub ends_at: Timestamp,
        /// The first of whole days.
        #[schema(value_type = Option<String>, format = Date)]
        pub first_day: Option<Date>,
        /// The last of them.
        #[schema(value_type = Option<String>, format = Date)]
        pub last_day: Option<Date>,
        /// Where it stands.
        pub status: TimeOffStatus,
        /// Who leads instead.
        pub substitute_id: Option<PractitionerId>,
        /// Who approved, declined or withdrew it.
        pub decided_by_user: Option<UserId>,
        /// When.
        pub decided_at: Option<Timestamp>,
        /// Why it was declined or withdrawn.
        pub decision_reason: Option<Reason>,
    }
}

/// The hours of a practitioner as they are stored.
pub async fn hours_of(scope: &mut Scope<'_>, who: PractitionerId) -> Result<Option<PractitionerHours>, Error> {
    let tail = "where organization_id = $1 and practitioner_id = $2";
    Ok(scope.select(tail, &[(&who).into()]).await?.into_iter().next())
}

/// The hours of these practitioners, to be judged by, in two statements. Who has none is always available.
///
/// # Errors
/// When the database can't answer.
pub async fn hours(
    scope: &mut Scope<'_>,
    who: &BTreeSet<PractitionerId>,
) -> Result<BTreeMap<PractitionerId, Hours>, Error> {
    if who.is_empty() {
        return Ok(BTreeMap::new());
    }
    let filter = Where::organization().and_in("practitioner_id", who);
    let found: Vec<PractitionerHours> = scope.filter(&filter, "practitioner_id", who.len()).await?;
    let zones = zones(scope).await?;
    let own = scope.cx.zone();
    let zone = |site: Option<SiteId>| site.and_then(|site| zones.get(&site)).unwrap_or(&own).clone();
    let judged = found.into_iter().map(|hours| {
        let blocks = hours.blocks.0.into_iter().map(|block| (block, zone(block.site_id)));
        (hours.practitioner_id, Hours::new(blocks))
    });
    Ok(judged.collect())
}

/// The zone of every site.
async fn zones(scope: &mut Scope<'_>) -> Result<BTreeMap<SiteId, Zone>, Error> {
    let sites: Vec<Site> = super::places::sites(scope, Where::organization(), None, 10_000).await?;
    Ok(sites.into_iter().filter_map(|site| Some((site.id, Zone::parse(&site.zone).ok()?))).collect())
}

/// The approved time off of these practitioners that touches a span, by practitioner.
///
/// # Errors
/// When the database can't answer.
pub async fn away(
    scope: &mut Scope<'_>,
    who: &BTreeSet<PractitionerId>,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<TimeOff>, Error> {
    if who.is_empty() {
        return Ok(Vec::new());
    }
    let filter = Where::organization().and_in("practitioner_id", who).and("ends_at > ?", Value::Time(from));
    let filter = filter.and("starts_at < ?", Value::Time(until)).and("status = ?", &TimeOffStatus::Approved);
    let tail = format!("where {} order by practitioner_id, starts_at, id", filter.sql());
    scope.select(&tail, filter.arguments()).await
}

/// Whether somebody has asked for, or has, other time off that touches a span.
pub async fn overlaps(scope: &mut Scope<'_>, new: &TimeOff) -> Result<bool, Error> {
    let filter = Where::organization().and("practitioner_id = ?", &new.practitioner_id);
    let filter = filter.and("ends_at > ?", Value::Time(new.starts_at)).and("starts_at < ?", Value::Time(new.ends_at));
    let filter = filter.and_always("status in ('requested', 'approved')").and("id <> ?", &new.id);
    Ok(!scope.filter::<TimeOff>(&filter, "practitioner_id, starts_at, id", 1).await?.is_empty())
}

/// Time off by its start, from a row on.
pub async fn by_time(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<&TimeOff>,
    limit: usize,
) -> Result<Vec<TimeOff>, Error> {
    let position = after.map(|last| vec![Value::Time(last.starts_at), (&last.id).into()]);
    scope.filter(&filter.after("starts_at, id", position), "starts_at, id", limit).await
}
