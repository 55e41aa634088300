//! Components: plain data to markup. Builders are spliced into `html!` as they are: `(Button::primary("Save"))`.
//!
//! # Catalogue
//!
//! In short; `gallery` has each of them compiled and in use.
//!
//! A page
//! ```text
//! Page::new("Anger management").section("groups").nav(items).organization("Northside Clinic")
//!     .user("Dana Whitfield", "Therapist").flash(Notice::new(Tone::Good, "Member added.")).body(html! { … }).render()
//! NavItem::new("groups", Icon::Groups, "Groups", "/groups").count(3, "to review") // .second(): below the line
//! BarePage::new("Sign in").organization("Northside Clinic").body(html! { … })       // no frame
//! error_page("Not found", "There is no such group.", (None, ("To your groups", "/groups")), Some("req_1"))
//! PageHeader::new("Anger management").crumb("Groups", "/groups").status(badges).lede("…")
//!     .fact(Icon::Clock, "Mondays 9:00").actions(html! { (Button::primary("Add member").href("…")) })
//! tabs("Group", &[Tab::new("Overview", "/groups/x").current(true), Tab::new("Notes", "…").count(3)])
//! Card::new("Roster").note("11 members").id("roster").actions(…).flush().body(html! { … })
//! split(main, aside); stack(parts); tiles(stats); toolbar(buttons)
//! StatTile::new("Attendance", "92 %").note(Tone::Good, "Up from 88 %").href("…").chart(sparkline("…", &[…]))
//! EmptyState::new(Icon::Groups, "No groups yet").text("Make the first one.").actions(…)
//! timeline(&[Event::new(Icon::Check, "9 Mar, 10:02", html! { "Signed" }).tone(Tone::Good).body(…)])
//! checklist(&[(true, "Add a site", "/settings/sites"), (false, "Make a group", "/groups/new")])
//! ```
//! Buttons and forms
//! ```text
//! Button::primary("Save")  // secondary, danger, quiet
//!     .icon(Icon::Plus).small().icon_only().context("Maria S.").href("…").value("mark", "attended")
//!     .formaction("…").form("form-id").disabled(true).skip_checks().live("#roster").push().confirm("Really?").prints()
//! post_button("/groups/x/restore", key, Button::secondary("Restore"))
//! Form::post("/groups").id("new").hidden("idempotency_key", key).live("#roster").push().auto().autosave(800)
//!     .upload().checked_by_server().inline().body(html! { (errors) (Field::…) (form_actions(html! { … })) })
//! Field::text("name", "Name").value("…").hint("…").errors(&errors).required()
//!     // number date time date_time month email telephone url password search file textarea checkbox
//!     // .min .max .step .suffix("minutes") .width(Width::Short) .rows(6) .max_length(200) .read_only()
//!     // .autofocus() .label_hidden() .autocomplete("off") .suggestions([…]) .scope("add") .key("…") .error("…")
//! Field::select("type", "Type", [("therapy", "Therapy"), ("iop", "IOP")]).value("iop")
//! Field::radios("edit", "Which sessions", [Choice::new("this", "This one").hint("…")]).value("this")
//! Field::checks("days", "Days", [("mo", "Monday")]).values(["mo"]).in_line(); Field::checkbox("on", "…").checked(true)
//! Rows::new("fields.goals", "Goals").required(true).row(html! { (Field::…) })
//! let mut errors = FieldErrors::new(); errors.add("name", "Give the group a name."); // (errors) is the summary
//! fieldset("Seats", Some("hint"), fields); field_row(fields); save_status("Saved 10:42"); form_actions(buttons); sent_by_enter()
//! FilterBar::new("/groups", "#list").field(Field::select(…).label_hidden()).clear("/groups").actions(…)
//!     // FilterBar::post("/patients/search", "#list"): names stay out of addresses
//! Confirm::new("Archive…", "Two future sessions will be cancelled.", Form::post("…").hidden("idempotency_key", key),
//!     Button::danger("Archive group")).icon(Icon::Archive).danger().fields(html! { (Field::text("reason", …)) })
//! ```
//! Records and states
//! ```text
//! Table::new("Groups", [Column::new("Name"), Column::number("Seats"), Column::actions()]).id("list")
//!     .row(Row::new([html! { "…" }, …]).id("grp_1").href("/groups/grp_1").muted(true)).foot([…]).empty(EmptyState::new(…))
//! definition_list([("Site", html! { "Main Street" })]); pager("Showing 25", first, next)
//! Badge::new(Tone::Warn, "Pending review").icon(Icon::Eye)     // tones: Neutral Info Good Warn Bad
//! Capacity::new(11, Some(12)).held(1).waiting(3).compact()
//! Notice::new(Tone::Bad, "This group is full.").text("…").items(["…"]).actions(…)
//! progress("Importing", 1_200, 5_000)
//! Person::new("Maria S.").detail("MRN 1042").href("…").guest(true).small(); avatar("Maria S.")
//! attendance_list("Participants", &[AttendanceRow::new("par_1", "/participants/par_1/mark", "Maria S.",
//!     Attendance::Booked).person(Person::…).detail("10:02").blocked_by(["Consent is missing"]).hidden("version", 3)
//!     .offers([("consent", "Consent seen", Icon::Check)]).live("#room").more("/sessions/x/participants/par_1").locked()])
//! week("Week of 9 March", &[Day::new("2026-03-09", "Mon", "9 Mar").today(true).entries([
//!     SessionEntry::new("9:00 to 10:30", "DBT skills", "/sessions/x").detail("Room 2").tone(Tone::Info)])]); agenda(…)
//! TimeGrid::new("Week of 9 March", 4).columns([GridColumn::new(head, "2026-03-09", "/calendar?…").blocks([
//!     Block::new(540, 630, html! { … })])])  // with `Page::style("calendar.css")`
//! BarChart::new("hours", "Hours", "Hours attended by week.").target(9.0, "9 hours needed").bar("2 Mar", 9.5, "9.5 h", Tone::Good)
//! hash(sha256); code_block("token", "Your token", "cnv_…"); key("Esc"); time("2026-03-09T09:00Z", "9:00")
//! quiet("…"); heard("only read out"); print_only(…); screen_only(…); with_script(…)
//! live_region("roster", "/sessions/x/events", content)
//! ```
//!
//! # Script
//!
//! `data-live`, `push`, `auto`, `autosave` and the rest are enhancements by `assets/live.js`, which tells its
//! contract at its top. Without script every form and link loads a page.

mod button;
mod calendar;
mod chart;
mod field;
mod form;
mod icon;
mod page;
mod people;
mod rows;
mod status;
mod table;
mod text;
mod time_grid;

pub use button::{Button, toolbar};
pub use calendar::{Day, SessionEntry, agenda, week};
pub use chart::{BarChart, sparkline};
pub use field::{Choice, Field, Width, field_id};
pub use form::{
    Confirm, FieldErrors, FilterBar, Form, field_row, fieldset, form_actions, post_button, save_status, sent_by_enter,
};
pub use icon::Icon;
pub use page::{
    Card, EmptyState, Event, PageHeader, StatTile, Tab, breadcrumb, checklist, split, stack, tabs, tiles, timeline,
};
pub use people::{Attendance, AttendanceRow, Person, attendance_list, avatar};
pub use rows::Rows;
pub use status::{Badge, Capacity, Notice, Tone, progress};
pub use table::{Column, Row, Table, definition_list, pager, pager_with};
pub use text::{code_block, hash, heard, key, live_region, print_only, quiet, screen_only, time, with_script};
pub use time_grid::{Block, COLUMNS_MAX, GridColumn, Moves, TimeGrid, style as time_grid_style};
