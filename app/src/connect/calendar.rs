//! From the sessions of a feed to its calendar: what is said of each, and to whom.
//!
//! Words are neutral. Staff read the session's number, room and site; whoever is booked reads "Appointment" and where to
//! go. No name of a person or a group, no title, topic or kind of service ever gets here: they are not even loaded.

use std::collections::{BTreeMap, HashMap};

use ::rules::{
    groups::Modality,
    id::{GroupId, RoomId, SiteId},
    recurrence::{Part, Zone},
    sessions::{LeaderRole, ParticipantStatus, SessionStatus},
};
use exchange::icalendar::{self, Calendar, Event, Look, Meeting, MeetingStatus};
use jiff::{
    SignedDuration, Timestamp, ToSpan as _,
    civil::{Date, DateTime},
};

use super::store::{Row, Series, Subject, Window};
use crate::people::{Room, Site};

/// Sessions in one feed, at most; the latest are left out, and the feed says so.
pub const SESSIONS_MAX: usize = 20_000;
/// How many whole months back a feed reaches, beside the one that runs.
const MONTHS_BACK: i32 = 3;
/// How many days ahead: more than the schedule is ever filled.
const DAYS_AHEAD: i32 = 400;
/// How long a cancelled session is shown as cancelled; then it is left out.
const CANCELLED_SHOWN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The days a feed shows at an instant. They begin with a month, so that a feed stays the same from day to day.
pub fn window(now: Timestamp) -> Window {
    let today = Zone::UTC.date(now);
    let first = today.first_of_month();
    let from = first.checked_sub(MONTHS_BACK.months()).unwrap_or(first);
    Window { from, until: today.checked_add(DAYS_AHEAD.days()).unwrap_or(Date::MAX) }
}

/// Everything a feed is made of.
#[derive(Debug)]
pub struct Content {
    /// Whose sessions.
    pub subject: Subject,
    /// They, by time; one more than fit when there are more.
    pub rows: Vec<Row>,
    /// The series they belong to.
    pub series: Vec<Series>,
    /// The sites they are held at.
    pub sites: Vec<Site>,
    /// The rooms, for staff.
    pub rooms: Vec<Room>,
    /// The address of the pages, if it is known.
    pub base: String,
    /// The organization's zone.
    pub zone: Zone,
    /// The present.
    pub now: Timestamp,
    /// The days that are shown.
    pub window: Window,
}

impl Content {
    /// When anything in it last changed.
    pub fn modified(&self) -> Timestamp {
        let rows =
            self.rows.iter().map(|row| row.updated_at.max(row.booking.map_or(row.updated_at, |one| one.updated_at)));
        let series = self.series.iter().map(|series| series.changed_at);
        let places = self.sites.iter().map(|site| site.updated_at).chain(self.rooms.iter().map(|room| room.updated_at));
        rows.chain(series).chain(places).max().unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Whether it is read by staff, who can sign in; the others are told where to go and nothing else.
    fn is_for_staff(&self) -> bool {
        !matches!(self.subject, Subject::Patient(_) | Subject::Guest(_))
    }

    /// The calendar.
    pub fn calendar(&self) -> Calendar {
        let places = Places::of(self);
        let shown = &self.rows[..self.rows.len().min(SESSIONS_MAX)];
        let mut of_groups: BTreeMap<GroupId, Vec<Meeting>> = BTreeMap::new();
        let mut events: Vec<Event> = Vec::new();
        for row in shown {
            let meeting = self.meeting(row, &places);
            match row.group.filter(|_| meeting.recurrence_id.is_some()) {
                Some(group) => of_groups.entry(group).or_default().push(meeting),
                None => events.extend(meeting.alone()),
            }
        }
        for (group, meetings) in of_groups {
            events.extend(self.series_of(group, meetings));
        }
        Calendar { name: self.name(), description: self.left_out(), zone: self.reading_zone(), now: self.now, events }
    }

    /// The events of one group's series: each of its parts is a series of its own to a calendar, and what belongs to none
    /// stands alone.
    fn series_of(&self, group: GroupId, mut meetings: Vec<Meeting>) -> Vec<Event> {
        let mut events = Vec::new();
        for series in self.series.iter().filter(|series| series.recurrence.group_id == group) {
            let part = series.recurrence.part();
            let is_held =
                |meeting: &mut Meeting| !part.is_closed() && meeting.recurrence_id.is_some_and(|id| part.holds(id));
            let held: Vec<Meeting> = meetings.extract_if(.., is_held).collect();
            events.extend(self.part_of(series, &part, held));
        }
        events.extend(meetings.iter().filter_map(Meeting::alone));
        events
    }

    /// The events of one part. It is in the zone of its latest session: what was held in another before stands alone, and
    /// so does what was moved as no rule can say.
    fn part_of(&self, series: &Series, part: &Part, mut meetings: Vec<Meeting>) -> Vec<Event> {
        let latest = meetings.iter().max_by_key(|meeting| meeting.recurrence_id).map(|meeting| meeting.zone.clone());
        let (Some(recurrence), Some(zone)) = (part.shown(), latest) else {
            return meetings.iter().filter_map(Meeting::alone).collect();
        };
        // A calendar knows an occurrence by the start that the rule it is shown gives it.
        for meeting in &mut meetings {
            meeting.recurrence_id = meeting.recurrence_id.and_then(|start| part.moved(start));
        }
        // A month later the feed begins later, and so may the series: that is a change, too.
        let slid = self.window.from.checked_add(MONTHS_BACK.months()).unwrap_or(self.window.from);
        let slid = Zone::UTC.first_instant(slid.at(0, 0, 0, 0)).map_or(self.now, |zoned| zoned.timestamp());
        let shown = icalendar::Part {
            uid: name(series.recurrence.id),
            recurrence: &recurrence,
            zone,
            created: series.recurrence.created_at,
            revised: series.changed_at.max(slid),
            url: self.page("groups", series.recurrence.group_id),
        };
        icalendar::series(&shown, &meetings)
    }

    fn meeting(&self, row: &Row, places: &Places<'_>) -> Meeting {
        let (usual, own) = if self.is_for_staff() {
            ("Session", format!("Session {}", row.number))
        } else {
            ("Appointment", "Appointment".to_owned())
        };
        let (status, changed) = self.standing(row);
        let look = Look {
            summary: own,
            location: places.location(row),
            url: self.page("sessions", row.id),
            is_busy: row.role != Some(LeaderRole::Supervisor),
        };
        Meeting {
            uid: name(row.id),
            recurrence_id: row.recurrence_id.as_deref().and_then(|start| start.parse::<DateTime>().ok()),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            zone: row.zone.clone(),
            status,
            look,
            usual_summary: usual.to_owned(),
            created: row.created_at,
            modified: changed.max(places.changed(row)),
        }
    }

    /// Whether the reader has the session, and when that last changed.
    fn standing(&self, row: &Row) -> (MeetingStatus, Timestamp) {
        let booking = row.booking.filter(|booking| booking.status == ParticipantStatus::Cancelled);
        let of_session = (row.status == SessionStatus::Cancelled).then(|| row.cancelled_at.unwrap_or(row.updated_at));
        let of_booking = booking.map(|booking| booking.cancelled_at.unwrap_or(booking.updated_at));
        let changed = row.booking.map_or(row.updated_at, |booking| booking.updated_at.max(row.updated_at));
        let Some(cancelled) = of_session.into_iter().chain(of_booking).min() else {
            return (MeetingStatus::Held, changed);
        };
        let shown_until = cancelled.checked_add(CANCELLED_SHOWN).unwrap_or(Timestamp::MAX);
        if self.now < shown_until {
            (MeetingStatus::Cancelled, changed)
        } else {
            (MeetingStatus::Gone, changed.max(shown_until))
        }
    }

    /// The page of a record, for who can sign in.
    fn page(&self, place: &str, id: impl std::fmt::Display) -> Option<String> {
        (self.is_for_staff() && !self.base.is_empty()).then(|| format!("{}/{place}/{id}", self.base))
    }

    /// What calendar programs call it.
    fn name(&self) -> String {
        let site = |id: SiteId| self.sites.iter().find(|site| site.id == id).map(|site| site.name.to_string());
        let sessions = || "Sessions".to_owned();
        match self.subject {
            Subject::Practitioner(_) => sessions(),
            Subject::Patient(_) | Subject::Guest(_) => "Appointments".to_owned(),
            Subject::Site(id) => site(id).unwrap_or_else(sessions),
            Subject::Room(_) => match self.rooms.first() {
                Some(room) => joined([Some(room.name.to_string()), site(room.site_id)]).unwrap_or_else(sessions),
                None => sessions(),
            },
        }
    }

    /// What the feed says when it is too long.
    fn left_out(&self) -> Option<String> {
        let first = self.rows.get(SESSIONS_MAX)?;
        let day = first.zone.date(first.starts_at);
        Some(format!("Not everything is here: the sessions from {day} on are more than a calendar feed holds."))
    }

    fn reading_zone(&self) -> Zone {
        let own = match self.subject {
            Subject::Site(_) | Subject::Room(_) => self.sites.first().and_then(|site| Zone::parse(&site.zone).ok()),
            _ => None,
        };
        own.unwrap_or_else(|| self.zone.clone())
    }
}

/// What names a record in every calendar, for good.
fn name(id: impl std::fmt::Display) -> String {
    format!("{id}@convene")
}

/// Sites and rooms by id.
struct Places<'a> {
    sites: HashMap<SiteId, &'a Site>,
    rooms: HashMap<RoomId, &'a Room>,
    is_for_staff: bool,
}

impl<'a> Places<'a> {
    fn of(content: &'a Content) -> Self {
        Self {
            sites: content.sites.iter().map(|site| (site.id, site)).collect(),
            rooms: content.rooms.iter().map(|room| (room.id, room)).collect(),
            is_for_staff: content.is_for_staff(),
        }
    }

    /// Where to go: room and site for staff, site and address for the others.
    fn location(&self, row: &Row) -> Option<String> {
        let modality = row.booking.and_then(|booking| booking.modality).unwrap_or(row.modality);
        if modality == Modality::Virtual {
            return Some("Online".to_owned());
        }
        let site = row.site.and_then(|id| self.sites.get(&id));
        let name = site.map(|site| site.name.to_string());
        if self.is_for_staff {
            let room = row.room.and_then(|id| self.rooms.get(&id)).map(|room| room.name.to_string());
            return joined([room, name]);
        }
        let address = site.map(|site| site.address.lines().map(str::trim).collect::<Vec<_>>().join(", "));
        joined([name, address])
    }

    fn changed(&self, row: &Row) -> Timestamp {
        let site = row.site.and_then(|id| self.sites.get(&id)).map(|site| site.updated_at);
        let room = row.room.and_then(|id| self.rooms.get(&id)).map(|room| room.updated_at);
        site.into_iter().chain(room).max().unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

fn joined(parts: [Option<String>; 2]) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
