//! Every turn of sessions, participants and notes against a plain model: whatever is tried by whomever and in whatever
//! order, the product stands where the model stands, and what was signed stays as it was signed.

mod plain;

use std::collections::{BTreeMap, BTreeSet};

use plain::{EVERYBODY, MARKS, Plain, Stands, Step, Who};
use rules::permissions::{Flag, Role};
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Client, PASSWORD, TestApp, on_both},
    notes::scene::{Scene, group_fields, own_fields, own_text, someone, text},
};

/// Patients of a session: few, so that steps meet.
const PEOPLE: usize = 2;
/// Steps of one walk.
const STEPS: usize = 420;

/// Numbers that are the same every time: a failure can be run again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

struct Walk<'a> {
    app: &'a TestApp,
    scene: Scene<'a>,
    clients: BTreeMap<Who, Client>,
    plain: Plain,
    /// The ids of the notes, in the order they were begun.
    notes: Vec<String>,
    /// The note, the signed text and its hash, by signature.
    signed: BTreeMap<String, [String; 3]>,
    sessions: usize,
}

impl<'a> Walk<'a> {
    async fn begin(app: &'a TestApp, needs_review: bool) -> Self {
        let flags: &[Flag] = if needs_review { &[Flag::RequiresReview] } else { &[] };
        let scene = Scene::with(app, PEOPLE, flags).await;
        let colleague = someone(app, &scene.admin, "Okonkwo", Role::Therapist, &[]).await.client;
        let reviewer = someone(app, &scene.admin, "Castellanos", Role::Doctor, &[Flag::CanReview]).await.client;
        let clients = BTreeMap::from([
            (Who::Leader, scene.leader.client.clone()),
            (Who::Colleague, colleague),
            (Who::Manager, app.as_role(Role::Manager).await),
            (Who::Records, app.as_role(Role::RecordsAdmin).await),
            (Who::Nurse, app.as_role(Role::Nurse).await),
            (Who::FrontDesk, app.as_role(Role::Receptionist).await),
            (Who::Reviewer, reviewer),
        ]);
        let plain = Plain::new(PEOPLE, needs_review);
        let mut walk = Self { app, scene, clients, plain, notes: Vec::new(), signed: BTreeMap::new(), sessions: 0 };
        walk.next_session().await;
        walk
    }

    /// Another session of the same group, scheduled.
    async fn next_session(&mut self) {
        self.sessions += 1;
        let new = json!({
            "group_id": self.scene.group, "starts_at": "2026-03-04T09:00",
            "override_conflict": true, "reason": "One more",
        });
        let made = self.scene.admin.post("/api/sessions", new).await.expect(201);
        self.scene = self.scene.planned(&made).await;
        self.plain = Plain::new(PEOPLE, self.plain.needs_review);
        self.notes.clear();
    }

    /// A step that may make sense or not, mostly by who is likely to take it.
    fn draw(&self, dice: &mut Dice) -> (Who, Step) {
        let note = dice.roll(self.notes.len().max(1));
        let place = dice.roll(PEOPLE);
        let mark = MARKS[dice.roll(MARKS.len())];
        let about = [None, Some(0), Some(1)][dice.roll(3)];
        let step = match dice.roll(40) {
            0..3 => Step::Start,
            3 => Step::UndoStart,
            4..8 => Step::End,
            8 => Step::Cancel,
            9..11 => Step::Reopen,
            11 => Step::Void,
            12..19 => Step::Mark(place, mark),
            19..25 => Step::Begin(about),
            _ if self.notes.is_empty() => Step::Begin(about),
            25 => Step::Save(note),
            26..34 => Step::Sign(note),
            34..36 => Step::Review(note),
            36 => Step::Return(note),
            37..39 => Step::Annotate(note),
            _ => Step::VoidNote(note),
        };
        let usual = match step {
            Step::Review(_) | Step::Return(_) => Who::Reviewer,
            Step::Reopen | Step::Void => Who::Records,
            _ => Who::Leader,
        };
        let who = if dice.roll(3) == 0 { EVERYBODY[dice.roll(EVERYBODY.len())] } else { usual };
        (who, step)
    }

    async fn send(&self, who: Who, step: Step) -> Answer {
        let client = &self.clients[&who];
        let session = format!("/api/sessions/{}", self.scene.session);
        let note = |note: usize| format!("/api/notes/{}", self.notes[note]);
        let reason = json!({ "reason": "Because of the walk" });
        let proof = json!({ "password": PASSWORD });
        match step {
            Step::Start => {
                client.post(&format!("{session}/start"), json!({ "actual_start": "2026-03-04T09:00" })).await
            }
            Step::UndoStart => client.post(&format!("{session}/undo-start"), reason).await,
            Step::End => client.post(&format!("{session}/end"), json!({})).await,
            Step::Cancel => client.post(&format!("{session}/cancel"), reason).await,
            Step::Reopen => client.post(&format!("{session}/reopen"), reason).await,
            Step::Void => client.post(&format!("{session}/void"), reason).await,
            Step::Mark(place, mark) => {
                let verb = match mark {
                    plain::Mark::Confirm => "confirm",
                    plain::Mark::CheckIn => "check-in",
                    plain::Mark::Attend => "attend",
                    plain::Mark::NoShow => "no-show",
                    plain::Mark::Cancel => "cancel",
                    plain::Mark::Undo => "undo",
                };
                let body = if mark == plain::Mark::NoShow || mark == plain::Mark::Cancel { reason } else { json!({}) };
                client.post(&format!("{session}/participants/{}/{verb}", self.scene.people[place].0), body).await
            }
            Step::Begin(place) => self.scene.begin(client, place, self.words(place)).await,
            Step::Save(at) => client.patch(&note(at), json!({ "content": self.other_words(at) })).await,
            Step::Sign(at) => client.post(&format!("{}/sign", note(at)), proof).await,
            Step::Review(at) => client.post(&format!("{}/review", note(at)), proof).await,
            Step::Return(at) => {
                client.post(&format!("{}/return", note(at)), json!({ "comment": "More.", "password": PASSWORD })).await
            }
            Step::Annotate(at) => {
                client
                    .post(&format!("{}/annotate", note(at)), json!({ "content": "And so on.", "password": PASSWORD }))
                    .await
            }
            Step::VoidNote(at) => client.post(&format!("{}/void", note(at)), reason).await,
        }
    }

    /// What is ready to be signed, and nobody else's text: nor this patient's of the session before.
    fn words(&self, place: Option<usize>) -> Value {
        match place {
            None => json!({ "content": "We looked at what sets us off.", "fields": group_fields() }),
            Some(place) => {
                json!({ "content": own_text((place + 2 * self.sessions) % 12), "fields": own_fields() })
            }
        }
    }

    fn other_words(&self, note: usize) -> String {
        match self.plain.notes[note].place {
            None => "We looked at what calms us down.".to_owned(),
            Some(place) => format!("{} Then a second look.", own_text((place + 2 * self.sessions) % 12)),
        }
    }

    /// Takes one step in the product and in the model.
    async fn step(&mut self, who: Who, step: Step) -> u16 {
        let refused = self.plain.refused(who, step);
        let answer = self.send(who, step).await;
        if refused.is_empty() {
            assert!([200, 201].contains(&answer.status), "{who:?} {step:?} of {:#?}: {answer}", self.plain);
            self.plain.take(step);
            if let Step::Begin(_) = step {
                self.notes.push(answer.id());
            }
        } else {
            assert!(
                refused.contains(&answer.status),
                "{who:?} {step:?}, not {refused:?}, of {:#?}: {answer}",
                self.plain
            );
        }
        answer.status
    }

    /// The product stands where the model stands.
    async fn compare(&mut self, after: &str) {
        let admin = &self.scene.admin;
        let session = admin.get(&format!("/api/sessions/{}", self.scene.session)).await.expect(200);
        let wanted = match self.plain.stands {
            Stands::Scheduled => "scheduled",
            Stands::InProgress => "in_progress",
            Stands::PendingReview => "pending_review",
            Stands::Completed => "completed",
            Stands::Cancelled => "cancelled",
            Stands::Voided => "voided",
        };
        assert_eq!(session.data()["status"], wanted, "{after}: {:#?}", self.plain);
        for (place, one) in self.plain.people.iter().enumerate() {
            let path = format!("/api/sessions/{}/participants/{}", self.scene.session, self.scene.people[place].0);
            let stands = format!("{:?}", one.stands).to_lowercase().replace("noshow", "no_show");
            assert_eq!(admin.get(&path).await.expect(200).data()["status"], stands.as_str(), "{after}");
        }
        let listed = admin.get(&format!("/api/encounters/{}/notes?status=all&limit=200", self.scene.encounter)).await;
        for (id, wanted) in self.notes.iter().zip(&self.plain.notes) {
            let note = listed.items().iter().find(|note| note["id"] == id.as_str()).expect("kept");
            let stands = match wanted.stands {
                plain::Writing::Draft => "draft",
                plain::Writing::Signed => "signed",
                plain::Writing::InError => "entered_in_error",
            };
            assert_eq!((&note["status"], &note["edition"]), (&json!(stands), &json!(wanted.edition)), "{after}");
            assert_ne!(note["content_verified"], false, "{after}");
            let signatures = note["signatures"].as_array().unwrap();
            for one in signatures {
                let kept = [id.clone(), text(&one["signed_text"]), text(&one["sha256"])];
                let known = self.signed.entry(text(&one["id"])).or_insert_with(|| kept.clone());
                assert_eq!(*known, kept, "{after}: a signed text has changed");
            }
            let known = self.signed.values().filter(|[note, ..]| note == id).count();
            assert_eq!(signatures.len(), known, "{after}: a signature is gone");
        }
    }

    async fn bill(&mut self, billed: bool) {
        let sql = "update sessions set is_billed = $2 where organization_id = $1 and id = $3";
        self.app.tamper(sql, &[rules::column::Value::Bool(billed), self.scene.session.as_str().into()]).await;
        self.plain.billed = billed;
    }
}

/// The kind of a step, without whom or what it is about.
fn kind(step: Step) -> String {
    let name = format!("{step:?}");
    match step {
        Step::Mark(_, mark) => format!("Mark {mark:?}"),
        _ => name.split('(').next().unwrap_or_default().to_owned(),
    }
}

async fn walk(app: &TestApp, seed: u64, needs_review: bool, seen: &mut BTreeSet<(String, bool)>) {
    let mut walk = Walk::begin(app, needs_review).await;
    let mut dice = Dice(seed);
    for at in 0..STEPS {
        let is_over = matches!(walk.plain.stands, Stands::Cancelled | Stands::Voided);
        if is_over && dice.roll(4) == 0 {
            walk.next_session().await;
        }
        if walk.plain.stands == Stands::Completed && dice.roll(6) == 0 {
            let billed = !walk.plain.billed;
            walk.bill(billed).await;
        }
        let (who, step) = walk.draw(&mut dice);
        let status = walk.step(who, step).await;
        seen.insert((kind(step), status < 400));
        walk.compare(&format!("seed {seed}, step {at}: {who:?} {step:?} {status}")).await;
    }
    app.seal_and_verify().await;
    for broken in [
        app::notes::verify::verify(&app.app.db, app.organization.id).await.unwrap().broken,
        app::chart::verify::verify(&app.app.db, app.organization.id).await.unwrap().broken,
    ] {
        assert_eq!(broken, None);
    }
}

on_both! {
    /// Long walks of steps that may or may not be allowed: every kind of step was taken, and refused.
    async fn every_turn_is_as_the_model_says(app: TestApp) {
        let mut seen = BTreeSet::new();
        for seed in 1..=4 {
            walk(&app, seed, seed % 2 == 0, &mut seen).await;
        }
        let kinds = [
            "Start", "UndoStart", "End", "Cancel", "Reopen", "Void", "Begin", "Save", "Sign", "Review", "Return",
            "Annotate", "VoidNote", "Mark Confirm", "Mark CheckIn", "Mark Attend", "Mark NoShow", "Mark Cancel", "Mark Undo",
        ];
        for kind in kinds {
            for allowed in [true, false] {
                assert!(seen.contains(&(kind.to_owned(), allowed)), "never tried: {kind}, allowed: {allowed}");
            }
        }
    }
}
