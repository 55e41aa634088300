//! The seats of one group while an import places rows.

use std::collections::{BTreeSet, HashMap};

use exchange::{import::MemberRow, mapping::OverCapacity};
use rules::{
    groups::EnrollmentMode,
    id::PatientId,
    roster::{Candidate, MemberStatus, OnFull, Person, Placed, Roster as Rules, Seats, Standing, Wish, add, key_after},
};

use crate::groups::Group;

/// The seats and the line of a group while its rows are placed.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    /// The seats, once they are counted.
    pub seats: Option<Seats>,
    /// How many wait.
    pub waiting: u32,
    /// How many of them may have a seat.
    pub eligible_waiting: u32,
    /// The last place in the line.
    pub last_key: Option<i64>,
    /// The patients who are in it, and where their stints stand.
    pub live: HashMap<PatientId, MemberStatus>,
    /// Those of keep-apart pairs who are in it.
    pub company: BTreeSet<Person>,
}

impl Roster {
    /// The seat or the place in line of one who is in the group now, or why there is none.
    pub fn place(
        &mut self,
        group: &Group,
        row: &MemberRow,
        patient: PatientId,
        standing: Standing,
    ) -> Result<Placed, String> {
        let seats = self.seats.ok_or("`group` has no roster")?;
        let rules = Rules {
            status: group.status,
            // Who was enrolled before the group closed is in it.
            enrollment: EnrollmentMode::Open,
            when_full: group.when_full,
            promotion: group.promotion,
            seats,
            // Whom the export calls active has overtaken nobody.
            eligible_waiting: self.eligible_waiting > 0 && row.status != Some(MemberStatus::Active),
        };
        let candidate =
            Candidate { person: Person::Patient(patient), live: self.live.get(&patient).copied(), standing };
        let on_full = match row.over_capacity {
            OverCapacity::Waitlist => OnFull::Waitlist,
            OverCapacity::Keep => OnFull::Override,
        };
        let wish = Wish { on_full: Some(on_full), may_override: true, has_reason: true };
        let placed = add(&rules, &candidate, wish).map_err(|refusal| refusal.to_string())?;
        let placed = if row.status == Some(MemberStatus::Waitlisted) { Placed::Waitlisted } else { placed };
        self.company.insert(Person::Patient(patient));
        match placed {
            Placed::Waitlisted => {
                self.waiting += 1;
                self.eligible_waiting += 1;
                self.last_key = Some(key_after(self.last_key));
                self.live.insert(patient, MemberStatus::Waitlisted);
            }
            Placed::Active { .. } => {
                self.seats = Some(seats.with_active(1));
                self.live.insert(patient, MemberStatus::Active);
            }
        }
        Ok(placed)
    }
}
