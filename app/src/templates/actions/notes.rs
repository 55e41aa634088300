//! Use cases of note templates: reading, making, changing, archiving and restoring note templates, and choosing one for a note.

use ::rules::{
    column::Json,
    id::TemplateId,
    notes::{Discipline, NoteType},
    permissions::Permission,
    templates::{BUILT_IN_VERSION, NoteField, NoteTemplate, built_in, check_fields},
    text::{Name, fold},
    violation::Violation,
};
use deserr::Deserr;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    super::store::notes::{self as store, OwnTemplate},
    group_sessions,
};
use crate::{
    audit::history::{AsOf, RecordVersion, history as history_of},
    door::{Cx, Scope},
    events::TemplateEvent,
    http::extract::FieldErrors,
    paging::{Limit, Page, Paged},
    problem::Problem,
};

/// Templates an organization may have, archived ones too: more than anybody can tell apart.
const OWN_MAX: usize = 300;
/// The key of the built-in group note.
const GROUP_NOTE: &str = "group_note";

/// What a note starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateView {
    /// What a note names to start from it: the id, or the word of a built-in one.
    pub key: String,
    /// The id of a template of the organization's own.
    pub id: Option<TemplateId>,
    /// It comes with the product: it is copied, and never changed.
    pub is_built_in: bool,
    /// Its name.
    pub name: String,
    /// For the group note or for individual ones.
    pub note_type: NoteType,
    /// The discipline; none for a group note.
    pub discipline: Option<Discipline>,
    /// Its fields, in order.
    pub fields: Vec<NoteField>,
    /// Which version of its name and fields this is, from 1; a note keeps the one it was begun with.
    pub template_version: u32,
    /// The key of the template it was copied from.
    pub copied_from: Option<String>,
    /// Since when nothing new starts from it.
    pub archived_at: Option<Timestamp>,
    /// The version of the record: send it back in `If-Match`; none for a built-in template.
    pub version: Option<i64>,
}

impl TemplateView {
    fn built_in(note_type: NoteType, discipline: Option<Discipline>) -> Self {
        let NoteTemplate { name, note_type, discipline, fields } = built_in(note_type, discipline);
        Self {
            key: key_of(note_type, discipline).to_owned(),
            id: None,
            is_built_in: true,
            name,
            note_type,
            discipline,
            fields,
            template_version: BUILT_IN_VERSION,
            copied_from: None,
            archived_at: None,
            version: None,
        }
    }
}

impl From<OwnTemplate> for TemplateView {
    fn from(own: OwnTemplate) -> Self {
        Self {
            key: own.id.to_string(),
            id: Some(own.id),
            is_built_in: false,
            name: own.name.to_string(),
            note_type: own.note_type,
            discipline: own.discipline,
            fields: own.fields.0,
            template_version: own.template_version,
            copied_from: own.copied_from,
            archived_at: own.archived_at,
            version: Some(own.version),
        }
    }
}

/// The key of the built-in template of a kind of note.
pub fn key_of(note_type: NoteType, discipline: Option<Discipline>) -> &'static str {
    match note_type {
        NoteType::SessionNote => GROUP_NOTE,
        NoteType::IndividualNote => discipline.unwrap_or(Discipline::General).as_str(),
    }
}

/// The templates that come with the product.
pub fn all_built_in() -> Vec<TemplateView> {
    let individual = Discipline::ALL.iter().map(|discipline| (NoteType::IndividualNote, Some(*discipline)));
    let all = std::iter::once((NoteType::SessionNote, None)).chain(individual);
    all.map(|(kind, of)| TemplateView::built_in(kind, of)).collect()
}

::rules::vocabulary! {
    /// Which of the organization's own templates a list shows.
    pub enum TemplatesShown {
        /// Those that notes start from.
        Active = "active",
        /// Those that nothing new starts from.
        Archived = "archived",
        /// Both.
        All = "all",
    }
}

impl TemplatesShown {
    /// Whether they are archived; none for both.
    pub(super) const fn archived(self) -> Option<bool> {
        match self {
            Self::Active => Some(false),
            Self::Archived => Some(true),
            Self::All => None,
        }
    }
}

/// What a list of templates is limited to.
#[derive(Debug, Clone, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTemplates {
    /// Only templates for this kind of note.
    #[deserr(default)]
    pub note_type: Option<NoteType>,
    /// Only templates of this discipline.
    #[deserr(default)]
    pub discipline: Option<Discipline>,
    /// `active` unless given; `archived` leaves the built-in ones out.
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

/// Who reads notes, or manages templates, reads templates.
async fn may_read(cx: &Cx) -> Result<(), Problem> {
    match cx.permissions.allows(Permission::TemplateManage) {
        true => Ok(()),
        false => cx.require(Permission::GroupEncounterNoteRead).await,
    }
}

/// The templates: the built-in ones, then the organization's own by name.
///
/// # Errors
/// 403; 422 for a bad cursor.
pub async fn list(cx: &Cx, list: &ListTemplates) -> Result<Page<TemplateView>, Problem> {
    let paged = Paged { limit: list.limit, cursor: list.cursor.clone() };
    Page::of_whole(every(cx, list).await?, &paged, |template| template.key.clone())
}

/// The templates of a list, all at once.
///
/// # Errors
/// 403.
pub async fn every(cx: &Cx, list: &ListTemplates) -> Result<Vec<TemplateView>, Problem> {
    may_read(cx).await?;
    let shown = list.status.unwrap_or(TemplatesShown::Active);
    let archived = shown.archived();
    let own = cx.read_as_oneself(|scope| Box::pin(async move { Ok(store::own(scope, archived, OWN_MAX).await?) }));
    let own = own.await?.into_iter().map(TemplateView::from);
    let built_in = if shown == TemplatesShown::Archived { Vec::new() } else { all_built_in() };
    let wanted = |one: &TemplateView| {
        list.note_type.is_none_or(|wanted| one.note_type == wanted)
            && list.discipline.is_none_or(|wanted| one.discipline == Some(wanted))
    };
    Ok(built_in.into_iter().chain(own).filter(wanted).collect())
}

/// The organization's own templates that notes may start from, by name.
///
/// # Errors
/// When the database can't answer.
pub async fn in_use(scope: &mut Scope<'_>) -> Result<Vec<TemplateView>, Problem> {
    let own = store::own(scope, Some(false), OWN_MAX).await?;
    Ok(own.into_iter().map(TemplateView::from).collect())
}

/// One template of the organization's own.
///
/// # Errors
/// 404.
pub async fn show(cx: &Cx, id: TemplateId) -> Result<TemplateView, Problem> {
    may_read(cx).await?;
    cx.read_as_oneself(|scope| Box::pin(async move { Ok(scope.get::<OwnTemplate, _>(id).await?.into()) })).await
}

/// A template as it stood.
///
/// # Errors
/// 404, 422 for a bad cursor.
pub async fn history(cx: &Cx, id: TemplateId, at: &AsOf) -> Result<Page<RecordVersion>, Problem> {
    history_of::<OwnTemplate, _>(cx, Permission::GroupEncounterNoteRead, id, at).await
}

/// A note template to make: from its fields, or as a copy of another.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewTemplate {
    /// Its name; no two templates in use have one.
    pub name: Name,
    /// The key of a template to copy: kind, discipline and fields are its own unless given.
    #[deserr(default)]
    #[schema(max_length = 100)]
    pub copy_of: Option<String>,
    /// For the group note or for individual ones; needed without `copy_of`.
    #[deserr(default)]
    pub note_type: Option<NoteType>,
    /// The discipline of an individual note; `general` unless given.
    #[deserr(default)]
    pub discipline: Option<Discipline>,
    /// Its fields, in order, 1 to 60; needed without `copy_of`.
    #[deserr(default)]
    #[schema(min_items = 1, max_items = 60)]
    pub fields: Option<Vec<NoteField>>,
}

/// What may be changed of a note template: a change makes its next version. Notes that are begun keep theirs.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeTemplate {
    /// Its name.
    #[deserr(default)]
    pub name: Option<Name>,
    /// Its fields, in order: replaces them all.
    #[deserr(default)]
    #[schema(min_items = 1, max_items = 60)]
    pub fields: Option<Vec<NoteField>>,
}

/// Makes a template.
///
/// # Errors
/// 422 with every bad field, 409 `name_taken` or `too_many_templates`.
pub async fn create(cx: &Cx, new: &NewTemplate) -> Result<TemplateView, Problem> {
    cx.write(Permission::TemplateManage, |scope| {
        Box::pin(async move {
            let template = made(scope, new).await?;
            let known = store::own(scope, None, OWN_MAX).await?;
            if known.len() >= OWN_MAX {
                let detail = format!("There are {OWN_MAX} templates. Change one of them instead.");
                return Err(Problem::conflict("too_many_templates", detail));
            }
            check_name(scope, &template).await?;
            scope.insert(&template).await.map_err(taken_meanwhile)?;
            scope.emit(TemplateEvent::Created { template: template.id });
            Ok(template.into())
        })
    })
    .await
}

/// The template of an input, with everything that is wrong with it at once.
async fn made(scope: &mut Scope<'_>, new: &NewTemplate) -> Result<OwnTemplate, Problem> {
    let mut found = Vec::new();
    let source = match &new.copy_of {
        Some(key) => by_key(scope, key).await?,
        None => None,
    };
    if new.copy_of.is_some() && source.is_none() {
        found.push(Violation::new("copy_of", "not_found", NO_TEMPLATE));
    }
    let template = source.as_ref().map(|source| &source.template);
    let note_type = new.note_type.or(template.map(|template| template.note_type));
    if note_type.is_none() && new.copy_of.is_none() {
        found.push(Violation::new("note_type", "missing", "is required, unless `copy_of` names a template"));
    }
    let note_type = note_type.unwrap_or(NoteType::IndividualNote);
    if note_type == NoteType::SessionNote && new.discipline.is_some() {
        found.push(Violation::new("discipline", "not_individual", "belongs to an `individual_note`"));
    }
    let fields = new.fields.clone().or_else(|| template.map(|template| template.fields.clone()));
    match &fields {
        Some(fields) => found.extend(check_fields(fields)),
        None if new.copy_of.is_none() => {
            found.push(Violation::new("fields", "missing", "is required, unless `copy_of` names a template"));
        }
        None => {}
    }
    if !found.is_empty() {
        return Err(found.into());
    }
    let discipline = new.discipline.or(template.and_then(|template| template.discipline));
    Ok(OwnTemplate {
        id: scope.id(),
        name: new.name.clone(),
        name_key: fold(&new.name),
        note_type,
        discipline: (note_type == NoteType::IndividualNote).then(|| discipline.unwrap_or(Discipline::General)),
        template_version: 1,
        fields: Json(fields.unwrap_or_default()),
        copied_from: source.map(|source| source.key),
        archived_at: None,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    })
}

async fn check_name(scope: &mut Scope<'_>, template: &OwnTemplate) -> Result<(), Problem> {
    if store::name_is_taken(scope, &template.name_key, template.id).await? { Err(name_taken()) } else { Ok(()) }
}

fn name_taken() -> Problem {
    Problem::conflict("name_taken", "Another template in use has this name. Choose one that tells them apart.")
}

fn taken_meanwhile(error: ::store::Error) -> Problem {
    match error {
        ::store::Error::Conflict => name_taken(),
        error => error.into(),
    }
}

/// Changes a template: its next version. Notes that are begun keep theirs.
///
/// # Errors
/// 404, 412, 422 with every bad field, 409 `name_taken`, or `invalid_transition` once it is archived.
pub async fn change(cx: &Cx, id: TemplateId, change: &ChangeTemplate) -> Result<TemplateView, Problem> {
    cx.write(Permission::TemplateManage, |scope| {
        Box::pin(async move {
            let old: OwnTemplate = scope.lock_current(id).await?;
            if old.archived_at.is_some() {
                let detail = "This template is archived. Restore it to change it, or copy it.";
                return Err(Problem::conflict("invalid_transition", detail));
            }
            let mut new = old.clone();
            new.name = change.name.clone().unwrap_or(new.name);
            new.name_key = fold(&new.name);
            if let Some(fields) = &change.fields {
                let found = check_fields(fields);
                if !found.is_empty() {
                    return Err(found.into());
                }
                new.fields = Json(fields.clone());
            }
            check_name(scope, &new).await?;
            let says_the_same = (&new.name, &new.fields.0) == (&old.name, &old.fields.0);
            new.template_version += u32::from(!says_the_same);
            let saved = scope.update(&old, new).await.map_err(taken_meanwhile)?;
            scope.emit(TemplateEvent::Updated { template: id, version: saved.template_version });
            Ok(saved.into())
        })
    })
    .await
}

/// Archives a template: nothing new starts from it. Notes that are begun keep it.
///
/// # Errors
/// 404, 409 when it is archived already, or `template_in_use`; 412.
pub async fn archive(cx: &Cx, id: TemplateId) -> Result<TemplateView, Problem> {
    turn(cx, id, true).await
}

/// Lets notes start from an archived template again.
///
/// # Errors
/// 404, 409 when it is not archived, or `name_taken`; 412.
pub async fn restore(cx: &Cx, id: TemplateId) -> Result<TemplateView, Problem> {
    turn(cx, id, false).await
}

async fn turn(cx: &Cx, id: TemplateId, archived: bool) -> Result<TemplateView, Problem> {
    cx.write(Permission::TemplateManage, |scope| {
        Box::pin(async move {
            let old: OwnTemplate = scope.lock_current(id).await?;
            if old.archived_at.is_some() == archived {
                let detail =
                    if archived { "The template is archived already." } else { "The template is in use already." };
                return Err(Problem::conflict("invalid_transition", detail));
            }
            if archived {
                refuse_wanted(scope, id).await?;
            } else {
                check_name(scope, &old).await?;
            }
            let new = OwnTemplate { archived_at: archived.then(|| scope.now()), ..old.clone() };
            let saved = scope.update(&old, new).await.map_err(taken_meanwhile)?;
            scope.emit(match archived {
                true => TemplateEvent::Archived { template: id },
                false => TemplateEvent::Restored { template: id },
            });
            Ok(saved.into())
        })
    })
    .await
}

/// A template that sessions still to come ask for stays in use.
async fn refuse_wanted(scope: &mut Scope<'_>, id: TemplateId) -> Result<(), Problem> {
    let titles = group_sessions::that_ask_for(scope, &id.to_string()).await?;
    if titles.is_empty() {
        return Ok(());
    }
    let titles: Vec<String> = titles.iter().map(|title| format!("“{title}”")).collect();
    let detail =
        format!("Templates of group sessions ask for it: {}. Choose another one there first.", titles.join(", "));
    Err(Problem::conflict("template_in_use", detail))
}

/// The template a note starts from, as the note keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// What names it.
    pub key: String,
    /// Its version.
    pub version: u32,
    /// What it is.
    pub template: NoteTemplate,
    /// Nothing new starts from it.
    pub is_archived: bool,
}

const NO_TEMPLATE: &str = "is no template; `GET /api/templates` lists them";

/// The template with this key, archived or not.
///
/// # Errors
/// When the database can't answer.
pub async fn by_key(scope: &mut Scope<'_>, key: &str) -> Result<Option<Chosen>, Problem> {
    if let Ok(id) = TemplateId::parse(key) {
        let own: Option<OwnTemplate> = scope.find(id).await?;
        return Ok(own.map(|own| Chosen {
            key: id.to_string(),
            version: own.template_version,
            is_archived: own.archived_at.is_some(),
            template: own.template(),
        }));
    }
    let known = all_built_in().into_iter().find(|one| one.key == key);
    Ok(known.map(|one| usual(one.note_type, one.discipline)))
}

/// The built-in template of a kind of note.
pub fn usual(note_type: NoteType, discipline: Option<Discipline>) -> Chosen {
    Chosen {
        key: key_of(note_type, discipline).to_owned(),
        version: BUILT_IN_VERSION,
        template: built_in(note_type, discipline),
        is_archived: false,
    }
}

/// The template a new note starts from: the one that is named, or the built-in one of its kind.
///
/// # Errors
/// 422 at `template` when the key names none, an archived one, or one for another kind of note.
pub async fn chosen(
    scope: &mut Scope<'_>,
    key: Option<&str>,
    note_type: NoteType,
    discipline: Option<Discipline>,
) -> Result<Chosen, Problem> {
    let Some(key) = key else { return Ok(usual(note_type, discipline)) };
    let refused = |code, message: String| Err(Problem::invalid_field("template", code, message));
    match by_key(scope, key).await? {
        None => refused("not_found", NO_TEMPLATE.to_owned()),
        Some(found) if found.template.note_type != note_type => {
            refused("other_kind", format!("is a template for a note of the type `{}`", found.template.note_type))
        }
        Some(found) if discipline.is_some() && found.template.discipline != discipline => {
            let own = found.template.discipline.unwrap_or(Discipline::General);
            refused("other_kind", format!("is a template for a note of the discipline `{own}`"))
        }
        Some(found) if found.is_archived => refused("archived", "is archived; choose one that is in use".to_owned()),
        Some(found) => Ok(found),
    }
}
