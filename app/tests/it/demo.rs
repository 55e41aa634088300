//! `convene demo`: one line when it is ready, logins that work, and nothing left behind.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use rules::permissions::Role;
use serde_json::Value;

use crate::harness::{Directory, Engine, TestApp, config};

/// A demo with its temporary files in a directory of the story's own, ended with the story.
struct Demo(Child);

impl Demo {
    fn start(temporary: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convene"));
        command.args(["demo", "--json", "--listen", "127.0.0.1:0"]).args(arguments).env("TMPDIR", temporary);
        command.env_remove("CONVENE_DATABASE_URL").stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    /// The one line it prints.
    fn line(&mut self) -> Value {
        let mut line = String::new();
        BufReader::new(self.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    fn stop(&mut self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert!(self.0.wait().unwrap().success(), "it ends by itself");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

#[tokio::test]
async fn every_role_can_sign_in_and_nothing_is_left() {
    let folder = Directory::new();
    let mut demo = Demo::start(&folder.0, &[]);
    let told = demo.line();
    let users = told["users"].as_array().unwrap();
    for role in Role::ALL {
        assert!(users.iter().any(|user| user["role"] == role.as_str()), "no login for {role}");
    }
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |path: &str, user: &Value| -> Value {
        let request = http.get(format!("{}{path}", told["url"].as_str().unwrap()));
        let answer = request.bearer_auth(user["token"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    };
    for user in users {
        assert_eq!(ask("/api/me", user).await["data"]["user"]["email"], user["email"]);
    }
    let groups = ask("/api/groups?status=all&limit=200", &users[0]).await["data"].as_array().unwrap().clone();
    let some = |wanted: &dyn Fn(&Value) -> bool| groups.iter().any(wanted);
    assert!(some(&|group| group["seats"]["over_capacity"] == true), "over capacity");
    assert!(some(&|group| group["seats"]["waiting"].as_u64() > Some(0)), "a waitlist");
    assert!(some(&|group| group["seats"]["free"].as_u64() > Some(0)), "filling");
    assert!(some(&|group| group["seats"]["is_full"] == true && group["seats"]["waiting"] == 0), "full");
    assert!(some(&|group| group["promotion"] == "offer" && group["seats"]["offered"] == 1), "an offer that lives");
    let waits = |group: &Value| group["seats"]["waiting"].as_u64() > Some(0) && group["seats"]["free"] == 1;
    assert!(some(&|group| group["promotion"] == "manual" && waits(group)), "a seat to give by hand");
    assert!(some(&|group| group["enrollment_mode"] == "closed") && some(&|group| group["status"] == "archived"));
    let sessions = ask("/api/sessions?status=all&limit=200", &users[0]).await["data"].as_array().unwrap().clone();
    for status in ["scheduled", "in_progress", "pending_review", "completed", "cancelled"] {
        assert!(sessions.iter().any(|session| session["status"] == status), "no session is {status}");
    }
    let individual = sessions.iter().find(|one| one["session_type"] == "individual" && one["status"] == "completed");
    let path = format!("/api/encounters/{}/notes", individual.unwrap()["encounter_id"].as_str().unwrap());
    assert_eq!(ask(&path, &users[0]).await["data"][0]["status"], "signed");
    let elsewhere = ask("/api/groups", users.last().unwrap()).await;
    assert!(
        elsewhere["data"].as_array().unwrap().iter().all(|other| groups.iter().all(|group| group["id"] != other["id"]))
    );

    assert!(!is_empty(&folder.0));
    demo.stop("INT");
    assert!(is_empty(&folder.0), "the throw-away database is gone");
}

/// The story holds whenever it is told: at night, on the Sundays of the clocks, at the end of a year.
#[tokio::test]
async fn the_story_can_be_told_at_any_hour() {
    for present in ["2026-03-08T07:30:00Z", "2026-11-22T04:40:00Z", "2026-06-01T23:50:00Z", "2027-01-01T13:05:00Z"] {
        let present = present.parse().unwrap();
        let clock = app::clock::Clock::fixed(app::demo::beginning(present));
        let app = TestApp::start(Engine::Sqlite, clock, config()).await;
        let told = app::demo::fill(&app.app, present).await;
        let problem = told.err().map(|problem| problem.detail().to_owned());
        assert_eq!(problem, None, "at {present}");
    }
}

#[test]
fn stopped_right_away_it_leaves_nothing_either() {
    let folder = Directory::new();
    let mut demo = Demo::start(&folder.0, &[]);
    demo.line();
    demo.stop("TERM");
    assert!(is_empty(&folder.0));
}

#[test]
fn a_database_that_is_not_empty_is_not_touched() {
    let folder = Directory::new();
    let database = format!("sqlite:{}", folder.0.join("own.db").display());
    let mut first = Demo::start(&folder.0, &["--database", &database]);
    first.line();
    first.stop("INT");
    assert!(folder.0.join("own.db").exists(), "a database the caller named stays");
    let mut again = Demo::start(&folder.0, &["--database", &database]);
    assert!(!again.0.wait().unwrap().success());
}
