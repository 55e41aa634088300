//! One tap a person: confirm, check in, attended, no-show, cancelled, undo; and many at once.

use std::collections::BTreeMap;

use ::rules::{
    id::{ParticipantId, SessionId},
    permissions::Permission,
    sessions::{
        Ask, NoShowReason, Occasion, ParticipantFacts, ParticipantSource, ParticipantStatus, ParticipantVerb, Refusal,
        Timing, act, timing, verb_for,
    },
    text::{Reason, Remark},
};
use deserr::Deserr;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::{
        answers::{self, ParticipantView},
        attendance::{self, Gates},
        inputs::When,
        lock,
        store::{self, Participant, Session},
    },
    audited,
    participants::{seats_taken, tell_seats},
    turns::refresh_caseload,
};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    http::extract::{FieldErrors, Parsed},
    problem::{FieldError, Problem},
};

/// What goes with a mark.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Mark {
    /// Why: for a cancellation, a passed gate, a no-show of somebody who was here.
    #[deserr(default)]
    pub reason: Option<Reason>,
    /// When they came (check-in only): now unless given.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Parsed<When>>,
    /// Pass closed gates; needs `participant.gate_override` and a reason.
    #[deserr(default)]
    pub override_gates: Option<bool>,
    /// Why they did not come: `unknown` unless given.
    #[deserr(default)]
    pub no_show_reason: Option<NoShowReason>,
    /// More about that.
    #[deserr(default)]
    pub no_show_notes: Option<Remark>,
    /// The absence is excused.
    #[deserr(default)]
    pub excused: Option<bool>,
}

/// The permission a verb needs; undoing needs that of what is undone.
pub(super) fn permission(verb: ParticipantVerb, from: ParticipantStatus) -> Permission {
    use ParticipantStatus as S;
    match (verb, from) {
        (ParticipantVerb::Confirm | ParticipantVerb::CheckIn, _) => Permission::ParticipantCheckin,
        (ParticipantVerb::Attend | ParticipantVerb::NoShow, _) => Permission::ParticipantAttend,
        (ParticipantVerb::Cancel | ParticipantVerb::Rebook, _) => Permission::ParticipantBook,
        (ParticipantVerb::Undo, S::Booked | S::Confirmed | S::Arrived) => Permission::ParticipantCheckin,
        (ParticipantVerb::Undo, S::Attended | S::NoShow) => Permission::ParticipantAttend,
        (ParticipantVerb::Undo, S::Cancelled) => Permission::ParticipantBook,
    }
}

/// What the marks of one session depend on, read once.
pub(super) struct Day {
    pub session: Session,
    gates: Gates,
    free: u32,
    pub taken: u32,
}

impl Day {
    /// The session's day; the caller holds the session's lock.
    pub async fn of(scope: &mut Scope<'_>, session: Session) -> Result<Self, Problem> {
        let taken = seats_taken(scope, &session).await?;
        let free = session.max_capacity.saturating_sub(taken);
        Ok(Self { gates: attendance::gates(scope).await?, free, taken, session })
    }

    fn occasion(&self, now: Timestamp, participant: &Participant) -> Occasion {
        let Session { starts_at, ends_at, zone, status, max_capacity, first_signed_at, .. } = &self.session;
        // A member of the group always has a place.
        let free = if participant.source == ParticipantSource::Roster { u32::MAX } else { self.free };
        Occasion {
            session: *status,
            today: timing(*starts_at, *ends_at, now, zone) == Timing::Today,
            signed: first_signed_at.is_some(),
            free,
            capacity: *max_capacity,
        }
    }

    /// Takes one step of one participant: asks the rulebook, sets what belongs to it, saves and tells.
    pub async fn turn(
        &mut self,
        scope: &mut Scope<'_>,
        old: &Participant,
        verb: ParticipantVerb,
        mark: &Mark,
    ) -> Result<Participant, Problem> {
        let needed = permission(verb, old.status);
        if !scope.cx.permissions.allows(needed) {
            return Err(Problem::forbidden(needed));
        }
        let blocked_by = self.gates.blocking(old);
        let ask = Ask {
            has_reason: mark.reason.is_some() || mark.no_show_reason.is_some(),
            override_gates: mark.override_gates.unwrap_or(false),
            may_override_gates: scope.cx.permissions.allows(Permission::ParticipantGateOverride),
            blocked_by: blocked_by.clone(),
        };
        let status = act(&facts(old), verb, &self.occasion(scope.now(), old), &ask)?;
        let at = self.arrival(scope.now(), mark)?;
        let mut new = Participant { status, ..old.clone() };
        stamp(&mut new, verb, old.status, scope.now(), at, mark);
        if !blocked_by.is_empty() && matches!(verb, ParticipantVerb::CheckIn | ParticipantVerb::Attend) {
            new.gate_override_reason = mark.reason.clone();
        }
        match (old.status.takes_seat(), status.takes_seat()) {
            (false, true) => self.free = self.free.saturating_sub(1),
            (true, false) => self.free = self.free.saturating_add(1),
            _ => {}
        }
        let saved = scope.update(old, new).await?;
        scope.emit(SessionEvent::ParticipantTurned { participant: saved.id, session: saved.session_id, status });
        Ok(saved)
    }

    fn arrival(&self, now: Timestamp, mark: &Mark) -> Result<Timestamp, Problem> {
        let Some(Parsed(when)) = mark.at else { return Ok(now) };
        let at = when.instant(&self.session.zone).filter(|at| *at <= now);
        at.ok_or_else(|| Problem::invalid_field("at", "invalid_time", "must be a time that is not in the future"))
    }
}

pub(super) fn facts(participant: &Participant) -> ParticipantFacts {
    ParticipantFacts {
        status: participant.status,
        confirmed: participant.confirmed_at.is_some(),
        arrived: participant.arrival_at.is_some(),
    }
}

/// Sets the times and reasons that belong to a step, or takes them back.
fn stamp(
    new: &mut Participant,
    verb: ParticipantVerb,
    from: ParticipantStatus,
    now: Timestamp,
    at: Timestamp,
    mark: &Mark,
) {
    use ParticipantStatus as S;
    use ParticipantVerb as V;
    match (verb, from) {
        (V::Confirm, _) => new.confirmed_at = Some(now),
        (V::CheckIn, _) => new.arrival_at = Some(at),
        (V::Attend, _) => new.attended_at = Some(now),
        (V::NoShow, _) => {
            new.no_show_reason = Some(mark.no_show_reason.unwrap_or(NoShowReason::Unknown));
            let told = mark.reason.as_deref().and_then(|reason| Remark::parse(reason).ok());
            new.no_show_notes = mark.no_show_notes.clone().or(told);
            new.excused = mark.excused.unwrap_or(false);
        }
        (V::Cancel, _) => {
            new.cancelled_at = Some(now);
            new.cancellation_reason = mark.reason.clone();
            new.excused = mark.excused.unwrap_or(false);
        }
        (V::Rebook, _) | (V::Undo, S::Cancelled) => {
            (new.cancelled_at, new.cancellation_reason, new.excused) = (None, None, false);
            if verb == V::Rebook {
                new.confirmed_at = None;
            }
        }
        (V::Undo, S::Attended) => {
            new.attended_at = None;
            if new.arrival_at.is_none() {
                new.gate_override_reason = None;
            }
        }
        (V::Undo, S::NoShow) => (new.no_show_reason, new.no_show_notes, new.excused) = (None, None, false),
        (V::Undo, S::Arrived) => (new.arrival_at, new.gate_override_reason) = (None, None),
        (V::Undo, S::Booked | S::Confirmed) => new.confirmed_at = None,
    }
}

/// The participant, if it is one of this session.
pub(super) async fn of_session(
    scope: &mut Scope<'_>,
    session: &Session,
    id: ParticipantId,
) -> Result<Participant, Problem> {
    let found: Participant = scope.lock(id).await?;
    if found.session_id == session.id { Ok(found) } else { Err(Problem::not_found("participant")) }
}

/// The participant with the version of `If-Match`.
pub(super) fn current(scope: &Scope<'_>, participant: Participant) -> Result<Participant, Problem> {
    match scope.cx.request.if_match {
        Some(version) if version != participant.version => Err(Problem::stale(Some(participant.version))),
        _ => Ok(participant),
    }
}

/// Marks one participant.
///
/// # Errors
/// 403, 404, 409 for a wrong turn, closed gates (`blocked`) or no seat, 412, 422.
pub async fn mark(
    cx: &Cx,
    (session, participant): (SessionId, ParticipantId),
    verb: ParticipantVerb,
    mark: &Mark,
) -> Result<ParticipantView, Problem> {
    let first = match verb {
        // What is undone is only known after loading; whoever may undo anything may at least check people in.
        ParticipantVerb::Undo => any_of(cx),
        verb => permission(verb, ParticipantStatus::Booked),
    };
    fits(verb, mark)?;
    let work = cx.write(first, |scope| {
        Box::pin(async move {
            let session = lock(scope, session).await?;
            let old = of_session(scope, &session, participant).await?;
            let old = current(scope, old)?;
            let mut day = Day::of(scope, session).await?;
            let row = day.turn(scope, &old, verb, mark).await?;
            after(scope, &day).await?;
            answers::participant(scope, &day.session, row).await
        })
    });
    audited(cx, work.await).await
}

/// The first of the three permissions of the session day that the caller has.
fn any_of(cx: &Cx) -> Permission {
    let three = [Permission::ParticipantCheckin, Permission::ParticipantAttend, Permission::ParticipantBook];
    three.into_iter().find(|one| cx.permissions.allows(*one)).unwrap_or(Permission::ParticipantCheckin)
}

/// Refuses what does not belong to the verb.
fn fits(verb: ParticipantVerb, mark: &Mark) -> Result<(), Problem> {
    use ParticipantVerb as V;
    let away = matches!(verb, V::NoShow);
    let wrong = [
        ("at", mark.at.is_some() && verb != V::CheckIn),
        ("override_gates", mark.override_gates.is_some() && !matches!(verb, V::CheckIn | V::Attend)),
        ("no_show_reason", mark.no_show_reason.is_some() && !away),
        ("no_show_notes", mark.no_show_notes.is_some() && !away),
        ("excused", mark.excused.is_some() && !matches!(verb, V::NoShow | V::Cancel)),
    ];
    let wrong = wrong.into_iter().filter(|(_, wrong)| *wrong);
    let errors: Vec<_> =
        wrong.map(|(field, _)| FieldError::new(field, "invalid", "does not belong to this step")).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

/// What follows from marks: seats that are told of, leaders that follow who is there.
pub(super) async fn after(scope: &mut Scope<'_>, day: &Day) -> Result<(), Problem> {
    tell_seats(scope, &day.session, day.taken).await?;
    refresh_caseload(scope, &day.session).await
}

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
            let mut day = Day::of(scope, session).await?;
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

/// The verb that leads to a status; none when it holds already.
pub(super) fn step(old: &Participant, status: ParticipantStatus) -> Result<Option<ParticipantVerb>, Refusal> {
    verb_for(&facts(old), status)
}
