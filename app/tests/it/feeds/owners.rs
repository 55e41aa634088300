//! Whose a feed is: who makes, lists, changes and ends one, and what is kept of that.

use super::*;

on_both! {
    /// Who may make whose; what is another organization's or nobody's is not there.
    async fn who_may_make_a_feed(app: TestApp) {
        let clinic = Clinic::new(&app).await;
        let other = someone(&app, &clinic.admin, "Okafor", Role::Therapist, &[]).await.client;
        let (nurse, desk) = (app.as_role(Role::Nurse).await, app.as_role(Role::Receptionist).await);
        let own = json!({ "practitioner_id": clinic.leader.practitioner });
        for client in [&other, &clinic.admin, &desk] {
            client.post("/api/feeds", own.clone()).await.expect_code(403, "not_yours");
        }
        let refused = nurse.post("/api/feeds", json!({ "patient_id": clinic.patient })).await.expect_code(403, "forbidden");
        assert_eq!(refused.json["permission"], "participant.book");
        nurse.get(&format!("/api/feeds?patient_id={}", clinic.patient)).await.expect_code(403, "forbidden");
        app.as_role(Role::Auditor).await.post("/api/feeds", json!({ "site_id": clinic.site })).await.expect_code(403, "forbidden");
        for (client, body) in [(&clinic.leader.client, own), (&desk, json!({ "patient_id": clinic.patient })), (&nurse, json!({ "site_id": clinic.site })), (&desk, json!({ "site_id": clinic.site }))] {
            feed(client, body.clone()).await;
            client.post("/api/feeds", body).await.expect_code(409, "feed_exists");
        }
        let theirs = Clinic::new(&app.other_organization().await).await;
        for body in [json!({ "site_id": theirs.site }), json!({ "room_id": theirs.room }), json!({ "patient_id": theirs.patient }), json!({ "practitioner_id": theirs.leader.practitioner })] {
            clinic.admin.post("/api/feeds", body).await.expect_code(404, "not_found");
        }
        for body in [json!({}), json!({ "site_id": clinic.site, "room_id": clinic.room })] {
            clinic.admin.post("/api/feeds", body).await.expect_code(422, "one_subject");
        }
        clinic.admin.patch(&format!("/api/patients/{}", theirs.patient), json!({ "is_active": false })).await.expect(404);
        let gone = patient(&clinic.admin, "Gone").await;
        clinic.admin.patch(&format!("/api/patients/{gone}"), json!({ "is_active": false })).await.expect(200);
        clinic.admin.post("/api/feeds", json!({ "patient_id": gone })).await.expect_code(409, "inactive");
    }

    /// Lists show one's own, everybody's to who manages users, and a person's to who books.
    async fn whose_feeds_are_listed(app: TestApp) {
        let clinic = Clinic::new(&app).await;
        let nurse = app.as_role(Role::Nurse).await;
        let (own, _) = feed(&clinic.leader.client, json!({ "practitioner_id": clinic.leader.practitioner })).await;
        let (sites, _) = feed(&nurse, json!({ "site_id": clinic.site })).await;
        let (persons, _) = feed(&clinic.leader.client, json!({ "patient_id": clinic.patient })).await;
        let ids = |answer: Answer| answer.expect(200).items().iter().map(|item| text(&item["id"])).collect::<Vec<_>>();
        assert_eq!(ids(clinic.leader.client.get("/api/feeds").await), std::slice::from_ref(&own));
        assert_eq!(ids(nurse.get("/api/feeds").await), std::slice::from_ref(&sites));
        assert_eq!(ids(clinic.admin.get("/api/feeds").await), [own.clone(), sites.clone(), persons.clone()]);
        assert_eq!(ids(clinic.leader.client.get(&format!("/api/feeds?patient_id={}", clinic.patient)).await), std::slice::from_ref(&persons));
        nurse.get(&format!("/api/feeds/{own}")).await.expect(404);
        nurse.get(&format!("/api/feeds/{persons}")).await.expect(404);
        nurse.delete(&format!("/api/feeds/{own}")).await.expect(404);
        clinic.admin.post(&format!("/api/feeds/{own}/rotate"), json!({})).await.expect_code(403, "not_yours");
        clinic.admin.delete(&format!("/api/feeds/{own}")).await.expect(200);
        assert_eq!(ids(clinic.admin.get("/api/feeds").await), [sites, persons], "what is revoked is not listed");
        clinic.leader.client.delete(&format!("/api/feeds/{own}")).await.expect_code(409, "feed_revoked");
        clinic.leader.client.post(&format!("/api/feeds/{own}/rotate"), json!({})).await.expect_code(409, "feed_revoked");
        feed(&clinic.leader.client, json!({ "practitioner_id": clinic.leader.practitioner })).await;
    }

    /// A new address ends the old one; in two tabs at once, the second is told.
    async fn an_address_is_changed_and_revoked(app: TestApp) {
        let clinic = Clinic::new(&app).await;
        let (id, first) = feed(&clinic.admin, json!({ "site_id": clinic.site })).await;
        let nobody = app.as_nobody();
        nobody.get(&first).await.expect(200);
        let rotated = clinic.admin.with_if_match(1).post(&format!("/api/feeds/{id}/rotate"), json!({})).await.expect(201);
        clinic.admin.with_if_match(1).post(&format!("/api/feeds/{id}/rotate"), json!({})).await.expect_code(412, "stale");
        let second = text(&rotated.data()["address"]);
        assert!(first != second && rotated.data()["feed"]["rotated_at"].is_string());
        nobody.get(&first).await.expect(410);
        nobody.get(&second).await.expect(200);
        clinic.admin.with_if_match(1).delete(&format!("/api/feeds/{id}")).await.expect_code(412, "stale");
        clinic.admin.delete(&format!("/api/feeds/{id}")).await.expect(200);
        nobody.get(&second).await.expect(410);
        let versions = clinic.admin.get(&format!("/api/feeds/{id}/history")).await.expect(200);
        assert_eq!(versions.items().len(), 3);
    }

    /// Addresses that were never given are not found, whatever they look like; too many tries are slowed down.
    async fn a_wrong_address_is_not_found(app: TestApp) {
        let nobody = app.as_nobody();
        let zeros = "0".repeat(43);
        for address in [format!("/ics/{zeros}.ics"), format!("/ics/{zeros}"), "/ics/.ics".to_owned(), "/ics/%00.ics".to_owned(), "/ics/%F0%9F%8C%B5.ics".to_owned(), format!("/ics/{}.ics", "x".repeat(5_000))] {
            nobody.get(&address).await.expect(404);
        }
        let mut answers = BTreeSet::new();
        for _ in 0..200 {
            answers.insert(nobody.get(&format!("/ics/{zeros}.ics")).await.status);
        }
        assert_eq!(answers, BTreeSet::from([404, 429]));
    }

    /// The secret of a feed is in one answer: in no table, no list and no replay.
    async fn an_address_is_shown_once(app: TestApp) {
        let clinic = Clinic::new(&app).await;
        let admin = clinic.admin.with_key("once");
        let made = admin.post("/api/feeds", json!({ "site_id": clinic.site })).await.expect(201);
        let secret = text(&made.data()["address"])[5..48].to_owned();
        admin.post("/api/feeds", json!({ "site_id": clinic.site })).await.expect_code(409, "already_done");
        let path = format!("/api/feeds/{}/rotate", text(&made.data()["feed"]["id"]));
        admin.post(&path, json!({})).await.expect(201);
        admin.post(&path, json!({})).await.expect_code(409, "already_done");
        assert_eq!((app.count_of("feed.created").await, app.count_of("feed.rotated").await), (1, 1));
        assert!(!admin.get("/api/feeds").await.expect(200).text.contains(&secret));
        app.seal().await;
        for (table, column) in [("idempotency_keys", "outcome"), ("events", "data"), ("audit_log", "entry"), ("record_versions", "record")] {
            let rows = app.rows(&format!("select {column} from {table} where organization_id = $1"), &[]).await;
            assert!(!rows.is_empty() && rows.iter().all(|row| !row.at::<String>(0).unwrap().contains(&secret)), "{table}");
        }
        let hashes = app.rows("select hash, feed_id from feed_addresses where organization = $1", &[]).await;
        assert!(hashes.len() == 2 && hashes.iter().all(|row| !row.at::<String>(0).unwrap().contains(&secret)));
    }

    /// A feed ends with what its owner may see, and with the person it is about.
    async fn a_feed_ends_with_its_owner(app: TestApp) {
        let clinic = Clinic::new(&app).await;
        let (admin, nobody) = (&clinic.admin, app.as_nobody());
        let leader = clinic.leader.client.user;
        let (_, own) = feed(&clinic.leader.client, json!({ "practitioner_id": clinic.leader.practitioner })).await;
        let (_, site) = feed(&clinic.leader.client, json!({ "site_id": clinic.site })).await;
        let (_, persons) = feed(&clinic.leader.client, json!({ "patient_id": clinic.patient })).await;
        let user = format!("/api/users/{leader}");
        for change in [json!({ "is_active": false }), json!({ "role": "auditor" })] {
            for address in [&own, &site, &persons] {
                nobody.get(address).await.expect(200);
            }
            admin.patch(&user, change).await.expect(200);
            nobody.get(&own).await.expect(404);
            nobody.get(&site).await.expect(404);
            nobody.get(&persons).await.expect(200);
            admin.patch(&user, json!({ "is_active": true, "role": "therapist" })).await.expect(200);
        }
        // Somebody else is that practitioner now; or nobody is.
        let profile = format!("/api/practitioners/{}", clinic.leader.practitioner);
        for change in [json!({ "user_id": null }), json!({ "user_id": leader, "is_active": false })] {
            admin.patch(&profile, change).await.expect(200);
            nobody.get(&own).await.expect(404);
            nobody.get(&site).await.expect(200);
        }
        admin.patch(&profile, json!({ "is_active": true })).await.expect(200);
        nobody.get(&own).await.expect(200);
        admin.patch(&format!("/api/patients/{}", clinic.patient), json!({ "is_active": false })).await.expect(200);
        nobody.get(&persons).await.expect(404);
    }

    /// Making, changing and ending a feed is in the audit log, and so is that it was read: once a minute at most.
    async fn feeds_are_audited(app: TestApp) {
        let clinic = Clinic::new(&app).await;
        let (id, address) = feed(&clinic.admin, json!({ "site_id": clinic.site })).await;
        let nobody = app.as_nobody();
        let shown = |answer: Answer| text(&answer.expect(200).data()["last_fetched_at"]);
        assert_eq!(shown(clinic.admin.get(&format!("/api/feeds/{id}")).await), "");
        for _ in 0..3 {
            nobody.get(&address).await.expect(200);
        }
        app.advance(SignedDuration::from_secs(59));
        nobody.get(&address).await.expect(200);
        assert_eq!(shown(clinic.admin.get(&format!("/api/feeds/{id}")).await), "2026-03-04T17:00:00Z");
        app.advance(SignedDuration::from_secs(1));
        nobody.get(&address).await.expect(200);
        clinic.admin.post(&format!("/api/feeds/{id}/rotate"), json!({})).await.expect(201);
        clinic.admin.delete(&format!("/api/feeds/{id}")).await.expect(200);
        app.seal_and_verify().await;
        let log = clinic.admin.get(&format!("/api/audit?subject={id}")).await.expect(200);
        let mut actions: Vec<String> = log.items().iter().map(|entry| text(&entry["action"])).collect();
        actions.sort();
        let read = actions.iter().filter(|action| action.contains("calendar_feed")).count();
        assert_eq!(read, 2, "{actions:?}");
        for action in ["feed.created", "feed.rotated", "feed.revoked"] {
            assert_eq!(actions.iter().filter(|known| *known == action).count(), 1, "{actions:?}");
        }
        let of_system = log.items().iter().find(|entry| text(&entry["action"]).contains("calendar_feed")).unwrap();
        assert_eq!((&of_system["actor"], &of_system["source"]), (&json!("system:calendar feed"), &json!("127.0.0.1")));
    }
}
