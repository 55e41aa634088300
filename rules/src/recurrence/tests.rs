use super::*;
use jiff::civil::date;
use proptest::prelude::*;

mod clocks;
mod expansion;
mod words;

fn zone(name: &str) -> Zone {
    Zone::parse(name).expect(name)
}

fn series(start: &str, rrule: &str) -> Recurrence {
    let rrule = (!rrule.is_empty()).then(|| rrule.to_owned());
    let input = RecurrenceInput { start: start.to_owned(), rrule, ..RecurrenceInput::default() };
    Recurrence::check(&input, 60).expect("a good recurrence")
}

/// The local starts of a series in a wide window.
fn starts(recurrence: &Recurrence, zone_name: &str) -> Vec<String> {
    let found = recurrence.occurrences(&zone(zone_name), date(2025, 1, 1), date(2027, 12, 31), 8);
    found.iter().map(|occurrence| occurrence.local_start.strftime("%m-%d %H:%M").to_string()).collect()
}

#[test]
fn weekly_rules_yield_what_the_standard_says() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("2026-03-02T09:00", "FREQ=WEEKLY;COUNT=3", &["03-02 09:00", "03-09 09:00", "03-16 09:00"]),
        (
            "2026-03-02T09:00",
            "FREQ=WEEKLY;BYDAY=WE,MO;COUNT=4",
            &["03-02 09:00", "03-04 09:00", "03-09 09:00", "03-11 09:00"],
        ),
        // A start in the middle of its week: what lies before it neither happens nor counts.
        ("2026-03-04T09:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=3", &["03-04 09:00", "03-06 09:00", "03-09 09:00"]),
        ("2026-03-03T09:00", "FREQ=WEEKLY;BYDAY=MO;UNTIL=20260316", &["03-09 09:00", "03-16 09:00"]),
        ("2026-03-02T09:00", "FREQ=WEEKLY;UNTIL=20260309T090000", &["03-02 09:00", "03-09 09:00"]),
        ("2026-03-02T09:00", "FREQ=WEEKLY;UNTIL=20260309T085959", &["03-02 09:00"]),
        // The two examples of RFC 5545 that show what WKST decides.
        (
            "2026-08-04T09:00",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            &["08-04 09:00", "08-09 09:00", "08-18 09:00", "08-23 09:00"],
        ),
        (
            "2026-08-04T09:00",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            &["08-04 09:00", "08-16 09:00", "08-18 09:00", "08-30 09:00"],
        ),
        ("2026-03-02T09:00", "", &["03-02 09:00"]),
    ];
    for (start, rule, expected) in cases {
        assert_eq!(starts(&series(start, rule), "America/Phoenix"), *expected, "{start} {rule}");
    }
}

#[test]
fn until_as_an_instant_is_compared_in_the_zone() {
    // 17:00 UTC is 10:00 in Phoenix and 13:00 in New York.
    let ends = |local: &str, zone: &str| {
        starts(&series(&format!("2026-06-01T{local}"), "FREQ=WEEKLY;UNTIL=20260608T170000Z"), zone).len()
    };
    assert_eq!((ends("10:00", "America/Phoenix"), ends("10:01", "America/Phoenix")), (2, 1));
    assert_eq!((ends("13:00", "America/New_York"), ends("13:01", "America/New_York")), (2, 1));
}

#[test]
fn local_time_never_drifts_and_clock_changes_follow_the_rule() {
    let one = |zone_name: &str, local: &str| {
        let found =
            series(local, "FREQ=WEEKLY;COUNT=1").occurrences(&zone(zone_name), date(2025, 1, 1), date(2027, 1, 1), 9);
        (found[0].local_start.to_string(), found[0].starts_at.to_string())
    };
    let cases = [
        ("America/New_York", "2026-03-01T09:00", "2026-03-01T09:00:00", "2026-03-01T14:00:00Z"),
        ("America/New_York", "2026-03-08T09:00", "2026-03-08T09:00:00", "2026-03-08T13:00:00Z"),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T03:30:00", "2026-03-08T07:30:00Z"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"),
        ("America/Phoenix", "2026-03-08T02:30", "2026-03-08T02:30:00", "2026-03-08T09:30:00Z"),
        ("Europe/London", "2026-03-29T01:30", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),
        ("Europe/London", "2026-10-25T01:30", "2026-10-25T01:30:00", "2026-10-25T00:30:00Z"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:45:00", "2026-10-03T15:45:00Z"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z"),
    ];
    for (zone, local, shown, instant) in cases {
        assert_eq!(one(zone, local), (shown.to_owned(), instant.to_owned()), "{zone} {local}");
    }
    let weekly = series("2026-02-22T02:30", "FREQ=WEEKLY;COUNT=4");
    assert_eq!(starts(&weekly, "America/New_York"), ["02-22 02:30", "03-01 02:30", "03-08 03:30", "03-15 02:30"]);
    let moved = weekly.occurrences(&zone("America/New_York"), date(2026, 3, 8), date(2026, 3, 8), 9)[0];
    assert_eq!(moved.recurrence_id.to_string(), "2026-03-08T02:30:00", "the name of the occurrence stays");
}

#[test]
fn a_session_lasts_elapsed_minutes() {
    let input =
        RecurrenceInput { duration_minutes: Some(120), start: "2026-03-08T01:30".into(), ..RecurrenceInput::default() };
    let night = Recurrence::check(&input, 60).expect("good");
    let found = night.occurrences(&zone("America/New_York"), date(2026, 3, 8), date(2026, 3, 8), 1)[0];
    assert_eq!(found.ends_at.duration_since(found.starts_at).as_mins(), 120);
    assert_eq!(zone("America/New_York").local(found.ends_at).to_string(), "2026-03-08T04:30:00");
}

#[test]
fn dates_are_added_and_left_out() {
    let input = RecurrenceInput {
        start: "2026-03-02T09:00".into(),
        rrule: Some("FREQ=WEEKLY;COUNT=4".into()),
        rdate: vec!["2026-03-04".into(), "20260305T140000".into(), "2026-03-09T09:00".into()],
        exdate: vec!["2026-03-16".into(), "2026-03-05T14:30".into()],
        ..RecurrenceInput::default()
    };
    let set = Recurrence::check(&input, 60).expect("good");
    assert_eq!(
        starts(&set, "Europe/London"),
        ["03-02 09:00", "03-04 09:00", "03-05 14:00", "03-09 09:00", "03-23 09:00"],
        "left out ones count, the same start comes once"
    );
    let ended = Recurrence { rrule: Rule::parse("FREQ=WEEKLY;UNTIL=20260303T000000Z").ok(), ..set.clone() };
    assert_eq!(
        starts(&ended, "Europe/London"),
        ["03-02 09:00", "03-04 09:00", "03-05 14:00", "03-09 09:00"],
        "the end of the rule does not bind single dates"
    );
    let alone = Recurrence { rrule: None, ..set };
    assert_eq!(starts(&alone, "Europe/London"), ["03-02 09:00", "03-04 09:00", "03-05 14:00", "03-09 09:00"]);
}

#[test]
fn a_window_is_cut_out_without_walking_to_it() {
    let endless = series("1900-01-01T09:00", "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,TH");
    let far = endless.occurrences(&zone("America/Phoenix"), date(9000, 1, 1), date(9998, 12, 31), 5);
    assert_eq!(far.len(), 5);
    assert!(far.iter().all(|found| found.local_date >= date(9000, 1, 1)));
    let counted = series("2026-01-05T09:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=100");
    let all = counted.occurrences(&zone("America/Phoenix"), date(2020, 1, 1), date(2100, 1, 1), 1000);
    assert_eq!(all.len(), 100);
    let tail = counted.occurrences(&zone("America/Phoenix"), all[97].local_date, date(2100, 1, 1), 1000);
    assert_eq!(tail, all[97..], "the count is the same from the middle");
}

#[test]
fn what_the_standard_forbids_is_refused_with_the_reason() {
    let cases = [
        ("FREQ=WEEKLY;BYDAY=2TU", "only with FREQ=MONTHLY or YEARLY"),
        ("FREQ=DAILY;BYDAY=2TU", "only with FREQ=MONTHLY or YEARLY"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=2TU", "no numbers together with BYWEEKNO"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY does not go with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY goes only with FREQ=YEARLY"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO goes only with FREQ=YEARLY"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS needs another part"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20260101", "COUNT and UNTIL exclude each other"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT must be 1 to 9999"),
        ("FREQ=WEEKLY;INTERVAL=0", "INTERVAL must be 1 to 999"),
        ("FREQ=WEEKLY;INTERVAL=1000", "INTERVAL must be 1 to 999"),
        ("FREQ=WEEKLY;INTERVAL=99999999999999999999", "INTERVAL must be 1 to 999"),
        ("FREQ=WEEKLY;FREQ=WEEKLY", "FREQ is given twice"),
        ("FREQ=FORTNIGHTLY", "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("FREQ=HOURLY", "FREQ=HOURLY is not for groups"),
        ("FREQ=WEEKLY;BYHOUR=9,14", "BYHOUR is not for groups: the time of day is that of the first start"),
        ("BYDAY=MO", "FREQ is missing"),
        ("FREQ=WEEKLY;BYDAY=MONDAY", "BYDAY lists days"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY lists days"),
        ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY lists days"),
        ("FREQ=WEEKLY;BYDAY=", "BYDAY lists days"),
        ("FREQ=WEEKLY;X=1", "RFC 5545 knows no part “X”"),
        ("FREQ=WEEKLY;UNTIL=20261340", "UNTIL is a date"),
        ("FREQ=WEEKLY;UNTIL=20260630Z", "UNTIL is a date"),
        ("FREQ=WEEKLY;UNTIL=20260630T090000-0700", "UNTIL is a date"),
        ("FREQ=WEEKLY;", "each part is NAME=VALUE"),
        ("FREQ=MONTHLY;BYMONTHDAY=x", "BYMONTHDAY lists days"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY lists days"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY lists days"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH lists months"),
        ("FREQ=YEARLY;BYMONTH=-1", "BYMONTH lists months"),
        ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO lists weeks"),
        ("FREQ=YEARLY;BYYEARDAY=-367", "BYYEARDAY lists days"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS lists places"),
        ("FREQ=WEEKLY;WKST=1", "WKST is a weekday"),
        ("", "each part is NAME=VALUE"),
    ];
    for (text, reason) in cases {
        let error = Rule::parse(text).expect_err(text);
        assert_eq!(error.code(), "invalid", "{text}");
        assert!(error.to_string().contains(reason), "{text}: {error}");
    }
    assert!(Rule::parse(" rrule:freq=weekly;byday=mo,we ").is_ok());
    assert!(
        Rule::parse(&format!("FREQ=WEEKLY;{}", ";".repeat(3_000))).is_err_and(|error| error.to_string().len() < 300)
    );
}

#[test]
fn everything_wrong_with_a_rule_is_said_at_once() {
    let error = Rule::parse("FREQ=WEEKLY;COUNT=0;UNTIL=soon;BYMONTHDAY=3;BYDAY=2TU;BYMONTH=13").expect_err("bad");
    let starts: Vec<&str> = error.reasons().iter().filter_map(|reason| reason.split(' ').next()).collect();
    assert_eq!(starts, ["COUNT", "UNTIL", "BYMONTH", "COUNT", "BYDAY", "BYMONTHDAY"], "{error}");
}

#[test]
fn rules_read_back_as_they_are_written() {
    for text in [
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;BYDAY=MO,FR",
        "FREQ=WEEKLY;UNTIL=20260630",
        "FREQ=WEEKLY;UNTIL=20260630T090000;BYDAY=SU,MO;WKST=SU",
        "FREQ=WEEKLY;UNTIL=20260630T235959Z",
        "FREQ=DAILY;INTERVAL=999",
        "FREQ=MONTHLY;BYDAY=-1FR,1MO,1FR,2TU",
        "FREQ=MONTHLY;BYMONTHDAY=-1,1,15",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=1,7;BYWEEKNO=-1,20;BYYEARDAY=-366,100;BYMONTHDAY=13;BYDAY=FR;BYSETPOS=-366,1;WKST=SU",
    ] {
        let rule = Rule::parse(text).expect(text);
        assert_eq!(rule.to_string(), text);
        let json = serde_json::to_string(&series("2026-03-02T09:00", text)).expect("json");
        assert_eq!(serde_json::from_str::<Recurrence>(&json).expect("reads back"), series("2026-03-02T09:00", text));
    }
}

#[test]
fn what_is_left_out_reads_back_as_it_was() {
    let mut set = series("2026-03-02T09:00", "FREQ=WEEKLY");
    set.exdate = vec![Moment::Day(date(2026, 3, 9)), Moment::Start(date(2026, 3, 16).at(9, 0, 0, 0))];
    let json = serde_json::to_string(&set).expect("json");
    assert_eq!(serde_json::from_str::<Recurrence>(&json).expect("reads back"), set);
    for text in ["2026-03-09T09:00-07:00", "2026-03-09T09:00Z", "2026-03-09T09:00[UTC]", "20260309Z", "1899-12-31"] {
        assert_eq!(Moment::parse(text).ok(), None, "{text}");
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let input = RecurrenceInput {
        start: "2026-03-02T09:00Z".into(),
        duration_minutes: Some(3),
        rrule: Some("FREQ=HOURLY".into()),
        rdate: vec!["2026-03-02".into(), "soon".into()],
        exdate: vec!["2026-03-02T09:00-07:00".into(); MOST_DATES + 1],
    };
    let found = Recurrence::check(&input, 60).expect_err("all wrong");
    let fields: Vec<(&str, &str)> = found.iter().map(|violation| (violation.field.as_str(), violation.code)).collect();
    assert_eq!(
        fields,
        [
            ("recurrence.start", "invalid"),
            ("recurrence.rrule", "invalid"),
            ("recurrence.duration_minutes", "out_of_range"),
            ("recurrence.rdate[1]", "invalid"),
            ("recurrence.exdate", "too_long"),
        ]
    );
}

#[test]
fn a_recurrence_in_words() {
    let words = |rule: &str| series("2026-03-02T09:00", rule).describe();
    assert_eq!(words("FREQ=WEEKLY"), "Every Monday at 09:00");
    assert_eq!(words("FREQ=WEEKLY;BYDAY=WE,MO"), "Every Monday and Wednesday at 09:00");
    assert_eq!(words("FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=12"), "Every Monday, Wednesday and Friday at 09:00, 12 times");
    assert_eq!(words("FREQ=WEEKLY;INTERVAL=2;UNTIL=20260630"), "Every other Monday at 09:00 until 30 June 2026");
    assert_eq!(words("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"), "Every day at 09:00");
    assert_eq!(words(""), "On 2 March 2026 at 09:00");
    let mut set = series("2026-03-02T09:00", "FREQ=WEEKLY");
    set.rdate = vec![set.start];
    set.exdate = vec![Moment::Day(set.start.date()), Moment::Start(set.start)];
    assert_eq!(set.describe(), "Every Monday at 09:00, and on 1 further date, except 2 dates");
}

#[test]
fn zones_have_their_usual_names() {
    assert_eq!(zone("america/new_york").name(), "America/New_York");
    assert!(["", "Mars/Base", "+02:00", "EST5EDT,M3.2.0,M11.1.0"].iter().all(|name| Zone::parse(name).is_err()));
    assert_eq!(Zone::UTC.name(), "UTC");
}

proptest! {
    #[test]
    fn no_text_panics(rule in "[A-Z=;,0-9:TZ+-]{0,40}", other in ".{0,30}", start in "[0-9T:-]{0,20}") {
        let _ = (Rule::parse(&rule), Rule::parse(&format!("FREQ=WEEKLY;{rule}")), Rule::parse(&other), Zone::parse(&other));
        let input = RecurrenceInput { start, rrule: Some(other.clone()), rdate: vec![other.clone()], exdate: vec![other], ..RecurrenceInput::default() };
        let _ = Recurrence::check(&input, 60);
    }

    #[test]
    fn no_window_panics(day in 0_i64..3_000_000, length in 0_i64..3_000_000, limit in 0_usize..5) {
        let from = Date::MIN.saturating_add(day.days()).saturating_add(day.days());
        let set = series("2199-12-31T23:59", "FREQ=WEEKLY;INTERVAL=99;BYDAY=SU,SA;WKST=SU");
        let found = set.occurrences(&zone("America/New_York"), from, from.saturating_add(length.days()), limit);
        prop_assert!(found.len() <= limit && found.is_sorted_by_key(|found| found.starts_at));
    }
}

#[test]
fn instants_are_written_with_the_offset_of_their_day() {
    let new_york = zone("America/New_York");
    let shown = |text: &str| new_york.rfc3339(text.parse().expect("an instant"));
    assert_eq!(shown("2026-03-02T14:00:00Z"), "2026-03-02T09:00:00-05:00");
    assert_eq!(shown("2026-07-06T13:00:00.25Z"), "2026-07-06T09:00:00.25-04:00");
    assert_eq!(Zone::UTC.rfc3339("2026-03-02T14:00:00Z".parse().expect("an instant")), "2026-03-02T14:00:00+00:00");
}
