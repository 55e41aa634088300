//! Where everything stands: from the parts of a document to lines on pages, in points.

use super::{
    Block,
    face::{Face, Faces},
};

/// A letter page.
pub const WIDTH: f32 = 612.0;
/// Its height.
pub const HEIGHT: f32 = 792.0;
/// What is left free around it.
pub const MARGIN: f32 = 54.0;
/// The size of running text.
const SIZE: f32 = 10.5;
/// The size of small print.
pub const SMALL: f32 = 8.0;
/// From line to line, in sizes.
const LEADING: f32 = 1.36;
/// How wide the names of facts are.
const NAMES: f32 = 120.0;

/// A line of text on a page, and the part of the document it belongs to.
pub struct Line {
    pub x: f32,
    pub y: f32,
    pub size: f32,
    pub bold: bool,
    pub text: String,
    pub part: usize,
}

/// What is drawn without being read: from, to.
pub struct Stroke {
    pub from: (f32, f32),
    pub to: (f32, f32),
    pub width: f32,
}

/// One page.
#[derive(Default)]
pub struct Page {
    pub lines: Vec<Line>,
    pub strokes: Vec<Stroke>,
}

/// What a part is to a reader: a heading of a level, or a paragraph.
pub enum Part {
    Heading(u8, String),
    Paragraph,
}

/// Pages, and the parts in reading order.
#[derive(Default)]
pub struct Pages {
    pub pages: Vec<Page>,
    pub parts: Vec<Part>,
}

/// The lines of what stands at the foot of every page.
pub fn foot(faces: &Faces, notice: Option<&str>) -> Vec<String> {
    notice.map(|notice| faces.regular.wrap(notice, SMALL, WIDTH - 2.0 * MARGIN - 60.0)).unwrap_or_default()
}

/// Lays a document out.
pub fn lay_out(faces: &Faces, notice: Option<&str>, blocks: &[Block]) -> Pages {
    let lines = foot(faces, notice).len().max(1);
    #[expect(clippy::cast_precision_loss, reason = "a handful of lines")]
    let bottom = HEIGHT - MARGIN - SMALL * LEADING * lines as f32 - 8.0;
    let pages = Pages { pages: vec![Page::default()], parts: Vec::new() };
    let mut layout = Layout { faces, pages, y: MARGIN, bottom };
    blocks.iter().for_each(|block| layout.block(block));
    layout.pages
}

struct Layout<'a> {
    faces: &'a Faces,
    pages: Pages,
    y: f32,
    bottom: f32,
}

/// How a text is set.
#[derive(Clone, Copy)]
struct Set {
    size: f32,
    bold: bool,
    x: f32,
}

const RUNNING: Set = Set { size: SIZE, bold: false, x: MARGIN };

impl Layout<'_> {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(level, text) => self.heading(*level, text),
            Block::Facts(facts) => self.facts(facts),
            Block::Paragraph(text) => self.paragraph(text, RUNNING, 5.0),
            Block::Small(text) => self.paragraph(text, Set { size: SMALL, ..RUNNING }, 3.0),
            Block::Warning(text) => self.warning(text),
            Block::Line => self.line(),
            Block::NewPage => self.new_page(),
        }
    }

    fn face(&self, bold: bool) -> &Face {
        if bold { &self.faces.bold } else { &self.faces.regular }
    }

    fn part(&mut self, part: Part) -> usize {
        self.pages.parts.push(part);
        self.pages.parts.len() - 1
    }

    fn new_page(&mut self) {
        self.pages.pages.push(Page::default());
        self.y = MARGIN;
    }

    /// Goes on to the next page when there is not so much room on this one.
    fn room(&mut self, height: f32) {
        if self.y + height > self.bottom && self.y > MARGIN {
            self.new_page();
        }
    }

    fn page(&mut self) -> &mut Page {
        if self.pages.pages.is_empty() {
            self.pages.pages.push(Page::default());
        }
        let last = self.pages.pages.len() - 1;
        &mut self.pages.pages[last]
    }

    /// Puts lines under one another; returns where the first stands.
    fn put(&mut self, lines: Vec<String>, set: Set, part: usize) {
        let height = set.size * LEADING;
        for text in lines {
            self.room(height);
            self.y += height;
            if !text.is_empty() {
                let y = self.y - set.size * 0.3;
                self.page().lines.push(Line { x: set.x, y, size: set.size, bold: set.bold, text, part });
            }
        }
    }

    fn heading(&mut self, level: u8, text: &str) {
        let size = match level {
            1 => 18.0,
            2 => 13.0,
            _ => 11.0,
        };
        self.y += if self.y > MARGIN { size * 0.6 } else { 0.0 };
        // A heading does not stand alone at the foot of a page.
        self.room(size * LEADING + 3.0 * SIZE * LEADING);
        let part = self.part(Part::Heading(level, text.to_owned()));
        let lines = self.faces.bold.wrap(text, size, WIDTH - 2.0 * MARGIN);
        self.put(lines, Set { size, bold: true, x: MARGIN }, part);
        self.y += 3.0;
    }

    fn paragraph(&mut self, text: &str, set: Set, after: f32) {
        let part = self.part(Part::Paragraph);
        let lines = self.face(set.bold).wrap(text, set.size, WIDTH - MARGIN - set.x);
        self.put(lines, set, part);
        self.y += after;
    }

    fn facts(&mut self, facts: &[(String, String)]) {
        for (name, says) in facts {
            let names = self.faces.bold.wrap(name, SIZE, NAMES - 8.0);
            let says = self.faces.regular.wrap(says, SIZE, WIDTH - 2.0 * MARGIN - NAMES);
            #[expect(clippy::cast_precision_loss, reason = "a handful of lines")]
            self.room(SIZE * LEADING * names.len().min(3) as f32);
            let part = self.part(Part::Paragraph);
            let (page, top) = (self.pages.pages.len(), self.y);
            self.put(names, Set { bold: true, ..RUNNING }, part);
            let (after_page, below) = (self.pages.pages.len(), self.y);
            if after_page == page {
                self.y = top;
            }
            self.put(says, Set { x: MARGIN + NAMES, ..RUNNING }, part);
            if self.pages.pages.len() == after_page {
                self.y = self.y.max(below);
            }
        }
        self.y += 5.0;
    }

    fn warning(&mut self, text: &str) {
        let set = Set { bold: true, x: MARGIN + 10.0, ..RUNNING };
        let lines = self.faces.bold.wrap(text, SIZE, WIDTH - MARGIN - set.x);
        let part = self.part(Part::Paragraph);
        self.y += 4.0;
        for line in lines {
            self.room(SIZE * LEADING);
            let (x, y) = (MARGIN + 2.0, self.y);
            self.page().strokes.push(Stroke { from: (x, y), to: (x, y + SIZE * LEADING), width: 3.0 });
            self.put(vec![line], set, part);
        }
        self.y += 6.0;
    }

    fn line(&mut self) {
        self.room(10.0);
        self.y += 6.0;
        let y = self.y;
        self.page().strokes.push(Stroke { from: (MARGIN, y), to: (WIDTH - MARGIN, y), width: 0.5 });
        self.y += 4.0;
    }
}
