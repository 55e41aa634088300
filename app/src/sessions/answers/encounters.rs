//! What a caller gets about encounters.

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    id::{EncounterId, GroupId, PatientId, SessionId},
    text::{Remark, Text},
};
use ::store::Where;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::store::{Encounter, EncounterStatus, Session, SubjectType},
    SessionView, sessions,
};
use crate::{door::Scope, problem::Problem};

/// An encounter with its session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EncounterView {
    /// The id.
    pub id: EncounterId,
    /// A group or a patient.
    pub subject_type: SubjectType,
    /// The group; none for a patient's.
    pub group_id: Option<GroupId>,
    /// The patient of an individual session.
    pub patient_id: Option<PatientId>,
    /// Where it stands.
    pub status: EncounterStatus,
    /// The start of the session.
    #[schema(format = DateTime)]
    pub encounter_date: String,
    /// What kind of service it is (`service_type`).
    pub r#type: Option<Text<1, 200>>,
    /// What it is about (`topic`).
    pub chief_complaint: Option<Remark>,
    /// The session.
    pub session: SessionView,
    /// 1 when created, one more with each change.
    pub version: i64,
}

/// Encounters with their sessions, in seven statements however many they are.
///
/// # Errors
/// When the database can't answer.
pub async fn encounters(scope: &mut Scope<'_>, encounters: Vec<Encounter>) -> Result<Vec<EncounterView>, Problem> {
    let ids = encounters.iter().map(|encounter| Value::from(&encounter.session_id));
    let filter = Where::organization().and_in("id", ids);
    let found: Vec<Session> = scope.filter(&filter, "id", encounters.len().max(1)).await?;
    let shown = sessions(scope, found).await?;
    let mut shown: BTreeMap<SessionId, SessionView> = shown.into_iter().map(|view| (view.id, view)).collect();
    let views = encounters.into_iter().filter_map(|encounter| {
        let session = shown.remove(&encounter.session_id)?;
        Some(EncounterView {
            id: encounter.id,
            subject_type: encounter.subject_type,
            group_id: encounter.group_id,
            patient_id: encounter.patient_id,
            status: encounter.status,
            encounter_date: session.starts_at.clone(),
            r#type: session.service_type.clone(),
            chief_complaint: session.topic.clone(),
            version: encounter.version,
            session,
        })
    });
    Ok(views.collect())
}
