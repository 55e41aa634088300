//! Changing a participant: status by the same rules as the verbs, times, minutes, flags.

use ::rules::{
    column::Json,
    id::{ParticipantId, SessionId},
    permissions::Permission,
    sessions::{
        FARTHEST, NoShowReason, ParticipantModality, ParticipantStatus, ParticipationLevel, PatientAt, Presence,
        Refusal, Sets, SteppedOut, check_stepped_out, check_times,
    },
    text::{Reason, Remark},
    violation::Violation,
};
use deserr::Deserr;
use jiff::Timestamp;
use utoipa::ToSchema;

use super::{
    super::{
        answers::{self, ParticipantView},
        consent,
        inputs::{TimeOut, When},
        lock,
        store::{Participant, Session},
    },
    attend::{Day, Mark, after, current, of_session, step},
    audited, belated,
};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    http::extract::{FieldErrors, Parsed, Patch},
    problem::Problem,
};

/// What may be changed of a participant; what is not named stays as it is.
#[derive(Debug, Clone, PartialEq, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeParticipant {
    /// Where they stand: by the same rules as the verbs.
    #[deserr(default)]
    pub status: Option<ParticipantStatus>,
    /// When they came.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub arrival_at: Patch<Parsed<When>>,
    /// When they left.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub departed_at: Patch<Parsed<When>>,
    /// The times in between in which they were out, in order: replaces them all. Minutes leave them out.
    #[deserr(default)]
    pub stepped_out: Option<Vec<TimeOut>>,
    /// When a confirmation was sent to them; null: none was.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub confirmation_sent_at: Patch<Parsed<When>>,
    /// Minutes, corrected by hand with a reason; null reckons them again.
    #[deserr(default)]
    #[schema(value_type = Option<u32>, maximum = 720)]
    pub minutes_attended: Patch<u32>,
    /// How much they took part.
    #[deserr(default)]
    #[schema(value_type = Option<ParticipationLevel>)]
    pub participation_level: Patch<ParticipationLevel>,
    /// How they take part.
    #[deserr(default)]
    #[schema(value_type = Option<ParticipantModality>)]
    pub modality: Patch<ParticipantModality>,
    /// Where they are.
    #[deserr(default)]
    #[schema(value_type = Option<PatientAt>)]
    pub patient_at: Patch<PatientAt>,
    /// The payer's clearance is there; needs `participant.clear_finance`.
    #[deserr(default)]
    pub finance_cleared: Option<bool>,
    /// A valid consent was seen; needs `consent.manage` or `participant.checkin`.
    #[deserr(default)]
    pub consent_verified: Option<bool>,
    /// Why they did not come.
    #[deserr(default)]
    pub no_show_reason: Option<NoShowReason>,
    /// More about that.
    #[deserr(default)]
    #[schema(value_type = Option<Remark>)]
    pub no_show_notes: Patch<Remark>,
    /// The absence is excused.
    #[deserr(default)]
    pub excused: Option<bool>,
    /// Pass closed gates; needs `participant.gate_override` and a reason.
    #[deserr(default)]
    pub override_gates: Option<bool>,
    /// The version that was looked at, for a time or a `participation_level` that may arrive late, instead of `If-Match`:
    /// it is taken unless somebody has decided otherwise since.
    #[deserr(default)]
    pub seen_version: Option<i64>,
    /// Why: for corrected minutes, a cancellation, a passed gate.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

impl ChangeParticipant {
    fn touches_times(&self) -> bool {
        self.arrival_at != Patch::Keep || self.departed_at != Patch::Keep || self.stepped_out.is_some()
    }

    fn touches_attendance(&self) -> bool {
        self.minutes_attended != Patch::Keep
            || self.participation_level != Patch::Keep
            || self.modality != Patch::Keep
            || self.patient_at != Patch::Keep
            || self.status.is_none() && self.touches_absence()
    }

    fn touches_absence(&self) -> bool {
        self.no_show_reason.is_some() || self.no_show_notes != Patch::Keep || self.excused.is_some()
    }

    /// What of it a later decision of somebody else overtakes.
    ///
    /// # Errors
    /// 422 when anything else is changed with it.
    fn sets(&self) -> Result<Sets, Problem> {
        let departed = self.departed_at != Patch::Keep || self.stepped_out.is_some();
        let sets =
            Sets { arrived: self.arrival_at != Patch::Keep, departed, level: self.participation_level != Patch::Keep };
        let same = Self {
            status: self.status.filter(|status| *status == ParticipantStatus::Attended),
            arrival_at: self.arrival_at.clone(),
            departed_at: self.departed_at.clone(),
            stepped_out: self.stepped_out.clone(),
            participation_level: self.participation_level.clone(),
            seen_version: self.seen_version,
            ..Self::default()
        };
        let fits = self.seen_version.is_none() || *self == same;
        let message =
            "goes with times and `participation_level`, and no `status` but `attended`; send `If-Match` instead";
        fits.then_some(sets).ok_or_else(|| Problem::invalid_field("seen_version", "invalid", message))
    }

    /// What the caller must hold, by what they change.
    fn needs(&self, cx: &Cx) -> Vec<Permission> {
        let consent = match cx.permissions.allows(Permission::ConsentManage) {
            true => Permission::ConsentManage,
            false => Permission::ParticipantCheckin,
        };
        let all = [
            (self.status.is_some_and(|status| status == ParticipantStatus::Cancelled), Permission::ParticipantBook),
            (self.status.is_some_and(was_there), Permission::ParticipantAttend),
            (self.touches_attendance(), Permission::ParticipantAttend),
            (self.touches_times(), Permission::ParticipantCheckin),
            (self.finance_cleared.is_some(), Permission::ParticipantClearFinance),
            (self.consent_verified.is_some(), consent),
        ];
        let mut needed: Vec<Permission> = all.into_iter().filter(|(asks, _)| *asks).map(|(_, one)| one).collect();
        if needed.is_empty() {
            needed.push(Permission::ParticipantCheckin);
        }
        needed
    }

    fn mark(&self) -> Mark {
        Mark {
            reason: self.reason.clone(),
            at: None,
            override_gates: self.override_gates,
            no_show_reason: self.no_show_reason,
            no_show_notes: self.no_show_notes.clone().apply(None),
            excused: self.excused,
            seen_version: None,
        }
    }
}

fn was_there(status: ParticipantStatus) -> bool {
    matches!(status, ParticipantStatus::Attended | ParticipantStatus::NoShow)
}

/// Changes one participant.
///
/// # Errors
/// 403, 404, 409 for a wrong turn, closed gates or once it is signed, 412, 422 with every bad field.
pub async fn change_participant(
    cx: &Cx,
    (session, participant): (SessionId, ParticipantId),
    change: &ChangeParticipant,
) -> Result<ParticipantView, Problem> {
    let needed = change.needs(cx);
    for permission in &needed {
        cx.require(*permission).await?;
    }
    let sets = change.sets()?;
    let first = needed.first().copied().unwrap_or(Permission::ParticipantCheckin);
    let work = cx.write(first, |scope| {
        Box::pin(async move {
            let session = lock(scope, session).await?;
            let old = of_session(scope, &session, participant).await?;
            let old = current(scope, old).await?;
            belated::judge_change(scope, &old, sets, change.seen_version).await?;
            let mut day = Day::of(scope, session, [&old]).await?;
            // Flags first: clearing finance and checking in may come in one call.
            let mut row = details(scope, &day.session, &old, change).await?;
            let verb = change.status.map(|status| step(&row, status)).transpose()?.flatten();
            if let Some(verb) = verb {
                row = day.turn(scope, &row, verb, &change.mark()).await?;
            }
            after(scope, &day).await?;
            answers::participant(scope, &day.session, row).await
        })
    });
    audited(cx, work.await).await
}

/// Saves everything but the status.
async fn details(
    scope: &mut Scope<'_>,
    session: &Session,
    old: &Participant,
    change: &ChangeParticipant,
) -> Result<Participant, Problem> {
    if session.first_signed_at.is_some() && (change.touches_times() || change.touches_attendance()) {
        return Err(Refusal::Signed { from: old.status, to: change.status.unwrap_or(old.status) }.into());
    }
    let mut new = old.clone();
    let mut found = Vec::new();
    is_here(old, change, &mut found);
    times(session, &mut new, change, scope.now(), &mut found);
    stepped_out(session, &mut new, change, scope.now(), &mut found);
    confirmation(session, &mut new, change, scope.now(), &mut found);
    minutes(&mut new, change, &mut found);
    new.participation_level = change.participation_level.clone().apply(new.participation_level);
    new.modality = change.modality.clone().apply(new.modality);
    new.patient_at = change.patient_at.clone().apply(new.patient_at);
    new.finance_cleared = change.finance_cleared.unwrap_or(new.finance_cleared);
    if let Some(seen) = change.consent_verified {
        consent::say(&mut new, session, seen, scope.now());
    }
    absence(&mut new, change, &mut found);
    if !found.is_empty() {
        return Err(found.into());
    }
    let took_part = [old.participation_level, new.participation_level];
    scope.emit(SessionEvent::ParticipantUpdated { participant: old.id, session: session.id, took_part });
    if new == *old { Ok(new) } else { Ok(scope.update(old, new).await?) }
}

/// Times and minutes are of somebody who is here, or was.
fn is_here(old: &Participant, change: &ChangeParticipant, found: &mut Vec<Violation>) {
    use ParticipantStatus as S;
    let stands = change.status.unwrap_or(old.status);
    let is_set = [
        ("arrival_at", matches!(change.arrival_at, Patch::Set(_))),
        ("departed_at", matches!(change.departed_at, Patch::Set(_))),
        ("stepped_out", change.stepped_out.as_ref().is_some_and(|times| !times.is_empty())),
        ("minutes_attended", matches!(change.minutes_attended, Patch::Set(_))),
    ];
    if !matches!(stands, S::Arrived | S::Attended) {
        let message = "belongs to somebody who has arrived or attended; mark that first";
        found.extend(
            is_set.iter().filter(|(_, set)| *set).map(|(field, _)| Violation::new(*field, "not_here", message)),
        );
    }
}

fn times(
    session: &Session,
    new: &mut Participant,
    change: &ChangeParticipant,
    now: Timestamp,
    found: &mut Vec<Violation>,
) {
    if !change.touches_times() {
        return;
    }
    let mut read = |patch: &Patch<Parsed<When>>, old: Option<Timestamp>, field: &str| match patch {
        Patch::Keep => old,
        Patch::Clear => None,
        Patch::Set(Parsed(when)) => {
            let begun = session.actual_start.unwrap_or(session.starts_at);
            let is_near = |at: &Timestamp| at.duration_since(begun).abs() <= FARTHEST;
            let at = when.instant(&session.zone).filter(|at| *at <= now && is_near(at));
            if at.is_none() {
                let message = "must be a time that is not in the future, within a day of the session";
                found.push(Violation::new(field, "invalid_time", message));
            }
            at
        }
    };
    new.arrival_at = read(&change.arrival_at, new.arrival_at, "arrival_at");
    new.departed_at = read(&change.departed_at, new.departed_at, "departed_at");
    let until = session.actual_end.unwrap_or(now.max(session.ends_at));
    let stretch = Presence { arrived: new.arrival_at, departed: new.departed_at };
    for violation in check_times(&[stretch], session.actual_start.unwrap_or(session.starts_at), until) {
        let field = if violation.field.ends_with("arrived") { "arrival_at" } else { "departed_at" };
        found.push(Violation { field: field.to_owned(), ..violation });
    }
    let here = matches!(new.status, ParticipantStatus::Arrived);
    if here && new.arrival_at.is_none() {
        found.push(Violation::new("arrival_at", "invalid", "stays while somebody is here; undo the check-in instead"));
    }
}

/// The times in between, each inside the presence. A change of arrival or departure is judged with those that are kept.
fn stepped_out(
    session: &Session,
    new: &mut Participant,
    change: &ChangeParticipant,
    now: Timestamp,
    found: &mut Vec<Violation>,
) {
    if !change.touches_times() || !found.is_empty() {
        return;
    }
    if let Some(times) = &change.stepped_out {
        let read = |one: &TimeOut| {
            let (from, until) = (one.from.0.instant(&session.zone)?, one.until.0.instant(&session.zone)?);
            Some(SteppedOut { from, until })
        };
        let Some(times) = times.iter().map(read).collect() else {
            found.push(Violation::new("stepped_out", "invalid", "has a time that is beyond the calendar"));
            return;
        };
        new.stepped_out = Json(times);
    }
    let begun = session.actual_start.unwrap_or(session.starts_at);
    let until = new.departed_at.unwrap_or_else(|| session.actual_end.unwrap_or(now));
    found.extend(check_stepped_out(&new.stepped_out, new.arrival_at.unwrap_or(begun).max(begun), until));
}

/// When a confirmation went out: by telephone or letter too, so that whoever sent it says when.
fn confirmation(
    session: &Session,
    new: &mut Participant,
    change: &ChangeParticipant,
    now: Timestamp,
    found: &mut Vec<Violation>,
) {
    new.confirmation_sent_at = match change.confirmation_sent_at {
        Patch::Keep => return,
        Patch::Clear => None,
        Patch::Set(Parsed(when)) => {
            let sent = when.instant(&session.zone).filter(|at| *at <= now);
            if sent.is_none() {
                let message = "must be a time that is not in the future";
                found.push(Violation::new("confirmation_sent_at", "invalid_time", message));
            }
            sent
        }
    };
}

fn minutes(new: &mut Participant, change: &ChangeParticipant, found: &mut Vec<Violation>) {
    match change.minutes_attended {
        Patch::Keep => {}
        Patch::Clear => (new.minutes_corrected, new.minutes_reason) = (None, None),
        Patch::Set(minutes) => {
            if minutes > ::rules::groups::MOST_DURATION {
                let message = format!("must be at most {}", ::rules::groups::MOST_DURATION);
                found.push(Violation::new("minutes_attended", "out_of_range", message));
            }
            if change.reason.is_none() {
                found.push(Violation::new("reason", "reason_required", "is required to correct minutes by hand"));
            }
            (new.minutes_corrected, new.minutes_reason) = (Some(minutes), change.reason.clone());
        }
    }
}

/// Why somebody is away, told later.
fn absence(new: &mut Participant, change: &ChangeParticipant, found: &mut Vec<Violation>) {
    if change.status.is_some() || !change.touches_absence() {
        return;
    }
    let is_away = matches!(new.status, ParticipantStatus::NoShow | ParticipantStatus::Cancelled);
    if !is_away {
        let message = "belongs to somebody who did not come; mark them first";
        found.push(Violation::new("no_show_reason", "invalid", message));
        return;
    }
    new.no_show_reason = change.no_show_reason.or(new.no_show_reason);
    new.no_show_notes = change.no_show_notes.clone().apply(new.no_show_notes.clone());
    new.excused = change.excused.unwrap_or(new.excused);
}
