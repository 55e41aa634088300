//! How the demo's clinics came to be: places, people, groups and their rosters.

use ::rules::{
    id::{GroupId, GuestId, PatientId, PractitionerId, SiteId},
    text::Reason,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::{
    cast, consents,
    days::{self, Groups},
    read,
    staff::Staff,
};
use crate::{
    door::Cx,
    groups::actions as groups,
    people::actions::{guests, patients, places, practitioners},
    problem::Problem,
    roster::actions as roster,
    schedule::actions as schedule,
};

/// What the stories of a clinic stand on.
struct Clinic {
    site: SiteId,
    rooms: Vec<String>,
    patients: Vec<PatientId>,
    /// The groups that have not met yet begin to.
    tomorrow: Timestamp,
}

/// Northside: two rooms, forty patients, groups in every state of their seats, sessions in every state of their day.
pub async fn northside(cx: &Cx, staff: &Staff, present: Timestamp) -> Result<(), Problem> {
    let rooms = [("Garden room", 14), ("Room 2", 10)];
    let mut clinic = clinic(cx, "Main Street", &rooms, cast::PATIENTS, &staff.practitioners()).await?;
    clinic.tomorrow = present.checked_add(SignedDuration::from_hours(24)).unwrap_or(present);
    let groups = Groups {
        skills: a_full_group_with_a_waitlist(cx, &clinic, staff).await?,
        iop: a_programme_with_free_seats(cx, &clinic, staff).await?,
        grief: a_group_that_refuses_more(cx, &clinic, staff).await?,
        relapse: a_group_over_capacity(cx, &clinic, staff).await?,
        trauma: a_closed_group(cx, &clinic, staff).await?,
        family: family_evening(cx, &clinic, staff).await?,
        drop_in: a_drop_in(cx, &clinic).await?,
        patients: clinic.patients.clone(),
        site: clinic.site,
    };
    a_group_that_has_ended(cx, &clinic, staff).await?;
    days::past(cx, staff, &groups, present).await?;
    days::today(cx, staff, &groups, present).await?;
    consents::given(cx, &groups.patients).await?;
    a_group_that_offers(cx, &clinic, staff).await?;
    a_group_that_promotes_by_hand(cx, &clinic, staff).await
}

/// Somebody has left just now: the first who waits has an offer, one before them was not eligible.
async fn a_group_that_offers(cx: &Cx, clinic: &Clinic, staff: &Staff) -> Result<(), Problem> {
    let fields = json!({
        "name": "Evening anxiety skills", "type": "skills_training", "max_participants": 6, "promotion": "offer",
        "offer_hold_hours": 48, "description": "What to do when the heart races, after work.",
    });
    let offering = group(cx, clinic, 1, staff.practitioner("Mei Tanaka")?, fields).await?;
    let members = join(cx, offering, &clinic.patients[26..35]).await?;
    let inactive = guests::add_guest(cx, &read(json!({ "display_name": "A neighbour" }))?).await?.id;
    let waits = roster::add(cx, offering, &read(json!({ "guest_id": inactive }))?).await?.member.id;
    roster::move_to(cx, offering, waits, &read(json!({ "position": 1, "reason": "Asked first, by telephone" }))?)
        .await?;
    guests::remove_guest(cx, inactive).await?;
    weekly(cx, offering, clinic.tomorrow, ("TU", "18:00")).await?;
    let reason = Reason::parse("Works evenings from now on").ok();
    roster::remove(cx, offering, members[1], reason.as_ref()).await.map(drop)
}

/// A seat is free, and three wait until somebody decides.
async fn a_group_that_promotes_by_hand(cx: &Cx, clinic: &Clinic, staff: &Staff) -> Result<(), Problem> {
    let fields = json!({ "name": "Art and mood", "type": "therapy", "max_participants": 5, "promotion": "manual" });
    let by_hand = group(cx, clinic, 0, staff.practitioner("Ines Carvalho")?, fields).await?;
    let members = join(cx, by_hand, &clinic.patients[6..14]).await?;
    weekly(cx, by_hand, clinic.tomorrow, ("TH", "14:00")).await?;
    roster::remove(cx, by_hand, members[0], None).await.map(drop)
}

async fn a_full_group_with_a_waitlist(cx: &Cx, clinic: &Clinic, staff: &Staff) -> Result<GroupId, Problem> {
    let fields = json!({
        "name": "Monday DBT skills", "type": "skills_training", "max_participants": 12, "min_participants": 4,
        "description": "Distress tolerance, emotion regulation and what to do at two in the morning.",
    });
    let skills = group(cx, clinic, 0, staff.practitioner("Dana Whitfield")?, fields).await?;
    let members = join(cx, skills, &clinic.patients[..15]).await?;
    let reason = Reason::parse("Moved to another city").ok();
    roster::remove(cx, skills, members[3], reason.as_ref()).await?;
    weekly(cx, skills, cx.now(), ("MO", "09:00")).await
}

async fn a_programme_with_free_seats(cx: &Cx, clinic: &Clinic, staff: &Staff) -> Result<GroupId, Problem> {
    let fields = json!({
        "name": "IOP morning process group", "type": "iop", "max_participants": 10, "is_part2": true,
        "description": "Intensive outpatient programme, three mornings a week.",
    });
    let iop = group(cx, clinic, 0, staff.practitioner("Jonah Pike")?, fields).await?;
    join(cx, iop, &clinic.patients[12..19]).await?;
    weekly(cx, iop, cx.now(), ("MO,WE,FR", "11:00")).await
}

/// Nobody leads it: whoever starts a session does. Fewer come than it needs.
async fn a_drop_in(cx: &Cx, clinic: &Clinic) -> Result<GroupId, Problem> {
    let fields = json!({
        "name": "Saturday drop-in", "type": "education", "max_participants": 20, "min_participants": 5,
        "site_id": clinic.site,
    });
    let drop_in = groups::create(cx, &read(fields)?).await?.group.id;
    join(cx, drop_in, &clinic.patients[..3]).await?;
    weekly(cx, drop_in, clinic.tomorrow, ("SA", "10:00")).await
}

async fn a_group_that_refuses_more(cx: &Cx, clinic: &Clinic, staff: &Staff) -> Result<GroupId, Problem> {
    let fields =
        json!({ "name": "Living with grief", "type": "support", "max_participants": 8, "when_full": "reject" });
    let grief = group(cx, clinic, 1, staff.practitioner("Dana Whitfield")?, fields).await?;
    join(cx, grief, &clinic.patients[20..28]).await?;
    weekly(cx, grief, cx.now(), ("TH", "17:00")).await
}

async fn a_group_over_capacity(cx: &Cx, clinic: &Clinic, staff: &Staff) -> Result<GroupId, Problem> {
    let fields = json!({ "name": "Relapse prevention", "type": "psychoeducation", "max_participants": 8 });
    let over = group(cx, clinic, 1, staff.practitioner("Mei Tanaka")?, fields).await?;
    join(cx, over, &clinic.patients[24..32]).await?;
    groups::change(cx, over, &read(json!({ "max_participants": 6 }))?).await?;
    weekly(cx, over, clinic.tomorrow, ("FR", "13:30")).await
}

async fn a_closed_group(cx: &Cx, clinic: &Clinic, staff: &Staff) -> Result<GroupId, Problem> {
    let fields = json!({ "name": "Men’s trauma group", "type": "therapy", "max_participants": 7 });
    let closed = group(cx, clinic, 1, staff.practitioner("Jonah Pike")?, fields).await?;
    join(cx, closed, &clinic.patients[33..38]).await?;
    groups::change(cx, closed, &read(json!({ "enrollment_mode": "closed" }))?).await?;
    weekly(cx, closed, clinic.tomorrow, ("WE", "15:00")).await
}

async fn a_group_that_has_ended(cx: &Cx, clinic: &Clinic, staff: &Staff) -> Result<(), Problem> {
    let fields = json!({ "name": "Autumn mindfulness", "type": "skills_training", "max_participants": 10 });
    let ended = group(cx, clinic, 0, staff.practitioner("Ines Carvalho")?, fields).await?;
    join(cx, ended, &clinic.patients[5..11]).await?;
    groups::archive(cx, ended).await.map(drop)
}

/// A family group: a patient, and relatives who are none.
async fn family_evening(cx: &Cx, clinic: &Clinic, staff: &Staff) -> Result<GroupId, Problem> {
    let fields = json!({
        "name": "Family evening", "type": "family", "max_participants": 10,
        "description": "For families and those they worry about.",
    });
    let family = group(cx, clinic, 0, staff.practitioner("Mei Tanaka")?, fields).await?;
    join(cx, family, &clinic.patients[..2]).await?;
    for (name, phone) in [("Maria’s mother", "555-0117"), ("Pepe’s brother", "555-0142")] {
        let guest = json!({ "display_name": name, "contact": { "phone": phone } });
        let guest: GuestId = guests::add_guest(cx, &read(guest)?).await?.id;
        roster::add(cx, family, &read(json!({ "guest_id": guest }))?).await?;
    }
    weekly(cx, family, clinic.tomorrow, ("TU", "18:00")).await
}

/// Harbor: small, elsewhere, and invisible to Northside.
pub async fn harbor(cx: &Cx) -> Result<(), Problem> {
    let staff = json!({ "given_name": "Lena", "family_name": "Fjord", "credential": "LMFT" });
    let lena = practitioners::add_practitioner(cx, &read(staff)?).await?.id;
    let clinic = clinic(cx, "Pier 4", &[("Harbor room", 8)], &cast::PATIENTS[30..36], &[lena]).await?;
    let name = json!({ "name": "Evening support", "type": "support", "max_participants": 6 });
    let evening = group(cx, &clinic, 0, lena, name).await?;
    join(cx, evening, &clinic.patients).await?;
    weekly(cx, evening, cx.now(), ("WE", "19:00")).await.map(drop)
}

async fn clinic(
    cx: &Cx,
    site: &str,
    rooms: &[(&str, u32)],
    people: &[cast::Person],
    staff: &[PractitionerId],
) -> Result<Clinic, Problem> {
    let site = json!({ "name": site, "zone": cx.organization.zone, "address": "100 Example Street" });
    let site = places::add_site(cx, &read(site)?).await?.id;
    let mut made = Vec::new();
    for (name, seats) in rooms {
        let room = json!({ "site_id": site, "name": name, "seats": seats });
        made.push(places::add_room(cx, &read(room)?).await?.id.to_string());
    }
    let mut patients = Vec::new();
    for (at, (given, family, preferred, other, born)) in people.iter().enumerate() {
        let patient = json!({
            "given_name": given, "family_name": family, "preferred_name": preferred, "birth_date": born,
            "other_given_name": other.map(|name| name.0), "other_family_name": other.map(|name| name.1),
            "primary_therapist_id": staff.get(at % staff.len().max(1)),
        });
        patients.push(patients::add_patient(cx, &read(without_nulls(patient))?).await?.id);
    }
    Ok(Clinic { site, rooms: made, patients, tomorrow: cx.now() })
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

/// The group meets on these days of the week from this day on.
async fn weekly(cx: &Cx, group: GroupId, since: Timestamp, (days, time): (&str, &str)) -> Result<GroupId, Problem> {
    let zone = TimeZone::get(&cx.organization.zone).unwrap_or(TimeZone::UTC);
    let first = since.to_zoned(zone).date();
    let rule = json!({ "start": format!("{first}T{time}"), "rrule": format!("FREQ=WEEKLY;BYDAY={days}") });
    schedule::set(cx, group, &read(rule)?, schedule::Setting::default()).await?;
    Ok(group)
}
