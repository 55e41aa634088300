//! Use cases of templates of group sessions: reading, making, changing, archiving, restoring, and starting from one.

mod inputs;

pub use inputs::{ChangeGroupSessionTemplate, NewGroupSessionTemplate};

use ::rules::{
    column::Json,
    id::GroupSessionTemplateId,
    notes::{Discipline, NoteType},
    permissions::{Flag, Permission},
    templates::GroupSessionSettings,
    text::{Name, fold},
    violation::Violation,
};
use deserr::Deserr;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    super::store::group_sessions::{self as store, GroupSessionTemplate},
    notes::{TemplatesShown, by_key},
};
use crate::{
    audit::history::{AsOf, RecordVersion, history as history_of},
    door::{Cx, Scope},
    events::TemplateEvent,
    http::extract::FieldErrors,
    paging::{Limit, Page, Paged},
    problem::Problem,
};
use inputs::blank;

/// Templates an organization may have, archived ones too: more than anybody can tell apart.
const MOST: usize = 300;

/// What a group session starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupSessionTemplateView {
    /// The id.
    pub id: GroupSessionTemplateId,
    /// What it says.
    #[serde(flatten)]
    pub settings: GroupSessionSettings,
    /// Which version of what it says this is, from 1.
    pub template_version: u32,
    /// The template it was copied from.
    pub copied_from: Option<GroupSessionTemplateId>,
    /// Since when nothing new starts from it.
    pub archived_at: Option<Timestamp>,
    /// The version of the record: send it back in `If-Match`.
    pub version: i64,
}

impl From<GroupSessionTemplate> for GroupSessionTemplateView {
    fn from(one: GroupSessionTemplate) -> Self {
        Self {
            id: one.id,
            settings: one.settings.0,
            template_version: one.template_version,
            copied_from: one.copied_from,
            archived_at: one.archived_at,
            version: one.version,
        }
    }
}

/// A template as a session keeps it from its start on: no later change of the template reaches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionTemplate {
    /// The template.
    pub template_id: GroupSessionTemplateId,
    /// Its version.
    pub template_version: u32,
    /// What it said.
    pub settings: GroupSessionSettings,
}

/// Whether the caller manages templates of group sessions: by the permission to manage all, or by the flag for these.
pub fn may_manage(cx: &Cx) -> bool {
    cx.permissions.allows(Permission::TemplateManage) || cx.has_flag(Flag::ManageGroupSessionTemplates)
}

/// Refuses who does not manage templates of group sessions.
///
/// # Errors
/// 403 that names the permission to manage all templates.
pub async fn require_manage(cx: &Cx) -> Result<(), Problem> {
    if may_manage(cx) { Ok(()) } else { cx.require(Permission::TemplateManage).await }
}

async fn require_read(cx: &Cx) -> Result<(), Problem> {
    if may_manage(cx) { Ok(()) } else { cx.require(Permission::GroupRead).await }
}

/// What a list of templates is limited to.
#[derive(Debug, Clone, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListGroupSessionTemplates {
    /// `active` unless given.
    #[deserr(default)]
    pub status: Option<TemplatesShown>,
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

/// The templates by title.
///
/// # Errors
/// 403; 422 for a bad cursor.
pub async fn list(cx: &Cx, list: &ListGroupSessionTemplates) -> Result<Page<GroupSessionTemplateView>, Problem> {
    let shown = list.status.unwrap_or(TemplatesShown::Active);
    let paged = Paged { limit: list.limit, cursor: list.cursor.clone() };
    Page::of_whole(every(cx, shown).await?, &paged, |template| template.id.to_string())
}

/// The templates by title, all at once.
///
/// # Errors
/// 403.
pub async fn every(cx: &Cx, shown: TemplatesShown) -> Result<Vec<GroupSessionTemplateView>, Problem> {
    require_read(cx).await?;
    let archived = shown.archived();
    let found =
        cx.read_as_oneself(|scope| Box::pin(async move { Ok(store::all(scope, archived, MOST).await?) })).await?;
    Ok(found.into_iter().map(GroupSessionTemplateView::from).collect())
}

/// One template.
///
/// # Errors
/// 403, 404.
pub async fn show(cx: &Cx, id: GroupSessionTemplateId) -> Result<GroupSessionTemplateView, Problem> {
    require_read(cx).await?;
    cx.read_as_oneself(|scope| Box::pin(async move { Ok(scope.get::<GroupSessionTemplate, _>(id).await?.into()) }))
        .await
}

/// A template as it stood.
///
/// # Errors
/// 403, 404, 422 for a bad cursor.
pub async fn history(cx: &Cx, id: GroupSessionTemplateId, at: &AsOf) -> Result<Page<RecordVersion>, Problem> {
    history_of::<GroupSessionTemplate, _>(cx, Permission::GroupRead, id, at).await
}

/// Everything that is wrong with a template, at once. What `old` said already is not looked up again.
async fn check(
    scope: &mut Scope<'_>,
    new: &GroupSessionSettings,
    old: Option<&GroupSessionSettings>,
) -> Result<(), Problem> {
    let mut found = new.violations();
    let is_known =
        |discipline: Option<Discipline>, key: &str| old.is_some_and(|old| old.note_template(discipline) == Some(key));
    if let Some(key) = new.group_note_template.as_deref().filter(|key| !is_known(None, key)) {
        found.extend(misfit(scope, "group_note_template", key, None).await?);
    }
    for (at, one) in new.individual_note_templates.iter().enumerate().take(Discipline::ALL.len()) {
        if !is_known(Some(one.discipline), &one.template) {
            let field = format!("individual_note_templates[{at}].template");
            found.extend(misfit(scope, &field, &one.template, Some(one.discipline)).await?);
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found.into()) }
}

/// Why a note template can't be the one of the group note, or of a discipline.
async fn misfit(
    scope: &mut Scope<'_>,
    field: &str,
    key: &str,
    discipline: Option<Discipline>,
) -> Result<Option<Violation>, Problem> {
    let note_type = discipline.map_or(NoteType::SessionNote, |_| NoteType::IndividualNote);
    let fault = match by_key(scope, key).await? {
        None => Some(("not_found", "is no template; `GET /api/templates` lists them")),
        Some(found) if (found.template.note_type, found.template.discipline) != (note_type, discipline) => {
            Some(("other_kind", "is a template for another kind of note"))
        }
        Some(found) if found.is_archived => Some(("archived", "is archived; choose one that is in use")),
        Some(_) => None,
    };
    Ok(fault.map(|(code, message)| Violation::new(field, code, message)))
}

async fn check_title(scope: &mut Scope<'_>, template: &GroupSessionTemplate) -> Result<(), Problem> {
    match store::title_is_taken(scope, &template.title_key, template.id).await? {
        true => Err(title_taken()),
        false => Ok(()),
    }
}

fn title_taken() -> Problem {
    Problem::conflict("title_taken", "Another template in use has this title. Choose one that tells them apart.")
}

fn taken_meanwhile(error: ::store::Error) -> Problem {
    match error {
        ::store::Error::Conflict => title_taken(),
        error => error.into(),
    }
}

/// Makes a template.
///
/// # Errors
/// 403, 422 with every bad field, 409 `title_taken` or `too_many_templates`.
pub async fn create(cx: &Cx, new: &NewGroupSessionTemplate) -> Result<GroupSessionTemplateView, Problem> {
    require_manage(cx).await?;
    cx.write_as_oneself(|scope| {
        Box::pin(async move {
            let source: Option<GroupSessionTemplate> = match new.copy_of {
                Some(id) => Some(scope.find(id).await?.ok_or_else(|| {
                    Problem::invalid_field("copy_of", "not_found", "is no template of group sessions of yours")
                })?),
                None => None,
            };
            let old = source.map_or_else(|| blank(new.title.clone()), |source| source.settings.0);
            let settings = ChangeGroupSessionTemplate::from(new).of(old);
            check(scope, &settings, None).await?;
            if store::all(scope, None, MOST).await?.len() >= MOST {
                let detail = format!("There are {MOST} templates. Change one of them instead.");
                return Err(Problem::conflict("too_many_templates", detail));
            }
            let template = GroupSessionTemplate {
                id: scope.id(),
                title_key: fold(&settings.title),
                template_version: 1,
                settings: Json(settings),
                copied_from: new.copy_of,
                archived_at: None,
                version: 1,
                created_by_user: scope.cx.user(),
                created_at: scope.now(),
                updated_at: scope.now(),
            };
            check_title(scope, &template).await?;
            scope.insert(&template).await.map_err(taken_meanwhile)?;
            scope.emit(TemplateEvent::GroupSessionCreated { template: template.id });
            Ok(template.into())
        })
    })
    .await
}

/// Changes a template: its next version. Sessions that have started keep theirs.
///
/// # Errors
/// 403, 404, 412, 422 with every bad field, 409 `title_taken`, or `invalid_transition` once it is archived.
pub async fn change(
    cx: &Cx,
    id: GroupSessionTemplateId,
    change: &ChangeGroupSessionTemplate,
) -> Result<GroupSessionTemplateView, Problem> {
    require_manage(cx).await?;
    cx.write_as_oneself(|scope| {
        Box::pin(async move {
            let old: GroupSessionTemplate = scope.lock_current(id).await?;
            if old.archived_at.is_some() {
                let detail = "This template is archived. Restore it to change it, or copy it.";
                return Err(Problem::conflict("invalid_transition", detail));
            }
            let settings = change.of(old.settings.0.clone());
            check(scope, &settings, Some(&old.settings)).await?;
            let version = old.template_version + u32::from(settings != old.settings.0);
            let title_key = fold(&settings.title);
            let new =
                GroupSessionTemplate { title_key, template_version: version, settings: Json(settings), ..old.clone() };
            check_title(scope, &new).await?;
            let saved = scope.update(&old, new).await.map_err(taken_meanwhile)?;
            scope.emit(TemplateEvent::GroupSessionUpdated { template: id, version: saved.template_version });
            Ok(saved.into())
        })
    })
    .await
}

/// Archives a template: nothing new starts from it. Groups and sessions that have it keep it.
///
/// # Errors
/// 403, 404, 409 when it is archived already, 412.
pub async fn archive(cx: &Cx, id: GroupSessionTemplateId) -> Result<GroupSessionTemplateView, Problem> {
    turn(cx, id, true).await
}

/// Lets sessions start from an archived template again.
///
/// # Errors
/// 403, 404, 409 when it is not archived, or `title_taken`; 412.
pub async fn restore(cx: &Cx, id: GroupSessionTemplateId) -> Result<GroupSessionTemplateView, Problem> {
    turn(cx, id, false).await
}

async fn turn(cx: &Cx, id: GroupSessionTemplateId, archived: bool) -> Result<GroupSessionTemplateView, Problem> {
    require_manage(cx).await?;
    cx.write_as_oneself(|scope| {
        Box::pin(async move {
            let old: GroupSessionTemplate = scope.lock_current(id).await?;
            if old.archived_at.is_some() == archived {
                let detail =
                    if archived { "The template is archived already." } else { "The template is in use already." };
                return Err(Problem::conflict("invalid_transition", detail));
            }
            if !archived {
                check_title(scope, &old).await?;
            }
            let new = GroupSessionTemplate { archived_at: archived.then(|| scope.now()), ..old.clone() };
            let saved = scope.update(&old, new).await.map_err(taken_meanwhile)?;
            scope.emit(match archived {
                true => TemplateEvent::GroupSessionArchived { template: id },
                false => TemplateEvent::GroupSessionRestored { template: id },
            });
            Ok(saved.into())
        })
    })
    .await
}

/// The templates that a form offers: key and title.
///
/// # Errors
/// When the database can't answer.
pub async fn offered(cx: &Cx) -> Result<Vec<(String, String)>, Problem> {
    let found = cx.read_as_oneself(|scope| Box::pin(async move { Ok(store::all(scope, Some(false), MOST).await?) }));
    Ok(found.await?.into_iter().map(|one| (one.id.to_string(), one.settings.title.to_string())).collect())
}

// Starting from one ---------------------------------------------------------------------------------------------------

/// What a template says, for a group or a session that is to have it. One that it `had` already may be archived.
///
/// # Errors
/// When the database can't answer.
pub async fn named(
    scope: &mut Scope<'_>,
    id: GroupSessionTemplateId,
    had: Option<GroupSessionTemplateId>,
) -> Result<Result<GroupSessionSettings, Violation>, Problem> {
    let found: Option<GroupSessionTemplate> = scope.find(id).await?;
    Ok(match found {
        None => {
            Err(Violation::new("template_id", "not_found", "is no template of group sessions of your organization"))
        }
        Some(one) if one.archived_at.is_some() && had != Some(id) => {
            Err(Violation::new("template_id", "archived", "is archived; choose one that is in use"))
        }
        Some(one) => Ok(one.settings.0),
    })
}

/// A template as it is now, as a session keeps it from its start on.
///
/// # Errors
/// When the database can't answer.
pub async fn as_it_is(
    scope: &mut Scope<'_>,
    id: Option<GroupSessionTemplateId>,
) -> Result<Option<SessionTemplate>, Problem> {
    let Some(id) = id else { return Ok(None) };
    let found: Option<GroupSessionTemplate> = scope.find(id).await?;
    Ok(found.map(|one| SessionTemplate {
        template_id: id,
        template_version: one.template_version,
        settings: one.settings.0,
    }))
}

/// The titles of the templates in use that ask for this note template: as long as there are any, it is not archived.
///
/// # Errors
/// When the database can't answer.
pub async fn that_ask_for(scope: &mut Scope<'_>, key: &str) -> Result<Vec<Name>, Problem> {
    let all = store::all(scope, Some(false), MOST).await?;
    let asks = |settings: &GroupSessionSettings| {
        settings.group_note_template.as_deref() == Some(key)
            || settings.individual_note_templates.iter().any(|one| one.template == key)
    };
    Ok(all.into_iter().filter(|one| asks(&one.settings)).map(|one| one.settings.0.title).collect())
}
