//! Who knows of a pair, and what keeps silent.

use super::*;

on_both! {
    /// Who may know: managers and clinicians of every pair, who runs the system of their own, nobody else of any.
    async fn few_know_of_a_pair(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = four(&manager).await;
        let kept = keep_apart(&manager, &people.there, &people.apart).await;
        let path = format!("/api/keep-apart/{}", kept.id());
        let therapist = app.as_role(Role::Therapist).await;
        let seen = therapist.get(&path).await.expect(200);
        assert_eq!((&seen.data()["reason"], &seen.data()["name"]), (&json!("Ruling 77"), &json!("Pat Alder")));
        for role in [Role::Admin, Role::Superuser] {
            let client = app.as_role(role).await;
            assert!(client.get("/api/keep-apart?status=all").await.expect(200).items().is_empty(), "{role}");
            for answer in [client.get(&path).await, client.delete(&path).await, client.get(&format!("{path}/history")).await] {
                answer.expect_code(404, "not_found");
            }
            // Their own they manage; that there is another pair of the same two they do not learn.
            let own = keep_apart(&client, &people.apart, &people.there).await;
            assert_eq!(each(&client.get("/api/keep-apart").await.expect(200), "id"), [own.id()]);
            client.delete(&format!("/api/keep-apart/{}", own.id())).await.expect(200);
        }
        for role in [Role::Nurse, Role::RecordsAdmin, Role::CaseManager, Role::Receptionist, Role::Biller, Role::Auditor] {
            let client = app.as_role(role).await;
            for answer in [client.get("/api/keep-apart").await, client.get(&path).await, client.get(&format!("{path}/history")).await] {
                answer.expect_code(403, "forbidden");
            }
        }
        let other = app.other_organization().await.as_role(Role::Manager).await;
        other.get(&path).await.expect_code(404, "not_found");
        other.delete(&path).await.expect_code(404, "not_found");
        let again = json!({ "other_patient_id": people.there, "patient_id": people.apart, "kind": "other", "reason": "Again" });
        manager.post("/api/keep-apart", again).await.expect_code(409, "already_kept_apart");
        let strange = json!({ "patient_id": people.there, "other_patient_id": app.id_of_nothing::<rules::id::kind::Patient>(), "kind": "other", "reason": "X" });
        manager.post("/api/keep-apart", strange).await.expect_fields(&[("other_patient_id", "not_found")]);
    }

    /// Nothing that others read names a pair's people or its reason: not the events, not the audit log, not the record
    /// or the history of anybody, not a search.
    async fn nothing_else_speaks_of_a_pair(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = four(&manager).await;
        let group = group(&manager, json!({})).await;
        let stint = member(&manager, &group, &people.there).await;
        app.seal().await;
        let last = app.rows("select max(sequence) as last from audit_log where organization_id = $1", &[]).await[0].at::<i64>(0).unwrap();
        let kept = keep_apart(&manager, &people.there, &people.apart).await.id();
        manager.get(&format!("/api/keep-apart/{kept}")).await.expect(200);
        manager.get(&format!("/api/keep-apart?patient_id={}", people.there)).await.expect(200);
        manager.delete(&format!("/api/keep-apart/{kept}")).await.expect(200);
        app.seal().await;
        let secrets = [&*people.there, &people.apart, "Ruling", "protective", "Alder", "Birch"];
        let mut told = Vec::new();
        for row in app.rows("select data, subject from events where organization_id = $1 and name like 'keep_apart.%'", &[]).await {
            told.push(format!("{} {}", row.at::<String>(0).unwrap(), row.at::<String>(1).unwrap()));
        }
        assert_eq!(told.len(), 2);
        let admin = app.as_role(Role::Auditor).await;
        let log = admin.get("/api/audit?limit=200").await.expect(200);
        told.extend(log.items().iter().filter(|entry| entry["sequence"].as_i64().unwrap() > last).map(Value::to_string));
        assert!(told.len() >= 5, "{told:?}");
        for text in &told {
            assert!(secrets.iter().all(|secret| !text.contains(secret)), "{text}");
        }
        keep_apart(&manager, &people.there, &people.apart).await;
        let nurse = app.as_role(Role::Nurse).await;
        for path in [
            format!("/api/patients/{}", people.there),
            format!("/api/patients/{}/history", people.there),
            format!("/api/groups/{group}/members/{stint}/history"),
            format!("/api/groups/{group}/members"),
            "/api/patients?q=Alder".to_owned(),
        ] {
            let answer = nurse.get(&path).await.expect(200);
            assert!(!answer.text.contains("Ruling") && !answer.text.contains("apart") && !answer.text.contains(&people.apart), "{answer}");
        }
    }

    /// Ended once, from the version that was read; a click twice is one pair; the reason stays.
    async fn a_pair_is_ended_once(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = four(&manager).await;
        let new = json!({ "patient_id": people.there, "other_patient_id": people.apart, "kind": "relatives", "reason": "Cousins" });
        let click = manager.with_key("twice");
        let (first, second) = tokio::join!(click.post("/api/keep-apart", new.clone()), click.post("/api/keep-apart", new.clone()));
        assert_eq!(first.expect(201).id(), second.expect(201).id());
        let pair = manager.get("/api/keep-apart").await.expect(200).items()[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/keep-apart/{pair}");
        manager.with_if_match(7).delete(&path).await.expect_code(412, "stale");
        let ended = manager.with_if_match(1).delete(&path).await.expect(200);
        assert_eq!((&ended.data()["in_force"], &ended.data()["reason"]), (&json!(false), &json!("Cousins")));
        manager.with_if_match(1).delete(&path).await.expect_code(412, "stale");
        manager.delete(&path).await.expect_code(409, "invalid_transition");
        assert_eq!(each(&manager.get(&format!("{path}/history")).await.expect(200), "version"), [2, 1]);
        assert!(manager.get("/api/keep-apart").await.expect(200).items().is_empty());
        assert_eq!(manager.get("/api/keep-apart?status=ended").await.expect(200).items().len(), 1);
        manager.post("/api/keep-apart", json!({ "kind": "other", "reason": "X", "ends_on": "2026-03-03" })).await
            .expect_fields(&[("patient_id", "one_person"), ("other_patient_id", "one_person")]);
        manager.post("/api/keep-apart", json!({ "patient_id": people.free, "other_patient_id": people.free, "kind": "other", "reason": "X", "ends_on": "2026-03-03" })).await
            .expect_fields(&[("other_patient_id", "same_person"), ("ends_on", "out_of_range")]);
        manager.post("/api/keep-apart", new).await.expect(201);
        app.seal_and_verify().await;
    }
}
