//! Statements over the series of human numbers.

use ::rules::{
    column::Value,
    id::OrganizationId,
    numbers::{FIRST_NUMBER, Series},
};
use ::store::{Db, Error, Row, Where};

use crate::door::Scope;

const RESERVE: &str = "insert into number_series (organization_id, kind, year, next_number) values ($1, $2, $3, $4) \
    on conflict (organization_id, kind, year) do update set next_number = number_series.next_number + $5 \
    returning next_number";

fn arguments(series: Series, year: i16, count: u32) -> [Value; 4] {
    let end_of_first = i64::from(FIRST_NUMBER) + i64::from(count);
    [(&series).into(), Value::Int(year.into()), Value::Int(end_of_first), Value::Int(count.into())]
}

fn first(rows: &[Row], count: u32) -> Result<u32, Error> {
    let next: u32 = rows.first().ok_or_else(|| Error::Other("a series gave no number".to_owned()))?.at(0)?;
    Ok(next.saturating_sub(count))
}

/// Reserves a block of numbers; returns the first. The row of the series stays locked until the action commits.
pub async fn reserve(scope: &mut Scope<'_>, series: Series, year: i16, count: u32) -> Result<u32, Error> {
    first(&scope.rows(RESERVE, &arguments(series, year, count)).await?, count)
}

/// Reserves a block of numbers at once, in a transaction of its own.
pub async fn reserve_ahead(
    db: &Db,
    organization: OrganizationId,
    series: Series,
    year: i16,
    count: u32,
) -> Result<u32, Error> {
    let mut tx = db.write(Some(&organization.to_string())).await?;
    let own = [Value::from(&organization)].into_iter().chain(arguments(series, year, count));
    let block = first(&tx.rows(RESERVE, &own.collect::<Vec<_>>()).await?, count)?;
    tx.commit().await?;
    Ok(block)
}

fn issued_among(series: Series, numbers: &[String]) -> (String, Vec<Value>) {
    let (table, column) = match series {
        Series::Session => ("sessions", "session_number"),
        Series::Appointment | Series::Invoice => ("session_participants", "appointment_number"),
    };
    let filter = Where::organization().and_in(column, numbers.iter().map(String::as_str));
    let sql = format!("select {column} from {table} where {} order by {column} -- unique", filter.sql());
    (sql, filter.arguments().to_vec())
}

/// Which of these numbers are taken: imported ones may look like ours.
pub async fn issued(scope: &mut Scope<'_>, series: Series, numbers: &[String]) -> Result<Vec<String>, Error> {
    let mut taken = Vec::new();
    for chunk in numbers.chunks(500) {
        let (sql, arguments) = issued_among(series, chunk);
        for row in scope.rows(&sql, &arguments).await? {
            taken.push(row.at(0)?);
        }
    }
    Ok(taken)
}

/// As [`issued`], outside an action.
pub async fn issued_in(
    db: &Db,
    organization: OrganizationId,
    series: Series,
    numbers: &[String],
) -> Result<Vec<String>, Error> {
    let (sql, arguments) = issued_among(series, numbers);
    let own: Vec<Value> = std::iter::once(Value::from(&organization)).chain(arguments).collect();
    let rows = db.read(Some(&organization.to_string())).await?.rows(&sql, &own).await?;
    rows.iter().map(|row| row.at(0)).collect()
}
