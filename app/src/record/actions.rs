//! Use cases over the record of sessions.

mod due;
mod reviews;
mod waiting;
mod written;

pub use due::{DueView, ListDue, Whose, due, may_see_all, returned_among};
pub use reviews::{ListReviews, ReviewView, may_review, reviews};
pub use waiting::{Around, COUNTED_MAX, around};
pub use written::{Written, written};

use ::rules::id::{EncounterId, SessionId};

use crate::{
    door::Scope,
    paging::bad_cursor,
    problem::Problem,
    sessions::{Session, answers::SessionView},
};

/// The row after which a page goes on.
async fn after(scope: &mut Scope<'_>, cursor: Option<SessionId>) -> Result<Option<Session>, Problem> {
    match cursor {
        Some(id) => Ok(Some(scope.find::<Session>(id).await?.ok_or_else(bad_cursor)?)),
        None => Ok(None),
    }
}

fn encounters(sessions: &[SessionView]) -> Vec<EncounterId> {
    sessions.iter().filter_map(|session| session.encounter_id).collect()
}
