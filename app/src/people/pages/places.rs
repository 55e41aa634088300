//! `/settings/sites` and `/settings/rooms`.

use ::rules::{
    id::{RoomId, SiteId},
    permissions::Permission,
    recurrence::Zone,
};
use axum::{http::HeaderMap, response::Response, routing::get};

use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again, tick},
    },
    http::{
        PageRouter,
        extract::At,
        form::{As, Form},
    },
    people::{
        actions::holidays,
        actions::places::{self as actions, ChangeRoom, ChangeSite, NewRoom, NewSite},
        store::{Room, Site},
        view::places as view,
    },
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};

const SECTION: &str = "settings";
const SITES: &str = "/settings/sites";
const SITE: &[(&str, As)] = &[("name", As::Blank), ("zone", As::Blank), ("address", As::Blank)];
const ROOM: &[(&str, As)] = &[("name", As::Blank), ("seats", As::Number)];

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route(SITES, get(list).post(add_site))
        .route("/settings/sites/new", get(new_site))
        .route("/settings/sites/{id}", get(site).post(change_site))
        .route("/settings/sites/{id}/rooms/new", get(new_room).post(add_room))
        .route("/settings/rooms/{id}", get(room).post(change_room))
}

fn page(cx: &Cx, title: &str, body: maud::Markup) -> Page {
    frame::page(cx, SECTION, title, body)
}

async fn list(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    let (sites, rooms) = actions::sites_and_rooms(&cx).await?;
    let body = view::list(frame::settings_tabs(&cx, SITES), &sites, &rooms);
    Ok(frame::show(&headers, page(&cx, "Sites and rooms", body)))
}

async fn new_site(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let form = Form::of([("zone", cx.organization.zone.clone())]);
    Ok(frame::show(&headers, new_site_page(&cx, &form, &FieldErrors::new())))
}

fn new_site_page(cx: &Cx, form: &Form, errors: &FieldErrors) -> Page {
    page(cx, "Add site", view::new_site(&filled(cx, form, errors, SITES, SITES)))
}

async fn add_site(cx: Cx, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let outcome = match form.read::<NewSite>(SITE) {
        Ok(new) => actions::add_site(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(site) => Ok(frame::done(&format!("{SITES}/{}", site.id), "The site is added. Now add its rooms.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, new_site_page(&cx, &form, &frame::field_errors(&problem))))
        }
    }
}

async fn site(cx: Cx, headers: HeaderMap, At(id): At<SiteId>) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let (site, rooms) = actions::site_and_rooms(&cx, id).await?;
    let form = stored_site(&site);
    Ok(frame::show(&headers, site_page(&cx, &site, &rooms, &form, &FieldErrors::new()).await?))
}

async fn site_page(cx: &Cx, site: &Site, rooms: &[Room], form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let zone = Zone::parse(&site.zone).unwrap_or_else(|_| cx.zone());
    let holidays = holidays::coming(cx, site.id, zone.date(cx.now())).await?;
    let form = filled(cx, form, errors, &format!("{SITES}/{}", site.id), SITES);
    Ok(page(cx, "Site", view::site(site, rooms, &holidays, &form)))
}

fn stored_site(site: &Site) -> Form {
    Form::of([
        ("version", site.version.to_string()),
        ("name", site.name.to_string()),
        ("zone", site.zone.clone()),
        ("address", site.address.to_string()),
        ("is_active", tick(site.is_active)),
    ])
}

async fn change_site(cx: Cx, At(id): At<SiteId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let cx = frame::edited(cx, &form);
    let fields = [SITE, &[("is_active", As::Truth)]].concat();
    let outcome = match form.read::<ChangeSite>(&fields) {
        Ok(change) => actions::change_site(&cx, id, &change).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(frame::done(&format!("{SITES}/{id}"), "Saved.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let (site, rooms) = actions::site_and_rooms(&cx, id).await?;
            let page = site_page(&cx, &site, &rooms, &form, &frame::field_errors(&problem)).await?;
            Ok(frame::refused(&problem, page))
        }
    }
}

async fn new_room(cx: Cx, headers: HeaderMap, At(id): At<SiteId>) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let site = actions::site(&cx, id).await?;
    Ok(frame::show(&headers, new_room_page(&cx, &site, &Form::default(), &FieldErrors::new())))
}

fn new_room_page(cx: &Cx, site: &Site, form: &Form, errors: &FieldErrors) -> Page {
    let back = format!("{SITES}/{}", site.id);
    let form = filled(cx, form, errors, &format!("{back}/rooms/new"), &back);
    page(cx, "Add room", view::new_room(site, &form))
}

async fn add_room(cx: Cx, At(id): At<SiteId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let site = actions::site(&cx, id).await?;
    let mut fields = form.json(ROOM);
    fields["site_id"] = id.to_string().into();
    let outcome = match crate::http::extract::parse::<NewRoom>(fields) {
        Ok(new) => actions::add_room(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(frame::done(&format!("{SITES}/{id}"), "The room is added.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, new_room_page(&cx, &site, &form, &frame::field_errors(&problem))))
        }
    }
}

async fn room(cx: Cx, headers: HeaderMap, At(id): At<RoomId>) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let (room, site) = actions::room_and_site(&cx, id).await?;
    let form = Form::of([
        ("version", room.version.to_string()),
        ("name", room.name.to_string()),
        ("seats", room.seats.map(|seats| seats.to_string()).unwrap_or_default()),
        ("is_active", tick(room.is_active)),
    ]);
    Ok(frame::show(&headers, room_page(&cx, &site, &room, &form, &FieldErrors::new())))
}

fn room_page(cx: &Cx, site: &Site, room: &Room, form: &Form, errors: &FieldErrors) -> Page {
    let form = filled(cx, form, errors, &format!("/settings/rooms/{}", room.id), &format!("{SITES}/{}", site.id));
    page(cx, "Room", view::room(site, room, &form))
}

async fn change_room(cx: Cx, At(id): At<RoomId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::SettingsManage).await?;
    let cx = frame::edited(cx, &form);
    let (room, site) = actions::room_and_site(&cx, id).await?;
    let fields = [ROOM, &[("is_active", As::Truth)]].concat();
    let outcome = match form.read::<ChangeRoom>(&fields) {
        Ok(change) => actions::change_room(&cx, id, &change).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(room) => Ok(frame::done(&format!("{SITES}/{}", room.site_id), "Saved.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, room_page(&cx, &site, &room, &form, &frame::field_errors(&problem))))
        }
    }
}
