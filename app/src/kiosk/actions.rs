//! Use cases: opening and closing kiosks, making codes, knocking, arriving.

mod arriving;
mod codes;

use ::rules::{
    column::Value,
    id::{KioskId, SiteId},
    permissions::Permission,
    text::Name,
};
use ::store::Where;
use deserr::Deserr;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use arriving::{
    ArrivalSignatures, Arrive, Arrived, KnockOutcome, Leave, Left, NewKnock, Recognized, Seen, arrive, knock, leave,
    seen, signatures,
};
pub use codes::{KioskCodes, MadeCode, NewKioskCodes, make_codes};

use super::store::{self, Kiosk};
use crate::{
    door::{Cx, Principal, hash_secret},
    events::KioskEvent,
    http::extract::{FieldErrors, Truth},
    identity,
    paging::{Limit, Page, cursor},
    people::Site,
    problem::Problem,
};

/// How long a kiosk stays open unless somebody closes it.
const OPEN_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A kiosk to open.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewKiosk {
    /// The site whose sessions are checked in there.
    pub site_id: SiteId,
    /// What staff call it: the site's name unless given.
    #[deserr(default)]
    pub label: Option<Name>,
}

/// A kiosk that was opened. The key is shown this once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenedKiosk {
    /// What its browser holds in a cookie.
    #[serde(skip_serializing)]
    pub key: String,
    /// The kiosk.
    pub kiosk: Kiosk,
}

/// What a list of kiosks is limited to.
#[derive(Debug, Clone, Default, Deserr, IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListKiosks {
    /// Only those of this site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// Only those that are open, or only those that are not.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    pub is_open: Option<Truth>,
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
}

/// Opens a kiosk.
///
/// # Errors
/// 422 for a site that is not there or not in use.
pub async fn open(cx: &Cx, new: &NewKiosk) -> Result<OpenedKiosk, Problem> {
    let key = cx.app.clock.secret();
    let key = &key;
    cx.write(Permission::ParticipantCheckin, |scope| {
        Box::pin(async move {
            let site: Option<Site> = scope.find(new.site_id).await?;
            let site = site.filter(|site| site.is_active).ok_or_else(|| {
                Problem::invalid_field("site_id", "not_found", "is no site of your organization that is in use")
            })?;
            let expires_at = scope.now().checked_add(OPEN_FOR).map_err(|error| Problem::internal(&error))?;
            let kiosk = Kiosk {
                id: scope.id(),
                site_id: site.id,
                label: new.label.clone().unwrap_or(site.name),
                expires_at,
                closed_at: None,
                closed_by_user: None,
                version: 1,
                created_by_user: scope.cx.user(),
                created_at: scope.now(),
                updated_at: scope.now(),
            };
            scope.insert(&kiosk).await?;
            store::add_key(scope, kiosk.id, &hash_secret(key)).await?;
            scope.emit(KioskEvent::Opened { kiosk: kiosk.id });
            Ok(OpenedKiosk { key: key.clone(), kiosk })
        })
    })
    .await
}

/// Closes a kiosk: its browser can do nothing any more.
///
/// # Errors
/// 404, 409 when it is closed already, 412.
pub async fn close(cx: &Cx, id: KioskId) -> Result<Kiosk, Problem> {
    shut(cx, id, None).await
}

async fn shut(cx: &Cx, id: KioskId, by: Option<::rules::id::UserId>) -> Result<Kiosk, Problem> {
    cx.write(Permission::ParticipantCheckin, |scope| {
        Box::pin(async move {
            let old: Kiosk = scope.lock_current(id).await?;
            if old.closed_at.is_some() {
                return Err(Problem::conflict("invalid_transition", "This kiosk is closed already."));
            }
            let closed_by_user = by.or(scope.cx.user());
            let new = Kiosk { closed_at: Some(scope.now()), closed_by_user, ..old.clone() };
            let saved = scope.update(&old, new).await?;
            scope.emit(KioskEvent::Closed { kiosk: id });
            Ok(saved)
        })
    })
    .await
}

/// Closes the kiosk of the caller's browser by the password of somebody who may check people in.
///
/// # Errors
/// 403 `wrong_password`, 429 for too many tries.
pub async fn close_by_password(cx: &Cx, email: &str, password: &str) -> Result<(), Problem> {
    let Principal::Kiosk(id) = cx.principal else { return Err(Problem::not_found("kiosk")) };
    let user = identity::actions::who(cx, email, password, Permission::ParticipantCheckin).await?;
    shut(cx, id, Some(user)).await.map(drop)
}

/// One kiosk.
///
/// # Errors
/// 404.
pub async fn show(cx: &Cx, id: KioskId) -> Result<Kiosk, Problem> {
    cx.read(Permission::ParticipantCheckin, |scope| Box::pin(async move { scope.get(id).await })).await
}

/// Kiosks, newest first.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list(cx: &Cx, list: &ListKiosks) -> Result<Page<Kiosk>, Problem> {
    let after: Option<KioskId> = cursor(list.cursor.as_deref())?;
    let limit = list.limit.unwrap_or_default().0;
    cx.read(Permission::ParticipantCheckin, |scope| {
        Box::pin(async move {
            let found = store::kiosks(scope, filter(list, scope.now()), after, limit + 1).await?;
            Ok(Page::cut(found, limit, |kiosk| kiosk.id))
        })
    })
    .await
}

fn filter(list: &ListKiosks, now: Timestamp) -> Where {
    let filter = Where::organization().and_if("site_id = ?", list.site_id.as_ref());
    match list.is_open.map(|open| open.0) {
        None => filter,
        Some(true) => filter.and_always("closed_at is null").and("expires_at > ?", Value::Time(now)),
        Some(false) => filter.and("(closed_at is not null or expires_at <= ?)", Value::Time(now)),
    }
}
