//! When a practitioner works: weekly hours by the clock on the wall, and time off (domain 4, *Conflicts*).
//!
//! Hours are blocks of a weekday in the zone of a site. An instant is inside a block when the clock on the wall there
//! shows a time inside it: the hour that happens twice on a DST day is inside both times, the one that is left out is
//! nowhere, and nothing drifts. On a day on which no block is in effect nothing is said, and the practitioner is
//! available: somebody without any hours always is.

mod clock_time;
mod time_off;

#[cfg(test)]
mod tests;

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time, Weekday},
};

use crate::{id::SiteId, recurrence::Zone, violation::Violation};

pub use clock_time::{BadClockTime, ClockTime};
pub use time_off::{TimeOffKind, TimeOffRefusal, TimeOffStatus, TimeOffVerb};

/// Blocks of one practitioner, at most: every day of the week in several seasons.
pub const BLOCKS_MAX: usize = 100;

crate::vocabulary! {
    /// A day of the week.
    pub enum Day {
        /// Monday.
        Monday = "monday",
        /// Tuesday.
        Tuesday = "tuesday",
        /// Wednesday.
        Wednesday = "wednesday",
        /// Thursday.
        Thursday = "thursday",
        /// Friday.
        Friday = "friday",
        /// Saturday.
        Saturday = "saturday",
        /// Sunday.
        Sunday = "sunday",
    }
}

impl Day {
    /// The day of the week of a date.
    pub fn of(date: Date) -> Self {
        match date.weekday() {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }

    /// As people read it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }
}

/// Hours of one day of the week, from one time to another on the same day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Block {
    /// The day of the week.
    pub weekday: Day,
    /// From then: `09:00`.
    pub starts: ClockTime,
    /// Until then, not included: `17:00`, at most `24:00`.
    pub ends: ClockTime,
    /// Where: only sessions at this site or at none are inside, and the clock is the site's. Without one, sessions
    /// anywhere are, and the clock is the organization's.
    pub site_id: Option<SiteId>,
    /// The first day on which it holds; always before, unless given.
    #[schema(value_type = Option<String>, format = Date)]
    pub effective_from: Option<Date>,
    /// The last day on which it holds; for good unless given.
    #[schema(value_type = Option<String>, format = Date)]
    pub effective_until: Option<Date>,
}

impl Block {
    /// Whether it holds on a day, whatever day of the week that is.
    pub fn in_effect(&self, day: Date) -> bool {
        self.effective_from.is_none_or(|from| from <= day) && self.effective_until.is_none_or(|until| day <= until)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let days = |from: Option<Date>, until: Option<Date>| from.zip(until).is_none_or(|(from, until)| from <= until);
        self.weekday == other.weekday
            && self.starts < other.ends
            && other.starts < self.ends
            && days(self.effective_from, other.effective_until)
            && days(other.effective_from, self.effective_until)
    }
}

/// Judges the hours of a week: each ends after it starts, and none overlaps another on the same days.
pub fn check_blocks(blocks: &[Block]) -> Vec<Violation> {
    if blocks.len() > BLOCKS_MAX {
        return vec![Violation::new("blocks", "too_many", format!("must be at most {BLOCKS_MAX}"))];
    }
    let mut found = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        let field = |name: &str| format!("blocks[{at}].{name}");
        if block.ends <= block.starts {
            let message = "must be after the start; hours over midnight are two blocks, the first until 24:00";
            found.push(Violation::new(field("ends"), "out_of_range", message));
        }
        if block.effective_from.zip(block.effective_until).is_some_and(|(from, until)| until < from) {
            let message = "must not be before the first day";
            found.push(Violation::new(field("effective_until"), "out_of_range", message));
        }
        if let Some(other) = blocks[..at].iter().position(|other| other.overlaps(block)) {
            let message = format!("overlaps number {} of the list on the same days", other + 1);
            found.push(Violation::new(field("starts"), "overlaps", message));
        }
    }
    found
}

/// The hours of a practitioner, each block with the zone of its clock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours(Vec<(Block, Zone)>);

/// Why a time is outside somebody's hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// The day of the week it is about.
    pub day: Day,
    /// The hours that day, at the site in question.
    pub hours: Vec<(ClockTime, ClockTime)>,
    /// There are hours that day, but at another site.
    pub elsewhere: bool,
}

impl std::fmt::Display for Outside {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let day = self.day.in_words();
        match (self.hours.as_slice(), self.elsewhere) {
            ([], true) => write!(out, "works at another site on this {day}"),
            ([], false) => write!(out, "has no hours on this {day}"),
            (hours, _) => {
                write!(out, "has hours ")?;
                for (at, (starts, ends)) in hours.iter().enumerate() {
                    write!(out, "{}{starts} to {ends}", if at == 0 { "" } else { " and " })?;
                }
                write!(out, " on this {day}")
            }
        }
    }
}

/// An interval of instants, the end not included.
type Interval = (Timestamp, Timestamp);

impl Hours {
    /// Hours of blocks and the zones of their clocks.
    pub fn new(blocks: impl IntoIterator<Item = (Block, Zone)>) -> Self {
        Self(blocks.into_iter().collect())
    }

    /// Judges whether `[starts_at, ends_at)` at a site, or at none, is inside; blocks that meet are one.
    ///
    /// # Errors
    /// [`Outside`] with the hours of the day on which the time begins.
    pub fn judge(&self, site: Option<SiteId>, (starts_at, ends_at): Interval) -> Result<(), Outside> {
        if self.0.is_empty() || ends_at <= starts_at {
            return Ok(());
        }
        let mut covered: Vec<Interval> = Vec::new();
        let mut zones: Vec<&Zone> = Vec::new();
        for (_, zone) in &self.0 {
            if !zones.contains(&zone) {
                zones.push(zone);
                self.cover(zone, site, (starts_at, ends_at), &mut covered);
            }
        }
        covered.sort_unstable();
        let reached = covered.into_iter().fold(
            starts_at,
            |reached, (from, until)| {
                if from <= reached { reached.max(until) } else { reached }
            },
        );
        if reached >= ends_at { Ok(()) } else { Err(self.outside(site, starts_at)) }
    }

    /// What the blocks of one zone cover of an interval, piece by piece between the changes of its clock.
    fn cover(&self, zone: &Zone, site: Option<SiteId>, (from, until): Interval, covered: &mut Vec<Interval>) {
        let mut at = from;
        while at < until {
            let next = zone.time_zone().following(at).next().map(|change| change.timestamp());
            let end = next.filter(|next| *next < until).unwrap_or(until);
            let local = zone.local(at);
            let mut day = local.date();
            while let Some(midnight) = beside(local, at, day.to_datetime(Time::midnight())).filter(|start| *start < end)
            {
                let piece = |minutes: u16| midnight.checked_add(SignedDuration::from_mins(minutes.into())).ok();
                covered.extend(self.pieces_of(day, zone, site).filter_map(|(starts, ends)| {
                    let (starts, ends) = (piece(starts)?.max(at), piece(ends)?.min(end));
                    (starts < ends).then_some((starts, ends))
                }));
                match day.tomorrow() {
                    Ok(tomorrow) => day = tomorrow,
                    Err(_) => break,
                }
            }
            at = end;
        }
    }

    /// What the blocks of a zone cover of a day, in minutes after midnight. A day nothing is said of is covered.
    fn pieces_of(&self, day: Date, zone: &Zone, site: Option<SiteId>) -> impl Iterator<Item = (u16, u16)> {
        let unsaid = self.0.iter().all(|(block, _)| !block.in_effect(day));
        let whole = unsaid.then_some((0, ClockTime::DAY));
        let of_day = self.0.iter().filter(move |(block, clock)| {
            clock == zone && block.in_effect(day) && block.weekday == Day::of(day) && serves(block, site)
        });
        whole.into_iter().chain(of_day.map(|(block, _)| (block.starts.minutes(), block.ends.minutes())))
    }

    fn outside(&self, site: Option<SiteId>, starts_at: Timestamp) -> Outside {
        let mut here = Vec::new();
        let mut elsewhere = false;
        let mut day = self.0.first().map_or(Day::Monday, |(_, zone)| Day::of(zone.date(starts_at)));
        for (block, zone) in &self.0 {
            let date = zone.date(starts_at);
            if block.in_effect(date) && block.weekday == Day::of(date) {
                day = block.weekday;
                match serves(block, site) {
                    true => here.push((block.starts, block.ends)),
                    false => elsewhere = true,
                }
            }
        }
        here.sort_unstable();
        Outside { day, hours: here, elsewhere }
    }
}

/// Whether a block is about sessions at this site.
fn serves(block: &Block, site: Option<SiteId>) -> bool {
    block.site_id.is_none() || site.is_none() || block.site_id == site
}

/// The instant at which a clock that shows `local` at `at`, and is not turned, shows another time.
fn beside(local: DateTime, at: Timestamp, wanted: DateTime) -> Option<Timestamp> {
    at.checked_add(wanted.duration_since(local)).ok()
}
