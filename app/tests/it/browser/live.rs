//! What `live.js` promises, on a page made for it: what is typed is never lost, and nothing is sent twice.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use app::shell::assets::{asset, serve};
use axum::{
    Router,
    extract::{RawForm, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{
        Html, IntoResponse, Response,
        sse::{Event, Sse},
    },
    routing::{get, post},
};
use serde_json::json;
use tokio::sync::{Notify, mpsc};

use crate::harness::{Browser, chromedriver};

/// The server's side of the page.
#[derive(Default)]
struct Bench {
    rows: Vec<&'static str>,
    posts: Vec<String>,
    streams: Vec<mpsc::UnboundedSender<Event>>,
    taps: u32,
    marked: bool,
    failures: u32,
    /// While it is there, answers to posts wait for it.
    gate: Option<Arc<Notify>>,
}

#[derive(Clone)]
struct Lab(Arc<Mutex<Bench>>);

impl Lab {
    fn lock(&self) -> MutexGuard<'_, Bench> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often was posted to this path.
    fn posts(&self, path: &str) -> usize {
        self.lock().posts.iter().filter(|line| line.starts_with(&format!("{path} "))).count()
    }

    /// The streams that are open, after those that were closed are forgotten.
    fn streams(&self) -> usize {
        let mut bench = self.lock();
        bench.streams.retain(|stream| !stream.is_closed());
        bench.streams.len()
    }

    fn send(&self, event: &Event) {
        self.lock().streams.iter().for_each(|stream| drop(stream.send(event.clone())));
    }

    /// Holds every answer to a post until the returned value is told to let one go.
    fn hold(&self) -> Arc<Notify> {
        let gate = Arc::new(Notify::new());
        self.lock().gate = Some(gate.clone());
        gate
    }

    fn list(&self) -> String {
        let row =
            |name: &&str| format!("<li data-key={name}><label>{name} <input id=in-{name} name=n-{name}></label></li>");
        format!("<ul id=list>{}</ul>", self.lock().rows.iter().map(row).collect::<String>())
    }

    fn tap(&self) -> String {
        let bench = self.lock();
        let buttons = if bench.marked {
            "marked<button type=submit name=mark value=undo>Undo</button>"
        } else {
            "open<button type=submit name=mark value=attended>Attended</button><button type=submit name=mark value=no>No</button>"
        };
        format!(
            "<li id=tap><form method=post action=/tap data-live='#tap'><input type=hidden name=idempotency_key value=k{}>{buttons}</form></li>",
            bench.taps
        )
    }

    fn page(&self, found: &str) -> String {
        frame(&format!(
            "<div id=stream data-events=/events>{list}</div>\
             <form id=add method=post action=/add data-live='#box'>{ADD_FIELDS}</form><div id=box>box</div><p id=count>0</p>\
             <form id=note method=post action=/save data-autosave=50><textarea id=words name=words>first</textarea>\
               <input type=hidden id=version name=version value=1><p data-save-status data-keep role=status></p></form>\
             <ul>{tap}</ul>\
             <form method=get action=/ data-live='#found' data-push data-auto><input id=q name=q></form><div id=found>{found}</div>\
             <form id=plain method=post action=/plain><button type=submit>Plain</button></form>\
             <form method=post action=/ask data-live='#box' data-confirm='Sure?'><button id=ask type=submit>Ask</button></form>\
             <table><tbody id=body><tr><td>one</td></tr></tbody></table><a id=rows href=/rows data-live='#body'>rows</a>\
             <a id=refused href=/refused data-live='#box'>refused</a><a id=away href=/away data-live='#box'>away</a>\
             <details data-pop id=menu><summary>menu</summary><p>inside</p></details>",
            list = self.list(),
            tap = self.tap(),
        ))
    }
}

/// A field named like a property of the form's element must not confuse anybody.
const ADD_FIELDS: &str =
    "<input name=id value=strange type=hidden><input id=who name=who value=''><button type=submit>Add</button>";

fn frame(body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><head><title>Lab</title><link rel=icon href='{}'><script src='{}'></script>\
         <script type=module src='{}'></script><script type=module src='{}'></script></head><body>\
         <main id=main tabindex=-1>{body}</main><div id=live-status role=status data-keep></div></body></html>",
        asset("favicon.svg"),
        asset("theme.js"),
        asset("live.js"),
        asset("page.js")
    )
}

async fn events(State(lab): State<Lab>) -> impl IntoResponse {
    let (sender, receiver) = mpsc::unbounded_channel();
    lab.lock().streams.push(sender);
    let next = |mut receiver: mpsc::UnboundedReceiver<Event>| async {
        receiver.recv().await.map(|event| (Ok::<_, Infallible>(event), receiver))
    };
    Sse::new(futures_util::stream::unfold(receiver, next))
}

async fn home(State(lab): State<Lab>, uri: Uri) -> Html<String> {
    let found = uri
        .query()
        .and_then(|query| query.strip_prefix("q="))
        .map_or("nothing".to_owned(), |word| format!("found {word}"));
    Html(lab.page(&found))
}

async fn posted(State(lab): State<Lab>, uri: Uri, RawForm(body): RawForm) -> Response {
    let body = String::from_utf8_lossy(&body).into_owned();
    let gate = {
        let mut bench = lab.lock();
        bench.posts.push(format!("{} {body}", uri.path()));
        bench.gate.clone()
    };
    if let Some(gate) = gate {
        gate.notified().await;
    }
    let said = |words: &'static str, html: String| ([("x-live-status", words)], Html(html)).into_response();
    match uri.path() {
        "/add" => {
            let who = body.rsplit_once("who=").map_or("", |(_, who)| who).to_owned();
            let form = format!("<form id=add data-oob method=post action=/add data-live='#box'>{ADD_FIELDS}</form>");
            said("Added.", format!("<div id=box>added {who}</div><p id=count data-oob>1</p>{form}"))
        }
        "/save" if lab.lock().failures > 0 => {
            lab.lock().failures -= 1;
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        "/save" => said("Saved 10:42", "<input type=hidden id=version name=version value=2 data-oob>".to_owned()),
        "/tap" => {
            let marked = !body.contains("mark=undo");
            let mut bench = lab.lock();
            (bench.marked, bench.taps) = (marked, bench.taps + 1);
            drop(bench);
            Html(lab.tap()).into_response()
        }
        "/ask" => Html("<div id=box>asked</div>".to_owned()).into_response(),
        _ => Html(frame("<h1>plain</h1>")).into_response(),
    }
}

async fn lab() -> (Lab, String) {
    let lab = Lab(Arc::new(Mutex::new(Bench { rows: vec!["a", "b", "c"], ..Bench::default() })));
    let refused = || async { (StatusCode::FORBIDDEN, Html("<!doctype html><html><h1>Not allowed here</h1></html>")) };
    let away = || async { HeaderMap::from_iter([("x-live-location".parse().unwrap(), "/plain".parse().unwrap())]) };
    let router = Router::new()
        .route("/", get(home))
        .route("/events", get(events))
        .route("/rows", get(|| async { Html("<tr><td>uno</td></tr><tr><td>two</td></tr>") }))
        .route("/refused", get(refused))
        .route("/away", get(away))
        .route("/plain", get(|| async { Html(frame("<h1>away</h1>")) }).post(posted))
        .route("/{act}", post(posted))
        .route("/assets/{file}", get(serve))
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .with_state(lab.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (lab, base)
}

const READY: &str = "return document.documentElement.dataset.liveReady === ''";
const ORDER: &str = "return [...document.querySelectorAll('#list li')].map(row => row.dataset.key).join('')";
const STATUS: &str = "return document.querySelector('[data-save-status]').textContent";

async fn opened() -> Option<(Lab, Browser)> {
    chromedriver()?;
    let (lab, base) = lab().await;
    let browser = Browser::open(&base).await?;
    browser.go("/").await;
    browser.until("the script runs", READY).await;
    while lab.streams() == 0 {
        tokio::task::yield_now().await;
    }
    Some((lab, browser))
}

macro_rules! in_the_lab {
    ($($(#[$meta:meta])* async fn $name:ident($lab:ident: Lab, $browser:ident: Browser) $body:block)*) => { $(
        $(#[$meta])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let Some(($lab, $browser)) = opened().await else { return };
            $body
        }
    )* };
}

in_the_lab! {
    /// Rows move under the reader's hands: the focus, the half-typed text and the caret stay.
    async fn what_is_typed_survives_what_comes(lab: Lab, browser: Browser) {
        browser.click("#in-b").await;
        browser.keys("half").await;
        browser.js("document.activeElement.setSelectionRange(2, 2)").await;
        lab.lock().rows = vec!["c", "b", "d", "a"];
        lab.send(&Event::default().event("html").data(format!("<div id=stream data-oob data-events=/events>{}</div>", lab.list())));
        browser.until("the rows have moved", &format!("{ORDER} === 'cbda'")).await;
        let held = browser.js("const el = document.activeElement; return [el.id, el.value, el.selectionStart]").await;
        assert_eq!(held, json!(["in-b", "half", 2]));

        browser.click("#who").await;
        lab.lock().rows = vec!["b", "c"];
        lab.send(&Event::default().event("changed").data("x"));
        browser.until("the page was asked again", &format!("{ORDER} === 'bc'")).await;
        assert_eq!(browser.js("return document.getElementById('in-b').value").await, json!("half"));
        assert_eq!(lab.streams(), 1, "one connection");
        browser.close().await;
    }

    /// However often a form is sent before its answer, it is sent once; what is typed meanwhile stays.
    async fn a_form_is_sent_once(lab: Lab, browser: Browser) {
        let gate = lab.hold();
        browser.fill("who", "Zoe").await;
        browser.js("const form = document.getElementById('add'); form.requestSubmit(); form.requestSubmit(); form.querySelector('button').click()").await;
        gate.notify_one();
        browser.until("the answer is there", "return document.getElementById('box').textContent === 'added Zoe'").await;
        assert_eq!(lab.posts("/add"), 1);
        browser.until("the status is told", "return document.getElementById('live-status').textContent === 'Added.'").await;
        assert_eq!(browser.js("return [document.getElementById('count').textContent, document.getElementById('who').value]").await, json!(["1", ""]));

        browser.fill("who", "Yan").await;
        browser.keys("\u{e007}n").await;
        gate.notify_one();
        browser.until("the second answer is there", "return document.getElementById('box').textContent === 'added Yan'").await;
        assert_eq!(browser.js("return document.getElementById('who').value").await, json!("Yann"), "typed after sending");

        // Ready to answer at once: the driver waits for a page that is on its way.
        gate.notify_one();
        browser.js("const form = document.getElementById('plain'); form.requestSubmit(); form.requestSubmit()").await;
        browser.see("plain").await;
        assert_eq!(lab.posts("/plain"), 1);
        browser.close().await;
    }

    /// Text saves itself, says so, and tries again when the server was away; the text and the focus stay.
    async fn text_saves_itself(lab: Lab, browser: Browser) {
        browser.click("#words").await;
        browser.keys("\u{e009}\u{e010}\u{e000} more").await;
        browser.until("saved", &format!("{STATUS} === 'Saved 10:42'")).await;
        let held = browser.js("return [document.getElementById('version').value, document.getElementById('words').value, document.activeElement.id]").await;
        assert_eq!(held, json!(["2", "first more", "words"]));

        lab.lock().failures = 1;
        let before = lab.posts("/save");
        browser.keys("!").await;
        browser.until("it says that it tries again", &format!("{STATUS} === 'Not saved, retrying'")).await;
        browser.until("saved after all", &format!("{STATUS} === 'Saved 10:42'")).await;
        assert_eq!(lab.posts("/save"), before + 2, "once in vain, once again");
        let last = lab.lock().posts.last().cloned().unwrap();
        assert!(last.contains("words=first+more%21"), "{last}");
        let complaints = browser.complaints().await;
        assert!(complaints.iter().all(|line| line.contains("500")), "{complaints:?}");
        browser.close().await;
    }

    /// After a tap the focus is on what undoes it, and the next tap is another request.
    async fn a_tap_hands_on_the_focus(lab: Lab, browser: Browser) {
        browser.js("document.querySelector('#tap button').focus()").await;
        browser.keys("\u{e007}").await;
        browser.until("marked", "return document.getElementById('tap').textContent.startsWith('marked')").await;
        assert_eq!(browser.js("return [document.activeElement.value, document.querySelector('#tap input').value]").await, json!(["undo", "k1"]));
        assert_eq!(lab.posts("/tap"), 1);
        browser.close().await;
    }

    /// A filter answers while one types, and the address follows without filling the history.
    async fn a_filter_follows_the_typing(lab: Lab, browser: Browser) {
        let before = browser.js("return history.length").await;
        browser.click("#q").await;
        browser.keys("abc").await;
        browser.until("found", "return document.getElementById('found').textContent === 'found abc'").await;
        assert_eq!(browser.path().await, "/?q=abc");
        assert_eq!(browser.js("return [document.activeElement.id, history.length]").await, json!(["q", before]));
        assert_eq!(lab.lock().posts.len(), 0);
        browser.close().await;
    }

    /// What asks first does nothing on no.
    async fn a_question_waits_for_its_answer(lab: Lab, browser: Browser) {
        browser.click("#ask").await;
        browser.click("dialog button[value=no]").await;
        browser.until("the question is gone", "return !document.querySelector('dialog')").await;
        assert_eq!(lab.posts("/ask"), 0);
        browser.click("#ask").await;
        browser.click("dialog button[value=yes]").await;
        browser.until("asked", "return document.getElementById('box').textContent === 'asked'").await;
        browser.close().await;
    }

    /// Rows of a table can be fetched; a refusal is told and nothing is lost; the server can send the page away.
    async fn answers_find_their_place(lab: Lab, browser: Browser) {
        browser.click("#rows").await;
        browser.until("two rows", "return document.querySelectorAll('#body tr').length === 2").await;
        browser.fill("who", "typed").await;
        browser.click("#refused").await;
        browser.until("the refusal is told", "return document.getElementById('live-status').textContent === 'Not allowed here'").await;
        assert_eq!(browser.js("return document.getElementById('who').value").await, json!("typed"));
        browser.click("#menu summary").await;
        browser.keys("\u{e00c}").await;
        browser.until("Escape shuts the menu", "return !document.getElementById('menu').open").await;
        browser.click("#away").await;
        browser.see("away").await;
        assert_eq!(browser.path().await, "/plain");
        let complaints = browser.complaints().await;
        assert!(complaints.iter().all(|line| line.contains("403")), "{complaints:?}");
        assert_eq!(lab.lock().posts.len(), 0);
        browser.close().await;
    }

    /// A page that nobody looks at holds no connection.
    async fn a_hidden_page_is_quiet(lab: Lab, browser: Browser) {
        let hide = |hidden: bool| format!("Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }}); \
            document.dispatchEvent(new Event('visibilitychange', {{ bubbles: true }}))");
        browser.js(&hide(true)).await;
        crate::harness::in_time("the stream to close", async { while lab.streams() > 0 { tokio::task::yield_now().await } }).await;
        lab.lock().rows = vec!["z"];
        browser.js(&hide(false)).await;
        crate::harness::in_time("the stream to open", async { while lab.streams() == 0 { tokio::task::yield_now().await } }).await;
        browser.until("what was missed is fetched", &format!("{ORDER} === 'z'")).await;
        browser.close().await;
    }
}

/// Without scripts the same forms go the plain way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_work_without_scripts() {
    if chromedriver().is_none() {
        return;
    }
    let (lab, base) = lab().await;
    let Some(browser) = Browser::open_without_scripts(&base).await else { return };
    browser.go("/").await;
    browser.fill("who", "Zoe").await;
    browser.click("#add button").await;
    browser.find("#box").await;
    assert_eq!(lab.lock().posts, ["/add id=strange&who=Zoe"]);
    browser.go("/").await;
    browser.fill("q", "abc").await;
    browser.keys("\u{e007}").await;
    let found = browser.find("#found").await;
    assert_eq!(found.text().await.unwrap(), "found abc");
    browser.close().await;
}
