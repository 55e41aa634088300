//! What state something is in: badges, seats, notices.

use maud::{Markup, Render, html};

use super::icon::Icon;

/// How something is to be taken. Never told by colour alone: an icon and words go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to note.
    Neutral,
    /// Worth knowing.
    Info,
    /// As it should be.
    Good,
    /// Needs a look.
    Warn,
    /// Wrong, or refused.
    Bad,
}

impl Tone {
    /// Every tone.
    pub const ALL: [Tone; 5] = [Tone::Neutral, Tone::Info, Tone::Good, Tone::Warn, Tone::Bad];

    pub(super) fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "tone-neutral",
            Tone::Info => "tone-info",
            Tone::Good => "tone-good",
            Tone::Warn => "tone-warn",
            Tone::Bad => "tone-bad",
        }
    }

    /// The icon that goes with it unless another says more.
    pub fn icon(self) -> Icon {
        match self {
            Tone::Neutral => Icon::Circle,
            Tone::Info => Icon::Info,
            Tone::Good => Icon::Check,
            Tone::Warn => Icon::Warning,
            Tone::Bad => Icon::Stop,
        }
    }
}

/// A status in one or two words.
#[must_use]
pub struct Badge {
    label: String,
    tone: Tone,
    icon: Option<Icon>,
}

impl Badge {
    /// A badge with its tone's icon.
    pub fn new(tone: Tone, label: impl Into<String>) -> Self {
        Self { label: label.into(), tone, icon: None }
    }

    /// Another icon.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }
}

impl Render for Badge {
    fn render(&self) -> Markup {
        html! {
            span class={ "badge " (self.tone.class()) } { (self.icon.unwrap_or(self.tone.icon())) span { (self.label) } }
        }
    }
}

/// Seats: how many are taken, held and free, and who waits.
#[must_use]
pub struct Capacity {
    taken: u32,
    held: u32,
    seats: Option<u32>,
    waiting: u32,
    compact: bool,
}

/// Up to so many seats are drawn one by one; more become a bar.
const SEATS_DRAWN: u32 = 24;

impl Capacity {
    /// `taken` of `seats` (none: without limit).
    pub fn new(taken: u32, seats: Option<u32>) -> Self {
        Self { taken, held: 0, seats, waiting: 0, compact: false }
    }

    /// Seats held for people who were offered one; not counted in `taken`.
    pub fn held(mut self, held: u32) -> Self {
        self.held = held;
        self
    }

    /// How many wait.
    pub fn waiting(mut self, waiting: u32) -> Self {
        self.waiting = waiting;
        self
    }

    /// For table cells: a thin bar in place of seats.
    pub fn compact(mut self) -> Self {
        self.compact = true;
        self
    }

    fn used(&self) -> u32 {
        self.taken.saturating_add(self.held)
    }

    fn over(&self) -> bool {
        self.seats.is_some_and(|seats| self.used() > seats)
    }

    fn count_text(&self) -> String {
        match self.seats {
            Some(seats) => format!("{} of {seats} {}", self.used(), if seats == 1 { "seat" } else { "seats" }),
            None if self.used() == 1 => "1 member".to_owned(),
            None => format!("{} members", self.used()),
        }
    }

    fn state(&self) -> Option<Badge> {
        let seats = self.seats?;
        let used = self.used();
        if used > seats {
            return Some(Badge::new(Tone::Bad, format!("Over capacity by {}", used - seats)));
        }
        if used == seats {
            return Some(Badge::new(Tone::Warn, "Full").icon(Icon::Lock));
        }
        Some(Badge::new(Tone::Good, format!("{} free", seats - used)))
    }

    fn drawing(&self) -> Markup {
        let Some(seats) = self.seats else { return html! {} };
        if self.compact || seats > SEATS_DRAWN {
            return html! {
                progress class=[self.over().then_some("over-full")] max=(seats.max(1)) value=(self.used().min(seats)) aria-hidden="true" {}
            };
        }
        let extra = self.used().saturating_sub(seats).min(SEATS_DRAWN);
        html! {
            span.seats aria-hidden="true" {
                @for seat in 0..seats { i class=[self.seat_class(seat)] {} }
                @for _ in 0..extra { i.over {} }
            }
        }
    }

    fn seat_class(&self, seat: u32) -> Option<&'static str> {
        if seat < self.taken {
            Some("taken")
        } else if seat < self.used() {
            Some("held")
        } else {
            None
        }
    }
}

impl Render for Capacity {
    fn render(&self) -> Markup {
        html! {
            div class=(if self.compact { "capacity capacity-compact" } else { "capacity" }) {
                p.capacity-text {
                    strong { (self.count_text()) }
                    @if self.held > 0 { span.quiet { (self.held) " held by an offer" } }
                    @if let Some(state) = self.state() { @if !self.compact || self.over() { (state) } }
                    @if self.waiting > 0 { (Badge::new(Tone::Info, format!("{} waiting", self.waiting)).icon(Icon::Waiting)) }
                }
                (self.drawing())
            }
        }
    }
}

/// A message on the page: what happened, or what stands in the way.
#[must_use]
pub struct Notice {
    tone: Tone,
    title: String,
    text: Option<String>,
    items: Vec<String>,
    actions: Markup,
    flash: bool,
}

impl Notice {
    /// A message with a tone and its main sentence.
    pub fn new(tone: Tone, title: impl Into<String>) -> Self {
        Self { tone, title: title.into(), text: None, items: Vec::new(), actions: html! {}, flash: false }
    }

    /// More words.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// A list under it.
    pub fn items<S: Into<String>>(mut self, items: impl IntoIterator<Item = S>) -> Self {
        self.items = items.into_iter().map(Into::into).collect();
        self
    }

    /// What to do about it.
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = actions;
        self
    }

    /// Tells what the last act did: read out when the page comes up.
    pub fn flash(mut self) -> Self {
        self.flash = true;
        self
    }
}

impl Render for Notice {
    fn render(&self) -> Markup {
        let role = match (self.flash, self.tone) {
            (true, Tone::Bad) => Some("alert"),
            (true, _) => Some("status"),
            (false, _) => None,
        };
        html! {
            div class={ "notice " (self.tone.class()) } role=[role] {
                (self.tone.icon())
                div.notice-words {
                    p.notice-title { (self.title) }
                    @if let Some(text) = &self.text { p { (text) } }
                    @if !self.items.is_empty() { ul { @for item in &self.items { li { (item) } } } }
                }
                div.notice-actions { (self.actions) }
            }
        }
    }
}

/// Progress of long work: "1,200 of 5,000 rows".
pub fn progress(label: &str, done: u64, of: u64) -> Markup {
    html! {
        label.progress { span { (label) } progress max=(of.max(1)) value=(done.min(of)) { (done) " of " (of) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_told_in_words() {
        let text = |capacity: Capacity| capacity.render().into_string();
        let open = text(Capacity::new(11, Some(12)));
        assert!(open.contains("11 of 12 seats") && open.contains("1 free"), "{open}");
        assert!(text(Capacity::new(12, Some(12))).contains("Full"));
        assert!(text(Capacity::new(10, Some(12)).held(2)).contains("Full"), "a held seat is not free");
        assert!(text(Capacity::new(14, Some(12))).contains("Over capacity by 2"));
        assert!(text(Capacity::new(14, Some(12)).compact()).contains("Over capacity by 2"), "not by colour alone");
        assert!(text(Capacity::new(0, Some(12)).waiting(3)).contains("3 waiting"));
        assert!(text(Capacity::new(1, None)).contains("1 member<"));
    }
}
