//! The components page.

use maud::{Markup, html};

use crate::shell::ui::*;

/// Every component in every state.
pub(super) fn all() -> Markup {
    html! {
        (PageHeader::new("Components").crumb("Reports", "components.html").lede("Everything pages are made of.")
            .status(html! { (Badge::new(Tone::Info, "Reference")) })
            .actions(html! { (Button::secondary("Print").icon(Icon::Print).href("#main")) (Button::primary("New group").icon(Icon::Plus).href("#main")) }))
        (tabs("Components", &[
            Tab::new("All", "components.html").current(true),
            Tab::new("Group", "group.html").count(12),
            Tab::new("Form", "form.html"),
        ]))
        div.stack {
            (Card::new("Buttons").body(buttons()))
            (Card::new("States").body(states()))
            (Card::new("Seats").body(seats()))
            (Card::new("Notices").body(notices()))
            (Card::new("Fields").body(fields()))
            (Card::new("Questions before an act").body(confirms()))
            (Card::new("Tables").flush().body(tables()))
            (Card::new("Numbers").body(numbers()))
            (Card::new("Week").flush().body(days()))
            (Card::new("Attendance").flush().body(attendance()))
            (Card::new("History").body(history()))
            (Card::new("Text").body(texts()))
            (Card::new("Icons").body(html! { div.toolbar { @for icon in Icon::ALL { (icon) } } }))
        }
    }
}

fn buttons() -> Markup {
    html! {
        form.stack method="get" action="components.html" {
            (toolbar(html! {
                (Button::primary("Primary")) (Button::secondary("Secondary")) (Button::danger("Danger"))
                (Button::quiet("Quiet")) (Button::primary("With icon").icon(Icon::Plus))
                (Button::secondary("Next").trailing(Icon::Right)) (Button::secondary("Print").icon(Icon::Print).icon_only())
                (Button::secondary("A link").href("#main"))
            }))
            (toolbar(html! {
                (Button::primary("Primary").small()) (Button::secondary("Secondary").small())
                (Button::danger("Danger").small()) (Button::quiet("Quiet").small().icon(Icon::Edit))
                (Button::quiet("More").small().icon(Icon::More).icon_only().context("of the buttons"))
                (Button::primary("Not now").disabled(true)) (Button::secondary("Not now").disabled(true))
                (Button::quiet("Download").icon(Icon::Download).href("#main").download())
            }))
        }
        (post_button("components.html", "key-1", Button::secondary("Restore").icon(Icon::Undo)))
    }
}

fn states() -> Markup {
    html! {
        div.stack {
            (toolbar(html! {
                @for (tone, name) in Tone::ALL.into_iter().zip(["Scheduled", "In progress", "Completed", "Pending review", "Refused"]) {
                    (Badge::new(tone, name))
                }
                (Badge::new(Tone::Warn, "At risk").icon(Icon::Clock))
            }))
            (toolbar(html! { @for state in Attendance::ALL { (state.badge()) } }))
            (toolbar(html! {
                (Person::new("Maria Santos").detail("MRN 10442, prefers Mari").href("#main"))
                (Person::new("Theo Brandt").guest(true).detail("Brother of a member"))
                (Person::new("Aisha Khan").small())
            }))
            (progress("Importing appointments", 1_200, 5_000))
        }
    }
}

fn seats() -> Markup {
    html! {
        div.stack {
            (Capacity::new(7, Some(12)))
            (Capacity::new(11, Some(12)).waiting(3))
            (Capacity::new(9, Some(12)).held(2))
            (Capacity::new(12, Some(12)).waiting(1))
            (Capacity::new(14, Some(12)))
            (Capacity::new(31, Some(40)))
            (Capacity::new(8, None))
            (Capacity::new(5, Some(8)).compact())
        }
    }
}

fn notices() -> Markup {
    html! {
        div.stack {
            @for (tone, words) in Tone::ALL.into_iter().zip([
                "This group is archived.", "Two sessions fall on a holiday and are skipped.", "Maria Santos was added.",
                "This patient has another session at that time.", "This group is full.",
            ]) { (Notice::new(tone, words)) }
            (Notice::new(Tone::Warn, "Before you can sign").text("Three things are missing.")
                .items(["The group note is empty", "Theo Brandt has no note", "The end is before the start"])
                .actions(html! { (Button::secondary("Show them").small().href("#main")) }))
        }
    }
}

fn fields() -> Markup {
    let body = html! {
        (Field::text("title", "Title").required().value("DBT skills").hint("Patients see it in reminders."))
        (Field::textarea("about", "Description").rows(3).value("Mindfulness, distress tolerance."))
        (field_row(html! {
            (Field::date("from", "From").value("2026-03-09"))
            (Field::time("at", "Start").value("09:00"))
            (Field::number("minutes", "Length").value(90).min(5).max(720).suffix("minutes"))
            (Field::month("month", "Month").value("2026-03"))
        }))
        (field_row(html! {
            (Field::date_time("moment", "Moment")) (Field::telephone("telephone", "Telephone"))
            (Field::url("web", "Web page")) (Field::file("file", "File"))
        }))
        (Field::select("room", "Room", [
            Choice::new("", "None"),
            Choice::new("1", "Room 1, 8 seats").group("Main Street"),
            Choice::new("2", "Room 2, 14 seats").group("Main Street"),
            Choice::new("3", "Studio, 20 seats").group("Harbor"),
        ]).value("2").width(Width::Medium))
        (Field::text("topic", "Topic").suggestions(["Radical acceptance", "Opposite action"]).placeholder("Opposite action"))
        (fieldset("Waitlist", Some("What happens when the last seat is taken."), html! {
            (Field::radios("when_full", "When full", [
                Choice::new("waitlist", "Put on the waitlist").hint("In the order they were added."),
                Choice::new("reject", "Refuse").hint("The person adding is told that the group is full."),
            ]).value("waitlist"))
            (Field::checks("days", "Days", [("mo", "Monday"), ("tu", "Tuesday"), ("we", "Wednesday")]).values(["mo", "we"]).in_line())
            (Field::checkbox("virtual", "Also by video").checked(true).hint("A link is sent with the reminder."))
        }))
        (Field::text("fixed", "Short code").value("NBH").read_only().width(Width::Short))
        (Field::text("shut", "Number").value("SES-NBH-2026-10001").disabled())
        (save_status("Saved 10:42"))
        (form_actions(html! { (Button::primary("Save")) (Button::quiet("Cancel").href("#main")) }))
    };
    html! { (Form::post("components.html").hidden("idempotency_key", "key-2").autosave(800).body(body)) }
}

fn confirms() -> Markup {
    toolbar(html! {
        (Confirm::new("Archive group…", "Two future sessions will be cancelled and 12 members told. You can restore it later.",
            Form::post("components.html").hidden("idempotency_key", "key-3"), Button::danger("Archive group"))
            .icon(Icon::Archive).danger())
        (Confirm::new("Move…", "Maria Santos moves to the top of the waitlist.",
            Form::post("components.html").hidden("idempotency_key", "key-4"), Button::primary("Move to the top"))
            .small().fields(html! { (Field::text("reason", "Reason").scope("move").required()) }))
    })
}

fn tables() -> Markup {
    let table = Table::new(
        "Invoices",
        [Column::new("Number"), Column::new("Status"), Column::number("Amount"), Column::actions()],
    )
    .show_caption()
    .id("invoices")
    .row(
        Row::new([
            html! { "INV-NBH-2026-10001" },
            html! { (Badge::new(Tone::Good, "Paid")) },
            html! { "$ 94.00" },
            html! {},
        ])
        .id("inv_1")
        .href("#main"),
    )
    .row(
        Row::new([
            html! { "INV-NBH-2026-10002" },
            html! { (Badge::new(Tone::Info, "Issued")) },
            html! { "$ 1,204.50" },
            html! { (Button::quiet("Void").small().href("#main").context("INV-NBH-2026-10002")) },
        ])
        .id("inv_2")
        .href("#main"),
    )
    .row(
        Row::new([
            html! { "INV-NBH-2026-10003" },
            html! { (Badge::new(Tone::Neutral, "Void")) },
            html! { "$ 0.00" },
            html! {},
        ])
        .id("inv_3")
        .muted(true),
    )
    .foot([html! { "Sum" }, html! {}, html! { "$ 1,298.50" }, html! {}]);
    html! {
        (FilterBar::new("components.html", "#invoices")
            .field(Field::search("number", "Number").label_hidden().placeholder("Number"))
            .field(Field::select("status", "Status", [("", "Any status"), ("paid", "Paid")]).label_hidden().scope("filter"))
            .clear("components.html")
            .actions(html! { (Button::quiet("CSV").icon(Icon::Download).href("#main").download()) }))
        (table) (pager("Showing 3 of 120", Some("#main"), Some("#main"))) (empty_table())
    }
}

fn empty_table() -> Table {
    Table::new("Waitlist", [Column::new("Name")]).id("empty-list").empty(
        EmptyState::new(Icon::Waiting, "Nobody is waiting")
            .text("When the group is full, people you add are put here in order.")
            .actions(html! { (Button::secondary("Add to the waitlist").icon(Icon::Plus).href("#main")) }),
    )
}

fn numbers() -> Markup {
    let bars = [("2 Feb", 9.0), ("9 Feb", 10.5), ("16 Feb", 7.5), ("23 Feb", 9.0), ("2 Mar", 4.5)];
    let chart = bars.iter().fold(
        BarChart::new("hours", "Hours by week", "Hours attended in each week.").target(9.0, "9 hours needed"),
        |chart, (week, hours)| {
            chart.bar(*week, *hours, format!("{hours} h"), if *hours >= 9.0 { Tone::Good } else { Tone::Warn })
        },
    );
    html! {
        div.stack {
            (tiles(html! {
                (StatTile::new("Attendance", "92 %").note(Tone::Good, "Up from 88 %").href("#main")
                    .chart(sparkline("Attendance over eight weeks, from 84 to 92 percent", &[84.0, 86.0, 85.0, 88.0, 87.0, 90.0, 88.0, 92.0])))
                (StatTile::new("Seats used", "107 of 120").note(Tone::Neutral, "11 groups"))
                (StatTile::new("To document", 4).note(Tone::Warn, "One is from last week"))
                (StatTile::new("No-shows", 9).note(Tone::Bad, "Up from 5"))
            }))
            (chart)
            (definition_list([("Site", html! { "Main Street" }), ("Room", html! { "Room 2, 14 seats" }), ("Lead", html! { (Person::new("Dana Whitfield").small()) })]))
        }
    }
}

fn days() -> Markup {
    let entry = |time: &str, title: &str| SessionEntry::new(time, title, "session.html").detail("Room 2");
    let build = || {
        vec![
            Day::new("2026-03-09", "Mon", "9 Mar").entries([
                entry("9:00 to 10:30", "DBT skills").tone(Tone::Good).badge(Badge::new(Tone::Good, "Completed")),
                entry("13:00 to 14:00", "Anger management")
                    .tone(Tone::Warn)
                    .badge(Badge::new(Tone::Warn, "Pending review")),
            ]),
            Day::new("2026-03-10", "Tue", "10 Mar").today(true).entries([
                entry("9:00 to 12:00", "IOP morning").tone(Tone::Info).badge(Badge::new(Tone::Info, "In progress")),
                entry("15:00 to 16:00", "Family evening"),
            ]),
            Day::new("2026-03-11", "Wed", "11 Mar").note("Founders' day"),
            Day::new("2026-03-12", "Thu", "12 Mar").entries([entry("9:00 to 10:30", "DBT skills")
                .cancelled(true)
                .badge(Badge::new(Tone::Neutral, "Cancelled").icon(Icon::Cross))]),
            Day::new("2026-03-13", "Fri", "13 Mar"),
        ]
    };
    html! { (week("Week of 9 March", &build())) (agenda("The same as a list", &build())) }
}

fn attendance() -> Markup {
    let rows: Vec<AttendanceRow> = Attendance::ALL
        .into_iter()
        .zip(["Maria Santos", "Theo Brandt", "Aisha Khan", "Lee Wong", "Omar Haddad", "Priya Nair"])
        .enumerate()
        .map(|(index, (state, name))| AttendanceRow::new(format!("sample-{index}"), "components.html", name, state))
        .collect();
    let blocked = AttendanceRow::new("sample-blocked", "components.html", "Jo Ellis", Attendance::Booked)
        .blocked_by(["Consent has expired", "Finance is not cleared"]);
    let locked = AttendanceRow::new("sample-locked", "components.html", "Sam Ode", Attendance::Attended)
        .locked()
        .detail("90 min");
    html! { (attendance_list("Marked", &rows)) (attendance_list("Special", &[blocked, locked])) }
}

fn history() -> Markup {
    html! {
        (timeline(&[
            Event::new(Icon::Sign, "9 Mar, 10:48", html! { "Dana Whitfield signed the group note" }).tone(Tone::Good)
                .instant("2026-03-09T17:48:00Z").body(html! { (hash("3f9ac21b77d04e5590aa1be2c3d4f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c")) }),
            Event::new(Icon::Edit, "9 Mar, 10:31", html! { "End moved from 10:30 to 10:25" }),
            Event::new(Icon::Away, "9 Mar, 9:20", html! { "Lee Wong did not come" }).tone(Tone::Bad),
        ]))
        (checklist(&[(true, "Add a site and its rooms", "#main"), (false, "Invite your colleagues", "#main"), (false, "Make your first group", "#main")]))
    }
}

fn texts() -> Markup {
    html! {
        div.stack {
            (Notice::new(Tone::Warn, "Copy this token now.").text("It is not shown again."))
            (code_block("token", "Token", "cnv_9gq2v0e7m4x1c8k5z3b6n0d2f4h7j9p1r3t5w7y9"))
            p { "Press " (key("/")) " to search. " (quiet("Paler words. ")) (time("2026-03-09T09:00:00Z", "9 March, 9:00")) (heard("read out only")) }
            (hash("short"))
            (print_only(html! { p { "Only on paper." } })) (screen_only(html! { p { "Only on screens." } }))
            (with_script(html! { p { "Only with script." } }))
            (live_region("live-sample", "/events", html! { p { "Kept up to date." } }))
        }
    }
}
