//! Roles of the organization's own: copied, changed, given, retired.

use rules::permissions::{Permission, Role};
use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, PageClient, Tenant, TestApp, on_both};

/// Adds a user with this role, named as a request names it.
async fn add(admin: &Client, tenant: &Tenant, role: &str) -> crate::harness::Answer {
    let email = format!("own.{}@{}.example.org", tenant.next_number(), tenant.organization.short_code.to_lowercase());
    let user = json!({ "email": email, "display_name": "Robin Own", "role": role, "password": PASSWORD });
    admin.post("/api/users", user).await
}

/// A user with this role, and a program that acts for them.
async fn holder(admin: &Client, app: &TestApp, role: &str) -> (app::identity::User, Client) {
    let made = add(admin, app, role).await.expect(201);
    let user: app::identity::User = serde_json::from_value(made.data().clone()).unwrap();
    let client = app.as_user(&user, None).await;
    (user, client)
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

on_both! {
    /// A role is copied, given and changed; who has it may do what it says from that moment on, and no more.
    async fn a_role_is_copied_and_changed(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let front = admin.post("/api/roles", json!({ "name": "Front desk", "role": "receptionist" })).await.expect(201);
        let of_receptionist: Vec<_> = Role::Receptionist.permissions().iter().map(Permission::as_str).collect();
        assert_eq!(words(&front.data()["permissions"]), of_receptionist, "what the built-in role grants, unless said");

        let (user, desk) = holder(&admin, &app, &front.id()).await;
        let me = desk.get("/api/me").await.expect(200);
        assert_eq!((&me.data()["role_name"], &me.data()["user"]["role"]), (&json!("Front desk"), &json!("receptionist")));
        assert_eq!(me.data()["user"]["role_id"], front.id());
        desk.post("/api/guests", json!({ "display_name": "Ann Lee" })).await.expect_code(403, "forbidden");

        let path = format!("/api/roles/{}", front.id());
        let wider = json!({ "permissions": ["group.create", "pm.group_definitions.view"] });
        let changed = admin.with_if_match(1).patch(&path, wider.clone()).await.expect(200);
        assert_eq!(words(&changed.data()["permissions"]), ["group.create", "group.read", "guest.manage"], "with what they imply");
        desk.post("/api/guests", json!({ "display_name": "Ann Lee" })).await.expect(201);
        desk.get("/api/patients").await.expect(403);
        admin.with_if_match(1).patch(&path, wider).await.expect(412);
        assert_eq!(admin.get(&format!("{path}/history")).await.expect(200).items().len(), 2);

        let listed = admin.get(&format!("/api/users?role={}", front.id())).await.expect(200);
        assert_eq!(listed.items().len(), 1);
        assert_eq!(admin.get("/api/users?role=receptionist").await.expect(200).items().len(), 0);
        assert_eq!(admin.get("/api/roles").await.expect(200).items().len(), Role::ALL.len() + 1);

        let retire = json!({ "is_active": false });
        admin.patch(&path, retire.clone()).await.expect_code(409, "role_in_use");
        let user_path = format!("/api/users/{}", user.id);
        let moved = admin.patch(&user_path, json!({ "role": "nurse" })).await.expect(200);
        assert_eq!((&moved.data()["role"], &moved.data()["role_id"]), (&json!("nurse"), &Value::Null));
        desk.get("/api/me").await.expect(401);
        admin.patch(&path, retire).await.expect(200);
        admin.patch(&user_path, json!({ "role": front.id() })).await.expect(422).expect_fields(&[("role", "inactive")]);
    }

    /// Names tell roles apart; a role of another organization is not there.
    async fn names_and_strangers(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let lead = admin.post("/api/roles", json!({ "name": "Lead", "role": "nurse" })).await.expect(201);
        let other = admin.post("/api/roles", json!({ "name": "Other 🌵", "role": "nurse" })).await.expect(201);
        for taken in ["LEAD", "Case manager", "Nurse"] {
            admin.post("/api/roles", json!({ "name": taken, "role": "nurse" })).await.expect_code(409, "name_taken");
        }
        let rename = json!({ "name": "lead" });
        admin.patch(&format!("/api/roles/{}", other.id()), rename.clone()).await.expect_code(409, "name_taken");
        admin.patch(&format!("/api/roles/{}", lead.id()), rename).await.expect(200);
        let bad = json!({ "name": " ", "role": "boss", "permissions": ["group.read", "group.fly"], "colour": 1 });
        let refused = admin.post("/api/roles", bad).await.expect(422);
        let fields: Vec<String> = refused.field_errors().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields.len(), 4, "{fields:?}");

        let stranger = app.other_organization().await;
        let their_admin = stranger.as_role(Role::Admin).await;
        their_admin.get(&format!("/api/roles/{}", lead.id())).await.expect(404);
        let path = format!("/api/roles/{}", lead.id());
        their_admin.patch(&path, json!({ "name": "Mine" })).await.expect(404);
        let refused = add(&their_admin, &stranger, &lead.id()).await.expect(422);
        assert_eq!(refused.field_errors()[0].0, "role");
        their_admin.post("/api/roles", json!({ "name": "Lead", "role": "nurse" })).await.expect(201);
        app.as_role(Role::Manager).await.post("/api/roles", json!({ "name": "x", "role": "nurse" })).await.expect(403);
    }

    /// Managing users is no way to more than one has: neither by a role, nor by a user, nor by a password.
    async fn nobody_gives_more_than_they_have(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let office = json!({ "name": "Office", "role": "receptionist",
            "permissions": ["user.manage", "group.read", "group.encounter.read", "patient.read", "participant.book",
                "participant.checkin", "participant.clear_finance"] });
        let office = admin.post("/api/roles", office).await.expect(201);
        let (user, clerk) = holder(&admin, &app, &office.id()).await;
        add(&clerk, &app, "receptionist").await.expect(201);
        add(&clerk, &app, &office.id()).await.expect(201);
        add(&clerk, &app, "admin").await.expect_code(403, "forbidden");
        add(&clerk, &app, "nurse").await.expect_code(403, "forbidden");

        let above = add(&admin, &app, "admin").await.expect(201).id();
        let takeover = json!({ "password": "another river at dusk" });
        clerk.patch(&format!("/api/users/{above}"), takeover).await.expect_code(403, "forbidden");
        let own = format!("/api/users/{}", user.id);
        clerk.patch(&own, json!({ "role": "superuser" })).await.expect_code(403, "forbidden");
        clerk.patch(&own, json!({ "flags": ["manage_templates"] })).await.expect_code(403, "forbidden");
        clerk.patch(&own, json!({ "display_name": "Robin Desk" })).await.expect(200);
        let path = format!("/api/roles/{}", office.id());
        clerk.patch(&path, json!({ "permissions": ["user.manage", "chart.read"] })).await.expect_code(403, "forbidden");
        clerk.post("/api/roles", json!({ "name": "Mine", "role": "therapist" })).await.expect_code(403, "forbidden");
    }

    /// A copy of the administrator's role is no administrator: the last one stays.
    async fn the_last_administrator_stays(app: TestApp) {
        let made = app.add_user(Role::Admin, &[]).await;
        let admin = app.as_user(&made, None).await;
        let copy = admin.post("/api/roles", json!({ "name": "Chief", "role": "admin" })).await.expect(201);
        let path = format!("/api/users/{}", made.id);
        admin.patch(&path, json!({ "role": copy.id() })).await.expect_code(409, "last_admin");
        holder(&admin, &app, &copy.id()).await;
        admin.patch(&path, json!({ "role": copy.id() })).await.expect_code(409, "last_admin");
        add(&admin, &app, "admin").await.expect(201);
        admin.patch(&path, json!({ "role": copy.id() })).await.expect(200);
    }

    /// The same on pages: a built-in role is looked at, copied, changed and given.
    async fn roles_on_pages(app: TestApp) {
        let browser = app.page_client(Role::Admin).await;
        browser.get("/settings/roles").await.expect(200).expect_text("Allied health");
        browser.get("/settings/roles/nurse").await.expect(200).expect_text("Copy and change").expect_text("Add people to groups and waitlists");
        browser.get("/settings/roles/pilot").await.expect(404);
        let fields = [("name", "Charge nurse"), ("role", "nurse"), ("permissions", "group.read"), ("permissions", "group.update")];
        let made = send(&browser, "/settings/roles/new?role=nurse", "/settings/roles", &fields).await;
        let list = browser.follow(&made).await;
        list.expect(200).expect_text("Charge nurse");
        let taken = send(&browser, "/settings/roles/new", "/settings/roles", &fields).await;
        taken.expect(409).expect_text("Another role has this name.");
        let admin = app.as_role(Role::Admin).await;
        let id = admin.get("/api/roles").await.expect(200).items().last().unwrap()["id"].as_str().unwrap().to_owned();
        let page = format!("/settings/roles/{id}");
        let change = [("name", "Charge nurse"), ("permissions", "group.read"), ("is_active", "true")];
        send(&browser, &page, &page, &change).await.expect(303);
        let role = admin.get(&format!("/api/roles/{id}")).await.expect(200);
        assert_eq!(words(&role.data()["permissions"]), ["group.read"]);
        let (user, _) = holder(&admin, &app, &id).await;
        let users = browser.get(&format!("/settings/users?role={id}")).await;
        users.expect(200).expect_text("Charge nurse").expect_text("Robin Own");
        browser.get(&format!("/settings/users/{}", user.id)).await.expect(200).expect_text("Charge nurse");
        let retire = [("name", "Charge nurse"), ("permissions", "group.read")];
        send(&browser, &page, &page, &retire).await.expect(409).expect_text("Somebody has this role.");
        app.page_client(Role::Manager).await.get("/settings/roles").await.expect(403);
    }
}

/// Sends a form that a page shows.
async fn send(browser: &PageClient, page: &str, to: &str, fields: &[(&str, &str)]) -> crate::harness::Page {
    let form = browser.get(page).await;
    let key = form.expect(200).hidden("idempotency_key");
    let version = form.html.contains("name=\"version\"").then(|| form.hidden("version"));
    let mut all = vec![("idempotency_key", key.as_str())];
    all.extend(version.as_deref().map(|version| ("version", version)));
    all.extend(fields);
    browser.post_form(to, &all).await
}
