//! From the meetings one reader has of a series to the events that say just these.
//!
//! The rule of a series yields more than a reader may have: sessions of other people's, ones that were left out, ones
//! that aren't made yet. So the event of a series ends with the reader's last meeting, and leaves out by `EXDATE`
//! every start in between that isn't the reader's. What a rule can't say, an override or an event of its own does.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan as _, civil::DateTime};
use rules::recurrence::{Recurrence, Zone};

use super::event::{Event, Look, Repeats, Status, When};

/// Starts of a rule that are looked at; meetings beyond them get events of their own.
const STARTS_MAX: usize = 5_000;

/// A stretch of a series with one rule.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// What names it for good.
    pub uid: String,
    /// Its rule.
    pub recurrence: &'a Recurrence,
    /// The zone the rule is read in.
    pub zone: Zone,
    /// When the part was made.
    pub created: Timestamp,
    /// When anything of it last changed, also what this reader no longer has.
    pub revised: Timestamp,
    /// The page of the series, for those who can sign in.
    pub url: Option<String>,
}

/// One meeting as one reader has it.
#[derive(Debug, Clone)]
pub struct Meeting {
    /// What names it if it stands alone.
    pub uid: String,
    /// The local start the rule gives it; none for one that belongs to no series.
    pub recurrence_id: Option<DateTime>,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// The zone it is held in.
    pub zone: Zone,
    /// Whether it takes place.
    pub status: MeetingStatus,
    /// What is shown when it stands alone.
    pub look: Look,
    /// The title when it is one of a series.
    pub usual_summary: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
}

/// Whether a meeting takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeetingStatus {
    /// It does, or did.
    Held,
    /// It was cancelled, and readers are to be told.
    Cancelled,
    /// It was cancelled so long ago that it is left out.
    Gone,
}

impl Meeting {
    /// The event of a meeting that stands alone; none when it is gone.
    pub fn alone(&self) -> Option<Event> {
        let status = self.status()?;
        Some(Event {
            uid: self.uid.clone(),
            recurrence_id: None,
            created: self.created,
            modified: self.modified,
            revised: self.modified,
            when: When::of(&self.zone, self.starts_at, self.ends_at),
            zone: self.zone.clone(),
            repeats: None,
            status,
            look: self.look.clone(),
        })
    }

    fn status(&self) -> Option<Status> {
        match self.status {
            MeetingStatus::Held => Some(Status::Confirmed),
            MeetingStatus::Cancelled => Some(Status::Cancelled),
            MeetingStatus::Gone => None,
        }
    }

    fn usual_look(&self, url: Option<&String>) -> Look {
        Look { summary: self.usual_summary.clone(), url: url.cloned(), ..self.look.clone() }
    }
}

/// The events of a reader's meetings in one part of a series: the series first, then what differs from it, then what
/// stands alone.
pub fn series(part: &Part<'_>, meetings: &[Meeting]) -> Vec<Event> {
    let (own, foreign): (Vec<&Meeting>, Vec<&Meeting>) = meetings
        .iter()
        .filter(|meeting| meeting.status != MeetingStatus::Gone)
        .partition(|meeting| meeting.zone == part.zone && meeting.recurrence_id.is_some());
    let starts: BTreeSet<DateTime> = own.iter().filter_map(|meeting| meeting.recurrence_id).collect();
    let Some(pattern) = Pattern::of(part, &starts) else {
        return meetings.iter().filter_map(Meeting::alone).collect();
    };
    let (within, beyond): (Vec<&Meeting>, Vec<&Meeting>) =
        own.into_iter().partition(|meeting| meeting.recurrence_id.is_some_and(|start| pattern.has(start)));
    let usual = usual_look(part, &within);
    // Whatever has this name has it in one revision: a reader may drop an override that is older than its series.
    let revised = meetings.iter().map(|meeting| meeting.modified).chain([part.revised]).max().unwrap_or(part.revised);
    let mut events = vec![master(part, pattern, usual.clone(), revised)];
    events.extend(within.iter().filter_map(|meeting| over(part, meeting, &usual, revised)));
    events.extend(beyond.iter().chain(&foreign).filter_map(|meeting| meeting.alone()));
    events
}

/// The starts that the event of a part says, before any meeting of it is told apart.
struct Pattern {
    first: DateTime,
    repeats: Repeats,
    said: BTreeSet<DateTime>,
}

impl Pattern {
    /// The shortest stretch of the rule that has these starts in it, as far as the rule yields them; none when it
    /// yields none.
    fn of(part: &Part<'_>, starts: &BTreeSet<DateTime>) -> Option<Self> {
        let (from, until) = (starts.first()?.date(), starts.last()?.date());
        let bare = Recurrence { rdate: Vec::new(), exdate: Vec::new(), ..part.recurrence.clone() };
        let yielded: BTreeSet<DateTime> = match bare.rrule {
            Some(_) => {
                bare.occurrences(&part.zone, from, until, STARTS_MAX).iter().map(|one| one.recurrence_id).collect()
            }
            None => BTreeSet::new(),
        };
        let mut regular: Vec<DateTime> = yielded.intersection(starts).copied().collect();
        // The rule is told from the reader's first meeting on. Should it say something else from there, it is not told.
        if !says_the_same(part, &bare, &yielded, &regular) {
            regular.clear();
        }
        let single = |start: &DateTime| {
            let alone = part.recurrence.rrule.is_none() && *start == part.recurrence.start;
            !regular.contains(start) && (alone || part.recurrence.rdate.contains(start))
        };
        let mut also: Vec<DateTime> = starts.iter().copied().filter(single).collect();
        // A start of the series itself must be one its rule yields.
        let first = *regular.first().or(also.first())?;
        also.retain(|start| *start > first);
        let rule = match (&part.recurrence.rrule, regular.last()) {
            (Some(rule), Some(last)) => Some((rule.clone(), part.zone.first_instant(*last)?.timestamp())),
            _ => None,
        };
        let stretch =
            yielded.iter().filter(|start| rule.is_some() && **start >= first && regular.last() >= Some(start));
        let except = stretch.filter(|start| !starts.contains(start)).copied().collect();
        let said: BTreeSet<DateTime> = regular.iter().chain(&also).copied().chain([first]).collect();
        let last = *said.last()?;
        Some(Self { first, repeats: Repeats { rule, also, except, last }, said })
    }

    fn has(&self, start: DateTime) -> bool {
        self.said.contains(&start)
    }
}

/// Whether a rule that begins with the first of these starts yields, up to the last, what it yields from its own start.
fn says_the_same(part: &Part<'_>, bare: &Recurrence, yielded: &BTreeSet<DateTime>, regular: &[DateTime]) -> bool {
    let (Some(first), Some(last)) = (regular.first(), regular.last()) else { return true };
    let later = Recurrence { start: *first, ..bare.clone() };
    let again = later.occurrences(&part.zone, first.date(), last.date(), STARTS_MAX);
    let again = again.iter().map(|one| one.recurrence_id).filter(|start| start <= last);
    again.eq(yielded.range(*first..=*last).copied())
}

/// What most of the meetings look like; of equals, the greatest, so that it stays the same from one day to the next.
fn usual_look(part: &Part<'_>, meetings: &[&Meeting]) -> Look {
    let mut looks: Vec<Look> = meetings.iter().map(|meeting| meeting.usual_look(part.url.as_ref())).collect();
    looks.sort();
    let most = looks.chunk_by(|one, other| one == other).max_by_key(|same| same.len()).and_then(|same| same.first());
    most.cloned().unwrap_or(Look { summary: String::new(), location: None, url: None, is_busy: true })
}

fn master(part: &Part<'_>, pattern: Pattern, look: Look, revised: Timestamp) -> Event {
    let end = usual_end(part, pattern.first).unwrap_or(pattern.first);
    Event {
        uid: part.uid.clone(),
        recurrence_id: None,
        created: part.created,
        modified: revised,
        revised,
        when: When::Local(pattern.first, end),
        zone: part.zone.clone(),
        repeats: Some(pattern.repeats),
        status: Status::Confirmed,
        look,
    }
}

/// The end of a meeting as a reader reckons it who adds the length to the clock on the wall.
fn usual_end(part: &Part<'_>, start: DateTime) -> Option<DateTime> {
    start.checked_add(i64::from(part.recurrence.duration_minutes).minutes()).ok()
}

/// The event of a meeting that is not as its series says; none for one that is.
///
/// Across a change of the clocks readers differ in what a length means, and in what a skipped time does: then the
/// meeting's times are told outright, too.
fn over(part: &Part<'_>, meeting: &Meeting, usual: &Look, revised: Timestamp) -> Option<Event> {
    let start = meeting.recurrence_id?;
    let when = When::of(&meeting.zone, meeting.starts_at, meeting.ends_at);
    let is_usual = usual_end(part, start).is_some_and(|end| when == When::Local(start, end));
    if is_usual && meeting.status == MeetingStatus::Held && meeting.usual_look(part.url.as_ref()) == *usual {
        return None;
    }
    Some(Event {
        uid: part.uid.clone(),
        recurrence_id: Some(start),
        revised,
        when,
        zone: part.zone.clone(),
        ..meeting.alone()?
    })
}
