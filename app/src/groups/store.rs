//! Statements over groups.

use std::collections::BTreeMap;

use ::rules::{
    column::{Json, Value},
    groups::{EnrollmentMode, GroupStatus, GroupType, LeaderRule, Modality, Promotion, WhenFull},
    id::{GroupId, GroupSessionTemplateId, PractitionerId, ProgramId, RoomId, SiteId},
    roster::MemberStatus,
    text::{Name, Remark, Text, prefix_end, tokens},
};
use ::store::{Error, Where};
use jiff::Timestamp;

use crate::{
    door::Scope,
    people::{Practitioner, Room, Site},
    problem::Problem,
};

::store::record! {
    /// The recurring clinical activity.
    pub struct Group(GroupId) in "groups" {
        /// The name.
        pub name: Name,
        /// The name folded, for order and search.
        #[serde(skip, default)]
        #[schema(ignore)]
        pub name_key: String,
        /// What kind of activity it is.
        pub r#type: GroupType,
        /// What it is about; it appears in the chart.
        pub description: Remark,
        /// Active, or archived: that is how a group ends.
        pub status: GroupStatus,
        /// Fewer than this shows as below minimum.
        pub min_participants: Option<u32>,
        /// The seats; none means the organization's ceiling.
        pub max_participants: Option<u32>,
        /// What happens to who is added when no seat is free.
        pub when_full: WhenFull,
        /// How a free seat is given to who waits.
        pub promotion: Promotion,
        /// How long an offered seat is held, in hours.
        #[serde(default = "default_hold_hours")]
        pub offer_hold_hours: u32,
        /// Whether people may be added.
        pub enrollment_mode: EnrollmentMode,
        /// Who leads its sessions.
        pub leader_rule: LeaderRule,
        /// How people take part.
        pub modality: Modality,
        /// The facilitator.
        pub facilitator_id: Option<PractitionerId>,
        /// The site; its zone is the group's.
        pub site_id: Option<SiteId>,
        /// The room.
        pub room_id: Option<RoomId>,
        /// How long it meets, in minutes.
        pub duration_minutes: u32,
        /// The programme it belongs to.
        pub program_id: Option<ProgramId>,
        /// The template its sessions start from.
        pub template_id: Option<GroupSessionTemplateId>,
        /// The id in the system the record came from.
        pub external_id: Option<Text<1, 200>>,
        /// Fields of the organization's own: any JSON object.
        #[schema(value_type = Object)]
        pub custom_data: Json<serde_json::Map<String, serde_json::Value>>,
        /// Whether its records are under 42 CFR Part 2.
        pub is_part2: bool,
        /// When it was archived.
        pub archived_at: Option<Timestamp>,
    }
}

/// Of versions kept before groups had one.
const fn default_hold_hours() -> u32 {
    ::rules::groups::DEFAULT_HOLD_HOURS
}

/// The group, its row locked until the end of the transaction.
///
/// # Errors
/// 404.
pub async fn lock(scope: &mut Scope<'_>, id: GroupId) -> Result<Group, Problem> {
    scope.lock(id).await
}

/// How many of a group's members have a seat, hold an offer, wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// With a seat.
    pub active: u32,
    /// With a seat held.
    pub offered: u32,
    /// Waiting.
    pub waiting: u32,
}

/// The counts of these groups as they are written, in one statement: an offer whose deadline has passed holds its seat
/// until somebody, or the job, writes that it is over. For who changes a roster.
///
/// # Errors
/// When the database can't answer.
pub async fn counts(scope: &mut Scope<'_>, groups: &[GroupId]) -> Result<BTreeMap<GroupId, Counts>, Error> {
    counted(scope, of_groups(groups)).await
}

/// The counts of these groups as they stand at this instant, in one statement: an offer whose deadline has passed holds
/// no seat. For who is shown them.
///
/// # Errors
/// When the database can't answer.
pub async fn counts_now(scope: &mut Scope<'_>, groups: &[GroupId]) -> Result<BTreeMap<GroupId, Counts>, Error> {
    let now = Value::Time(scope.now());
    counted(scope, of_groups(groups).and("(status <> 'offered' or offer_expires_at > ?)", now)).await
}

fn of_groups(groups: &[GroupId]) -> Where {
    let filter = Where::organization().and_in("group_id", groups.iter().map(Value::from));
    filter.and_in("status", ["active", "offered", "waitlisted"])
}

async fn counted(scope: &mut Scope<'_>, filter: Where) -> Result<BTreeMap<GroupId, Counts>, Error> {
    let sql = format!(
        "select group_id, status, count(*) as n from group_members where {} group by group_id, status \
         order by group_id, status -- unique",
        filter.sql()
    );
    let mut all: BTreeMap<GroupId, Counts> = BTreeMap::new();
    for row in scope.rows(&sql, filter.arguments()).await? {
        let counts = all.entry(row.at(0)?).or_default();
        match row.at::<MemberStatus>(1)? {
            MemberStatus::Active => counts.active = row.at(2)?,
            MemberStatus::Offered => counts.offered = row.at(2)?,
            _ => counts.waiting = row.at(2)?,
        }
    }
    Ok(all)
}

/// The co-facilitators of these groups, in one statement.
///
/// # Errors
/// When the database can't answer.
pub async fn co_facilitators(
    scope: &mut Scope<'_>,
    groups: &[GroupId],
) -> Result<BTreeMap<GroupId, Vec<PractitionerId>>, Error> {
    let filter = Where::organization().and_in("group_id", groups.iter().map(Value::from));
    let sql = format!(
        "select group_id, practitioner_id from group_co_facilitators where {} order by group_id, practitioner_id",
        filter.sql()
    );
    let mut all: BTreeMap<GroupId, Vec<PractitionerId>> = BTreeMap::new();
    for row in scope.rows(&sql, filter.arguments()).await? {
        all.entry(row.at(0)?).or_default().push(row.at(1)?);
    }
    Ok(all)
}

/// Replaces a group's co-facilitators.
pub async fn set_co_facilitators(scope: &mut Scope<'_>, group: GroupId, co: &[PractitionerId]) -> Result<(), Error> {
    const FORGET: &str = "delete from group_co_facilitators where organization_id = $1 and group_id = $2";
    scope.run(FORGET, &[(&group).into()]).await?;
    add_co_facilitators(scope, &[(group, co)]).await
}

async fn add_co_facilitators(scope: &mut Scope<'_>, all: &[(GroupId, &[PractitionerId])]) -> Result<(), Error> {
    const HEAD: &str = "insert into group_co_facilitators (organization_id, group_id, practitioner_id) values";
    let of_group = |(group, co): &(GroupId, &[PractitionerId])| {
        let group = Value::from(group);
        co.iter().flat_map(|id| [group.clone(), Value::from(id)]).collect::<Vec<_>>()
    };
    let rows: Vec<Value> = all.iter().flat_map(of_group).collect();
    scope.insert_rows(HEAD, 2, &rows).await
}

/// Adds groups with their co-facilitators, findable by their names: a few statements however many they are.
///
/// # Errors
/// When the database can't answer.
pub async fn insert(scope: &mut Scope<'_>, new: &[(Group, &[PractitionerId])]) -> Result<(), Error> {
    let groups: Vec<Group> = new.iter().map(|(group, _)| group.clone()).collect();
    scope.insert_all(&groups).await?;
    let co: Vec<(GroupId, &[PractitionerId])> = new.iter().map(|(group, co)| (group.id, *co)).collect();
    add_co_facilitators(scope, &co).await?;
    add_names(scope, &groups).await
}

/// Groups by name, after a row.
pub async fn list(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<&Group>,
    limit: usize,
) -> Result<Vec<Group>, Error> {
    let position = after.map(|group| vec![(&group.name_key).into(), (&group.id).into()]);
    scope.filter(&filter.after("name_key, id", position), "name_key, id", limit).await
}

/// Choices in one form, at most: more would need a search.
const OFFERS_MAX: usize = 500;

/// The active practitioners, sites and rooms a form offers.
pub async fn offers(scope: &mut Scope<'_>) -> Result<(Vec<Practitioner>, Vec<Site>, Vec<Room>), Error> {
    let active = Where::organization().and_always("is_active = true");
    Ok((
        scope.filter(&active, "family_name, given_name, id", OFFERS_MAX).await?,
        scope.filter(&active, "name, id", OFFERS_MAX).await?,
        scope.filter(&active, "site_id, name, id", OFFERS_MAX).await?,
    ))
}

/// Words of one search, at most: more would only cost time.
const WORDS_MAX: usize = 8;

/// Makes a group findable by the words of its name and no others.
pub async fn index_name(scope: &mut Scope<'_>, group: &Group) -> Result<(), Error> {
    const FORGET: &str = "delete from search_tokens where organization_id = $1 and subject_id = $2";
    scope.run(FORGET, &[(&group.id).into()]).await?;
    add_names(scope, std::slice::from_ref(group)).await
}

async fn add_names(scope: &mut Scope<'_>, groups: &[Group]) -> Result<(), Error> {
    const HEAD: &str = "insert into search_tokens (organization_id, kind, token, subject_id) values";
    let words = groups.iter().flat_map(|group| tokens(&group.name).into_iter().map(|word| (group.id, word)));
    let rows: Vec<Value> = words.flat_map(|(id, word)| ["group".into(), Value::Text(word), (&id).into()]).collect();
    scope.insert_rows(HEAD, 3, &rows).await
}

/// Narrows a list to the groups in whose name every word of the question begins a word.
pub fn narrow_by_name(filter: Where, question: &str) -> Where {
    const HEAD: &str = "exists (select 1 from search_tokens t where t.organization_id = groups.organization_id \
        and t.subject_id = groups.id and t.token >= ?";
    tokens(question).into_iter().take(WORDS_MAX).fold(filter, |filter, word| match prefix_end(&word) {
        Some(end) => filter.and_each(&format!("{HEAD} and t.token < ?)"), [Value::Text(word), Value::Text(end)]),
        None => filter.and_each(&format!("{HEAD})"), [Value::Text(word)]),
    })
}
