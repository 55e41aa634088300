//! Signing in and out, with scripts and without.

use rules::permissions::Role;

use crate::harness::{Browser, Engine, PASSWORD, TestApp, chromedriver};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_sign_in_and_out() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    for scripts in [true, false] {
        let browser =
            if scripts { Browser::open(&app.base).await } else { Browser::open_without_scripts(&app.base).await };
        let browser = browser.unwrap();
        let user = app.add_user(Role::Therapist, &[]).await;
        // Whoever is not signed in is led to it, and from there to where they wanted to go.
        browser.go("/groups").await;
        browser.fill("email", &user.email).await;
        browser.fill("password", "not the river").await;
        browser.keys("\u{e007}").await;
        browser.see("The e-mail address or the password is not right.").await;
        let email = browser.find("[name=email]").await.prop("value").await.unwrap();
        assert_eq!(email.as_deref(), Some(user.email.as_str()), "the address need not be typed again");
        browser.fill("password", PASSWORD).await;
        browser.keys("\u{e007}").await;
        browser.find("[action='/sign-out']").await;
        assert_eq!(browser.path().await, "/groups");
        assert_eq!(app.count_of("user.signed_in").await, if scripts { 1 } else { 2 });
        browser.complaints().await;
        browser.close().await;
    }
}
