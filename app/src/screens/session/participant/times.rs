//! When somebody came, left and was out in between, and when a confirmation went out.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::Shown;
use crate::{
    http::{extract::parse, form::Form},
    problem::Problem,
    screens::words,
    sessions::actions::ChangeParticipant,
    shell::ui::{Card, Field, field_row},
};

/// The times in between as their form sends them; a row whose two fields are empty is none.
///
/// # Errors
/// 422 with every bad field.
pub fn stepped_out(form: &Form) -> Result<ChangeParticipant, Problem> {
    let rows = form.all("stepped_out_from").zip(form.all("stepped_out_until"));
    let rows = rows.filter(|(from, until)| !from.is_empty() || !until.is_empty());
    let times: Vec<Value> = rows.map(|(from, until)| json!({ "from": from, "until": until })).collect();
    parse(json!({ "stepped_out": times }))
}

impl Shown {
    /// An instant as a field shows it: the time of the clock on the wall.
    fn local(&self, instant: Option<&String>) -> String {
        let local = instant.and_then(|instant| words::local(&self.session.zone, instant));
        local.map(|at| at.strftime("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default()
    }

    /// The times in between in words: `10:20 to 10:35`.
    pub(super) fn out(&self) -> Option<String> {
        let zone = &self.session.zone;
        let times = { self.person.stepped_out.iter() }
            .map(|one| format!("{} to {}", words::clock(zone, &one.from), words::clock(zone, &one.until)));
        Some(times.collect::<Vec<_>>().join(", ")).filter(|times| !times.is_empty())
    }

    /// When a confirmation went out, in words.
    pub(super) fn sent(&self) -> Option<String> {
        let at = words::local(&self.session.zone, self.person.confirmation_sent_at.as_ref()?)?;
        Some(at.strftime("%-d %b %Y, %H:%M").to_string())
    }

    /// Arrival and departure.
    pub(super) fn times(&self) -> Card {
        self.change(
            "Came and left",
            "times",
            field_row(html! {
                (Field::date_time("arrival_at", "Came at").value(self.local(self.person.arrival_at.as_ref())))
                (Field::date_time("departed_at", "Left at").value(self.local(self.person.departed_at.as_ref())))
            }),
        )
    }

    /// The times in between, each in a row, and an empty row for one more.
    pub(super) fn in_between(&self) -> Card {
        let known =
            self.person.stepped_out.iter().map(|one| (self.local(Some(&one.from)), self.local(Some(&one.until))));
        let rows = known.chain([(String::new(), String::new())]).enumerate();
        self.change("Out in between", "stepped_out", html! {
            p.quiet { "Times in which they were out of the room, or their connection was gone. The minutes leave them out. To take one away, empty both fields." }
            @for (row, (from, until)) in rows {
                (field_row(html! {
                    (Field::date_time("stepped_out_from", "Out from").scope(format!("out-{row}")).value(from))
                    (Field::date_time("stepped_out_until", "Back at").scope(format!("out-{row}")).value(until))
                }))
            }
        })
    }

    /// When they were told of their booking.
    pub(super) fn confirmation(&self) -> Markup {
        let sent = self.local(self.person.confirmation_sent_at.as_ref());
        let field = Field::date_time("confirmation_sent_at", "Sent at").value(sent);
        let field = field.hint("By letter, mail or telephone. Empty: none was sent.");
        html! { (self.change("Confirmation sent", "confirmation", html! { (field) })) }
    }
}
