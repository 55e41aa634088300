//! What a page is put together from: headings, cards, tabs, empty states, timelines.

use maud::{Markup, Render, html};

use super::icon::Icon;
use super::status::Tone;

/// The top of a page: where one is, its title and what can be done.
#[must_use]
pub struct PageHeader {
    title: String,
    crumbs: Vec<(String, String)>,
    status: Markup,
    lede: Option<String>,
    facts: Vec<(Icon, String)>,
    actions: Markup,
}

impl PageHeader {
    /// The page's one `h1`.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            crumbs: Vec::new(),
            status: html! {},
            lede: None,
            facts: Vec::new(),
            actions: html! {},
        }
    }

    /// A page above this one; call once for each, outermost first.
    pub fn crumb(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push((label.into(), href.into()));
        self
    }

    /// Badges beside the title.
    pub fn status(mut self, badges: Markup) -> Self {
        self.status = badges;
        self
    }

    /// A sentence under the title.
    pub fn lede(mut self, text: impl Into<String>) -> Self {
        self.lede = Some(text.into());
        self
    }

    /// A short fact under the title: a time, a room, a leader.
    pub fn fact(mut self, icon: Icon, text: impl Into<String>) -> Self {
        self.facts.push((icon, text.into()));
        self
    }

    /// Buttons; the primary one last.
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = actions;
        self
    }
}

impl Render for PageHeader {
    fn render(&self) -> Markup {
        html! {
            header.page-header {
                @if !self.crumbs.is_empty() { (breadcrumb(&self.crumbs, &self.title)) }
                div.page-header-line {
                    div.page-title { h1 { (self.title) } (self.status) }
                    div.toolbar { (self.actions) }
                }
                @if let Some(lede) = &self.lede { p.lede { (lede) } }
                @if !self.facts.is_empty() {
                    ul.fact-line { @for (icon, text) in &self.facts { li { (icon) span { (text) } } } }
                }
            }
        }
    }
}

/// The way from the top to this page: `(label, address)` of each page above, then this one's title.
pub fn breadcrumb(above: &[(String, String)], here: &str) -> Markup {
    html! {
        nav.breadcrumb aria-label="You are here" {
            ol {
                @for (label, href) in above { li { a href=(href) { (label) } } }
                li { span aria-current="page" { (here) } }
            }
        }
    }
}

/// One tab: a link to a page of its own.
#[must_use]
pub struct Tab {
    label: String,
    href: String,
    count: Option<u64>,
    current: bool,
}

impl Tab {
    /// A tab and its address.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into(), count: None, current: false }
    }

    /// How many are in there.
    pub fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// Marks the one that is shown.
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }
}

/// Pages of one record, side by side. `label` names the row for screen readers: "Group".
pub fn tabs(label: &str, tabs: &[Tab]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            ul {
                @for tab in tabs {
                    li {
                        a href=(tab.href) aria-current=[tab.current.then_some("page")] {
                            (tab.label) @if let Some(count) = tab.count { " " span.count { (count) } }
                        }
                    }
                }
            }
        }
    }
}

/// A framed part of a page with a heading.
#[must_use]
pub struct Card {
    title: String,
    note: Option<String>,
    id: Option<String>,
    actions: Markup,
    body: Markup,
    flush: bool,
}

impl Card {
    /// A card with its heading (`h2`).
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), note: None, id: None, actions: html! {}, body: html! {}, flush: false }
    }

    /// A quiet line beside the heading.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// The card's id: the target of `live`.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Buttons beside the heading.
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = actions;
        self
    }

    /// What is in it.
    pub fn body(mut self, body: Markup) -> Self {
        self.body = body;
        self
    }

    /// Lets a table or list reach the card's edges.
    pub fn flush(mut self) -> Self {
        self.flush = true;
        self
    }
}

impl Render for Card {
    fn render(&self) -> Markup {
        html! {
            section class=(if self.flush { "card card-flush" } else { "card" }) id=[self.id.as_deref()]
                aria-label=(self.title) {
                div.card-head {
                    h2 { (self.title) }
                    @if let Some(note) = &self.note { p.quiet { (note) } }
                    div.toolbar { (self.actions) }
                }
                div.card-body { (self.body) }
            }
        }
    }
}

/// A wide part and a narrow part beside it; below each other where there is no room.
pub fn split(main: Markup, aside: Markup) -> Markup {
    html! { div.split { div.stack { (main) } div.stack { (aside) } } }
}

/// Parts below each other with even gaps.
pub fn stack(parts: Markup) -> Markup {
    html! { div.stack { (parts) } }
}

/// Tiles or cards in as many columns as fit.
pub fn tiles(tiles: Markup) -> Markup {
    html! { div.tiles { (tiles) } }
}

/// One number that matters.
#[must_use]
pub struct StatTile {
    label: String,
    value: String,
    note: Option<String>,
    tone: Tone,
    href: Option<String>,
    chart: Markup,
}

impl StatTile {
    /// "Attendance this week", "92 %".
    pub fn new(label: impl Into<String>, value: impl ToString) -> Self {
        Self {
            label: label.into(),
            value: value.to_string(),
            note: None,
            tone: Tone::Neutral,
            href: None,
            chart: html! {},
        }
    }

    /// A line under it, with its tone.
    pub fn note(mut self, tone: Tone, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self.tone = tone;
        self
    }

    /// Where the number comes from.
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// A [`super::sparkline`].
    pub fn chart(mut self, chart: Markup) -> Self {
        self.chart = chart;
        self
    }
}

impl Render for StatTile {
    fn render(&self) -> Markup {
        html! {
            div.stat {
                p.stat-label {
                    @match &self.href { Some(href) => a.row-link href=(href) { (self.label) }, None => (self.label) }
                }
                p.stat-value { (self.value) }
                @if let Some(note) = &self.note {
                    p class={ "stat-note " (self.tone.class()) } {
                        @if self.tone != Tone::Neutral { (self.tone.icon()) }
                        span { (note) }
                    }
                }
                (self.chart)
            }
        }
    }
}

/// What stands where nothing is yet: what this place is for and what to do first.
#[must_use]
pub struct EmptyState {
    icon: Icon,
    title: String,
    text: Option<String>,
    actions: Markup,
}

impl EmptyState {
    /// "No one is in this group yet".
    pub fn new(icon: Icon, title: impl Into<String>) -> Self {
        Self { icon, title: title.into(), text: None, actions: html! {} }
    }

    /// What to do first.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The button that does it.
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = actions;
        self
    }
}

impl Render for EmptyState {
    fn render(&self) -> Markup {
        html! {
            div.empty {
                span.empty-icon { (self.icon) }
                p.empty-title { (self.title) }
                @if let Some(text) = &self.text { p.quiet { (text) } }
                div.toolbar { (self.actions) }
            }
        }
    }
}

/// Something that happened, in a [`timeline`].
#[must_use]
pub struct Event {
    icon: Icon,
    tone: Tone,
    when: String,
    instant: Option<String>,
    title: Markup,
    body: Markup,
}

impl Event {
    /// `when` as people read it; `title` in a few words.
    pub fn new(icon: Icon, when: impl Into<String>, title: Markup) -> Self {
        Self { icon, tone: Tone::Neutral, when: when.into(), instant: None, title, body: html! {} }
    }

    /// How it is to be taken.
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// The instant in machine form, for `<time>`.
    pub fn instant(mut self, instant: impl Into<String>) -> Self {
        self.instant = Some(instant.into());
        self
    }

    /// More about it.
    pub fn body(mut self, body: Markup) -> Self {
        self.body = body;
        self
    }
}

/// What happened, one below the other.
pub fn timeline(events: &[Event]) -> Markup {
    html! {
        ol.timeline {
            @for event in events {
                li {
                    span class={ "timeline-mark " (event.tone.class()) } { (event.icon) }
                    div {
                        p.timeline-title { (event.title) }
                        p.quiet { time datetime=[event.instant.as_deref()] { (event.when) } }
                        (event.body)
                    }
                }
            }
        }
    }
}

/// A checklist of first steps: `(done, label, address)`.
pub fn checklist(steps: &[(bool, &str, &str)]) -> Markup {
    html! {
        ol.checklist {
            @for (done, label, href) in steps {
                li class=[done.then_some("done")] {
                    (if *done { Icon::Check } else { Icon::Circle })
                    a href=(href) { (label) }
                    @if *done { span.vh { " (done)" } }
                }
            }
        }
    }
}
