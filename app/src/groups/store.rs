//! Statements over groups.

use ::rules::{
    column::Json,
    groups::{EnrollmentMode, GroupStatus, GroupType, LeaderRule, Modality, Promotion, WhenFull},
    id::{GroupId, PractitionerId, ProgramId, RoomId, SiteId, TemplateId},
    text::{Name, Remark, Text},
};
use jiff::Timestamp;

use crate::{door::Scope, problem::Problem};

::store::record! {
    /// The recurring clinical activity.
    pub struct Group(GroupId) in "groups" {
        /// The name.
        pub name: Name,
        /// The name folded, for order and search.
        #[serde(skip, default)]
        #[schema(ignore)]
        pub name_key: String,
        /// What kind of activity it is.
        pub r#type: GroupType,
        /// What it is about; it appears in the chart.
        pub description: Remark,
        /// Active, or archived: that is how a group ends.
        pub status: GroupStatus,
        /// Fewer than this shows as below minimum.
        pub min_participants: Option<u32>,
        /// The seats; none means the organization's ceiling.
        pub max_participants: Option<u32>,
        /// What happens to who is added when no seat is free.
        pub when_full: WhenFull,
        /// How a free seat is given to who waits.
        pub promotion: Promotion,
        /// Whether people may be added.
        pub enrollment_mode: EnrollmentMode,
        /// Who leads its sessions.
        pub leader_rule: LeaderRule,
        /// How people take part.
        pub modality: Modality,
        /// The facilitator.
        pub facilitator_id: Option<PractitionerId>,
        /// The site; its zone is the group's.
        pub site_id: Option<SiteId>,
        /// The room.
        pub room_id: Option<RoomId>,
        /// How long it meets, in minutes.
        pub duration_minutes: u32,
        /// The programme it belongs to.
        pub program_id: Option<ProgramId>,
        /// The template its sessions start from.
        pub template_id: Option<TemplateId>,
        /// The id in the system the record came from.
        pub external_id: Option<Text<1, 200>>,
        /// Fields of the organization's own: any JSON object.
        #[schema(value_type = Object)]
        pub custom_data: Json<serde_json::Map<String, serde_json::Value>>,
        /// Whether its records are under 42 CFR Part 2.
        pub is_part2: bool,
        /// When it was archived.
        pub archived_at: Option<Timestamp>,
    }
}

/// The group, its row locked until the end of the transaction.
///
/// # Errors
/// 404.
pub async fn lock(scope: &mut Scope<'_>, id: GroupId) -> Result<Group, Problem> {
    scope.lock(id).await
}
