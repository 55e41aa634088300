//! Who leads a session: handing over, adding, removing; and the fields for it in the session's form.

use std::collections::BTreeSet;

use ::rules::{id::SessionId, permissions::Permission, sessions::LeaderRole};
use axum::{http::HeaderMap, response::Response};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{SECTION, Shown, load, shows_again};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{Filled, with_none},
    },
    groups::{self, view::Offers},
    http::{
        extract::{At, parse},
        form::{As, Form},
    },
    people::Practitioner,
    problem::Problem,
    screens::{naming, words},
    sessions::{
        actions::{self, ChangeLeaders},
        answers::{LeaderView, SessionView},
    },
    shell::{
        layout::Page,
        ui::{
            self, Badge, Button, Card, Choice, Column, EmptyState, Field, FieldErrors, Icon, PageHeader, Row, Table,
            Tone, Width, form_actions,
        },
    },
};

async fn page(cx: &Cx, id: SessionId, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let shown = load(cx, id).await?;
    Ok(frame::page(cx, SECTION, "Leaders", body(cx, &shown, form, errors)))
}

/// The page of a session's leaders.
pub async fn show(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    cx.require(Permission::SessionStart).await?;
    Ok(frame::show(&headers, page(&cx, id, &Form::default(), &FieldErrors::new()).await?))
}

const FIELDS: &[(&str, As)] = &[
    ("change", As::Text),
    ("practitioner_id", As::Text),
    ("role", As::Text),
    ("instead_of", As::Text),
    ("override_conflict", As::TruthIfAny),
    ("reason", As::Text),
];

/// What the form says of somebody who is added as supervisor: the API adds, with a role.
const SUPERVISE: &str = "supervise";

fn wanted(form: &Form) -> Result<ChangeLeaders, Problem> {
    let mut sent = form.json(FIELDS);
    if form.get("change") == SUPERVISE {
        sent["change"] = Value::from("add");
        sent["role"] = Value::from(LeaderRole::Supervisor.as_str());
    }
    parse(sent)
}

/// One change of who leads.
pub async fn change(cx: Cx, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let changed = match wanted(&form) {
        Ok(input) => actions::change_leaders(&cx, id, &input).await,
        Err(problem) => Err(problem),
    };
    match changed {
        Ok(_) => Ok(frame::done(&format!("/sessions/{id}/leaders"), "The leaders are changed.")),
        Err(problem) if shows_again(&problem) => {
            let offers = groups::pages::offers(&cx).await?;
            let errors = naming::errors(&cx, &offers, &problem, "practitioner_id").await?;
            let page = page(&cx, id, &form, &errors).await?;
            Ok(frame::refused(&problem, page))
        }
        Err(problem) => Err(problem),
    }
}

fn body(cx: &Cx, shown: &Shown, form: &Form, errors: &FieldErrors) -> Markup {
    let session = &shown.session;
    let header = PageHeader::new("Leaders")
        .crumb("Today", format!("/today?day={}", session.local_date))
        .crumb(session.title.to_string(), format!("/sessions/{}", session.id))
        .fact(Icon::Clock, words::when(cx, session));
    html! {
        (header)
        (Card::new("Who leads it").flush().body(html! { (table(shown)) }))
        @if shown.may.lead {
            p { (Button::secondary("Who could take this?").icon(Icon::Staff).href(format!("/sessions/{}/substitutes", session.id))) }
        }
        @if shown.may.lead { (Card::new("Somebody else").body(add(cx, shown, form, errors))) }
    }
}

fn role(leader: &LeaderView) -> Badge {
    match leader.role {
        LeaderRole::Primary => Badge::new(Tone::Info, "Primary").icon(Icon::Person),
        LeaderRole::Co => Badge::new(Tone::Neutral, "Co-leader"),
        LeaderRole::Supervisor => Badge::new(Tone::Neutral, "Supervisor"),
    }
}

fn table(shown: &Shown) -> Table {
    let columns = [Column::new("Name"), Column::new("As"), Column::new("Signs"), Column::actions()];
    let rows = shown.session.leaders.iter().map(|leader| {
        Row::new([
            html! { (ui::Person::new(leader.name.clone())) },
            html! {
                (role(leader))
                @if let Some(usual) = &leader.stands_in_for_name { p.quiet { "for " (usual) } }
            },
            html! { (if leader.must_sign { "Yes" } else { "No" }) },
            html! { @if shown.may.lead { (one(shown, leader)) } },
        ])
        .id(leader.practitioner_id.to_string())
    });
    let empty = EmptyState::new(Icon::Staff, "Nobody yet").text("Whoever starts the session leads it.");
    Table::new("Leaders of this session", columns).rows(rows).empty(empty)
}

fn one(shown: &Shown, leader: &LeaderView) -> Markup {
    let post = |change: &str, button: Button| {
        let button = button.small().context(leader.name.clone());
        ui::Form::post(format!("/sessions/{}/leaders", shown.session.id))
            .inline()
            .hidden("idempotency_key", format!("{}-{change}-{}", shown.key, leader.practitioner_id))
            .hidden("version", shown.session.version)
            .hidden("change", change)
            .hidden("practitioner_id", leader.practitioner_id)
            .body(html! { (button) })
    };
    html! {
        div.toolbar {
            @if leader.role != LeaderRole::Primary { (post("hand_over", Button::quiet("Make primary"))) }
            (post("remove", Button::quiet("Remove")))
        }
    }
}

fn add(cx: &Cx, shown: &Shown, form: &Form, errors: &FieldErrors) -> Markup {
    let leads = |who: &Practitioner| shown.session.leaders.iter().any(|leader| leader.practitioner_id == who.id);
    let others = shown.offers.practitioners.iter().filter(|who| !leads(who));
    let others = others.map(|who| Choice::new(who.id.to_string(), who.display_name()));
    let others: Vec<Choice> = std::iter::once(Choice::new("", "Choose")).chain(others).collect();
    let as_what = [
        Choice::new("add", "Co-leader").hint("Leads it too, and signs."),
        Choice::new("hand_over", "Primary leader").hint("Who was it leads on as co-leader."),
        Choice::new(SUPERVISE, "Supervisor").hint("Is named with it, and need not be there or sign."),
    ];
    let chosen = if form.get("change").is_empty() { "add" } else { form.get("change") };
    let body = html! {
        (errors)
        (Field::select("practitioner_id", "Practitioner", others).value(form.get("practitioner_id")).errors(errors).width(Width::Medium))
        (Field::radios("change", "As", as_what).value(chosen).errors(errors))
        @if cx.permissions.allows(Permission::SessionOverrideConflict) { (over(form, errors)) }
        (form_actions(html! { (Button::primary("Add")) (Button::quiet("Back to the session").href(format!("/sessions/{}", shown.session.id))) }))
    };
    let form = ui::Form::post(format!("/sessions/{}/leaders", shown.session.id));
    let form = form.hidden("idempotency_key", format!("{}-add", shown.key)).hidden("version", shown.session.version);
    html! { (form.checked_by_server().body(body)) }
}

/// The fields that let a session stand over a conflict.
pub fn over(form: &Form, errors: &FieldErrors) -> Markup {
    html! {
        (Field::checkbox("override_conflict", "Also when the room or a leader is not free at this time")
            .checked(!form.get("override_conflict").is_empty()).errors(errors))
        (Field::text("reason", "Reason").value(form.get("reason")).errors(errors).max_length(500).hint("Needed for that only."))
    }
}

// In the form of the session ------------------------------------------------------------------------------------------

/// The leaders as the session's form holds them.
pub fn stored(session: &SessionView) -> Vec<(&'static str, String)> {
    let field = |leader: &LeaderView| match leader.role {
        LeaderRole::Primary => Some(("leader_id", leader.practitioner_id.to_string())),
        LeaderRole::Co => Some(("co_leader_ids", leader.practitioner_id.to_string())),
        LeaderRole::Supervisor => None,
    };
    session.leaders.iter().filter_map(field).collect()
}

/// Who leads it and who helps, to be chosen among the staff and whoever leads it today.
pub fn fields(form: &Filled<'_>, session: &SessionView, offers: &Offers) -> Markup {
    let staff = offers.practitioners.iter().map(|who| (who.id, who.display_name()));
    let gone =
        session.leaders.iter().filter(|leader| offers.practitioners.iter().all(|who| who.id != leader.practitioner_id));
    let all: Vec<(String, String)> = staff
        .chain(gone.map(|leader| (leader.practitioner_id, leader.name.clone())))
        .map(|(id, name)| (id.to_string(), name))
        .collect();
    let co = form.form.all("co_leader_ids").map(str::to_owned);
    html! {
        (form.fill("leader_id", Field::select("leader_id", "Primary leader", with_none("Nobody", all.clone()))).width(Width::Medium)
            .hint("With nobody, whoever starts the session leads it."))
        @if !all.is_empty() {
            (Field::checks("co_leader_ids", "Co-leaders", all).values(co).errors(form.errors))
        }
    }
}

/// Who is to lead instead, as the API takes it; none when that is who leads it today. Supervisors stay.
pub fn wish(session: &SessionView, form: &Form) -> Option<Value> {
    let asked = |name: &'static str| form.pairs().any(|(sent, _)| sent == name);
    let is_as_stored = |name: &str| {
        let today = stored(session);
        let today: BTreeSet<&str> = today.iter().filter(|(known, _)| *known == name).map(|(_, id)| &**id).collect();
        form.all(name).filter(|id| !id.is_empty()).collect::<BTreeSet<_>>() == today
    };
    if !asked("leader_id") || is_as_stored("leader_id") && is_as_stored("co_leader_ids") {
        return None;
    }
    let primary = Some(form.get("leader_id")).filter(|id| !id.is_empty());
    let co = form.all("co_leader_ids").filter(|id| Some(*id) != primary);
    let chosen: Vec<(&str, LeaderRole)> =
        primary.map(|id| (id, LeaderRole::Primary)).into_iter().chain(co.map(|id| (id, LeaderRole::Co))).collect();
    let supervisors = session.leaders.iter().filter(|leader| {
        let id = leader.practitioner_id.to_string();
        leader.role == LeaderRole::Supervisor && chosen.iter().all(|(chosen, _)| *chosen != id)
    });
    // Who stays what they were signs, or does not, as before.
    let signs = |id: &str, role: LeaderRole| {
        let same = |leader: &&LeaderView| leader.practitioner_id.to_string() == id && leader.role == role;
        session.leaders.iter().find(same).map(|leader| leader.must_sign)
    };
    let chosen =
        chosen.iter().map(|(id, role)| json!({ "practitioner_id": id, "role": role, "must_sign": signs(id, *role) }));
    let kept = supervisors.map(|leader| {
        json!({ "practitioner_id": leader.practitioner_id, "role": leader.role, "must_sign": leader.must_sign })
    });
    Some(chosen.chain(kept).collect())
}
