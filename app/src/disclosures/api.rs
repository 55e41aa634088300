//! `/api/disclosures`.

use ::rules::{
    disclosures::{DisclosurePurpose, LegalBasis, ReleaseMethod},
    id::{DisclosureId, PatientId},
    permissions::Permission,
};
use utoipa_axum::routes;

use super::{
    actions::{self, DisclosureView, ListDisclosures, NewDisclosure, ReleasedEntry},
    store::Disclosure,
};
use crate::{
    audit::history::{AsOf, RecordVersion, history},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        openapi::with_schemas,
        respond::{Created, CsvFile, Data, Listed, PdfFile},
    },
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .routes(routes!(list_disclosures, make_disclosure))
        .routes(routes!(show_disclosure))
        .routes(routes!(disclosure_pdf))
        .routes(routes!(disclosure_history))
        .routes(routes!(patient_disclosures));
    let router = with_schemas::<(Disclosure, DisclosureView, ReleasedEntry)>(router);
    with_schemas::<(DisclosurePurpose, LegalBasis, ReleaseMethod)>(router)
}

/// List what was disclosed
///
/// Newest first: of a patient, for a purpose, by a right, in some days.
#[utoipa::path(get, path = "/api/disclosures", tag = "disclosures", params(ListDisclosures))]
async fn list_disclosures(cx: Cx, Query(list): Query<ListDisclosures>) -> Result<Listed<Disclosure>, Problem> {
    actions::list(&cx, &list).await.map(Listed)
}

/// Disclose, and log it
///
/// Chart entries leave by their ids or by their days, at most 500 at once; that needs the `password` or a fresh proof. The
/// document is at `…/{id}/pdf`. Without chart entries it is logged that something else was disclosed. Records under 42 CFR
/// part 2 leave only by a consent, to the patient, in a medical emergency, by a court order or to an audit.
#[utoipa::path(post, path = "/api/disclosures", tag = "disclosures")]
async fn make_disclosure(cx: Cx, Json(new): Json<NewDisclosure>) -> Result<Created<DisclosureView>, Problem> {
    actions::make(&cx, &new).await.map(Created)
}

/// One disclosure
#[utoipa::path(get, path = "/api/disclosures/{id}", tag = "disclosures", params(("id" = DisclosureId, Path)))]
async fn show_disclosure(cx: Cx, At(id): At<DisclosureId>) -> Result<Data<DisclosureView>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// The disclosed document
///
/// As PDF: exactly the entries that left, as they were then. Needs a fresh proof: `POST /api/me/reauth`. Its letters are
/// Latin, Greek and Cyrillic; what it has no letter for is marked, counted and told of in the document.
#[utoipa::path(get, path = "/api/disclosures/{id}/pdf", tag = "disclosures", params(("id" = DisclosureId, Path)))]
async fn disclosure_pdf(cx: Cx, At(id): At<DisclosureId>) -> Result<PdfFile, Problem> {
    let paper = actions::paper(&cx, id).await?;
    let written = tokio::task::spawn_blocking(move || exchange::pdf::write(&paper.document)).await;
    let written = written.map_err(|error| Problem::internal(&error))?;
    let written = written.map_err(|error| Problem::internal(&error))?;
    Ok(PdfFile { name: id.to_string(), bytes: written.bytes })
}

/// A disclosure as it stood
#[utoipa::path(get, path = "/api/disclosures/{id}/history", tag = "disclosures", params(("id" = DisclosureId, Path), AsOf))]
async fn disclosure_history(
    cx: Cx,
    At(id): At<DisclosureId>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    if !cx.permissions.allows(Permission::AuditRead) {
        actions::show(&cx, id).await?;
    }
    history::<Disclosure, _>(&cx, Permission::ChartRead, id, &as_of).await.map(Listed)
}

/// The disclosures of a patient as CSV
///
/// Every one, newest first. Needs a fresh proof: `POST /api/me/reauth`.
#[utoipa::path(get, path = "/api/patients/{id}/disclosures.csv", tag = "disclosures", params(("id" = PatientId, Path)))]
async fn patient_disclosures(cx: Cx, At(id): At<PatientId>) -> Result<CsvFile, Problem> {
    let (_, disclosures) = actions::accounting(&cx, id, true).await?;
    let lines = disclosures.iter().map(line).collect::<String>();
    Ok(CsvFile { name: format!("disclosures-{id}"), text: exchange::export::line(COLUMNS.iter().copied()) + &lines })
}

const COLUMNS: &[&str] = &[
    "disclosed_on",
    "id",
    "recipient_name",
    "recipient_organization",
    "recipient_address",
    "requested_by",
    "purpose",
    "purpose_detail",
    "basis",
    "basis_detail",
    "consent_id",
    "method",
    "description",
    "date_from",
    "date_to",
    "entry_count",
    "is_part2",
    "disclosed_by",
];

fn line(one: &Disclosure) -> String {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let owned = [
        one.disclosed_on.to_string(),
        one.id.to_string(),
        one.consent_id.map(|id| id.to_string()).unwrap_or_default(),
        day(one.date_from),
        day(one.date_to),
        one.entry_count.to_string(),
        one.is_part2.to_string(),
    ];
    let [disclosed_on, id, consent, from, to, entries, part2] = &owned;
    exchange::export::line([
        disclosed_on.as_str(),
        id.as_str(),
        &*one.recipient_name,
        one.recipient_organization.as_deref().unwrap_or_default(),
        one.recipient_address.as_deref().unwrap_or_default(),
        one.requested_by.as_deref().unwrap_or_default(),
        one.purpose.as_str(),
        one.purpose_detail.as_deref().unwrap_or_default(),
        one.basis.as_str(),
        one.basis_detail.as_deref().unwrap_or_default(),
        consent.as_str(),
        one.method.as_str(),
        &*one.description,
        from.as_str(),
        to.as_str(),
        entries.as_str(),
        part2.as_str(),
        one.disclosed_by.as_str(),
    ])
}
