//! What a caller sends about sessions.

use ::rules::{
    groups::Modality,
    id::{GroupId, GroupSessionTemplateId, PatientId, PractitionerId, RoomId, SiteId},
    sessions::{Leader, LeaderRole, ServiceKind, SessionStatus, SessionType},
    text::{Name, Reason, Remark, Text},
};
use deserr::Deserr;
use utoipa::ToSchema;

use crate::{
    http::extract::{FieldErrors, Parsed, Patch, Truth},
    paging::Limit,
};

pub use crate::when::{Day, When};

/// A break inside a session.
#[derive(Debug, Clone, Copy, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewBreak {
    /// Its start.
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Parsed<When>,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Parsed<When>,
}

/// A time in between in which somebody was out of the session.
#[derive(Debug, Clone, Copy, PartialEq, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct TimeOut {
    /// Out since.
    #[schema(value_type = String, format = DateTime)]
    pub from: Parsed<When>,
    /// Back at.
    #[schema(value_type = String, format = DateTime)]
    pub until: Parsed<When>,
}

/// Somebody who leads.
#[derive(Debug, Clone, Copy, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewLeader {
    /// Who.
    pub practitioner_id: PractitionerId,
    /// As what: the first of a list is `primary` unless given, the others `co`.
    #[deserr(default)]
    pub role: Option<LeaderRole>,
    /// Whether their signature is needed: primary and co sign unless said otherwise.
    #[deserr(default)]
    pub must_sign: Option<bool>,
}

/// The leaders of a list, in order.
pub fn leaders(list: &[NewLeader]) -> Vec<Leader> {
    let taken = list.iter().any(|new| new.role == Some(LeaderRole::Primary));
    let role = |at: usize, new: &NewLeader| match new.role {
        Some(role) => role,
        None if at == 0 && !taken => LeaderRole::Primary,
        None => LeaderRole::Co,
    };
    let made = list.iter().enumerate().map(|(at, new)| {
        let leader = Leader::new(new.practitioner_id, role(at, new));
        Leader { must_sign: new.must_sign.unwrap_or(leader.must_sign), ..leader }
    });
    made.collect()
}

/// A session to schedule: of a group, free-standing, or for one patient.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewSession {
    /// `individual` with a patient, else `group`.
    #[deserr(default)]
    pub session_type: Option<SessionType>,
    /// The group, whose settings are the defaults of everything below.
    #[deserr(default)]
    pub group_id: Option<GroupId>,
    /// The patient of an individual session.
    #[deserr(default)]
    pub patient_id: Option<PatientId>,
    /// The template it starts from, whose title, topic and length are those of the session unless given; the group's
    /// unless given.
    #[deserr(default)]
    pub template_id: Option<GroupSessionTemplateId>,
    /// The title: that of `template_id`, else the group's name, unless given.
    #[deserr(default)]
    pub title: Option<Name>,
    /// What it is about.
    #[deserr(default)]
    pub topic: Option<Remark>,
    /// The site; its zone is the session's.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// The room.
    #[deserr(default)]
    pub room_id: Option<RoomId>,
    /// The start: an instant with its offset, or the site's own time.
    #[schema(value_type = String, format = DateTime, example = "2026-03-02T09:00:00-05:00")]
    pub starts_at: Parsed<When>,
    /// The end; or give `duration_minutes`.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Parsed<When>>,
    /// How long: 5 to 720 minutes; as the group says, else 60, unless given.
    #[deserr(default)]
    #[schema(minimum = 5, maximum = 720)]
    pub duration_minutes: Option<u32>,
    /// Breaks inside it.
    #[deserr(default)]
    pub breaks: Option<Vec<NewBreak>>,
    /// Who leads it; as the group says unless given.
    #[deserr(default)]
    pub leaders: Option<Vec<NewLeader>>,
    /// What kind of service it is, in the clinic's words.
    #[deserr(default)]
    pub service_type: Option<Text<1, 200>>,
    /// What it counts as.
    #[deserr(default)]
    pub service_kind: Option<ServiceKind>,
    /// How people take part.
    #[deserr(default)]
    pub modality: Option<Modality>,
    /// The seats: 1 for an individual session, else 2 to the organization's ceiling.
    #[deserr(default)]
    #[schema(minimum = 1)]
    pub max_capacity: Option<u32>,
    /// Schedule it although the room or a leader is taken; needs `session.override_conflict` and a reason.
    #[deserr(default)]
    pub override_conflict: Option<bool>,
    /// Why.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

/// A session by the words of the documents: an encounter of a group.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewEncounter {
    /// The start of the session: an instant with its offset, or the site's own time.
    #[schema(value_type = String, format = DateTime, example = "2026-03-02T09:00:00-05:00")]
    pub encounter_date: Parsed<When>,
    /// What kind of service it is (`service_type`).
    #[deserr(default, rename = "type")]
    pub r#type: Option<Text<1, 200>>,
    /// What it is about (`topic`).
    #[deserr(default)]
    pub chief_complaint: Option<Remark>,
    /// How long: as the group says unless given.
    #[deserr(default)]
    #[schema(minimum = 5, maximum = 720)]
    pub duration_minutes: Option<u32>,
}

/// What may be changed of a session; what is not named stays as it is.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeSession {
    /// The title.
    #[deserr(default)]
    pub title: Option<Name>,
    /// What it is about.
    #[deserr(default)]
    #[schema(value_type = Option<Remark>)]
    pub topic: Patch<Remark>,
    /// The site.
    #[deserr(default)]
    #[schema(value_type = Option<SiteId>)]
    pub site_id: Patch<SiteId>,
    /// The room.
    #[deserr(default)]
    #[schema(value_type = Option<RoomId>)]
    pub room_id: Patch<RoomId>,
    /// The start; the length stays unless it is named too.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Parsed<When>>,
    /// The end.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Parsed<When>>,
    /// How long, instead of `ends_at`.
    #[deserr(default)]
    #[schema(minimum = 5, maximum = 720)]
    pub duration_minutes: Option<u32>,
    /// Breaks inside it: replaces them all.
    #[deserr(default)]
    pub breaks: Option<Vec<NewBreak>>,
    /// Who leads it, instead of those who do; until it starts.
    #[deserr(default)]
    pub leaders: Option<Vec<NewLeader>>,
    /// What kind of service it is, in the clinic's words.
    #[deserr(default)]
    #[schema(value_type = Option<Text<1, 200>>)]
    pub service_type: Patch<Text<1, 200>>,
    /// What it counts as.
    #[deserr(default)]
    pub service_kind: Option<ServiceKind>,
    /// How people take part.
    #[deserr(default)]
    pub modality: Option<Modality>,
    /// The seats.
    #[deserr(default)]
    #[schema(minimum = 1)]
    pub max_capacity: Option<u32>,
    /// Move it although the room or a leader is taken; needs `session.override_conflict` and a reason.
    #[deserr(default)]
    pub override_conflict: Option<bool>,
    /// Why.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

::rules::vocabulary! {
    /// Which sessions of a series a change is for.
    pub enum EditScope {
        /// This one.
        This = "this",
        /// This one and those after it.
        Following = "following",
        /// All to come.
        All = "all",
    }
}

/// How a change of a session is meant.
#[derive(Debug, Clone, Copy, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Editing {
    /// Which sessions of a series: `this` unless given.
    #[deserr(default)]
    pub scope: Option<EditScope>,
    /// Only say what would change.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    pub dry_run: Option<Truth>,
}

/// Whether to do it or only to say what would be done.
#[derive(Debug, Clone, Copy, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asking {
    /// Only say what would change.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    pub dry_run: Option<Truth>,
}

/// What a list of sessions is limited to.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSessions {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// Only sessions of this type.
    #[deserr(default, rename = "type")]
    pub r#type: Option<SessionType>,
    /// Only sessions that stand so; `all` lists voided ones too.
    #[deserr(default)]
    pub status: Option<SessionFilter>,
    /// Only sessions at this site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// Only sessions of this group.
    #[deserr(default)]
    pub group_id: Option<GroupId>,
    /// Only sessions this practitioner leads.
    #[deserr(default)]
    pub facilitator_id: Option<PractitionerId>,
    /// From this day of the site's calendar on.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub date_from: Option<Parsed<Day>>,
    /// Up to and with this day.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub date_to: Option<Parsed<Day>>,
    /// The beginning of a session number, or words of a leader's name.
    #[deserr(default)]
    pub q: Option<String>,
}

/// What a list of sessions with free places is limited to.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAvailable {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// Only sessions at this site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// From this day on.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub date_from: Option<Parsed<Day>>,
    /// Up to and with this day.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub date_to: Option<Parsed<Day>>,
    /// Only this kind of service, in the clinic's words.
    #[deserr(default)]
    pub service_type: Option<String>,
    /// Only sessions this practitioner leads.
    #[deserr(default)]
    pub facilitator_id: Option<PractitionerId>,
}

::rules::vocabulary! {
    /// Which sessions a list shows.
    pub enum SessionFilter {
        /// Planned.
        Scheduled = "scheduled",
        /// Started.
        InProgress = "in_progress",
        /// Waiting for a reviewer.
        PendingReview = "pending_review",
        /// Documented.
        Completed = "completed",
        /// Did not take place.
        Cancelled = "cancelled",
        /// Entered in error.
        Voided = "voided",
        /// Every one.
        All = "all",
    }
}

impl SessionFilter {
    /// The status, unless it is every one.
    pub fn status(self) -> Option<SessionStatus> {
        SessionStatus::parse(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_list_leads() {
        let id = |bits| PractitionerId::from_uuid(uuid::Uuid::from_u128(bits));
        let new = |bits, role| NewLeader { practitioner_id: id(bits), role, must_sign: None };
        let roles = |list: &[NewLeader]| leaders(list).iter().map(|leader| leader.role).collect::<Vec<_>>();
        assert_eq!(roles(&[new(1, None), new(2, None)]), [LeaderRole::Primary, LeaderRole::Co]);
        assert_eq!(roles(&[new(1, None), new(2, Some(LeaderRole::Primary))]), [LeaderRole::Co, LeaderRole::Primary]);
        let supervisor = leaders(&[new(1, None), new(3, Some(LeaderRole::Supervisor))]);
        assert!(supervisor[0].must_sign && !supervisor[1].must_sign);
    }
}
