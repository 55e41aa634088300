//! The people who work at the demo's clinics, with their logins.

use ::rules::{
    id::PractitionerId,
    permissions::{Flag, Role, of_flags},
};
use jiff::SignedDuration;
use serde_json::json;

use super::{Login, read};
use crate::{
    door::{Cx, Principal},
    identity::{User, actions as identity},
    people::actions::practitioners,
    problem::Problem,
};

/// Somebody who works there.
struct Colleague {
    user: User,
    password: String,
    practitioner: Option<PractitionerId>,
}

/// Everybody who works at a clinic.
#[derive(Default)]
pub struct Staff(Vec<Colleague>);

impl Staff {
    /// Gives somebody a login, and a staff profile to who treats patients.
    pub async fn hire(&mut self, cx: &Cx, role: Role, name: &str, host: &str, flags: &[Flag]) -> Result<(), Problem> {
        let password: String = cx.app.clock.secret().chars().take(14).collect();
        let email = format!("{}@{host}.example", role.as_str().replace('_', "."));
        let new = json!({
            "email": email, "display_name": name, "role": role, "flags": flags, "password": password,
        });
        let user = identity::add_user(cx, &read(new)?).await?;
        let mut practitioner = None;
        if role.is_clinical() {
            let (given, family) = name.split_once(' ').unwrap_or(("", name));
            let profile = json!({
                "given_name": given, "family_name": family, "credential": credential(role),
                "discipline": discipline(role), "user_id": user.id,
            });
            practitioner = Some(practitioners::add_practitioner(cx, &read(profile)?).await?.id);
        }
        self.0.push(Colleague { user, password, practitioner });
        Ok(())
    }

    fn named(&self, name: &str) -> Result<&Colleague, Problem> {
        let found = self.0.iter().find(|one| &*one.user.display_name == name);
        found.ok_or_else(|| Problem::not_found("practitioner"))
    }

    /// Somebody's staff profile.
    pub fn practitioner(&self, name: &str) -> Result<PractitionerId, Problem> {
        self.named(name)?.practitioner.ok_or_else(|| Problem::not_found("practitioner"))
    }

    /// Every staff profile.
    pub fn practitioners(&self) -> Vec<PractitionerId> {
        self.0.iter().filter_map(|one| one.practitioner).collect()
    }

    /// What somebody does themselves, their password just given.
    pub fn acting(&self, cx: &Cx, name: &str) -> Result<Cx, Problem> {
        let Colleague { user, practitioner, .. } = self.named(name)?;
        let principal = Principal::User {
            user: user.id,
            credential: cx.app.clock.id(),
            by_token: false,
            name: user.display_name.to_string(),
            role: user.role,
            role_name: identity::built_in_name(user.role),
            flags: user.flags.0.clone(),
            practitioner: *practitioner,
            proven_until: cx.now().checked_add(SignedDuration::from_hours(1)).ok(),
        };
        let permissions = user.role.permissions().or(of_flags(&user.flags));
        Ok(Cx { principal, permissions, ..cx.clone() })
    }

    /// Everybody's way in, with a token of a day.
    pub async fn logins(self, cx: &Cx) -> Result<Vec<Login>, Problem> {
        let mut logins = Vec::new();
        for Colleague { user, password, .. } in self.0 {
            let token = identity::make_token_for(cx, user.id, "demo", None, 1).await?.token;
            logins.push(Login { role: user.role, email: user.email.to_string(), password, token });
        }
        Ok(logins)
    }
}

fn credential(role: Role) -> &'static str {
    match role {
        Role::Doctor => "MD",
        Role::AlliedHealth => "OTR/L",
        Role::Nurse => "RN",
        Role::CaseManager => "CM",
        Role::OtherTherapist => "RYT",
        _ => "LCSW",
    }
}

fn discipline(role: Role) -> &'static str {
    match role {
        Role::Doctor => "medical",
        Role::AlliedHealth => "ot",
        Role::Nurse => "nursing",
        _ => "psychology",
    }
}
