//! What the OpenAPI document alone can't tell: values that rules beyond the schema accept. Grows with the routes.

use serde_json::{Value, json};

use super::{PASSWORD, Samples, Tenant, ZONE};
use crate::notes::scene::{Scene, someone};
use rules::permissions::Role;

type Make = fn(u32) -> Value;
type Body = fn(&Samples, u32) -> Value;

/// Fields whose text follows a rule, by name, wherever they stand.
pub const FIELDS: &[(&str, Make)] = &[
    ("email", |number| json!(format!("sample.{number}@clinic.example.org"))),
    ("password", |_| json!(PASSWORD)),
    ("zone", |_| json!(ZONE)),
    ("birth_date", |_| json!("1984-05-06")),
    ("mrn", |number| json!(format!("MRN-{number}"))),
];

/// Whole bodies, where which optional fields are needed depends on each other.
pub const BODIES: &[(&str, Body)] = &[
    ("POST /api/notes/{id}/return", |_, _| json!({ "comment": "Say more.", "password": PASSWORD })),
    (
        "PUT /api/practitioners/{id}/availability",
        |_, _| json!({ "blocks": [{ "weekday": "monday", "starts": "09:00", "ends": "17:00", "effective_until": "2020-01-06" }] }),
    ),
    (
        "POST /api/practitioners/{id}/time-off",
        |_, number| json!({ "kind": "vacation", "first_day": &day_after(number, "00:00")[..10] }),
    ),
    ("POST /api/groups/{id}/members", |samples, _| json!({ "patient_id": samples.id("pa") })),
    (
        "POST /api/sessions",
        |samples, number| json!({ "group_id": samples.id("grp"), "starts_at": day_after(number, "10:00") }),
    ),
    ("POST /api/sessions/conflicts", |_, number| json!({ "starts_at": day_after(number, "12:00") })),
    ("POST /api/sessions/cancel", |_, number| {
        let day = &day_after(number, "09:00")[..10];
        json!({ "date_from": day, "date_to": day, "reason": "The clinic is closed" })
    }),
    ("POST /api/sites/{id}/holidays", |_, _| json!({ "first_day": "2030-12-25", "name": "A sample" })),
    ("PATCH /api/sites/{id}/holidays/{holiday_id}", |_, number| json!({ "name": format!("Sample {number}") })),
    (
        "POST /api/consent-texts",
        |_, number| json!({ "kind": format!("kind_{number}"), "title": "A sample", "words": "I agree to the sample." }),
    ),
    ("PATCH /api/consent-texts/{id}", |_, _| json!({ "needed_by": "nobody" })),
    (
        "POST /api/disclosures",
        |samples, _| json!({ "patient_id": samples.id("pa"), "recipient_name": "A sample", "purpose": "patient_request", "basis": "patient_access", "description": "A sample" }),
    ),
    (
        "POST /api/break-glass",
        |samples, _| json!({ "patient_id": samples.id("pa"), "reason": "emergency", "detail": "A sample" }),
    ),
    ("POST /api/consents", |samples, _| {
        let signer = json!({ "capacity": "representative", "signer_name": "A sample", "signer_authority": "A sample" });
        let mut body = json!({ "patient_id": samples.id("pa"), "text_id": samples.id("ctxt") });
        body.as_object_mut().unwrap().extend(signer.as_object().unwrap().clone());
        body
    }),
    (
        "POST /api/kiosk/knock",
        |samples, _| json!({ "site_id": samples.id("site"), "code": "0000-0000", "birth_date": "1984-05-06" }),
    ),
    ("POST /api/kiosk/leave", |_, _| json!({ "visit": "none" })),
    ("POST /api/kiosk/arrive", |_, _| json!({ "visit": "none", "typed_name": "A sample" })),
    ("POST /api/templates", |_, number| json!({ "name": format!("Sample template {number}"), "copy_of": "general" })),
    (
        "POST /api/group-session-templates",
        |_, number| json!({ "title": format!("Sample of sessions {number}"), "duration_minutes": 90 }),
    ),
    (
        "PATCH /api/group-session-templates/{id}",
        |_, number| json!({ "title": format!("Changed of sessions {number}") }),
    ),
    ("PATCH /api/templates/{id}", |_, number| json!({ "name": format!("Changed template {number}") })),
    ("POST /api/feeds", |samples, _| json!({ "site_id": samples.id("site") })),
    ("POST /api/sessions/{id}/attendance", |_, _| json!({ "rest": "no_show" })),
    ("POST /api/sessions/{id}/add-patient", |samples, _| json!({ "guest_id": samples.id("gst") })),
    ("POST /api/groups/{id}/encounters", |_, number| json!({ "encounter_date": day_after(number, "14:00") })),
    // Only asked for what would be refused: whoever comes next needs the guest and the patient as they are.
    ("POST /api/guests/{id}/convert", |_, _| json!({})),
    ("POST /api/patients/{id}/merge", |samples, _| json!({ "from": samples.id("pa"), "reason": "A sample" })),
    ("POST /api/sessions/{id}/reopen", |_, _| json!({})),
    ("POST /api/sessions/{id}/void", |_, _| json!({})),
    // Who was made inactive is active again: else whoever comes next finds bookings that can't be taken back.
    ("PATCH /api/guests/{id}", |_, _| json!({ "is_active": true })),
    ("POST /api/keep-apart", |samples, _| {
        let other = if samples.has("kept_apart") { samples.id("kept_apart") } else { samples.id("gst") };
        json!({ "patient_id": samples.id("pa"), "other_guest_id": other, "kind": "other", "reason": "A sample" })
    }),
    ("POST /api/groups/{id}/members/batch", |samples, _| json!({ "members": [{ "patient_id": samples.id("pa") }] })),
];

/// A time on a day to come, another for each number, within what a series plans ahead.
fn day_after(number: u32, time: &str) -> String {
    let first = jiff::civil::date(2026, 3, 5);
    format!("{}T{time}", first.saturating_add(jiff::Span::new().days(i64::from(number % 1_000))))
}

/// Records that no single route makes: a signed note, and the chart entry it has left.
pub async fn before(tenant: &Tenant) -> Samples {
    let scene = Scene::new(tenant, 1).await;
    // So that a session shows what it has left in charts.
    let shown = json!({ "view_individual_group_sessions": true });
    scene.admin.patch("/api/settings", shown).await.expect(200);
    scene.all_attend().await;
    scene.end().await;
    let notes = scene.document([0]).await;
    let chart = scene.leader.client.get(&format!("/api/patients/{}/chart", scene.people[0].1)).await.expect(200);
    let entry = chart.items()[0]["id"].as_str().unwrap_or_default();
    // Somebody whom nobody else asks for: who is kept apart from them is still free to go everywhere.
    let apart = scene.admin.post("/api/guests", json!({ "display_name": "Out of the way" })).await.expect(201).id();
    let glass = broken(&scene).await;
    Samples::default().with("note", &notes[1]).with("chart", entry).with("kept_apart", &apart).with("glass", &glass)
}

/// A broken glass: while only the care team reads charts.
async fn broken(scene: &Scene<'_>) -> String {
    let settings = async |who| scene.admin.patch("/api/settings", json!({ "chart_access": who })).await.expect(200);
    settings("care_team").await;
    let colleague = someone(scene.tenant, &scene.admin, "Passing", Role::Therapist, &[]).await;
    let new =
        json!({ "patient_id": scene.people[0].1, "reason": "emergency", "detail": "A sample", "password": PASSWORD });
    let glass = colleague.client.post("/api/break-glass", new).await.expect(201).id();
    settings("all").await;
    glass
}
