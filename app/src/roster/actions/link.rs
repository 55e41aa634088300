//! The private address of an offer: 256 random bits, stored as a hash, dead once the offer is answered, over or
//! withdrawn, or when a new address is made.

use std::sync::Arc;

use ::rules::{
    id::{GroupId, MemberId},
    permissions::{Permission, Permissions},
    roster::{MemberStatus, Refusal},
    text::Reason,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    super::store::{self, Member},
    MemberView,
    leaving::member_of,
    offering::{accepted, declined},
    refused, view,
};
use crate::{
    App,
    door::{Cx, Lobby, Principal, Request, Scope, hash_secret},
    events::Event,
    groups::{self, Group},
    problem::Problem,
};

/// A private address that was made; it is shown this once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfferLink {
    /// The address: whoever has it can answer the offer.
    #[serde(skip_serializing)]
    pub url: String,
    /// The member whose offer it answers.
    pub member: MemberView,
}

/// Makes the private address of an offer, or makes it anew: the one before leads nowhere from then on.
///
/// # Errors
/// 404; 409 without an offer, after its deadline, or in an archived group; 412.
pub async fn make(cx: &Cx, group: GroupId, id: MemberId) -> Result<OfferLink, Problem> {
    cx.write(Permission::GroupMemberAdd, |scope| {
        Box::pin(async move {
            let group: Group = groups::lock(scope, group).await?;
            let member = member_of(scope, &group, id).await?;
            // Whoever may decline has something to answer.
            member.offer().decline(group.status, scope.now()).map_err(refused)?;
            let url = renew(scope, &member).await?;
            Ok(OfferLink { url, member: view(scope, member).await? })
        })
    })
    .await
}

/// Gives an offer a new private address.
pub(super) async fn renew(scope: &mut Scope<'_>, member: &Member) -> Result<String, Problem> {
    let secret = scope.cx.app.clock.secret();
    store::set_link(scope, member.id, &hash_secret(&secret)).await?;
    scope.emit(Event::OfferLinkMade { group: member.group_id, member: member.id });
    Ok(format!("{}/offers/{secret}", scope.cx.app.config.public_url.trim_end_matches('/')))
}

/// The context of whoever has the private address of an offer; none when it leads nowhere.
///
/// # Errors
/// 429 when one address, or one source, is tried too often.
pub async fn open(app: &Arc<App>, request: Request, token: &str) -> Result<Option<Cx>, Problem> {
    let hash = hash_secret(token);
    app.throttle.count(format!("offer:{hash}"), &request.source)?;
    let Some((organization, member)) = Lobby(&app.db).offer(&hash).await? else { return Ok(None) };
    let principal = Principal::Link { member, hash };
    Ok(Some(Cx { app: app.clone(), principal, organization, permissions: Permissions::NONE, request }))
}

/// What the private page tells: nothing clinical, and nobody's name.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The group.
    pub group: GroupId,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

/// The offer behind the private address; none when there is nothing to answer any more.
///
/// # Errors
/// When the database can't answer.
pub async fn seen(cx: &Cx) -> Result<Option<Seen>, Problem> {
    cx.read_as_oneself(|scope| {
        Box::pin(async move {
            let Some((id, hash)) = of_link(scope) else { return Ok(None) };
            let Some(member) = scope.find::<Member>(id).await? else { return Ok(None) };
            let group: Group = scope.get(member.group_id).await?;
            let stands = member.offer().decline(group.status, scope.now()).is_ok();
            if !stands || !store::has_link(scope, id, &hash).await? {
                return Ok(None);
            }
            scope.record_reading("offer", id);
            Ok(member.offer_expires_at.map(|expires_at| Seen { group: group.id, expires_at }))
        })
    })
    .await
}

fn of_link(scope: &Scope<'_>) -> Option<(MemberId, String)> {
    match &scope.cx.principal {
        Principal::Link { member, hash } => Some((*member, hash.clone())),
        _ => None,
    }
}

/// Answers the offer behind the private address; the address leads nowhere from then on.
///
/// # Errors
/// 404 when the address leads nowhere; 409 `offer_expired`, `not_eligible`, `invalid_transition`.
pub async fn answer(cx: &Cx, accept: bool) -> Result<(), Problem> {
    cx.write_as_oneself(|scope| {
        Box::pin(async move {
            let (group, member) = locked(scope).await?;
            if accept {
                accepted(scope, &group, member).await?;
            } else {
                let reason = Reason::parse("Declined by private link").ok();
                declined(scope, &group, member, reason.as_ref()).await?;
            }
            Ok(())
        })
    })
    .await
}

async fn locked(scope: &mut Scope<'_>) -> Result<(Group, Member), Problem> {
    let gone = || Problem::not_found("offer");
    let (id, hash) = of_link(scope).ok_or_else(gone)?;
    let member: Member = scope.find(id).await?.ok_or_else(gone)?;
    let group = groups::lock(scope, member.group_id).await?;
    let member: Member = scope.lock(id).await?;
    // Under the lock, so that an address that was made anew a moment ago counts.
    if !store::has_link(scope, id, &hash).await? {
        return Err(gone());
    }
    if member.status != MemberStatus::Offered {
        return Err(refused(Refusal::NotOffered(member.status)));
    }
    Ok((group, member))
}
