//! `/today`: the sessions of a day, by what is to be done about them.

use std::collections::BTreeSet;

use ::rules::{
    id::{PractitionerId, SessionId, SiteId},
    notes::{due_at, undone},
    permissions::Permission,
    sessions::SessionStatus,
};
use axum::{http::HeaderMap, response::Response, routing::get};
use deserr::Deserr;
use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    documenting::{overdue, returned},
    session::{May, beginning},
    words,
};
use crate::{
    door::Cx,
    frame,
    groups::{self, view::Offers},
    http::{
        PageRouter,
        extract::{FieldErrors, Parsed, Query},
    },
    paging::{Limit, Page},
    problem::Problem,
    record::actions::returned_among,
    sessions::{
        actions::{self, Away},
        answers::SessionView,
        inputs::{Day, ListSessions},
    },
    settings,
    shell::ui::{
        Badge, Button, Capacity, Card, Choice, EmptyState, Field, FilterBar, Form, Icon, PageHeader, Tone, pager,
    },
};

/// The section of the navigation.
pub const SECTION: &str = "today";
/// Sessions on one page: a large clinic's morning.
const SESSIONS_MAX: usize = 40;

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new().route("/today", get(today))
}

::rules::vocabulary! {
    /// Whose sessions are shown.
    enum Whose {
        /// Everybody's.
        All = "all",
        /// Those one leads.
        Mine = "mine",
    }
}

/// Which day, and which of its sessions.
#[derive(Debug, Default, Deserr)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
struct Asked {
    #[deserr(default)]
    day: Option<Parsed<Day>>,
    #[deserr(default)]
    site_id: Option<SiteId>,
    #[deserr(default)]
    whose: Option<Whose>,
    #[deserr(default)]
    cursor: Option<String>,
}

impl Asked {
    /// The address of another day, or of the rest of this one, with the same filters.
    fn address(&self, day: Date, cursor: Option<&str>) -> String {
        let site = self.site_id.map(|site| format!("&site_id={site}")).unwrap_or_default();
        let whose = self.whose.map(|whose| format!("&whose={whose}")).unwrap_or_default();
        let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        format!("/today?day={day}{site}{whose}{cursor}")
    }
}

/// The board of one day.
struct Board<'a> {
    cx: &'a Cx,
    asked: &'a Asked,
    day: Date,
    me: Option<PractitionerId>,
    page: &'a Page<SessionView>,
    offers: &'a Offers,
    away: &'a Away,
    /// Sessions with notes that a reviewer sent back.
    returned: BTreeSet<SessionId>,
    /// Hours after its end at which the notes of a session are due.
    due_hours: u32,
    key: String,
}

async fn today(cx: Cx, headers: HeaderMap, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let day = asked.day.map_or_else(|| cx.today(), |Parsed(Day(day))| day);
    let me = cx.practitioner();
    let mine = asked.whose == Some(Whose::Mine);
    let list = ListSessions {
        limit: Some(Limit(SESSIONS_MAX)),
        cursor: asked.cursor.clone(),
        site_id: asked.site_id,
        facilitator_id: me.filter(|_| mine),
        date_from: Some(Parsed(Day(day))),
        date_to: Some(Parsed(Day(day))),
        ..ListSessions::default()
    };
    let page = actions::list(&cx, &list).await?;
    let offers = groups::pages::offers(&cx).await?;
    let away = actions::away(&cx, &page.items).await?;
    let running = page.items.iter().filter(|one| one.status == SessionStatus::InProgress);
    let returned = returned_among(&cx, &running.map(|one| one.id).collect::<Vec<_>>()).await?;
    let key = cx.app.clock.secret();
    let due_hours = settings::actions::show(&cx).await?.settings.note_due_hours;
    let board =
        Board { cx: &cx, asked: &asked, day, me, page: &page, offers: &offers, away: &away, returned, due_hours, key };
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Today", board.body())))
}

/// What is to be done about a session: the parts of the board, in order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Running,
    /// Its time is past, and nobody has said what came of it.
    Unresolved,
    Upcoming,
    ToDocument,
    InReview,
    Completed,
    Cancelled,
}

impl Part {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Running, "In progress"),
        (Self::Unresolved, "Past, to resolve"),
        (Self::Upcoming, "Upcoming"),
        (Self::ToDocument, "Ended, to document"),
        (Self::InReview, "Pending review"),
        (Self::Completed, "Completed"),
        (Self::Cancelled, "Cancelled"),
    ];

    /// A session of today that has not been started may still be: only a day that is over leaves it unresolved.
    fn of(session: &SessionView, is_past: bool) -> Self {
        match session.status {
            SessionStatus::Scheduled if is_past => Self::Unresolved,
            SessionStatus::Scheduled => Self::Upcoming,
            SessionStatus::InProgress if words::has_ended(session) => Self::ToDocument,
            SessionStatus::InProgress => Self::Running,
            SessionStatus::PendingReview => Self::InReview,
            SessionStatus::Completed => Self::Completed,
            SessionStatus::Cancelled | SessionStatus::Voided => Self::Cancelled,
        }
    }
}

impl Board<'_> {
    fn body(&self) -> Markup {
        let is_today = self.day == self.cx.today();
        let title = if is_today { "Today".to_owned() } else { words::short_day(self.day) };
        let may_schedule = self.cx.permissions.allows(Permission::SessionSchedule);
        let new = Button::secondary("New session").icon(Icon::Plus).href(format!("/sessions/new?day={}", self.day));
        let header = PageHeader::new(title).lede(words::long_day(self.day)).actions(html! {
            (self.turn_over(-1, "Day before", Icon::Left))
            @if !is_today { (Button::quiet("Today").href(self.asked.address(self.cx.today(), None))) }
            (self.turn_over(1, "Day after", Icon::Right))
            @if may_schedule { (new) }
        });
        html! {
            (header)
            (self.filters())
            div #board.stack {
                @if self.page.items.is_empty() { (Card::new("Sessions").flush().body(html! { (self.nothing(may_schedule)) })) }
                @for (part, title) in Part::ALL { (self.part(part, title)) }
                (self.rest())
            }
        }
    }

    fn turn_over(&self, by: i64, label: &str, icon: Icon) -> Button {
        let day = self.day.checked_add(jiff::Span::new().days(by)).unwrap_or(self.day);
        Button::quiet(label).icon(icon).icon_only().href(self.asked.address(day, None))
    }

    fn filters(&self) -> FilterBar {
        let sites = self.offers.sites.iter().map(|site| Choice::new(site.id.to_string(), site.name.to_string()));
        let sites = std::iter::once(Choice::new("", "Every site")).chain(sites);
        let mut bar = FilterBar::new("/today", "#main").field(Field::date("day", "Day").value(self.day).label_hidden());
        if self.offers.sites.len() > 1 {
            let site = self.asked.site_id.map(|id| id.to_string()).unwrap_or_default();
            bar = bar.field(Field::select("site_id", "Site", sites).value(site).label_hidden());
        }
        if self.me.is_some() {
            let whose = self.asked.whose.unwrap_or(Whose::All);
            let choices = [(Whose::All.as_str(), "Everybody’s sessions"), (Whose::Mine.as_str(), "My sessions")];
            bar = bar.field(Field::select("whose", "Whose", choices).value(whose).label_hidden());
        }
        bar.actions(html! {
            @if self.cx.permissions.allows(Permission::ParticipantCheckin) { (Button::quiet("Kiosks").icon(Icon::Person).href("/kiosks")) }
            (Button::quiet("All sessions").icon(Icon::Calendar).href("/sessions"))
        })
    }

    fn nothing(&self, may_schedule: bool) -> EmptyState {
        let filtered = self.asked.site_id.is_some() || self.asked.whose == Some(Whose::Mine);
        let (title, text) = match filtered {
            true => ("No sessions by these filters", "Look at everybody’s sessions, or at every site."),
            false => (
                "No sessions on this day",
                "Groups that meet weekly have their sessions made by themselves: open a group and say when it meets.",
            ),
        };
        EmptyState::new(Icon::Today, title).text(text).actions(html! {
            @if filtered { (Button::secondary("Show all").href(format!("/today?day={}", self.day))) }
            @else {
                (Button::secondary("Groups").icon(Icon::Groups).href("/groups"))
                @if may_schedule { (Button::primary("New session").icon(Icon::Plus).href(format!("/sessions/new?day={}", self.day))) }
            }
        })
    }

    fn part_of(&self, session: &SessionView) -> Part {
        Part::of(session, self.day < self.cx.today())
    }

    fn is_mine(&self, session: &SessionView) -> bool {
        session.leaders.iter().any(|leader| Some(leader.practitioner_id) == self.me)
    }

    /// The sessions of one part: by time, then name.
    fn part(&self, part: Part, title: &str) -> Markup {
        let mut sessions: Vec<&SessionView> = self.page.items.iter().filter(|one| self.part_of(one) == part).collect();
        sessions.sort_by_cached_key(|one| {
            let at = one.starts_at.parse::<jiff::Timestamp>().unwrap_or_default();
            (at, one.title.to_lowercase(), one.id)
        });
        let count = match sessions.len() {
            1 => "1 session".to_owned(),
            more => format!("{more} sessions"),
        };
        html! {
            @if !sessions.is_empty() {
                (Card::new(title).note(count).flush().body(html! {
                    ul.board { @for session in sessions { (self.row(session)) } }
                }))
            }
        }
    }

    fn row(&self, session: &SessionView) -> Markup {
        let mine = self.is_mine(session);
        let gone = self.part_of(session) == Part::Cancelled;
        let place = words::place(self.offers, session);
        let class = match (mine, gone) {
            (_, true) => "board-row struck",
            (true, false) => "board-row mine",
            (false, false) => "board-row",
        };
        html! {
            li class=(class) id=(session.id) {
                p.board-time {
                    strong { (words::clock(&session.zone, &session.starts_at)) }
                    span { "to " (words::clock(&session.zone, &session.ends_at)) }
                    @if let Some(zone) = words::other_zone(self.cx, &session.zone) { span { (zone) } }
                }
                div.board-words {
                    p.board-title {
                        a.row-link href={ "/sessions/" (session.id) } { (session.title) }
                        @if mine { " " span.tag { "Yours" } }
                    }
                    p.quiet { (words::leaders(session)) @if let Some(place) = place { " · " (place) } }
                    @if let Some(topic) = &session.topic { p.quiet { (topic) } }
                    p.badges {
                        (words::flags(session, self.cx.now()))
                        (words::needs_cover(self.away, session))
                        @if self.returned.contains(&session.id) { (returned()) }
                        @if self.is_overdue(session) { (overdue()) }
                    }
                    @if let Some(reason) = &session.cancellation_reason { p.quiet { (reason) } }
                }
                div.board-seats { @if !gone { (self.seats(session)) } }
                div.board-acts { (self.act(session)) }
            }
        }
    }

    fn seats(&self, session: &SessionView) -> Markup {
        html! {
            @match session.session_type {
                ::rules::sessions::SessionType::Individual => (Badge::new(Tone::Neutral, "Individual").icon(Icon::Person)),
                _ => (Capacity::new(session.current_capacity, Some(session.max_capacity)).compact()),
            }
        }
    }

    /// Whether its notes should be signed by now.
    fn is_overdue(&self, session: &SessionView) -> bool {
        let at = |instant: &str| instant.parse::<jiff::Timestamp>().ok();
        let (Some(ends_at), now) = (at(&session.ends_at), self.cx.now()) else { return false };
        let actual_end = session.actual_end.as_deref().and_then(at);
        let open = undone(session.status, ends_at, actual_end, now).is_some();
        open && due_at(ends_at, actual_end, self.due_hours) <= now
    }

    /// Whether it begins within the quarter of an hour, or should have begun.
    fn is_due(&self, session: &SessionView) -> bool {
        let until = session.starts_at.parse::<jiff::Timestamp>().map(|at| at.duration_since(self.cx.now()).as_mins());
        until.is_ok_and(|minutes| minutes <= 15)
    }

    /// The one thing to do next, as a button.
    fn act(&self, session: &SessionView) -> Markup {
        let may = May::of(self.cx, session);
        let href = format!("/sessions/{}", session.id);
        let name = session.title.to_string();
        let start = if self.is_due(session) { Button::primary("Start") } else { Button::secondary("Start") };
        html! {
            @if may.start && !may.is_late && beginning::asks(session, self.cx.now()) {
                (Button::primary("Start…").icon(Icon::Play).context(name).href(href))
            } @else if may.start && may.is_late {
                (Button::secondary("Enter late…").icon(Icon::Play).context(name).href(href))
            } @else if may.start {
                (Form::post(format!("{href}/start")).inline()
                    .hidden("idempotency_key", format!("{}-{}", self.key, session.id))
                    .hidden("version", session.version)
                    .body(html! { (start.icon(Icon::Play).context(name)) }))
            } @else if self.part_of(session) == Part::Running {
                (Button::secondary("Attendance").icon(Icon::Tablet).context(name).href(format!("{href}/room")))
            } @else if self.part_of(session) == Part::ToDocument && self.cx.permissions.allows(Permission::GroupEncounterNoteRead) {
                (Button::secondary("Notes").icon(Icon::Notes).context(name).href(format!("{href}/notes")))
            }
        }
    }

    fn rest(&self) -> Markup {
        let next = self.page.next.as_ref().map(|cursor| self.asked.address(self.day, Some(cursor)));
        let first = self.asked.cursor.is_some().then(|| self.asked.address(self.day, None));
        html! {
            @if next.is_some() || first.is_some() {
                (pager(&format!("{} sessions shown", self.page.items.len()), first.as_deref(), next.as_deref()))
            }
        }
    }
}
