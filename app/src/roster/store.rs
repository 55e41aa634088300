//! Statements over members.

use ::rules::{
    id::{GroupId, GuestId, MemberId, PatientId},
    roster::{MemberStatus, MemberType, Person},
    text::{Reason, Remark, Text},
};
use jiff::Timestamp;

::store::record! {
    /// One stint of one person in one group.
    pub struct Member(MemberId) in "group_members" {
        /// The group.
        pub group_id: GroupId,
        /// What the person is.
        pub member_type: MemberType,
        /// The patient, if it is one.
        pub patient_id: Option<PatientId>,
        /// The guest, if it is one.
        pub guest_id: Option<GuestId>,
        /// Where the stint stands.
        pub status: MemberStatus,
        /// Remarks.
        pub notes: Remark,
        /// The place in the line; positions are counted from it.
        #[serde(skip, default)]
        #[schema(ignore)]
        pub order_key: Option<i64>,
        /// When the person was added, to a seat or to the line.
        pub added_at: Timestamp,
        /// When the person had a seat.
        pub joined_at: Option<Timestamp>,
        /// When the stint ended.
        pub left_at: Option<Timestamp>,
        /// Why it ended.
        pub left_reason: Option<Reason>,
        /// Why a seat beyond the capacity was given.
        pub override_reason: Option<Reason>,
        /// Why the person was passed over when a seat became free.
        pub skip_reason: Option<Text<1, 100>>,
        /// When that was.
        pub skipped_at: Option<Timestamp>,
        /// The id in the system the record came from.
        pub external_id: Option<Text<1, 200>>,
    }
}

impl Member {
    /// The person. The table's checks keep exactly one id.
    pub fn person(&self) -> Option<Person> {
        Person::of(self.patient_id, self.guest_id).ok()
    }
}
