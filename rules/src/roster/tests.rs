use super::*;
use proptest::prelude::*;
use uuid::Uuid;

fn person(number: u128) -> Person {
    if number.is_multiple_of(3) {
        Person::Guest(GuestId::from_uuid(Uuid::from_u128(number)))
    } else {
        Person::Patient(PatientId::from_uuid(Uuid::from_u128(number)))
    }
}

fn member(number: u128) -> MemberId {
    MemberId::from_uuid(Uuid::from_u128(number))
}

fn roster(max: u32, active: u32) -> Roster {
    Roster {
        status: GroupStatus::Active,
        enrollment: EnrollmentMode::Open,
        when_full: WhenFull::Waitlist,
        promotion: Promotion::Auto,
        seats: Seats { max: Some(max), ceiling: 20, active, offered: 0 },
        eligible_waiting: false,
    }
}

fn candidate(number: u128) -> Candidate {
    Candidate { person: person(number), live: None, standing: Standing::CLEAR }
}

fn wish(on_full: OnFull) -> Wish {
    Wish { on_full: Some(on_full), may_override: true, has_reason: true }
}

const SEATED: Placed = Placed::Active { overridden: false };
const INACTIVE: Standing = Standing { active: false, ..Standing::CLEAR };

#[test]
fn adding_follows_the_table() {
    let full = Refusal::GroupFull { capacity: 2 };
    let free = roster(2, 1);
    let taken = roster(2, 2);
    let queue = Roster { eligible_waiting: true, ..free };
    let rejecting = Roster { when_full: WhenFull::Reject, ..taken };
    let offered = Roster { seats: Seats { offered: 1, ..free.seats }, ..rejecting };
    let none = Wish::default();
    let cases: &[(&str, &Roster, Wish, Result<Placed, Refusal>)] = &[
        ("a free seat", &free, none, Ok(SEATED)),
        ("the group's rule", &taken, none, Ok(Placed::Waitlisted)),
        ("the call's rule wins", &taken, wish(OnFull::Reject), Err(full)),
        ("the group rejects", &rejecting, none, Err(full)),
        ("the call waits all the same", &rejecting, wish(OnFull::Waitlist), Ok(Placed::Waitlisted)),
        ("an offered seat is taken", &offered, none, Err(full)),
        ("nobody overtakes", &queue, none, Ok(Placed::Waitlisted)),
        ("nobody overtakes by reject", &queue, wish(OnFull::Reject), Err(Refusal::OthersWait)),
        ("override", &taken, wish(OnFull::Override), Ok(Placed::Active { overridden: true })),
        ("override past the line", &queue, wish(OnFull::Override), Ok(Placed::Active { overridden: true })),
        ("override where none is needed", &free, wish(OnFull::Override), Ok(SEATED)),
    ];
    for (name, roster, wish, expected) in cases {
        assert_eq!(add(roster, &candidate(1), *wish), *expected, "{name}");
    }
    let unpermitted = Wish { may_override: false, ..wish(OnFull::Override) };
    assert_eq!(add(&taken, &candidate(1), unpermitted), Err(Refusal::OverrideNotPermitted));
    let silent = Wish { has_reason: false, ..wish(OnFull::Override) };
    assert_eq!(add(&taken, &candidate(1), silent), Err(Refusal::ReasonRequired));
}

#[test]
fn a_seat_is_refused_to_who_may_not_have_it() {
    let group = roster(5, 0);
    for status in MemberStatus::ALL.iter().copied() {
        let again = Candidate { live: Some(status), ..candidate(1) };
        let expected = if status.is_gone() { Ok(SEATED) } else { Err(Refusal::AlreadyMember(status)) };
        assert_eq!(add(&group, &again, Wish::default()), expected, "{status}");
    }
    let standings = [
        Standing { kept_apart: true, ..Standing::CLEAR },
        INACTIVE,
        Standing { lacks_admission: true, ..Standing::CLEAR },
    ];
    let answers = standings.map(|standing| add(&group, &Candidate { standing, ..candidate(1) }, Wish::default()));
    assert_eq!(answers, [Err(Refusal::NotEligible); 3], "one answer for all: no pair is told");
    let closed = Roster { enrollment: EnrollmentMode::Closed, ..group };
    assert_eq!(add(&closed, &candidate(1), Wish::default()), Err(Refusal::EnrollmentClosed));
    let archived = Roster { status: GroupStatus::Archived, ..closed };
    assert_eq!(add(&archived, &candidate(1), Wish::default()), Err(Refusal::GroupArchived));
    assert_eq!(Refusal::GroupArchived.code(), "invalid_transition");
}

#[test]
fn exactly_one_person_is_named() {
    let (patient, guest) = (PatientId::from_uuid(Uuid::from_u128(1)), GuestId::from_uuid(Uuid::from_u128(2)));
    assert_eq!(Person::of(Some(patient), None), Ok(Person::Patient(patient)));
    assert_eq!(Person::of(None, Some(guest)).map(Person::member_type), Ok(MemberType::Guest));
    assert_eq!(Person::of(None, None), Err(Refusal::OnePerson));
    assert_eq!(Person::of(Some(patient), Some(guest)), Err(Refusal::OnePerson));
}

#[test]
fn enrolled_is_understood_and_never_said() {
    assert_eq!(MemberStatus::parse("enrolled"), Some(MemberStatus::Active));
    assert_eq!(MemberStatus::Active.as_str(), "active");
}

#[test]
fn removing_frees_a_seat_or_closes_the_line() {
    assert_eq!(remove(MemberStatus::Active), Ok(Removed { frees_seat: true, closes_up: false }));
    assert_eq!(remove(MemberStatus::Offered), Ok(Removed { frees_seat: true, closes_up: false }));
    assert_eq!(remove(MemberStatus::Waitlisted), Ok(Removed { frees_seat: false, closes_up: true }));
    for status in [MemberStatus::Left, MemberStatus::Declined, MemberStatus::Expired] {
        assert_eq!(remove(status), Err(Refusal::Gone(status)));
    }
}

fn line(standings: &[Standing]) -> Vec<Waiting> {
    standings
        .iter()
        .zip(1..)
        .map(|(standing, number)| Waiting { member: member(number), standing: *standing })
        .collect()
}

fn never(_: MemberId, _: MemberId) -> bool {
    false
}

#[test]
fn free_seats_go_to_the_first_eligible() {
    let waiting = line(&[INACTIVE, Standing::CLEAR, Standing::CLEAR, Standing::CLEAR]);
    let given = next_in_line(&roster(4, 2), &waiting, never);
    assert_eq!(given.promoted, [member(2), member(3)]);
    assert_eq!(given.skipped, [(member(1), SkipReason::NotEligible)]);
    let closed = Roster { enrollment: EnrollmentMode::Closed, ..roster(4, 3) };
    assert_eq!(next_in_line(&closed, &waiting, never).promoted, [member(2)], "closed still promotes");
    let alone = next_in_line(&roster(4, 2), &waiting[..1], never);
    assert_eq!((alone.promoted.len(), alone.skipped.len()), (0, 1), "the reason is kept though nobody followed");
    let pair = next_in_line(&roster(4, 2), &waiting[1..], |a, b| a == member(2) && b == member(3));
    assert_eq!(pair.promoted, [member(2), member(4)]);
    assert_eq!(pair.skipped, [(member(3), SkipReason::NotEligible)]);
}

#[test]
fn nobody_is_promoted_while_it_is_held() {
    let waiting = line(&[Standing::CLEAR]);
    let held = |roster: Roster| {
        let given = next_in_line(&roster, &waiting, never);
        assert!(given.promoted.is_empty() && given.skipped.is_empty());
        given.held
    };
    assert_eq!(held(roster(4, 4)), Some(Held::Full));
    assert_eq!(held(roster(4, 5)), Some(Held::OverCapacity));
    assert_eq!(held(Roster { status: GroupStatus::Archived, ..roster(4, 1) }), Some(Held::Archived));
    assert_eq!(held(Roster { promotion: Promotion::Manual, ..roster(4, 1) }), Some(Held::Manual));
    let offering = Roster { promotion: Promotion::Offer, ..roster(4, 3) };
    assert_eq!(next_in_line(&offering, &waiting, never).promoted, [member(1)], "the next has the offer");
    let offered = Roster { seats: Seats { offered: 1, ..offering.seats }, ..offering };
    assert_eq!(held(offered), Some(Held::Full), "an offered seat is taken");
}

#[test]
fn seats_in_numbers() {
    let summary = |max, active, offered| Seats { max, ceiling: 20, active, offered }.summary();
    let eight = summary(Some(8), 5, 1);
    assert_eq!((eight.capacity, eight.taken, eight.free, eight.percentage), (8, 6, 2, 75));
    assert!(!eight.is_full && !eight.over_capacity);
    let over = summary(Some(3), 4, 0);
    assert_eq!((over.free, over.percentage, over.is_full, over.over_capacity), (0, 133, true, true));
    assert_eq!(summary(None, 0, 0).capacity, 20);
    assert_eq!(summary(Some(30), 0, 0).capacity, 20, "a lowered ceiling binds");
    assert_eq!(summary(Some(0), 0, 0).percentage, 100, "nothing is divided by no seats");
}

#[test]
fn a_batch_is_planned_row_by_row() {
    let mut rows: Vec<Option<Candidate>> = (1..=4).map(|number| Some(candidate(number))).collect();
    rows.insert(1, Some(candidate(1)));
    rows.insert(2, None);
    rows.push(Some(Candidate { live: Some(MemberStatus::Waitlisted), ..candidate(8) }));
    rows.push(Some(Candidate { standing: INACTIVE, ..candidate(9) }));
    let plan = plan_batch(&roster(3, 0), &rows, Wish::default(), |_, _| false).expect("fits with the waitlist");
    assert_eq!((plan.created(), plan.waitlisted(), plan.skipped()), (3, 1, 2));
    assert_eq!(plan.errors().collect::<Vec<_>>(), [(2, Refusal::NoSuchPerson), (7, Refusal::NotEligible)]);
    assert_eq!(plan.items[5], BatchItem::Placed(Placed::Waitlisted));

    let refused = plan_batch(&roster(3, 0), &rows, wish(OnFull::Reject), |_, _| false);
    assert_eq!(refused, Err(Refusal::BatchDoesNotFit { free: 3, needed: 4 }), "whole or not at all");
    assert!(plan_batch(&roster(4, 0), &rows, wish(OnFull::Reject), |_, _| false).is_ok());
    let apart = plan_batch(&roster(9, 0), &rows, Wish::default(), |a, b| (a, b) == (0, 3)).expect("fits");
    assert_eq!(apart.items[3], BatchItem::Refused(Refusal::NotEligible));
}

#[test]
fn a_batch_is_bounded_and_asks_before_anything() {
    let rows = |count| (1..=count).map(|number| Some(candidate(number))).collect::<Vec<_>>();
    let plan = |roster: &Roster, rows: &[Option<Candidate>], wish| plan_batch(roster, rows, wish, |_, _| false);
    assert_eq!(plan(&roster(3, 0), &[], Wish::default()), Err(Refusal::BatchSize(0)));
    assert_eq!(plan(&roster(3, 0), &rows(201), Wish::default()), Err(Refusal::BatchSize(201)));
    assert_eq!(plan(&roster(3, 0), &rows(200), Wish::default()).map(|plan| plan.waitlisted()), Ok(197));
    let closed = Roster { enrollment: EnrollmentMode::Closed, ..roster(3, 0) };
    assert_eq!(plan(&closed, &rows(1), Wish::default()), Err(Refusal::EnrollmentClosed));
    let unpermitted = Wish { may_override: false, ..wish(OnFull::Override) };
    assert_eq!(plan(&roster(3, 0), &rows(4), unpermitted), Err(Refusal::OverrideNotPermitted));
    assert_eq!(plan(&roster(3, 0), &rows(4), wish(OnFull::Override)).map(|plan| plan.created()), Ok(4));
}

fn keyed(keys: &[i64]) -> Vec<Spot> {
    keys.iter().zip(1..).map(|(key, number)| Spot { member: member(number), key: *key }).collect()
}

#[test]
fn moving_needs_a_reason_a_place_and_somebody_who_waits() {
    let line = keyed(&[0, 10, 20]);
    let waiting = (member(3), MemberStatus::Waitlisted);
    assert_eq!(move_in_line(&line, waiting, 1, false), Err(Refusal::ReasonRequired));
    assert_eq!(move_in_line(&line, waiting, 0, true), Err(Refusal::NoSuchPosition(3)));
    assert_eq!(move_in_line(&line, waiting, 4, true), Err(Refusal::NoSuchPosition(3)));
    assert_eq!(move_in_line(&line, waiting, 3, true), Ok(vec![]));
    let active = (member(9), MemberStatus::Active);
    assert_eq!(move_in_line(&line, active, 1, true), Err(Refusal::NotWaiting(MemberStatus::Active)));
    assert_eq!(move_in_line(&line, waiting, 2, true).map(|moved| moved[0].key), Ok(5));
}

proptest! {
    #[test]
    fn moving_changes_one_place_and_no_other_order(
        keys in prop::collection::vec(prop_oneof![-3_i64..3, any::<i64>()], 1..12), from: prop::sample::Index, to: prop::sample::Index
    ) {
        let line = keyed(&keys);
        let before = positions(&line);
        let moving = before[from.index(before.len())].0;
        let target = to.index(before.len());
        let changed = move_in_line(&line, (moving, MemberStatus::Waitlisted), u32::try_from(target).unwrap() + 1, true).unwrap();
        let mut after = line.clone();
        for spot in &mut after {
            spot.key = changed.iter().find(|new| new.member == spot.member).map_or(spot.key, |new| new.key);
        }
        let mut expected: Vec<MemberId> = before.iter().map(|(member, _)| *member).filter(|member| *member != moving).collect();
        expected.insert(target, moving);
        let expected: Vec<(MemberId, u32)> = expected.into_iter().zip(1..).collect();
        prop_assert_eq!(positions(&after), expected);
    }
}

/// What may happen to a group, for the model.
#[derive(Debug, Clone, Copy)]
enum Step {
    Add {
        person: u8,
        on_full: Option<OnFull>,
        eligible: bool,
    },
    Remove(prop::sample::Index),
    Resize(u32),
    Archive(bool),
    Flip(prop::sample::Index),
    Promotion(Promotion),
    /// Somebody says yes or no to an offer, or thinks they had one.
    Answer(prop::sample::Index, bool),
    /// Hours go by, and offers that are over end.
    Pass(i64),
}

/// How long an offer holds a seat in the model.
const HOLD: u32 = 24;

fn steps() -> impl Strategy<Value = Step> {
    let on_full = prop::option::of(prop::sample::select(OnFull::ALL));
    prop_oneof![
        6 => (0_u8..12, on_full, prop::bool::weighted(0.8)).prop_map(|(person, on_full, eligible)| Step::Add { person, on_full, eligible }),
        3 => any::<prop::sample::Index>().prop_map(Step::Remove),
        2 => (2_u32..6).prop_map(Step::Resize),
        1 => any::<bool>().prop_map(Step::Archive),
        2 => any::<prop::sample::Index>().prop_map(Step::Flip),
        2 => prop::sample::select(Promotion::ALL).prop_map(Step::Promotion),
        4 => (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(index, yes)| Step::Answer(index, yes)),
        2 => (1_i64..40).prop_map(Step::Pass),
    ]
}

#[derive(Debug, Clone)]
struct Row {
    member: MemberId,
    person: u8,
    status: MemberStatus,
    key: i64,
    eligible: bool,
    /// The hour an offer ends.
    until: Option<i64>,
}

impl Row {
    fn offer(&self) -> Offer {
        Offer { status: self.status, expires_at: self.until.map(at) }
    }
}

/// A group kept by the rules, as the app keeps it, with what the model expects noted beside it.
struct Group {
    rows: Vec<Row>,
    max: u32,
    status: GroupStatus,
    overridden: bool,
    promotion: Promotion,
    hour: i64,
}

impl Group {
    fn waiting(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.rows.iter().filter(|row| row.status == MemberStatus::Waitlisted).collect();
        rows.sort_by_key(|row| row.key);
        rows
    }

    fn roster(&self) -> Roster {
        let count = |status| u32::try_from(self.rows.iter().filter(|row| row.status == status).count()).unwrap();
        let eligible_waiting = self.waiting().iter().any(|row| row.eligible);
        let group = roster(self.max, count(MemberStatus::Active));
        let seats = Seats { offered: count(MemberStatus::Offered), ..group.seats };
        Roster { status: self.status, promotion: self.promotion, seats, eligible_waiting, ..group }
    }

    fn add(&mut self, person: u8, on_full: Option<OnFull>, eligible: bool) {
        let live = self.rows.iter().find(|row| row.person == person && !row.status.is_gone()).map(|row| row.status);
        let standing = Standing { active: eligible, ..Standing::CLEAR };
        let wish = Wish { on_full, may_override: true, has_reason: true };
        let candidate = Candidate { live, standing, ..candidate(person.into()) };
        let Ok(placed) = add(&self.roster(), &candidate, wish) else { return };
        let (status, overridden) = match placed {
            Placed::Active { overridden } => (MemberStatus::Active, overridden),
            Placed::Waitlisted => (MemberStatus::Waitlisted, false),
        };
        self.overridden |= overridden;
        let key = key_after(self.waiting().last().map(|row| row.key));
        self.rows.push(Row { member: member(self.rows.len() as u128), person, status, key, eligible, until: None });
    }

    /// Promotes, and checks that nobody eligible was overtaken.
    fn promote(&mut self) {
        let roster = self.roster();
        let standing = |row: &&Row| Standing { active: row.eligible, ..Standing::CLEAR };
        let line: Vec<Waiting> =
            self.waiting().iter().map(|row| Waiting { member: row.member, standing: standing(row) }).collect();
        let eligible =
            line.iter().filter(|waiting| waiting.standing.ineligible().is_none()).map(|waiting| waiting.member);
        let gives = self.status == GroupStatus::Active && self.promotion != Promotion::Manual;
        let seats = if gives { roster.seats.free() } else { 0 };
        let expected: Vec<MemberId> = eligible.take(usize::try_from(seats).unwrap()).collect();
        let given = next_in_line(&roster, &line, never);
        assert_eq!(given.promoted, expected, "the first eligible, as many as seats are free");
        for row in &mut self.rows {
            if given.promoted.contains(&row.member) {
                row.status = seat_given_by(self.promotion);
                row.until = Some(self.hour + i64::from(HOLD));
            }
        }
    }

    /// Answers an offer, and checks that it counts while it stands and never else.
    fn answer(&mut self, nth: usize, yes: bool) {
        let (status, now) = (self.status, at(self.hour));
        let row = &mut self.rows[nth];
        let standing = Standing { active: row.eligible, ..Standing::CLEAR };
        let answered = if yes { row.offer().accept(status, standing, now) } else { row.offer().decline(status, now) };
        let stands = row.status == MemberStatus::Offered && row.until.is_some_and(|until| self.hour < until);
        let counts = stands && status == GroupStatus::Active && (row.eligible || !yes);
        assert_eq!(answered.is_ok(), counts, "{row:?}");
        if counts {
            row.status = if yes { MemberStatus::Active } else { MemberStatus::Declined };
        }
    }

    fn pass(&mut self, hours: i64) {
        self.hour += hours;
        let now = at(self.hour);
        for row in self.rows.iter_mut().filter(|row| row.offer().is_over(now)) {
            row.status = MemberStatus::Expired;
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Add { person, on_full, eligible } => self.add(person, on_full, eligible),
            Step::Remove(index) if !self.rows.is_empty() => {
                let at = index.index(self.rows.len());
                if remove(self.rows[at].status).is_ok() {
                    self.rows[at].status = MemberStatus::Left;
                }
            }
            Step::Resize(max) => self.max = max,
            Step::Archive(archived) => {
                self.status = if archived { GroupStatus::Archived } else { GroupStatus::Active };
            }
            Step::Flip(index) if !self.rows.is_empty() => {
                let at = index.index(self.rows.len());
                self.rows[at].eligible = !self.rows[at].eligible;
            }
            Step::Promotion(promotion) => self.promotion = promotion,
            Step::Answer(index, yes) if !self.rows.is_empty() => self.answer(index.index(self.rows.len()), yes),
            Step::Pass(hours) => self.pass(hours),
            Step::Remove(_) | Step::Flip(_) | Step::Answer(..) => {}
        }
        self.promote();
    }
}

proptest! {
    #[test]
    fn a_group_never_exceeds_its_seats_loses_anybody_or_reorders_the_line(script in prop::collection::vec(steps(), 1..60)) {
        let mut group = Group { rows: Vec::new(), max: 3, status: GroupStatus::Active, overridden: false, promotion: Promotion::Auto, hour: 0 };
        for step in script {
            let before = (group.rows.clone(), group.roster());
            let line_before: Vec<MemberId> = group.waiting().iter().map(|row| row.member).collect();
            group.overridden = false;
            group.step(step);
            let after = group.roster();
            let grew = after.seats.taken() > before.1.seats.taken();
            prop_assert!(!grew || !after.seats.over_capacity() || group.overridden, "beyond the seats without override");
            prop_assert!(group.rows.len() >= before.0.len(), "a row was lost");
            for (was, is) in before.0.iter().zip(&group.rows) {
                prop_assert!(!was.status.is_gone() || is.status == was.status, "the past changed");
            }
            let line_after: Vec<MemberId> = group.waiting().iter().map(|row| row.member).collect();
            let kept: Vec<MemberId> = line_before.iter().copied().filter(|member| line_after.contains(member)).collect();
            prop_assert_eq!(&line_after[..kept.len()], &kept[..], "the line was reordered");
            let mut people: Vec<u8> = group.rows.iter().filter(|row| !row.status.is_gone()).map(|row| row.person).collect();
            let live = people.len();
            people.sort_unstable();
            people.dedup();
            prop_assert_eq!(people.len(), live, "one person, two live rows");
            let spots: Vec<Spot> = group.waiting().iter().map(|row| Spot { member: row.member, key: row.key }).collect();
            let places: Vec<u32> = positions(&spots).into_iter().map(|(_, place)| place).collect();
            prop_assert_eq!(places, (1..).take(spots.len()).collect::<Vec<u32>>());
            let gives = group.status == GroupStatus::Active && group.promotion != Promotion::Manual;
            prop_assert!(!after.eligible_waiting || after.seats.free() == 0 || !gives, "a seat stands empty");
            prop_assert!(group.rows.iter().all(|row| !row.offer().is_over(at(group.hour))), "an offer outlives its deadline");
        }
    }
}

fn at(hours: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(hours * 3_600).unwrap()
}

#[test]
fn an_offer_is_answered_before_its_deadline_or_not_at_all() {
    let offer = Offer { status: MemberStatus::Offered, expires_at: Some(deadline(at(0), 48)) };
    let running = GroupStatus::Active;
    assert_eq!(offer.accept(running, Standing::CLEAR, at(47)), Ok(()));
    assert_eq!(offer.decline(running, at(47)), Ok(()));
    assert!(!offer.is_over(at(47)) && offer.is_over(at(48)), "the deadline itself is too late");
    assert_eq!(offer.accept(running, Standing::CLEAR, at(48)), Err(Refusal::OfferOver));
    assert_eq!(offer.decline(running, at(48)), Err(Refusal::OfferOver));
    assert_eq!(offer.accept(running, INACTIVE, at(1)), Err(Refusal::NotEligible));
    assert_eq!(offer.decline(running, at(1)), Ok(()), "who may not be in the group may still say no");
    assert_eq!(offer.accept(GroupStatus::Archived, INACTIVE, at(99)), Err(Refusal::GroupArchived));
    assert!(Offer { expires_at: None, ..offer }.is_over(at(0)), "no deadline holds no seat for ever");
    for status in MemberStatus::ALL.iter().copied().filter(|status| *status != MemberStatus::Offered) {
        let answered = Offer { status, ..offer };
        let refusal = if status == MemberStatus::Expired { Refusal::OfferOver } else { Refusal::NotOffered(status) };
        assert_eq!(answered.accept(running, Standing::CLEAR, at(1)), Err(refusal), "{status}");
        assert_eq!(answered.decline(running, at(1)), Err(refusal), "{status}");
        assert!(!answered.is_over(at(99)));
    }
    assert_eq!(deadline(jiff::Timestamp::MAX, 336), jiff::Timestamp::MAX, "the end of time is no reason to panic");
}

#[test]
fn a_seat_is_given_by_hand_in_order_or_with_a_reason() {
    let waiting = line(&[INACTIVE, Standing::CLEAR, Standing::CLEAR]);
    let give =
        |roster: Roster, number, wish| promote(&roster, (member(number), MemberStatus::Waitlisted), &waiting, wish);
    let (plain, reasoned) = (Wish::default(), Wish { has_reason: true, ..Wish::default() });
    let manual = Roster { promotion: Promotion::Manual, ..roster(4, 3) };
    assert_eq!(give(manual, 2, plain), Ok(Given { overridden: false, out_of_order: false }), "the first eligible");
    assert_eq!(give(manual, 3, plain), Err(Refusal::ReasonRequired));
    assert_eq!(give(manual, 3, reasoned), Ok(Given { overridden: false, out_of_order: true }));
    assert_eq!(give(manual, 1, reasoned), Err(Refusal::NotEligible));
    assert_eq!(give(manual, 9, reasoned), Err(Refusal::NotWaiting(MemberStatus::Waitlisted)));
    let full = roster(4, 4);
    assert_eq!(give(full, 2, reasoned), Err(Refusal::NoSeatToGive { capacity: 4 }));
    assert_eq!(
        give(full, 2, Wish { may_override: false, ..wish(OnFull::Override) }),
        Err(Refusal::OverrideNotPermitted)
    );
    assert_eq!(give(full, 2, Wish { has_reason: false, ..wish(OnFull::Override) }), Err(Refusal::ReasonRequired));
    assert_eq!(give(full, 2, wish(OnFull::Override)), Ok(Given { overridden: true, out_of_order: false }));
    let archived = Roster { status: GroupStatus::Archived, ..manual };
    assert_eq!(give(archived, 9, plain), Err(Refusal::GroupArchived));
    let seated = promote(&manual, (member(2), MemberStatus::Active), &waiting, reasoned);
    assert_eq!(seated, Err(Refusal::NotWaiting(MemberStatus::Active)));
}
