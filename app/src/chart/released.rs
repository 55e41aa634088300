//! Rows of a chart that leave the house: which, and as they were when they left.

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    disclosures::{BYTES_MAX, ENTRIES_MAX},
    id::{ChartEntryId, GroupId, PatientId},
    permissions::Permission,
};
use ::store::Where;
use jiff::civil::Date;

use super::{
    actions::records_of,
    store::{self, ChartRow},
};
use crate::{
    door::{Cx, Scope},
    groups::Group,
    problem::Problem,
};

/// Which rows of a chart leave.
#[derive(Debug, Clone)]
pub enum Leaving {
    /// These.
    Rows(Vec<ChartEntryId>),
    /// The current ones of these days, of one group or of all.
    Days {
        /// From this day on.
        from: Date,
        /// Up to and with this day.
        to: Date,
        /// Only this group.
        group: Option<GroupId>,
    },
}

/// The rows of a patient's chart that are to leave, the oldest first.
///
/// # Errors
/// 422 for a row of somebody else's chart, or when there are too many or too long ones for one document.
pub async fn leaving(scope: &mut Scope<'_>, patient: PatientId, wanted: &Leaving) -> Result<Vec<ChartRow>, Problem> {
    let records = records_of(scope, patient).await?;
    let rows = match wanted {
        Leaving::Rows(ids) => rows(scope, &records, ids).await?,
        Leaving::Days { from, to, group } => {
            let filter = store::of_patients(Where::organization().and_always("status = 'current'"), &records)
                .and_if("group_id = ?", group.as_ref())
                .and("local_date >= ?", Value::Day(*from))
                .and("local_date <= ?", Value::Day(*to));
            let mut rows = store::list(scope, filter, None, ENTRIES_MAX + 1).await?;
            rows.reverse();
            rows
        }
    };
    let bytes: usize = rows.iter().map(|row| row.body.len()).sum();
    if rows.len() > ENTRIES_MAX || bytes > BYTES_MAX {
        let message = format!(
            "is too much for one document: at most {ENTRIES_MAX} entries leave at once; release the chart in parts, by \
             its days"
        );
        return Err(Problem::invalid_field("date_to", "too_many", message));
    }
    Ok(rows)
}

async fn rows(scope: &mut Scope<'_>, records: &[PatientId], ids: &[ChartEntryId]) -> Result<Vec<ChartRow>, Problem> {
    let filter = Where::organization().and_in("id", ids.iter().map(Value::from));
    let mut rows: Vec<ChartRow> = scope.filter(&filter, "id", ENTRIES_MAX + 1).await?;
    rows.retain(|row| records.contains(&row.patient_id));
    let missing = |id: &&ChartEntryId| rows.iter().all(|row| row.id != **id);
    if ids.iter().find(missing).is_some() {
        let message = "names a chart entry that is not in this patient's chart";
        return Err(Problem::invalid_field("entry_ids", "not_found", message));
    }
    rows.sort_by_key(|row| (row.local_date, row.starts_at, row.id));
    Ok(rows)
}

/// Whether records under 42 CFR part 2 are among these rows: by their group's mark then, or now.
///
/// # Errors
/// When the database can't answer.
pub async fn is_part2(scope: &mut Scope<'_>, rows: &[ChartRow]) -> Result<bool, Problem> {
    if rows.iter().any(|row| row.entry().is_some_and(|entry| entry.session.is_part2)) {
        return Ok(true);
    }
    let mut ids: Vec<GroupId> = rows.iter().filter_map(|row| row.group_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let filter = Where::organization().and_in("id", ids.iter().map(Value::from));
    let groups: Vec<Group> = scope.filter(&filter, "id", ids.len().max(1)).await?;
    Ok(groups.iter().any(|group| group.is_part2))
}

/// Whether a patient is or was in a group under 42 CFR part 2, or has a chart entry of one.
///
/// # Errors
/// When the database can't answer.
pub async fn is_part2_patient(scope: &mut Scope<'_>, patient: PatientId) -> Result<bool, Problem> {
    for record in records_of(scope, patient).await? {
        if store::is_of_part2(scope, record).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// As [`is_part2_patient`], for who reads charts.
///
/// # Errors
/// 403, or when the database can't answer.
pub async fn is_part2_record(cx: &Cx, patient: PatientId) -> Result<bool, Problem> {
    cx.read(Permission::ChartRead, |scope| Box::pin(is_part2_patient(scope, patient))).await
}

/// Rows as they were in these versions, in the order asked for; none where one can't be found any more.
///
/// # Errors
/// When the database can't answer.
pub async fn as_they_were(
    scope: &mut Scope<'_>,
    wanted: &[(ChartEntryId, i64)],
) -> Result<Vec<Option<ChartRow>>, Problem> {
    let filter = Where::organization().and_in("id", wanted.iter().map(|(id, _)| Value::from(id)));
    let now: Vec<ChartRow> = scope.filter(&filter, "id", wanted.len().max(1)).await?;
    let mut known: BTreeMap<(ChartEntryId, i64), ChartRow> =
        now.into_iter().map(|row| ((row.id, row.version), row)).collect();
    let older: Vec<ChartEntryId> = wanted.iter().filter(|one| !known.contains_key(one)).map(|(id, _)| *id).collect();
    if !older.is_empty() {
        known.extend(store::versions(scope, &older).await?.into_iter().map(|row| ((row.id, row.version), row)));
    }
    Ok(wanted.iter().map(|one| known.remove(one)).collect())
}
