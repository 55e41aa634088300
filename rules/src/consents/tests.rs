use super::*;
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use proptest::prelude::*;

fn kind(word: &str) -> ConsentKind {
    ConsentKind::parse(word).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn term(word: &str, from: Date, until: Option<Date>) -> Term {
    Term { kind: kind(word), text_version: 1, valid_from: from, valid_until: until, kept_at: at(0), revoked_at: None }
}

fn needed(word: &str, by: NeededBy) -> Needed {
    Needed { kind: kind(word), by, counts_from: 1, since: at(100) }
}

/// Who stands so and until when.
fn holds(until: Option<Date>) -> Standing {
    Standing { verified: true, until }
}

const MISSING: Standing = Standing { verified: false, until: None };

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
    let revoked = Term { revoked_at: Some(at(1)), ..one };
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
        needed("treatment", NeededBy::Patients),
        needed("telehealth", NeededBy::Telehealth),
        needed("group_confidentiality", NeededBy::Groups),
    ];
    let long = term("treatment", FIRST, None);
    let short = term("group_confidentiality", FIRST, Some(LAST));
    let judge = |held: &[Term], who, day| standing(&texts, held, None, who, day);
    assert_eq!(judge(&[long.clone(), short.clone()], PATIENT, FIRST), holds(Some(LAST)));
    let after = LAST.tomorrow().unwrap();
    assert_eq!(judge(&[long.clone(), short.clone()], PATIENT, after), MISSING);
    let renewed = term("group_confidentiality", LAST, None);
    assert_eq!(judge(&[long.clone(), short.clone(), renewed], PATIENT, LAST), holds(None), "the longest counts");
    let video = TakesPart { group: false, telehealth: true, ..PATIENT };
    assert_eq!(judge(&[long], video, FIRST), MISSING);
    assert_eq!((judge(&[], PATIENT, FIRST), judge(&[short], PATIENT, FIRST)), (MISSING, MISSING));
    let nobody = [needed("roi", NeededBy::Nobody)];
    assert_eq!(standing(&nobody, &[], None, PATIENT, FIRST), MISSING, "nothing was seen");
}

#[test]
fn nobody_is_asked_for_what_they_cannot_give() {
    let guest = TakesPart { guest: true, ..PATIENT };
    let texts = [needed("treatment", NeededBy::Groups), needed("guest_confidentiality", NeededBy::Everybody)];
    assert_eq!(standing(&texts, &[term("treatment", FIRST, None)], None, PATIENT, FIRST), holds(None));
    assert_eq!(standing(&texts, &[term("guest_confidentiality", FIRST, None)], None, guest, FIRST), holds(None));
    assert_eq!(standing(&texts[..1], &[], None, guest, FIRST), MISSING, "what was seen by hand decides");
    assert_eq!(check_text(&kind("treatment"), NeededBy::Guests).len(), 1);
    assert_eq!(check_text(&kind("guest_confidentiality"), NeededBy::Patients).len(), 1);
    for by in NeededBy::ALL {
        assert!(check_text(&kind("house_rules"), *by).is_empty());
    }
}

#[test]
fn a_version_that_is_to_be_signed_again_counts_alone() {
    let first = term("treatment", FIRST, None);
    let second = Term { text_version: 2, valid_until: Some(LAST), ..first.clone() };
    let from = |counts_from| [Needed { counts_from, ..needed("treatment", NeededBy::Patients) }];
    let judge = |counts_from, held: &[Term]| standing(&from(counts_from), held, None, PATIENT, FIRST);
    assert_eq!(judge(1, &[first.clone(), second.clone()]), holds(None));
    assert_eq!(judge(2, &[first.clone(), second.clone()]), holds(Some(LAST)), "the older one counts no longer");
    assert_eq!(judge(2, &[first]), MISSING);
    assert_eq!(judge(3, &[second]), MISSING);
}

#[test]
fn what_is_asked_for_is_told_with_what_is_on_file() {
    let asked = Needed { counts_from: 2, ..needed("treatment", NeededBy::Everybody) };
    let today = date(2026, 3, 4);
    let signed = |from: Date, until: Option<Date>| Term { text_version: 2, ..term("treatment", from, until) };
    let (holds, ends) = (signed(date(2026, 1, 1), None), signed(date(2026, 1, 1), Some(date(2026, 3, 4))));
    let over = signed(date(2025, 1, 1), Some(date(2026, 3, 3)));
    let longer_over = signed(date(2024, 1, 1), Some(date(2025, 1, 1)));
    let to_come = signed(date(2026, 3, 5), None);
    let revoked = Term { revoked_at: Some(at(9)), ..holds.clone() };
    let old = Term { text_version: 1, ..holds.clone() };
    let other = term("telehealth", date(2026, 1, 1), None);
    let cases: [(&[&Term], OnFile); 8] = [
        (&[], OnFile::Missing),
        (&[&other], OnFile::Missing),
        (&[&old, &other], OnFile::Outdated),
        (&[&revoked, &old], OnFile::Revoked),
        (&[&revoked, &longer_over, &over], OnFile::Expired(date(2026, 3, 3))),
        (&[&over, &to_come], OnFile::Begins(date(2026, 3, 5))),
        (&[&over, &to_come, &ends], OnFile::Holds(Some(date(2026, 3, 4)))),
        (&[&ends, &holds, &revoked], OnFile::Holds(None)),
    ];
    for (held, expected) in cases {
        let held: Vec<Term> = held.iter().map(|term| (*term).clone()).collect();
        assert_eq!(asked.on_file(&held, today), expected, "{held:?}");
        let holds = matches!(expected, OnFile::Holds(_));
        let who = TakesPart { guest: false, group: false, telehealth: false };
        assert_eq!(
            standing(std::slice::from_ref(&asked), &held, None, who, today).verified,
            holds,
            "check-in says the same: {held:?}"
        );
    }
}

/// A kind, and why it is lacking.
type Lacks = (String, Option<(ConsentLack, Option<Date>)>);

#[test]
fn what_is_lacking_at_the_gate_is_named() {
    let texts = [
        needed("treatment", NeededBy::Everybody),
        needed("telehealth", NeededBy::Telehealth),
        needed("photo_or_recording", NeededBy::Everybody),
    ];
    let over = term("treatment", date(2026, 1, 1), Some(date(2026, 3, 1)));
    let revoked = Term { revoked_at: Some(at(200)), ..term("photo_or_recording", date(2026, 1, 1), None) };
    let held = [over, revoked];
    let named = |said: Option<Said>, who| -> Vec<Lacks> {
        let all = lacking(&texts, &held, said, who, FIRST);
        all.into_iter().map(|(one, on_file)| (one.kind.to_string(), on_file.lack())).collect()
    };
    let expired = ("treatment".to_owned(), Some((ConsentLack::Expired, Some(date(2026, 3, 1)))));
    let withdrawn = ("photo_or_recording".to_owned(), Some((ConsentLack::Revoked, None)));
    assert_eq!(named(None, PATIENT), [expired.clone(), withdrawn.clone()], "who is in the room needs none for video");
    let by_video = TakesPart { telehealth: true, ..PATIENT };
    let missing = ("telehealth".to_owned(), Some((ConsentLack::Missing, None)));
    assert_eq!(named(None, by_video), [expired, missing, withdrawn.clone()]);
    let seen = Said { verified: true, at: at(150), telehealth: true };
    assert_eq!(named(Some(seen), by_video), [withdrawn], "seen by hand, and one of them withdrawn since");
    assert_eq!(OnFile::Holds(None).lack(), None);
    assert_eq!(OnFile::Begins(LAST).lack(), Some((ConsentLack::NotYet, Some(LAST))));
    assert_eq!(OnFile::Outdated.lack(), Some((ConsentLack::Outdated, None)));
}

#[test]
fn only_who_is_of_age_signs_for_nobody_else() {
    let on = |word: &str, born: Option<Date>| signs_alone(&kind(word), born, date(2026, 3, 4));
    assert!(on("treatment", Some(date(2008, 3, 4))), "of age today");
    assert!(!on("treatment", Some(date(2008, 3, 5))), "tomorrow");
    assert!(!on("treatment", None), "nobody knows");
    assert!(!on("treatment", Some(date(2027, 1, 1))), "not born yet");
    for word in ["roi", "part2_tpo", "guest_confidentiality"] {
        assert!(!on(word, Some(date(1990, 1, 1))), "{word}");
    }
}

#[test]
fn what_was_seen_by_hand_counts_for_what_was_needed_then() {
    let texts = [needed("treatment", NeededBy::Patients)];
    let yes = |second| Some(Said { verified: true, at: at(second), telehealth: false });
    let no = |second| Some(Said { verified: false, at: at(second), telehealth: false });
    let judge = |texts: &[Needed], held: &[Term], said, who| standing(texts, held, said, who, FIRST);
    assert_eq!(judge(&texts, &[], yes(100), PATIENT), holds(None));
    assert_eq!(judge(&texts, &[], yes(99), PATIENT), MISSING, "it was asked for only afterwards");
    assert_eq!(judge(&[], &[], yes(0), PATIENT), holds(None), "where nothing is needed it is enough");
    let filed = term("treatment", FIRST, Some(LAST));
    assert_eq!(
        judge(&texts, std::slice::from_ref(&filed), yes(99), PATIENT),
        holds(Some(LAST)),
        "what is on file stands beside it"
    );
    let revoked = Term { revoked_at: Some(at(300)), ..filed.clone() };
    assert_eq!(judge(&texts, std::slice::from_ref(&revoked), yes(200), PATIENT), MISSING, "withdrawn since");
    assert_eq!(judge(&texts, std::slice::from_ref(&revoked), yes(301), PATIENT), holds(None), "seen after that");
    let photo = Term { kind: kind("photo_or_recording"), ..revoked };
    assert_eq!(judge(&texts, &[photo], yes(200), PATIENT), holds(None), "nobody needs that one");
    let video = TakesPart { telehealth: true, ..PATIENT };
    let by_video = [needed("telehealth", NeededBy::Telehealth)];
    assert_eq!(judge(&by_video, &[], yes(200), video), MISSING, "seen when they came in person");
    let then = Some(Said { telehealth: true, ..yes(200).unwrap() });
    assert_eq!(judge(&by_video, &[], then, video), holds(None));
    assert_eq!(judge(&texts, std::slice::from_ref(&filed), no(200), PATIENT), MISSING, "said to be none");
    let later = Term { kept_at: at(201), ..filed };
    assert_eq!(judge(&texts, std::slice::from_ref(&later), no(200), PATIENT), holds(Some(LAST)), "given since");
    assert_eq!(judge(&texts, &[Term { kind: kind("roi"), ..later }], no(200), PATIENT), MISSING);
}

fn signing(kind: &ConsentKind) -> Signing<'_> {
    Signing {
        kind,
        guest: false,
        capacity: SignerCapacity::Oneself,
        signer_name: None,
        own_names: &["Ana", "Ríos Vega", "Annie"],
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
        signer_name: Some("Mo Ríos"),
        has_authority: true,
        born: Some(born),
        valid_until: Some(date(2028, 5, 5)),
        ..signing(&treatment)
    };
    assert_eq!(fields(&parent), [""; 0]);
    assert_eq!(fields(&Signing { valid_until: Some(date(2028, 5, 6)), ..parent.clone() }), ["valid_until"]);
    assert_eq!(fields(&Signing { valid_until: None, ..parent.clone() }), ["valid_until"]);
    assert_eq!(fields(&Signing { born: Some(date(2008, 3, 2)), ..parent.clone() }), ["capacity"]);
    assert_eq!(fields(&Signing { born: None, ..parent.clone() }), ["capacity"], "nobody knows the age of a guest");
    let guardian = Signing { capacity: SignerCapacity::Guardian, ..parent };
    assert_eq!(fields(&guardian), [""; 0]);
    assert_eq!(
        fields(&Signing { valid_until: None, ..guardian.clone() }),
        ["valid_until"],
        "a minor's guardian as well"
    );
    assert_eq!(
        fields(&Signing { valid_until: None, born: Some(date(1950, 1, 1)), ..guardian }),
        [""; 0],
        "an adult's not"
    );
}

#[test]
fn who_signs_must_be_able_to() {
    let (treatment, minors) = (kind("treatment"), kind("guardian_consent"));
    let codes = |signing: &Signing<'_>| -> Vec<(String, String)> {
        check(signing).into_iter().map(|found| (found.field, found.code.to_string())).collect()
    };
    let only = |field: &str, code: &str| vec![(field.to_owned(), code.to_owned())];
    let oneself = signing(&treatment);
    let born = |years: i16| Some(date(2026 - years, 3, 2));
    assert_eq!(codes(&Signing { born: born(12), ..oneself.clone() }), []);
    let child = Signing { born: Some(date(2014, 3, 3)), ..oneself.clone() };
    assert_eq!(codes(&child), only("capacity", "too_young"), "twelve tomorrow");
    let represented =
        |capacity| Signing { capacity, signer_name: Some("Kit Vale"), has_authority: true, ..signing(&treatment) };
    let agent = represented(SignerCapacity::HealthCareAgent);
    assert_eq!(codes(&Signing { born: born(18), ..agent.clone() }), []);
    let of_minor = Signing { born: born(17), valid_until: Some(FIRST), ..agent };
    assert_eq!(codes(&of_minor), only("capacity", "minor"));
    assert_eq!(codes(&signing(&minors)), only("capacity", "needs_representative"));
    assert_eq!(codes(&Signing { kind: &minors, ..represented(SignerCapacity::Guardian) }), []);
    for name in ["Annie R.", "ana", "RIOS", "Ana Smith"] {
        assert_eq!(codes(&Signing { signer_name: Some(name), ..oneself.clone() }), [], "{name}");
    }
    let stranger = Signing { signer_name: Some("Kit Vale"), ..oneself.clone() };
    assert_eq!(codes(&stranger), only("signer_name", "somebody_else"));
    assert_eq!(codes(&Signing { has_authority: true, ..oneself }), only("signer_authority", "somebody_else"));
}

#[test]
fn patients_and_guests_each_give_their_own() {
    let codes = |word: &str, guest: bool| -> Vec<String> {
        let kind = kind(word);
        let signing =
            Signing { guest, born: (!guest).then(|| date(1990, 1, 1)), names_purpose: true, ..signing(&kind) };
        check(&signing).into_iter().map(|found| found.code.to_string()).collect()
    };
    for word in ["treatment", "financial_policy", "roi", "part2_tpo", "part2_specific", "sud_counseling_notes"] {
        assert_eq!((codes(word, false), codes(word, true)), (vec![], vec!["patients_only".to_owned()]), "{word}");
    }
    assert_eq!(codes("guest_confidentiality", false), ["guests_only"]);
    for word in ["guest_confidentiality", "group_confidentiality", "telehealth", "photo_or_recording", "house_rules"] {
        assert_eq!(codes(word, true), [""; 0], "{word}");
    }
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
        let day_of = |days: i64| FIRST.checked_add(jiff::Span::new().days(days)).unwrap();
        let texts = [needed("treatment", NeededBy::Everybody)];
        let base = [term("treatment", day_of(10), Some(day_of(30)))];
        let until = (!open).then(|| day_of(from + length));
        let more = Term { revoked_at: revoked.then(|| at(1)), ..term("treatment", day_of(from), until) };
        let before = standing(&texts, &base, None, PATIENT, day_of(day));
        let after = standing(&texts, &[base[0].clone(), more], None, PATIENT, day_of(day));
        if revoked {
            prop_assert_eq!(before, after);
        }
        if before.verified {
            prop_assert!(after.verified && (after.until.is_none() || after.until >= before.until));
        }
    }
}
