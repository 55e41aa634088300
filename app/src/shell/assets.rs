//! Style, script and icons, embedded in the binary.
//!
//! Each file is served at `/assets/{name}.{content hash}.{extension}`, so a browser may keep it for
//! ever: a changed file has another address. Anything else is a 404.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::Embed;
use sha2::{Digest, Sha256};

use super::ui::time_grid_style;

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/assets/"]
struct Files;

/// The parts `app.css` is joined from, in the order the cascade needs. `calendar.css` is its
/// own part and what is generated for it.
const STYLE_PARTS: [&str; 6] =
    ["css/tokens.css", "css/base.css", "css/frame.css", "css/controls.css", "css/components.css", "css/print.css"];

/// Styles of one page or one kind of pages, sent only where a page asks for them.
const PAGE_STYLES: [&str; 5] = ["hours.css", "kiosk.css", "notes.css", "paper.css", "room.css"];

/// Files served as they lie in `app/assets`.
const PLAIN_FILES: [&str; 9] =
    ["live.js", "page.js", "calendar.js", "camera.js", "kiosk.js", "room.js", "theme.js", "icons.svg", "favicon.svg"];

/// How many hexadecimal digits of the SHA-256 stand in an address.
const HASH_DIGITS: usize = 12;

struct Asset {
    url: String,
    body: Cow<'static, [u8]>,
    content_type: &'static str,
}

struct Shelf {
    by_name: HashMap<&'static str, Asset>,
    name_by_hashed: HashMap<String, &'static str>,
}

static SHELF: LazyLock<Shelf> = LazyLock::new(stock);

/// The address of an embedded file: `asset("app.css")` is `/assets/app.3f9a….css`.
///
/// An unknown name answers `/assets/missing`, which is served as a 404.
pub fn asset(name: &str) -> &'static str {
    let found = SHELF.by_name.get(name).map(|asset| asset.url.as_str());
    debug_assert!(found.is_some(), "no such asset: {name}");
    found.unwrap_or("/assets/missing")
}

/// `GET /assets/{file}`: the file, to be kept for a year without asking again.
pub async fn serve(Path(file): Path<String>) -> Response {
    let shelf = &*SHELF;
    let found = shelf.name_by_hashed.get(&file).and_then(|name| shelf.by_name.get(name));
    let Some(asset) = found else {
        return (StatusCode::NOT_FOUND, [nosniff()], "There is no such file.").into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        nosniff(),
    ];
    (headers, asset.body.as_ref()).into_response()
}

/// Every embedded file as its address and its bytes, for writing pages to a directory.
pub fn all() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    SHELF.by_name.values().map(|asset| (asset.url.as_str(), asset.body.as_ref()))
}

fn nosniff() -> (header::HeaderName, &'static str) {
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff")
}

fn stock() -> Shelf {
    let style: Vec<u8> = STYLE_PARTS.iter().flat_map(|part| read(part).into_owned()).collect();
    let plain = PLAIN_FILES.iter().map(|name| (*name, read(name)));
    let mut shelf = Shelf { by_name: HashMap::new(), name_by_hashed: HashMap::new() };
    let calendar = [read("css/calendar.css").as_ref(), time_grid_style().as_bytes()].concat();
    let of_pages = PAGE_STYLES.iter().map(|name| (*name, read(&format!("css/{name}"))));
    let made = [("app.css", Cow::Owned(style)), ("calendar.css", Cow::Owned(calendar))];
    for (name, body) in plain.chain(made).chain(of_pages) {
        let hashed = hashed_name(name, &body);
        let url = format!("/assets/{hashed}");
        shelf.by_name.insert(name, Asset { url, body, content_type: content_type(name) });
        shelf.name_by_hashed.insert(hashed, name);
    }
    shelf
}

/// A missing file is an empty one here; the test below refuses empty files.
fn read(name: &str) -> Cow<'static, [u8]> {
    Files::get(name).map(|file| file.data).unwrap_or_default()
}

fn hashed_name(name: &str, body: &[u8]) -> String {
    let mut digits = String::new();
    for byte in Sha256::digest(body).iter().take(HASH_DIGITS / 2) {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{digits}.{extension}"),
        None => format!("{name}.{digits}"),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_embedded_and_within_its_budget() {
        for name in STYLE_PARTS.iter().chain(&PLAIN_FILES).chain(&["css/calendar.css"]) {
            assert!(!read(name).is_empty(), "{name} is missing or empty");
        }
        let size = |name: &str| SHELF.by_name[name].body.len();
        assert!(size("app.css") <= 40_000, "app.css has {} bytes", size("app.css"));
        assert!(size("calendar.css") <= 30_000, "calendar.css has {} bytes", size("calendar.css"));
        for name in PAGE_STYLES {
            assert!((1..=8_000).contains(&size(name)), "{name} has {} bytes", size(name));
        }
        assert!(size("live.js") <= 21_000, "live.js has {} bytes", size("live.js"));
    }

    #[tokio::test]
    async fn an_asset_is_served_for_ever_under_its_hash_and_nowhere_else() {
        let url = asset("app.css");
        let file = url.strip_prefix("/assets/").unwrap_or_default();
        let response = serve(Path(file.to_owned())).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        assert!(response.headers()[header::CACHE_CONTROL].to_str().is_ok_and(|v| v.contains("immutable")));
        for unknown in ["app.css", "app.000000000000.css", "../Cargo.toml", "css/tokens.css", "missing"] {
            let response = serve(Path(unknown.to_owned())).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{unknown}");
            assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        }
    }
}
