use super::*;
use crate::id::{NoteId, ParticipantId, PractitionerId, SessionId};
use crate::sessions::{Leader, LeaderRole, SessionStatus, SessionType, SessionVerb, Starter};
use crate::templates::{FieldType, NoteField, NoteTemplate};
use serde_json::json;
use uuid::Uuid;

use NoteStatus::{Draft, Signed, Superseded};

fn practitioner(number: u128) -> PractitionerId {
    PractitionerId::from_uuid(Uuid::from_u128(number))
}

fn participant(number: u128) -> ParticipantId {
    ParticipantId::from_uuid(Uuid::from_u128(number))
}

fn note_id(number: u128) -> NoteId {
    NoteId::from_uuid(Uuid::from_u128(number))
}

fn note(number: u128, who: Option<u128>, status: NoteStatus, signed_by: &[u128]) -> NoteFacts {
    NoteFacts {
        note: note_id(number),
        note_type: if who.is_some() { NoteType::IndividualNote } else { NoteType::SessionNote },
        participant: who.map(participant),
        status,
        signed_by: signed_by.iter().copied().map(practitioner).collect(),
    }
}

fn leaders() -> Vec<Leader> {
    vec![
        Leader::new(practitioner(1), LeaderRole::Primary),
        Leader::new(practitioner(2), LeaderRole::Co),
        Leader::new(practitioner(3), LeaderRole::Supervisor),
    ]
}

/// A session in progress that has ended, with patients 1 and 2.
fn with(notes: &[NoteFacts], check: impl Fn(&Documentation<'_>)) {
    check(&Documentation {
        session: SessionStatus::InProgress,
        ended: true,
        demands: Demands::of(SessionType::Group),
        leaders: &leaders(),
        attended_patients: &[participant(1), participant(2)],
        unresolved: &[],
        notes,
        annotated: false,
    });
}

#[test]
fn everything_missing_is_named_in_the_order_of_work() {
    with(&[], |facts| {
        let open = [participant(9)];
        let facts = Documentation { ended: false, unresolved: &open, ..*facts };
        let expected = [
            Missing::Attendance(participant(9)),
            Missing::End,
            Missing::GroupNote,
            Missing::IndividualNote(participant(1)),
            Missing::IndividualNote(participant(2)),
            Missing::LeaderSignature(practitioner(1)),
            Missing::LeaderSignature(practitioner(2)),
        ];
        assert_eq!(missing(&facts), expected);
    });
    let half = [note(10, None, Signed, &[1]), note(11, Some(1), Signed, &[1]), note(12, Some(2), Draft, &[])];
    with(&half, |facts| {
        let expected =
            [Missing::IndividualNoteSignature(note_id(12), participant(2)), Missing::LeaderSignature(practitioner(2))];
        assert_eq!(missing(facts), expected);
        assert_eq!(documentation_status(facts), DocumentationStatus::Draft);
        assert_eq!(last_signature(facts, false), None);
    });
}

#[test]
fn the_last_signature_completes_or_asks_for_review() {
    let all = [note(10, None, Signed, &[1, 2]), note(11, Some(1), Signed, &[1]), note(12, Some(2), Signed, &[2])];
    with(&all, |facts| {
        assert_eq!(missing(facts), []);
        assert_eq!(last_signature(facts, false), Some(SessionVerb::Complete));
        assert_eq!(last_signature(facts, true), Some(SessionVerb::Submit));
        assert_eq!(last_signature(&Documentation { ended: false, ..*facts }, false), None);
        assert_eq!(last_signature(&Documentation { session: SessionStatus::Completed, ..*facts }, false), None);
    });
}

#[test]
fn old_versions_and_second_disciplines_count_as_they_should() {
    let returned = [note(9, None, Superseded, &[1, 2]), note(10, None, Draft, &[]), note(11, Some(1), Signed, &[1])];
    with(&returned, |facts| {
        assert!(missing(facts).contains(&Missing::GroupNoteSignature(note_id(10))), "the old signature is superseded");
        assert!(missing(facts).contains(&Missing::LeaderSignature(practitioner(1))));
    });
    let second = [
        note(10, None, Signed, &[1, 2]),
        note(11, Some(1), Signed, &[1]),
        note(12, Some(1), Draft, &[]),
        note(13, Some(2), Signed, &[1]),
    ];
    with(&second, |facts| assert_eq!(missing(facts), [Missing::DraftLeft(note_id(12))]));
}

#[test]
fn a_template_may_waive_either_note() {
    with(&[note(11, Some(1), Signed, &[1]), note(12, Some(2), Signed, &[1])], |facts| {
        let no_group = Documentation { demands: Demands { group_note: false, individual_notes: true }, ..*facts };
        assert_eq!(missing(&no_group), [Missing::LeaderSignature(practitioner(2))], "every leader signs something");
    });
    with(&[note(10, None, Signed, &[1, 2])], |facts| {
        let no_individual = Documentation { demands: Demands { group_note: true, individual_notes: false }, ..*facts };
        assert_eq!(missing(&no_individual), []);
    });
    with(&[], |facts| {
        let nobody = Documentation { demands: Demands::of(SessionType::Individual), attended_patients: &[], ..*facts };
        assert_eq!(missing(&nobody), [], "nobody came, nothing is to be written");
        assert_eq!(last_signature(&nobody, true), Some(SessionVerb::Complete), "nor to be reviewed");
    });
}

#[test]
fn how_far_a_session_is_documented() {
    let in_state = |session, annotated, notes: &[NoteFacts], expected: DocumentationStatus| {
        with(notes, |facts| {
            assert_eq!(documentation_status(&Documentation { session, annotated, ..*facts }), expected)
        });
    };
    let signed = [note(10, None, Signed, &[1, 2])];
    let again = [note(9, None, Superseded, &[1]), note(10, None, Signed, &[1, 2])];
    in_state(SessionStatus::Scheduled, false, &[], DocumentationStatus::None);
    in_state(SessionStatus::InProgress, false, &signed, DocumentationStatus::Draft);
    in_state(SessionStatus::PendingReview, false, &signed, DocumentationStatus::PendingReview);
    in_state(SessionStatus::Completed, false, &signed, DocumentationStatus::Signed);
    in_state(SessionStatus::Completed, true, &signed, DocumentationStatus::Amended);
    in_state(SessionStatus::Completed, false, &again, DocumentationStatus::Amended);
    in_state(SessionStatus::Completed, false, &[], DocumentationStatus::None);
}

#[test]
fn leaders_write_drafts_while_the_session_runs() {
    let me = |number| Starter { practitioner: Some(practitioner(number)), manage_any: false };
    let edit = |note, session, who: Starter| may_edit(note, session, &who, &leaders());
    assert_eq!(edit(Draft, SessionStatus::InProgress, me(2)), Ok(()));
    assert_eq!(edit(Draft, SessionStatus::InProgress, me(4)), Err(Refusal::NotLeader));
    assert_eq!(edit(Draft, SessionStatus::InProgress, Starter { manage_any: true, ..me(4) }), Ok(()));
    assert_eq!(
        edit(Signed, SessionStatus::InProgress, me(2)),
        Err(Refusal::Frozen { note: Signed, session: SessionStatus::InProgress })
    );
    for session in SessionStatus::ALL.iter().copied().filter(|session| *session != SessionStatus::InProgress) {
        assert_eq!(edit(Draft, session, me(2)), Err(Refusal::NotInProgress { note: Draft, session }));
    }
}

#[test]
fn leaders_sign_once_when_everybody_is_marked() {
    let leaders = leaders();
    let sign = |note, who: Option<u128>, signed_by: &[PractitionerId], unresolved: &[ParticipantId]| {
        let signer = Signer { practitioner: who.map(practitioner), leaders: &leaders };
        may_sign(note, SessionStatus::InProgress, &signer, signed_by, unresolved)
    };
    assert_eq!(sign(Draft, Some(1), &[], &[]), Ok(()));
    assert_eq!(sign(Signed, Some(2), &[practitioner(1)], &[]), Ok(()), "a co-leader signs the same text");
    assert_eq!(sign(Signed, Some(3), &[practitioner(1)], &[]), Ok(()), "a supervisor may");
    assert_eq!(sign(Signed, Some(1), &[practitioner(1)], &[]), Err(Refusal::AlreadySigned));
    assert_eq!(sign(Draft, Some(4), &[], &[]), Err(Refusal::NotLeader));
    assert_eq!(sign(Draft, None, &[], &[]), Err(Refusal::NoPractitioner));
    assert_eq!(
        sign(Superseded, Some(1), &[], &[]),
        Err(Refusal::Frozen { note: Superseded, session: SessionStatus::InProgress })
    );
    assert_eq!(sign(Draft, Some(1), &[], &[participant(1)]), Err(Refusal::Unresolved(vec![participant(1)])));
}

#[test]
fn who_reviews_did_not_lead_and_needs_no_review() {
    let leaders = leaders();
    let reviewer = Reviewer { practitioner: Some(practitioner(7)), can_review: true, requires_review: false };
    let review = |session, reviewer: Reviewer| may_review(session, &reviewer, &leaders, &[practitioner(8)]);
    assert_eq!(review(SessionStatus::PendingReview, reviewer), Ok(practitioner(7)));
    assert_eq!(review(SessionStatus::Completed, reviewer), Err(Refusal::NotPending(SessionStatus::Completed)));
    let with = |reviewer| review(SessionStatus::PendingReview, reviewer);
    assert_eq!(with(Reviewer { can_review: false, ..reviewer }), Err(Refusal::NotReviewer));
    assert_eq!(with(Reviewer { requires_review: true, ..reviewer }), Err(Refusal::NeedsReview));
    assert_eq!(with(Reviewer { practitioner: None, ..reviewer }), Err(Refusal::NoPractitioner));
    for own in [1, 2, 3, 8] {
        assert_eq!(with(Reviewer { practitioner: Some(practitioner(own)), ..reviewer }), Err(Refusal::OwnWork));
    }
    let session = SessionStatus::Completed;
    assert_eq!(may_annotate(Signed, session, Some(practitioner(7))), Ok(practitioner(7)));
    let refused = Err(Refusal::NotSigned { note: Draft, session });
    assert_eq!(may_annotate(Draft, session, Some(practitioner(7))), refused);
}

#[test]
fn the_bytes_that_are_signed_never_change() {
    let identity = NoteIdentity {
        note: note_id(1),
        version: 1,
        session: SessionId::from_uuid(Uuid::from_u128(2)),
        participant: None,
        note_type: NoteType::SessionNote,
        discipline: None,
    };
    let fields = |json: serde_json::Value| json.as_object().cloned().unwrap_or_default();
    let content = |text: &str, values| NoteContent { text: text.to_owned(), fields: fields(values) };
    let one = content("Calm \"é\"\n", json!({"b": [2, {"d": 1, "c": null}], "a": 1.5}));
    let template = NoteTemplate {
        name: "Check-in".to_owned(),
        note_type: NoteType::SessionNote,
        discipline: None,
        fields: vec![NoteField::new("a", "Mood", FieldType::Number)],
    };
    let written_in = WrittenIn { key: "tpl_1", version: 3, template: &template };
    let bytes = |identity: &NoteIdentity, written_in, layout| {
        String::from_utf8(canonical_bytes(identity, &one, written_in, layout)).expect("JSON is UTF-8")
    };
    let content = "\"content\":{\"fields\":{\"a\":1.5,\"b\":[2,{\"c\":null,\"d\":1}]},\"text\":\"Calm \\\"é\\\"\\n\"}";
    let rest = "\"discipline\":null,\"note\":\"note_00000000000000000000000001\",\"note_type\":\"session_note\",\
                \"participant\":null,\"session\":\"ses_00000000000000000000000002\",";
    let first = bytes(&identity, written_in, Layout::First);
    assert_eq!(first, format!("{{\"canonical\":1,{content},{rest}\"version\":1}}"), "what was signed long ago");
    let sealed = "\"template\":{\"fields\":[{\"key\":\"a\",\"label\":\"Mood\",\"options\":[],\"quick\":false,\
                  \"required\":false,\"type\":\"number\"}],\"key\":\"tpl_1\",\"name\":\"Check-in\",\"version\":3}";
    let present = bytes(&identity, written_in, Layout::PRESENT);
    assert_eq!(present, format!("{{\"canonical\":2,{content},{rest}{sealed},\"version\":1}}"));
    assert_eq!((Layout::of(&first), Layout::of(&present)), (Layout::First, Layout::WithTemplate));
    let other = NoteIdentity { participant: Some(participant(1)), ..identity };
    assert_ne!(bytes(&other, written_in, Layout::PRESENT), present, "a text can't be moved to a patient");
    let version = NoteIdentity { version: 2, ..identity };
    assert_ne!(bytes(&version, written_in, Layout::PRESENT), present);
    let mut relabelled = template.clone();
    relabelled.fields[0].label = "Risk".to_owned();
    let written_in = WrittenIn { template: &relabelled, ..written_in };
    assert_ne!(bytes(&identity, written_in, Layout::PRESENT), present, "a label can't be put beside a value later");
}

#[test]
fn what_is_over_and_not_documented_is_undone() {
    use crate::sessions::SessionStatus as S;
    let at = |text: &str| -> jiff::Timestamp { text.parse().unwrap() };
    let (ends, before, after) = (at("2026-03-04T10:00Z"), at("2026-03-04T09:59Z"), at("2026-03-04T10:00Z"));
    let early = Some(at("2026-03-04T09:50Z"));
    for (status, ended, now, wanted) in [
        (S::Scheduled, None, before, None),
        (S::Scheduled, None, after, Some(Undone::NotStarted)),
        (S::InProgress, None, before, None),
        (S::InProgress, None, after, Some(Undone::NotEnded)),
        (S::InProgress, early, before, Some(Undone::Unsigned)),
        (S::PendingReview, early, after, None),
        (S::Completed, early, after, None),
        (S::Cancelled, None, after, None),
        (S::Voided, early, after, None),
    ] {
        assert_eq!(undone(status, ends, ended, now), wanted, "{status} {ended:?} {now}");
    }
    assert_eq!(due_at(ends, None, 72), at("2026-03-07T10:00Z"));
    assert_eq!(due_at(ends, early, 1), at("2026-03-04T10:50Z"));
    assert_eq!(due_at(jiff::Timestamp::MAX, None, DUE_HOURS_MAX), jiff::Timestamp::MAX);
}

#[test]
fn who_reviews_sees_the_queue() {
    let reviewer = |can_review, requires_review| Reviewer { practitioner: None, can_review, requires_review };
    assert_eq!(may_see_queue(&reviewer(true, false)), Ok(()));
    assert_eq!(may_see_queue(&reviewer(false, false)), Err(Refusal::NotReviewer));
    assert_eq!(may_see_queue(&reviewer(true, true)), Err(Refusal::NeedsReview));
}
