//! A recurrence in words, as a page shows it.

use jiff::civil::Weekday;

use super::{End, Recurrence, Rule, Until};

impl Recurrence {
    /// "Every Monday and Wednesday at 09:00", "Every 2 weeks on Friday at 13:30, until 30 June 2026, except 2 dates".
    pub fn describe(&self) -> String {
        let time = self.time().strftime("%H:%M");
        let mut words = match &self.rrule {
            Some(rule) => format!("{} at {time}{}", self.days(rule), ending(rule.end())),
            None => format!("On {} at {time}", self.start.date().strftime("%-d %B %Y")),
        };
        if !self.rdate.is_empty() {
            words.push_str(&format!(", and on {}", dates(self.rdate.len(), "further")));
        }
        if !self.exdate.is_empty() {
            words.push_str(&format!(", except {}", dates(self.exdate.len(), "")));
        }
        words
    }

    fn days(&self, rule: &Rule) -> String {
        let mut days = rule.weekdays(self.start.date());
        days.sort_by_key(|day| day.to_monday_zero_offset());
        match (rule.interval(), days.len()) {
            (1, 7) => "Every day".to_owned(),
            (1, _) => format!("Every {}", listed(&days)),
            (weeks, 7) => format!("Every {weeks} weeks on every day"),
            (weeks, _) => format!("Every {weeks} weeks on {}", listed(&days)),
        }
    }
}

fn ending(end: End) -> String {
    let day = match end {
        End::Never => return String::new(),
        End::Count(1) => return ", once".to_owned(),
        End::Count(count) => return format!(", {count} times"),
        End::Until(Until::Day(day)) => day,
        End::Until(Until::Local(last) | Until::Instant(last)) => last.date(),
    };
    format!(", until {}", day.strftime("%-d %B %Y"))
}

fn dates(count: usize, kind: &str) -> String {
    let noun = if count == 1 { "date" } else { "dates" };
    if kind.is_empty() { format!("{count} {noun}") } else { format!("{count} {kind} {noun}") }
}

fn listed(days: &[Weekday]) -> String {
    let names: Vec<&str> = days.iter().map(|day| name(*day)).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
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
