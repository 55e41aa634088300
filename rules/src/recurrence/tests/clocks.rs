//! Wall clocks: the local time of a weekly group never drifts, and nights on which clocks change follow the rule.

use super::*;

/// A year of Mondays at nine, wherever and however clocks change.
#[test]
fn a_weekly_group_stays_at_nine_for_a_year() {
    for (name, offsets) in [
        ("America/New_York", 2),
        ("America/Phoenix", 1),
        ("Europe/London", 2),
        ("Australia/Lord_Howe", 2),
        ("America/Sao_Paulo", 1),
    ] {
        let zone = zone(name);
        let year =
            series("2026-01-05T09:00", "FREQ=WEEKLY").occurrences(&zone, date(2026, 1, 1), date(2026, 12, 31), 99);
        assert_eq!(year.len(), 52, "{name}");
        let nine = |one: &Occurrence| zone.local(one.starts_at).strftime("%a %H:%M").to_string() == "Mon 09:00";
        assert!(year.iter().all(nine), "{name}");
        let seen: std::collections::BTreeSet<i32> =
            year.iter().map(|one| zone.time_zone().to_offset(one.starts_at).seconds()).collect();
        assert_eq!(seen.len(), offsets, "{name}");
    }
}

/// Half past two on the Sundays on which clocks change: skipped moves forward by the gap, twice means the first.
#[test]
fn half_past_two_on_the_nights_clocks_change() {
    let cases = [
        ("America/New_York", "2026-03-01", ["02:30 -05", "03:30 -04", "02:30 -04"]),
        ("America/New_York", "2026-10-25", ["02:30 -04", "02:30 -05", "02:30 -05"]),
        ("America/Phoenix", "2026-03-01", ["02:30 -07", "02:30 -07", "02:30 -07"]),
        ("Europe/Berlin", "2026-03-22", ["02:30 +01", "03:30 +02", "02:30 +02"]),
        ("Europe/Berlin", "2026-10-18", ["02:30 +02", "02:30 +02", "02:30 +01"]),
        ("Australia/Lord_Howe", "2026-09-27", ["02:30 +10:30", "02:30 +11", "02:30 +11"]),
        ("Pacific/Chatham", "2026-09-20", ["02:30 +12:45", "02:30 +12:45", "02:30 +13:45"]),
    ];
    for (name, start, expected) in cases {
        let nights = series(&format!("{start}T02:30"), "FREQ=WEEKLY;COUNT=3");
        let zone = zone(name);
        let found = nights.occurrences(&zone, date(2026, 1, 1), date(2027, 1, 1), 9);
        let shown: Vec<String> = found
            .iter()
            .map(|one| format!("{} {}", one.local_start.strftime("%H:%M"), zone.time_zone().to_offset(one.starts_at)))
            .collect();
        assert_eq!(shown, expected, "{name} {start}");
        let again: Vec<String> = found.iter().map(|one| one.recurrence_id.strftime("%H:%M").to_string()).collect();
        assert_eq!(again, ["02:30"; 3], "the name of the meeting stays");
    }
}
