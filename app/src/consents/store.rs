//! The records of the room, and statements over them.

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    consents::{ConsentKind, ConsentWords, Needed, NeededBy, SignerCapacity, SigningMethod, Term},
    id::{ConsentId, ConsentTextId, GuestId, PatientId, UserId},
    roster::Person,
    text::{Name, Reason, Text},
};
use ::store::{Error, Row, Where};
use jiff::{Timestamp, civil::Date};

use crate::door::Scope;

::store::record! {
    /// What people consent to, in one version of its words.
    pub struct ConsentText(ConsentTextId) in "consent_texts" {
        /// What kind of consent it is to.
        pub kind: ConsentKind,
        /// Which version of the kind: 1 is the first.
        pub text_version: u32,
        /// What people call it.
        pub title: Name,
        /// What is consented to. Never changed: a new version replaces it.
        pub words: ConsentWords,
        /// Who needs it to be checked in, while it is in use.
        pub needed_by: NeededBy,
        /// How many months a consent to it holds unless somebody says otherwise; until revoked without one.
        pub months: Option<u32>,
        /// Whether it is the version that is signed now.
        pub in_use: bool,
        /// The oldest version of the kind whose consents count at check-in, while this one is in use.
        #[serde(default)]
        pub counts_from: u32,
        /// Since when it is asked for as it is now: what was seen by hand before was not this.
        #[serde(default)]
        pub needed_since: Timestamp,
    }
}

::store::record! {
    /// A consent somebody has given.
    pub struct Consent(ConsentId) in "consents" {
        /// The patient it is about, if it is one.
        pub patient_id: Option<PatientId>,
        /// The guest it is about, if it is one.
        pub guest_id: Option<GuestId>,
        /// What kind of consent it is.
        pub kind: ConsentKind,
        /// The text that was signed.
        pub text_id: ConsentTextId,
        /// Its version.
        pub text_version: u32,
        /// In what capacity it was signed.
        pub capacity: SignerCapacity,
        /// Who signed.
        pub signer_name: Name,
        /// By what they sign for somebody else: mother, court order of a date.
        pub signer_authority: Option<Text<1, 200>>,
        /// How it was signed.
        pub method: SigningMethod,
        /// When.
        #[schema(value_type = String, format = Date)]
        pub signed_on: Date,
        /// Its first day.
        #[schema(value_type = String, format = Date)]
        pub valid_from: Date,
        /// Its last day; none when it holds until it is revoked.
        #[schema(value_type = Option<String>, format = Date)]
        pub valid_until: Option<Date>,
        /// Where something is disclosed: what, to whom, and what for.
        pub scope: Option<Text<1, 2000>>,
        /// What else is to be known of it.
        pub remark: Option<Text<1, 2000>>,
        /// When it was revoked.
        pub revoked_at: Option<Timestamp>,
        /// Who wrote that down.
        pub revoked_by_user: Option<UserId>,
        /// Why.
        pub revoked_reason: Option<Reason>,
    }
}

impl Consent {
    /// The person. The table's check keeps exactly one id.
    pub fn person(&self) -> Option<Person> {
        Person::of(self.patient_id, self.guest_id).ok()
    }

    /// What decides whether it holds.
    pub fn term(&self) -> Term {
        Term {
            kind: self.kind.clone(),
            text_version: self.text_version,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            kept_at: self.created_at,
            revoked_at: self.revoked_at,
        }
    }
}

/// The texts in use: of one kind, or of all.
pub async fn in_use(scope: &mut Scope<'_>, kind: Option<&ConsentKind>) -> Result<Vec<ConsentText>, Error> {
    let filter = Where::organization().and_if("kind = ?", kind).and_always("in_use = true");
    let tail = format!("where {} order by kind -- unique", filter.sql());
    scope.select(&tail, filter.arguments()).await
}

/// The newest version of a kind.
pub async fn newest(scope: &mut Scope<'_>, kind: &ConsentKind) -> Result<Option<ConsentText>, Error> {
    let filter = Where::organization().and("kind = ?", kind);
    Ok(scope.filter(&filter, "text_version desc, id desc", 1).await?.into_iter().next())
}

/// Texts by kind and version, after one.
pub async fn texts(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<&ConsentText>,
    limit: usize,
) -> Result<Vec<ConsentText>, Error> {
    let position = after.map(|text| vec![Value::from(&text.kind), Value::from(&text.text_version)]);
    scope.filter(&filter.after("kind, text_version", position), "kind, text_version, id", limit).await
}

/// The titles of these texts.
pub async fn titles(
    scope: &mut Scope<'_>,
    texts: impl IntoIterator<Item = ConsentTextId>,
) -> Result<BTreeMap<ConsentTextId, Name>, Error> {
    let filter = Where::organization().and_in("id", texts.into_iter().map(|id| Value::from(&id)));
    let sql = format!("select id, title from consent_texts where {} order by id", filter.sql());
    let rows = scope.rows(&sql, filter.arguments()).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// Consents, newest first, after one.
pub async fn list(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<ConsentId>,
    limit: usize,
) -> Result<Vec<Consent>, Error> {
    scope.filter(&filter.before("id", after.map(|id| vec![Value::from(&id)])), "id desc", limit).await
}

/// What is needed of whom to be checked in: the texts in use that somebody needs.
///
/// # Errors
/// When the database can't answer.
pub async fn needed(scope: &mut Scope<'_>) -> Result<Vec<(Needed, Name)>, Error> {
    const SQL: &str = "select kind, needed_by, counts_from, needed_since, title from consent_texts \
        where organization_id = $1 and in_use = true and needed_by <> 'nobody' order by kind -- unique";
    let needed = |row: &Row| {
        let asked = Needed { kind: row.at(0)?, by: row.at(1)?, counts_from: row.at(2)?, since: row.at(3)? };
        Ok((asked, row.at(4)?))
    };
    scope.rows(SQL, &[]).await?.iter().map(needed).collect()
}

/// From which version on the consents of each kind count, as the texts in use say.
pub async fn counting(scope: &mut Scope<'_>) -> Result<BTreeMap<ConsentKind, u32>, Error> {
    const SQL: &str = "select kind, counts_from from consent_texts where organization_id = $1 and in_use = true \
        order by kind -- unique";
    scope.rows(SQL, &[]).await?.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// The consents of these people, also those that were revoked, in two statements for up to 500 people.
///
/// # Errors
/// When the database can't answer.
pub async fn held(scope: &mut Scope<'_>, people: &[Person]) -> Result<BTreeMap<Person, Vec<Term>>, Error> {
    let mut held: BTreeMap<Person, Vec<Term>> = BTreeMap::new();
    for chunk in people.chunks(500) {
        let patients: Vec<Value> = chunk.iter().filter_map(|one| one.patient()).map(|id| Value::from(&id)).collect();
        let guests: Vec<Value> = chunk.iter().filter_map(|one| one.guest()).map(|id| Value::from(&id)).collect();
        for (column, ids) in [("patient_id", patients), ("guest_id", guests)] {
            if ids.is_empty() {
                continue;
            }
            let filter = Where::organization().and_in(column, ids);
            let sql = format!(
                "select patient_id, guest_id, kind, text_version, valid_from, valid_until, created_at, revoked_at \
                 from consents where {} order by {column}, id",
                filter.sql()
            );
            for row in scope.rows(&sql, filter.arguments()).await? {
                if let Ok(person) = Person::of(row.at(0)?, row.at(1)?) {
                    held.entry(person).or_default().push(term(&row)?);
                }
            }
        }
    }
    Ok(held)
}

fn term(row: &Row) -> Result<Term, Error> {
    Ok(Term {
        kind: row.at(2)?,
        text_version: row.at(3)?,
        valid_from: row.at(4)?,
        valid_until: row.at(5)?,
        kept_at: row.at(6)?,
        revoked_at: row.at(7)?,
    })
}

/// Every consent of a person.
///
/// # Errors
/// When the database can't answer.
pub async fn of_person(scope: &mut Scope<'_>, person: Person) -> Result<Vec<Consent>, Error> {
    let filter = about(Where::organization(), person);
    scope.select(&format!("where {} order by id", filter.sql()), filter.arguments()).await
}

/// Limits a list to the consents of a person.
pub fn about(filter: Where, person: Person) -> Where {
    match person {
        Person::Patient(id) => filter.and("patient_id = ?", &id),
        Person::Guest(id) => filter.and("guest_id = ?", &id),
    }
}
