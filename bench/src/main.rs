//! Drives the running product from outside: tells its story, races it, breaks it, measures it.
//! `cargo xtask NAME` builds and runs these.

mod crash;
mod http;
mod measure;
mod race;
mod seed;
mod stand;
mod story;

use std::process::ExitCode;

use xtask::Outcome;

#[tokio::main]
async fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let tool = words.next().unwrap_or_default();
    let mut arguments = Arguments { left: words.collect() };
    let outcome = match tool.as_str() {
        "story" => story::run(&mut arguments).await,
        "race" => race::run(&mut arguments).await,
        "bench" => measure::run(&mut arguments).await,
        "bytes" => measure::bare::serve_bytes(&arguments.left.join(" ")).await,
        "crash" => crash::run(&mut arguments).await,
        other => Err(format!("`{other}` is not known; `cargo xtask help` lists what is")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\n{tool}: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The words after the tool's name that nobody has taken yet.
struct Arguments {
    left: Vec<String>,
}

impl Arguments {
    /// Takes `--name VALUE`.
    fn value(&mut self, name: &str) -> Outcome<Option<String>> {
        let Some(at) = self.left.iter().position(|word| word == name) else { return Ok(None) };
        self.left.remove(at);
        if at < self.left.len() { Ok(Some(self.left.remove(at))) } else { Err(format!("{name} wants a value")) }
    }

    /// Takes `--name`.
    fn flag(&mut self, name: &str) -> bool {
        let before = self.left.len();
        self.left.retain(|word| word != name);
        self.left.len() < before
    }

    /// Refuses what nobody took.
    fn end(&self) -> Outcome {
        match self.left.first() {
            None => Ok(()),
            Some(word) => Err(format!("`{word}` is not known here")),
        }
    }
}
