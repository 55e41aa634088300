//! Codes for the participants of a session: made anew each time they are asked for, shown once.

use std::collections::BTreeMap;

use ::rules::{
    id::{ParticipantId, SessionId},
    kiosk::{Holder, KioskCode},
    permissions::Permission,
    roster::Person,
    sessions::ParticipantStatus,
};
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::store;
use crate::{
    door::{Cx, Scope, hash_secret},
    events::KioskEvent,
    http::extract::FieldErrors,
    people,
    problem::Problem,
    sessions,
    settings::settings,
};

/// Whose codes are made anew.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewKioskCodes {
    /// Only these participants; everybody who is still expected unless given.
    #[deserr(default)]
    pub participant_ids: Option<Vec<ParticipantId>>,
}

/// A code that was made. It is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeCode {
    /// Whose.
    pub participant_id: ParticipantId,
    /// As the sign-in sheet has the name.
    pub name: String,
    /// What they scan or type.
    #[serde(skip_serializing)]
    pub code: String,
    /// Whether they enter their birth date as well: guests do not, for nobody knows theirs.
    pub needs_birth_date: bool,
}

/// Codes that were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KioskCodes {
    /// One for each patient and guest who is still expected.
    pub codes: Vec<MadeCode>,
    /// Until when they are good: the end of the session.
    pub expires_at: String,
}

/// Makes codes for a session; those that were made before are dead.
///
/// # Errors
/// 404, 409 when the session is over.
pub async fn make_codes(cx: &Cx, session: SessionId, new: &NewKioskCodes) -> Result<KioskCodes, Problem> {
    cx.write(Permission::ParticipantCheckin, |scope| {
        Box::pin(async move {
            let session = sessions::lock(scope, session).await?;
            if !session.status.is_open() || session.ends_at <= scope.now() {
                let detail = "This session is over: nobody checks in to it any more.";
                return Err(Problem::conflict("invalid_transition", detail));
            }
            let mut expected = sessions::people_in(scope, session.id).await?;
            let strangers = new.participant_ids.iter().flatten().any(|id| expected.iter().all(|one| one.id != *id));
            if strangers {
                let message = "must be participants of this session";
                return Err(Problem::invalid_field("participant_ids", "not_found", message));
            }
            let wanted = |id: &ParticipantId| new.participant_ids.as_ref().is_none_or(|ids| ids.contains(id));
            let waits = |status| matches!(status, ParticipantStatus::Booked | ParticipantStatus::Confirmed);
            expected.retain(|one| waits(one.status) && wanted(&one.id));
            let people: Vec<Person> = expected.iter().filter_map(sessions::Participant::person).collect();
            let names = sheet_names(scope, &people).await?;
            let bits = || scope.cx.app.clock.bits();
            let mut codes: Vec<MadeCode> = expected.iter().map(|one| made(one, &names, bits())).collect();
            let hashed = codes.iter().map(|one| (one.participant_id, hash(&one.code)));
            let hashed: Vec<(ParticipantId, String)> = hashed.collect();
            store::set_codes(scope, session.id, &hashed, session.ends_at).await?;
            codes.sort_by(|a, b| (&a.name, a.participant_id).cmp(&(&b.name, b.participant_id)));
            scope.record_reading("roster", session.id);
            scope.emit(KioskEvent::CodesMade { session: session.id, count: codes.len() });
            Ok(KioskCodes { codes, expires_at: session.zone.rfc3339(session.ends_at) })
        })
    })
    .await
}

fn made(one: &sessions::Participant, names: &BTreeMap<Person, String>, bits: u64) -> MadeCode {
    let holder = if one.guest_id.is_some() { Holder::Guest } else { Holder::Patient };
    MadeCode {
        participant_id: one.id,
        name: one.person().and_then(|person| names.get(&person).cloned()).unwrap_or_default(),
        code: KioskCode::from_bits(bits, holder).as_text(),
        needs_birth_date: holder == Holder::Patient,
    }
}

/// What is stored of a code.
pub(super) fn hash(code: &str) -> String {
    KioskCode::parse(code).map(|code| hash_secret(code.plain())).unwrap_or_default()
}

/// The names as the sign-in sheet has them.
async fn sheet_names(scope: &mut Scope<'_>, people: &[Person]) -> Result<BTreeMap<Person, String>, Problem> {
    let preferred = settings(scope).await?.preferred_name_on_sign_in_sheet;
    Ok(people::sheet_names(scope, people, preferred).await?)
}
