//! A recurrence in words, as a page shows it.

use jiff::civil::{Date, Weekday};

use super::{
    Recurrence,
    pattern::Pattern,
    rule::{End, Frequency, Rule, RuleDay, Until},
};

/// Monday to Friday.
const WORKING_DAYS: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
/// The months, January first.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const SMALL: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

impl Recurrence {
    /// "Every Monday and Wednesday at 09:00", "On the last Friday of each month at 13:30 until 30 June 2026, except 2
    /// dates". True for every rule, if not short for every one.
    pub fn describe(&self) -> String {
        let time = self.time().strftime("%H:%M");
        let day = self.start.date();
        let mut words = match &self.rrule {
            Some(rule) => {
                let days = rule.pattern(day).map_or_else(|| in_full(rule, day), |pattern| in_short(rule, &pattern));
                format!("{days} at {time}{}", self.ending(rule.end()))
            }
            None => format!("On {} at {time}", long(day)),
        };
        if !self.rdate.is_empty() {
            words.push_str(&format!(", and on {}", counted(self.rdate.len(), "further date")));
        }
        if !self.exdate.is_empty() {
            words.push_str(&format!(", except {}", counted(self.exdate.len(), "date")));
        }
        words
    }

    fn ending(&self, end: End) -> String {
        let day = match end {
            End::Never => return String::new(),
            End::Count(1) => return ", once".to_owned(),
            End::Count(count) => return format!(", {count} times"),
            End::Until(Until::Instant(utc)) => {
                return format!(" until {} UTC on {}", utc.strftime("%H:%M"), long(utc.date()));
            }
            End::Until(Until::Day(day)) => day,
            // The last day that may have a meeting.
            End::Until(Until::Local(last)) if self.time() > last.time() => {
                last.date().yesterday().unwrap_or(last.date())
            }
            End::Until(Until::Local(last)) => last.date(),
        };
        format!(" until {}", long(day))
    }
}

/// An everyday rule.
fn in_short(rule: &Rule, pattern: &Pattern) -> String {
    match pattern {
        Pattern::Days => every(rule.interval(), "day"),
        Pattern::Weeks(days) => in_weeks(rule.interval(), days),
        Pattern::MonthDay(day) if *day > 28 => {
            each_month(rule.interval(), &format!("on the {}", ordinal(*day)), " that has one")
        }
        Pattern::MonthDay(-1) => each_month(rule.interval(), "on the last day", ""),
        Pattern::MonthDay(day) => each_month(rule.interval(), &format!("on the {}", ordinal(*day)), ""),
        Pattern::MonthWeekday(ordinals, weekday) => {
            let places = listed(ordinals.iter().map(|place| small(*place)));
            let rare = if ordinals == &[5] { " that has one" } else { "" };
            each_month(rule.interval(), &format!("on the {places} {}", name(*weekday)), rare)
        }
        Pattern::YearDay { month: 2, day: 29 } => {
            format!("{} on 29 February, in leap years", every(rule.interval(), "year"))
        }
        Pattern::YearDay { month, day } => {
            format!("{} on {day} {}", every(rule.interval(), "year"), month_name(*month))
        }
        Pattern::YearWeekday { month, ordinal, weekday } => {
            let (place, day) = (small(*ordinal), name(*weekday));
            format!("{} on the {place} {day} of {}", every(rule.interval(), "year"), month_name(*month))
        }
    }
}

fn in_weeks(interval: u32, days: &[Weekday]) -> String {
    let names = listed(days.iter().map(|day| name(*day).to_owned()));
    match (interval, days) {
        (1, days) if days.len() == 7 => "Every day".to_owned(),
        (1, days) if days == WORKING_DAYS => "Every weekday (Monday to Friday)".to_owned(),
        (1, _) => format!("Every {names}"),
        (2, [_]) => format!("Every other {names}"),
        (_, days) if days.len() == 7 => format!("{} on every day", every(interval, "week")),
        (_, days) if days == WORKING_DAYS => format!("{} from Monday to Friday", every(interval, "week")),
        _ => format!("{} on {names}", every(interval, "week")),
    }
}

fn each_month(interval: u32, day: &str, rare: &str) -> String {
    match interval {
        1 => capital(&format!("{day} of each month{rare}")),
        2 => capital(&format!("{day} of every other month{rare}")),
        more => format!("Every {more} months {day}{}", if rare.is_empty() { "" } else { ", if there is one" }),
    }
}

/// Any rule: longer, and true.
fn in_full(rule: &Rule, start: Date) -> String {
    let unit = match rule.frequency {
        Frequency::Daily => "day",
        Frequency::Weekly => "week",
        Frequency::Monthly => "month",
        Frequency::Yearly => "year",
    };
    let mut words = every(rule.interval(), unit);
    let unsaid =
        rule.weeks.is_empty() && rule.year_days.is_empty() && rule.month_days.is_empty() && rule.days.is_empty();
    let months = listed(rule.months.iter().map(|month| month_name(*month).to_owned()));
    if !months.is_empty() {
        words.push_str(&format!(" in {months}"));
    }
    if !rule.weeks.is_empty() {
        words.push_str(&format!(", in the {} week of the year", places(&rule.weeks)));
    }
    if !rule.year_days.is_empty() {
        words.push_str(&format!(", on the {} day of the year", places(&rule.year_days)));
    }
    let monthly = matches!(rule.frequency, Frequency::Monthly | Frequency::Yearly);
    let usual = [i16::from(start.day())];
    let month_days: &[i16] = if unsaid && monthly { &usual } else { &rule.month_days };
    if !month_days.is_empty() {
        let of = if rule.frequency == Frequency::Yearly && rule.months.is_empty() { "any month" } else { "the month" };
        words.push_str(&format!(", on the {} day of {of}", places(month_days)));
    }
    words.push_str(&weekdays_in_full(rule, start, unsaid));
    if !rule.positions.is_empty() {
        words.push_str(&format!(", of these days of a {unit} only the {}", places(&rule.positions)));
    }
    if rule.week_start != Weekday::Monday && (!rule.weeks.is_empty() || rule.frequency == Frequency::Weekly) {
        words.push_str(&format!(", with weeks from {}", name(rule.week_start)));
    }
    if words.contains(',') { format!("{words},") } else { words }
}

fn weekdays_in_full(rule: &Rule, start: Date, unsaid: bool) -> String {
    if unsaid {
        let weekly = rule.frequency == Frequency::Weekly;
        return if weekly { format!(", on {}", name(start.weekday())) } else { String::new() };
    }
    if rule.days.is_empty() {
        return String::new();
    }
    let within = if rule.frequency == Frequency::Yearly && rule.months.is_empty() { "year" } else { "month" };
    let (also, any) =
        if rule.month_days.is_empty() && rule.year_days.is_empty() { ("on", "any") } else { ("when that is", "a") };
    let day = |day: &RuleDay| match day.ordinal {
        0 => format!("{any} {}", name(day.weekday)),
        place => format!("the {} {} of the {within}", place_of(place), name(day.weekday)),
    };
    let all: Vec<Weekday> = rule.days.iter().filter(|day| day.ordinal == 0).map(|day| day.weekday).collect();
    if all == WORKING_DAYS && rule.days.len() == 5 {
        return format!(", {also} {any} weekday (Monday to Friday)");
    }
    format!(", {also} {}", alternatives(rule.days.iter().map(day)))
}

fn every(interval: u32, unit: &str) -> String {
    match interval {
        1 => format!("Every {unit}"),
        2 => format!("Every other {unit}"),
        more => format!("Every {more} {unit}s"),
    }
}

/// `first`, `4th`, `last`, `2nd to last`.
fn place_of(place: i16) -> String {
    match place {
        -1 => "last".to_owned(),
        behind if behind < 0 => format!("{} to last", ordinal(-behind)),
        ahead => ordinal(ahead),
    }
}

fn places(list: &[i16]) -> String {
    listed(list.iter().map(|place| place_of(*place)))
}

fn small(place: i16) -> String {
    let word = usize::try_from(place).ok().and_then(|place| SMALL.get(place.checked_sub(1)?));
    word.map_or_else(|| place_of(place), |word| (*word).to_owned())
}

fn ordinal(number: i16) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn long(day: Date) -> impl std::fmt::Display {
    day.strftime("%-d %B %Y")
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn listed(words: impl Iterator<Item = String>) -> String {
    joined(&words.collect::<Vec<_>>(), "and")
}

fn alternatives(words: impl Iterator<Item = String>) -> String {
    joined(&words.collect::<Vec<_>>(), "or")
}

fn joined(words: &[String], before_last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} {before_last} {last}", rest.join(", ")),
    }
}

fn month_name(month: i16) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|place| MONTHS.get(place)).copied().unwrap_or("")
}

const fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}
