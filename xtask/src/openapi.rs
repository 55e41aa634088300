//! `cargo xtask openapi-check`: the API's own description is valid, and a running server answers as it says.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use xtask::command::{cargo, succeed};
use xtask::install::Machine;
use xtask::service::{Plan, Service};
use xtask::{Outcome, paths};

/// What every answer is held against.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// No run should come near it; past it something hangs.
const LONGEST_FUZZING: &str = "10m";

/// `--install` allows installing the Python tools without being root.
pub fn run(flags: &[String]) -> Outcome {
    let mut machine = Machine::from_flags(flags)?;
    check(&mut machine)?;
    machine.tell_skipped();
    Ok(())
}

/// Builds the program, has its description validated, and has a demonstration server fuzzed against it.
pub fn check(machine: &mut Machine) -> Outcome {
    let Some(python) = machine.python()? else { return Ok(()) };
    // All targets, as `cargo test` builds them: the program alone would be built with fewer features of its
    // dependencies, and these all over again.
    succeed(&mut cargo(&["build", "--workspace", "--all-targets"]))?;
    let program = paths::target()?.join("debug/convene");
    let place = paths::target()?.join("openapi");
    fs::create_dir_all(&place).map_err(|error| format!("{} cannot be made: {error}", place.display()))?;
    let description = describe(&program, &place)?;
    succeed(Command::new(python.join("openapi-spec-validator")).arg(&description))?;
    let server = Demo::start(&program)?;
    fuzz(&python, &place, &description, &server)?;
    server.still_knows_its_token()
}

/// Writes what `convene openapi` prints to a file.
fn describe(program: &Path, place: &Path) -> Outcome<PathBuf> {
    let output = Command::new(program).arg("openapi").output();
    let output = output.map_err(|error| format!("{} could not be run: {error}", program.display()))?;
    if !output.status.success() {
        return Err(format!("`convene openapi` failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let description = place.join("openapi.json");
    fs::write(&description, output.stdout).map_err(|error| format!("{}: {error}", description.display()))?;
    Ok(description)
}

/// A fixed seed and a bound on the cases of each operation, so that a failure comes back the next time. The
/// live stream never ends by itself, so it is left to the tests that know it.
fn fuzz(python: &Path, place: &Path, description: &Path, server: &Demo) -> Outcome {
    let mut schemathesis = Command::new("timeout");
    schemathesis.args(["--foreground", "--kill-after=10", LONGEST_FUZZING]).arg(python.join("schemathesis"));
    schemathesis.current_dir(place).arg("run").arg(description).args(["--url", &server.url]);
    schemathesis.args(["--header", &format!("Authorization: Bearer {}", server.token)]);
    schemathesis.args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing"]);
    schemathesis.args(["--max-examples", "15", "--seed", "20261121", "--generation-database", "none", "--no-shrink"]);
    schemathesis.args(["--request-timeout", "20", "--exclude-path-regex", "/live$", "--workers", "2", "--no-color"]);
    succeed(&mut schemathesis).map_err(|error| format!("fuzzing, {LONGEST_FUZZING} at most: {error}"))
}

/// A demonstration server on SQLite.
struct Demo {
    _service: Service,
    url: String,
    token: String,
}

impl Demo {
    fn start(program: &Path) -> Outcome<Demo> {
        let program = program.display().to_string();
        let command = |_: &Path| [&program, "demo", "--json", "--listen", "127.0.0.1:0"].map(str::to_owned).to_vec();
        let mut service = Service::start(&Plan { name: "demo", signal: "TERM", account: None, command: &command })?;
        let (url, token) = service
            .wait(Duration::from_secs(180), |directory| announced(&fs::read_to_string(directory.join("out")).ok()?))?;
        Ok(Demo { _service: service, url, token })
    }

    /// Had the fuzzing ended its own token, every later answer would have been a correct refusal.
    fn still_knows_its_token(&self) -> Outcome {
        let address = self.url.trim_start_matches("http://").trim_end_matches('/');
        let request = format!(
            "GET /api/me HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            self.token
        );
        let answer = ask(address, &request).map_err(|error| format!("the server no longer answers: {error}"))?;
        if answer.split(' ').nth(1) == Some("200") {
            return Ok(());
        }
        let first = answer.lines().next().unwrap_or_default();
        Err(format!("after the fuzzing, GET /api/me is refused ({first}): the token was used up on the way"))
    }
}

fn ask(address: &str, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Address and an administrator's token from the line `{"url", "users": [{"role", "email", "password",
/// "token"}]}`. Neither holds a character that JSON would escape.
fn announced(said: &str) -> Option<(String, String)> {
    let line = said.lines().find(|line| line.starts_with('{') && line.contains("\"users\""))?;
    let administrator = line.split('{').find(|object| field(object, "role").is_some_and(|role| role == "admin"))?;
    Some((field(line, "url")?.to_owned(), field(administrator, "token")?.to_owned()))
}

/// The text of a field of a JSON object without escapes.
fn field<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = object.split_once(&format!("\"{name}\""))?;
    let value = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    value.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_announcement_gives_the_address_and_an_administrators_token() {
        let said = "starting\n{\"url\": \"http://127.0.0.1:4000\", \"users\": [\
            {\"role\": \"nurse\", \"email\": \"n@x\", \"password\": \"p\", \"token\": \"cvn_1\"}, \
            {\"role\": \"admin\", \"email\": \"a@x\", \"password\": \"p\", \"token\": \"cvn_2\"}]}\n";
        assert_eq!(announced(said), Some(("http://127.0.0.1:4000".to_owned(), "cvn_2".to_owned())));
        assert_eq!(announced("{\"url\": \"http://127.0.0.1:4000\""), None);
    }
}
