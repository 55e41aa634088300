//! Statements over members.

mod standings;

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    id::{GroupId, GuestId, MemberId, PatientId},
    roster::{MemberStatus, MemberType, Offer, Person, Spot},
    text::{Reason, Remark, Text},
};
use ::store::{Error, Where};
use jiff::Timestamp;

pub use standings::{Among, Standings, standings};

use crate::door::Scope;

::store::record! {
    /// One stint of one person in one group.
    pub struct Member(MemberId) in "group_members" {
        /// The group.
        pub group_id: GroupId,
        /// What the person is.
        pub member_type: MemberType,
        /// The patient, if it is one.
        pub patient_id: Option<PatientId>,
        /// The guest, if it is one.
        pub guest_id: Option<GuestId>,
        /// Where the stint stands.
        pub status: MemberStatus,
        /// Remarks.
        pub notes: Remark,
        /// The place in the line; positions are counted from it.
        #[serde(skip, default)]
        #[schema(ignore)]
        pub order_key: Option<i64>,
        /// When the person was added, to a seat or to the line.
        pub added_at: Timestamp,
        /// When the person had a seat.
        pub joined_at: Option<Timestamp>,
        /// When the stint ended.
        pub left_at: Option<Timestamp>,
        /// Why it ended.
        pub left_reason: Option<Reason>,
        /// Why a seat beyond the capacity was given.
        pub override_reason: Option<Reason>,
        /// Why the person was passed over when a seat became free.
        pub skip_reason: Option<Text<1, 100>>,
        /// When that was.
        pub skipped_at: Option<Timestamp>,
        /// The id in the system the record came from.
        pub external_id: Option<Text<1, 200>>,
        /// When a seat was offered.
        pub offered_at: Option<Timestamp>,
        /// Until when the offered seat is held.
        pub offer_expires_at: Option<Timestamp>,
        /// Why the person was given a seat before others who wait longer.
        pub promotion_reason: Option<Reason>,
        /// Why the person was moved in the line, the last time.
        pub move_reason: Option<Reason>,
    }
}

impl Member {
    /// The person. The table's checks keep exactly one id.
    pub fn person(&self) -> Option<Person> {
        Person::of(self.patient_id, self.guest_id).ok()
    }

    /// The offer as the rulebook sees it.
    pub fn offer(&self) -> Offer {
        Offer { status: self.status, expires_at: self.offer_expires_at }
    }
}

/// The member with a live stint of this person in this group.
pub async fn live(scope: &mut Scope<'_>, group: GroupId, people: &[Person]) -> Result<Vec<Member>, Error> {
    let mut found = Vec::new();
    for (column, ids) in by_column(people) {
        if !ids.is_empty() {
            let filter = Where::organization().and("group_id = ?", &group).and_in("status", LIVE).and_in(column, ids);
            // As the group has them: in the order of ids, SQLite would walk through all members there are.
            found.extend(scope.filter::<Member>(&filter, "added_at, id", people.len()).await?);
        }
    }
    Ok(found)
}

/// The live stints of these people in any group.
///
/// # Errors
/// When the database can't answer.
pub async fn live_anywhere(scope: &mut Scope<'_>, people: &[Person]) -> Result<Vec<Member>, Error> {
    let mut found = Vec::new();
    for (column, ids) in by_column(people) {
        if !ids.is_empty() {
            let filter = Where::organization().and_in(column, ids).and_in("status", LIVE);
            let tail = format!("where {} order by added_at, id", filter.sql());
            found.extend(scope.select::<Member>(&tail, filter.arguments()).await?);
        }
    }
    Ok(found)
}

fn by_column(people: &[Person]) -> [(&'static str, Vec<Value>); 2] {
    let patients = people.iter().filter_map(|person| person.patient()).map(|id| Value::from(&id)).collect();
    let guests = people.iter().filter_map(|person| person.guest()).map(|id| Value::from(&id)).collect();
    [("patient_id", patients), ("guest_id", guests)]
}

const LIVE: [&str; 3] = ["active", "waitlisted", "offered"];

/// The first who wait, in order.
pub async fn line(scope: &mut Scope<'_>, group: GroupId, limit: usize) -> Result<Vec<Member>, Error> {
    let filter = Where::organization().and("group_id = ?", &group).and_always("status = 'waitlisted'");
    scope.filter(&filter, "order_key, id", limit).await
}

/// Whether anybody waits who may have a seat: then a newcomer never overtakes them. Who is kept apart from somebody
/// with a seat is passed over, as who is inactive is.
pub async fn somebody_eligible_waits(scope: &mut Scope<'_>, group: GroupId) -> Result<bool, Error> {
    const SQL: &str = "select 1 as one from group_members m \
        left join patients p on p.organization_id = m.organization_id and p.id = m.patient_id \
        left join guests g on g.organization_id = m.organization_id and g.id = m.guest_id \
        where m.organization_id = $1 and m.group_id = $2 and m.status = 'waitlisted' \
        and (p.is_active = true or g.is_active = true) \
        and not exists (select 1 from keep_apart_sides a join group_members o on o.organization_id = a.organization_id \
        and o.group_id = $2 and o.status in ('active', 'offered') and coalesce(o.patient_id, o.guest_id) = a.other \
        where a.organization_id = $1 and a.person = coalesce(m.patient_id, m.guest_id) and a.is_live = true \
        and (a.ends_on is null or a.ends_on >= $3)) limit 1";
    let today = Value::Day(scope.cx.today());
    Ok(scope.row(SQL, &[(&group).into(), today]).await?.is_some())
}

/// The position of one who waits: one more than those before.
pub async fn position(scope: &mut Scope<'_>, member: &Member) -> Result<Option<u32>, Error> {
    const SQL: &str = "select count(*) as before from group_members where organization_id = $1 and group_id = $2 \
        and status = 'waitlisted' and (order_key, id) < ($3, $4)";
    let Some(key) = member.order_key else { return Ok(None) };
    let arguments = [(&member.group_id).into(), Value::Int(key), (&member.id).into()];
    let before: u32 = scope.row(SQL, &arguments).await?.map_or(Ok(0), |row| row.at(0))?;
    Ok(Some(before + 1))
}

/// The order key of the last who waits.
pub async fn last_key(scope: &mut Scope<'_>, group: GroupId) -> Result<Option<i64>, Error> {
    const SQL: &str = "select max(order_key) as last from group_members where organization_id = $1 and group_id = $2 \
        and status = 'waitlisted'";
    scope.row(SQL, &[(&group).into()]).await?.map_or(Ok(None), |row| row.at(0))
}

/// The position in the line of each of these members who wait.
pub async fn positions(scope: &mut Scope<'_>, group: GroupId) -> Result<BTreeMap<MemberId, u32>, Error> {
    const SQL: &str = "select id, order_key from group_members where organization_id = $1 and group_id = $2 \
        and status = 'waitlisted' order by order_key, id";
    let rows = scope.rows(SQL, &[(&group).into()]).await?;
    rows.iter().zip(1..).map(|(row, position)| Ok((row.at(0)?, position))).collect()
}

/// Members of a group in the order of the roster: seats first, then the line, then who is gone, newest first.
pub async fn of_group(
    scope: &mut Scope<'_>,
    group: GroupId,
    statuses: &[MemberStatus],
    after: Option<&Member>,
    limit: usize,
) -> Result<Vec<Member>, Error> {
    let filter = Where::organization().and("group_id = ?", &group).and_in("status", statuses.iter().map(Value::from));
    let position = after.map(|member| vec![(&member.added_at).into(), (&member.id).into()]);
    scope.filter(&filter.after("added_at, id", position), "added_at, id", limit).await
}

/// The stints of a person in any group, newest first, from one on.
pub async fn of_person(
    scope: &mut Scope<'_>,
    person: Person,
    after: Option<&Member>,
    limit: usize,
) -> Result<Vec<Member>, Error> {
    let filter = match person {
        Person::Patient(id) => Where::organization().and("patient_id = ?", &id),
        Person::Guest(id) => Where::organization().and("guest_id = ?", &id),
    };
    let position = after.map(|member| vec![Value::Time(member.added_at), (&member.id).into()]);
    scope.filter(&filter.before("added_at, id", position), "added_at desc, id desc", limit).await
}

/// Offers whose deadline has passed and that nobody has written so yet: of one group, or of any, the oldest first.
pub async fn overdue(
    scope: &mut Scope<'_>,
    group: Option<GroupId>,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Member>, Error> {
    let filter = Where::organization().and_always("status = 'offered'").and("offer_expires_at <= ?", Value::Time(now));
    let filter = filter.and_if("group_id = ?", group.as_ref().map(Value::from));
    scope.filter(&filter, "offer_expires_at, id", limit).await
}

/// Who had a seat at any time from one instant until another, in the order in which they were added.
pub async fn seated_between(
    scope: &mut Scope<'_>,
    group: GroupId,
    span: (Timestamp, Timestamp),
    statuses: Option<&[MemberStatus]>,
    after: Option<&Member>,
    limit: usize,
) -> Result<Vec<Member>, Error> {
    let filter = Where::organization().and("group_id = ?", &group).and("joined_at < ?", Value::Time(span.1));
    let filter = filter.and("(left_at is null or left_at >= ?)", Value::Time(span.0));
    let filter = match statuses {
        Some(statuses) => filter.and_in("status", statuses.iter().map(Value::from)),
        None => filter,
    };
    let position = after.map(|member| vec![(&member.added_at).into(), (&member.id).into()]);
    scope.filter(&filter.after("added_at, id", position), "added_at, id", limit).await
}

/// Every stint of a person in one group, newest first.
pub async fn stints(scope: &mut Scope<'_>, group: GroupId, person: Person, limit: usize) -> Result<Vec<Member>, Error> {
    let filter = match person {
        Person::Patient(id) => Where::organization().and("patient_id = ?", &id),
        Person::Guest(id) => Where::organization().and("guest_id = ?", &id),
    };
    scope.filter(&filter.and("group_id = ?", &group), "added_at desc, id desc", limit).await
}

/// Who waits and was passed over, in the order of the line.
pub async fn skipped(scope: &mut Scope<'_>, group: GroupId, limit: usize) -> Result<Vec<Member>, Error> {
    let filter = Where::organization().and("group_id = ?", &group).and_always("status = 'waitlisted'");
    scope.filter(&filter.and_always("skip_reason is not null"), "order_key, id", limit).await
}

/// The whole line: who waits, with the stored order keys.
pub async fn spots(scope: &mut Scope<'_>, group: GroupId) -> Result<Vec<Spot>, Error> {
    const SQL: &str = "select id, order_key from group_members where organization_id = $1 and group_id = $2 \
        and status = 'waitlisted' order by order_key, id";
    let rows = scope.rows(SQL, &[(&group).into()]).await?;
    rows.iter().map(|row| Ok(Spot { member: row.at(0)?, key: row.at(1)? })).collect()
}

/// Gives other order keys to some who wait. That is no new version of theirs: only who was moved has another place.
pub async fn set_keys(scope: &mut Scope<'_>, changed: &[Spot]) -> Result<(), Error> {
    // No two have one key, not even while the line is written: several first get keys that nobody has.
    if changed.len() > 1 {
        for (spot, number) in changed.iter().zip(1_i64..) {
            set_key(scope, spot.member, i64::MIN.saturating_add(number)).await?;
        }
    }
    for spot in changed {
        set_key(scope, spot.member, spot.key).await?;
    }
    Ok(())
}

async fn set_key(scope: &mut Scope<'_>, member: MemberId, key: i64) -> Result<(), Error> {
    const SQL: &str = "update group_members set order_key = $3 where organization_id = $1 and id = $2";
    scope.run(SQL, &[(&member).into(), Value::Int(key)]).await.map(drop)
}

/// Replaces the private address of an offer: from now on, only this one leads to it.
pub async fn set_link(scope: &mut Scope<'_>, member: MemberId, hash: &str) -> Result<(), Error> {
    const SQL: &str =
        "insert into links (hash, organization, kind, subject, created_at) values ($2, $1, 'offer', $3, $4)";
    forget_link(scope, member).await?;
    let values = [hash.into(), (&member).into(), Value::Time(scope.now())];
    scope.run(SQL, &values).await.map(drop)
}

/// Makes the private address of an offer lead nowhere.
pub async fn forget_link(scope: &mut Scope<'_>, member: MemberId) -> Result<(), Error> {
    const SQL: &str = "delete from links where organization = $1 and kind = 'offer' and subject = $2";
    scope.run(SQL, &[(&member).into()]).await.map(drop)
}

/// Whether a private address still leads to this offer.
pub async fn has_link(scope: &mut Scope<'_>, member: MemberId, hash: &str) -> Result<bool, Error> {
    const SQL: &str =
        "select 1 as one from links where organization = $1 and kind = 'offer' and subject = $2 and hash = $3";
    Ok(scope.row(SQL, &[(&member).into(), hash.into()]).await?.is_some())
}
