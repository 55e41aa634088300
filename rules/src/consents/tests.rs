use super::*;
use jiff::civil::date;
use proptest::prelude::*;

fn kind(word: &str) -> ConsentKind {
    ConsentKind::parse(word).unwrap()
}

fn term(word: &str, from: Date, until: Option<Date>) -> Term {
    Term { kind: kind(word), valid_from: from, valid_until: until, is_revoked: false }
}

const PATIENT: TakesPart = TakesPart { guest: false, group: true, telehealth: false };
const FIRST: Date = date(2026, 3, 2);
const LAST: Date = date(2026, 6, 30);

#[test]
fn a_consent_holds_from_its_first_day_to_its_last_until_it_is_revoked() {
    let one = term("treatment", FIRST, Some(LAST));
    let on = |day: Date| one.status(day);
    assert_eq!(on(date(2026, 3, 1)), ConsentStatus::NotYet);
    assert_eq!((on(FIRST), on(LAST)), (ConsentStatus::InForce, ConsentStatus::InForce));
    assert_eq!(on(date(2026, 7, 1)), ConsentStatus::Expired);
    let revoked = Term { is_revoked: true, ..one };
    assert_eq!((revoked.status(FIRST), revoked.status(LAST)), (ConsentStatus::Revoked, ConsentStatus::Revoked));
    assert_eq!(term("treatment", FIRST, None).status(Date::MAX), ConsentStatus::InForce);
}

#[test]
fn who_needs_a_consent_depends_on_how_they_take_part() {
    let guest = TakesPart { guest: true, ..PATIENT };
    let alone = TakesPart { group: false, telehealth: true, ..PATIENT };
    let binds = |by: NeededBy| [PATIENT, guest, alone].map(|who| by.binds(who));
    assert_eq!(binds(NeededBy::Nobody), [false; 3]);
    assert_eq!(binds(NeededBy::Everybody), [true; 3]);
    assert_eq!(binds(NeededBy::Patients), [true, false, true]);
    assert_eq!(binds(NeededBy::Guests), [false, true, false]);
    assert_eq!(binds(NeededBy::Groups), [true, true, false]);
    assert_eq!(binds(NeededBy::Telehealth), [false, false, true]);
}

#[test]
fn every_needed_kind_must_hold_and_the_first_to_end_counts() {
    let texts = [
        (kind("treatment"), NeededBy::Patients),
        (kind("telehealth"), NeededBy::Telehealth),
        (kind("group_confidentiality"), NeededBy::Groups),
    ];
    let long = term("treatment", FIRST, None);
    let short = term("group_confidentiality", FIRST, Some(LAST));
    let judge = |held: &[Term], who, day| verdict(&texts, held, who, day);
    assert_eq!(judge(&[long.clone(), short.clone()], PATIENT, FIRST), Verdict::Holds(Some(LAST)));
    let after = LAST.tomorrow().unwrap();
    assert_eq!(
        judge(&[long.clone(), short.clone()], PATIENT, after),
        Verdict::Missing(vec![kind("group_confidentiality")])
    );
    let renewed = term("group_confidentiality", LAST, None);
    assert_eq!(judge(&[long.clone(), short, renewed], PATIENT, LAST), Verdict::Holds(None), "the longest counts");
    let video = TakesPart { group: false, telehealth: true, ..PATIENT };
    assert_eq!(judge(&[long], video, FIRST), Verdict::Missing(vec![kind("telehealth")]));
    assert_eq!(judge(&[], PATIENT, FIRST), Verdict::Missing(vec![kind("treatment"), kind("group_confidentiality")]));
    assert_eq!(verdict(&[(kind("roi"), NeededBy::Nobody)], &[], PATIENT, FIRST), Verdict::NoneNeeded);
}

fn signing(kind: &ConsentKind) -> Signing<'_> {
    Signing {
        kind,
        capacity: SignerCapacity::Oneself,
        has_signer_name: false,
        has_authority: false,
        names_purpose: false,
        signed_on: FIRST,
        valid_from: FIRST,
        valid_until: None,
        born: Some(date(1990, 1, 1)),
        today: FIRST,
    }
}

fn fields(signing: &Signing<'_>) -> Vec<String> {
    check(signing).into_iter().map(|violation| violation.field).collect()
}

#[test]
fn everything_wrong_with_a_consent_is_said_at_once() {
    let (treatment, release) = (kind("treatment"), kind("roi"));
    assert_eq!(fields(&signing(&treatment)), [""; 0]);
    assert_eq!(fields(&signing(&release)), ["scope"]);
    let agent = Signing { capacity: SignerCapacity::HealthCareAgent, ..signing(&release) };
    assert_eq!(fields(&agent), ["signer_name", "signer_authority", "scope"]);
    let early = FIRST.yesterday().unwrap();
    assert_eq!(fields(&Signing { today: early, ..signing(&treatment) }), ["signed_on"]);
    let unborn = Signing { born: FIRST.tomorrow().ok(), ..signing(&treatment) };
    assert_eq!(fields(&unborn), ["signed_on"]);
    let wrong = Signing { valid_from: early, valid_until: early.yesterday().ok(), ..signing(&treatment) };
    assert_eq!(fields(&wrong), ["valid_from", "valid_until"]);
}

#[test]
fn a_parent_signs_for_a_minor_and_no_longer() {
    let treatment = kind("treatment");
    let born = date(2010, 5, 6);
    let parent = Signing {
        capacity: SignerCapacity::Parent,
        has_signer_name: true,
        has_authority: true,
        born: Some(born),
        valid_until: Some(date(2028, 5, 5)),
        ..signing(&treatment)
    };
    assert_eq!(fields(&parent), [""; 0]);
    assert_eq!(fields(&Signing { valid_until: Some(date(2028, 5, 6)), ..parent.clone() }), ["valid_until"]);
    assert_eq!(fields(&Signing { valid_until: None, ..parent.clone() }), ["valid_until"]);
    assert_eq!(fields(&Signing { born: Some(date(2008, 3, 2)), ..parent.clone() }), ["capacity"]);
    assert_eq!(fields(&Signing { born: None, ..parent }), ["capacity"], "nobody knows the age of a guest");
}

#[test]
fn the_last_day_follows_from_the_text_and_the_age() {
    let minor = Some(date(2010, 5, 6));
    let own = |months| default_last_day(months, FIRST, SignerCapacity::Oneself, minor);
    assert_eq!((own(None), own(Some(12))), (None, Some(date(2027, 3, 1))));
    let parent = |months| default_last_day(months, FIRST, SignerCapacity::Parent, minor);
    assert_eq!((parent(None), parent(Some(12))), (Some(date(2028, 5, 5)), Some(date(2027, 3, 1))));
    assert_eq!(parent(Some(120)), Some(date(2028, 5, 5)));
    assert_eq!(default_last_day(None, FIRST, SignerCapacity::Guardian, Some(date(1950, 1, 1))), None, "of an adult");
    assert_eq!(last_day_of_minority(date(2012, 2, 29)), Some(date(2030, 2, 28)));
    assert_eq!(last_day_of_minority(Date::MAX), None);
    assert_eq!(default_last_day(Some(120), Date::MAX, SignerCapacity::Oneself, None), None);
}

#[test]
fn kinds_are_plain_words() {
    assert_eq!(ConsentKind::parse(" part2_tpo ").map(|kind| kind.to_string()), Ok("part2_tpo".to_owned()));
    for bad in ["", "x", "Treatment", "a b", "2fast", "_x", "ä", &"x".repeat(41)] {
        assert!(ConsentKind::parse(bad).is_err(), "{bad}");
    }
    let releases = ["roi", "part2_tpo", "part2_specific", "sud_counseling_notes"];
    assert!(releases.iter().all(|word| kind(word).releases()) && !kind("treatment").releases());
}

#[test]
fn the_usual_texts_are_fit_to_be_kept() {
    let mut kinds: Vec<String> = usual_texts().iter().map(|text| text.kind.to_owned()).collect();
    assert!(kinds.len() >= 8 && kinds.contains(&"treatment".to_owned()));
    for text in usual_texts() {
        assert!(ConsentKind::parse(text.kind).is_ok() && ConsentWords::parse(text.words).is_ok(), "{}", text.kind);
        assert!(text.months.is_none_or(|months| (1..=MONTHS_MAX).contains(&months)));
    }
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds.len(), usual_texts().len(), "each kind once");
}

proptest! {
    /// More consents never make a verdict worse, and a revoked one never makes it better.
    #[test]
    fn more_consents_never_harm(from in 0_i64..60, length in 0_i64..60, day in 0_i64..90, open: bool, revoked: bool) {
        let at = |days: i64| FIRST.checked_add(jiff::Span::new().days(days)).unwrap();
        let texts = [(kind("treatment"), NeededBy::Everybody)];
        let base = [term("treatment", at(10), Some(at(30)))];
        let until = (!open).then(|| at(from + length));
        let more = Term { is_revoked: revoked, ..term("treatment", at(from), until) };
        let before = verdict(&texts, &base, PATIENT, at(day));
        let after = verdict(&texts, &[base[0].clone(), more], PATIENT, at(day));
        if revoked {
            prop_assert_eq!(&before, &after);
        }
        if let Verdict::Holds(old) = before {
            let holds_as_long = matches!(after, Verdict::Holds(new) if new.is_none() || new >= old);
            prop_assert!(holds_as_long);
        }
    }
}
