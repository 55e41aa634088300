//! A code as a square of black and white that a scanner reads and types.

use maud::{Markup, html};
use qrcode::{Color, QrCode};

/// Light modules around it, without which scanners do not find it.
const QUIET: usize = 4;

/// The text as a drawing; nothing where it would not fit, which no code of ours is long enough for.
pub fn drawing(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::new(text.as_bytes()) else { return html! {} };
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let module = |place: usize| format!("M{} {}h1v1h-1z", place % width + QUIET, place / width + QUIET);
    let path: String = dark.map(|(place, _)| module(place)).collect();
    let size = width + 2 * QUIET;
    html! {
        svg.qr role="img" aria-label=(label) viewBox=(format!("0 0 {size} {size}")) shape-rendering="crispEdges" {
            rect width=(size) height=(size) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_small_and_square() {
        let drawn = drawing("7K3M-9QX2", "A code").into_string();
        assert!(drawn.contains("viewBox=\"0 0 29 29\""), "{drawn}");
        assert!(drawn.contains("M4 4h1v1h-1z"), "the corner that scanners look for");
        assert!(drawn.len() < 6_000, "{}", drawn.len());
    }
}
