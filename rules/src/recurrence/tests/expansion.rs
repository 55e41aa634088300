//! Expansion of every frequency: the standard's own examples, windows, limits, and rules that never yield.

use super::*;
use proptest::{collection::btree_set, option, strategy::Union};

/// The days of a series in Phoenix, whole.
fn days(start: &str, rule: &str) -> Vec<String> {
    let found = series(start, rule).occurrences(&zone("America/Phoenix"), date(1990, 1, 1), date(2199, 12, 31), 7);
    found.iter().map(|one| one.local_date.strftime("%Y%m%d").to_string()).collect()
}

#[test]
fn every_frequency_yields_what_the_standard_says() {
    let cases: &[(&str, &str, &[&str])] = &[
        // Examples of RFC 5545, 3.8.5.3.
        (
            "1997-09-02T09:00",
            "FREQ=DAILY;INTERVAL=10;COUNT=5",
            &["19970902", "19970912", "19970922", "19971002", "19971012"],
        ),
        (
            "1998-01-01T09:00",
            "FREQ=YEARLY;UNTIL=19980103T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
            &["19980101", "19980102"],
        ),
        ("1997-09-05T09:00", "FREQ=MONTHLY;COUNT=3;BYDAY=1FR", &["19970905", "19971003", "19971107"]),
        (
            "1997-09-07T09:00",
            "FREQ=MONTHLY;INTERVAL=2;COUNT=4;BYDAY=1SU,-1SU",
            &["19970907", "19970928", "19971102", "19971130"],
        ),
        ("1997-09-22T09:00", "FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", &["19970922", "19971020", "19971117"]),
        ("1997-09-28T09:00", "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3", &["19970928", "19971029", "19971128"]),
        ("1997-09-30T09:00", "FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1,-1", &["19970930", "19971001", "19971031", "19971101"]),
        ("1997-06-10T09:00", "FREQ=YEARLY;COUNT=3;BYMONTH=6,7", &["19970610", "19970710", "19980610"]),
        (
            "1997-01-01T09:00",
            "FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,200",
            &["19970101", "19970410", "19970719", "20000101"],
        ),
        ("1997-05-19T09:00", "FREQ=YEARLY;BYDAY=20MO;COUNT=3", &["19970519", "19980518", "19990517"]),
        ("1997-05-12T09:00", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3", &["19970512", "19980511", "19990517"]),
        (
            "1997-03-13T09:00",
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=4",
            &["19970313", "19970320", "19970327", "19980305"],
        ),
        (
            "1998-02-13T09:00",
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=4",
            &["19980213", "19980313", "19981113", "19990813"],
        ),
        (
            "1996-11-05T09:00",
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3",
            &["19961105", "20001107", "20041102"],
        ),
        ("1997-09-04T09:00", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", &["19970904", "19971007", "19971106"]),
        (
            "1997-09-29T09:00",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=3",
            &["19970929", "19971030", "19971127"],
        ),
        (
            "2007-01-15T09:00",
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            &["20070115", "20070130", "20070215", "20070315", "20070330"],
        ),
        // A day some months lack is left out there.
        ("2026-01-31T09:00", "FREQ=MONTHLY;COUNT=3", &["20260131", "20260331", "20260531"]),
        ("2024-02-29T09:00", "FREQ=YEARLY;COUNT=3", &["20240229", "20280229", "20320229"]),
        // Plain and numbered weekdays together are either.
        (
            "2026-03-01T09:00",
            "FREQ=MONTHLY;BYDAY=-1FR,MO;COUNT=6",
            &["20260302", "20260309", "20260316", "20260323", "20260327", "20260330"],
        ),
        // A start that does not fit the rule is no meeting and does not count.
        ("2026-03-03T09:00", "FREQ=MONTHLY;BYDAY=1MO;COUNT=2", &["20260406", "20260504"]),
        // Every day of the weeks, where no weekday is named.
        ("1997-09-02T09:00", "FREQ=YEARLY;BYWEEKNO=20;COUNT=3", &["19980511", "19980512", "19980513"]),
        // The first week begins with the start.
        ("2026-03-04T09:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1;COUNT=3", &["20260304", "20260309", "20260316"]),
    ];
    for (start, rule, expected) in cases {
        assert_eq!(days(start, rule), *expected, "{start} {rule}");
    }
}

#[test]
fn a_rule_that_never_yields_is_given_up() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=9999",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=999;BYMONTH=4;BYMONTHDAY=31;COUNT=1",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=5;COUNT=2",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=366",
        "FREQ=YEARLY;INTERVAL=999;BYDAY=53MO;BYSETPOS=-366",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2;WKST=SU",
    ] {
        let set = series("1900-03-02T09:00", rule);
        let found = set.occurrences(&Zone::UTC, Date::MIN, Date::MAX, usize::MAX);
        assert_eq!(found, [], "{rule}");
        let refused = set.check_yields(&Zone::UTC).expect_err(rule);
        assert_eq!((refused.field.as_ref(), refused.code), ("recurrence.rrule", "yields_nothing"));
        assert!(refused.message.contains("Choose days that exist"), "{}", refused.message);
    }
}

#[test]
fn a_set_without_any_meeting_is_refused_with_the_reason() {
    let set = |start: &str, rrule: &str, exdate: &[&str]| {
        let exdate = exdate.iter().map(|day| (*day).to_owned()).collect();
        let rrule = (!rrule.is_empty()).then(|| rrule.to_owned());
        let input = RecurrenceInput { start: start.to_owned(), rrule, exdate, ..RecurrenceInput::default() };
        Recurrence::check(&input, 60).expect("well written")
    };
    let monday = "2026-03-02T09:00";
    let refused = |set: &Recurrence, name: &str| {
        let refused = set.check_yields(&zone(name)).expect_err("refused");
        (refused.field, refused.message)
    };
    let early =
        "ends before its first meeting, which would be on 3 March 2026: give a later UNTIL, or an earlier start";
    let ended = |until: &str| set(monday, &format!("FREQ=WEEKLY;BYDAY=TU;UNTIL={until}"), &[]);
    for until in ["20260101", "20260302", "20260303T085959", "20260303T135959Z"] {
        assert_eq!(refused(&ended(until), "America/New_York"), ("recurrence.rrule".to_owned(), early.to_owned()));
    }
    for until in ["20260303", "20260303T090000", "20260303T140000Z"] {
        assert_eq!(ended(until).check_yields(&zone("America/New_York")), Ok(()), "{until}");
    }
    // A further date is a meeting, but no rule.
    let further = Recurrence { rdate: vec![date(2026, 5, 5).at(9, 0, 0, 0)], ..ended("20260101") };
    assert_eq!(refused(&further, "UTC").0, "recurrence.rrule");
    for (rule, exdate) in [
        ("FREQ=WEEKLY;COUNT=2", &["2026-03-02", "2026-03-09T09:00"][..]),
        ("FREQ=WEEKLY;UNTIL=20260310", &["2026-03-02", "2026-03-09"]),
        ("", &["2026-03-02T09:00"]),
    ] {
        let set = set(monday, rule, exdate);
        let (field, message) = refused(&set, "UTC");
        assert!(field == "recurrence.exdate" && message.contains("Take one of these dates back"), "{rule}: {message}");
        let less = Recurrence { exdate: set.exdate[1..].to_vec(), ..set };
        assert_eq!(less.check_yields(&Zone::UTC), Ok(()), "{rule}");
    }
}

#[test]
fn what_is_written_rightly_and_can_not_be_is_told_apart_from_what_is_written_wrongly() {
    let check = |start: &str, until: &str, exdate: &str| {
        let rrule = Some(format!("FREQ=WEEKLY;UNTIL={until}"));
        let exdate = vec![exdate.to_owned()];
        let input = RecurrenceInput { start: start.to_owned(), rrule, exdate, ..RecurrenceInput::default() };
        Recurrence::check(&input, 60).expect_err("refused").into_iter().map(|one| one.message).collect::<Vec<_>>()
    };
    let far = check("2200-01-01T09:00", "99991231T235959Z", "2200-01-01");
    assert_eq!((&*far[0], &*far[2]), ("must be in the years 1900 to 2199", "must be in the years 1900 to 2199"));
    assert!(far[1].contains("UNTIL must be in the years 1900 to 2199; leave it out"), "{far:?}");
    let leap = check("2026-03-02T09:00:60", "20260630T235960Z", "2026-03-09T09:00:60");
    assert!(leap.iter().all(|message| message.contains("must have seconds from 00 to 59")), "{leap:?}");
    let wrong = check("soon", "soon", "soon");
    assert!(wrong.iter().all(|message| message.contains("such as")), "{wrong:?}");
    assert!(check("2026-03-02", "20260630Z", "09:00").iter().all(|message| message.contains("such as")));
    for whole in
        ["2026-03-02", "2026-03-02T09:00", "2026-03-02T09:00:59Z", "2026-03-02T09:06:00", "T", "T60", "20260302T0960"]
    {
        assert!(!names_leap_second(whole), "{whole}");
    }
    for leap in ["2026-03-02T09:00:60Z", "2026-03-02 09:00:60+02:00", "20260302t090060"] {
        assert!(names_leap_second(leap), "{leap}");
    }
}

/// Rare, but not never: every rule looks far enough.
#[test]
fn a_rule_that_rarely_yields_is_not_given_up() {
    let leap_mondays = series("1900-01-01T09:00", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;INTERVAL=7;COUNT=9999");
    let found = leap_mondays.occurrences(&Zone::UTC, date(9000, 1, 1), Date::MAX, usize::MAX);
    assert!(found.len() > 10 && found.iter().all(|one| one.local_date.strftime("%m-%d %a").to_string() == "02-29 Mon"));
    let once = series("1900-01-01T09:00", "FREQ=YEARLY;INTERVAL=99;BYMONTH=2;BYMONTHDAY=29");
    assert_eq!(once.occurrences(&Zone::UTC, date(1900, 1, 1), Date::MAX, 1)[0].local_date, date(2296, 2, 29));
}

/// A rule that does not count is as quick a thousand years on as at its start: the walk begins where it is asked for.
#[test]
fn every_frequency_jumps_to_its_window() {
    for rule in [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;INTERVAL=99;BYDAY=SU,MO",
        "FREQ=MONTHLY;INTERVAL=7",
        "FREQ=YEARLY;INTERVAL=4",
    ] {
        let set = series("1900-01-01T09:00", rule);
        let whole = set.occurrences(&Zone::UTC, date(1900, 1, 1), date(2400, 1, 1), usize::MAX);
        for from in [date(2104, 2, 29), date(2350, 7, 1)] {
            let late = set.occurrences(&Zone::UTC, from, date(2400, 1, 1), usize::MAX);
            let expected: Vec<_> = whole.iter().copied().filter(|one| one.local_date >= from).collect();
            assert_eq!(late, expected, "{rule}");
        }
        let rule = set.rrule.as_ref().expect("a rule");
        let first = rule.starts(set.start, date(9990, 1, 1), date(9999, 12, 31)).next();
        assert!(first.is_some_and(|first| first.date() >= date(9990, 1, 1)), "{rule}");
    }
}

fn listed(name: &'static str, range: std::ops::RangeInclusive<i32>) -> BoxedStrategy<Option<String>> {
    let numbers = btree_set(range.prop_filter("not 0", |number| *number != 0), 1..4);
    let text = numbers
        .prop_map(move |list| format!(";{name}={}", list.iter().map(i32::to_string).collect::<Vec<_>>().join(",")));
    option::weighted(0.3, text).boxed()
}

fn weekdays(numbered: bool) -> BoxedStrategy<Option<String>> {
    let number = if numbered {
        Union::new([Just("").boxed(), proptest::sample::select(vec!["1", "2", "-1", "5"]).boxed()])
    } else {
        Union::new([Just("").boxed()])
    };
    let day = (number, proptest::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]));
    let text = btree_set(day, 1..4).prop_map(|days| {
        format!(";BYDAY={}", days.iter().map(|(number, day)| format!("{number}{day}")).collect::<Vec<_>>().join(","))
    });
    option::of(text).boxed()
}

/// Texts of rules that keep to the standard, with any end but `UNTIL`.
pub(super) fn any_rule() -> BoxedStrategy<String> {
    let none = || Just(None::<String>).boxed();
    let parts = |frequency: &'static str| {
        let (monthly, yearly) = (frequency == "MONTHLY" || frequency == "YEARLY", frequency == "YEARLY");
        let filters = (
            listed("BYMONTH", 1..=12),
            if yearly { listed("BYYEARDAY", -366..=366) } else { none() },
            if frequency == "WEEKLY" { none() } else { listed("BYMONTHDAY", -31..=31) },
            weekdays(monthly),
        );
        let filters = filters.prop_map(|(months, year_days, month_days, days)| {
            [months, year_days, month_days, days].into_iter().flatten().collect::<String>()
        });
        let week = option::weighted(0.2, proptest::sample::select(vec!["SU", "WE", "SA"]));
        (Just(frequency), 1_u32..6, option::weighted(0.4, 1_u32..40), filters, listed("BYSETPOS", -3..=3), week)
    };
    let text = |(frequency, interval, count, filters, places, week): (
        _,
        _,
        Option<u32>,
        String,
        Option<String>,
        Option<&str>,
    )| {
        let places = places.filter(|_| !filters.is_empty()).unwrap_or_default();
        let count = count.map_or(String::new(), |count| format!(";COUNT={count}"));
        let week = week.map_or(String::new(), |day| format!(";WKST={day}"));
        format!("FREQ={frequency};INTERVAL={interval}{count}{filters}{places}{week}")
    };
    Union::new(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].map(|frequency| parts(frequency).prop_map(text).boxed()))
        .boxed()
}

/// Plain rules of a week or a day, the slow way: every day, one by one.
fn model(start: DateTime, interval: u32, days: &[jiff::civil::Weekday], count: u32) -> Vec<DateTime> {
    let monday = start.date().saturating_sub(i64::from(start.date().weekday().to_monday_zero_offset()).days());
    let mut found = Vec::new();
    let mut day = start.date();
    while found.len() < count as usize {
        let weeks = monday.until(day).expect("near").get_days() / 7;
        if days.contains(&day.weekday()) && u32::try_from(weeks).expect("after").is_multiple_of(interval) {
            found.push(day.to_datetime(start.time()));
        }
        day = day.tomorrow().expect("near");
    }
    found
}

proptest! {
    #[test]
    fn weekly_expansion_is_what_counting_days_gives(
        offset in 0_i64..4000, interval in 1_u32..5, mask in 1_u8..128, count in 1_u32..30, window in (0_i64..300, 0_i64..300)
    ) {
        let start = date(2020, 1, 1).saturating_add(offset.days()).to_datetime(jiff::civil::time(9, 30, 0, 0));
        let all = [("MO", 0), ("TU", 1), ("WE", 2), ("TH", 3), ("FR", 4), ("SA", 5), ("SU", 6)];
        let picked: Vec<(&str, i8)> = all.into_iter().filter(|(_, place)| mask & (1 << place) != 0).collect();
        let names: Vec<&str> = picked.iter().map(|(name, _)| *name).collect();
        let days: Vec<_> = picked.iter().map(|(_, place)| jiff::civil::Weekday::from_monday_zero_offset(*place).unwrap()).collect();
        let rule = format!("FREQ=WEEKLY;INTERVAL={interval};COUNT={count};BYDAY={}", names.join(","));
        let set = series(&start.to_string(), &rule);
        let from = start.date().saturating_add((window.0 - 20).days());
        let until = from.saturating_add(window.1.days());
        let found: Vec<DateTime> = set.occurrences(&Zone::UTC, from, until, 1000).iter().map(|found| found.recurrence_id).collect();
        let expected: Vec<DateTime> = model(start, interval, &days, count).into_iter().filter(|start| (from..=until).contains(&start.date())).collect();
        prop_assert_eq!(found, expected);
    }

    /// A window is what the whole has in it, ascending; fewer are the first of them; the text reads back as it was.
    #[test]
    fn a_window_is_a_cut_and_a_limit_a_beginning(
        rule in any_rule(), offset in 0_i64..4000, from in -100_i64..2000, length in 0_i64..2000, limit in 0_usize..20
    ) {
        let start = date(2020, 1, 1).saturating_add(offset.days());
        let set = series(&format!("{start}T18:30"), &rule);
        let from = start.saturating_add(from.days());
        let until = from.saturating_add(length.days());
        let whole = set.occurrences(&Zone::UTC, start, date(2050, 1, 1), usize::MAX);
        let expected: Vec<_> = whole.into_iter().filter(|one| (from..=until).contains(&one.local_date)).collect();
        let window = set.occurrences(&Zone::UTC, from, until, usize::MAX);
        prop_assert!(window.is_sorted_by(|one, next| one.starts_at < next.starts_at));
        prop_assert_eq!(&window, &expected);
        prop_assert_eq!(&set.occurrences(&Zone::UTC, from, until, limit)[..], &expected[..expected.len().min(limit)]);
        let rule = set.rrule.expect("a rule");
        prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
    }

    #[test]
    fn what_reads_as_a_rule_reads_back_and_expands(text in "FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;(INTERVAL|COUNT|UNTIL|BYDAY|BYMONTH|BYMONTHDAY|BYSETPOS|BYYEARDAY|BYWEEKNO|WKST)=[-+0-9A-Z,]{1,6}){0,4}") {
        if let Ok(rule) = Rule::parse(&text) {
            prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule.clone()));
            let set = Recurrence { rrule: Some(rule), ..series("2026-03-02T09:00", "") };
            prop_assert!(!set.describe().is_empty());
            let _ = set.occurrences(&zone("Pacific/Chatham"), date(2030, 1, 1), date(2031, 1, 1), 20);
        }
    }
}
