//! Small things set as text: hashes, codes, keys, and what only screens or only paper show.

use maud::{Markup, html};

use super::button::Button;
use super::icon::Icon;

/// How many digits of a digest tell it apart at a glance.
const SHORT_DIGITS: usize = 12;

/// A digest or long id, shortened; the whole of it is one tap away and on paper.
pub fn hash(value: &str) -> Markup {
    let short: String = value.chars().take(SHORT_DIGITS).collect();
    html! {
        @if short.len() == value.len() { code.hash { (value) } } @else {
            details.hash { summary { code { (short) "…" } } code.hash-whole { (value) } }
        }
    }
}

/// A secret or a command to be copied, shown as it is. `id` is unique on the page.
pub fn code_block(id: &str, label: &str, code: &str) -> Markup {
    html! {
        div.code-block {
            p.code-label id={ (id) "-label" } { (label) }
            pre id=(id) tabindex="0" aria-labelledby={ (id) "-label" } { code { (code) } }
            (Button::secondary("Copy").small().icon(Icon::Copy).copies(format!("#{id}")))
        }
    }
}

/// A key on the keyboard.
pub fn key(name: &str) -> Markup {
    html! { kbd { (name) } }
}

/// Words a screen reader hears and nobody sees.
pub fn heard(text: &str) -> Markup {
    html! { span.vh { (text) } }
}

/// Paler words.
pub fn quiet(text: &str) -> Markup {
    html! { span.quiet { (text) } }
}

/// A moment: `shown` for people, `instant` (RFC 3339 or a date) for machines.
pub fn time(instant: &str, shown: &str) -> Markup {
    html! { time datetime=(instant) { (shown) } }
}

/// On paper only.
pub fn print_only(content: Markup) -> Markup {
    html! { div.print-only { (content) } }
}

/// On screens only.
pub fn screen_only(content: Markup) -> Markup {
    html! { div.screen-only { (content) } }
}

/// With script only: what would do nothing without it.
pub fn with_script(content: Markup) -> Markup {
    html! { div.with-script { (content) } }
}

/// An element kept up to date by server-sent events at `url`: see `assets/live.js`.
///
/// Event `html` carries a fragment to morph in; `changed` makes the page fetch itself again and morph
/// this element; `gone` ends the stream and reloads the page (access was taken away).
pub fn live_region(id: &str, url: &str, content: Markup) -> Markup {
    html! { div id=(id) data-events=(url) { (content) } }
}
