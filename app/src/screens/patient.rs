//! `/patients/{id}/groups` and `/patients/{id}/sessions`: the groups a patient is or was in, and their sessions.

use ::rules::{
    groups::GroupStatus, id::PatientId, permissions::Permission, roster::MemberStatus, sessions::SessionStatus,
};
use axum::{http::HeaderMap, response::Response, routing::get};
use maud::{Markup, Render as _, html};

use super::words;

use crate::{
    door::Cx,
    frame,
    http::{
        PageRouter,
        extract::{At, Query},
    },
    paging::{Page, Paged},
    people::{actions::patients, view::patients as patient_view},
    problem::Problem,
    roster::actions::{self as roster, PersonGroup},
    sessions::{actions as session_actions, answers::PatientSession},
    shell::ui::{Badge, Button, Card, Column, EmptyState, Icon, Row, Table, Tone, pager, quiet},
};

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new().route("/patients/{id}/groups", get(groups)).route("/patients/{id}/sessions", get(sessions))
}

async fn groups(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<PatientId>,
    Query(paged): Query<Paged>,
) -> Result<Response, Problem> {
    let patient = patients::patient(&cx, id).await?;
    let stints = roster::of_patient(&cx, id, &paged).await?;
    let body = patient_view::frame(&cx, &patient, "/groups", table(&cx, id, &stints, paged.cursor.is_none()));
    Ok(frame::show(&headers, frame::page(&cx, "patients", "Patient", body)))
}

fn table(cx: &Cx, patient: PatientId, page: &Page<PersonGroup>, is_first: bool) -> Markup {
    let columns = ["Group", "Led by", "Status", "Since", "Until"].map(Column::new);
    let empty = EmptyState::new(Icon::Groups, "In no group yet")
        .text("Open a group and add the patient there.")
        .actions(html! { (Button::secondary("Groups").icon(Icon::Groups).href("/groups")) });
    let table = Table::new("Groups of this patient", columns).rows(page.items.iter().map(|stint| row(cx, stint)));
    let address = format!("/patients/{patient}/groups");
    let next = page.next.as_ref().map(|cursor| format!("{address}?cursor={cursor}"));
    let first = (!is_first).then_some(address.as_str());
    let body = html! {
        (table.empty(empty))
        @if first.is_some() || next.is_some() {
            (pager(&format!("Showing {}", page.items.len()), first, next.as_deref()))
        }
    };
    Card::new("Groups").flush().body(body).render()
}

fn row(cx: &Cx, stint: &PersonGroup) -> Row {
    let member = &stint.member.member;
    let since = member.joined_at.unwrap_or(member.added_at);
    let day = |at| frame::day(cx.zone().date(at));
    Row::new([
        html! {
            (stint.group_name)
            @if stint.group_status == GroupStatus::Archived { " " (Badge::new(Tone::Neutral, "Archived").icon(Icon::Archive)) }
        },
        html! { (stint.led_by.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ")) },
        html! {
            (words::membership(&stint.member))
            @if let Some(until) = member.offer_expires_at.filter(|_| member.status == MemberStatus::Offered) {
                " " (quiet(&format!("until {}", words::deadline(until, cx.zone().time_zone(), cx.now()))))
            }
        },
        html! { (day(since)) },
        html! {
            @if let Some(left) = member.left_at { (day(left)) }
            @if let Some(reason) = &member.left_reason { " " (quiet(reason)) }
        },
    ])
    .id(member.id.to_string())
    .href(format!("/groups/{}/members/{}", member.group_id, member.id))
    .muted(member.left_at.is_some())
}

/// Sessions on one page.
const SESSIONS_MAX: usize = 50;

async fn sessions(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<PatientId>,
    Query(paged): Query<Paged>,
) -> Result<Response, Problem> {
    let patient = patients::patient(&cx, id).await?;
    let cursor = paged.cursor.as_deref();
    let page = session_actions::of_patient(&cx, id, SESSIONS_MAX, cursor).await?;
    let may = cx.permissions.allows(Permission::SessionSchedule) && patient.is_active;
    let new =
        || Button::secondary("New session").small().icon(Icon::Plus).href(format!("/sessions/new?patient_id={id}"));
    let here = format!("/patients/{id}/sessions");
    let next = page.next.as_ref().map(|cursor| format!("{here}?cursor={cursor}"));
    let card = Card::new("Sessions").flush().actions(html! { @if may { (new()) } });
    let body = card.body(html! {
        (session_table(&cx, &page.items))
        @if next.is_some() || cursor.is_some() {
            (pager(&format!("Showing {}", page.items.len()), cursor.map(|_| here.as_str()), next.as_deref()))
        }
    });
    let body = patient_view::frame(&cx, &patient, "/sessions", html! { (body) });
    Ok(frame::show(&headers, frame::page(&cx, "patients", "Patient", body)))
}

fn session_table(cx: &Cx, sessions: &[PatientSession]) -> Table {
    let columns = [Column::new("Session"), Column::new("When"), Column::new("Number"), Column::new("Attendance")];
    let empty = EmptyState::new(Icon::Calendar, "In no session yet")
        .text("Members of a group are booked into its sessions by themselves.");
    Table::new("Sessions of this patient", columns).rows(sessions.iter().map(|one| session_row(cx, one))).empty(empty)
}

fn session_row(cx: &Cx, one: &PatientSession) -> Row {
    let (session, own) = (&one.session, &one.participant);
    let gone = matches!(session.status, SessionStatus::Cancelled | SessionStatus::Voided);
    Row::new([
        html! { (session.title) },
        html! {
            span.two-lines.whole { span { (words::short_day(session.local_date)) } (quiet(&words::hours_here(cx, session))) }
        },
        html! { (own.appointment_number) },
        html! { @if gone { (words::standing(session)) } @else { (words::attendance(own.status).badge()) } },
    ])
    .id(own.id.to_string())
    .href(format!("/sessions/{}", session.id))
    .muted(gone)
}
