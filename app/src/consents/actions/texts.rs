//! Use cases of texts: adding a version, saying who needs it, taking it out of use.

use ::rules::{
    consents::{ConsentKind, ConsentWords, MONTHS_MAX, Needed, NeededBy, OnFile, TakesPart, check_text, usual_texts},
    id::ConsentTextId,
    permissions::Permission,
    roster::Person,
    text::Name,
    violation::Violation,
};
use ::store::{Error, Where};
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::store::{self, ConsentText};
use crate::{
    door::{Cx, Scope},
    events::ConsentEvent,
    http::extract::{FieldErrors, Patch, Truth},
    paging::{Limit, Page, bad_cursor, cursor},
    problem::Problem,
    settings::settings,
};

/// Another version of a text, or the first of a kind. It is the one in use from now on; consents to older ones stay.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewConsentText {
    /// What kind of consent it is to: one of the usual, or the clinic's own.
    pub kind: ConsentKind,
    /// What people call it.
    pub title: Name,
    /// What is consented to.
    pub words: ConsentWords,
    /// Who needs it to be checked in: as with the version before, else nobody, unless given.
    #[deserr(default)]
    pub needed_by: Option<NeededBy>,
    /// How many months a consent holds, 1 to 120: until it is revoked unless given.
    #[deserr(default)]
    #[schema(minimum = 1, maximum = 120)]
    pub months: Option<u32>,
    /// Whether everybody signs again: consents to older versions count at check-in no longer. False unless given.
    #[deserr(default)]
    pub sign_again: Option<bool>,
}

/// What may be changed of a text: never its words.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeConsentText {
    /// Who needs it to be checked in.
    #[deserr(default)]
    pub needed_by: Option<NeededBy>,
    /// How many months a consent holds, 1 to 120; null until it is revoked.
    #[deserr(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 120)]
    pub months: Patch<u32>,
    /// Whether it is the version that is signed now.
    #[deserr(default)]
    pub in_use: Option<bool>,
    /// The oldest version whose consents count at check-in: 1 to this one's.
    #[deserr(default)]
    #[schema(minimum = 1)]
    pub counts_from: Option<u32>,
}

/// What a list of texts is limited to.
#[derive(Debug, Clone, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListConsentTexts {
    /// Only the versions of this kind.
    #[deserr(default)]
    pub kind: Option<ConsentKind>,
    /// Only those that are in use, or only those that are not.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    pub in_use: Option<Truth>,
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

/// What came of adding the usual texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsualAdded {
    /// The texts that were added: of the kinds there was none of.
    pub added: Vec<ConsentText>,
}

/// Refuses a text that asks for what cannot be, every bad field at once.
fn check(kind: &ConsentKind, text: &Asked) -> Result<(), Problem> {
    let mut found = check_text(kind, text.needed_by);
    if text.months.is_some_and(|months| !(1..=MONTHS_MAX).contains(&months)) {
        found.push(Violation::new("months", "out_of_range", format!("must be 1 to {MONTHS_MAX}")));
    }
    if !(1..=text.text_version).contains(&text.counts_from) {
        let message = format!("must be 1 to {}, the version of this text", text.text_version);
        found.push(Violation::new("counts_from", "out_of_range", message));
    }
    if found.is_empty() { Ok(()) } else { Err(found.into()) }
}

/// What a version asks for.
struct Asked {
    needed_by: NeededBy,
    months: Option<u32>,
    counts_from: u32,
    text_version: u32,
}

/// Adds a version, which is in use from now on.
///
/// # Errors
/// 409 when another version of the kind was added just now, 422 with every bad field.
pub async fn add_text(cx: &Cx, new: &NewConsentText) -> Result<ConsentText, Problem> {
    cx.write(Permission::SettingsManage, |scope| {
        Box::pin(async move {
            let replaced = store::in_use(scope, Some(&new.kind)).await?;
            let was_in_use = !replaced.is_empty();
            for old in replaced {
                let old: ConsentText = scope.lock(old.id).await?;
                scope.update(&old, ConsentText { in_use: false, ..old.clone() }).await?;
            }
            let before = store::newest(scope, &new.kind).await?;
            let version = before.as_ref().map_or(1, |text| text.text_version.saturating_add(1));
            let again = new.sign_again.unwrap_or(false);
            let asked = Asked {
                needed_by: new.needed_by.or(before.as_ref().map(|text| text.needed_by)).unwrap_or(NeededBy::Nobody),
                months: new.months,
                counts_from: before.as_ref().filter(|_| !again).map_or(version, |text| text.counts_from),
                text_version: version,
            };
            check(&new.kind, &asked)?;
            // What was seen by hand of the version before is as good for this one, unless more is asked now.
            let as_before = before.filter(|text| was_in_use && !again && text.needed_by == asked.needed_by);
            let text = ConsentText {
                id: scope.id(),
                kind: new.kind.clone(),
                text_version: version,
                title: new.title.clone(),
                words: new.words.clone(),
                needed_by: asked.needed_by,
                months: asked.months,
                in_use: true,
                counts_from: asked.counts_from,
                needed_since: as_before.map_or(scope.now(), |text| text.needed_since),
                version: 1,
                created_by_user: scope.cx.user(),
                created_at: scope.now(),
                updated_at: scope.now(),
            };
            insert(scope, &text).await?;
            Ok(text)
        })
    })
    .await
}

async fn insert(scope: &mut Scope<'_>, text: &ConsentText) -> Result<(), Problem> {
    match scope.insert(text).await {
        Err(Error::Conflict) => {
            let detail = "Somebody else has added a version of this text just now. Read it, then add yours.";
            Err(Problem::conflict("conflict", detail))
        }
        added => {
            scope.emit(ConsentEvent::TextAdded { text: text.id });
            Ok(added?)
        }
    }
}

/// Adds the usual texts of every kind the clinic has none of.
///
/// # Errors
/// 409 when somebody else does so at the same time.
pub async fn add_usual(cx: &Cx) -> Result<UsualAdded, Problem> {
    cx.write(Permission::SettingsManage, |scope| {
        Box::pin(async move {
            let mut added = Vec::new();
            for usual in usual_texts() {
                let kind = ConsentKind::parse(usual.kind).map_err(|error| Problem::internal(&error))?;
                if store::newest(scope, &kind).await?.is_some() {
                    continue;
                }
                let text = ConsentText {
                    id: scope.id(),
                    kind,
                    text_version: 1,
                    title: Name::parse(usual.title).map_err(|error| Problem::internal(&error))?,
                    words: ConsentWords::parse(usual.words).map_err(|error| Problem::internal(&error))?,
                    needed_by: usual.needed_by,
                    months: usual.months,
                    in_use: true,
                    counts_from: 1,
                    needed_since: scope.now(),
                    version: 1,
                    created_by_user: scope.cx.user(),
                    created_at: scope.now(),
                    updated_at: scope.now(),
                };
                insert(scope, &text).await?;
                added.push(text);
            }
            if added.is_empty() {
                let detail =
                    "There is a text of every usual kind already. Add a new version where you want other words.";
                return Err(Problem::conflict("nothing_to_add", detail));
            }
            Ok(UsualAdded { added })
        })
    })
    .await
}

/// Says who needs a text, from which version on its consents count, how long they hold, or whether it is in use. Bookings
/// that were made already follow: how they stand is judged whenever it is read.
///
/// # Errors
/// 404, 409 when another version of the kind is in use, 412, 422.
pub async fn change_text(cx: &Cx, id: ConsentTextId, change: &ChangeConsentText) -> Result<ConsentText, Problem> {
    cx.write(Permission::SettingsManage, |scope| {
        Box::pin(async move {
            let old: ConsentText = scope.lock_current(id).await?;
            let new = ConsentText {
                needed_by: change.needed_by.unwrap_or(old.needed_by),
                months: change.months.clone().apply(old.months),
                in_use: change.in_use.unwrap_or(old.in_use),
                counts_from: change.counts_from.unwrap_or(old.counts_from),
                ..old.clone()
            };
            let ConsentText { needed_by, months, counts_from, text_version, .. } = new;
            check(&new.kind, &Asked { needed_by, months, counts_from, text_version })?;
            let asks_more =
                new.needed_by != old.needed_by || new.counts_from > old.counts_from || (new.in_use && !old.in_use);
            let needed_since = if asks_more { scope.now() } else { old.needed_since };
            let new = ConsentText { needed_since, ..new };
            let others = store::in_use(scope, Some(&old.kind)).await?;
            if new.in_use && others.iter().any(|other| other.id != id) {
                let detail = "Another version of this text is in use. Take that one out of use first.";
                return Err(Problem::conflict("another_in_use", detail));
            }
            let saved = scope.update(&old, new).await?;
            scope.emit(ConsentEvent::TextChanged { text: id });
            Ok(saved)
        })
    })
    .await
}

/// One text.
///
/// # Errors
/// 404.
pub async fn text(cx: &Cx, id: ConsentTextId) -> Result<ConsentText, Problem> {
    cx.read(Permission::PatientRead, |scope| Box::pin(async move { scope.get(id).await })).await
}

/// Every text that is in use, by kind.
///
/// # Errors
/// When the database can't answer.
pub async fn in_use(cx: &Cx) -> Result<Vec<ConsentText>, Problem> {
    cx.read(Permission::PatientRead, |scope| Box::pin(async move { Ok(store::in_use(scope, None).await?) })).await
}

/// A text that check-in asks somebody for, and how it stands today.
#[derive(Debug, Clone, PartialEq)]
pub struct AtCheckIn {
    /// The text in use.
    pub text: ConsentText,
    /// How it stands by what was signed.
    pub on_file: OnFile,
}

/// What check-in asks this person for in some session or other, by kind: nothing where the gate is off.
///
/// # Errors
/// When the database can't answer.
pub async fn at_check_in(cx: &Cx, person: Person) -> Result<Vec<AtCheckIn>, Problem> {
    let today = cx.today();
    cx.read(Permission::PatientRead, |scope| {
        Box::pin(async move {
            if !settings(scope).await?.consent_gate {
                return Ok(Vec::new());
            }
            let mut held = store::held(scope, &[person]).await?;
            let held = held.remove(&person).unwrap_or_default();
            let needed = store::needed(scope).await?;
            // In a group or alone, in the room or by video: each asks for what it asks for.
            let guest = person.guest().is_some();
            let may_bind = |one: &Needed| one.binds(TakesPart { guest, group: true, telehealth: true });
            let in_use = store::in_use(scope, None).await?;
            let stands = |one: &Needed| {
                let text = in_use.iter().find(|text| text.kind == one.kind)?;
                Some(AtCheckIn { text: text.clone(), on_file: one.on_file(&held, today) })
            };
            Ok(needed.iter().map(|(one, _)| one).filter(|one| may_bind(one)).filter_map(stands).collect())
        })
    })
    .await
}

/// Texts by kind and version.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list_texts(cx: &Cx, list: &ListConsentTexts) -> Result<Page<ConsentText>, Problem> {
    let after: Option<ConsentTextId> = cursor(list.cursor.as_deref())?;
    let limit = list.limit.unwrap_or_default().0;
    cx.read(Permission::PatientRead, |scope| {
        Box::pin(async move {
            let after = match after {
                Some(id) => Some(scope.find::<ConsentText>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let in_use = list.in_use.map(|in_use| ::rules::column::Value::Bool(in_use.0));
            let filter = Where::organization().and_if("kind = ?", list.kind.as_ref()).and_if("in_use = ?", in_use);
            let found = store::texts(scope, filter, after.as_ref(), limit + 1).await?;
            Ok(Page::cut(found, limit, |text| text.id))
        })
    })
    .await
}
