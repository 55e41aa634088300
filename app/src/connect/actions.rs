//! Use cases: making, listing, rotating and revoking feeds, and fetching one by its address.

mod fetch;

use ::rules::{
    id::{FeedId, GuestId, PatientId, PractitionerId, RoomId, SiteId, UserId},
    permissions::Permission,
};
use ::store::Where;
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::store::{self, Feed, FeedKind, Subject};
use crate::{
    door::{Cx, Scope, hash_secret},
    events::ExchangeEvent,
    http::extract::FieldErrors,
    paging::{Limit, Page, cursor},
    people::{Guest, Patient, Practitioner, Room, Site},
    problem::Problem,
};

pub use fetch::{Published, fetch};

/// What everybody with a feed must be allowed: it shows the schedule, and who owns it must be able to see that.
pub const PERMISSION: Permission = Permission::GroupEncounterRead;

/// A feed to make: of exactly one practitioner, site, room, patient or guest.
#[derive(Debug, Clone, Copy, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewFeed {
    /// Your own profile: the sessions you lead.
    #[deserr(default)]
    pub practitioner_id: Option<PractitionerId>,
    /// The sessions at a site. The feed is yours: it ends with your account.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// The sessions in a room. The feed is yours: it ends with your account.
    #[deserr(default)]
    pub room_id: Option<RoomId>,
    /// The sessions a patient is booked into; needs `participant.book`.
    #[deserr(default)]
    pub patient_id: Option<PatientId>,
    /// The sessions a guest is booked into; needs `participant.book`.
    #[deserr(default)]
    pub guest_id: Option<GuestId>,
}

impl NewFeed {
    /// Whose sessions it is to show.
    fn subject(&self) -> Result<Subject, Problem> {
        let named = [
            self.practitioner_id.map(Subject::Practitioner),
            self.site_id.map(Subject::Site),
            self.room_id.map(Subject::Room),
            self.patient_id.map(Subject::Patient),
            self.guest_id.map(Subject::Guest),
        ];
        let mut named = named.into_iter().flatten();
        match (named.next(), named.next()) {
            (Some(subject), None) => Ok(subject),
            _ => {
                let detail =
                    "A feed shows the sessions of one: name a practitioner, a site, a room, a patient or a guest.";
                Err(Problem::unprocessable("one_subject", detail))
            }
        }
    }
}

/// A feed as its list shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeedView {
    /// The feed.
    #[serde(flatten)]
    pub feed: Feed,
    /// When a calendar program last fetched it, to the minute; none before the first time.
    pub last_fetched_at: Option<jiff::Timestamp>,
}

/// A feed with its address, which is shown this once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MadeFeed {
    /// Where calendar programs fetch it.
    #[serde(skip_serializing)]
    pub address: String,
    /// The feed.
    pub feed: FeedView,
}

/// What a list of feeds is limited to.
#[derive(Debug, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListFeeds {
    /// A patient's; needs `participant.book`.
    #[deserr(default)]
    pub patient_id: Option<PatientId>,
    /// A guest's; needs `participant.book`.
    #[deserr(default)]
    pub guest_id: Option<GuestId>,
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

/// Makes a feed. Its address is in this answer and nowhere else.
///
/// # Errors
/// 403, also for another practitioner's; 404; 409 `feed_exists`, or `inactive` for somebody who no longer comes; 422.
pub async fn make(cx: &Cx, new: &NewFeed) -> Result<MadeFeed, Problem> {
    cx.require(PERMISSION).await?;
    let subject = new.subject()?;
    if matches!(subject, Subject::Patient(_) | Subject::Guest(_)) {
        cx.require(Permission::ParticipantBook).await?;
    }
    let secret = &cx.app.clock.secret();
    cx.write(PERMISSION, |scope| {
        Box::pin(async move {
            let owner = owner(scope, subject).await?;
            let feed = blank(scope, subject, owner);
            match scope.insert(&feed).await {
                Err(::store::Error::Conflict) => return Err(exists()),
                inserted => inserted?,
            }
            store::add_address(scope, feed.id, &hash_secret(secret)).await?;
            scope.emit(ExchangeEvent::FeedCreated { feed: feed.id });
            Ok(MadeFeed { address: address(scope.cx, secret), feed: FeedView { feed, last_fetched_at: None } })
        })
    })
    .await
}

fn exists() -> Problem {
    let detail = "There is a feed for this already. Give it a new address if the present one is lost.";
    Problem::conflict("feed_exists", detail)
}

/// Where calendar programs fetch a feed with this secret.
fn address(cx: &Cx, secret: &str) -> String {
    format!("{}/ics/{secret}.ics", cx.app.config.public_url)
}

fn blank(scope: &Scope<'_>, subject: Subject, owner: Option<UserId>) -> Feed {
    let now = scope.now();
    let mut feed = Feed {
        id: scope.id(),
        kind: FeedKind::Site,
        practitioner_id: None,
        site_id: None,
        room_id: None,
        patient_id: None,
        guest_id: None,
        owner_user: owner,
        rotated_at: None,
        revoked_at: None,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: now,
        updated_at: now,
    };
    match subject {
        Subject::Practitioner(id) => (feed.kind, feed.practitioner_id) = (FeedKind::Practitioner, Some(id)),
        Subject::Site(id) => (feed.kind, feed.site_id) = (FeedKind::Site, Some(id)),
        Subject::Room(id) => (feed.kind, feed.room_id) = (FeedKind::Room, Some(id)),
        Subject::Patient(id) => (feed.kind, feed.patient_id) = (FeedKind::Patient, Some(id)),
        Subject::Guest(id) => (feed.kind, feed.guest_id) = (FeedKind::Guest, Some(id)),
    }
    feed
}

/// Whom the feed of a subject that is there belongs to; nobody for people who come.
async fn owner(scope: &mut Scope<'_>, subject: Subject) -> Result<Option<UserId>, Problem> {
    let caller = || scope.cx.user().ok_or_else(|| Problem::unauthenticated("Sign in first."));
    let inactive = || Problem::conflict("inactive", "Whoever no longer comes has no calendar feed.");
    match subject {
        Subject::Practitioner(id) => {
            let caller = caller()?;
            let one: Practitioner = scope.get(id).await?;
            if one.user_id == Some(caller) { Ok(Some(caller)) } else { Err(not_yours()) }
        }
        Subject::Site(id) => {
            let caller = caller()?;
            scope.get::<Site, _>(id).await.map(|_| Some(caller))
        }
        Subject::Room(id) => {
            let caller = caller()?;
            scope.get::<Room, _>(id).await.map(|_| Some(caller))
        }
        Subject::Patient(id) => {
            if scope.get::<Patient, _>(id).await?.is_active {
                Ok(None)
            } else {
                Err(inactive())
            }
        }
        Subject::Guest(id) => {
            if scope.get::<Guest, _>(id).await?.is_active {
                Ok(None)
            } else {
                Err(inactive())
            }
        }
    }
}

fn not_yours() -> Problem {
    let detail = "Only whoever a feed belongs to may know its address: they make it themselves, signed in.";
    Problem::refused_access("not_yours", detail)
}

/// Feeds in force: one's own, everybody's for who manages users, or a patient's or guest's.
///
/// # Errors
/// 403, 422 for a bad cursor.
pub async fn list(cx: &Cx, list: &ListFeeds) -> Result<Page<FeedView>, Problem> {
    cx.require(PERMISSION).await?;
    if list.patient_id.is_some() || list.guest_id.is_some() {
        cx.require(Permission::ParticipantBook).await?;
    }
    let everybodys = cx.permissions.allows(Permission::UserManage);
    let after: Option<FeedId> = cursor(list.cursor.as_deref())?;
    let limit = list.limit.unwrap_or_default().0;
    cx.read(PERMISSION, |scope| {
        Box::pin(async move {
            let filter = Where::organization();
            let filter = match (list.patient_id, list.guest_id) {
                (None, None) if everybodys => filter,
                (None, None) => filter.and_if("owner_user = ?", scope.cx.user().as_ref()),
                (patient, guest) => {
                    filter.and_if("patient_id = ?", patient.as_ref()).and_if("guest_id = ?", guest.as_ref())
                }
            };
            let found = store::feeds(scope, filter, after, limit + 1).await?;
            shown(scope, Page::cut(found, limit, |feed| feed.id)).await
        })
    })
    .await
}

/// The caller's own feeds in force.
///
/// # Errors
/// 403, 422 for a bad cursor.
pub async fn own(cx: &Cx, wanted: Option<&str>, limit: usize) -> Result<Page<FeedView>, Problem> {
    let after: Option<FeedId> = cursor(wanted)?;
    let caller = cx.user().ok_or_else(|| Problem::unauthenticated("Sign in first."))?;
    cx.read(PERMISSION, |scope| {
        Box::pin(async move {
            let filter = Where::organization().and("owner_user = ?", &caller);
            let found = store::feeds(scope, filter, after, limit + 1).await?;
            shown(scope, Page::cut(found, limit, |feed| feed.id)).await
        })
    })
    .await
}

async fn shown(scope: &mut Scope<'_>, page: Page<Feed>) -> Result<Page<FeedView>, Problem> {
    let ids: Vec<FeedId> = page.items.iter().map(|feed| feed.id).collect();
    let fetched = store::fetched(scope, &ids).await?;
    Ok(page.map(|feed| FeedView { last_fetched_at: fetched.get(&feed.id).copied(), feed }))
}

async fn view(scope: &mut Scope<'_>, feed: Feed) -> Result<FeedView, Problem> {
    let fetched = store::fetched(scope, &[feed.id]).await?;
    Ok(FeedView { last_fetched_at: fetched.get(&feed.id).copied(), feed })
}

/// One feed.
///
/// # Errors
/// 403, 404, also for what is somebody else's.
pub async fn one(cx: &Cx, id: FeedId) -> Result<FeedView, Problem> {
    cx.read(PERMISSION, |scope| {
        Box::pin(async move {
            let feed = scope.get(id).await?;
            may_see(scope.cx, &feed)?;
            view(scope, feed).await
        })
    })
    .await
}

/// Whose the feed is may see it, and who books people theirs; who manages users sees every one.
fn may_see(cx: &Cx, feed: &Feed) -> Result<(), Problem> {
    let may = is_ones_own(cx, feed) || cx.permissions.allows(Permission::UserManage);
    if may { Ok(()) } else { Err(Problem::not_found("feed")) }
}

fn is_ones_own(cx: &Cx, feed: &Feed) -> bool {
    match feed.owner_user {
        Some(owner) => cx.user() == Some(owner),
        None => cx.permissions.allows(Permission::ParticipantBook),
    }
}

/// The feed, locked, as one that can still be changed.
async fn lock(scope: &mut Scope<'_>, id: FeedId) -> Result<Feed, Problem> {
    let feed: Feed = scope.get(id).await?;
    may_see(scope.cx, &feed)?;
    let feed: Feed = scope.lock_current(id).await?;
    match feed.revoked_at {
        None => Ok(feed),
        Some(_) => {
            Err(Problem::conflict("feed_revoked", "This feed is revoked. Make a new one if it is needed again."))
        }
    }
}

/// Gives a feed a new address; the old one is gone. The new one is in this answer and nowhere else.
///
/// # Errors
/// 403 unless it is one's own, 404, 409 `feed_revoked`, 412.
pub async fn rotate(cx: &Cx, id: FeedId) -> Result<MadeFeed, Problem> {
    let secret = &cx.app.clock.secret();
    cx.write(PERMISSION, |scope| {
        Box::pin(async move {
            let old = lock(scope, id).await?;
            if !is_ones_own(scope.cx, &old) {
                return Err(not_yours());
            }
            let new = Feed { rotated_at: Some(scope.now()), ..old.clone() };
            let feed = scope.update(&old, new).await?;
            store::retire_address(scope, id).await?;
            store::add_address(scope, id, &hash_secret(secret)).await?;
            scope.emit(ExchangeEvent::FeedRotated { feed: id });
            Ok(MadeFeed { address: address(scope.cx, secret), feed: FeedView { feed, last_fetched_at: None } })
        })
    })
    .await
}

/// Ends a feed: its address is gone for good.
///
/// # Errors
/// 404, 409 `feed_revoked`, 412.
pub async fn revoke(cx: &Cx, id: FeedId) -> Result<FeedView, Problem> {
    cx.write(PERMISSION, |scope| {
        Box::pin(async move {
            let old = lock(scope, id).await?;
            let new = Feed { revoked_at: Some(scope.now()), ..old.clone() };
            let feed = scope.update(&old, new).await?;
            let shown = view(scope, feed).await?;
            store::retire_address(scope, id).await?;
            scope.emit(ExchangeEvent::FeedRevoked { feed: id });
            Ok(shown)
        })
    })
    .await
}
