//! Making sessions and bookings, one or hundreds, in a few statements: for the actions, the schedule and the reactions.

use std::collections::BTreeMap;

use ::rules::{
    column::{Json, Value},
    groups::{LeaderRule, leader_rule},
    id::{GroupId, RoomId, SessionId, SiteId},
    numbers::Series,
    recurrence::Zone,
    roster::{MemberStatus, Person},
    sessions::{
        Leader, LeaderRole, ParticipantSource, ParticipantStatus, ServiceKind, SessionSource, SessionStatus,
        SessionType, caseload_leaders, with_substitutes,
    },
    text::{Name, Reason},
};
use ::store::Where;
use jiff::Timestamp;

use super::{
    company, numbers,
    store::{self, Encounter, EncounterStatus, Participant, Session, SubjectType},
};
use crate::{
    door::Scope,
    groups::{self, Group},
    people::Site,
    problem::Problem,
    roster::Member,
    settings::settings,
};

/// The zone of a site's clock; the organization's where there is no site.
///
/// # Errors
/// When the database can't answer.
pub async fn zone_of(scope: &mut Scope<'_>, site: Option<::rules::id::SiteId>) -> Result<Zone, Problem> {
    let site: Option<Site> = match site {
        Some(id) => scope.find(id).await?,
        None => None,
    };
    let name = site.map_or_else(|| scope.cx.organization.zone.clone(), |site| site.zone.to_string());
    Zone::parse(&name).map_err(|error| Problem::internal(&error))
}

/// The seats of a group's sessions: the group's, and never more than the ceiling.
///
/// # Errors
/// When the database can't answer.
pub async fn seats_of(scope: &mut Scope<'_>, group: Option<&Group>) -> Result<u32, Problem> {
    let ceiling = settings(scope).await?.capacity_ceiling;
    Ok(group.and_then(|group| group.max_participants).unwrap_or(ceiling).min(ceiling))
}

/// A session with the settings of its group, or of none, without number and time.
pub fn blank(scope: &Scope<'_>, group: Option<&Group>, title: Name, zone: Zone, seats: u32) -> Session {
    let now = scope.now();
    Session {
        id: scope.id(),
        session_number: String::new(),
        session_type: SessionType::Group,
        group_id: group.map(|group| group.id),
        program_id: group.and_then(|group| group.program_id),
        title,
        topic: None,
        site_id: group.and_then(|group| group.site_id),
        room_id: group.and_then(|group| group.room_id),
        local_date: zone.date(now),
        local_start: String::new(),
        zone,
        starts_at: now,
        ends_at: now,
        breaks: Json(Vec::new()),
        actual_start: None,
        actual_end: None,
        service_type: None,
        service_kind: group.map_or(ServiceKind::Other, |group| ServiceKind::usual(Some(group.r#type))),
        modality: group.map_or(::rules::groups::Modality::InPerson, |group| group.modality),
        max_capacity: seats,
        status: SessionStatus::Scheduled,
        source: SessionSource::Scheduled,
        cancellation_reason: None,
        cancelled_at: None,
        late_entry_reason: None,
        conflict_reason: None,
        has_conflict: false,
        recurrence_id: None,
        edited_by_hand: false,
        first_signed_at: None,
        ever_signed_at: None,
        pending_since: None,
        reopened_at: None,
        reopen_reason: None,
        voided_at: None,
        void_reason: None,
        is_billed: false,
        external_id: None,
        template_id: group.and_then(|group| group.template_id),
        template: None,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: now,
        updated_at: now,
    }
}

impl Session {
    /// When and where it is: what others can stand in the way of.
    pub const fn place(&self) -> (Timestamp, Timestamp, Option<SiteId>, Option<RoomId>) {
        (self.starts_at, self.ends_at, self.site_id, self.room_id)
    }

    /// Sets the times, with the day and the time of the clock on the wall.
    pub fn set_times(&mut self, starts_at: Timestamp, ends_at: Timestamp) {
        let local = self.zone.local(starts_at);
        self.local_date = local.date();
        self.local_start = local.to_string();
        self.starts_at = starts_at;
        self.ends_at = ends_at;
    }

    /// As [`Session::set_times`], for a session that is moved: its breaks move with it.
    pub fn move_to(&mut self, starts_at: Timestamp, ends_at: Timestamp) {
        let by = starts_at.duration_since(self.starts_at);
        for pause in &mut self.breaks.0 {
            pause.starts_at = pause.starts_at.checked_add(by).unwrap_or(pause.starts_at);
            pause.ends_at = pause.ends_at.checked_add(by).unwrap_or(pause.ends_at);
        }
        self.set_times(starts_at, ends_at);
    }
}

/// Adds sessions with numbers, leaders, encounters and bookings, in a few statements however many there are.
/// `patient` is whom an individual session is about.
///
/// # Errors
/// 503 when a number was taken by an import just now: the action is tried again.
pub async fn make(
    scope: &mut Scope<'_>,
    mut sessions: Vec<Session>,
    leaders: &[Leader],
    people: &[Person],
    source: ParticipantSource,
) -> Result<Vec<Session>, Problem> {
    number(scope, &mut sessions).await?;
    match scope.insert_all(&sessions).await {
        Err(::store::Error::Conflict) => return Err(Problem::unavailable()),
        added => added?,
    }
    let encounters: Vec<Encounter> = sessions.iter().map(|session| encounter(scope, session, people)).collect();
    scope.insert_all(&encounters).await?;
    let starts: Vec<_> = sessions.iter().map(|session| (session.id, session.starts_at)).collect();
    store::add_leaders(scope, &starts, leaders).await?;
    let pairs: Vec<_> = sessions.iter().flat_map(|session| people.iter().map(move |who| (session, *who))).collect();
    book(scope, &pairs, source).await?;
    Ok(sessions)
}

async fn number(scope: &mut Scope<'_>, sessions: &mut [Session]) -> Result<(), Problem> {
    let mut years: BTreeMap<i16, Vec<&mut Session>> = BTreeMap::new();
    for session in sessions {
        years.entry(session.local_date.year()).or_default().push(session);
    }
    for (year, sessions) in years {
        let drawn = numbers::draw(scope, Series::Session, year, sessions.len()).await?;
        for (session, number) in sessions.into_iter().zip(drawn) {
            session.session_number = number;
        }
    }
    Ok(())
}

fn encounter(scope: &Scope<'_>, session: &Session, people: &[Person]) -> Encounter {
    let individual = session.session_type == SessionType::Individual;
    let patient_id = people.first().and_then(|person| person.patient()).filter(|_| individual);
    Encounter {
        id: scope.id(),
        session_id: session.id,
        subject_type: if individual { SubjectType::Patient } else { SubjectType::Group },
        group_id: session.group_id,
        patient_id,
        status: EncounterStatus::Planned,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    }
}

/// Kept as `cancellation_reason` where somebody of the roster has no place: one word for every reason there may be.
pub const REASON_NOT_ELIGIBLE: &str = "not eligible for this session";

/// Kept as `cancellation_reason` where somebody of the roster has a place by another record: a guest who is the patient.
pub const REASON_BY_ANOTHER_RECORD: &str = "in this session by another record";

/// Who has no place in which session, and what is kept as the reason.
pub(super) type Without = BTreeMap<(SessionId, Person), &'static str>;

async fn without_a_place(scope: &mut Scope<'_>, wanted: &[(&Session, Person)]) -> Result<Without, Problem> {
    let doubled = company::doubled(scope, wanted).await?.into_iter().map(|who| (who, REASON_BY_ANOTHER_RECORD));
    let apart = company::without_a_place(scope, wanted).await?.into_iter().map(|who| (who, REASON_NOT_ELIGIBLE));
    Ok(apart.chain(doubled).collect())
}

/// Books people who have no row in these sessions yet. Who must not meet somebody that has a place, or comes before
/// in the list, has a row without one, as who has a place by another record: cancelled, so that whoever sees the session
/// knows of them.
///
/// # Errors
/// 503 when a number was taken by an import just now: the action is tried again.
pub async fn book(
    scope: &mut Scope<'_>,
    pairs: &[(&Session, Person)],
    source: ParticipantSource,
) -> Result<Vec<Participant>, Problem> {
    let without = without_a_place(scope, pairs).await?;
    book_but(scope, pairs, source, &without).await
}

/// As [`book`], where it is known who has no place.
///
/// # Errors
/// As [`book`].
pub(super) async fn book_but(
    scope: &mut Scope<'_>,
    pairs: &[(&Session, Person)],
    source: ParticipantSource,
    without: &Without,
) -> Result<Vec<Participant>, Problem> {
    let mut booked = Vec::with_capacity(pairs.len());
    let mut years: BTreeMap<i16, Vec<(&Session, Person)>> = BTreeMap::new();
    for (session, person) in pairs {
        years.entry(session.local_date.year()).or_default().push((session, *person));
    }
    for (year, pairs) in years {
        let drawn = numbers::draw(scope, Series::Appointment, year, pairs.len()).await?;
        for ((session, who), number) in pairs.into_iter().zip(drawn) {
            let mut made = row(scope, session, who, source, number);
            if let Some(why) = without.get(&(session.id, who)) {
                made.status = ParticipantStatus::Cancelled;
                made.cancelled_at = Some(scope.now());
                made.cancellation_reason = Reason::parse(why).ok();
            }
            booked.push(made);
        }
    }
    match scope.insert_all(&booked).await {
        Err(::store::Error::Conflict) => Err(Problem::unavailable()),
        added => Ok(added.map(|()| booked)?),
    }
}

/// A booking with a number.
pub fn row(
    scope: &Scope<'_>,
    session: &Session,
    person: Person,
    source: ParticipantSource,
    appointment_number: String,
) -> Participant {
    Participant {
        id: scope.id(),
        session_id: session.id,
        starts_at: session.starts_at,
        appointment_number,
        patient_id: person.patient(),
        guest_id: person.guest(),
        status: ParticipantStatus::Booked,
        source,
        confirmation_sent_at: None,
        confirmed_at: None,
        arrival_at: None,
        attended_at: None,
        departed_at: None,
        stepped_out: Json(Vec::new()),
        minutes_corrected: None,
        minutes_reason: None,
        participation_level: None,
        modality: None,
        patient_at: None,
        finance_cleared: false,
        consent_verified: false,
        consent_until: None,
        consent_seen_at: None,
        consent_seen_video: false,
        gate_override_reason: None,
        capacity_override_reason: None,
        no_show_reason: None,
        no_show_notes: None,
        excused: false,
        cancellation_reason: None,
        cancelled_at: None,
        external_id: None,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    }
}

/// Gives a person a place in each of these sessions: a new booking, or the cancelled one again with its number.
/// Who must not meet somebody there has none. Returns how many places that made.
///
/// # Errors
/// When the database can't answer.
pub async fn book_into(
    scope: &mut Scope<'_>,
    sessions: &[Session],
    person: Person,
    source: ParticipantSource,
) -> Result<usize, Problem> {
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let known = store::of_person_in(scope, &ids, person).await?;
    let wanted: Vec<_> = sessions.iter().map(|session| (session, person)).collect();
    let without = without_a_place(scope, &wanted).await?;
    let missing = wanted.iter().filter(|(session, _)| known.iter().all(|row| row.session_id != session.id));
    let missing: Vec<_> = missing.copied().collect();
    let again = known.into_iter().filter(|row| row.status == ParticipantStatus::Cancelled);
    let again: Vec<Participant> = again.filter(|row| !without.contains_key(&(row.session_id, person))).collect();
    rebook(scope, &again, source).await?;
    book_but(scope, &missing, source, &without).await?;
    let placed = missing.iter().filter(|(session, _)| !without.contains_key(&(session.id, person))).count();
    Ok(placed + again.len())
}

/// Gives cancelled bookings their place back.
///
/// # Errors
/// When the database can't answer.
pub async fn rebook(
    scope: &mut Scope<'_>,
    rows: &[Participant],
    source: ParticipantSource,
) -> Result<(), ::store::Error> {
    let columns = [
        ("status", Value::from(&ParticipantStatus::Booked)),
        ("source", Value::from(&source)),
        ("confirmed_at", Value::Null),
        ("cancelled_at", Value::Null),
        ("cancellation_reason", Value::Null),
    ];
    scope.change_all(rows, &columns).await
}

/// Takes places back, each kept as cancelled with the reason.
///
/// # Errors
/// When the database can't answer.
pub async fn unbook(scope: &mut Scope<'_>, rows: &[Participant], reason: &str) -> Result<(), ::store::Error> {
    let columns = [
        ("status", Value::from(&ParticipantStatus::Cancelled)),
        ("cancelled_at", Value::Time(scope.now())),
        ("cancellation_reason", reason.into()),
    ];
    scope.change_all(rows, &columns).await
}

/// Everybody who has a seat in the group.
///
/// # Errors
/// When the database can't answer.
pub async fn active_members(scope: &mut Scope<'_>, group: GroupId) -> Result<Vec<Person>, Problem> {
    let filter = Where::organization().and("group_id = ?", &group).and("status = ?", &MemberStatus::Active);
    let tail = format!("where {} order by added_at, id", filter.sql());
    let members: Vec<Member> = scope.select(&tail, filter.arguments()).await?;
    Ok(members.iter().filter_map(Member::person).collect())
}

/// Who leads the sessions of a group before anybody says otherwise. A `caseload` group's depend on who is booked: see
/// [`lead_by_caseload`].
///
/// # Errors
/// When the database can't answer.
pub async fn usual_leaders(scope: &mut Scope<'_>, group: &Group) -> Result<Vec<Leader>, Problem> {
    let facilitator = group.facilitator_id;
    match leader_rule(group.leader_rule, facilitator.is_some()) {
        LeaderRule::Starter => Ok(Vec::new()),
        LeaderRule::Caseload => Ok(caseload_leaders(None, facilitator, [])),
        LeaderRule::Fixed => {
            let co = groups::co_facilitators(scope, &[group.id]).await?.remove(&group.id).unwrap_or_default();
            let primary = facilitator.map(|who| Leader::new(who, LeaderRole::Primary));
            let co = co.into_iter().filter(|who| Some(*who) != facilitator);
            Ok(primary.into_iter().chain(co.map(|who| Leader::new(who, LeaderRole::Co))).collect())
        }
    }
}

/// In a `caseload` group, the leaders of these sessions are the therapists of those booked, until a note is signed.
///
/// # Errors
/// When the database can't answer.
pub async fn lead_by_caseload(scope: &mut Scope<'_>, group: &Group, sessions: &[Session]) -> Result<(), Problem> {
    if leader_rule(group.leader_rule, group.facilitator_id.is_some()) != LeaderRule::Caseload {
        return Ok(());
    }
    let open: Vec<&Session> = sessions.iter().filter(|session| session.first_signed_at.is_none()).collect();
    let ids: Vec<SessionId> = open.iter().map(|session| session.id).collect();
    let mut therapists = store::therapists(scope, &ids).await?;
    let before = store::leaders_of(scope, &ids).await?;
    for session in open {
        let old = before.get(&session.id).cloned().unwrap_or_default();
        // Whoever started it stays primary.
        let started = session.actual_start.and(old.first()).filter(|leader| leader.role == LeaderRole::Primary);
        let booked = therapists.remove(&session.id).unwrap_or_default();
        let mut new = caseload_leaders(started.map(|leader| leader.practitioner), group.facilitator_id, booked);
        new.extend(old.iter().filter(|leader| leader.role == LeaderRole::Supervisor).copied());
        new.dedup_by_key(|leader| leader.practitioner);
        let new = with_substitutes(&new, &old);
        if new != old {
            store::set_leaders(scope, &[(session.id, session.starts_at)], &new).await?;
        }
    }
    Ok(())
}
