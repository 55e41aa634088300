//! A browser without scripts: a cookie, forms, and what a browser says of where a request comes from.

use std::sync::{Mutex, PoisonError};

use reqwest::{Method, header::HeaderMap};

use super::PASSWORD;

/// A browser.
pub struct PageClient {
    http: reqwest::Client,
    base: String,
    cookies: Mutex<Vec<(String, String)>>,
    /// What it says in `Sec-Fetch-Site`.
    pub site: &'static str,
}

/// A page that came back.
#[derive(Debug, Clone)]
pub struct Page {
    pub request: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub html: String,
}

impl PageClient {
    pub(super) fn new(http: reqwest::Client, base: String) -> Self {
        Self { http, base, cookies: Mutex::default(), site: "same-origin" }
    }

    /// Signs in on the page, and fails unless that worked.
    pub async fn sign_in(&self, email: &str) {
        let page = self.post_form("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(page.location(), "/", "not signed in: {page}");
    }

    pub async fn get(&self, path: &str) -> Page {
        self.send(Method::GET, path, None).await
    }

    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let pairs = fields.iter().map(|(name, text)| format!("{}={}", encoded(name), encoded(text)));
        self.send(Method::POST, path, Some(pairs.collect::<Vec<_>>().join("&"))).await
    }

    /// Goes where a redirect leads.
    pub async fn follow(&self, page: &Page) -> Page {
        self.get(page.expect(303).location()).await
    }

    async fn send(&self, method: Method, path: &str, form: Option<String>) -> Page {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        request = request.header("accept", "text/html").header("sec-fetch-site", self.site);
        let cookies = self.cookie_header();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies);
        }
        if let Some(form) = form {
            request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        self.keep_cookies(&headers);
        let html = response.text().await.unwrap();
        let page = Page { request: format!("{method} {path}"), status, headers, html };
        assert!(page.status < 500 || page.status == 503, "nobody may cause this: {page}");
        page
    }

    fn cookie_header(&self) -> String {
        let cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for line in headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok()) {
            let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).unwrap_or((line, ""));
            cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    /// The value of a cookie it has.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// Puts a cookie into it.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), value.to_owned()));
    }
}

impl Page {
    /// Fails unless the status is this.
    #[track_caller]
    pub fn expect(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// The page does not say this.
    #[track_caller]
    pub fn expect_no_text(&self, text: &str) -> &Self {
        assert!(!self.html.contains(text), "{text} is there: {self}");
        self
    }

    /// Fails unless the page says this, as text or as part of its markup.
    #[track_caller]
    pub fn expect_text(&self, text: &str) -> &Self {
        assert!(self.html.contains(text), "`{text}` is not in it: {self}");
        self
    }

    /// Where a redirect leads; empty when it is none.
    pub fn location(&self) -> &str {
        self.headers.get("location").and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The value of a header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The value of a hidden field.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let field = format!("name=\"{name}\" value=\"");
        let value = self.html.split_once(&field).and_then(|(_, rest)| rest.split('"').next());
        value.unwrap_or_else(|| panic!("no field {name}: {self}")).to_owned()
    }
}

impl std::fmt::Display for Page {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let html: String = self.html.chars().take(3_000).collect();
        write!(out, "{} answered {} {}: {html}", self.request, self.status, self.location())
    }
}

/// Text as it stands in a form.
fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
