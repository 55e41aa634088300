//! Who leads: adding, handing over, removing.

use ::rules::{
    id::{PractitionerId, SessionId},
    permissions::Permission,
    sessions::{Leader, LeaderRole, Refusal, SessionStatus, stand_in},
    text::Reason,
};
use deserr::Deserr;
use utoipa::ToSchema;

use super::{
    super::{
        answers::{self, SessionView},
        clashes::{Wanted, busy},
        lock_current,
        store::{self, Session},
    },
    audited,
    checks::{self, Override},
    turns::require_leader,
};
use crate::{
    door::{Cx, Scope},
    events::SessionEvent,
    http::extract::FieldErrors,
    problem::Problem,
};

::rules::vocabulary! {
    /// What changes about who leads.
    pub enum LeaderChange {
        /// One more leads, or leads as something else.
        Add = "add",
        /// Another is primary; who was it leads on as co-leader.
        HandOver = "hand_over",
        /// One leads in the place of another, who leads no more.
        Replace = "replace",
        /// One leads no more.
        Remove = "remove",
    }
}

/// A change of who leads.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeLeaders {
    /// What changes: `add` unless given.
    #[deserr(default)]
    pub change: Option<LeaderChange>,
    /// Who.
    pub practitioner_id: PractitionerId,
    /// In whose place, when one replaces another: the primary leader's unless given.
    #[deserr(default)]
    pub instead_of: Option<PractitionerId>,
    /// As what somebody is added: `co` unless given. For the primary leader, hand over.
    #[deserr(default)]
    pub role: Option<LeaderRole>,
    /// Whether their signature is needed: primary and co sign unless said otherwise.
    #[deserr(default)]
    pub must_sign: Option<bool>,
    /// Add them although they lead another session at this time; needs `session.override_conflict` and a reason.
    #[deserr(default)]
    pub override_conflict: Option<bool>,
    /// Why.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

/// Changes who leads a session: its leaders may, whoever schedules may until it starts, and who manages any.
///
/// # Errors
/// 403 `not_leader`, 404, 409 `conflict` or when the session is over or signed, 412, 422.
pub async fn change_leaders(cx: &Cx, id: SessionId, input: &ChangeLeaders) -> Result<SessionView, Problem> {
    cx.require(Permission::SessionStart).await?;
    let wish = Override::of(input.override_conflict, input.reason.as_ref());
    wish.permitted(cx).await?;
    let work = cx.write(Permission::SessionStart, |scope| {
        Box::pin(async move {
            let old = lock_current(scope, id).await?;
            may_change(scope, &old).await?;
            let before = store::leaders(scope, id).await?;
            let after = changed(&old, &before, input)?;
            let new = newly_there(&before, &after);
            let known: Vec<Leader> =
                before.iter().filter(|leader| !leads(&new, leader.practitioner)).copied().collect();
            let found = checks::leaders(scope, &after, &known).await?;
            if !found.is_empty() {
                return Err(found.into());
            }
            // The room was asked about when the session came to it.
            let wanted = Wanted { room: None, ..Wanted::of(&old, &new) };
            let conflict = !new.is_empty() && checks::conflicts(scope, &wanted, None, wish).await?;
            store::set_leaders(scope, &[(id, old.starts_at)], &after).await?;
            let mut session = Session { edited_by_hand: true, ..old.clone() };
            session.has_conflict |= conflict;
            session.conflict_reason = input.reason.clone().filter(|_| conflict).or(session.conflict_reason);
            let saved = store::save(scope, &old, session).await?;
            scope.emit(SessionEvent::LeadersChanged { session: id });
            answers::session(scope, saved).await
        })
    });
    audited(cx, work.await).await
}

async fn may_change(scope: &mut Scope<'_>, session: &Session) -> Result<(), Problem> {
    if !session.status.is_open() {
        return Err(Refusal::NotOpen(session.status).into());
    }
    let schedules = scope.cx.permissions.allows(Permission::SessionSchedule);
    if session.status == SessionStatus::Scheduled && schedules { Ok(()) } else { require_leader(scope, session).await }
}

fn leads(leaders: &[Leader], who: PractitionerId) -> bool {
    leaders.iter().any(|leader| leader.practitioner == who)
}

/// Those who have to be there, and had not to before: who is new, and supervisors who lead from now on.
fn newly_there(before: &[Leader], after: &[Leader]) -> Vec<Leader> {
    let (before, after_all) = (busy(before), busy(after));
    let is_new = |who: PractitionerId| after_all.contains(&who) && !before.contains(&who);
    after.iter().filter(|leader| is_new(leader.practitioner)).copied().collect()
}

/// The leaders after the change.
fn changed(session: &Session, before: &[Leader], input: &ChangeLeaders) -> Result<Vec<Leader>, Problem> {
    let who = input.practitioner_id;
    let change = input.change.unwrap_or(LeaderChange::Add);
    if input.instead_of.is_some() && change != LeaderChange::Replace {
        return Err(Problem::invalid_field("instead_of", "invalid", "is for `replace` only"));
    }
    let is_signed = session.first_signed_at.is_some();
    if is_signed && change != LeaderChange::Add {
        let detail = "A note of this session is signed, so its leaders stay. You can add a co-leader, who signs too.";
        return Err(Problem::conflict("invalid_transition", detail));
    }
    let others = before.iter().filter(|leader| leader.practitioner != who).copied();
    match change {
        LeaderChange::Remove => {
            let rest: Vec<Leader> = others.collect();
            if rest.len() == before.len() {
                return Err(Problem::invalid_field("practitioner_id", "not_found", "does not lead this session"));
            }
            if session.status == SessionStatus::InProgress && rest.is_empty() {
                let message = "is the only leader of a session in progress; hand it over to somebody instead";
                return Err(Problem::invalid_field("practitioner_id", "last_leader", message));
            }
            Ok(rest)
        }
        LeaderChange::HandOver => {
            let demoted = others.map(|leader| match leader.role {
                LeaderRole::Primary => Leader { role: LeaderRole::Co, ..leader },
                _ => leader,
            });
            Ok(std::iter::once(made(input, LeaderRole::Primary)).chain(demoted).collect())
        }
        LeaderChange::Replace => replaced(before, input),
        LeaderChange::Add => {
            let added = made(input, input.role.unwrap_or(LeaderRole::Co));
            Ok(others.chain([added]).collect())
        }
    }
}

/// The leaders after one takes the place of another, as what that one was.
fn replaced(before: &[Leader], input: &ChangeLeaders) -> Result<Vec<Leader>, Problem> {
    let primary = before.iter().find(|leader| leader.role != LeaderRole::Supervisor).map(|leader| leader.practitioner);
    match input.instead_of.or(primary) {
        None => Ok(before.iter().copied().chain([made(input, LeaderRole::Primary)]).collect()),
        Some(gone) if !leads(before, gone) => {
            Err(Problem::invalid_field("instead_of", "not_found", "does not lead this session"))
        }
        Some(gone) if gone == input.practitioner_id => Ok(before.to_vec()),
        Some(gone) => Ok(stand_in(before, gone, input.practitioner_id)),
    }
}

fn made(input: &ChangeLeaders, role: LeaderRole) -> Leader {
    let leader = Leader::new(input.practitioner_id, role);
    Leader { must_sign: input.must_sign.unwrap_or(leader.must_sign), ..leader }
}
