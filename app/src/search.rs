//! Search by words: folded tokens in a table, and a prefix as a range of them (`>=` and `<`), never `like`.

use rules::{
    column::Value,
    text::{prefix_end, tokens},
};
use store::{Error, Where};

use crate::door::Scope;

/// Words of one search, at most: more would only cost time.
const WORDS_MAX: usize = 8;

/// What is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Patients by names, record number and birth date.
    Patient,
    /// Guests by name.
    Guest,
    /// Groups by name.
    Group,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Guest => "guest",
            Self::Group => "group",
        }
    }

    const fn table(self) -> &'static str {
        match self {
            Self::Patient => "patients",
            Self::Guest => "guests",
            Self::Group => "groups",
        }
    }
}

/// Makes a record findable by these texts and no others.
///
/// # Errors
/// When the database can't answer.
pub async fn index(scope: &mut Scope<'_>, kind: Kind, subject: &str, texts: &[&str]) -> Result<(), Error> {
    const FORGET: &str = "delete from search_tokens where organization_id = $1 and subject_id = $2";
    const HEAD: &str = "insert into search_tokens (organization_id, kind, token, subject_id) values";
    scope.run(FORGET, &[subject.into()]).await?;
    let words = tokens(&texts.join(" "));
    let rows: Vec<Value> =
        words.into_iter().flat_map(|word| [kind.word().into(), Value::Text(word), subject.into()]).collect();
    scope.insert_rows(HEAD, 3, &rows).await
}

/// Narrows a list to the records in which every word of the question begins a word.
pub fn narrow(filter: Where, kind: Kind, question: &str) -> Where {
    tokens(question).into_iter().take(WORDS_MAX).fold(filter, |filter, word| {
        let table = kind.table();
        let head = format!(
            "exists (select 1 from search_tokens t where t.organization_id = {table}.organization_id \
             and t.subject_id = {table}.id and t.token >= ?"
        );
        match prefix_end(&word) {
            Some(end) => filter.and_each(&format!("{head} and t.token < ?)"), [Value::Text(word), Value::Text(end)]),
            None => filter.and_each(&format!("{head})"), [Value::Text(word)]),
        }
    })
}
