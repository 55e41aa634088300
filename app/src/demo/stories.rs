//! What has happened at the demo's clinics.

use ::rules::{
    id::{GroupId, GuestId, PatientId, PractitionerId, SiteId},
    text::Reason,
};
use jiff::{SignedDuration, ToSpan as _, civil::Weekday, tz::TimeZone};
use serde_json::{Value, json};

use super::{cast, read};
use crate::{
    door::Cx,
    groups::actions as groups,
    people::actions::{guests, patients, places, practitioners},
    problem::Problem,
    roster::actions as roster,
    sessions::actions as sessions,
};

/// What the stories of a clinic stand on.
struct Clinic {
    site: SiteId,
    rooms: Vec<String>,
    staff: Vec<PractitionerId>,
    patients: Vec<PatientId>,
}

/// Northside: two rooms, forty patients, eight groups in every state of their seats.
pub async fn northside(cx: &Cx) -> Result<(), Problem> {
    let clinic = clinic(cx, "Main Street", &[("Garden room", 14), ("Room 2", 10)], cast::PATIENTS).await?;
    a_full_group_with_a_waitlist(cx, &clinic).await?;
    groups_with_free_seats(cx, &clinic).await?;
    groups_that_take_nobody(cx, &clinic).await?;
    family_evening(cx, &clinic).await
}

async fn a_full_group_with_a_waitlist(cx: &Cx, clinic: &Clinic) -> Result<(), Problem> {
    let fields = json!({
        "name": "Monday DBT skills", "type": "skills_training", "max_participants": 12, "min_participants": 4,
        "description": "Distress tolerance, emotion regulation and what to do at two in the morning.",
    });
    let skills = group(cx, clinic, 0, clinic.staff[0], fields).await?;
    let members = join(cx, skills, &clinic.patients[..15]).await?;
    let reason = Reason::parse("Moved to another city").ok();
    roster::remove(cx, skills, members[3], reason.as_ref()).await?;
    meetings(cx, skills, Weekday::Monday, 9).await
}

async fn groups_with_free_seats(cx: &Cx, clinic: &Clinic) -> Result<(), Problem> {
    let fields = json!({
        "name": "IOP morning process group", "type": "iop", "max_participants": 10, "is_part2": true,
        "description": "Intensive outpatient programme, three mornings a week.",
    });
    let iop = group(cx, clinic, 0, clinic.staff[1], fields).await?;
    join(cx, iop, &clinic.patients[12..19]).await?;
    meetings(cx, iop, Weekday::Wednesday, 10).await?;
    // Nobody leads it: whoever starts a session does. Fewer come than it needs.
    let drop_in =
        json!({ "name": "Saturday drop-in", "type": "education", "max_participants": 20, "min_participants": 5 });
    let drop_in = groups::create(cx, &read(drop_in)?).await?;
    join(cx, drop_in.group.id, &clinic.patients[..3]).await.map(drop)
}

async fn groups_that_take_nobody(cx: &Cx, clinic: &Clinic) -> Result<(), Problem> {
    let (all, staff) = (&clinic.patients, &clinic.staff);
    let fields =
        json!({ "name": "Living with grief", "type": "support", "max_participants": 8, "when_full": "reject" });
    let grief = group(cx, clinic, 1, staff[0], fields).await?;
    join(cx, grief, &all[20..28]).await?;
    meetings(cx, grief, Weekday::Thursday, 17).await?;

    let fields = json!({ "name": "Relapse prevention", "type": "psychoeducation", "max_participants": 8 });
    let over = group(cx, clinic, 1, staff[2], fields).await?;
    join(cx, over, &all[24..32]).await?;
    groups::change(cx, over, &read(json!({ "max_participants": 6 }))?).await?;

    let fields = json!({ "name": "Men’s trauma group", "type": "therapy", "max_participants": 7 });
    let closed = group(cx, clinic, 1, staff[1], fields).await?;
    join(cx, closed, &all[33..38]).await?;
    groups::change(cx, closed, &read(json!({ "enrollment_mode": "closed" }))?).await?;

    let fields = json!({ "name": "Autumn mindfulness", "type": "skills_training", "max_participants": 10 });
    let ended = group(cx, clinic, 0, staff[0], fields).await?;
    join(cx, ended, &all[5..11]).await?;
    groups::archive(cx, ended).await.map(drop)
}

/// A family group: a patient, and relatives who are none.
async fn family_evening(cx: &Cx, clinic: &Clinic) -> Result<(), Problem> {
    let family = group(
        cx,
        clinic,
        0,
        clinic.staff[2],
        json!({
            "name": "Family evening", "type": "family", "max_participants": 10,
            "description": "For families and those they worry about.",
        }),
    )
    .await?;
    join(cx, family, &clinic.patients[..2]).await?;
    for (name, phone) in [("Maria’s mother", "555-0117"), ("Pepe’s brother", "555-0142")] {
        let guest = json!({ "display_name": name, "contact": { "phone": phone } });
        let guest: GuestId = guests::add_guest(cx, &read(guest)?).await?.id;
        roster::add(cx, family, &read(json!({ "guest_id": guest }))?).await?;
    }
    meetings(cx, family, Weekday::Tuesday, 18).await
}

/// Harbor: small, elsewhere, and invisible to Northside.
pub async fn harbor(cx: &Cx) -> Result<(), Problem> {
    let clinic = clinic(cx, "Pier 4", &[("Harbor room", 8)], &cast::PATIENTS[30..36]).await?;
    let staff = json!({ "given_name": "Lena", "family_name": "Fjord", "credential": "LMFT" });
    let lena = practitioners::add_practitioner(cx, &read(staff)?).await?.id;
    let name = json!({ "name": "Evening support", "type": "support", "max_participants": 6 });
    let evening = group(cx, &clinic, 0, lena, name).await?;
    join(cx, evening, &clinic.patients).await?;
    meetings(cx, evening, Weekday::Wednesday, 19).await
}

async fn clinic(cx: &Cx, site: &str, rooms: &[(&str, u32)], people: &[cast::Person]) -> Result<Clinic, Problem> {
    let site = json!({ "name": site, "zone": cx.organization.zone, "address": "100 Example Street" });
    let site = places::add_site(cx, &read(site)?).await?.id;
    let mut made = Vec::new();
    for (name, seats) in rooms {
        let room = json!({ "site_id": site, "name": name, "seats": seats });
        made.push(places::add_room(cx, &read(room)?).await?.id.to_string());
    }
    let list = practitioners::list_practitioners(cx, &read(json!({}))?).await?;
    let staff: Vec<PractitionerId> = list.items.iter().map(|one| one.id).collect();
    let mut patients = Vec::new();
    for (at, (given, family, preferred, other, born)) in people.iter().enumerate() {
        let patient = json!({
            "given_name": given, "family_name": family, "preferred_name": preferred, "birth_date": born,
            "other_given_name": other.map(|name| name.0), "other_family_name": other.map(|name| name.1),
            "primary_therapist_id": staff.get(at % staff.len().max(1)),
        });
        patients.push(patients::add_patient(cx, &read(without_nulls(patient))?).await?.id);
    }
    Ok(Clinic { site, rooms: made, staff, patients })
}

fn without_nulls(mut fields: Value) -> Value {
    if let Some(fields) = fields.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    fields
}

async fn group(
    cx: &Cx,
    clinic: &Clinic,
    room: usize,
    leader: PractitionerId,
    mut fields: Value,
) -> Result<GroupId, Problem> {
    fields["site_id"] = json!(clinic.site);
    fields["room_id"] = json!(clinic.rooms[room]);
    fields["facilitator_id"] = json!(leader);
    fields["duration_minutes"] = json!(90);
    Ok(groups::create(cx, &read(fields)?).await?.group.id)
}

/// Adds people in order; who finds no seat waits.
async fn join(cx: &Cx, group: GroupId, people: &[PatientId]) -> Result<Vec<::rules::id::MemberId>, Problem> {
    let members: Vec<Value> = people.iter().map(|id| json!({ "patient_id": id })).collect();
    let added = roster::add_batch(cx, group, &read(json!({ "members": members }))?).await?;
    Ok(added.items.iter().map(|view| view.member.id).collect())
}

/// The next four weekly meetings of a group.
async fn meetings(cx: &Cx, group: GroupId, weekday: Weekday, hour: i8) -> Result<(), Problem> {
    let zone = TimeZone::get(&cx.organization.zone).unwrap_or(TimeZone::UTC);
    let soon = cx.now().checked_add(SignedDuration::from_hours(1)).unwrap_or(cx.now()).to_zoned(zone.clone());
    let first = soon.date().yesterday().and_then(|day| day.nth_weekday(1, weekday)).unwrap_or(soon.date());
    for week in 0..5_i64 {
        let day = first.checked_add(week.weeks()).unwrap_or(first);
        let Ok(start) = day.at(hour, 0, 0, 0).to_zoned(zone.clone()) else { continue };
        if start.timestamp() < soon.timestamp() {
            continue;
        }
        let starts_at = start.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        sessions::create(cx, &read(json!({ "group_id": group, "starts_at": starts_at }))?).await?;
    }
    Ok(())
}
