//! Sessions by day: a week at a glance, and a list.

use maud::{Markup, Render, html};

use super::status::{Badge, Tone};

/// One session in a [`week`] or an [`agenda`].
#[must_use]
pub struct SessionEntry {
    time: String,
    title: String,
    href: String,
    detail: Option<String>,
    tone: Tone,
    badge: Option<Badge>,
    cancelled: bool,
}

impl SessionEntry {
    /// `time` as the site's clock shows it: "9:00 to 10:30".
    pub fn new(time: impl Into<String>, title: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            time: time.into(),
            title: title.into(),
            href: href.into(),
            detail: None,
            tone: Tone::Neutral,
            badge: None,
            cancelled: false,
        }
    }

    /// Room, leader, seats.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The colour of its edge.
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// Its status.
    pub fn badge(mut self, badge: Badge) -> Self {
        self.badge = Some(badge);
        self
    }

    /// Strikes its title through. Give it a badge that says so, too.
    pub fn cancelled(mut self, cancelled: bool) -> Self {
        self.cancelled = cancelled;
        self
    }
}

impl Render for SessionEntry {
    fn render(&self) -> Markup {
        let struck = if self.cancelled { " struck" } else { "" };
        html! {
            li class={ "entry " (self.tone.class()) (struck) } {
                p.entry-time { (self.time) }
                p.entry-title { a.row-link href=(self.href) { (self.title) } }
                @if let Some(detail) = &self.detail { p.entry-detail { (detail) } }
                @if let Some(badge) = &self.badge { (badge) }
            }
        }
    }
}

/// A day of a [`week`] or an [`agenda`].
#[must_use]
pub struct Day {
    date: String,
    weekday: String,
    label: String,
    today: bool,
    note: Option<String>,
    entries: Vec<SessionEntry>,
}

impl Day {
    /// `date` for machines ("2026-03-09"), `weekday` ("Mon") and `label` ("9 Mar") for people.
    pub fn new(date: impl Into<String>, weekday: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            date: date.into(),
            weekday: weekday.into(),
            label: label.into(),
            today: false,
            note: None,
            entries: Vec::new(),
        }
    }

    /// Marks today.
    pub fn today(mut self, today: bool) -> Self {
        self.today = today;
        self
    }

    /// A holiday's name, a closure.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Its sessions, in order.
    pub fn entries(mut self, entries: impl IntoIterator<Item = SessionEntry>) -> Self {
        self.entries = entries.into_iter().collect();
        self
    }
}

impl Render for Day {
    fn render(&self) -> Markup {
        html! {
            li class=(if self.today { "day day-today" } else { "day" }) {
                h3.day-head {
                    time datetime=(self.date) { span.day-name { (self.weekday) } " " span { (self.label) } }
                    @if self.today { " " span.tag { "Today" } }
                }
                @if let Some(note) = &self.note { p.day-note { (note) } }
                @if self.entries.is_empty() { p.day-free { "No sessions" } } @else {
                    ul { @for entry in &self.entries { (entry) } }
                }
            }
        }
    }
}

/// Days side by side; below each other on a narrow screen. `label` names it: "Week of 9 March".
pub fn week(label: &str, days: &[Day]) -> Markup {
    html! { ol.week aria-label=(label) { @for day in days { (day) } } }
}

/// Days below each other.
pub fn agenda(label: &str, days: &[Day]) -> Markup {
    html! { ol.agenda aria-label=(label) { @for day in days { (day) } } }
}
