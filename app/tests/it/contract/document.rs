//! The document itself.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::Contract;

/// Calls `visit` with every object of a document.
fn walk<'a>(value: &'a Value, visit: &mut dyn FnMut(&'a Value)) {
    visit(value);
    match value {
        Value::Object(fields) => fields.values().for_each(|field| walk(field, visit)),
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = Contract::read().document;
    let mut lost = Vec::new();
    walk(&document, &mut |value| {
        if let Some(pointer) = value["$ref"].as_str() {
            let found = pointer.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
            lost.extend(found.is_none().then_some(pointer));
        }
    });
    assert!(lost.is_empty(), "these references lead nowhere: {lost:?}");
}

#[test]
fn every_operation_has_its_own_name() {
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for route in Contract::read().routes {
        let name = route.operation["operationId"].as_str().unwrap_or_default().to_owned();
        named.entry(name).or_default().push(route.to_string());
    }
    named.retain(|name, routes| name.is_empty() || routes.len() > 1);
    assert!(named.is_empty(), "programs made from the document need one name for each operation: {named:#?}");
}

#[test]
fn every_operation_says_what_it_does_and_answers() {
    let mut silent = Vec::new();
    for route in Contract::read().routes {
        let operation = &route.operation;
        let says = operation["summary"].as_str().is_some_and(|text| !text.is_empty());
        let answers = operation["responses"]["default"].is_object() && (!operation["tags"][0].is_null());
        let ids = route.ids().iter().all(|(name, prefix)| !prefix.is_empty() && route.path.contains(name.as_str()));
        let all_named = route.path.matches('{').count() == route.ids().len();
        if !(says && answers && ids && all_named) {
            silent.push(route.to_string());
        }
    }
    assert!(silent.is_empty(), "no summary, tag, problem or type of an id in the path: {silent:#?}");
}
