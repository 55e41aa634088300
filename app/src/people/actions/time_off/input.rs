//! What a caller sends about time off.

use ::rules::{
    availability::TimeOffKind,
    id::PractitionerId,
    recurrence::Zone,
    text::{Reason, Remark},
};
use deserr::Deserr;
use jiff::{Timestamp, ToSpan as _, civil::Date};
use utoipa::ToSchema;

use crate::{
    http::extract::{FieldErrors, Parsed, Patch},
    people::store::availability::TimeOff,
    problem::Problem,
    when::{Day, When},
};

/// The longest time off, in days.
const DAYS_MAX: i64 = 366;

/// Time off to ask for: whole days, or from an instant to another.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewTimeOff {
    /// What for; only the practitioner and who approves see it.
    pub kind: TimeOffKind,
    /// More about that, for the same few.
    #[deserr(default)]
    pub reason: Option<Remark>,
    /// The first of whole days, by the organization's clock.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub first_day: Option<Parsed<Day>>,
    /// The last of them; the first unless given.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub last_day: Option<Parsed<Day>>,
    /// Instead of days: from then, as an instant or by the organization's clock.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Parsed<When>>,
    /// Until then.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Parsed<When>>,
    /// Who leads the sessions instead.
    #[deserr(default)]
    pub substitute_id: Option<PractitionerId>,
}

/// What may be changed of time off that nobody has decided about. When any day or time is named, they are all taken
/// from this request.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeTimeOff {
    /// What for.
    #[deserr(default)]
    pub kind: Option<TimeOffKind>,
    /// More about that.
    #[deserr(default)]
    #[schema(value_type = Option<Remark>)]
    pub reason: Patch<Remark>,
    /// The first of whole days.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub first_day: Option<Parsed<Day>>,
    /// The last of them.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub last_day: Option<Parsed<Day>>,
    /// Instead of days: from then.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Parsed<When>>,
    /// Until then.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Parsed<When>>,
    /// Who leads the sessions instead.
    #[deserr(default)]
    #[schema(value_type = Option<PractitionerId>)]
    pub substitute_id: Patch<PractitionerId>,
}

/// Why time off is declined.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct WhyNot {
    /// The reason; the practitioner reads it.
    pub reason: Reason,
}

/// Why time off is taken back.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Withdrawal {
    /// The reason, if there is one to keep.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

/// From when until when.
pub(super) struct Span {
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub first_day: Option<Date>,
    pub last_day: Option<Date>,
}

fn invalid(field: &str, message: &str) -> Problem {
    Problem::invalid_field(field, "invalid", message)
}

impl Span {
    fn days(zone: &Zone, first: Date, last: Date) -> Result<Self, Problem> {
        if last < first {
            return Err(Problem::invalid_field("last_day", "out_of_range", "must not be before the first day"));
        }
        let after = last.tomorrow().ok().and_then(|day| zone.midnight(day));
        let after = after.ok_or_else(|| invalid("last_day", "is beyond the calendar"))?;
        let starts_at = zone.midnight(first).ok_or_else(|| invalid("first_day", "is beyond the calendar"))?;
        Self { starts_at, ends_at: after, first_day: Some(first), last_day: Some(last) }.checked("last_day")
    }

    fn instants(zone: &Zone, starts_at: When, ends_at: When) -> Result<Self, Problem> {
        let read = |field, when: When| when.instant(zone).ok_or_else(|| invalid(field, "is beyond the calendar"));
        let (starts_at, ends_at) = (read("starts_at", starts_at)?, read("ends_at", ends_at)?);
        Self { starts_at, ends_at, first_day: None, last_day: None }.checked("ends_at")
    }

    fn checked(self, field: &str) -> Result<Self, Problem> {
        let longest = self.starts_at.checked_add((DAYS_MAX * 24 + 1).hours());
        if self.ends_at <= self.starts_at {
            return Err(Problem::invalid_field(field, "out_of_range", "must be after the start"));
        }
        match longest {
            Ok(longest) if self.ends_at > longest => {
                Err(Problem::invalid_field(field, "out_of_range", format!("must be at most {DAYS_MAX} days later")))
            }
            _ => Ok(self),
        }
    }
}

type Days = Option<Parsed<Day>>;
type Times = Option<Parsed<When>>;

fn read(zone: &Zone, (first, last): (Days, Days), (starts, ends): (Times, Times)) -> Result<Span, Problem> {
    match (first, last, starts, ends) {
        (Some(first), last, None, None) => Span::days(zone, first.0.0, last.unwrap_or(first).0.0),
        (None, None, Some(starts), Some(ends)) => Span::instants(zone, starts.0, ends.0),
        (None, None, Some(_), None) => Err(Problem::invalid_field("ends_at", "missing", "is required with a start")),
        (None, None, None, Some(_)) => Err(Problem::invalid_field("starts_at", "missing", "is required with an end")),
        (None, _, None, None) => Err(Problem::invalid_field("first_day", "missing", "is required")),
        _ => Err(invalid("first_day", "is given together with a time: give whole days or times, not both")),
    }
}

impl NewTimeOff {
    pub(super) fn span(&self, zone: &Zone) -> Result<Span, Problem> {
        read(zone, (self.first_day, self.last_day), (self.starts_at, self.ends_at))
    }
}

impl ChangeTimeOff {
    pub(super) fn apply(&self, old: &TimeOff, zone: &Zone) -> Result<TimeOff, Problem> {
        let mut new = old.clone();
        new.kind = self.kind.unwrap_or(new.kind);
        new.reason = self.reason.clone().apply(new.reason).filter(|reason| !reason.is_empty());
        new.substitute_id = self.substitute_id.clone().apply(new.substitute_id);
        let (days, times) = ((self.first_day, self.last_day), (self.starts_at, self.ends_at));
        if days != (None, None) || times != (None, None) {
            let span = read(zone, days, times)?;
            (new.starts_at, new.ends_at) = (span.starts_at, span.ends_at);
            (new.first_day, new.last_day) = (span.first_day, span.last_day);
        }
        Ok(new)
    }
}
