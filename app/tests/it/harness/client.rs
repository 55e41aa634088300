//! A program: JSON over HTTP with a token. Every answer is held against what all answers promise.

use reqwest::{Method, header::HeaderMap};
use rules::id::UserId;
use serde_json::{Value, json};

/// A program that calls the API.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    /// Whose token it has.
    pub user: UserId,
    /// Its token.
    pub token: String,
    headers: Vec<(String, String)>,
}

impl Client {
    pub(super) fn new(http: reqwest::Client, base: String, user: UserId, token: String) -> Self {
        let headers = vec![("authorization".to_owned(), format!("Bearer {token}"))];
        Self { http, base, user, token, headers }
    }

    /// The same program with one more header.
    #[must_use]
    pub fn with_header(&self, name: &str, value: impl std::fmt::Display) -> Self {
        let mut client = self.clone();
        client.headers.retain(|(known, _)| known != name);
        client.headers.push((name.to_owned(), value.to_string()));
        client
    }

    /// The same program, having read this version.
    #[must_use]
    pub fn with_if_match(&self, version: impl std::fmt::Display) -> Self {
        self.with_header("if-match", version)
    }

    /// The same program, naming its request.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        self.with_header("idempotency-key", key)
    }

    /// The same program with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        self.with_header("authorization", format!("Bearer {token}"))
    }

    /// The same program without its token.
    #[must_use]
    pub fn without_auth(&self) -> Self {
        let mut client = self.clone();
        client.headers.retain(|(known, _)| known != "authorization");
        client
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// Any method; without a body, none is sent.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let (kind, bytes) = match body {
            Some(body) => ("application/json", body.to_string().into_bytes()),
            None => ("", Vec::new()),
        };
        self.raw(method, path, kind, bytes).await
    }

    /// The same program, calling another server.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        let mut client = self.clone();
        client.base = base.to_owned();
        client
    }

    /// Opens a stream of events, as a browser would.
    pub async fn follow(&self, path: &str) -> Stream {
        let mut request = self.http.get(format!("{}{path}", self.base)).header("accept", "text/event-stream");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{path}: {error:?}"));
        assert_eq!(response.status().as_u16(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream", "{path}");
        Stream { headers: response.headers().clone(), response, text: String::new() }
    }

    /// Any bytes under any name.
    pub async fn raw(&self, method: Method, path: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base)).body(body);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = text_of(response).await.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"));
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer { request: format!("{method} {path}"), status, headers, text, json };
        answer.keep_promises();
        answer
    }
}

/// The body of an answer. A stream of events has no end: its first event stands for it.
async fn text_of(mut response: reqwest::Response) -> reqwest::Result<String> {
    let kind = response.headers().get("content-type").map(|kind| kind.as_bytes().to_vec());
    if kind.as_deref() != Some(b"text/event-stream") {
        return response.text().await;
    }
    let mut text = String::new();
    while let Some(part) = response.chunk().await? {
        text.push_str(&String::from_utf8_lossy(&part));
        if text.contains("data:") && text.ends_with("\n\n") {
            break;
        }
    }
    Ok(text)
}

/// A stream of events that is open.
pub struct Stream {
    pub headers: HeaderMap,
    response: reqwest::Response,
    text: String,
}

/// One event of a stream.
#[derive(Debug, Clone)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub data: Value,
}

impl Stream {
    /// The next event; none when the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        super::in_time("an event", async {
            loop {
                if let Some((event, rest)) = self.text.split_once("\n\n") {
                    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
                    let (name, id) = (field("event: ").to_owned(), field("id: ").to_owned());
                    let data = serde_json::from_str(field("data: ")).unwrap_or(Value::Null);
                    self.text = rest.to_owned();
                    if !name.is_empty() {
                        return Some(Event { name, id, data });
                    }
                    continue;
                }
                let part = self.response.chunk().await.ok().flatten()?;
                self.text.push_str(std::str::from_utf8(&part).unwrap());
            }
        })
        .await
    }

    /// The next event of this name.
    pub async fn until(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await.unwrap_or_else(|| panic!("the stream ended before `{name}`"));
            if event.name == name {
                return event;
            }
        }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Method and path.
    pub request: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// The body, or null when it is not JSON.
    pub json: Value,
}

impl Answer {
    /// What every answer of the API promises.
    #[track_caller]
    fn keep_promises(&self) {
        assert!(self.status < 500 || self.status == 503, "a client may never cause this: {self}");
        let id = self.header("x-request-id");
        assert!(id.starts_with("req_"), "no number: {self}");
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{self}");
        if !self.request.contains(" /api") {
            return;
        }
        if self.status >= 400 {
            assert_eq!(self.header("content-type"), "application/problem+json", "{self}");
            assert_eq!(self.json["request_id"], json!(id), "{self}");
            assert_eq!(self.json["status"], json!(self.status), "{self}");
            assert_eq!(self.json["success"], json!(false), "{self}");
            assert!(self.json["errors"].is_array() && !self.code().is_empty(), "{self}");
            let sentence = self.json["detail"].as_str().unwrap_or_default();
            assert!(sentence.ends_with(['.', '?']), "not a sentence: {self}");
        } else if self.header("content-type").starts_with("application/json") && self.json["openapi"].is_null() {
            assert_eq!(self.json["success"], json!(true), "{self}");
            assert_eq!(self.header("cache-control"), "no-store", "{self}");
        }
    }

    /// Fails unless the status is this.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Fails unless the answer is this refusal.
    #[track_caller]
    pub fn expect_code(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{self}");
        self
    }

    /// Fails unless exactly these fields are named, with these codes, in any order.
    #[track_caller]
    pub fn expect_fields(self, wanted: &[(&str, &str)]) -> Self {
        let mut found = self.field_errors();
        let mut wanted: Vec<_> = wanted.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect();
        found.sort();
        wanted.sort();
        assert_eq!((self.status, found), (422, wanted), "{self}");
        self
    }

    /// The code of a refusal; empty for a success.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// The fields that are not right, each with its code.
    pub fn field_errors(&self) -> Vec<(String, String)> {
        let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
        let errors = self.json["errors"].as_array().into_iter().flatten();
        errors.map(|error| (text(error, "field"), text(error, "code"))).collect()
    }

    /// The data of a success.
    pub fn data(&self) -> &Value {
        &self.json["data"]
    }

    /// The rows of a list.
    #[track_caller]
    pub fn items(&self) -> &Vec<Value> {
        self.data().as_array().unwrap_or_else(|| panic!("not a list: {self}"))
    }

    /// The `id` of the record.
    #[track_caller]
    pub fn id(&self) -> String {
        self.data()["id"].as_str().unwrap_or_else(|| panic!("no id: {self}")).to_owned()
    }

    /// The `version` of the record.
    #[track_caller]
    pub fn version(&self) -> i64 {
        self.data()["version"].as_i64().unwrap_or_else(|| panic!("no version: {self}"))
    }

    /// The cursor of the next page.
    pub fn next(&self) -> Option<String> {
        self.json["page"]["next"].as_str().map(str::to_owned)
    }

    /// A header; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body: String = self.text.chars().take(2_000).collect();
        write!(out, "{} answered {}: {body}", self.request, self.status)
    }
}
