//! Weekly hours.

use super::*;

on_both! {
    /// Without hours somebody is always available; hours are set as a whole, and read back in order.
    async fn hours_are_set_as_a_whole(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let who = practitioner(&admin, "Vale").await;
        let path = format!("/api/practitioners/{who}/availability");
        let none = admin.get(&path).await.expect(200);
        assert_eq!((&none.data()["always_available"], none.version(), &none.data()["blocks"]), (&json!(true), 0, &json!([])));
        let set = works(&admin, &who, &["tuesday", "monday"], "09:00", "24:00").await.expect(200);
        assert_eq!((set.version(), &set.data()["always_available"]), (1, &json!(false)));
        assert_eq!(each_block(&set), ["monday 09:00 24:00", "tuesday 09:00 24:00"]);
        admin.with_if_match(0).put(&path, json!({ "blocks": [] })).await.expect_code(412, "stale");
        let cleared = admin.with_if_match(1).put(&path, json!({ "blocks": [] })).await.expect(200);
        assert_eq!((cleared.version(), &cleared.data()["always_available"]), (2, &json!(true)));
        assert_eq!(app.count_of("practitioner.hours_set").await, 2);
        app.seal_and_verify().await;
    }

    /// Every bad block is told at once, and nothing is saved.
    async fn every_bad_block_is_told(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let who = practitioner(&admin, "Vale").await;
        let path = format!("/api/practitioners/{who}/availability");
        let bad = json!({ "blocks": [
            { "weekday": "monday", "starts": "09:00", "ends": "12:00" },
            { "weekday": "monday", "starts": "11:00", "ends": "13:00", "site_id": strange_id("site") },
            { "weekday": "friday", "starts": "22:00", "ends": "02:00" },
        ] });
        admin.put(&path, bad).await.expect_fields(&[
            ("blocks[1].starts", "overlaps"),
            ("blocks[1].site_id", "not_found"),
            ("blocks[2].ends", "out_of_range"),
        ]);
        for (field, value) in [("starts", json!("9")), ("ends", json!("24:01")), ("weekday", json!("someday")), ("effective_from", json!("0001-01-01"))] {
            let mut block = json!({ "weekday": "monday", "starts": "09:00", "ends": "12:00" });
            block[field] = value;
            admin.put(&path, json!({ "blocks": [block] })).await.expect_fields(&[(&format!("blocks[0].{field}"), "invalid")]);
        }
        let many = vec![json!({ "weekday": "monday", "starts": "09:00", "ends": "10:00" }); 101];
        admin.put(&path, json!({ "blocks": many })).await.expect_fields(&[("blocks", "too_many")]);
        assert_eq!(admin.get(&path).await.version(), 0);
    }

    /// One's own hours, and anybody's with `user.manage`; all who see the schedule see them; other organizations none.
    async fn who_sets_whose_hours(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, own) = therapist(&app, &admin, Role::Therapist).await;
        let other = practitioner(&admin, "Other").await;
        works(&robin, &own, &["monday"], "09:00", "12:00").await.expect(200);
        works(&robin, &other, &["monday"], "09:00", "12:00").await.expect_code(403, "forbidden");
        works(&app.as_role(Role::Manager).await, &own, &["monday"], "09:00", "12:00").await.expect_code(403, "forbidden");
        works(&admin, &own, &["friday"], "09:00", "12:00").await.expect(200);
        let path = format!("/api/practitioners/{own}/availability");
        app.as_role(Role::Receptionist).await.get(&path).await.expect(200);
        app.as_role(Role::Auditor).await.get(&path).await.expect_code(403, "forbidden");
        let stranger = app.other_organization().await.as_role(Role::Admin).await;
        stranger.get(&path).await.expect_code(404, "not_found");
        works(&stranger, &own, &["monday"], "09:00", "12:00").await.expect_code(404, "not_found");
    }
}

fn each_block(answer: &Answer) -> Vec<String> {
    let text = |block: &Value, name: &str| block[name].as_str().unwrap().to_owned();
    let blocks = answer.data()["blocks"].as_array().unwrap().iter();
    blocks.map(|one| format!("{} {} {}", text(one, "weekday"), text(one, "starts"), text(one, "ends"))).collect()
}
