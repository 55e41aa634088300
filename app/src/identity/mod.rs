//! Who people and programs are: users, sign-in, tokens, and the permissions that follow from role and flags.
//!
//! Invariants: a password is only ever stored as argon2id; a session or token only as the SHA-256 of its secret;
//! disabling a user or changing their role ends everything they have open, at once.

pub mod actions;
pub mod api;
pub mod pages;
mod password;
mod recent;
mod store;
mod throttle;
mod view;

use std::sync::Arc;

use ::rules::permissions::{Flag, Permissions, of_flags};

pub use password::Passwords;
pub use recent::{Recent, changes_access};
pub use store::{Profile, User, profile};
pub use throttle::Throttle;

use crate::{
    App,
    door::{Credential, CredentialKind, Cx, Principal, Request},
};

impl Profile {
    /// What the user may do, by role and flags.
    pub fn permissions(&self) -> Permissions {
        let of_role = self.own_role.as_ref().map_or_else(|| self.role.permissions(), |(_, granted)| *granted);
        of_role.or(of_flags(&self.flags))
    }
}

/// The context of a good credential of a user with this profile.
pub fn context(app: &Arc<App>, credential: Credential, profile: Profile, request: Request) -> Cx {
    let held = profile.permissions();
    let role_name = profile.own_role.map_or_else(|| actions::built_in_name(profile.role), |(name, _)| name);
    let scope: Option<Permissions> = credential.permissions.as_ref().map(|list| list.iter().copied().collect());
    // A token with a scope reaches no further than its permissions, and this flag is none of them.
    let beyond = |flag: &Flag| scope.is_some() && *flag == Flag::ManageGroupSessionTemplates;
    let flags = profile.flags.into_iter().filter(|flag| !beyond(flag)).collect();
    let principal = Principal::User {
        user: credential.user,
        credential: credential.id,
        by_token: credential.kind == CredentialKind::Token,
        name: profile.name,
        role: profile.role,
        role_name,
        flags,
        practitioner: profile.practitioner,
        proven_until: credential.reauthenticated_until,
    };
    let permissions = scope.map_or(held, |scope| held.and(scope));
    Cx { app: app.clone(), principal, organization: credential.organization, permissions, request }
}
