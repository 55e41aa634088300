//! Everything about one participant of one session: what a tap does not ask.

mod notes;
mod times;

use ::rules::{
    id::{ParticipantId, SessionId},
    kiosk::{SIGNATURE_HEIGHT, SIGNATURE_WIDTH, Stroke, path},
    sessions::{NoShowReason, ParticipantModality, ParticipantStatus, ParticipationLevel, PatientAt},
};
use axum::{http::HeaderMap, response::Response};
use maud::{Markup, html};

use super::{May, SECTION, rows, shows_again, told};
use crate::{
    door::Cx,
    frame,
    http::{
        extract::At,
        form::{As, Form},
    },
    kiosk::{self, ArrivalSignature},
    notes::actions::{IndividualNote, ParticipantRecord, participant},
    problem::Problem,
    screens::words,
    sessions::{
        actions::{self, ChangeParticipant},
        answers::{LackingConsent, ParticipantView, SessionView},
    },
    shell::{
        layout::Page,
        ui::{
            self, Button, Card, Choice, Field, Icon, PageHeader, Width, definition_list, field_row, form_actions,
            split, stack,
        },
    },
};

type Ids = (SessionId, ParticipantId);

/// One participant in one session, as the page shows them.
struct Shown {
    session: SessionView,
    person: ParticipantView,
    notes: Option<Vec<IndividualNote>>,
    may: May,
    signed: Vec<ArrivalSignature>,
    key: String,
}

async fn page(cx: &Cx, ids: Ids, told: Markup) -> Result<Page, Problem> {
    let session = actions::show(cx, ids.0).await?;
    let ParticipantRecord { participant: person, individual_notes } = participant(cx, ids).await?;
    let may = May::of(cx, &session);
    let signed = kiosk::actions::signatures(cx, ids).await?.signatures;
    let shown = Shown { session, person, notes: individual_notes, may, signed, key: cx.app.clock.secret() };
    Ok(frame::page(cx, SECTION, "Participant", shown.body(cx, told)))
}

/// The page of one participant.
pub async fn show(cx: Cx, headers: HeaderMap, At(ids): At<Ids>) -> Result<Response, Problem> {
    Ok(frame::show(&headers, page(&cx, ids, html! {}).await?))
}

/// Back on the page after something was done, or with what was refused.
pub async fn answered(cx: &Cx, ids: Ids, outcome: Result<(), Problem>, message: &str) -> Result<Response, Problem> {
    match outcome {
        Ok(()) => Ok(frame::done(&format!("/sessions/{}/participants/{}", ids.0, ids.1), message)),
        Err(problem) if shows_again(&problem) => {
            let page = page(cx, ids, told(&problem)).await?;
            Ok(frame::refused(&problem, page))
        }
        Err(problem) => Err(problem),
    }
}

/// Times, minutes, how they took part, clearances: each a form of its own, so that nothing changes unasked.
pub async fn change(cx: Cx, At(ids): At<Ids>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let wanted = match form.get("part") {
        "stepped_out" => times::stepped_out(&form),
        part => form.read::<ChangeParticipant>(fields(part)),
    };
    let changed = match wanted {
        Ok(change) => actions::change_participant(&cx, ids, &change).await.map(drop),
        Err(problem) => Err(problem),
    };
    answered(&cx, ids, changed, "Saved.").await
}

/// The fields of each form.
fn fields(part: &str) -> &'static [(&'static str, As)] {
    match part {
        "times" => &[("arrival_at", As::Clearable), ("departed_at", As::Clearable)],
        "confirmation" => &[("confirmation_sent_at", As::Clearable)],
        "minutes" => &[("minutes_attended", As::Number), ("reason", As::Text)],
        "absence" => &[("no_show_reason", As::Text), ("no_show_notes", As::Clearable), ("excused", As::Truth)],
        "finance" => &[("finance_cleared", As::Truth)],
        "consent" => &[("consent_verified", As::Truth)],
        _ => &[("participation_level", As::Clearable), ("modality", As::Clearable), ("patient_at", As::Clearable)],
    }
}

fn reasons() -> impl Iterator<Item = Choice> {
    NoShowReason::ALL.iter().map(|reason| Choice::new(reason.as_str(), words::capital(reason.as_str())))
}

/// A choice of a vocabulary that may be left open.
fn open_choice(words: impl Iterator<Item = &'static str>) -> Vec<Choice> {
    let none = std::iter::once(Choice::new("", "Not said"));
    none.chain(words.map(|word| Choice::new(word, words::capital(word)))).collect()
}

/// Strokes as they were drawn.
fn drawing(strokes: &[Stroke]) -> Markup {
    let size = format!("-10 -10 {} {}", SIGNATURE_WIDTH + 20, SIGNATURE_HEIGHT + 20);
    html! {
        svg.signed role="img" aria-label="The signature" viewBox=(size) width="250" height="100" {
            path d=(path(strokes)) fill="none" stroke="currentColor" stroke-width="6" stroke-linecap="round" stroke-linejoin="round" {}
        }
    }
}

impl Shown {
    fn body(&self, cx: &Cx, told: Markup) -> Markup {
        let session = &self.session;
        let header = PageHeader::new(self.person.name.clone())
            .crumb("Today", format!("/today?day={}", session.local_date))
            .crumb(session.title.to_string(), format!("/sessions/{}", session.id))
            .status(html! { (words::attendance(self.person.status).badge()) })
            .fact(Icon::Clock, words::when(cx, session))
            .fact(Icon::Notes, self.person.appointment_number.clone());
        html! {
            (header)
            (told)
            (split(stack(self.forms()), stack(html! { (self.facts(cx)) (self.notes()) (self.signatures(cx)) })))
        }
    }

    fn is_open(&self) -> bool {
        !self.person.status.is_resolved() && !self.may.is_closed
    }

    fn was_here(&self) -> bool {
        matches!(self.person.status, ParticipantStatus::Arrived | ParticipantStatus::Attended)
    }

    fn forms(&self) -> Markup {
        let may = &self.may;
        let documented = may.is_closed;
        let away = self.person.status == ParticipantStatus::NoShow && may.attend && !documented;
        html! {
            @if self.is_open() && !self.person.blocked_by.is_empty() { (self.gates()) (self.consents()) }
            @if self.is_open() && may.check_in && (may.is_today || may.has_begun) && self.person.arrival_at.is_none() { (self.check_in()) }
            @if self.is_open() && may.has_begun && may.attend { (self.no_show()) }
            @if away { (self.absence()) }
            @if self.is_open() && may.book && self.person.status != ParticipantStatus::Arrived { (self.cancel()) }
            @if !documented && may.check_in { (self.times()) }
            @if self.was_here() && !documented && may.check_in && may.has_begun { (self.in_between()) }
            @if !documented && may.attend && self.person.minutes_attended.is_some() { (self.minutes()) }
            @if !documented && may.attend { (self.part()) }
            @if self.is_open() && may.check_in && !may.has_begun { (self.confirmation()) }
            @if !documented && (may.clear_finance || may.see_consent) { (self.clearances()) }
            @if documented { p.quiet { "This session is over or signed: what is kept of it stays as it is." } }
        }
    }

    fn form(&self, to: &str, scope: &str) -> ui::Form {
        let path = format!("/sessions/{}/participants/{}/{to}", self.session.id, self.person.id);
        ui::Form::post(path)
            .hidden("idempotency_key", format!("{}-{scope}", self.key))
            .hidden("version", self.person.version)
            .checked_by_server()
    }

    /// A card with a form that takes a step.
    fn step(&self, title: &str, mark: &str, label: &str, fields: Markup) -> Card {
        let form = self.form("mark", mark).hidden("from", "details").hidden("mark", mark);
        Card::new(title)
            .body(html! { (form.body(html! { (fields) (form_actions(html! { (Button::secondary(label)) })) })) })
    }

    /// A card with a form that changes what is kept.
    fn change(&self, title: &str, part: &str, fields: Markup) -> Card {
        let form = self.form("change", part).hidden("part", part);
        let body = html! { (fields) (form_actions(html! { (Button::secondary("Save").context(title)) })) };
        Card::new(title).body(html! { (form.body(body)) })
    }

    fn gates(&self) -> Markup {
        let gates = rows::gates(&self.person);
        let mark = if self.may.has_begun { "attended" } else { "arrived" };
        let label = if self.may.has_begun { "Mark attended anyway" } else { "Check in anyway" };
        let fields = html! {
            p { (gates.join(", ")) "." }
            input type="hidden" name="override_gates" value="true";
            (Field::text("reason", "Reason").scope("gates").required().max_length(500).hint("Why it is done anyway. Kept with the record."))
        };
        html! {
            @if self.may.pass_gates { (self.step("What stands in the way", mark, label, fields)) }
            @else {
                (Card::new("What stands in the way").body(html! {
                    p { (gates.join(", ")) "." }
                    p.quiet { "The front desk clears finance. Whoever checks in notes that a consent was seen." }
                }))
            }
        }
    }

    /// A consent that is lacking is kept in one click where the patient may sign it for themselves, else on their own page.
    fn consents(&self) -> Markup {
        let lacking = &self.person.consents;
        let by_click = |one: &LackingConsent| {
            let mark = format!("signed:{}", one.kind.as_text());
            let form = self.form("mark", &mark).hidden("from", "details").hidden("mark", mark.clone()).inline();
            form.body(html! { (Button::secondary("Signed on paper today").context(one.title.to_string())) })
        };
        html! {
            @if self.may.keep_consent && !lacking.is_empty() {
                (Card::new("Consents that are lacking").body(html! {
                    @for one in lacking {
                        p { (rows::consent_words(one)) }
                        @if one.may_sign_today { (by_click(one)) }
                        @else if let Some(href) = rows::consents_page(&self.person) {
                            (form_actions(html! { (Button::secondary("Keep a consent…").context(one.title.to_string()).href(href)) }))
                        }
                    }
                }))
            }
        }
    }

    fn check_in(&self) -> Card {
        let at = Field::date_time("at", "Came at").hint("Empty: now.");
        self.step("Check in at another time", "arrived", "Check in", html! { (at) })
    }

    fn no_show(&self) -> Card {
        let fields = html! {
            (Field::select("no_show_reason", "Reason", reasons()).scope("away").width(Width::Medium))
            (Field::text("no_show_notes", "More about it").scope("away").max_length(2_000))
            (Field::checkbox("excused", "Excused").scope("away"))
        };
        self.step("Did not come", "no_show", "Mark no-show", fields)
    }

    fn absence(&self) -> Card {
        let person = &self.person;
        let reason = person.no_show_reason.unwrap_or(NoShowReason::Unknown);
        let notes = person.no_show_notes.as_ref().map(ToString::to_string).unwrap_or_default();
        self.change(
            "Why they did not come",
            "absence",
            html! {
                (Field::select("no_show_reason", "Reason", reasons()).value(reason).width(Width::Medium))
                (Field::text("no_show_notes", "More about it").value(notes).max_length(2_000))
                (Field::checkbox("excused", "Excused").checked(person.excused))
            },
        )
    }

    fn cancel(&self) -> Card {
        let fields = html! {
            (Field::text("reason", "Reason").scope("cancel").max_length(500))
            (Field::checkbox("excused", "Excused").scope("cancel"))
        };
        self.step("Cancels", "cancelled", "Cancel the booking", fields)
    }

    fn minutes(&self) -> Card {
        let minutes = self.person.minutes_attended.unwrap_or_default();
        self.change("Minutes", "minutes", html! {
            (Field::number("minutes_attended", "Minutes attended").value(minutes).suffix("minutes").min(0).max(720)
                .hint("Reckoned from the times. Empty: reckoned again."))
            (Field::text("reason", "Reason").scope("minutes").max_length(500).hint("Needed when you correct them by hand."))
        })
    }

    fn part(&self) -> Card {
        let person = &self.person;
        let word = |word: Option<&'static str>| word.unwrap_or_default();
        self.change("How they took part", "part", field_row(html! {
            (Field::select("participation_level", "Participation", open_choice(ParticipationLevel::ALL.iter().map(|level| level.as_str())))
                .value(word(person.participation_level.map(ParticipationLevel::as_str))))
            (Field::select("modality", "By", open_choice(ParticipantModality::ALL.iter().map(|modality| modality.as_str())))
                .value(word(person.modality.map(ParticipantModality::as_str))))
            (Field::select("patient_at", "From", open_choice(PatientAt::ALL.iter().map(|place| place.as_str())))
                .value(word(person.patient_at.map(PatientAt::as_str))))
        }))
    }

    fn clearances(&self) -> Markup {
        let person = &self.person;
        html! {
            @if self.may.clear_finance && person.guest_id.is_none() {
                (self.change("Finance", "finance", html! {
                    (Field::checkbox("finance_cleared", "The payer’s clearance is there").checked(person.finance_cleared))
                }))
            }
            @if self.may.see_consent {
                (self.change("Consent", "consent", html! {
                    (Field::checkbox("consent_verified", "A valid consent was seen").checked(person.consent_verified))
                }))
            }
        }
    }

    /// What was signed at the kiosk, as it was drawn.
    fn signatures(&self, cx: &Cx) -> Markup {
        html! {
            @for one in &self.signed {
                (Card::new("Signed at the kiosk").body(html! {
                    @if let Some(strokes) = &one.strokes { (drawing(strokes)) }
                    @if let Some(name) = &one.typed_name { p { "Typed: " (name) } }
                    p.quiet { (frame::moment(cx, one.created_at)) }
                }))
            }
        }
    }

    fn facts(&self, cx: &Cx) -> Card {
        let (session, person) = (&self.session, &self.person);
        let at = |instant: &Option<String>| instant.as_ref().map(|instant| words::clock(&session.zone, instant));
        let mut facts: Vec<(&str, String)> = vec![("Session", words::hours_here(cx, session))];
        facts.push(("In it as", rows::source(person.source).unwrap_or("Member of the group").to_owned()));
        let known = [
            ("Confirmation sent", self.sent()),
            ("Came", at(&person.arrival_at)),
            ("Left", at(&person.departed_at)),
            ("Out in between", self.out()),
            ("Late", (person.late_minutes > 0).then(|| format!("{} minutes", person.late_minutes))),
            ("Minutes", person.minutes_attended.map(|minutes| minutes.to_string())),
            ("Corrected because", person.minutes_reason.as_ref().map(ToString::to_string)),
            ("Gates passed because", person.gate_override_reason.as_ref().map(ToString::to_string)),
            ("Beyond capacity because", person.capacity_override_reason.as_ref().map(ToString::to_string)),
            ("Cancelled because", person.cancellation_reason.as_ref().map(ToString::to_string)),
        ];
        facts.extend(known.into_iter().filter_map(|(label, fact)| Some((label, fact?))));
        let facts = facts.into_iter().map(|(label, fact)| (label, html! { (fact) }));
        Card::new("So far").body(definition_list(facts))
    }
}
