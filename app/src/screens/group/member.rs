//! One membership: what can be decided about it, its remarks, and everything it has been.

mod view;

use ::rules::{
    id::{GroupId, MemberId},
    permissions::Permission,
    text::Reason,
};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use maud::Render as _;

use super::{May, zone};
use crate::{
    audit::history::{AsOf, RecordVersion},
    door::Cx,
    frame,
    groups::{self, actions::GroupView},
    http::{
        extract::At,
        form::{As, Form},
    },
    paging::Limit,
    problem::Problem,
    roster::actions::{self as roster, ChangeMember, Decline, GiveSeat, MemberView, Move, link},
    shell::layout::Page,
};

/// Versions of one stint on the page.
const VERSIONS_MAX: usize = 50;

/// Everything the page shows.
struct Shown {
    group: GroupView,
    member: MemberView,
    stints: Vec<MemberView>,
    versions: Vec<(MemberId, Vec<RecordVersion>)>,
    zone: jiff::tz::TimeZone,
    now: jiff::Timestamp,
    may: May,
    key: String,
}

/// What has just happened on the page.
#[derive(Default)]
struct Said<'a> {
    problem: Option<&'a Problem>,
    link: Option<&'a str>,
}

async fn load(cx: &Cx, group: GroupId, id: MemberId) -> Result<Shown, Problem> {
    let group = groups::actions::show(cx, group).await?;
    let stints = roster::stints(cx, group.group.id, id).await?;
    let member = stints.iter().find(|one| one.member.id == id).cloned();
    let member = member.ok_or_else(|| Problem::not_found("member"))?;
    let mut versions = Vec::new();
    for stint in &stints {
        let wanted = AsOf { limit: Some(Limit(VERSIONS_MAX)), ..AsOf::default() };
        versions.push((stint.member.id, roster::history(cx, group.group.id, stint.member.id, &wanted).await?.items));
    }
    let zone = zone(cx, &group, &groups::pages::offers(cx).await?);
    let (now, may, key) = (cx.now(), May::of(cx), cx.app.clock.secret());
    Ok(Shown { group, member, stints, versions, zone, now, may, key })
}

async fn page(cx: &Cx, group: GroupId, id: MemberId, said: Said<'_>) -> Result<Page, Problem> {
    let shown = load(cx, group, id).await?;
    Ok(frame::page(cx, "groups", "Membership", shown.body(&said)))
}

/// The page.
pub async fn show(cx: Cx, headers: HeaderMap, At((group, id)): At<(GroupId, MemberId)>) -> Result<Response, Problem> {
    Ok(frame::show(&headers, page(&cx, group, id, Said::default()).await?))
}

/// Back to the page with a message, or the page again with what was refused.
async fn outcome<T>(
    cx: &Cx,
    group: GroupId,
    id: MemberId,
    done: Result<T, Problem>,
    message: impl FnOnce(&T) -> String,
) -> Result<Response, Problem> {
    match done {
        Ok(done) => Ok(frame::done(&format!("/groups/{group}/members/{id}"), &message(&done))),
        Err(problem) => {
            let problem = frame::form::shown_again(problem)?;
            let said = Said { problem: Some(&problem), link: None };
            let page = page(cx, group, id, said).await?;
            Ok(frame::refused(&problem, page))
        }
    }
}

/// Accepts an offer for the person.
pub async fn accept(cx: Cx, At((group, id)): At<(GroupId, MemberId)>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let done = roster::accept(&cx, group, id).await;
    outcome(&cx, group, id, done, |_| {
        "Accepted: the seat is theirs, and they are booked into the coming sessions.".into()
    })
    .await
}

/// Declines an offer for the person.
pub async fn decline(cx: Cx, At((group, id)): At<(GroupId, MemberId)>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let done = match form.read::<Decline>(&[("reason", As::Text)]) {
        Ok(input) => roster::decline(&cx, group, id, &input).await,
        Err(problem) => Err(problem),
    };
    let message = |done: &roster::RosterChange| match done.promoted.len() {
        0 => "Declined: the seat is free.".to_owned(),
        _ => "Declined: the next on the waitlist has the seat now.".to_owned(),
    };
    outcome(&cx, group, id, done, message).await
}

/// Gives a seat by hand. A seat that is offered shows the private address at once.
pub async fn give(cx: Cx, At((group, id)): At<(GroupId, MemberId)>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let fields = [("status", As::Text), ("on_full", As::Text), ("reason", As::Text)];
    let done = match form.read::<GiveSeat>(&fields) {
        Ok(input) => roster::give(&cx, group, id, &input).await,
        Err(problem) => Err(problem),
    };
    if let Ok(roster::GivenSeat { offer_url: Some(url), .. }) = &done {
        let said = Said { problem: None, link: Some(url) };
        return Ok(page(&cx, group, id, said).await?.render().into_response());
    }
    outcome(&cx, group, id, done, |given| match given.member.member.offer_expires_at {
        Some(_) => "The seat is offered.".to_owned(),
        None => "The seat is theirs, and they are booked into the coming sessions.".to_owned(),
    })
    .await
}

/// Moves the person to another place in the line.
pub async fn move_to(cx: Cx, At((group, id)): At<(GroupId, MemberId)>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let done = match form.read::<Move>(&[("position", As::NumberIfAny), ("reason", As::Text)]) {
        Ok(input) => roster::move_to(&cx, group, id, &input).await,
        Err(problem) => Err(problem),
    };
    let message = |moved: &MemberView| format!("Moved to position {}.", moved.waitlist_position.unwrap_or_default());
    outcome(&cx, group, id, done, message).await
}

/// Makes the private address of the offer and shows it, this once.
pub async fn offer_link(cx: Cx, At((group, id)): At<(GroupId, MemberId)>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let made = link::make(&cx, group, id).await;
    if let Ok(made) = &made {
        let said = Said { problem: None, link: Some(&made.url) };
        return Ok(page(&cx, group, id, said).await?.render().into_response());
    }
    outcome(&cx, group, id, made, |_| String::new()).await
}

/// Changes the remarks.
pub async fn remarks(cx: Cx, At((group, id)): At<(GroupId, MemberId)>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let done = match form.read::<ChangeMember>(&[("notes", As::Clearable)]) {
        Ok(change) => roster::change(&cx, group, id, &change).await,
        Err(problem) => Err(problem),
    };
    outcome(&cx, group, id, done, |_| "The remarks are saved.".to_owned()).await
}

/// Ends the membership.
pub async fn remove(cx: Cx, At((group, member)): At<(GroupId, MemberId)>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::GroupMemberRemove).await?;
    let cx = frame::edited(cx, &form);
    let reason = Some(form.get("reason").trim()).filter(|reason| !reason.is_empty()).map(Reason::parse).transpose();
    let reason = reason.map_err(|error| Problem::invalid_field("reason", "invalid", error.to_string()))?;
    let removal = roster::remove(&cx, group, member, reason.as_ref()).await?;
    let has = removal.promoted.first().map(|next| match next.member.offer_expires_at {
        Some(_) => "is offered the seat now",
        None => "has the seat now",
    });
    let message = match (removal.promoted.len(), has) {
        (1, Some(has)) => format!("Removed from the group. The first on the waitlist {has}."),
        (0, _) | (_, None) => "Removed from the group.".to_owned(),
        (more, _) => format!("Removed from the group. {more} people from the waitlist have seats now."),
    };
    Ok(frame::done(&format!("/groups/{group}"), &message))
}
