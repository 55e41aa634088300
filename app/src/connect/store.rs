//! Statements over feeds, their addresses, and the sessions they show.

mod sessions;

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    id::{FeedId, GuestId, PatientId, PractitionerId, RoomId, SiteId, UserId},
};
use ::store::{Error, Where};
use jiff::Timestamp;

pub use sessions::{Row, Series, Window, rows, series};

use crate::door::Scope;

::rules::vocabulary! {
    /// Whose sessions a feed shows.
    pub enum FeedKind {
        /// Those a practitioner leads.
        Practitioner = "practitioner",
        /// Those at a site.
        Site = "site",
        /// Those in a room.
        Room = "room",
        /// Those a patient is booked into.
        Patient = "patient",
        /// Those a guest is booked into.
        Guest = "guest",
    }
}

::store::record! {
    /// A calendar feed.
    pub struct Feed(FeedId) in "feeds" {
        /// Whose sessions it shows.
        pub kind: FeedKind,
        /// The practitioner.
        pub practitioner_id: Option<PractitionerId>,
        /// The site.
        pub site_id: Option<SiteId>,
        /// The room.
        pub room_id: Option<RoomId>,
        /// The patient.
        pub patient_id: Option<PatientId>,
        /// The guest.
        pub guest_id: Option<GuestId>,
        /// The user it belongs to, and ends with; none for a patient's and a guest's.
        pub owner_user: Option<UserId>,
        /// When it last got another address.
        pub rotated_at: Option<Timestamp>,
        /// When it was revoked.
        pub revoked_at: Option<Timestamp>,
    }
}

/// Whose sessions are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A practitioner's.
    Practitioner(PractitionerId),
    /// A site's.
    Site(SiteId),
    /// A room's.
    Room(RoomId),
    /// A patient's.
    Patient(PatientId),
    /// A guest's.
    Guest(GuestId),
}

impl Feed {
    /// Whose sessions it shows; the database keeps exactly one.
    pub fn subject(&self) -> Option<Subject> {
        let practitioner = self.practitioner_id.map(Subject::Practitioner);
        let place = self.site_id.map(Subject::Site).or(self.room_id.map(Subject::Room));
        let person = self.patient_id.map(Subject::Patient).or(self.guest_id.map(Subject::Guest));
        practitioner.or(place).or(person)
    }
}

/// Feeds in force that match, in the order they were made.
pub async fn feeds(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<FeedId>,
    limit: usize,
) -> Result<Vec<Feed>, Error> {
    let filter = filter.and_always("revoked_at is null").and_if("id > ?", after.as_ref());
    scope.filter(&filter, "id", limit).await
}

/// Gives a feed an address.
pub async fn add_address(scope: &mut Scope<'_>, feed: FeedId, hash: &str) -> Result<(), Error> {
    const SQL: &str = "insert into feed_addresses (organization, hash, feed_id, created_at) values ($1, $2, $3, $4)";
    let now = Value::Time(scope.now());
    scope.run(SQL, &[hash.into(), (&feed).into(), now]).await.map(drop)
}

/// Takes a feed's address out of use.
pub async fn retire_address(scope: &mut Scope<'_>, feed: FeedId) -> Result<(), Error> {
    const SQL: &str =
        "update feed_addresses set retired_at = $3 where organization = $1 and feed_id = $2 and retired_at is null";
    let now = Value::Time(scope.now());
    scope.run(SQL, &[(&feed).into(), now]).await.map(drop)
}

/// When these feeds were last fetched, in one statement.
pub async fn fetched(scope: &mut Scope<'_>, feeds: &[FeedId]) -> Result<BTreeMap<FeedId, Timestamp>, Error> {
    if feeds.is_empty() {
        return Ok(BTreeMap::new());
    }
    let filter = Where::starting("organization = $1").and_in("feed_id", feeds.iter().map(Value::from));
    let filter = filter.and_always("retired_at is null");
    let sql = format!("select feed_id, last_fetched_at from feed_addresses where {}", filter.sql());
    let rows = scope.rows(&sql, filter.arguments()).await?;
    let found = rows.iter().map(|row| Ok((row.at(0)?, row.at::<Option<Timestamp>>(1)?)));
    let found: Vec<(FeedId, Option<Timestamp>)> = found.collect::<Result<_, Error>>()?;
    Ok(found.into_iter().filter_map(|(feed, at)| Some((feed, at?))).collect())
}
