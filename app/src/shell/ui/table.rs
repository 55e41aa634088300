//! Tables, definition lists and paging.

use maud::{Markup, Render, html};

use super::button::Button;
use super::icon::Icon;
use super::page::EmptyState;

/// What a column holds decides how it is set.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Number,
    Actions,
}

/// A column of a [`Table`].
#[must_use]
#[derive(Clone)]
pub struct Column {
    label: String,
    kind: Kind,
    label_hidden: bool,
}

impl Column {
    /// Words.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), kind: Kind::Text, label_hidden: false }
    }

    /// Numbers: set to the right, digits of one width.
    pub fn number(label: impl Into<String>) -> Self {
        Self { kind: Kind::Number, ..Self::new(label) }
    }

    /// Buttons: set to the right, its heading left to screen readers.
    pub fn actions() -> Self {
        Self { kind: Kind::Actions, label_hidden: true, ..Self::new("Actions") }
    }

    fn class(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Text => None,
            Kind::Number => Some("num"),
            Kind::Actions => Some("acts"),
        }
    }
}

/// A row of a [`Table`]. The first cell is the row's heading.
#[must_use]
pub struct Row {
    cells: Vec<Markup>,
    id: Option<String>,
    href: Option<String>,
    muted: bool,
}

impl Row {
    /// One cell for each column.
    pub fn new(cells: impl IntoIterator<Item = Markup>) -> Self {
        Self { cells: cells.into_iter().collect(), id: None, href: None, muted: false }
    }

    /// The record's id: keeps the row the same element across swaps. Unique on the page.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Makes the first cell a link which the whole row follows. Leave links out of that cell.
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// Shown paler: archived, left, cancelled.
    pub fn muted(mut self, muted: bool) -> Self {
        self.muted = muted;
        self
    }

    fn class(&self) -> Option<&'static str> {
        match (self.href.is_some(), self.muted) {
            (true, true) => Some("row-goes muted"),
            (true, false) => Some("row-goes"),
            (false, true) => Some("muted"),
            (false, false) => None,
        }
    }
}

/// A table of records; on a narrow screen each row becomes a card.
#[must_use]
pub struct Table {
    caption: String,
    caption_shown: bool,
    id: Option<String>,
    compact: bool,
    columns: Vec<Column>,
    rows: Vec<Row>,
    foot: Vec<Markup>,
    empty: Option<EmptyState>,
}

impl Table {
    /// The caption says what is listed; it is left to screen readers unless [`Table::show_caption`].
    pub fn new(caption: impl Into<String>, columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            caption: caption.into(),
            caption_shown: false,
            id: None,
            compact: false,
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
            foot: Vec::new(),
            empty: None,
        }
    }

    /// Shows the caption above the table.
    pub fn show_caption(mut self) -> Self {
        self.caption_shown = true;
        self
    }

    /// The id of the element around it: the target of `live`. It is there when the table is empty, too.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Lower rows.
    pub fn compact(mut self) -> Self {
        self.compact = true;
        self
    }

    /// One more row.
    pub fn row(mut self, row: Row) -> Self {
        self.rows.push(row);
        self
    }

    /// More rows.
    pub fn rows(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// A closing row of sums.
    pub fn foot(mut self, cells: impl IntoIterator<Item = Markup>) -> Self {
        self.foot = cells.into_iter().collect();
        self
    }

    /// What stands there while there are no rows.
    pub fn empty(mut self, empty: EmptyState) -> Self {
        self.empty = Some(empty);
        self
    }

    fn head(&self) -> Markup {
        html! {
            thead role="rowgroup" {
                tr role="row" {
                    @for column in &self.columns {
                        th scope="col" role="columnheader" class=[column.class()] {
                            @if column.label_hidden { span.vh { (column.label) } } @else { (column.label) }
                        }
                    }
                }
            }
        }
    }

    fn body_row(&self, row: &Row) -> Markup {
        html! {
            tr role="row" id=[row.id.as_deref()] class=[row.class()] {
                @for (index, (cell, column)) in row.cells.iter().zip(&self.columns).enumerate() {
                    @if index == 0 {
                        th scope="row" role="rowheader" class=[column.class()] {
                            @match &row.href { Some(href) => a.row-link href=(href) { (cell) }, None => (cell) }
                        }
                    } @else { (labelled_cell(column, cell)) }
                }
            }
        }
    }
}

fn labelled_cell(column: &Column, cell: &Markup) -> Markup {
    let label = (!column.label_hidden).then_some(column.label.as_str());
    html! { td role="cell" class=[column.class()] data-label=[label] { (cell) } }
}

impl Render for Table {
    fn render(&self) -> Markup {
        let class = if self.compact { "table table-compact" } else { "table" };
        html! {
            div.table-frame id=[self.id.as_deref()] {
                @if let (true, Some(empty)) = (self.rows.is_empty(), &self.empty) { (empty) } @else {
                    table class=(class) role="table" {
                        caption class=[(!self.caption_shown).then_some("vh")] { (self.caption) }
                        (self.head())
                        tbody role="rowgroup" { @for row in &self.rows { (self.body_row(row)) } }
                        @if !self.foot.is_empty() {
                            tfoot role="rowgroup" { (self.body_row(&Row::new(self.foot.iter().cloned()))) }
                        }
                    }
                }
            }
        }
    }
}

/// Pairs of a word and what stands for it: a record's facts.
pub fn definition_list<T: AsRef<str>>(pairs: impl IntoIterator<Item = (T, Markup)>) -> Markup {
    html! {
        dl.facts {
            @for (term, value) in pairs { div { dt { (term.as_ref()) } dd { (value) } } }
        }
    }
}

/// The end of a list: "Showing 25" and the way on. `first` is given when this is not the first page.
pub fn pager(summary: &str, first: Option<&str>, next: Option<&str>) -> Markup {
    pager_with(
        summary,
        html! {
            @if let Some(href) = first { (Button::secondary("First page").small().icon(Icon::Left).href(href)) }
            @if let Some(href) = next { (Button::secondary("Next page").small().trailing(Icon::Right).href(href)) }
        },
    )
}

/// As [`pager`], with ways on that are forms: a search by names is posted.
pub fn pager_with(summary: &str, ways: Markup) -> Markup {
    html! {
        nav.pager aria-label="Pages of this list" {
            p { (summary) }
            div.toolbar { (ways) }
        }
    }
}
