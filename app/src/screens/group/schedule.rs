//! The group's Schedule tab: when it meets, what that makes, and its sessions.

mod editor;

use ::rules::{id::GroupId, recurrence::Zone, sessions::SessionStatus};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use jiff::{
    ToSpan as _,
    civil::{Date, DateTime},
    tz::AmbiguousOffset,
};
use maud::{Markup, Render as _, html};

use super::{May, view};
use crate::{
    door::Cx,
    frame,
    groups::{self, actions::GroupView, view::Offers},
    http::{
        extract::{At, Parsed, Truth},
        form::Form,
    },
    paging::{Limit, Page},
    problem::Problem,
    schedule::{
        Meeting, PartView, RecurrenceView, ScheduleChange, SkippedMeeting,
        actions::{self as schedule, DryRun, Setting},
    },
    screens::words,
    sessions::{
        actions as sessions,
        answers::SessionView,
        inputs::{Day, ListSessions},
    },
    shell::ui::{
        self, Badge, Button, Capacity, Card, Column, Confirm, EmptyState, Field, FieldErrors, Icon, Notice, Row, Table,
        Tone, post_button, quiet, split, stack,
    },
};

/// Sessions to come on the page; the list of all is a link away.
const COMING_MAX: usize = 16;
/// How far back the page looks.
const WEEKS_BACK: i64 = 8;
/// Meetings in each list of a preview.
const DATES_MAX: usize = 12;
/// Past sessions on the page.
const PAST_MAX: usize = 24;

/// Everything the tab shows.
struct Shown {
    group: GroupView,
    meets: RecurrenceView,
    coming: Page<SessionView>,
    past: Vec<SessionView>,
    offers: Offers,
    may: May,
    key: String,
}

async fn load(cx: &Cx, id: GroupId) -> Result<Shown, Problem> {
    let group = groups::actions::show(cx, id).await?;
    let meets = schedule::show(cx, id).await?;
    let today = meets.zone.date(cx.now());
    let day = |weeks: i64, days: i64| today.checked_add(weeks.weeks().days(days)).unwrap_or(today);
    let list = |limit, from, to| ListSessions {
        limit: Some(Limit(limit)),
        group_id: Some(id),
        date_from: Some(Parsed(Day(from))),
        date_to: Some(Parsed(Day(to))),
        ..ListSessions::default()
    };
    let coming = sessions::list(cx, &list(COMING_MAX, today, day(104, 0))).await?;
    let past = sessions::list(cx, &list(PAST_MAX, day(-WEEKS_BACK, 0), day(0, -1))).await?;
    let past = past.items.into_iter().rev().collect();
    let offers = groups::pages::offers(cx).await?;
    Ok(Shown { group, meets, coming, past, offers, may: May::of(cx), key: cx.app.clock.secret() })
}

/// What is shown in the editor: what was typed, what was refused, what it would do.
struct Typed<'a> {
    form: &'a Form,
    errors: &'a FieldErrors,
    preview: Option<&'a ScheduleChange>,
}

async fn page(cx: &Cx, id: GroupId, typed: Option<Typed<'_>>) -> Result<crate::shell::layout::Page, Problem> {
    let shown = load(cx, id).await?;
    let stored = editor::stored(&shown.meets, &shown.group, cx.now());
    let (none, usual) = (FieldErrors::new(), Form::of(stored));
    let typed = typed.unwrap_or(Typed { form: &usual, errors: &none, preview: None });
    let body = shown.body(cx, &typed);
    Ok(frame::page(cx, "groups", shown.group.group.name.to_string(), body))
}

/// The tab.
pub async fn show(cx: Cx, headers: HeaderMap, At(id): At<GroupId>) -> Result<Response, Problem> {
    Ok(frame::show(&headers, page(&cx, id, None).await?))
}

/// What the schedule would do; nothing is changed.
pub async fn preview(cx: Cx, At(id): At<GroupId>, form: Form) -> Result<Response, Problem> {
    match set(&cx, id, &form, true).await {
        Ok(change) => {
            let typed = Typed { form: &form, errors: &FieldErrors::new(), preview: Some(&change) };
            Ok(page(&cx, id, Some(typed)).await?.render().into_response())
        }
        Err(problem) => refused(&cx, id, &form, problem).await,
    }
}

/// Sets when the group meets.
pub async fn save(cx: Cx, At(id): At<GroupId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    match set(&cx, id, &form, false).await {
        Ok(change) => Ok(frame::done(&address(id), &format!("Saved: {}", sentence(&change)))),
        Err(problem) => refused(&cx, id, &form, problem).await,
    }
}

async fn set(cx: &Cx, id: GroupId, form: &Form, is_asked: bool) -> Result<ScheduleChange, Problem> {
    let (input, setting) = editor::read(form)?;
    schedule::set(cx, id, &input, Setting { dry_run: is_asked.then_some(Truth(true)), ..setting }).await
}

async fn refused(cx: &Cx, id: GroupId, form: &Form, problem: Problem) -> Result<Response, Problem> {
    let problem = frame::form::shown_again(problem)?;
    let errors = editor::errors(&problem, form);
    let page = page(cx, id, Some(Typed { form, errors: &errors, preview: None })).await?;
    Ok(frame::refused(&problem, page))
}

/// Makes the sessions that are missing up to the horizon.
pub async fn fill(cx: Cx, At(id): At<GroupId>) -> Result<Response, Problem> {
    let change = schedule::generate(&cx, id, DryRun::default()).await?;
    Ok(frame::done(&address(id), &sentence(&change)))
}

fn address(id: GroupId) -> String {
    format!("/groups/{id}/schedule")
}

/// What a change did or would do: `8 sessions made, 1 cancelled.`
fn sentence(change: &ScheduleChange) -> String {
    let parts = [
        (change.created.len(), "made"),
        (change.changed.len(), "moved"),
        (change.reinstated.len(), "taken up again"),
        (change.cancelled.len(), "cancelled"),
    ];
    let mut words: Vec<String> = Vec::new();
    for (count, verb) in parts.into_iter().filter(|(count, _)| *count > 0) {
        let noun = match (words.is_empty(), count) {
            (false, _) => "",
            (true, 1) => " session",
            (true, _) => " sessions",
        };
        words.push(format!("{count}{noun} {verb}"));
    }
    if words.is_empty() { "every session is there already.".to_owned() } else { format!("{}.", words.join(", ")) }
}

impl Shown {
    fn is_archived(&self) -> bool {
        self.group.group.status == ::rules::groups::GroupStatus::Archived
    }

    fn body(&self, cx: &Cx, typed: &Typed<'_>) -> Markup {
        let edits = self.may.schedule && !self.is_archived();
        html! {
            (view::header(&self.group, &self.offers, self.may, &self.key, "/schedule"))
            (split(
                html! { (self.meeting(cx)) (self.sessions(cx)) },
                html! { @if edits { (self.editor(cx, typed)) } @else { (typed.errors) } },
            ))
        }
    }

    /// When it meets, in words, and the next dates.
    fn meeting(&self, cx: &Cx) -> Card {
        let may = self.may.schedule && !self.is_archived();
        let zone = words::other_zone(cx, &self.meets.zone);
        let today = self.meets.zone.date(cx.now());
        let fill = Button::quiet("Make missing sessions").small().icon(Icon::Repeat);
        let card = Card::new("Meets").actions(html! {
            @if may && self.meets.words.is_some() { (post_button(format!("{}/fill", address(self.group.group.id)), format!("{}-fill", self.key), fill)) }
        });
        card.body(html! {
            @match &self.meets.words {
                Some(words) => {
                    p.big { (words) @if let Some(zone) = zone { ", " (zone) } }
                    @if self.meets.parts.len() > 1 || self.meets.parts.iter().any(|part| part.until.is_some()) {
                        ul.dates { @for part in &self.meets.parts { li { (stretch(part, today)) } } }
                    }
                    @for meeting in self.meets.next.iter().filter(|meeting| meeting.holiday.is_some()) {
                        p.quiet { (holiday_of(meeting)) }
                    }
                    @if let Some(until) = self.meets.filled_until { p.quiet { "Sessions are made up to " (words::long_day(until)) ", and further as time goes on." } }
                }
                None => { p.quiet { "Nobody has said yet when this group meets. Single sessions can be scheduled all the same." } }
            }
        })
    }

    fn editor(&self, cx: &Cx, typed: &Typed<'_>) -> Markup {
        let today = self.meets.zone.date(cx.now());
        let title = if self.meets.recurrence.is_some() { "Change the schedule" } else { "Set the schedule" };
        html! {
            (Card::new(title).id("editor").body(html! {
                (editor::form(&address(self.group.group.id), &self.key, self.meets.version, typed.form, typed.errors))
                div #preview { @if let Some(change) = typed.preview { (preview_of(&self.meets, change, today)) } }
            }))
        }
    }

    fn sessions(&self, cx: &Cx) -> Markup {
        let group = self.group.group.id;
        let may = self.may.schedule && !self.is_archived();
        let new = Button::quiet("New session").small().icon(Icon::Plus).href(format!("/sessions/new?group_id={group}"));
        let all = Button::quiet("All").small().icon(Icon::Calendar);
        let first = self.past.last().map_or_else(|| cx.today(), |session| session.local_date);
        stack(html! {
            (Card::new("To come").id("coming").flush()
                .actions(html! {
                    @if may { (new) }
                    @if self.may.cancel && !self.coming.items.is_empty() { (Button::quiet("Cancel several").small().icon(Icon::Cross).href(format!("/sessions/cancel?group_id={group}"))) }
                    @if self.coming.next.is_some() { (all.href(format!("/sessions?group_id={group}"))) }
                })
                .body(html! { (self.table(cx, "Sessions to come", self.coming.items.iter(), "No sessions to come")) }))
            @if !self.past.is_empty() {
                (Card::new("Past").note("The last eight weeks").flush()
                    .actions(html! { (Button::quiet("All").small().icon(Icon::Calendar).href(format!("/sessions?group_id={group}&date_from={first}"))) })
                    .body(html! { (self.table(cx, "Past sessions", self.past.iter(), "No sessions yet")) }))
            }
        })
    }

    fn table<'a>(&self, cx: &Cx, caption: &str, sessions: impl Iterator<Item = &'a SessionView>, none: &str) -> Table {
        let columns = [Column::new("When"), Column::new("State"), Column::new("Seats"), Column::actions()];
        let empty = EmptyState::new(Icon::Calendar, none)
            .text("Say when the group meets, and its sessions are made by themselves.");
        Table::new(caption, columns).rows(sessions.map(|session| self.row(cx, session))).empty(empty)
    }

    fn row(&self, cx: &Cx, session: &SessionView) -> Row {
        let gone = session.status == SessionStatus::Cancelled;
        let single = session.recurrence_id.is_none();
        Row::new([
            html! {
                span.two-lines.whole { strong { (words::short_day(session.local_date)) } (quiet(&words::hours(session))) }
            },
            html! {
                (words::standing(session)) " " (words::flags(session, cx.now()))
                @if single { " " (Badge::new(Tone::Neutral, "Single").icon(Icon::Circle)) }
                @else if session.edited_by_hand { " " (Badge::new(Tone::Neutral, "Changed by hand").icon(Icon::Edit)) }
                @if let Some(reason) = &session.cancellation_reason { " " (quiet(&words::capital(reason))) }
            },
            html! { (Capacity::new(session.current_capacity, Some(session.max_capacity)).compact()) },
            html! { @if self.may.cancel && session.status == SessionStatus::Scheduled { (self.cancel(session)) } },
        ])
        .id(session.id.to_string())
        .href(format!("/sessions/{}", session.id))
        .muted(gone)
    }

    fn cancel(&self, session: &SessionView) -> Confirm {
        let id = session.id.to_string();
        let form = ui::Form::post(format!("/sessions/{id}/cancel"))
            .hidden("idempotency_key", format!("{}-{id}", self.key))
            .hidden("version", session.version)
            .hidden("back", "schedule");
        let reason = Field::text("reason", "Reason").scope(id).required().max_length(500);
        let button = Button::danger("Cancel session").context(words::short_day(session.local_date));
        let words = "This one session does not take place. No other session changes. This can’t be undone.";
        Confirm::new("Cancel…", words, form, button).small().fields(html! { (reason) })
    }
}

/// A stretch of the series in words: `From 9 March: Every Wednesday at 10:00`.
fn stretch(part: &PartView, today: Date) -> String {
    let from = part.from.filter(|from| *from > today).map(|from| format!("from {}", words::long_day(from)));
    let until = part.until.map(|until| format!("until {}", words::long_day(until)));
    let when = [from, until].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let when = if when.is_empty() { "now".to_owned() } else { when };
    format!("{}: {}", words::capital(&when), part.words)
}

/// What saving would do, and the next dates.
fn preview_of(meets: &RecurrenceView, change: &ScheduleChange, today: Date) -> Markup {
    let clashes = change.created.iter().chain(&change.changed).filter(|meeting| meeting.has_conflict).count();
    let tone = if clashes > 0 { Tone::Warn } else { Tone::Info };
    let notice = Notice::new(tone, change.words.clone()).text(format!("If you save: {}", sentence(change)));
    let notice = match clashes {
        0 => notice,
        1 => notice.items(["1 of them clashes with another session of its room or leader."]),
        more => notice.items([format!("{more} of them clash with other sessions of their room or leader.")]),
    };
    html! {
        (notice)
        @if change.parts.len() > 1 { ul.dates { @for part in &change.parts { li { (stretch(part, today)) } } } }
        h3 { "The next dates" }
        (dates(&meets.zone, &change.next))
        @if change.next.is_empty() { p.quiet { "No date is left: the series has ended." } }
        @if !change.skipped.is_empty() { h3 { "Left out: holidays" } (skipped(&change.skipped)) }
        @for (title, meetings) in [("Cancelled", &change.cancelled), ("Moved", &change.changed), ("Taken up again", &change.reinstated)] {
            @if !meetings.is_empty() { h3 { (title) } (dates(&meets.zone, meetings)) }
        }
    }
}

/// Meetings with their weekdays, and a word on those of a night on which clocks change.
fn dates(zone: &Zone, meetings: &[Meeting]) -> Markup {
    html! {
        ol.dates {
            @for meeting in meetings.iter().take(DATES_MAX) {
                li {
                    @if meeting.holiday.is_some() { (holiday_of(meeting)) }
                    @else { (words::short_day(meeting.local_date)) ", " (words::clock(zone, &meeting.starts_at)) " to " (words::clock(zone, &meeting.ends_at)) }
                    @if let Some(note) = clock_change(zone, meeting) { " " (quiet(note)) }
                }
            }
        }
        @if let Some(more) = meetings.len().checked_sub(DATES_MAX).filter(|more| *more > 0) { p.quiet { "and " (more) " more" } }
    }
}

/// A date that is left out, struck, and the holiday because of which it is.
fn holiday_of(meeting: &Meeting) -> Markup {
    html! { del { (words::short_day(meeting.local_date)) } " " @if let Some(holiday) = &meeting.holiday { (holiday) } }
}

/// Dates on which nothing is made, each with its holiday.
fn skipped(meetings: &[SkippedMeeting]) -> Markup {
    html! {
        ol.dates {
            @for meeting in meetings.iter().take(DATES_MAX) {
                li { del { (words::short_day(meeting.local_date)) } " " (meeting.holiday) }
            }
        }
        @if let Some(more) = meetings.len().checked_sub(DATES_MAX).filter(|more| *more > 0) { p.quiet { "and " (more) " more" } }
    }
}

/// What a change of clocks does to a meeting, if it does.
fn clock_change(zone: &Zone, meeting: &Meeting) -> Option<&'static str> {
    let local: DateTime = meeting.recurrence_id.as_ref()?.parse().ok()?;
    match zone.time_zone().to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Gap { .. } => Some("Clocks go forward then and skip its time: it is later by as much."),
        AmbiguousOffset::Fold { .. } => Some("Clocks go back then and its time comes twice: the first is meant."),
    }
}
