//! Use cases: reading and changing settings.

use ::rules::{
    chart_access::ChartAccess,
    groups::DEFAULT_CEILING,
    notes::{DUE_HOURS, DUE_HOURS_MAX},
    permissions::Permission,
    text::Text,
    violation::Violation,
};
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store;
use crate::{
    door::{Cx, Look, Scope},
    events::Event,
    http::extract::FieldErrors,
    problem::Problem,
};

/// The highest ceiling an organization may set: a room has walls.
const CEILING_MAX: u32 = 500;
/// How many weeks ahead sessions are made, unless somebody says otherwise.
const HORIZON_DEFAULT: u32 = 8;
/// At most: a year of sessions is as far as anybody plans.
const HORIZON_MAX: u32 = 52;

/// The settings of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Settings {
    /// The most seats a group may have: 2 to 500.
    #[schema(minimum = 2, maximum = 500)]
    pub capacity_ceiling: u32,
    /// How many weeks ahead the sessions of a series are made: 1 to 52.
    #[schema(minimum = 1, maximum = 52)]
    pub schedule_horizon_weeks: u32,
    /// Whether finance must be cleared before somebody is checked in.
    pub finance_gate: bool,
    /// Whether a consent must be verified before somebody is checked in.
    pub consent_gate: bool,
    /// How many hours after its end the notes of a session are due: 1 to 720.
    #[schema(minimum = 1, maximum = 720)]
    pub note_due_hours: u32,
    /// Whether a patient's chart shows how often they were present and absent in each group.
    pub show_group_attendance_in_chart: bool,
    /// Whether the sign-in sheet shows preferred names instead of given names.
    pub preferred_name_on_sign_in_sheet: bool,
    /// Whether the organization runs group sessions. Off, their pages and the chart's tab are hidden, no sessions are
    /// made and no new work of groups is taken; nothing is deleted, and everything can still be read.
    pub use_group_sessions: bool,
    /// Whether a session shows every patient's notes as they stand in the charts.
    pub view_individual_group_sessions: bool,
    /// What the tab of group sessions in a patient's chart is called: 1 to 40 characters.
    #[schema(min_length = 1, max_length = 40)]
    pub chart_tab_name: String,
    /// Whose notes and charts a clinical role reads: everybody's, or those of the patients it treats.
    pub chart_access: ChartAccess,
}

/// The settings in force, and their version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettingsView {
    /// The settings.
    #[serde(flatten)]
    pub settings: Settings,
    /// 1 before anything was changed, one more with each change; send it back in `If-Match`.
    pub version: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            capacity_ceiling: DEFAULT_CEILING,
            schedule_horizon_weeks: HORIZON_DEFAULT,
            finance_gate: true,
            consent_gate: true,
            note_due_hours: DUE_HOURS,
            show_group_attendance_in_chart: false,
            preferred_name_on_sign_in_sheet: false,
            use_group_sessions: true,
            view_individual_group_sessions: false,
            chart_tab_name: Look::default().chart_tab,
            chart_access: ChartAccess::All,
        }
    }
}

/// What may be changed.
#[derive(Debug, Deserr, Serialize, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeSettings {
    /// The most seats a group may have: 2 to 500.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 2, maximum = 500)]
    pub capacity_ceiling: Option<u32>,
    /// How many weeks ahead the sessions of a series are made: 1 to 52.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 52)]
    pub schedule_horizon_weeks: Option<u32>,
    /// Whether finance must be cleared before somebody is checked in.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finance_gate: Option<bool>,
    /// Whether a consent must be verified before somebody is checked in.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent_gate: Option<bool>,
    /// How many hours after its end the notes of a session are due: 1 to 720.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 720)]
    pub note_due_hours: Option<u32>,
    /// Whether a patient's chart shows how often they were present and absent in each group.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_group_attendance_in_chart: Option<bool>,
    /// Whether the sign-in sheet shows preferred names instead of given names.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_name_on_sign_in_sheet: Option<bool>,
    /// Whether the organization runs group sessions.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_group_sessions: Option<bool>,
    /// Whether a session shows every patient's notes as they stand in the charts.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view_individual_group_sessions: Option<bool>,
    /// What the tab of group sessions in a patient's chart is called: 1 to 40 characters.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart_tab_name: Option<Text<1, 40>>,
    /// Whose notes and charts a clinical role reads: everybody's, or those of the patients it treats.
    #[deserr(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart_access: Option<ChartAccess>,
}

impl ChangeSettings {
    fn violations(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        if self.chart_tab_name.as_ref().is_some_and(|name| name.chars().any(char::is_control)) {
            found.push(Violation::new("chart_tab_name", "invalid", "must be one line"));
        }
        if self.capacity_ceiling.is_some_and(|seats| !(2..=CEILING_MAX).contains(&seats)) {
            found.push(Violation::new("capacity_ceiling", "out_of_range", format!("must be 2 to {CEILING_MAX}")));
        }
        if self.schedule_horizon_weeks.is_some_and(|weeks| !(1..=HORIZON_MAX).contains(&weeks)) {
            let message = format!("must be 1 to {HORIZON_MAX}");
            found.push(Violation::new("schedule_horizon_weeks", "out_of_range", message));
        }
        if self.note_due_hours.is_some_and(|hours| !(1..=DUE_HOURS_MAX).contains(&hours)) {
            found.push(Violation::new("note_due_hours", "out_of_range", format!("must be 1 to {DUE_HOURS_MAX}")));
        }
        found
    }
}

/// The settings in force.
///
/// # Errors
/// When the database can't answer.
pub async fn settings(scope: &mut Scope<'_>) -> Result<Settings, Problem> {
    let set = store::all(scope).await?;
    serde_json::from_value(set.into()).map_err(|error| Problem::internal(&error))
}

/// Refuses new work of groups while the organization runs none.
///
/// # Errors
/// 409 `group_sessions_off`.
pub async fn require_group_sessions(scope: &mut Scope<'_>) -> Result<(), Problem> {
    if settings(scope).await?.use_group_sessions { Ok(()) } else { Err(group_sessions_off()) }
}

/// That the organization runs no group sessions, and what would help.
pub fn group_sessions_off() -> Problem {
    let detail = "Your organization has turned group sessions off. Nothing is deleted: the setting \
        `use_group_sessions`, under Settings, General, turns them on again.";
    Problem::conflict("group_sessions_off", detail)
}

/// The settings in force, for everybody signed in.
///
/// # Errors
/// When the database can't answer.
pub async fn show(cx: &Cx) -> Result<SettingsView, Problem> {
    cx.read_as_oneself(|scope| {
        Box::pin(async move {
            let version = store::version(scope).await?;
            Ok(SettingsView { settings: settings(scope).await?, version })
        })
    })
    .await
}

/// Changes settings.
///
/// # Errors
/// 412 when somebody has changed them since they were read, 422 with every bad field.
pub async fn change(cx: &Cx, change: &ChangeSettings) -> Result<SettingsView, Problem> {
    cx.write(Permission::SettingsManage, |scope| {
        Box::pin(async move {
            let version = store::count_change(scope).await?;
            if scope.cx.request.if_match.is_some_and(|read| read != version - 1) {
                return Err(Problem::stale(Some(version - 1)));
            }
            let violations = change.violations();
            if !violations.is_empty() {
                return Err(violations.into());
            }
            let fields = serde_json::to_value(change).map_err(|error| Problem::internal(&error))?;
            for (name, value) in fields.as_object().into_iter().flatten() {
                store::set(scope, name, value).await?;
            }
            scope.emit(Event::SettingsChanged { organization: scope.cx.organization.id });
            Ok(SettingsView { settings: settings(scope).await?, version })
        })
    })
    .await
}
