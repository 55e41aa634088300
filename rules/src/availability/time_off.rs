//! Time off: what for, where it stands, and who may turn it.

crate::vocabulary! {
    /// What time off is for.
    pub enum TimeOffKind {
        /// Vacation.
        Vacation = "vacation",
        /// Sick.
        Sick = "sick",
        /// Training.
        Training = "training",
        /// Anything else.
        Other = "other",
    }
}

crate::vocabulary! {
    /// Where time off stands.
    pub enum TimeOffStatus {
        /// Asked for.
        Requested = "requested",
        /// Granted: it is a conflict from then on.
        Approved = "approved",
        /// Refused.
        Declined = "declined",
        /// Taken back.
        Withdrawn = "withdrawn",
    }
}

crate::vocabulary! {
    /// What may be done about time off.
    pub enum TimeOffVerb {
        /// Grant it.
        Approve = "approve",
        /// Refuse it.
        Decline = "decline",
        /// Take it back, also after it was granted.
        Withdraw = "withdraw",
        /// Change when it is and what for.
        Change = "change",
    }
}

/// Why time off can't be turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeOffRefusal {
    /// There is no such turn.
    #[error("Time off that is {from} can't be {}. {}", past(*verb), hint(*from))]
    InvalidTransition {
        /// Where it stands.
        from: TimeOffStatus,
        /// What was wanted.
        verb: TimeOffVerb,
    },
    /// One's own.
    #[error("Nobody decides about their own time off. Ask somebody else who may approve time off.")]
    Own,
}

impl TimeOffRefusal {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidTransition { .. } => "invalid_transition",
            Self::Own => "own_time_off",
        }
    }
}

impl TimeOffStatus {
    /// Where it stands after a verb.
    ///
    /// # Errors
    /// [`TimeOffRefusal`]: another turn, or a decision about one's own.
    pub const fn turn(self, verb: TimeOffVerb, own: bool) -> Result<Self, TimeOffRefusal> {
        match (self, verb) {
            (Self::Requested | Self::Approved, TimeOffVerb::Withdraw) => Ok(Self::Withdrawn),
            (Self::Requested, TimeOffVerb::Change) => Ok(Self::Requested),
            (Self::Requested, TimeOffVerb::Approve | TimeOffVerb::Decline) if own => Err(TimeOffRefusal::Own),
            (Self::Requested, TimeOffVerb::Approve) => Ok(Self::Approved),
            (Self::Requested, TimeOffVerb::Decline) => Ok(Self::Declined),
            (from, verb) => Err(TimeOffRefusal::InvalidTransition { from, verb }),
        }
    }
}

const fn past(verb: TimeOffVerb) -> &'static str {
    match verb {
        TimeOffVerb::Approve => "approved",
        TimeOffVerb::Decline => "declined",
        TimeOffVerb::Withdraw => "withdrawn",
        TimeOffVerb::Change => "changed",
    }
}

const fn hint(from: TimeOffStatus) -> &'static str {
    match from {
        TimeOffStatus::Requested => "Withdraw it instead.",
        TimeOffStatus::Approved => "Withdraw it, and ask again.",
        TimeOffStatus::Declined | TimeOffStatus::Withdrawn => "Ask for it again.",
    }
}
