//! Reads every chart entry and names the first that is not what was kept.

use ::rules::id::OrganizationId;
use ::store::{Db, Error};

use super::store;
use crate::notes::verify::{Anchored, Verified, anchored};

const ENTRIES: Anchored = Anchored {
    table: "chart_entries",
    actions: &["chart.written", "chart.annotated", "chart.superseded", "chart.replaced", "chart.voided"],
    noun: "chart entry",
    status: "status",
};

/// Verifies every chart entry of an organization.
///
/// # Errors
/// When the database can't answer.
pub async fn verify(db: &Db, organization: OrganizationId) -> Result<Verified, Error> {
    let mut tx = db.read(Some(&organization.to_string())).await?;
    let mut checked = 0;
    let mut after = String::new();
    loop {
        let page = store::page(&mut tx, organization, &after).await?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
        for row in page {
            if !row.holds() {
                return Ok(Verified::broken(checked, row.id, "its text is not the text that was kept"));
            }
            checked += 1;
        }
    }
    let broken = anchored(&mut tx, organization, ENTRIES).await?;
    Ok(Verified { checked, broken })
}
