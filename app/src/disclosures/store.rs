//! The records of the room, and statements over them.

use ::rules::{
    column::Value,
    disclosures::{DisclosurePurpose, LegalBasis, ReleaseMethod},
    id::{ChartEntryId, ConsentId, DisclosureId, PatientId},
    text::{Name, Reason, Text},
};
use ::store::{Error, Where};
use jiff::civil::Date;

use crate::{chart::ChartRow, door::Scope};

::store::record! {
    /// What of a patient's record left the house.
    pub struct Disclosure(DisclosureId) in "disclosures" {
        /// Whose record.
        pub patient_id: PatientId,
        /// Who has received it.
        pub recipient_name: Name,
        /// Whom they work for.
        pub recipient_organization: Option<Name>,
        /// Where it was sent.
        pub recipient_address: Option<Reason>,
        /// Who has asked for it.
        pub requested_by: Option<Name>,
        /// What it is for.
        pub purpose: DisclosurePurpose,
        /// What it is for, in words.
        pub purpose_detail: Option<Reason>,
        /// By what right.
        pub basis: LegalBasis,
        /// Which order or law, the nature of the emergency, what other right.
        pub basis_detail: Option<Reason>,
        /// The consent it rests on.
        pub consent_id: Option<ConsentId>,
        /// How it left.
        pub method: ReleaseMethod,
        /// What left, in a sentence.
        pub description: Text<1, 2000>,
        /// The first day of the chart entries that left.
        #[schema(value_type = Option<String>, format = Date)]
        pub date_from: Option<Date>,
        /// Their last day.
        #[schema(value_type = Option<String>, format = Date)]
        pub date_to: Option<Date>,
        /// How many chart entries left.
        pub entry_count: u32,
        /// Whether records under 42 CFR part 2 are among it: then every page carries the notice.
        pub is_part2: bool,
        /// When it left.
        #[schema(value_type = String, format = Date)]
        pub disclosed_on: Date,
        /// Who let it out, with their title.
        pub disclosed_by: String,
    }
}

/// A chart entry that left, as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The entry.
    pub entry: ChartEntryId,
    /// Its version.
    pub version: i64,
    /// The hash of its text.
    pub sha256: String,
}

/// Keeps which entries left with a disclosure, in their order.
pub async fn keep_entries(scope: &mut Scope<'_>, id: DisclosureId, rows: &[ChartRow]) -> Result<(), Error> {
    const HEAD: &str = "insert into disclosure_entries \
        (organization_id, disclosure_id, place, entry_id, entry_version, sha256) values";
    let mut values = Vec::with_capacity(rows.len() * 5);
    for (place, row) in (1_i64..).zip(rows) {
        values.extend([Value::from(&id), Value::Int(place), Value::from(&row.id), Value::Int(row.version)]);
        values.push(Value::Text(row.sha256.clone()));
    }
    scope.insert_rows(HEAD, 5, &values).await
}

/// Which entries left with a disclosure, in their order.
pub async fn entries(scope: &mut Scope<'_>, id: DisclosureId) -> Result<Vec<Left>, Error> {
    const SQL: &str = "select entry_id, entry_version, sha256 from disclosure_entries \
        where organization_id = $1 and disclosure_id = $2 order by place -- unique";
    let rows = scope.rows(SQL, &[(&id).into()]).await?;
    rows.iter().map(|row| Ok(Left { entry: row.at(0)?, version: row.at(1)?, sha256: row.at(2)? })).collect()
}

/// Disclosures, newest first, after one.
pub async fn list(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<DisclosureId>,
    limit: usize,
) -> Result<Vec<Disclosure>, Error> {
    scope.filter(&filter.before("id", after.map(|id| vec![Value::from(&id)])), "id desc", limit).await
}
