//! Statements over chart entries.

use ::rules::{
    chart::{ChartEntry, EntryStatus},
    column::Value,
    id::{ChartEntryId, EncounterId, GroupId, OrganizationId, ParticipantId, PatientId, SessionId},
};
use ::store::{Error, Record, Tx, Where};
use jiff::{Timestamp, civil::Date};

use crate::{door::Scope, notes::sha256};

::rules::vocabulary! {
    /// What stands in a chart.
    pub enum EntryKind {
        /// A session the patient attended.
        Entry = "entry",
        /// A session the patient did not come to.
        Absence = "absence",
    }
}

::store::record! {
    /// One row of one patient's chart, as it is stored.
    pub struct ChartRow(ChartEntryId) in "chart_entries" {
        /// Whose chart.
        pub patient_id: PatientId,
        /// The session.
        pub session_id: SessionId,
        /// Its encounter.
        pub encounter_id: EncounterId,
        /// Which participant they were.
        pub participant_id: ParticipantId,
        /// The group.
        pub group_id: Option<GroupId>,
        /// Present or absent.
        pub kind: EntryKind,
        /// The day at the site.
        #[schema(value_type = String, format = Date)]
        pub local_date: Date,
        /// When the session was to start.
        pub starts_at: Timestamp,
        /// Where it stands.
        pub status: EntryStatus,
        /// The entry whose place it took.
        pub supersedes_id: Option<ChartEntryId>,
        /// The entry that took its place.
        pub superseded_by_id: Option<ChartEntryId>,
        /// The exact text of which `sha256` is the hash.
        pub body: String,
        /// The hash, in hexadecimal.
        pub sha256: String,
    }
}

impl ChartRow {
    /// The entry, if the text still is one.
    pub fn entry(&self) -> Option<ChartEntry> {
        serde_json::from_str(&self.body).ok()
    }

    /// Whether the text is what was hashed, and the row is about whom and what the text is about.
    pub fn holds(&self) -> bool {
        let fits = |entry: ChartEntry| {
            let kind = if entry.is_present() { EntryKind::Entry } else { EntryKind::Absence };
            (entry.patient, entry.participant, entry.session.session, entry.session.group, kind)
                == (self.patient_id, self.participant_id, self.session_id, self.group_id, self.kind)
                && entry.session.local_date == self.local_date
        };
        sha256(&self.body) == self.sha256 && self.entry().is_some_and(fits)
    }
}

/// The rows a session has left, in order of creation.
pub async fn of_session(scope: &mut Scope<'_>, session: SessionId) -> Result<Vec<ChartRow>, Error> {
    scope.select("where organization_id = $1 and session_id = $2 order by id", &[(&session).into()]).await
}

/// The current rows a session has left in everybody's charts, or in those of some, in order of creation, after one.
pub async fn current_of_session(
    scope: &mut Scope<'_>,
    session: SessionId,
    within: Option<&[PatientId]>,
    after: Option<ChartEntryId>,
    limit: usize,
) -> Result<Vec<ChartRow>, Error> {
    let filter = Where::organization().and("session_id = ?", &session).and_always("status = 'current'");
    let filter = match within {
        Some(patients) => filter.and_in("patient_id", patients.iter().map(Value::from)),
        None => filter,
    };
    scope.filter(&filter.after("id", after.map(|id| vec![Value::from(&id)])), "id", limit).await
}

/// Limits rows to the charts of these patients.
pub fn of_patients(filter: Where, patients: &[PatientId]) -> Where {
    match patients {
        // One by one an index gives them in order.
        [only] => filter.and("patient_id = ?", only),
        several => filter.and_in("patient_id", several.iter().map(Value::from)),
    }
}

/// Rows of a chart, newest first, after a row.
pub async fn list(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<&ChartRow>,
    limit: usize,
) -> Result<Vec<ChartRow>, Error> {
    let filter = match after {
        Some(row) => filter.and_each(
            "(local_date, starts_at, id) < (?, ?, ?)",
            [Value::Day(row.local_date), Value::Time(row.starts_at), (&row.id).into()],
        ),
        None => filter,
    };
    scope.filter(&filter, "local_date desc, starts_at desc, id desc", limit).await
}

/// How many current rows of each kind these patients have in each group, in one statement.
pub async fn tallies(
    scope: &mut Scope<'_>,
    patients: &[PatientId],
) -> Result<Vec<(Option<GroupId>, EntryKind, u32)>, Error> {
    let filter = of_patients(Where::organization(), patients);
    let sql = format!(
        "select group_id, kind, count(*) as n from chart_entries where {} and status = 'current' group by group_id, kind \
         order by group_id, kind -- unique",
        filter.sql()
    );
    let rows = scope.rows(&sql, filter.arguments()).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?, row.at(2)?))).collect()
}

/// Every older version of these rows.
pub async fn versions(scope: &mut Scope<'_>, ids: &[ChartEntryId]) -> Result<Vec<ChartRow>, Error> {
    let filter = Where::organization().and_in("record_id", ids.iter().map(Value::from));
    let sql =
        format!("select record from record_versions where {} order by record_id, version -- unique", filter.sql());
    let rows = scope.rows(&sql, filter.arguments()).await?;
    let read = |row: &::store::Row| -> Result<Option<ChartRow>, Error> {
        let text: String = row.at(0)?;
        Ok(serde_json::from_str(&text).ok())
    };
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// Rows after an id, in order of ids, outside a request.
pub async fn page(tx: &mut Tx, organization: OrganizationId, after: &str) -> Result<Vec<ChartRow>, Error> {
    let sql = format!(
        "select {} from chart_entries where organization_id = $1 and id > $2 order by id limit 400",
        ChartRow::COLUMNS
    );
    let rows = tx.rows(&sql, &[(&organization).into(), after.into()]).await?;
    rows.iter().map(ChartRow::from_row).collect()
}

/// Whether a patient is or was in a group under 42 CFR part 2, or has a row of one in the chart.
pub async fn is_of_part2(scope: &mut Scope<'_>, patient: PatientId) -> Result<bool, Error> {
    const MEMBER: &str = "select 1 as one from group_members m join groups g on g.organization_id = m.organization_id \
        and g.id = m.group_id where m.organization_id = $1 and m.patient_id = $2 and g.is_part2 = true limit 1";
    const CHART: &str = "select 1 as one from chart_entries c join groups g on g.organization_id = c.organization_id \
        and g.id = c.group_id where c.organization_id = $1 and c.patient_id = $2 and g.is_part2 = true limit 1";
    let of = [Value::from(&patient)];
    Ok(scope.row(MEMBER, &of).await?.is_some() || scope.row(CHART, &of).await?.is_some())
}
