//! How somebody stands at the consent gate: what is needed now, what they have given, and what was said by hand.
//!
//! Nothing of it is stored: it follows from the texts in use, the consents and the booking each time it is read, so that a
//! change of any of them counts at once, in ten bookings or in ten thousand.

use jiff::{Timestamp, civil::Date};

use super::{ConsentKind, ConsentLack, ConsentStatus, NeededBy};

/// What decides whether a consent holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What it is to.
    pub kind: ConsentKind,
    /// The version of the text that was signed.
    pub text_version: u32,
    /// Its first day.
    pub valid_from: Date,
    /// Its last day; none when it holds until it is revoked.
    pub valid_until: Option<Date>,
    /// When it was written down here.
    pub kept_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Term {
    /// How it stands on a day. A revoked one holds on no day: what is withdrawn binds from that moment on.
    pub fn status(&self, day: Date) -> ConsentStatus {
        match self {
            Self { revoked_at: Some(_), .. } => ConsentStatus::Revoked,
            Self { valid_from, .. } if *valid_from > day => ConsentStatus::NotYet,
            Self { valid_until: Some(last), .. } if *last < day => ConsentStatus::Expired,
            _ => ConsentStatus::InForce,
        }
    }
}

/// How somebody takes part, as far as consents depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakesPart {
    /// A guest, not a patient.
    pub guest: bool,
    /// In a group session.
    pub group: bool,
    /// By video.
    pub telehealth: bool,
}

impl NeededBy {
    /// Whether somebody who takes part so needs it.
    pub const fn binds(self, who: TakesPart) -> bool {
        match self {
            Self::Nobody => false,
            Self::Everybody => true,
            Self::Patients => !who.guest,
            Self::Guests => who.guest,
            Self::Groups => who.group,
            Self::Telehealth => who.telehealth,
        }
    }
}

/// What a text in use asks for at check-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// What it is to.
    pub kind: ConsentKind,
    /// Who needs it.
    pub by: NeededBy,
    /// The oldest version whose consents count.
    pub counts_from: u32,
    /// Since when it is asked for like this: what was seen by hand before was not this.
    pub since: Timestamp,
}

impl Needed {
    /// Whether somebody who takes part so needs it. Nobody is asked for what they could not give.
    pub fn binds(&self, who: TakesPart) -> bool {
        let could_not = if who.guest { self.kind.is_of_patients() } else { self.kind.is_of_guests() };
        !could_not && self.by.binds(who)
    }

    /// How it stands on a day by what was signed, whatever was seen by hand: the best of the consents counts, and where none
    /// holds, what comes soonest or ended last.
    pub fn on_file(&self, held: &[Term], day: Date) -> OnFile {
        if let Some(last) = self.met_until(held, day) {
            return OnFile::Holds((last < Date::MAX).then_some(last));
        }
        let of_kind = || held.iter().filter(|term| term.kind == self.kind);
        let counting = || of_kind().filter(|term| term.text_version >= self.counts_from);
        let at = |status: ConsentStatus| counting().filter(move |term| term.status(day) == status);
        if let Some(first) = at(ConsentStatus::NotYet).map(|term| term.valid_from).min() {
            return OnFile::Begins(first);
        }
        if let Some(last) = at(ConsentStatus::Expired).filter_map(|term| term.valid_until).max() {
            return OnFile::Expired(last);
        }
        match (counting().next(), of_kind().next()) {
            (Some(_), _) => OnFile::Revoked,
            (None, Some(_)) => OnFile::Outdated,
            (None, None) => OnFile::Missing,
        }
    }

    /// Until when the best of these meets it on a day: none when none does; the last of all days without an end.
    fn met_until(&self, held: &[Term], day: Date) -> Option<Date> {
        let counts = |term: &&Term| term.kind == self.kind && term.text_version >= self.counts_from;
        let holding = held.iter().filter(counts).filter(|term| term.status(day) == ConsentStatus::InForce);
        holding.map(|term| term.valid_until.unwrap_or(Date::MAX)).max()
    }
}

/// How what is needed stands by what somebody signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFile {
    /// It holds: to this day, or until it is revoked.
    Holds(Option<Date>),
    /// It begins to hold on this day.
    Begins(Date),
    /// It held to this day.
    Expired(Date),
    /// It was revoked.
    Revoked,
    /// A version was signed that counts no longer.
    Outdated,
    /// It was never given.
    Missing,
}

impl OnFile {
    /// Why it is lacking, and the day of that where there is one: the last of what expired, the first of what is to come.
    pub const fn lack(self) -> Option<(ConsentLack, Option<Date>)> {
        match self {
            Self::Holds(_) => None,
            Self::Begins(first) => Some((ConsentLack::NotYet, Some(first))),
            Self::Expired(last) => Some((ConsentLack::Expired, Some(last))),
            Self::Revoked => Some((ConsentLack::Revoked, None)),
            Self::Outdated => Some((ConsentLack::Outdated, None)),
            Self::Missing => Some((ConsentLack::Missing, None)),
        }
    }
}

/// What somebody has said by hand of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Valid consents were seen; or there are none, whatever is on file.
    pub verified: bool,
    /// When it was said.
    pub at: Timestamp,
    /// They took part by video then.
    pub telehealth: bool,
}

impl Said {
    /// Whether what was seen meets what is needed now: it was asked for then, and was not revoked since.
    fn covers(self, needed: &Needed, held: &[Term]) -> bool {
        let was_needed = needed.since <= self.at && (needed.by != NeededBy::Telehealth || self.telehealth);
        let revoked = |term: &Term| term.kind == needed.kind && term.revoked_at.is_some_and(|at| at >= self.at);
        self.verified && was_needed && !held.iter().any(revoked)
    }

    /// Whether a consent that is needed was given after it was said that there is none.
    fn is_overtaken(self, needed: &[&Needed], held: &[Term]) -> bool {
        held.iter().any(|term| term.kept_at > self.at && needed.iter().any(|one| one.kind == term.kind))
    }
}

/// How somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Everything that is needed holds.
    pub verified: bool,
    /// The last day of what that rests on; none where that has no end, or was seen by hand.
    pub until: Option<Date>,
}

impl Standing {
    const MISSING: Self = Self { verified: false, until: None };
}

/// Judges a booking on the day of its session: of each kind that is needed the consent that holds longest counts, or what
/// was seen by hand. Where no text asks for any, only what was seen by hand counts.
pub fn standing(texts: &[Needed], held: &[Term], said: Option<Said>, who: TakesPart, day: Date) -> Standing {
    let needed: Vec<&Needed> = texts.iter().filter(|text| text.binds(who)).collect();
    let denied = said.is_some_and(|said| !said.verified && !said.is_overtaken(&needed, held));
    let seen = said.filter(|said| said.verified);
    if denied || (needed.is_empty() && seen.is_none()) {
        return Standing::MISSING;
    }
    let mut until = Date::MAX;
    for one in needed.into_iter().filter(|one| !seen.is_some_and(|seen| seen.covers(one, held))) {
        match one.met_until(held, day) {
            Some(last) => until = until.min(last),
            None => return Standing::MISSING,
        }
    }
    Standing { verified: true, until: (until < Date::MAX).then_some(until) }
}

/// What is lacking of a booking that may not pass, in the order of the texts, and how each stands on file. Where it was said
/// by hand that there is none though all that is needed holds, or where no text asks for any, no consent can be named.
pub fn lacking<'a>(
    texts: &'a [Needed],
    held: &[Term],
    said: Option<Said>,
    who: TakesPart,
    day: Date,
) -> Vec<(&'a Needed, OnFile)> {
    let is_covered = |one: &Needed| said.is_some_and(|said| said.covers(one, held));
    let asked = texts.iter().filter(|text| text.binds(who) && !is_covered(text));
    asked.map(|one| (one, one.on_file(held, day))).filter(|(_, on_file)| on_file.lack().is_some()).collect()
}
