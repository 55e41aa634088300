//! What a caller gets about what stands in the way of a session.

use std::collections::BTreeMap;

use ::rules::id::{PatientId, PractitionerId, RoomId, SessionId, TimeOffId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SessionView;
use crate::{door::Scope, people, problem::Problem, sessions::clashes::Clash};

/// One thing in the way of a session, with whom or what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClashView {
    /// A stable word: `taken`, `outside_hours`, `time_off`, `inactive`, `patient_overlap`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// The room that is taken.
    pub room_id: Option<RoomId>,
    /// The leader who is not free.
    pub practitioner_id: Option<PractitionerId>,
    /// The participant who is elsewhere: a warning.
    pub patient_id: Option<PatientId>,
    /// The other session.
    pub session_id: Option<SessionId>,
    /// The time off.
    pub time_off_id: Option<TimeOffId>,
}

/// A session that clashes with something, and with what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConflictView {
    /// The session.
    pub session: SessionView,
    /// Everything in its way.
    pub clashes: Vec<ClashView>,
}

type Names = BTreeMap<PractitionerId, String>;

fn view(clash: &Clash, names: &Names) -> ClashView {
    let name = |who: &PractitionerId| names.get(who).map_or("The leader", String::as_str);
    let mut shown = ClashView {
        code: clash.code().to_owned(),
        message: String::new(),
        room_id: None,
        practitioner_id: None,
        patient_id: None,
        session_id: None,
        time_off_id: None,
    };
    match clash {
        Clash::Room(room, other) => {
            shown.message = format!("The room is taken by {}.", other.number);
            (shown.room_id, shown.session_id) = (Some(*room), Some(other.session));
        }
        Clash::Leader(who, other) => {
            shown.message = format!("{} leads {}.", name(who), other.number);
            (shown.practitioner_id, shown.session_id) = (Some(*who), Some(other.session));
        }
        Clash::OutsideHours(who, outside) => {
            shown.message = format!("{} {outside}.", name(who));
            shown.practitioner_id = Some(*who);
        }
        Clash::TimeOff(who, off) => {
            shown.message = format!("{} is away.", name(who));
            (shown.practitioner_id, shown.time_off_id) = (Some(*who), Some(*off));
        }
        Clash::Inactive(who) => {
            shown.message = format!("{} no longer leads sessions.", name(who));
            shown.practitioner_id = Some(*who);
        }
        Clash::Patient(patient, session) => {
            shown.message = "A participant has another session at this time.".to_owned();
            (shown.patient_id, shown.session_id) = (Some(*patient), Some(*session));
        }
    }
    shown
}

/// Clashes, list by list, with the names of practitioners: one statement for all of them.
///
/// # Errors
/// When the database can't answer.
pub async fn clashes(scope: &mut Scope<'_>, lists: Vec<Vec<Clash>>) -> Result<Vec<Vec<ClashView>>, Problem> {
    let who = lists.iter().flatten().filter_map(|clash| match clash {
        Clash::Leader(who, _) | Clash::OutsideHours(who, _) | Clash::TimeOff(who, _) | Clash::Inactive(who) => {
            Some(*who)
        }
        Clash::Room(..) | Clash::Patient(..) => None,
    });
    let names = people::practitioner_names(scope, who).await?;
    Ok(lists.iter().map(|list| list.iter().map(|clash| view(clash, &names)).collect()).collect())
}
