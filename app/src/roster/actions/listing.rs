//! Rosters, a member's remarks, and the groups of a patient.

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    groups::GroupStatus,
    id::{GroupId, MemberId, PatientId, PractitionerId},
    permissions::Permission,
    recurrence::Zone,
    roster::{MemberStatus, Person},
    text::Remark,
};
use ::store::Where;
use deserr::Deserr;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::store::{self, Member},
    MemberView,
    leaving::member_of,
    view, views,
};
use crate::{
    audit::{
        self,
        history::{AsOf, RecordVersion},
    },
    door::{Cx, Scope},
    events::Event,
    groups::{self, Group},
    http::extract::{FieldErrors, Parsed, Patch},
    paging::{Limit, Page, Paged, bad_cursor, cursor},
    people::{Patient, Site, practitioner_names},
    problem::Problem,
};

/// What may be changed of a member.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeMember {
    /// Remarks; `null` empties them.
    #[deserr(default)]
    #[schema(value_type = Option<String>)]
    pub notes: Patch<Remark>,
}

/// Changes a member's remarks.
///
/// # Errors
/// 404, 412, 422.
pub async fn change(cx: &Cx, group: GroupId, id: MemberId, change: &ChangeMember) -> Result<MemberView, Problem> {
    cx.write(Permission::GroupMemberAdd, |scope| {
        Box::pin(async move {
            let group: Group = groups::lock(scope, group).await?;
            let old = member_of(scope, &group, id).await?;
            let notes = change.notes.clone().apply(Some(old.notes.clone())).unwrap_or_else(Remark::empty);
            let saved = scope.update(&old, Member { notes, ..old.clone() }).await?;
            scope.emit(Event::MemberUpdated { group: group.id, member: id });
            view(scope, saved).await
        })
    })
    .await
}

/// What a roster is limited to.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMembers {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// Live members unless given; `all` lists who is gone too.
    #[deserr(default)]
    pub status: Option<MemberFilter>,
    /// Who had a seat on this day, by the clock of the group's site: everybody who was `active` at any time of it, also
    /// who has left since. Who only waited or had an offer is not on it. With `status`, only those who have that status now.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub at: Option<Parsed<Day>>,
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub Date);

impl std::str::FromStr for Day {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "must be a day such as 2026-03-02")
    }
}

::rules::vocabulary! {
    /// Which members a roster shows.
    pub enum MemberFilter {
        /// With a seat.
        Active = "active" | "enrolled",
        /// Waiting.
        Waitlisted = "waitlisted",
        /// With a seat held.
        Offered = "offered",
        /// Gone.
        Left = "left",
        /// Declined an offer.
        Declined = "declined",
        /// Let an offer run out.
        Expired = "expired",
        /// Everybody who ever was.
        All = "all",
    }
}

fn statuses(filter: Option<MemberFilter>) -> Vec<MemberStatus> {
    match filter {
        None => vec![MemberStatus::Active, MemberStatus::Offered, MemberStatus::Waitlisted],
        Some(MemberFilter::All) => MemberStatus::ALL.to_vec(),
        Some(one) => MemberStatus::parse(one.as_str()).into_iter().collect(),
    }
}

/// The roster of a group in the order in which people were added.
///
/// # Errors
/// 404, 422 for a bad cursor.
pub async fn list(cx: &Cx, group: GroupId, list: &ListMembers) -> Result<Page<MemberView>, Problem> {
    let limit = list.limit.unwrap_or_default().0;
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let after: Option<MemberId> = cursor(list.cursor.as_deref())?;
            let group: Group = scope.get(group).await?;
            let after = match after {
                Some(id) => Some(scope.find::<Member>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let found = match &list.at {
                Some(Parsed(Day(day))) => {
                    let span = span_of(scope, &group, *day).await?;
                    let now = list.status.map(|_| statuses(list.status));
                    store::seated_between(scope, group.id, span, now.as_deref(), after.as_ref(), limit + 1).await?
                }
                None => store::of_group(scope, group.id, &statuses(list.status), after.as_ref(), limit + 1).await?,
            };
            let page = Page::cut(found, limit, |member| member.id);
            scope.record_reading("roster", group.id);
            let mut items = views(scope, page.items).await?;
            if list.at.is_none() && !statuses(list.status).contains(&MemberStatus::Expired) {
                // An offer that has run out is gone, also before the job has written so.
                items.retain(|view| view.member.status != MemberStatus::Expired);
            }
            Ok(Page { items, next: page.next })
        })
    })
    .await
}

/// The first instant of a day and that of the next, by the clock of the group's site.
async fn span_of(scope: &mut Scope<'_>, group: &Group, day: Date) -> Result<(Timestamp, Timestamp), Problem> {
    let site: Option<Site> = match group.site_id {
        Some(id) => scope.find(id).await?,
        None => None,
    };
    let zone = match site {
        Some(site) => Zone::parse(&site.zone).map_err(|error| Problem::internal(&error))?,
        None => scope.cx.zone(),
    };
    let start = |day: Date| zone.first_instant(day.at(0, 0, 0, 0)).map(|zoned| zoned.timestamp());
    let from = start(day).unwrap_or(if day.year() < 1970 { Timestamp::MIN } else { Timestamp::MAX });
    let until = day.tomorrow().ok().and_then(start).unwrap_or(if day.year() < 1970 { from } else { Timestamp::MAX });
    Ok((from, until))
}

/// Stints of one person in one group, at most: nobody comes back more often.
const STINTS_MAX: usize = 100;

/// Every stint of a member's person in the group, newest first.
///
/// # Errors
/// 404.
pub async fn stints(cx: &Cx, group: GroupId, id: MemberId) -> Result<Vec<MemberView>, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let member: Member = scope.get(id).await?;
            let person = member.person().filter(|_| member.group_id == group);
            let person = person.ok_or_else(|| Problem::not_found("member"))?;
            scope.record_reading("roster", group);
            let found = store::stints(scope, group, person, STINTS_MAX).await?;
            views(scope, found).await
        })
    })
    .await
}

/// One member.
///
/// # Errors
/// 404.
pub async fn show(cx: &Cx, group: GroupId, id: MemberId) -> Result<MemberView, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let member: Member = scope.get(id).await?;
            if member.group_id != group {
                return Err(Problem::not_found("member"));
            }
            scope.record_reading("roster", group);
            view(scope, member).await
        })
    })
    .await
}

/// The versions of a member, newest first, for who may read rosters or the audit log.
///
/// # Errors
/// 403, 404, 422 for a bad cursor.
pub async fn history(cx: &Cx, group: GroupId, id: MemberId, as_of: &AsOf) -> Result<Page<RecordVersion>, Problem> {
    let versions = audit::history::history::<Member, _>(cx, Permission::GroupRead, id, as_of).await?;
    let member: Member = cx.read_as_oneself(|scope| Box::pin(async move { scope.get(id).await })).await?;
    if member.group_id == group { Ok(versions) } else { Err(Problem::not_found("member")) }
}

/// A stint of a person with its group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonGroup {
    /// The stint.
    #[serde(flatten)]
    pub member: MemberView,
    /// The group's name.
    pub group_name: String,
    /// Whether the group still runs.
    pub group_status: GroupStatus,
    /// Who leads the group, the facilitator first: as long as the patient is in it, they belong to the care team.
    pub led_by: Vec<GroupLeader>,
}

/// Somebody who leads a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupLeader {
    /// Who.
    pub practitioner_id: PractitionerId,
    /// How they are shown.
    pub name: String,
}

/// Who leads these groups: the facilitator, then the co-facilitators.
async fn leaders(scope: &mut Scope<'_>, groups: &[Group]) -> Result<BTreeMap<GroupId, Vec<GroupLeader>>, Problem> {
    let ids: Vec<GroupId> = groups.iter().map(|group| group.id).collect();
    let co = groups::co_facilitators(scope, &ids).await?;
    let all = |group: &Group| -> Vec<PractitionerId> {
        group.facilitator_id.into_iter().chain(co.get(&group.id).into_iter().flatten().copied()).collect()
    };
    let names = practitioner_names(scope, groups.iter().flat_map(all)).await?;
    let leader = |id: PractitionerId| Some(GroupLeader { practitioner_id: id, name: names.get(&id)?.clone() });
    Ok(groups.iter().map(|group| (group.id, all(group).into_iter().filter_map(leader).collect())).collect())
}

/// The groups a patient is or was in, newest first.
///
/// # Errors
/// 404, 422 for a bad cursor.
pub async fn of_patient(cx: &Cx, patient: PatientId, paged: &Paged) -> Result<Page<PersonGroup>, Problem> {
    let limit = paged.limit();
    let after: Option<MemberId> = cursor(paged.cursor.as_deref())?;
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            scope.get::<Patient, _>(patient).await?;
            let after: Option<Member> = match after {
                Some(id) => Some(scope.find(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let members = store::of_person(scope, Person::Patient(patient), after.as_ref(), limit + 1).await?;
            let page = Page::cut(members, limit, |member| member.id);
            scope.record_reading("patient_groups", patient);
            let filter = page.items.iter().map(|member| Value::from(&member.group_id));
            let filter = Where::organization().and_in("id", filter);
            let groups: Vec<Group> = scope.filter(&filter, "id", limit).await?;
            let leaders = leaders(scope, &groups).await?;
            let with_group = |member: MemberView| {
                let group = groups.iter().find(|group| group.id == member.member.group_id)?;
                let led_by = leaders.get(&group.id).cloned().unwrap_or_default();
                Some(PersonGroup { group_name: group.name.to_string(), group_status: group.status, led_by, member })
            };
            let items = views(scope, page.items).await?.into_iter().filter_map(with_group).collect();
            Ok(Page { items, next: page.next })
        })
    })
    .await
}
