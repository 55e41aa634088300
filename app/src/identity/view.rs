//! Markup of signing in, of users and of one's own account.

pub mod account;
pub mod roles;
pub mod users;

use ::rules::permissions::Flag;
use maud::{Markup, Render as _, html};

use crate::shell::{
    layout::BarePage,
    ui::{Button, Field, Notice, Tone},
};

/// The page for signing in; `message` says why the last try failed.
pub fn sign_in(next: &str, email: &str, message: Option<&str>, choose: bool) -> Markup {
    let body = html! {
        form.stack method="post" action="/sign-in" {
            @if let Some(message) = message { (Notice::new(Tone::Bad, message)) }
            input type="hidden" name="next" value=(next);
            (Field::email("email", "E-mail address").value(email).autocomplete("username").required())
            (Field::password("password", "Password").autocomplete("current-password").required())
            @if choose {
                (Field::text("organization", "Organization").hint("The short code of your organization, for example NORTH.").required())
            }
            div.toolbar { (Button::primary("Sign in")) }
        }
    };
    BarePage::new("Sign in").body(body).render()
}

/// What a flag says of a user.
fn flag_name(flag: Flag) -> &'static str {
    match flag {
        Flag::ManageTemplates => "Manages all templates",
        Flag::ManageGroupSessionTemplates => "Manages group-session and schedule templates",
        Flag::ManageGroupSessions => "Starts and documents own or unassigned group sessions",
        Flag::CanReview => "Reviews sessions of others",
        Flag::RequiresReview => "What they sign needs a review",
    }
}
