//! Addresses and methods: who is not signed in, what is not there, and what a route does not do.

use reqwest::Method;
use rules::permissions::Role;

use crate::harness::{Contract, PASSWORD, Samples, TestApp, on_both, strange_id};

on_both! {
    /// Without a good credential there is nothing but a 401, whatever else is wrong with the request.
    async fn nobody_gets_in(app: TestApp) {
        let nobody = app.as_nobody();
        let strangers = [
            ("no credential", nobody.clone()),
            ("a token that was never made", nobody.with_token("cvn_0000000000000000000000000000000000000000000")),
            ("an empty token", nobody.with_token("")),
            ("a token in a cookie", nobody.with_header("cookie", "convene=cvn_nothing").with_header("sec-fetch-site", "same-origin")),
            ("another scheme", nobody.with_header("authorization", "Basic YTpi")),
        ];
        for route in Contract::read().routes {
            let path = route.path_to(&Samples::default());
            for (who, stranger) in &strangers {
                let body = (route.method != Method::GET).then(|| serde_json::json!({ "strange": 1 }));
                let answer = stranger.send(route.method.clone(), &path, body).await;
                assert_eq!((answer.status, answer.code()), (401, "unauthenticated"), "{who}: {answer}");
                assert_eq!(answer.header("www-authenticate"), "Bearer", "{who}: {answer}");
            }
        }
    }

    /// An id of another kind, no id at all, and an id of nothing are all not found.
    async fn an_id_of_another_kind_is_not_found(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let contract = Contract::read();
        for route in contract.routes.iter().filter(|route| !route.ids().is_empty()) {
            let body = contract.body(route, &Samples::default(), 0);
            for (name, prefix) in route.ids() {
                for wrong in [strange_id("zzz"), "7".to_owned(), format!("{prefix}_7"), "%00".to_owned(), "%FF".to_owned(), "%F0%9F%8C%B5".to_owned(), strange_id(&prefix).to_uppercase()] {
                    let path = route.path.replace(&format!("{{{name}}}"), &wrong);
                    let path = route.ids().iter().fold(path, |path, (name, prefix)| path.replace(&format!("{{{name}}}"), &strange_id(prefix)));
                    let answer = admin.send(route.method.clone(), &path, body.clone()).await;
                    assert_eq!((answer.status, answer.code()), (404, "not_found"), "{wrong}: {answer}");
                }
            }
        }
    }

    /// A path answers its own methods and names them; to others it says 405.
    async fn other_methods_are_refused(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let routes = Contract::read().routes;
        for route in &routes {
            let own: Vec<&Method> = routes.iter().filter(|other| other.path == route.path).map(|other| &other.method).collect();
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                if own.contains(&&method) {
                    continue;
                }
                let answer = admin.send(method, &route.path_to(&Samples::default()), None).await;
                // `/api/users/me` may be an id to one route and a word to another: an id of nothing is a 404 there.
                assert_eq!((answer.status, answer.code()), (405, "method_not_allowed"), "{answer}");
                let allowed = answer.header("allow");
                assert!(own.iter().all(|method| allowed.contains(method.as_str())), "`Allow` says `{allowed}`: {answer}");
            }
        }
    }

    /// A slash at the end changes nothing.
    async fn a_trailing_slash_is_accepted(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        admin.post("/api/me/reauth", serde_json::json!({ "password": PASSWORD })).await.expect(200);
        for route in Contract::read().routes.iter().filter(|route| route.method == Method::GET) {
            let path = route.path_to(&Samples::default());
            let (without, with) = (admin.get(&path).await, admin.get(&format!("{path}/")).await);
            assert_eq!(without.status, with.status, "{with}");
            assert!(with.status == 200 || !route.ids().is_empty(), "{with}");
        }
        let nothing = admin.get("/api/no/such/thing").await;
        nothing.expect_code(404, "not_found");
    }

    /// Lists bound their pages, know their cursors, and refuse what they do not know.
    async fn lists_check_their_query(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let contract = Contract::read();
        let samples = contract.samples(&app, &admin).await;
        for route in contract.routes.iter().filter(|route| route.method == Method::GET && route.answers_json()) {
            let path = route.path_to(&samples);
            if route.ids().iter().any(|(_, prefix)| !samples.has(prefix)) {
                continue;
            }
            if route.has_parameter("limit") {
                for limit in ["0", "201", "-1", "ten", "99999999999999999999"] {
                    admin.get(&format!("{path}?limit={limit}")).await.expect_fields(&[("limit", "invalid")]);
                }
                admin.get(&format!("{path}?limit=1")).await.expect(200);
                admin.get(&format!("{path}?limit=200&cursor=")).await.expect(200);
                admin.get(&format!("{path}?cursor=nonsense")).await.expect_fields(&[("cursor", "invalid_cursor")]);
            }
            if route.operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["in"] == "query")) {
                admin.get(&format!("{path}?no_such_filter=1")).await.expect_fields(&[("no_such_filter", "unknown_field")]);
                admin.get(&format!("{path}?%FF=%FF")).await.expect_code(422, "invalid");
            }
        }
    }

    /// Who has read another version is told so, and nothing is changed.
    async fn a_stale_change_is_refused(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let contract = Contract::read();
        let samples = contract.samples(&app, &admin).await;
        let writes = contract.routes.iter().filter(|route| [Method::PATCH, Method::DELETE].contains(&route.method));
        let mut unchecked = Vec::new();
        for route in writes.filter(|route| route.ids().iter().all(|(_, prefix)| samples.has(prefix))) {
            if WITHOUT_VERSION.contains(&route.to_string().as_str()) {
                continue;
            }
            let before = admin.get(&route.path_to(&samples)).await;
            let answer = contract.call(route, &admin.with_if_match(9_999), &samples, 1).await;
            if (answer.status, answer.code()) != (412, "stale") {
                unchecked.push(answer.to_string());
            }
            contract.call(route, &admin.with_if_match("many"), &samples, 1).await.expect_code(400, "malformed");
            let after = admin.get(&route.path_to(&samples)).await;
            assert_eq!(before.json["data"], after.json["data"], "changed all the same: {route}");
        }
        assert!(unchecked.is_empty(), "these ignore `If-Match`: {unchecked:#?}");
    }
}

/// What has no version to read. May only shrink.
const WITHOUT_VERSION: &[&str] = &["DELETE /api/tokens/{id}"];
