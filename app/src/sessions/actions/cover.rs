//! Who leads while somebody is away: approving time off with its sessions handed over, or listed as needing cover.

use std::collections::BTreeSet;

use ::rules::{
    availability::TimeOffVerb,
    id::{GroupId, PractitionerId, SessionId, TimeOffId},
    permissions::Permission,
    sessions::{Leader, SessionStatus, stand_in},
};
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::{
    answers::{self, ClashView, SessionView},
    clashes::{Clash, Surroundings, Wanted},
    store::{self, Session, Taken},
};
use crate::{
    door::{Cx, Scope},
    events::{AvailabilityEvent, SessionEvent},
    groups,
    http::extract::FieldErrors,
    people::{
        Practitioner, TimeOff,
        actions::time_off::{self, TimeOffView},
    },
    problem::Problem,
};

/// Sessions that are handed over at once, at most: each has an event of its own.
const SESSIONS_MAX: usize = 900;

/// How time off is approved.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Approve {
    /// The substitute becomes leader of the sessions in this time, as what the practitioner is there; those in which
    /// the substitute is not free are left, and listed. False unless given.
    #[deserr(default)]
    pub reassign: Option<bool>,
}

/// A session that somebody leads who is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CoverView {
    /// The session.
    pub session: SessionView,
    /// Why the substitute can't take it; empty when nothing is in the way, or nobody is named.
    pub substitute_clashes: Vec<ClashView>,
}

/// Time off that is approved, and what became of its sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Approved {
    /// The time off.
    pub time_off: TimeOffView,
    /// Sessions the substitute leads now.
    pub handed_over: Vec<SessionView>,
    /// Sessions that need somebody else.
    pub needs_cover: Vec<CoverView>,
}

/// The scheduled sessions that somebody leads in their time off, each with why the substitute can't take it.
///
/// # Errors
/// 404.
pub async fn preview(cx: &Cx, id: TimeOffId) -> Result<Vec<CoverView>, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let off: TimeOff = scope.get(id).await?;
            if !time_off::is_visible(scope.cx, &off) {
                return Err(Problem::not_found("time off"));
            }
            let ids = led(scope, &off).await?;
            let sessions = in_order(scope, &ids).await?;
            let judged = judge(scope, &off, sessions).await?;
            shown(scope, judged).await
        })
    })
    .await
}

async fn led(scope: &mut Scope<'_>, off: &TimeOff) -> Result<Vec<SessionId>, Problem> {
    Ok(store::led_between(scope, off.practitioner_id, (off.starts_at, off.ends_at)).await?)
}

/// These sessions by start, as they are now.
async fn in_order(scope: &mut Scope<'_>, ids: &[SessionId]) -> Result<Vec<Session>, Problem> {
    let mut sessions = store::by_ids(scope, ids).await?;
    sessions.sort_unstable_by_key(|session| (session.starts_at, session.id));
    Ok(sessions)
}

type Judged = (Session, Vec<Clash>);

/// Why the substitute can't take each of these sessions; of two at the same time, the first is theirs.
async fn judge(scope: &mut Scope<'_>, off: &TimeOff, sessions: Vec<Session>) -> Result<Vec<Judged>, Problem> {
    let Some(substitute) = off.substitute_id else {
        return Ok(sessions.into_iter().map(|session| (session, Vec::new())).collect());
    };
    let wanted = |session: &Session| Wanted { room: None, leaders: vec![substitute], ..Wanted::of(session, &[]) };
    let all: Vec<Wanted> = sessions.iter().map(wanted).collect();
    let around = Surroundings::of(scope, &all).await?;
    let is_active = scope.get::<Practitioner, _>(substitute).await?.is_active;
    let mut accepted: Vec<Taken> = Vec::new();
    let mut judged = Vec::with_capacity(sessions.len());
    for (session, wanted) in sessions.into_iter().zip(&all) {
        let mut clashes = around.clashes(wanted);
        let taken = accepted.iter().filter(|other| other.overlaps(wanted.interval));
        clashes.extend(taken.map(|other| Clash::Leader(substitute, other.clone())));
        if !is_active {
            clashes.insert(0, Clash::Inactive(substitute));
        }
        if clashes.is_empty() {
            accepted.push(Taken::by(&session));
        }
        judged.push((session, clashes));
    }
    Ok(judged)
}

async fn shown(scope: &mut Scope<'_>, judged: Vec<Judged>) -> Result<Vec<CoverView>, Problem> {
    let (sessions, lists): (Vec<Session>, Vec<Vec<Clash>>) = judged.into_iter().unzip();
    let lists = answers::clashes(scope, lists).await?;
    let sessions = answers::sessions(scope, sessions).await?;
    let pairs = sessions.into_iter().zip(lists);
    Ok(pairs.map(|(session, substitute_clashes)| CoverView { session, substitute_clashes }).collect())
}

/// Approves time off; nobody decides about their own.
///
/// # Errors
/// 403, 404, 409 once it is decided, 412, 422 when it is to be handed over and nobody is named.
pub async fn approve(cx: &Cx, id: TimeOffId, input: &Approve) -> Result<Approved, Problem> {
    let reassign = input.reassign.unwrap_or(false);
    let work = cx.write(Permission::TimeoffApprove, |scope| {
        Box::pin(async move {
            let known: TimeOff = scope.get(id).await?;
            let locked = lock_sessions(scope, &known).await?;
            let off = lock_people(scope, &known).await?;
            let substitute = if reassign { Some(substitute(scope, &off).await?) } else { None };
            let off = time_off::turn(scope, off, TimeOffVerb::Approve, None).await?;
            let ids = led(scope, &off).await?;
            if ids.iter().any(|id| !locked.contains(id)) {
                // A session came in between: all is tried again with it.
                return Err(Problem::unavailable());
            }
            let sessions = in_order(scope, &ids).await?;
            let judged = judge(scope, &off, sessions).await?;
            let (free, rest): (Vec<Judged>, Vec<Judged>) =
                judged.into_iter().partition(|(_, clashes)| substitute.is_some() && clashes.is_empty());
            let free: Vec<Session> = free.into_iter().map(|(session, _)| session).collect();
            if let Some(substitute) = substitute {
                hand_over(scope, &off, substitute, &free).await?;
            }
            crate::sessions::flag(scope, &ids).await?;
            let (practitioner, verb) = (off.practitioner_id, TimeOffVerb::Approve);
            scope.emit(AvailabilityEvent::TimeOffTurned { time_off: id, practitioner, verb });
            let free = again(scope, &free).await?;
            let handed_over = answers::sessions(scope, free).await?;
            let (rest, clashes): (Vec<Session>, Vec<Vec<Clash>>) = rest.into_iter().unzip();
            let rest = again(scope, &rest).await?.into_iter().zip(clashes).collect();
            let needs_cover = shown(scope, rest).await?;
            Ok(Approved { time_off: time_off::view(scope.cx, off), handed_over, needs_cover })
        })
    });
    time_off::audited(cx, id, work.await).await
}

/// These sessions as they are now.
async fn again(scope: &mut Scope<'_>, sessions: &[Session]) -> Result<Vec<Session>, Problem> {
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    in_order(scope, &ids).await
}

/// Locks the sessions led in this time: groups before sessions, each by id.
async fn lock_sessions(scope: &mut Scope<'_>, off: &TimeOff) -> Result<BTreeSet<SessionId>, Problem> {
    let ids = led(scope, off).await?;
    let sessions = in_order(scope, &ids).await?;
    let groups: BTreeSet<GroupId> = sessions.iter().filter_map(|session| session.group_id).collect();
    for group in groups {
        groups::lock(scope, group).await?;
    }
    let ids: BTreeSet<SessionId> = ids.into_iter().collect();
    for id in &ids {
        scope.lock::<Session, _>(*id).await?;
    }
    Ok(ids)
}

/// Locks who is away and who stands in, then the time off.
async fn lock_people(scope: &mut Scope<'_>, known: &TimeOff) -> Result<TimeOff, Problem> {
    let people: BTreeSet<PractitionerId> = known.substitute_id.into_iter().chain([known.practitioner_id]).collect();
    for who in people {
        scope.lock::<Practitioner, _>(who).await?;
    }
    let off: TimeOff = scope.lock_current(known.id).await?;
    let same = |off: &TimeOff| (off.starts_at, off.ends_at, off.substitute_id);
    if same(&off) == same(known) { Ok(off) } else { Err(Problem::unavailable()) }
}

async fn substitute(scope: &mut Scope<'_>, off: &TimeOff) -> Result<PractitionerId, Problem> {
    let Some(id) = off.substitute_id else {
        let message = "needs a substitute: name one in the request for time off first";
        return Err(Problem::invalid_field("reassign", "no_substitute", message));
    };
    if !scope.get::<Practitioner, _>(id).await?.is_active {
        let message = "is not possible: the substitute no longer leads sessions";
        return Err(Problem::invalid_field("reassign", "inactive", message));
    }
    Ok(id)
}

/// Makes the substitute leader of sessions. They still follow their series and their group: only who leads them stays.
async fn hand_over(
    scope: &mut Scope<'_>,
    off: &TimeOff,
    substitute: PractitionerId,
    sessions: &[Session],
) -> Result<(), Problem> {
    let still = sessions.iter().filter(|session| session.status == SessionStatus::Scheduled);
    let sessions: Vec<Session> = still.cloned().collect();
    if sessions.len() > SESSIONS_MAX {
        let message = format!("is possible for {SESSIONS_MAX} sessions at once; ask for the time off in shorter parts");
        return Err(Problem::invalid_field("reassign", "too_many", message));
    }
    if sessions.is_empty() {
        return Ok(());
    }
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let before = store::leaders_of(scope, &ids).await?;
    let after = |session: &Session| -> Vec<Leader> {
        let leaders = before.get(&session.id).map(Vec::as_slice).unwrap_or_default();
        stand_in(leaders, off.practitioner_id, substitute)
    };
    let changes: Vec<(&Session, Vec<Leader>)> = sessions.iter().map(|session| (session, after(session))).collect();
    store::lead(scope, &changes).await?;
    scope.change_all(&sessions, &[]).await?;
    for session in ids {
        scope.emit(SessionEvent::HandedOver { session, time_off: off.id, substitute });
    }
    Ok(())
}
