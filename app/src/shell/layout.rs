//! The frame around every page: rail, top bar, search, messages.

use maud::{DOCTYPE, Markup, Render, html};

use super::assets::asset;
use super::ui::{Button, Icon, Notice, avatar, key};

/// How many places a narrow screen's bar shows before "More".
const BAR_PLACES: usize = 4;

/// The product's name.
const PRODUCT: &str = "Convene";

/// One place in the main navigation. List only those the caller may see.
#[must_use]
#[derive(Clone)]
pub struct NavItem {
    section: &'static str,
    label: String,
    href: String,
    icon: Icon,
    count: Option<(u64, String)>,
    second: bool,
}

impl NavItem {
    /// `section` is what [`Page::section`] is compared with.
    pub fn new(section: &'static str, icon: Icon, label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { section, label: label.into(), href: href.into(), icon, count: None, second: false }
    }

    /// A number beside it and what it counts: `(3, "to review")`.
    pub fn count(mut self, count: u64, of_what: impl Into<String>) -> Self {
        self.count = Some((count, of_what.into()));
        self
    }

    /// Puts it below the line: settings, audit.
    pub fn second(mut self) -> Self {
        self.second = true;
        self
    }
}

/// A page inside the frame.
#[must_use]
pub struct Page {
    title: String,
    section: &'static str,
    nav: Vec<NavItem>,
    organization: String,
    user: Option<(String, String)>,
    banners: Vec<Notice>,
    flashes: Vec<Notice>,
    search: Option<String>,
    sign_out: String,
    account: String,
    events: Option<String>,
    style: Option<&'static str>,
    script: Option<&'static str>,
    body: Markup,
}

impl Page {
    /// A page; its `h1` comes from [`super::ui::PageHeader`] in the body.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            section: "",
            nav: Vec::new(),
            organization: String::new(),
            user: None,
            banners: Vec::new(),
            flashes: Vec::new(),
            search: Some("/search".to_owned()),
            sign_out: "/sign-out".to_owned(),
            account: "/account".to_owned(),
            events: None,
            style: None,
            script: None,
            body: html! {},
        }
    }

    /// Which place of the navigation this page belongs to.
    pub fn section(mut self, section: &'static str) -> Self {
        self.section = section;
        self
    }

    /// The places the caller may go to.
    pub fn nav(mut self, items: Vec<NavItem>) -> Self {
        self.nav = items;
        self
    }

    /// The organization's name.
    pub fn organization(mut self, name: impl Into<String>) -> Self {
        self.organization = name.into();
        self
    }

    /// Who is signed in, and as what.
    pub fn user(mut self, name: impl Into<String>, role: impl Into<String>) -> Self {
        self.user = Some((name.into(), role.into()));
        self
    }

    /// What holds for now, above everything else on the page.
    pub fn banner(mut self, notice: Notice) -> Self {
        self.banners.push(notice);
        self
    }

    /// A message about the last act.
    pub fn flash(mut self, notice: Notice) -> Self {
        self.flashes.push(notice.flash());
        self
    }

    /// Where words are looked for (a POST, so that no name is ever in an address); none hides the search.
    pub fn search(mut self, action: Option<String>) -> Self {
        self.search = action;
        self
    }

    /// Keeps the page's main part up to date from this address of server-sent events.
    pub fn events(mut self, url: impl Into<String>) -> Self {
        self.events = Some(url.into());
        self
    }

    /// A style of the page's own, by the name of its asset.
    pub fn style(mut self, name: &'static str) -> Self {
        self.style = Some(name);
        self
    }

    /// A script of the page's own, by the name of its asset.
    pub fn script(mut self, name: &'static str) -> Self {
        self.script = Some(name);
        self
    }

    /// The page itself.
    pub fn body(mut self, body: Markup) -> Self {
        self.body = body;
        self
    }

    fn rail(&self) -> Markup {
        let (first, second): (Vec<_>, Vec<_>) = self.nav.iter().partition(|item| !item.second);
        html! {
            div.rail {
                nav aria-label="Main" {
                    a.brand href="/" { (mark()) span { (PRODUCT) } }
                    ul { @for item in first { (self.place(item)) } }
                    @if !second.is_empty() { ul.rail-second { @for item in second { (self.place(item)) } } }
                }
            }
        }
    }

    fn place(&self, item: &NavItem) -> Markup {
        html! {
            li {
                a href=(item.href) aria-current=[(item.section == self.section).then_some("page")] {
                    (item.icon) span { (item.label) }
                    @if let Some((count, of_what)) = &item.count { span.count { (count) span.vh { " " (of_what) } } }
                }
            }
        }
    }

    /// The bar at the bottom of a narrow screen: the first places, and the others behind "More".
    fn bar(&self) -> Markup {
        let split = self.nav.len().min(BAR_PLACES);
        let (shown, rest) = self.nav.split_at(split);
        html! {
            nav.bar aria-label="Main, on small screens" {
                ul {
                    @for item in shown { (self.place(item)) }
                    @if !rest.is_empty() {
                        li {
                            details.pop data-pop {
                                summary { (Icon::More) span { "More" } }
                                ul.pop-panel { @for item in rest { (self.place(item)) } }
                            }
                        }
                    }
                }
            }
        }
    }

    fn top(&self) -> Markup {
        html! {
            header.top {
                a.top-brand href="/" aria-label=(PRODUCT) { (mark()) }
                p.organization { (self.organization) }
                @if let Some(action) = &self.search { (search_form(action)) }
                @if let Some((name, role)) = &self.user { (self.user_menu(name, role)) }
            }
        }
    }

    fn user_menu(&self, name: &str, role: &str) -> Markup {
        html! {
            details.pop.user-menu data-pop {
                summary { (avatar(name)) span.user-name { (name) } span.vh { ", your menu" } (Icon::Down) }
                div.pop-panel {
                    p.user-words { strong { (name) } span.quiet { (role) } }
                    a.menu-line href=(self.account) { (Icon::Person) "Your account" }
                    (theme_switch())
                    button.menu-line.with-script type="button" data-opens="shortcuts" {
                        (Icon::Keyboard) "Keyboard shortcuts"
                    }
                    form method="post" action=(self.sign_out) {
                        button.menu-line type="submit" { (Icon::SignOut) "Sign out" }
                    }
                }
            }
        }
    }
}

impl Render for Page {
    fn render(&self) -> Markup {
        let content = html! {
            a.skip href="#main" { "Skip to the page" }
            (self.rail())
            (self.top())
            main #main tabindex="-1" data-events=[self.events.as_deref()] {
                @if !self.banners.is_empty() { div.flashes { @for banner in &self.banners { (banner) } } }
                div.flashes { @for flash in &self.flashes { (flash) } }
                (self.body)
            }
            (self.bar())
            (shortcuts())
        };
        let title = match self.organization.as_str() {
            "" => self.title.clone(),
            organization => format!("{} · {organization}", self.title),
        };
        document(&title, "app", &own(self.style, self.script), content)
    }
}

/// A page without the frame: signing in, a private link, an error.
#[must_use]
pub struct BarePage {
    title: String,
    organization: Option<String>,
    flashes: Vec<Notice>,
    wide: bool,
    style: Option<&'static str>,
    script: Option<&'static str>,
    body: Markup,
}

impl BarePage {
    /// A page with its heading.
    pub fn new(title: impl Into<String>) -> Self {
        let (title, flashes) = (title.into(), Vec::new());
        Self { title, organization: None, flashes, wide: false, style: None, script: None, body: html! {} }
    }

    /// The organization's name above the heading.
    pub fn organization(mut self, name: impl Into<String>) -> Self {
        self.organization = Some(name.into());
        self
    }

    /// A message about the last act.
    pub fn flash(mut self, notice: Notice) -> Self {
        self.flashes.push(notice.flash());
        self
    }

    /// A wider column: a questionnaire, the kiosk.
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// A style of the page's own, by the name of its asset.
    pub fn style(mut self, name: &'static str) -> Self {
        self.style = Some(name);
        self
    }

    /// A script of the page's own, by the name of its asset.
    pub fn script(mut self, name: &'static str) -> Self {
        self.script = Some(name);
        self
    }

    /// The page itself, under its `h1`.
    pub fn body(mut self, body: Markup) -> Self {
        self.body = body;
        self
    }
}

impl Render for BarePage {
    fn render(&self) -> Markup {
        let content = html! {
            main #main tabindex="-1" class=(if self.wide { "bare-wide" } else { "bare-narrow" }) {
                p.bare-brand { (mark()) span { (PRODUCT) } }
                div.bare-card {
                    @if let Some(name) = &self.organization { p.organization { (name) } }
                    h1 { (self.title) }
                    div.flashes { @for flash in &self.flashes { (flash) } }
                    (self.body)
                }
            }
        };
        document(&self.title, "bare", &own(self.style, self.script), content)
    }
}

/// The ways from an error page: to what would help, and back.
pub type Ways<'a> = (Option<(&'a str, &'a str)>, (&'a str, &'a str));

/// An error as a page: what happened, what would help, the way there if there is one, and a way back, each as
/// `(label, address)`.
pub fn error_page(title: &str, message: &str, ways: Ways<'_>, reference: Option<&str>) -> Markup {
    let (there, (label, back)) = ways;
    let body = html! {
        div.stack data-error {
            p.lede { (message) }
            @if let Some(reference) = reference { p.quiet { "Reference for support: " code { (reference) } } }
            div.toolbar {
                @if let Some((label, href)) = there { (Button::primary(label).href(href)) }
                @if there.is_some() { (Button::quiet(label).href(back)) }
                @else { (Button::primary(label).icon(Icon::Left).href(back)) }
            }
        }
    };
    BarePage::new(title).body(body).render()
}

/// What only one page loads.
fn own(style: Option<&'static str>, script: Option<&'static str>) -> Markup {
    html! {
        @if let Some(name) = style { link rel="stylesheet" href=(asset(name)); }
        @if let Some(name) = script { script type="module" src=(asset(name)) {} }
    }
}

/// `own` is what only this page loads.
fn document(title: &str, class: &str, own: &Markup, content: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="same-origin";
                title { (title) " · " (PRODUCT) }
                // Painted once all of it is here: a page is small, and nothing moves while it comes in.
                link rel="expect" href="#live-status" blocking="render";
                script src=(asset("theme.js")) {}
                link rel="stylesheet" href=(asset("app.css"));
                link rel="icon" type="image/svg+xml" href=(asset("favicon.svg"));
                script type="module" src=(asset("live.js")) {}
                script type="module" src=(asset("page.js")) {}
                (own)
            }
            body class=(class) {
                (content)
                div #live-status role="status" aria-live="polite" data-keep {}
            }
        }
    }
}

fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false" {
            path d="M20.5 8.6a8.6 8.6 0 1 0 0 14.8" {}
            circle cx="23.2" cy="16" r="3" {}
        }
    }
}

fn search_form(action: &str) -> Markup {
    html! {
        form.search role="search" method="post" action=(action) {
            label.vh for="global-search" { "Search patients, guests and groups" }
            (Icon::Search)
            input #global-search type="search" name="q" placeholder="Search patients, guests, groups"
                autocomplete="off" maxlength="200" data-search;
            span.with-script aria-hidden="true" { (key("/")) }
            button.vh type="submit" { "Search" }
        }
    }
}

fn theme_switch() -> Markup {
    html! {
        fieldset.theme-switch.with-script data-theme-switch data-keep {
            legend { "Theme" }
            @for (value, label) in [("system", "System"), ("light", "Light"), ("dark", "Dark")] {
                input type="radio" name="theme" value=(value) id={ "theme-" (value) } checked[value == "system"];
                label for={ "theme-" (value) } { (label) }
            }
        }
    }
}

/// The list of keys. Single keys can be turned off (WCAG 2.1.4).
fn shortcuts() -> Markup {
    let keys = [
        ("/", "Search"),
        ("Ctrl K", "Search, from inside a field too"),
        ("?", "This list"),
        ("Esc", "Close what is open"),
    ];
    html! {
        dialog #shortcuts.dialog aria-labelledby="shortcuts-title" data-keep {
            h2 #shortcuts-title { "Keyboard shortcuts" }
            dl.keys { @for (name, what) in keys { div { dt { (key(name)) } dd { (what) } } } }
            div.check {
                input type="checkbox" id="shortcuts-on" checked data-shortcuts-switch;
                label for="shortcuts-on" { "Single keys on this device" }
            }
            form method="dialog" { button.btn type="submit" autofocus { "Close" } }
        }
    }
}
