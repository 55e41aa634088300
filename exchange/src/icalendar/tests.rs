use std::collections::BTreeSet;

use jiff::{
    SignedDuration, Timestamp, ToSpan as _,
    civil::{DateTime, date},
};
use proptest::prelude::*;
use rules::recurrence::{Moment, Recurrence, RecurrenceInput, Rule, Zone};

use super::*;

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn zone(name: &str) -> Zone {
    Zone::parse(name).expect("a zone")
}

fn recurrence(start: &str, rrule: Option<&str>, rdate: &[&str]) -> Recurrence {
    let rdate = rdate.iter().map(|date| (*date).to_owned()).collect();
    let input = RecurrenceInput {
        start: start.to_owned(),
        rrule: rrule.map(str::to_owned),
        rdate,
        ..RecurrenceInput::default()
    };
    Recurrence::check(&input, 60).expect("a recurrence")
}

fn look(summary: &str) -> Look {
    Look { summary: summary.to_owned(), location: None, url: None, is_busy: true }
}

/// The meetings a recurrence yields, as the schedule makes them.
fn meetings(recurrence: &Recurrence, zone: &Zone, until: jiff::civil::Date) -> Vec<Meeting> {
    let made = instant("2026-01-01T00:00:00Z");
    let meeting = |(index, occurrence): (usize, rules::recurrence::Occurrence)| Meeting {
        uid: format!("ses_{index}"),
        recurrence_id: Some(occurrence.recurrence_id),
        starts_at: occurrence.starts_at,
        ends_at: occurrence.ends_at,
        zone: zone.clone(),
        status: MeetingStatus::Held,
        look: look(&format!("Session {index}")),
        usual_summary: "Session".to_owned(),
        created: made,
        modified: made,
    };
    let found = recurrence.occurrences(zone, recurrence.start.date(), until, 1_000);
    found.into_iter().enumerate().map(meeting).collect()
}

fn part<'a>(recurrence: &'a Recurrence, zone: &Zone) -> Part<'a> {
    let made = instant("2026-01-01T00:00:00Z");
    Part { uid: "rec_1".to_owned(), recurrence, zone: zone.clone(), created: made, revised: made, url: None }
}

fn written(events: Vec<Event>) -> String {
    let now = instant("2026-05-01T12:00:00Z");
    Calendar { name: "Sessions".to_owned(), description: None, zone: zone("America/New_York"), now, events }.write()
}

/// The lines of the event that begins with the n-th `BEGIN:VEVENT`.
fn event_lines(text: &str, index: usize) -> Vec<String> {
    let lines = unfold(text);
    let from = lines.iter().enumerate().filter(|(_, line)| *line == "BEGIN:VEVENT").nth(index).expect("an event").0;
    lines[from + 1..].iter().take_while(|line| *line != "END:VEVENT").cloned().collect()
}

/// What a reader finds: starts and ends of all that takes place. It expands the written rule anew.
fn read_back(events: &[Event]) -> BTreeSet<(Timestamp, Timestamp)> {
    let mut found = BTreeSet::new();
    for event in events {
        match &event.repeats {
            Some(repeats) => found.extend(expanded(event, repeats, events)),
            None if event.status != Status::Cancelled => drop(found.insert(instants(event))),
            None => {}
        }
    }
    found
}

fn instants(event: &Event) -> (Timestamp, Timestamp) {
    let at = |time| event.zone.first_instant(time).expect("an instant").timestamp();
    match event.when {
        When::Local(start, end) => (at(start), at(end)),
        When::Utc(start, end) => (start, end),
    }
}

fn expanded(master: &Event, repeats: &Repeats, events: &[Event]) -> Vec<(Timestamp, Timestamp)> {
    let When::Local(start, end) = master.when else { panic!("a series is told in local times") };
    let text = written(vec![master.clone()]);
    let rule = event_lines(&text, 0).iter().find_map(|line| line.strip_prefix("RRULE:").map(str::to_owned));
    let recurrence = Recurrence {
        start,
        duration_minutes: 60,
        rrule: rule.map(|rule| Rule::parse(&rule).expect("a rule")),
        rdate: repeats.also.clone(),
        exdate: repeats.except.iter().copied().map(Moment::Start).collect(),
    };
    let length = start.until(end).expect("a length");
    let over: Vec<DateTime> = events.iter().filter_map(|event| event.recurrence_id).collect();
    let starts = recurrence.occurrences(&master.zone, start.date(), date(2028, 1, 1), 2_000);
    let kept = starts.into_iter().filter(|one| !over.contains(&one.recurrence_id));
    let end = |start: DateTime| master.zone.first_instant(start.checked_add(length).expect("an end"));
    kept.map(|one| (one.starts_at, end(one.recurrence_id).expect("an end").timestamp())).collect()
}

fn held(meetings: &[Meeting]) -> BTreeSet<(Timestamp, Timestamp)> {
    let held = meetings.iter().filter(|meeting| meeting.status == MeetingStatus::Held);
    held.map(|meeting| (meeting.starts_at, meeting.ends_at)).collect()
}

#[test]
fn a_series_is_one_event_with_its_rule() {
    let zone = zone("America/New_York");
    let recurrence = recurrence("2026-03-02T09:00", Some("FREQ=WEEKLY;BYDAY=MO;COUNT=90"), &[]);
    let all = meetings(&recurrence, &zone, date(2026, 4, 30));
    let text = written(series(&part(&recurrence, &zone), &all));
    let lines = event_lines(&text, 0);
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 1);
    assert!(lines.contains(&"DTSTART;TZID=America/New_York:20260302T090000".to_owned()), "{lines:?}");
    assert!(lines.contains(&"DTEND;TZID=America/New_York:20260302T100000".to_owned()), "{lines:?}");
    assert!(lines.contains(&"RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260427T130000Z".to_owned()), "{lines:?}");
    assert!(lines.contains(&"UID:rec_1".to_owned()) && lines.contains(&"STATUS:CONFIRMED".to_owned()), "{lines:?}");
}

#[test]
fn a_moved_a_cancelled_and_a_forgotten_meeting_are_told_apart() {
    let zone = zone("America/New_York");
    let recurrence = recurrence("2026-03-02T09:00", Some("FREQ=WEEKLY;BYDAY=MO"), &[]);
    let mut all = meetings(&recurrence, &zone, date(2026, 4, 6));
    all[1].starts_at = instant("2026-03-11T15:00:00Z");
    all[1].ends_at = instant("2026-03-11T16:00:00Z");
    all[1].modified = instant("2026-02-01T00:00:00Z");
    all[2].status = MeetingStatus::Cancelled;
    all[3].status = MeetingStatus::Gone;
    let text = written(series(&part(&recurrence, &zone), &all));
    let (master, moved, cancelled) = (event_lines(&text, 0), event_lines(&text, 1), event_lines(&text, 2));
    assert!(master.contains(&"EXDATE;TZID=America/New_York:20260323T090000".to_owned()), "{master:?}");
    assert_eq!(master.iter().filter(|line| line.starts_with("EXDATE")).count(), 1);
    assert!(moved.contains(&"RECURRENCE-ID;TZID=America/New_York:20260309T090000".to_owned()), "{moved:?}");
    assert!(moved.contains(&"DTSTART;TZID=America/New_York:20260311T110000".to_owned()), "{moved:?}");
    assert!(cancelled.contains(&"RECURRENCE-ID;TZID=America/New_York:20260316T090000".to_owned()), "{cancelled:?}");
    assert!(cancelled.contains(&"STATUS:CANCELLED".to_owned()), "{cancelled:?}");
    assert!(cancelled.contains(&"TRANSP:TRANSPARENT".to_owned()), "{cancelled:?}");
    assert!(event_lines(&text, 2).contains(&"UID:rec_1".to_owned()));
    let sequence = |lines: &[String]| lines.iter().find(|line| line.starts_with("SEQUENCE:")).cloned();
    assert_eq!(sequence(&master), sequence(&moved), "one revision for one name");
    assert_eq!(sequence(&master), Some("SEQUENCE:192067200".to_owned()), "the age of the latest change in seconds");
}

#[test]
fn somebody_with_a_few_meetings_is_promised_no_others() {
    let zone = zone("America/New_York");
    let recurrence = recurrence("2026-03-02T09:00", Some("FREQ=WEEKLY;BYDAY=MO,WE"), &["2026-03-06T13:00"]);
    let all = meetings(&recurrence, &zone, date(2026, 6, 30));
    let few = [all[1].clone(), all[2].clone(), all[5].clone(), all[9].clone()];
    let events = series(&part(&recurrence, &zone), &few);
    assert_eq!(read_back(&events), held(&few));
    assert_eq!(events.len(), 1, "still one series");
    // One meeting alone is a series of one, so that its name stays when more follow.
    let one = series(&part(&recurrence, &zone), &all[5..6]);
    assert_eq!((one.len(), one[0].uid.as_str(), read_back(&one)), (1, "rec_1", held(&all[5..6])));
    assert_eq!(series(&part(&recurrence, &zone), &[]), []);
}

#[test]
fn what_the_rule_no_longer_says_stands_alone() {
    let zone = zone("America/New_York");
    let old = recurrence("2026-03-03T09:00", Some("FREQ=WEEKLY;BYDAY=TU"), &[]);
    let new = recurrence("2026-04-06T09:00", Some("FREQ=WEEKLY;BYDAY=MO"), &[]);
    let mut all = meetings(&old, &zone, date(2026, 3, 31));
    all.extend(
        meetings(&new, &zone, date(2026, 4, 30))
            .into_iter()
            .map(|meeting| Meeting { uid: format!("{}_new", meeting.uid), ..meeting }),
    );
    let events = series(&part(&new, &zone), &all);
    assert_eq!(read_back(&events), held(&all));
    assert_eq!(events.iter().filter(|event| event.uid.starts_with("ses_")).count(), 5);
    // Neither does another zone's clock.
    let elsewhere = Zone::parse("Europe/London").expect("a zone");
    let moved: Vec<Meeting> = all.into_iter().map(|meeting| Meeting { zone: elsewhere.clone(), ..meeting }).collect();
    let events = series(&part(&new, &zone), &moved);
    assert_eq!(read_back(&events), held(&moved));
    assert!(events.iter().all(|event| event.repeats.is_none()));
}

#[test]
fn single_dates_follow_their_series_and_stand_alone_before_it() {
    let zone = zone("Australia/Lord_Howe");
    let dates = ["2026-03-01T10:00", "2026-03-20T10:00"];
    let recurrence = recurrence("2026-03-02T09:00", Some("FREQ=WEEKLY;BYDAY=MO"), &dates);
    let mut all = meetings(&recurrence, &zone, date(2026, 4, 30));
    let early = date(2026, 3, 1).at(10, 0, 0, 0);
    let starts_at = zone.first_instant(early).expect("an instant").timestamp();
    all.insert(
        0,
        Meeting {
            recurrence_id: Some(early),
            starts_at,
            ends_at: starts_at.checked_add(1.hour()).expect("an end"),
            ..all[0].clone()
        },
    );
    let events = series(&part(&recurrence, &zone), &all);
    assert_eq!(read_back(&events), held(&all));
    let text = written(events);
    assert!(text.contains("RDATE;TZID=Australia/Lord_Howe:20260320T100000"), "{text}");
    assert!(!text.contains("RDATE;TZID=Australia/Lord_Howe:20260301T100000"), "{text}");
    // Without a rule there are only dates.
    let dates = self::recurrence("2026-03-02T09:00", None, &["2026-03-20T10:00", "2026-05-01T10:00"]);
    let all = meetings(&dates, &zone, date(2026, 12, 31));
    let events = series(&part(&dates, &zone), &all[1..]);
    assert_eq!((events.len(), read_back(&events)), (1, held(&all[1..])));
}

#[test]
fn across_a_change_of_the_clocks_the_times_are_told_outright() {
    let zone = zone("America/New_York");
    // 02:30 on 8 March is skipped, and an hour from 00:30 on 1 November ends at the second 01:00.
    for start in ["2026-03-01T02:30", "2026-10-25T00:30", "2026-10-25T01:30"] {
        let mut recurrence = recurrence(start, Some("FREQ=WEEKLY;BYDAY=SU;COUNT=4"), &[]);
        recurrence.duration_minutes = 90;
        let all = meetings(&recurrence, &zone, date(2026, 12, 31));
        let events = series(&part(&recurrence, &zone), &all);
        assert_eq!(events.len(), 2, "{start}: {events:?}");
        assert_eq!(read_back(&events), held(&all), "{start}");
    }
    let second = (instant("2026-11-01T06:30:00Z"), instant("2026-11-01T07:30:00Z"));
    assert_eq!(When::of(&zone, second.0, second.1), When::Utc(second.0, second.1));
}

/// Rules of every kind, among them those whose meaning depends on where they begin.
const RULES: [&str; 12] = [
    "FREQ=WEEKLY;BYDAY=SU",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO,SA",
    "FREQ=WEEKLY;INTERVAL=3;WKST=SU;BYDAY=SU,TU",
    "FREQ=WEEKLY;BYDAY=MO,FR;COUNT=20",
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=2TU,-1FR",
    "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=-1,15",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
    "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1,30;BYDAY=MO,TH",
    "FREQ=YEARLY;BYMONTH=3,11;BYDAY=SU;BYSETPOS=1,2",
    "FREQ=YEARLY;BYYEARDAY=60,-30",
];

proptest! {
    #[test]
    fn what_a_reader_expands_is_what_was_given(
        zone_name in prop::sample::select(vec!["America/New_York", "Australia/Lord_Howe", "America/Phoenix", "Africa/Casablanca"]),
        rule in prop::sample::select(RULES.to_vec()),
        (month, day, hour, minutes) in (1_i8..=12, 1_i8..=28, 0_i8..24, 5_u32..300),
        fates in prop::collection::vec((0_u8..6, -400_i64..400), 60),
    ) {
        let zone = zone(zone_name);
        let start = format!("2026-{month:02}-{day:02}T{hour:02}:30");
        let mut recurrence = recurrence(&start, Some(rule), &[]);
        recurrence.duration_minutes = minutes;
        let all = meetings(&recurrence, &zone, date(2027, 6, 30));
        let mut own = Vec::new();
        for (meeting, (fate, shift)) in all.into_iter().zip(fates) {
            let mut meeting = meeting;
            match fate {
                0 => continue,
                1 => meeting.status = MeetingStatus::Cancelled,
                2 => meeting.status = MeetingStatus::Gone,
                3 => {
                    let moved = |instant: Timestamp| instant.checked_add(SignedDuration::from_mins(shift * 15)).expect("near");
                    (meeting.starts_at, meeting.ends_at) = (moved(meeting.starts_at), moved(meeting.ends_at));
                }
                _ => {}
            }
            own.push(meeting);
        }
        let events = series(&part(&recurrence, &zone), &own);
        prop_assert_eq!(read_back(&events), held(&own));
        let text = written(events);
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')));
    }

    #[test]
    fn folded_lines_unfold(text in "\\PC{0,300}") {
        let mut lines = line::Lines::default();
        lines.text("SUMMARY", &text);
        let folded = lines.into_text();
        prop_assert!(folded.ends_with("\r\n"));
        prop_assert!(folded.split("\r\n").all(|line| line.len() <= 75));
        prop_assert_eq!(unfold(&folded), vec![format!("SUMMARY:{}", escape(&text))]);
    }

    #[test]
    fn escaped_text_comes_back(text in "[\\PC\n\t]{0,200}") {
        let kept: String = text.chars().filter(|letter| matches!(letter, '\n' | '\t') || !letter.is_control()).collect();
        let escaped = escape(&text);
        prop_assert!(!escaped.contains('\n'));
        prop_assert_eq!(unescape(&escaped), kept);
    }
}

#[test]
fn a_line_is_never_cut_inside_a_character() {
    let name = "🧑‍⚕️🏥é".repeat(20);
    let text = written(vec![Event { look: look(&name), ..single() }]);
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
    assert!(event_lines(&text, 0).contains(&format!("SUMMARY:{name}")));
    assert_eq!(escape("a;b,c\\d\r\ne\u{7}"), "a\\;b\\,c\\\\d\\ne");
}

fn single() -> Event {
    let recurrence = recurrence("2026-03-02T09:00", None, &[]);
    meetings(&recurrence, &zone("America/New_York"), date(2026, 3, 3))[0].alone().expect("an event")
}

#[test]
fn a_calendar_without_events_has_its_zone() {
    let lines = unfold(&written(Vec::new()));
    assert_eq!(lines.first().map(String::as_str), Some("BEGIN:VCALENDAR"));
    assert_eq!(lines.last().map(String::as_str), Some("END:VCALENDAR"));
    let needed = ["VERSION:2.0", "METHOD:PUBLISH", "NAME:Sessions", "X-WR-CALNAME:Sessions", "X-PUBLISHED-TTL:PT1H"];
    for line in needed.into_iter().chain(["REFRESH-INTERVAL;VALUE=DURATION:PT1H", "TZID:America/New_York"]) {
        assert!(lines.iter().any(|found| found == line), "{line} is not in {lines:?}");
    }
}

/// The changes of a zone as they were written: since when, and the offset in seconds from then on.
fn changes(lines: &[String]) -> Vec<(Timestamp, i32)> {
    let value = |chunk: &[String], name: &str| {
        chunk.iter().find_map(|line| line.strip_prefix(name)).expect("a value").to_owned()
    };
    let seconds = |text: &str| {
        let number = |at: usize| text.get(at..at + 2).map_or(0, |digits| digits.parse::<i32>().unwrap_or(0));
        let size = number(1) * 3600 + number(3) * 60 + number(5);
        if text.starts_with('-') { -size } else { size }
    };
    let starts = lines.iter().enumerate().filter(|(_, line)| line.starts_with("DTSTART:"));
    let change = |(index, _): (usize, &String)| {
        let chunk = &lines[index..index + 3];
        let start = DateTime::strptime("%Y%m%dT%H%M%S", value(chunk, "DTSTART:")).expect("a local time");
        let before = jiff::tz::Offset::from_seconds(seconds(&value(chunk, "TZOFFSETFROM:"))).expect("an offset");
        (before.to_timestamp(start).expect("an instant"), seconds(&value(chunk, "TZOFFSETTO:")))
    };
    starts.map(change).collect()
}

/// Every six hours, and a second before, at and after every change: a reader takes the last change that has been.
#[test]
fn a_written_zone_has_the_right_offset_all_the_time() {
    let usual = ["America/New_York", "Australia/Sydney", "Australia/Lord_Howe", "America/Phoenix", "Africa/Casablanca"];
    let strange = ["Europe/Dublin", "Pacific/Apia", "Asia/Kathmandu", "Asia/Pyongyang", "Europe/Volgograd", "UTC"];
    for name in usual.into_iter().chain(strange) {
        let zone = zone(name);
        for (from, until) in
            [("2010-06-01T00:00:00Z", "2020-11-01T00:00:00Z"), ("2026-03-01T00:00:00Z", "2027-03-31T00:00:00Z")]
        {
            let (from, until) = (instant(from), instant(until));
            let mut lines = line::Lines::default();
            super::zone::write(&mut lines, &zone, from, until);
            let changes = changes(&unfold(&lines.into_text()));
            let around = zone.time_zone().following(from).map(|change| change.timestamp()).take_while(|at| *at < until);
            let around = around.flat_map(|at| [-1, 0, 1].map(|second| at + SignedDuration::from_secs(second)));
            let steps = std::iter::successors(Some(from), |at| Some(*at + SignedDuration::from_hours(6)));
            for at in steps.take_while(|at| *at < until).chain(around) {
                let last = changes.iter().filter(|(start, _)| *start <= at).max_by_key(|(start, _)| *start);
                let offset = zone.time_zone().to_offset(at).seconds();
                assert_eq!(last.map(|(_, offset)| *offset), Some(offset), "{name} at {at}");
            }
        }
    }
}

#[test]
fn a_zone_tells_only_the_years_it_is_needed_for() {
    let text = written(vec![single()]);
    let lines = unfold(&text);
    assert_eq!(lines.iter().filter(|line| *line == "BEGIN:DAYLIGHT").count(), 1, "{lines:?}");
    assert_eq!(lines.iter().filter(|line| *line == "BEGIN:STANDARD").count(), 2, "{lines:?}");
    assert!(lines.contains(&"DTSTART:20251102T020000".to_owned()), "{lines:?}");
}
