//! Use cases of practitioners: the staff who lead, document and supervise.

use std::collections::BTreeMap;

use ::rules::{
    id::{PractitionerId, UserId},
    notes::Discipline,
    people::Npi,
    permissions::Permission,
    text::{Name, Text},
};
use ::store::Where;
use deserr::Deserr;
use utoipa::{IntoParams, ToSchema};

use super::{
    all_good,
    input::{Shown, column, optional},
    must_exist, taken_meanwhile,
};
use crate::{
    door::{Cx, Scope},
    events::Event,
    http::extract::{FieldErrors, Patch},
    identity::User,
    paging::{Limit, Page, bad_cursor, cursor},
    people::store::{self, Practitioner},
    problem::{FieldError, Problem},
};

/// The most choices a form offers.
const CHOICES_MAX: usize = 1_000;
/// The most levels of supervision.
const LEVELS_MAX: usize = 20;

/// A practitioner to add.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewPractitioner {
    /// Given name.
    #[deserr(default)]
    pub given_name: Option<Text<0, 200>>,
    /// Family name.
    pub family_name: Name,
    /// What follows the name: `LCSW`, `PhD`.
    #[deserr(default)]
    pub credential: Option<Text<1, 100>>,
    /// The licence.
    #[deserr(default)]
    pub license_number: Option<Text<1, 100>>,
    /// The National Provider Identifier.
    #[deserr(default)]
    pub npi: Option<Npi>,
    /// The discipline whose notes the practitioner writes.
    #[deserr(default)]
    pub discipline: Option<Discipline>,
    /// Who supervises.
    #[deserr(default)]
    pub supervisor_id: Option<PractitionerId>,
    /// The login; one practitioner has it at most.
    #[deserr(default)]
    pub user_id: Option<UserId>,
    /// The id in the system the record comes from, unique in the organization.
    #[deserr(default)]
    pub external_id: Option<Text<1, 200>>,
    /// Whether the practitioner may lead new sessions; true unless given.
    #[deserr(default)]
    pub is_active: Option<bool>,
}

/// What may be changed of a practitioner; what is left out stays, `null` clears.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangePractitioner {
    /// Given name.
    #[deserr(default)]
    pub given_name: Option<Text<0, 200>>,
    /// Family name.
    #[deserr(default)]
    pub family_name: Option<Name>,
    /// What follows the name.
    #[deserr(default)]
    #[schema(value_type = Option<Text<1, 100>>)]
    pub credential: Patch<Text<1, 100>>,
    /// The licence.
    #[deserr(default)]
    #[schema(value_type = Option<Text<1, 100>>)]
    pub license_number: Patch<Text<1, 100>>,
    /// The National Provider Identifier.
    #[deserr(default)]
    #[schema(value_type = Option<Npi>)]
    pub npi: Patch<Npi>,
    /// The discipline whose notes the practitioner writes.
    #[deserr(default)]
    #[schema(value_type = Option<Discipline>)]
    pub discipline: Patch<Discipline>,
    /// Who supervises.
    #[deserr(default)]
    #[schema(value_type = Option<PractitionerId>)]
    pub supervisor_id: Patch<PractitionerId>,
    /// The login.
    #[deserr(default)]
    #[schema(value_type = Option<UserId>)]
    pub user_id: Patch<UserId>,
    /// The id in the system the record comes from.
    #[deserr(default)]
    #[schema(value_type = Option<Text<1, 200>>)]
    pub external_id: Patch<Text<1, 200>>,
    /// Whether the practitioner may lead new sessions.
    #[deserr(default)]
    pub is_active: Option<bool>,
}

/// What a list of practitioners is limited to.
#[derive(Debug, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPractitioners {
    /// `active` (unless given), `inactive` or `all`.
    #[deserr(default)]
    pub status: Option<Shown>,
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

/// Adds a practitioner.
///
/// # Errors
/// 422 with every bad field, 409 `user_taken` or `external_id_taken`.
pub async fn add_practitioner(cx: &Cx, new: &NewPractitioner) -> Result<Practitioner, Problem> {
    cx.write(Permission::UserManage, |scope| Box::pin(create(scope, new))).await
}

/// As [`add_practitioner`], inside an action that adds many.
///
/// # Errors
/// As [`add_practitioner`].
pub async fn create(scope: &mut Scope<'_>, new: &NewPractitioner) -> Result<Practitioner, Problem> {
    let practitioner = Practitioner {
        id: scope.id(),
        given_name: new.given_name.clone().map_or_else(|| column(""), Ok)?,
        family_name: new.family_name.clone(),
        credential: new.credential.clone(),
        license_number: new.license_number.clone(),
        npi: optional(new.npi.as_ref().map(Npi::as_text))?,
        discipline: optional(new.discipline.map(Discipline::as_str))?,
        supervisor_id: new.supervisor_id,
        user_id: new.user_id,
        external_id: new.external_id.clone(),
        is_active: new.is_active.unwrap_or(true),
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    };
    check(scope, None, &practitioner).await?;
    scope.insert(&practitioner).await.map_err(taken_meanwhile)?;
    scope.emit(Event::PractitionerCreated { practitioner: practitioner.id });
    Ok(practitioner)
}

/// Asks of everything that changed whether it may be.
async fn check(scope: &mut Scope<'_>, old: Option<&Practitioner>, new: &Practitioner) -> Result<(), Problem> {
    let supervisor = new.supervisor_id.filter(|id| old.is_none_or(|old| old.supervisor_id != Some(*id)));
    let user = new.user_id.filter(|id| old.is_none_or(|old| old.user_id != Some(*id)));
    let mut errors: Vec<FieldError> = check_supervisor(scope, new.id, supervisor).await?.into_iter().collect();
    errors.extend(must_exist::<User, _>(scope, "user_id", user).await?);
    all_good(errors)?;
    if let Some(user) = user
        && store::practitioners::by_user(scope, user).await?.is_some()
    {
        let detail = "Another practitioner has this login. Take it from them first.";
        return Err(Problem::conflict("user_taken", detail));
    }
    if let Some(external_id) = &new.external_id
        && store::practitioners::by_external_id(scope, external_id).await?.is_some_and(|other| other.id != new.id)
    {
        return Err(Problem::conflict("external_id_taken", "Another practitioner has this `external_id`."));
    }
    Ok(())
}

/// Nobody supervises themselves, directly or through others. Each row on the way up is locked, so that two changes at
/// once can't close a circle between them.
async fn check_supervisor(
    scope: &mut Scope<'_>,
    own: PractitionerId,
    supervisor: Option<PractitionerId>,
) -> Result<Option<FieldError>, Problem> {
    let refused = |code, message: &str| Ok(Some(FieldError::new("supervisor_id", code, message)));
    if let Some(missing) = must_exist::<Practitioner, _>(scope, "supervisor_id", supervisor).await? {
        return Ok(Some(missing));
    }
    let mut above = supervisor;
    for _ in 0..LEVELS_MAX {
        match above {
            None => return Ok(None),
            Some(id) if id == own => {
                return refused(
                    "supervisor_loop",
                    "would make somebody supervise themselves, directly or through others",
                );
            }
            Some(id) => above = scope.lock::<Practitioner, _>(id).await?.supervisor_id,
        }
    }
    refused("too_many_levels", "would make more than 20 levels of supervision")
}

/// Changes a practitioner.
///
/// # Errors
/// 404, 412, 422 with every bad field, 409 `user_taken` or `external_id_taken`.
pub async fn change_practitioner(
    cx: &Cx,
    id: PractitionerId,
    change: &ChangePractitioner,
) -> Result<Practitioner, Problem> {
    cx.write(Permission::UserManage, |scope| {
        Box::pin(async move {
            let old: Practitioner = scope.lock_current(id).await?;
            let new = changed(&old, change)?;
            check(scope, Some(&old), &new).await?;
            let saved = scope.update(&old, new).await.map_err(taken_meanwhile)?;
            scope.emit(Event::PractitionerUpdated { practitioner: id });
            Ok(saved)
        })
    })
    .await
}

fn changed(old: &Practitioner, change: &ChangePractitioner) -> Result<Practitioner, Problem> {
    let mut new = old.clone();
    let change = change.clone();
    new.given_name = change.given_name.unwrap_or(new.given_name);
    new.family_name = change.family_name.unwrap_or(new.family_name);
    new.credential = change.credential.apply(new.credential);
    new.license_number = change.license_number.apply(new.license_number);
    new.npi = change.npi.try_map(|npi| column(npi.as_text()))?.apply(new.npi);
    new.discipline = change.discipline.try_map(|discipline| column(discipline.as_str()))?.apply(new.discipline);
    new.supervisor_id = change.supervisor_id.apply(new.supervisor_id);
    new.user_id = change.user_id.apply(new.user_id);
    new.external_id = change.external_id.apply(new.external_id);
    new.is_active = change.is_active.unwrap_or(new.is_active);
    Ok(new)
}

/// One practitioner.
///
/// # Errors
/// 404.
pub async fn practitioner(cx: &Cx, id: PractitionerId) -> Result<Practitioner, Problem> {
    cx.read(Permission::GroupRead, |scope| Box::pin(async move { scope.get(id).await })).await
}

/// The practitioner with this id in the system it came from, for imports.
///
/// # Errors
/// When the database can't answer.
pub async fn find_by_external(scope: &mut Scope<'_>, external_id: &str) -> Result<Option<Practitioner>, Problem> {
    Ok(store::practitioners::by_external_id(scope, external_id).await?)
}

/// How these practitioners are shown.
///
/// # Errors
/// When the database can't answer.
pub async fn names(cx: &Cx, ids: &[PractitionerId]) -> Result<BTreeMap<PractitionerId, String>, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move { Ok(store::practitioner_names(scope, ids.iter().copied()).await?) })
    })
    .await
}

/// The practitioners that a form offers: the active ones, and the one that was chosen before.
///
/// # Errors
/// When the database can't answer.
pub async fn choices(cx: &Cx, chosen: Option<PractitionerId>) -> Result<Vec<Practitioner>, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let filter = match chosen {
                Some(id) => Where::organization().and("(is_active = true or id = ?)", &id),
                None => Where::organization().and_always("is_active = true"),
            };
            Ok(store::practitioners::list(scope, filter, None, CHOICES_MAX).await?)
        })
    })
    .await
}

/// Practitioners by family name.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list_practitioners(cx: &Cx, list: &ListPractitioners) -> Result<Page<Practitioner>, Problem> {
    let after: Option<PractitionerId> = cursor(list.cursor.as_deref())?;
    let limit = list.limit.unwrap_or_default().0;
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let after = match after {
                Some(id) => Some(scope.find::<Practitioner>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let filter = Shown::narrow(list.status, Where::organization());
            let found = store::practitioners::list(scope, filter, after.as_ref(), limit + 1).await?;
            Ok(Page::cut(found, limit, |practitioner| practitioner.id))
        })
    })
    .await
}
