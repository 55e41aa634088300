//! Markup of a chart and of one entry.

use ::rules::{
    chart::{ChartAttendance, ChartEntry, ChartNote, ChartPresence, ChartSignature, EntryStatus},
    id::{ChartEntryId, PatientId},
    recurrence::Zone,
    roster::Person,
};
use jiff::Timestamp;
use maud::{Markup, html};

use super::{
    EntryKind,
    actions::{ChartEntryView, EntriesShown, GroupTally, InCharts, ListChart},
};
use crate::{
    frame::day,
    http::extract::Parsed,
    paging::Page,
    shell::ui::{
        Badge, Button, Card, Column, EmptyState, Field, FilterBar, Icon, Notice, PageHeader, Row, StatTile, Table,
        Tone, definition_list, hash, pager, quiet, stack, tiles,
    },
    when::Day,
};

/// The tab of group sessions: entries and absences, newest first.
pub fn chart(
    tab: &str,
    patient: PatientId,
    page: &Page<ChartEntryView>,
    list: &ListChart,
    counts: &[GroupTally],
    show_counts: bool,
) -> Markup {
    let path = format!("/patients/{patient}/chart");
    let columns = ["Day", "Session", "Attendance", "Signed by"].map(Column::new);
    let empty = match list.is_narrowed() {
        true => EmptyState::new(Icon::Filter, "Nothing in the chart fits these filters"),
        false => EmptyState::new(Icon::Chart, "No documented sessions yet")
            .text("Each documented session leaves its entry here, and each absence a line."),
    };
    let table = Table::new(tab, columns).rows(page.items.iter().map(row)).empty(empty);
    let first = list.cursor.is_some().then(|| narrowed(&path, list, None));
    let next = page.next.as_deref().map(|cursor| narrowed(&path, list, Some(cursor)));
    stack(html! {
        @if show_counts { (tallied(counts)) }
        (filters(&path, list, counts))
        div id="chart" {
            (Card::new(tab).actions(html! { (print_button(patient, list)) }).flush().body(html! { (table) }))
            @if first.is_some() || next.is_some() {
                (pager(&format!("Showing {}", page.items.len()), first.as_deref(), next.as_deref()))
            }
        }
    })
}

/// The way to print or send what the filters show.
fn print_button(patient: PatientId, list: &ListChart) -> Button {
    let of_days = ListChart { kind: None, status: None, cursor: None, ..list.clone() };
    let to = narrowed(&format!("/patients/{patient}/chart/print"), &of_days, None);
    Button::quiet("Print or send…").icon(Icon::Print).small().href(to)
}

fn tallied(counts: &[GroupTally]) -> Markup {
    html! {
        (tiles(html! {
            @for tally in counts {
                (StatTile::new(group_name(tally), format!("{} present", tally.present))
                    .note(if tally.absent == 0 { Tone::Good } else { Tone::Neutral }, format!("{} absent", tally.absent)))
            }
        }))
    }
}

fn group_name(tally: &GroupTally) -> String {
    tally.group_name.clone().unwrap_or_else(|| "Without a group".to_owned())
}

fn filters(path: &str, list: &ListChart, counts: &[GroupTally]) -> Markup {
    let all = std::iter::once((String::new(), "Every group".to_owned()));
    let groups = counts.iter().filter_map(|tally| Some((tally.group_id?.to_string(), group_name(tally))));
    let chosen = list.group_id.map(|id| id.to_string()).unwrap_or_default();
    let kinds = [("", "All"), ("entry", "Present"), ("absence", "Absent")];
    let date = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let standing = [
        ("", "Not in error"),
        ("current", "Current"),
        ("superseded", "Superseded"),
        ("entered_in_error", "Entered in error"),
        ("all", "All"),
    ];
    let bar = FilterBar::new(path, "#chart")
        .field(Field::select("group_id", "Group", all.chain(groups)).value(chosen))
        .field(Field::select("kind", "Attendance", kinds).value(list.kind.map_or("", EntryKind::as_str)))
        .field(Field::select("status", "Versions", standing).value(list.status.map_or("", EntriesShown::as_str)))
        .field(Field::date("date_from", "From").value(date(list.date_from.map(|day| day.0.0))))
        .field(Field::date("date_to", "To").value(date(list.date_to.map(|day| day.0.0))));
    html! { @if list.is_narrowed() { (bar.clear(path)) } @else { (bar) } }
}

fn narrowed(path: &str, list: &ListChart, cursor: Option<&str>) -> String {
    let date = |day: Option<Parsed<Day>>| day.map(|day| day.0.0.to_string());
    let parts = [
        ("group_id", list.group_id.map(|id| id.to_string())),
        ("kind", list.kind.map(|kind| kind.to_string())),
        ("status", list.status.map(|status| status.to_string())),
        ("date_from", date(list.date_from)),
        ("date_to", date(list.date_to)),
        ("cursor", cursor.map(str::to_owned)),
    ];
    let query: Vec<String> = parts.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

fn row(view: &ChartEntryView) -> Row {
    let signed = view.entry.as_ref().map(signers).unwrap_or_default();
    let title = view.entry.as_ref().map_or_else(String::new, |entry| entry.session.title.clone());
    let topic = view.entry.as_ref().map_or("", |entry| entry.session.topic.as_str());
    Row::new([
        html! { (day(view.local_date)) },
        html! { (title) @if !topic.is_empty() { br; (quiet(topic)) } },
        html! {
            @if !view.content_verified { (Badge::new(Tone::Bad, "Changed since it was kept")) " " }
            @if let Some(badge) = standing(view) { (badge) " " }
            @match &view.entry { Some(entry) => (attendance(entry)), None => (quiet("Not readable")) }
        },
        html! { (signed) },
    ])
    .id(view.id.to_string())
    .href(format!("/chart-entries/{}", view.id))
    .muted(view.status != EntryStatus::Current)
}

/// That a row does not count any more, and why.
fn standing(view: &ChartEntryView) -> Option<Badge> {
    match view.status {
        EntryStatus::Current => None,
        EntryStatus::Superseded if view.superseded_by_id.is_none() => {
            Some(Badge::new(Tone::Warn, "Superseded: being amended").icon(Icon::History))
        }
        EntryStatus::Superseded => Some(Badge::new(Tone::Neutral, "Superseded").icon(Icon::History)),
        EntryStatus::EnteredInError => Some(Badge::new(Tone::Bad, "Entered in error")),
    }
}

/// Where an entry stands, with the way to the one before it and the one after it.
fn versions(view: &ChartEntryView) -> Markup {
    let link = |id: ChartEntryId, label: &str| Button::quiet(label).small().href(format!("/chart-entries/{id}"));
    let after = html! { @if let Some(id) = view.superseded_by_id { (link(id, "Open what took its place")) } };
    html! {
        @match view.status {
            EntryStatus::Current => @if let Some(before) = view.supersedes_id {
                (Notice::new(Tone::Info, "Its session was reopened and documented again")
                    .text("This entry took the place of an earlier one, which is kept.")
                    .actions(html! { (link(before, "Open the earlier entry")) }))
            }
            EntryStatus::Superseded => {
                (Notice::new(Tone::Warn, "This entry is superseded")
                    .text(if view.superseded_by_id.is_some() { "Its session was reopened and documented again." }
                        else { "Its session was reopened, and is being documented again." })
                    .actions(after))
            }
            EntryStatus::EnteredInError => {
                (Notice::new(Tone::Bad, "Entered in error").text("Its session was voided. It is kept and does not count."))
            }
        }
    }
}

fn signers(entry: &ChartEntry) -> String {
    let ChartAttendance::Attended(presence) = &entry.attendance else { return String::new() };
    let all = presence.notes.iter().chain(&presence.group_note).flat_map(|note| &note.signatures);
    let mut names: Vec<&str> = Vec::new();
    for signature in all {
        if !names.contains(&signature.name.as_str()) {
            names.push(&signature.name);
        }
    }
    names.join("; ")
}

fn attendance(entry: &ChartEntry) -> Markup {
    match &entry.attendance {
        ChartAttendance::Attended(presence) => html! {
            (Badge::new(Tone::Good, "Present")) " " (presence.minutes) " minutes"
        },
        ChartAttendance::NoShow { reason, excused } => html! {
            (Badge::new(Tone::Bad, if *excused { "Absent, excused" } else { "Absent" }).icon(Icon::Away))
            @if let Some(reason) = reason { " " (quiet(&::rules::text::capital(reason.as_str()))) }
        },
    }
}

/// One entry: what the patient's chart says of one session, with a link to it for who may see sessions.
pub fn entry(view: &ChartEntryView, sees_sessions: bool) -> Markup {
    let session = sees_sessions.then(|| format!("/sessions/{}", view.session_id));
    stack(html! {
        @if !view.content_verified {
            (Notice::new(Tone::Bad, "This is not the entry that was kept")
                .text("Its stored text was changed outside the product. The audit log knows the hash it had. Tell an administrator."))
        }
        (versions(view))
        @match &view.entry {
            Some(entry) => (shown(entry, session.as_deref())),
            None => p { "The stored text can't be read any more." },
        }
        (Card::new("Kept as").actions(html! { (print_one(view)) }).body(definition_list([
            ("SHA-256", hash(&view.sha256)),
            ("Version", html! { (view.version) }),
        ])))
    })
}

/// What a session has left in everybody's charts: each patient's entry as their chart shows it.
pub fn of_session(found: &InCharts, goes_on: bool) -> Markup {
    let here = format!("/sessions/{}/charts", found.session.id);
    let next = found.page.next.as_deref().map(|cursor| format!("{here}?cursor={cursor}"));
    let name = |view: &ChartEntryView| found.names.get(&Person::Patient(view.patient_id)).cloned().unwrap_or_default();
    let empty = EmptyState::new(Icon::Chart, "Nothing in the charts yet")
        .text("Once the session is documented and signed, everybody’s entry is shown here.");
    html! {
        (PageHeader::new("In the charts")
            .crumb("Today", format!("/today?day={}", found.session.local_date))
            .crumb(found.session.title.to_string(), format!("/sessions/{}", found.session.id))
            .lede("Each patient’s notes as they stand in their own chart. Reading them is recorded for every patient."))
        (stack(html! {
            @if found.hidden {
                (Notice::new(Tone::Info, "Not everybody’s entries are shown")
                    .text("Only those of patients you treat, or whose glass you have broken. Their charts lead to the rest."))
            }
            @if found.page.items.is_empty() { (Card::new("Entries").body(html! { (empty) })) }
            @for view in &found.page.items { (of_patient(view, name(view))) }
            @if next.is_some() || goes_on {
                (pager(&format!("Showing {}", found.page.items.len()), goes_on.then_some(here.as_str()), next.as_deref()))
            }
        }))
    }
}

/// One patient's entry, under their name; the group note is the same for all, and stands in each chart.
fn of_patient(view: &ChartEntryView, name: String) -> Card {
    let link = Button::quiet("Open the chart").small().href(format!("/patients/{}/chart", view.patient_id));
    let body = html! {
        div.note-text {
            @if !view.content_verified { p { (Badge::new(Tone::Bad, "Changed since it was kept")) } }
            @match &view.entry {
                Some(entry) => {
                    p { (attendance(entry)) }
                    @if let ChartAttendance::Attended(presence) = &entry.attendance {
                        @let zone = Zone::parse(&entry.session.time_zone).unwrap_or(Zone::UTC);
                        @for own in &presence.notes { (words_of(own, &zone)) }
                        @if presence.notes.is_empty() { p.quiet { "No note of their own." } }
                    }
                }
                None => p { "The stored text can't be read any more." },
            }
        }
    };
    Card::new(name).id(view.id.to_string()).actions(html! { (link) }).body(body)
}

fn print_one(view: &ChartEntryView) -> Button {
    let to = format!("/patients/{}/chart/print?entry_id={}", view.patient_id, view.id);
    Button::quiet("Print or send…").icon(Icon::Print).small().href(to)
}

fn shown(entry: &ChartEntry, link: Option<&str>) -> Markup {
    let session = &entry.session;
    let number = &session.session_number;
    let zone = Zone::parse(&session.time_zone).unwrap_or(Zone::UTC);
    let at = |instant: Timestamp| clock(&zone, instant);
    let mut facts = vec![
        ("Session", html! { @match link { Some(link) => a href=(link) { (number) }, None => (number) } }),
        ("Appointment", html! { (entry.appointment_number) }),
        ("Time", html! { (at(session.started_at)) " to " (at(session.ended_at)) " (" (session.time_zone) ")" }),
        ("Attendance", attendance(entry)),
    ];
    facts.extend(entry.people_in_group().map(|people| ("In the group", html! { (people) })));
    if let ChartAttendance::Attended(presence) = &entry.attendance {
        facts.extend(presence_facts(presence));
    }
    if !session.topic.is_empty() {
        facts.push(("Topic", html! { (session.topic) }));
    }
    if session.late_entry {
        facts.push(("Late entry", html! { "Documented after its day" }));
    }
    html! {
        (stack(html! {
            (Card::new(session.title.clone()).note(day(session.local_date)).body(html! {
                div.note-text {
                    @if !session.description.is_empty() { p.words { (session.description) } }
                    (definition_list(facts))
                }
            }))
            @if let ChartAttendance::Attended(presence) = &entry.attendance {
                @for own in &presence.notes { (note("Own note", own, &zone)) }
                @if let Some(group) = &presence.group_note { (note("Group note", group, &zone)) }
            }
        }))
    }
}

fn presence_facts(presence: &ChartPresence) -> Vec<(&'static str, Markup)> {
    let mut facts = Vec::new();
    if let Some(level) = presence.participation_level {
        facts.push(("Took part", html! { (level.as_str()) }));
    }
    if let Some(modality) = presence.modality {
        facts.push(("How", html! { (modality.as_str().replace('_', " ")) }));
    }
    facts
}

fn note(title: &str, note: &ChartNote, zone: &Zone) -> Markup {
    html! { (Card::new(title).body(html! { div.note-text { (words_of(note, zone)) } })) }
}

/// What a note says, who signed it, and what was added.
fn words_of(note: &ChartNote, zone: &Zone) -> Markup {
    let fields = note.fields.iter().map(|(label, value)| (label.clone(), html! { span.words { (value) } }));
    html! {
        @if !note.text.is_empty() { p.words { (note.text) } }
        (definition_list(fields))
        @for signature in &note.signatures {
            p.quiet { (Icon::Sign) " Signed as " (signature.meaning.as_str().replace('_', " ")) ": " (signed(signature, zone)) }
        }
        @for annotation in &note.annotations {
            p.words { (annotation.text) }
            p.quiet { "Added by " (signed(&annotation.signature, zone)) }
        }
        p.quiet { "SHA-256 of the signed text" }
        (hash(&note.sha256))
    }
}

fn signed(signature: &ChartSignature, zone: &Zone) -> Markup {
    html! {
        (signature.name) @if !signature.credential.is_empty() { ", " (signature.credential) } ", "
        (day(zone.date(signature.signed_at))) " " (clock(zone, signature.signed_at))
    }
}

fn clock(zone: &Zone, instant: Timestamp) -> Markup {
    crate::shell::ui::time(&zone.rfc3339(instant), &zone.local(instant).strftime("%H:%M").to_string())
}
