//! The private page of an offer, and the pages on which staff decide about the line.

use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Client, Engine, PageClient, TestApp, on_both},
    roster::{add, group, guests},
};

/// A full group of two that offers: the first has left, the third has an offer, the fourth waits.
struct Story {
    manager: Client,
    group: String,
    members: Vec<String>,
}

impl Story {
    async fn new(app: &TestApp) -> Self {
        let manager = app.as_role(Role::Manager).await;
        let fields = json!({ "name": "Relapse prevention", "max_participants": 2, "promotion": "offer", "offer_hold_hours": 24 });
        let group = group(&manager, fields).await;
        let mut members = Vec::new();
        for person in guests(&manager, 4).await {
            members.push(add(&manager, &group, &person).await["id"].as_str().unwrap().to_owned());
        }
        let story = Self { manager, group, members };
        story.manager.delete(&story.path(0)).await.expect(200);
        story
    }

    fn path(&self, at: usize) -> String {
        format!("/api/groups/{}/members/{}", self.group, self.members[at])
    }

    fn page(&self, at: usize, verb: &str) -> String {
        format!("/groups/{}/members/{}{verb}", self.group, self.members[at])
    }

    async fn status(&self, at: usize) -> String {
        self.manager.get(&self.path(at)).await.expect(200).data()["status"].as_str().unwrap().to_owned()
    }

    /// A private address, without the host.
    async fn link(&self, at: usize) -> String {
        let made = self.manager.post(&format!("{}/offer-link", self.path(at)), json!({})).await.expect(201);
        let url = made.data()["url"].as_str().unwrap().to_owned();
        url[url.find("/offers/").unwrap()..].to_owned()
    }
}

async fn is_dead(nobody: &PageClient, link: &str) {
    for page in [
        nobody.get(link).await,
        nobody.post_form(&format!("{link}/accept"), &[]).await,
        nobody.post_form(&format!("{link}/decline"), &[]).await,
    ] {
        assert_eq!(page.status, 410, "{page}");
        assert!(page.html.contains("no longer in use"), "{page}");
    }
}

on_both! {
    async fn an_offer_is_accepted_by_its_private_link_once(app: TestApp) {
        let (story, nobody) = (Story::new(&app).await, app.browser());
        let link = story.link(2).await;
        assert!(link.len() > "/offers/".len() + 42, "256 bits: {link}");
        let page = nobody.get(&link).await.expect(200).clone();
        for told in ["Saguaro Clinic", "a place in a group session", "Thu 5 Mar 2026, 10:00 (in 24 hours)"] {
            assert!(page.html.contains(told), "{told}: {page}");
        }
        for secret in ["Relapse", "Guest 3", "skills", "grp_", "gm_"] {
            assert!(!page.html.contains(secret), "the page tells `{secret}`: {page}");
        }
        assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("no-referrer", "no-store"));
        let accepted = nobody.post_form(&format!("{link}/accept"), &[]).await;
        assert!(accepted.expect(200).html.contains("The place is yours"));
        assert_eq!(accepted.header("referrer-policy"), "no-referrer");
        assert_eq!(story.status(2).await, "active");
        is_dead(&nobody, &link).await;
        assert_eq!(story.status(2).await, "active");
        let audited = app.audited().await;
        assert!(audited.iter().any(|(action, _)| action == "offer.read"), "{audited:?}");
        let stored = app.rows("select hash from links where organization = $1", &[]).await;
        assert!(stored.is_empty(), "nothing leads to it any more");
        app.seal_and_verify().await;
    }

    async fn an_offer_is_declined_by_its_private_link(app: TestApp) {
        let (story, nobody) = (Story::new(&app).await, app.browser());
        let link = story.link(2).await;
        nobody.post_form(&format!("{link}/decline"), &[]).await.expect(200);
        assert_eq!((story.status(2).await.as_str(), story.status(3).await.as_str()), ("declined", "offered"));
        is_dead(&nobody, &link).await;
        let history = story.manager.get(&format!("{}/history", story.path(2))).await.expect(200);
        assert_eq!(history.items()[0]["changed_by"], format!("link:{}", story.members[2]));
    }

    async fn a_link_dies_with_its_offer(app: TestApp) {
        let nobody = app.browser();
        // Made anew.
        let story = Story::new(&app).await;
        let (old, new) = (story.link(2).await, story.link(2).await);
        is_dead(&nobody, &old).await;
        nobody.get(&new).await.expect(200);
        // Answered by staff.
        story.manager.post(&format!("{}/accept", story.path(2)), json!({})).await.expect(200);
        is_dead(&nobody, &new).await;
        // Withdrawn.
        let story = Story::new(&app).await;
        let link = story.link(2).await;
        story.manager.delete(&story.path(2)).await.expect(200);
        is_dead(&nobody, &link).await;
        // Past its deadline, before and after the job.
        let link = story.link(3).await;
        app.advance(SignedDuration::from_hours(24));
        is_dead(&nobody, &link).await;
        app::roster::actions::expire_due(&app.cx()).await.unwrap();
        is_dead(&nobody, &link).await;
        // In a group that was archived: back when it is restored.
        let story = Story::new(&app).await;
        let (link, path) = (story.link(2).await, format!("/api/groups/{}", story.group));
        story.manager.delete(&path).await.expect(200);
        is_dead(&nobody, &link).await;
        story.manager.post(&format!("{path}/restore"), json!({})).await.expect(200);
        nobody.get(&link).await.expect(200);
        // Never there.
        is_dead(&nobody, "/offers/nothing").await;
        is_dead(&nobody, "/offers/%F0%9F%98%80%00").await;
    }

    async fn two_answers_to_one_link_are_one(app: TestApp) {
        let story = Story::new(&app).await;
        let link = story.link(2).await;
        let (accept, decline) = (format!("{link}/accept"), format!("{link}/decline"));
        let (one, two, three) = (app.browser(), app.browser(), app.browser());
        let answers = tokio::join!(one.post_form(&accept, &[]), two.post_form(&decline, &[]), three.post_form(&accept, &[]));
        let mut statuses = [answers.0.status, answers.1.status, answers.2.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 410, 410]);
        let wanted = if answers.1.status == 200 { "declined" } else { "active" };
        assert_eq!(story.status(2).await, wanted);
    }

    async fn a_link_is_shown_once_and_stored_as_a_hash(app: TestApp) {
        let story = Story::new(&app).await;
        let path = format!("{}/offer-link", story.path(2));
        let keyed = story.manager.with_key("twice");
        let first = keyed.post(&path, json!({})).await.expect(201).data()["url"].as_str().unwrap().to_owned();
        keyed.post(&path, json!({})).await.expect_code(409, "already_done");
        let secret = first.rsplit('/').next().unwrap();
        for (table, column) in [("links", "hash"), ("idempotency_keys", "outcome"), ("events", "data")] {
            let organization = if table == "links" { "organization" } else { "organization_id" };
            let rows = app.rows(&format!("select {column} from {table} where {organization} = $1"), &[]).await;
            assert!(rows.iter().all(|row| !row.at::<String>(0).unwrap().contains(secret)), "{table} knows the secret");
        }
        story.manager.post(&format!("{}/offer-link", story.path(1)), json!({})).await.expect_code(409, "invalid_transition");
    }

    /// A person who may not be in the group learns nothing of why.
    async fn an_ineligible_person_is_asked_to_call(app: TestApp) {
        let (story, nobody) = (Story::new(&app).await, app.browser());
        let link = story.link(2).await;
        let guest = story.manager.get(&story.path(2)).await.expect(200).data()["guest_id"].as_str().unwrap().to_owned();
        story.manager.delete(&format!("/api/guests/{guest}")).await.expect(200);
        let page = nobody.post_form(&format!("{link}/accept"), &[]).await;
        assert_eq!(page.status, 409);
        assert!(page.html.contains("Please call us") && !page.html.contains("eligible"), "{page}");
        assert_eq!(story.status(2).await, "offered");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_links_is_slowed_down() {
    let config = app::config::Config { sign_in_tries: 2, ..crate::harness::config() };
    let app = TestApp::start(Engine::Sqlite, crate::harness::clock(), config).await;
    let nobody = app.browser();
    let mut refused = 0;
    for number in 0..40 {
        refused += usize::from(nobody.get(&format!("/offers/guess{number}")).await.status == 429);
    }
    assert!(refused >= 15, "only {refused} of 40 guesses were refused");
}

on_both! {
    async fn staff_answer_offers_and_move_the_line_on_pages(app: TestApp) {
        let story = Story::new(&app).await;
        let manager = app.page_client(Role::Manager).await;
        let roster = manager.get(&format!("/groups/{}", story.group)).await.expect(200).clone();
        for told in ["Offered seats", "(in 24 hours)", "Why was nobody offered a seat?", "All seats are taken"] {
            assert!(roster.html.contains(told), "{told}: {roster}");
        }
        let page = manager.get(&story.page(2, "")).await.expect(200).clone();
        for told in ["Accept for them", "Decline…", "Make a private link…", "Was offered a seat", "Every time in this group"] {
            assert!(page.html.contains(told), "{told}: {page}");
        }
        let made = manager.post_form(&story.page(2, "/offer-link"), &[]).await.expect(200).clone();
        let link = made.html.split("/offers/").nth(1).unwrap().split('<').next().unwrap().to_owned();
        app.browser().get(&format!("/offers/{link}")).await.expect(200);
        let declined = manager.post_form(&story.page(2, "/decline"), &[("reason", "On holiday")]).await;
        let page = manager.follow(&declined).await;
        for told in ["the next on the waitlist has the seat now", "On holiday", "Declined the seat"] {
            assert!(page.html.contains(told), "{told}: {page}");
        }
        let again = manager.post_form(&story.page(2, "/accept"), &[]).await;
        assert_eq!(again.status, 409);
        assert!(again.html.contains("There is no offer to answer"), "{again}");
        let accepted = manager.post_form(&story.page(3, "/accept"), &[("version", "2")]).await;
        assert!(manager.follow(&accepted).await.html.contains("the seat is theirs"));
        assert_eq!(story.status(3).await, "active");
        let past = manager.get(&format!("/groups/{}/past", story.group)).await.expect(200).clone();
        assert!(past.html.contains("Declined") && past.html.contains("Left"), "{past}");
    }

    async fn staff_give_seats_and_move_on_pages(app: TestApp) {
        let story = Story::new(&app).await;
        for person in guests(&story.manager, 2).await {
            add(&story.manager, &story.group, &person).await;
        }
        let manager = app.page_client(Role::Manager).await;
        let stale = manager.post_form(&story.page(3, "/move"), &[("position", "3"), ("reason", "x"), ("version", "9")]).await;
        assert_eq!(stale.status, 412);
        let refused = manager.post_form(&story.page(3, "/move"), &[("position", "7"), ("reason", "Asked to wait")]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.html.contains("positions 1 to 3"), "{refused}");
        let moved = manager.post_form(&story.page(3, "/move"), &[("position", "3"), ("reason", "Asked to wait")]).await;
        let page = manager.follow(&moved).await;
        assert!(page.html.contains("Moved to position 3.") && page.html.contains("Asked to wait"), "{page}");
        let over = [("status", "active"), ("on_full", "override"), ("reason", "Court order")];
        let given = manager.post_form(&story.page(3, "/promote"), &over).await;
        assert!(manager.follow(&given).await.html.contains("Court order"));
        let nurse = app.page_client(Role::Nurse).await;
        let page = nurse.get(&story.page(3, "")).await.expect(200).clone();
        assert!(!page.html.contains("End the membership"), "{page}");
        let saved = nurse.post_form(&story.page(3, "/remarks"), &[("notes", "Sits near the door")]).await;
        assert!(nurse.follow(&saved).await.html.contains("Sits near the door"));
        assert_eq!(nurse.post_form(&story.page(3, "/remove"), &[]).await.status, 403);
        let reception = app.page_client(Role::Receptionist).await;
        let page = reception.get(&story.page(2, "")).await.expect(200).clone();
        assert!(!page.html.contains("Accept for them"), "{page}");
        assert_eq!(reception.post_form(&story.page(2, "/accept"), &[]).await.status, 403);
    }

    async fn a_roster_of_a_day_is_shown(app: TestApp) {
        let story = Story::new(&app).await;
        let manager = app.page_client(Role::Manager).await;
        let page = manager.get(&format!("/groups/{}/on?at=2026-03-04", story.group)).await.expect(200).clone();
        assert!(page.html.contains("Wednesday 4 March 2026") && page.html.contains("2 had a seat"), "{page}");
        let page = manager.get(&format!("/groups/{}/on?at=2026-03-03", story.group)).await.expect(200).clone();
        assert!(page.html.contains("Nobody had a seat on this day"), "{page}");
        manager.get(&format!("/groups/{}/on", story.group)).await.expect(200);
        assert_eq!(manager.get(&format!("/groups/{}/on?at=never", story.group)).await.status, 422);
    }

    /// Overriding the capacity, and a closed group, on the page as over the API.
    async fn the_page_overrides_and_refuses_as_the_api_does(app: TestApp) {
        let story = Story::new(&app).await;
        let newcomer = guests(&story.manager, 1).await.remove(0);
        let members = format!("/groups/{}/members", story.group);
        let over = [("guest_id", newcomer.as_str()), ("on_full", "override")];
        let (manager, therapist) = (app.page_client(Role::Manager).await, app.page_client(Role::Therapist).await);
        let with_reason = [over[0], over[1], ("reason", "Court order")];
        assert_eq!(therapist.post_form(&members, &with_reason).await.status, 403);
        let refused = manager.post_form(&members, &over).await;
        assert_eq!(refused.status, 422);
        assert!(refused.html.contains("Please say why"), "{refused}");
        manager.post_form(&members, &with_reason).await.expect(303);
        let closed: Value = json!({ "enrollment_mode": "closed" });
        story.manager.patch(&format!("/api/groups/{}", story.group), closed).await.expect(200);
        let another = guests(&story.manager, 1).await.remove(0);
        let refused = manager.post_form(&members, &[("guest_id", another.as_str())]).await;
        assert_eq!(refused.status, 409);
        assert!(refused.html.contains("closed to new members"), "{refused}");
    }

    async fn a_group_that_offers_is_made_on_the_page(app: TestApp) {
        let manager = app.page_client(Role::Manager).await;
        let form = [("name", "Evening skills"), ("type", "skills_training"), ("promotion", "offer"), ("offer_hold_hours", "72")];
        let made = manager.post_form("/groups/new", &form).await;
        let edit = format!("{}/edit", made.expect(303).location());
        let page = manager.get(&edit).await.expect(200).clone();
        assert!(page.html.contains("value=\"72\""), "{page}");
        let bad = manager.post_form("/groups/new", &[form[0], form[1], form[2], ("offer_hold_hours", "0")]).await;
        assert_eq!(bad.status, 422);
        assert!(bad.html.contains("must be 1 to 336 hours"), "{bad}");
    }
}
