//! `/api/groups/{id}/members` and `/api/patients/{id}/groups`.

use ::rules::{
    id::{GroupId, MemberId, PatientId},
    text::Reason,
};
use deserr::Deserr;
use utoipa_axum::routes;

use super::{
    actions::{
        self, BatchError, BatchOutcome, ChangeMember, Decline, GiveSeat, GroupLeader, ListMembers, MemberFilter,
        MemberView, Move, NewMember, NewMembers, PersonGroup, RosterChange, SkippedMember, Waitlist, link,
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
        .routes(routes!(accept))
        .routes(routes!(decline))
        .routes(routes!(promote))
        .routes(routes!(move_to))
        .routes(routes!(offer_link))
        .routes(routes!(waitlist))
        .routes(routes!(of_patient));
    let router =
        with_schemas::<(Member, MemberView, RosterChange, BatchOutcome, BatchError, PersonGroup, GroupLeader)>(router);
    with_schemas::<(MemberFilter, Promoted, OfferLinkAnswer, Waitlist, SkippedMember)>(router)
}

/// The roster of a group
///
/// In the order in which people were added; who waits shows the place in the line. With `at`, who had a seat on a day.
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
) -> Result<Data<RosterChange>, Problem> {
    actions::remove(&cx, group, member, why.reason.as_ref()).await.map(Data)
}

/// Accept an offered seat
///
/// For the person, by staff: the member is `active` and booked into the coming sessions.
#[utoipa::path(post, path = "/api/groups/{id}/members/{member_id}/accept", tag = "roster",
    params(("id" = GroupId, Path), ("member_id" = MemberId, Path)))]
async fn accept(cx: Cx, At((group, member)): At<(GroupId, MemberId)>) -> Result<Data<RosterChange>, Problem> {
    actions::accept(&cx, group, member).await.map(Data)
}

/// Decline an offered seat
///
/// For the person, by staff: the member is `declined`, and whoever is next in line has the offer.
#[utoipa::path(post, path = "/api/groups/{id}/members/{member_id}/decline", tag = "roster",
    params(("id" = GroupId, Path), ("member_id" = MemberId, Path)))]
async fn decline(
    cx: Cx,
    At((group, member)): At<(GroupId, MemberId)>,
    Json(input): Json<Decline>,
) -> Result<Data<RosterChange>, Problem> {
    actions::decline(&cx, group, member, &input).await.map(Data)
}

/// A seat that was given by hand.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct Promoted {
    /// The member.
    member: MemberView,
    /// The private address of the offer, if the seat was offered: shown this once.
    offer_url: Option<String>,
}

/// Give a seat to one who waits
///
/// By hand, in any group. Before others who wait longer it needs a reason; beyond the capacity also `on_full` set to
/// `override` and the permission `group.capacity.override`.
#[utoipa::path(post, path = "/api/groups/{id}/members/{member_id}/promote", tag = "roster",
    params(("id" = GroupId, Path), ("member_id" = MemberId, Path)))]
async fn promote(
    cx: Cx,
    At((group, member)): At<(GroupId, MemberId)>,
    Json(input): Json<GiveSeat>,
) -> Result<Data<Promoted>, Problem> {
    let given = actions::give(&cx, group, member, &input).await?;
    Ok(Data(Promoted { member: given.member, offer_url: given.offer_url }))
}

/// Move one who waits to another place in the line
///
/// Everybody else keeps their order. Needs a reason, which is kept.
#[utoipa::path(post, path = "/api/groups/{id}/members/{member_id}/move", tag = "roster",
    params(("id" = GroupId, Path), ("member_id" = MemberId, Path)))]
async fn move_to(
    cx: Cx,
    At((group, member)): At<(GroupId, MemberId)>,
    Json(input): Json<Move>,
) -> Result<Data<MemberView>, Problem> {
    actions::move_to(&cx, group, member, &input).await.map(Data)
}

/// A private address that was made.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct OfferLinkAnswer {
    /// The address: whoever has it can answer the offer. It can't be shown again.
    url: String,
    /// The member whose offer it answers.
    member: MemberView,
}

/// Make the private address of an offer
///
/// Or make it anew: the one before leads nowhere from then on. The address is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/groups/{id}/members/{member_id}/offer-link", tag = "roster",
    params(("id" = GroupId, Path), ("member_id" = MemberId, Path)))]
async fn offer_link(cx: Cx, At((group, member)): At<(GroupId, MemberId)>) -> Result<Created<OfferLinkAnswer>, Problem> {
    let made = link::make(&cx, group, member).await?;
    Ok(Created(OfferLinkAnswer { url: made.url, member: made.member }))
}

/// Why nobody was given a seat
///
/// What holds the whole line, and who was passed over last. Every kind of ineligibility reads the same.
#[utoipa::path(get, path = "/api/groups/{id}/waitlist", tag = "roster", params(("id" = GroupId, Path)))]
async fn waitlist(cx: Cx, At(group): At<GroupId>) -> Result<Data<Waitlist>, Problem> {
    actions::waitlist(&cx, group).await.map(Data)
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
