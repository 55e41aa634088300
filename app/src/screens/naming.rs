//! Sentences for people: a problem tells programs ids, since it never names a person; a page puts the names for them.

use std::collections::BTreeSet;

use ::rules::{id::PractitionerId, numbers::HumanNumber};

use super::words;
use crate::{
    door::Cx,
    frame,
    groups::view::Offers,
    people::actions::practitioners,
    problem::{FieldError, Problem},
    sessions::{actions, inputs::ListSessions},
    shell::ui::FieldErrors,
};

/// Sessions that are looked up by their numbers for one page.
const SESSIONS_MAX: usize = 6;

/// What stands in the way, as a sentence that may still hold ids.
pub fn clash(field: &str, message: &str) -> String {
    if field == "room_id" { format!("The room {message}") } else { message.to_owned() }
}

/// Sentences with the names of practitioners, rooms, sites and sessions for their ids and numbers.
///
/// # Errors
/// When the database can't answer.
pub async fn named(cx: &Cx, offers: &Offers, sentences: Vec<String>) -> Result<Vec<String>, Problem> {
    let parts = || sentences.iter().flat_map(|sentence| sentence.split([' ', ',', '.']));
    let people: BTreeSet<PractitionerId> = parts().filter_map(|part| part.parse().ok()).collect();
    let numbers: BTreeSet<&str> = parts().filter(|part| HumanNumber::parse(part).is_some()).collect();
    let mut known: Vec<(String, String)> = Vec::new();
    for number in numbers.into_iter().take(SESSIONS_MAX) {
        let list = ListSessions { q: Some(number.to_owned()), ..ListSessions::default() };
        let found = actions::list(cx, &list).await?;
        let found = found.items.iter().find(|session| session.session_number == number);
        known.extend(found.map(|session| {
            let clock = |instant: &str| words::clock(&session.zone, instant);
            let hours = format!("{}–{}", clock(&session.starts_at), clock(&session.ends_at));
            (number.to_owned(), format!("“{}”, {hours}", session.title))
        }));
    }
    if !people.is_empty() {
        let people: Vec<PractitionerId> = people.into_iter().collect();
        known.extend(practitioners::names(cx, &people).await?.into_iter().map(|(id, name)| (id.to_string(), name)));
    }
    known.extend(offers.rooms.iter().map(|room| (room.id.to_string(), room.name.to_string())));
    known.extend(offers.sites.iter().map(|site| (site.id.to_string(), site.name.to_string())));
    let with_names = |sentence: String| {
        let named = known.iter().fold(sentence, |sentence, (id, name)| sentence.replace(id, name));
        format!("{}.", named.trim_end_matches('.'))
    };
    Ok(sentences.into_iter().map(with_names).collect())
}

/// What was refused, each thing once and beside its field; what is said of leaders stands at `leader_field`.
///
/// # Errors
/// When the database can't answer.
pub async fn errors(cx: &Cx, offers: &Offers, problem: &Problem, leader_field: &str) -> Result<FieldErrors, Problem> {
    let said = problem.errors().iter().map(|error| told(problem, error));
    let named = named(cx, offers, said.collect()).await?;
    let mut errors = FieldErrors::new();
    if problem.errors().is_empty() || problem.code() == "stale" {
        errors.add_general(problem.detail());
    }
    for (error, sentence) in problem.errors().iter().zip(named) {
        let field = if error.field.starts_with("leaders") { leader_field } else { error.field.as_str() };
        errors.add(field, sentence);
    }
    Ok(errors)
}

/// A sentence of an error. What clashes begins with who it is about.
fn told(problem: &Problem, error: &FieldError) -> String {
    let is_about_a_leader = error.field.starts_with("leaders");
    match problem.code() {
        "conflict" => clash(&error.field, &error.message),
        "stale" => frame::sentence(&error.field, &error.message),
        _ if is_about_a_leader => format!("This leader {}", error.message),
        _ => frame::sentence(&error.field, &error.message),
    }
}
