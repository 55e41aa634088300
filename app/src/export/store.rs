//! Statements over what leaves as a file.

use ::store::{Error, Row, Where};

use crate::door::Scope;

const SELECT: &str = "select m.group_id, m.added_at, m.id, m.status, m.joined_at, m.left_at, m.left_reason, \
    m.external_id as member_there, g.external_id as group_there, g.name as group_name, \
    p.id as patient_id, p.external_id as patient_there, p.mrn, p.given_name, p.family_name, p.preferred_name, \
    p.birth_date, q.id as guest_id, q.display_name, \
    (select count(*) from group_members w where w.organization_id = $1 and w.group_id = m.group_id \
     and w.status = 'waitlisted' and w.order_key <= m.order_key) as place \
    from group_members m join groups g on g.organization_id = m.organization_id and g.id = m.group_id \
    left join patients p on p.organization_id = m.organization_id and p.id = m.patient_id \
    left join guests q on q.organization_id = m.organization_id and q.id = m.guest_id";

/// Stints with their groups and people, group by group in the order of being added.
pub async fn stints(scope: &mut Scope<'_>, filter: &Where, limit: usize) -> Result<Vec<Row>, Error> {
    let sql = format!("{SELECT} where {} order by m.group_id, m.added_at, m.id limit {limit}", filter.sql());
    scope.rows(&sql, filter.arguments()).await
}
