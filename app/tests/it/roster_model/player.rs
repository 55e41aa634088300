//! Does over HTTP what the model does on paper, and holds the two against each other.

use std::{collections::BTreeMap, sync::Arc};

use app::{App, door::Cx};
use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::{Value, json};

use super::plain::{HOLD_HOURS, Step, World};
use crate::harness::{Answer, Client, TestApp};

/// A manager who does what the script says.
#[derive(Clone)]
pub struct Player {
    app: Arc<App>,
    cx: Arc<Cx>,
    pub manager: Client,
    /// The guests, by their number in the model.
    pub people: Vec<String>,
    /// The groups, by their number in the model.
    pub groups: Vec<String>,
    pairs: BTreeMap<(usize, usize), String>,
}

impl Player {
    /// Makes people and groups as the model has them at the start.
    pub async fn new(app: &TestApp, world: &World, people: usize) -> Self {
        let manager = app.as_role(Role::Manager).await;
        let (people_there, groups, pairs) = (Vec::new(), Vec::new(), BTreeMap::new());
        let (running, cx) = (app.app.clone(), Arc::new(app.cx()));
        let mut player = Self { app: running, cx, manager, people: people_there, groups, pairs };
        for number in 0..people {
            let guest = json!({ "display_name": format!("Guest {number}") });
            player.people.push(player.manager.post("/api/groups/guests", guest).await.expect(201).id());
        }
        for group in &world.groups {
            let body = json!({
                "name": "Monday skills", "type": "skills_training", "max_participants": group.seats,
                "promotion": group.policy.name(), "offer_hold_hours": HOLD_HOURS,
            });
            player.groups.push(player.manager.post("/api/groups", body).await.expect(201).id());
        }
        player
    }

    /// Does one step; answers the code of a refusal.
    pub async fn play(&mut self, step: &Step) -> Option<String> {
        let answer = match *step {
            Step::Add { group, person, on_full } => {
                let mut body = json!({ "guest_id": self.people[person], "on_full": on_full.name() });
                body["reason"] = json!("The model says so");
                self.manager.post(&self.members(group), body).await
            }
            Step::Batch { group, ref people, on_full } => {
                let rows: Vec<Value> =
                    people.iter().map(|person| json!({ "guest_id": self.people[*person] })).collect();
                let body = json!({ "members": rows, "on_full": on_full.name(), "reason": "The model says so" });
                self.manager.post(&format!("{}/batch", self.members(group)), body).await
            }
            Step::Remove { group, nth } => self.manager.delete(&self.member(group, nth).await).await,
            Step::Accept { group, nth } => self.verb(group, nth, "accept", json!({})).await,
            Step::Decline { group, nth } => self.verb(group, nth, "decline", json!({})).await,
            Step::Move { group, nth, position } => {
                self.verb(group, nth, "move", json!({ "position": position, "reason": "Waits longest" })).await
            }
            Step::Seats { group, seats } => {
                let path = format!("/api/groups/{}", self.groups[group]);
                self.manager.patch(&path, json!({ "max_participants": seats })).await
            }
            Step::Archive { group } => return self.turn(group, "archived").await,
            Step::Restore { group } => return self.turn(group, "active").await,
            Step::Apart { one, other } => return self.part(one, other).await,
            Step::Together { one, other } => return self.join(one, other).await,
            Step::Pass { hours } => {
                self.app.clock.advance(SignedDuration::from_hours(hours.into()));
                app::roster::actions::expire_due(&self.cx).await.expect("the job runs");
                return None;
            }
        };
        code(&answer)
    }

    fn members(&self, group: usize) -> String {
        format!("/api/groups/{}/members", self.groups[group])
    }

    async fn member(&self, group: usize, nth: usize) -> String {
        let id = self.stints(group).await[nth]["id"].as_str().unwrap().to_owned();
        format!("{}/{id}", self.members(group))
    }

    async fn verb(&self, group: usize, nth: usize, verb: &str, body: Value) -> Answer {
        let path = format!("{}/{verb}", self.member(group, nth).await);
        self.manager.post(&path, body).await
    }

    /// Archiving what is archived, and restoring what runs, is no step of the model.
    async fn turn(&self, group: usize, status: &str) -> Option<String> {
        let path = format!("/api/groups/{}", self.groups[group]);
        if self.manager.get(&path).await.expect(200).data()["status"] == status {
            return None;
        }
        let answer = match status {
            "archived" => self.manager.delete(&path).await,
            _ => self.manager.post(&format!("{path}/restore"), json!({})).await,
        };
        code(&answer)
    }

    async fn part(&mut self, one: usize, other: usize) -> Option<String> {
        if self.pairs.contains_key(&(one, other)) {
            return None;
        }
        let body = json!({
            "guest_id": self.people[one], "other_guest_id": self.people[other],
            "kind": "other", "reason": "The model says so",
        });
        let answer = self.manager.post("/api/keep-apart", body).await.expect(201);
        self.pairs.insert((one, other), answer.id());
        None
    }

    async fn join(&mut self, one: usize, other: usize) -> Option<String> {
        let pair = self.pairs.remove(&(one, other))?;
        code(&self.manager.delete(&format!("/api/keep-apart/{pair}")).await)
    }

    /// Every stint of a group, in the order of being added.
    pub async fn stints(&self, group: usize) -> Vec<Value> {
        let path = format!("{}?status=all&limit=200", self.members(group));
        self.manager.get(&path).await.expect(200).items().clone()
    }

    /// Fails unless the product stands where the model stands.
    pub async fn expect(&self, world: &World, when: &str) {
        for (number, group) in world.groups.iter().enumerate() {
            let found = self.stints(number).await;
            let text = |stint: &Value, field: &str| stint[field].as_str().unwrap_or_default().to_owned();
            let stands: Vec<_> = found.iter().map(|stint| (text(stint, "guest_id"), text(stint, "status"))).collect();
            let wanted = group.stints.iter().map(|stint| (self.people[stint.person].clone(), stint.status.to_owned()));
            assert_eq!(stands, wanted.collect::<Vec<_>>(), "group {number}, {when}");
            for (nth, stint) in found.iter().enumerate() {
                let place = group.line.iter().position(|waiting| *waiting == nth).map(|place| place + 1);
                assert_eq!(stint["waitlist_position"], json!(place), "group {number}, stint {nth}, {when}");
            }
        }
    }
}

fn code(answer: &Answer) -> Option<String> {
    (answer.status >= 400).then(|| answer.code().to_owned())
}
