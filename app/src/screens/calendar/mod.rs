//! `/calendar`: the schedule by day, week and month, and as a list, with filters that live in the address. No patient's
//! name is on it: who may see the schedule need not see who is in it.

mod agenda;
mod asked;
mod entry;
mod grid;
mod head;
mod month;
mod moving;

use ::rules::{
    holidays::Days,
    id::{GroupId, SiteId},
    permissions::Permission,
    recurrence::Zone,
};
use axum::{
    extract::{Query, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::get,
};
use jiff::{Timestamp, civil::Date};
use maud::{Markup, html};

use self::{
    asked::{Asked, View},
    entry::Entry,
};
use crate::{
    door::Cx,
    frame,
    groups::{
        self,
        actions::{GroupView, ListGroups},
        view::Offers,
    },
    http::PageRouter,
    paging::Limit,
    people::actions::holidays,
    problem::Problem,
    screens::words,
    sessions::{
        actions::{self, Away, FoundByDay, FoundInDays, InDays},
        answers::SessionView,
    },
    shell::ui::{Button, EmptyState, Icon, Notice, Tone},
};

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/calendar", get(show))
        .route("/sessions/{id}/move", get(moving::ask).post(moving::carry_out))
}

/// The section of the navigation.
const SECTION: &str = "calendar";
/// Groups that the filter offers.
const GROUPS_MAX: usize = 200;
/// Sessions of a month that are counted.
const MONTH_MAX: usize = 5_000;
/// Sessions of a month's day that are named.
const CELL_MAX: usize = 3;

/// The most sessions a view shows.
const fn most(view: View) -> usize {
    match view {
        View::Week => 400,
        View::Month => MONTH_MAX,
        View::Day | View::Agenda => 200,
    }
}

/// All a calendar shows.
struct Shown<'a> {
    cx: &'a Cx,
    asked: &'a Asked,
    offers: &'a Offers,
    groups: &'a [(GroupId, String)],
    /// The zone of the site that is asked for, else the organization's.
    zone: Zone,
    today: Date,
    /// The days on which a site that is shown is closed, with what to say of them.
    closed: &'a [(Days, String)],
}

async fn show(
    cx: Cx,
    headers: HeaderMap,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Problem> {
    cx.require(Permission::GroupEncounterRead).await?;
    let pairs = query.map(|Query(pairs)| pairs).unwrap_or_default();
    let asked = Asked::read(&pairs, cx.today());
    let offers = groups::pages::offers(&cx).await?;
    let groups = offered_groups(&cx, asked.group).await?;
    let zone = zone(&cx, &asked, &offers);
    let today = zone.date(cx.now());
    let closed = closed(&cx, &asked, &offers).await?;
    let shown = Shown { cx: &cx, asked: &asked, offers: &offers, groups: &groups, zone, today, closed: &closed };
    let content = shown.content().await?;
    let body = html! {
        (head::header(&shown))
        (head::notices(&shown))
        section.card.cal aria-label="Schedule" { (head::filters(&shown)) (content) }
    };
    let title = format!("Calendar, {}", asked.title());
    let page = frame::page(&cx, SECTION, title, body).style("calendar.css").script("calendar.js");
    Ok(frame::show(&headers, page))
}

/// The holidays of the site that is asked for, or of all, each with its site's name.
async fn closed(cx: &Cx, asked: &Asked, offers: &Offers) -> Result<Vec<(Days, String)>, Problem> {
    if !cx.permissions.allows(Permission::GroupRead) {
        return Ok(Vec::new());
    }
    let sites = offers.sites.iter().map(|site| site.id).filter(|site| asked.site.is_none_or(|wanted| wanted == *site));
    let sites: Vec<SiteId> = sites.collect();
    let (first, last) = asked.days();
    let found = holidays::between(cx, &sites, Days { first, last }).await?;
    let said = found.iter().map(|holiday| match words::site(offers, Some(holiday.site_id)) {
        Some(site) if sites.len() > 1 => (holiday.days(), format!("{}, {site}", holiday.name)),
        _ => (holiday.days(), holiday.name.to_string()),
    });
    Ok(said.collect())
}

/// The zone of the site that is asked for, if it is offered; else the organization's.
fn zone(cx: &Cx, asked: &Asked, offers: &Offers) -> Zone {
    let site = offers.sites.iter().find(|site| Some(site.id) == asked.site);
    site.and_then(|site| Zone::parse(&site.zone).ok()).unwrap_or_else(|| cx.zone())
}

/// The groups the filter offers, and the one it is set to.
async fn offered_groups(cx: &Cx, chosen: Option<GroupId>) -> Result<Vec<(GroupId, String)>, Problem> {
    let named = |view: GroupView| (view.group.id, view.group.name.to_string());
    let all = ListGroups { limit: Some(Limit(GROUPS_MAX)), ..ListGroups::default() };
    let mut groups: Vec<_> = groups::actions::list(cx, &all).await?.items.into_iter().map(named).collect();
    if let Some(id) = chosen.filter(|id| groups.iter().all(|(known, _)| known != id)) {
        match groups::actions::show(cx, id).await {
            Ok(view) => groups.push(named(view)),
            Err(problem) if problem.status() == StatusCode::NOT_FOUND => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(groups)
}

impl Shown<'_> {
    /// Whether a site that is shown has a holiday.
    fn is_closed(&self, day: Date) -> bool {
        self.closed.iter().any(|(days, _)| days.has(day))
    }

    /// What is said of a day: that clocks change, and which holidays it has.
    fn notes(&self, day: Date) -> Vec<String> {
        let closed = self.closed.iter().filter(|(days, _)| days.has(day)).map(|(_, said)| said.clone());
        entry::clocks(&self.zone, day).into_iter().chain(closed).collect()
    }

    async fn content(&self) -> Result<Markup, Problem> {
        let (from, until) = self.asked.days();
        let asked = InDays {
            from,
            until,
            midnight: self.midnight(from),
            site: self.asked.site,
            room: self.asked.room,
            group: self.asked.group,
            leader: self.asked.facilitator,
            cancelled: self.asked.cancelled,
        };
        let most = most(self.asked.view);
        if self.asked.view == View::Month {
            let found = actions::by_day(self.cx, &asked, CELL_MAX, most).await?;
            return Ok(self.month(&found));
        }
        let found = actions::in_days(self.cx, &asked, most).await?;
        let away = actions::away(self.cx, &found.sessions).await?;
        Ok(self.days(&found, &away))
    }

    /// When a day begins, at the site where it begins first.
    fn midnight(&self, day: Date) -> Timestamp {
        let sites = self.offers.sites.iter().filter_map(|site| Zone::parse(&site.zone).ok());
        let begins = |zone: Zone| zone.first_instant(day.at(0, 0, 0, 0)).map(|zoned| zoned.timestamp());
        sites.chain([self.cx.zone()]).filter_map(begins).min().unwrap_or(Timestamp::MAX)
    }

    fn month(&self, found: &FoundByDay) -> Markup {
        html! {
            @if found.more { (self.too_many(found.days.keys().last().copied())) }
            (month::month(self, found))
            @if found.days.is_empty() { (self.nothing()) }
        }
    }

    fn days(&self, found: &FoundInDays, away: &Away) -> Markup {
        let (from, until) = self.asked.days();
        let entries: Vec<Entry<'_>> =
            found.sessions.iter().filter_map(Entry::of).map(|entry| entry.in_light_of(away)).collect();
        let shown = |entry: &&Entry<'_>| asked::each(from, until).any(|day| entry.is_on(day));
        let nothing = entries.iter().find(shown).is_none();
        html! {
            @if found.more { (self.too_many(found.sessions.last().map(|session: &SessionView| session.local_date))) }
            @match self.asked.view {
                View::Day => (grid::day(self, &entries)),
                View::Week => (grid::week(self, &entries)),
                View::Agenda | View::Month => (agenda::agenda(self, &entries)),
            }
            @if nothing { (self.nothing()) }
        }
    }

    /// That not everything is shown, until when it is, and what helps.
    fn too_many(&self, last: Option<Date>) -> Markup {
        let until = last.map(|day| day.strftime("%A %-d %B").to_string()).unwrap_or_default();
        let title = format!("More than {} sessions", most(self.asked.view));
        let text = format!(
            "Shown are the first of them, into {until}; what comes later is missing here. Choose a site, room, leader or \
             group to see the rest."
        );
        let onward = last.filter(|day| self.asked.view == View::Agenda && *day > self.asked.day);
        let notice = Notice::new(Tone::Warn, title).text(text);
        let notice = match onward {
            Some(day) => {
                let button = Button::secondary("Go on from there").small().href(self.asked.address(View::Agenda, day));
                notice.actions(html! { (button) })
            }
            None => notice,
        };
        html! { div.card-strip { (notice) } }
    }

    fn nothing(&self) -> EmptyState {
        let may_schedule = self.cx.permissions.allows(Permission::SessionSchedule);
        let (title, text) = match self.asked.is_filtered() {
            true => (
                "No sessions by these filters",
                "Clear the filters to see everybody’s sessions, or look at other days.",
            ),
            false => (
                "No sessions here yet",
                "Groups that meet regularly have their sessions made by themselves: open a group and say when it meets.",
            ),
        };
        let bare = format!("/calendar?view={}&day={}", self.asked.view, self.asked.day);
        EmptyState::new(Icon::Calendar, title).text(text).actions(html! {
            @if self.asked.is_filtered() { (Button::secondary("Clear filters").href(bare)) }
            @else {
                (Button::secondary("Groups").icon(Icon::Groups).href("/groups"))
                @if may_schedule { (Button::primary("New session").icon(Icon::Plus).href(format!("/sessions/new?day={}", self.asked.day))) }
            }
        })
    }
}
