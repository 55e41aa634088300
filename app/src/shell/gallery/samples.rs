//! Sample pages as the product's own look.

use maud::{Markup, html};

use super::frame;
use crate::shell::layout::Page;
use crate::shell::ui::*;

const ROSTER: [(&str, &str, &str, u8); 12] = [
    ("Maria Santos", "10442", "12 Jan", 7),
    ("Theo Brandt", "10397", "12 Jan", 8),
    ("Aisha Khan", "10518", "12 Jan", 8),
    ("Lee Wong", "10231", "19 Jan", 5),
    ("Omar Haddad", "10604", "19 Jan", 7),
    ("Priya Nair", "10077", "26 Jan", 6),
    ("Jo Ellis", "10755", "26 Jan", 4),
    ("Sam Odede", "10688", "2 Feb", 5),
    ("Ruth Meyer", "10142", "2 Feb", 5),
    ("Diego Flores", "10811", "9 Feb", 3),
    ("Hanna Lind", "10820", "16 Feb", 3),
    ("Will Carter", "", "23 Feb", 2),
];

const WAITLIST: [(&str, &str); 3] = [("Nadia Petrov", "2 Mar"), ("Ben Achebe", "4 Mar"), ("Chloe Dubois", "9 Mar")];

fn person(name: &str, mrn: &str) -> Person {
    let person = Person::new(name).guest(mrn.is_empty());
    if mrn.is_empty() { person.detail("Sister of a member") } else { person.detail(format!("MRN {mrn}")) }
}

/// A group with twelve members, a full roster and three waiting.
pub(super) fn group() -> Page {
    let header = PageHeader::new("DBT skills, Monday")
        .crumb("Groups", "groups.html")
        .status(html! { (Badge::new(Tone::Good, "Active")) (Badge::new(Tone::Warn, "Need 3 more hours/week").icon(Icon::Clock)) })
        .fact(Icon::Repeat, "Mondays, 9:00 to 10:30")
        .fact(Icon::Room, "Room 2, Main Street")
        .fact(Icon::Person, "Dana Whitfield")
        .actions(html! {
            (Button::secondary("Edit").icon(Icon::Edit).href("form.html"))
            (Confirm::new("Archive…", "Eight future sessions will be cancelled and 12 members told. You can restore the group later.",
                Form::post("group.html").hidden("idempotency_key", "archive-1"), Button::danger("Archive group")).icon(Icon::Archive))
            (Button::primary("Add member").icon(Icon::Plus).href("form.html"))
        });
    let body = html! {
        (header)
        (tabs("Group", &[
            Tab::new("Roster", "group.html").count(12).current(true),
            Tab::new("Schedule", "today.html"),
            Tab::new("Notes", "session.html").count(9),
            Tab::new("Outcomes", "components.html"),
            Tab::new("History", "components.html"),
        ]))
        (split(html! { (roster()) (waitlist()) }, aside()))
    };
    frame("DBT skills, Monday", "groups")
        .flash(
            Notice::new(Tone::Good, "Will Carter was added and booked into the next 8 sessions.").actions(
                html! { (post_button("group.html", "undo-1", Button::quiet("Undo").small().icon(Icon::Undo))) },
            ),
        )
        .body(body)
}

fn roster() -> Markup {
    let columns = [Column::new("Member"), Column::new("Joined"), Column::number("Attended"), Column::actions()];
    let rows = ROSTER.iter().enumerate().map(|(index, (name, mrn, joined, attended))| {
        Row::new([
            html! { (person(name, mrn)) },
            html! { (joined) },
            html! { (attended) " of 8" },
            html! { (Confirm::new("Remove", format!("{name} leaves the group and 8 bookings are cancelled. The past stays as it is."),
                Form::post("group.html").hidden("idempotency_key", format!("remove-{index}")).live("#roster"),
                Button::danger("Remove from group")).small()) },
        ])
        .id(format!("gm_{index}"))
        .href("group.html")
    });
    let table = Table::new("Members of this group", columns).rows(rows);
    html! {
        (Card::new("Roster").id("roster").flush()
            .actions(html! { (Button::quiet("Sign-in sheet").small().icon(Icon::Print).href("#main")) (Button::quiet("CSV").small().icon(Icon::Download).href("#main")) })
            .body(html! { div.card-strip { (Capacity::new(12, Some(12)).waiting(3)) } (table) }))
    }
}

fn waitlist() -> Markup {
    let columns = [Column::new("Next in line"), Column::new("Since"), Column::new("Note"), Column::actions()];
    let rows = WAITLIST.iter().enumerate().map(|(index, (name, since))| {
        let note = if index == 0 { html! { (Badge::new(Tone::Warn, "No admission yet")) } } else { html! { (quiet("Eligible")) } };
        Row::new([
            html! { span.place { (index + 1) } (Person::new(*name)) },
            html! { (since) },
            note,
            html! { (Confirm::new("Move up", format!("{name} moves one place up. The reason is kept."),
                Form::post("group.html").hidden("idempotency_key", format!("move-{index}")).live("#waitlist"), Button::primary("Move up"))
                .small().fields(html! { (Field::text("reason", "Reason").scope(format!("move-{index}")).required()) })) },
        ])
        .id(format!("gm_w{index}"))
    });
    html! { (Card::new("Waitlist").id("waitlist").note("Promoted in this order").flush().body(html! { (Table::new("Waitlist", columns).rows(rows)) })) }
}

fn aside() -> Markup {
    let weeks = [("19 Jan", 9), ("26 Jan", 11), ("2 Feb", 10), ("9 Feb", 12), ("16 Feb", 11), ("23 Feb", 8)];
    let chart = weeks.iter().fold(
        BarChart::new("attendance", "Who came, by week", "People who attended in each of six weeks.").top(12.0),
        |chart, (week, count)| {
            let tone = if *count < 9 { Tone::Warn } else { Tone::Good };
            chart.bar(*week, f64::from(*count), count.to_string(), tone)
        },
    );
    html! {
        (Card::new("Next session").body(html! {
            p.big { "Monday 16 March, 9:00" }
            p.quiet { "Opposite action · 12 booked · Room 2" }
            (toolbar(html! { (Button::secondary("Open session").trailing(Icon::Right).href("session.html")) }))
        }))
        (Card::new("Attendance").body(html! { (chart) }))
        (Card::new("About").body(definition_list([
            ("Type", html! { "Skills training" }),
            ("Program", html! { a href="#main" { "Adult IOP" } }),
            ("When full", html! { "Waitlist, promoted automatically" }),
            ("Enrollment", html! { "Open" }),
            ("Co-facilitator", html! { (Person::new("Marcus Bell").small()) }),
        ])))
    }
}

/// The list of groups.
pub(super) fn groups() -> Page {
    let list = [
        ("DBT skills, Monday", "Skills training", "Mon 9:00", 12, 12, 3, (Tone::Warn, "3 hours short")),
        ("Adult IOP morning", "IOP", "Mon, Wed, Fri 9:00", 9, 12, 0, (Tone::Good, "Meets IOP")),
        ("Anger management", "Psychoeducation", "Tue 13:00", 6, 10, 0, (Tone::Neutral, "Not judged")),
        ("Family evening", "Family", "Thu 18:00", 14, 12, 0, (Tone::Neutral, "Not judged")),
        ("Grief and loss", "Support", "Fri 11:00", 3, 8, 0, (Tone::Neutral, "Not judged")),
    ];
    let columns = [Column::new("Group"), Column::new("Meets"), Column::new("Seats"), Column::new("Hours")];
    let rows =
        list.into_iter().enumerate().map(|(index, (name, kind, meets, taken, seats, waiting, (tone, hours)))| {
            Row::new([
                html! { span.two-lines { strong { (name) } span.quiet { (kind) } } },
                html! { (meets) },
                html! { (Capacity::new(taken, Some(seats)).waiting(waiting).compact()) },
                html! { (Badge::new(tone, hours)) },
            ])
            .id(format!("grp_{index}"))
            .href("group.html")
        });
    let body = html! {
        (PageHeader::new("Groups").actions(html! { (Button::primary("New group").icon(Icon::Plus).href("form.html")) }))
        (Card::new("All groups").flush().body(html! {
            (FilterBar::new("groups.html", "#groups")
                .field(Field::select("type", "Type", [("", "Any type"), ("therapy", "Therapy")]).label_hidden())
                .field(Field::select("site", "Site", [("", "Any site"), ("main", "Main Street")]).label_hidden())
                .field(Field::select("status", "Status", [("active", "Active"), ("archived", "Archived")]).label_hidden())
                .actions(html! { (Button::quiet("CSV").icon(Icon::Download).href("#main")) }))
            (Table::new("Groups", columns).id("groups").rows(rows))
            (pager("Showing 5 of 5", None, None))
        }))
    };
    frame("Groups", "groups").body(body)
}

/// A session in progress with one-tap attendance.
pub(super) fn session() -> Page {
    use Attendance::{Arrived, Attended, Booked, Cancelled, NoShow};
    let states = [Attended, Attended, Arrived, Booked, NoShow, Attended, Booked, Cancelled];
    let rows: Vec<AttendanceRow> = ROSTER
        .iter()
        .zip(states)
        .enumerate()
        .map(|(index, ((name, mrn, _, _), state))| attendance_row(index, name, mrn, state))
        .collect();
    let header = PageHeader::new("DBT skills: opposite action")
        .crumb("Sessions", "today.html")
        .status(html! { (Badge::new(Tone::Info, "In progress").icon(Icon::Play)) })
        .fact(Icon::Clock, "Monday 9 March, 9:00 to 10:30")
        .fact(Icon::Room, "Room 2, Main Street")
        .fact(Icon::Notes, "SES-NBH-2026-10214")
        .actions(html! { (Button::secondary("Sign-in sheet").icon(Icon::Print).href("#main")) (Button::primary("End session").icon(Icon::Check).href("#main")) });
    let body = html! {
        (header)
        (tabs("Session", &[Tab::new("Room", "session.html").current(true), Tab::new("Notes", "form.html").count(3), Tab::new("Forms", "form.html"), Tab::new("History", "components.html")]))
        (tiles(html! {
            (StatTile::new("Attended", "3").note(Tone::Neutral, "of 8 booked"))
            (StatTile::new("Still open", "3").note(Tone::Warn, "Resolve before ending"))
            (StatTile::new("No-show", "1")) (StatTile::new("Cancelled", "1"))
        }))
        (Card::new("Participants").flush()
            .actions(html! {
                (post_button("session.html", "all-1", Button::quiet("All present").small().icon(Icon::Check)))
                (post_button("session.html", "rest-1", Button::quiet("Mark the rest no-show").small().icon(Icon::Away)))
                (Button::quiet("Walk-in").small().icon(Icon::Plus).href("#main"))
            })
            .body(attendance_list("Participants", &rows)))
    };
    frame("DBT skills: opposite action", "sessions").body(body)
}

fn attendance_row(index: usize, name: &str, mrn: &str, state: Attendance) -> AttendanceRow {
    let row = AttendanceRow::new(format!("par_{index}"), "session.html", name, state)
        .person(person(name, mrn))
        .hidden("version", 3)
        .hidden("idempotency_key", format!("tap-{index}"));
    match index {
        2 => row.detail("9:08, 8 minutes late"),
        3 => row.blocked_by(["Consent has expired"]),
        7 => row.detail("Called at 8:15"),
        _ => row,
    }
}

/// A refused form: what was sent stands, each error beside its field and at the top.
pub(super) fn form() -> Page {
    let mut errors = FieldErrors::new();
    errors
        .add("name", "Give the group a name, so that people can find it.")
        .add(
            "max_participants",
            "A group has at least 2 seats. To hold one patient's session, schedule an individual one.",
        )
        .add("starts_at", "Room 2 is taken from 9:00 to 10:00 on Mondays by Adult IOP morning.");
    let fields = html! {
        (errors)
        (fieldset("What it is", None, html! {
            (Field::text("name", "Name").required().errors(&errors).hint("As it stands on the schedule and in reminders."))
            (field_row(html! {
                (Field::select("type", "Type", [("therapy", "Therapy"), ("skills_training", "Skills training")]).value("skills_training").required())
                (Field::select("program", "Program", [("", "None"), ("iop", "Adult IOP")]).value("iop"))
            }))
            (Field::textarea("description", "Description").rows(3).value("Mindfulness, distress tolerance, emotion regulation."))
        }))
        (fieldset("Seats", Some("What happens when the last seat is taken."), html! {
            (field_row(html! {
                (Field::number("min_participants", "At least").value(4).suffix("people"))
                (Field::number("max_participants", "At most").value(1).required().suffix("seats").errors(&errors))
            }))
            (Field::radios("when_full", "When full", [
                Choice::new("waitlist", "Put on the waitlist").hint("In the order they were added."),
                Choice::new("reject", "Refuse").hint("Whoever adds is told that the group is full."),
            ]).value("waitlist"))
        }))
        (fieldset("When and where", None, html! {
            (field_row(html! {
                (Field::date("starts_on", "First session").value("2026-03-16"))
                (Field::time("starts_at", "Start").value("09:00").errors(&errors))
                (Field::number("duration_minutes", "Length").value(90).suffix("minutes"))
            }))
            (Field::checks("days", "On", [("mo", "Monday"), ("tu", "Tuesday"), ("we", "Wednesday"), ("th", "Thursday"), ("fr", "Friday")]).values(["mo"]).in_line())
            (Field::checkbox("virtual", "People may join by video").checked(true))
        }))
        (form_actions(html! { (Button::primary("Create group")) (Button::quiet("Cancel").href("groups.html")) }))
    };
    let body = html! {
        (PageHeader::new("New group").crumb("Groups", "groups.html"))
        div.narrow { (Form::post("form.html").hidden("idempotency_key", "new-1").checked_by_server().live("#main").body(fields)) }
    };
    frame("New group", "groups").body(body)
}

/// The day's board.
pub(super) fn today() -> Page {
    let entry = |time: &str, title: &str, detail: &str| SessionEntry::new(time, title, "session.html").detail(detail);
    let days = [
        Day::new("2026-03-09", "Mon", "9 Mar").today(true).entries([
            entry("9:00 to 10:30", "DBT skills", "Room 2 · 8 of 12")
                .tone(Tone::Info)
                .badge(Badge::new(Tone::Info, "In progress").icon(Icon::Play)),
            entry("13:00 to 14:00", "Anger management", "Room 1 · 6 of 10"),
        ]),
        Day::new("2026-03-10", "Tue", "10 Mar").entries([
            entry("9:00 to 12:00", "Adult IOP morning", "Studio · 9 of 12"),
            entry("15:00 to 15:50", "Individual session", "Office 4"),
        ]),
        Day::new("2026-03-11", "Wed", "11 Mar").entries([entry(
            "9:00 to 12:00",
            "Adult IOP morning",
            "Studio · 9 of 12",
        )]),
        Day::new("2026-03-12", "Thu", "12 Mar").entries([entry(
            "18:00 to 19:30",
            "Family evening",
            "Room 2 · 14 of 12",
        )
        .tone(Tone::Bad)
        .badge(Badge::new(Tone::Bad, "Over capacity by 2"))]),
        Day::new("2026-03-13", "Fri", "13 Mar").entries([
            entry("11:00 to 12:00", "Grief and loss", "Room 1 · 3 of 8"),
            entry("9:00 to 12:00", "Adult IOP morning", "Studio")
                .cancelled(true)
                .badge(Badge::new(Tone::Neutral, "Cancelled").icon(Icon::Cross)),
        ]),
    ];
    let body = html! {
        (PageHeader::new("Good morning, Dana").lede("Monday 9 March. Two sessions today, one waits for your notes.")
            .actions(html! { (Button::primary("New session").icon(Icon::Plus).href("form.html")) }))
        (tiles(html! {
            (StatTile::new("Sessions today", 2).note(Tone::Info, "One in progress").href("session.html"))
            (StatTile::new("To document", 1).note(Tone::Warn, "From Friday").href("session.html"))
            (StatTile::new("Attendance", "92 %").note(Tone::Good, "Up from 88 %")
                .chart(sparkline("Attendance over eight weeks, from 84 to 92 percent", &[84.0, 86.0, 85.0, 88.0, 87.0, 90.0, 88.0, 92.0])))
            (StatTile::new("Waiting for a seat", 3).note(Tone::Neutral, "In one group"))
        }))
        (Card::new("This week").flush().body(html! { (week("Week of 9 March", &days)) }))
        (Card::new("First steps").note("1 of 3 done").body(checklist(&[(true, "Add a site and its rooms", "form.html"), (false, "Invite your colleagues", "form.html"), (false, "Make your first group", "form.html")])))
    };
    frame("Today", "today").body(body)
}
