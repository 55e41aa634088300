//! Use cases of sites and their rooms.

use ::rules::{
    id::{RoomId, SiteId},
    permissions::Permission,
    recurrence::Zone,
    text::{Name, Remark},
};
use ::store::Where;
use deserr::Deserr;
use utoipa::{IntoParams, ToSchema};

use super::{
    all_good,
    input::{Seats, Shown, column},
    must_exist,
};
use crate::{
    door::{Cx, Scope},
    events::Event,
    http::extract::{FieldErrors, Patch},
    paging::{Limit, Page, bad_cursor, cursor},
    people::store::{self, Room, Site},
    problem::Problem,
};

/// The most sites or rooms a page of the settings shows.
const PLACES_MAX: usize = 1_000;

/// A site to add.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewSite {
    /// The name.
    pub name: Name,
    /// The IANA time zone: every session held here is in it.
    pub zone: Zone,
    /// The postal address.
    #[deserr(default)]
    pub address: Option<Remark>,
    /// Whether new sessions may be held here; true unless given.
    #[deserr(default)]
    pub is_active: Option<bool>,
}

/// What may be changed of a site.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeSite {
    /// The name.
    #[deserr(default)]
    pub name: Option<Name>,
    /// The IANA time zone.
    #[deserr(default)]
    pub zone: Option<Zone>,
    /// The postal address.
    #[deserr(default)]
    pub address: Option<Remark>,
    /// Whether new sessions may be held here.
    #[deserr(default)]
    pub is_active: Option<bool>,
}

/// A room to add.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewRoom {
    /// The site.
    pub site_id: SiteId,
    /// The name.
    pub name: Name,
    /// How many people it seats: 1 to 1,000; none when it does not matter.
    #[deserr(default)]
    pub seats: Option<Seats>,
    /// Whether new sessions may be held here; true unless given.
    #[deserr(default)]
    pub is_active: Option<bool>,
}

/// What may be changed of a room; what is left out stays, `null` clears.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeRoom {
    /// The site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// The name.
    #[deserr(default)]
    pub name: Option<Name>,
    /// How many people it seats.
    #[deserr(default)]
    #[schema(value_type = Option<Seats>)]
    pub seats: Patch<Seats>,
    /// Whether new sessions may be held here.
    #[deserr(default)]
    pub is_active: Option<bool>,
}

/// What a list of sites is limited to.
#[derive(Debug, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSites {
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

/// What a list of rooms is limited to.
#[derive(Debug, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRooms {
    /// Only rooms of this site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
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

/// Adds a site.
///
/// # Errors
/// 422 with every bad field.
pub async fn add_site(cx: &Cx, new: &NewSite) -> Result<Site, Problem> {
    cx.write(Permission::SettingsManage, |scope| Box::pin(create_site(scope, new))).await
}

/// As [`add_site`], inside an action that adds many.
///
/// # Errors
/// As [`add_site`].
pub async fn create_site(scope: &mut Scope<'_>, new: &NewSite) -> Result<Site, Problem> {
    let site = Site {
        id: scope.id(),
        name: new.name.clone(),
        zone: new.zone.to_string(),
        address: new.address.clone().map_or_else(|| column(""), Ok)?,
        is_active: new.is_active.unwrap_or(true),
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    };
    scope.insert(&site).await?;
    scope.emit(Event::SiteSaved { site: site.id, created: true });
    Ok(site)
}

/// Changes a site.
///
/// # Errors
/// 404, 412, 422 with every bad field.
pub async fn change_site(cx: &Cx, id: SiteId, change: &ChangeSite) -> Result<Site, Problem> {
    cx.write(Permission::SettingsManage, |scope| {
        Box::pin(async move {
            let old: Site = scope.lock_current(id).await?;
            let mut new = old.clone();
            let change = change.clone();
            new.name = change.name.unwrap_or(new.name);
            new.zone = change.zone.map_or(new.zone, |zone| zone.to_string());
            new.address = change.address.unwrap_or(new.address);
            new.is_active = change.is_active.unwrap_or(new.is_active);
            let saved = scope.update(&old, new).await?;
            scope.emit(Event::SiteSaved { site: id, created: false });
            Ok(saved)
        })
    })
    .await
}

/// Adds a room to a site.
///
/// # Errors
/// 422 with every bad field.
pub async fn add_room(cx: &Cx, new: &NewRoom) -> Result<Room, Problem> {
    cx.write(Permission::SettingsManage, |scope| Box::pin(create_room(scope, new))).await
}

/// As [`add_room`], inside an action that adds many.
///
/// # Errors
/// As [`add_room`].
pub async fn create_room(scope: &mut Scope<'_>, new: &NewRoom) -> Result<Room, Problem> {
    check_site(scope, Some(new.site_id)).await?;
    let room = Room {
        id: scope.id(),
        site_id: new.site_id,
        name: new.name.clone(),
        seats: new.seats.map(|seats| seats.0),
        is_active: new.is_active.unwrap_or(true),
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    };
    scope.insert(&room).await?;
    scope.emit(Event::RoomSaved { room: room.id, created: true });
    Ok(room)
}

async fn check_site(scope: &mut Scope<'_>, site: Option<SiteId>) -> Result<(), Problem> {
    all_good(must_exist::<Site, _>(scope, "site_id", site).await?.into_iter().collect())
}

/// Changes a room.
///
/// # Errors
/// 404, 412, 422 with every bad field.
pub async fn change_room(cx: &Cx, id: RoomId, change: &ChangeRoom) -> Result<Room, Problem> {
    cx.write(Permission::SettingsManage, |scope| {
        Box::pin(async move {
            let old: Room = scope.lock_current(id).await?;
            let mut new = old.clone();
            let change = change.clone();
            new.site_id = change.site_id.unwrap_or(new.site_id);
            new.name = change.name.unwrap_or(new.name);
            new.seats = change.seats.apply(new.seats.map(Seats)).map(|seats| seats.0);
            new.is_active = change.is_active.unwrap_or(new.is_active);
            check_site(scope, change.site_id).await?;
            let saved = scope.update(&old, new).await?;
            scope.emit(Event::RoomSaved { room: id, created: false });
            Ok(saved)
        })
    })
    .await
}

/// One site.
///
/// # Errors
/// 404.
pub async fn site(cx: &Cx, id: SiteId) -> Result<Site, Problem> {
    cx.read(Permission::GroupRead, |scope| Box::pin(async move { scope.get(id).await })).await
}

/// One room.
///
/// # Errors
/// 404.
pub async fn room(cx: &Cx, id: RoomId) -> Result<Room, Problem> {
    cx.read(Permission::GroupRead, |scope| Box::pin(async move { scope.get(id).await })).await
}

/// Sites by name.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list_sites(cx: &Cx, list: &ListSites) -> Result<Page<Site>, Problem> {
    let after: Option<SiteId> = cursor(list.cursor.as_deref())?;
    let limit = list.limit.unwrap_or_default().0;
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let after = match after {
                Some(id) => Some(scope.find::<Site>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let filter = Shown::narrow(list.status, Where::organization());
            let found = store::places::sites(scope, filter, after.as_ref(), limit + 1).await?;
            Ok(Page::cut(found, limit, |site| site.id))
        })
    })
    .await
}

/// Rooms by site and name.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list_rooms(cx: &Cx, list: &ListRooms) -> Result<Page<Room>, Problem> {
    let after: Option<RoomId> = cursor(list.cursor.as_deref())?;
    let limit = list.limit.unwrap_or_default().0;
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let after = match after {
                Some(id) => Some(scope.find::<Room>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let filter = Shown::narrow(list.status, Where::organization());
            let filter = filter.and_if("site_id = ?", list.site_id.as_ref());
            let found = store::places::rooms(scope, filter, after.as_ref(), limit + 1).await?;
            Ok(Page::cut(found, limit, |room| room.id))
        })
    })
    .await
}

/// Every site with every room, in use or not, for the settings.
///
/// # Errors
/// When the database can't answer.
pub async fn sites_and_rooms(cx: &Cx) -> Result<(Vec<Site>, Vec<Room>), Problem> {
    cx.read(Permission::SettingsManage, |scope| {
        Box::pin(async move {
            let sites = store::places::sites(scope, Where::organization(), None, PLACES_MAX).await?;
            let rooms = store::places::rooms(scope, Where::organization(), None, PLACES_MAX).await?;
            Ok((sites, rooms))
        })
    })
    .await
}

/// Every site and room in use, for who chooses one.
///
/// # Errors
/// When the database can't answer.
pub async fn for_choosing(cx: &Cx) -> Result<(Vec<Site>, Vec<Room>), Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let in_use = || Shown::narrow(None, Where::organization());
            let sites = store::places::sites(scope, in_use(), None, PLACES_MAX).await?;
            let rooms = store::places::rooms(scope, in_use(), None, PLACES_MAX).await?;
            Ok((sites, rooms))
        })
    })
    .await
}

/// One site with its rooms, in use or not.
///
/// # Errors
/// 404.
pub async fn site_and_rooms(cx: &Cx, id: SiteId) -> Result<(Site, Vec<Room>), Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let site = scope.get(id).await?;
            let filter = Where::organization().and("site_id = ?", &id);
            Ok((site, store::places::rooms(scope, filter, None, PLACES_MAX).await?))
        })
    })
    .await
}

/// One room with its site.
///
/// # Errors
/// 404.
pub async fn room_and_site(cx: &Cx, id: RoomId) -> Result<(Room, Site), Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let room: Room = scope.get(id).await?;
            let site = scope.get(room.site_id).await?;
            Ok((room, site))
        })
    })
    .await
}
