//! A group session in progress with patients, as the stories of notes and charts need it.

use rules::permissions::{Flag, Role};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, PASSWORD, Tenant};

/// The family names of the patients, in order.
pub const NAMES: [&str; 12] = [
    "Santos",
    "Okafor",
    "Lindqvist",
    "Yamada",
    "Petrov",
    "Haddad",
    "Kowalski",
    "Moreau",
    "Ibarra",
    "Novak",
    "Osei",
    "Quispe",
];

/// One of the people of a scene.
#[derive(Clone)]
pub struct Someone {
    pub client: Client,
    pub practitioner: String,
    pub email: String,
}

/// A group session that has started at nine; it is ten.
pub struct Scene<'a> {
    pub tenant: &'a Tenant,
    pub admin: Client,
    pub leader: Someone,
    pub group: String,
    pub session: String,
    pub encounter: String,
    /// Participant and patient, in the order of [`NAMES`].
    pub people: Vec<(String, String)>,
}

/// A user with a practitioner profile.
pub async fn someone(tenant: &Tenant, admin: &Client, name: &str, role: Role, flags: &[Flag]) -> Someone {
    let user = tenant.add_user(role, flags).await;
    let (client, email) = (tenant.as_user(&user, None).await, user.email.to_string());
    let new = json!({ "given_name": "Robin", "family_name": name, "credential": "LCSW", "user_id": client.user });
    let practitioner = admin.post("/api/practitioners", new).await.expect(201).id();
    Someone { client, practitioner, email }
}

impl<'a> Scene<'a> {
    /// A session in progress with so many patients, led by a therapist with these flags.
    pub async fn with(tenant: &'a Tenant, count: usize, flags: &[Flag]) -> Self {
        let admin = tenant.as_role(Role::Admin).await;
        let leader = someone(tenant, &admin, "Whitfield", Role::Therapist, flags).await;
        // The gates have stories of their own.
        let open = json!({ "finance_gate": false, "consent_gate": false });
        admin.patch("/api/settings", open).await.expect(200);
        let new = json!({
            "name": "Coping skills", "type": "skills_training", "description": "Skills for hard days",
            "facilitator_id": leader.practitioner,
        });
        let group = admin.post("/api/groups", new).await.expect(201).id();
        let mut patients = Vec::new();
        for family in NAMES.iter().take(count) {
            let new = json!({ "given_name": "Maria", "family_name": family, "birth_date": "1984-05-06" });
            let patient = admin.post("/api/patients", new).await.expect(201).id();
            let path = format!("/api/groups/{group}/members");
            admin.post(&path, json!({ "patient_id": patient })).await.expect(201);
            patients.push(patient);
        }
        let new = json!({ "group_id": group, "starts_at": "2026-03-04T09:00", "topic": "Triggers" });
        let made = admin.post("/api/sessions", new).await.expect(201);
        let (session, encounter) = (made.id(), text(&made.data()["encounter_id"]));
        let mut scene = Self { tenant, admin, leader, group, session, encounter, people: Vec::new() };
        scene.people = scene.participants_of(&patients).await;
        scene.start().await;
        scene
    }

    /// As [`Scene::with`], led by a therapist without flags.
    pub async fn new(tenant: &'a Tenant, count: usize) -> Self {
        Self::with(tenant, count, &[]).await
    }

    /// Another session of the same group with the same people, in progress.
    pub async fn again(&self, made: &Answer) -> Scene<'a> {
        let scene = self.planned(made).await;
        scene.start().await;
        scene
    }

    /// Another session of the same group with the same people, scheduled.
    pub async fn planned(&self, made: &Answer) -> Scene<'a> {
        let leader = self.leader.clone();
        let mut scene = Scene {
            tenant: self.tenant,
            admin: self.admin.clone(),
            leader,
            group: self.group.clone(),
            session: made.id(),
            encounter: text(&made.data()["encounter_id"]),
            people: Vec::new(),
        };
        let patients: Vec<String> = self.people.iter().map(|(_, patient)| patient.clone()).collect();
        scene.people = scene.participants_of(&patients).await;
        scene
    }

    async fn participants_of(&self, patients: &[String]) -> Vec<(String, String)> {
        let listed =
            self.admin.get(&format!("/api/sessions/{}/participants?limit=200", self.session)).await.expect(200);
        let find = |patient: &String| {
            let found = listed.items().iter().find(|one| one["patient_id"] == patient.as_str());
            (text(&found.expect("booked")["id"]), patient.clone())
        };
        patients.iter().map(find).collect()
    }

    async fn start(&self) {
        let start = json!({ "actual_start": "2026-03-04T09:00" });
        self.leader.client.post(&format!("/api/sessions/{}/start", self.session), start).await.expect(200);
    }

    /// Marks the participant at this place.
    pub async fn mark(&self, place: usize, status: &str) {
        let path = format!("/api/sessions/{}/participants/{}", self.session, self.people[place].0);
        let standing = self.admin.get(&path).await.expect(200);
        if !["booked", "confirmed"].contains(&standing.data()["status"].as_str().unwrap_or_default()) {
            self.admin.post(&format!("{path}/undo"), json!({})).await.expect(200);
        }
        let (verb, reason) = match status {
            "attended" => ("attend", json!({})),
            "no_show" => ("no-show", json!({ "no_show_reason": "illness" })),
            "cancelled" => ("cancel", json!({ "reason": "Called in" })),
            other => panic!("no verb for {other}"),
        };
        self.admin.post(&format!("{path}/{verb}"), reason).await.expect(200);
    }

    /// Marks everybody as attended.
    pub async fn all_attend(&self) {
        let path = format!("/api/sessions/{}/attendance", self.session);
        self.admin.post(&path, json!({ "rest": "attended" })).await.expect(200);
    }

    /// Ends the session now.
    pub async fn end(&self) {
        self.leader.client.post(&format!("/api/sessions/{}/end", self.session), json!({})).await.expect(200);
    }

    /// Begins a note; of the group without a place, else of the participant there.
    pub async fn begin(&self, who: &Client, place: Option<usize>, extra: Value) -> Answer {
        let mut new = match place {
            None => json!({ "note_type": "session_note" }),
            Some(place) => json!({ "note_type": "individual_note", "participant_id": self.people[place].0 }),
        };
        for (name, value) in extra.as_object().into_iter().flatten() {
            new[name] = value.clone();
        }
        who.post(&format!("/api/encounters/{}/notes", self.encounter), new).await
    }

    /// Begins a note that is ready to be signed, and says its id.
    pub async fn ready(&self, who: &Client, place: Option<usize>) -> String {
        let written = match place {
            None => json!({ "content": "We looked at what sets us off.", "fields": group_fields() }),
            Some(place) => json!({ "content": own_text(place), "fields": own_fields() }),
        };
        self.begin(who, place, written).await.expect(201).id()
    }

    /// Signs a note with the password.
    pub async fn sign(&self, who: &Client, note: &str) -> Answer {
        who.post(&format!("/api/notes/{note}/sign"), json!({ "password": PASSWORD })).await
    }

    /// Writes and signs the group note and a note for each of these places; answers their ids, the group's first.
    pub async fn document(&self, places: impl IntoIterator<Item = usize>) -> Vec<String> {
        let me = &self.leader.client;
        let mut notes = vec![self.ready(me, None).await];
        for place in places {
            notes.push(self.ready(me, Some(place)).await);
        }
        for note in &notes {
            self.sign(me, note).await.expect(200);
        }
        notes
    }

    /// The status of the session.
    pub async fn status(&self) -> String {
        let session = self.admin.get(&format!("/api/sessions/{}", self.session)).await.expect(200);
        text(&session.data()["status"])
    }

    /// The codes of what is missing.
    pub async fn missing(&self) -> Vec<String> {
        let path = format!("/api/encounters/{}/documentation", self.encounter);
        let answer = self.leader.client.get(&path).await.expect(200);
        answer.data()["missing"].as_array().unwrap().iter().map(|line| text(&line["code"])).collect()
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The required fields of the group note.
pub fn group_fields() -> Value {
    json!({ "topic": "Triggers", "interventions": "Role play", "group_response": "The group took part openly." })
}

/// The required fields of an individual note without a discipline.
pub fn own_fields() -> Value {
    json!({
        "participation": "Engaged", "response": "Spoke up twice.", "goal_progress": [{ "goal": "Goal 2", "progress": "Some progress" }],
        "risk": "None observed", "next_steps": "Keep the diary.",
    })
}

/// A text that is nobody else's.
pub fn own_text(place: usize) -> String {
    const TOPICS: [&str; 12] = [
        "a quarrel at home and how the evening ended",
        "sleep, and a walk in the morning before work",
        "the first week without a drink since August",
        "a letter to an old friend that was never sent",
        "noise in the building and headphones that help",
        "the bus, crowds, and counting backwards from ninety",
        "cooking for one, and inviting the neighbour over",
        "the plan for the holidays with a difficult aunt",
        "asking the manager for a later shift on Mondays",
        "breathing exercises that worked at the dentist",
        "a lost wallet, and not giving up on the day",
        "painting again after three years without a brush",
    ];
    format!("Told the others about {}. Listened well and gave one piece of advice, number {place}.", TOPICS[place])
}
