//! The line: a stored order key per waiting member, and positions 1, 2, 3 … computed from it.

use super::{MemberStatus, Refusal};
use crate::id::MemberId;

/// The distance between the keys of two who join the line one after the other.
pub const KEY_GAP: i64 = 1 << 20;

/// A place in the line: the membership and its stored order key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The membership.
    pub member: MemberId,
    /// Its order key: a lower one is served first.
    pub key: i64,
}

/// The key of the next to join behind `last`.
pub const fn key_after(last: Option<i64>) -> i64 {
    match last {
        Some(last) => last.saturating_add(KEY_GAP),
        None => 0,
    }
}

/// The members with their positions 1, 2, 3 … without gaps. Equal keys are served by id, so the order is total.
pub fn positions(line: &[Spot]) -> Vec<(MemberId, u32)> {
    let mut sorted = line.to_vec();
    sorted.sort_by_key(|spot| (spot.key, spot.member));
    sorted.into_iter().zip(1..).map(|(spot, position)| (spot.member, position)).collect()
}

/// Moves a waiting member to a position; answers the keys to store: one as a rule, the whole line when its keys
/// leave no room between.
///
/// # Errors
/// The member does not wait, the line has no such position, or the reason is missing.
pub fn move_in_line(
    line: &[Spot],
    member: (MemberId, MemberStatus),
    position: u32,
    has_reason: bool,
) -> Result<Vec<Spot>, Refusal> {
    let (member, status) = member;
    let mut rest = line.to_vec();
    rest.sort_by_key(|spot| (spot.key, spot.member));
    let from = rest.iter().position(|spot| spot.member == member).filter(|_| status == MemberStatus::Waitlisted);
    let from = from.ok_or(Refusal::NotWaiting(status))?;
    if !has_reason {
        return Err(Refusal::ReasonRequired);
    }
    let target = usize::try_from(position).ok().and_then(|position| position.checked_sub(1));
    let target = target.filter(|target| *target < line.len()).ok_or(Refusal::NoSuchPosition(line.len()))?;
    if target == from {
        return Ok(Vec::new());
    }
    let spot = rest.remove(from);
    let before = target.checked_sub(1).and_then(|place| rest.get(place)).map(|spot| spot.key);
    let after = rest.get(target).map(|spot| spot.key);
    if let Some(key) = key_between(before, after) {
        return Ok(vec![Spot { key, ..spot }]);
    }
    rest.insert(target, spot);
    Ok(rest.into_iter().zip(1_i64..).map(|(spot, place)| Spot { key: place.saturating_mul(KEY_GAP), ..spot }).collect())
}

/// A key strictly between two others, or beyond the only one; none when there is no room.
fn key_between(before: Option<i64>, after: Option<i64>) -> Option<i64> {
    match (before, after) {
        (None, None) => Some(0),
        (Some(before), None) => before.checked_add(KEY_GAP),
        (None, Some(after)) => after.checked_sub(KEY_GAP),
        (Some(before), Some(after)) => {
            let room = after.checked_sub(before)?;
            (room > 1).then(|| before.saturating_add(room / 2))
        }
    }
}
