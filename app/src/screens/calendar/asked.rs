//! What the address of a calendar asks for, and the addresses of others.

use std::{fmt::Display, str::FromStr};

use ::rules::id::{GroupId, PractitionerId, RoomId, SiteId};
use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};

use crate::sessions::inputs::Day;

/// Days of an agenda.
const AGENDA_DAYS: i64 = 14;

::rules::vocabulary! {
    /// How much is shown, and how.
    pub enum View {
        /// One day, by room or leader.
        Day = "day",
        /// Seven days side by side.
        Week = "week",
        /// A month at a glance.
        Month = "month",
        /// A list by day.
        Agenda = "agenda",
    }
}

::rules::vocabulary! {
    /// What the columns of a day are.
    pub enum By {
        /// Rooms.
        Room = "room",
        /// Those who lead.
        Leader = "facilitator",
    }
}

/// What is asked for. What can't be read is left out and remembered: the page says so.
#[derive(Debug, Clone)]
pub struct Asked {
    pub view: View,
    pub day: Date,
    pub by: By,
    pub site: Option<SiteId>,
    pub room: Option<RoomId>,
    pub facilitator: Option<PractitionerId>,
    pub group: Option<GroupId>,
    pub cancelled: bool,
    /// Names of what could not be read.
    pub unread: Vec<&'static str>,
}

impl Asked {
    /// Reads the pairs of an address; without a day it is `today`.
    pub fn read(pairs: &[(String, String)], today: Date) -> Self {
        let mut unread = Vec::new();
        let day: Option<Day> = one(pairs, "day", &mut unread);
        Self {
            view: one(pairs, "view", &mut unread).unwrap_or(View::Week),
            day: day.map_or(today, |Day(day)| day),
            by: one(pairs, "by", &mut unread).unwrap_or(By::Room),
            site: one(pairs, "site", &mut unread),
            room: one(pairs, "room", &mut unread),
            facilitator: one(pairs, "facilitator", &mut unread),
            group: one(pairs, "group", &mut unread),
            cancelled: pairs.iter().any(|(name, text)| name == "cancelled" && !text.is_empty()),
            unread,
        }
    }

    /// The address of the same calendar with another view of another day.
    pub fn address(&self, view: View, day: Date) -> String {
        let mut address = format!("/calendar?view={view}&day={day}");
        let mut add = |name: &str, value: Option<&dyn Display>| {
            if let Some(value) = value {
                address.push_str(&format!("&{name}={value}"));
            }
        };
        add("by", (self.by != By::Room).then_some(&self.by as &dyn Display));
        add("site", self.site.as_ref().map(|id| id as _));
        add("room", self.room.as_ref().map(|id| id as _));
        add("facilitator", self.facilitator.as_ref().map(|id| id as _));
        add("group", self.group.as_ref().map(|id| id as _));
        add("cancelled", self.cancelled.then_some(&1 as _));
        address
    }

    /// Whether fewer than all sessions are asked for.
    pub const fn is_filtered(&self) -> bool {
        self.site.is_some() || self.room.is_some() || self.facilitator.is_some() || self.group.is_some()
    }

    /// The first and the last day shown.
    pub fn days(&self) -> (Date, Date) {
        match self.view {
            View::Day => (self.day, self.day),
            View::Week => (monday(self.day), later(monday(self.day), 6)),
            View::Month => {
                let last = monday(self.day.last_of_month());
                (monday(self.day.first_of_month()), later(last, 6))
            }
            View::Agenda => (self.day, later(self.day, AGENDA_DAYS - 1)),
        }
    }

    /// A day of what is shown before this or, with 1, after it; none at the ends of the calendar.
    pub fn turned(&self, by: i64) -> Option<Date> {
        let span = match self.view {
            View::Day => by.days(),
            View::Week => by.weeks(),
            View::Month => by.months(),
            View::Agenda => (by * AGENDA_DAYS).days(),
        };
        let start = if self.view == View::Month { self.day.first_of_month() } else { self.day };
        start.checked_add(span).ok().filter(|day| (1900..=2199).contains(&day.year()))
    }

    /// What is shown, as a title: `2 – 8 March 2026`.
    pub fn title(&self) -> String {
        let (from, until) = self.days();
        match self.view {
            View::Day => self.day.strftime("%A %-d %B %Y").to_string(),
            View::Month => self.day.strftime("%B %Y").to_string(),
            View::Week | View::Agenda => {
                let first = match (from.year() == until.year(), from.month() == until.month()) {
                    (true, true) => "%-d",
                    (true, false) => "%-d %B",
                    (false, _) => "%-d %B %Y",
                };
                format!("{} – {}", from.strftime(first), until.strftime("%-d %B %Y"))
            }
        }
    }
}

/// The one value of a name; what can't be read is noted.
fn one<T: FromStr>(pairs: &[(String, String)], name: &'static str, unread: &mut Vec<&'static str>) -> Option<T> {
    let text = pairs.iter().find(|(known, text)| known == name && !text.is_empty()).map(|(_, text)| text)?;
    let read = text.parse().ok();
    if read.is_none() {
        unread.push(name);
    }
    read
}

/// The Monday of a day's week.
fn monday(day: Date) -> Date {
    later(day, -i64::from(day.weekday().since(Weekday::Monday)))
}

/// The day so many days later; at the ends of the calendar, the same.
pub fn later(day: Date, days: i64) -> Date {
    day.checked_add(days.days()).unwrap_or(day)
}

/// Every day from one to another.
pub fn each(from: Date, until: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(from), move |day| day.tomorrow().ok()).take_while(move |day| *day <= until)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> Asked {
        let pairs: Vec<_> = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Asked::read(&pairs, date(2026, 3, 4))
    }

    #[test]
    fn days_titles_and_neighbours_of_each_view() {
        let week = asked(&[]);
        assert_eq!((week.days(), week.title().as_str()), ((date(2026, 3, 2), date(2026, 3, 8)), "2 – 8 March 2026"));
        assert_eq!(week.turned(-1), Some(date(2026, 2, 25)));
        let over = asked(&[("day", "2025-12-31")]);
        assert_eq!(over.title(), "29 December 2025 – 4 January 2026");
        let month = asked(&[("view", "month"), ("day", "2026-03-31")]);
        assert_eq!((month.days(), month.title().as_str()), ((date(2026, 2, 23), date(2026, 4, 5)), "March 2026"));
        assert_eq!(month.turned(1), Some(date(2026, 4, 1)), "no month is left out after the 31st");
        let day = asked(&[("view", "day"), ("day", "2026-03-01")]);
        assert_eq!((day.days().1, day.title().as_str()), (date(2026, 3, 1), "Sunday 1 March 2026"));
        let agenda = asked(&[("view", "agenda"), ("day", "2026-03-20")]);
        assert_eq!(agenda.title(), "20 March – 2 April 2026");
        assert_eq!(agenda.turned(1), Some(date(2026, 4, 3)));
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_told() {
        let odd = asked(&[("view", "year"), ("day", "9999-12-31"), ("site", "room_1"), ("by", ""), ("more", "x")]);
        assert_eq!((odd.view, odd.day, odd.site), (View::Week, date(2026, 3, 4), None));
        assert_eq!(odd.unread, ["day", "view", "site"]);
        for day in ["0001-01-01", "2026-02-30", "soon", "😀"] {
            assert_eq!(asked(&[("day", day)]).unread, ["day"], "{day}");
        }
    }

    #[test]
    fn the_ends_of_the_calendar_lead_nowhere() {
        assert_eq!(asked(&[("day", "1900-01-01")]).turned(-1), None);
        assert_eq!(asked(&[("day", "2199-12-31"), ("view", "month")]).turned(1), None);
        assert!(asked(&[("day", "2199-12-31")]).days().1 > date(2199, 12, 31), "the week is whole");
    }

    #[test]
    fn an_address_keeps_its_filters() {
        let site = SiteId::from_uuid(uuid::Uuid::from_u128(7)).to_string();
        let one = asked(&[("site", &site), ("cancelled", "1"), ("by", "facilitator")]);
        let address = one.address(View::Day, date(2026, 3, 9));
        assert_eq!(address, format!("/calendar?view=day&day=2026-03-09&by=facilitator&site={site}&cancelled=1"));
    }
}
