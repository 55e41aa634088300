//! `/reviews`: what waits for a reviewer; each is opened, countersigned or returned from here.

use ::rules::{id::SessionId, sessions::SessionType};
use axum::{
    extract::RawQuery,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use maud::{Markup, html};

use super::words;
use crate::{
    door::Cx,
    frame,
    groups::{self, view::Offers},
    http::{
        PageRouter,
        extract::{At, Query},
        form::{As, Form},
    },
    notes::{
        actions as notes,
        inputs::{Return, Review},
    },
    paging::Page,
    problem::Problem,
    record::actions::{ListReviews, ReviewView, may_review, reviews},
    shell::{
        layout,
        ui::{
            self, Badge, Button, Card, Choice, Confirm, EmptyState, Field, FieldErrors, FilterBar, Icon, PageHeader,
            Tone, definition_list, pager, stack,
        },
    },
};

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/reviews", get(list))
        .route("/reviews/{id}/countersign", post(countersign))
        .route("/reviews/{id}/return", post(send_back))
}

async fn list(
    cx: Cx,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
    Query(list): Query<ListReviews>,
) -> Result<Response, Problem> {
    let raw = raw.unwrap_or_default();
    Ok(frame::show(&headers, page(&cx, &list, &raw, html! {}).await?))
}

async fn page(cx: &Cx, list: &ListReviews, raw: &str, told: Markup) -> Result<layout::Page, Problem> {
    let page = reviews(cx, list).await?;
    let offers = groups::pages::offers(cx).await?;
    let next = page.next.as_ref().map(|cursor| format!("/reviews?{}", words::with_cursor(raw, cursor)));
    let body = html! {
        (PageHeader::new("Reviews").lede("Signed sessions of people whose work needs a review, the oldest first. Nobody reviews their own."))
        (told)
        (filters(list, &offers))
        div #reviews {
            (queue(cx, &page, list, &offers))
            @if next.is_some() || list.cursor.is_some() {
                (pager(&format!("Showing {}", page.items.len()), list.cursor.is_some().then_some("/reviews"), next.as_deref()))
            }
        }
    };
    Ok(frame::page(cx, frame::REVIEWS, "Reviews", body))
}

fn filters(list: &ListReviews, offers: &Offers) -> FilterBar {
    let first =
        |label: &str, rest: Vec<Choice>| std::iter::once(Choice::new("", label)).chain(rest).collect::<Vec<_>>();
    let sites = offers.sites.iter().map(|site| Choice::new(site.id.to_string(), site.name.to_string()));
    let leaders = offers.practitioners.iter().map(|who| Choice::new(who.id.to_string(), who.display_name()));
    let bar = FilterBar::new("/reviews", "#reviews")
        .field(
            Field::select("facilitator_id", "Led by", first("Anybody", leaders.collect()))
                .value(list.facilitator_id.map(|id| id.to_string()).unwrap_or_default()),
        )
        .field(
            Field::select("site_id", "Site", first("Every site", sites.collect()))
                .value(list.site_id.map(|id| id.to_string()).unwrap_or_default()),
        );
    if list.is_narrowed() { bar.clear("/reviews") } else { bar }
}

fn queue(cx: &Cx, page: &Page<ReviewView>, list: &ListReviews, offers: &Offers) -> Markup {
    let empty = match list.is_narrowed() {
        true => EmptyState::new(Icon::Filter, "Nothing fits these filters"),
        false => EmptyState::new(Icon::Check, "Nothing waits for your review")
            .text("A session appears here when everything in it is signed and somebody who signed needs a review."),
    };
    html! {
        @if page.items.is_empty() { (Card::new("To review").flush().body(html! { (empty) })) }
        (stack(html! { @for one in &page.items { (card(cx, one, offers)) } }))
    }
}

/// One session: what it is, since when it waits, and what can be done about it.
fn card(cx: &Cx, one: &ReviewView, offers: &Offers) -> Card {
    let session = &one.session;
    let waits = one.waiting_since.parse().ok();
    let since = html! { @if let Some(at) = waits { (frame::moment(cx, at)) " (" (waited(cx.now(), at)) ")" } };
    let whom = match session.session_type {
        SessionType::Individual => "One person".to_owned(),
        SessionType::Group => words::people(session.current_capacity.try_into().unwrap_or_default()),
    };
    let mut facts = vec![
        ("When", html! { (words::when(cx, session)) }),
        ("Signed by", html! { (words::leaders(session)) }),
        ("For", html! { (whom) }),
        ("Notes", html! { (one.notes) }),
        ("Waits since", since),
    ];
    if let Some(place) = words::place(offers, session) {
        facts.push(("Where", html! { (place) }));
    }
    let open = Button::primary("Open").icon(Icon::Notes).context(session.title.to_string());
    Card::new(session.title.to_string())
        .note(session.session_number.clone())
        .id(session.id.to_string())
        .actions(html! { (Badge::new(Tone::Warn, "Pending review").icon(Icon::Eye)) })
        .body(html! {
            (definition_list(facts))
            div.toolbar {
                (open.href(format!("/sessions/{}/notes", session.id)))
                @if may_review(cx).is_ok() {
                    (countersigning(cx, one))
                    (returning(cx, one))
                }
            }
        })
}

/// How long something has waited, in its largest whole unit.
fn waited(now: jiff::Timestamp, since: jiff::Timestamp) -> String {
    let hours = now.duration_since(since).as_hours();
    match hours {
        ..1 => "less than an hour".to_owned(),
        1 => "1 hour".to_owned(),
        2..48 => format!("{hours} hours"),
        _ => format!("{} days", hours / 24),
    }
}

fn form(cx: &Cx, one: &ReviewView, verb: &str) -> ui::Form {
    ui::Form::post(format!("/reviews/{}/{verb}", one.session.id)).hidden("idempotency_key", cx.app.clock.secret())
}

fn password(one: &ReviewView, verb: &str) -> Field {
    Field::password("password", "Your password")
        .autocomplete("current-password")
        .required()
        .scope(format!("{verb}-{}", one.session.id))
}

fn countersigning(cx: &Cx, one: &ReviewView) -> Confirm {
    let words = match one.notes {
        1 => "Your signature goes under its note and completes the session.".to_owned(),
        notes => format!("Your signature goes under all {notes} notes and completes the session."),
    };
    Confirm::new("Countersign…", words, form(cx, one, "countersign"), Button::primary("Countersign").icon(Icon::Sign))
        .icon(Icon::Sign)
        .fields(html! { (password(one, "countersign")) })
}

fn returning(cx: &Cx, one: &ReviewView) -> Confirm {
    let words = "All its notes go back to the leaders as drafts with your comment. To return only some, open it.";
    let comment = Field::textarea("comment", "What must be changed").rows(3).max_length(4_000).required();
    Confirm::new("Return…", words, form(cx, one, "return"), Button::danger("Return to the leaders").icon(Icon::Undo))
        .icon(Icon::Undo)
        .fields(html! { (comment.scope(format!("return-{}", one.session.id))) (password(one, "return")) })
}

async fn countersign(cx: Cx, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    let outcome = match form.read::<Review>(&[("password", As::Text)]) {
        Ok(review) => notes::review_session(&cx, id, &review).await,
        Err(problem) => Err(problem),
    };
    answered(&cx, outcome.map(|()| "Countersigned. The session is completed.")).await
}

async fn send_back(cx: Cx, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    let outcome = match form.read::<Return>(&[("comment", As::Text), ("password", As::Text)]) {
        Ok(wanted) => notes::return_session(&cx, id, &wanted).await,
        Err(problem) => Err(problem),
    };
    answered(&cx, outcome.map(|()| "Returned to the leaders with your comment.")).await
}

/// On to the queue with a message, or the queue again with what was refused.
async fn answered(cx: &Cx, outcome: Result<&str, Problem>) -> Result<Response, Problem> {
    match outcome {
        Ok(message) => Ok(frame::done("/reviews", message)),
        Err(problem) if shows_again(&problem) => {
            let errors: FieldErrors = frame::field_errors(&problem);
            let page = page(cx, &ListReviews::default(), "", html! { (errors) }).await?;
            Ok(frame::refused(&problem, page))
        }
        Err(problem) => Err(problem),
    }
}

/// Whether the queue is shown again: also for a wrong password, and for one's own work.
fn shows_again(problem: &Problem) -> bool {
    let not_reviewer = ["forbidden", "not_reviewer"].contains(&problem.code());
    problem.is_about_input() || (problem.status() == StatusCode::FORBIDDEN && !not_reviewer)
}
