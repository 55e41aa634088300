//! Many at once. Every change of a group holds its lock, so its events have one order; told again in that order, they
//! must make sense one after the other: no seat too many, nobody overtaken, no seat left empty while somebody waits.

use std::collections::{BTreeSet, VecDeque};

use serde_json::Value;
use tokio::task::JoinSet;

use super::{
    plain::{Group, Policy, Step, World},
    player::Player,
    script, world,
};
use crate::harness::{TestApp, in_time, on_both};

const CLIENTS: u8 = 8;
const STEPS: usize = 40;
const PEOPLE: usize = super::PEOPLE;

/// A group as its events tell of it.
struct Retold {
    policy: Policy,
    seats: usize,
    seated: BTreeSet<String>,
    offered: BTreeSet<String>,
    line: Vec<String>,
    /// What the one who changes the seats has set, one after the other.
    changes: VecDeque<usize>,
}

impl Retold {
    fn new(group: &Group, changes: &[usize]) -> Self {
        let (policy, seats) = (group.policy, group.seats);
        let changes = changes.iter().copied().collect();
        Self { policy, seats, seated: BTreeSet::new(), offered: BTreeSet::new(), line: Vec::new(), changes }
    }

    fn is_free(&self) -> bool {
        self.seated.len() + self.offered.len() < self.seats
    }

    /// Between two transactions no seat is empty while somebody waits, unless seats are given by hand.
    fn expect_settled(&self, before: &str) {
        let is_settled = self.policy == Policy::Manual || !self.is_free() || self.line.is_empty();
        assert!(is_settled, "before {before}: a seat is free and {:?} wait", self.line);
    }

    fn expect_next(&self, member: &str) {
        assert!(self.is_free(), "{member} has a seat that is not there");
        assert_eq!(self.line.first().map(String::as_str), Some(member), "somebody was overtaken");
    }

    fn tell(&mut self, name: &str, member: String, data: &Value) {
        let follows = matches!(name, "member.promoted" | "member.offered") && self.line.contains(&member);
        if !follows {
            self.expect_settled(&format!("{name} {member}"));
        }
        match name {
            "group.updated" => self.seats = self.changes.pop_front().expect("a change nobody made"),
            "member.added" => {
                assert!(self.is_free() && self.line.is_empty(), "{member} took a seat past the line");
                self.seated.insert(member);
            }
            "member.waitlisted" => {
                assert!(!self.is_free() || !self.line.is_empty(), "{member} waits beside a free seat");
                self.line.push(member);
            }
            "member.offered" => {
                self.expect_next(&member);
                self.line.remove(0);
                self.offered.insert(member);
            }
            "member.promoted" if self.offered.remove(&member) => drop(self.seated.insert(member)),
            "member.promoted" => {
                self.expect_next(&member);
                self.line.remove(0);
                self.seated.insert(member);
            }
            "member.declined" | "member.expired" => assert!(self.offered.remove(&member), "{name} {member}: no offer"),
            "member.left" => {
                let waited = self.line.len();
                self.line.retain(|waiting| *waiting != member);
                let had = self.seated.remove(&member) | self.offered.remove(&member) | (self.line.len() < waited);
                assert!(had, "{member} left twice");
            }
            "member.moved" => {
                let position = usize::try_from(data["waitlist_position"].as_u64().expect("a position")).unwrap();
                self.line.retain(|waiting| *waiting != member);
                self.line.insert(position - 1, member);
            }
            _ => {}
        }
    }
}

/// What one of several does: nothing that needs an order of its own.
fn is_shared(step: &Step) -> bool {
    use super::plain::OnFull;
    match step {
        Step::Add { on_full, .. } | Step::Batch { on_full, .. } => *on_full != OnFull::Override,
        Step::Remove { .. } | Step::Accept { .. } | Step::Decline { .. } | Step::Move { .. } => true,
        _ => false,
    }
}

async fn play_alone(mut player: Player, seed: u8) {
    let shared = script(100 + seed, STEPS * 2).into_iter().filter(is_shared).take(STEPS);
    for mut step in shared {
        if let Step::Remove { group, nth }
        | Step::Accept { group, nth }
        | Step::Decline { group, nth }
        | Step::Move { group, nth, .. } = &mut step
        {
            let stints = player.stints(*group).await;
            let Some(there) = nth.checked_rem(stints.len()) else { continue };
            *nth = there;
            // Few seats are held at a time, and those are what is answered.
            if let Step::Accept { nth, .. } | Step::Decline { nth, .. } = &mut step {
                *nth = stints.iter().position(|stint| stint["status"] == "offered").unwrap_or(there);
            }
        }
        // Whether it was refused depends on the others; that it is no error of the server, the client checks.
        player.play(&step).await;
    }
}

async fn change_seats(mut player: Player, changes: Vec<usize>) {
    for seats in changes {
        for group in 0..player.groups.len() {
            assert_eq!(player.play(&Step::Seats { group, seats }).await, None);
        }
    }
}

async fn retell(app: &TestApp, player: &Player, world: &World, changes: &[usize]) {
    let sql = "select name, subject, data from events where organization_id = $1 order by id";
    let rows = app.rows(sql, &[]).await;
    for (number, group) in world.groups.iter().enumerate() {
        let id = &player.groups[number];
        let mut retold = Retold::new(group, changes);
        for row in &rows {
            let (name, subject): (String, String) = (row.at(0).unwrap(), row.at(1).unwrap());
            let data: Value = serde_json::from_str(&row.at::<String>(2).unwrap()).unwrap();
            if subject == *id || data["group_id"] == **id {
                retold.tell(&name, subject, &data);
            }
        }
        retold.expect_settled("the end");
        let stints = player.stints(number).await;
        let with = |status: &str| -> BTreeSet<String> {
            let found = stints.iter().filter(|stint| stint["status"] == status);
            found.map(|stint| stint["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!((with("active"), with("offered")), (retold.seated, retold.offered), "group {number}");
        let mut line: Vec<_> = stints.iter().filter(|stint| stint["status"] == "waitlisted").collect();
        line.sort_by_key(|stint| stint["waitlist_position"].as_u64());
        let positions: Vec<_> = line.iter().map(|stint| stint["waitlist_position"].as_u64().unwrap()).collect();
        assert_eq!(positions, (1..=line.len() as u64).collect::<Vec<_>>(), "group {number}: gaps");
        let line: Vec<_> = line.iter().map(|stint| stint["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(line, retold.line, "group {number}");
    }
}

on_both! {
    async fn what_many_do_at_once_could_have_been_done_one_after_another(app: TestApp) {
        let world = world();
        let player = Player::new(&app, &world, PEOPLE).await;
        let changes: Vec<usize> = [5, 2, 4, 3].into_iter().cycle().take(24).collect();
        let mut clients = JoinSet::new();
        clients.spawn(change_seats(player.clone(), changes.clone()));
        for seed in 0..CLIENTS {
            clients.spawn(play_alone(player.clone(), seed));
        }
        in_time("what many do at once", async { while let Some(done) = clients.join_next().await { done.unwrap() } }).await;
        retell(&app, &player, &world, &changes).await;
        for kind in ["member.waitlisted", "member.promoted", "member.offered"] {
            assert!(app.count_of(kind).await > 0, "nothing was {kind}: the clients did not meet");
        }
        app.seal_and_verify().await;
    }
}
