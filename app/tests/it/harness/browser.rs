//! Chromium behind ChromeDriver: what people see, whether axe finds fault with it, and what scripts do.
//!
//! `CONVENE_TEST_CHROMEDRIVER` is the driver's address and `CONVENE_TEST_AXE` the file of axe-core; `cargo xtask test`
//! sets both. Without the first these tests are skipped, and with `CI=true` they fail.

use std::{path::PathBuf, time::Duration};

use axum::http::Method;
use fantoccini::{Client, ClientBuilder, Locator, elements::Element, wd::WebDriverCompatibleCommand};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Url;
use rules::permissions::Role;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{PASSWORD, Tenant};

/// Browsers at once: each is several processes.
static BROWSERS: Semaphore = Semaphore::const_new(2);
/// How often is looked whether something has come.
const LOOK: Duration = Duration::from_millis(20);
/// How long something may take to come.
const PATIENCE: Duration = Duration::from_secs(15);
/// Rules of axe: WCAG up to 2.2 AA, and what is good practice.
const AXE_RULES: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// The address of ChromeDriver; says so when there is none, and fails then where everything must be there.
pub fn chromedriver() -> Option<String> {
    let url = std::env::var("CONVENE_TEST_CHROMEDRIVER").ok().filter(|url| !url.is_empty());
    if url.is_none() {
        eprintln!("skipped: CONVENE_TEST_CHROMEDRIVER is not set; `cargo xtask test` sets it");
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "Chromium is missing, and nothing may be skipped");
    }
    url
}

/// A window of Chromium.
pub struct Browser {
    client: Client,
    base: String,
    _turn: SemaphorePermit<'static>,
}

impl Browser {
    /// A window for the pages of a server; none where there is no Chromium.
    pub async fn open(base: &str) -> Option<Self> {
        Self::with_scripts(base, true, BROWSERS.acquire().await.unwrap()).await
    }

    /// Two windows of two people. Their turns come together: two tests that each hold one would wait for ever.
    pub async fn open_two(base: &str) -> Option<(Self, Self)> {
        let mut turns = BROWSERS.acquire_many(2).await.unwrap();
        let second = turns.split(1).unwrap();
        Some((Self::with_scripts(base, true, turns).await?, Self::with_scripts(base, true, second).await?))
    }

    /// A window in which pages run no scripts.
    pub async fn open_without_scripts(base: &str) -> Option<Self> {
        Self::with_scripts(base, false, BROWSERS.acquire().await.unwrap()).await
    }

    async fn with_scripts(base: &str, scripts: bool, turn: SemaphorePermit<'static>) -> Option<Self> {
        let driver = chromedriver()?;
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--window-size=1280,900",
        ];
        let javascript = if scripts { 1 } else { 2 };
        let wishes = json!({
            "goog:chromeOptions": {
                "args": flags,
                "prefs": { "profile.managed_default_content_settings.javascript": javascript },
            },
            "goog:loggingPrefs": { "browser": "ALL" },
            "unhandledPromptBehavior": "accept",
            "timeouts": { "pageLoad": 60_000, "script": 60_000 },
        });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wishes.as_object().unwrap().clone());
        let client = builder.connect(&driver).await.unwrap_or_else(|error| panic!("no browser: {error}"));
        Some(Self { client, base: base.to_owned(), _turn: turn })
    }

    /// Shuts the window, and fails if a page has complained in its console.
    pub async fn close(self) {
        let complaints = self.complaints().await;
        self.client.close().await.unwrap();
        assert!(complaints.is_empty(), "the console says: {complaints:#?}");
    }

    /// What the console holds of errors since this was last asked: broken scripts, refused by the policy.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.command("se/log", json!({ "type": "browser" })).await;
        let severe = entries.as_array().into_iter().flatten().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    // Going about --------------------------------------------------------------------------------------------------

    /// Opens a page.
    pub async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Signs a new user with this role in, on the page.
    pub async fn sign_in(&self, tenant: &Tenant, role: Role) {
        let user = tenant.add_user(role, &[]).await;
        self.sign_in_as(&user.email).await;
    }

    /// Signs in with this address.
    pub async fn sign_in_as(&self, email: &str) {
        self.go("/sign-in?next=/sign-in").await;
        self.fill("email", email).await;
        self.fill("password", PASSWORD).await;
        self.click("main button[type=submit]").await;
        self.until("signed in", "return location.search === '' && document.readyState === 'complete'").await;
    }

    /// The first element that is there, or will be.
    pub async fn find(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE).every(LOOK).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("`{css}` is not on the page ({error}): {}", self.text().await),
        }
    }

    /// Puts a text into the field of this name, as typing would.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = self.find(&format!("[name=\"{name}\"]")).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Types into whatever has the focus; `"\u{e007}"` is Enter, `"\u{e00c}"` Escape, `"\u{e010}"` End.
    pub async fn keys(&self, text: &str) {
        self.client.active_element().await.unwrap().send_keys(text).await.unwrap();
    }

    /// Clicks the first element that is there, or will be.
    pub async fn click(&self, css: &str) {
        loop {
            let element = self.find(css).await;
            // As a person would, who scrolls until nothing lies over it: the bar at the foot of a narrow screen does.
            let seen = serde_json::to_value(&element).unwrap();
            let scroll = "arguments[0].scrollIntoView({ block: 'center' })";
            let _ = self.client.execute(scroll, vec![seen]).await;
            match element.click().await {
                // The page was drawn anew in between, and nothing was clicked: the new element is meant.
                Err(error) if error.is_stale_element_reference() => {}
                outcome => return outcome.unwrap_or_else(|error| panic!("`{css}` can't be clicked: {error}")),
            }
        }
    }

    /// Waits until the page says this.
    pub async fn see(&self, text: &str) {
        let script = "return document.body.innerText.includes(arguments[0])";
        if !self.wait_for(script, vec![json!(text)]).await {
            panic!("the page does not say `{text}`: {}", self.text().await);
        }
    }

    /// What the page says.
    pub async fn text(&self) -> String {
        self.js("return document.body ? document.body.innerText : ''").await.as_str().unwrap_or_default().to_owned()
    }

    /// Path and query of the page.
    pub async fn path(&self) -> String {
        self.js("return location.pathname + location.search").await.as_str().unwrap_or_default().to_owned()
    }

    /// What a script returns.
    pub async fn js(&self, script: &str) -> Value {
        let outcome = self.client.execute(script, Vec::new()).await;
        outcome.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Waits until a script returns true.
    pub async fn until(&self, what: &str, script: &str) {
        if !self.wait_for(script, Vec::new()).await {
            panic!("still not: {what}; the page says: {}", self.text().await);
        }
    }

    async fn wait_for(&self, script: &str, arguments: Vec<Value>) -> bool {
        let looking = async {
            // While a page changes there may be none to ask.
            while self.client.execute(script, arguments.clone()).await.ok() != Some(json!(true)) {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.is_ok()
    }

    // Looking at it --------------------------------------------------------------------------------------------------

    /// A screen of this width, and a reader who likes it `light` or `dark`.
    pub async fn screen(&self, width: u32, scheme: &str) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Fails when axe finds anything on the page; does nothing where there is no axe.
    pub async fn check_with_axe(&self, page: &str) {
        let Some(file) = std::env::var_os("CONVENE_TEST_AXE") else {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "axe is missing, and nothing may be skipped");
            return;
        };
        let axe = std::fs::read_to_string(file).unwrap();
        // Colours that are on their way from one scheme to the other are nobody's fault, and what lies under a bar that
        // sticks to the foot of the screen comes out when it is scrolled to: see `scroll-padding`.
        let script = "const bars = [...document.querySelectorAll('.sign-bar')], finish = arguments[arguments.length - 1]; \
            const done = said => { for (const bar of bars) bar.style.position = ''; finish(said); }; \
            for (const bar of bars) bar.style.position = 'static'; \
            document.getAnimations().forEach(one => { try { one.finish() } catch { /* it goes on for ever */ } }); axe.run(document, { runOnly: arguments[0] }).then(found => done(found.violations.map(one => one.id + ': ' \
            + one.help + ' at ' + one.nodes.map(node => node.target.join(' ')).join(', '))), error => done([String(error)]))";
        let outcome = self.client.execute_async(&format!("{axe}\n{script}"), vec![json!(AXE_RULES)]).await;
        let violations = outcome.unwrap_or_else(|error| panic!("{page}: axe: {error}"));
        assert_eq!(violations, json!([]), "axe finds fault with {page}");
    }

    /// Fails when the page is wider than the screen or has moved while it came.
    pub async fn check_layout(&self, page: &str) {
        let script = "const done = arguments[arguments.length - 1]; let moved = 0; \
            new PerformanceObserver(list => { for (const one of list.getEntries()) moved += one.value; }) \
              .observe({ type: 'layout-shift', buffered: true }); \
            requestAnimationFrame(() => requestAnimationFrame(() => done( \
              [document.documentElement.scrollWidth - document.documentElement.clientWidth, moved, \
               [...document.querySelectorAll('main *')].map(one => [one, one.getBoundingClientRect().right]) \
                 .filter(([, right]) => right > document.documentElement.clientWidth) \
                 .map(([one, right]) => `${one.tagName} ${one.className} ${Math.round(right)}`).slice(0, 20)])))";
        let found = self.client.execute_async(script, Vec::new()).await.unwrap();
        assert_eq!(found[0], json!(0), "{page} is so many pixels wider than the screen, by {}", found[2]);
        assert_eq!(found[1], json!(0), "{page} moved while it came");
    }

    /// Bytes of the page's HTML, and of everything it has loaded.
    pub async fn weight(&self) -> (u64, u64) {
        let script = "const page = performance.getEntriesByType('navigation')[0]; \
            const parts = performance.getEntriesByType('resource'); \
            return [page.decodedBodySize, parts.reduce((sum, part) => sum + part.encodedBodySize, page.encodedBodySize)]";
        let found = self.js(script).await;
        (found[0].as_u64().unwrap_or_default(), found[1].as_u64().unwrap_or_default())
    }

    /// Keeps a picture of the whole page in `target/screenshots`.
    pub async fn screenshot(&self, name: &str) {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let wishes = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.devtools("Page.captureScreenshot", wishes).await;
        let bytes = STANDARD.decode(picture["data"].as_str().unwrap_or_default()).unwrap();
        let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screenshots");
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join(format!("{name}.png")), bytes).unwrap();
    }

    /// Runs a script in every page that is opened from now on, before any of the page's own.
    pub async fn before_pages(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// What the browser keeps under this name for the server, also where no script may see it.
    pub async fn cookie(&self, name: &str) -> Option<String> {
        let kept = self.client.get_all_cookies().await.unwrap();
        kept.into_iter().find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
    }

    /// Puts a cookie into the browser, as somebody would who kept it.
    pub async fn set_cookie(&self, name: &str, value: &str) {
        let cookie = json!({ "name": name, "value": value, "url": self.base, "httpOnly": true, "sameSite": "Strict" });
        assert_eq!(self.devtools("Network.setCookie", cookie).await["success"], true);
    }

    /// Puts the connection on or off, as airplane mode does.
    pub async fn network(&self, is_there: bool) {
        let conditions = json!({ "offline": !is_there, "latency": 0, "throughput": if is_there { -1 } else { 0 } });
        self.command("chromium/network_conditions", json!({ "network_conditions": conditions })).await;
    }

    /// Presses keys together, wherever the focus is; `"\u{e00a}"` is Alt.
    pub async fn press(&self, keys: &[&str]) {
        let down = keys.iter().map(|key| json!({ "type": "keyDown", "value": key }));
        let up = keys.iter().rev().map(|key| json!({ "type": "keyUp", "value": key }));
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": down.chain(up).collect::<Vec<_>>() });
        self.command("actions", json!({ "actions": [keyboard] })).await;
    }

    /// Presses the mouse on an element, a little below its upper edge or, from below, on its lower one; moves it by so
    /// many pixels, and lets go.
    pub async fn drag(&self, css: &str, from_below: bool, by: (i64, i64)) {
        let (x, y) = self.point_on(css, from_below).await;
        let to = |x: i64, y: i64| json!({ "type": "pointerMove", "duration": 0, "x": x, "y": y });
        let steps = json!([to(x, y), { "type": "pointerDown", "button": 0 }, to(x + by.0 / 2, y + by.1 / 2),
            to(x + by.0, y + by.1), { "type": "pointerUp", "button": 0 }]);
        let mouse =
            json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": steps });
        self.command("actions", json!({ "actions": [mouse] })).await;
    }

    /// A point on an element that is brought into view: a little below its upper edge or, from below, on its lower one.
    pub async fn point_on(&self, css: &str, from_below: bool) -> (i64, i64) {
        self.find(css).await;
        let place = format!(
            "const at = document.querySelector({css:?}); at.scrollIntoView({{ block: 'center' }}); \
             const box = at.getBoundingClientRect(); \
             return [Math.round(box.left + 20), Math.round({from_below} ? box.bottom - 3 : box.top + 12)]"
        );
        let at = self.js(&place).await;
        (at[0].as_i64().unwrap(), at[1].as_i64().unwrap())
    }

    /// A finger comes down, moves or, with no place, leaves; `touchStart`, `touchMove`, `touchEnd`.
    pub async fn touch(&self, what: &str, at: Option<(i64, i64)>) {
        let points: Vec<Value> = at.iter().map(|(x, y)| json!({ "x": x, "y": y })).collect();
        self.devtools("Input.dispatchTouchEvent", json!({ "type": what, "touchPoints": points })).await;
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    async fn command(&self, place: &'static str, body: Value) -> Value {
        let outcome = self.client.issue_cmd(Command { place, body }).await;
        outcome.unwrap_or_else(|error| panic!("{place}: {error}"))
    }
}

/// A command of ChromeDriver's own.
#[derive(Debug)]
struct Command {
    place: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as std::str::FromStr>::Err> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.place))
    }
    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
