//! Documents for paper: headings, facts and paragraphs on letter pages, tagged so that a screen reader can read them.
//!
//! The letters are those of Noto Sans: Latin with every accent, Greek and Cyrillic. What it has no letter for is never
//! printed as something else: it stands as [`UNKNOWN`], is counted, and the document says so on its first page.

mod face;
mod layout;
mod write;

pub use face::UNKNOWN;

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading: level 1 is the document's title, 2 and 3 are below it.
    Heading(u8, String),
    /// Names with what they say, one under the other.
    Facts(Vec<(String, String)>),
    /// Words; a line break begins a new line.
    Paragraph(String),
    /// Words in small print: a hash, who signed.
    Small(String),
    /// Words that must not be overlooked, with a bar beside them.
    Warning(String),
    /// A line across the page.
    Line,
    /// What follows begins on the next page.
    NewPage,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// What the document is, for its properties and the reader's window.
    pub title: String,
    /// A line at the top of every page.
    pub head: String,
    /// What stands at the foot of every page, if anything must.
    pub notice: Option<String>,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A written document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// How many characters stand as [`UNKNOWN`].
    pub unknown: usize,
}

/// Why a document could not be written: a fault of the program, never of what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the document can't be written as PDF: {0}")]
pub struct BadDocument(String);

/// Writes a document.
///
/// # Errors
/// [`BadDocument`] when the fonts or the writer refuse.
pub fn write(document: &Document) -> Result<Pdf, BadDocument> {
    let faces = face::faces()?;
    let mut unknown = 0;
    let mut known = |text: &str| faces.known(text, &mut unknown);
    let title = known(&document.title);
    let head = known(&document.head);
    let notice = document.notice.as_deref().map(&mut known);
    let mut blocks: Vec<Block> = document.blocks.iter().map(|block| block.each(&mut known)).collect();
    if unknown > 0 {
        let place = usize::from(matches!(blocks.first(), Some(Block::Heading(1, _))));
        blocks.insert(place, Block::Warning(told(unknown)));
    }
    let pages = layout::lay_out(faces, notice.as_deref(), &blocks);
    let count = pages.pages.len();
    let bytes = write::write(faces, &title, &head, notice.as_deref(), pages)?;
    Ok(Pdf { bytes, pages: count, unknown })
}

fn told(unknown: usize) -> String {
    let what = if unknown == 1 { "1 character".to_owned() } else { format!("{unknown} characters") };
    format!(
        "This file has letters for Latin, Greek and Cyrillic only. {what} of other scripts can't be shown here and stand \
         as {UNKNOWN}. Print the page in the browser for them."
    )
}

impl Block {
    /// The same with every text changed.
    fn each(&self, mut change: impl FnMut(&str) -> String) -> Self {
        match self {
            Self::Heading(level, text) => Self::Heading(*level, change(text)),
            Self::Facts(facts) => Self::Facts(facts.iter().map(|(name, says)| (change(name), change(says))).collect()),
            Self::Paragraph(text) => Self::Paragraph(change(text)),
            Self::Small(text) => Self::Small(change(text)),
            Self::Warning(text) => Self::Warning(change(text)),
            Self::Line => Self::Line,
            Self::NewPage => Self::NewPage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(words: &str) -> Document {
        Document {
            title: "Chart".into(),
            head: "Bright Harbor Clinic".into(),
            notice: Some("42 CFR part 2 prohibits unauthorized use or disclosure of these records.".into()),
            blocks: vec![
                Block::Heading(1, "Chart".into()),
                Block::Facts(vec![("Patient".into(), words.into()), (String::new(), String::new())]),
                Block::Heading(2, "Session".into()),
                Block::Paragraph(format!("{words}\n\nMore.")),
                Block::Line,
                Block::Small("SHA-256".into()),
            ],
        }
    }

    #[test]
    fn accents_are_letters_and_other_scripts_are_told_of() {
        let latin = write(&document("Zoë Núñez-Škvorecký, Nguyễn Thị Ánh, Ελένη, Ольга")).unwrap();
        assert_eq!((latin.pages, latin.unknown), (1, 0));
        assert!(latin.bytes.starts_with(b"%PDF-"));
        let decomposed = write(&document("Zoe\u{308}")).unwrap();
        assert_eq!(decomposed.unknown, 0);
        let arabic = write(&document("مريم 👍 \u{200f}x")).unwrap();
        assert_eq!(arabic.unknown, 10, "five of them, twice; the mark of direction is no letter");
    }

    #[test]
    fn long_texts_go_on_over_pages() {
        let long = "word ".repeat(4_000) + &"x".repeat(3_000);
        let written = write(&document(&long)).unwrap();
        assert!((10..60).contains(&written.pages), "{}", written.pages);
        let empty = write(&Document::default()).unwrap();
        assert_eq!(empty.pages, 1);
    }

    #[test]
    fn a_thousand_entries_are_written() {
        let one = document("Ada Park");
        let blocks = (0..1_000).flat_map(|_| one.blocks[2..].to_vec()).collect();
        let written = write(&Document { blocks, ..one }).unwrap();
        assert!(written.pages > 50);
    }
}
