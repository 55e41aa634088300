//! Icons: one drawing each in `assets/icons.svg`, referred to by name.

use maud::{Markup, Render, html};

use crate::shell::assets::asset;

macro_rules! icons {
    ($($variant:ident => $id:literal),+ $(,)?) => {
        /// An icon of the sprite. Always decoration: the words beside it carry the meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Icon { $($variant),+ }

        impl Icon {
            /// Every icon there is.
            pub const ALL: &'static [Icon] = &[$(Icon::$variant),+];

            /// The id of its `<symbol>` in the sprite.
            pub fn id(self) -> &'static str {
                match self { $(Icon::$variant => $id),+ }
            }
        }
    };
}

icons! {
    Today => "today", Calendar => "calendar", Clock => "clock", Groups => "groups", Person => "person",
    Patients => "patients", Guests => "guests", Staff => "staff", Programs => "programs", Forms => "forms",
    Notes => "notes", Chart => "chart", Billing => "billing", Reports => "reports", Settings => "settings",
    Audit => "audit", Search => "search", Plus => "plus", Check => "check", Cross => "cross",
    Warning => "warning", Info => "info", Stop => "stop", Circle => "circle", Edit => "edit",
    Remove => "remove", Archive => "archive", Undo => "undo", Download => "download", Upload => "upload",
    Print => "print", Copy => "copy", More => "more", Left => "left", Right => "right", Down => "down",
    Up => "up", Filter => "filter", Lock => "lock", SignOut => "sign-out", Key => "key", Bell => "bell",
    Mail => "mail", Link => "link", Eye => "eye", History => "history", Room => "room", Site => "site",
    Video => "video", Sign => "sign", Play => "play", Waiting => "waiting", Away => "away",
    Keyboard => "keyboard", Home => "home", Tablet => "tablet", Repeat => "repeat",
}

impl Render for Icon {
    fn render(&self) -> Markup {
        let href = format!("{}#{}", asset("icons.svg"), self.id());
        html! { svg class="icon" width="18" height="18" aria-hidden="true" focusable="false" { use href=(href) {} } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_is_drawn_once_in_the_sprite() {
        let sprite = include_str!("../../../assets/icons.svg");
        for icon in Icon::ALL {
            let symbol = format!("<symbol id=\"{}\" ", icon.id());
            assert_eq!(sprite.matches(&symbol).count(), 1, "{}", icon.id());
        }
        assert_eq!(sprite.matches("<symbol ").count(), Icon::ALL.len(), "the sprite has a drawing nobody names");
    }
}
