use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn block(weekday: Day, starts: &str, ends: &str) -> Block {
    let (starts, ends) = (starts.parse().unwrap(), ends.parse().unwrap());
    Block { weekday, starts, ends, site_id: None, effective_from: None, effective_until: None }
}

fn hours(zone: &str, blocks: &[Block]) -> Hours {
    let zone = Zone::parse(zone).unwrap();
    Hours::new(blocks.iter().map(|block| (*block, zone.clone())))
}

fn site(number: u128) -> SiteId {
    SiteId::from_uuid(uuid::Uuid::from_u128(number))
}

#[test]
fn times_of_the_clock() {
    for (text, minutes) in [("00:00", 0), ("09:05", 545), (" 23:59 ", 1_439), ("24:00", 1_440)] {
        assert_eq!(ClockTime::parse(text).unwrap().minutes(), minutes, "{text}");
    }
    for text in ["24:01", "9:00", "09:60", "99:99", "", "09.00", "-1:00", "09:0x", "０９:００", "25:00"] {
        assert_eq!(ClockTime::parse(text), Err(BadClockTime), "{text}");
    }
}

#[test]
fn somebody_without_hours_is_always_there() {
    assert_eq!(hours("UTC", &[]).judge(None, (at("2026-03-08T02:00Z"), at("2026-03-08T05:00Z"))), Ok(()));
}

#[test]
fn adjacent_blocks_are_one_also_over_midnight() {
    let night = hours(
        "America/Phoenix",
        &[
            block(Day::Monday, "20:00", "22:00"),
            block(Day::Monday, "22:00", "24:00"),
            block(Day::Tuesday, "00:00", "06:00"),
        ],
    );
    // Monday 9 March 2026, 21:00 to 01:00 in Phoenix.
    assert_eq!(night.judge(None, (at("2026-03-10T04:00Z"), at("2026-03-10T08:00Z"))), Ok(()));
    // To the last minute, and no longer.
    assert_eq!(night.judge(None, (at("2026-03-10T03:00Z"), at("2026-03-10T13:00Z"))), Ok(()));
    let late = night.judge(None, (at("2026-03-10T03:00Z"), at("2026-03-10T13:01Z"))).unwrap_err();
    assert_eq!(late.to_string(), "has hours 20:00 to 22:00 and 22:00 to 24:00 on this Monday");
    let early = night.judge(None, (at("2026-03-10T02:59Z"), at("2026-03-10T04:00Z")));
    assert!(early.is_err());
    let wednesday = night.judge(None, (at("2026-03-11T17:00Z"), at("2026-03-11T18:00Z"))).unwrap_err();
    assert_eq!(wednesday.to_string(), "has no hours on this Wednesday");
    let gap = hours("UTC", &[block(Day::Monday, "09:00", "12:00"), block(Day::Monday, "12:01", "17:00")]);
    assert!(gap.judge(None, (at("2026-03-09T11:00Z"), at("2026-03-09T13:00Z"))).is_err());
}

/// New York, 8 March 2026: 01:59 is followed by 03:00. 1 November 2026: 01:00 to 02:00 happens twice.
#[test]
fn the_clock_on_the_wall_decides_on_dst_days() {
    let early = hours("America/New_York", &[block(Day::Sunday, "01:00", "03:30")]);
    let cases = [
        ("the hour that is left out costs nothing", "2026-03-08T06:00Z", "2026-03-08T07:30Z", true),
        ("03:30 is after the hours, however short they were", "2026-03-08T06:00Z", "2026-03-08T07:31Z", false),
        ("the first 01:00", "2026-11-01T05:00Z", "2026-11-01T06:00Z", true),
        ("both, and on to 03:30", "2026-11-01T05:00Z", "2026-11-01T08:30Z", true),
        ("03:31", "2026-11-01T05:00Z", "2026-11-01T08:31Z", false),
        ("00:59", "2026-11-01T04:59Z", "2026-11-01T06:00Z", false),
        ("another Sunday", "2026-03-15T05:00Z", "2026-03-15T07:30Z", true),
    ];
    for (what, starts_at, ends_at, inside) in cases {
        assert_eq!(early.judge(None, (at(starts_at), at(ends_at))).is_ok(), inside, "{what}");
    }
    let half = hours("America/New_York", &[block(Day::Sunday, "01:00", "01:30")]);
    assert!(half.judge(None, (at("2026-11-01T06:00Z"), at("2026-11-01T06:30Z"))).is_ok(), "the second 01:00 counts");
    assert!(half.judge(None, (at("2026-11-01T05:00Z"), at("2026-11-01T06:30Z"))).is_err(), "01:30 lies between them");
    // Lord Howe turns its clock by half an hour, at 02:00 on 4 October 2026.
    let howe = hours("Australia/Lord_Howe", &[block(Day::Sunday, "01:00", "04:00")]);
    assert!(howe.judge(None, (at("2026-10-03T14:30Z"), at("2026-10-03T17:00Z"))).is_ok());
    assert!(howe.judge(None, (at("2026-10-03T14:30Z"), at("2026-10-03T17:01Z"))).is_err());
}

#[test]
fn hours_hold_from_a_day_to_a_day() {
    let from = jiff::civil::date(2026, 3, 9);
    let spring =
        Block { effective_from: Some(from), effective_until: Some(from), ..block(Day::Monday, "09:00", "12:00") };
    let dated = hours("UTC", &[spring]);
    assert!(dated.judge(None, (at("2026-03-09T09:00Z"), at("2026-03-09T12:00Z"))).is_ok());
    assert!(dated.judge(None, (at("2026-03-09T12:00Z"), at("2026-03-09T13:00Z"))).is_err());
    assert!(
        dated.judge(None, (at("2026-03-10T12:00Z"), at("2026-03-10T13:00Z"))).is_ok(),
        "nothing is said of the day after"
    );
    assert!(
        dated.judge(None, (at("2026-03-09T23:00Z"), at("2026-03-10T01:00Z"))).is_err(),
        "an hour of it is on Monday"
    );
}

#[test]
fn a_block_of_a_site_is_for_its_sessions() {
    let here = Block { site_id: Some(site(1)), ..block(Day::Monday, "09:00", "12:00") };
    let (phoenix, new_york) = (Zone::parse("America/Phoenix").unwrap(), Zone::parse("America/New_York").unwrap());
    let hours = Hours::new([(here, phoenix.clone())]);
    let morning = (at("2026-03-09T16:00Z"), at("2026-03-09T17:00Z"));
    assert!(hours.judge(Some(site(1)), morning).is_ok());
    assert!(hours.judge(None, morning).is_ok(), "a session without a site is anywhere");
    let other = hours.judge(Some(site(2)), morning).unwrap_err();
    assert_eq!(other.to_string(), "works at another site on this Monday");
    // Two clocks: 12:00 in New York is 09:00 in Phoenix, so the two blocks meet.
    let there = block(Day::Monday, "09:00", "12:00");
    let both = Hours::new([(there, new_york), (here, phoenix)]);
    assert!(both.judge(None, (at("2026-03-09T15:00Z"), at("2026-03-09T17:00Z"))).is_ok());
}

#[test]
fn blocks_of_a_week_are_judged_together() {
    let codes = |blocks: &[Block]| -> Vec<(String, &'static str)> {
        check_blocks(blocks).into_iter().map(|found| (found.field, found.code)).collect()
    };
    let monday = block(Day::Monday, "09:00", "12:00");
    assert_eq!(codes(&[monday, block(Day::Monday, "12:00", "24:00"), block(Day::Tuesday, "09:00", "12:00")]), []);
    assert_eq!(codes(&[monday, block(Day::Monday, "11:59", "13:00")]), [("blocks[1].starts".to_owned(), "overlaps")]);
    assert_eq!(codes(&[block(Day::Monday, "12:00", "09:00")]), [("blocks[0].ends".to_owned(), "out_of_range")]);
    assert_eq!(codes(&[block(Day::Monday, "24:00", "24:00")]), [("blocks[0].ends".to_owned(), "out_of_range")]);
    let (may, june) = (jiff::civil::date(2026, 5, 31), jiff::civil::date(2026, 6, 1));
    let until = Block { effective_until: Some(may), ..monday };
    assert_eq!(codes(&[until, Block { effective_from: Some(june), ..monday }]), [], "one season after the other");
    assert_eq!(codes(&[until, Block { effective_from: Some(may), ..monday }])[0].1, "overlaps");
    let turned = Block { effective_from: Some(june), effective_until: Some(may), ..monday };
    assert_eq!(codes(&[turned]), [("blocks[0].effective_until".to_owned(), "out_of_range")]);
    assert_eq!(codes(&vec![monday; BLOCKS_MAX + 1]), [("blocks".to_owned(), "too_many")]);
}

#[test]
fn time_off_turns_as_it_may() {
    use TimeOffStatus::{Approved, Declined, Requested, Withdrawn};
    use TimeOffVerb::{Approve, Change, Decline, Withdraw};
    let wanted = |from: TimeOffStatus, verb: TimeOffVerb| match (from, verb) {
        (Requested, Approve) => Some(Approved),
        (Requested, Decline) => Some(Declined),
        (Requested, Change) => Some(Requested),
        (Requested | Approved, Withdraw) => Some(Withdrawn),
        _ => None,
    };
    for from in TimeOffStatus::ALL {
        for verb in TimeOffVerb::ALL {
            assert_eq!(from.turn(*verb, false).ok(), wanted(*from, *verb), "{from} {verb}");
        }
    }
    assert_eq!(Requested.turn(Approve, true), Err(TimeOffRefusal::Own));
    assert_eq!(Requested.turn(Decline, true), Err(TimeOffRefusal::Own));
    assert_eq!(Requested.turn(Withdraw, true), Ok(Withdrawn));
    let refusal = Declined.turn(Approve, false).unwrap_err();
    assert_eq!(refusal.to_string(), "Time off that is declined can't be approved. Ask for it again.");
}

proptest::proptest! {
    /// Against a plain model: minute by minute, the clock on the wall shows a time of some block.
    #[test]
    fn agrees_with_looking_at_the_clock_every_minute(
        spans in proptest::collection::vec((0_usize..7, 0_u16..288, 1_u16..288), 1..6),
        start in 0_i64..20_160, minutes in 1_i64..720, zone in 0_usize..3,
    ) {
        let zone = ["America/New_York", "Europe/London", "Australia/Lord_Howe"][zone];
        let text = |five: u16| format!("{:02}:{:02}", five / 12, five % 12 * 5);
        let blocks: Vec<Block> = spans.iter()
            .map(|(day, from, long)| block(Day::ALL[*day], &text(*from), &text((from + long).min(288))))
            .collect();
        // Two weeks around each change of the clock in autumn and spring begin here.
        let first = at("2026-10-25T00:00Z");
        let starts_at = first + SignedDuration::from_mins(start);
        let ends_at = starts_at + SignedDuration::from_mins(minutes);
        let zone_of = Zone::parse(zone).unwrap();
        let inside = (0..minutes).all(|minute| {
            let local = zone_of.local(starts_at + SignedDuration::from_mins(minute));
            let now = u16::try_from(local.hour()).unwrap() * 60 + u16::try_from(local.minute()).unwrap();
            blocks.iter().any(|one| one.weekday == Day::of(local.date()) && (one.starts.minutes()..one.ends.minutes()).contains(&now))
        });
        proptest::prop_assert_eq!(hours(zone, &blocks).judge(None, (starts_at, ends_at)).is_ok(), inside);
    }
}
