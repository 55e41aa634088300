//! Use cases: taking a consent, revoking one, reading them.

mod texts;

use std::collections::BTreeMap;

use ::rules::{
    consents::{ConsentKind, ConsentStatus, SignerCapacity, Signing, SigningMethod, check, default_last_day},
    id::{ConsentId, ConsentTextId, GuestId, PatientId},
    permissions::Permission,
    roster::Person,
    text::{Name, Reason, Text},
};
use ::store::Where;
use deserr::Deserr;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use texts::{
    AtCheckIn, ChangeConsentText, ListConsentTexts, NewConsentText, UsualAdded, add_text, add_usual, at_check_in,
    change_text, in_use, list_texts, text,
};

use super::store::{self, Consent, ConsentText};
use crate::{
    door::{Cx, Scope},
    events::ConsentEvent,
    http::extract::{FieldErrors, Parsed, Patch},
    paging::{Limit, Page, cursor},
    people::{Guest, Patient},
    problem::Problem,
    when::Day,
};

/// A consent somebody has given: of exactly one person, to a text or to the version of a kind that is in use.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewConsent {
    /// The patient it is about, if it is one.
    #[deserr(default)]
    pub patient_id: Option<PatientId>,
    /// The guest it is about, if it is one.
    #[deserr(default)]
    pub guest_id: Option<GuestId>,
    /// The text that was signed; the version of the kind that is in use, unless given.
    #[deserr(default)]
    pub text_id: Option<ConsentTextId>,
    /// The kind, where no text is named.
    #[deserr(default)]
    pub kind: Option<ConsentKind>,
    /// In what capacity it was signed: `self` unless given.
    #[deserr(default)]
    pub capacity: Option<SignerCapacity>,
    /// Who signed: the person, unless somebody else did.
    #[deserr(default)]
    pub signer_name: Option<Name>,
    /// By what they sign for somebody else: mother, court order of a date.
    #[deserr(default)]
    pub signer_authority: Option<Text<1, 200>>,
    /// How it was signed: on paper unless given.
    #[deserr(default)]
    pub method: Option<SigningMethod>,
    /// When: today unless given.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub signed_on: Option<Parsed<Day>>,
    /// Its first day: the one it was signed on unless given.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_from: Option<Parsed<Day>>,
    /// Its last day: as the text says unless given; null where it holds until it is revoked.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Patch<Parsed<Day>>,
    /// What is disclosed to whom, and what for: required where the kind discloses something.
    #[deserr(default)]
    pub scope: Option<Text<1, 2000>>,
    /// What else is to be known of it.
    #[deserr(default)]
    pub remark: Option<Text<1, 2000>>,
}

/// Why a consent no longer holds.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Revocation {
    /// The reason: withdrawn in writing, entered by mistake.
    pub reason: Reason,
}

/// A consent with what it is to and how it stands today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConsentView {
    /// The consent.
    #[serde(flatten)]
    pub consent: Consent,
    /// What people call the text.
    pub title: Name,
    /// How it stands today.
    pub status: ConsentStatus,
    /// Whether its version still counts at check-in: false where a newer one is to be signed instead.
    #[serde(default)]
    pub counts: bool,
}

/// What a list of consents is limited to.
#[derive(Debug, Clone, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListConsents {
    /// Only those of this patient.
    #[deserr(default)]
    pub patient_id: Option<PatientId>,
    /// Only those of this guest.
    #[deserr(default)]
    pub guest_id: Option<GuestId>,
    /// Only those of this kind.
    #[deserr(default)]
    pub kind: Option<ConsentKind>,
    /// Only those that stand so today.
    #[deserr(default)]
    pub status: Option<ConsentStatus>,
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

/// Whom a consent is about.
struct About {
    person: Person,
    full_name: String,
    /// Every name they may sign with.
    names: Vec<String>,
    born: Option<Date>,
}

async fn about(scope: &mut Scope<'_>, new: &NewConsent) -> Result<About, Problem> {
    let nobody = |field: &str| Problem::invalid_field(field, "not_found", "is nobody of your organization");
    match (new.patient_id, new.guest_id) {
        (Some(id), None) => {
            let patient: Option<Patient> = scope.find(id).await?;
            let patient =
                patient.filter(|patient| patient.merged_into.is_none()).ok_or_else(|| nobody("patient_id"))?;
            let full_name = patient.names().full();
            let names = [&patient.other_given_name, &patient.other_family_name, &patient.preferred_name];
            let names = names.into_iter().flatten().map(|name| name.to_string()).chain([full_name.clone()]).collect();
            Ok(About { person: Person::Patient(id), full_name, names, born: Some(patient.birth_date) })
        }
        (None, Some(id)) => {
            let guest: Option<Guest> = scope.find(id).await?;
            let guest = guest.filter(|guest| guest.converted_at.is_none()).ok_or_else(|| nobody("guest_id"))?;
            let full_name = guest.display_name.to_string();
            Ok(About { person: Person::Guest(id), names: vec![full_name.clone()], full_name, born: None })
        }
        _ => Err(Problem::invalid_field("patient_id", "one_person", "or the guest's id is required, and not both")),
    }
}

/// The text that was signed.
async fn signed_text(scope: &mut Scope<'_>, new: &NewConsent) -> Result<ConsentText, Problem> {
    let refuse = |field: &str, message: &str| Err(Problem::invalid_field(field, "not_found", message));
    match (new.text_id, &new.kind) {
        (Some(id), kind) => match scope.find::<ConsentText>(id).await? {
            None => refuse("text_id", "is no text of your organization"),
            Some(text) if kind.as_ref().is_some_and(|kind| *kind != text.kind) => {
                refuse("kind", "is not that of the text; name one of the two")
            }
            Some(text) => Ok(text),
        },
        (None, Some(kind)) => match store::in_use(scope, Some(kind)).await?.pop() {
            Some(text) => Ok(text),
            None => refuse("kind", "has no text in use; add one under Settings, Consents"),
        },
        (None, None) => Err(Problem::invalid_field("text_id", "missing", "or the kind is required")),
    }
}

/// Keeps a consent that somebody has given.
///
/// # Errors
/// 422 with every bad field.
pub async fn take(cx: &Cx, new: &NewConsent) -> Result<ConsentView, Problem> {
    cx.write(Permission::ConsentManage, |scope| {
        Box::pin(async move {
            let about = about(scope, new).await?;
            let text = signed_text(scope, new).await?;
            let consent = made(scope, new, &about, &text)?;
            scope.insert(&consent).await?;
            scope.emit(ConsentEvent::Taken { consent: consent.id, person: about.person });
            let counting = store::counting(scope).await?;
            Ok(view(scope.cx, consent, text.title, &counting))
        })
    })
    .await
}

/// The consent, if nothing is wrong with it.
fn made(scope: &Scope<'_>, new: &NewConsent, about: &About, text: &ConsentText) -> Result<Consent, Problem> {
    let today = scope.cx.today();
    let day = |day: Option<Parsed<Day>>, other: Date| day.map_or(other, |day| day.0.0);
    let capacity = new.capacity.unwrap_or(SignerCapacity::Oneself);
    let signed_on = day(new.signed_on, today);
    let valid_from = day(new.valid_from, signed_on);
    let valid_until = match new.valid_until {
        Patch::Keep => default_last_day(text.months, valid_from, capacity, about.born),
        Patch::Clear => None,
        Patch::Set(last) => Some(last.0.0),
    };
    let own_names: Vec<&str> = about.names.iter().map(String::as_str).collect();
    let mut found = check(&Signing {
        kind: &text.kind,
        guest: about.person.guest().is_some(),
        capacity,
        signer_name: new.signer_name.as_deref(),
        own_names: &own_names,
        has_authority: new.signer_authority.is_some(),
        names_purpose: new.scope.is_some(),
        signed_on,
        valid_from,
        valid_until,
        born: about.born,
        today,
    });
    // Said of the field that was sent.
    for violation in found.iter_mut().filter(|violation| violation.field == "kind" && new.text_id.is_some()) {
        violation.field = "text_id".to_owned();
    }
    if !found.is_empty() {
        return Err(found.into());
    }
    let own_name = Name::parse(&about.full_name).map_err(|error| Problem::internal(&error))?;
    Ok(Consent {
        id: scope.id(),
        patient_id: about.person.patient(),
        guest_id: about.person.guest(),
        kind: text.kind.clone(),
        text_id: text.id,
        text_version: text.text_version,
        capacity,
        signer_name: new.signer_name.clone().unwrap_or(own_name),
        signer_authority: new.signer_authority.clone(),
        method: new.method.unwrap_or(SigningMethod::Paper),
        signed_on,
        valid_from,
        valid_until,
        scope: new.scope.clone(),
        remark: new.remark.clone(),
        revoked_at: None,
        revoked_by_user: None,
        revoked_reason: None,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    })
}

/// Revokes a consent: from this moment on it holds no longer. What was done in reliance on it stays.
///
/// # Errors
/// 404, 409 when it is revoked already, 412.
pub async fn revoke(cx: &Cx, id: ConsentId, why: &Revocation) -> Result<ConsentView, Problem> {
    cx.write(Permission::ConsentManage, |scope| {
        Box::pin(async move {
            let old: Consent = scope.lock_current(id).await?;
            if old.revoked_at.is_some() {
                return Err(Problem::conflict("invalid_transition", "This consent is revoked already."));
            }
            let new = Consent {
                revoked_at: Some(scope.now()),
                revoked_by_user: scope.cx.user(),
                revoked_reason: Some(why.reason.clone()),
                ..old.clone()
            };
            let saved = scope.update(&old, new).await?;
            if let Some(person) = saved.person() {
                scope.emit(ConsentEvent::Revoked { consent: id, person });
            }
            shown(scope, saved).await
        })
    })
    .await
}

fn view(cx: &Cx, consent: Consent, title: Name, counting: &BTreeMap<ConsentKind, u32>) -> ConsentView {
    let status = consent.term().status(cx.today());
    let counts = counting.get(&consent.kind).is_none_or(|oldest| consent.text_version >= *oldest);
    ConsentView { consent, title, status, counts }
}

async fn shown(scope: &mut Scope<'_>, consent: Consent) -> Result<ConsentView, Problem> {
    let text: ConsentText = scope.get(consent.text_id).await?;
    let counting = store::counting(scope).await?;
    Ok(view(scope.cx, consent, text.title, &counting))
}

/// One consent.
///
/// # Errors
/// 404.
pub async fn show(cx: &Cx, id: ConsentId) -> Result<ConsentView, Problem> {
    cx.read(Permission::PatientRead, |scope| {
        Box::pin(async move {
            let consent: Consent = scope.get(id).await?;
            scope.record_reading("consent", id);
            shown(scope, consent).await
        })
    })
    .await
}

/// Consents, newest first.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list(cx: &Cx, list: &ListConsents) -> Result<Page<ConsentView>, Problem> {
    let after: Option<ConsentId> = cursor(list.cursor.as_deref())?;
    let limit = list.limit.unwrap_or_default().0;
    cx.read(Permission::PatientRead, |scope| {
        Box::pin(async move {
            let found = store::list(scope, filter(list, scope.cx.today()), after, limit + 1).await?;
            let titles = store::titles(scope, found.iter().map(|one| one.text_id)).await?;
            let counting = store::counting(scope).await?;
            let subject = list.patient_id.map(|id| id.to_string()).or(list.guest_id.map(|id| id.to_string()));
            scope.record_reading("consent_list", subject.unwrap_or_else(|| "consents".to_owned()));
            let cx = scope.cx;
            Ok(Page::cut(found, limit, |one| one.id).map(|one| {
                let title = titles.get(&one.text_id).cloned();
                let title = title.or_else(|| Name::parse(one.kind.as_text()).ok());
                title.map(|title| view(cx, one, title, &counting))
            }))
        })
    })
    .await
    .map(|page| Page { items: page.items.into_iter().flatten().collect(), next: page.next })
}

fn filter(list: &ListConsents, today: Date) -> Where {
    let filter = Where::organization()
        .and_if("patient_id = ?", list.patient_id.as_ref())
        .and_if("guest_id = ?", list.guest_id.as_ref())
        .and_if("kind = ?", list.kind.as_ref());
    let today = || ::rules::column::Value::Day(today);
    match list.status {
        None => filter,
        Some(ConsentStatus::Revoked) => filter.and_always("revoked_at is not null"),
        Some(ConsentStatus::NotYet) => filter.and_always("revoked_at is null").and("valid_from > ?", today()),
        Some(ConsentStatus::Expired) => filter.and_always("revoked_at is null").and("valid_until < ?", today()),
        Some(ConsentStatus::InForce) => {
            let filter = filter.and_always("revoked_at is null").and("valid_from <= ?", today());
            filter.and("(valid_until is null or valid_until >= ?)", today())
        }
    }
}
