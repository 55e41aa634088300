//! Use cases: signing in and out, users, tokens.

mod roles;
mod sign_in;
mod tokens;
mod users;

pub use roles::*;
pub use sign_in::*;
pub use tokens::*;
pub use users::*;

use crate::problem::FieldError;

/// An address as it is compared: without case.
fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

fn check_email(email: &str) -> Result<(), FieldError> {
    let good = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
    });
    let good = good && !email.contains(char::is_whitespace) && email.matches('@').count() == 1;
    if good { Ok(()) } else { Err(FieldError::new("email", "invalid_email", "is not an e-mail address")) }
}
