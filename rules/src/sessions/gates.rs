//! What must be in order before somebody is checked in or marked attended (domain 5).
//!
//! Another gate is added here and nowhere else in the rules: its word, its sentence, the fact it depends on, and the
//! line of [`Gate::is_open`] that reads it. Which gates bind is a setting of the organization.

use jiff::civil::Date;

crate::vocabulary! {
    /// What must be in order before somebody is checked in or marked attended.
    pub enum Gate {
        /// The payer's clearance.
        Finance = "finance",
        /// A valid consent.
        Consent = "consent",
        /// The forms that are due.
        Forms = "forms",
    }
}

/// What the gates depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateFacts {
    /// A guest: nothing of theirs is billed, so finance does not bind them.
    pub guest: bool,
    /// The payer's clearance is there.
    pub finance_cleared: bool,
    /// How consent stands.
    pub consent: ConsentFacts,
    /// How many forms are due and not filled in.
    pub forms_due: u32,
}

/// How a participant's consent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentFacts {
    /// It was verified: by consents on file, or seen by hand.
    pub verified: bool,
    /// The last day of the consents it rests on; none when they have no end, and when it was seen by hand.
    pub until: Option<Date>,
    /// The day it must hold on: that of the session, or today when that is later.
    pub on: Date,
}

impl ConsentFacts {
    /// Whether it is verified and holds on the day.
    pub fn holds(self) -> bool {
        self.verified && !self.has_expired()
    }

    /// Whether what it rested on ends before the day.
    pub fn has_expired(self) -> bool {
        self.verified && self.until.is_some_and(|last| last < self.on)
    }
}

impl Gate {
    /// What is missing.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Finance => "finance is not cleared",
            Self::Consent => "no valid consent is on file",
            Self::Forms => "forms are still to be filled in",
        }
    }

    /// Whether it lets somebody pass.
    pub fn is_open(self, facts: &GateFacts) -> bool {
        match self {
            Self::Finance => facts.guest || facts.finance_cleared,
            Self::Consent => facts.consent.holds(),
            Self::Forms => facts.forms_due == 0,
        }
    }
}

/// Every gate that binds and is closed, in order: the `blocked_by` of an answer.
pub fn blocked_by(binding: &[Gate], facts: &GateFacts) -> Vec<Gate> {
    Gate::ALL.iter().copied().filter(|gate| binding.contains(gate) && !gate.is_open(facts)).collect()
}
