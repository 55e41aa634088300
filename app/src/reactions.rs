//! What follows from what: from an event to what later rooms do because of it, inside the same transaction.
//!
//! A reaction asks no permission: the first action did. Rooms are called in their order. What may happen later is a
//! job instead.

use rules::{
    availability::TimeOffVerb,
    roster::{MemberStatus, Person},
};

use crate::{
    chart, connect,
    door::Scope,
    events::{AvailabilityEvent, ConsentEvent, Event, ExchangeEvent, NoteEvent, SessionEvent},
    notes,
    problem::Problem,
    roster, schedule, sessions,
};

/// Runs every reaction to one event.
///
/// # Errors
/// What a reaction refuses refuses the whole action.
pub async fn react(scope: &mut Scope<'_>, event: &Event) -> Result<(), Problem> {
    match event {
        Event::MemberAdded { group, person, .. } | Event::MemberPromoted { group, person, .. } => {
            sessions::reactions::joined(scope, *group, &[*person]).await
        }
        Event::Exchange(ExchangeEvent::RosterImported { group, seated, .. }) => {
            sessions::reactions::joined(scope, *group, seated).await
        }
        Event::MemberLeft { group, person, was: MemberStatus::Active, .. } => {
            sessions::reactions::left(scope, *group, *person).await
        }
        Event::Consent(ConsentEvent::Taken { consent, person } | ConsentEvent::Revoked { consent, person }) => {
            sessions::consent::changed(scope, *consent, *person).await
        }
        Event::GroupUpdated { group, capacity_raised, free_before } => {
            roster::reactions::settings_changed(scope, *group, *capacity_raised, *free_before).await?;
            sessions::reactions::changed(scope, *group).await?;
            schedule::reactions::changed(scope, *group).await
        }
        Event::GroupArchived { group } => sessions::reactions::archived(scope, *group).await,
        Event::GroupRestored { group } => {
            roster::reactions::restored(scope, *group).await?;
            sessions::reactions::restored(scope, *group).await?;
            schedule::reactions::changed(scope, *group).await
        }
        Event::GuestLinked { patient, .. } => sessions::reactions::one_place(scope, *patient).await,
        Event::GuestConverted { guest, patient, .. } => {
            sessions::reactions::one_place(scope, *patient).await?;
            connect::reactions::person_joined(scope, Person::Guest(*guest), *patient).await
        }
        Event::PatientMerged { patient, from, .. } => {
            sessions::reactions::one_place(scope, *patient).await?;
            connect::reactions::person_joined(scope, Person::Patient(*from), *patient).await
        }
        Event::Availability(AvailabilityEvent::TimeOffTurned { time_off, verb: TimeOffVerb::Withdraw, .. }) => {
            sessions::reactions::time_off_withdrawn(scope, *time_off).await
        }
        Event::Session(SessionEvent::Reopened { session, .. }) => {
            notes::reactions::session_reopened(scope, *session).await?;
            chart::reactions::session_reopened(scope, *session).await
        }
        Event::Session(SessionEvent::Voided { session, .. }) => {
            notes::reactions::session_voided(scope, *session).await?;
            chart::reactions::session_voided(scope, *session).await
        }
        Event::Session(SessionEvent::ParticipantUpdated { participant, session, took_part: [was, is] })
            if was != is =>
        {
            notes::reactions::took_part(scope, (*session, *participant), *was, *is).await
        }
        Event::Session(SessionEvent::Ended { session, .. }) => notes::reactions::session_ended(scope, *session).await,
        Event::Note(NoteEvent::SessionDocumented { session, .. }) => {
            chart::reactions::session_documented(scope, *session).await
        }
        Event::Note(NoteEvent::Annotated { session, note, annotation, .. }) => {
            chart::reactions::note_annotated(scope, *session, *note, *annotation).await
        }
        _ => Ok(()),
    }
}
