//! What follows for calendar feeds.

use ::rules::{id::PatientId, roster::Person};
use ::store::Where;

use super::store::{self, Feed, FeedKind};
use crate::{door::Scope, events::ExchangeEvent, problem::Problem};

fn of(person: Person) -> Where {
    match person {
        Person::Patient(id) => Where::organization().and("patient_id = ?", &id),
        Person::Guest(id) => Where::organization().and("guest_id = ?", &id),
    }
}

/// Two records became one: a feed of the one that went shows what the patient has from now on, at the address it has;
/// it ends where the patient has a feed already.
///
/// # Errors
/// When the database can't answer.
pub async fn person_joined(scope: &mut Scope<'_>, from: Person, into: PatientId) -> Result<(), Problem> {
    let Some(old) = store::feeds(scope, of(from), None, 1).await?.into_iter().next() else { return Ok(()) };
    if store::feeds(scope, of(Person::Patient(into)), None, 1).await?.is_empty() {
        let new = Feed { kind: FeedKind::Patient, patient_id: Some(into), guest_id: None, ..old.clone() };
        scope.update(&old, new).await?;
        return Ok(());
    }
    let new = Feed { revoked_at: Some(scope.now()), ..old.clone() };
    let ended = scope.update(&old, new).await?;
    store::retire_address(scope, ended.id).await?;
    scope.emit(ExchangeEvent::FeedRevoked { feed: ended.id });
    Ok(())
}
