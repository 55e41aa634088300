//! Who had a seat on a day.

use ::rules::id::GroupId;
use axum::{http::HeaderMap, response::Response};
use deserr::Deserr;
use jiff::civil::Date;
use maud::{Markup, html};

use super::{MEMBERS_MAX, May, view, zone};
use crate::{
    door::Cx,
    frame, groups,
    http::extract::{At, FieldErrors, Parsed, Query},
    paging::Limit,
    problem::Problem,
    roster::actions::{self as roster, Day, ListMembers, MemberView},
    screens::words,
    shell::ui::{Button, Card, Column, EmptyState, Field, Form, Icon, Row, Table},
};

/// Which day.
#[derive(Debug, Default, Deserr)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct OnDay {
    /// The day; today unless given.
    #[deserr(default)]
    at: Option<Parsed<Day>>,
}

/// The page.
pub async fn show(
    cx: Cx,
    headers: HeaderMap,
    At(group): At<GroupId>,
    Query(wanted): Query<OnDay>,
) -> Result<Response, Problem> {
    let group = groups::actions::show(&cx, group).await?;
    let offers = groups::pages::offers(&cx).await?;
    let zone = zone(&cx, &group, &offers);
    let day = wanted.at.map_or_else(|| cx.now().to_zoned(zone.clone()).date(), |Parsed(Day(day))| day);
    let list = ListMembers { limit: Some(Limit(MEMBERS_MAX)), at: Some(Parsed(Day(day))), ..ListMembers::default() };
    let seated = roster::list(&cx, group.group.id, &list).await?.items;
    let body = html! {
        (view::header(&group, &offers, May::of(&cx), &cx.app.clock.secret(), "/on"))
        (question(&format!("/groups/{}/on", group.group.id), Some(day)))
        (Card::new(words::long_day(day)).note(format!("{} had a seat", seated.len())).flush().body(table(&seated, &zone)))
    };
    Ok(frame::show(&headers, frame::page(&cx, "groups", group.group.name.to_string(), body)))
}

/// The form that asks for a day.
pub fn question(action: &str, day: Option<Date>) -> Markup {
    html! {
        (Form::get(action).inline().label("Roster on a day").body(html! {
            (Field::date("at", "Roster on").value(day.map(|day| day.to_string()).unwrap_or_default()).required())
            (Button::secondary("Show"))
        }))
    }
}

fn table(seated: &[MemberView], zone: &jiff::tz::TimeZone) -> Markup {
    let columns =
        [Column::new("Name"), Column::new("Seat since"), Column::new("Until"), Column::new("Now"), Column::actions()];
    let rows = seated.iter().map(|one| {
        Row::new([
            html! { (view::person(one)) },
            html! { (view::day(one.member.joined_at, zone)) },
            html! { (view::day(one.member.left_at, zone)) },
            html! { (words::membership(one)) },
            html! { (view::open_button(one, "Open")) },
        ])
        .id(one.member.id.to_string())
    });
    let empty =
        EmptyState::new(Icon::Groups, "Nobody had a seat on this day").text("Who waited or had an offer is not on it.");
    html! { (Table::new("Who had a seat", columns).rows(rows).empty(empty)) }
}
