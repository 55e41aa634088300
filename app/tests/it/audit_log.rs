//! The ledger shows every change made past the product, and where it was made.

use std::collections::BTreeSet;

use app::{
    App,
    audit::{
        Checkpoints,
        verify::{self, Finding},
    },
    config::Config,
};
use rules::{column::Value, permissions::Role};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::Db;
use tokio::task::JoinSet;

use crate::harness::{Engine, SIZES, Tenant, TestApp, clock, config, on_both};

/// An organization whose chain has six entries.
async fn chained(app: &TestApp) -> Tenant {
    let tenant = app.other_organization().await;
    for role in [Role::Admin, Role::Nurse, Role::Biller] {
        tenant.as_role(role).await;
    }
    assert_eq!(tenant.seal_and_verify().await, 6);
    tenant
}

/// Fails unless a verification names this entry and says this.
#[track_caller]
fn expect_broken(finding: Finding, wanted: i64, words: &str) {
    let Finding::Broken { sequence, why } = &finding else { panic!("not found: {finding:?}") };
    assert!(*sequence == wanted && why.contains(words), "{finding:?} should be entry {wanted}: {words}");
}

on_both! {
    /// A word changed in an entry breaks the chain there.
    async fn a_changed_entry_is_found(app: TestApp) {
        for (sql, words) in [
            ("update audit_log set entry = replace(entry, 'done', 'lost') where organization_id = $1 and sequence = 3", "was changed"),
            ("update audit_log set hash = replace(hash, substr(hash, 1, 1), 'z') where organization_id = $1 and sequence = 3", "was changed"),
        ] {
            let tenant = chained(&app).await;
            assert_eq!(tenant.tamper(sql, &[]).await, 1);
            expect_broken(tenant.verify().await, 3, words);
        }
    }

    /// A column that no longer says what its entry says is named.
    async fn a_changed_column_is_found(app: TestApp) {
        for column in ["id", "actor", "action", "subject", "outcome"] {
            let tenant = chained(&app).await;
            let sql = format!("update audit_log set {column} = 'somebody_else' where organization_id = $1 and sequence = 2");
            assert_eq!(tenant.tamper(&sql, &[]).await, 1);
            expect_broken(tenant.verify().await, 2, &format!("the column {column} was changed"));
        }
        let tenant = chained(&app).await;
        let sql = "update audit_log set happened_at = $2 where organization_id = $1 and sequence = 5";
        tenant.tamper(sql, &[Value::Time("2020-01-01T00:00:00Z".parse().unwrap())]).await;
        expect_broken(tenant.verify().await, 5, "the column happened_at was changed");
    }

    /// An entry taken out of the middle, or off the end, is missed.
    async fn a_removed_entry_is_missed(app: TestApp) {
        for (number, words) in [(1, "entry 1 is missing"), (4, "entry 4 is missing"), (6, "should end with entry 6")] {
            let tenant = chained(&app).await;
            let sql = "delete from audit_log where organization_id = $1 and sequence = $2";
            assert_eq!(tenant.tamper(sql, &[Value::Int(number)]).await, 1);
            expect_broken(tenant.verify().await, number, words);
        }
        let tenant = chained(&app).await;
        tenant.tamper("delete from audit_log where organization_id = $1", &[]).await;
        expect_broken(tenant.verify().await, 1, "should end with entry 6");
    }

    /// Entries that changed places are found at the first of them; so is one that was put between or behind.
    async fn a_reordered_entry_is_found(app: TestApp) {
        let tenant = chained(&app).await;
        let sql = "update audit_log set sequence = $3 where organization_id = $1 and sequence = $2";
        for (from, to) in [(2, 99), (3, 2), (99, 3)] {
            assert_eq!(tenant.tamper(sql, &[Value::Int(from), Value::Int(to)]).await, 1);
        }
        expect_broken(tenant.verify().await, 2, "was changed");

        let tenant = chained(&app).await;
        let sql = "insert into audit_log (organization_id, sequence, id, happened_at, actor, action, subject, outcome, entry, hash) \
            select organization_id, 7, 'aud_copy', happened_at, actor, action, subject, outcome, entry, hash \
            from audit_log where organization_id = $1 and sequence = 6";
        assert_eq!(tenant.tamper(sql, &[]).await, 1);
        expect_broken(tenant.verify().await, 7, "was changed");
    }

    /// The remembered end of the chain must be the end of the chain.
    async fn a_changed_head_is_found(app: TestApp) {
        for (sql, changed) in [
            ("update audit_heads set sequence = 5 where organization_id = $1", 1),
            ("update audit_heads set hash = 'x' where organization_id = $1", 1),
            ("delete from audit_heads where organization_id = $1", 1),
        ] {
            let tenant = chained(&app).await;
            assert_eq!(tenant.tamper(sql, &[]).await, changed);
            expect_broken(tenant.verify().await, 7, "the chain should end with entry");
        }
    }

    /// What waits longer than a minute for its seal is told.
    async fn an_unsealed_entry_is_told(app: TestApp) {
        let tenant = chained(&app).await;
        tenant.as_role(Role::Doctor).await;
        assert_eq!(tenant.verify().await, Finding::Clean { entries: 6 }, "a moment is allowed");
        app.advance(jiff::SignedDuration::from_secs(60));
        assert_eq!(tenant.verify().await, Finding::Clean { entries: 6 });
        app.advance(jiff::SignedDuration::from_secs(1));
        expect_broken(tenant.verify().await, 7, "waits for its seal");
        assert_eq!(tenant.seal_and_verify().await, 8);
    }

    /// Whoever rewrites the whole chain, head and all, can't rewrite a signed line in a file elsewhere.
    async fn a_rewritten_chain_contradicts_its_checkpoints(app: TestApp) {
        let (key, file) = (app.directory().join("key"), app.directory().join("checkpoints"));
        let checkpoints = Checkpoints::open(key.clone(), file.clone()).unwrap();
        let tenant = app.other_organization().await;
        for role in [Role::Admin, Role::Nurse] {
            tenant.as_role(role).await;
        }
        app.app.sealer.round(&app.app.db, &app.app.clock, &checkpoints).await;
        let public_key = Checkpoints::open(key, file.clone()).unwrap().public_key().unwrap();
        let signed = verify::read_checkpoints(&file, &public_key).unwrap();
        assert_eq!(signed.iter().filter(|one| one.organization == tenant.organization.id).count(), 1);
        let judge = async |signed: &[_]| verify::verify(&app.app.db, tenant.organization.id, signed, app.now()).await.unwrap();
        assert_eq!(judge(&signed).await, Finding::Clean { entries: 4 });

        let strange_key = Checkpoints::open(app.directory().join("strange"), file.clone()).unwrap().public_key().unwrap();
        assert_eq!(verify::read_checkpoints(&file, &strange_key).unwrap(), [], "lines of another key are no checkpoints");

        rewrite(&tenant).await;
        assert_eq!(judge(&[]).await, Finding::Clean { entries: 4 }, "a rewritten chain fits itself");
        expect_broken(judge(&signed).await, 4, "another hash");
        tenant.tamper("delete from audit_log where organization_id = $1 and sequence = 4", &[]).await;
        let cut = "update audit_heads set sequence = 3, hash = (select hash from audit_log where organization_id = $1 and sequence = 3) \
            where organization_id = $1";
        tenant.tamper(cut, &[]).await;
        assert_eq!(judge(&[]).await, Finding::Clean { entries: 3 });
        expect_broken(judge(&signed).await, 4, "the end is missing");
    }

    /// Events have positions without a gap, in the order of their ids, however many seal at once.
    async fn events_are_numbered_without_gaps(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let mut work = JoinSet::new();
        for number in 0..24 {
            let admin = admin.clone();
            work.spawn(async move {
                admin.post("/api/groups", json!({ "name": format!("G{number}"), "type": "therapy" })).await.expect(201);
            });
        }
        for _ in 0..4 {
            app.seal().await;
        }
        work.join_all().await;
        tokio::join!(app.seal(), app.seal(), app.seal());
        let events = app.events().await.len() as i64;
        let sql = "select position from events where organization_id = $1 order by position";
        let positions: Vec<i64> = app.rows(sql, &[]).await.iter().map(|row| row.at(0).unwrap()).collect();
        assert_eq!(positions, (1..=events).collect::<Vec<_>>());
        assert_eq!(app.seal_and_verify().await, events, "each event is one entry");
        let listed = admin.get("/api/audit?limit=200").await.expect(200);
        let numbers: BTreeSet<i64> = listed.items().iter().map(|entry| entry["sequence"].as_i64().unwrap()).collect();
        assert_eq!(numbers, (1..=events).collect());
    }

    /// A server that is asked to stop seals what it has written.
    async fn nothing_stays_unsealed(engine: Engine) {
        let app = TestApp::start(engine, clock(), config()).await;
        let (key, file) = (app.directory().join("key"), app.directory().join("checkpoints"));
        let settings = Config { checkpoints: Some((key.clone(), file.clone())), ..config() };
        let db = Db::open(&app.database, SIZES).await.unwrap();
        let (second, background) = App::start(db, app.app.clock.clone(), settings).await.unwrap();
        let cx = app::door::Cx::system(&second, &app.organization, "story");
        let user = app.add_user(Role::Nurse, &[]).await;
        app::identity::actions::make_token_for(&cx, user.id, "x", None, 1).await.unwrap();
        background.finish().await;
        assert_eq!(app.rows("select id from audit_pending where organization_id = $1", &[]).await.len(), 0);
        assert_eq!(app.verify().await, Finding::Clean { entries: 2 });
        assert!(std::fs::read_to_string(file).unwrap().contains(&app.organization.id.to_string()));
    }

    /// Pages of the ledger are newest first, each entry once, also while new ones come.
    async fn the_ledger_is_read_in_pages(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        for _ in 0..5 {
            app.as_role(Role::Nurse).await;
        }
        app.seal().await;
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = admin.get(&format!("/api/audit?limit=5&cursor={cursor}")).await.expect(200);
            seen.extend(page.items().iter().map(|entry| entry["sequence"].as_i64().unwrap()));
            let Some(next) = page.next() else { break };
            cursor = next;
            app.as_role(Role::Biller).await;
            app.seal().await;
        }
        assert_eq!(seen, (1..=12).rev().collect::<Vec<_>>());
    }
}

/// Does what somebody with the whole database in hand could do: another first entry, and every hash after it anew.
async fn rewrite(tenant: &Tenant) {
    let first = "update audit_log set entry = replace(entry, '127.0.0.1', '10.0.0.1') || ' ' where organization_id = $1 and sequence = 1";
    tenant.tamper(first, &[]).await;
    let rows =
        tenant.rows("select sequence, entry from audit_log where organization_id = $1 order by sequence", &[]).await;
    let mut hash = String::new();
    for row in rows {
        let (sequence, entry): (i64, String) = (row.at(0).unwrap(), row.at(1).unwrap());
        let digest = Sha256::digest(format!("{hash}\n{sequence}\n{entry}").as_bytes());
        hash = app::door::hex(&digest);
        let sql = "update audit_log set hash = $3 where organization_id = $1 and sequence = $2";
        tenant.tamper(sql, &[Value::Int(sequence), Value::Text(hash.clone())]).await;
    }
    tenant.tamper("update audit_heads set hash = $2 where organization_id = $1", &[Value::Text(hash)]).await;
}
