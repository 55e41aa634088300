//! The records of the room, and statements over them.

use ::rules::{
    column::{Json, Value},
    id::{ArrivalSignatureId, KioskId, ParticipantId, SessionId, SiteId, UserId},
    kiosk::Stroke,
    text::Name,
};
use ::store::{Dialect, Error, Row, Where};
use jiff::Timestamp;

use crate::door::Scope;

::store::record! {
    /// A browser in a waiting room.
    pub struct Kiosk(KioskId) in "kiosks" {
        /// The site whose sessions are checked in there.
        pub site_id: SiteId,
        /// What staff call it.
        pub label: Name,
        /// When it ends by itself.
        pub expires_at: Timestamp,
        /// When somebody closed it.
        pub closed_at: Option<Timestamp>,
        /// Who.
        pub closed_by_user: Option<UserId>,
    }
}

impl Kiosk {
    /// Whether people can check in there.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.closed_at.is_none() && self.expires_at > now
    }
}

::store::record! {
    /// What somebody signed on the screen when they arrived.
    pub struct ArrivalSignature(ArrivalSignatureId) in "arrival_signatures" {
        /// Whose arrival.
        pub participant_id: ParticipantId,
        /// In which session.
        pub session_id: SessionId,
        /// At which kiosk; none when a program sent it.
        pub kiosk_id: Option<KioskId>,
        /// What was drawn, in a field of 1,000 by 400.
        #[schema(value_type = Option<Vec<Vec<::rules::kiosk::Point>>>)]
        pub strokes: Option<Json<Vec<Stroke>>>,
        /// The name that was typed instead.
        pub typed_name: Option<Name>,
    }
}

/// The code of a participant, as it is stored.
#[derive(Debug, Clone)]
pub struct Code {
    /// Whose.
    pub participant: ParticipantId,
    /// In which session.
    pub session: SessionId,
    /// When it is over.
    pub expires_at: Timestamp,
    /// Wrong birth dates so far.
    pub tries: u32,
    /// When somebody arrived with it.
    pub used_at: Option<Timestamp>,
    /// Until when what it opened on the screen is open.
    pub visit_until: Option<Timestamp>,
}

const BY_HASH: &str = "select participant_id, session_id, expires_at, tries, used_at, visit_until from kiosk_codes \
    where organization_id = $1 and hash = $2";
const BY_VISIT: &str = "select participant_id, session_id, expires_at, tries, used_at, visit_until from kiosk_codes \
    where organization_id = $1 and visit_hash = $2";

fn code(row: &Row) -> Result<Code, Error> {
    Ok(Code {
        participant: row.at(0)?,
        session: row.at(1)?,
        expires_at: row.at(2)?,
        tries: row.at(3)?,
        used_at: row.at(4)?,
        visit_until: row.at(5)?,
    })
}

/// PostgreSQL locks the row before it is read; SQLite already holds the only writer's lease.
fn locked(scope: &Scope<'_>, sql: &str) -> String {
    match scope.dialect() {
        Dialect::Postgres => format!("{sql} for no key update"),
        Dialect::Sqlite => sql.to_owned(),
    }
}

/// The code with this hash, locked.
pub async fn code_of(scope: &mut Scope<'_>, hash: &str) -> Result<Option<Code>, Error> {
    let sql = locked(scope, BY_HASH);
    scope.row(&sql, &[hash.into()]).await?.as_ref().map(code).transpose()
}

/// The code whose visit has this hash, locked.
pub async fn visit_of(scope: &mut Scope<'_>, hash: &str) -> Result<Option<Code>, Error> {
    let sql = locked(scope, BY_VISIT);
    scope.row(&sql, &[hash.into()]).await?.as_ref().map(code).transpose()
}

/// The code whose visit has this hash, only to be looked at.
pub async fn seen_visit(scope: &mut Scope<'_>, hash: &str) -> Result<Option<Code>, Error> {
    scope.row(BY_VISIT, &[hash.into()]).await?.as_ref().map(code).transpose()
}

/// Counts a wrong birth date.
pub async fn count_try(scope: &mut Scope<'_>, participant: ParticipantId) -> Result<(), Error> {
    const SQL: &str = "update kiosk_codes set tries = tries + 1 where organization_id = $1 and participant_id = $2";
    scope.run(SQL, &[(&participant).into()]).await.map(drop)
}

/// Opens a visit: what stood on a screen with this code before is closed.
pub async fn open_visit(
    scope: &mut Scope<'_>,
    participant: ParticipantId,
    hash: &str,
    until: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "update kiosk_codes set visit_hash = $3, visit_until = $4 \
        where organization_id = $1 and participant_id = $2";
    scope.run(SQL, &[(&participant).into(), hash.into(), Value::Time(until)]).await.map(drop)
}

/// Closes a visit: what was on the screen opens nothing any more; the code is good for another.
pub async fn end_visit(scope: &mut Scope<'_>, participant: ParticipantId) -> Result<(), Error> {
    const SQL: &str = "update kiosk_codes set visit_hash = null, visit_until = null \
        where organization_id = $1 and participant_id = $2";
    scope.run(SQL, &[(&participant).into()]).await.map(drop)
}

/// The code has done its work.
pub async fn use_code(scope: &mut Scope<'_>, participant: ParticipantId) -> Result<(), Error> {
    const SQL: &str = "update kiosk_codes set used_at = $3, visit_hash = null, visit_until = null \
        where organization_id = $1 and participant_id = $2";
    let now = Value::Time(scope.now());
    scope.run(SQL, &[(&participant).into(), now]).await.map(drop)
}

/// Gives participants of a session new codes; those they had are dead.
pub async fn set_codes(
    scope: &mut Scope<'_>,
    session: SessionId,
    hashes: &[(ParticipantId, String)],
    expires_at: Timestamp,
) -> Result<(), Error> {
    const HEAD: &str = "insert into kiosk_codes (organization_id, participant_id, session_id, hash, made_at, \
        expires_at, tries) values";
    let filter = Where::organization().and_in("participant_id", hashes.iter().map(|(id, _)| Value::from(id)));
    scope.run(&format!("delete from kiosk_codes where {}", filter.sql()), filter.arguments()).await?;
    let now = Value::Time(scope.now());
    let row = |(participant, hash): &(ParticipantId, String)| {
        let expires_at = Value::Time(expires_at);
        [participant.into(), (&session).into(), hash.into(), now.clone(), expires_at, Value::Int(0)]
    };
    let values: Vec<Value> = hashes.iter().flat_map(row).collect();
    scope.insert_rows(HEAD, 6, &values).await
}

/// Keeps the secret of a kiosk's browser, hashed.
pub async fn add_key(scope: &mut Scope<'_>, kiosk: KioskId, hash: &str) -> Result<(), Error> {
    const SQL: &str = "insert into kiosk_keys (organization, hash, kiosk_id, created_at) values ($1, $2, $3, $4)";
    let now = Value::Time(scope.now());
    scope.run(SQL, &[hash.into(), (&kiosk).into(), now]).await.map(drop)
}

/// Kiosks, newest first, after one.
pub async fn kiosks(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<KioskId>,
    limit: usize,
) -> Result<Vec<Kiosk>, Error> {
    scope.filter(&filter.before("id", after.map(|id| vec![Value::from(&id)])), "id desc", limit).await
}

/// What a participant has signed, the last first.
pub async fn signatures(scope: &mut Scope<'_>, participant: ParticipantId) -> Result<Vec<ArrivalSignature>, Error> {
    let filter = Where::organization().and("participant_id = ?", &participant);
    scope.filter(&filter, "id desc", 20).await
}
