//! What is wrong with one field: rules that check a whole form return every one of these at once.

use serde::Serialize;

/// One field that can't stay as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Violation {
    /// The field as the caller wrote it (`max_participants`, `fields.mood`).
    pub field: String,
    /// A stable word for programs (`out_of_range`, `required`).
    pub code: &'static str,
    /// A sentence for people that says what would do.
    pub message: String,
}

impl Violation {
    /// A violation of one field.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}
