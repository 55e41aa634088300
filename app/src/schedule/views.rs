//! What a caller gets about a schedule, and about what a change of it does.

use ::rules::{
    id::{GroupId, HolidayId, SessionId},
    recurrence::{Occurrence, Recurrence, Zone},
    text::Name,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Kept, Overrides};
use crate::{
    people::Holiday,
    sessions::{Session, actions::CancelledSession, answers::SessionView, inputs::EditScope},
};

/// One meeting of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Meeting {
    /// The session, once it is made.
    pub session_id: Option<SessionId>,
    /// The local start the rule gives it: its name in the series.
    pub recurrence_id: Option<String>,
    /// The day it is on, by the clock on the wall.
    #[schema(value_type = String, format = Date)]
    pub local_date: Date,
    /// The start.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// The end.
    #[schema(format = DateTime)]
    pub ends_at: String,
    /// Its room or a leader is taken at this time.
    pub has_conflict: bool,
    /// The holiday of its site because of which it is not made.
    pub holiday: Option<Name>,
}

impl Meeting {
    /// A session as a meeting; `made` once it is stored.
    pub fn of(session: &Session, made: bool) -> Self {
        Self {
            session_id: made.then_some(session.id),
            recurrence_id: session.recurrence_id.clone(),
            local_date: session.local_date,
            starts_at: session.zone.rfc3339(session.starts_at),
            ends_at: session.zone.rfc3339(session.ends_at),
            has_conflict: session.has_conflict,
            holiday: None,
        }
    }

    /// Sessions as meetings.
    pub fn all<'a>(sessions: impl IntoIterator<Item = &'a Session>, made: bool) -> Vec<Self> {
        sessions.into_iter().map(|session| Self::of(session, made)).collect()
    }
}

/// A meeting on a holiday of its site, of which no session is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SkippedMeeting {
    /// The local start the rule gives it: its name in the series.
    pub recurrence_id: String,
    /// The day it would be on, by the clock on the wall.
    #[schema(value_type = String, format = Date)]
    pub local_date: Date,
    /// The holiday.
    pub holiday_id: HolidayId,
    /// What the holiday is called.
    pub holiday: Name,
}

impl SkippedMeeting {
    /// A meeting and the holiday it falls on.
    pub fn of(occurrence: &Occurrence, holiday: &Holiday) -> Self {
        Self {
            recurrence_id: occurrence.recurrence_id.to_string(),
            local_date: occurrence.local_date,
            holiday_id: holiday.id,
            holiday: holiday.name.clone(),
        }
    }
}

/// A session that stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeptMeeting {
    /// The session.
    #[serde(flatten)]
    pub meeting: Meeting,
    /// Why: edited by hand, cancelled by somebody, started, past.
    pub why: Kept,
}

impl KeptMeeting {
    /// What a plan keeps.
    pub fn all(kept: &[(Session, Kept)]) -> Vec<Self> {
        kept.iter().map(|(session, why)| Self { meeting: Meeting::of(session, true), why: *why }).collect()
    }
}

/// A stretch of a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PartView {
    /// The day of its first meeting; none when it has no meeting left.
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// The day of its last meeting; none when it goes on for good.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// In words: "Every Monday at 09:00".
    pub words: String,
    /// The rule as if written where the meetings are; none when no rule says that: then `words` does.
    pub recurrence: Option<Recurrence>,
    /// What its sessions have different from the group.
    pub overrides: Overrides,
}

/// When a group meets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecurrenceView {
    /// The group.
    pub group_id: GroupId,
    /// The rule of the next meeting; none until somebody says when the group meets.
    pub recurrence: Option<Recurrence>,
    /// The rule in words: "Every Monday and Wednesday at 09:00".
    pub words: Option<String>,
    /// The zone of its clock.
    pub zone: Zone,
    /// The stretches of the series that are not over yet, in order: one, unless it changed from a day on.
    pub parts: Vec<PartView>,
    /// The next meetings it yields.
    pub next: Vec<Meeting>,
    /// Sessions exist up to and with this day.
    #[schema(value_type = Option<String>, format = Date)]
    pub filled_until: Option<Date>,
    /// 1 when created, one more with each change; send it back in `If-Match`.
    pub version: Option<i64>,
}

/// What a change of the schedule did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleChange {
    /// The group.
    pub group_id: GroupId,
    /// Only asked, nothing done.
    pub dry_run: bool,
    /// The rule.
    pub recurrence: Recurrence,
    /// The rule in words; where it changes from a day on, those of the next meeting.
    pub words: String,
    /// The stretches of the series that are not over yet, in order: one, unless it changes from a day on.
    pub parts: Vec<PartView>,
    /// The next meetings the series yields.
    pub next: Vec<Meeting>,
    /// Sessions are made up to and with this day.
    #[schema(value_type = String, format = Date)]
    pub until: Date,
    /// Sessions that are made.
    pub created: Vec<Meeting>,
    /// Sessions that are moved, or taken into the series.
    pub changed: Vec<Meeting>,
    /// Sessions that take place after all.
    pub reinstated: Vec<Meeting>,
    /// Sessions that are cancelled: the rule no longer yields them.
    pub cancelled: Vec<Meeting>,
    /// Sessions still to come that are left alone, each with why.
    pub kept: Vec<KeptMeeting>,
    /// Meetings of which no session is made: they are on a holiday of their site.
    pub skipped: Vec<SkippedMeeting>,
    /// Sessions that stay as they are.
    pub unchanged: usize,
    /// How many bookings are cancelled because their people are not eligible for the session on its new day.
    #[serde(default)]
    pub not_eligible: usize,
}

/// A session that is moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MovedMeeting {
    /// As it is afterwards.
    #[serde(flatten)]
    pub meeting: Meeting,
    /// The start before.
    #[schema(format = DateTime)]
    pub was_starts_at: String,
    /// The end before.
    #[schema(format = DateTime)]
    pub was_ends_at: String,
}

impl MovedMeeting {
    /// A session before and after.
    pub fn of(old: &Session, new: &Session) -> Self {
        Self {
            meeting: Meeting::of(new, true),
            was_starts_at: old.zone.rfc3339(old.starts_at),
            was_ends_at: old.zone.rfc3339(old.ends_at),
        }
    }
}

/// What stands in the way of a session at its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Conflict {
    /// The session that would be there.
    pub session_id: SessionId,
    /// Its day.
    #[schema(value_type = String, format = Date)]
    pub local_date: Date,
    /// What to change: `room_id` or `leaders`.
    pub field: String,
    /// A stable word: `taken`, `outside_hours` or `time_off`.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// Who is told of a change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Told {
    /// How many people have a place in one of the sessions.
    pub participants: usize,
    /// The names of who leads one of them.
    pub leaders: Vec<String>,
    /// How many bookings are cancelled because their people are not eligible for the session on its new day.
    #[serde(default)]
    pub not_eligible: usize,
}

/// What a change of several sessions of a series did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeriesChange {
    /// Which sessions it is for.
    pub scope: EditScope,
    /// Only asked, nothing done.
    pub dry_run: bool,
    /// When the group meets from then on, in words; none for one session.
    pub words: Option<String>,
    /// Sessions that change.
    pub changed: Vec<MovedMeeting>,
    /// Sessions that are made.
    pub created: Vec<Meeting>,
    /// Sessions that are cancelled.
    pub cancelled: Vec<Meeting>,
    /// Sessions that are left alone, each with why.
    pub kept: Vec<KeptMeeting>,
    /// Meetings that do not take place: they would be on a holiday of their site.
    pub skipped: Vec<SkippedMeeting>,
    /// What would clash: refused unless it is overridden with a reason.
    pub conflicts: Vec<Conflict>,
    /// Who is told.
    pub told: Told,
}

/// A session, and what else a change of it did or would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EditedSession {
    /// The session as it stands now.
    #[serde(flatten)]
    pub session: SessionView,
    /// What the change did or would do; none when it was for this one session and is done.
    pub change: Option<SeriesChange>,
}

/// A holiday, and what adding, changing or removing it did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HolidayChange {
    /// The holiday as it stands now.
    #[serde(flatten)]
    pub holiday: Holiday,
    /// How many sessions at the site on these days were scheduled and still to come.
    pub affected_count: usize,
    /// The first 50 of them, for who may see sessions.
    pub affected: Vec<CancelledSession>,
    /// Whether they were cancelled; else they stay scheduled.
    pub cancelled: bool,
    /// How many sessions were made, on days that are no longer a holiday.
    pub made: usize,
}
