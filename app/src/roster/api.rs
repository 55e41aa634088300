//! `/api/groups/{id}/members` and `/api/patients/{id}/groups`.

use ::rules::{
    id::{GroupId, MemberId, PatientId},
    text::Reason,
};
use deserr::Deserr;
use utoipa_axum::routes;

use super::{
    actions::{
        self, BatchError, BatchOutcome, ChangeMember, ListMembers, MemberFilter, MemberView, NewMember, NewMembers,
        PersonGroup, Removal,
    },
    store::Member,
};
use crate::{
    audit::history::{AsOf, RecordVersion},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, FieldErrors, Json, Query},
        openapi::with_schemas,
        respond::{Created, Data, Listed},
    },
    paging::Paged,
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(add_batch))
        .routes(routes!(show, change, remove))
        .routes(routes!(member_history))
        .routes(routes!(of_patient));
    with_schemas::<(Member, MemberView, Removal, BatchOutcome, BatchError, PersonGroup, MemberFilter)>(router)
}

/// The roster of a group
///
/// In the order in which people were added; who waits shows the place in the line.
#[utoipa::path(get, path = "/api/groups/{id}/members", tag = "roster", params(("id" = GroupId, Path), ListMembers))]
async fn list(cx: Cx, At(group): At<GroupId>, Query(list): Query<ListMembers>) -> Result<Listed<MemberView>, Problem> {
    actions::list(&cx, group, &list).await.map(Listed)
}

/// Add a person to a group
///
/// To a seat when one is free and nobody eligible waits; else as `on_full` says.
#[utoipa::path(post, path = "/api/groups/{id}/members", tag = "roster", params(("id" = GroupId, Path)))]
async fn add(cx: Cx, At(group): At<GroupId>, Json(new): Json<NewMember>) -> Result<Created<MemberView>, Problem> {
    actions::add(&cx, group, &new).await.map(Created)
}

/// Add up to 200 people to a group
///
/// Who is a member already is skipped; who can't be added is named in `errors` by index.
#[utoipa::path(post, path = "/api/groups/{id}/members/batch", tag = "roster", params(("id" = GroupId, Path)))]
async fn add_batch(
    cx: Cx,
    At(group): At<GroupId>,
    Json(batch): Json<NewMembers>,
) -> Result<Created<BatchOutcome>, Problem> {
    actions::add_batch(&cx, group, &batch).await.map(Created)
}

/// One member
#[utoipa::path(get, path = "/api/groups/{id}/members/{member_id}", tag = "roster",
    params(("id" = GroupId, Path), ("member_id" = MemberId, Path)))]
async fn show(cx: Cx, At((group, member)): At<(GroupId, MemberId)>) -> Result<Data<MemberView>, Problem> {
    actions::show(&cx, group, member).await.map(Data)
}

/// Change a member's remarks
#[utoipa::path(patch, path = "/api/groups/{id}/members/{member_id}", tag = "roster",
    params(("id" = GroupId, Path), ("member_id" = MemberId, Path)))]
async fn change(
    cx: Cx,
    At((group, member)): At<(GroupId, MemberId)>,
    Json(change): Json<ChangeMember>,
) -> Result<Data<MemberView>, Problem> {
    actions::change(&cx, group, member, &change).await.map(Data)
}

/// Why a member is removed.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Why {
    /// Why: kept with the stint.
    #[deserr(default)]
    #[param(value_type = Option<String>, max_length = 500)]
    reason: Option<Reason>,
}

/// Remove a member
///
/// The stint ends as `left`; whoever is next in line has the seat in the same answer.
#[utoipa::path(delete, path = "/api/groups/{id}/members/{member_id}", tag = "roster",
    params(("id" = GroupId, Path), ("member_id" = MemberId, Path), Why))]
async fn remove(
    cx: Cx,
    At((group, member)): At<(GroupId, MemberId)>,
    Query(why): Query<Why>,
) -> Result<Data<Removal>, Problem> {
    actions::remove(&cx, group, member, why.reason.as_ref()).await.map(Data)
}

/// The groups a patient is or was in
///
/// Newest first.
#[utoipa::path(get, path = "/api/patients/{id}/groups", tag = "roster", params(("id" = PatientId, Path), Paged))]
async fn of_patient(
    cx: Cx,
    At(patient): At<PatientId>,
    Query(paged): Query<Paged>,
) -> Result<Listed<PersonGroup>, Problem> {
    actions::of_patient(&cx, patient, &paged).await.map(Listed)
}

/// A member as it stood
#[utoipa::path(get, path = "/api/groups/{id}/members/{member_id}/history", tag = "roster",
    params(("id" = GroupId, Path), ("member_id" = MemberId, Path), AsOf))]
async fn member_history(
    cx: Cx,
    At((group, member)): At<(GroupId, MemberId)>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    actions::history(&cx, group, member, &as_of).await.map(Listed)
}
