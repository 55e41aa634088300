//! What of charts and notes the caller may read, asked by every room that answers with one.

use std::collections::BTreeMap;

use ::rules::{
    chart_access::{ChartAccess, Ground, Reader, Refusal, may_read},
    id::{BreakGlassId, PatientId},
    notes::may_see_queue,
    permissions::Permission,
    sessions::{Leader, ParticipantStatus, SessionStatus},
};

use super::store;
use crate::{
    door::{Cx, OpenGlass, Scope},
    people::{self, Patient},
    problem::Problem,
    sessions::{Participant, Session},
    settings,
};

/// The glasses that the caller has broken and that are open; none for who may break none any more.
///
/// # Errors
/// When the database can't answer.
pub async fn open(scope: &mut Scope<'_>) -> Result<Vec<OpenGlass>, Problem> {
    match scope.cx.user().filter(|_| scope.cx.permissions.allows(Permission::ChartBreakGlass)) {
        Some(me) => Ok(store::open(scope, me).await?),
        None => Ok(Vec::new()),
    }
}

/// Whether the caller reads everybody's charts, and nobody is asked for.
async fn reads_all(scope: &mut Scope<'_>) -> Result<bool, Problem> {
    let access = settings::settings(scope).await?.chart_access;
    let manages_any = scope.cx.permissions.allows(Permission::SessionManageAny);
    Ok(may_read::<BreakGlassId>(access, Reader { manages_any, treats: false, glass: None }).is_ok())
}

/// By what right a caller who does not read all reads the charts of these people, each with the records that were merged
/// into them; those they may not read are left out.
async fn grounds(
    scope: &mut Scope<'_>,
    people: &BTreeMap<PatientId, Vec<PatientId>>,
) -> Result<BTreeMap<PatientId, Ground<BreakGlassId>>, Problem> {
    let records: Vec<PatientId> =
        people.iter().flat_map(|(id, merged)| std::iter::once(id).chain(merged)).copied().collect();
    let treated = match scope.cx.practitioner() {
        Some(me) => store::treated(scope, &records, me).await?,
        None => Vec::new(),
    };
    let open = open(scope).await?;
    let ground = |(id, merged): (&PatientId, &Vec<PatientId>)| {
        let treats = treated.contains(id) || merged.iter().any(|record| treated.contains(record));
        // Not what was broken for a record that was merged into this one since: that was somebody else's then.
        let glass = open.iter().find(|glass| glass.patient == *id).map(|glass| glass.id);
        let reader = Reader { manages_any: false, treats, glass };
        may_read(ChartAccess::CareTeam, reader).ok().map(|ground| (*id, ground))
    };
    Ok(people.iter().filter_map(ground).collect())
}

/// By what right the caller reads a patient's chart: by what is theirs or of a duplicate that was merged into them; and a
/// duplicate's by what is of who stays.
pub(super) async fn ground(
    scope: &mut Scope<'_>,
    patient: &Patient,
) -> Result<Result<Ground<BreakGlassId>, Refusal>, Problem> {
    if reads_all(scope).await? {
        return Ok(Ok(Ground::Work));
    }
    let id = patient.merged_into.unwrap_or(patient.id);
    let merged = people::duplicates(scope, id).await?.iter().map(|duplicate| duplicate.id).collect();
    let found = grounds(scope, &BTreeMap::from([(id, merged)])).await?;
    Ok(found.get(&id).copied().ok_or(Refusal::NotCareTeam))
}

/// As part of one's work where that is among them: a glass is needed by nobody who reads without.
fn best(grounds: impl Iterator<Item = Ground<BreakGlassId>> + Clone) -> Option<Ground<BreakGlassId>> {
    grounds.clone().find(|ground| *ground == Ground::Work).or_else(|| grounds.clone().next())
}

/// Records that a patient's chart is read, if the caller may read it; `what` is read of it.
///
/// # Errors
/// 404 for the patient, 403 `not_care_team`.
pub async fn read_chart(scope: &mut Scope<'_>, what: &'static str, patient: PatientId) -> Result<(), Problem> {
    read_of_chart(scope, patient, what, patient).await
}

/// As [`read_chart`], for a record of a patient's chart: `what` of kind, and which.
///
/// # Errors
/// As [`read_chart`].
pub async fn read_of_chart(
    scope: &mut Scope<'_>,
    patient: PatientId,
    what: &'static str,
    subject: impl std::fmt::Display,
) -> Result<(), Problem> {
    let patient: Patient = scope.get(patient).await?;
    match ground(scope, &patient).await? {
        Ok(ground) => record(scope, ground, what, subject),
        Err(_) => {
            scope.record_refusal(Permission::ChartRead.as_str(), patient.id);
            return Err(not_care_team(scope.cx, Some(patient.merged_into.unwrap_or(patient.id))));
        }
    }
    Ok(())
}

/// As [`read_chart`], for what is about everybody's charts at once.
///
/// # Errors
/// 403 `not_care_team` for whoever may not read them all.
pub async fn read_every_chart(scope: &mut Scope<'_>, what: &'static str, subject: &'static str) -> Result<(), Problem> {
    if reads_all(scope).await? {
        scope.record_reading(what, subject);
        return Ok(());
    }
    scope.record_refusal(Permission::ChartRead.as_str(), subject);
    let detail = "Only those who treat a patient read of their chart: name the `patient_id`.";
    Err(Problem::refused_access(Refusal::NotCareTeam.code(), detail))
}

fn record(scope: &mut Scope<'_>, ground: Ground<BreakGlassId>, what: &'static str, subject: impl std::fmt::Display) {
    match ground {
        Ground::Work => scope.record_reading(what, subject),
        Ground::Glass(glass) => scope.record_reading_through(glass, what, subject),
    }
}

/// The refusal, with the way to the glass for who may break it.
fn not_care_team(cx: &Cx, patient: Option<PatientId>) -> Problem {
    let refused = Refusal::NotCareTeam;
    let refuse = |help: &str| Problem::refused_access(refused.code(), format!("{refused} {help}"));
    match patient {
        _ if !cx.permissions.allows(Permission::ChartBreakGlass) => {
            refuse("Ask one of them. In need somebody with the permission `chart.break_glass` opens it.")
        }
        Some(patient) => {
            let help = format!(
                "In need break the glass of `{patient}`: its chart opens to you for an hour, and somebody reviews the reason."
            );
            refuse(&help).with_way("Break the glass…", format!("/patients/{patient}/break-glass"))
        }
        None => {
            refuse("You treat nobody who was in this session. In need the chart of each patient leads to its glass.")
        }
    }
}

/// What of one session's notes and chart entries the caller may read.
#[derive(Debug, Clone)]
pub enum Reach {
    /// All: whoever leads the session, may act on any, or is to review it.
    All,
    /// What is about these patients, and the group note where one of them was there.
    Of(BTreeMap<PatientId, (Ground<BreakGlassId>, bool)>),
}

/// What of a session's notes the caller may read.
///
/// # Errors
/// When the database can't answer.
pub async fn reach(
    scope: &mut Scope<'_>,
    session: &Session,
    leaders: &[Leader],
    participants: &[Participant],
) -> Result<Reach, Problem> {
    let leads = scope.cx.practitioner().is_some_and(|me| leaders.iter().any(|leader| leader.practitioner == me));
    let is_to_review = session.status == SessionStatus::PendingReview && may_see_queue(&scope.cx.reviewer()).is_ok();
    // Nobody reviews what they can't read.
    if leads || is_to_review || reads_all(scope).await? {
        return Ok(Reach::All);
    }
    let in_session = participants.iter().filter(|one| one.status != ParticipantStatus::Cancelled);
    let there: BTreeMap<PatientId, bool> =
        in_session.filter_map(|one| Some((one.patient_id?, one.status != ParticipantStatus::NoShow))).collect();
    let mut people: BTreeMap<PatientId, Vec<PatientId>> = there.keys().map(|id| (*id, Vec::new())).collect();
    for (record, id) in store::merged_into(scope, there.keys()).await? {
        people.entry(id).or_default().push(record);
    }
    let found = grounds(scope, &people).await?;
    // What was written of a duplicate stays under its own record.
    let records = |(id, ground)| people[&id].iter().copied().chain([id]).map(move |record| (record, (ground, id)));
    let of = found.into_iter().flat_map(records).map(|(record, (ground, id))| (record, (ground, there[&id])));
    Ok(Reach::Of(of.collect()))
}

impl Reach {
    /// Whether a note can be read: about this patient, about a guest (who has no chart), or about the group.
    fn ground(&self, about: About) -> Option<Ground<BreakGlassId>> {
        let of = match self {
            Self::All => return Some(Ground::Work),
            Self::Of(of) => of,
        };
        match about {
            About::Patient(patient) => of.get(&patient).map(|(ground, _)| *ground),
            About::Guest => None,
            About::Group => best(of.values().filter(|(_, was_there)| *was_there).map(|(ground, _)| *ground)),
        }
    }

    /// Whether something about somebody of the session can be read.
    pub fn covers(&self, about: About) -> bool {
        self.ground(about).is_some()
    }

    /// The patients whose entries can be read; all of them where it is not said.
    pub fn patients(&self) -> Option<Vec<PatientId>> {
        match self {
            Self::All => None,
            Self::Of(of) => Some(of.keys().copied().collect()),
        }
    }

    /// Records that something about somebody of the session is read, if it may be.
    ///
    /// # Errors
    /// 403 `not_care_team`.
    pub fn read(
        &self,
        scope: &mut Scope<'_>,
        about: About,
        what: &'static str,
        subject: impl std::fmt::Display,
    ) -> Result<(), Problem> {
        match self.ground(about) {
            Some(ground) => record(scope, ground, what, subject),
            None => return Err(self.refuse(scope, about, subject)),
        }
        Ok(())
    }

    /// Records that something of a session is read: what is about these.
    ///
    /// # Errors
    /// 403 `not_care_team` when nothing of the session can be read.
    pub fn read_session(
        &self,
        scope: &mut Scope<'_>,
        abouts: impl IntoIterator<Item = About>,
        what: &'static str,
        subject: impl std::fmt::Display,
    ) -> Result<(), Problem> {
        let mut by: Vec<Ground<BreakGlassId>> = Vec::new();
        for ground in abouts.into_iter().filter_map(|about| self.ground(about)) {
            if !by.contains(&ground) {
                by.push(ground);
            }
        }
        match self {
            Self::Of(of) if of.is_empty() => return Err(self.refuse(scope, About::Group, subject)),
            // That there is nothing is read, too.
            Self::All | Self::Of(_) if by.is_empty() => scope.record_reading(what, subject),
            // One line for each right by which something of it is read.
            Self::All | Self::Of(_) => by.into_iter().for_each(|ground| record(scope, ground, what, &subject)),
        }
        Ok(())
    }

    fn refuse(&self, scope: &mut Scope<'_>, about: About, subject: impl std::fmt::Display) -> Problem {
        scope.record_refusal(Permission::ChartRead.as_str(), subject);
        not_care_team(scope.cx, about.patient())
    }
}

/// Whom a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A patient: it is in their chart.
    Patient(PatientId),
    /// A guest.
    Guest,
    /// Everybody who was there.
    Group,
}

impl About {
    fn patient(self) -> Option<PatientId> {
        match self {
            Self::Patient(patient) => Some(patient),
            Self::Guest | Self::Group => None,
        }
    }

    /// Whom a note with this participant is about; one that is not of the session counts as a guest.
    pub fn of(participant: Option<::rules::id::ParticipantId>, participants: &[Participant]) -> Self {
        let Some(id) = participant else { return Self::Group };
        let patient = participants.iter().find(|one| one.id == id).and_then(|one| one.patient_id);
        patient.map_or(Self::Guest, Self::Patient)
    }
}
