//! What holds for every page made of these components.

use std::collections::HashSet;

use super::pages;

/// The opening tags of a page.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).filter_map(|part| part.split('>').next()).filter(|tag| !tag.starts_with(['/', '!']))
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag.get(start..)?.split('"').next()
}

fn element(tag: &str) -> &str {
    tag.split([' ', '/']).next().unwrap_or_default()
}

#[test]
fn no_page_needs_a_looser_policy() {
    for (name, html) in pages() {
        for tag in tags(&html) {
            assert!(attribute(tag, "style").is_none(), "{name}: style attribute in <{tag}>");
            assert!(element(tag) != "style", "{name}: inline style sheet");
            let handler = tag.split(' ').skip(1).find(|part| part.starts_with("on") && part.contains('='));
            assert_eq!(handler, None, "{name}: inline handler in <{tag}>");
            assert!(element(tag) != "script" || attribute(tag, "src").is_some(), "{name}: inline script");
            let address = attribute(tag, "href").or(attribute(tag, "src")).unwrap_or_default();
            assert!(!address.starts_with("http") && !address.starts_with("javascript:"), "{name}: {address}");
        }
    }
}

#[test]
fn every_id_is_unique_and_every_reference_leads_somewhere() {
    for (name, html) in pages() {
        let mut ids = HashSet::new();
        for id in tags(&html).filter_map(|tag| attribute(tag, "id")) {
            assert!(ids.insert(id.to_owned()), "{name}: id {id} twice");
        }
        for tag in tags(&html) {
            for reference in ["for", "aria-describedby", "aria-labelledby", "list"] {
                for id in attribute(tag, reference).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(id), "{name}: {reference}={id} leads nowhere");
                }
            }
            if let Some(id) = attribute(tag, "href").and_then(|href| href.strip_prefix('#')) {
                assert!(ids.contains(id), "{name}: link to #{id} leads nowhere");
            }
        }
    }
}

#[test]
fn every_control_has_a_label_and_every_button_a_type() {
    for (name, html) in pages() {
        let labelled: HashSet<&str> =
            tags(&html).filter(|tag| element(tag) == "label").filter_map(|tag| attribute(tag, "for")).collect();
        for tag in tags(&html) {
            let control = matches!(element(tag), "input" | "select" | "textarea");
            if control && attribute(tag, "type") != Some("hidden") {
                let id = attribute(tag, "id").unwrap_or_default();
                assert!(labelled.contains(id), "{name}: no label for <{tag}>");
            }
            assert!(element(tag) != "button" || attribute(tag, "type").is_some(), "{name}: <{tag}> has no type");
        }
    }
}

#[test]
fn every_page_has_one_heading_a_title_and_a_status_region_and_stays_small() {
    for (name, html) in pages() {
        let count = |wanted: &str| tags(&html).filter(|tag| element(tag) == wanted).count();
        assert_eq!(count("h1"), 1, "{name}");
        assert_eq!(count("main"), 1, "{name}");
        assert_eq!(count("title") - count("desc"), 1, "{name}");
        assert!(html.contains("id=\"live-status\""), "{name}");
        assert!(html.len() < 60_000 || name == "components.html", "{name} has {} bytes", html.len());
    }
}

#[test]
fn a_refused_form_keeps_its_values_and_tells_each_error_at_its_field() {
    let (_, html) = pages().into_iter().find(|(name, _)| *name == "form.html").unwrap_or_default();
    let seats = tags(&html).find(|tag| attribute(tag, "name") == Some("max_participants")).unwrap_or_default();
    assert_eq!(attribute(seats, "value"), Some("1"));
    assert_eq!(attribute(seats, "aria-invalid"), Some("true"));
    assert_eq!(attribute(seats, "aria-describedby"), Some("f-max_participants-error"));
    assert!(html.contains("href=\"#f-max_participants\""));
}
