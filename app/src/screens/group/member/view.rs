//! Markup of one membership.

use ::rules::{
    groups::{GroupStatus, Promotion},
    id::MemberId,
    roster::MemberStatus,
};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, Render as _, html};

use super::{Said, Shown};
use crate::{
    audit::history::RecordVersion,
    frame,
    screens::{
        group::view::{day, person, remove_confirm},
        words,
    },
    shell::ui::{
        Button, Card, Choice, Column, Confirm, Event, Field, Form, Icon, Notice, PageHeader, Row, Table, Tone,
        code_block, definition_list, form_actions, split, stack, timeline,
    },
};

impl Shown {
    /// The page.
    pub(super) fn body(&self, said: &Said<'_>) -> Markup {
        let group = &self.group.group;
        let base = format!("/groups/{}", group.id);
        let header = PageHeader::new(self.member.name.clone())
            .crumb("Groups", "/groups")
            .crumb(group.name.to_string(), base)
            .status(words::membership(&self.member).render());
        html! {
            (header)
            @if let Some(problem) = said.problem { (refused(problem)) }
            @if let Some(link) = said.link { (link_card(link)) }
            (split(
                stack(html! {
                    (self.decisions())
                    (self.remarks())
                    (self.all_stints())
                    (Card::new("Changes").body(timeline(&self.changes())))
                }),
                stack(html! { (Card::new("Membership").body(self.facts())) }),
            ))
        }
    }

    fn action(&self, verb: &str) -> Form {
        let member = &self.member.member;
        Form::post(format!("/groups/{}/members/{}/{verb}", member.group_id, member.id))
            .hidden("idempotency_key", format!("{}-{verb}", self.key))
            .hidden("version", member.version)
    }

    fn facts(&self) -> Markup {
        let member = &self.member.member;
        let at = |instant: Option<Timestamp>| html! { (day(instant, &self.zone)) };
        let mut facts = vec![("Person", html! { (person(&self.member)) }), ("Added", at(Some(member.added_at)))];
        if member.joined_at.is_some() {
            facts.push(("Seat since", at(member.joined_at)));
        }
        if let Some(place) = self.member.waitlist_position {
            facts.push(("Position", html! { (place) }));
        }
        if member.left_at.is_some() {
            facts.push(("Until", at(member.left_at)));
        }
        for (label, reason) in [
            ("Why it ended", &member.left_reason),
            ("Why beyond capacity", &member.override_reason),
            ("Why before others", &member.promotion_reason),
            ("Why moved", &member.move_reason),
        ] {
            if let Some(reason) = reason {
                facts.push((label, html! { (reason) }));
            }
        }
        definition_list(facts)
    }

    /// What can be decided now.
    fn decisions(&self) -> Markup {
        let archived = self.group.group.status == GroupStatus::Archived;
        let status = self.member.member.status;
        let (add, remove) = (self.may.add && !archived, self.may.remove && !archived);
        html! {
            @if add && status == MemberStatus::Offered { (self.offer()) }
            @if add && status == MemberStatus::Waitlisted { (self.seat()) (self.place()) }
            @if remove && !status.is_gone() {
                (Card::new("End the membership").body(remove_confirm(&self.member, &self.key, self.consequence_of_leaving()).render()))
            }
        }
    }

    fn consequence_of_leaving(&self) -> &'static str {
        match self.member.member.status {
            MemberStatus::Waitlisted => "Everybody behind moves up one place.",
            MemberStatus::Offered => "The offer and its private link end. The next on the waitlist has the seat.",
            _ => "Their future bookings are cancelled. If somebody waits, the first in line has the seat at once.",
        }
    }

    fn offer(&self) -> Card {
        let held = self.member.member.offer_expires_at.map(|at| words::deadline(at, &self.zone, self.now));
        let reason =
            Field::text("reason", "What they said").hint("Optional; kept with the membership.").max_length(500);
        let declines = Confirm::new(
            "Decline…",
            "The offer ends, and the next on the waitlist has the seat.",
            self.action("decline"),
            Button::danger("Decline the seat"),
        );
        let renews = Confirm::new(
            "Make a private link…",
            "Makes an address with which the person answers without signing in. A link that was made before stops working.",
            self.action("offer-link"),
            Button::primary("Make the link"),
        );
        let accepts =
            self.action("accept").inline().body(Button::primary("Accept for them").icon(Icon::Check).render());
        Card::new("Offered seat").body(stack(html! {
            p { "The seat is held until " strong { (held.unwrap_or_default()) } ". Then the next on the waitlist is offered it." }
            div.toolbar { (accepts) (declines.fields(html! { (reason) })) (renews.icon(Icon::Link)) }
        }))
    }

    fn seat(&self) -> Card {
        let full = self.group.seats.is_full;
        let over = full && self.may.over;
        let usual = if self.group.group.promotion == Promotion::Offer { "offered" } else { "active" };
        let hours = self.group.group.offer_hold_hours;
        let kinds = [
            Choice::new("active", "At once").hint("They have the seat and are booked into the coming sessions."),
            Choice::new("offered", "By offer").hint(format!("The seat is held for {hours} hours until they answer.")),
        ];
        let form = self.action("promote").body(html! {
            @if over { input type="hidden" name="on_full" value="override"; }
            (Field::radios("status", "How", kinds).value(usual))
            (Field::text("reason", "Reason").max_length(500).hint(if over {
                "Needed: the group will have more members than seats."
            } else {
                "Needed when somebody eligible waits longer."
            }))
            (form_actions(html! { (Button::primary(if over { "Give a seat beyond capacity" } else { "Give a seat" })) }))
        });
        Card::new("Give a seat").body(html! {
            @if full && !self.may.over { p.quiet { "All seats are taken. When one is free it can be given here." } }
            @else { (form) }
        })
    }

    fn place(&self) -> Card {
        let place = self.member.waitlist_position.unwrap_or(1);
        let form = self.action("move").body(html! {
            (Field::number("position", "New position").value(place).min(1).max(self.group.seats.waiting).required()
                .hint(format!("1 to {}; everybody else keeps their order.", self.group.seats.waiting)))
            (Field::text("reason", "Reason").scope("move").max_length(500).required().hint("Kept with the membership."))
            (form_actions(html! { (Button::secondary("Move")) }))
        });
        Card::new("Move in the line").body(form.render())
    }

    fn remarks(&self) -> Card {
        let notes = self.member.member.notes.to_string();
        let form = self.action("remarks").body(html! {
            (Field::textarea("notes", "Remarks").value(&notes).rows(3).label_hidden())
            (form_actions(html! { (Button::secondary("Save remarks")) }))
        });
        let text = if notes.is_empty() { "None.".to_owned() } else { notes.clone() };
        Card::new("Remarks").body(if self.may.add {
            form.render()
        } else {
            html! { p { (text) } }
        })
    }

    fn all_stints(&self) -> Card {
        let columns = [
            Column::new("Status"),
            Column::new("Added"),
            Column::new("Seat since"),
            Column::new("Until"),
            Column::new("Reason"),
        ];
        let rows = self.stints.iter().map(|one| {
            let member = &one.member;
            Row::new([
                html! { (words::membership(one)) },
                html! { (day(Some(member.added_at), &self.zone)) },
                html! { (day(member.joined_at, &self.zone)) },
                html! { (day(member.left_at, &self.zone)) },
                html! { (member.left_reason.as_ref().map(ToString::to_string).unwrap_or_default()) },
            ])
            .id(member.id.to_string())
            .href(format!("/groups/{}/members/{}", member.group_id, member.id))
            .muted(member.id != self.member.member.id)
        });
        Card::new("Every time in this group")
            .flush()
            .body(html! { (Table::new("Every time in this group", columns).rows(rows)) })
    }

    fn changes(&self) -> Vec<Event> {
        let all = self.versions.iter().flat_map(|(id, versions)| {
            let older = versions.iter().skip(1).map(Some).chain(std::iter::once(None));
            versions.iter().zip(older).map(move |(version, before)| (*id, version, before))
        });
        all.map(|(id, version, before)| change(id, version, before, &self.zone)).collect()
    }
}

/// What was refused, in the words of the form.
fn refused(problem: &crate::problem::Problem) -> Notice {
    let errors = frame::field_errors(problem);
    let said = problem.errors().iter().filter_map(|error| errors.get(&error.field).map(str::to_owned));
    let said: Vec<String> = said.collect();
    let notice = Notice::new(Tone::Bad, problem.title());
    if said.is_empty() { notice.text(problem.detail()) } else { notice.items(said) }
}

fn link_card(link: &str) -> Card {
    Card::new("Private link").body(html! {
        p { "Give this address to the person and to nobody else: whoever has it can answer the offer, once. It is shown only now." }
        (code_block("offer-link", "Address", link))
    })
}

/// One version as something that happened.
fn change(_: MemberId, version: &RecordVersion, before: Option<&RecordVersion>, zone: &TimeZone) -> Event {
    let text = |version: Option<&RecordVersion>, field: &str| {
        version.and_then(|version| version.record[field].as_str()).unwrap_or_default().to_owned()
    };
    let (now, was) = (|field: &str| text(Some(version), field), |field: &str| text(before, field));
    let changed = |field: &str| now(field) != was(field);
    let (icon, title, reason) = match now("status").as_str() {
        "active" if changed("status") => (Icon::Check, "Has a seat", now("promotion_reason")),
        "waitlisted" if changed("status") => (Icon::Waiting, "Waits in line", String::new()),
        "offered" if changed("status") => (Icon::Clock, "Was offered a seat", now("promotion_reason")),
        "declined" if changed("status") => (Icon::Cross, "Declined the seat", now("left_reason")),
        "expired" if changed("status") => (Icon::Clock, "The offer ran out", String::new()),
        "left" if changed("status") => (Icon::Away, "Left the group", now("left_reason")),
        _ if changed("notes") => (Icon::Edit, "Remarks changed", String::new()),
        _ if changed("skipped_at") => (Icon::Eye, "Passed over: not eligible when a seat became free", String::new()),
        "waitlisted" => (Icon::Waiting, "Moved in the line", now("move_reason")),
        _ => (Icon::Edit, "Changed", String::new()),
    };
    let who = match version.changed_by.as_deref() {
        Some(by) if by.starts_with("link:") => " by private link",
        Some(by) if by.starts_with("system:") => " by the program",
        _ => "",
    };
    let when = version.from.to_zoned(zone.clone()).strftime("%-d %b %Y, %H:%M").to_string();
    Event::new(icon, when, html! { (title) (who) })
        .instant(version.from.to_string())
        .body(html! { @if !reason.is_empty() { p { (reason) } } })
}
