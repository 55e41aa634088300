//! Telling somebody whose change came second what the first one changed.

use ::rules::recurrence::Zone;
use jiff::Timestamp;
use serde_json::Value;

use super::store::Session;
use crate::{
    audit::history::earlier,
    door::Scope,
    problem::{FieldError, Problem},
};

/// The fields that a person who changes a session looks at.
const FIELDS: [&str; 13] = [
    "title",
    "topic",
    "starts_at",
    "ends_at",
    "site_id",
    "room_id",
    "status",
    "modality",
    "max_capacity",
    "service_type",
    "service_kind",
    "cancellation_reason",
    "breaks",
];

/// The refusal of a change that was meant for another version: what the session has now, and which fields differ from
/// what the caller has read.
pub async fn stale(scope: &mut Scope<'_>, session: &Session, read: i64) -> Problem {
    let problem = Problem::stale(Some(session.version));
    let Ok(Some(old)) = earlier::<Value>(scope, session.id, read).await else { return problem };
    let Ok(new) = serde_json::to_value(session) else { return problem };
    let differing = FIELDS.iter().filter(|field| old[**field] != new[**field]);
    let told = differing.map(|field| {
        let (was, is) = (shown(&session.zone, &old[*field]), shown(&session.zone, &new[*field]));
        FieldError::new(*field, "changed", format!("Somebody changed it meanwhile: {was} → {is}."))
    });
    problem.with_errors(told.collect())
}

/// A value as a person reads it: instants by the clock of the site.
fn shown(zone: &Zone, value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(instant) => zone.local(instant).strftime("%-d %B %Y %H:%M").to_string(),
            Err(_) => text.clone(),
        },
        Value::Array(list) => format!("{} of them", list.len()),
        other => other.to_string(),
    }
}
