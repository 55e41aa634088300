//! From the bytes of a file to text.

use serde::Deserialize;

/// How the letters of a file stand in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark; UTF-16 when its byte order mark says so.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// What older Windows programs write.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// Letters of Windows-1252 that are not at their own place in Unicode: 0x80 to 0x9F.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text of a file. Bytes that stand for no letter become U+FFFD, so that only their row is refused.
pub fn decode(bytes: &[u8], encoding: Encoding) -> String {
    match (bytes, encoding) {
        ([0xFF, 0xFE, rest @ ..], _) => utf_16(rest, u16::from_le_bytes),
        ([0xFE, 0xFF, rest @ ..], _) => utf_16(rest, u16::from_be_bytes),
        ([0xEF, 0xBB, 0xBF, rest @ ..], _) => String::from_utf8_lossy(rest).into_owned(),
        (_, Encoding::Utf8) => String::from_utf8_lossy(bytes).into_owned(),
        (_, Encoding::Windows1252) => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_gives_the_same_text() {
        let text = "Zoë Müller – “Ž”";
        let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let swapped: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(text.as_bytes(), Encoding::Utf8), text);
        assert_eq!(decode(&[b"\xEF\xBB\xBF", text.as_bytes()].concat(), Encoding::Windows1252), text);
        assert_eq!(decode(&[&[0xFF, 0xFE], utf_16.as_slice()].concat(), Encoding::Utf8), text);
        assert_eq!(decode(&[&[0xFE, 0xFF], swapped.as_slice()].concat(), Encoding::Utf8), text);
        assert_eq!(decode(b"Zo\xEB M\xFCller \x96 \x93\x8E\x94", Encoding::Windows1252), text);
        assert_eq!(decode(b"Zo\xEB", Encoding::Utf8), "Zo\u{FFFD}");
    }
}
