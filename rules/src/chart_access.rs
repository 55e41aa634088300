//! Who may read whose chart: everybody clinical or the care team alone, and the way round it in need (domain 11; 45 CFR
//! 164.312(a)(2)(ii), emergency access).

use jiff::{SignedDuration, Timestamp};

/// For how long a glass stays broken.
pub const OPEN_FOR: SignedDuration = SignedDuration::from_hours(1);

crate::vocabulary! {
    /// Whose notes and charts a clinical role reads.
    pub enum ChartAccess {
        /// Everybody's.
        All = "all",
        /// Those of the patients it treats.
        CareTeam = "care_team",
    }
}

crate::vocabulary! {
    /// Why a glass was broken.
    pub enum GlassReason {
        /// The patient or somebody else is in danger.
        Emergency = "emergency",
        /// Whoever treats the patient is away, and somebody has to go on.
        Covering = "covering",
        /// The patient asks for it.
        PatientRequest = "patient_request",
        /// A complaint, an incident or the quality of care is looked into.
        Oversight = "oversight",
        /// Something else, in words.
        Other = "other",
    }
}

crate::vocabulary! {
    /// Where a broken glass stands.
    pub enum GlassStanding {
        /// The chart can be read.
        Open = "open",
        /// It is over, and nobody has looked at it.
        ToReview = "to_review",
        /// Somebody has decided about it.
        Reviewed = "reviewed",
    }
}

crate::vocabulary! {
    /// What a review has found.
    pub enum GlassFinding {
        /// There was need.
        Justified = "justified",
        /// There was none.
        NotJustified = "not_justified",
    }
}

/// Who wants to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader<G> {
    /// Holds `session.manage_any`.
    pub manages_any: bool,
    /// Treats the patient: as primary therapist or whoever supervises them, or by leading a session or group the patient
    /// is in.
    pub treats: bool,
    /// The glass they have broken for this patient, while it is open.
    pub glass: Option<G>,
}

/// By what right somebody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground<G> {
    /// As part of their work.
    Work,
    /// Through a broken glass: each reading says so.
    Glass(G),
}

/// Decides whether somebody may read a patient's chart, and the notes about the patient.
///
/// # Errors
/// [`Refusal::NotCareTeam`].
pub fn may_read<G>(access: ChartAccess, reader: Reader<G>) -> Result<Ground<G>, Refusal> {
    match (access, reader) {
        (ChartAccess::All, _) | (_, Reader { manages_any: true, .. } | Reader { treats: true, .. }) => Ok(Ground::Work),
        (ChartAccess::CareTeam, Reader { glass: Some(glass), .. }) => Ok(Ground::Glass(glass)),
        (ChartAccess::CareTeam, Reader { glass: None, .. }) => Err(Refusal::NotCareTeam),
    }
}

/// Decides whether there is a glass to break: not for a chart that can be read without.
///
/// # Errors
/// [`Refusal::NoGlass`], [`Refusal::StillOpen`].
pub fn may_break<G>(read: Result<Ground<G>, Refusal>) -> Result<(), Refusal> {
    match read {
        Ok(Ground::Work) => Err(Refusal::NoGlass),
        Ok(Ground::Glass(_)) => Err(Refusal::StillOpen),
        Err(_) => Ok(()),
    }
}

/// Where a broken glass stands.
pub fn standing(open_until: Timestamp, is_reviewed: bool, now: Timestamp) -> GlassStanding {
    match (is_reviewed, now < open_until) {
        (true, _) => GlassStanding::Reviewed,
        (false, true) => GlassStanding::Open,
        (false, false) => GlassStanding::ToReview,
    }
}

/// Decides whether a broken glass may be closed before its time: by whoever broke it.
///
/// # Errors
/// [`Refusal::NotYours`], [`Refusal::Over`].
pub fn may_end(standing: GlassStanding, is_own: bool) -> Result<(), Refusal> {
    match (is_own, standing) {
        (false, _) => Err(Refusal::NotYours),
        (true, GlassStanding::Open) => Ok(()),
        (true, GlassStanding::ToReview | GlassStanding::Reviewed) => Err(Refusal::Over),
    }
}

/// Decides whether somebody may say whether there was need: once it is over, once, and never about themselves.
///
/// # Errors
/// [`Refusal::OwnGlass`], [`Refusal::NotOver`], [`Refusal::AlreadyReviewed`].
pub fn may_review(standing: GlassStanding, is_own: bool) -> Result<(), Refusal> {
    match (is_own, standing) {
        (true, _) => Err(Refusal::OwnGlass),
        (false, GlassStanding::ToReview) => Ok(()),
        (false, GlassStanding::Open) => Err(Refusal::NotOver),
        (false, GlassStanding::Reviewed) => Err(Refusal::AlreadyReviewed),
    }
}

/// Why something about access to a chart is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not of the care team, and no glass broken.
    #[error("Your organization lets only those read a patient’s chart and notes who treat the patient.")]
    NotCareTeam,
    /// The chart can be read without.
    #[error("You may read this chart as part of your work: there is no glass to break.")]
    NoGlass,
    /// It is broken already.
    #[error("You have broken the glass of this chart already, and it is still open. Go on reading.")]
    StillOpen,
    /// Somebody else has broken it.
    #[error("Somebody else has broken this glass, and only they can end it. It ends by itself within the hour.")]
    NotYours,
    /// It has ended.
    #[error("This has ended already; nothing more can be read by it.")]
    Over,
    /// One's own.
    #[error("You have broken this glass yourself. Somebody else with `audit.read` reviews it.")]
    OwnGlass,
    /// It is still open.
    #[error("This glass is still open. Review it once it has ended, when all that was read is known.")]
    NotOver,
    /// Somebody has decided.
    #[error("This was reviewed already. What was decided stands in its history.")]
    AlreadyReviewed,
}

impl Refusal {
    /// The stable word of the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotCareTeam => "not_care_team",
            Self::NoGlass => "no_glass",
            Self::StillOpen => "still_open",
            Self::NotYours => "not_yours",
            Self::Over => "over",
            Self::OwnGlass => "own_glass",
            Self::NotOver => "not_over",
            Self::AlreadyReviewed => "already_reviewed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Reader<u8> = Reader { manages_any: false, treats: false, glass: None };

    #[test]
    fn who_reads_by_what_right() {
        let managing = Reader { manages_any: true, ..NONE };
        let treating = Reader { treats: true, ..NONE };
        let through = Reader { glass: Some(7), ..NONE };
        for reader in [NONE, managing, treating, through] {
            assert_eq!(may_read(ChartAccess::All, reader), Ok(Ground::Work), "{reader:?}");
        }
        assert_eq!(may_read(ChartAccess::CareTeam, NONE), Err(Refusal::NotCareTeam));
        assert_eq!(may_read(ChartAccess::CareTeam, managing), Ok(Ground::Work));
        assert_eq!(may_read(ChartAccess::CareTeam, treating), Ok(Ground::Work));
        assert_eq!(may_read(ChartAccess::CareTeam, through), Ok(Ground::Glass(7)));
        // Whoever came to treat the patient meanwhile reads as part of their work again.
        let both = Reader { treats: true, ..through };
        assert_eq!(may_read(ChartAccess::CareTeam, both), Ok(Ground::Work));
    }

    #[test]
    fn a_glass_is_broken_only_where_there_is_one() {
        assert_eq!(may_break(may_read(ChartAccess::CareTeam, NONE)), Ok(()));
        assert_eq!(may_break(may_read(ChartAccess::All, NONE)), Err(Refusal::NoGlass));
        let through = Reader { glass: Some(7), ..NONE };
        assert_eq!(may_break(may_read(ChartAccess::CareTeam, through)), Err(Refusal::StillOpen));
    }

    #[test]
    fn it_stands_open_for_its_time_and_is_decided_once_it_is_over() {
        let until: Timestamp = "2026-11-22T10:00:00Z".parse().expect("an instant");
        let before: Timestamp = "2026-11-22T09:59:59.999Z".parse().expect("an instant");
        assert_eq!(standing(until, false, before), GlassStanding::Open);
        assert_eq!(standing(until, false, until), GlassStanding::ToReview);
        assert_eq!(standing(until, true, until), GlassStanding::Reviewed);
    }

    #[test]
    fn ending_and_reviewing_by_whom_and_when() {
        use GlassStanding::{Open, Reviewed, ToReview};
        for (standing, own, ending, review) in [
            (Open, true, Ok(()), Err(Refusal::OwnGlass)),
            (Open, false, Err(Refusal::NotYours), Err(Refusal::NotOver)),
            (ToReview, true, Err(Refusal::Over), Err(Refusal::OwnGlass)),
            (ToReview, false, Err(Refusal::NotYours), Ok(())),
            (Reviewed, true, Err(Refusal::Over), Err(Refusal::OwnGlass)),
            (Reviewed, false, Err(Refusal::NotYours), Err(Refusal::AlreadyReviewed)),
        ] {
            assert_eq!(may_end(standing, own), ending, "ending, {standing:?}, own: {own}");
            assert_eq!(may_review(standing, own), review, "review, {standing:?}, own: {own}");
        }
    }
}
