//! Scheduling single sessions.

use ::rules::{
    column::Json,
    groups::{DEFAULT_DURATION, GroupStatus},
    id::{GroupId, PatientId},
    permissions::Permission,
    roster::Person,
    sessions::{Leader, ParticipantSource, ServiceKind, SessionType},
    templates::GroupSessionSettings,
    text::Name,
    violation::Violation,
};

use super::super::{
    answers::{self, EncounterView, SessionView, Warning},
    clashes::Wanted,
    inputs::{self, NewEncounter, NewSession},
    making,
    store::{self, Session},
};
use super::checks::{self, Override};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    groups::{self, Group},
    people::Patient,
    problem::Problem,
    settings::require_group_sessions,
    templates::actions::group_sessions as templates,
};

/// Schedules one session.
///
/// # Errors
/// 409 `conflict` when its room or a leader is taken, or the group is archived; 422 with every bad field.
pub async fn create(cx: &Cx, new: &NewSession) -> Result<SessionView, Problem> {
    Override::of(new.override_conflict, new.reason.as_ref()).permitted(cx).await?;
    cx.write(Permission::SessionSchedule, |scope| {
        Box::pin(async move {
            let made = schedule(scope, new).await?;
            shown(scope, made).await
        })
    })
    .await
}

/// The session with what to know of its participants.
async fn shown(scope: &mut Scope<'_>, session: Session) -> Result<SessionView, Problem> {
    let people = store::of_session(scope, session.id).await?;
    let patients: Vec<PatientId> = people.iter().filter_map(|participant| participant.patient_id).collect();
    let overlaps = store::booked_elsewhere(scope, &session, &patients).await?;
    let mut view = answers::session(scope, session).await?;
    view.warnings.extend(overlaps.iter().map(Warning::of));
    Ok(view)
}

/// What a new session is, before it is made.
struct Plan {
    group: Option<Group>,
    session: Session,
    leaders: Vec<Leader>,
    people: Vec<Person>,
    source: ParticipantSource,
}

async fn schedule(scope: &mut Scope<'_>, new: &NewSession) -> Result<Session, Problem> {
    let Plan { group, mut session, leaders, people, source } = plan(scope, new).await?;
    if session.session_type == SessionType::Group {
        require_group_sessions(scope).await?;
    }
    let wish = Override::of(new.override_conflict, new.reason.as_ref());
    let wanted = Wanted { own: None, ..Wanted::of(&session, &leaders) };
    session.has_conflict = checks::conflicts(scope, &wanted, None, wish).await?;
    session.conflict_reason = new.reason.clone().filter(|_| session.has_conflict);
    let made = making::make(scope, vec![session], &leaders, &people, source).await?;
    if let Some(group) = &group {
        making::lead_by_caseload(scope, group, &made).await?;
    }
    let session = made.into_iter().next().ok_or_else(|| Problem::internal(&"no session was made"))?;
    scope.emit(SessionEvent::Scheduled { session: session.id, group: session.group_id });
    Ok(session)
}

async fn plan(scope: &mut Scope<'_>, new: &NewSession) -> Result<Plan, Problem> {
    let usual = match new.patient_id {
        Some(_) => SessionType::Individual,
        None => SessionType::Group,
    };
    let session_type = new.session_type.unwrap_or(usual);
    let mut found = whom(scope, new, session_type).await?;
    let group = match new.group_id.filter(|_| session_type == SessionType::Group) {
        Some(id) => group(scope, id, &mut found).await?,
        None => None,
    };
    let (leaders, wrong) = leaders(scope, new, group.as_ref()).await?;
    found.extend(wrong);
    let template = template(scope, new, session_type, group.as_ref(), &mut found).await?;
    let site = new.site_id.or(group.as_ref().and_then(|group| group.site_id));
    let zone = making::zone_of(scope, site).await?;
    let seats = match session_type {
        SessionType::Individual => 1,
        SessionType::Group => making::seats_of(scope, group.as_ref()).await?,
    };
    let own = template.as_ref().filter(|_| new.template_id.is_some());
    let title = match (&new.title, own, &group) {
        (Some(title), ..) => title.clone(),
        (None, Some(template), _) => template.title.clone(),
        (None, None, Some(group)) => group.name.clone(),
        (None, None, None) => title(session_type)?,
    };
    let mut session = making::blank(scope, group.as_ref(), title, zone, new.max_capacity.unwrap_or(seats));
    session.session_type = session_type;
    session.template_id = new.template_id.or(session.template_id);
    let usual = own.and_then(|template| template.duration_minutes);
    let usual = usual.or(group.as_ref().map(|group| group.duration_minutes)).unwrap_or(DEFAULT_DURATION);
    fill(&mut session, new, group.as_ref(), usual, &mut found);
    session.topic = session.topic.or_else(|| template.and_then(|template| template.topic));
    found.extend(checks::place(scope, session.site_id, session.room_id, None).await?);
    found.extend(checks::bounds(scope, &session).await?);
    if !found.is_empty() {
        return Err(found.into());
    }
    let (people, source) = match (&group, new.patient_id) {
        (Some(group), _) => (making::active_members(scope, group.id).await?, ParticipantSource::Roster),
        (None, patient) => (patient.map(Person::Patient).into_iter().collect(), ParticipantSource::Booked),
    };
    Ok(Plan { group, session, leaders, people, source })
}

fn title(session_type: SessionType) -> Result<Name, Problem> {
    let words = match session_type {
        SessionType::Individual => "Individual session",
        SessionType::Group => "Group session",
    };
    Name::parse(words).map_err(|error| Problem::internal(&error))
}

/// Judges for whom the session is.
async fn whom(scope: &mut Scope<'_>, new: &NewSession, wanted: SessionType) -> Result<Vec<Violation>, Problem> {
    let mut found = Vec::new();
    match (wanted, new.patient_id) {
        (SessionType::Individual, None) => {
            found.push(Violation::new("patient_id", "missing", "is required for an individual session"));
        }
        (SessionType::Group, Some(_)) => {
            let message = "belongs to an individual session; add people to a group session once it is scheduled";
            found.push(Violation::new("patient_id", "invalid", message));
        }
        (SessionType::Individual, Some(id)) => {
            let patient: Option<Patient> = scope.find(id).await?;
            if !patient.is_some_and(|patient| patient.is_active) {
                found.push(Violation::new("patient_id", "not_found", "is no active patient of your organization"));
            }
        }
        (SessionType::Group, None) => {}
    }
    if wanted == SessionType::Individual && new.group_id.is_some() {
        found.push(Violation::new("group_id", "invalid", "belongs only to a group session"));
    }
    Ok(found)
}

/// What the template says that is named, or the group's.
async fn template(
    scope: &mut Scope<'_>,
    new: &NewSession,
    session_type: SessionType,
    group: Option<&Group>,
    found: &mut Vec<Violation>,
) -> Result<Option<GroupSessionSettings>, Problem> {
    if session_type == SessionType::Individual {
        let message = "belongs to a group session";
        found.extend(new.template_id.map(|_| Violation::new("template_id", "invalid", message)));
        return Ok(None);
    }
    let of_group = group.and_then(|group| group.template_id);
    let Some(id) = new.template_id.or(of_group) else { return Ok(None) };
    match templates::named(scope, id, of_group).await? {
        Ok(settings) => Ok(Some(settings)),
        Err(violation) => {
            found.push(violation);
            Ok(None)
        }
    }
}

async fn group(scope: &mut Scope<'_>, id: GroupId, found: &mut Vec<Violation>) -> Result<Option<Group>, Problem> {
    match groups::lock(scope, id).await {
        Ok(group) => running(&group).map(|()| Some(group)),
        Err(problem) if problem.code() == "not_found" => {
            found.push(Violation::new("group_id", "not_found", "is no group of your organization"));
            Ok(None)
        }
        Err(problem) => Err(problem),
    }
}

/// Refuses an archived group.
fn running(group: &Group) -> Result<(), Problem> {
    match group.status {
        GroupStatus::Active => Ok(()),
        GroupStatus::Archived => {
            let detail = "The group is archived: it can't go from archived to a new session. Restore it first.";
            Err(Problem::conflict("invalid_transition", detail))
        }
    }
}

async fn leaders(
    scope: &mut Scope<'_>,
    new: &NewSession,
    group: Option<&Group>,
) -> Result<(Vec<Leader>, Vec<Violation>), Problem> {
    match (&new.leaders, group) {
        (Some(list), _) => {
            let leaders = inputs::leaders(list);
            let wrong = checks::leaders(scope, &leaders, &[]).await?;
            Ok((leaders, wrong))
        }
        (None, Some(group)) => Ok((making::usual_leaders(scope, group).await?, Vec::new())),
        (None, None) => Ok((Vec::new(), Vec::new())),
    }
}

/// Puts what the caller named into the session.
fn fill(session: &mut Session, new: &NewSession, group: Option<&Group>, usual: u32, found: &mut Vec<Violation>) {
    session.topic = new.topic.clone().filter(|topic| !topic.is_empty());
    session.site_id = new.site_id.or(session.site_id);
    // Another site has other rooms.
    let moved = new.site_id.is_some() && new.site_id != group.and_then(|group| group.site_id);
    session.room_id = new.room_id.or(session.room_id.filter(|_| !moved));
    session.service_type = new.service_type.clone();
    if session.session_type == SessionType::Individual {
        session.service_kind = ServiceKind::usual(None);
    }
    session.service_kind = new.service_kind.unwrap_or(session.service_kind);
    session.modality = new.modality.unwrap_or(session.modality);
    session.edited_by_hand = group.is_some() && differs(new);
    let Some(starts_at) = new.starts_at.0.instant(&session.zone) else {
        found.push(Violation::new("starts_at", "invalid", "is beyond the calendar"));
        return;
    };
    let ends_at = new.ends_at.map(|when| when.0);
    match checks::end(&session.zone, starts_at, ends_at, new.duration_minutes, usual) {
        Ok(ends_at) => session.set_times(starts_at, ends_at),
        Err(violation) => found.push(violation),
    }
    match checks::breaks(&session.zone, new.breaks.as_deref().unwrap_or_default()) {
        Ok(breaks) => session.breaks = Json(breaks),
        Err(violation) => found.push(violation),
    }
}

/// Whether the caller set what otherwise follows the group.
fn differs(new: &NewSession) -> bool {
    new.template_id.is_some()
        || new.title.is_some()
        || new.site_id.is_some()
        || new.room_id.is_some()
        || new.leaders.is_some()
        || new.modality.is_some()
        || new.max_capacity.is_some()
        || new.duration_minutes.is_some()
        || new.ends_at.is_some()
}

/// The encounter of a group's session at a start: of the session that is there, or of a new one.
///
/// # Errors
/// 404, 409 when the group is archived or its room or a leader is taken, 422.
pub async fn create_encounter(cx: &Cx, group: GroupId, new: &NewEncounter) -> Result<EncounterView, Problem> {
    cx.write(Permission::GroupEncounterCreate, |scope| {
        Box::pin(async move {
            let known = groups::lock(scope, group).await?;
            running(&known)?;
            let zone = making::zone_of(scope, known.site_id).await?;
            let wrong = || Problem::invalid_field("encounter_date", "invalid", "is beyond the calendar");
            let starts_at = new.encounter_date.0.instant(&zone).ok_or_else(wrong)?;
            let session = match store::at(scope, group, starts_at).await? {
                Some(session) => describe(scope, session, new).await?,
                None => schedule(scope, &of_encounter(group, new)).await?,
            };
            let encounter = store::encounter_of(scope, session.id).await?;
            let mut shown = answers::encounters(scope, encounter.into_iter().collect()).await?;
            shown.pop().ok_or_else(|| Problem::not_found("encounter"))
        })
    })
    .await
}

/// The session that is there, with the words of the caller.
async fn describe(scope: &mut Scope<'_>, old: Session, new: &NewEncounter) -> Result<Session, Problem> {
    let mut session = old.clone();
    session.service_type = new.r#type.clone().or(session.service_type);
    session.topic = new.chief_complaint.clone().or(session.topic);
    scope.emit(SessionEvent::Updated { session: session.id });
    if session == old { Ok(old) } else { Ok(store::save(scope, &old, session).await?) }
}

fn of_encounter(group: GroupId, new: &NewEncounter) -> NewSession {
    NewSession {
        session_type: None,
        group_id: Some(group),
        patient_id: None,
        template_id: None,
        title: None,
        topic: new.chief_complaint.clone(),
        site_id: None,
        room_id: None,
        starts_at: new.encounter_date,
        ends_at: None,
        duration_minutes: new.duration_minutes,
        breaks: None,
        leaders: None,
        service_type: new.r#type.clone(),
        service_kind: None,
        modality: None,
        max_capacity: None,
        override_conflict: None,
        reason: None,
    }
}
