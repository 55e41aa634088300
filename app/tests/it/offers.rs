//! Who gets the next free seat: by offer, by hand, by moving the line; and why nobody did.

use jiff::SignedDuration;
use rules::permissions::{Permission, Role};
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Client, Engine, TestApp, on_both},
    roster::{add, group, guests, of},
};

/// A full group of two with some who wait.
struct Line {
    manager: Client,
    group: String,
    /// The two with seats, then who waits.
    members: Vec<String>,
}

impl Line {
    async fn new(app: &TestApp, waiting: usize, fields: Value) -> Self {
        let manager = app.as_role(Role::Manager).await;
        let mut all = json!({ "max_participants": 2 });
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let group = group(&manager, all).await;
        let mut members = Vec::new();
        for person in guests(&manager, 2 + waiting).await {
            members.push(id_of(&add(&manager, &group, &person).await));
        }
        Self { manager, group, members }
    }

    /// A full group that offers: the first of two leaves, so that the first who waits has an offer.
    async fn offered(app: &TestApp, waiting: usize) -> Self {
        let line = Self::new(app, waiting, json!({ "promotion": "offer", "offer_hold_hours": 24 })).await;
        line.manager.delete(&line.path(0, "")).await.expect(200);
        line
    }

    fn path(&self, at: usize, verb: &str) -> String {
        format!("/api/groups/{}/members/{}{verb}", self.group, self.members[at])
    }

    async fn post(&self, at: usize, verb: &str, body: Value) -> Answer {
        self.manager.post(&self.path(at, verb), body).await
    }

    async fn member(&self, at: usize) -> Value {
        self.manager.get(&self.path(at, "")).await.expect(200).data().clone()
    }

    async fn status(&self, at: usize) -> String {
        self.member(at).await["status"].as_str().unwrap().to_owned()
    }

    async fn statuses(&self) -> Vec<String> {
        let mut all = Vec::new();
        for at in 0..self.members.len() {
            all.push(self.status(at).await);
        }
        all
    }

    async fn seats(&self) -> Value {
        self.manager.get(&format!("/api/groups/{}", self.group)).await.expect(200).data()["seats"].clone()
    }

    async fn waitlist(&self) -> Value {
        self.manager.get(&format!("/api/groups/{}/waitlist", self.group)).await.expect(200).data().clone()
    }

    /// Positions are 1, 2, 3 … in the order of the line, and no seat is taken twice.
    async fn check(&self) {
        let all = self.manager.get(&format!("/api/groups/{}/members?limit=200", self.group)).await.expect(200);
        let mut places: Vec<u64> = all.items().iter().filter_map(|one| one["waitlist_position"].as_u64()).collect();
        places.sort_unstable();
        assert_eq!(places, (1..=places.len() as u64).collect::<Vec<_>>(), "gaps in the line");
        let seats = self.seats().await;
        assert!(seats["taken"].as_u64() <= seats["capacity"].as_u64(), "a seat too many: {seats}");
    }
}

fn id_of(member: &Value) -> String {
    member["id"].as_str().unwrap().to_owned()
}

async fn run_jobs(app: &TestApp) {
    app::roster::actions::expire_due(&app.cx()).await.expect("the job runs");
}

on_both! {
    async fn a_free_seat_is_offered_held_and_accepted(app: TestApp) {
        let line = Line::new(&app, 2, json!({ "promotion": "offer", "offer_hold_hours": 24 })).await;
        let removal = line.manager.delete(&line.path(0, "")).await.expect(200);
        let offered = &removal.data()["promoted"][0];
        assert_eq!((&offered["status"], &offered["id"]), (&json!("offered"), &json!(line.members[2])));
        assert_eq!(offered["offer_expires_at"], "2026-03-05T17:00:00Z", "24 hours from now");
        assert_eq!(offered["joined_at"], Value::Null, "nobody has joined yet");
        let seats = line.seats().await;
        assert_eq!((&seats["taken"], &seats["waiting"], &seats["is_full"]), (&json!(2), &json!(1), &json!(true)), "held");
        assert_eq!(line.member(3).await["waitlist_position"], 1);
        let newcomer = json!({ "guest_id": guests(&line.manager, 1).await[0] });
        let members = format!("/api/groups/{}/members", line.group);
        assert_eq!(line.manager.post(&members, newcomer).await.expect(201).data()["status"], "waitlisted");

        let accepted = line.post(2, "/accept", json!({})).await.expect(200);
        assert_eq!(accepted.data()["member"]["status"], "active");
        assert_eq!(accepted.data()["member"]["joined_at"], "2026-03-04T17:00:00Z");
        line.post(2, "/accept", json!({})).await.expect_code(409, "invalid_transition");
        line.post(2, "/decline", json!({})).await.expect_code(409, "invalid_transition");
        line.post(3, "/accept", json!({})).await.expect_code(409, "invalid_transition");
        let events = app.events().await;
        let told = |name: &str| events.iter().filter(|(known, subject)| known == name && *subject == line.members[2]).count();
        assert_eq!((told("member.offered"), told("member.promoted"), told("member.added")), (1, 1, 0));
        assert_eq!(app.count_of("capacity.full").await, 1, "an offered seat was never free in between");
        assert_eq!(app.count_of("capacity.available").await, 0);
        line.check().await;
        app.seal_and_verify().await;
    }

    async fn who_declines_leaves_the_offer_to_the_next(app: TestApp) {
        let line = Line::offered(&app, 2).await;
        let declined = line.post(2, "/decline", json!({ "reason": "Works on Mondays now" })).await.expect(200);
        let gone = &declined.data()["member"];
        assert_eq!((&gone["status"], &gone["left_reason"]), (&json!("declined"), &json!("Works on Mondays now")));
        assert_eq!(gone["left_at"], "2026-03-04T17:00:00Z");
        assert_eq!(of(declined.data()["promoted"].as_array().unwrap(), "id"), [&json!(line.members[3])]);
        assert_eq!(line.statuses().await, ["left", "active", "declined", "offered"]);
        line.post(3, "/decline", json!({})).await.expect(200);
        assert_eq!(app.count_of("member.declined").await, 2);
        assert_eq!(app.count_of("capacity.available").await, 1, "nobody is left to offer it to");
        assert_eq!(line.seats().await["free"], 1);
        line.post(1, "/decline", json!({ "reason": "x".repeat(501) })).await.expect_fields(&[("reason", "invalid")]);
    }

    async fn who_is_removed_while_offered_leaves_the_offer_to_the_next(app: TestApp) {
        let line = Line::offered(&app, 2).await;
        let removal = line.manager.delete(&line.path(2, "?reason=Moved%20away")).await.expect(200);
        assert_eq!(removal.data()["promoted"][0]["status"], "offered");
        assert_eq!(line.statuses().await, ["left", "active", "left", "offered"]);
        line.check().await;
    }

    async fn an_offer_runs_out_and_the_next_in_line_has_it(app: TestApp) {
        let line = Line::offered(&app, 2).await;
        app.advance(SignedDuration::from_hours(23));
        run_jobs(&app).await;
        assert_eq!(line.status(2).await, "offered", "not a minute early");
        app.advance(SignedDuration::from_hours(1));
        // The deadline has passed and no job has run: whoever looks or answers meets an offer that is over.
        let seen = line.member(2).await;
        assert_eq!((&seen["status"], &seen["left_at"]), (&json!("expired"), &seen["offer_expires_at"]));
        line.post(2, "/accept", json!({})).await.expect_code(409, "offer_expired");
        line.post(2, "/decline", json!({})).await.expect_code(409, "offer_expired");
        line.post(2, "/offer-link", json!({})).await.expect_code(409, "offer_expired");
        let roster = line.manager.get(&format!("/api/groups/{}/members", line.group)).await.expect(200);
        assert!(!of(roster.items(), "id").contains(&&json!(line.members[2])), "gone from the roster");
        assert_eq!(app.count_of("member.expired").await, 0, "nobody has written so yet");

        run_jobs(&app).await;
        run_jobs(&app).await;
        assert_eq!(line.statuses().await, ["left", "active", "expired", "offered"]);
        assert_eq!(line.member(3).await["offer_expires_at"], "2026-03-06T17:00:00Z", "a deadline of its own");
        assert_eq!((app.count_of("member.expired").await, app.count_of("member.offered").await), (1, 2));
        line.post(2, "/accept", json!({})).await.expect_code(409, "offer_expired");
        assert_eq!(line.status(2).await, "expired");
        app.seal_and_verify().await;
    }

    /// What is shown counts by the clock: an offer that has run out holds no seat, also before a job has written so.
    async fn an_offer_that_is_over_holds_no_seat(app: TestApp) {
        let line = Line::offered(&app, 2).await;
        assert_eq!(line.waitlist().await["held"], "full");
        app.advance(SignedDuration::from_hours(24));
        let seats = line.seats().await;
        let shown = ["taken", "offered", "free", "waiting", "is_full"].map(|field| seats[field].clone());
        assert_eq!(shown, [json!(1), json!(0), json!(1), json!(1), json!(false)]);
        let listed = line.manager.get("/api/groups").await.expect(200);
        assert_eq!(listed.items()[0]["seats"], seats);
        let waitlist = line.waitlist().await;
        assert_eq!((&waitlist["free"], &waitlist["held"]), (&json!(1), &Value::Null));
        assert!(waitlist["message"].as_str().unwrap().contains("within a minute"), "{waitlist}");
        // Whoever is full was told of the free seat once, when it was written.
        assert_eq!(app.count_of("capacity.available").await, 0);
        run_jobs(&app).await;
        assert_eq!((&line.seats().await["taken"], &line.waitlist().await["held"]), (&json!(2), &json!("full")));
    }

    /// Whoever was first when an offer ran out has the next one, also when somebody is moved before a job has run.
    async fn a_move_comes_after_the_offers_that_are_over(app: TestApp) {
        let line = Line::offered(&app, 3).await;
        app.advance(SignedDuration::from_hours(24));
        let moved = line.post(4, "/move", json!({ "position": 1, "reason": "Waits longest" })).await.expect(200);
        assert_eq!(moved.data()["waitlist_position"], 1);
        assert_eq!(line.statuses().await, ["left", "active", "expired", "offered", "waitlisted"]);
        line.check().await;
    }

    /// Several servers may do the work at once.
    async fn the_job_of_several_servers_ends_an_offer_once(app: TestApp) {
        let line = Line::offered(&app, 1).await;
        app.advance(SignedDuration::from_hours(25));
        let (one, two, three) = (app.cx(), app.cx(), app.cx());
        let expire = app::roster::actions::expire_due;
        let (one, two, three) = tokio::join!(expire(&one), expire(&two), expire(&three));
        assert!(one.is_ok() && two.is_ok() && three.is_ok());
        assert_eq!(line.status(2).await, "expired");
        assert_eq!(app.count_of("member.expired").await, 1, "once, however many servers there are");
    }

    /// Whoever changes the roster first ends what is over: no seat is lost to a job that is late.
    async fn a_roster_that_changes_first_ends_what_is_over(app: TestApp) {
        let line = Line::offered(&app, 1).await;
        app.advance(SignedDuration::from_hours(24));
        assert_eq!(add(&line.manager, &line.group, &guests(&line.manager, 1).await[0]).await["status"], "active");
        assert_eq!(line.status(2).await, "expired");
        line.manager.delete(&line.path(2, "")).await.expect_code(409, "invalid_transition");
        line.check().await;
    }

    /// Many answers at once: one of them counts.
    async fn accepting_declining_and_expiring_at_once_ends_one_way(app: TestApp) {
        for round in 0..3 {
            let line = Line::offered(&app, 2).await;
            if round == 2 {
                app.advance(SignedDuration::from_hours(24));
            }
            let accepting = line.post(2, "/accept", json!({}));
            let again = line.post(2, "/accept", json!({}));
            let declining = line.post(2, "/decline", json!({}));
            let (cx, jobs) = (app.cx(), async |cx| app::roster::actions::expire_due(cx).await);
            let (one, two, three, four) = tokio::join!(accepting, again, declining, jobs(&cx));
            four.expect("the job runs");
            let won = [&one, &two, &three].iter().filter(|answer| answer.status == 200).count();
            assert_eq!(won, usize::from(round < 2), "{one} {two} {three}");
            let wanted = match (round, three.status) {
                (2, _) => "expired",
                (_, 200) => "declined",
                _ => "active",
            };
            assert_eq!(line.status(2).await, wanted);
            assert_eq!(line.status(3).await, if wanted == "active" { "waitlisted" } else { "offered" });
            line.check().await;
        }
    }

    async fn a_double_click_accepts_once(app: TestApp) {
        let line = Line::offered(&app, 1).await;
        let key = |key: &str| line.manager.with_header("idempotency-key", key);
        let (path, body) = (line.path(2, "/accept"), json!({}));
        let first = key("one").post(&path, body.clone()).await.expect(200);
        let second = key("one").post(&path, body.clone()).await.expect(200);
        assert_eq!(first.data(), second.data(), "the same click");
        key("two").post(&path, body).await.expect_code(409, "invalid_transition");
        assert_eq!(app.count_of("member.promoted").await, 1);
    }

    async fn an_ineligible_person_can_decline_but_not_accept(app: TestApp) {
        let line = Line::offered(&app, 1).await;
        let guest = line.member(2).await["guest_id"].as_str().unwrap().to_owned();
        line.manager.delete(&format!("/api/guests/{guest}")).await.expect(200);
        line.post(2, "/accept", json!({})).await.expect_code(409, "not_eligible");
        line.post(2, "/decline", json!({})).await.expect(200);
    }

    async fn an_archived_group_offers_nobody_anything(app: TestApp) {
        let line = Line::offered(&app, 2).await;
        let path = format!("/api/groups/{}", line.group);
        line.manager.delete(&path).await.expect(200);
        assert_eq!(line.statuses().await, ["left", "active", "offered", "waitlisted"], "members keep their status");
        line.post(2, "/accept", json!({})).await.expect_code(409, "invalid_transition");
        line.post(2, "/decline", json!({})).await.expect_code(409, "invalid_transition");
        line.post(3, "/promote", json!({})).await.expect_code(409, "invalid_transition");
        line.post(3, "/move", json!({ "position": 1, "reason": "x" })).await.expect_code(409, "invalid_transition");
        assert_eq!(line.waitlist().await["held"], "archived");
        app.advance(SignedDuration::from_hours(24));
        run_jobs(&app).await;
        assert_eq!(line.statuses().await, ["left", "active", "expired", "waitlisted"], "without a next");
        line.manager.post(&format!("{path}/restore"), json!({})).await.expect(200);
        assert_eq!(line.status(3).await, "offered", "the line moves again");
    }

    async fn the_line_moves_by_the_rule_the_group_has_now(app: TestApp) {
        let line = Line::new(&app, 4, json!({ "promotion": "manual" })).await;
        let path = format!("/api/groups/{}", line.group);
        assert_eq!(line.manager.delete(&line.path(0, "")).await.expect(200).data()["promoted"], json!([]));
        assert_eq!(line.waitlist().await["held"], "manual");
        line.manager.patch(&path, json!({ "promotion": "offer" })).await.expect(200);
        assert_eq!(line.statuses().await[2..], ["offered", "waitlisted", "waitlisted", "waitlisted"]);
        line.manager.patch(&path, json!({ "max_participants": 3 })).await.expect(200);
        assert_eq!(line.statuses().await[2..], ["offered", "offered", "waitlisted", "waitlisted"]);
        line.manager.patch(&path, json!({ "promotion": "auto" })).await.expect(200);
        assert_eq!(line.statuses().await[2..], ["offered", "offered", "waitlisted", "waitlisted"], "offers stand");
        let raised = line.manager.patch(&path, json!({ "max_participants": 6 })).await.expect(200);
        assert_eq!(line.statuses().await[2..], ["offered", "offered", "active", "active"]);
        assert_eq!(raised.data()["seats"]["free"], 1);
        assert_eq!(app.count_of("capacity.available").await, 2, "when the first left, and when there were more seats");
    }
}

on_both! {
    async fn staff_give_a_seat_by_hand(app: TestApp) {
        let line = Line::new(&app, 3, json!({ "promotion": "manual" })).await;
        line.post(2, "/promote", json!({})).await.expect_code(409, "group_full");
        line.manager.delete(&line.path(0, "")).await.expect(200);
        line.post(3, "/promote", json!({})).await.expect_fields(&[("reason", "reason_required")]);
        let reason = json!({ "reason": "Discharged from hospital yesterday" });
        let given = line.post(3, "/promote", reason).await.expect(200);
        let member = &given.data()["member"];
        assert_eq!((&member["status"], &member["promotion_reason"]), (&json!("active"), &json!("Discharged from hospital yesterday")));
        assert_eq!(given.data()["offer_url"], Value::Null);
        assert_eq!(line.member(2).await["waitlist_position"], 1);
        assert_eq!(line.member(4).await["waitlist_position"], 2);
        line.post(3, "/promote", json!({})).await.expect_code(409, "invalid_transition");
        line.post(0, "/promote", json!({})).await.expect_code(409, "invalid_transition");
        assert_eq!((app.count_of("member.promoted").await, app.count_of("capacity.full").await), (1, 2));

        // Beyond the capacity: the permission and a reason.
        let therapist = app.as_role(Role::Therapist).await;
        let over = json!({ "on_full": "override", "reason": "Court order" });
        let refused = therapist.post(&line.path(2, "/promote"), over.clone()).await.expect_code(403, "forbidden");
        assert_eq!(refused.json["permission"], "group.capacity.override");
        line.post(2, "/promote", json!({ "on_full": "override" })).await.expect_fields(&[("reason", "reason_required")]);
        let given = line.post(2, "/promote", over).await.expect(200);
        assert_eq!(given.data()["member"]["override_reason"], "Court order");
        assert_eq!(given.data()["member"]["promotion_reason"], Value::Null, "it was the first in line");
        assert_eq!(line.waitlist().await["held"], "over_capacity");
    }

    async fn staff_offer_a_seat_by_hand(app: TestApp) {
        let line = Line::new(&app, 2, json!({ "promotion": "manual", "offer_hold_hours": 2 })).await;
        line.manager.delete(&line.path(0, "")).await.expect(200);
        let given = line.post(2, "/promote", json!({ "status": "offered" })).await.expect(200);
        assert_eq!(given.data()["member"]["status"], "offered");
        assert_eq!(given.data()["member"]["offer_expires_at"], "2026-03-04T19:00:00Z");
        assert!(given.data()["offer_url"].as_str().unwrap().contains("/offers/"));
        line.post(2, "/decline", json!({})).await.expect(200);
        assert_eq!(line.status(3).await, "waitlisted", "by hand means by hand");
        let offering = Line::new(&app, 1, json!({ "promotion": "offer" })).await;
        offering.post(2, "/promote", json!({ "on_full": "override", "reason": "One more chair" })).await.expect(200);
        assert_eq!(offering.status(2).await, "offered", "a group that offers offers");
    }

    async fn a_place_in_the_line_is_changed_with_a_reason(app: TestApp) {
        let line = Line::new(&app, 4, json!({})).await;
        let order = async || {
            let all = line.manager.get(&format!("/api/groups/{}/members?status=waitlisted", line.group)).await.expect(200);
            let mut rows: Vec<_> = all.items().iter().map(|one| (one["waitlist_position"].as_u64(), one["id"].clone())).collect();
            rows.sort_by_key(|(place, _)| *place);
            let at = |id: &Value| line.members.iter().position(|known| id == known).unwrap();
            rows.iter().map(|(_, id)| at(id)).collect::<Vec<_>>()
        };
        line.post(5, "/move", json!({ "position": 1 })).await.expect_fields(&[("reason", "reason_required")]);
        for position in [0, 5, 4_294_967_295_u32] {
            line.post(5, "/move", json!({ "position": position, "reason": "x" })).await.expect_fields(&[("position", "out_of_range")]);
        }
        let moved = line.post(5, "/move", json!({ "position": 2, "reason": "Referred by the court" })).await.expect(200);
        assert_eq!((&moved.data()["waitlist_position"], &moved.data()["move_reason"]), (&json!(2), &json!("Referred by the court")));
        assert_eq!(order().await, [2, 5, 3, 4]);
        line.post(2, "/move", json!({ "position": 4, "reason": "Asked to wait" })).await.expect(200);
        assert_eq!(order().await, [5, 3, 4, 2]);
        line.post(1, "/move", json!({ "position": 1, "reason": "x" })).await.expect_code(409, "invalid_transition");
        assert_eq!(app.count_of("member.moved").await, 2);
        let stale = line.manager.with_if_match(1).post(&line.path(5, "/move"), json!({ "position": 1, "reason": "x" })).await;
        stale.expect_code(412, "stale");
        line.manager.delete(&line.path(0, "")).await.expect(200);
        assert_eq!(line.status(5).await, "active", "the first in line, by the new order");
        line.check().await;
    }

    async fn moving_to_and_fro_never_runs_out_of_room(app: TestApp) {
        let line = Line::new(&app, 3, json!({})).await;
        for _ in 0..30 {
            line.post(4, "/move", json!({ "position": 2, "reason": "There" })).await.expect(200);
            line.post(3, "/move", json!({ "position": 2, "reason": "And back" })).await.expect(200);
        }
        line.check().await;
    }

    async fn why_nobody_was_offered_a_seat(app: TestApp) {
        let line = Line::new(&app, 2, json!({ "promotion": "offer" })).await;
        let why = line.waitlist().await;
        assert_eq!((&why["held"], &why["waiting"], &why["free"]), (&json!("full"), &json!(2), &json!(0)));
        assert!(why["message"].as_str().unwrap().starts_with("All seats are taken"));
        for at in [2, 3] {
            let guest = line.member(at).await["guest_id"].as_str().unwrap().to_owned();
            line.manager.delete(&format!("/api/guests/{guest}")).await.expect(200);
        }
        line.manager.delete(&line.path(0, "")).await.expect(200);
        let why = line.waitlist().await;
        assert_eq!((&why["held"], &why["free"]), (&Value::Null, &json!(1)));
        assert!(why["message"].as_str().unwrap().starts_with("A seat is free"));
        let skipped = why["skipped"].as_array().unwrap();
        assert_eq!(of(skipped, "waitlist_position"), [&json!(1), &json!(2)]);
        assert_eq!(of(skipped, "skip_reason"), [&json!("not_eligible"); 2]);
        assert_eq!(skipped[0]["skipped_at"], "2026-03-04T17:00:00Z");
        app.advance(SignedDuration::from_hours(1));
        line.manager.delete(&line.path(1, "")).await.expect(200);
        assert_eq!(line.waitlist().await["skipped"][0]["skipped_at"], "2026-03-04T18:00:00Z", "when it was last");
        let empty = Line::new(&app, 0, json!({})).await.waitlist().await;
        assert_eq!((&empty["message"], &empty["skipped"]), (&Value::Null, &json!([])));
    }

    async fn who_was_in_it_on_a_day(app: TestApp) {
        let line = Line::new(&app, 1, json!({})).await;
        let members = format!("/api/groups/{}/members", line.group);
        let on = async |day: &str| {
            let found = line.manager.get(&format!("{members}?at={day}")).await.expect(200);
            let at = |id: &Value| line.members.iter().position(|known| id == known);
            found.items().iter().map(|one| at(&one["id"])).collect::<Vec<_>>()
        };
        // It is ten in the morning of the fourth. The first leaves late on the fifth and comes back on the eighth.
        app.advance(SignedDuration::from_hours(37));
        line.manager.delete(&line.path(0, "")).await.expect(200);
        let person = line.member(0).await["guest_id"].clone();
        app.advance(SignedDuration::from_hours(55));
        line.manager.post(&members, json!({ "guest_id": person, "on_full": "override", "reason": "Back" })).await.expect(201);
        assert_eq!(on("2026-03-03").await, []);
        assert_eq!(on("2026-03-04").await, [Some(0), Some(1)], "who waits is not on it");
        assert_eq!(on("2026-03-05").await, [Some(0), Some(1), Some(2)], "until late in the evening");
        assert_eq!(on("2026-03-06").await, [Some(1), Some(2)]);
        assert_eq!(on("2026-03-08").await, [Some(1), Some(2), None], "back, as another stint");
        assert_eq!(on("0001-01-01").await, []);
        assert_eq!(on("9999-12-31").await, [Some(1), Some(2), None]);
        let stayed = line.manager.get(&format!("{members}?at=2026-03-04&status=active")).await.expect(200);
        assert_eq!(of(stayed.items(), "id"), [&json!(line.members[1])], "of them, who is a member now");
        line.manager.get(&format!("{members}?at=soon")).await.expect_fields(&[("at", "invalid")]);
        let first = line.manager.get(&format!("{members}?at=2026-03-05&limit=2")).await.expect(200);
        let rest = line.manager.get(&format!("{members}?at=2026-03-05&limit=2&cursor={}", first.next().unwrap())).await.expect(200);
        assert_eq!((first.items().len(), rest.items().len()), (2, 1));
    }

    async fn only_who_may_add_answers_offers(app: TestApp) {
        let line = Line::offered(&app, 1).await;
        let reader = app.as_program(&[Permission::GroupRead]).await;
        let verbs = [("/accept", json!({})), ("/decline", json!({})), ("/promote", json!({})), ("/offer-link", json!({})),
            ("/move", json!({ "position": 1, "reason": "x" }))];
        let stranger = app.other_organization().await.as_role(Role::Admin).await;
        for (verb, body) in verbs {
            let refused = reader.post(&line.path(2, verb), body.clone()).await.expect_code(403, "forbidden");
            assert_eq!(refused.json["permission"], "group.member.add");
            stranger.post(&line.path(2, verb), body).await.expect_code(404, "not_found");
        }
        reader.get(&format!("/api/groups/{}/waitlist", line.group)).await.expect(200);
        stranger.get(&format!("/api/groups/{}/waitlist", line.group)).await.expect_code(404, "not_found");
        app.as_program(&[]).await.get(&format!("/api/groups/{}/waitlist", line.group)).await.expect_code(403, "forbidden");
        let elsewhere = group(&line.manager, json!({})).await;
        let path = format!("/api/groups/{elsewhere}/members/{}/accept", line.members[2]);
        line.manager.post(&path, json!({})).await.expect_code(404, "not_found");
        assert_eq!(line.status(2).await, "offered");
    }
}

/// The loop of a server finds the work by itself, at once after a kill and again every minute. On SQLite alone:
/// PostgreSQL's jobs belong to all stories at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_of_a_server_ends_offers() {
    let app = TestApp::on(Engine::Sqlite).await;
    let line = Line::offered(&app, 2).await;
    app::jobs::ensure(&app.app).await.unwrap();
    app::jobs::run_due(&app.app).await.unwrap();
    app.advance(SignedDuration::from_hours(24));
    app::jobs::run_due(&app.app).await.unwrap();
    assert_eq!(line.statuses().await[2..], ["expired", "offered"]);
    app.advance(SignedDuration::from_hours(24));
    let until = app.now().checked_add(SignedDuration::from_mins(4)).unwrap();
    app.tamper("update jobs set claimed_until = $2 where organization = $1", &[store::Value::Time(until)]).await;
    app::jobs::run_due(&app.app).await.unwrap();
    assert_eq!(app.count_of("member.expired").await, 1, "a server that was killed had it");
    app.advance(SignedDuration::from_mins(4));
    app::jobs::run_due(&app.app).await.unwrap();
    assert_eq!(app.count_of("member.expired").await, 2);
}
