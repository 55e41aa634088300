//! Finding people by the beginnings of words: ranges of folded tokens, never `like`.
//!
//! Every word of a name is a row of `search_tokens`. The longest word of a search drives: its range of tokens is read
//! in order, and each further word is one look into the tokens of the person found. So a page costs the same among a
//! hundred people and among a hundred thousand.

use std::collections::BTreeSet;

use ::rules::{column::Value, text::prefix_end};
use ::store::{Error, Record, Where};
use jiff::civil::Date;

use crate::door::Scope;

/// The most characters of a token: longer words differ before that.
const TOKEN_MAX: usize = 60;

/// Whose tokens they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Patients.
    Patients,
    /// Guests.
    Guests,
}

impl Subject {
    fn kind(self) -> &'static str {
        match self {
            Self::Patients => "patient",
            Self::Guests => "guest",
        }
    }

    fn table(self) -> &'static str {
        match self {
            Self::Patients => "patients",
            Self::Guests => "guests",
        }
    }
}

/// What is looked for.
pub struct Search<'a> {
    /// Whom.
    pub subject: Subject,
    /// The beginnings of words, folded; all of them must fit.
    pub words: &'a [String],
    /// The birth date (patients only).
    pub birth_date: Option<Date>,
    /// Conditions on the person's own row, which is called `person`.
    pub conditions: Vec<(&'static str, Value)>,
    /// The id of the last person of the page before.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: usize,
}

/// Makes these words the ones a person is found by, in place of those before.
pub async fn keep(scope: &mut Scope<'_>, subject: Subject, id: &str, words: Vec<String>) -> Result<(), Error> {
    const SQL: &str = "delete from search_tokens where organization_id = $1 and subject_id = $2";
    scope.run(SQL, &[id.into()]).await?;
    add(scope, subject, id, words).await
}

/// Makes these words the ones a new person is found by.
pub async fn add(scope: &mut Scope<'_>, subject: Subject, id: &str, words: Vec<String>) -> Result<(), Error> {
    add_all(scope, subject, std::iter::once((id.to_owned(), words))).await
}

/// Makes these words the ones that new people are found by.
pub async fn add_all(
    scope: &mut Scope<'_>,
    subject: Subject,
    people: impl Iterator<Item = (String, Vec<String>)>,
) -> Result<(), Error> {
    const HEAD: &str = "insert into search_tokens (organization_id, kind, token, subject_id) values";
    let mut values: Vec<Value> = Vec::new();
    for (id, words) in people {
        let tokens: BTreeSet<String> = words.iter().map(|word| cut(word)).collect();
        values
            .extend(tokens.into_iter().flat_map(|token| [subject.kind().into(), Value::Text(token), Value::from(&id)]));
    }
    scope.insert_rows(HEAD, 3, &values).await
}

fn cut(word: &str) -> String {
    word.chars().take(TOKEN_MAX).collect()
}

/// The ends of the range of tokens that begin with a word.
fn range(word: &str) -> (String, String) {
    let low = cut(word);
    let high = prefix_end(&low).unwrap_or_else(|| char::MAX.to_string());
    (low, high)
}

/// The ids of the people found, in the order of the word that drove the search, then of their ids.
///
/// # Errors
/// [`Error::Stale`] when the person to go on after is not found by this search (any more).
pub async fn find(scope: &mut Scope<'_>, search: &Search<'_>) -> Result<Vec<String>, Error> {
    let sql = match search.birth_date {
        Some(birth_date) => born_on(search, birth_date),
        None => match search.words.iter().max_by_key(|word| word.chars().count()) {
            Some(word) => named(scope, search, word).await?,
            None => return Ok(Vec::new()),
        },
    };
    let (sql, arguments) = sql;
    scope.rows(&sql, &arguments).await?.iter().map(|row| row.at(0)).collect()
}

/// The records with these ids, in the order of the ids.
pub async fn in_order<R: Record>(scope: &mut Scope<'_>, ids: &[String]) -> Result<Vec<R>, Error> {
    let filter = Where::organization().and_in("id", ids.iter().map(String::as_str));
    let mut found: Vec<R> = scope.filter(&filter, "id", ids.len()).await?;
    found.sort_by_cached_key(|record| ids.iter().position(|id| *id == record.id().to_string()));
    Ok(found)
}

type Statement = (String, Vec<Value>);

/// A birth date finds the fewest, so it drives.
fn born_on(search: &Search<'_>, birth_date: Date) -> Statement {
    let filter = Where::starting("person.organization_id = $1").and("person.birth_date = ?", Value::Day(birth_date));
    let filter = search.words.iter().fold(conditions(filter, search), |filter, word| has(filter, "person.id", word));
    let filter = filter.and_if("person.id > ?", search.after.clone().map(Value::Text));
    let sql = format!(
        "select person.id from {} person where {} order by person.birth_date, person.id limit {}",
        search.subject.table(),
        filter.sql(),
        search.limit
    );
    (sql, filter.arguments().to_vec())
}

async fn named(scope: &mut Scope<'_>, search: &Search<'_>, driver: &String) -> Result<Statement, Error> {
    let (low, high) = range(driver);
    let filter = Where::starting("found.organization_id = $1")
        .and("found.kind = ?", search.subject.kind())
        .and("found.token < ?", high.as_str());
    // One lower end, so that every database goes straight to it: the word, or the person the page before ended with.
    let filter = match &search.after {
        Some(id) => {
            let token = first_token(scope, id, &low, &high).await?;
            filter.after("found.token, found.subject_id", Some(vec![Value::Text(token), Value::Text(id.clone())]))
        }
        None => filter.and("found.token >= ?", low.as_str()),
    };
    // Who has two words of this range is listed once, at the first.
    let filter = filter.and_each(
        "not exists (select 1 from search_tokens earlier where earlier.organization_id = $1 \
         and earlier.subject_id = found.subject_id and earlier.token >= ? and earlier.token < found.token)",
        [Value::Text(low)],
    );
    let others = search.words.iter().filter(|word| *word != driver);
    let filter = others.fold(conditions(filter, search), |filter, word| has(filter, "found.subject_id", word));
    let sql = format!(
        "select found.subject_id from search_tokens found join {} person \
         on person.organization_id = found.organization_id and person.id = found.subject_id \
         where {} order by found.token, found.subject_id limit {}",
        search.subject.table(),
        filter.sql(),
        search.limit
    );
    Ok((sql, filter.arguments().to_vec()))
}

fn conditions(filter: Where, search: &Search<'_>) -> Where {
    search.conditions.iter().fold(filter, |filter, (condition, value)| filter.and(condition, value.clone()))
}

/// The person has another word that begins so.
fn has(filter: Where, id: &str, word: &str) -> Where {
    let (low, high) = range(word);
    let exists = format!(
        "exists (select 1 from search_tokens other where other.organization_id = $1 and other.subject_id = {id} \
         and other.token >= ? and other.token < ?)"
    );
    filter.and_each(&exists, [Value::Text(low), Value::Text(high)])
}

/// The first word of a person in a range: where a page that ended with them goes on.
async fn first_token(scope: &mut Scope<'_>, id: &str, low: &str, high: &str) -> Result<String, Error> {
    const SQL: &str = "select token from search_tokens where organization_id = $1 and subject_id = $2 \
        and token >= $3 and token < $4 order by token, subject_id limit 1";
    let row = scope.row(SQL, &[id.into(), low.into(), high.into()]).await?;
    row.ok_or(Error::Stale)?.at(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_and_ranges_hold_what_begins_with_them() {
        assert_eq!(range("ann"), ("ann".to_owned(), "ano".to_owned()));
        assert_eq!(range(&"x".repeat(500)).0.chars().count(), TOKEN_MAX);
    }

    #[test]
    fn a_birth_date_drives_and_words_narrow() {
        let words = ["ann".to_owned()];
        let search = Search {
            subject: Subject::Patients,
            words: &words,
            birth_date: None,
            conditions: vec![("person.is_active = ?", Value::Bool(true))],
            after: Some("pa_x".to_owned()),
            limit: 51,
        };
        let (sql, arguments) = born_on(&search, jiff::civil::date(1970, 4, 25));
        assert_eq!(arguments.len(), 5);
        assert!(
            sql.contains("from patients person where person.organization_id = $1 and person.birth_date = $2"),
            "{sql}"
        );
        assert!(sql.contains("other.token >= $4 and other.token < $5) and person.id > $6 order by"), "{sql}");
    }
}
