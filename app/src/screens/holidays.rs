//! `/settings/sites/{id}/holidays`: adding, changing and removing a holiday, and what that does to sessions.

use ::rules::{
    id::{HolidayId, SiteId},
    permissions::Permission,
};
use axum::{
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use maud::{Markup, html};

use super::words;
use crate::{
    door::Cx,
    frame::{
        self,
        form::{Filled, filled, shown_again},
    },
    http::{
        PageRouter,
        extract::At,
        form::{As, Form},
    },
    people::{Holiday, Site, actions::places},
    problem::Problem,
    schedule::{
        HolidayChange,
        actions::holidays::{self as actions, ChangeHoliday, NewHoliday},
    },
    sessions::actions::CancelledSession,
    shell::{
        layout::Page,
        ui::{self, Button, Card, Confirm, Field, FieldErrors, Notice, PageHeader, Tone, field_row},
    },
};

const SECTION: &str = "settings";
const FIELDS: &[(&str, As)] =
    &[("first_day", As::Text), ("last_day", As::Text), ("name", As::Blank), ("cancel_sessions", As::TruthIfAny)];

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/settings/sites/{id}/holidays/new", get(new).post(add))
        .route("/settings/sites/{id}/holidays/{holiday_id}", get(show).post(change))
        .route("/settings/sites/{id}/holidays/{holiday_id}/remove", post(remove))
}

fn site_address(site: SiteId) -> String {
    format!("/settings/sites/{site}")
}

fn address(holiday: &Holiday) -> String {
    format!("{}/holidays/{}", site_address(holiday.site_id), holiday.id)
}

async fn new(cx: Cx, headers: HeaderMap, At(site): At<SiteId>) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let site = places::site(&cx, site).await?;
    Ok(frame::show(&headers, new_page(&cx, &site, &Form::default(), &FieldErrors::new())))
}

fn new_page(cx: &Cx, site: &Site, form: &Form, errors: &FieldErrors) -> Page {
    let back = site_address(site.id);
    let form = filled(cx, form, errors, &format!("{back}/holidays/new"), &back);
    let body = html! {
        (header("Add holiday", site))
        (Card::new("Holiday").body(form.post("Add holiday", fields(cx, &form))))
    };
    frame::page(cx, SECTION, "Add holiday", body)
}

fn header(title: &str, site: &Site) -> PageHeader {
    PageHeader::new(title).crumb("Sites", "/settings/sites").crumb(site.name.to_string(), site_address(site.id))
}

fn fields(cx: &Cx, form: &Filled<'_>) -> Markup {
    let tick = "Every session at this site on these days that is scheduled and still to come is cancelled, with the \
        holiday’s name as the reason. What has begun stays. This can’t be undone.";
    html! {
        (form.text("name", "Name").required())
        (field_row(html! {
            (form.fill("first_day", Field::date("first_day", "First day")).required())
            (form.fill("last_day", Field::date("last_day", "Last day")).hint("Leave it empty for one day."))
        }))
        @if cx.permissions.allows(Permission::SessionCancel) {
            (form.tick("cancel_sessions", "Cancel the sessions of these days").hint(tick))
        }
    }
}

async fn add(cx: Cx, At(id): At<SiteId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let site = places::site(&cx, id).await?;
    let added = match form.read::<NewHoliday>(FIELDS) {
        Ok(new) => actions::add(&cx, id, &new).await,
        Err(problem) => Err(problem),
    };
    match added {
        Ok(done) => Ok(frame::done(&address(&done.holiday), &sentence("The holiday is added.", &done))),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, new_page(&cx, &site, &form, &frame::field_errors(&problem))))
        }
    }
}

/// What was done, and to how many sessions.
fn sentence(done: &str, change: &HolidayChange) -> String {
    let mut words = vec![done.to_owned()];
    match (change.cancelled, change.affected_count) {
        (_, 0) => {}
        (true, 1) => words.push("1 session is cancelled.".to_owned()),
        (true, more) => words.push(format!("{more} sessions are cancelled.")),
        (false, 1) => words.push("1 session is still planned.".to_owned()),
        (false, more) => words.push(format!("{more} sessions are still planned.")),
    }
    match change.made {
        0 => {}
        1 => words.push("1 session is made.".to_owned()),
        more => words.push(format!("{more} sessions are made.")),
    }
    words.join(" ")
}

async fn show(cx: Cx, headers: HeaderMap, At((site, id)): At<(SiteId, HolidayId)>) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let shown = load(&cx, site, id).await?;
    let form = stored(&shown.change.holiday);
    Ok(frame::show(&headers, shown.page(&cx, &form, &FieldErrors::new())))
}

fn stored(holiday: &Holiday) -> Form {
    Form::of([
        ("version", holiday.version.to_string()),
        ("name", holiday.name.to_string()),
        ("first_day", holiday.first_day.to_string()),
        ("last_day", holiday.last_day.to_string()),
    ])
}

async fn change(cx: Cx, At((site, id)): At<(SiteId, HolidayId)>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let cx = frame::edited(cx, &form);
    let mut wanted = form.clone().json(FIELDS);
    // An empty last day is that of a holiday of one day, as when it was added.
    if form.get("last_day").is_empty() {
        wanted["last_day"] = form.get("first_day").into();
    }
    let changed = match crate::http::extract::parse::<ChangeHoliday>(wanted) {
        Ok(wanted) => actions::change(&cx, site, id, &wanted).await,
        Err(problem) => Err(problem),
    };
    match changed {
        Ok(done) => Ok(frame::done(&address(&done.holiday), &sentence("Saved.", &done))),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let page = load(&cx, site, id).await?.page(&cx, &form, &frame::field_errors(&problem));
            Ok(frame::refused(&problem, page))
        }
    }
}

async fn remove(cx: Cx, At((site, id)): At<(SiteId, HolidayId)>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let cx = frame::edited(cx, &form);
    let done = actions::remove(&cx, site, id).await?;
    let words = format!("{} Sessions that were cancelled stay cancelled.", sentence("The holiday is removed.", &done));
    Ok(frame::done(&site_address(site), &words))
}

/// A holiday, its site, and the sessions on its days.
struct Shown {
    site: Site,
    change: HolidayChange,
    key: String,
}

async fn load(cx: &Cx, site: SiteId, id: HolidayId) -> Result<Shown, Problem> {
    let change = actions::show(cx, site, id).await?;
    Ok(Shown { site: places::site(cx, site).await?, change, key: cx.app.clock.secret() })
}

impl Shown {
    fn page(&self, cx: &Cx, form: &Form, errors: &FieldErrors) -> Page {
        let holiday = &self.change.holiday;
        let form = filled(cx, form, errors, &address(holiday), &site_address(self.site.id));
        let is_gone = holiday.removed_at.is_some();
        let body = html! {
            (header(&holiday.name, &self.site).actions(html! { @if !is_gone { (self.removal()) } }))
            @if is_gone {
                (Notice::new(Tone::Info, "This holiday was removed.").text("Add it again if the site is closed after all."))
            } @else {
                @if self.change.affected_count > 0 { (self.planned()) }
                (Card::new("Holiday").body(form.post("Save", fields(cx, &form))))
            }
        };
        frame::page(cx, SECTION, holiday.name.to_string(), body)
    }

    fn removal(&self) -> Confirm {
        let holiday = &self.change.holiday;
        let form = ui::Form::post(format!("{}/remove", address(holiday)))
            .hidden("idempotency_key", format!("{}-remove", self.key))
            .hidden("version", holiday.version);
        let words = "Series meet again on these days: their sessions are made at once. Sessions that were cancelled stay \
            cancelled.";
        Confirm::new("Remove…", words, form, Button::danger("Remove holiday"))
    }

    /// The sessions that take place although the site is closed.
    fn planned(&self) -> Card {
        let (count, named) = (self.change.affected_count, &self.change.affected);
        let title = if count == 1 {
            "1 session is still planned".to_owned()
        } else {
            format!("{count} sessions are still planned")
        };
        Card::new(title).id("planned").body(html! {
            p { "They were there before the holiday and take place, unless they are cancelled: tick it below and save, or cancel them one by one." }
            ul.dates { @for session in named { li { a href={ "/sessions/" (session.session_id) } { (line(session)) } } } }
            @if count > named.len() && !named.is_empty() { p.quiet { "and " (count - named.len()) " more" } }
        })
    }
}

fn line(session: &CancelledSession) -> String {
    let time = session.starts_at.get(11..16).unwrap_or_default();
    format!("{}, {time}: {}", words::short_day(session.local_date), session.title)
}
