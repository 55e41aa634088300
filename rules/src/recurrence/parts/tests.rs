use jiff::{
    ToSpan,
    civil::{Date, DateTime, date},
};
use proptest::prelude::*;

use super::{Part, distance};
use crate::recurrence::{Occurrence, Recurrence, RecurrenceInput, Zone};

fn series(start: &str, rule: &str, exdate: &[&str]) -> Recurrence {
    let input = RecurrenceInput {
        start: start.to_owned(),
        rrule: Some(rule.to_owned()),
        exdate: exdate.iter().map(|text| (*text).to_owned()).collect(),
        ..RecurrenceInput::default()
    };
    Recurrence::check(&input, 60).expect("a good series")
}

fn zone(name: &str) -> Zone {
    Zone::parse(name).expect("a zone")
}

fn found(part: &Part, zone: &Zone) -> Vec<Occurrence> {
    part.occurrences(zone, date(2000, 1, 1), date(2100, 1, 1), 400)
}

fn locals(part: &Part, name: &str) -> Vec<String> {
    found(part, &zone(name)).iter().map(|one| one.local_start.strftime("%m-%d %H:%M").to_string()).collect()
}

#[test]
fn a_part_moves_what_it_holds_and_nothing_else() {
    let whole = Part::whole(series("2026-03-02T09:00", "FREQ=WEEKLY;COUNT=4", &[]));
    let (kept, mut moved) = whole.split(date(2026, 3, 16).at(9, 0, 0, 0)).expect("inside");
    moved.shift_minutes = 2 * 1440 + 60;
    assert_eq!(locals(&kept, "Europe/London"), ["03-02 09:00", "03-09 09:00"]);
    assert_eq!(
        locals(&moved, "Europe/London"),
        ["03-18 10:00", "03-25 10:00"],
        "the count goes on, it does not begin again"
    );
    let names: Vec<String> = found(&moved, &Zone::UTC).iter().map(|one| one.recurrence_id.to_string()).collect();
    assert_eq!(names, ["2026-03-16T09:00:00", "2026-03-23T09:00:00"], "a meeting keeps its name");
    assert_eq!(moved.describe(), "Every Wednesday at 10:00, 2 times");
    assert_eq!(kept.describe(), "Every Monday at 09:00, 2 times");
    assert_eq!(whole.describe(), "Every Monday at 09:00, 4 times");
    assert!(kept.split(date(2026, 3, 16).at(9, 0, 0, 0)).is_none(), "that start is no longer inside");
}

/// Of what is counted, each part says what it has itself: exceptions and single dates, too.
#[test]
fn a_part_counts_only_what_it_holds() {
    let mut set = series("2026-03-02T09:00", "FREQ=WEEKLY;COUNT=6", &["2026-03-09", "2026-03-23T09:00"]);
    set.rdate = vec![date(2026, 3, 4).at(9, 0, 0, 0), date(2026, 4, 2).at(9, 0, 0, 0)];
    let (kept, moved) = Part::whole(set).split(date(2026, 3, 23).at(9, 0, 0, 0)).expect("inside");
    assert_eq!(kept.describe(), "Every Monday at 09:00, 3 times, and on 1 further date, except 1 date");
    assert_eq!(moved.describe(), "Every Monday at 09:00, 3 times, and on 1 further date, except 1 date");
    let monthly = Part::whole(series("2026-03-02T09:00", "FREQ=MONTHLY;BYDAY=1MO;COUNT=5", &[]));
    let (_, mut later) = monthly.split(date(2026, 5, 4).at(9, 0, 0, 0)).expect("inside");
    later.shift_minutes = 1440;
    assert_eq!(later.describe(), "On the first Monday of each month at 09:00, 3 times, each 1 day later");
}

#[test]
fn an_exception_on_the_day_of_the_split_stays_one() {
    let whole = Part::whole(series("2026-03-02T09:00", "FREQ=WEEKLY;COUNT=4", &["2026-03-09"]));
    let (kept, mut moved) = whole.split(date(2026, 3, 9).at(9, 0, 0, 0)).expect("inside");
    moved.shift_minutes = 60;
    assert_eq!(locals(&kept, "UTC"), ["03-02 09:00"]);
    assert_eq!(locals(&moved, "UTC"), ["03-16 10:00", "03-23 10:00"]);
}

#[test]
fn a_moved_meeting_on_the_night_the_clocks_change_follows_the_rule_of_any_other() {
    // 8 March 2026: New York has no 02:30.
    let mut part = Part::whole(series("2026-03-01T01:30", "FREQ=WEEKLY;COUNT=3", &[]));
    part.shift_minutes = 60;
    assert_eq!(locals(&part, "America/New_York"), ["03-01 02:30", "03-08 03:30", "03-15 02:30"]);
    let mut back = Part::whole(series("2026-03-01T02:30", "FREQ=WEEKLY;COUNT=3", &[]));
    back.shift_minutes = -60;
    assert_eq!(locals(&back, "America/New_York"), ["03-01 01:30", "03-08 01:30", "03-15 01:30"]);
}

#[test]
fn an_end_moves_along_and_a_closed_part_is_empty() {
    let mut part = Part::whole(series("2026-03-02T23:30", "FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20260312", &[]));
    part.shift_minutes = 60;
    let shown = part.shown().expect("weekly");
    assert_eq!(locals(&Part::whole(shown.clone()), "UTC"), locals(&part, "UTC"));
    assert_eq!(shown.rrule.expect("a rule").to_string(), "FREQ=WEEKLY;UNTIL=20260313;BYDAY=TU,FR;WKST=TU");
    part.from = Some(date(2026, 3, 9).at(0, 0, 0, 0));
    part.before = part.from;
    assert!(part.is_closed() && found(&part, &Zone::UTC).is_empty());
}

#[test]
fn a_distance_in_words() {
    assert_eq!(distance(60), "1 hour later");
    assert_eq!(distance(-2 * 1440 - 30), "2 days 30 minutes earlier");
    assert_eq!(distance(1440 + 61), "1 day 1 hour 1 minute later");
}

#[test]
fn a_window_far_away_is_not_walked_to() {
    let mut part = Part::whole(series("1900-01-01T09:00", "FREQ=WEEKLY;INTERVAL=3", &[]));
    part.shift_minutes = -300 * 1440;
    let found = part.occurrences(&Zone::UTC, date(9000, 1, 1), Date::MAX, 5);
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(|one| one.local_date >= date(9000, 1, 1)));
}

const RULES: [&str; 12] = [
    "FREQ=DAILY;COUNT=25",
    "FREQ=DAILY;INTERVAL=3;BYDAY=MO,WE,TH,SU;UNTIL=20260801",
    "FREQ=MONTHLY;BYDAY=1MO;COUNT=9",
    "FREQ=MONTHLY;BYMONTHDAY=-1,15;UNTIL=20270301",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=12",
    "FREQ=YEARLY;BYMONTH=1,5,9;BYDAY=2WE;COUNT=8",
    "FREQ=WEEKLY;COUNT=30",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=40",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=20",
    "FREQ=WEEKLY;INTERVAL=3;BYDAY=SA,MO;WKST=SU;UNTIL=20270101",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;UNTIL=20260501T120000",
    "FREQ=WEEKLY;UNTIL=20260909",
];

proptest! {
    /// However often a series is split and moved, its parts together have every meeting of it once, each where the
    /// moves since its split put it.
    #[test]
    fn parts_lose_nothing_and_double_nothing(
        rule in 0_usize..12, day in 0_i64..60, cuts in prop::collection::vec((0_usize..60, -20_000_i64..20_000), 0..5)
    ) {
        let start = date(2026, 1, 5).saturating_add(day.days()).at(9, 30, 0, 0);
        let whole = Part::whole(series(&start.to_string(), RULES[rule], &["2026-03-09", "2026-04-01"]));
        let all: Vec<DateTime> = found(&whole, &Zone::UTC).iter().map(|one| one.recurrence_id).collect();
        let mut parts = vec![whole];
        let mut expected: Vec<(DateTime, i64)> = all.iter().map(|id| (*id, 0)).collect();
        for (at, by) in cuts {
            let Some(at) = all.get(at).copied() else { continue };
            let holder = parts.iter().position(|part| part.holds(at)).expect("some part holds every meeting");
            let (kept, moved) = parts[holder].split(at).expect("held");
            parts.splice(holder..=holder, [kept, moved]);
            parts[holder + 1..].iter_mut().for_each(|part| part.shift_minutes += by);
            expected.iter_mut().filter(|(id, _)| *id >= at).for_each(|(_, shift)| *shift += by);
        }
        let mut yielded: Vec<(DateTime, DateTime)> =
            parts.iter().flat_map(|part| found(part, &Zone::UTC)).map(|one| (one.recurrence_id, one.local_start)).collect();
        yielded.sort_unstable();
        let expected: Vec<(DateTime, DateTime)> =
            expected.into_iter().map(|(id, shift)| (id, id.saturating_add(shift.minutes()))).collect();
        prop_assert_eq!(yielded, expected);
    }

    /// A rule that is shown where its meetings are yields exactly these meetings.
    #[test]
    fn a_shown_rule_yields_the_moved_meetings(rule in 0_usize..12, day in 0_i64..60, by in -40_000_i64..40_000) {
        let start = date(2026, 1, 5).saturating_add(day.days()).at(9, 30, 0, 0);
        let mut part = Part::whole(series(&start.to_string(), RULES[rule], &["2026-03-09", "2026-04-01T09:30"]));
        part.shift_minutes = by;
        let rule = RULES[rule];
        let Some(shown) = part.shown() else {
            // Days of a month are not moved: the first Monday and a day is no rule.
            prop_assert!(rule.starts_with("FREQ=MONTHLY") || rule.starts_with("FREQ=YEARLY"), "{rule}");
            return Ok(());
        };
        let shown: Vec<DateTime> = found(&Part::whole(shown), &Zone::UTC).iter().map(|one| one.local_start).collect();
        let moved: Vec<DateTime> = found(&part, &Zone::UTC).iter().map(|one| one.local_start).collect();
        prop_assert_eq!(shown, moved);
    }

    /// The days asked for cut the same meetings out of a part as out of the whole of it.
    #[test]
    fn a_window_of_a_moved_part_is_a_window(by in -40_000_i64..40_000, from in 0_i64..300, length in 0_i64..60) {
        let mut part = Part::whole(series("2026-01-05T09:30", "FREQ=WEEKLY;BYDAY=MO,TH,SA", &[]));
        part.shift_minutes = by;
        let from = date(2026, 1, 1).saturating_add(from.days());
        let until = from.saturating_add(length.days());
        let wide = part.occurrences(&Zone::UTC, from.saturating_sub(90.days()), until.saturating_add(90.days()), 1_000);
        let expected: Vec<Occurrence> = wide.into_iter().filter(|one| (from..=until).contains(&one.local_date)).collect();
        prop_assert_eq!(part.occurrences(&Zone::UTC, from, until, 1_000), expected);
    }
}
