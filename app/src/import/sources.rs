//! What each row said when it was last imported, and the few statements an import has of its own.

use std::collections::HashMap;

use exchange::mapping::Kind;
use rules::{
    column::Value,
    id::{GroupId, ImportId, PatientId, PractitionerId},
    roster::MemberStatus,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{Error, Row, Where};

use crate::door::{Scope, hex};

/// The hash of everything a row says.
pub fn fingerprint(row: &impl Serialize) -> String {
    hex(&Sha256::digest(serde_json::to_vec(row).unwrap_or_default()))
}

/// The fingerprints of these rows as they were last imported.
pub async fn fingerprints(scope: &mut Scope<'_>, kind: Kind, ids: &[String]) -> Result<HashMap<String, String>, Error> {
    let filter = of(kind, ids);
    let sql = format!("select external_id, fingerprint from imported_rows where {}", filter.sql());
    let rows = scope.rows(&sql, filter.arguments()).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// Keeps the fingerprints of rows, in place of those before.
pub async fn keep(
    scope: &mut Scope<'_>,
    import: ImportId,
    kind: Kind,
    prints: &[(String, String)],
) -> Result<(), Error> {
    const HEAD: &str =
        "insert into imported_rows (organization_id, kind, external_id, fingerprint, import_id, imported_at) values";
    let ids: Vec<String> = prints.iter().map(|(id, _)| id.clone()).collect();
    let filter = of(kind, &ids);
    scope.run(&format!("delete from imported_rows where {}", filter.sql()), filter.arguments()).await?;
    let now = scope.now();
    let row = |(id, print): &(String, String)| {
        [kind.as_str().into(), Value::from(id), Value::from(print), Value::from(&import), Value::Time(now)]
    };
    let values: Vec<Value> = prints.iter().flat_map(row).collect();
    scope.insert_rows(HEAD, 5, &values).await
}

fn of(kind: Kind, ids: &[String]) -> Where {
    Where::organization().and("kind = ?", kind.as_str()).and_in("external_id", ids.iter().map(String::as_str))
}

/// A practitioner with who supervises them.
pub struct Supervised {
    /// The practitioner.
    pub id: PractitionerId,
    /// Its id in the other system, if it came from one.
    pub external_id: Option<String>,
    /// Who supervises.
    pub supervisor: Option<PractitionerId>,
}

/// Who supervises whom in the organization.
pub async fn supervision(scope: &mut Scope<'_>) -> Result<Vec<Supervised>, Error> {
    const SQL: &str = "select id, external_id, supervisor_id from practitioners where organization_id = $1 order by id";
    let rows = scope.rows(SQL, &[]).await?;
    rows.iter().map(|row| Ok(Supervised { id: row.at(0)?, external_id: row.at(1)?, supervisor: row.at(2)? })).collect()
}

/// The record numbers among these that are taken, with whose they are.
pub async fn record_numbers(scope: &mut Scope<'_>, mrns: &[String]) -> Result<HashMap<String, PatientId>, Error> {
    let filter = Where::organization().and_in("mrn", mrns.iter().map(String::as_str));
    let sql = format!("select mrn, id from patients where {}", filter.sql());
    let rows = scope.rows(&sql, filter.arguments()).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// The patients with a live stint in a group, and where it stands.
pub async fn live(scope: &mut Scope<'_>, group: GroupId) -> Result<HashMap<PatientId, MemberStatus>, Error> {
    // A guest who is a patient is that patient.
    const SQL: &str = "select coalesce(m.patient_id, g.patient_id) as patient, m.status from group_members m \
        left join guests g on g.organization_id = m.organization_id and g.id = m.guest_id \
        where m.organization_id = $1 and m.group_id = $2 and m.status in ('active', 'offered', 'waitlisted')";
    // Other guests have no patient. To ask for that in the statement would have SQLite walk all patients instead.
    let rows = scope.rows(SQL, &[(&group).into()]).await?;
    let patient = |row: &Row| Ok(row.at::<Option<PatientId>>(0)?.map(|id| (id, row.at(1))));
    let found: Vec<_> = rows.iter().map(patient).collect::<Result<_, Error>>()?;
    found.into_iter().flatten().map(|(id, status)| Ok((id, status?))).collect()
}

/// The patients with these ids in the other system, and whether they are active.
pub async fn patients(scope: &mut Scope<'_>, ids: &[String]) -> Result<HashMap<String, (PatientId, bool)>, Error> {
    let filter = Where::organization().and_in("external_id", ids.iter().map(String::as_str));
    let sql = format!("select external_id, id, is_active from patients where {}", filter.sql());
    let rows = scope.rows(&sql, filter.arguments()).await?;
    rows.iter().map(|row| Ok((row.at(0)?, (row.at(1)?, row.at(2)?)))).collect()
}

/// The last place in the line of a group, and how many there wait whose record is active.
pub async fn line(scope: &mut Scope<'_>, group: GroupId) -> Result<(Option<i64>, u32), Error> {
    const LAST: &str = "select max(order_key) as last from group_members where organization_id = $1 and group_id = $2 \
        and status = 'waitlisted'";
    const ELIGIBLE: &str = "select count(*) as n from group_members m \
        left join patients p on p.organization_id = m.organization_id and p.id = m.patient_id \
        left join guests g on g.organization_id = m.organization_id and g.id = m.guest_id \
        where m.organization_id = $1 and m.group_id = $2 and m.status = 'waitlisted' \
        and (p.is_active = true or g.is_active = true)";
    let last = scope.row(LAST, &[(&group).into()]).await?.map_or(Ok(None), |row| row.at(0))?;
    let eligible = scope.row(ELIGIBLE, &[(&group).into()]).await?.map_or(Ok(0), |row| row.at(0))?;
    Ok((last, eligible))
}
