//! Medical record numbers that the organization makes up itself.

use ::rules::column::Value;
use ::store::Error;

use super::patients::by_mrn;
use crate::door::Scope;

/// The series of record numbers; it does not begin again with the year.
const KIND: &str = "MRN";

/// The next record number that nobody has: `MRN-000001` and on.
pub async fn next_mrn(scope: &mut Scope<'_>) -> Result<String, Error> {
    let mut number = take(scope).await?;
    let mut step = 1;
    // Numbers that were given by hand may stand in the way, thousands of them: leap in doubling steps, gaps are allowed.
    loop {
        let mrn = format!("MRN-{number:06}");
        if by_mrn(scope, &mrn).await?.is_none() {
            if step > 1 {
                go_on_after(scope, number).await?;
            }
            return Ok(mrn);
        }
        number += step;
        step *= 2;
    }
}

async fn take(scope: &mut Scope<'_>) -> Result<i64, Error> {
    const SQL: &str = "insert into number_series (organization_id, kind, year, next_number) values ($1, $2, 0, 2) \
        on conflict (organization_id, kind, year) do update set next_number = number_series.next_number + 1 \
        returning next_number";
    let row = scope.row(SQL, &[KIND.into()]).await?;
    let next: i64 = row.ok_or_else(|| Error::Other("a number series gave no number".to_owned()))?.at(0)?;
    Ok(next - 1)
}

async fn go_on_after(scope: &mut Scope<'_>, number: i64) -> Result<(), Error> {
    const SQL: &str = "update number_series set next_number = $3 where organization_id = $1 and kind = $2 and year = 0";
    scope.run(SQL, &[KIND.into(), Value::Int(number + 1)]).await.map(drop)
}
