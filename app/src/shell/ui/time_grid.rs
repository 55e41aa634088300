//! Hours of a day or of several, side by side, with what happens in them. Where a block stands is told by classes that
//! [`style`] generates, five minutes to a row: a policy without style attributes holds.

mod lanes;

use std::fmt::Write as _;

use maud::{Markup, Render, html};

pub use lanes::Span;
use lanes::{PARTS, Place, crowded};

/// Minutes of a row.
const ROW: u16 = 5;
/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// No block is drawn shorter: a line of text must have room.
const SHORTEST: u16 = 25;

/// Something that happens, in a [`GridColumn`].
#[must_use]
pub struct Block {
    span: Span,
    class: String,
    content: Markup,
    moves: Option<Moves>,
}

/// What a script has to know of a block that may be moved.
#[derive(Debug, Clone)]
pub struct Moves {
    /// The record's id.
    pub id: String,
    /// The minute of its day that it begins, as it is: also when it began the day before.
    pub at: i16,
    /// How many minutes it takes.
    pub minutes: u32,
    /// The version that is shown.
    pub version: i64,
}

impl Block {
    /// From one minute of the column's day until another; what goes over its ends is cut off.
    pub fn new(from: u16, until: u16, content: Markup) -> Self {
        let until = until.clamp(1, DAY);
        let from = from.min(until - 1);
        let until = until.max(from.saturating_add(SHORTEST)).min(DAY);
        Self { span: Span { from: from.min(DAY - SHORTEST), until }, class: String::new(), content, moves: None }
    }

    /// How it looks.
    pub fn class(mut self, class: impl Into<String>) -> Self {
        self.class = class.into();
        self
    }

    /// It may be dragged elsewhere.
    pub fn moves(mut self, moves: Option<Moves>) -> Self {
        self.moves = moves;
        self
    }
}

/// A day, a room, a person: what stands below each other.
#[must_use]
pub struct GridColumn {
    head: Markup,
    notes: Vec<String>,
    today: bool,
    now: Option<u16>,
    day: String,
    place: Option<(&'static str, String)>,
    rest: String,
    empty: &'static str,
    blocks: Vec<Block>,
}

impl GridColumn {
    /// `day` is what a script sends for a place in it ("2026-03-09"), and `rest` where what has no room is listed.
    pub fn new(head: Markup, day: impl Into<String>, rest: impl Into<String>) -> Self {
        Self {
            head,
            notes: Vec::new(),
            today: false,
            now: None,
            day: day.into(),
            place: None,
            rest: rest.into(),
            empty: "No sessions",
            blocks: Vec::new(),
        }
    }

    /// Marks today.
    pub fn today(mut self, today: bool) -> Self {
        self.today = today;
        self
    }

    /// The present minute of the day.
    pub fn now(mut self, now: Option<u16>) -> Self {
        self.now = now;
        self
    }

    /// Lines above the hours: a holiday, clocks that change.
    pub fn notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes = notes.into_iter().collect();
        self
    }

    /// What a place in this column stands for besides its day: `("room_id", "room_1")`.
    pub fn place(mut self, name: &'static str, id: impl Into<String>) -> Self {
        self.place = Some((name, id.into()));
        self
    }

    /// What happens in it, in order.
    pub fn blocks(mut self, blocks: impl IntoIterator<Item = Block>) -> Self {
        self.blocks = blocks.into_iter().collect();
        self
    }

    fn render(&self, (first, last): (u16, u16), lanes: usize, takes: bool) -> Markup {
        let spans: Vec<Span> = self.blocks.iter().map(|block| block.span).collect();
        let (places, rests) = crowded(&spans, lanes);
        let visible = self.blocks.iter().zip(places).filter_map(|(block, place)| place.map(|place| (block, place)));
        let (room, person) = (self.id_of("room_id"), self.id_of("leader_id"));
        html! {
            li class=(if self.today { "tg-col tg-today" } else { "tg-col" }) {
                div.tg-head { (self.head) }
                div.tg-notes { @for note in &self.notes { p { (note) } } }
                ul.tg-body data-day=[takes.then_some(&self.day)] data-room=[room] data-leader=[person] {
                    @if let Some(now) = self.now.filter(|now| (first..last).contains(now)) {
                        li class={ "tg-now t" ((now - first) / ROW) } aria-hidden="true" {}
                    }
                    @for (block, place) in visible {
                        @let class = format!("blk {} {}", position(block.span, place, first), block.class);
                        @match &block.moves {
                            None => li class=(class) { (block.content) },
                            Some(moves) => li class=(class) data-moves=(moves.id) data-at=(moves.at)
                                data-minutes=(moves.minutes) data-version=(moves.version) { (block.content) },
                        }
                    }
                    @for rest in &rests {
                        li class={ "blk blk-rest " (position(rest.span, rest.place, first)) } {
                            a.row-link href=(self.rest) { "+ " (rest.count) " more" }
                        }
                    }
                    @if self.blocks.is_empty() { li.tg-free { (self.empty) } }
                }
            }
        }
    }

    fn id_of(&self, name: &str) -> Option<&str> {
        self.place.as_ref().filter(|(known, _)| *known == name).map(|(_, id)| id.as_str())
    }
}

/// Hours down, columns across; on a narrow screen a list for each column.
#[must_use]
pub struct TimeGrid {
    label: String,
    lanes: usize,
    takes: bool,
    week: bool,
    columns: Vec<GridColumn>,
}

impl TimeGrid {
    /// `label` names it: "Week of 9 March"; so many `lanes` at most stand side by side in a column.
    pub fn new(label: impl Into<String>, lanes: usize) -> Self {
        Self { label: label.into(), lanes, takes: false, week: false, columns: Vec::new() }
    }

    /// Whether a script may put something into a free place.
    pub fn takes(mut self, takes: bool) -> Self {
        self.takes = takes;
        self
    }

    /// Its columns share the width there is; others are as wide as they need and scroll.
    pub fn week(mut self) -> Self {
        self.week = true;
        self
    }

    /// Its columns, at most 24.
    pub fn columns(mut self, columns: impl IntoIterator<Item = GridColumn>) -> Self {
        self.columns = columns.into_iter().take(usize::from(COLUMNS_MAX)).collect();
        self
    }

    /// The whole hours shown, in minutes: from eight until six, and whatever else something happens in.
    fn hours(&self) -> (u16, u16) {
        let spans = || self.columns.iter().flat_map(|column| &column.blocks).map(|block| block.span);
        let first = spans().map(|span| span.from).min().unwrap_or(8 * 60).min(8 * 60) / 60;
        let last = spans().map(|span| span.until).max().unwrap_or(18 * 60).max(18 * 60).div_ceil(60);
        (first * 60, last * 60)
    }
}

impl Render for TimeGrid {
    fn render(&self) -> Markup {
        let hours = self.hours();
        let (first, last) = hours;
        let week = if self.week { " tg-week" } else { "" };
        let class = format!("tg tg-c{} tg-h{}{week}", self.columns.len(), (last - first) / 60);
        html! {
            div class=(class) data-first=(first) data-last=(last) {
                div.tg-hours aria-hidden="true" {
                    @for hour in (first / 60)..(last / 60) { span class={ "t" ((hour * 60 - first) / ROW) } { (format!("{hour:02}:00")) } }
                }
                ol.tg-cols aria-label=(self.label) {
                    @for column in &self.columns { (column.render(hours, self.lanes, self.takes)) }
                }
            }
        }
    }
}

/// The most columns a grid has a class for.
pub const COLUMNS_MAX: u8 = 24;

fn position(span: Span, place: Place, first: u16) -> String {
    let top = span.from.saturating_sub(first) / ROW;
    let rows = (span.until.saturating_sub(first)).div_ceil(ROW).saturating_sub(top).max(1);
    let part = PARTS / place.lanes;
    format!("t{top} d{rows} x{} w{}", place.lane * part, place.width * part)
}

/// The generated part of the style: a class for each row and length, each place and width, each number of columns and
/// hours.
pub fn style() -> String {
    let mut css = String::with_capacity(24_000);
    // Writing to a String cannot fail.
    for columns in 1..=COLUMNS_MAX {
        let _ = write!(css, ".tg-c{columns}{{--columns:{columns}}}");
    }
    for hours in 1..=24 {
        let _ = write!(css, ".tg-h{hours}{{--hours:{hours}}}");
    }
    css.push_str("@media (min-width:60.01rem),print{");
    for row in 0..=DAY / ROW {
        let _ = write!(css, ".t{row}{{grid-row-start:{}}}.d{row}{{grid-row-end:span {row}}}", row + 1);
    }
    let mut parts: Vec<usize> = (1..=lanes::LANES_MAX).flat_map(|n| (1..=n).map(move |k| k * PARTS / n)).collect();
    parts.push(0);
    parts.sort_unstable();
    parts.dedup();
    for part in parts {
        let _ = write!(css, ".x{part}{{grid-column-start:{}}}.w{part}{{grid-column-end:span {part}}}", part + 1);
    }
    css.push('}');
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(from: u16, until: u16) -> Block {
        Block::new(from, until, html! { "x" })
    }

    fn grid(blocks: Vec<Block>) -> TimeGrid {
        TimeGrid::new("A day", 4).columns([GridColumn::new(html! {}, "2026-03-09", "/more").blocks(blocks)])
    }

    #[test]
    fn the_hours_reach_to_what_is_early_and_late() {
        assert_eq!(grid(Vec::new()).hours(), (480, 1080));
        assert_eq!(grid(vec![block(5 * 60, 6 * 60)]).hours(), (300, 1080));
        assert_eq!(grid(vec![block(23 * 60 + 30, 1440)]).hours(), (480, 1440));
        assert_eq!(grid(vec![block(18 * 60, 18 * 60 + 5)]).hours(), (480, 1140));
    }

    #[test]
    fn every_class_of_a_block_is_in_the_style() {
        let style = style();
        for from in (0..1440).step_by(7) {
            for length in [0, 1, 5, 45, 90, 720] {
                for count in 1..9 {
                    let html = grid((0..count).map(|_| block(from, from + length)).collect()).render().into_string();
                    let classes = html.split("class=\"blk ").skip(1).filter_map(|rest| rest.split('"').next());
                    for class in classes.flat_map(str::split_whitespace).filter(|class| *class != "blk-rest") {
                        assert!(style.contains(&format!(".{class}{{")), "{class} of {from} and {length}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_short_block_has_room_for_a_line_and_none_leaves_its_day() {
        assert_eq!(block(540, 545).span, Span { from: 540, until: 565 });
        assert_eq!(block(1439, 1440).span, Span { from: 1415, until: 1440 });
        assert_eq!(block(2000, 3000).span.until, 1440);
        assert_eq!(block(0, 0).span, Span { from: 0, until: 25 });
    }
}
