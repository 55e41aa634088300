//! Rules in words, and which of them a form can show.

use super::*;

/// "09:00" is the time of every series here; the first start is a Monday.
fn words(rule: &str) -> String {
    series("2026-03-02T09:00", rule).describe()
}

#[test]
fn everyday_rules_are_said_as_people_say_them() {
    let cases = [
        ("FREQ=DAILY", "Every day at 09:00"),
        ("FREQ=DAILY;INTERVAL=2;COUNT=1", "Every other day at 09:00, once"),
        ("FREQ=DAILY;INTERVAL=10", "Every 10 days at 09:00"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "Every weekday (Monday to Friday) at 09:00"),
        ("FREQ=WEEKLY;BYDAY=FR,MO,TU,WE,TH", "Every weekday (Monday to Friday) at 09:00"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=10", "Every other Tuesday at 09:00, 10 times"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", "Every other week on Tuesday and Thursday at 09:00"),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=TU", "Every 3 weeks on Tuesday at 09:00"),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,TU,WE,TH,FR", "Every 3 weeks from Monday to Friday at 09:00"),
        ("FREQ=WEEKLY;BYDAY=MO,SU;WKST=SU", "Every Monday and Sunday at 09:00"),
        ("FREQ=MONTHLY", "On the 2nd of each month at 09:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=13", "On the 13th of each month at 09:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "On the 31st of each month that has one at 09:00"),
        ("FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=-1", "On the last day of every other month at 09:00"),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=22", "Every 3 months on the 22nd at 09:00"),
        ("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20270630", "On the last Friday of each month at 09:00 until 30 June 2027"),
        ("FREQ=MONTHLY;BYDAY=3TU,1TU", "On the first and third Tuesday of each month at 09:00"),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-1,2", "On the second and last Tuesday of each month at 09:00"),
        ("FREQ=MONTHLY;BYDAY=5MO", "On the fifth Monday of each month that has one at 09:00"),
        ("FREQ=YEARLY", "Every year on 2 March at 09:00"),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTH=9;BYMONTHDAY=1", "Every other year on 1 September at 09:00"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "Every year on 29 February, in leap years at 09:00"),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "Every year on the fourth Thursday of November at 09:00"),
    ];
    for (rule, expected) in cases {
        assert_eq!(words(rule), expected, "{rule}");
    }
}

#[test]
fn other_rules_are_said_in_full() {
    let cases = [
        ("FREQ=DAILY;BYMONTH=7,8", "Every day in July and August at 09:00"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR", "Every other day, on any weekday (Monday to Friday), at 09:00"),
        ("FREQ=WEEKLY;BYMONTH=7", "Every week in July, on Monday, at 09:00"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU",
            "Every other week, on any Sunday or any Tuesday, with weeks from Sunday, at 09:00",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
            "Every month, on the 13th day of the month, when that is a Friday, at 09:00",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "Every month, on the 1st and 15th day of the month, at 09:00"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2,1",
            "Every month, on any weekday (Monday to Friday), of these days of a month only the 2nd to last and 1st, at 09:00",
        ),
        ("FREQ=YEARLY;BYMONTH=3,9", "Every year in March and September, on the 2nd day of the month, at 09:00"),
        ("FREQ=YEARLY;BYMONTHDAY=15", "Every year, on the 15th day of any month, at 09:00"),
        (
            "FREQ=YEARLY;BYDAY=20MO,-1FR",
            "Every year, on the last Friday of the year or the 20th Monday of the year, at 09:00",
        ),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "Every year, in the 20th week of the year, on any Monday, at 09:00"),
        ("FREQ=YEARLY;BYWEEKNO=-1", "Every year, in the last week of the year, at 09:00"),
        ("FREQ=YEARLY;BYYEARDAY=100", "Every year, on the 100th day of the year, at 09:00"),
    ];
    for (rule, expected) in cases {
        assert_eq!(words(rule), expected, "{rule}");
        assert_eq!(Rule::parse(rule).expect(rule).pattern(date(2026, 3, 2)), None, "{rule}");
    }
}

#[test]
fn the_last_day_is_one_that_may_have_a_meeting() {
    assert_eq!(words("FREQ=DAILY;UNTIL=20260630T085959"), "Every day at 09:00 until 29 June 2026");
    assert_eq!(words("FREQ=DAILY;UNTIL=20260630T090000"), "Every day at 09:00 until 30 June 2026");
    assert_eq!(words("FREQ=DAILY;UNTIL=20260701T055959Z"), "Every day at 09:00 until 05:59 UTC on 1 July 2026");
    let last = |until: &str| {
        let rule = Rule::parse(&format!("FREQ=DAILY;UNTIL={until}")).expect(until);
        rule.last_day(jiff::civil::time(9, 0, 0, 0), &zone("America/Phoenix"))
    };
    assert_eq!(last("20260701T055959Z"), Some(date(2026, 6, 30)), "late in the evening in Phoenix");
    assert_eq!(last("20260701T155959Z"), Some(date(2026, 6, 30)), "a second before nine");
    assert_eq!(last("20260701T160000Z"), Some(date(2026, 7, 1)));
    assert_eq!(last("20260701T085959"), Some(date(2026, 6, 30)));
    assert_eq!(last("20260701"), Some(date(2026, 7, 1)));
}

proptest! {
    /// The everyday rule a form shows has the very days of the rule it was made from.
    #[test]
    fn a_pattern_has_the_days_of_its_rule(rule in super::expansion::any_rule(), day in 0_i64..3000) {
        let start = date(2020, 1, 1).saturating_add(day.days());
        let rule = Rule::parse(&rule).expect("a rule");
        if let Some(pattern) = rule.pattern(start) {
            let set = Recurrence { rrule: Some(rule.clone()), ..series(&format!("{start}T09:00"), "") };
            let again = Recurrence { rrule: Some(written(&pattern, &rule)), ..set.clone() };
            let days = |set: &Recurrence| set.occurrences(&Zone::UTC, start, date(2040, 1, 1), 60);
            prop_assert_eq!(days(&set), days(&again), "{} as {:?}", rule, pattern);
        }
    }
}

/// The rule a form would write for the pattern.
fn written(pattern: &Pattern, rule: &Rule) -> Rule {
    let short = |weekday| RuleDay { ordinal: 0, weekday }.to_string();
    let parts = match pattern {
        Pattern::Days => "FREQ=DAILY".to_owned(),
        Pattern::Weeks(days) => {
            format!("FREQ=WEEKLY;BYDAY={}", days.iter().map(|day| short(*day)).collect::<Vec<_>>().join(","))
        }
        Pattern::MonthDay(day) => format!("FREQ=MONTHLY;BYMONTHDAY={day}"),
        Pattern::MonthWeekday(places, day) => {
            let days: Vec<String> = places.iter().map(|place| format!("{place}{}", short(*day))).collect();
            format!("FREQ=MONTHLY;BYDAY={}", days.join(","))
        }
        Pattern::YearDay { month, day } => format!("FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}"),
        Pattern::YearWeekday { month, ordinal, weekday } => {
            format!("FREQ=YEARLY;BYMONTH={month};BYDAY={ordinal}{}", short(*weekday))
        }
    };
    let end = match rule.end() {
        End::Count(count) => format!(";COUNT={count}"),
        End::Never | End::Until(_) => String::new(),
    };
    Rule::parse(&format!("{parts};INTERVAL={}{end}", rule.interval())).expect("a rule")
}
