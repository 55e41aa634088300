//! What must be in order before somebody is checked in or marked attended (domain 5).
//!
//! Another gate is added here and nowhere else in the rules: its word, its sentence, the fact it depends on, and the
//! line of [`Gate::is_open`] that reads it. Which gates bind is a setting of the organization.

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
    /// Every consent that is needed holds on the day of the session, or was seen by hand.
    pub consent_verified: bool,
    /// How many forms are due and not filled in.
    pub forms_due: u32,
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
            Self::Consent => facts.consent_verified,
            Self::Forms => facts.forms_due == 0,
        }
    }
}

/// Every gate that binds and is closed, in order: the `blocked_by` of an answer.
pub fn blocked_by(binding: &[Gate], facts: &GateFacts) -> Vec<Gate> {
    Gate::ALL.iter().copied().filter(|gate| binding.contains(gate) && !gate.is_open(facts)).collect()
}
