use super::*;
use crate::groups::LeaderRule;
use crate::id::PractitionerId;
use crate::roster::Standing;
use uuid::Uuid;

use ParticipantStatus as P;
use ParticipantVerb as Do;
use SessionStatus as S;
use SessionVerb as V;

fn at(text: &str) -> Timestamp {
    format!("2026-03-02T{text}:00Z").parse().expect(text)
}

fn facts(status: SessionStatus) -> SessionFacts {
    SessionFacts { status, timing: Timing::Today, note_signed: false, billed: false }
}

#[test]
fn every_turn_of_the_table_and_no_other() {
    let table = [
        (S::Scheduled, V::Start, S::InProgress),
        (S::Scheduled, V::Cancel, S::Cancelled),
        (S::InProgress, V::UndoStart, S::Scheduled),
        (S::InProgress, V::Cancel, S::Cancelled),
        (S::InProgress, V::Submit, S::PendingReview),
        (S::InProgress, V::Complete, S::Completed),
        (S::PendingReview, V::Review, S::Completed),
        (S::PendingReview, V::Return, S::InProgress),
        (S::Completed, V::Reopen, S::InProgress),
        (S::Cancelled, V::Reinstate, S::Scheduled),
        (S::Scheduled, V::Void, S::Voided),
        (S::InProgress, V::Void, S::Voided),
        (S::PendingReview, V::Void, S::Voided),
        (S::Completed, V::Void, S::Voided),
        (S::Cancelled, V::Void, S::Voided),
    ];
    for from in S::ALL.iter().copied() {
        for verb in V::ALL.iter().copied() {
            let expected = table.iter().find(|(start, by, _)| (*start, *by) == (from, verb)).map(|(_, _, to)| *to);
            let got = change(&facts(from), verb, true);
            match expected {
                Some(to) => assert_eq!(got, Ok(Changed { status: to, late_entry: false }), "{from} {verb}"),
                None => assert_eq!(got, Err(Refusal::InvalidTransition { from, to: verb.target() }), "{from} {verb}"),
            }
        }
    }
    let message = change(&facts(S::Completed), V::Start, true).expect_err("wrong turn").to_string();
    assert_eq!(message, "A session that is completed can't become in progress. It can become: in progress, voided.");
}

#[test]
fn what_is_documented_or_billed_stands_in_the_way() {
    let signed = SessionFacts { note_signed: true, ..facts(S::InProgress) };
    for verb in [V::UndoStart, V::Cancel] {
        let refusal = change(&signed, verb, true).expect_err("signed");
        assert_eq!(
            (&refusal, refusal.code()),
            (&Refusal::NoteSigned { from: S::InProgress, to: verb.target() }, "invalid_transition")
        );
    }
    assert!(change(&signed, V::Void, true).is_ok(), "kept, marked as entered in error");
    let billed = SessionFacts { billed: true, ..facts(S::Completed) };
    assert!(matches!(change(&billed, V::Reopen, true), Err(Refusal::Billed { .. })));
    assert!(matches!(change(&billed, V::Void, true), Err(Refusal::Billed { .. })));
    for (status, verb) in
        [(S::Scheduled, V::Cancel), (S::PendingReview, V::Return), (S::Completed, V::Reopen), (S::Completed, V::Void)]
    {
        assert_eq!(change(&facts(status), verb, false), Err(Refusal::ReasonRequired), "{verb}");
    }
    assert!(change(&facts(S::InProgress), V::UndoStart, false).is_ok());
}

#[test]
fn a_session_starts_on_its_day_or_late_with_a_reason() {
    let when = |timing| SessionFacts { timing, ..facts(S::Scheduled) };
    assert_eq!(change(&when(Timing::Today), V::Start, false), Ok(Changed { status: S::InProgress, late_entry: false }));
    assert_eq!(change(&when(Timing::Past), V::Start, false), Err(Refusal::ReasonRequired));
    assert_eq!(change(&when(Timing::Past), V::Start, true), Ok(Changed { status: S::InProgress, late_entry: true }));
    assert_eq!(change(&when(Timing::Future), V::Start, true), Err(Refusal::NotToday));
    let cancelled = SessionFacts { timing: Timing::Past, ..facts(S::Cancelled) };
    assert!(change(&cancelled, V::Reinstate, true).is_err(), "only future sessions come back");
}

#[test]
fn today_is_the_day_of_the_site() {
    let zone = |name| Zone::parse(name).expect("a zone");
    let (start, end) =
        ("2026-03-03T05:30:00Z".parse().expect("instant"), "2026-03-03T07:30:00Z".parse().expect("instant"));
    let in_phoenix = |now: &str| timing(start, end, now.parse().expect("instant"), &zone("America/Phoenix"));
    // 22:30 on the 2nd to 00:30 on the 3rd in Phoenix.
    assert_eq!(in_phoenix("2026-03-02T06:59:00Z"), Timing::Future);
    assert_eq!(in_phoenix("2026-03-02T07:00:00Z"), Timing::Today);
    assert_eq!(in_phoenix("2026-03-04T06:59:00Z"), Timing::Today, "the day it ends on");
    assert_eq!(in_phoenix("2026-03-04T07:00:00Z"), Timing::Past);
}

fn participant_id(number: u128) -> ParticipantId {
    ParticipantId::from_uuid(Uuid::from_u128(number))
}

#[test]
fn a_session_ends_when_everybody_is_marked() {
    let people = |statuses: &[ParticipantStatus]| -> Vec<(ParticipantId, ParticipantStatus)> {
        statuses.iter().zip(1..).map(|(status, number)| (participant_id(number), *status)).collect()
    };
    let ended = |status, until, statuses: &[ParticipantStatus]| {
        end(status, at("09:00"), at(until), at("12:00"), &people(statuses))
    };
    assert_eq!(ended(S::InProgress, "10:00", &[P::Attended, P::NoShow, P::Cancelled]), Ok(()));
    assert_eq!(ended(S::InProgress, "10:00", &[]), Ok(()));
    assert_eq!(
        ended(S::InProgress, "10:00", &[P::Attended, P::Arrived, P::Booked, P::Confirmed]),
        Err(Refusal::Unresolved(vec![participant_id(2), participant_id(3), participant_id(4)]))
    );
    assert_eq!(ended(S::InProgress, "09:00", &[]), Err(Refusal::EndTime));
    assert_eq!(ended(S::InProgress, "12:01", &[]), Err(Refusal::EndTime));
    assert!(matches!(ended(S::Scheduled, "10:00", &[]), Err(Refusal::InvalidTransition { .. })));
}

#[test]
fn bounds_of_a_session() {
    let good = SessionBounds {
        session_type: SessionType::Group,
        starts_at: at("09:00"),
        ends_at: at("10:00"),
        breaks: vec![(at("09:20"), at("09:30"))],
        max_capacity: 20,
    };
    let fields = |bounds: &SessionBounds| -> Vec<String> {
        bounds.violations(20).into_iter().map(|found| found.field).collect()
    };
    assert!(fields(&good).is_empty());
    let bad = SessionBounds {
        ends_at: at("09:04"),
        breaks: vec![(at("09:00"), at("09:04")), (at("09:03"), at("09:02")), (at("08:59"), at("09:01"))],
        max_capacity: 1,
        ..good.clone()
    };
    assert_eq!(fields(&bad), ["ends_at", "breaks[1]", "breaks[2]", "max_capacity"]);
    assert_eq!(fields(&SessionBounds { max_capacity: 21, ..good.clone() }), ["max_capacity"]);
    let alone = SessionBounds { session_type: SessionType::Individual, max_capacity: 1, ..good };
    assert!(fields(&alone).is_empty());
    assert_eq!(fields(&SessionBounds { max_capacity: 2, ..alone }), ["max_capacity"]);
}

fn practitioner(number: u128) -> PractitionerId {
    PractitionerId::from_uuid(Uuid::from_u128(number))
}

fn starter(number: u128) -> Starter {
    Starter { practitioner: Some(practitioner(number)), manage_any: false }
}

fn leader(number: u128, role: LeaderRole) -> Leader {
    Leader::new(practitioner(number), role)
}

#[test]
fn an_unassigned_session_is_led_by_who_starts_it() {
    let nobody = Starter { practitioner: None, manage_any: true };
    let started = may_start(&[], LeaderRule::Starter, &starter(1));
    assert_eq!(started, Ok(vec![leader(1, LeaderRole::Primary)]));
    assert!(started.is_ok_and(|leaders| leaders[0].must_sign));
    assert_eq!(may_start(&[], LeaderRule::Starter, &nobody), Err(Refusal::NoPractitioner));
    let supervised = [leader(5, LeaderRole::Supervisor)];
    let leaders = may_start(&supervised, LeaderRule::Fixed, &starter(1)).expect("unassigned");
    assert_eq!(leaders, [leader(1, LeaderRole::Primary), supervised[0]]);
    assert!(!leaders[1].must_sign, "supervisors need not sign");
}

#[test]
fn an_assigned_session_is_started_by_its_leaders() {
    let led = [leader(1, LeaderRole::Primary), leader(2, LeaderRole::Co)];
    assert_eq!(may_start(&led, LeaderRule::Fixed, &starter(2)), Ok(led.to_vec()));
    assert_eq!(may_start(&led, LeaderRule::Fixed, &starter(3)), Err(Refusal::NotLeader));
    let manager = Starter { practitioner: None, manage_any: true };
    assert_eq!(may_start(&led, LeaderRule::Fixed, &manager), Ok(led.to_vec()));
    let nobody = Starter { practitioner: None, manage_any: false };
    assert_eq!(may_start(&led, LeaderRule::Fixed, &nobody), Err(Refusal::NotLeader));
    let two_co = [leader(2, LeaderRole::Co), leader(3, LeaderRole::Co)];
    let started = may_start(&two_co, LeaderRule::Fixed, &starter(3));
    assert_eq!(started, Ok(vec![leader(3, LeaderRole::Primary), leader(2, LeaderRole::Co)]));
}

#[test]
fn a_caseload_session_is_led_by_the_therapists_of_those_booked() {
    let therapists = [practitioner(2), practitioner(3), practitioner(2)];
    let planned = caseload_leaders(None, Some(practitioner(9)), therapists);
    assert_eq!(planned, [leader(9, LeaderRole::Primary), leader(2, LeaderRole::Co), leader(3, LeaderRole::Co)]);
    let started = may_start(&planned, LeaderRule::Caseload, &starter(3)).expect("a therapist");
    assert_eq!(started, [leader(3, LeaderRole::Primary), leader(9, LeaderRole::Co), leader(2, LeaderRole::Co)]);
    assert_eq!(
        caseload_leaders(Some(practitioner(2)), Some(practitioner(9)), therapists)[0],
        leader(2, LeaderRole::Primary)
    );
    assert!(check_leaders(&started).is_ok());
    assert_eq!(check_leaders(&[planned[0], planned[0]]), Err(Refusal::Leaders));
    assert_eq!(check_leaders(&[planned[0], leader(4, LeaderRole::Primary)]), Err(Refusal::Leaders));
}

fn someone(status: ParticipantStatus) -> ParticipantFacts {
    ParticipantFacts { status, confirmed: false, arrived: status == P::Arrived }
}

fn occasion(session: SessionStatus) -> Occasion {
    Occasion { session, today: true, signed: false, free: 1, capacity: 8, standing: Standing::CLEAR }
}

fn because() -> Ask {
    Ask { has_reason: true, ..Ask::default() }
}

#[test]
fn every_turn_of_a_participant_and_no_other() {
    let table = [
        (P::Booked, Do::Confirm, P::Confirmed),
        (P::Booked, Do::CheckIn, P::Arrived),
        (P::Booked, Do::Attend, P::Attended),
        (P::Booked, Do::NoShow, P::NoShow),
        (P::Booked, Do::Cancel, P::Cancelled),
        (P::Confirmed, Do::CheckIn, P::Arrived),
        (P::Confirmed, Do::Attend, P::Attended),
        (P::Confirmed, Do::NoShow, P::NoShow),
        (P::Confirmed, Do::Cancel, P::Cancelled),
        (P::Arrived, Do::Attend, P::Attended),
        (P::Arrived, Do::NoShow, P::NoShow),
        (P::Cancelled, Do::Rebook, P::Booked),
        (P::Confirmed, Do::Undo, P::Booked),
        (P::Arrived, Do::Undo, P::Booked),
        (P::Attended, Do::Undo, P::Booked),
        (P::NoShow, Do::Undo, P::Booked),
        (P::Cancelled, Do::Undo, P::Booked),
    ];
    for from in P::ALL.iter().copied() {
        for verb in Do::ALL.iter().copied() {
            let expected = table.iter().find(|(start, by, _)| (*start, *by) == (from, verb)).map(|(_, _, to)| *to);
            let got = act(&someone(from), verb, &occasion(S::InProgress), &because());
            match expected {
                Some(to) => assert_eq!(got, Ok(to), "{from} {verb}"),
                None => assert_eq!(got.map_err(|refusal| refusal.code()), Err("invalid_transition"), "{from} {verb}"),
            }
        }
    }
}

#[test]
fn undo_leads_to_where_they_stood() {
    let undone = |facts: ParticipantFacts| act(&facts, Do::Undo, &occasion(S::InProgress), &Ask::default());
    let came = ParticipantFacts { status: P::Attended, confirmed: true, arrived: true };
    assert_eq!(undone(came), Ok(P::Arrived));
    assert_eq!(undone(ParticipantFacts { status: P::Arrived, ..came }), Ok(P::Confirmed));
    assert_eq!(undone(ParticipantFacts { status: P::Attended, arrived: false, ..came }), Ok(P::Confirmed));
    assert_eq!(undone(ParticipantFacts { status: P::Confirmed, arrived: false, ..came }), Ok(P::Booked));
    assert_eq!(undone(someone(P::Booked)), Err(Refusal::NothingToUndo));
    let full = Occasion { free: 0, ..occasion(S::Scheduled) };
    assert_eq!(act(&someone(P::Cancelled), Do::Undo, &full, &because()), Err(Refusal::SessionFull { capacity: 8 }));
    assert_eq!(act(&someone(P::Cancelled), Do::Rebook, &full, &because()), Err(Refusal::SessionFull { capacity: 8 }));
    assert_eq!(act(&someone(P::Arrived), Do::Undo, &full, &because()), Ok(P::Booked), "they have their seat");
    assert_eq!(before_start(&came), P::Arrived);
    assert_eq!(before_start(&someone(P::NoShow)), P::Booked);
    assert_eq!(before_start(&someone(P::Cancelled)), P::Cancelled);
}

#[test]
fn the_session_decides_what_may_be_marked() {
    let tried = |verb, occasion: Occasion| {
        act(&someone(P::Booked), verb, &occasion, &because()).map_err(|refusal| refusal.code())
    };
    for verb in [Do::Attend, Do::NoShow] {
        assert_eq!(tried(verb, occasion(S::Scheduled)), Err("invalid_transition"), "{verb} needs a started session");
    }
    assert_eq!(tried(Do::CheckIn, occasion(S::Scheduled)), Ok(P::Arrived));
    let tomorrow = Occasion { today: false, ..occasion(S::Scheduled) };
    assert_eq!(tried(Do::CheckIn, tomorrow), Err("session_not_today"));
    assert_eq!(tried(Do::Confirm, tomorrow), Ok(P::Confirmed));
    let late_entry = Occasion { today: false, ..occasion(S::InProgress) };
    assert_eq!(tried(Do::CheckIn, late_entry), Ok(P::Arrived), "a late entry has begun");
    for session in [S::PendingReview, S::Completed, S::Cancelled, S::Voided] {
        for verb in [Do::Confirm, Do::CheckIn, Do::Attend, Do::NoShow, Do::Cancel] {
            assert_eq!(tried(verb, occasion(session)), Err("invalid_transition"), "{session} {verb}");
        }
    }
    let signed = Occasion { signed: true, ..occasion(S::InProgress) };
    assert_eq!(
        act(&someone(P::Attended), Do::Undo, &signed, &because()),
        Err(Refusal::Signed { from: P::Attended, to: P::Booked })
    );
    let silent = act(&someone(P::Arrived), Do::NoShow, &occasion(S::InProgress), &Ask::default());
    assert_eq!(silent, Err(Refusal::ReasonRequired), "who was here needs a reason");
    assert_eq!(act(&someone(P::Booked), Do::NoShow, &occasion(S::InProgress), &Ask::default()), Ok(P::NoShow));
}

#[test]
fn every_closed_gate_is_named() {
    let facts = GateFacts { guest: false, finance_cleared: false, consent_verified: false, forms_due: 2 };
    let closed = |facts: &GateFacts| blocked_by(Gate::ALL, facts);
    assert_eq!(closed(&facts), Gate::ALL);
    assert_eq!(closed(&GateFacts { guest: true, ..facts }), [Gate::Consent, Gate::Forms]);
    assert_eq!(closed(&GateFacts { finance_cleared: true, forms_due: 0, ..facts }), [Gate::Consent]);
    assert_eq!(closed(&GateFacts { consent_verified: true, forms_due: 0, ..facts }), [Gate::Finance]);
    assert_eq!(blocked_by(&[Gate::Forms], &facts), [Gate::Forms], "a gate that is off by setting binds nobody");
}

#[test]
fn a_closed_gate_is_passed_with_permission_and_reason() {
    let closed = vec![Gate::Finance, Gate::Consent, Gate::Forms];
    let ask = Ask { blocked_by: closed.clone(), ..because() };
    for verb in [Do::CheckIn, Do::Attend] {
        let tried = |ask: &Ask| act(&someone(P::Booked), verb, &occasion(S::InProgress), ask);
        assert_eq!(tried(&ask), Err(Refusal::Blocked(closed.clone())), "{verb}");
        let wish = Ask { override_gates: true, ..ask.clone() };
        assert_eq!(tried(&wish), Err(Refusal::NotPermitted("participant.gate_override")));
        let may = Ask { may_override_gates: true, ..wish };
        assert!(tried(&may).is_ok());
        assert_eq!(tried(&Ask { has_reason: false, ..may }), Err(Refusal::ReasonRequired));
    }
    assert!(act(&someone(P::Booked), Do::NoShow, &occasion(S::InProgress), &ask).is_ok(), "staying away needs no gate");
    let message = Refusal::Blocked(vec![Gate::Finance, Gate::Consent]).to_string();
    assert_eq!(message, "Check-in is blocked: finance is not cleared; no valid consent is on file.");
}

#[test]
fn a_status_set_directly_is_one_of_the_verbs() {
    assert_eq!(verb_for(&someone(P::Booked), P::Attended), Ok(Some(Do::Attend)));
    assert_eq!(verb_for(&someone(P::Cancelled), P::Booked), Ok(Some(Do::Rebook)));
    assert_eq!(verb_for(&someone(P::Attended), P::Booked), Ok(Some(Do::Undo)));
    assert_eq!(verb_for(&someone(P::Attended), P::Attended), Ok(None));
    assert!(verb_for(&someone(P::Attended), P::NoShow).is_err());
}

#[test]
fn booking_follows_seats_eligibility_and_state() {
    let free = Booking {
        session: S::Scheduled,
        signed: false,
        existing: None,
        standing: Standing::CLEAR,
        on_roster: false,
        free: 1,
        capacity: 8,
        override_capacity: false,
        may_override: true,
        has_reason: true,
    };
    let full = Booking { free: 0, ..free };
    let cases = [
        ("a free seat", free, Ok(Booked::New)),
        ("walking in", Booking { session: S::InProgress, ..free }, Ok(Booked::New)),
        ("again", Booking { existing: Some(P::Cancelled), ..free }, Ok(Booked::Again)),
        ("twice", Booking { existing: Some(P::NoShow), ..free }, Err(Refusal::AlreadyParticipant(P::NoShow))),
        ("over", Booking { session: S::Completed, ..free }, Err(Refusal::NotOpen(S::Completed))),
        ("signed", Booking { session: S::InProgress, signed: true, ..free }, Err(Refusal::NotOpen(S::InProgress))),
        (
            "kept apart",
            Booking { standing: Standing { kept_apart: true, ..Standing::CLEAR }, ..free },
            Err(Refusal::NotEligible),
        ),
        ("full", full, Err(Refusal::SessionFull { capacity: 8 })),
        ("a member of a full session", Booking { on_roster: true, ..full }, Ok(Booked::New)),
        ("override", Booking { override_capacity: true, ..full }, Ok(Booked::New)),
        (
            "unpermitted",
            Booking { override_capacity: true, may_override: false, ..full },
            Err(Refusal::NotPermitted("group.capacity.override")),
        ),
        ("silent", Booking { override_capacity: true, has_reason: false, ..full }, Err(Refusal::ReasonRequired)),
    ];
    for (name, booking, expected) in cases {
        assert_eq!(book(&booking), expected, "{name}");
    }
}

#[test]
fn seats_are_counted_without_cancelled_and_no_show() {
    let statuses = [P::Booked, P::Confirmed, P::Arrived, P::Attended, P::NoShow, P::Cancelled];
    let counted = occupancy(SessionType::Group, 8, Some(5), statuses);
    assert_eq!((counted.current_capacity, counted.available_spots, counted.capacity_percentage), (4, 4, 50));
    assert!(!counted.is_full && counted.below_minimum);
    let over = occupancy(SessionType::Group, 3, Some(4), statuses);
    assert_eq!(
        (over.available_spots, over.capacity_percentage, over.is_full, over.below_minimum),
        (0, 133, true, false)
    );
    assert!(!occupancy(SessionType::Individual, 1, Some(5), [P::Booked]).below_minimum);
}

#[test]
fn ending_long_after_the_planned_end_asks_when_it_was() {
    let planned = at("10:00");
    for (now, asks) in [("08:00", false), ("10:00", false), ("10:10", false), ("10:11", true), ("23:00", true)] {
        assert_eq!(super::asks_when_it_ended(planned, at(now)), asks, "{now}");
    }
    assert!(super::asks_when_it_ended(Timestamp::MIN, Timestamp::MAX));
    assert!(!super::asks_when_it_ended(Timestamp::MAX, Timestamp::MIN));
}
