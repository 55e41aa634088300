//! Broken glasses as pages show them.

use ::rules::{
    chart_access::{GlassFinding, GlassReason, GlassStanding, Refusal, may_review},
    id::PatientId,
    permissions::Permission,
};
use maud::{Markup, html};

use super::actions::{BreakGlassReport, BreakGlassView, ListGlasses, Names};
use crate::{
    door::Cx,
    frame::{self, form::Filled},
    paging::Page,
    shell::ui::{
        Badge, Button, Card, Choice, Column, EmptyState, Field, FilterBar, Icon, Notice, PageHeader, Row, Table, Tone,
        definition_list, pager, quiet, stack,
    },
};

/// The form before a glass is broken, or why there is none to break.
pub fn ask(patient: PatientId, form: &Filled<'_>, needless: Option<Refusal>) -> Markup {
    if let Some(refusal) = needless {
        let open = Button::primary("Open the chart").href(format!("/patients/{patient}/chart"));
        return html! { (Notice::new(Tone::Info, "Nothing stands in your way").text(refusal.to_string()).actions(html! { (open) })) };
    }
    let reasons: Vec<Choice> = GlassReason::ALL.iter().map(|one| Choice::new(one.as_str(), reason(*one))).collect();
    let fields = html! {
        p { "You are not on this patient’s care team. In need you may open the chart all the same: for one hour, after \
            which it is closed to you again." }
        p { (quiet("Your name, the reason and everything you read are recorded, and somebody else reviews whether there was need.")) }
        (form.fill("reason", Field::radios("reason", "Why", reasons)).required())
        (form.fill("detail", Field::textarea("detail", "What is the need").rows(3)).required().max_length(500)
            .hint("For whoever reviews it. No clinical detail is needed."))
        (Field::password("password", "Your password").autocomplete("current-password").required().errors(form.errors))
    };
    html! { (Card::new("Break the glass").body(form.post("Open the chart for one hour", fields))) }
}

/// A reason in words.
fn reason(reason: GlassReason) -> &'static str {
    match reason {
        GlassReason::Emergency => "Somebody is in danger",
        GlassReason::Covering => "I go on for somebody who is away",
        GlassReason::PatientRequest => "The patient asks me to",
        GlassReason::Oversight => "A complaint, an incident or the quality of care",
        GlassReason::Other => "Something else",
    }
}

fn standing(standing: GlassStanding, finding: Option<GlassFinding>) -> Badge {
    match (standing, finding) {
        (GlassStanding::Open, _) => Badge::new(Tone::Warn, "Open"),
        (GlassStanding::ToReview, _) => Badge::new(Tone::Warn, "To review").icon(Icon::Eye),
        (GlassStanding::Reviewed, Some(GlassFinding::NotJustified)) => Badge::new(Tone::Bad, "No need"),
        (GlassStanding::Reviewed, _) => Badge::new(Tone::Good, "There was need").icon(Icon::Check),
    }
}

/// What was opened, newest first.
pub fn list(cx: &Cx, page: &Page<BreakGlassView>, list: &ListGlasses, names: &Names) -> Markup {
    let columns = ["When", "Who", "Chart", "Why", "Standing"].map(Column::new);
    let rows = page.items.iter().map(|one| {
        let glass = &one.glass;
        Row::new([
            frame::moment(cx, glass.broken_at),
            html! { (names.user(glass.user_id)) },
            html! { (names.patient(glass.patient_id)) },
            html! { span.two-lines { span { (reason(glass.reason)) } (quiet(&glass.detail)) } },
            html! { (standing(one.standing, glass.finding)) },
        ])
        .id(glass.id.to_string())
        .href(format!("/break-glass/{}", glass.id))
    });
    let empty = match list.standing {
        Some(GlassStanding::ToReview) => EmptyState::new(Icon::Check, "Nothing waits for a review"),
        Some(_) => EmptyState::new(Icon::Filter, "Nothing stands so"),
        None => EmptyState::new(Icon::Lock, "No glass was broken yet")
            .text("A chart that somebody opens outside the care team appears here, and waits for a review."),
    };
    let standing = list.standing.map_or("", GlassStanding::as_str);
    let next = page.next.as_deref().map(|cursor| list.address(Some(cursor)));
    let first = list.cursor.is_some().then(|| list.address(None));
    let choices = vec![
        Choice::new("", "All"),
        Choice::new("to_review", "To review"),
        Choice::new("open", "Open"),
        Choice::new("reviewed", "Reviewed"),
    ];
    html! {
        (PageHeader::new("Broken glass")
            .lede("Charts that were opened outside the care team, newest first. Somebody else than who opened it reviews each."))
        (stack(html! {
            (FilterBar::new("/break-glass", "#glasses").field(Field::select("standing", "Standing", choices).value(standing)))
            div #glasses {
                (Card::new("Opened charts").flush().body(html! { (Table::new("Opened charts", columns).rows(rows).empty(empty)) }))
                @if next.is_some() || first.is_some() {
                    (pager(&format!("Showing {}", page.items.len()), first.as_deref(), next.as_deref()))
                }
            }
        }))
    }
}

/// One of them: why, what was read, and what a review has found or is to find.
pub fn report(cx: &Cx, report: &BreakGlassReport, names: &Names, form: &Filled<'_>) -> Markup {
    let glass = &report.view.glass;
    let mut facts = vec![
        ("Who", html! { (names.user(glass.user_id)) }),
        ("Chart", html! { (names.patient(glass.patient_id)) }),
        ("Why", html! { (reason(glass.reason)) }),
        ("In words", html! { span.words { (glass.detail) } }),
        ("Opened", frame::moment(cx, glass.broken_at)),
        ("Open until", frame::moment(cx, glass.open_until)),
    ];
    if let (Some(by), Some(at)) = (glass.reviewed_by_user, glass.reviewed_at) {
        facts.push(("Reviewed", html! { (names.user(by)) ", " (frame::moment(cx, at)) }));
    }
    if let Some(remark) = &glass.remark {
        facts.push(("Remark", html! { span.words { (remark) } }));
    }
    let audits = cx.permissions.allows(Permission::AuditRead);
    let may_review = may_review(report.view.standing, cx.user() == Some(glass.user_id));
    html! {
        (PageHeader::new("Broken glass").crumb("Broken glass", "/break-glass")
            .status(html! { (standing(report.view.standing, glass.finding)) }))
        (stack(html! {
            (Card::new("What was opened").body(definition_list(facts)))
            @if audits {
                (read(cx, report))
                @match may_review {
                    Ok(()) => (review_form(report, form)),
                    Err(refusal) => (Notice::new(Tone::Info, "No review by you").text(refusal.to_string())),
                }
            }
        }))
    }
}

/// What was read through it.
fn read(cx: &Cx, report: &BreakGlassReport) -> Card {
    let columns = ["Last", "What", "Times", "About"].map(Column::new);
    let rows = report.readings.iter().map(|one| {
        let what = one.action.replace(['_', '.'], " ");
        Row::new([
            frame::moment(cx, one.at),
            html! { (what) },
            html! { (one.times) },
            html! { a href=(format!("/audit?subject={}", one.subject)) { (one.subject) } },
        ])
        .id(one.sequence.to_string())
    });
    let empty = EmptyState::new(Icon::Eye, "Nothing was read");
    let table = Table::new("What was read and written", columns).rows(rows).empty(empty);
    Card::new("What was read and written").flush().body(html! { (table) })
}

fn review_form(report: &BreakGlassReport, form: &Filled<'_>) -> Card {
    let choices =
        vec![Choice::new("justified", "Yes, there was need"), Choice::new("not_justified", "No, there was none")];
    let fields = html! {
        input type="hidden" name="version" value=(report.view.glass.version);
        (form.fill("finding", Field::radios("finding", "Was there need", choices)).required())
        (form.fill("remark", Field::textarea("remark", "Remark").rows(3)).max_length(4_000)
            .hint("Required where there was no need: what was found, and what follows."))
    };
    Card::new("Review").body(form.post("Keep the review", fields))
}
