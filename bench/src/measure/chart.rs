//! A patient's chart: the first entries of a long one against those of a short one.

use app::notes::sha256;
use jiff::Timestamp;
use rules::chart::{ChartAttendance, ChartEntry, ChartNote, ChartPresence, ChartSession};
use rules::notes::NoteType;
use rules::sessions::SessionType;
use serde_json::json;
use store::Value;
use xtask::Outcome;
use xtask::postgres::Durability;

use super::load::waits;
use super::report::{Goal, Unit, others};
use super::{Bench, Wanted};
use crate::race::text;
use crate::seed;
use crate::stand::{Kind, Stand};

/// Entries of the long chart, and of the short one: one page of it.
const LONG: i64 = 1_000;
const SHORT: i64 = 10;

/// Copies of one entry; only the first would be current, as after as many reopenings.
const COPIES: &str = "insert into chart_entries (organization_id, id, patient_id, session_id, encounter_id, \
    participant_id, kind, local_date, starts_at, status, body, sha256, version, created_at, updated_at) \
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < cast($3 as bigint)) \
    select s.organization_id, 'chart_' || substr(s.id, 5, 19) || cast(1000000 + numbers.n as text), p.patient_id, s.id, \
    e.id, p.id, 'entry', s.local_date, s.starts_at, 'superseded', $4, $5, 1, s.created_at, s.created_at \
    from sessions s join session_participants p on p.organization_id = s.organization_id and p.session_id = s.id \
    join encounters e on e.organization_id = s.organization_id and e.session_id = s.id cross join numbers \
    where s.organization_id = $1 and s.id = $2";

impl Bench {
    /// Charts alone, on a database of their own.
    pub(super) async fn charts_of(&mut self, kind: Kind) -> Outcome {
        let mut stand = Stand::new(kind, Durability::Kept).await?;
        stand.serve()?;
        self.charts(&stand).await
    }

    /// The first ten entries of a chart of a thousand.
    pub(super) async fn charts(&mut self, stand: &Stand) -> Outcome {
        let people = seed::patients(stand, 60_000_000, 2).await?;
        fill(stand, &people[0], SHORT).await?;
        fill(stand, &people[1], LONG).await?;
        stand.sealed().await?;
        let (runs, times) = (self.size.runs, self.size.times);
        let mut client = stand.client()?;
        let path = |patient: &str| format!("/api/patients/{patient}/chart?limit={SHORT}");
        let busy = others().await;
        let beside = waits(&mut client, &path(&people[0]), runs, times).await?;
        let ours = waits(&mut client, &path(&people[1]), runs, times).await?;
        let work = format!("the first {SHORT} entries of a chart of {LONG}");
        let wanted = Wanted { work: &work, stand, unit: Unit::Milliseconds, goal: Goal::Slower(1.25), busy };
        self.add(wanted, ours, Some(("of a chart of 10", beside)));
        Ok(())
    }
}

/// Gives a patient so many entries of one session.
async fn fill(stand: &Stand, patient: &str, count: i64) -> Outcome {
    let mut client = stand.client()?;
    let new = json!({ "session_type": "individual", "patient_id": patient, "starts_at": "2026-03-02T09:00" });
    let session = client.post("/api/sessions", &new).await?.data(201)?;
    let id = text(&session["id"]);
    let people = client.get(&format!("/api/sessions/{id}/participants")).await?.data(200)?;
    let body = entry(patient, &id, &text(&people[0]["id"]))?;
    let failed = |error: store::Error| format!("no chart: {error}");
    let organization = stand.cx().await?.organization.id;
    let mut tx = stand.database().await?.write(Some(&organization.to_string())).await.map_err(failed)?;
    let hash = sha256(&body);
    let values = [Value::from(&organization), Value::Text(id), Value::Int(count), Value::Text(body), Value::Text(hash)];
    tx.run(COPIES, &values).await.map_err(failed)?;
    tx.commit().await.map_err(failed)
}

/// The text of an entry with one note, as long as notes are.
fn entry(patient: &str, session: &str, participant: &str) -> Outcome<String> {
    let wrong = |error: &dyn std::fmt::Display| format!("no entry: {error}");
    let at: Timestamp = "2026-03-02T16:00:00Z".parse().map_err(|error| wrong(&error))?;
    let note = ChartNote {
        note: rules::id::Id::from_uuid(Default::default()),
        version: 1,
        note_type: NoteType::IndividualNote,
        discipline: None,
        text: "Spoke of the week and of what helped. ".repeat(50),
        fields: vec![("Plan".to_owned(), "Keep the diary.".to_owned())],
        sha256: "0".repeat(64),
        signatures: Vec::new(),
        annotations: Vec::new(),
    };
    let entry = ChartEntry {
        patient: patient.parse().map_err(|error| wrong(&error))?,
        participant: participant.parse().map_err(|error| wrong(&error))?,
        appointment_number: "APT-BENCH-2026-10001".to_owned(),
        session: ChartSession {
            session: session.parse().map_err(|error| wrong(&error))?,
            session_number: "SES-BENCH-2026-10001".to_owned(),
            session_type: SessionType::Individual,
            group: None,
            title: "Individual session".to_owned(),
            description: String::new(),
            topic: String::new(),
            local_date: jiff::civil::date(2026, 3, 2),
            time_zone: "UTC".to_owned(),
            started_at: at,
            ended_at: at,
            service_type: String::new(),
            late_entry: false,
            is_part2: false,
        },
        attendance: ChartAttendance::Attended(ChartPresence {
            minutes: 60,
            number_of_participants: 1,
            participation_level: None,
            modality: None,
            group_note: None,
            notes: vec![note],
        }),
    };
    serde_json::to_string(&entry).map_err(|error| wrong(&error))
}
