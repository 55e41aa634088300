//! The OpenAPI document as the list of what must be tested: its routes, a body that each accepts, and one record of
//! each kind. A route that joins the document joins the tests; only what can't be guessed stands in [`super::samples`].

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{
    Answer, Client, Tenant, samples,
    samples::{BODIES, FIELDS},
    strange_id,
};

/// The OpenAPI document.
pub struct Contract {
    pub document: Value,
    pub routes: Vec<Route>,
}

/// One operation.
#[derive(Debug, Clone)]
pub struct Route {
    pub method: Method,
    pub path: String,
    pub operation: Value,
}

impl std::fmt::Display for Route {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}", self.method, self.path)
    }
}

/// An id of each kind of record, by prefix.
#[derive(Debug, Clone, Default)]
pub struct Samples(BTreeMap<String, String>);

impl Samples {
    /// The id of a record of this kind; of none when there is none.
    pub fn id(&self, prefix: &str) -> String {
        self.0.get(prefix).cloned().unwrap_or_else(|| strange_id(prefix))
    }

    /// Whether there is a record of this kind.
    pub fn has(&self, prefix: &str) -> bool {
        self.0.contains_key(prefix)
    }

    /// The same records, but of this kind another.
    #[must_use]
    pub fn with(&self, prefix: &str, id: &str) -> Self {
        let mut samples = self.clone();
        samples.0.insert(prefix.to_owned(), id.to_owned());
        samples
    }
}

impl Route {
    /// The kinds of the ids in the path: name of the parameter and prefix.
    pub fn ids(&self) -> Vec<(String, String)> {
        let parameters = self.operation["parameters"].as_array().into_iter().flatten();
        let named = parameters.filter(|parameter| parameter["in"] == "path").map(|parameter| {
            let kind = parameter["schema"]["$ref"].as_str().and_then(|name| name.rsplit_once("/Id_"));
            (text(&parameter["name"]), kind.map_or_else(String::new, |(_, prefix)| prefix.to_owned()))
        });
        named.collect()
    }

    /// The path with these records' ids in it.
    pub fn path_to(&self, samples: &Samples) -> String {
        self.ids()
            .iter()
            .fold(self.path.clone(), |path, (name, prefix)| path.replace(&format!("{{{name}}}"), &samples.id(prefix)))
    }

    /// Whether it takes a query parameter of this name.
    pub fn has_parameter(&self, name: &str) -> bool {
        self.operation["parameters"].as_array().into_iter().flatten().any(|parameter| parameter["name"] == name)
    }

    /// Whether it answers a list.
    pub fn is_list(&self) -> bool {
        let schema = &self.operation["responses"]["200"]["content"]["application/json"]["schema"];
        self.method == Method::GET && schema["properties"]["data"]["type"] == "array"
    }

    /// Whether the answer is JSON, not a file or a stream.
    pub fn answers_json(&self) -> bool {
        let responses = &self.operation["responses"];
        ["200", "201"].iter().any(|status| responses[status]["content"]["application/json"].is_object())
    }

    fn body_schema(&self) -> Option<&Value> {
        let schema = &self.operation["requestBody"]["content"]["application/json"]["schema"];
        schema.is_object().then_some(schema)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Contract {
    /// The document of this build.
    pub fn read() -> Self {
        let document = serde_json::to_value(app::http::server::document()).unwrap();
        let mut routes = Vec::new();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
                if operation["responses"].is_object() {
                    routes.push(Route { method, path: path.clone(), operation: operation.clone() });
                }
            }
        }
        assert!(routes.len() > 10, "the document has no routes");
        Self { document, routes }
    }

    /// The routes that take a JSON body.
    pub fn routes_with_body(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(|route| route.body_schema().is_some())
    }

    /// What a `$ref` means, and of a nullable value the value.
    pub fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if let Some(pointer) = schema["$ref"].as_str() {
            let found = self.document.pointer(pointer.trim_start_matches('#'));
            return self.resolve(found.unwrap_or_else(|| panic!("{pointer} is nowhere")));
        }
        let choices = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
        match choices.and_then(|choices| choices.iter().find(|choice| choice["type"] != "null")) {
            Some(choice) => self.resolve(choice),
            None => schema,
        }
    }

    /// The prefix of the id that a schema wants.
    pub fn id_kind(&self, schema: &Value) -> Option<String> {
        let pattern = self.resolve(schema)["pattern"].as_str()?;
        pattern.strip_prefix('^')?.split_once("_[0-7]").map(|(prefix, _)| prefix.to_owned())
    }

    /// The fields of a route's body.
    pub fn fields(&self, route: &Route) -> Map<String, Value> {
        let schema = route.body_schema().map(|schema| self.resolve(schema));
        schema.and_then(|schema| schema["properties"].as_object()).cloned().unwrap_or_default()
    }

    /// A body that the route accepts; `number` keeps what must be unique apart.
    pub fn body(&self, route: &Route, samples: &Samples, number: u32) -> Option<Value> {
        let schema = route.body_schema()?;
        let known = BODIES.iter().find(|(name, _)| *name == route.to_string());
        Some(known.map_or_else(|| self.example("", schema, samples, number), |(_, body)| body(samples, number)))
    }

    /// A value that a schema accepts, with required fields only.
    pub fn example(&self, name: &str, schema: &Value, samples: &Samples, number: u32) -> Value {
        if let Some((_, make)) = FIELDS.iter().find(|(known, _)| *known == name) {
            return make(number);
        }
        if let Some(prefix) = self.id_kind(schema) {
            return Value::from(samples.id(&prefix));
        }
        let schema = self.resolve(schema);
        if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
            return example.clone();
        }
        if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
            return first.clone();
        }
        let kind = schema["type"].as_str().or_else(|| {
            let kinds = schema["type"].as_array()?;
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null")
        });
        match kind {
            Some("object") => self.example_object(schema, samples, number),
            Some("array") => json!([self.example(name, &schema["items"], samples, number)]),
            Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
            Some("boolean") => json!(true),
            _ => match schema["format"].as_str() {
                Some("date") => json!("2026-03-04"),
                Some("date-time") => json!("2026-03-04T17:00:00Z"),
                _ => json!(format!("Sample {number}")),
            },
        }
    }

    fn example_object(&self, schema: &Value, samples: &Samples, number: u32) -> Value {
        let required: BTreeSet<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = schema["properties"].as_object().cloned().unwrap_or_default();
        let wanted = fields.iter().filter(|(name, _)| required.contains(name.as_str()));
        wanted.map(|(name, field)| (name.clone(), self.example(name, field, samples, number))).collect()
    }

    /// Makes one record of each kind that can be made, by calling every route that makes one until no more come.
    pub async fn samples(&self, tenant: &Tenant, admin: &Client) -> Samples {
        let mut samples = samples::before(tenant).await;
        let makers: Vec<&Route> = self.routes.iter().filter(|route| route.method == Method::POST).collect();
        // Other than in every other set of samples of this organization.
        let mut number = 100 * tenant.next_number();
        loop {
            let before = samples.0.len();
            for route in &makers {
                let Some(prefix) = self.makes(route).filter(|prefix| !samples.has(prefix)) else { continue };
                if route.ids().iter().any(|(_, kind)| !samples.has(kind)) {
                    continue;
                }
                number += 1;
                let answer = self.call(route, admin, &samples, number).await;
                if let (201, Some(id)) = (answer.status, find_id(answer.data(), &prefix)) {
                    samples.0.insert(prefix, id);
                }
            }
            if samples.0.len() == before {
                return samples;
            }
        }
    }

    /// The kind of record that a route answers: the first id of its data.
    pub fn makes(&self, route: &Route) -> Option<String> {
        let schema = &route.operation["responses"]["201"]["content"]["application/json"]["schema"];
        self.first_id(&schema["properties"]["data"], 0)
    }

    fn first_id(&self, schema: &Value, depth: u32) -> Option<String> {
        let schema = self.resolve(schema);
        let own = schema["properties"].get("id").and_then(|id| self.id_kind(id));
        let parts = schema["allOf"].as_array().into_iter().flatten();
        let inner = schema["properties"].as_object().into_iter().flatten().map(|(_, field)| field);
        let mut inner = parts.chain(inner).filter(|_| depth < 3);
        own.or_else(|| inner.find_map(|field| self.first_id(field, depth + 1)))
    }

    /// Makes one more of every record that a route makes, under the records of `parents`; returns how many were made.
    pub async fn make_more(&self, client: &Client, tenant: &Tenant, parents: &Samples, number: u32) -> usize {
        // New people in the same groups, and the same people in new groups.
        let fresh = self.samples(tenant, client).await;
        let makers = self.routes.iter().filter(|route| route.method == Method::POST && self.makes(route).is_some());
        let mut made = 0;
        for route in makers.filter(|route| route.ids().iter().all(|(_, kind)| parents.has(kind))) {
            for (at, of) in [(parents, &fresh), (&fresh, parents)] {
                let answer = client.send(route.method.clone(), &route.path_to(at), self.body(route, of, number)).await;
                made += usize::from(answer.status == 201);
            }
        }
        // New versions of the same records.
        let changes = self.routes.iter().filter(|route| route.method == Method::PATCH);
        for route in changes.filter(|route| route.ids().iter().all(|(_, kind)| parents.has(kind))) {
            self.call(route, client, parents, number).await;
        }
        made
    }

    /// Queries that a route accepts: none, each filter alone, and all together.
    pub fn queries(&self, route: &Route, samples: &Samples) -> Vec<String> {
        let parameters = route.operation["parameters"].as_array().into_iter().flatten();
        let filters =
            parameters.filter(|one| one["in"] == "query" && one["name"] != "limit" && one["name"] != "cursor");
        let filters: Vec<String> = filters
            .map(|one| {
                let name = text(&one["name"]);
                let value = match self.example(&name, &one["schema"], samples, 1) {
                    Value::String(text) => text.replace(' ', "%20"),
                    other => other.to_string(),
                };
                format!("{name}={value}")
            })
            .collect();
        let all = Some(filters.join("&")).filter(|_| filters.len() > 1);
        std::iter::once(String::new()).chain(filters).chain(all).collect()
    }

    /// Calls a route about these records, with a body that it accepts.
    pub async fn call(&self, route: &Route, client: &Client, samples: &Samples, number: u32) -> Answer {
        client.send(route.method.clone(), &route.path_to(samples), self.body(route, samples, number)).await
    }
}

/// The first id of this kind anywhere in a value.
fn find_id(value: &Value, prefix: &str) -> Option<String> {
    match value {
        Value::String(text) if text.starts_with(&format!("{prefix}_")) => Some(text.clone()),
        Value::Object(fields) => {
            let own = fields.get("id").and_then(|id| find_id(id, prefix));
            own.or_else(|| fields.values().find_map(|field| find_id(field, prefix)))
        }
        Value::Array(items) => items.iter().find_map(|item| find_id(item, prefix)),
        _ => None,
    }
}
