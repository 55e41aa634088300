//! What callers say of a group.

use ::rules::{
    groups::{EnrollmentMode, GroupType, LeaderRule, Modality, Promotion, WhenFull},
    id::{GroupSessionTemplateId, PractitionerId, ProgramId, RoomId, SiteId},
    text::{Name, Remark},
};
use deserr::Deserr;
use utoipa::ToSchema;

use crate::http::extract::{FieldErrors, JsonObject, Patch};

/// A group to make. Name and type are enough.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewGroup {
    /// The name.
    pub name: Name,
    /// What kind of activity it is.
    #[deserr(rename = "type")]
    pub r#type: GroupType,
    /// What it is about.
    #[deserr(default)]
    pub description: Option<Remark>,
    /// Fewer than this shows as below minimum.
    #[deserr(default)]
    pub min_participants: Option<u32>,
    /// The seats: 2 to the organization's ceiling; none means the ceiling.
    #[deserr(default)]
    #[schema(minimum = 2)]
    pub max_participants: Option<u32>,
    /// What happens to who is added when no seat is free: `waitlist` unless given.
    #[deserr(default)]
    pub when_full: Option<WhenFull>,
    /// How a free seat is given to who waits: `auto` unless given.
    #[deserr(default)]
    pub promotion: Option<Promotion>,
    /// How long an offered seat is held: 1 to 336 hours, 48 unless given.
    #[deserr(default)]
    #[schema(minimum = 1, maximum = 336)]
    pub offer_hold_hours: Option<u32>,
    /// Whether people may be added: `open` unless given.
    #[deserr(default)]
    pub enrollment_mode: Option<EnrollmentMode>,
    /// Who leads its sessions: `fixed` with a facilitator, else `starter`.
    #[deserr(default)]
    pub leader_rule: Option<LeaderRule>,
    /// How people take part: `in_person` unless given.
    #[deserr(default)]
    pub modality: Option<Modality>,
    /// The facilitator.
    #[deserr(default)]
    pub facilitator_id: Option<PractitionerId>,
    /// Who leads beside the facilitator.
    #[deserr(default)]
    pub co_facilitator_ids: Option<Vec<PractitionerId>>,
    /// The site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// The room.
    #[deserr(default)]
    pub room_id: Option<RoomId>,
    /// How long it meets: 5 to 720 minutes, 60 unless given.
    #[deserr(default)]
    #[schema(minimum = 5, maximum = 720)]
    pub duration_minutes: Option<u32>,
    /// The programme it belongs to.
    #[deserr(default)]
    pub program_id: Option<ProgramId>,
    /// The template its sessions start from: its description and length are the group's unless given.
    #[deserr(default)]
    pub template_id: Option<GroupSessionTemplateId>,
    /// Fields of the organization's own: any JSON object.
    #[deserr(default)]
    #[schema(value_type = Option<Object>)]
    pub custom_data: Option<JsonObject>,
    /// Whether its records are under 42 CFR Part 2.
    #[deserr(default)]
    pub is_part2: Option<bool>,
}

/// What may be changed of a group; what is not named stays as it is.
#[derive(Debug, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeGroup {
    /// The name.
    #[deserr(default)]
    pub name: Option<Name>,
    /// What kind of activity it is.
    #[deserr(default, rename = "type")]
    pub r#type: Option<GroupType>,
    /// What it is about.
    #[deserr(default)]
    pub description: Option<Remark>,
    /// Fewer than this shows as below minimum.
    #[deserr(default)]
    #[schema(value_type = Option<u32>)]
    pub min_participants: Patch<u32>,
    /// The seats. Fewer than are taken removes nobody; more promotes at once.
    #[deserr(default)]
    #[schema(value_type = Option<u32>)]
    pub max_participants: Patch<u32>,
    /// What happens to who is added when no seat is free.
    #[deserr(default)]
    pub when_full: Option<WhenFull>,
    /// How a free seat is given to who waits.
    #[deserr(default)]
    pub promotion: Option<Promotion>,
    /// How long an offered seat is held, in hours; an offer that was made keeps its deadline.
    #[deserr(default)]
    #[schema(minimum = 1, maximum = 336)]
    pub offer_hold_hours: Option<u32>,
    /// Whether people may be added.
    #[deserr(default)]
    pub enrollment_mode: Option<EnrollmentMode>,
    /// Who leads its sessions.
    #[deserr(default)]
    pub leader_rule: Option<LeaderRule>,
    /// How people take part.
    #[deserr(default)]
    pub modality: Option<Modality>,
    /// The facilitator.
    #[deserr(default)]
    #[schema(value_type = Option<PractitionerId>)]
    pub facilitator_id: Patch<PractitionerId>,
    /// Who leads beside the facilitator; replaces the whole list.
    #[deserr(default)]
    pub co_facilitator_ids: Option<Vec<PractitionerId>>,
    /// The site.
    #[deserr(default)]
    #[schema(value_type = Option<SiteId>)]
    pub site_id: Patch<SiteId>,
    /// The room.
    #[deserr(default)]
    #[schema(value_type = Option<RoomId>)]
    pub room_id: Patch<RoomId>,
    /// How long it meets, in minutes.
    #[deserr(default)]
    #[schema(minimum = 5, maximum = 720)]
    pub duration_minutes: Option<u32>,
    /// The programme it belongs to.
    #[deserr(default)]
    #[schema(value_type = Option<ProgramId>)]
    pub program_id: Patch<ProgramId>,
    /// The template its sessions start from.
    #[deserr(default)]
    #[schema(value_type = Option<GroupSessionTemplateId>)]
    pub template_id: Patch<GroupSessionTemplateId>,
    /// Fields of the organization's own; replaces the whole object.
    #[deserr(default)]
    #[schema(value_type = Option<Object>)]
    pub custom_data: Option<JsonObject>,
    /// Whether its records are under 42 CFR Part 2.
    #[deserr(default)]
    pub is_part2: Option<bool>,
}
