//! The words of sessions and participants.

use crate::groups::GroupType;

crate::vocabulary! {
    /// Where a session stands.
    pub enum SessionStatus {
        /// Planned.
        Scheduled = "scheduled",
        /// Started; its notes are being written.
        InProgress = "in_progress",
        /// Signed, and waits for a reviewer.
        PendingReview = "pending_review",
        /// Signed (and reviewed): text is frozen.
        Completed = "completed",
        /// Did not take place.
        Cancelled = "cancelled",
        /// Entered in error: kept, hidden by default.
        Voided = "voided",
    }
}

crate::vocabulary! {
    /// What happens to a session as a whole.
    pub enum SessionVerb {
        /// It begins.
        Start = "start",
        /// It had not begun after all.
        UndoStart = "undo_start",
        /// It does not take place.
        Cancel = "cancel",
        /// The last required signature of somebody whose work needs review.
        Submit = "submit",
        /// The last required signature.
        Complete = "complete",
        /// A reviewer countersigns.
        Review = "review",
        /// A reviewer sends it back with a comment.
        Return = "return",
        /// Somebody opens the completed record again.
        Reopen = "reopen",
        /// It was entered in error.
        Void = "void",
        /// Its group is restored, so it takes place after all.
        Reinstate = "reinstate",
    }
}

impl SessionVerb {
    /// The status the verb leads to.
    pub const fn target(self) -> SessionStatus {
        match self {
            Self::Start | Self::Return | Self::Reopen => SessionStatus::InProgress,
            Self::UndoStart | Self::Reinstate => SessionStatus::Scheduled,
            Self::Cancel => SessionStatus::Cancelled,
            Self::Submit => SessionStatus::PendingReview,
            Self::Complete | Self::Review => SessionStatus::Completed,
            Self::Void => SessionStatus::Voided,
        }
    }

    /// Whether it always needs a reason (a comment, when a review is returned).
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::Cancel | Self::Return | Self::Reopen | Self::Void)
    }
}

impl SessionStatus {
    /// Whether the verb is a turn that exists from here.
    pub const fn allows(self, verb: SessionVerb) -> bool {
        use SessionVerb as V;
        match self {
            Self::Scheduled => matches!(verb, V::Start | V::Cancel | V::Void),
            Self::InProgress => matches!(verb, V::UndoStart | V::Cancel | V::Submit | V::Complete | V::Void),
            Self::PendingReview => matches!(verb, V::Review | V::Return | V::Void),
            Self::Completed => matches!(verb, V::Reopen | V::Void),
            Self::Cancelled => matches!(verb, V::Reinstate | V::Void),
            Self::Voided => false,
        }
    }

    /// Whether people may still be booked, marked and unmarked.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Scheduled | Self::InProgress)
    }

    /// The word as people read it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::InProgress => "in progress",
            Self::PendingReview => "pending review",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Voided => "voided",
        }
    }
}

crate::vocabulary! {
    /// Whether a session is for one person or for several.
    pub enum SessionType {
        /// One seat.
        Individual = "individual",
        /// Two seats or more.
        Group = "group",
    }
}

crate::vocabulary! {
    /// Where a session comes from.
    pub enum SessionSource {
        /// Made here.
        Scheduled = "scheduled",
        /// History of another system: no notes demanded, no chart entry, charge or message.
        Imported = "imported",
    }
}

crate::vocabulary! {
    /// What a session counts as in a programme's week. `meal`, `recreation`, `transport` and `administrative` do not
    /// count by default.
    pub enum ServiceKind {
        /// Group therapy.
        GroupTherapy = "group_therapy",
        /// Group counselling.
        GroupCounseling = "group_counseling",
        /// Psychoeducation.
        Psychoeducation = "psychoeducation",
        /// Skills training.
        SkillsTraining = "skills_training",
        /// A support group.
        Support = "support",
        /// Education.
        Education = "education",
        /// Family therapy or counselling.
        FamilyTherapy = "family_therapy",
        /// Individual therapy.
        IndividualTherapy = "individual_therapy",
        /// Individual counselling.
        IndividualCounseling = "individual_counseling",
        /// A visit with a medical practitioner of behavioural health.
        BhmpVisit = "bhmp_visit",
        /// An assessment.
        Assessment = "assessment",
        /// Case management.
        CaseManagement = "case_management",
        /// Peer support.
        PeerSupport = "peer_support",
        /// A meal.
        Meal = "meal",
        /// Recreation or diversion.
        Recreation = "recreation",
        /// Transport.
        Transport = "transport",
        /// Administration.
        Administrative = "administrative",
        /// Anything else.
        Other = "other",
    }
}

impl ServiceKind {
    /// What the sessions of a group count as unless somebody says otherwise; `None` is an individual session.
    pub const fn usual(group: Option<GroupType>) -> Self {
        match group {
            None => Self::IndividualTherapy,
            Some(GroupType::Therapy | GroupType::Iop | GroupType::Php | GroupType::Other) => Self::GroupTherapy,
            Some(GroupType::Psychoeducation) => Self::Psychoeducation,
            Some(GroupType::SkillsTraining) => Self::SkillsTraining,
            Some(GroupType::Support) => Self::Support,
            Some(GroupType::Education) => Self::Education,
            Some(GroupType::Family) => Self::FamilyTherapy,
        }
    }
}

crate::vocabulary! {
    /// What a practitioner is in a session.
    pub enum LeaderRole {
        /// Leads it: at most one.
        Primary = "primary",
        /// Leads it too.
        Co = "co",
        /// Supervises.
        Supervisor = "supervisor",
    }
}

crate::vocabulary! {
    /// Where one person stands in one session.
    pub enum ParticipantStatus {
        /// Has a place.
        Booked = "booked",
        /// Said they come.
        Confirmed = "confirmed",
        /// Is here.
        Arrived = "arrived",
        /// Took part.
        Attended = "attended",
        /// Did not come.
        NoShow = "no_show",
        /// Gave the place up.
        Cancelled = "cancelled",
    }
}

impl ParticipantStatus {
    /// Whether nothing is left to say about them: a session ends only when this holds for all.
    pub const fn is_resolved(self) -> bool {
        matches!(self, Self::Attended | Self::NoShow | Self::Cancelled)
    }

    /// Whether they take a seat: neither cancelled nor a no-show.
    pub const fn takes_seat(self) -> bool {
        !matches!(self, Self::NoShow | Self::Cancelled)
    }

    /// The word as people read it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Confirmed => "confirmed",
            Self::Arrived => "arrived",
            Self::Attended => "attended",
            Self::NoShow => "no-show",
            Self::Cancelled => "cancelled",
        }
    }
}

crate::vocabulary! {
    /// What is done about one participant.
    pub enum ParticipantVerb {
        /// They say they come.
        Confirm = "confirm",
        /// They are here.
        CheckIn = "check_in",
        /// They take part.
        Attend = "attend",
        /// They did not come.
        NoShow = "no_show",
        /// They give the place up.
        Cancel = "cancel",
        /// The last of these was a mistake.
        Undo = "undo",
        /// They come after all: same row, same number.
        Rebook = "rebook",
    }
}

crate::vocabulary! {
    /// How a participant came to be in a session.
    pub enum ParticipantSource {
        /// As a member of the group.
        Roster = "roster",
        /// Booked into this one session.
        Booked = "booked",
        /// Came without a booking.
        WalkIn = "walk_in",
        /// Makes up for a missed session.
        MakeUp = "make_up",
        /// From another system.
        Imported = "imported",
    }
}

crate::vocabulary! {
    /// How much somebody took part.
    pub enum ParticipationLevel {
        /// Engaged.
        Engaged = "engaged",
        /// Now and then.
        Moderate = "moderate",
        /// Little.
        Minimal = "minimal",
        /// Withdrawn.
        Withdrawn = "withdrawn",
        /// Disruptive.
        Disruptive = "disruptive",
    }
}

crate::vocabulary! {
    /// How one participant takes part: in a hybrid session each has their own.
    pub enum ParticipantModality {
        /// In the room.
        InPerson = "in_person",
        /// By video.
        Video = "video" | "virtual",
        /// By telephone.
        Audio = "audio",
    }
}

crate::vocabulary! {
    /// Where the patient is: decides the place of service on a claim.
    pub enum PatientAt {
        /// At the clinic.
        Clinic = "clinic",
        /// At home.
        Home = "home",
        /// Somewhere else.
        OtherFacility = "other_facility" | "elsewhere",
    }
}

crate::vocabulary! {
    /// Why somebody did not come.
    pub enum NoShowReason {
        /// No reason is known.
        Unknown = "unknown",
        /// Forgot.
        Forgot = "forgot",
        /// Ill.
        Illness = "illness",
        /// In hospital or at another facility.
        Hospitalized = "hospitalized",
        /// No way to get there.
        Transportation = "transportation",
        /// Work or school.
        WorkOrSchool = "work_or_school",
        /// Children or family.
        FamilyOrChildcare = "family_or_childcare",
        /// The connection failed.
        Technical = "technical",
        /// The weather.
        Weather = "weather",
        /// In custody.
        Incarcerated = "incarcerated",
        /// Was here and left before it began.
        LeftBeforeStart = "left_before_start",
        /// Did not want to.
        Declined = "declined",
        /// Something else: the notes say what.
        Other = "other",
    }
}
