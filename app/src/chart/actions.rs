//! Use cases: reading charts. Every reading is recorded.

use std::collections::BTreeMap;

use ::rules::{
    chart::{ChartEntry, EntryStatus, Tally},
    column::Value,
    id::{ChartEntryId, EncounterId, GroupId, ParticipantId, PatientId, SessionId},
    permissions::Permission,
    roster::Person,
};
use ::store::Where;
use deserr::Deserr;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{self, ChartRow, EntryKind};
use crate::{
    chart_access::{About, reach, read_chart},
    door::{Cx, Scope},
    groups::Group,
    http::extract::{FieldErrors, Parsed},
    paging::{Limit, Page, Paged, bad_cursor, cursor, days_in_order},
    people,
    problem::Problem,
    sessions::{self, Session},
    settings,
    when::Day,
};

/// A row of a chart: an entry, or a line for an absence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChartEntryView {
    /// The id.
    pub id: ChartEntryId,
    /// Whose chart.
    pub patient_id: PatientId,
    /// The session.
    pub session_id: SessionId,
    /// Its encounter.
    pub encounter_id: EncounterId,
    /// Which participant they were.
    pub participant_id: ParticipantId,
    /// The group.
    pub group_id: Option<GroupId>,
    /// Present or absent.
    pub kind: EntryKind,
    /// The day at the site.
    #[schema(value_type = String, format = Date)]
    pub local_date: Date,
    /// Where it stands.
    pub status: EntryStatus,
    /// The entry whose place it took, after its session was reopened.
    pub supersedes_id: Option<ChartEntryId>,
    /// The entry that took its place.
    pub superseded_by_id: Option<ChartEntryId>,
    /// What stands in the chart; null when the stored text can't be read any more.
    pub entry: Option<ChartEntry>,
    /// The SHA-256 of the kept text, in hexadecimal.
    pub sha256: String,
    /// Whether the stored text still is what was kept.
    pub content_verified: bool,
    /// 1 when written, one more with each annotation.
    pub version: i64,
}

/// How often a patient was there and was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupTally {
    /// The group; null for sessions without one.
    pub group_id: Option<GroupId>,
    /// Its name.
    pub group_name: Option<String>,
    /// Sessions attended.
    pub present: u32,
    /// Sessions missed.
    pub absent: u32,
}

/// What a chart is limited to.
#[derive(Debug, Clone, Default, Deserr, ToSchema, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListChart {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// Only this group.
    #[deserr(default)]
    pub group_id: Option<GroupId>,
    /// Only entries, or only absences.
    #[deserr(default)]
    pub kind: Option<EntryKind>,
    /// Only rows that stand so; `all` lists those entered in error too, which are left out unless asked for.
    #[deserr(default)]
    pub status: Option<EntriesShown>,
    /// From this day on.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    #[schema(value_type = Option<String>, format = Date)]
    pub date_from: Option<Parsed<Day>>,
    /// Up to and with this day.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    #[schema(value_type = Option<String>, format = Date)]
    pub date_to: Option<Parsed<Day>>,
}

impl ListChart {
    /// Whether anything is filtered.
    pub fn is_narrowed(&self) -> bool {
        let days = self.date_from.is_some() || self.date_to.is_some();
        self.group_id.is_some() || self.kind.is_some() || self.status.is_some() || days
    }

    fn filter(&self) -> Result<Where, Problem> {
        let (from, to) = (self.date_from.map(|day| day.0.0), self.date_to.map(|day| day.0.0));
        days_in_order(from, to)?;
        let standing = match self.status {
            None => Where::organization().and_always("status <> 'entered_in_error'"),
            Some(shown) => Where::organization().and_if("status = ?", shown.status().as_ref()),
        };
        Ok(standing
            .and_if("group_id = ?", self.group_id.as_ref())
            .and_if("kind = ?", self.kind.as_ref())
            .and_if("local_date >= ?", from.map(Value::Day))
            .and_if("local_date <= ?", to.map(Value::Day)))
    }
}

::rules::vocabulary! {
    /// Which rows of a chart a list shows.
    pub enum EntriesShown {
        /// Those that count.
        Current = "current",
        /// Those of reopened sessions.
        Superseded = "superseded",
        /// Those of voided sessions.
        EnteredInError = "entered_in_error",
        /// Every one.
        All = "all",
    }
}

impl EntriesShown {
    /// The status, unless it is every one.
    fn status(self) -> Option<EntryStatus> {
        EntryStatus::parse(self.as_str())
    }
}

fn view(row: ChartRow) -> ChartEntryView {
    let content_verified = row.holds();
    ChartEntryView {
        id: row.id,
        patient_id: row.patient_id,
        session_id: row.session_id,
        encounter_id: row.encounter_id,
        participant_id: row.participant_id,
        group_id: row.group_id,
        kind: row.kind,
        local_date: row.local_date,
        status: row.status,
        supersedes_id: row.supersedes_id,
        superseded_by_id: row.superseded_by_id,
        entry: row.entry(),
        content_verified,
        version: row.version,
        sha256: row.sha256,
    }
}

/// A patient's chart, newest first.
///
/// # Errors
/// 404 for the patient, 403 `not_care_team`, 422 for a bad cursor or dates the wrong way round.
pub async fn list(cx: &Cx, patient: PatientId, list: &ListChart) -> Result<Page<ChartEntryView>, Problem> {
    cx.require(Permission::ChartRead).await?;
    let limit = list.limit.unwrap_or_default().0;
    let after: Option<ChartEntryId> = cursor(list.cursor.as_deref())?;
    let filter = &list.filter()?;
    cx.read(Permission::ChartRead, |scope| {
        Box::pin(async move {
            read_chart(scope, "chart", patient).await?;
            let records = records_of(scope, patient).await?;
            let after = match after {
                Some(id) => Some(own(scope, id, &records).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let rows =
                store::list(scope, store::of_patients(filter.clone(), &records), after.as_ref(), limit + 1).await?;
            Ok(Page::cut(rows, limit, |row| row.id).map(view))
        })
    })
    .await
}

/// A patient and the duplicates that were merged into it: what was written of those stays theirs, and is read here.
///
/// # Errors
/// When the database can't answer.
pub async fn records_of(scope: &mut Scope<'_>, patient: PatientId) -> Result<Vec<PatientId>, Problem> {
    let duplicates = people::duplicates(scope, patient).await?;
    Ok(std::iter::once(patient).chain(duplicates.iter().map(|duplicate| duplicate.id)).collect())
}

async fn own(scope: &mut Scope<'_>, id: ChartEntryId, records: &[PatientId]) -> Result<Option<ChartRow>, Problem> {
    Ok(scope.find::<ChartRow>(id).await?.filter(|row| records.contains(&row.patient_id)))
}

/// How often a patient was there and was not, by group; nothing while the settings keep the counts out of charts.
///
/// # Errors
/// 404 for the patient, 403 `not_care_team`.
pub async fn tallies(cx: &Cx, patient: PatientId) -> Result<Page<GroupTally>, Problem> {
    let (tallies, shown) = by_group(cx, patient).await?;
    Ok(Page { items: if shown { tallies } else { Vec::new() }, next: None })
}

/// The groups in a patient's chart with their counts, and whether the settings let charts show the counts.
///
/// # Errors
/// 404 for the patient, 403 `not_care_team`.
pub async fn by_group(cx: &Cx, patient: PatientId) -> Result<(Vec<GroupTally>, bool), Problem> {
    cx.read(Permission::ChartRead, |scope| {
        Box::pin(async move {
            read_chart(scope, "chart", patient).await?;
            let shown = settings::actions::settings(scope).await?.show_group_attendance_in_chart;
            Ok((tallied(scope, patient).await?, shown))
        })
    })
    .await
}

async fn tallied(scope: &mut Scope<'_>, patient: PatientId) -> Result<Vec<GroupTally>, Problem> {
    let mut by_group: Vec<(Option<GroupId>, Tally)> = Vec::new();
    let records = records_of(scope, patient).await?;
    for (group, kind, count) in store::tallies(scope, &records).await? {
        if by_group.last().is_none_or(|(known, _)| *known != group) {
            by_group.push((group, Tally::default()));
        }
        let Some((_, tally)) = by_group.last_mut() else { continue };
        match kind {
            EntryKind::Entry => tally.present = count,
            EntryKind::Absence => tally.absent = count,
        }
    }
    let ids: Vec<GroupId> = by_group.iter().filter_map(|(group, _)| *group).collect();
    let filter = Where::organization().and_in("id", ids.iter().map(Value::from));
    let groups: Vec<Group> = scope.filter(&filter, "id", ids.len().max(1)).await?;
    let name = |id: GroupId| groups.iter().find(|group| group.id == id).map(|group| group.name.to_string());
    let shown = by_group.into_iter().map(|(group_id, Tally { present, absent })| GroupTally {
        group_id,
        group_name: group_id.and_then(name),
        present,
        absent,
    });
    Ok(shown.collect())
}

/// What a session has left in everybody's charts, a page of it, with the names of the patients.
#[derive(Debug, Clone)]
pub struct InCharts {
    /// The session.
    pub session: Session,
    /// Its current entries, in order of creation.
    pub page: Page<ChartEntryView>,
    /// How their patients are shown.
    pub names: BTreeMap<Person, String>,
    /// Whether somebody in the session is not the caller's to read.
    pub hidden: bool,
}

/// What a session has left in everybody's charts, where the settings let a session show it.
///
/// # Errors
/// 404, 403 `not_care_team`, 409 `individual_notes_off`, 422 for a bad cursor.
pub async fn of_session(cx: &Cx, session: SessionId, paged: &Paged) -> Result<InCharts, Problem> {
    cx.require(Permission::ChartRead).await?;
    let after: Option<ChartEntryId> = cursor(paged.cursor.as_deref())?;
    let limit = paged.limit();
    cx.read(Permission::ChartRead, |scope| {
        Box::pin(async move {
            let session: Session = scope.get(session).await?;
            if !settings::settings(scope).await?.view_individual_group_sessions {
                let detail = "A session does not show everybody's notes: the setting \
                    `view_individual_group_sessions`, under Settings, General, turns that on. Each chart shows its own.";
                return Err(Problem::conflict("individual_notes_off", detail));
            }
            let leaders = sessions::leaders(scope, session.id).await?;
            let participants = sessions::people_in(scope, session.id).await?;
            let reach = reach(scope, &session, &leaders, &participants).await?;
            let within = reach.patients();
            let rows = store::current_of_session(scope, session.id, within.as_deref(), after, limit + 1).await?;
            let page = Page::cut(rows, limit, |row| row.id).map(view);
            if page.items.is_empty() {
                reach.read_session(scope, [], "chart", session.id)?;
            }
            for entry in &page.items {
                reach.read(scope, About::Patient(entry.patient_id), "chart", entry.patient_id)?;
            }
            let people: Vec<Person> = page.items.iter().map(|entry| Person::Patient(entry.patient_id)).collect();
            let names = people::names(scope, &people).await?;
            let hidden = participants.iter().any(|one| one.patient_id.is_some_and(|id| !reach.covers(About::Patient(id))));
            Ok(InCharts { session, page, names, hidden })
        })
    })
    .await
}

/// One chart entry.
///
/// # Errors
/// 404, 403 `not_care_team`.
pub async fn show(cx: &Cx, id: ChartEntryId) -> Result<ChartEntryView, Problem> {
    cx.read(Permission::ChartRead, |scope| {
        Box::pin(async move {
            let row: ChartRow = scope.get(id).await?;
            read_chart(scope, "chart", row.patient_id).await?;
            Ok(view(row))
        })
    })
    .await
}
