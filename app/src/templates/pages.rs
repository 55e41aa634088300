//! `/settings/templates`.

use ::rules::{
    id::TemplateId,
    permissions::Permission,
    templates::{FieldType, MOST_COLUMNS, MOST_FIELDS, NoteField},
};
use axum::{
    extract::{Path, Query},
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use serde_json::{Map, Value, json};

use super::{
    TemplateView,
    actions::{self, ChangeTemplate, ListTemplates, NewTemplate, TemplatesShown},
    view::{self, TEMPLATES, editor},
};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again},
    },
    http::{PageRouter, extract::At, extract::parse, form::Form},
    problem::{FieldError, Problem},
    shell::{layout::Page, ui::FieldErrors},
};

/// The routes of the room.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route(TEMPLATES, get(list).post(add))
        .route("/settings/templates/new", get(new))
        .route("/settings/templates/{id}", get(one).post(change))
        .route("/settings/templates/{id}/archive", post(archive))
        .route("/settings/templates/{id}/restore", post(restore))
}

fn page(cx: &Cx, title: &str, body: maud::Markup) -> Page {
    frame::page(cx, "settings", title, body)
}

async fn list(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    cx.require(Permission::TemplateManage).await?;
    let wanted = ListTemplates { status: Some(TemplatesShown::All), ..ListTemplates::default() };
    let all = actions::list(&cx, &wanted).await?.items;
    let (built_in, mut own): (Vec<TemplateView>, Vec<TemplateView>) = all.into_iter().partition(|one| one.is_built_in);
    own.sort_by_key(|one| one.archived_at.is_some());
    let body = view::list(frame::settings_tabs(&cx, TEMPLATES), &own, &built_in);
    Ok(frame::show(&headers, page(&cx, "Templates", body)))
}

// What stands in the editor -------------------------------------------------------------------------------------------

/// A field as it stands in the editor. Its tag stays the same wherever it is moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftField {
    /// The number in the names of its controls.
    pub tag: u32,
    /// What it is.
    pub field_type: FieldType,
    /// The columns of rows.
    pub columns: Vec<DraftField>,
    texts: Vec<(String, String)>,
}

/// A template as it stands in the editor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// Its fields, in order.
    pub fields: Vec<DraftField>,
    /// The tag of the field that was added just now.
    pub focus: Option<u32>,
}

/// The parts of a field that are a line of text.
const LINES: [&str; 4] = ["key", "label", "hint", "unit"];
/// The parts of a field that are a number.
const NUMBERS: [&str; 2] = ["min", "max"];
/// The parts of a field that are ticked.
const TICKS: [&str; 2] = ["required", "quick"];

impl DraftField {
    /// What stands in a part of it.
    pub fn text(&self, part: &str) -> &str {
        self.texts.iter().find(|(known, _)| known == part).map_or("", |(_, text)| text.as_str())
    }

    fn blank(tag: u32, field_type: FieldType) -> Self {
        Self { tag, field_type, columns: Vec::new(), texts: Vec::new() }
    }

    fn of(field: &NoteField, tag: &mut u32) -> Self {
        *tag += 1;
        let own = *tag;
        let number = |number: Option<i64>| number.map(|number| number.to_string());
        let tick = |is_on: bool| is_on.then(|| "true".to_owned());
        let texts = [
            ("key", Some(field.key.clone())),
            ("label", Some(field.label.clone())),
            ("hint", field.hint.clone()),
            ("unit", field.unit.clone()),
            ("min", number(field.min)),
            ("max", number(field.max)),
            ("required", tick(field.required)),
            ("quick", tick(field.quick)),
            ("options", Some(field.options.join("\n"))),
        ];
        let texts = texts.into_iter().filter_map(|(part, text)| Some((part.to_owned(), text?))).collect();
        let columns = field.fields.iter().map(|column| Self::of(column, tag)).collect();
        Self { tag: own, field_type: field.field_type, columns, texts }
    }

    /// The field as the API takes it. What has no key yet gets one of its label.
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("type".to_owned(), json!(self.field_type));
        for part in LINES.iter().filter(|part| !self.text(part).is_empty()) {
            object.insert((*part).to_owned(), json!(self.text(part)));
        }
        object.entry("label").or_insert_with(|| json!(""));
        let key = if self.text("key").is_empty() { key_of(self.text("label")) } else { self.text("key").to_owned() };
        object.insert("key".to_owned(), json!(key));
        for part in NUMBERS.iter().filter(|part| !self.text(part).is_empty()) {
            let number = self.text(part).parse::<i64>().map_or_else(|_| json!(self.text(part)), |number| json!(number));
            object.insert((*part).to_owned(), number);
        }
        for part in TICKS {
            object.insert(part.to_owned(), json!(!self.text(part).is_empty()));
        }
        let options: Vec<&str> = self.text("options").lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        object.insert("options".to_owned(), json!(options));
        if self.field_type == FieldType::Rows {
            object.insert("fields".to_owned(), all(&self.columns));
        }
        Value::Object(object)
    }
}

/// Fields as the API takes them, each with a key of its own.
fn all(fields: &[DraftField]) -> Value {
    let mut known: Vec<String> = Vec::new();
    let one = |field: &DraftField| {
        let mut json = field.json();
        let key = json["key"].as_str().unwrap_or_default().to_owned();
        if field.text("key").is_empty() {
            let free = (1..).map(|n| if n == 1 { key.clone() } else { format!("{key}_{n}") });
            let taken = |key: &String| known.contains(key) || fields.iter().any(|other| other.text("key") == key);
            let mut free = free.skip_while(taken);
            json["key"] = json!(free.next());
        }
        known.push(json["key"].as_str().unwrap_or_default().to_owned());
        json
    };
    fields.iter().map(one).collect()
}

/// A key that tells of a label: "Blood pressure" as `blood_pressure`.
fn key_of(label: &str) -> String {
    let folded = ::rules::text::fold(label);
    let words = folded.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let key: String = words.collect::<Vec<_>>().join("_").chars().take(50).collect();
    if key.is_empty() { "field".to_owned() } else { key }
}

impl Draft {
    fn of(fields: &[NoteField]) -> Self {
        let mut tag = 0;
        Self { fields: fields.iter().map(|field| DraftField::of(field, &mut tag)).collect(), focus: None }
    }

    fn read(form: &Form) -> Self {
        Self { fields: read_fields(form, "fields", true), focus: None }
    }

    fn next_tag(&self) -> u32 {
        let all = self.fields.iter().flat_map(|field| std::iter::once(field).chain(&field.columns));
        all.map(|field| field.tag).max().unwrap_or(0).saturating_add(1)
    }

    /// Does what a button of the editor says: `add:`, `up:3`, `down:3.5`, `remove:3`.
    fn act(&mut self, act: &str, form: &Form) {
        let (verb, path) = act.split_once(':').unwrap_or((act, ""));
        let tag = self.next_tag();
        let mut tags = path.split('.').filter_map(|tag| tag.parse::<u32>().ok());
        let (first, second) = (tags.next(), tags.next());
        if verb == "add" {
            let wanted = FieldType::parse(form.get(&format!("add{path}"))).unwrap_or(FieldType::Text);
            let rows = self.fields.iter_mut().find(|field| Some(field.tag) == first);
            let (list, most) = match (first, rows) {
                (Some(_), Some(rows)) => (&mut rows.columns, MOST_COLUMNS),
                _ => (&mut self.fields, MOST_FIELDS),
            };
            if list.len() < most {
                list.push(DraftField::blank(tag, wanted));
                self.focus = Some(tag);
            }
            return;
        }
        let (list, tag) = match (first, second) {
            (Some(rows), Some(column)) => match self.fields.iter_mut().find(|field| field.tag == rows) {
                Some(rows) => (&mut rows.columns, column),
                None => return,
            },
            (Some(tag), None) => (&mut self.fields, tag),
            (None, _) => return,
        };
        let Some(at) = list.iter().position(|field| field.tag == tag) else { return };
        match verb {
            "up" if at > 0 => list.swap(at, at - 1),
            "down" if at + 1 < list.len() => list.swap(at, at + 1),
            "remove" => drop(list.remove(at)),
            _ => {}
        }
    }

    /// The name of a control that a refusal is about: `fields[2].label` is the third field's, whatever its tag.
    fn control_of(&self, field: &str) -> String {
        renamed(&self.fields, field).unwrap_or_else(|| field.to_owned())
    }
}

fn renamed(fields: &[DraftField], field: &str) -> Option<String> {
    let (index, rest) = field.strip_prefix("fields[")?.split_once(']')?;
    let found = fields.get(index.parse::<usize>().ok()?)?;
    let rest = match rest.strip_prefix('.') {
        Some(inner) if inner.starts_with("fields[") => format!(".{}", renamed(&found.columns, inner)?),
        // An option has no control of its own.
        Some(part) => format!(".{}", part.split('[').next().unwrap_or(part)),
        None => ".label".to_owned(),
    };
    Some(format!("fields[{}]{rest}", found.tag))
}

/// The fields under a name, in the order in which they stand in the form.
fn read_fields(form: &Form, place: &str, outer: bool) -> Vec<DraftField> {
    let start = format!("{place}[");
    let mut found: Vec<DraftField> = Vec::new();
    for (name, text) in form.pairs() {
        let part = name.strip_prefix(start.as_str()).and_then(|rest| rest.split_once("]."));
        let Some((tag, part)) = part.and_then(|(tag, part)| Some((tag.parse::<u32>().ok()?, part))) else { continue };
        // A field begins with its type.
        if part == "type" && found.len() <= MOST_FIELDS && found.iter().all(|field| field.tag != tag) {
            let field_type = FieldType::parse(text).unwrap_or(FieldType::Text);
            let columns = if outer { read_fields(form, &format!("{place}[{tag}].fields"), false) } else { Vec::new() };
            found.push(DraftField { columns, ..DraftField::blank(tag, field_type) });
        } else if !part.contains('[')
            && let Some(field) = found.iter_mut().find(|field| field.tag == tag)
        {
            field.texts.push((part.to_owned(), text.to_owned()));
        }
    }
    found
}

// Making and changing -------------------------------------------------------------------------------------------------

#[derive(serde::Deserialize)]
struct Copied {
    #[serde(default)]
    copy_of: String,
}

async fn new(cx: Cx, headers: HeaderMap, Query(copied): Query<Copied>) -> Result<Response, Problem> {
    cx.require(Permission::TemplateManage).await?;
    let source = template(&cx, &copied.copy_of).await.ok();
    let (draft, form) = match source {
        Some(source) => {
            let discipline = source.discipline.map(|one| one.to_string()).unwrap_or_default();
            let stands = [
                ("name", format!("{} (copy)", source.name)),
                ("note_type", source.note_type.to_string()),
                ("discipline", discipline),
                ("copy_of", source.key),
            ];
            (Draft::of(&source.fields), Form::of(stands))
        }
        None => (Draft::default(), Form::of([("discipline", "general")])),
    };
    Ok(frame::show(&headers, new_page(&cx, &draft, &form, &FieldErrors::new())))
}

fn new_page(cx: &Cx, draft: &Draft, form: &Form, errors: &FieldErrors) -> Page {
    page(cx, "Add note template", editor::new(draft, &filled(cx, form, errors, TEMPLATES, TEMPLATES)))
}

/// A template by its key: one of the organization's own, or a built-in one.
async fn template(cx: &Cx, key: &str) -> Result<TemplateView, Problem> {
    match TemplateId::parse(key) {
        Ok(id) => actions::show(cx, id).await,
        Err(_) => {
            let known = actions::all_built_in().into_iter().find(|one| one.key == key);
            known.ok_or_else(|| Problem::not_found("template"))
        }
    }
}

/// The refusal with the names of the editor's controls.
fn in_editor(problem: &Problem, draft: &Draft) -> FieldErrors {
    if problem.errors().is_empty() {
        return frame::field_errors(problem);
    }
    let named = |error: &FieldError| FieldError::new(draft.control_of(&error.field), &error.code, &error.message);
    frame::field_errors(&Problem::invalid(problem.errors().iter().map(named).collect()))
}

async fn add(cx: Cx, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::TemplateManage).await?;
    let mut draft = Draft::read(&form);
    if !form.get("act").is_empty() {
        draft.act(form.get("act"), &form);
        return Ok(frame::show(&headers, new_page(&cx, &draft, &form, &FieldErrors::new())));
    }
    let mut sent = json!({ "name": form.get("name").trim(), "fields": all(&draft.fields) });
    for part in ["note_type", "discipline", "copy_of"].into_iter().filter(|part| !form.get(part).is_empty()) {
        sent[part] = json!(form.get(part));
    }
    let outcome = match parse::<NewTemplate>(sent) {
        Ok(new) => actions::create(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(made) => {
            Ok(frame::done(&format!("{TEMPLATES}/{}", made.key), "The template is added. Notes may start from it."))
        }
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, new_page(&cx, &draft, &form, &in_editor(&problem, &draft))))
        }
    }
}

/// A built-in template can be looked at and copied; one of the organization's own can be changed.
async fn one(cx: Cx, headers: HeaderMap, Path(key): Path<String>) -> Result<Response, Problem> {
    cx.require(Permission::TemplateManage).await?;
    let template = template(&cx, &key).await?;
    if template.is_built_in {
        return Ok(frame::show(&headers, page(&cx, &template.name, view::built_in(&template))));
    }
    let draft = Draft::of(&template.fields);
    let version = template.version.unwrap_or_default().to_string();
    let form = Form::of([("name", template.name.clone()), ("version", version)]);
    Ok(frame::show(&headers, one_page(&cx, &template, &draft, &form, &FieldErrors::new())))
}

fn one_page(cx: &Cx, template: &TemplateView, draft: &Draft, form: &Form, errors: &FieldErrors) -> Page {
    let path = format!("{TEMPLATES}/{}", template.key);
    page(cx, &template.name, editor::one(template, draft, &filled(cx, form, errors, &path, TEMPLATES)))
}

async fn change(cx: Cx, headers: HeaderMap, At(id): At<TemplateId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::TemplateManage).await?;
    let mut draft = Draft::read(&form);
    let template = actions::show(&cx, id).await?;
    if !form.get("act").is_empty() {
        draft.act(form.get("act"), &form);
        return Ok(frame::show(&headers, one_page(&cx, &template, &draft, &form, &FieldErrors::new())));
    }
    let sent = json!({ "name": form.get("name").trim(), "fields": all(&draft.fields) });
    let cx = frame::edited(cx, &form);
    let outcome = match parse::<ChangeTemplate>(sent) {
        Ok(change) => actions::change(&cx, id, &change).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(saved) => {
            let message = format!("Saved as version {}. Notes that are begun keep theirs.", saved.template_version);
            Ok(frame::done(&format!("{TEMPLATES}/{id}"), &message))
        }
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, one_page(&cx, &template, &draft, &form, &in_editor(&problem, &draft))))
        }
    }
}

async fn archive(cx: Cx, At(id): At<TemplateId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let turned = actions::archive(&cx, id).await;
    turned_page(&cx, id, turned.map(|_| "Archived. Nothing new starts from it.")).await
}

async fn restore(cx: Cx, At(id): At<TemplateId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let turned = actions::restore(&cx, id).await;
    turned_page(&cx, id, turned.map(|_| "Restored. Notes may start from it again.")).await
}

async fn turned_page(cx: &Cx, id: TemplateId, outcome: Result<&str, Problem>) -> Result<Response, Problem> {
    match outcome {
        Ok(message) => Ok(frame::done(&format!("{TEMPLATES}/{id}"), message)),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let template = actions::show(cx, id).await?;
            let version = template.version.unwrap_or_default().to_string();
            let form = Form::of([("name", template.name.clone()), ("version", version)]);
            let errors = frame::field_errors(&problem);
            let shown = one_page(cx, &template, &Draft::of(&template.fields), &form, &errors);
            Ok(frame::refused(&problem, shown))
        }
    }
}
