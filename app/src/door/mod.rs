//! The one door to the data: permission, organization, idempotency, history, events and audit, in one place.
//!
//! [`Cx::write`] is the only way to change anything and [`Cx::read`] the only way to see it. Every statement binds
//! the organization as `$1`. The [`Lobby`] holds the only statements that run before an organization is known.

mod cx;
mod idempotency;
mod lobby;
mod scope;

pub use cx::{Cx, Look, OpenGlass, Principal, Reply, Request, Waiting};
pub use idempotency::Idempotency;
pub use lobby::{CREDENTIAL, Credential, CredentialKind, FeedAddress, Lobby, Organization, hash_secret, hex};
pub use scope::{Boxed, Scope};
