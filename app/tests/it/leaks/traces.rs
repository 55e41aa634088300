//! What a person leaves in a text: numbers, dates, addresses, and the name in all forms. It knows nothing of the name
//! check of the product, so that the two do not share a mistake.

use std::collections::{HashMap, HashSet};

use rules::text::fold;

use super::clinic::{Person, everyday};

/// What everybody leaves.
pub struct Traces<'a> {
    people: &'a [Person],
    /// Words that are one person's only: ids, record numbers, addresses.
    own: HashMap<String, usize>,
    /// Full names by first word.
    full: HashMap<String, Vec<(Vec<String>, usize)>>,
    /// Names that are no everyday words.
    lone: HashMap<String, Vec<usize>>,
    births: HashMap<String, usize>,
    staff: HashSet<String>,
}

struct Token {
    folded: String,
    capital: bool,
    /// A sentence begins with it.
    fresh: bool,
}

impl<'a> Traces<'a> {
    /// What these people leave; `staff` are names that may stand anywhere.
    pub fn of(people: &'a [Person], staff: &[&str]) -> Self {
        let staff = staff.iter().map(|name| fold(name)).collect();
        let (own, full) = (HashMap::new(), HashMap::new());
        let mut traces = Self { people, own, full, lone: HashMap::new(), births: HashMap::new(), staff };
        for (at, person) in people.iter().enumerate() {
            let own = person.ids.iter().map(|(_, id)| id).chain([&person.mrn, &person.mail]);
            traces.own.extend(own.map(|word| (word.to_lowercase(), at)));
            traces.births.insert(person.birth_date.clone(), at);
            for words in forms(person) {
                traces.full.entry(words[0].clone()).or_default().push((words, at));
            }
            for name in lone(person).into_iter().filter(|name| !everyday(name)) {
                traces.lone.entry(name).or_default().push(at);
            }
        }
        traces
    }

    /// What a text holds of others than the one it is about; about nobody, what it holds of anybody.
    pub fn find(&self, body: &str, about: Option<usize>) -> Vec<String> {
        let text = text_of(body);
        let other = |at: &&usize| Some(**at) != about;
        let mut found = self.words(&text, about);
        for at in numbers(&text).filter_map(|number| self.own.get(&number)).filter(other) {
            found.push(format!("something of {}", self.people[*at].name()));
        }
        for at in dates(&text).filter_map(|date| self.births.get(date)).filter(other) {
            found.push(format!("the birth date of {}", self.people[*at].name()));
        }
        found.sort();
        found.dedup();
        found
    }

    fn words(&self, text: &str, about: Option<usize>) -> Vec<String> {
        let tokens = tokens(text);
        let mine: HashSet<Vec<String>> =
            about.map(|at| forms(&self.people[at])).unwrap_or_default().into_iter().collect();
        let own: HashSet<String> = about.map(|at| lone(&self.people[at])).unwrap_or_default().into_iter().collect();
        let mut found = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            for (words, whose) in self.full.get(&token.folded).into_iter().flatten() {
                let here = tokens[at..].iter().take(words.len());
                let same = here.len() == words.len() && here.zip(words).all(|(token, word)| token.folded == *word);
                let initial = words.last().is_some_and(|word| word.chars().count() == 1);
                let said = tokens[at..].iter().take(words.len()).all(|token| token.capital)
                    && !tokens[at + 1..].iter().take(words.len() - 1).any(|token| token.fresh);
                let plain = initial || words.iter().all(|word| everyday(word));
                if same && (said || !plain) && Some(*whose) != about && !mine.contains(words) {
                    found.push(format!("`{}`, a name of {}", words.join(" "), self.people[*whose].name()));
                }
            }
            let others = self.lone.get(&token.folded).filter(|_| token.capital);
            let known = own.contains(&token.folded) || self.staff.contains(&token.folded);
            if let Some(others) = others.filter(|_| !known) {
                found.push(format!("`{}`, a name of {}", token.folded, self.people[others[0]].name()));
            }
        }
        found
    }
}

fn words(name: &str) -> Vec<String> {
    tokens(name).into_iter().map(|token| token.folded).collect()
}

/// The names of a person as runs of words.
fn forms(person: &Person) -> Vec<Vec<String>> {
    let last = words(&person.last);
    let mut found = Vec::new();
    for first in [Some(&person.first), person.called.as_ref()].into_iter().flatten().map(|name| words(name)) {
        let initial = last[0].chars().next().map(String::from).unwrap_or_default();
        found.push([first.clone(), last.clone()].concat());
        found.push([last.clone(), first.clone()].concat());
        found.push([first.clone(), vec![initial]].concat());
        found.push(vec![[first, last.clone()].concat().concat()]);
    }
    found
}

/// Each word of a name.
fn lone(person: &Person) -> Vec<String> {
    let names = [Some(&person.first), Some(&person.last), person.called.as_ref()];
    let each = names.into_iter().flatten().flat_map(|name| words(name));
    each.filter(|word| word.chars().count() > 1).collect()
}

/// Words, folded; a sign that shows nothing is none, and neither is an apostrophe or a possessive.
fn tokens(text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let (mut word, mut fresh) = (String::new(), true);
    for letter in text.chars().chain(std::iter::once('\n')) {
        match letter {
            '\u{200b}'..='\u{200d}' => {}
            '’' | '\'' => word.push('\''),
            letter if letter.is_alphanumeric() || matches!(letter, '\u{300}'..='\u{36f}') => word.push(letter),
            _ => {
                found.extend(token(&word, fresh));
                fresh = matches!(letter, '.' | '!' | '?') || (fresh && word.is_empty());
                word.clear();
            }
        }
    }
    found
}

fn token(word: &str, fresh: bool) -> Option<Token> {
    let word = word.trim_matches('\'');
    let word = word.strip_suffix("'s").unwrap_or(word).replace('\'', "");
    let folded = if word.is_ascii() { word.to_ascii_lowercase() } else { fold(&word) };
    let capital = word.starts_with(char::is_uppercase);
    (!folded.is_empty()).then_some(Token { folded, capital, fresh })
}

/// Ids, record numbers and addresses, as they are written.
fn numbers(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '_' | '-' | '@' | '.'));
    parts.map(|part| part.trim_matches(['.', '-']).to_lowercase())
}

/// What may be dates: `1984-05-06`.
fn dates(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|letter: char| !letter.is_ascii_digit() && letter != '-');
    parts.filter(|part| part.len() == 10)
}

/// What a body says: the values of JSON, one below another; of a page its text, and the values of its markup below it.
fn text_of(body: &str) -> String {
    if let Ok(json) = serde_json::from_str::<serde_json::Value>(body) {
        let mut lines = Vec::new();
        collect(&json, &mut lines);
        return lines.join("\n");
    }
    if !body.trim_start().starts_with('<') {
        return body.to_owned();
    }
    let (mut plain, mut values) = (String::with_capacity(body.len()), String::new());
    for (at, piece) in body.split('<').enumerate() {
        let (markup, text) = if at == 0 { ("", piece) } else { piece.split_once('>').unwrap_or((piece, "")) };
        plain.push_str(text);
        // The key of a form is random: now and then it spells somebody's name.
        if markup.contains("name=\"idempotency_key\"") {
            continue;
        }
        for value in markup.split('"').skip(1).step_by(2) {
            values.push_str(value);
            values.push('\n');
        }
    }
    let whole = plain + "\n" + &values;
    whole.replace("&#39;", "'").replace("&#x27;", "'").replace("&quot;", "\"").replace("&amp;", "&")
}

fn collect(value: &serde_json::Value, lines: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => lines.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, lines)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| collect(field, lines)),
        _ => {}
    }
}

#[test]
fn traces_are_found_where_they_stand() {
    let person = |first: &str, last: &str, called: Option<&str>, number: usize| Person {
        first: first.to_owned(),
        last: last.to_owned(),
        called: called.map(str::to_owned),
        birth_date: format!("1984-05-{number:02}"),
        mrn: format!("MRN-00000{number}"),
        mail: format!("post{number}@example.org"),
        ids: vec![("pa".to_owned(), format!("pa_0000000000000000000000000{number}"))],
        shared: Vec::new(),
    };
    let people =
        [person("Ann", "Lee", None, 1), person("Anna", "Leeson", Some("Nan"), 2), person("Hope", "Young", None, 3)];
    let traces = Traces::of(&people, &["Robin"]);
    let silent = [
        "Ann Lee, born 1984-05-01, MRN-000001, post1@example.org",
        "we hope young people come",
        "Hope grows. Robin asked.",
        "{\"id\": \"pa_00000000000000000000000001\", \"note\": \"Young at heart\"}",
        "<p>Annual report, leeway</p>",
        "<input type=\"hidden\" name=\"idempotency_key\" value=\"x-Leeson-y\">",
    ];
    for text in silent {
        assert_eq!(traces.find(text, Some(0)), Vec::<String>::new(), "{text}");
    }
    let told = [
        "with Anna",
        "LEESON, Anna",
        "Nan L. said",
        "born 1984-05-02",
        "MRN-000002",
        "post3@example.org",
        "<b>Hope</b> Young",
        "<input value=\"Hope Young\">",
        "HopeYoung",
        "hopeyoung",
        "Hope Y. said",
        "{\"a\": [\"Hope\", {\"b\": \"Young\"}]}",
        "/patients/pa_00000000000000000000000002/chart",
        "Ho\u{200d}pe Young",
        "Leeson’s",
    ];
    for text in told {
        assert!(!traces.find(text, Some(0)).is_empty(), "{text}");
    }
    assert!(!traces.find("with Ann Lee", None).is_empty(), "in a log, nobody may be named");
}
