//! Use cases of notes: writing, checking, signing, reviewing, reading.

mod drafts;
mod of_participant;
mod read;
mod review;
mod sign;
mod together;

pub use drafts::{Begun, begin_all, change, create, void};
pub use of_participant::{FieldInWords, IndividualNote, ParticipantRecord, participant};
pub use read::{Held, Record, Sheet, check, documentation, held, list, may_read, record, sheet, show};
pub use review::{annotate, return_note, return_session, review, review_session};
pub use sign::{LeftUnsigned, SignedAll, sign, sign_all};
pub use together::{Around, NoteStanding, WriterView, copy_forward, here, here_in_session, over_theirs};

use crate::{audit, door::Cx, problem::Problem};

/// Records a refusal that was only known after loading: somebody else's session, the wrong reviewer.
async fn audited<T>(cx: &Cx, outcome: Result<T, Problem>) -> Result<T, Problem> {
    if let Err(problem) = &outcome
        && problem.is_refused_access()
    {
        audit::refused(cx, problem.code()).await?;
    }
    outcome
}
