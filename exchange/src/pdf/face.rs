//! Letters: which there are, how wide they are, and where lines break.

use std::{collections::HashMap, sync::OnceLock};

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{
    FontRef, MetadataProvider as _,
    instance::{LocationRef, Size},
};
use unicode_normalization::UnicodeNormalization as _;

use super::BadDocument;

/// What stands for a character there is no letter for.
pub const UNKNOWN: char = '\u{fffd}';

/// One weight of the letters.
pub struct Face {
    pub font: Font,
    /// The glyph of each character and its width in ems.
    letters: HashMap<char, (u32, f32)>,
}

/// The letters of every document.
pub struct Faces {
    pub regular: Face,
    pub bold: Face,
}

/// The letters; read once.
///
/// # Errors
/// When the fonts that come with the program can't be read.
pub fn faces() -> Result<&'static Faces, BadDocument> {
    static FACES: OnceLock<Option<Faces>> = OnceLock::new();
    let read = || Some(Faces { regular: face(notosans::REGULAR_TTF)?, bold: face(notosans::BOLD_TTF)? });
    FACES.get_or_init(read).as_ref().ok_or_else(|| BadDocument("its fonts can't be read".to_owned()))
}

fn face(data: &'static [u8]) -> Option<Face> {
    let read = FontRef::new(data).ok()?;
    let widths = read.glyph_metrics(Size::unscaled(), LocationRef::default());
    let per_em = f32::from(read.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
    let letter = |(code, glyph): (u32, skrifa::GlyphId)| {
        Some((char::from_u32(code)?, (glyph.to_u32(), widths.advance_width(glyph)? / per_em)))
    };
    let letters = read.charmap().mappings().filter_map(letter).collect();
    Some(Face { font: Font::new(data.into(), 0)?, letters })
}

impl Faces {
    /// A text of which every character can be printed. What can't be stands as [`UNKNOWN`] and is counted; marks of
    /// direction and joiners, which no reader sees, are left out.
    pub fn known(&self, text: &str, unknown: &mut usize) -> String {
        let mut known = String::with_capacity(text.len());
        for letter in text.nfc() {
            match letter {
                '\n' => known.push('\n'),
                '\t' => known.push_str("    "),
                '\u{ad}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}' => {}
                _ if self.regular.has(letter) && self.bold.has(letter) => known.push(letter),
                _ => {
                    *unknown += 1;
                    known.push(UNKNOWN);
                }
            }
        }
        known
    }
}

impl Face {
    fn has(&self, letter: char) -> bool {
        self.letters.contains_key(&letter)
    }

    fn advance(&self, letter: char) -> f32 {
        self.letters.get(&letter).map_or(0.5, |(_, advance)| *advance)
    }

    /// How wide a text is, in points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|letter| self.advance(letter)).sum::<f32>() * size
    }

    /// The glyphs of a line.
    pub fn glyphs(&self, line: &str) -> Vec<KrillaGlyph> {
        let glyph = |(at, letter): (usize, char)| {
            let (glyph, advance) = self.letters.get(&letter).copied().unwrap_or_default();
            KrillaGlyph::new(GlyphId::new(glyph), advance, 0.0, 0.0, 0.0, at..at + letter.len_utf8(), None)
        };
        line.char_indices().map(glyph).collect()
    }

    /// The lines of a text that is at most so wide; a word that is wider by itself is broken.
    pub fn wrap(&self, text: &str, size: f32, most: f32) -> Vec<String> {
        text.split('\n').flat_map(|line| self.wrap_line(line, size, most)).collect()
    }

    fn wrap_line(&self, text: &str, size: f32, most: f32) -> Vec<String> {
        let space = self.advance(' ') * size;
        let mut lines = Vec::new();
        let (mut line, mut taken) = (String::new(), 0.0);
        for word in text.split(' ').flat_map(|word| self.pieces(word, size, most)) {
            let width = self.width(&word, size);
            if !line.is_empty() && taken + space + width > most {
                lines.push(std::mem::take(&mut line));
                taken = 0.0;
            }
            if !line.is_empty() {
                line.push(' ');
                taken += space;
            }
            line.push_str(&word);
            taken += width;
        }
        lines.push(line);
        lines
    }

    /// A word, in pieces that fit.
    fn pieces(&self, word: &str, size: f32, most: f32) -> Vec<String> {
        let (mut pieces, mut piece, mut taken) = (Vec::new(), String::new(), 0.0);
        for letter in word.chars() {
            let width = self.advance(letter) * size;
            if taken + width > most && !piece.is_empty() {
                pieces.push(std::mem::take(&mut piece));
                taken = 0.0;
            }
            piece.push(letter);
            taken += width;
        }
        pieces.push(piece);
        pieces
    }
}
