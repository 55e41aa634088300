//! The harness itself: whoever asks is who they are, in their own organization.

use rules::permissions::Role;

use crate::harness::{TestApp, on_both};

on_both! {
    /// Every role knows itself, and another organization's token opens another organization.
    async fn everybody_is_themselves(app: TestApp) {
        for role in Role::ALL {
            let me = app.as_role(*role).await.get("/api/me").await.expect(200);
            assert_eq!(me.data()["user"]["role"], role.as_str());
        }
        let other = app.other_organization().await;
        let me = other.as_role(Role::Admin).await.get("/api/me").await.expect(200);
        assert_eq!(me.data()["organization"]["id"], other.organization.id.to_string());
        assert_eq!(app.count_of("user.created").await, Role::ALL.len());
        assert_eq!(app.seal_and_verify().await, 2 * Role::ALL.len() as i64, "each user and each token is one entry");
        let nurse = app.page_client(Role::Nurse).await;
        for path in ["/api/docs", "/api/docs/"] {
            assert_eq!(nurse.get(path).await.location(), "/api/docs/index.html", "{path}");
        }
        nurse.get("/api/docs/index.html").await.expect(200);
        assert_eq!(app.count_of("user.signed_in").await, 1);
    }
}
