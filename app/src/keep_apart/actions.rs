//! Use cases: keeping two people apart, ending that, and seeing who is.

use std::collections::BTreeSet;

use ::rules::{
    id::{GroupId, GuestId, KeepApartId, PatientId, SessionId},
    keep_apart::{KeepApartKind, Reach, check, reach},
    permissions::Permission,
    roster::{MemberStatus, Person},
    text::{Name, Reason},
    violation::Violation,
};
use ::store::Where;
use deserr::Deserr;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store;
use crate::{
    audit::history::{self, AsOf, RecordVersion},
    door::{Cx, Principal, Scope},
    events::Event,
    groups::{self, Group},
    http::extract::{FieldErrors, Parsed},
    paging::{Limit, Page, cursor},
    people::{self, KeepApart, apart},
    problem::Problem,
    roster::{self, Member},
    sessions::{self, Session},
    when::Day,
};

/// Two people to keep apart: on each side exactly one id.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewKeepApart {
    /// One of them, if it is a patient.
    #[deserr(default)]
    pub patient_id: Option<PatientId>,
    /// One of them, if it is a guest.
    #[deserr(default)]
    pub guest_id: Option<GuestId>,
    /// The other, if it is a patient.
    #[deserr(default)]
    pub other_patient_id: Option<PatientId>,
    /// The other, if it is a guest.
    #[deserr(default)]
    pub other_guest_id: Option<GuestId>,
    /// What kind of reason there is.
    pub kind: KeepApartKind,
    /// The reason: private, and kept when the pair ends.
    pub reason: Reason,
    /// The last day it holds; until somebody ends it, unless given.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub ends_on: Option<Parsed<Day>>,
}

impl NewKeepApart {
    /// The two people, or every side that names none or two.
    fn people(&self) -> Result<(Person, Person), Vec<Violation>> {
        let wrong = |field: &str| Violation::new(field, "one_person", "or the guest's id is required, and not both");
        let one = Person::of(self.patient_id, self.guest_id).map_err(|_| wrong("patient_id"));
        let other = Person::of(self.other_patient_id, self.other_guest_id).map_err(|_| wrong("other_patient_id"));
        match (one, other) {
            (Ok(one), Ok(other)) => Ok((one, other)),
            (one, other) => Err([one.err(), other.err()].into_iter().flatten().collect()),
        }
    }
}

/// A group both are in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SharedGroup {
    /// The group.
    pub group_id: GroupId,
    /// Its name.
    pub name: String,
}

/// A session still to come, or in progress, in which both have a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SharedSession {
    /// The session.
    pub session_id: SessionId,
    /// Its number.
    pub session_number: String,
    /// Its title.
    pub title: Name,
    /// The day it is on, by the clock on the wall.
    #[schema(value_type = String, format = Date)]
    pub local_date: Date,
    /// Its start.
    #[schema(format = DateTime)]
    pub starts_at: String,
}

/// Where the two already meet: nobody is removed by itself, so this is to be resolved by hand.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Shared {
    /// Groups that both are in, or wait for; at most 50.
    pub groups: Vec<SharedGroup>,
    /// Sessions in which both have a place; at most 50.
    pub sessions: Vec<SharedSession>,
}

/// A pair with the names of its people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeepApartView {
    /// The pair.
    #[serde(flatten)]
    pub pair: KeepApart,
    /// How the one is shown.
    pub name: String,
    /// How the other is shown.
    pub other_name: String,
    /// Whether it holds today.
    pub in_force: bool,
    /// Where the two already meet; null in lists.
    pub shared: Option<Shared>,
}

::rules::vocabulary! {
    /// Which pairs a list shows.
    pub enum Which {
        /// Those that hold today.
        InForce = "in_force",
        /// Those somebody has ended, or whose last day is past.
        Ended = "ended",
        /// All.
        All = "all",
    }
}

/// What a list of pairs is limited to.
#[derive(Debug, Clone, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListKeepApart {
    /// Only pairs of this patient.
    #[deserr(default)]
    pub patient_id: Option<PatientId>,
    /// Only pairs of this guest.
    #[deserr(default)]
    pub guest_id: Option<GuestId>,
    /// Those in force unless given.
    #[deserr(default)]
    pub status: Option<Which>,
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

/// How far the caller's permission reaches.
fn reach_of(cx: &Cx) -> Reach {
    match &cx.principal {
        Principal::User { role, .. } => reach(Some(*role)),
        Principal::System(_) => reach(None),
        // Whoever answers an offer, or stands at a kiosk, knows of no pair.
        Principal::Link { .. } | Principal::Kiosk(_) => Reach::Own,
    }
}

/// Whether the caller may know of a pair.
fn is_seen(cx: &Cx, pair: &KeepApart) -> bool {
    reach_of(cx) == Reach::All || (pair.created_by_user.is_some() && pair.created_by_user == cx.user())
}

/// The pairs the caller may know of.
fn seen(cx: &Cx) -> Where {
    match reach_of(cx) {
        Reach::All => Where::organization(),
        Reach::Own => Where::organization().and("created_by_user = ?", &cx.user()),
    }
}

/// Keeps two people apart from now on. Nobody is removed from where they already meet: the answer says where that is.
///
/// # Errors
/// 409 `already_kept_apart` for a pair the caller knows of, 422 with every bad field.
pub async fn create(cx: &Cx, new: &NewKeepApart) -> Result<KeepApartView, Problem> {
    cx.write(Permission::KeepApartManage, |scope| {
        Box::pin(async move {
            let (one, other) = new.people()?;
            let ends_on = new.ends_on.map(|day| day.0.0);
            let mut found = check(one, other, ends_on, scope.cx.today());
            found.extend(nobody(scope, new).await?);
            if !found.is_empty() {
                return Err(found.into());
            }
            apart::hold_alone(scope, &[one, other]).await?;
            let records = people::records_of(scope, &[one, other]).await?;
            apart::hold_alone(scope, &records).await?;
            not_known(scope, one, other).await?;
            let pair = keep(scope, new, ends_on).await?;
            scope.emit(Event::KeepApartCreated { pair: pair.id });
            view(scope, pair).await
        })
    })
    .await
}

/// The ids that name nobody.
async fn nobody(scope: &mut Scope<'_>, new: &NewKeepApart) -> Result<Vec<Violation>, Problem> {
    let patients = [("patient_id", new.patient_id), ("other_patient_id", new.other_patient_id)];
    let guests = [("guest_id", new.guest_id), ("other_guest_id", new.other_guest_id)];
    let named = patients.into_iter().filter_map(|(field, id)| Some((field, Person::Patient(id?))));
    let named = named.chain(guests.into_iter().filter_map(|(field, id)| Some((field, Person::Guest(id?)))));
    let named: Vec<(&str, Person)> = named.collect();
    let people: Vec<Person> = named.iter().map(|(_, person)| *person).collect();
    let names = people::names(scope, &people).await?;
    let missing = named.iter().filter(|(_, person)| !names.contains_key(person));
    Ok(missing.map(|(field, _)| Violation::new(*field, "not_found", "is nobody of your organization")).collect())
}

/// Refuses a pair that there is already, if the caller may know of it.
async fn not_known(scope: &mut Scope<'_>, one: Person, other: Person) -> Result<(), Problem> {
    let filter = in_force(store::of_person(seen(scope.cx), one), scope.cx.today(), true);
    let filter = store::of_person(filter, other);
    if store::list(scope, filter, None, 1).await?.is_empty() {
        return Ok(());
    }
    let detail = "These two are already kept apart. End that pair first to keep another reason.";
    Err(Problem::conflict("already_kept_apart", detail))
}

async fn keep(scope: &mut Scope<'_>, new: &NewKeepApart, ends_on: Option<Date>) -> Result<KeepApart, Problem> {
    let pair = KeepApart {
        id: scope.id(),
        patient_id: new.patient_id,
        guest_id: new.guest_id,
        other_patient_id: new.other_patient_id,
        other_guest_id: new.other_guest_id,
        kind: new.kind,
        reason: new.reason.clone(),
        ends_on,
        ended_at: None,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    };
    apart::insert(scope, &pair).await?;
    Ok(pair)
}

/// Ends a pair: the two may meet again, and members are booked into the sessions of their groups still to come in which
/// they had no place because of it. The row stays, with its reason.
///
/// # Errors
/// 404 also for a pair the caller may not know of, 409 when it has ended already, 412.
pub async fn end(cx: &Cx, id: KeepApartId) -> Result<KeepApartView, Problem> {
    cx.write(Permission::KeepApartManage, |scope| {
        Box::pin(async move {
            let known: KeepApart = scope.get(id).await?;
            if !is_seen(scope.cx, &known) {
                return Err(Problem::not_found("keep-apart pair"));
            }
            let groups = groups_of(scope, &known).await?;
            let old: KeepApart = scope.lock_current(id).await?;
            if old.ended_at.is_some() {
                let detail = "This pair has ended already. Keep the two apart anew if they must not meet.";
                return Err(Problem::conflict("invalid_transition", detail));
            }
            let new = KeepApart { ended_at: Some(scope.now()), ..old.clone() };
            let saved = apart::update(scope, &old, new).await?;
            scope.emit(Event::KeepApartEnded { pair: id });
            for (group, seated) in &groups {
                sessions::reactions::meet_again(scope, group, seated).await?;
            }
            view(scope, saved).await
        })
    })
    .await
}

/// The groups, locked before the pair is, in which somebody of the pair has a seat, by whichever record; and who.
async fn groups_of(scope: &mut Scope<'_>, pair: &KeepApart) -> Result<Vec<(Group, Vec<Person>)>, Problem> {
    let Some((one, other)) = pair.people() else { return Ok(Vec::new()) };
    let records = people::records_of(scope, &[one, other]).await?;
    let stints = roster::live_anywhere(scope, &records).await?;
    let ids: BTreeSet<GroupId> = stints.iter().map(|member| member.group_id).collect();
    let mut groups = Vec::new();
    for id in ids {
        let group = groups::lock(scope, id).await?;
        let there = roster::live(scope, id, &records).await?;
        let seated = there.iter().filter(|member| member.status == MemberStatus::Active).filter_map(Member::person);
        groups.push((group, seated.collect()));
    }
    Ok(groups)
}

/// One pair.
///
/// # Errors
/// 404 also for a pair the caller may not know of.
pub async fn show(cx: &Cx, id: KeepApartId) -> Result<KeepApartView, Problem> {
    cx.read(Permission::KeepApartManage, |scope| {
        Box::pin(async move {
            let pair = find(scope, id).await?;
            scope.record_reading("keep_apart", id);
            view(scope, pair).await
        })
    })
    .await
}

async fn find(scope: &mut Scope<'_>, id: KeepApartId) -> Result<KeepApart, Problem> {
    let pair: KeepApart = scope.get(id).await?;
    if is_seen(scope.cx, &pair) { Ok(pair) } else { Err(Problem::not_found("keep-apart pair")) }
}

/// The versions of a pair. Who reads the audit log, or other histories, does not read this one.
///
/// # Errors
/// 403, 404 also for a pair the caller may not know of, 422 for a bad cursor.
pub async fn versions(cx: &Cx, id: KeepApartId, as_of: &AsOf) -> Result<Page<RecordVersion>, Problem> {
    cx.read(Permission::KeepApartManage, |scope| Box::pin(async move { find(scope, id).await.map(drop) })).await?;
    history::history::<KeepApart, _>(cx, Permission::KeepApartManage, id, as_of).await
}

fn in_force(filter: Where, today: Date, wanted: bool) -> Where {
    let day = [::rules::column::Value::Day(today)];
    match wanted {
        true => filter.and_each("ended_at is null and (ends_on is null or ends_on >= ?)", day),
        false => filter.and_each("(ended_at is not null or ends_on < ?)", day),
    }
}

/// The pairs the caller may know of, newest first.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list(cx: &Cx, list: &ListKeepApart) -> Result<Page<KeepApartView>, Problem> {
    cx.require(Permission::KeepApartManage).await?;
    let limit = list.limit.unwrap_or_default().0;
    let after: Option<KeepApartId> = cursor(list.cursor.as_deref())?;
    cx.read(Permission::KeepApartManage, |scope| {
        Box::pin(async move {
            let today = scope.cx.today();
            let mut filter = match list.status.unwrap_or(Which::InForce) {
                Which::InForce => in_force(seen(scope.cx), today, true),
                Which::Ended => in_force(seen(scope.cx), today, false),
                Which::All => seen(scope.cx),
            };
            let patient = list.patient_id.map(Person::Patient);
            for person in patient.into_iter().chain(list.guest_id.map(Person::Guest)) {
                filter = store::of_person(filter, person);
            }
            let found = store::list(scope, filter, after, limit + 1).await?;
            let page = Page::cut(found, limit, |pair| pair.id);
            scope.record_reading("keep_apart", "keep_apart");
            Ok(Page { items: named(scope, page.items).await?, next: page.next })
        })
    })
    .await
}

/// Pairs with the names of their people, in two statements.
async fn named(scope: &mut Scope<'_>, pairs: Vec<KeepApart>) -> Result<Vec<KeepApartView>, Problem> {
    let people: Vec<Person> =
        pairs.iter().filter_map(KeepApart::people).flat_map(|(one, other)| [one, other]).collect();
    let names = people::names(scope, &people).await?;
    let today = scope.cx.today();
    let shown = |pair: KeepApart| {
        let name = |person: Option<Person>| person.and_then(|who| names.get(&who)).cloned().unwrap_or_default();
        let people = pair.people();
        KeepApartView {
            name: name(people.map(|(one, _)| one)),
            other_name: name(people.map(|(_, other)| other)),
            in_force: pair.ended_at.is_none() && pair.ends_on.is_none_or(|last| today <= last),
            shared: None,
            pair,
        }
    };
    Ok(pairs.into_iter().map(shown).collect())
}

/// A pair with where the two already meet, as far as the caller may see rosters and sessions.
async fn view(scope: &mut Scope<'_>, pair: KeepApart) -> Result<KeepApartView, Problem> {
    let shared = match pair.people().filter(|_| pair.ended_at.is_none()) {
        Some((one, other)) => shared(scope, one, other).await?,
        None => Shared::default(),
    };
    let mut named = named(scope, vec![pair]).await?;
    let view = named.pop().ok_or_else(|| Problem::not_found("keep-apart pair"))?;
    Ok(KeepApartView { shared: Some(shared), ..view })
}

async fn shared(scope: &mut Scope<'_>, one: Person, other: Person) -> Result<Shared, Problem> {
    let mut shared = Shared::default();
    if scope.cx.permissions.allows(Permission::GroupRead) {
        let groups = store::shared_groups(scope, one, other).await?;
        shared.groups = groups.into_iter().map(|(group_id, name)| SharedGroup { group_id, name }).collect();
    }
    if scope.cx.permissions.allows(Permission::GroupEncounterRead) {
        let now = scope.now();
        let ids = store::shared_sessions(scope, one, other, now).await?;
        let filter = Where::organization().and_in("id", ids.iter().map(::rules::column::Value::from));
        let mut sessions: Vec<Session> = scope.filter(&filter, "id", ids.len().max(1)).await?;
        sessions.sort_by_key(|session| (session.starts_at, session.id));
        shared.sessions = sessions.into_iter().map(shared_session).collect();
    }
    Ok(shared)
}

fn shared_session(session: Session) -> SharedSession {
    SharedSession {
        session_id: session.id,
        starts_at: session.zone.rfc3339(session.starts_at),
        local_date: session.local_date,
        session_number: session.session_number,
        title: session.title,
    }
}
