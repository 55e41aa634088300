//! Nonsense: whatever is sent, the answer is in the product's own words and says what would do.

use reqwest::Method;
use rules::permissions::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, Contract, PASSWORD, Route, TestApp, on_both};

/// What only a library says, in lower case. No answer has any of it.
const JARGON: &[&str] = &[
    "invalid type",
    "invalid value",
    "invalid length",
    "invalid digit",
    "did you mean",
    "missing field",
    "unknown field `",
    "unknown variant",
    "duplicate field",
    "provided string",
    "expected ",
    "failed to",
    "parse",
    "eof while",
    "trailing",
    "at line",
    "recursion limit",
    "deserial",
    "serde",
    "deserr",
    "jiff",
    "utf-8",
    "u16",
    "u32",
    "u64",
    "i64",
    "f64",
    "usize",
    "panick",
    "sqlite",
    "postgres",
];

/// What nobody means by any parameter.
const NONSENSE: &[&str] = &[
    "maybe",
    "-1",
    "1e9",
    "99999999999999999999",
    "0x1F",
    "null",
    "[]",
    "%7B%22a%22%3A1%7D",
    "2026-02-30",
    "2026-13-45T99:99",
    "P1D",
    "%20true%20",
    "TRUE",
    "%00",
    "a%0Db",
    "%F0%9F%8C%B5",
    "%D9%85",
    "%22%3Cb%3E",
    "..%2F..%2Fetc",
];

/// Every word of an answer that people read.
fn words(answer: &Answer) -> String {
    let mut words: Vec<&str> = vec![answer.json["title"].as_str().unwrap_or_default()];
    words.extend(answer.json["detail"].as_str());
    for error in answer.json["errors"].as_array().into_iter().flatten() {
        words.extend(error["message"].as_str());
    }
    words.join(" | ")
}

/// The words of a library in a refusal, if there are any.
fn jargon(answer: &Answer) -> Option<String> {
    let said = words(answer).to_lowercase();
    let found: Vec<&&str> = JARGON.iter().filter(|words| said.contains(**words)).collect();
    (answer.status >= 400 && !found.is_empty()).then(|| format!("{found:?}: {answer}"))
}

/// What a sentence about a parameter of this kind has to name.
fn accepted(contract: &Contract, schema: &Value) -> Option<Vec<String>> {
    let schema = contract.resolve(schema);
    if let Some(words) = schema["enum"].as_array() {
        return Some(words.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    }
    let kind = schema["type"].to_string();
    match schema["format"].as_str() {
        Some("date") => Some(vec!["such as 2026-03-02".to_owned()]),
        Some("date-time") => Some(vec!["such as 2026-03-02T09:00".to_owned()]),
        _ if kind.contains("boolean") => Some(vec!["true or false".to_owned()]),
        _ if kind.contains("integer") => Some(vec!["a number from".to_owned()]),
        _ => None,
    }
}

fn parameters(route: &Route) -> impl Iterator<Item = (&str, &Value)> {
    let all = route.operation["parameters"].as_array().into_iter().flatten();
    let in_query = all.filter(|one| one["in"] == "query");
    in_query.map(|one| (one["name"].as_str().unwrap_or_default(), &one["schema"]))
}

on_both! {
    /// Every query parameter of every route, with nonsense: never a 500, never a library's words, and what has few good
    /// values names them.
    async fn nonsense_in_a_query_is_refused_politely(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let contract = Contract::read();
        let samples = contract.samples(&app, &admin).await;
        admin.post("/api/me/reauth", json!({ "password": PASSWORD })).await.expect(200);
        let (mut tried, mut faults) = (0, Vec::new());
        for route in &contract.routes {
            for (name, schema) in parameters(route) {
                let accepted = accepted(&contract, schema);
                for nonsense in NONSENSE {
                    let path = format!("{}?{name}={nonsense}", route.path_to(&samples));
                    // What changes something is asked with a body that changes nothing.
                    let body = (route.method != Method::GET).then(|| json!({}));
                    let answer = admin.send(route.method.clone(), &path, body).await;
                    assert!(answer.status < 500, "{answer}");
                    faults.extend(jargon(&answer));
                    tried += 1;
                    // A route whose record there is none of says so first.
                    let Some(accepted) = accepted.as_ref().filter(|_| answer.status != 404) else { continue };
                    let named = answer.field_errors().iter().any(|(field, _)| field == name);
                    let said = words(&answer);
                    if !named || !accepted.iter().all(|word| said.contains(word.as_str())) {
                        faults.push(format!("`{name}` is not said to take {accepted:?}: {answer}"));
                    }
                }
            }
        }
        assert!(tried > 1_000, "{tried} tried");
        assert!(faults.is_empty(), "{} answers are not our own words: {:#?}", faults.len(), faults.iter().step_by(NONSENSE.len()).take(20).collect::<Vec<_>>());
    }

    /// Every field of every body, with a value of each kind, and bodies that are no JSON.
    async fn nonsense_in_a_body_is_refused_politely(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let contract = Contract::read();
        let samples = contract.samples(&app, &admin).await;
        let (mut tried, mut faults) = (0, Vec::new());
        let kinds = [
            json!(true), json!(-7), json!(1.5), json!(1e300), json!("maybe\u{7}"), json!("2026-02-30"), json!([[]]), json!([7]),
            json!({ "a": { "b": 1 } }),
        ];
        for route in contract.routes_with_body() {
            let path = route.path_to(&samples);
            for (name, _) in contract.fields(route) {
                for kind in &kinds {
                    // A field beside it that is none keeps the rest from happening.
                    let body = json!({ name.clone(): kind, "no_such_field": 1 });
                    let answer = admin.send(route.method.clone(), &path, Some(body)).await;
                    assert!((400..500).contains(&answer.status), "{answer}");
                    faults.extend(jargon(&answer));
                    tried += 1;
                }
            }
            for torn in ["{", "{\"a\":", "[1,", "nul", "{\"a\":1e999999}", "{}}", "\"\\ud800\"", "\u{1}"] {
                let answer = admin.raw(route.method.clone(), &path, "application/json", torn).await;
                answer.json["detail"].as_str().unwrap_or_default();
                faults.extend(jargon(&answer));
            }
        }
        assert!(tried > 1_000, "{tried} tried");
        assert!(faults.is_empty(), "{} answers are not our own words: {:#?}", faults.len(), faults.iter().step_by(NONSENSE.len()).take(20).collect::<Vec<_>>());
    }

    /// Line breaks as browsers and Windows send them are line breaks, in every text of more than a line; a lone `\r` is
    /// a control character like any other.
    async fn line_breaks_are_plain_everywhere(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let contract = Contract::read();
        let samples = contract.samples(&app, &admin).await;
        let mut kept = 0;
        for route in contract.routes_with_body().filter(|route| contract.makes(route).is_some()) {
            if route.ids().iter().any(|(_, prefix)| !samples.has(prefix)) {
                continue;
            }
            let is_long = |schema: &Value| contract.resolve(schema)["maxLength"].as_u64().is_some_and(|most| most >= 500);
            let texts = contract.fields(route).into_iter().filter(|(_, schema)| is_long(schema));
            for (number, (name, _)) in texts.enumerate() {
                let mut body = contract.body(route, &samples, 8_000 + number as u32).unwrap();
                body[&name] = json!("The first line\rand on");
                let refused = admin.send(route.method.clone(), &route.path_to(&samples), Some(body.clone())).await;
                let errors = refused.expect(422).field_errors();
                assert!(errors.iter().any(|(field, _)| *field == name), "{name}: {errors:?}");
                body[&name] = json!("The first line\r\nand on");
                let answer = admin.send(route.method.clone(), &route.path_to(&samples), Some(body)).await;
                let control = answer.json["errors"].to_string().contains("control");
                assert!(!control && !answer.json.to_string().contains("\\r"), "{name}: {answer}");
                kept += usize::from(answer.json["data"].to_string().contains("The first line\\nand on"));
            }
        }
        assert!(kept > 3, "{kept} texts of several lines are kept");
    }
}
