//! The project's own tools, run as `cargo xtask NAME`. Those that drive the running product are in the crate `bench`,
//! which is built when one of them is asked for.

mod audit;
mod bench;
mod openapi;
mod test;
mod tidy;

use std::process::ExitCode;

use xtask::{Outcome, postgres};

/// One tool: its name, what it is for, and the function that does it with the arguments after its name.
struct Tool {
    name: &'static str,
    help: &'static str,
    run: fn(&[String]) -> Outcome,
}

const TOOLS: [Tool; 10] = [
    Tool {
        name: "test",
        help: "every test, on SQLite and PostgreSQL and in Chromium [--install] [-- ARGUMENTS OF cargo test]",
        run: test::run,
    },
    Tool { name: "tidy", help: "the rules of the house that the compiler does not know", run: tidy::run },
    Tool { name: "audit", help: "licences, sources and use of the dependencies [--install]", run: audit::run },
    Tool {
        name: "openapi-check",
        help: "the API's description, and the API against it [--install]",
        run: openapi::run,
    },
    Tool { name: "story", help: "the whole job over the API [--database sqlite|postgres|both]", run: bench::story },
    Tool {
        name: "race",
        help: "64 clients, 2,000 people, 50 groups of 12 [--people N] [--database …]",
        run: bench::race,
    },
    Tool {
        name: "crash",
        help: "the race with the server killed in the middle, 20 times [--rounds N] [--people N] [--database …]",
        run: bench::crash,
    },
    Tool {
        name: "bench",
        help: "the measurements, into bench/RESULTS.md [--quick] [--charts] [--database …]",
        run: bench::bench,
    },
    Tool {
        name: "screenshots",
        help: "every page, wide and narrow, light and dark, into target/screenshots [--install]",
        run: test::screenshots,
    },
    Tool { name: "postgres", help: "a throw-away PostgreSQL until Enter is pressed [--durable]", run: postgres::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = arguments.first().map_or("help", String::as_str);
    let Some(tool) = TOOLS.iter().find(|tool| tool.name == name) else {
        return usage(name);
    };
    match (tool.run)(&arguments[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\ncargo xtask {name}: {message}");
            ExitCode::FAILURE
        }
    }
}

fn usage(name: &str) -> ExitCode {
    let wide = TOOLS.iter().map(|tool| tool.name.len()).max().unwrap_or(0);
    println!("cargo xtask NAME, where NAME is one of");
    for tool in &TOOLS {
        println!("  {:wide$}  {}", tool.name, tool.help);
    }
    if matches!(name, "help" | "--help" | "-h") { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
