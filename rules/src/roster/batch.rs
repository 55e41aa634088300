//! Adding many at once: one plan under one lock, row by row, in the order of the call.

use std::collections::HashSet;

use super::{Candidate, OnFull, Placed, Refusal, Roster, Wish, add, eligible, group_rule, may_join, open_for_adding};

/// The most people one call may add.
pub const MOST_IN_BATCH: usize = 200;

/// What becomes of one row of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchItem {
    /// Is added.
    Placed(Placed),
    /// Is in the group already, or came earlier in the same batch.
    Skipped,
    /// Can't be added; the others still are.
    Refused(Refusal),
}

/// The whole batch, row by row in the order of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchPlan {
    /// One item per row.
    pub items: Vec<BatchItem>,
}

impl BatchPlan {
    /// How many get a seat.
    pub fn created(&self) -> usize {
        self.count(|item| matches!(item, BatchItem::Placed(Placed::Active { .. })))
    }

    /// How many wait in line.
    pub fn waitlisted(&self) -> usize {
        self.count(|item| matches!(item, BatchItem::Placed(Placed::Waitlisted)))
    }

    /// How many were in the group already or came twice.
    pub fn skipped(&self) -> usize {
        self.count(|item| matches!(item, BatchItem::Skipped))
    }

    /// The rows that can't be added: index and why.
    pub fn errors(&self) -> impl Iterator<Item = (usize, Refusal)> {
        self.items.iter().enumerate().filter_map(|(index, item)| match item {
            BatchItem::Refused(refusal) => Some((index, *refusal)),
            _ => None,
        })
    }

    fn count(&self, wanted: impl Fn(&BatchItem) -> bool) -> usize {
        self.items.iter().filter(|item| wanted(item)).count()
    }
}

/// Plans a batch. A row of `None` is an id that names nobody. `apart` says whether two candidates, by index, must
/// not share a group: the later one is not eligible once the earlier one is placed.
///
/// # Errors
/// The whole batch: its size, an archived or closed group, `override` without permission or reason, or `reject`
/// and not everybody who could be added fits.
pub fn plan_batch(
    roster: &Roster,
    rows: &[Option<Candidate>],
    wish: Wish,
    apart: impl Fn(usize, usize) -> bool,
) -> Result<BatchPlan, Refusal> {
    if rows.is_empty() || rows.len() > MOST_IN_BATCH {
        return Err(Refusal::BatchSize(rows.len()));
    }
    open_for_adding(roster)?;
    let rule = wish.on_full.unwrap_or(group_rule(roster.when_full));
    // Row by row as if waiting were allowed: who could be added is the same, and `reject` is then all or nothing.
    let lenient = Wish { on_full: Some(if rule == OnFull::Reject { OnFull::Waitlist } else { rule }), ..wish };
    let plan = place_rows(roster, rows, lenient, apart)?;
    if rule == OnFull::Reject && plan.waitlisted() > 0 {
        let free = if roster.eligible_waiting { 0 } else { roster.seats.free() };
        let needed = plan.created() + plan.waitlisted();
        return Err(Refusal::BatchDoesNotFit { free, needed: u32::try_from(needed).unwrap_or(u32::MAX) });
    }
    Ok(plan)
}

fn place_rows(
    roster: &Roster,
    rows: &[Option<Candidate>],
    wish: Wish,
    apart: impl Fn(usize, usize) -> bool,
) -> Result<BatchPlan, Refusal> {
    let mut seen = HashSet::new();
    let mut placed: Vec<usize> = Vec::new();
    let mut now = *roster;
    let mut items = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let item = match row {
            None => BatchItem::Refused(Refusal::NoSuchPerson),
            Some(candidate) if may_join(candidate).is_err() || !seen.insert(candidate.person) => BatchItem::Skipped,
            Some(candidate) if eligible(candidate).is_err() || placed.iter().any(|earlier| apart(*earlier, index)) => {
                BatchItem::Refused(Refusal::NotEligible)
            }
            Some(candidate) => BatchItem::Placed(add(&now, candidate, wish)?),
        };
        if let BatchItem::Placed(place) = item {
            placed.push(index);
            // Once somebody waits the group is full, so nobody after them is seated.
            if matches!(place, Placed::Active { .. }) {
                now.seats = now.seats.with_active(1);
            }
        }
        items.push(item);
    }
    Ok(BatchPlan { items })
}
