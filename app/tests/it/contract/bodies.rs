//! What clients send: every bad field is named, nothing that can be sent is a 500.

use rules::permissions::Role;
use serde_json::{Value, json};

use crate::harness::{Contract, Samples, TestApp, on_both};

/// Text that must survive: right to left, an emoji of four scalar values, combining marks, and a quote.
const STRANGE_NAME: &str = "مجموعة الدعم 👩🏽‍🌾 Zoë O'Neill \"<b>\"";

on_both! {
    /// A field that is not known, and a field of another type, are named together.
    async fn every_bad_field_is_named(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let contract = Contract::read();
        for route in contract.routes_with_body() {
            let path = route.path_to(&Samples::default());
            let good = contract.body(route, &Samples::default(), 0).unwrap();
            let fields = contract.fields(route);
            let mut all = good.clone();
            all["no_such_field"] = json!(1);
            for (name, schema) in &fields {
                all[name] = wrong_type(contract.resolve(schema));
                let mut one = good.clone();
                one[name] = all[name].clone();
                let answer = admin.send(route.method.clone(), &path, Some(one)).await;
                assert!(answer.status == 422 && named(&answer.field_errors(), name), "{name}: {answer}");
            }
            let answer = admin.send(route.method.clone(), &path, Some(all)).await;
            let errors = answer.field_errors();
            assert!(fields.keys().all(|name| named(&errors, name)), "not every bad field is named: {answer}");
            assert!(errors.contains(&("no_such_field".to_owned(), "unknown_field".to_owned())), "{answer}");
        }
    }

    /// A number that does not fit, and a body or a date of another kind, are answered in plain words.
    async fn what_is_wrong_is_said_plainly(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let said = async |body: Value| {
            let answer = admin.patch("/api/settings", body).await.expect(422);
            answer.json["detail"].as_str().unwrap().to_owned()
        };
        let ceiling = async |number: Value| said(json!({ "capacity_ceiling": number })).await;
        for number in [json!(-1), json!(2.5)] {
            assert_eq!(ceiling(number).await, "`capacity_ceiling` must be a whole number of at least 0.");
        }
        for number in [json!(u64::MAX), json!(1e30)] {
            assert_eq!(ceiling(number).await, "`capacity_ceiling` is too large.");
        }
        assert_eq!(ceiling(json!("ten")).await, "`capacity_ceiling` must be a number, not text.");
        assert_eq!(said(json!([])).await, "The body must be an object, not a list.");
        let far = admin.get("/api/sessions?date_from=9999-12-31").await.expect(422);
        assert_eq!(far.json["detail"], "`date_from` must be a date such as 2026-03-02, in the years 1900 to 2199.");
    }

    /// What is no JSON object is refused by the kind of its mistake.
    async fn what_is_not_json_is_refused(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let contract = Contract::read();
        for route in contract.routes_with_body() {
            let (method, path) = (&route.method, route.path_to(&Samples::default()));
            let good = contract.body(route, &Samples::default(), 0).unwrap().to_string();
            let send = |kind: &'static str, body: Vec<u8>| admin.raw(method.clone(), &path, kind, body);
            for malformed in [&b"{"[..], b"{\"a\":1}}", b"\xff\xfe", b"nul", b"{\"a\":1e999999}"] {
                send("application/json", malformed.to_vec()).await.expect_code(400, "malformed");
            }
            for other in ["[]", "null", "7", "\"text\"", "true"] {
                send("application/json; charset=utf-8", other.into()).await.expect(422);
            }
            send("text/plain", good.clone().into()).await.expect_code(415, "unsupported_media_type");
            send("application/x-www-form-urlencoded", b"a=b".to_vec()).await.expect(415);
            send("", good.clone().into()).await.expect(415);
            let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
            send("application/json", deep.into()).await.expect_code(400, "malformed");
            let nested = format!("{{\"a\":{}{}}}", "[".repeat(60), "]".repeat(60));
            send("application/json", nested.into()).await.expect(422);
        }
    }

    /// A body of one byte more than a mebibyte is too large, and the limit itself is not.
    async fn a_body_has_a_limit(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let contract = Contract::read();
        for route in contract.routes_with_body() {
            let (method, path) = (&route.method, route.path_to(&Samples::default()));
            let filled = |size: usize| format!("{{\"x\":\"{}\"}}", "a".repeat(size - 8)).into_bytes();
            admin.raw(method.clone(), &path, "application/json", filled(1024 * 1024)).await.expect(422);
            let answer = admin.raw(method.clone(), &path, "application/json", filled(1024 * 1024 + 1)).await;
            answer.expect_code(413, "too_large");
        }
    }

    /// Control characters are refused where they stand; line breaks and tabs are not control characters.
    async fn control_characters_are_refused(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let contract = Contract::read();
        for route in contract.routes_with_body() {
            let path = route.path_to(&Samples::default());
            let good = contract.body(route, &Samples::default(), 0).unwrap();
            for (name, schema) in contract.fields(route) {
                if contract.resolve(&schema)["type"].to_string().contains("string") {
                    for control in ["\u{0}", "\u{7}", "\u{1b}[31m", "\u{9f}", "\u{7f}"] {
                        let mut body = good.clone();
                        body[&name] = json!(format!("a{control}b"));
                        let answer = admin.send(route.method.clone(), &path, Some(body)).await;
                        assert!(answer.status == 422 && named(&answer.field_errors(), &name), "{name}: {answer}");
                    }
                }
            }
            let mut body = good.clone();
            body["a\u{0}b"] = json!("x");
            admin.send(route.method.clone(), &path, Some(body)).await.expect(422);
        }
    }

    /// A name in any script comes back as it was given; spaces around it do not.
    async fn names_of_any_script_are_kept(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let contract = Contract::read();
        let samples = contract.samples(&app, &admin).await;
        let mut kept = 0;
        for route in contract.routes_with_body().filter(|route| contract.makes(route).is_some()) {
            if route.ids().iter().any(|(_, prefix)| !samples.has(prefix)) {
                continue;
            }
            let names = contract.fields(route).into_iter().filter(|(name, schema)| {
                contract.resolve(schema)["maxLength"] == json!(200) && name != "reason"
            });
            for (number, (name, _)) in names.enumerate() {
                let mut body = contract.body(route, &samples, 7_000 + number as u32).unwrap();
                body[&name] = json!(format!("  {STRANGE_NAME}\r\n"));
                let answer = admin.send(route.method.clone(), &route.path_to(&samples), Some(body)).await;
                assert!([201, 409].contains(&answer.status), "{name}: {answer}");
                if answer.status == 201 {
                    assert!(strings(answer.data()).any(|text| text == STRANGE_NAME), "{name} is not kept: {answer}");
                    kept += 1;
                }
            }
        }
        assert!(kept > 1, "no name was tried");
    }
}

/// A value that can't be of the field's type.
fn wrong_type(schema: &Value) -> Value {
    match schema["type"].to_string() {
        kind if kind.contains("string") => json!({ "a": 1 }),
        kind if kind.contains("object") => json!(7),
        _ => json!("seventeen"),
    }
}

/// Whether an error is about a field or about something in it.
fn named(errors: &[(String, String)], name: &str) -> bool {
    errors
        .iter()
        .any(|(field, _)| field.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])))
}

/// Every text in a value.
fn strings(value: &Value) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        Value::String(text) => Box::new(std::iter::once(text.as_str())),
        Value::Array(items) => Box::new(items.iter().flat_map(strings)),
        Value::Object(fields) => Box::new(fields.values().flat_map(strings)),
        _ => Box::new(std::iter::empty()),
    }
}
