//! Many marks at once: a full room with one tap and one commit.

use std::collections::BTreeMap;

use ::rules::{
    id::{ParticipantId, SessionId},
    permissions::Permission,
    sessions::{NoShowReason, ParticipantStatus},
    text::{Reason, Remark},
};
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::{
        answers::{self, ParticipantView},
        lock,
        store::{self, Participant},
    },
    attend::{Day, Mark, after, step},
};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    http::extract::FieldErrors,
    problem::Problem,
};

/// One participant of many.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct MarkOne {
    /// Who.
    pub participant_id: ParticipantId,
    /// Where they stand now.
    pub status: ParticipantStatus,
    /// Why.
    #[deserr(default)]
    pub reason: Option<Reason>,
    /// Pass closed gates; needs `participant.gate_override` and a reason.
    #[deserr(default)]
    pub override_gates: Option<bool>,
    /// Why they did not come.
    #[deserr(default)]
    pub no_show_reason: Option<NoShowReason>,
    /// More about that.
    #[deserr(default)]
    pub no_show_notes: Option<Remark>,
    /// The absence is excused.
    #[deserr(default)]
    pub excused: Option<bool>,
}

::rules::vocabulary! {
    /// What everybody is who is not marked yet.
    pub enum Rest {
        /// They took part.
        Attended = "attended",
        /// They did not come.
        NoShow = "no_show",
    }
}

/// Many marks at once.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct MarkMany {
    /// One by one, at most 500.
    #[deserr(default)]
    #[schema(required = false)]
    pub items: Vec<MarkOne>,
    /// What everybody else is who is not marked yet.
    #[deserr(default)]
    pub rest: Option<Rest>,
}

/// Why one of many was not marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttendanceError {
    /// The place in `items`; none for one of the rest.
    pub index: Option<u32>,
    /// Who.
    pub participant_id: ParticipantId,
    /// A stable word: `blocked`, `invalid_transition`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// What came of many marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttendanceView {
    /// How many were marked.
    pub marked: u32,
    /// Who was not, and why.
    pub errors: Vec<AttendanceError>,
    /// Everybody in the session.
    pub participants: Vec<ParticipantView>,
}

/// The most marks of one call.
const MARKS_MAX: usize = 500;

/// Marks many participants: each as if alone, those that can't be are told.
///
/// # Errors
/// 403, 404, 422.
pub async fn mark_many(cx: &Cx, session: SessionId, marks: &MarkMany) -> Result<AttendanceView, Problem> {
    cx.require(Permission::ParticipantAttend).await?;
    if marks.items.len() > MARKS_MAX {
        return Err(Problem::invalid_field("items", "too_many", format!("must be at most {MARKS_MAX}")));
    }
    if marks.items.is_empty() && marks.rest.is_none() {
        return Err(Problem::invalid_field("items", "missing", "or `rest` is required: there is nobody to mark"));
    }
    cx.write(Permission::ParticipantAttend, |scope| {
        Box::pin(async move {
            let session = lock(scope, session).await?;
            let mut people: BTreeMap<ParticipantId, Participant> =
                store::of_session(scope, session.id).await?.into_iter().map(|one| (one.id, one)).collect();
            let mut day = Day::of(scope, session, people.values()).await?;
            let mut view = AttendanceView { marked: 0, errors: Vec::new(), participants: Vec::new() };
            for (index, participant_id, status, mark) in asked(&people, marks) {
                let outcome = one_of_many(scope, &mut day, people.get(&participant_id), status, &mark).await;
                match outcome {
                    Ok(Some(row)) => {
                        view.marked += 1;
                        people.insert(row.id, row);
                    }
                    Ok(None) => {}
                    Err(problem) if problem.status().is_client_error() => {
                        let (code, message) = (problem.code().to_owned(), problem.detail().to_owned());
                        view.errors.push(AttendanceError { index, participant_id, code, message });
                    }
                    Err(problem) => return Err(problem),
                }
            }
            after(scope, &day).await?;
            let session = day.session.id;
            scope.emit(SessionEvent::AttendanceTaken { session, count: view.marked });
            let one = BTreeMap::from([(session, &day.session)]);
            view.participants = answers::participants(scope, &one, people.into_values().collect()).await?;
            view.participants.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
            Ok(view)
        })
    })
    .await
}

type Asked = (Option<u32>, ParticipantId, ParticipantStatus, Mark);

/// Every mark that is asked for, those of the rest last.
fn asked(people: &BTreeMap<ParticipantId, Participant>, marks: &MarkMany) -> Vec<Asked> {
    let mut all: Vec<Asked> = Vec::new();
    for (index, one) in (0_u32..).zip(&marks.items) {
        let mark = Mark {
            reason: one.reason.clone(),
            at: None,
            override_gates: one.override_gates,
            no_show_reason: one.no_show_reason,
            no_show_notes: one.no_show_notes.clone(),
            excused: one.excused,
            seen_version: None,
        };
        all.push((Some(index), one.participant_id, one.status, mark));
    }
    if let Some(rest) = marks.rest {
        let status = match rest {
            Rest::Attended => ParticipantStatus::Attended,
            Rest::NoShow => ParticipantStatus::NoShow,
        };
        let named = |id: ParticipantId| marks.items.iter().any(|one| one.participant_id == id);
        let rest = people.values().filter(|one| !one.status.is_resolved() && !named(one.id));
        // Who was here and is no participant after all left before it began.
        let left = (rest_is_away(status)).then_some(NoShowReason::LeftBeforeStart);
        all.extend(rest.map(|one| {
            let no_show_reason = left.filter(|_| one.status == ParticipantStatus::Arrived);
            (None, one.id, status, Mark { no_show_reason, ..Mark::default() })
        }));
    }
    all
}

fn rest_is_away(status: ParticipantStatus) -> bool {
    status == ParticipantStatus::NoShow
}

async fn one_of_many(
    scope: &mut Scope<'_>,
    day: &mut Day,
    participant: Option<&Participant>,
    status: ParticipantStatus,
    mark: &Mark,
) -> Result<Option<Participant>, Problem> {
    let old = participant.ok_or_else(|| Problem::not_found("participant"))?;
    match step(old, status)? {
        Some(verb) => day.turn(scope, old, verb, mark).await.map(Some),
        None => Ok(None),
    }
}
