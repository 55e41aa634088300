//! Writes every component and sample page to a directory, to be looked at in a browser:
//! `cargo run -p app --example gallery -- target/gallery`. Serve it from its root, for assets are at `/assets`.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let directory = env::args().nth(1).unwrap_or_else(|| "target/gallery".to_owned());
    let directory = Path::new(&directory);
    fs::create_dir_all(directory.join("assets"))?;
    for (name, html) in app::shell::gallery::pages() {
        fs::write(directory.join(name), html)?;
    }
    for (url, body) in app::shell::assets::all() {
        fs::write(directory.join(url.trim_start_matches('/')), body)?;
    }
    Ok(())
}
