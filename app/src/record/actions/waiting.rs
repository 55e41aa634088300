//! How much waits for who asks: the numbers beside the places of the navigation.

use ::rules::{chart_access::ChartAccess, permissions::Permission};
use ::store::Where;

use super::{super::store, due::pressing, reviews::may_review};
use crate::{
    chart_access,
    door::{Cx, Look, OpenGlass, Scope, Waiting},
    problem::Problem,
    sessions::led_by,
    settings::settings,
};

/// Nobody counts beyond this: it is shown as so many and more.
pub const COUNTED_MAX: u32 = 100;

/// What a page shows around what it is about.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// How many of the caller's own sessions have notes that are overdue or were sent back, and how many wait for their review.
    pub waiting: Waiting,
    /// What the settings say of pages.
    pub look: Look,
    /// The glasses the caller has broken and that are open.
    pub glasses: Vec<OpenGlass>,
}

/// What a page shows around what it is about; what waits is only counted where it is asked for.
///
/// # Errors
/// When the database can't answer.
pub async fn around(cx: &Cx, is_counted: bool) -> Result<Around, Problem> {
    cx.read_as_oneself(|scope| {
        Box::pin(async move {
            let set = settings(scope).await?;
            let look = Look {
                group_sessions: set.use_group_sessions,
                individual_notes: set.view_individual_group_sessions,
                chart_tab: set.chart_tab_name,
                care_team: set.chart_access == ChartAccess::CareTeam,
            };
            let glasses = if look.care_team { chart_access::actions::open(scope).await? } else { Vec::new() };
            let waiting = match is_counted {
                true => waiting(scope, set.note_due_hours).await?,
                false => Waiting::default(),
            };
            Ok(Around { waiting, look, glasses })
        })
    })
    .await
}

async fn waiting(scope: &mut Scope<'_>, due_hours: u32) -> Result<Waiting, Problem> {
    let mut waiting = Waiting::default();
    waiting.glasses = chart_access::actions::waiting(scope, COUNTED_MAX).await?;
    let me = scope.cx.practitioner();
    if !scope.cx.permissions.allows(Permission::GroupEncounterNoteRead) {
        return Ok(waiting);
    }
    if me.is_some() {
        let filter = store::undone(Where::organization(), scope.now());
        let filter = led_by(pressing(filter, scope.now(), due_hours), me.as_slice());
        waiting.pressing = store::count(scope, &filter, COUNTED_MAX).await?;
    }
    if may_review(scope.cx).is_ok() {
        waiting.to_review = store::count(scope, &store::pending(Where::organization(), me), COUNTED_MAX).await?;
    }
    Ok(waiting)
}
