//! A calendar program fetches a feed: it has nothing but the address.

use std::{collections::BTreeSet, sync::Arc};

use ::rules::{
    column::Value,
    id::{Id, Kind},
};
use ::store::{Record, Where};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::{Feed, Guest, PERMISSION, Patient, Practitioner, Room, Site, Subject};
use crate::{
    App,
    connect::{calendar, store},
    door::{Cx, FeedAddress, Lobby, Request, Scope, hash_secret, hex},
    identity,
    problem::Problem,
};

/// How often the last fetch is written, and the reading put into the audit log.
const TOUCH: SignedDuration = SignedDuration::from_mins(1);

/// A feed as it is sent.
#[derive(Debug)]
pub struct Published {
    /// The text.
    pub text: String,
    /// What tells this text from every other: a strong `ETag`.
    pub tag: String,
    /// When anything in it last changed.
    pub modified: Timestamp,
}

/// The feed at an address.
///
/// # Errors
/// 404 when there is none, or whose it is may no longer see it; 410 when it was retired; 429 when it is asked for too
/// often.
pub async fn fetch(app: &Arc<App>, secret: &str, request: Request) -> Result<Published, Problem> {
    let hash = hash_secret(secret);
    app.feed_throttle.count(hash.clone(), &request.source)?;
    let found = Lobby(&app.db).feed_address(&hash).await?.ok_or_else(nowhere)?;
    if found.retired_at.is_some() {
        let detail = "This calendar feed has been given another address, or was revoked. Ask for the new address.";
        return Err(Problem::gone(detail));
    }
    let now = app.clock.now();
    let cx = &Cx { request, ..Cx::system(app, &found.organization, "calendar feed") };
    let is_due = found.last_fetched_at.is_none_or(|last| now.duration_since(last) >= TOUCH);
    let feed = feed_in_force(cx, &found).await?;
    let published = publish(cx, &feed, is_due).await?;
    if is_due {
        Lobby(&app.db).feed_fetched(&hash, now).await?;
    }
    Ok(published)
}

fn nowhere() -> Problem {
    Problem::not_found("calendar feed")
}

/// The feed, if the user it belongs to may still see what it shows.
async fn feed_in_force(cx: &Cx, found: &FeedAddress) -> Result<Feed, Problem> {
    let id = found.feed;
    let feed: Feed = cx.read(PERMISSION, |scope| Box::pin(async move { scope.get(id).await })).await?;
    let Some(owner) = feed.owner_user else { return Ok(feed) };
    let profile = identity::profile(&cx.app.db, cx.organization.id, owner).await?.ok_or_else(nowhere)?;
    let is_own = feed.practitioner_id.is_none() || feed.practitioner_id == profile.practitioner;
    if is_own && profile.permissions().allows(PERMISSION) { Ok(feed) } else { Err(nowhere()) }
}

async fn publish(cx: &Cx, feed: &Feed, is_due: bool) -> Result<Published, Problem> {
    let content = cx
        .read(PERMISSION, |scope| {
            Box::pin(async move {
                let subject = feed.subject().ok_or_else(nowhere)?;
                require_active(scope, subject).await?;
                if is_due {
                    scope.record_reading("calendar_feed", feed.id);
                }
                content(scope, subject).await
            })
        })
        .await?;
    let modified = content.modified().max(feed.created_at);
    let text = content.calendar().write();
    let tag = format!("\"{}\"", &hex(&Sha256::digest(text.as_bytes()))[..32]);
    Ok(Published { text, tag, modified })
}

/// Whoever no longer works or comes here has no feed.
async fn require_active(scope: &mut Scope<'_>, subject: Subject) -> Result<(), Problem> {
    let is_active = match subject {
        Subject::Practitioner(id) => scope.get::<Practitioner, _>(id).await?.is_active,
        Subject::Patient(id) => scope.get::<Patient, _>(id).await?.is_active,
        Subject::Guest(id) => scope.get::<Guest, _>(id).await?.is_active,
        Subject::Site(_) | Subject::Room(_) => true,
    };
    if is_active { Ok(()) } else { Err(nowhere()) }
}

/// What is in a feed: the same few statements however much it is.
async fn content(scope: &mut Scope<'_>, subject: Subject) -> Result<calendar::Content, Problem> {
    let now = scope.now();
    let window = calendar::window(now);
    let rows = store::rows(scope, subject, window, calendar::SESSIONS_MAX + 1).await?;
    let groups: BTreeSet<_> =
        rows.iter().filter(|row| row.recurrence_id.is_some()).filter_map(|row| row.group).collect();
    let series = store::series(scope, &groups, window.from).await?;
    let rooms: Vec<Room> = match subject {
        Subject::Room(id) => vec![scope.get(id).await?],
        Subject::Patient(_) | Subject::Guest(_) => Vec::new(),
        _ => places(scope, rows.iter().filter_map(|row| row.room)).await?,
    };
    let own_site = match subject {
        Subject::Site(id) => Some(id),
        _ => rooms.first().filter(|_| matches!(subject, Subject::Room(_))).map(|room| room.site_id),
    };
    let sites: Vec<Site> = places(scope, rows.iter().filter_map(|row| row.site).chain(own_site)).await?;
    let base = scope.cx.app.config.public_url.clone();
    Ok(calendar::Content { subject, rows, series, sites, rooms, base, zone: scope.cx.zone(), now, window })
}

/// The sites or rooms with these ids.
async fn places<R: Record<Id = Id<K>>, K: Kind>(
    scope: &mut Scope<'_>,
    ids: impl Iterator<Item = Id<K>>,
) -> Result<Vec<R>, Problem> {
    let ids: BTreeSet<Id<K>> = ids.collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let filter = Where::organization().and_in("id", ids.iter().map(Value::from));
    Ok(scope.filter(&filter, "id", ids.len()).await?)
}
