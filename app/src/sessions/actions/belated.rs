//! Steps that arrive late: what others did to the participant since, and who.

use ::rules::{
    id::{ParticipantId, SessionId, UserId},
    permissions::Permission,
    sessions::{Belated, ParticipantStatus, ParticipantVerb, Sets, Stood, belated, belated_change},
};
use jiff::Timestamp;

use super::super::store::Participant;
use crate::{
    audit::history::{Replaced, since},
    door::{Cx, Scope},
    identity::User,
    problem::{FieldError, Problem},
};

/// The most changes that are looked back over: more than this in one session is nobody's tap.
const CHANGES_MAX: usize = 200;

/// What somebody did meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overtaken {
    /// Who, as they are shown; none when it was not a person at the desk.
    pub by: Option<String>,
    /// It was done at a kiosk.
    pub at_kiosk: bool,
    /// The status they set; none when they changed something else.
    pub status: Option<ParticipantStatus>,
    /// When.
    pub at: Timestamp,
}

/// Judges a step that was decided on the version `seen`; one that says no version is meant for what stands.
pub(super) async fn judge(
    scope: &mut Scope<'_>,
    participant: &Participant,
    verb: ParticipantVerb,
    seen: Option<i64>,
) -> Result<Belated, Problem> {
    let Some(seen) = seen.filter(|seen| *seen != participant.version) else { return Ok(Belated::Take) };
    in_range(participant, seen)?;
    let replaced = since(scope, participant.id, seen, CHANGES_MAX).await?;
    match belated(verb, &statuses(participant, seen, &replaced)) {
        Belated::Overtaken => Err(stale(scope, participant, seen).await),
        other => Ok(other),
    }
}

/// Judges a change of times or of the level that was decided on the version `seen`.
pub(super) async fn judge_change(
    scope: &mut Scope<'_>,
    participant: &Participant,
    sets: Sets,
    seen: Option<i64>,
) -> Result<(), Problem> {
    let Some(seen) = seen.filter(|seen| *seen != participant.version) else { return Ok(()) };
    in_range(participant, seen)?;
    let replaced = since(scope, participant.id, seen, CHANGES_MAX).await?;
    let known: Option<Vec<Stood>> = replaced.iter().map(|version| stood(&version.record)).collect();
    let is_whole = i64::try_from(replaced.len()) == Ok(participant.version - seen);
    let mut known = known.filter(|_| is_whole).unwrap_or_default();
    if is_whole {
        let (arrived, departed) = (participant.arrival_at, participant.departed_at);
        known.push(Stood { status: participant.status, arrived, departed, level: participant.participation_level });
    }
    match belated_change(sets, &known) {
        Belated::Overtaken => Err(stale(scope, participant, seen).await),
        Belated::Take | Belated::Done => Ok(()),
    }
}

fn stood(record: &serde_json::Value) -> Option<Stood> {
    let at = |field: &str| record[field].as_str().map(str::parse::<Timestamp>).transpose().ok();
    let level = record["participation_level"].as_str().map(str::parse).transpose().ok()?;
    Some(Stood { status: status(record)?, arrived: at("arrival_at")?, departed: at("departed_at")?, level })
}

fn in_range(participant: &Participant, seen: i64) -> Result<(), Problem> {
    if (1..=participant.version).contains(&seen) {
        return Ok(());
    }
    let message = format!("must be a version that the participant has had: 1 to {}", participant.version);
    Err(Problem::invalid_field("seen_version", "out_of_range", message))
}

/// The statuses from the version seen to the one that stands; none when one between them is not known any more.
fn statuses(participant: &Participant, seen: i64, replaced: &[Replaced]) -> Vec<ParticipantStatus> {
    let known: Option<Vec<ParticipantStatus>> = replaced.iter().map(|version| status(&version.record)).collect();
    let all = i64::try_from(replaced.len()) == Ok(participant.version - seen);
    let mut statuses = known.filter(|_| all).unwrap_or_default();
    if all {
        statuses.push(participant.status);
    }
    statuses
}

fn status(record: &serde_json::Value) -> Option<ParticipantStatus> {
    record["status"].as_str()?.parse().ok()
}

/// The refusal of a step that was meant for another version: how they stood then, and how they stand.
pub(super) async fn stale(scope: &mut Scope<'_>, participant: &Participant, seen: i64) -> Problem {
    let problem = Problem::stale(Some(participant.version));
    let Ok(replaced) = since(scope, participant.id, seen, 1).await else { return problem };
    match replaced.first().and_then(|version| status(&version.record)) {
        Some(was) if was != participant.status => {
            let (was, is) = (was.in_words(), participant.status.in_words());
            let message = format!("Somebody changed it meanwhile: {was} → {is}.");
            problem.with_errors(vec![FieldError::new("status", "changed", message)])
        }
        _ => problem,
    }
}

/// What was done to a participant since the version `seen`, last of all to their status: a page says it to who was
/// slower.
///
/// # Errors
/// 403, 404.
pub async fn overtaken(
    cx: &Cx,
    (session, participant): (SessionId, ParticipantId),
    seen: i64,
) -> Result<Option<Overtaken>, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let now: Participant = scope.get(participant).await?;
            if now.session_id != session {
                return Err(Problem::not_found("participant"));
            }
            let replaced = since(scope, participant, seen, CHANGES_MAX).await?;
            let after = replaced.iter().skip(1).map(|version| status(&version.record)).chain([Some(now.status)]);
            let steps: Vec<_> = replaced.iter().zip(after).collect();
            let turned = steps.iter().rev().find(|(version, after)| status(&version.record) != *after);
            let Some((version, after)) = turned.or(steps.last()).copied() else { return Ok(None) };
            let by = match version.by.parse::<UserId>() {
                Ok(user) => scope.find::<User>(user).await?.map(|user| user.display_name.to_string()),
                Err(_) => None,
            };
            let status = after.filter(|_| turned.is_some());
            Ok(Some(Overtaken { by, at_kiosk: version.by.starts_with("kiosk:"), status, at: version.at }))
        })
    })
    .await
}
