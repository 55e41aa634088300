//! How many seats a group has, and how many are taken.

/// The seats of a group, counted inside the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seats {
    /// The group's own maximum; none means the ceiling.
    pub max: Option<u32>,
    /// The organization's ceiling.
    pub ceiling: u32,
    /// Members who are `active`.
    pub active: u32,
    /// Members who are `offered`.
    pub offered: u32,
}

impl Seats {
    /// How many seats there are: the group's maximum, and never more than the ceiling.
    pub fn capacity(self) -> u32 {
        self.max.unwrap_or(self.ceiling).min(self.ceiling)
    }

    /// How many are taken.
    pub const fn taken(self) -> u32 {
        self.active.saturating_add(self.offered)
    }

    /// How many are free; none while over capacity.
    pub fn free(self) -> u32 {
        self.capacity().saturating_sub(self.taken())
    }

    /// Whether more are taken than there are, after the maximum was lowered or overridden.
    pub fn over_capacity(self) -> bool {
        self.taken() > self.capacity()
    }

    /// The seats with so many more `active`.
    pub const fn with_active(self, more: u32) -> Self {
        Self { active: self.active.saturating_add(more), ..self }
    }

    /// The numbers a page or an answer shows.
    pub fn summary(self) -> SeatSummary {
        let capacity = self.capacity();
        let percentage = (u64::from(self.taken()) * 100 + u64::from(capacity) / 2).checked_div(capacity.into());
        SeatSummary {
            capacity,
            taken: self.taken(),
            free: self.free(),
            is_full: self.free() == 0,
            over_capacity: self.over_capacity(),
            percentage: u32::try_from(percentage.unwrap_or(100)).unwrap_or(u32::MAX),
        }
    }
}

/// The seats of a group in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct SeatSummary {
    /// Seats there are.
    pub capacity: u32,
    /// Seats taken: active and offered.
    pub taken: u32,
    /// Seats free.
    pub free: u32,
    /// No seat is free.
    pub is_full: bool,
    /// More are taken than there are.
    pub over_capacity: bool,
    /// Taken seats in percent of capacity, rounded; above 100 while over capacity.
    pub percentage: u32,
}
