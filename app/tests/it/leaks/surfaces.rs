//! All that is said of one person: a plain list, to which more can be added.

use rules::permissions::Role;
use serde_json::json;

use super::clinic::{Clinic, EVERY, Person};
use crate::{
    browser::PAGES,
    harness::{Client, Contract, PASSWORD, PageClient, TestApp},
};

/// The kinds of records that are one person's.
const PERSONAL: [&str; 7] = ["pa", "chart", "note", "par", "gm", "feed", "disc"];

/// What keeps more on purpose, and why.
const EXCUSED: [&str; 2] = [
    // Its letters are packed; the page to print holds the same document.
    "/api/disclosures/{disc}/pdf",
    // What was typed into a draft and taken out again stays in the audit log, for who may read that.
    "/api/notes/{note}/history",
];

/// Where something is said of one person.
#[derive(Debug, Clone)]
enum Surface {
    /// An answer of the API.
    Api(String),
    /// A page.
    Page(String),
    /// A calendar feed, read by who has its address.
    Feed,
}

/// The list, and who reads it.
pub struct Surfaces {
    list: Vec<Surface>,
    program: Client,
    browser: PageClient,
    nobody: Client,
}

impl Surfaces {
    /// Every route that reads a record of a person, from the document; every page that does, from the list that a test
    /// keeps complete; and feeds.
    pub async fn new(app: &TestApp, clinic: &Clinic) -> Self {
        let mut list = vec![Surface::Feed];
        let contract = Contract::read();
        for route in contract.routes.iter().filter(|route| route.method == reqwest::Method::GET) {
            let mut path = route.path.clone();
            for (name, kind) in route.ids() {
                path = path.replace(&format!("{{{name}}}"), &format!("{{{kind}}}"));
            }
            if route.has_parameter("limit") {
                path.push_str("?limit=200");
            }
            let excused = EXCUSED.contains(&path.split('?').next().unwrap_or(""));
            if is_personal(&path) && !excused && !streams(&route.operation) {
                list.push(Surface::Api(path.clone()));
            }
            // A list of all kinds of people, limited to one.
            if route.has_parameter("patient_id") {
                let joint = if path.contains('?') { '&' } else { '?' };
                list.push(Surface::Api(format!("{path}{joint}patient_id={{pa}}")));
            }
        }
        let pages = PAGES.iter().map(|(path, _)| *path).filter(|path| is_personal(path));
        list.extend(pages.map(|path| Surface::Page(path.to_owned())));
        assert!(list.len() > 25, "too few places to look at: {list:#?}");
        let browser = app.page_client(Role::Admin).await;
        // What leaves is shown to who has just proven who they are; the clock stands still.
        clinic.admin.post("/api/me/reauth", json!({ "password": PASSWORD })).await.expect(200);
        let print = clinic.people[0].addresses("/disclosures/{disc}/print").remove(0);
        browser.post_form(&print, &[("password", PASSWORD)]).await.expect(303);
        browser.get(&print).await.expect(200).expect_text("Group 0");
        Self { list, program: clinic.admin.clone(), browser, nobody: app.as_nobody() }
    }

    /// All that is said of a person: address and text.
    pub async fn read(&self, clinic: &Clinic, about: usize) -> Vec<(String, String)> {
        let person = &clinic.people[about];
        let mut found = Vec::new();
        for surface in &self.list {
            let whole = about.is_multiple_of(EVERY);
            match surface {
                Surface::Api(path) if whole || is_chart(path) => {
                    for path in person.addresses(path) {
                        let answer = self.program.get(&path).await.expect(200);
                        found.push((path, answer.text));
                    }
                }
                Surface::Page(path) if whole || is_chart(path) => {
                    for path in person.addresses(path) {
                        let page = self.browser.get(&path).await;
                        page.expect(200);
                        found.push((path, page.html));
                    }
                }
                Surface::Feed => {
                    for path in person.addresses("{ics}") {
                        found.push((path.clone(), self.nobody.get(&path).await.expect(200).text));
                    }
                }
                _ => {}
            }
        }
        found
    }
}

fn is_personal(path: &str) -> bool {
    PERSONAL.iter().any(|kind| path.contains(&format!("{{{kind}}}")))
}

/// The charts of all are read.
fn is_chart(path: &str) -> bool {
    path.contains("chart") && (path.contains("{pa}") || path.contains("{chart}"))
}

/// A stream never ends.
fn streams(operation: &serde_json::Value) -> bool {
    operation["responses"]["200"]["content"]["text/event-stream"].is_object()
}

impl Person {
    /// The addresses with this person's ids in them: one for each record of the kind; none when there is none.
    fn addresses(&self, path: &str) -> Vec<String> {
        let mut paths = vec![path.to_owned()];
        while let Some(path) = paths.iter().find(|path| path.contains('{')).cloned() {
            let kind = path.split('{').nth(1).and_then(|rest| rest.split('}').next()).unwrap_or_default().to_owned();
            let ids = self.ids.iter().chain(&self.shared);
            let ids: Vec<&String> = ids.filter(|(known, _)| *known == kind).map(|(_, id)| id).collect();
            let filled = paths.iter().flat_map(|path| ids.iter().map(|id| path.replace(&format!("{{{kind}}}"), id)));
            paths = filled.collect();
        }
        paths
    }
}
