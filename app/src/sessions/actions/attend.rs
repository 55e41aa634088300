//! One tap a person: confirm, check in, attended, no-show, cancelled, undo.

use ::rules::{
    id::{ParticipantId, SessionId},
    permissions::Permission,
    roster::{Person, Standing},
    sessions::{
        Ask, Belated, NoShowReason, Occasion, ParticipantFacts, ParticipantSource, ParticipantStatus, ParticipantVerb,
        Refusal, Timing, act, timing, verb_for,
    },
    text::{Reason, Remark},
};
use deserr::Deserr;
use jiff::Timestamp;
use utoipa::ToSchema;

use super::{
    super::{
        answers::{self, ParticipantView},
        attendance::{self, Gates},
        company::Company,
        inputs::When,
        lock,
        store::{self, Participant, Session},
    },
    audited, belated,
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
    /// The version of the participant that was looked at, of a step that may arrive late (a tap that waited for the
    /// connection). Others moving the participant forward since contradicts no confirmation, check-in or attendance, and
    /// what they did already is not done twice; any later decision stays, with a 412. `If-Match` refuses every change.
    #[deserr(default)]
    pub seen_version: Option<i64>,
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
    /// Read once somebody is to have a place anew.
    company: Option<Company>,
}

impl Day {
    /// The session's day; the caller holds the session's lock.
    /// `marked` are who may be marked.
    pub async fn of(
        scope: &mut Scope<'_>,
        session: Session,
        marked: impl IntoIterator<Item = &Participant>,
    ) -> Result<Self, Problem> {
        let taken = seats_taken(scope, &session).await?;
        let free = session.max_capacity.saturating_sub(taken);
        Ok(Self { gates: attendance::gates(scope, marked).await?, free, taken, session, company: None })
    }

    /// Whether the participant may be in the session: read for everybody at once, as soon as one is to have a place anew.
    async fn standing(&mut self, scope: &mut Scope<'_>, participant: &Participant) -> Result<Standing, Problem> {
        let Some(person) = participant.person().filter(|_| !participant.status.takes_seat()) else {
            return Ok(Standing::CLEAR);
        };
        if self.company.is_none() {
            let rows = store::of_session(scope, self.session.id).await?;
            let people: Vec<Person> = rows.iter().filter_map(Participant::person).collect();
            self.company = Some(Company::of(scope, &self.session, &people).await?);
        }
        let standing = self.company.as_ref().and_then(|company| company.standing(person));
        Ok(standing.unwrap_or(Standing::CLEAR))
    }

    /// Refuses a second place of one person: who is in the session by another record has one.
    fn is_first(&self, participant: &Participant) -> Result<(), Refusal> {
        let company = self.company.as_ref().filter(|_| !participant.status.takes_seat()).zip(participant.person());
        match company.and_then(|(company, person)| company.by_another_record(person)) {
            Some(_) => Err(Refusal::AlreadyParticipant(ParticipantStatus::Booked)),
            None => Ok(()),
        }
    }

    fn occasion(&self, now: Timestamp, participant: &Participant, standing: Standing) -> Occasion {
        let Session { starts_at, ends_at, zone, status, max_capacity, first_signed_at, .. } = &self.session;
        // A member of the group always has a place.
        let free = if participant.source == ParticipantSource::Roster { u32::MAX } else { self.free };
        Occasion {
            session: *status,
            today: timing(*starts_at, *ends_at, now, zone) == Timing::Today,
            signed: first_signed_at.is_some(),
            free,
            capacity: *max_capacity,
            standing,
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
        let blocked_by = self.gates.blocking(&self.session, old);
        let ask = Ask {
            has_reason: mark.reason.is_some() || mark.no_show_reason.is_some(),
            override_gates: mark.override_gates.unwrap_or(false),
            may_override_gates: scope.cx.permissions.allows(Permission::ParticipantGateOverride),
            blocked_by: blocked_by.clone(),
        };
        let standing = self.standing(scope, old).await?;
        let status = act(&facts(old), verb, &self.occasion(scope.now(), old, standing), &ask)?;
        let at = self.arrival(scope.now(), mark)?;
        if status.takes_seat() {
            self.is_first(old)?;
        }
        let mut new = Participant { status, ..old.clone() };
        stamp(&mut new, verb, old.status, scope.now(), at, mark);
        if status.is_resolved() && status != ParticipantStatus::Cancelled {
            self.gates.keep(&self.session, old, &mut new);
        }
        if !blocked_by.is_empty() && matches!(verb, ParticipantVerb::CheckIn | ParticipantVerb::Attend) {
            new.gate_override_reason = mark.reason.clone();
        }
        match (old.status.takes_seat(), status.takes_seat()) {
            (false, true) => self.free = self.free.saturating_sub(1),
            (true, false) => self.free = self.free.saturating_add(1),
            _ => {}
        }
        let saved = scope.update(old, new).await?;
        if let Some((company, person)) = self.company.as_mut().zip(saved.person()) {
            company.place(person, status.takes_seat());
        }
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
pub(super) async fn current(scope: &mut Scope<'_>, participant: Participant) -> Result<Participant, Problem> {
    match scope.cx.request.if_match {
        Some(version) if version != participant.version => Err(belated::stale(scope, &participant, version).await),
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
            let old = current(scope, old).await?;
            if belated::judge(scope, &old, verb, mark.seen_version).await? == Belated::Done {
                // Nothing changes, so it was a reading.
                scope.record_reading("participant", participant);
                return answers::participant(scope, &session, old).await;
            }
            let mut day = Day::of(scope, session, [&old]).await?;
            let row = day.turn(scope, &old, verb, mark).await?;
            after(scope, &day).await?;
            answers::participant(scope, &day.session, row).await
        })
    });
    audited(cx, work.await).await
}

/// Checks one participant in, inside an action of a later room: by the same rules as anybody who does so.
///
/// # Errors
/// 404, 409 for a wrong turn or closed gates (`blocked`).
pub async fn arrive(
    scope: &mut Scope<'_>,
    (session, participant): (SessionId, ParticipantId),
) -> Result<(Session, Participant), Problem> {
    let session = lock(scope, session).await?;
    let old = of_session(scope, &session, participant).await?;
    let mut day = Day::of(scope, session, [&old]).await?;
    let row = day.turn(scope, &old, ParticipantVerb::CheckIn, &Mark::default()).await?;
    after(scope, &day).await?;
    Ok((day.session, row))
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

/// The verb that leads to a status; none when it holds already.
pub(super) fn step(old: &Participant, status: ParticipantStatus) -> Result<Option<ParticipantVerb>, Refusal> {
    verb_for(&facts(old), status)
}
