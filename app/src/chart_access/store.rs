//! Broken glasses, and statements over who treats whom.

use ::rules::{
    chart_access::{GlassFinding, GlassReason},
    column::Value,
    id::{BreakGlassId, PatientId, PractitionerId, UserId},
    text::{Reason, Remark},
};
use ::store::{Error, Where};
use jiff::Timestamp;

use crate::door::{OpenGlass, Scope};

::store::record! {
    /// A chart that was opened outside the care team.
    pub struct BreakGlass(BreakGlassId) in "break_glass" {
        /// Whose chart.
        pub patient_id: PatientId,
        /// Who has opened it.
        pub user_id: UserId,
        /// Why.
        pub reason: GlassReason,
        /// Why, in words.
        pub detail: Reason,
        /// Since when it is open.
        pub broken_at: Timestamp,
        /// Until when: an hour, unless it was ended before.
        pub open_until: Timestamp,
        /// What a review has found; null while nobody has looked at it.
        pub finding: Option<GlassFinding>,
        /// What the reviewer says of it.
        pub remark: Option<Remark>,
        /// Who has reviewed it.
        pub reviewed_by_user: Option<UserId>,
        /// When.
        pub reviewed_at: Option<Timestamp>,
    }
}

/// That a patient is treated by a practitioner, five times over: as primary therapist, as who supervises them, as a
/// leader or supervisor of a session they are in, as a leader of a group they are in. What was called off or voided is no
/// session, and what is archived is no group.
const TREATED: &str = "(primary_therapist_id = ? \
    or exists (select 1 from practitioners t where t.organization_id = patients.organization_id \
       and t.id = patients.primary_therapist_id and t.supervisor_id = ?) \
    or exists (select 1 from session_participants p \
       join session_leaders l on l.organization_id = p.organization_id and l.session_id = p.session_id \
       join sessions s on s.organization_id = p.organization_id and s.id = p.session_id \
       where p.organization_id = patients.organization_id and p.patient_id = patients.id and p.status <> 'cancelled' \
       and s.status not in ('cancelled', 'voided') and l.practitioner_id = ?) \
    or exists (select 1 from group_members m join groups g on g.organization_id = m.organization_id and g.id = m.group_id \
       where m.organization_id = patients.organization_id and m.patient_id = patients.id and m.status = 'active' \
       and g.status = 'active' and (g.facilitator_id = ? or exists (select 1 from group_co_facilitators c \
          where c.organization_id = g.organization_id and c.group_id = g.id and c.practitioner_id = ?))))";

/// Those of these patients that a practitioner treats, in one statement.
pub async fn treated(
    scope: &mut Scope<'_>,
    patients: &[PatientId],
    by: PractitionerId,
) -> Result<Vec<PatientId>, Error> {
    let filter = Where::organization()
        .and_in("id", patients.iter().map(Value::from))
        .and_each(TREATED, std::iter::repeat_n(Value::from(&by), 5));
    let sql = format!("select id from patients where {} order by id", filter.sql());
    let rows = scope.rows(&sql, filter.arguments()).await?;
    rows.iter().map(|row| row.at(0)).collect()
}

/// The duplicates that were merged into these patients: each with who stays, in one statement.
pub async fn merged_into(
    scope: &mut Scope<'_>,
    patients: impl Iterator<Item = &PatientId>,
) -> Result<Vec<(PatientId, PatientId)>, Error> {
    let filter = Where::organization().and_in("merged_into", patients.map(Value::from));
    let sql = format!("select id, merged_into from patients where {} order by id", filter.sql());
    let rows = scope.rows(&sql, filter.arguments()).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// The glasses that a user has broken and that are open, the newest first, with the numbers of the charts.
pub async fn open(scope: &mut Scope<'_>, user: UserId) -> Result<Vec<OpenGlass>, Error> {
    const SQL: &str = "select b.id, b.patient_id, p.mrn, b.open_until from break_glass b \
        join patients p on p.organization_id = b.organization_id and p.id = b.patient_id \
        where b.organization_id = $1 and b.user_id = $2 and b.open_until > $3 order by b.id desc";
    let rows = scope.rows(SQL, &[(&user).into(), Value::Time(scope.now())]).await?;
    let glass = |row: &::store::Row| {
        Ok(OpenGlass { id: row.at(0)?, patient: row.at(1)?, mrn: row.at(2)?, open_until: row.at(3)? })
    };
    rows.iter().map(glass).collect()
}

/// Limits broken glasses to those that wait for a review by somebody else than this user.
pub fn to_review(filter: Where, now: Timestamp, reviewer: Option<UserId>) -> Where {
    filter
        .and_always("reviewed_at is null")
        .and("open_until <= ?", Value::Time(now))
        .and_if("user_id <> ?", reviewer.as_ref())
}

/// How many there are, at most so many.
pub async fn count(scope: &mut Scope<'_>, filter: &Where, most: u32) -> Result<u32, Error> {
    let sql =
        format!("select count(*) as n from (select id from break_glass where {} limit {most}) counted", filter.sql());
    scope.row(&sql, filter.arguments()).await?.map_or(Ok(0), |row| row.at(0))
}

/// Broken glasses, newest first, after one.
pub async fn list(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<BreakGlassId>,
    limit: usize,
) -> Result<Vec<BreakGlass>, Error> {
    scope.filter(&filter.before("id", after.map(|id| vec![Value::from(&id)])), "id desc", limit).await
}
