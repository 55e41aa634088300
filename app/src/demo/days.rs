//! What happened at Northside in the last two weeks, and what is going on right now.

use ::rules::id::{EncounterId, GroupId, PatientId, SessionId, SiteId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{read, staff::Staff, words};
use crate::{
    door::Cx,
    notes::actions as notes,
    problem::Problem,
    sessions::{actions as sessions, answers::SessionView},
};

/// The groups of the stories.
pub struct Groups {
    pub skills: GroupId,
    pub iop: GroupId,
    pub grief: GroupId,
    pub relapse: GroupId,
    pub trauma: GroupId,
    pub family: GroupId,
    pub drop_in: GroupId,
    pub patients: Vec<PatientId>,
    pub site: SiteId,
}

/// How far the record of a session that was held has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Record {
    /// Nobody has written anything yet.
    Open,
    /// Begun, and waiting for its author.
    Draft,
    /// Signed.
    Signed,
    /// Signed, and reviewed where that is asked for.
    Reviewed,
    /// Sent back by the reviewer.
    Returned,
}

const DANA: &str = "Dana Whitfield";
const JONAH: &str = "Jonah Pike";
const REVIEWER: &str = "Amara Okafor";

/// Every session of the past that was not cancelled was held; how its record stands depends on how long ago it was.
pub async fn past(cx: &Cx, staff: &Staff, groups: &Groups, present: Timestamp) -> Result<(), Problem> {
    let led = [(groups.skills, DANA), (groups.iop, JONAH), (groups.grief, DANA)];
    let mut held: Vec<(SessionView, &str)> = Vec::new();
    for (group, leader) in led {
        held.extend(sessions_of(cx, group, present).await?.into_iter().map(|session| (session, leader)));
    }
    held.sort_by_key(|(session, _)| instant(&session.starts_at));
    let count = held.len();
    for (at, (session, leader)) in held.into_iter().enumerate() {
        let record = match (count - at, leader) {
            (1, _) => Record::Draft,
            (2 | 3, JONAH) => Record::Signed,
            (4 | 5, JONAH) => Record::Returned,
            _ => Record::Reviewed,
        };
        if at == 2 {
            let reason = json!({ "reason": format!("{leader} is ill.") });
            sessions::cancel(cx, session.id, &read(reason)?).await?;
        } else {
            hold(cx, staff, &session, leader, record, at).await?;
        }
    }
    individual(cx, staff, groups, present).await
}

/// The sessions of a group that are over, with an hour's distance from the present.
async fn sessions_of(cx: &Cx, group: GroupId, present: Timestamp) -> Result<Vec<SessionView>, Problem> {
    let list = sessions::list(cx, &read(json!({ "group_id": group, "limit": "50" }))?).await?;
    let over = present.checked_sub(SignedDuration::from_hours(1)).unwrap_or(present);
    Ok(list.items.into_iter().filter(|session| instant(&session.ends_at) < over).collect())
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The clock goes on to this instant; it never goes back.
fn go_on_to(cx: &Cx, then: Timestamp) {
    let ahead = then.duration_since(cx.now());
    if ahead.is_positive() {
        cx.app.clock.advance(ahead);
    }
}

/// A session takes place: somebody starts it, marks everybody, ends it and writes.
async fn hold(
    cx: &Cx,
    staff: &Staff,
    session: &SessionView,
    leader: &str,
    record: Record,
    number: usize,
) -> Result<(), Problem> {
    go_on_to(cx, instant(&session.starts_at));
    clear(cx, session.id, usize::MAX).await?;
    let me = staff.acting(cx, leader)?;
    let encounter = begin(&me, session).await?;
    mark(&me, session.id, number).await?;
    go_on_to(cx, instant(&session.ends_at));
    sessions::end(&me, session.id, &read(json!({ "actual_end": session.ends_at }))?).await?;
    go_on_to(cx, cx.now().checked_add(SignedDuration::from_mins(20)).unwrap_or(cx.now()));
    document(cx, staff, encounter, leader, record, number).await
}

/// The front desk has seen the clearance and the consent of so many people.
async fn clear(cx: &Cx, session: SessionId, count: usize) -> Result<(), Problem> {
    for one in sessions::participants(cx, session).await?.iter().take(count) {
        let seen = json!({ "finance_cleared": one.patient_id.is_some(), "consent_verified": true });
        sessions::change_participant(cx, (session, one.id), &read(seen)?).await?;
    }
    Ok(())
}

async fn begin(me: &Cx, session: &SessionView) -> Result<EncounterId, Problem> {
    let started = sessions::start(me, session.id, &read(json!({ "actual_start": session.starts_at }))?).await?;
    started.encounter_id.ok_or_else(|| Problem::not_found("encounter"))
}

/// Most people come; one forgot, and in every third session one has called in ill.
async fn mark(me: &Cx, session: SessionId, number: usize) -> Result<(), Problem> {
    let people = sessions::participants(me, session).await?;
    let mut items = Vec::new();
    for (at, one) in people.iter().enumerate() {
        let mark = match (at + number) % 9 {
            4 => json!({ "status": "no_show", "no_show_reason": "forgot" }),
            7 if number.is_multiple_of(3) => {
                json!({ "status": "no_show", "no_show_reason": "illness", "excused": true })
            }
            _ => json!({ "status": "attended" }),
        };
        let mut mark = mark;
        mark["participant_id"] = json!(one.id);
        items.push(mark);
    }
    all_marked(sessions::mark_many(me, session, &read(json!({ "items": items }))?).await?)
}

fn all_marked(done: sessions::AttendanceView) -> Result<(), Problem> {
    match done.errors.first() {
        Some(error) => Err(Problem::internal(&format!("the story marks nobody: {}", error.message))),
        None => Ok(()),
    }
}

/// Brings the record of a session as far as it has come.
async fn document(
    cx: &Cx,
    staff: &Staff,
    encounter: EncounterId,
    leader: &str,
    record: Record,
    number: usize,
) -> Result<(), Problem> {
    if record == Record::Open {
        return Ok(());
    }
    let me = staff.acting(cx, leader)?;
    let begun = notes::begin_all(&me, encounter).await?.note_ids;
    for (at, note) in begun.iter().enumerate() {
        let is_group_note = notes::show(&me, *note).await?.participant_id.is_none();
        let fields = if is_group_note { words::group_note(number) } else { words::individual_note(number, at) };
        notes::change(&me, *note, &read(json!({ "fields": fields }))?, false).await?;
    }
    if record == Record::Draft {
        return Ok(());
    }
    let signed = notes::sign_all(&me, encounter, &read(json!({}))?).await?;
    if let Some(left) = signed.left.first() {
        return Err(Problem::internal(&format!("the story's note is not ready: {}", left.message)));
    }
    let Some(first) = begun.first().filter(|_| leader == JONAH) else { return Ok(()) };
    let reviewer = staff.acting(cx, REVIEWER)?;
    match record {
        Record::Reviewed => notes::review(&reviewer, *first, &read(json!({}))?).await.map(drop),
        Record::Returned => {
            let comment = json!({ "comment": "Please say which goal of the plan was worked on." });
            notes::return_note(&reviewer, *first, &read(comment)?).await.map(drop)
        }
        Record::Open | Record::Draft | Record::Signed => Ok(()),
    }
}

/// An individual session of the day before yesterday.
async fn individual(cx: &Cx, staff: &Staff, groups: &Groups, present: Timestamp) -> Result<(), Problem> {
    let starts_at = present.checked_sub(SignedDuration::from_hours(46)).unwrap_or(present);
    let made = one_to_one(cx, staff, groups, starts_at).await?;
    clear(cx, made.id, 1).await?;
    go_on_to(cx, starts_at.checked_add(SignedDuration::from_hours(30)).unwrap_or(starts_at));
    let me = staff.acting(cx, DANA)?;
    let reason = json!({ "reason": "Written up after the home visit.", "actual_start": made.starts_at });
    let started = sessions::start(&me, made.id, &read(reason)?).await?;
    all_marked(sessions::mark_many(&me, made.id, &read(json!({ "rest": "attended" }))?).await?)?;
    sessions::end(&me, made.id, &read(json!({ "actual_end": made.ends_at }))?).await?;
    let encounter = started.encounter_id.ok_or_else(|| Problem::not_found("encounter"))?;
    document(cx, staff, encounter, DANA, Record::Signed, 30).await
}

async fn one_to_one(cx: &Cx, staff: &Staff, groups: &Groups, starts_at: Timestamp) -> Result<SessionView, Problem> {
    let fields = json!({
        "session_type": "individual", "patient_id": groups.patients[0], "site_id": groups.site,
        "starts_at": on_the_fives(starts_at), "duration_minutes": 50, "title": "Individual therapy",
        "leaders": [{ "practitioner_id": staff.practitioner(DANA)? }],
        "override_conflict": true, "reason": "The only hour that suited both.",
    });
    sessions::create(cx, &read(fields)?).await
}

/// A time that a person would choose.
fn on_the_fives(time: Timestamp) -> String {
    let second = time.as_second();
    Timestamp::from_second(second - second.rem_euclid(300)).unwrap_or(time).to_string()
}

/// Today: one session is over, one is going on, one should have begun, two are to come, one does not take place.
pub async fn today(cx: &Cx, staff: &Staff, groups: &Groups, present: Timestamp) -> Result<(), Problem> {
    let at = |minutes: i64| present.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(present);
    let over = single(cx, staff, groups.relapse, JONAH, at(-200), "Warning signs").await?;
    let running = single(cx, staff, groups.grief, DANA, at(-35), "Anniversaries").await?;
    single(cx, staff, groups.trauma, JONAH, at(-20), "Safe places").await?;
    let soon = single(cx, staff, groups.family, "Mei Tanaka", at(70), "Talking at the table").await?;
    let cancelled = single(cx, staff, groups.drop_in, "Ines Carvalho", at(150), "Open hour").await?;
    one_to_one(cx, staff, groups, at(120)).await?;
    sessions::cancel(cx, cancelled.id, &read(json!({ "reason": "The room is being painted." }))?).await?;

    hold(cx, staff, &over, JONAH, Record::Open, 31).await?;
    go_on_to(cx, at(-35));
    clear(cx, running.id, 5).await?;
    let me = staff.acting(cx, DANA)?;
    begin(&me, &running).await?;
    for (one, status) in sessions::participants(&me, running.id).await?.iter().zip(["attended", "attended", "arrived"])
    {
        let mark = json!({ "items": [{ "participant_id": one.id, "status": status }] });
        all_marked(sessions::mark_many(&me, running.id, &read(mark)?).await?)?;
    }
    go_on_to(cx, at(-1));
    let desk = sessions::participants(cx, soon.id).await?;
    if let Some(first) = desk.first() {
        let mark = json!({ "items": [{ "participant_id": first.id, "status": "confirmed" }] });
        all_marked(sessions::mark_many(cx, soon.id, &read(mark)?).await?)?;
    }
    Ok(())
}

/// A single session of a group beside its series.
async fn single(
    cx: &Cx,
    staff: &Staff,
    group: GroupId,
    leader: &str,
    starts_at: Timestamp,
    topic: &str,
) -> Result<SessionView, Problem> {
    let fields: Value = json!({
        "group_id": group, "starts_at": on_the_fives(starts_at), "duration_minutes": 75, "topic": topic,
        "leaders": [{ "practitioner_id": staff.practitioner(leader)? }],
        "override_conflict": true, "reason": "An extra meeting the group has asked for.",
    });
    sessions::create(cx, &read(fields)?).await
}
