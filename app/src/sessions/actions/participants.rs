//! Adding somebody to one session: a booking, a walk-in, a make-up.

use std::collections::BTreeMap;

use ::rules::{
    id::{GuestId, PatientId, SessionId},
    permissions::Permission,
    roster::{MemberStatus, Person, Standing},
    sessions::{Booked, Booking, ParticipantSource, ParticipantStatus, SessionStatus, SessionType, book},
    text::Reason,
};
use ::store::Where;
use deserr::Deserr;
use utoipa::ToSchema;

use super::{
    super::{
        answers::{self, ParticipantView, Warning},
        company::Company,
        lock, making,
        store::{self, Participant, Session},
    },
    audited,
    turns::refresh_caseload,
};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    http::extract::FieldErrors,
    problem::Problem,
    roster::Member,
};

::rules::vocabulary! {
    /// How somebody comes to be in one session.
    pub enum AddedAs {
        /// Booked ahead.
        Booked = "booked",
        /// Came without a booking.
        WalkIn = "walk_in",
        /// Makes up for a missed session.
        MakeUp = "make_up",
    }
}

/// Somebody to add to a session: exactly one of the two ids.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct AddPerson {
    /// The patient.
    #[deserr(default)]
    pub patient_id: Option<PatientId>,
    /// The guest.
    #[deserr(default)]
    pub guest_id: Option<GuestId>,
    /// How: `booked`, or `walk_in` once the session has begun, unless given.
    #[deserr(default)]
    pub source: Option<AddedAs>,
    /// Give a place beyond the capacity; needs `group.capacity.override` and a reason.
    #[deserr(default)]
    pub override_capacity: Option<bool>,
    /// Why.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

/// How many participants take a seat.
pub(super) async fn seats_taken(scope: &mut Scope<'_>, session: &Session) -> Result<u32, Problem> {
    let counts = store::taken(scope, &[session.id]).await?.remove(&session.id).unwrap_or_default();
    Ok(counts.iter().filter(|(status, _)| status.takes_seat()).map(|(_, count)| count).sum())
}

/// Tells when a session has become full, or has a seat again.
pub(super) async fn tell_seats(scope: &mut Scope<'_>, session: &Session, before: u32) -> Result<(), Problem> {
    let after = seats_taken(scope, session).await?;
    match (before >= session.max_capacity, after >= session.max_capacity) {
        (false, true) => scope.emit(SessionEvent::Full { session: session.id }),
        (true, false) => scope.emit(SessionEvent::SeatsAvailable { session: session.id }),
        _ => {}
    }
    Ok(())
}

/// Adds a patient or a guest to one session.
///
/// # Errors
/// 403, 404, 409 `session_full`, `already_participant`, `not_eligible` or when it is over, 422 with every bad field.
pub async fn add(cx: &Cx, id: SessionId, new: &AddPerson) -> Result<ParticipantView, Problem> {
    let work = cx.write(Permission::ParticipantBook, |scope| {
        Box::pin(async move {
            let session = lock(scope, id).await?;
            let person = Person::of(new.patient_id, new.guest_id).map_err(one_person)?;
            let company = Company::of(scope, &session, &[person]).await?;
            let standing = standing(&company, person)?;
            only_its_patient(scope, &session, person).await?;
            let taken = seats_taken(scope, &session).await?;
            let known = store::of_person_in(scope, &[id], person).await?.into_iter().next();
            let by_another = match company.by_another_record(person) {
                Some(other) => store::of_person_in(scope, &[id], other).await?.into_iter().next(),
                None => None,
            };
            let on_roster = on_roster(scope, &session, person).await?;
            let free = session.max_capacity.saturating_sub(taken);
            let booked = book(&Booking {
                session: session.status,
                signed: session.first_signed_at.is_some(),
                existing: by_another.as_ref().or(known.as_ref()).map(|row| row.status),
                standing,
                on_roster,
                free,
                capacity: session.max_capacity,
                override_capacity: new.override_capacity.unwrap_or(false),
                may_override: scope.cx.permissions.allows(Permission::GroupCapacityOverride),
                has_reason: new.reason.is_some(),
            })?;
            let source = source(&session, new, on_roster);
            let beyond = new.reason.clone().filter(|_| free == 0 && !on_roster);
            let row = match (booked, known) {
                (Booked::Again, Some(old)) => again(scope, &old, source, beyond).await?,
                _ => first(scope, &session, person, source, beyond).await?,
            };
            scope.emit(SessionEvent::ParticipantBooked { participant: row.id, session: id, person });
            tell_seats(scope, &session, taken).await?;
            refresh_caseload(scope, &session).await?;
            shown(scope, &session, row).await
        })
    });
    audited(cx, work.await).await
}

fn one_person(refusal: ::rules::roster::Refusal) -> Problem {
    Problem::invalid_field("patient_id", refusal.code(), refusal.to_string())
}

/// Whether the person may be in the session at all.
fn standing(company: &Company, person: Person) -> Result<Standing, Problem> {
    let field = if person.patient().is_some() { "patient_id" } else { "guest_id" };
    let nobody = || Problem::invalid_field(field, "not_found", "is nobody of your organization");
    company.standing(person).ok_or_else(nobody)
}

/// Refuses a second person in an individual session: its encounter is that one patient's.
async fn only_its_patient(scope: &mut Scope<'_>, session: &Session, person: Person) -> Result<(), Problem> {
    if session.session_type == SessionType::Group {
        return Ok(());
    }
    let encounter = store::encounter_of(scope, session.id).await?;
    if encounter.and_then(|encounter| encounter.patient_id) == person.patient() {
        return Ok(());
    }
    let detail = "An individual session is for its one patient. Schedule another session for somebody else.";
    Err(Problem::conflict("session_full", detail))
}

async fn on_roster(scope: &mut Scope<'_>, session: &Session, person: Person) -> Result<bool, Problem> {
    let Some(group) = session.group_id else { return Ok(false) };
    let filter = Where::organization().and("group_id = ?", &group).and("status = ?", &MemberStatus::Active);
    let filter = filter.and_if("patient_id = ?", person.patient().as_ref());
    let filter = filter.and_if("guest_id = ?", person.guest().as_ref());
    Ok(!scope.filter::<Member>(&filter, "id", 1).await?.is_empty())
}

fn source(session: &Session, new: &AddPerson, on_roster: bool) -> ParticipantSource {
    match new.source {
        Some(AddedAs::Booked) => ParticipantSource::Booked,
        Some(AddedAs::WalkIn) => ParticipantSource::WalkIn,
        Some(AddedAs::MakeUp) => ParticipantSource::MakeUp,
        None if on_roster => ParticipantSource::Roster,
        None if session.status == SessionStatus::InProgress => ParticipantSource::WalkIn,
        None => ParticipantSource::Booked,
    }
}

async fn first(
    scope: &mut Scope<'_>,
    session: &Session,
    person: Person,
    source: ParticipantSource,
    beyond: Option<Reason>,
) -> Result<Participant, Problem> {
    let booked = making::book_but(scope, &[(session, person)], source, &BTreeMap::new()).await?;
    let row = booked.into_iter().next().ok_or_else(|| Problem::internal(&"nobody was booked"))?;
    match beyond {
        None => Ok(row),
        reason => Ok(scope.update(&row, Participant { capacity_override_reason: reason, ..row.clone() }).await?),
    }
}

async fn again(
    scope: &mut Scope<'_>,
    old: &Participant,
    source: ParticipantSource,
    beyond: Option<Reason>,
) -> Result<Participant, Problem> {
    let new = Participant {
        status: ParticipantStatus::Booked,
        source,
        capacity_override_reason: beyond,
        confirmed_at: None,
        cancelled_at: None,
        cancellation_reason: None,
        ..old.clone()
    };
    Ok(scope.update(old, new).await?)
}

async fn shown(scope: &mut Scope<'_>, session: &Session, row: Participant) -> Result<ParticipantView, Problem> {
    let patients: Vec<PatientId> = row.patient_id.into_iter().collect();
    let overlaps = store::booked_elsewhere(scope, session, &patients).await?;
    let view = answers::participant(scope, session, row).await?;
    Ok(ParticipantView { warnings: overlaps.iter().map(Warning::of).collect(), ..view })
}
