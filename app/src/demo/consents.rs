//! What people at Northside have agreed to.

use ::rules::id::PatientId;
use jiff::{ToSpan as _, civil::Date};
use serde_json::{Value, json};

use super::read;
use crate::{
    consents::actions::{self as consents, ConsentView},
    door::Cx,
    problem::Problem,
};

/// The usual texts; most patients have consented to treatment, one a year ago, and one has taken a release back.
pub async fn given(cx: &Cx, patients: &[PatientId]) -> Result<(), Problem> {
    consents::add_usual(cx).await?;
    let ago = |days: i64| cx.today().saturating_sub(days.days());
    for (place, patient) in (0_i64..).zip(patients.iter().take(24)) {
        let signed = if place == 5 { ago(380) } else { ago(20 + place * 9) };
        give(cx, *patient, "treatment", signed, json!({})).await?;
        if place % 3 == 0 {
            give(cx, *patient, "group_confidentiality", signed, json!({ "method": "electronic" })).await?;
        }
    }
    if let Some(patient) = patients.first() {
        let scope =
            json!({ "scope": "Attendance and dates of treatment, to the employee assistance programme, for leave." });
        let release = give(cx, *patient, "roi", ago(60), scope).await?;
        let why = read(json!({ "reason": "Withdrawn in writing: the leave is over." }))?;
        consents::revoke(cx, release.consent.id, &why).await?;
    }
    Ok(())
}

async fn give(cx: &Cx, patient: PatientId, kind: &str, signed: Date, more: Value) -> Result<ConsentView, Problem> {
    let mut fields = json!({ "patient_id": patient, "kind": kind, "signed_on": signed.to_string() });
    for (name, value) in more.as_object().into_iter().flatten() {
        fields[name] = value.clone();
    }
    consents::take(cx, &read(fields)?).await
}
