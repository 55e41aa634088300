//! Disclosures as pages show them.

use ::rules::{
    disclosures::{DisclosurePurpose, LegalBasis, ReleaseMethod},
    id::PatientId,
};
use exchange::pdf::{Block, Document};
use maud::{Markup, html};

use super::{
    actions::DisclosureView,
    paper::{Paper, with_detail, words},
    store::Disclosure,
};
use crate::{
    consents::Consent,
    door::Cx,
    frame::{
        day,
        form::{Filled, with_none},
    },
    paging::Page,
    people::Patient,
    shell::ui::{
        self, Badge, Button, Card, Choice, Column, EmptyState, Field, FieldErrors, Icon, PageHeader, Row, Table, Tone,
        definition_list, field_row, form_actions, hash, pager, quiet, stack, with_script,
    },
};

/// What may be printed, and whether the password is asked for.
pub struct What<'a> {
    /// The groups in the chart: id and name.
    pub groups: &'a [(String, String)],
    /// The caller has not proved lately who they are.
    pub asks_password: bool,
}

// The log ---------------------------------------------------------------------------------------------------------------

/// What is known of a patient whose record something else is disclosed of.
pub struct Held<'a> {
    /// The consents that it may rest on today.
    pub consents: &'a [Consent],
    /// It counts as records under 42 CFR part 2 unless something is said.
    pub is_part2: bool,
}

/// The disclosures of a patient, and the form for one that was made otherwise.
pub fn log(
    cx: &Cx,
    patient: PatientId,
    page: &Page<Disclosure>,
    filled: &Filled<'_>,
    held: &Held<'_>,
    is_first: bool,
) -> Markup {
    let here = format!("/patients/{patient}/disclosures");
    let next = page.next.as_ref().map(|cursor| format!("{here}?cursor={cursor}"));
    let actions = html! {
        (Button::primary("Print or send…").icon(Icon::Print).href(format!("/patients/{patient}/chart/print")))
        (Button::quiet("Accounting").icon(Icon::Print).href(format!("{here}/accounting")))
        (Button::quiet("CSV").icon(Icon::Download).href(format!("{here}/csv")))
    };
    stack(html! {
        (Card::new("Disclosures").actions(actions).flush().body(html! {
            (table(page))
            @if next.is_some() || !is_first {
                (pager(&format!("Showing {}", page.items.len()), (!is_first).then_some(&*here), next.as_deref()))
            }
        }))
        (Card::new("Log another disclosure").id("log").note("What left by telephone, by fax or from another system").body(html! {
            (filled.post("Log disclosure", html! {
                (filled.fill("description", Field::textarea("description", label("description")).rows(2)).required().max_length(2_000))
                (to_whom(filled))
                (by_what_right(filled, held.consents))
                (filled.fill("is_part2", part2(held.is_part2)))
                (filled.fill("disclosed_on", Field::date("disclosed_on", label("disclosed_on")).max(cx.today().to_string())).hint("Empty: today."))
            }))
        }))
    })
}

/// Whether records of substance use treatment are among it, which nothing but who let it out can tell.
fn part2(is_patient: bool) -> Field {
    let (usual, why) = match is_patient {
        true => ("As the patient’s groups say: yes", "This patient is or was in a group under 42 CFR part 2."),
        false => ("As the patient’s groups say: no", "No group of this patient is under 42 CFR part 2."),
    };
    let choices = [("", usual), ("true", "Yes, they are among it"), ("false", "No, none of them")];
    Field::select("is_part2", label("is_part2"), choices).hint(why)
}

fn table(page: &Page<Disclosure>) -> Table {
    let columns = [Column::new("When"), Column::new("To"), Column::new("What"), Column::new("Why")];
    let rows = page.items.iter().map(|one| {
        let what = one.description.to_string();
        Row::new([
            html! { span.two-lines { span { (day(one.disclosed_on)) } (quiet(&one.disclosed_by)) } },
            html! { span.two-lines { span { (one.recipient_name) } (quiet(one.recipient_organization.as_deref().unwrap_or_default())) } },
            html! { (what) @if one.is_part2 { " " (Badge::new(Tone::Warn, "42 CFR part 2")) } },
            html! { span.two-lines { span { (words(one.purpose.as_str())) } (quiet(&words(one.basis.as_str()))) } },
        ])
        .id(one.id.to_string())
        .href(format!("/disclosures/{}", one.id))
    });
    let empty = EmptyState::new(Icon::Download, "Nothing was disclosed yet")
        .text("What is printed or sent from the chart is logged here by itself.");
    Table::new("Disclosures", columns).rows(rows).empty(empty)
}

fn choices<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> Vec<Choice> {
    all.iter().map(|one| Choice::new(word(*one), words(word(*one)))).collect()
}

/// As [`choices`], with none chosen before somebody chooses: a purpose or a right is never what stood first in a list.
fn to_choose<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> Vec<Choice> {
    std::iter::once(Choice::new("", "Choose…")).chain(choices(all, word)).collect()
}

/// What the pages call the fields of a disclosure.
pub const LABELS: &[(&str, &str)] = &[
    ("description", "What was disclosed"),
    ("recipient_name", "To whom"),
    ("recipient_organization", "Whom they work for"),
    ("recipient_address", "Address"),
    ("requested_by", "Who asked for it"),
    ("method", "How it leaves"),
    ("purpose", "What for"),
    ("purpose_detail", "What for, in words"),
    ("basis", "By what right"),
    ("basis_detail", "Which order, law or emergency"),
    ("consent_id", "Consent"),
    ("is_part2", "Substance use records (42 CFR part 2)"),
    ("disclosed_on", "When"),
    ("date_from", "From"),
    ("date_to", "To"),
    ("group_id", "Group"),
];

fn label(name: &'static str) -> &'static str {
    LABELS.iter().find(|(field, _)| *field == name).map_or(name, |(_, label)| label)
}

fn labelled(filled: &Filled<'_>, name: &'static str) -> Field {
    filled.text(name, label(name))
}

fn to_whom(filled: &Filled<'_>) -> Markup {
    let methods = choices(ReleaseMethod::ALL, ReleaseMethod::as_str);
    html! {
        (field_row(html! {
            (labelled(filled, "recipient_name").required().autocomplete("off"))
            (labelled(filled, "recipient_organization").autocomplete("off").hint("Needed in a medical emergency."))
        }))
        (field_row(html! {
            (labelled(filled, "recipient_address").autocomplete("off").max_length(500).hint("If it is known."))
            (labelled(filled, "requested_by").autocomplete("off"))
            (filled.fill("method", Field::select("method", label("method"), methods)))
        }))
    }
}

fn by_what_right(filled: &Filled<'_>, consents: &[Consent]) -> Markup {
    let held = consents
        .iter()
        .map(|one| (one.id.to_string(), format!("{}, signed {}", words(one.kind.as_text()), day(one.signed_on))));
    let consent = Field::select("consent_id", label("consent_id"), with_none("None", held));
    html! {
        (field_row(html! {
            (filled.fill("purpose", Field::select("purpose", label("purpose"), to_choose(DisclosurePurpose::ALL, DisclosurePurpose::as_str))).required())
            (labelled(filled, "purpose_detail").max_length(500).autocomplete("off"))
        }))
        (field_row(html! {
            (filled.fill("basis", Field::select("basis", label("basis"), to_choose(LegalBasis::ALL, LegalBasis::as_str))).required())
            (labelled(filled, "basis_detail").max_length(500).autocomplete("off"))
            (filled.fill("consent_id", consent).hint("Where it rests on the patient’s consent."))
        }))
    }
}

// Printing and sending --------------------------------------------------------------------------------------------------

/// The form before something is printed or sent.
pub fn print_form(filled: &Filled<'_>, consents: &[Consent], what: &What<'_>) -> Markup {
    let entry = filled.value("entry_id").to_owned();
    let groups = with_none("Every group", what.groups.iter().cloned());
    let password = Field::password("password", "Your password").autocomplete("current-password").required();
    let words = "What is printed or sent leaves the house: it is logged with whom it goes to, and shows exactly what \
        stands in the chart now.";
    let fields = html! {
        p { (quiet(words)) }
        @if entry.is_empty() {
            (field_row(html! {
                (filled.fill("date_from", Field::date("date_from", label("date_from"))).required())
                (filled.fill("date_to", Field::date("date_to", label("date_to"))).required())
                (filled.fill("group_id", Field::select("group_id", "Group", groups)))
            }))
        } @else {
            input type="hidden" name="entry_id" value=(entry);
            p { "One chart entry leaves." }
        }
        (to_whom(filled))
        (by_what_right(filled, consents))
        @if what.asks_password { (password.errors(filled.errors)) }
    };
    html! { (Card::new("Print or send").body(filled.post("Disclose", fields))) }
}

/// The password, before what was disclosed is shown.
pub fn password(cx: &Cx, here: &str, errors: &FieldErrors) -> Markup {
    let field = Field::password("password", "Your password").autocomplete("current-password").required();
    let form = ui::Form::post(here).hidden("idempotency_key", cx.app.clock.secret()).body(html! {
        (errors) (field.errors(errors)) (form_actions(html! { (Button::primary("Go on")) }))
    });
    html! {
        (PageHeader::new("It is you").lede("What leaves the house needs your password again. It holds for five minutes."))
        (Card::new("Your password").body(html! { (form) }))
    }
}

// One disclosure --------------------------------------------------------------------------------------------------------

/// One disclosure.
pub fn one(cx: &Cx, shown: &DisclosureView) -> Markup {
    let one = &shown.disclosure;
    let here = format!("/disclosures/{}", one.id);
    let mut facts = vec![
        ("Disclosed to", html! { (one.recipient_name) }),
        ("Purpose", html! { (with_detail(one.purpose.as_str(), one.purpose_detail.as_deref())) }),
        ("By what right", html! { (with_detail(one.basis.as_str(), one.basis_detail.as_deref())) }),
        ("How", html! { (words(one.method.as_str())) }),
        ("What", html! { (one.description) }),
        ("When", html! { (day(one.disclosed_on)) }),
        ("By", html! { (one.disclosed_by) }),
        ("Logged", crate::frame::moment(cx, one.created_at)),
    ];
    let optional = [
        ("Whom they work for", one.recipient_organization.as_deref()),
        ("Address", one.recipient_address.as_deref()),
        ("Who asked for it", one.requested_by.as_deref()),
        ("Notice on every page", shown.notice.as_deref()),
    ];
    facts.extend(optional.into_iter().filter_map(|(label, text)| Some((label, html! { (text?) }))));
    if let Some(consent) = one.consent_id {
        facts.push(("Consent", html! { a href=(format!("/consents/{consent}")) { "Open the consent" } }));
    }
    let actions = html! {
        @if one.entry_count > 0 {
            (Button::primary("Open to print").icon(Icon::Print).href(format!("{here}/print")))
            (Button::quiet("PDF").icon(Icon::Download).href(format!("{here}/pdf")))
        }
    };
    stack(html! {
        (Card::new("Disclosure").actions(actions).body(definition_list(facts)))
        @if !shown.entries.is_empty() {
            (Card::new("What left").note(format!("{} chart entries", shown.entries.len())).body(html! {
                ol { @for entry in shown.entries.iter().take(LISTED) {
                    li { a href=(format!("/chart-entries/{}", entry.id)) { "Entry, version " (entry.version) } " " (hash(&entry.sha256)) }
                } }
                @if shown.entries.len() > LISTED { p { (quiet(&format!("And {} more.", shown.entries.len() - LISTED))) } }
            }))
        }
    })
}

/// Entries that a page lists; the document has them all.
const LISTED: usize = 50;

/// What was disclosed, to be printed.
pub fn paper(paper: &Paper) -> Markup {
    let one = &paper.disclosure;
    let crumb = format!("/disclosures/{}", one.id);
    let actions = html! {
        (with_script(html! { (Button::primary("Print").icon(Icon::Print).prints()) }))
        (Button::quiet("PDF").icon(Icon::Download).href(format!("{crumb}/pdf")))
    };
    html! {
        div.screen-only {
            (PageHeader::new("Disclosed record").crumb("Disclosure", crumb).actions(actions)
                .lede("Exactly what left, as it was then. Hand it over, and keep no copy lying about."))
        }
        (sheet(&paper.document))
    }
}

/// Every disclosure of a patient, to be printed (45 CFR 164.528).
pub fn accounting(cx: &Cx, patient: &Patient, disclosures: &[Disclosure]) -> Markup {
    let name = patient.names().full();
    let mut blocks = vec![
        Block::Heading(1, format!("Accounting of disclosures of the record of {name}")),
        Block::Facts(vec![
            ("Patient".to_owned(), name.clone()),
            ("Record number".to_owned(), patient.mrn.to_string()),
            ("Born".to_owned(), day(patient.birth_date)),
            ("As of".to_owned(), day(cx.today())),
        ]),
    ];
    if disclosures.is_empty() {
        blocks.push(Block::Paragraph("Nothing was disclosed.".to_owned()));
    }
    for one in disclosures {
        let to = [Some(&*one.recipient_name), one.recipient_organization.as_deref(), one.recipient_address.as_deref()];
        let to: Vec<&str> = to.into_iter().flatten().collect();
        let fact = |name: &str, says: String| (name.to_owned(), says);
        blocks.push(Block::Heading(2, day(one.disclosed_on)));
        blocks.push(Block::Facts(vec![
            fact("To", to.join(", ")),
            fact("What", one.description.to_string()),
            fact("Purpose", with_detail(one.purpose.as_str(), one.purpose_detail.as_deref())),
            fact("By what right", with_detail(one.basis.as_str(), one.basis_detail.as_deref())),
            fact("By", one.disclosed_by.clone()),
        ]));
    }
    let document = Document {
        head: format!("{} · {name} · {}", cx.organization.name, patient.mrn),
        blocks,
        ..Document::default()
    };
    let print = with_script(html! { (Button::primary("Print").icon(Icon::Print).prints()) });
    html! {
        div.screen-only {
            (PageHeader::new("Accounting of disclosures")
                .crumb(patient.display_name(), format!("/patients/{}", patient.id))
                .crumb("Disclosures", format!("/patients/{}/disclosures", patient.id))
                .actions(print))
        }
        (sheet(&document))
    }
}

/// A document as a page: its head and its notice come again on every printed page.
fn sheet(document: &Document) -> Markup {
    html! {
        table.paper role="presentation" {
            thead { tr { td { (document.head) } } }
            @if let Some(notice) = &document.notice { tfoot { tr { td { strong { (notice) } } } } }
            tbody { tr { td { @for block in &document.blocks { (drawn(block)) } } } }
        }
    }
}

fn drawn(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Heading(1, text) => h2 { (text) },
            Block::Heading(2, text) => h3 { (text) },
            Block::Heading(_, text) => h4 { (text) },
            Block::Facts(facts) => dl {
                @for (name, says) in facts { div { dt { (name) } dd.words { (says) } } }
            },
            Block::Paragraph(text) => p.words { (text) },
            Block::Small(text) => p.small { (text) },
            Block::Warning(text) => p.warning { strong { (text) } },
            Block::Line => hr;,
            Block::NewPage => div.next-page {},
        }
    }
}
