//! What a caller gets about sessions, participants and encounters: instants in the site's time, numbers derived.

mod clashes;
mod encounters;
mod participants;

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    groups::Modality,
    id::{
        EncounterId, GroupId, GroupSessionTemplateId, PatientId, PractitionerId, ProgramId, RoomId, SessionId, SiteId,
        UserId,
    },
    recurrence::Zone,
    sessions::{
        Leader, LeaderRole, Occupancy, ParticipantStatus, ServiceKind, SessionSource, SessionStatus, SessionType,
        occupancy,
    },
    text::{Name, Reason, Remark, Text},
};
use ::store::Where;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use clashes::{ClashView, ConflictView, clashes};
pub use encounters::{EncounterView, encounters};
pub use participants::{
    LackingConsent, ParticipantView, PatientSession, TimeOutView, participant, participants, sessions_of, with_sessions,
};

use super::store::{self, Session};
use crate::{
    door::Scope,
    groups::Group,
    people::{Practitioner, Room},
    problem::Problem,
    templates::SessionTemplate,
};

/// Somebody who leads a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeaderView {
    /// Who.
    pub practitioner_id: PractitionerId,
    /// Name and credential.
    pub name: String,
    /// As what.
    pub role: LeaderRole,
    /// Whether their signature is needed.
    pub must_sign: bool,
    /// Whom they stand in for while that one is away.
    pub stands_in_for: Option<PractitionerId>,
    /// That one's name and credential.
    pub stands_in_for_name: Option<String>,
}

/// A break inside a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BreakView {
    /// Its start.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// Its end.
    #[schema(format = DateTime)]
    pub ends_at: String,
}

/// A session. Instants have the offset of its site; the numbers of its seats are derived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    /// The id.
    pub id: SessionId,
    /// `SES-{ORG}-{YYYY}-{N}`.
    pub session_number: String,
    /// For one person or for several.
    pub session_type: SessionType,
    /// The group; none for an individual or free-standing session.
    pub group_id: Option<GroupId>,
    /// The programme.
    pub program_id: Option<ProgramId>,
    /// The encounter: its clinical record.
    pub encounter_id: Option<EncounterId>,
    /// The title.
    pub title: Name,
    /// What it is about.
    pub topic: Option<Remark>,
    /// Who leads it, the primary first.
    pub leaders: Vec<LeaderView>,
    /// The site.
    pub site_id: Option<SiteId>,
    /// The room.
    pub room_id: Option<RoomId>,
    /// The zone of its clock.
    pub zone: Zone,
    /// The day it starts, by the clock on the wall.
    #[schema(value_type = String, format = Date)]
    pub local_date: Date,
    /// The planned start.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// The planned end.
    #[schema(format = DateTime)]
    pub ends_at: String,
    /// How long it is planned, in minutes.
    pub duration_minutes: u32,
    /// Breaks inside it.
    pub breaks: Vec<BreakView>,
    /// When it began.
    #[schema(format = DateTime)]
    pub actual_start: Option<String>,
    /// When it ended.
    #[schema(format = DateTime)]
    pub actual_end: Option<String>,
    /// What kind of service it is, in the clinic's words.
    pub service_type: Option<Text<1, 200>>,
    /// What it counts as.
    pub service_kind: ServiceKind,
    /// How people take part.
    pub modality: Modality,
    /// The seats.
    pub max_capacity: u32,
    /// Participants neither cancelled nor no-show.
    pub current_capacity: u32,
    /// Seats free.
    pub available_spots: u32,
    /// No seat is free.
    pub is_full: bool,
    /// Taken seats in percent, rounded; above 100 when more than there are.
    pub capacity_percentage: u32,
    /// Fewer than the group's minimum.
    pub below_minimum: bool,
    /// Where it stands.
    pub status: SessionStatus,
    /// Made here or elsewhere.
    pub source: SessionSource,
    /// Why it was cancelled.
    pub cancellation_reason: Option<Reason>,
    /// When it was cancelled.
    #[schema(format = DateTime)]
    pub cancelled_at: Option<String>,
    /// Why it was started after its day.
    pub late_entry_reason: Option<Reason>,
    /// Why it was scheduled over a conflict.
    pub conflict_reason: Option<Reason>,
    /// Its room or a leader was taken, or a leader had no hours or was away, when that was last looked at: when the
    /// session was scheduled, changed or got other leaders, and when a leader's time off was approved or withdrawn.
    pub has_conflict: bool,
    /// The local start its series gives it, for good.
    pub recurrence_id: Option<String>,
    /// Changed by hand: its series and its group leave it alone.
    pub edited_by_hand: bool,
    /// When the first note of it was signed.
    #[schema(format = DateTime)]
    pub first_signed_at: Option<String>,
    /// When something of it was signed for the first time; from then on its start is not undone, and it is not cancelled.
    #[schema(format = DateTime)]
    pub ever_signed_at: Option<String>,
    /// The template it starts from.
    pub template_id: Option<GroupSessionTemplateId>,
    /// That template as it was when the session started: its notes and its review follow it.
    pub template: Option<SessionTemplate>,
    /// Since when it waits for a reviewer; null unless it does.
    #[schema(format = DateTime)]
    pub pending_since: Option<String>,
    /// When it was last reopened.
    #[schema(format = DateTime)]
    pub reopened_at: Option<String>,
    /// Why it was last reopened.
    pub reopen_reason: Option<Reason>,
    /// When it was voided.
    #[schema(format = DateTime)]
    pub voided_at: Option<String>,
    /// Why it was voided.
    pub void_reason: Option<Reason>,
    /// What to know, though it stands in nothing's way: a participant's other session at the same time.
    pub warnings: Vec<Warning>,
    /// 1 when created, one more with each change; send it back in `If-Match`.
    pub version: i64,
    /// The user who created it.
    pub created_by_user: Option<UserId>,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// Something to know that stands in nothing's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Warning {
    /// A stable word: `patient_overlap`, `room_too_small`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// The patient.
    pub patient_id: Option<PatientId>,
    /// The other session.
    pub session_id: Option<SessionId>,
}

impl Warning {
    /// What to say when a session has more seats than its room: people may take part from elsewhere, so nobody is kept
    /// from scheduling it.
    fn too_small(seats: u32, room: &Room) -> Option<Self> {
        let chairs = room.seats.filter(|chairs| *chairs < seats)?;
        let message = format!("The room has {chairs} seats, and the session {seats}.");
        Some(Self { code: "room_too_small".to_owned(), message, patient_id: None, session_id: None })
    }

    /// What to say of a participant's other session, which is no refusal.
    pub fn of((patient, session): &(PatientId, SessionId)) -> Self {
        let message = "A participant has another session at this time.".to_owned();
        let code = "patient_overlap".to_owned();
        Self { code, message, patient_id: Some(*patient), session_id: Some(*session) }
    }
}

/// One session.
///
/// # Errors
/// When the database can't answer.
pub async fn session(scope: &mut Scope<'_>, session: Session) -> Result<SessionView, Problem> {
    let mut shown = sessions(scope, vec![session]).await?;
    let mut shown = shown.pop().ok_or_else(|| Problem::not_found("session"))?;
    if let Some(id) = shown.room_id
        && let Some(room) = scope.find::<Room>(id).await?
    {
        shown.warnings.extend(Warning::too_small(shown.max_capacity, &room));
    }
    Ok(shown)
}

/// Sessions, in five statements however many they are.
///
/// # Errors
/// When the database can't answer.
pub async fn sessions(scope: &mut Scope<'_>, sessions: Vec<Session>) -> Result<Vec<SessionView>, Problem> {
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let mut leaders = leader_views(scope, &ids).await?;
    let counts = store::taken(scope, &ids).await?;
    let encounters = store::encounters_of(scope, &ids).await?;
    let minimums = minimums(scope, &sessions).await?;
    let shown = sessions.into_iter().map(|session| {
        let minimum = session.group_id.and_then(|group| minimums.get(&group).copied().flatten());
        let seats = seats(&session, minimum, counts.get(&session.id).map(Vec::as_slice).unwrap_or_default());
        let encounter = encounters.get(&session.id).map(|encounter| encounter.id);
        let leaders = leaders.remove(&session.id).unwrap_or_default();
        view(session, leaders, encounter, seats)
    });
    Ok(shown.collect())
}

/// The seats of a session in numbers, from how many stand where.
pub fn seats(session: &Session, minimum: Option<u32>, counts: &[(ParticipantStatus, u32)]) -> Occupancy {
    let statuses = counts
        .iter()
        .flat_map(|(status, count)| std::iter::repeat_n(*status, usize::try_from(*count).unwrap_or_default()));
    occupancy(session.session_type, session.max_capacity, minimum, statuses)
}

async fn minimums(scope: &mut Scope<'_>, sessions: &[Session]) -> Result<BTreeMap<GroupId, Option<u32>>, Problem> {
    let mut groups: Vec<GroupId> = sessions.iter().filter_map(|session| session.group_id).collect();
    groups.sort_unstable();
    groups.dedup();
    if groups.is_empty() {
        return Ok(BTreeMap::new());
    }
    let filter = Where::organization().and_in("id", groups.iter().map(Value::from));
    let found: Vec<Group> = scope.filter(&filter, "id", groups.len()).await?;
    Ok(found.into_iter().map(|group| (group.id, group.min_participants)).collect())
}

async fn leader_views(
    scope: &mut Scope<'_>,
    sessions: &[SessionId],
) -> Result<BTreeMap<SessionId, Vec<LeaderView>>, Problem> {
    let leaders = store::leaders_of(scope, sessions).await?;
    let named = |leader: &Leader| [Some(leader.practitioner), leader.stands_in_for];
    let mut ids: Vec<PractitionerId> = leaders.values().flatten().flat_map(named).flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    let names = practitioner_names(scope, &ids).await?;
    let shown = leaders.into_iter().map(|(session, leaders)| {
        let shown = leaders.into_iter().map(|leader| LeaderView {
            practitioner_id: leader.practitioner,
            name: names.get(&leader.practitioner).cloned().unwrap_or_default(),
            role: leader.role,
            must_sign: leader.must_sign,
            stands_in_for: leader.stands_in_for,
            stands_in_for_name: leader.stands_in_for.and_then(|who| names.get(&who).cloned()),
        });
        (session, shown.collect())
    });
    Ok(shown.collect())
}

/// Practitioners' names with their credentials.
///
/// # Errors
/// When the database can't answer.
pub async fn practitioner_names(
    scope: &mut Scope<'_>,
    ids: &[PractitionerId],
) -> Result<BTreeMap<PractitionerId, String>, Problem> {
    let mut names = BTreeMap::new();
    for chunk in ids.chunks(500) {
        let filter = Where::organization().and_in("id", chunk.iter().map(Value::from));
        let found: Vec<Practitioner> = scope.filter(&filter, "id", chunk.len()).await?;
        names.extend(found.into_iter().map(|person| (person.id, person.display_name())));
    }
    Ok(names)
}

fn view(
    session: Session,
    leaders: Vec<LeaderView>,
    encounter_id: Option<EncounterId>,
    seats: Occupancy,
) -> SessionView {
    let zone = session.zone.clone();
    let at = |instant| zone.rfc3339(instant);
    let minutes = session.ends_at.duration_since(session.starts_at).as_mins();
    let breaks = session.breaks.iter();
    SessionView {
        id: session.id,
        encounter_id,
        local_date: session.local_date,
        starts_at: at(session.starts_at),
        ends_at: at(session.ends_at),
        duration_minutes: u32::try_from(minutes).unwrap_or_default(),
        breaks: breaks.map(|pause| BreakView { starts_at: at(pause.starts_at), ends_at: at(pause.ends_at) }).collect(),
        actual_start: session.actual_start.map(at),
        actual_end: session.actual_end.map(at),
        cancelled_at: session.cancelled_at.map(at),
        first_signed_at: session.first_signed_at.map(at),
        ever_signed_at: session.ever_signed_at.map(at),
        template_id: session.template_id,
        template: session.template.map(|template| template.0),
        pending_since: session.pending_since.map(at),
        reopened_at: session.reopened_at.map(at),
        voided_at: session.voided_at.map(at),
        created_at: at(session.created_at),
        updated_at: at(session.updated_at),
        session_number: session.session_number,
        session_type: session.session_type,
        group_id: session.group_id,
        program_id: session.program_id,
        title: session.title,
        topic: session.topic,
        leaders,
        site_id: session.site_id,
        room_id: session.room_id,
        service_type: session.service_type,
        service_kind: session.service_kind,
        modality: session.modality,
        max_capacity: session.max_capacity,
        current_capacity: seats.current_capacity,
        available_spots: seats.available_spots,
        is_full: seats.is_full,
        capacity_percentage: seats.capacity_percentage,
        below_minimum: seats.below_minimum,
        status: session.status,
        source: session.source,
        cancellation_reason: session.cancellation_reason,
        reopen_reason: session.reopen_reason,
        void_reason: session.void_reason,
        late_entry_reason: session.late_entry_reason,
        conflict_reason: session.conflict_reason,
        has_conflict: session.has_conflict,
        recurrence_id: session.recurrence_id,
        edited_by_hand: session.edited_by_hand,
        warnings: Vec::new(),
        version: session.version,
        created_by_user: session.created_by_user,
        zone: session.zone,
    }
}
