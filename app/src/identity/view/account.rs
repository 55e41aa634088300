//! One's own account: who one is, the password, the tokens.

use ::rules::permissions::{Permission, Permissions};
use maud::{Markup, Render as _, html};

use super::flag_name;
use crate::{
    door::Cx,
    frame::{form::Filled, moment},
    identity::{
        actions::{MadeToken, Me},
        store::CredentialView,
    },
    paging::Page,
    shell::ui::{
        Button, Card, Column, Confirm, EmptyState, Field, Form, Icon, Notice, PageHeader, Row, Table, Tone, code_block,
        definition_list, pager, quiet, split,
    },
};

/// The page: who one is, the password, the tokens.
pub fn account(cx: &Cx, me: &Me, password: &Filled<'_>, tokens: &Page<CredentialView>, is_first: bool) -> Markup {
    let fields = html! {
        (password.fill("current", Field::password("current", "Password until now")).required().autocomplete("current-password"))
        (password.fill("new", Field::password("new", "New password")).required().autocomplete("new-password")
            .hint("At least ten characters. Other browsers are signed out and your tokens end."))
    };
    let main = html! {
        (tokens_card(cx, tokens, is_first))
        (Card::new("Password").body(password.post("Change password", fields)))
    };
    html! {
        (PageHeader::new("Your account").actions(html! {
            @if cx.permissions.allows(Permission::GroupEncounterRead) {
                (Button::secondary("Calendar feeds").icon(Icon::Calendar).href("/account/feeds"))
            }
        }))
        (split(main, who(me)))
    }
}

fn who(me: &Me) -> Markup {
    let flags: Vec<&str> = me.user.flags.iter().map(|flag| flag_name(*flag)).collect();
    let card = Card::new("Who you are").body(definition_list([
        ("Name", html! { (me.user.display_name) }),
        ("E-mail", html! { (me.user.email) }),
        ("Role", html! { (me.role_name) }),
        ("Flags", html! { @if flags.is_empty() { (quiet("None")) } @else { (flags.join(", ")) } }),
        ("Organization", html! { (me.organization.name) " (" (me.organization.short_code) ")" }),
        (
            "Staff profile",
            html! {
                @match me.practitioner_id {
                    Some(id) => a href={ "/staff/" (id) } { "Your profile" },
                    None => (quiet("None. An administrator can link one.")),
                }
            },
        ),
    ]));
    card.render()
}

fn tokens_card(cx: &Cx, page: &Page<CredentialView>, is_first: bool) -> Markup {
    let columns =
        [Column::new("Token"), Column::new("May do"), Column::new("Last used"), Column::new("Ends"), Column::actions()];
    let rows = page.items.iter().map(|token| {
        let form =
            Form::post(format!("/account/tokens/{}/revoke", token.id)).hidden("idempotency_key", cx.app.clock.secret());
        let revoke = Confirm::new(
            "Revoke…",
            "Programs that use this token are refused from now on.",
            form,
            Button::danger("Revoke token"),
        );
        Row::new([
            html! { (token.label) },
            html! { @match &token.permissions { Some(list) => (count(list.len())), None => "All you may" } },
            moment(cx, token.last_used_at),
            moment(cx, token.expires_at),
            html! { (revoke.small()) },
        ])
        .id(token.id.to_string())
    });
    let empty = EmptyState::new(Icon::Key, "No tokens")
        .text("Programs call the API with a token of yours. It may do at most what you may.");
    let next = page.next.as_ref().map(|cursor| format!("/account?cursor={cursor}"));
    let first = (!is_first).then_some("/account");
    let add = Button::quiet("New token").small().icon(Icon::Plus).href("/account/tokens/new");
    let body = html! {
        (Table::new("Your API tokens", columns).rows(rows).empty(empty))
        @if first.is_some() || next.is_some() {
            (pager(&format!("Showing {}", page.items.len()), first, next.as_deref()))
        }
    };
    Card::new("API tokens").flush().actions(html! { (add) }).body(body).render()
}

fn count(permissions: usize) -> String {
    if permissions == 1 { "1 permission".to_owned() } else { format!("{permissions} permissions") }
}

/// A token to make.
pub fn new_token(filled: &Filled<'_>, may: Permissions) -> Markup {
    let choices = may.iter().map(|permission| (permission.as_str(), permission.as_str()));
    let fields = html! {
        (filled.text("label", "What it is for").required())
        (filled.fill("expires_in_days", Field::number("expires_in_days", "Ends after")).min(1).max(366).suffix("days"))
        (Field::checks("permissions", "What it may do", choices).values(filled.form.all("permissions"))
            .errors(filled.errors).in_line().hint("Tick nothing, and it may do all that you may."))
    };
    html! {
        (PageHeader::new("New token").crumb("Your account", "/account"))
        (Card::new("Token").body(filled.post("Make token", fields)))
    }
}

/// A token that was made: shown this once.
pub fn made_token(made: &MadeToken) -> Markup {
    html! {
        (PageHeader::new("Your new token").crumb("Your account", "/account"))
        (Card::new(made.credential.label.clone()).body(html! {
            div.stack {
                (Notice::new(Tone::Warn, "Copy it now: it can’t be shown again.")
                    .text("Keep it like a password. Programs send it as “Authorization: Bearer …”."))
                (code_block("token", "Token", &made.token))
                div.toolbar { (Button::primary("Done").href("/account")) }
            }
        }))
    }
}
