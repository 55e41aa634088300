//! Time off as pages word it.

use std::collections::BTreeMap;

use ::rules::{
    availability::{TimeOffKind, TimeOffStatus},
    id::PractitionerId,
};
use maud::{Markup, html};

use crate::{
    door::Cx,
    frame,
    people::actions::time_off::TimeOffView,
    screens::words,
    sessions::{actions::CoverView, answers::ClashView},
    shell::ui::{Badge, Button, Column, EmptyState, Icon, Row, Table, Tone, quiet},
};

/// How pages call what time off is for.
pub const KINDS: &[(TimeOffKind, &str)] = &[
    (TimeOffKind::Vacation, "Vacation"),
    (TimeOffKind::Sick, "Sick leave"),
    (TimeOffKind::Training, "Training"),
    (TimeOffKind::Other, "Something else"),
];

pub type Names = BTreeMap<PractitionerId, String>;

pub fn kind(kind: TimeOffKind) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("", |(_, label)| label)
}

pub fn standing(status: TimeOffStatus) -> Badge {
    match status {
        TimeOffStatus::Requested => Badge::new(Tone::Warn, "Requested").icon(Icon::Waiting),
        TimeOffStatus::Approved => Badge::new(Tone::Good, "Approved"),
        TimeOffStatus::Declined => Badge::new(Tone::Neutral, "Declined").icon(Icon::Cross),
        TimeOffStatus::Withdrawn => Badge::new(Tone::Neutral, "Withdrawn").icon(Icon::Undo),
    }
}

/// `9 Mar 2026 to 10 Mar 2026`, or with times.
pub fn when(cx: &Cx, off: &TimeOffView) -> String {
    match (off.first_day, off.last_day) {
        (Some(first), Some(last)) if first == last => frame::day(first),
        (Some(first), Some(last)) => format!("{} to {}", frame::day(first), frame::day(last)),
        _ => {
            let zone = cx.zone();
            let at = |instant: &str| {
                words::local(&zone, instant).map(|at| at.strftime("%-d %b %Y, %H:%M").to_string()).unwrap_or_default()
            };
            format!("{} to {}", at(&off.starts_at), at(&off.ends_at))
        }
    }
}

pub fn name(names: &Names, who: Option<PractitionerId>) -> Markup {
    let found = who.and_then(|who| names.get(&who));
    html! { @if let Some(name) = found { (name) } @else { (quiet("Nobody")) } }
}

/// Time off in a table; with the names where it is not one practitioner's.
pub fn table(cx: &Cx, list: &[TimeOffView], names: &Names, named: bool) -> Table {
    let columns = ["When", "What for", "Substitute", "State"].map(Column::new);
    let columns = named.then(|| Column::new("Practitioner")).into_iter().chain(columns);
    let rows = list.iter().map(|off| {
        let who = named.then(|| name(names, Some(off.practitioner_id)));
        let rest = [
            html! { (when(cx, off)) },
            html! { (off.kind.map_or("", kind)) },
            name(names, off.substitute_id),
            html! { (standing(off.status)) },
        ];
        Row::new(who.into_iter().chain(rest))
            .id(off.id.to_string())
            .href(format!("/time-off/{}", off.id))
            .muted(matches!(off.status, TimeOffStatus::Declined | TimeOffStatus::Withdrawn))
    });
    Table::new("Time off", columns).rows(rows).empty(EmptyState::new(Icon::Calendar, "No time off here"))
}

/// The sessions in somebody's time off.
pub fn sessions(cx: &Cx, list: &[CoverView], has_substitute: bool) -> Table {
    let columns = [Column::new("Session"), Column::new("When"), Column::new("Substitute"), Column::actions()];
    let rows = list.iter().map(|cover| {
        let session = &cover.session;
        Row::new([
            html! { a href={ "/sessions/" (session.id) } { (session.title) } },
            html! { span.two-lines.whole { span { (words::short_day(session.local_date)) } (quiet(&words::hours_here(cx, session))) } },
            html! {
                @if !has_substitute { (quiet("Nobody named")) }
                @else if cover.substitute_clashes.is_empty() { (Badge::new(Tone::Good, "Free")) }
                @else { @for reason in reasons(list, cover) { p { (reason) } } }
            },
            html! { (Button::quiet("Find cover").small().context(session.title.to_string())
                .href(format!("/sessions/{}/substitutes", session.id))) },
        ])
        .id(session.id.to_string())
    });
    let empty =
        EmptyState::new(Icon::Calendar, "No sessions to cover").text("Nothing is scheduled for them in this time.");
    Table::new("Sessions in this time", columns).rows(rows).empty(empty)
}

/// Why the substitute is not free for a session, a sentence each. Another session of this time off they don't lead yet.
fn reasons(list: &[CoverView], cover: &CoverView) -> Vec<String> {
    let sentence = |clash: &ClashView| {
        let other = list.iter().find(|other| Some(other.session.id) == clash.session_id);
        match other.filter(|other| other.substitute_clashes.is_empty()) {
            Some(other) => format!("Would be taking {} at this time.", other.session.title),
            None => clash.message.clone(),
        }
    };
    cover.substitute_clashes.iter().map(sentence).collect()
}
