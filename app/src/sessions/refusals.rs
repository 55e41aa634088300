//! From a refusal of the rulebook to the answer that leaves the house.

use ::rules::{permissions::Permission, sessions::Refusal};

use crate::problem::{FieldError, Problem};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (code, detail) = (refusal.code(), refusal.to_string());
        match refusal {
            Refusal::ReasonRequired => Self::invalid_field("reason", code, detail),
            Refusal::EndTime => Self::invalid_field("actual_end", code, detail),
            Refusal::Leaders => Self::invalid_field("leaders", code, detail),
            Refusal::NoPractitioner => Self::unprocessable(code, detail),
            Refusal::NotLeader => Self::refused_access(code, detail),
            Refusal::NotPermitted(name) => match Permission::parse(name) {
                Some(permission) => Self::forbidden(permission),
                None => Self::refused_access(code, detail),
            },
            Refusal::Unresolved(open) => {
                let errors = open.iter().map(|id| FieldError::new(id.to_string(), "unresolved", "is not marked yet"));
                Self::conflict(code, detail).with_errors(errors.collect())
            }
            Refusal::Blocked(gates) => {
                let errors = gates.iter().map(|gate| FieldError::new(gate.as_str(), "blocked", gate.message()));
                Self::conflict(code, detail).with_errors(errors.collect())
            }
            _ => Self::conflict(code, detail),
        }
    }
}
