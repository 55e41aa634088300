//! What the caller may do about a session as it stands: the page offers this and nothing else.

use ::rules::{
    groups::LeaderRule,
    permissions::Permission,
    sessions::{
        Leader, ParticipantStatus, SessionFacts, SessionStatus, SessionVerb, Starter, Timing, change, may_start, timing,
    },
};
use jiff::Timestamp;

use crate::{door::Cx, sessions::answers::SessionView};

/// What the caller may do.
#[derive(Debug, Clone, Copy)]
pub struct May {
    /// Start it.
    pub start: bool,
    /// It could be started, by somebody else.
    pub waits_for_its_leader: bool,
    /// Its day is over: starting it needs a reason.
    pub is_late: bool,
    /// Say that it had not begun.
    pub undo_start: bool,
    /// End it.
    pub end: bool,
    /// Say that it ended at another time.
    pub correct_end: bool,
    /// Cancel it.
    pub cancel: bool,
    /// Open its completed record again.
    pub reopen: bool,
    /// Mark it as entered in error.
    pub void: bool,
    /// Change its time, place and words.
    pub edit: bool,
    /// Change who leads it.
    pub lead: bool,
    /// Add people to it.
    pub add: bool,
    /// Add people beyond its capacity.
    pub over: bool,
    /// It is over or signed: nobody's mark changes any more.
    pub is_closed: bool,
    /// It has begun.
    pub has_begun: bool,
    /// It is today.
    pub is_today: bool,
    /// Confirm bookings, check in.
    pub check_in: bool,
    /// Mark attended and no-show.
    pub attend: bool,
    /// Cancel bookings and take them up again.
    pub book: bool,
    /// Pass closed gates with a reason.
    pub pass_gates: bool,
    /// Say that finance is cleared.
    pub clear_finance: bool,
    /// Say that a consent was seen.
    pub see_consent: bool,
    /// Keep a consent that somebody has given.
    pub keep_consent: bool,
    /// Open the pages of patients.
    pub patients: bool,
    /// Open the pages of guests, groups and practitioners.
    pub groups: bool,
}

impl May {
    /// What the caller may do about this session.
    pub fn of(cx: &Cx, session: &SessionView) -> Self {
        let allows = |permission| cx.permissions.allows(permission);
        let leaders: Vec<Leader> =
            session.leaders.iter().map(|one| Leader::new(one.practitioner_id, one.role)).collect();
        let starter = Starter { practitioner: cx.practitioner(), manage_any: allows(Permission::SessionManageAny) };
        let documents = starter.may_document(&leaders).is_ok();
        let facts = facts(session, cx.now());
        let turn = |verb| change(&facts, verb, true).is_ok();
        let is_due = session.starts_at.parse::<Timestamp>().is_ok_and(|at| at <= cx.now());
        let starts = may_start(&leaders, LeaderRule::Starter, &starter).is_ok();
        let is_open = session.status.is_open();
        let is_signed = session.first_signed_at.is_some();
        let ends = allows(Permission::SessionStart) && documents && session.status == SessionStatus::InProgress;
        let schedules = allows(Permission::SessionSchedule);
        let leads = documents || schedules && session.status == SessionStatus::Scheduled;
        Self {
            start: allows(Permission::SessionStart) && starts && turn(SessionVerb::Start),
            waits_for_its_leader: allows(Permission::SessionStart) && !starts && is_due && turn(SessionVerb::Start),
            is_late: facts.timing == Timing::Past,
            undo_start: allows(Permission::SessionStart) && documents && turn(SessionVerb::UndoStart),
            end: ends && session.actual_end.is_none(),
            // Notes may be signed while it goes on; what they tell of stays, and it still ends.
            correct_end: ends && session.actual_end.is_some() && !is_signed,
            cancel: allows(Permission::SessionCancel) && turn(SessionVerb::Cancel),
            reopen: allows(Permission::SessionReopen) && turn(SessionVerb::Reopen),
            void: allows(Permission::SessionVoid) && turn(SessionVerb::Void),
            edit: schedules && is_open,
            lead: allows(Permission::SessionStart) && is_open && leads,
            add: allows(Permission::ParticipantBook) && is_open && !is_signed,
            over: allows(Permission::GroupCapacityOverride),
            is_closed: !is_open || is_signed,
            has_begun: session.status == SessionStatus::InProgress,
            is_today: facts.timing == Timing::Today,
            check_in: allows(Permission::ParticipantCheckin),
            attend: allows(Permission::ParticipantAttend),
            book: allows(Permission::ParticipantBook),
            pass_gates: allows(Permission::ParticipantGateOverride),
            clear_finance: allows(Permission::ParticipantClearFinance),
            see_consent: allows(Permission::ConsentManage) || allows(Permission::ParticipantCheckin),
            keep_consent: allows(Permission::ConsentManage) && allows(Permission::PatientRead),
            patients: allows(Permission::PatientRead),
            groups: allows(Permission::GroupRead),
        }
    }

    /// Whether the last mark of somebody who stands so may be taken back.
    pub fn undo(&self, status: ParticipantStatus) -> bool {
        let permitted = match status {
            ParticipantStatus::Booked => false,
            ParticipantStatus::Confirmed | ParticipantStatus::Arrived => self.check_in,
            ParticipantStatus::Attended | ParticipantStatus::NoShow => self.attend,
            ParticipantStatus::Cancelled => self.book,
        };
        permitted && !self.is_closed
    }
}

fn facts(session: &SessionView, now: Timestamp) -> SessionFacts {
    let at = |instant: &str| instant.parse::<Timestamp>().unwrap_or(now);
    SessionFacts {
        status: session.status,
        timing: timing(at(&session.starts_at), at(&session.ends_at), now, &session.zone),
        note_signed: [&session.first_signed_at, &session.ever_signed_at, &session.reopened_at]
            .iter()
            .any(|at| at.is_some()),
        billed: false,
    }
}
