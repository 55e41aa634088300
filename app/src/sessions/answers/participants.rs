//! What a caller gets about participants.

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    consents::{ConsentKind, ConsentLack},
    id::{GuestId, ParticipantId, PatientId, SessionId, UserId},
    sessions::{
        Gate, NoShowReason, ParticipantModality, ParticipantSource, ParticipantStatus, ParticipationLevel, PatientAt,
        Punctuality,
    },
    text::{Name, Reason, Remark},
};
use ::store::Where;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::{
        attendance::{self, Gates},
        store::{Participant, Session},
    },
    SessionView, Warning, sessions,
};
use crate::{door::Scope, people, problem::Problem};

/// A participant. Instants have the offset of the session's site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ParticipantView {
    /// The id.
    pub id: ParticipantId,
    /// The session.
    pub session_id: SessionId,
    /// The planned start of the session.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// `APT-{ORG}-{YYYY}-{N}`: the billing number.
    pub appointment_number: String,
    /// The patient, if it is one.
    pub patient_id: Option<PatientId>,
    /// The guest, if it is one.
    pub guest_id: Option<GuestId>,
    /// How the person is shown.
    pub name: String,
    /// Where they stand.
    pub status: ParticipantStatus,
    /// How they came to be in it.
    pub source: ParticipantSource,
    /// When the confirmation was sent.
    #[schema(format = DateTime)]
    pub confirmation_sent_at: Option<String>,
    /// When they said they come.
    #[schema(format = DateTime)]
    pub confirmed_at: Option<String>,
    /// When they came.
    #[schema(format = DateTime)]
    pub arrival_at: Option<String>,
    /// When they were marked as attended.
    #[schema(format = DateTime)]
    pub attended_at: Option<String>,
    /// When they left.
    #[schema(format = DateTime)]
    pub departed_at: Option<String>,
    /// The times in between in which they were out, in order.
    pub stepped_out: Vec<TimeOutView>,
    /// Minutes in the actual session, once it has ended; or as corrected by hand.
    pub minutes_attended: Option<u32>,
    /// Why the minutes were corrected.
    pub minutes_reason: Option<Reason>,
    /// Minutes late.
    pub late_minutes: u32,
    /// Minutes early away.
    pub left_early_minutes: u32,
    /// How much they took part.
    pub participation_level: Option<ParticipationLevel>,
    /// How they take part.
    pub modality: Option<ParticipantModality>,
    /// Where they are.
    pub patient_at: Option<PatientAt>,
    /// The payer's clearance is there.
    pub finance_cleared: bool,
    /// Every consent that is needed holds on the day of the session, or a valid one was seen by hand.
    pub consent_verified: bool,
    /// The last day of the consents that rests on; null where they have no end, or it was seen by hand.
    #[schema(value_type = Option<String>, format = Date)]
    pub consent_until: Option<Date>,
    /// Every gate is open.
    pub can_check_in: bool,
    /// The gates that are closed.
    pub blocked_by: Vec<Gate>,
    /// Which consents are lacking where `consent` is among `blocked_by`; empty where that gate is open.
    #[serde(default)]
    pub consents: Vec<LackingConsent>,
    /// Why a closed gate was passed.
    pub gate_override_reason: Option<Reason>,
    /// Why a seat beyond the capacity was given.
    pub capacity_override_reason: Option<Reason>,
    /// Why they did not come.
    pub no_show_reason: Option<NoShowReason>,
    /// More about that.
    pub no_show_notes: Option<Remark>,
    /// The absence is excused.
    pub excused: bool,
    /// Why the booking was cancelled.
    pub cancellation_reason: Option<Reason>,
    /// When it was.
    #[schema(format = DateTime)]
    pub cancelled_at: Option<String>,
    /// What to know: another session at the same time.
    pub warnings: Vec<Warning>,
    /// 1 when created, one more with each change; send it back in `If-Match`.
    pub version: i64,
    /// The user who created the booking.
    pub created_by_user: Option<UserId>,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A time in between in which somebody was out of the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimeOutView {
    /// Out since.
    #[schema(format = DateTime)]
    pub from: String,
    /// Back at.
    #[schema(format = DateTime)]
    pub until: String,
}

/// A consent that somebody before the closed gate is lacking on the day of the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LackingConsent {
    /// The kind.
    pub kind: ConsentKind,
    /// What people call the text.
    pub title: Name,
    /// Why it is lacking.
    pub why: ConsentLack,
    /// The last day of one that expired, the first of one that is still to begin.
    #[schema(value_type = Option<String>, format = Date)]
    pub day: Option<Date>,
    /// It needs nothing but the signature of the patient, who is of age, and one of today counts for this session.
    pub may_sign_today: bool,
}

/// One participant of a session.
///
/// # Errors
/// When the database can't answer.
pub async fn participant(
    scope: &mut Scope<'_>,
    session: &Session,
    participant: Participant,
) -> Result<ParticipantView, Problem> {
    let mut shown = participants(scope, &BTreeMap::from([(session.id, session)]), vec![participant]).await?;
    shown.pop().ok_or_else(|| Problem::not_found("participant"))
}

/// Participants of these sessions, in six statements however many they are.
///
/// # Errors
/// When the database can't answer.
pub async fn participants(
    scope: &mut Scope<'_>,
    sessions: &BTreeMap<SessionId, &Session>,
    participants: Vec<Participant>,
) -> Result<Vec<ParticipantView>, Problem> {
    let gates = attendance::gates(scope, &participants).await?;
    let people: Vec<_> = participants.iter().filter_map(Participant::person).collect();
    let (names, births) = people::names_and_births(scope, &people).await?;
    let today = scope.cx.today();
    let shown = participants.into_iter().filter_map(|participant| {
        let session = sessions.get(&participant.session_id)?;
        let name = participant.person().and_then(|person| names.get(&person).cloned()).unwrap_or_default();
        let born = participant.patient_id.and_then(|id| births.get(&id).copied());
        let consents = gates.lacking(session, &participant, born, today);
        Some(ParticipantView { consents, ..participant_view(session, participant, name, &gates) })
    });
    Ok(shown.collect())
}

fn participant_view(session: &Session, participant: Participant, name: String, gates: &Gates) -> ParticipantView {
    let at = |instant| session.zone.rfc3339(instant);
    let blocked_by = gates.blocking(session, &participant);
    let consent = gates.consent(session, &participant);
    let Punctuality { late_minutes, left_early_minutes } = attendance::punctuality(session, &participant);
    ParticipantView {
        id: participant.id,
        session_id: participant.session_id,
        starts_at: at(session.starts_at),
        minutes_attended: attendance::minutes(session, &participant),
        late_minutes,
        left_early_minutes,
        can_check_in: blocked_by.is_empty(),
        blocked_by,
        confirmation_sent_at: participant.confirmation_sent_at.map(at),
        confirmed_at: participant.confirmed_at.map(at),
        arrival_at: participant.arrival_at.map(at),
        attended_at: participant.attended_at.map(at),
        departed_at: participant.departed_at.map(at),
        stepped_out: { participant.stepped_out.iter() }
            .map(|one| TimeOutView { from: at(one.from), until: at(one.until) })
            .collect(),
        cancelled_at: participant.cancelled_at.map(at),
        created_at: at(participant.created_at),
        updated_at: at(participant.updated_at),
        appointment_number: participant.appointment_number,
        patient_id: participant.patient_id,
        guest_id: participant.guest_id,
        name,
        status: participant.status,
        source: participant.source,
        minutes_reason: participant.minutes_reason,
        participation_level: participant.participation_level,
        modality: participant.modality,
        patient_at: participant.patient_at,
        finance_cleared: participant.finance_cleared,
        consent_verified: consent.verified,
        consent_until: consent.until,
        consents: Vec::new(),
        gate_override_reason: participant.gate_override_reason,
        capacity_override_reason: participant.capacity_override_reason,
        no_show_reason: participant.no_show_reason,
        no_show_notes: participant.no_show_notes,
        excused: participant.excused,
        cancellation_reason: participant.cancellation_reason,
        warnings: Vec::new(),
        version: participant.version,
        created_by_user: participant.created_by_user,
    }
}

/// A session of a patient, and how they took part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PatientSession {
    /// The session.
    pub session: SessionView,
    /// The patient in it.
    pub participant: ParticipantView,
}

/// Participants beside their sessions, in eleven statements however many they are.
///
/// # Errors
/// When the database can't answer.
pub async fn with_sessions(
    scope: &mut Scope<'_>,
    participants: Vec<Participant>,
) -> Result<Vec<PatientSession>, Problem> {
    let found = sessions_of(scope, &participants).await?;
    let by_id: BTreeMap<SessionId, &Session> = found.iter().map(|session| (session.id, session)).collect();
    let people = self::participants(scope, &by_id, participants).await?;
    let shown: BTreeMap<SessionId, SessionView> =
        sessions(scope, found.clone()).await?.into_iter().map(|view| (view.id, view)).collect();
    let pairs = people.into_iter().filter_map(|participant| {
        let session = shown.get(&participant.session_id)?.clone();
        Some(PatientSession { session, participant })
    });
    Ok(pairs.collect())
}

/// The sessions of these participants, each once.
///
/// # Errors
/// When the database can't answer.
pub async fn sessions_of(scope: &mut Scope<'_>, participants: &[Participant]) -> Result<Vec<Session>, Problem> {
    let mut ids: Vec<SessionId> = participants.iter().map(|participant| participant.session_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let filter = Where::organization().and_in("id", ids.iter().map(Value::from));
    Ok(scope.filter(&filter, "id", ids.len().max(1)).await?)
}
