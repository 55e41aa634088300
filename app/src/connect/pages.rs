//! `/account/feeds`, the feed of a patient and of a guest, and `/ics`, where calendar programs fetch them.

use ::rules::{
    id::{FeedId, GuestId, PatientId},
    permissions::Permission,
};
use axum::{
    Extension,
    extract::{Path, State as Extracted},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};

use super::{
    actions::{self, FeedView, ListFeeds, MadeFeed, NewFeed, Published},
    view::{self, Owner},
};
use crate::{
    door::Cx,
    frame::{self, form::shown_again},
    http::{
        PageRouter, State,
        extract::{At, FieldErrors as BadFields, Query},
        form::{As, Form},
        middleware::Facts,
    },
    paging::Limit,
    people::actions::{guests, patients, places},
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};

const FEEDS: &str = "/account/feeds";

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/ics/{address}", get(fetch))
        .route(FEEDS, get(own).post(make_own))
        .route("/patients/{id}/feed", get(of_patient).post(make_for_patient))
        .route("/guests/{id}/feed", get(of_guest).post(make_for_guest))
        .route("/feeds/{id}/rotate", post(rotate))
        .route("/feeds/{id}/revoke", post(revoke))
}

/// The text of a feed, for a calendar program: whoever has the address.
async fn fetch(
    Extracted(app): Extracted<State>,
    Path(address): Path<String>,
    facts: Option<Extension<Facts>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let secret = address.strip_suffix(".ics").ok_or_else(|| Problem::not_found("calendar feed"))?;
    let request = facts.map(|Extension(facts)| facts.request).unwrap_or_default();
    let published = actions::fetch(&app, secret, request).await?;
    let mut response = if is_known(&headers, &published.tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = [(header::CONTENT_TYPE, "text/calendar; charset=utf-8")];
        (kind, published.text.clone()).into_response()
    };
    describe(response.headers_mut(), &published);
    Ok(response)
}

fn describe(headers: &mut HeaderMap, published: &Published) {
    let modified = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&published.modified);
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::ETAG, &published.tag);
    set(header::CACHE_CONTROL, "private, no-cache");
    set(header::CONTENT_DISPOSITION, "inline; filename=\"calendar.ics\"");
    set(header::HeaderName::from_static("x-robots-tag"), "noindex");
    if let Ok(modified) = modified {
        set(header::LAST_MODIFIED, &modified);
    }
}

/// Whether the program has this very text already.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let lists = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}

/// What the page of one's own feeds is asked for.
#[derive(Debug, Default, deserr::Deserr)]
#[deserr(error = BadFields, deny_unknown_fields)]
struct Asked {
    #[deserr(default)]
    limit: Option<Limit>,
    #[deserr(default)]
    cursor: Option<String>,
    /// The place a feed is to be made of.
    #[deserr(default)]
    place: Option<String>,
}

/// One's own feeds.
async fn own(cx: Cx, headers: HeaderMap, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let form = Form::of([("place", asked.place.clone().unwrap_or_default())]);
    Ok(frame::show(&headers, own_page(&cx, &asked, &form, &FieldErrors::new()).await?))
}

async fn own_page(cx: &Cx, asked: &Asked, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let feeds = actions::own(cx, asked.cursor.as_deref(), asked.limit.unwrap_or_default().0).await?;
    let (sites, rooms) = places::for_choosing(cx).await?;
    let body = view::own(cx, &feeds, &view::Offers { sites, rooms }, form, errors, asked.cursor.is_none());
    Ok(frame::page(cx, "account", "Calendar feeds", body))
}

/// The place that was chosen: `site_…` or `room_…`; nothing is the caller's own sessions.
fn chosen(cx: &Cx, form: &Form) -> Result<NewFeed, Problem> {
    let place = form.get("place");
    let field = if place.starts_with("room_") { "room_id" } else { "site_id" };
    if place.is_empty() {
        return Ok(NewFeed { practitioner_id: cx.practitioner(), ..NewFeed::default() });
    }
    Form::of([(field, place)]).read(&[(field, As::Text)])
}

async fn make_own(cx: Cx, headers: HeaderMap, form: Form) -> Result<Response, Problem> {
    let outcome = match chosen(&cx, &form) {
        Ok(new) => actions::make(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(made) => Ok(frame::show(&headers, made_page(&cx, &made))),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let page = own_page(&cx, &Asked::default(), &form, &frame::field_errors(&problem)).await?;
            Ok(frame::refused(&problem, page))
        }
    }
}

fn made_page(cx: &Cx, made: &MadeFeed) -> Page {
    let section = if made.feed.feed.owner_user.is_some() { "account" } else { "patients" };
    frame::page(cx, section, "Calendar feed", view::made(made, &back(&made.feed)))
}

/// The page a feed is shown on.
fn back(feed: &FeedView) -> String {
    match (feed.feed.patient_id, feed.feed.guest_id) {
        (Some(id), _) => format!("/patients/{id}/feed"),
        (_, Some(id)) => format!("/guests/{id}/feed"),
        _ => FEEDS.to_owned(),
    }
}

async fn of_patient(cx: Cx, headers: HeaderMap, At(id): At<PatientId>) -> Result<Response, Problem> {
    Ok(frame::show(&headers, patient_page(&cx, id, &FieldErrors::new()).await?))
}

async fn patient_page(cx: &Cx, id: PatientId, errors: &FieldErrors) -> Result<Page, Problem> {
    cx.require(Permission::ParticipantBook).await?;
    let patient = patients::patient(cx, id).await?;
    let feed = only(cx, ListFeeds { patient_id: Some(id), ..ListFeeds::default() }).await?;
    let body = view::of_person(cx, Owner::Patient(&patient), feed.as_ref(), errors);
    Ok(frame::page(cx, "patients", "Patient", body))
}

/// A person has one feed at most.
async fn only(cx: &Cx, wanted: ListFeeds) -> Result<Option<FeedView>, Problem> {
    Ok(actions::list(cx, &wanted).await?.items.into_iter().next())
}

async fn make_for_patient(cx: Cx, headers: HeaderMap, At(id): At<PatientId>) -> Result<Response, Problem> {
    match actions::make(&cx, &NewFeed { patient_id: Some(id), ..NewFeed::default() }).await {
        Ok(made) => Ok(frame::show(&headers, made_page(&cx, &made))),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let page = patient_page(&cx, id, &frame::field_errors(&problem)).await?;
            Ok(frame::refused(&problem, page))
        }
    }
}

async fn of_guest(cx: Cx, headers: HeaderMap, At(id): At<GuestId>) -> Result<Response, Problem> {
    Ok(frame::show(&headers, guest_page(&cx, id, &FieldErrors::new()).await?))
}

async fn guest_page(cx: &Cx, id: GuestId, errors: &FieldErrors) -> Result<Page, Problem> {
    cx.require(Permission::ParticipantBook).await?;
    let guest = guests::guest(cx, id).await?;
    let feed = only(cx, ListFeeds { guest_id: Some(id), ..ListFeeds::default() }).await?;
    let body = view::of_person(cx, Owner::Guest(&guest), feed.as_ref(), errors);
    Ok(frame::page(cx, "guests", "Guest", body))
}

async fn make_for_guest(cx: Cx, headers: HeaderMap, At(id): At<GuestId>) -> Result<Response, Problem> {
    match actions::make(&cx, &NewFeed { guest_id: Some(id), ..NewFeed::default() }).await {
        Ok(made) => Ok(frame::show(&headers, made_page(&cx, &made))),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, guest_page(&cx, id, &frame::field_errors(&problem)).await?))
        }
    }
}

async fn rotate(cx: Cx, headers: HeaderMap, At(id): At<FeedId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    match actions::rotate(&cx, id).await {
        Ok(made) => Ok(frame::show(&headers, made_page(&cx, &made))),
        Err(problem) => shown_where_it_is(&cx, id, problem).await,
    }
}

async fn revoke(cx: Cx, At(id): At<FeedId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    match actions::revoke(&cx, id).await {
        Ok(feed) => Ok(frame::done(&back(&feed), "The feed is revoked. Calendars that have it stop being updated.")),
        Err(problem) => shown_where_it_is(&cx, id, problem).await,
    }
}

/// A refusal on the page of the feed it is about.
async fn shown_where_it_is(cx: &Cx, id: FeedId, problem: Problem) -> Result<Response, Problem> {
    let problem = shown_again(problem)?;
    let errors = frame::field_errors(&problem);
    let feed = actions::one(cx, id).await?.feed;
    let page = match (feed.patient_id, feed.guest_id) {
        (Some(patient), _) => patient_page(cx, patient, &errors).await?,
        (_, Some(guest)) => guest_page(cx, guest, &errors).await?,
        _ => own_page(cx, &Asked::default(), &Form::default(), &errors).await?,
    };
    Ok(frame::refused(&problem, page))
}
