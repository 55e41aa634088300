//! People, and marking who came.

use maud::{Markup, Render, html};

use super::button::Button;
use super::icon::Icon;
use super::status::{Badge, Tone};

/// How many colours initials may have.
const HUES: u32 = 6;

/// A person: initials, name and one more fact.
#[must_use]
pub struct Person {
    name: String,
    detail: Option<String>,
    href: Option<String>,
    guest: bool,
    small: bool,
}

impl Person {
    /// The name as the caller may see it.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), detail: None, href: None, guest: false, small: false }
    }

    /// A line under the name: an MRN, a role.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The person's page.
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// Marks a guest.
    pub fn guest(mut self, guest: bool) -> Self {
        self.guest = guest;
        self
    }

    /// For lines of text: smaller, without the detail below.
    pub fn small(mut self) -> Self {
        self.small = true;
        self
    }
}

impl Render for Person {
    fn render(&self) -> Markup {
        html! {
            span class=(if self.small { "person person-small" } else { "person" }) {
                (avatar(&self.name))
                span.person-words {
                    span.person-name {
                        @match &self.href { Some(href) => a href=(href) { (self.name) }, None => (self.name) }
                        @if self.guest { " " span.tag { "Guest" } }
                    }
                    @if let Some(detail) = &self.detail { span.person-detail { (detail) } }
                }
            }
        }
    }
}

/// The round with a person's initials; decoration beside the name.
pub fn avatar(name: &str) -> Markup {
    html! { span class={ "avatar hue-" (hue(name)) } aria-hidden="true" { (initials(name)) } }
}

/// Of the first and the last word, without a credential: what follows a comma.
fn initials(name: &str) -> String {
    let mut words = name.split(',').next().unwrap_or(name).split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// The same name always has the same colour; the colour means nothing.
fn hue(name: &str) -> u32 {
    name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % HUES
}

/// Where a participant stands in a session, as far as a row shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attendance {
    /// Expected.
    Booked,
    /// Expected, and has said so.
    Confirmed,
    /// Here.
    Arrived,
    /// Took part.
    Attended,
    /// Did not come.
    NoShow,
    /// Booking cancelled.
    Cancelled,
}

impl Attendance {
    /// Every state.
    pub const ALL: [Attendance; 6] = [
        Attendance::Booked,
        Attendance::Confirmed,
        Attendance::Arrived,
        Attendance::Attended,
        Attendance::NoShow,
        Attendance::Cancelled,
    ];

    /// The state in a word.
    pub fn label(self) -> &'static str {
        match self {
            Attendance::Booked => "Booked",
            Attendance::Confirmed => "Confirmed",
            Attendance::Arrived => "Arrived",
            Attendance::Attended => "Attended",
            Attendance::NoShow => "No-show",
            Attendance::Cancelled => "Cancelled",
        }
    }

    /// The state as a badge.
    pub fn badge(self) -> Badge {
        let (tone, icon) = match self {
            Attendance::Booked => (Tone::Neutral, Icon::Calendar),
            Attendance::Confirmed => (Tone::Info, Icon::Check),
            Attendance::Arrived => (Tone::Info, Icon::Room),
            Attendance::Attended => (Tone::Good, Icon::Check),
            Attendance::NoShow => (Tone::Bad, Icon::Away),
            Attendance::Cancelled => (Tone::Neutral, Icon::Cross),
        };
        Badge::new(tone, self.label()).icon(icon)
    }

    fn open(self) -> bool {
        matches!(self, Attendance::Booked | Attendance::Confirmed | Attendance::Arrived)
    }
}

/// One participant of a session with one-tap buttons.
///
/// Every button submits the row's form with `mark` set to `arrived`, `attended`, `no_show`, `cancelled`
/// or `undo`. An open row offers the acts given by [`AttendanceRow::offers`]; a marked one offers undo.
#[must_use]
pub struct AttendanceRow {
    id: String,
    action: String,
    name: String,
    person: Person,
    attendance: Attendance,
    detail: Option<String>,
    blocked_by: Vec<String>,
    keeps: Markup,
    hidden: Vec<(String, String)>,
    offers: Vec<(&'static str, &'static str, Icon)>,
    live: Option<String>,
    more: Option<String>,
    locked: bool,
}

impl AttendanceRow {
    /// `id` is the participant's; `action` is where marks are posted; `name` is heard after each button.
    pub fn new(
        id: impl Into<String>,
        action: impl Into<String>,
        name: impl Into<String>,
        attendance: Attendance,
    ) -> Self {
        let name = name.into();
        Self {
            id: id.into(),
            action: action.into(),
            person: Person::new(&name),
            name,
            attendance,
            detail: None,
            blocked_by: Vec::new(),
            keeps: html! {},
            hidden: Vec::new(),
            offers: vec![
                ("attended", "Attended", Icon::Check),
                ("no_show", "No-show", Icon::Away),
                ("cancelled", "Cancel", Icon::Cross),
            ],
            live: None,
            more: None,
            locked: false,
        }
    }

    /// More about the person than the name.
    pub fn person(mut self, person: Person) -> Self {
        self.person = person;
        self
    }

    /// A fact beside the status: "10:02, 8 minutes late".
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Every gate that stands in the way of arriving and attending, in words.
    pub fn blocked_by<S: Into<String>>(mut self, gates: impl IntoIterator<Item = S>) -> Self {
        self.blocked_by = gates.into_iter().map(Into::into).collect();
        self
    }

    /// Beside the act that says a consent was seen: what keeps one.
    pub fn keeps(mut self, keeps: Markup) -> Self {
        self.keeps = keeps;
        self
    }

    /// A value sent with every tap: `version`, `idempotency_key`.
    pub fn hidden(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.hidden.push((name.into(), value.to_string()));
        self
    }

    /// The acts of an open row: `(mark, label, icon)`, the most usual first.
    pub fn offers(mut self, offers: impl IntoIterator<Item = (&'static str, &'static str, Icon)>) -> Self {
        self.offers = offers.into_iter().collect();
        self
    }

    /// With script, a tap morphs the element this selector names; unless given, the row alone.
    pub fn live(mut self, target: impl Into<String>) -> Self {
        self.live = Some(target.into());
        self
    }

    /// A page with everything about this participation.
    pub fn more(mut self, href: impl Into<String>) -> Self {
        self.more = Some(href.into());
        self
    }

    /// Shows the state without buttons: not started, signed, or not permitted.
    pub fn locked(mut self) -> Self {
        self.locked = true;
        self
    }

    fn tap(&self, index: usize, mark: &str, label: &str, icon: Icon) -> Button {
        let gated = matches!(mark, "arrived" | "attended") && !self.blocked_by.is_empty();
        let button = if index == 0 { Button::primary(label) } else { Button::secondary(label) };
        button.icon(icon).context(&self.name).value("mark", mark).disabled(gated)
    }

    fn taps(&self) -> Markup {
        html! {
            @if self.attendance.open() {
                @for (index, (mark, label, icon)) in self.offers.iter().enumerate() {
                    (self.tap(index, mark, label, *icon))
                    @if *mark == "consent" { (self.keeps) }
                }
            } @else {
                (Button::quiet("Undo").icon(Icon::Undo).context(&self.name).value("mark", "undo"))
            }
        }
    }

    fn form(&self) -> Markup {
        let target = self.live.clone().unwrap_or_else(|| format!("#{}", self.id));
        html! {
            form.taps method="post" action=(self.action) data-live=(target) {
                @for (name, value) in &self.hidden { input type="hidden" name=(name) value=(value); }
                (self.taps())
                (self.way_on())
            }
        }
    }

    fn way_on(&self) -> Markup {
        html! {
            @if let Some(href) = &self.more {
                (Button::quiet("Details").icon(Icon::More).icon_only().context(&self.name).href(href))
            }
        }
    }
}

impl Render for AttendanceRow {
    fn render(&self) -> Markup {
        html! {
            li class=(if self.attendance.open() { "attendance" } else { "attendance marked" }) id=(self.id) {
                (self.person)
                div.attendance-state {
                    (self.attendance.badge())
                    @if let Some(detail) = &self.detail { span.quiet { (detail) } }
                    @for gate in &self.blocked_by { span.gate { (Icon::Lock) span { (gate) } } }
                }
                @if !self.locked { (self.form()) } @else { div.taps { (self.way_on()) } }
            }
        }
    }
}

/// The rows of a session's room view.
pub fn attendance_list(label: &str, rows: &[AttendanceRow]) -> Markup {
    html! { ul.attendance-list aria-label=(label) { @for row in rows { (row) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        assert_eq!(initials("Ana Lucía de la Cruz"), "AC");
        assert_eq!(initials("Amara Okafor, MD"), "AO");
        assert_eq!(initials("madonna"), "M");
        assert_eq!(initials("  "), "");
        assert_eq!(initials("李 小龍"), "李小");
    }

    #[test]
    fn a_blocked_row_cannot_be_marked_attended_but_can_be_a_no_show() {
        let row = AttendanceRow::new("par_1", "/x", "Ana C.", Attendance::Booked).blocked_by(["Consent is missing"]);
        let html = row.render().into_string();
        let button = |mark: &str| html.split("<button").find(|part| part.contains(mark)).unwrap_or_default().to_owned();
        assert!(button("value=\"attended\"").contains(" disabled"));
        assert!(!button("value=\"no_show\"").contains(" disabled"));
        assert!(html.contains("Consent is missing"));
    }
}
