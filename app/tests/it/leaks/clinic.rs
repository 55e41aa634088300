//! The clinic of the hunt: people, groups, sessions, and notes that tried to name somebody else.

use std::{collections::HashSet, sync::LazyLock};

use rules::{permissions::Role, text::fold};
use serde_json::{Value, json};

use crate::{
    harness::{Client, PASSWORD, TestApp},
    notes::scene::{Someone, group_fields, own_fields, someone, text},
};

const NAMES: &str = include_str!("../../../../rules/tests/name_check/names.txt");
const SENTENCES: &str = include_str!("../../../../rules/tests/name_check/sentences.txt");

const GROUPS: usize = 25;
const SIZE: usize = 12;
/// Of every sixth person all is read; of the others, the patient and the chart.
pub const EVERY: usize = 6;
/// How many in a group do not come.
const ABSENT: usize = 2;

/// Ways of writing somebody else's name; the last two only point at somebody.
const FORMS: [&str; 16] = [
    "{F} {L}",
    "{L}, {F}",
    "{FU} {LU}",
    "{f} {l}",
    "{F} ({L})",
    "**{F}** {L}",
    "{F}\n{L}",
    "{F}\u{a0}{L}",
    "{F}\u{200b}{L}",
    "{F}{L}",
    "{f}_{l}",
    "{F} M. {L}",
    "{F} {I}.",
    "{F} ({I}.)",
    "{F}",
    "Mr. {L}",
];

/// Somebody whose chart is searched.
#[derive(Debug, Clone)]
pub struct Person {
    pub first: String,
    pub last: String,
    pub called: Option<String>,
    pub birth_date: String,
    pub mrn: String,
    pub mail: String,
    /// The ids of what is this person's alone, by kind.
    pub ids: Vec<(String, String)>,
    /// The ids of what others share: the group, the session, the encounter.
    pub shared: Vec<(String, String)>,
}

impl Person {
    /// First and last name.
    pub fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }
}

/// What came of trying to name somebody else.
#[derive(Debug, Default)]
pub struct Tried {
    /// Notes in which somebody else is named.
    pub attempts: usize,
    /// Those that could not be signed so.
    pub refused: usize,
    /// Those in which a lone name was pointed out.
    pub warned: usize,
}

/// Three hundred people in groups that have been documented.
pub struct Clinic {
    pub admin: Client,
    pub people: Vec<Person>,
    /// Names that may stand anywhere.
    pub staff: Vec<&'static str>,
    pub tried: Tried,
    dice: u64,
}

/// Whether a folded name is an everyday word, too: it says nothing where it stands alone.
pub fn everyday(name: &str) -> bool {
    static WORDS: LazyLock<HashSet<String>> =
        LazyLock::new(|| names(["words", "last words"]).iter().map(|word| fold(word)).collect());
    WORDS.contains(name)
}

fn section<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let heading = format!("[{name}]");
    let lines = text.lines().skip_while(|line| *line != heading).skip(1);
    lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty()).collect()
}

fn names(sections: [&str; 2]) -> Vec<&'static str> {
    let lines = sections.into_iter().flat_map(|name| section(NAMES, name));
    lines.flat_map(str::split_whitespace).collect()
}

impl Clinic {
    /// Registers everybody, and holds and documents a session of each group.
    pub async fn open(app: &TestApp) -> Self {
        let admin = app.as_role(Role::Admin).await;
        let open = json!({ "finance_gate": false, "consent_gate": false });
        admin.patch("/api/settings", open).await.expect(200);
        let staff = vec!["Robin", "Whitfield"];
        let mut clinic = Self { admin, people: Vec::new(), staff, tried: Tried::default(), dice: 7 };
        clinic.register().await;
        for group in 0..GROUPS {
            let leader = someone(app, &clinic.admin, "Whitfield", Role::Therapist, &[]).await;
            clinic.hold(group, &leader).await;
        }
        clinic.subscribe().await;
        clinic.disclose().await;
        clinic
    }

    fn roll(&mut self, below: usize) -> usize {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.dice >> 33).unwrap_or(0) % below.max(1)
    }

    /// Each pair of names once, also the other way round.
    async fn register(&mut self) {
        let (firsts, lasts) = (names(["first", "words"]), names(["last", "last words"]));
        let mut taken = HashSet::new();
        while self.people.len() < GROUPS * SIZE {
            let at = self.people.len();
            let (first, last) = (firsts[self.roll(firsts.len())], lasts[self.roll(lasts.len())]);
            let called = (self.roll(8) == 0).then(|| firsts[self.roll(firsts.len())].to_owned());
            let mut pair = [fold(first), fold(last)];
            pair.sort();
            if pair[0] == pair[1] || !taken.insert(pair) {
                continue;
            }
            let birth_date = format!("{}-{:02}-{:02}", 1940 + at % 60, 1 + at % 12, 1 + at / 12);
            let mail = format!("post{at:04}@example.org");
            let new = json!({
                "given_name": first, "family_name": last, "preferred_name": called, "birth_date": birth_date, "email": mail,
            });
            let made = self.admin.post("/api/patients", new).await.expect(201);
            let (ids, mrn) = (vec![("pa".to_owned(), made.id())], text(&made.data()["mrn"]));
            let (first, last) = (first.to_owned(), last.to_owned());
            self.people.push(Person { first, last, called, birth_date, mrn, mail, ids, shared: Vec::new() });
        }
    }

    async fn hold(&mut self, number: usize, leader: &Someone) {
        let new = json!({
            "name": format!("Group {number}"), "type": "skills_training", "facilitator_id": leader.practitioner,
        });
        let group = self.admin.post("/api/groups", new).await.expect(201).id();
        let members = number * SIZE..(number + 1) * SIZE;
        let batch: Vec<Value> = members.clone().map(|at| json!({ "patient_id": self.people[at].ids[0].1 })).collect();
        let path = format!("/api/groups/{group}/members/batch");
        let joined = self.admin.post(&path, json!({ "members": batch })).await.expect(201);
        assert_eq!(joined.data()["created"], SIZE, "{joined}");
        let new = json!({ "group_id": group, "starts_at": "2026-03-04T09:00", "topic": "Triggers" });
        let made = self.admin.post("/api/sessions", new).await.expect(201);
        let (session, encounter) = (made.id(), text(&made.data()["encounter_id"]));
        let booked = self.admin.get(&format!("/api/sessions/{session}/participants?limit=200")).await.expect(200);
        for at in members.clone() {
            let person = &mut self.people[at];
            let own = |line: &&Value| line["patient_id"] == person.ids[0].1.as_str();
            let member =
                joined.data()["items"].as_array().into_iter().flatten().find(own).map(|line| text(&line["id"]));
            let participant = booked.items().iter().find(own).map(|line| text(&line["id"]));
            person.ids.extend(member.map(|id| ("gm".to_owned(), id)));
            person.ids.extend(participant.map(|id| ("par".to_owned(), id)));
            assert_eq!(person.ids.len(), 3, "a member who is booked");
            let shared = [("grp", &group), ("ses", &session), ("enc", &encounter)];
            person.shared = shared.map(|(kind, id)| (kind.to_owned(), id.clone())).to_vec();
        }
        let path = format!("/api/sessions/{session}");
        let me = &leader.client;
        me.post(&format!("{path}/start"), json!({ "actual_start": "2026-03-04T09:00" })).await.expect(200);
        for at in members.clone().take(ABSENT) {
            let absent = format!("{path}/participants/{}/no-show", self.people[at].ids[2].1);
            self.admin.post(&absent, json!({ "no_show_reason": "illness" })).await.expect(200);
        }
        self.admin.post(&format!("{path}/attendance"), json!({ "rest": "attended" })).await.expect(200);
        me.post(&format!("{path}/end"), json!({})).await.expect(200);
        self.document(me, &encounter, members).await;
        let ended = self.admin.get(&path).await.expect(200);
        assert_eq!(ended.data()["status"], "completed", "{ended}");
    }

    /// Writes the note of the group and of each who came, rewords what the check points out, and signs them all.
    async fn document(&mut self, me: &Client, encounter: &str, members: std::ops::Range<usize>) {
        let notes = format!("/api/encounters/{encounter}/notes");
        let written = self.write(members.start, None);
        let new = json!({ "note_type": "session_note", "content": written.0, "fields": group_fields() });
        let note = me.post(&notes, new).await.expect(201).id();
        self.reword(me, &note, written.1).await;
        for at in members.clone().skip(ABSENT) {
            let written = self.write(members.start, Some(at));
            let new = json!({
                "note_type": "individual_note", "participant_id": self.people[at].ids[2].1, "content": written.0,
                "fields": own_fields(),
            });
            let note = me.post(&notes, new).await.expect(201).id();
            self.reword(me, &note, written.1).await;
            self.people[at].ids.push(("note".to_owned(), note));
        }
        let signed = me.post(&format!("{notes}/sign"), json!({ "password": PASSWORD })).await.expect(200);
        let waiting = &signed.data()["not_ready"];
        assert!(waiting.as_array().is_none_or(Vec::is_empty), "{signed}");
        for at in members {
            let path = format!("/api/patients/{}/chart?limit=200", self.people[at].ids[0].1);
            let chart = self.admin.get(&path).await.expect(200);
            self.people[at].ids.extend(chart.items().iter().map(|row| ("chart".to_owned(), text(&row["id"]))));
        }
    }

    /// A text about somebody, or about the group; and what the therapist would write instead, had they named nobody.
    fn write(&mut self, first: usize, about: Option<usize>) -> (String, Option<String>) {
        let clean: Vec<&str> =
            section(SENTENCES, "clean").into_iter().filter(|line| !line.contains("Johnson")).collect();
        let mentions = section(SENTENCES, "mention");
        let mut plain: Vec<String> = Vec::new();
        for _ in 0..6 {
            plain.push(clean[self.roll(clean.len())].to_owned());
        }
        if self.roll(3) == 0 {
            return (plain.join(" "), None);
        }
        let other = first + self.roll(SIZE);
        if Some(other) == about {
            return (plain.join(" "), None);
        }
        let (sentence, form) = (mentions[self.roll(mentions.len())], FORMS[self.roll(FORMS.len())]);
        let name = written(form, &self.people[other]);
        let with = |name: &str| format!("{} {}", plain.join(" "), sentence.replace("{X}", name));
        (with(&name), Some(with("another member")))
    }

    /// Does what a therapist does whom the check has pointed at a name.
    async fn reword(&mut self, me: &Client, note: &str, instead: Option<String>) {
        let Some(instead) = instead else { return };
        self.tried.attempts += 1;
        let checked = me.post(&format!("/api/notes/{note}/check"), json!({})).await.expect(200);
        let named = checked.data()["findings"].as_array().into_iter().flatten().filter(|one| one["kind"] == "name");
        let named: Vec<&Value> = named.collect();
        if named.iter().any(|one| one["blocks"] == true) {
            self.tried.refused += 1;
            me.post(&format!("/api/notes/{note}/sign"), json!({ "password": PASSWORD })).await.expect(422);
        } else if !named.is_empty() {
            self.tried.warned += 1;
        }
        if !named.is_empty() {
            me.patch(&format!("/api/notes/{note}"), json!({ "content": instead })).await.expect(200);
        }
    }

    /// The whole record leaves, for those whose every page is read.
    async fn disclose(&mut self) {
        for person in self.people.iter_mut().step_by(EVERY) {
            let new = json!({
                "patient_id": person.ids[0].1, "recipient_name": "The patient", "purpose": "patient_request",
                "basis": "patient_access", "date_from": "2026-03-01", "date_to": "2026-03-31", "password": PASSWORD,
            });
            let made = self.admin.post("/api/disclosures", new).await.expect(201);
            person.ids.push(("disc".to_owned(), made.id()));
        }
    }

    /// A calendar feed for every fifth.
    async fn subscribe(&mut self) {
        for at in (0..self.people.len()).step_by(5) {
            let new = json!({ "patient_id": self.people[at].ids[0].1 });
            let made = self.admin.post("/api/feeds", new).await.expect(201);
            let feed = [("feed", &made.data()["feed"]["id"]), ("ics", &made.data()["address"])];
            self.people[at].ids.extend(feed.map(|(kind, id)| (kind.to_owned(), text(id))));
        }
    }
}

fn written(form: &str, who: &Person) -> String {
    let initial = who.last.chars().next().map(String::from).unwrap_or_default();
    let fill = [
        ("{F}", who.first.clone()),
        ("{L}", who.last.clone()),
        ("{I}", initial),
        ("{FU}", who.first.to_uppercase()),
        ("{LU}", who.last.to_uppercase()),
        ("{f}", who.first.to_lowercase()),
        ("{l}", who.last.to_lowercase()),
    ];
    fill.iter().fold(form.to_owned(), |text, (place, name)| text.replace(place, name))
}
