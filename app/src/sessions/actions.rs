//! Use cases over sessions and the people in them.

mod attend;
mod attend_many;
mod away;
mod belated;
mod cancel_many;
mod change;
mod checks;
mod conflicts;
mod cover;
mod create;
mod days;
mod edit;
mod lead;
mod lists;
mod live;
mod participants;
mod sheet;
mod substitutes;
mod taken_back;
mod turns;

pub use attend::{Mark, arrive, mark};
pub use attend_many::{AttendanceError, AttendanceView, MarkMany, MarkOne, Rest, mark_many};
pub use away::{Away, away};
pub use belated::{Overtaken, overtaken};
pub use cancel_many::{
    CANCELLED_MAX, CancelMany, CancelledMany, CancelledSession, cancel_at_site, cancel_many, coming_at_site,
};
pub use change::{Draft, change, draft, draft_of_one, save_draft};
pub use checks::Override;
pub use conflicts::{
    AskConflicts, ClashKind, DAYS as CONFLICT_DAYS, DAYS_MAX as CONFLICT_DAYS_MAX, ListConflicts, ask as ask_conflicts,
    list as conflicts,
};
pub use cover::{Approve, Approved, CoverView, approve as approve_time_off, preview as cover_preview};
pub use create::{create, create_encounter};
pub use days::{FoundByDay, FoundInDays, InDays, by_day, in_days};
pub use edit::{ChangeParticipant, change_participant};
pub use lead::{ChangeLeaders, change_leaders};
pub use lists::{
    ListParticipants, available, encounter, encounters, list, list_participants, of_patient, participant,
    participant_history, participants, show,
};
pub use live::{RosterView, ViewerView, roster, roster_again, viewers};
pub use participants::{AddPerson, add};
pub use sheet::{SheetLine, SignInSheet, sign_in_sheet};
pub use substitutes::{SubstituteView, substitutes};
pub use taken_back::{reopen, void};
pub use turns::{EndSession, StartSession, WithReason, cancel, document, end, note_signed, start, undo_start};

use crate::{audit, door::Cx, problem::Problem};

/// Records a refusal that was only known after loading: somebody else's session, a gate that may not be passed.
async fn audited<T>(cx: &Cx, outcome: Result<T, Problem>) -> Result<T, Problem> {
    if let Err(problem) = &outcome
        && problem.is_refused_access()
    {
        audit::refused(cx, problem.code()).await?;
    }
    outcome
}
