//! From a refusal of the rulebook to the answer that leaves the house.

use ::rules::notes::Refusal;

use crate::problem::{FieldError, Problem};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (code, detail) = (refusal.code(), refusal.to_string());
        match refusal {
            Refusal::NotLeader | Refusal::NotReviewer | Refusal::NeedsReview | Refusal::OwnWork => {
                Self::refused_access(code, detail)
            }
            Refusal::NoPractitioner => Self::unprocessable(code, detail),
            Refusal::Unresolved(open) => {
                let errors = open.iter().map(|id| FieldError::new(id.to_string(), "unresolved", "is not marked yet"));
                Self::conflict(code, detail).with_errors(errors.collect())
            }
            _ => Self::conflict(code, detail),
        }
    }
}
