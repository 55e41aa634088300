//! `schedule.csv` and `sessions.csv`: one row for each session, by day and time. No participant is named.

use std::collections::{BTreeMap, HashMap};

use rules::{
    column::Value,
    id::{GroupId, RoomId, SessionId, SiteId},
    permissions::Permission,
    sessions::{LeaderRole, ParticipantStatus, SessionStatus},
};
use store::Where;

use super::{PART, Part, WantedSessions};
use crate::{
    door::{Cx, Scope},
    groups::Group,
    http::extract::Parsed,
    paging::Limit,
    people::{Room, Site},
    problem::Problem,
    sessions::{
        actions,
        answers::SessionView,
        inputs::{Day, ListSessions},
        standings,
    },
};

/// The columns of the schedule.
pub const SCHEDULE: &[&str] = &[
    "date",
    "start",
    "end",
    "timezone",
    "session_number",
    "title",
    "session_type",
    "group_external_id",
    "facilitator",
    "cofacilitators",
    "site",
    "room",
    "modality",
    "status",
    "max_capacity",
    "booked",
    "available_spots",
    "has_conflict",
];

/// The columns of sessions.
pub const SESSIONS: &[&str] = &[
    "session_number",
    "session_type",
    "group_external_id",
    "title",
    "topic",
    "date",
    "start",
    "end",
    "timezone",
    "actual_start",
    "actual_end",
    "facilitator",
    "cofacilitators",
    "site",
    "room",
    "modality",
    "service_type",
    "service_kind",
    "status",
    "cancel_reason",
    "source",
    "max_capacity",
    "booked",
    "attended",
    "no_show",
    "cancelled",
];

/// Places of one kind an organization has at most, as far as an export looks.
const PLACES_MAX: usize = 5_000;

/// Sessions while they leave.
pub struct Sessions {
    wanted: WantedSessions,
    is_schedule: bool,
    cursor: Option<String>,
    sites: HashMap<SiteId, String>,
    rooms: HashMap<RoomId, String>,
}

/// What is known of the sessions of a part beside themselves.
struct Beside {
    groups: HashMap<GroupId, String>,
    standings: BTreeMap<SessionId, Vec<(ParticipantStatus, u32)>>,
}

impl Sessions {
    /// Sessions to come, and whatever else the filters ask for.
    pub async fn schedule(cx: &Cx, mut wanted: WantedSessions) -> Result<Self, Problem> {
        wanted.date_from = wanted.date_from.or(Some(Parsed(Day(cx.today()))));
        Self::new(cx, wanted, true).await
    }

    /// Every session by the filters.
    pub async fn all(cx: &Cx, wanted: WantedSessions) -> Result<Self, Problem> {
        Self::new(cx, wanted, false).await
    }

    async fn new(cx: &Cx, wanted: WantedSessions, is_schedule: bool) -> Result<Self, Problem> {
        let places = cx.read(Permission::ExportRun, |scope| Box::pin(places(scope)));
        let (sites, rooms) = places.await?;
        Ok(Self { wanted, is_schedule, cursor: None, sites, rooms })
    }

    pub async fn next(&mut self, cx: &Cx) -> Result<Part, Problem> {
        let list = ListSessions {
            limit: Some(Limit(PART)),
            cursor: self.cursor.take(),
            status: self.wanted.status,
            site_id: self.wanted.site_id,
            group_id: self.wanted.group_id,
            date_from: self.wanted.date_from,
            date_to: self.wanted.date_to,
            ..ListSessions::default()
        };
        let page = actions::list(cx, &list).await?;
        let items = &page.items;
        let beside = cx.read(Permission::ExportRun, |scope| Box::pin(beside(scope, items))).await?;
        let hidden = |session: &&SessionView| {
            self.is_schedule && self.wanted.status.is_none() && session.status == SessionStatus::Cancelled
        };
        let (mut text, mut rows) = (String::new(), 0);
        for session in page.items.iter().filter(|session| !hidden(session)) {
            let cells =
                if self.is_schedule { self.scheduled(session, &beside) } else { self.session(session, &beside) };
            text.push_str(&exchange::export::line(cells.iter().map(String::as_str)));
            rows += 1;
        }
        self.cursor = page.next;
        Ok(Part { text, rows, is_last: self.cursor.is_none() })
    }

    fn site(&self, session: &SessionView) -> String {
        session.site_id.and_then(|id| self.sites.get(&id)).cloned().unwrap_or_default()
    }

    fn room(&self, session: &SessionView) -> String {
        session.room_id.and_then(|id| self.rooms.get(&id)).cloned().unwrap_or_default()
    }

    fn scheduled(&self, session: &SessionView, beside: &Beside) -> Vec<String> {
        vec![
            session.local_date.to_string(),
            minute(&session.starts_at),
            minute(&session.ends_at),
            session.zone.name().to_owned(),
            session.session_number.clone(),
            session.title.to_string(),
            session.session_type.to_string(),
            beside.group(session),
            leaders(session, true),
            leaders(session, false),
            self.site(session),
            self.room(session),
            session.modality.to_string(),
            session.status.to_string(),
            session.max_capacity.to_string(),
            session.current_capacity.to_string(),
            session.available_spots.to_string(),
            session.has_conflict.to_string(),
        ]
    }

    fn session(&self, session: &SessionView, beside: &Beside) -> Vec<String> {
        let some = |at: &Option<String>| at.as_deref().map(minute).unwrap_or_default();
        let count = |status| beside.count(session.id, status);
        vec![
            session.session_number.clone(),
            session.session_type.to_string(),
            beside.group(session),
            session.title.to_string(),
            session.topic.as_ref().map(ToString::to_string).unwrap_or_default(),
            session.local_date.to_string(),
            minute(&session.starts_at),
            minute(&session.ends_at),
            session.zone.name().to_owned(),
            some(&session.actual_start),
            some(&session.actual_end),
            leaders(session, true),
            leaders(session, false),
            self.site(session),
            self.room(session),
            session.modality.to_string(),
            session.service_type.as_ref().map(ToString::to_string).unwrap_or_default(),
            session.service_kind.to_string(),
            session.status.to_string(),
            session.cancellation_reason.as_ref().map(ToString::to_string).unwrap_or_default(),
            session.source.to_string(),
            session.max_capacity.to_string(),
            session.current_capacity.to_string(),
            count(ParticipantStatus::Attended),
            count(ParticipantStatus::NoShow),
            count(ParticipantStatus::Cancelled),
        ]
    }
}

impl Beside {
    fn group(&self, session: &SessionView) -> String {
        session.group_id.and_then(|id| self.groups.get(&id)).cloned().unwrap_or_default()
    }

    fn count(&self, session: SessionId, wanted: ParticipantStatus) -> String {
        let counts = self.standings.get(&session).into_iter().flatten();
        counts.filter(|(status, _)| *status == wanted).map(|(_, count)| count).sum::<u32>().to_string()
    }
}

/// The local date and time to the minute: `2026-03-02T09:00`; the zone has its own column.
fn minute(at: &str) -> String {
    at.get(..16).unwrap_or(at).to_owned()
}

/// The name of who leads, or the names of the others.
fn leaders(session: &SessionView, primary: bool) -> String {
    let wanted = session.leaders.iter().filter(|leader| (leader.role == LeaderRole::Primary) == primary);
    wanted.map(|leader| leader.name.as_str()).collect::<Vec<_>>().join("; ")
}

type Places = (HashMap<SiteId, String>, HashMap<RoomId, String>);

async fn places(scope: &mut Scope<'_>) -> Result<Places, Problem> {
    let sites: Vec<Site> = scope.filter(&Where::organization(), "name, id", PLACES_MAX).await?;
    let rooms: Vec<Room> = scope.filter(&Where::organization(), "site_id, name, id", PLACES_MAX).await?;
    let sites = sites.into_iter().map(|site| (site.id, site.name.to_string())).collect();
    Ok((sites, rooms.into_iter().map(|room| (room.id, room.name.to_string())).collect()))
}

async fn beside(scope: &mut Scope<'_>, sessions: &[SessionView]) -> Result<Beside, Problem> {
    if sessions.is_empty() {
        return Ok(Beside { groups: HashMap::new(), standings: BTreeMap::new() });
    }
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let standings = standings(scope, &ids).await?;
    let mut groups: Vec<GroupId> = sessions.iter().filter_map(|session| session.group_id).collect();
    groups.sort_unstable();
    groups.dedup();
    let filter = Where::organization().and_in("id", groups.iter().map(Value::from));
    let found: Vec<Group> = scope.filter(&filter, "id", groups.len()).await?;
    let there = |group: &Group| group.external_id.as_ref().map_or_else(|| group.id.to_string(), ToString::to_string);
    Ok(Beside { groups: found.iter().map(|group| (group.id, there(group))).collect(), standings })
}
