//! From lines on pages to the bytes of a file, checked against PDF/UA-1 by the writer.

use std::num::NonZeroU16;

use krilla::{
    Document, SerializeSettings,
    color::rgb,
    configure::{ConfigurationBuilder, validate::Accessibility},
    geom::{PathBuilder, Point},
    metadata::Metadata,
    num::NormalizedF32,
    outline::Outline,
    page::PageSettings,
    paint::{Fill, Stroke as Pen},
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, Tag, TagGroup, TagKind, TagTree},
};

use super::{
    BadDocument,
    face::{Face, Faces},
    layout::{self, HEIGHT, Line, MARGIN, Page, Pages, Part, SMALL, Stroke, WIDTH},
};

/// Writes pages.
///
/// # Errors
/// When the writer refuses.
pub fn write(
    faces: &Faces,
    title: &str,
    head: &str,
    notice: Option<&str>,
    pages: Pages,
) -> Result<Vec<u8>, BadDocument> {
    let bad = |error: &dyn std::fmt::Debug| BadDocument(format!("{error:?}"));
    let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
    let configuration = configuration.map_err(|error| bad(&error))?;
    let mut file = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let title = if title.is_empty() { "Document" } else { title };
    file.set_metadata(Metadata::new().title(title.to_owned()).language("en-US".to_owned()));
    file.set_outline(Outline::new());
    let mut leaves: Vec<Vec<Identifier>> = pages.parts.iter().map(|_| Vec::new()).collect();
    let (total, foot) = (pages.pages.len(), layout::foot(faces, notice));
    for (at, page) in pages.pages.into_iter().enumerate() {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| bad(&"no page is so large"))?;
        let mut sheet = file.start_page_with(settings);
        let mut surface = sheet.surface();
        let mut ink = Ink { surface: &mut surface, faces };
        ink.page(page, &mut leaves);
        ink.around(head, &foot, &format!("Page {} of {total}", at + 1));
        surface.finish();
        sheet.finish();
    }
    file.set_tag_tree(tree(pages.parts, leaves));
    file.finish().map_err(|error| bad(&error))
}

/// The document as a reader hears it.
fn tree(parts: Vec<Part>, leaves: Vec<Vec<Identifier>>) -> TagTree {
    let mut tree = TagTree::new();
    for (part, leaves) in parts.into_iter().zip(leaves) {
        if leaves.is_empty() {
            continue;
        }
        let kind: TagKind = match part {
            Part::Heading(level, text) => {
                let level = NonZeroU16::new(level.into()).unwrap_or(NonZeroU16::MIN);
                Tag::Hn(level, Some(text)).into()
            }
            Part::Paragraph => Tag::P.into(),
        };
        let leaves: Vec<Node> = leaves.into_iter().map(Node::from).collect();
        tree.push(TagGroup::with_children(kind, leaves));
    }
    tree
}

struct Ink<'a, 'b> {
    surface: &'a mut Surface<'b>,
    faces: &'a Faces,
}

impl Ink<'_, '_> {
    fn page(&mut self, page: Page, leaves: &mut [Vec<Identifier>]) {
        for stroke in &page.strokes {
            self.stroke(stroke);
        }
        for line in &page.lines {
            let id = self.surface.start_tagged(ContentTag::Span(SpanTag::empty()));
            self.text(line, 0);
            self.surface.end_tagged();
            if let Some(part) = leaves.get_mut(line.part) {
                part.push(id);
            }
        }
    }

    /// What stands on every page: it is no part of what the document says.
    fn around(&mut self, head: &str, foot: &[String], number: &str) {
        self.artifact(ArtifactType::Header, head, MARGIN, MARGIN - 18.0);
        let mut y = HEIGHT - MARGIN + 4.0;
        let width = self.faces.regular.width(number, SMALL);
        self.artifact(ArtifactType::Footer, number, WIDTH - MARGIN - width, y);
        for line in foot.iter().rev() {
            self.artifact(ArtifactType::Footer, line, MARGIN, y);
            y -= SMALL * 1.36;
        }
    }

    fn artifact(&mut self, kind: ArtifactType, text: &str, x: f32, y: f32) {
        if text.is_empty() {
            return;
        }
        self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
        self.text(&Line { x, y, size: SMALL, bold: false, text: text.to_owned(), part: 0 }, 70);
        self.surface.end_tagged();
    }

    fn text(&mut self, line: &Line, grey: u8) {
        let face: &Face = if line.bold { &self.faces.bold } else { &self.faces.regular };
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(Fill {
            paint: rgb::Color::new(grey, grey, grey).into(),
            opacity: NormalizedF32::ONE,
            rule: Default::default(),
        }));
        let at = Point::from_xy(line.x, line.y);
        self.surface.draw_glyphs(at, &face.glyphs(&line.text), face.font.clone(), &line.text, line.size, false);
    }

    fn stroke(&mut self, stroke: &Stroke) {
        let mut path = PathBuilder::new();
        path.move_to(stroke.from.0, stroke.from.1);
        path.line_to(stroke.to.0, stroke.to.1);
        let Some(path) = path.finish() else { return };
        self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
        self.surface.set_fill(None);
        let paint = rgb::Color::new(90, 90, 90).into();
        self.surface.set_stroke(Some(Pen { paint, width: stroke.width, ..Pen::default() }));
        self.surface.draw_path(&path);
        self.surface.set_stroke(None);
        self.surface.end_tagged();
    }
}
