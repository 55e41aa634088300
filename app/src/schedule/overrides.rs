//! What the sessions of one part of a series have different from their group.

use ::rules::{
    groups::Modality,
    id::{RoomId, SiteId},
    recurrence::Zone,
    sessions::{Leader, ServiceKind},
    text::{Name, Remark, Text},
};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::{groups::Group, sessions::Session};

/// What a part says itself; what it does not say is as the group says, today and after every change of the group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Overrides {
    /// How much later than the rule its sessions are, in minutes on the clock on the wall.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shift_minutes: i64,
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Name>,
    /// The topic; null is none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    #[schema(value_type = Option<Remark>)]
    pub topic: Option<Option<Remark>>,
    /// The site; null is none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    #[schema(value_type = Option<SiteId>)]
    pub site_id: Option<Option<SiteId>>,
    /// The room; null is none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    #[schema(value_type = Option<RoomId>)]
    pub room_id: Option<Option<RoomId>>,
    /// What kind of service it is; null is none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    #[schema(value_type = Option<Text<1, 200>>)]
    pub service_type: Option<Option<Text<1, 200>>>,
    /// What it counts as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_kind: Option<ServiceKind>,
    /// How people take part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modality: Option<Modality>,
    /// The seats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_capacity: Option<u32>,
    /// Who leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaders: Option<Vec<Leader>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the serializer passes a reference")]
const fn is_zero(minutes: &i64) -> bool {
    *minutes == 0
}

/// A field that is there, also as null.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

impl Overrides {
    /// Where the part's sessions are.
    pub fn site(&self, group: &Group) -> Option<SiteId> {
        self.site_id.unwrap_or(group.site_id)
    }

    /// Which room they are in: none at another site than the group's, unless the part says one.
    pub fn room(&self, group: &Group) -> Option<RoomId> {
        let usual = group.room_id.filter(|_| self.site(group) == group.site_id);
        self.room_id.unwrap_or(usual)
    }

    /// The session as its group and its part want it, but for its times.
    pub fn dress(&self, session: &mut Session, group: &Group, zone: &Zone, seats: u32) {
        session.title = self.title.clone().unwrap_or_else(|| group.name.clone());
        session.topic = self.topic.clone().unwrap_or_else(|| session.topic.take());
        session.site_id = self.site(group);
        session.room_id = self.room(group);
        session.zone = zone.clone();
        session.service_type = self.service_type.clone().unwrap_or_else(|| session.service_type.take());
        session.service_kind = self.service_kind.unwrap_or(session.service_kind);
        session.modality = self.modality.unwrap_or(group.modality);
        session.program_id = group.program_id;
        session.template_id = group.template_id;
        session.max_capacity = self.max_capacity.unwrap_or(seats);
    }

    /// Takes over what a later change says; the rest stays. The time is added up by the caller.
    pub fn take(&mut self, newer: &Self) {
        let newer = newer.clone();
        self.title = newer.title.or_else(|| self.title.take());
        self.topic = newer.topic.or_else(|| self.topic.take());
        self.site_id = newer.site_id.or(self.site_id);
        self.room_id = newer.room_id.or(self.room_id);
        self.service_type = newer.service_type.or_else(|| self.service_type.take());
        self.service_kind = newer.service_kind.or(self.service_kind);
        self.modality = newer.modality.or(self.modality);
        self.max_capacity = newer.max_capacity.or(self.max_capacity);
        self.leaders = newer.leaders.or_else(|| self.leaders.take());
    }

    /// What a session that was changed has different from before, as a part would say it; the time apart.
    pub fn between(old: &Session, new: &Session, leaders: Option<&Vec<Leader>>) -> Self {
        let differs = |is: bool| is.then_some(());
        Self {
            shift_minutes: 0,
            title: differs(new.title != old.title).map(|()| new.title.clone()),
            topic: differs(new.topic != old.topic).map(|()| new.topic.clone()),
            site_id: differs(new.site_id != old.site_id).map(|()| new.site_id),
            room_id: differs((new.room_id, new.site_id) != (old.room_id, old.site_id)).map(|()| new.room_id),
            service_type: differs(new.service_type != old.service_type).map(|()| new.service_type.clone()),
            service_kind: differs(new.service_kind != old.service_kind).map(|()| new.service_kind),
            modality: differs(new.modality != old.modality).map(|()| new.modality),
            max_capacity: differs(new.max_capacity != old.max_capacity).map(|()| new.max_capacity),
            leaders: leaders.cloned(),
        }
    }
}
