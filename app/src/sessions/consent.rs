//! What consents mean to bookings: which are verified by them, and until when (domain 5).
//!
//! The flag of a booking is set where every consent that is needed on the session's day is there, with the last day of
//! the one that ends first. It may be set by hand as well: then there is no last day. A consent that is revoked clears
//! it; one that ends before the session does not count when it is read ([`super::attendance`]), and a job clears the flag.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    column::Value,
    consents::{ConsentKind, NeededBy, TakesPart, Term, Verdict, verdict},
    groups::Modality,
    id::{ConsentId, GroupId, SessionId},
    roster::Person,
    sessions::{ParticipantModality, ParticipantStatus, SessionType},
};
use jiff::civil::Date;

use super::store::{self, Participant, Session};
use crate::{
    consents::{self, Consent},
    door::{Cx, Scope},
    events::SessionEvent,
    groups,
    people::apart,
    problem::Problem,
};

/// How many bookings the job clears at once.
const BATCH: usize = 500;

/// What is needed, and what people have.
struct Consents {
    needed: Vec<(ConsentKind, NeededBy)>,
    held: BTreeMap<Person, Vec<Term>>,
}

impl Consents {
    async fn of(scope: &mut Scope<'_>, people: &[Person]) -> Result<Self, Problem> {
        let needed = consents::needed(scope).await?;
        let held = if needed.is_empty() { BTreeMap::new() } else { consents::held(scope, people).await? };
        Ok(Self { needed, held })
    }

    fn judge(&self, session: &Session, booking: &Participant) -> Verdict {
        let held = booking.person().and_then(|person| self.held.get(&person));
        let held = held.map(Vec::as_slice).unwrap_or_default();
        verdict(&self.needed, held, takes_part(session, booking), session.local_date)
    }
}

fn takes_part(session: &Session, booking: &Participant) -> TakesPart {
    let telehealth = match booking.modality {
        Some(modality) => modality == ParticipantModality::Video,
        None => session.modality == Modality::Virtual,
    };
    TakesPart { guest: booking.guest_id.is_some(), group: session.session_type == SessionType::Group, telehealth }
}

/// Verifies new bookings by the consents there are. The caller holds their people ([`crate::people::hold`]).
///
/// # Errors
/// When the database can't answer.
pub async fn verify(
    scope: &mut Scope<'_>,
    sessions: &BTreeMap<SessionId, &Session>,
    bookings: &mut [Participant],
) -> Result<(), Problem> {
    let people: BTreeSet<Person> = bookings.iter().filter_map(Participant::person).collect();
    let people: Vec<Person> = people.into_iter().collect();
    let consents = Consents::of(scope, &people).await?;
    for booking in bookings {
        let Some(session) = sessions.get(&booking.session_id) else { continue };
        if let Verdict::Holds(until) = consents.judge(session, booking) {
            (booking.consent_verified, booking.consent_until) = (true, until);
        }
    }
    Ok(())
}

/// Judges one booking again, whose person takes part in another way from now on.
///
/// # Errors
/// When the database can't answer.
pub async fn verify_again(scope: &mut Scope<'_>, session: &Session, booking: &mut Participant) -> Result<(), Problem> {
    let people: Vec<Person> = booking.person().into_iter().collect();
    match Consents::of(scope, &people).await?.judge(session, booking) {
        Verdict::NoneNeeded => {}
        Verdict::Holds(until) => (booking.consent_verified, booking.consent_until) = (true, until),
        Verdict::Missing(_) => (booking.consent_verified, booking.consent_until) = (false, None),
    }
    Ok(())
}

/// Somebody has given or withdrawn a consent: their bookings in sessions that are not over follow.
///
/// # Errors
/// 503 when somebody books them elsewhere at the same time: the action is tried again.
pub async fn changed(scope: &mut Scope<'_>, consent: ConsentId, person: Person) -> Result<(), Problem> {
    let consent: Consent = scope.get(consent).await?;
    let bookings = locked(scope, person).await?;
    let ids: Vec<SessionId> = bookings.iter().map(|booking| booking.session_id).collect();
    let sessions: BTreeMap<SessionId, Session> =
        store::by_ids(scope, &ids).await?.into_iter().map(|session| (session.id, session)).collect();
    let consents = Consents::of(scope, &[person]).await?;
    let mut changes: BTreeMap<(bool, Option<Date>), Vec<Participant>> = BTreeMap::new();
    for booking in bookings {
        let Some(session) = sessions.get(&booking.session_id) else { continue };
        let now = match consents.judge(session, &booking) {
            Verdict::Holds(until) => (true, until),
            // What was seen by hand counts no longer either, once that consent is withdrawn.
            Verdict::Missing(kinds) if consent.revoked_at.is_some() && kinds.contains(&consent.kind) => (false, None),
            _ => continue,
        };
        if now != (booking.consent_verified, booking.consent_until) {
            changes.entry(now).or_default().push(booking);
        }
    }
    let count = changes.values().map(Vec::len).sum();
    for (flag, bookings) in changes {
        set(scope, flag, &bookings).await?;
    }
    if count > 0 {
        scope.emit(SessionEvent::ConsentsFollowed { person, count });
    }
    Ok(())
}

/// Sets the flag of bookings that are locked.
async fn set(
    scope: &mut Scope<'_>,
    (verified, until): (bool, Option<Date>),
    bookings: &[Participant],
) -> Result<(), Problem> {
    let columns = [("consent_verified", Value::Bool(verified)), ("consent_until", Value::from(&until))];
    Ok(scope.change_all(bookings, &columns).await?)
}

/// The bookings of a person in sessions that are not over and in which nobody has said yet whether they came; their
/// groups, sessions and the person are locked, in this order.
async fn locked(scope: &mut Scope<'_>, person: Person) -> Result<Vec<Participant>, Problem> {
    let known = store::open_places(scope, person).await?;
    let groups: BTreeSet<GroupId> = known.iter().filter_map(|(_, group)| *group).collect();
    for group in &groups {
        groups::lock(scope, *group).await?;
    }
    let alone: BTreeSet<SessionId> = known.iter().filter(|(_, group)| group.is_none()).map(|(id, _)| *id).collect();
    for session in &alone {
        scope.lock::<Session, _>(*session).await?;
    }
    apart::hold_alone(scope, &[person]).await?;
    let now = store::open_places(scope, person).await?;
    let is_locked = |(session, group): &(SessionId, Option<GroupId>)| match group {
        Some(group) => groups.contains(group),
        None => alone.contains(session),
    };
    if !now.iter().all(is_locked) {
        return Err(Problem::unavailable());
    }
    let ids: Vec<SessionId> = now.into_iter().map(|(session, _)| session).collect();
    let mut bookings = store::of_person_in(scope, &ids, person).await?;
    bookings.retain(|booking| !matches!(booking.status, ParticipantStatus::Attended | ParticipantStatus::NoShow));
    Ok(bookings)
}

/// Clears the flag of bookings whose consents end before their session: they were moved, or nobody came and went.
/// Returns how many there were.
///
/// # Errors
/// When the database can't answer.
pub async fn expire(cx: &Cx) -> Result<usize, Problem> {
    let mut cleared = 0;
    loop {
        let due = cx
            .read_as_oneself(|scope| {
                Box::pin(async move {
                    let now = scope.now();
                    Ok(store::consents_ended(scope, now, BATCH).await?)
                })
            })
            .await?;
        if due.is_empty() {
            return Ok(cleared);
        }
        let sessions: BTreeSet<SessionId> = due.iter().map(|booking| booking.session_id).collect();
        for session in sessions {
            cleared += clear(cx, session).await?;
        }
    }
}

async fn clear(cx: &Cx, session: SessionId) -> Result<usize, Problem> {
    cx.write_as_oneself(|scope| {
        Box::pin(async move {
            let session = super::lock(scope, session).await?;
            let mut bookings = store::of_session(scope, session.id).await?;
            bookings.retain(|booking| booking.consent_until.is_some_and(|last| last < session.local_date));
            let count = bookings.len();
            set(scope, (false, None), &bookings).await?;
            // Somebody at a desk may have been first: then nothing is left to clear.
            scope.emit(SessionEvent::ConsentsExpired { session: session.id, count });
            Ok(count)
        })
    })
    .await
}
