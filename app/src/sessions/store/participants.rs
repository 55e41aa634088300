//! Statements over participants.

use std::collections::BTreeMap;

use ::rules::{
    column::{Json, Value},
    id::{GroupId, GuestId, ParticipantId, PatientId, SessionId},
    roster::Person,
    sessions::{
        NoShowReason, ParticipantModality, ParticipantSource, ParticipantStatus, ParticipationLevel, PatientAt,
        SteppedOut,
    },
    text::{Reason, Remark, Text},
};
use ::store::{Error, Where};
use jiff::{Timestamp, civil::Date};

use super::{Session, sessions::person_column};
use crate::door::Scope;

::store::record! {
    /// One person in one session, as it is stored.
    pub struct Participant(ParticipantId) in "session_participants" {
        /// The session.
        pub session_id: SessionId,
        /// The planned start of the session, kept the same: lists of a person are in its order.
        #[serde(skip, default)]
        #[schema(ignore)]
        pub starts_at: Timestamp,
        /// `APT-{ORG}-{YYYY}-{N}`: the billing number.
        pub appointment_number: String,
        /// The patient, if it is one.
        pub patient_id: Option<PatientId>,
        /// The guest, if it is one.
        pub guest_id: Option<GuestId>,
        /// Where they stand.
        pub status: ParticipantStatus,
        /// How they came to be in it.
        pub source: ParticipantSource,
        /// When the confirmation was sent.
        pub confirmation_sent_at: Option<Timestamp>,
        /// When they said they come.
        pub confirmed_at: Option<Timestamp>,
        /// When they came.
        pub arrival_at: Option<Timestamp>,
        /// When they were marked as attended.
        pub attended_at: Option<Timestamp>,
        /// When they left.
        pub departed_at: Option<Timestamp>,
        /// The times in between in which they were out, in order.
        #[serde(default)]
        #[schema(value_type = Vec<SteppedOut>)]
        pub stepped_out: Json<Vec<SteppedOut>>,
        /// Minutes set by hand.
        pub minutes_corrected: Option<u32>,
        /// Why they were.
        pub minutes_reason: Option<Reason>,
        /// How much they took part.
        pub participation_level: Option<ParticipationLevel>,
        /// How they take part.
        pub modality: Option<ParticipantModality>,
        /// Where they are.
        pub patient_at: Option<PatientAt>,
        /// The payer's clearance is there.
        pub finance_cleared: bool,
        /// How they stood at the consent gate once they were marked as attended or away; before that, what somebody said
        /// by hand.
        pub consent_verified: bool,
        /// The last day of the consents that rests on; none where they have no end, or it was seen by hand.
        #[serde(default)]
        #[schema(value_type = Option<String>, format = Date)]
        pub consent_until: Option<Date>,
        /// When somebody last said by hand whether valid consents were seen.
        #[serde(default)]
        pub consent_seen_at: Option<Timestamp>,
        /// They took part by video then.
        #[serde(default)]
        pub consent_seen_video: bool,
        /// Why a closed gate was passed.
        pub gate_override_reason: Option<Reason>,
        /// Why a seat beyond the capacity was given.
        pub capacity_override_reason: Option<Reason>,
        /// Why they did not come.
        pub no_show_reason: Option<NoShowReason>,
        /// More about that.
        pub no_show_notes: Option<Remark>,
        /// The absence is excused.
        pub excused: bool,
        /// Why the booking was cancelled.
        pub cancellation_reason: Option<Reason>,
        /// When it was.
        pub cancelled_at: Option<Timestamp>,
        /// The id in the system the record came from.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        pub external_id: Option<Text<1, 200>>,
    }
}

impl Participant {
    /// The person. The table's check keeps exactly one id.
    pub fn person(&self) -> Option<Person> {
        Person::of(self.patient_id, self.guest_id).ok()
    }
}

/// The participants of a session, by number.
pub async fn of_session(scope: &mut Scope<'_>, session: SessionId) -> Result<Vec<Participant>, Error> {
    scope.select("where organization_id = $1 and session_id = $2 order by status, id", &[(&session).into()]).await
}

/// The rows of a person in these sessions.
pub async fn of_person_in(
    scope: &mut Scope<'_>,
    sessions: &[SessionId],
    person: Person,
) -> Result<Vec<Participant>, Error> {
    let (column, id) = person_column(person);
    let mut found = Vec::new();
    for chunk in sessions.chunks(500) {
        let filter = Where::organization().and_in("session_id", chunk.iter().map(Value::from));
        let filter = filter.and(&format!("{column} = ?"), id.clone());
        // By session first: in the order of ids, SQLite would walk through all participants there are.
        found.extend(scope.filter::<Participant>(&filter, "session_id, id", chunk.len()).await?);
    }
    Ok(found)
}

/// The participants of these sessions.
pub async fn in_sessions(scope: &mut Scope<'_>, sessions: &[SessionId]) -> Result<Vec<Participant>, Error> {
    let mut found = Vec::new();
    for chunk in sessions.chunks(500) {
        let filter = Where::organization().and_in("session_id", chunk.iter().map(Value::from));
        let tail = format!("where {} order by session_id, id", filter.sql());
        found.extend(scope.select::<Participant>(&tail, filter.arguments()).await?);
    }
    Ok(found)
}

/// The sessions that are not over, with their groups, in which a person has a booking that nobody has settled yet.
pub async fn open_places(scope: &mut Scope<'_>, person: Person) -> Result<Vec<(SessionId, Option<GroupId>)>, Error> {
    let (column, id) = person_column(person);
    let sql = format!(
        "select p.session_id, s.group_id from session_participants p join sessions s \
         on s.organization_id = p.organization_id and s.id = p.session_id where p.organization_id = $1 \
         and p.{column} = $2 and p.starts_at > $3 and p.status in ('booked', 'confirmed', 'arrived', 'cancelled') \
         and s.status in ('scheduled', 'in_progress', 'cancelled') order by p.starts_at, p.id"
    );
    let earliest = earliest(scope.now());
    let rows = scope.rows(&sql, &[id, Value::Time(earliest)]).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// The earliest start of a session that may not be over yet.
fn earliest(now: Timestamp) -> Timestamp {
    now.checked_sub(super::sessions::LONGEST).unwrap_or(now)
}

/// How many participants stand where, for each of these sessions, in one statement.
pub async fn taken(
    scope: &mut Scope<'_>,
    sessions: &[SessionId],
) -> Result<BTreeMap<SessionId, Vec<(ParticipantStatus, u32)>>, Error> {
    let filter = Where::organization().and_in("session_id", sessions.iter().map(Value::from));
    let sql = format!(
        "select session_id, status, count(*) as n from session_participants where {} group by session_id, status \
         order by session_id, status -- unique",
        filter.sql()
    );
    let mut all: BTreeMap<SessionId, Vec<(ParticipantStatus, u32)>> = BTreeMap::new();
    for row in scope.rows(&sql, filter.arguments()).await? {
        all.entry(row.at(0)?).or_default().push((row.at(1)?, row.at(2)?));
    }
    Ok(all)
}

/// Other sessions at the same time in which these people have a place: a warning, not a refusal.
pub async fn booked_elsewhere(
    scope: &mut Scope<'_>,
    session: &Session,
    patients: &[PatientId],
) -> Result<Vec<(PatientId, SessionId)>, Error> {
    let earliest = session.starts_at.checked_sub(super::sessions::LONGEST).unwrap_or(session.starts_at);
    let mut found = Vec::new();
    for chunk in patients.chunks(500) {
        let filter = Where::starting("p.organization_id = $1");
        let filter = filter.and_in("p.patient_id", chunk.iter().map(Value::from));
        let filter = filter.and("p.starts_at > ?", Value::Time(earliest));
        let filter = filter.and("p.starts_at < ?", Value::Time(session.ends_at));
        let filter = filter.and("s.ends_at > ?", Value::Time(session.starts_at)).and("s.id <> ?", &session.id);
        let filter = filter.and_always("p.status in ('booked', 'confirmed', 'arrived', 'attended')");
        let filter = filter.and_always("s.status in ('scheduled', 'in_progress')");
        let sql = format!(
            "select p.patient_id, s.id from session_participants p join sessions s \
             on s.organization_id = p.organization_id and s.id = p.session_id where {} \
             order by p.patient_id, p.starts_at, p.id limit 50",
            filter.sql()
        );
        for row in scope.rows(&sql, filter.arguments()).await? {
            found.push((row.at(0)?, row.at(1)?));
        }
    }
    Ok(found)
}

/// Which of these people have a place in which of these sessions.
pub async fn with_a_place(
    scope: &mut Scope<'_>,
    sessions: &[SessionId],
    people: &[Person],
) -> Result<Vec<(SessionId, Person)>, Error> {
    let patients: Vec<Value> = people.iter().filter_map(|one| one.patient()).map(|id| Value::from(&id)).collect();
    let guests: Vec<Value> = people.iter().filter_map(|one| one.guest()).map(|id| Value::from(&id)).collect();
    let mut found = Vec::new();
    for chunk in sessions.chunks(500) {
        for (column, ids) in [("patient_id", &patients), ("guest_id", &guests)] {
            if ids.is_empty() {
                continue;
            }
            let filter = Where::organization().and_in("session_id", chunk.iter().map(Value::from));
            let filter = filter.and_always("status in ('booked', 'confirmed', 'arrived', 'attended')");
            let filter = filter.and_in(column, ids.iter().cloned());
            let sql = format!(
                "select session_id, patient_id, guest_id from session_participants where {} order by session_id, id",
                filter.sql()
            );
            for row in scope.rows(&sql, filter.arguments()).await? {
                let person = Person::of(row.at(1)?, row.at(2)?);
                found.extend(person.ok().map(|person| Ok((row.at(0)?, person))));
            }
        }
    }
    found.into_iter().collect()
}

/// The sessions still to come, or running, in which these people have a place: once for each place.
pub async fn placed(scope: &mut Scope<'_>, people: &[Person], now: Timestamp) -> Result<Vec<SessionId>, Error> {
    // No session is longer than that.
    let earliest = now.checked_sub(super::sessions::LONGEST).unwrap_or(now);
    let mut found = Vec::new();
    for person in people {
        let (column, id) = person_column(*person);
        let sql = format!(
            "select p.session_id from session_participants p join sessions s \
             on s.organization_id = p.organization_id and s.id = p.session_id where p.organization_id = $1 \
             and p.{column} = $2 and p.status in ('booked', 'confirmed', 'arrived', 'attended') and p.starts_at > $3 \
             and s.status in ('scheduled', 'in_progress') order by p.starts_at, p.id"
        );
        for row in scope.rows(&sql, &[id, Value::Time(earliest)]).await? {
            found.push(row.at(0)?);
        }
    }
    Ok(found)
}
