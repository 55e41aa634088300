//! Chromium behind ChromeDriver, on a port that was free.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::service::{Plan, Service};
use crate::{Outcome, paths};

/// A running ChromeDriver. It stops, and what its browsers wrote goes, when this is dropped or this process ends.
pub struct Browser {
    _service: Service,
    url: String,
}

impl Browser {
    /// Starts ChromeDriver on a free port of the loopback address.
    pub fn start() -> Outcome<Browser> {
        let command = |_: &Path| ["chromedriver", "--port=0", "--log-level=WARNING"].map(str::to_owned).to_vec();
        let mut service =
            Service::start(&Plan { name: "chromedriver", signal: "TERM", account: None, command: &command })?;
        let port = service.wait(Duration::from_secs(60), port)?;
        Ok(Browser { _service: service, url: format!("http://127.0.0.1:{port}") })
    }

    /// Where WebDriver commands go.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Both programs are there; ChromeDriver finds Chromium by itself.
pub fn is_installed() -> bool {
    paths::on_search_path("chromedriver").is_some() && paths::on_search_path("chromium").is_some()
}

/// The port in `ChromeDriver was started successfully on port 40607.`
fn port(directory: &Path) -> Option<u16> {
    let said = fs::read_to_string(directory.join("out")).ok()?;
    let (_, rest) = said.split_once("successfully on port ")?;
    let digits = rest.split('.').next()?;
    digits.trim().parse().ok()
}
