//! Use cases of the room, by record.

pub mod guests;
pub mod holidays;
pub mod hours;
pub mod input;
pub mod patients;
pub mod places;
pub mod practitioners;
pub mod time_off;

use ::rules::id::{Id, Kind};
use ::store::Record;

use crate::{
    door::Scope,
    problem::{FieldError, Problem},
};

/// Refuses the id of a record that is not there, at its field.
async fn must_exist<R: Record<Id = Id<K>>, K: Kind>(
    scope: &mut Scope<'_>,
    field: &str,
    id: Option<Id<K>>,
) -> Result<Option<FieldError>, Problem> {
    match id {
        Some(id) if scope.find::<R>(id).await?.is_none() => {
            Ok(Some(FieldError::new(field, "not_found", format!("is not the id of a {} of yours", K::NOUN))))
        }
        _ => Ok(None),
    }
}

/// Refuses when anything was found to be wrong.
fn all_good(errors: Vec<FieldError>) -> Result<(), Problem> {
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

/// A unique key that was free a moment ago: trying again names it.
fn taken_meanwhile(error: ::store::Error) -> Problem {
    match error {
        ::store::Error::Conflict => Problem::unavailable(),
        error => error.into(),
    }
}
