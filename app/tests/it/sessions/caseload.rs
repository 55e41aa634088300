//! Who leads the sessions of a group: its facilitator, the therapists of those who are booked, or who starts them.

use super::*;

/// Who leads a session, in order, and as what.
async fn led_by(admin: &Client, session: &str) -> Vec<(String, String)> {
    let shown = admin.get(&format!("/api/sessions/{session}")).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let leaders = shown.data()["leaders"].as_array().unwrap().clone();
    leaders.iter().map(|leader| (text(&leader["practitioner_id"]), text(&leader["role"]))).collect()
}

/// A patient of this therapist.
async fn patient_of(admin: &Client, family: &str, therapist: &str) -> String {
    let id = patient(admin, family).await;
    admin.patch(&format!("/api/patients/{id}"), json!({ "primary_therapist_id": therapist })).await.expect(200);
    id
}

fn roles(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(id, role)| ((*id).to_owned(), (*role).to_owned())).collect()
}

on_both! {
    /// In a caseload group, the primary therapists of those who are booked lead each session with the facilitator: who
    /// comes brings theirs, and with the last of a therapist's patients that therapist goes.
    async fn therapists_lead_where_their_patients_are(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let [vale, kim, okafor] = ["Vale", "Kim", "Okafor"].map(|name| practitioner(&admin, name));
        let (vale, kim, okafor) = (vale.await, kim.await, okafor.await);
        let group = group(&admin, json!({ "leader_rule": "caseload", "facilitator_id": vale })).await;
        let of_kim = [patient_of(&admin, "Alder", &kim).await, patient_of(&admin, "Birch", &kim).await];
        member(&admin, &group, &of_kim[0]).await;
        let second = member(&admin, &group, &of_kim[1]).await;
        let (first, later) = (session(&admin, &group, "2026-03-05T09:00").await, session(&admin, &group, "2026-03-12T09:00").await);
        assert_eq!(led_by(&admin, &first).await, roles(&[(&vale, "primary"), (&kim, "co")]));
        member(&admin, &group, &patient_of(&admin, "Cedar", &okafor).await).await;
        for id in [&first, &later] {
            assert_eq!(led_by(&admin, id).await.iter().map(|(id, _)| id.clone()).collect::<BTreeSet<_>>(), BTreeSet::from([vale.clone(), kim.clone(), okafor.clone()]));
        }

        // One of two patients leaves the group, the other this one session.
        admin.delete(&format!("/api/groups/{group}/members/{second}?reason=Moved")).await.expect(200);
        assert!(led_by(&admin, &first).await.contains(&(kim.clone(), "co".to_owned())), "one of theirs is still there");
        let booked = participants(&admin, &first).await;
        let own = booked.items().iter().find(|one| one["patient_id"] == of_kim[0].as_str()).unwrap()["id"].clone();
        let path = format!("/api/sessions/{first}/participants/{}/cancel", own.as_str().unwrap());
        admin.post(&path, json!({ "reason": "Ill" })).await.expect(200);
        assert_eq!(led_by(&admin, &first).await, roles(&[(&vale, "primary"), (&okafor, "co")]));
        assert!(led_by(&admin, &later).await.contains(&(kim.clone(), "co".to_owned())));
    }

    /// Made on the page without a facilitator, a group is led by who starts its sessions; by the facilitator once one is
    /// named there, and by the therapists when that is chosen.
    async fn who_leads_is_chosen_on_the_page(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (vale, kim) = (practitioner(&admin, "Vale").await, practitioner(&admin, "Kim").await);
        let browser = app.page_client(Role::Manager).await;
        let new = browser.get("/groups/new").await;
        new.expect(200).expect_text("Its sessions are led by").expect_text("value=\"fixed\" checked");
        let common = [("name", "Skills"), ("type", "therapy"), ("max_participants", "8"), ("duration_minutes", "60")];
        let made = browser.post_form("/groups/new", &[&common[..], &[("leader_rule", "fixed")]].concat()).await;
        let page = made.expect(303).location().to_owned();
        let group = page.trim_start_matches("/groups/").to_owned();
        let rule = async || admin.get(&format!("/api/groups/{group}")).await.data()["leader_rule"].clone();
        assert_eq!(rule().await, "starter");
        let of_kim = patient_of(&admin, "Alder", &kim).await;
        member(&admin, &group, &of_kim).await;
        let id = session(&admin, &group, "2026-03-05T09:00").await;
        assert_eq!(led_by(&admin, &id).await, []);

        let edit = format!("{page}/edit");
        let save = async |more: &[(&str, &str)]| {
            let form = browser.get(&edit).await;
            let version = form.expect(200).hidden("version");
            let rest = [("description", ""), ("version", &*version)];
            browser.post_form(&edit, &[&common[..], &rest, more].concat()).await.expect(303);
            form
        };
        // The form does not insist on what only followed from there being nobody.
        let form = save(&[("facilitator_id", &vale), ("leader_rule", "fixed")]).await;
        form.expect_text("value=\"fixed\" checked");
        assert_eq!(rule().await, "fixed");
        let next = session(&admin, &group, "2026-03-12T09:00").await;
        assert_eq!(led_by(&admin, &next).await, roles(&[(&vale, "primary")]));
        save(&[("facilitator_id", &vale), ("leader_rule", "caseload")]).await;
        let third = session(&admin, &group, "2026-03-19T09:00").await;
        assert_eq!(led_by(&admin, &third).await, roles(&[(&vale, "primary"), (&kim, "co")]));

        // Over the API nothing has to be said of it either.
        save(&[("leader_rule", "fixed"), ("facilitator_id", "")]).await;
        assert_eq!(rule().await, "starter");
        admin.patch(&format!("/api/groups/{group}"), json!({ "facilitator_id": kim })).await.expect(200);
        assert_eq!(rule().await, "fixed");
        admin.patch(&format!("/api/groups/{group}"), json!({ "leader_rule": "starter" })).await.expect(200);
        admin.patch(&format!("/api/groups/{group}"), json!({ "facilitator_id": vale })).await.expect(200);
        assert_eq!(rule().await, "starter", "chosen beside a facilitator, it stays");
    }
}
