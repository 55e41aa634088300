//! The roster as one would write it on paper: vectors, no database, no locks. What the product does is held against it.

use std::collections::BTreeSet;

/// How a group gives a free seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    Auto,
    Offer,
    Manual,
}

impl Policy {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Offer => "offer",
            Self::Manual => "manual",
        }
    }
}

/// What one call wants of a full group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFull {
    Waitlist,
    Reject,
    Override,
}

impl OnFull {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waitlist => "waitlist",
            Self::Reject => "reject",
            Self::Override => "override",
        }
    }
}

/// One thing somebody does. People and groups are numbers; `nth` counts the stints of a group, gone ones too.
#[derive(Debug, Clone)]
pub enum Step {
    Add {
        group: usize,
        person: usize,
        on_full: OnFull,
    },
    Batch {
        group: usize,
        people: Vec<usize>,
        on_full: OnFull,
    },
    Remove {
        group: usize,
        nth: usize,
    },
    Accept {
        group: usize,
        nth: usize,
    },
    Decline {
        group: usize,
        nth: usize,
    },
    Move {
        group: usize,
        nth: usize,
        position: usize,
    },
    Seats {
        group: usize,
        seats: usize,
    },
    Archive {
        group: usize,
    },
    Restore {
        group: usize,
    },
    Apart {
        one: usize,
        other: usize,
    },
    Together {
        one: usize,
        other: usize,
    },
    /// Hours go by, and the job that ends offers runs.
    Pass {
        hours: u32,
    },
}

/// What the caller is told: done, or the code of the refusal.
pub type Said = Result<(), &'static str>;

/// One stint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stint {
    pub person: usize,
    pub status: &'static str,
    /// The hour an offer ends.
    pub until: Option<u32>,
}

impl Stint {
    fn is_live(&self) -> bool {
        matches!(self.status, "active" | "waitlisted" | "offered")
    }
}

/// One group: every stint there ever was, in the order of being added, and the line as places in that list.
#[derive(Debug, Clone)]
pub struct Group {
    pub seats: usize,
    pub policy: Policy,
    pub is_archived: bool,
    pub stints: Vec<Stint>,
    pub line: Vec<usize>,
}

/// How long an offer holds a seat.
pub const HOLD_HOURS: u32 = 24;

/// Everything there is.
#[derive(Debug, Clone)]
pub struct World {
    pub groups: Vec<Group>,
    pub apart: BTreeSet<(usize, usize)>,
    pub hour: u32,
}

impl Group {
    pub fn new(seats: usize, policy: Policy) -> Self {
        Self { seats, policy, is_archived: false, stints: Vec::new(), line: Vec::new() }
    }

    fn taken(&self) -> usize {
        self.stints.iter().filter(|stint| matches!(stint.status, "active" | "offered")).count()
    }

    fn live(&self, person: usize) -> bool {
        self.stints.iter().any(|stint| stint.person == person && stint.is_live())
    }

    fn settle(&mut self, nth: usize, status: &'static str) {
        self.line.retain(|waiting| *waiting != nth);
        self.stints[nth].status = status;
        self.stints[nth].until = None;
    }
}

impl World {
    pub fn new(groups: Vec<Group>) -> Self {
        Self { groups, apart: BTreeSet::new(), hour: 0 }
    }

    fn are_apart(&self, one: usize, other: usize) -> bool {
        self.apart.contains(&(one.min(other), one.max(other)))
    }

    /// Whether somebody who has a seat, or waits if `line_too`, must not meet this person.
    fn is_kept_apart(&self, group: usize, person: usize, line_too: bool) -> bool {
        let counts =
            |stint: &Stint| matches!(stint.status, "active" | "offered") || line_too && stint.status == "waitlisted";
        let others = self.groups[group].stints.iter().filter(|stint| stint.person != person && counts(stint));
        others.into_iter().any(|stint| self.are_apart(person, stint.person))
    }

    fn somebody_eligible_waits(&self, group: usize) -> bool {
        let Group { line, stints, .. } = &self.groups[group];
        line.iter().any(|nth| !self.is_kept_apart(group, stints[*nth].person, false))
    }

    /// The step with `nth` as one of the stints there are; none when there are none.
    pub fn bound(&self, step: &Step) -> Option<Step> {
        let mut step = step.clone();
        if let Step::Remove { group, nth }
        | Step::Accept { group, nth }
        | Step::Decline { group, nth }
        | Step::Move { group, nth, .. } = &mut step
        {
            *nth = nth.checked_rem(self.groups[*group].stints.len())?;
        }
        Some(step)
    }

    /// Does one thing, and says what the caller is told.
    pub fn step(&mut self, step: &Step) -> Said {
        match *step {
            Step::Add { group, person, on_full } => self.add(group, person, on_full),
            Step::Batch { group, ref people, on_full } => self.batch(group, people, on_full),
            Step::Remove { group, nth } => self.remove(group, nth),
            Step::Accept { group, nth } => self.answer(group, nth, "active"),
            Step::Decline { group, nth } => self.answer(group, nth, "declined"),
            Step::Move { group, nth, position } => self.move_to(group, nth, position),
            Step::Seats { group, seats } => self.seat(group, seats),
            Step::Archive { group } => {
                self.groups[group].is_archived = true;
                Ok(())
            }
            Step::Restore { group } => {
                self.groups[group].is_archived = false;
                self.promote(group);
                Ok(())
            }
            Step::Apart { one, other } => {
                self.apart.insert((one.min(other), one.max(other)));
                Ok(())
            }
            Step::Together { one, other } => {
                self.apart.remove(&(one.min(other), one.max(other)));
                Ok(())
            }
            Step::Pass { hours } => {
                self.hour += hours;
                (0..self.groups.len()).for_each(|group| self.expire(group));
                Ok(())
            }
        }
    }

    fn add(&mut self, group: usize, person: usize, on_full: OnFull) -> Said {
        if self.groups[group].is_archived {
            return Err("invalid_transition");
        }
        if self.groups[group].live(person) {
            return Err("already_member");
        }
        if self.is_kept_apart(group, person, true) {
            return Err("not_eligible");
        }
        let free = self.groups[group].taken() < self.groups[group].seats && !self.somebody_eligible_waits(group);
        match (free, on_full) {
            (true, _) | (false, OnFull::Override) => self.place(group, person, "active"),
            (false, OnFull::Waitlist) => self.place(group, person, "waitlisted"),
            (false, OnFull::Reject) => return Err("group_full"),
        }
        Ok(())
    }

    fn place(&mut self, group: usize, person: usize, status: &'static str) {
        let group = &mut self.groups[group];
        if status == "waitlisted" {
            group.line.push(group.stints.len());
        }
        group.stints.push(Stint { person, status, until: None });
    }

    fn batch(&mut self, group: usize, people: &[usize], on_full: OnFull) -> Said {
        if self.groups[group].is_archived {
            return Err("invalid_transition");
        }
        let mut tried = self.clone();
        let mut overflowed = false;
        for person in people {
            overflowed |= tried.add(group, *person, on_full) == Err("group_full");
        }
        if overflowed {
            return Err("group_full");
        }
        *self = tried;
        Ok(())
    }

    fn remove(&mut self, group: usize, nth: usize) -> Said {
        if self.groups[group].is_archived || !self.groups[group].stints[nth].is_live() {
            return Err("invalid_transition");
        }
        let had_seat = self.groups[group].stints[nth].status != "waitlisted";
        self.groups[group].settle(nth, "left");
        if had_seat {
            self.promote(group);
        }
        Ok(())
    }

    fn answer(&mut self, group: usize, nth: usize, status: &'static str) -> Said {
        let person = self.groups[group].stints[nth].person;
        match (self.groups[group].is_archived, self.groups[group].stints[nth].status) {
            (false, "offered") => {}
            (false, "expired") => return Err("offer_expired"),
            _ => return Err("invalid_transition"),
        }
        if status == "active" && self.is_kept_apart(group, person, false) {
            return Err("not_eligible");
        }
        self.groups[group].settle(nth, status);
        if status == "declined" {
            self.promote(group);
        }
        Ok(())
    }

    fn move_to(&mut self, group: usize, nth: usize, position: usize) -> Said {
        let group = &mut self.groups[group];
        if group.is_archived || group.stints[nth].status != "waitlisted" {
            return Err("invalid_transition");
        }
        if position == 0 || position > group.line.len() {
            return Err("invalid");
        }
        group.line.retain(|waiting| *waiting != nth);
        group.line.insert(position - 1, nth);
        Ok(())
    }

    fn seat(&mut self, group: usize, seats: usize) -> Said {
        if self.groups[group].is_archived {
            return Err("invalid_transition");
        }
        let raised = seats > self.groups[group].seats;
        self.groups[group].seats = seats;
        if raised {
            self.promote(group);
        }
        Ok(())
    }

    fn expire(&mut self, group: usize) {
        let hour = self.hour;
        let due = |stint: &Stint| stint.until.is_some_and(|until| until <= hour);
        let stints = self.groups[group].stints.iter().enumerate();
        let ended: Vec<usize> = stints.filter(|(_, stint)| due(stint)).map(|(nth, _)| nth).collect();
        for nth in &ended {
            self.groups[group].settle(*nth, "expired");
        }
        if !ended.is_empty() {
            self.promote(group);
        }
    }

    /// Free seats go to the first eligible of the line, one by one.
    fn promote(&mut self, group: usize) {
        let status = match self.groups[group].policy {
            Policy::Auto => "active",
            Policy::Offer => "offered",
            Policy::Manual => return,
        };
        if self.groups[group].is_archived {
            return;
        }
        while self.groups[group].taken() < self.groups[group].seats {
            let Group { line, stints, .. } = &self.groups[group];
            let next = line.iter().copied().find(|nth| !self.is_kept_apart(group, stints[*nth].person, false));
            let Some(nth) = next else { return };
            self.groups[group].settle(nth, status);
            self.groups[group].stints[nth].until = (status == "offered").then_some(self.hour + HOLD_HOURS);
        }
    }
}
