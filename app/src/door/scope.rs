//! An open transaction of one organization: statements, records, history and events.

use std::{future::Future, pin::Pin};

use jiff::Timestamp;
use rules::{
    column::{Field as _, Value},
    id::{BreakGlassId, Id, Kind},
};
use serde::Serialize;
use serde_json::json;
use store::{Dialect, Record, Row, Statement, Tx, Where};

use super::Cx;
use crate::{audit, events::Event, identity, problem::Problem, reactions};

/// Events one action may cause, reactions included: more is a loop.
const EVENTS_MAX: usize = 1_000;

/// The future of an action's work.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

/// What an action works with.
pub struct Scope<'e> {
    /// Who asks.
    pub cx: &'e Cx,
    tx: Tx,
    now: Timestamp,
    organization: Value,
    events: Vec<Event>,
    /// How many of the events have had their reactions.
    reacted: usize,
    readings: Vec<audit::Reading>,
    refusals: Vec<(&'static str, String)>,
    changes_access: bool,
}

impl<'e> Scope<'e> {
    pub(super) fn new(cx: &'e Cx, tx: Tx) -> Self {
        let organization = Value::from(&cx.organization.id);
        let (events, readings, refusals) = (Vec::new(), Vec::new(), Vec::new());
        Self { cx, tx, now: cx.now(), organization, events, reacted: 0, readings, refusals, changes_access: false }
    }

    /// The instant of the action: one for everything it writes.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Which database this is, for the few texts that must differ.
    pub fn dialect(&self) -> Dialect {
        self.tx.dialect()
    }

    /// A new id.
    pub fn id<K: Kind>(&self) -> Id<K> {
        self.cx.app.clock.id()
    }

    // Statements ----------------------------------------------------------------------------------------------------

    /// Runs a statement whose `$1` is the organization and returns its rows.
    ///
    /// # Errors
    /// When the database refuses it; the transaction is over then.
    pub async fn rows(&mut self, sql: &str, arguments: &[Value]) -> Result<Vec<Row>, store::Error> {
        self.changes_access |= identity::changes_access(sql);
        let arguments = self.bind(sql, arguments);
        self.tx.rows(sql, &arguments).await
    }

    /// As [`Scope::rows`], for at most one row.
    ///
    /// # Errors
    /// As [`Scope::rows`].
    pub async fn row(&mut self, sql: &str, arguments: &[Value]) -> Result<Option<Row>, store::Error> {
        Ok(self.rows(sql, arguments).await?.into_iter().next())
    }

    /// Runs a statement whose `$1` is the organization and returns how many rows it changed.
    ///
    /// # Errors
    /// As [`Scope::rows`].
    pub async fn run(&mut self, sql: &str, arguments: &[Value]) -> Result<u64, store::Error> {
        self.changes_access |= identity::changes_access(sql);
        let arguments = self.bind(sql, arguments);
        self.tx.run(sql, &arguments).await
    }

    fn bind(&self, sql: &str, arguments: &[Value]) -> Vec<Value> {
        debug_assert!(sql.contains("$1"), "every statement binds the organization as $1: {sql}");
        std::iter::once(self.organization.clone()).chain(arguments.iter().cloned()).collect()
    }

    // Records -------------------------------------------------------------------------------------------------------

    /// Records of a table; `tail` is what follows `from TABLE`, with the organization as `$1`.
    ///
    /// # Errors
    /// As [`Scope::rows`].
    pub async fn select<R: Record>(&mut self, tail: &str, arguments: &[Value]) -> Result<Vec<R>, store::Error> {
        let sql = format!("select {} from {} {tail}", R::COLUMNS, R::TABLE);
        self.rows(&sql, arguments).await?.iter().map(R::from_row).collect()
    }

    /// Records that match, in order, at most `limit` of them.
    ///
    /// # Errors
    /// As [`Scope::rows`].
    pub async fn filter<R: Record>(
        &mut self,
        filter: &Where,
        order: &str,
        limit: usize,
    ) -> Result<Vec<R>, store::Error> {
        let tail = format!("where {} order by {order} limit {limit}", filter.sql());
        self.select(&tail, filter.arguments()).await
    }

    /// The record with this id, if there is one.
    ///
    /// # Errors
    /// As [`Scope::rows`].
    pub async fn find<R: Record>(&mut self, id: R::Id) -> Result<Option<R>, store::Error> {
        let found = self.select("where organization_id = $1 and id = $2", &[(&id).into()]).await?;
        Ok(found.into_iter().next())
    }

    /// The record with this id.
    ///
    /// # Errors
    /// 404 when there is none in this organization.
    pub async fn get<R: Record<Id = Id<K>>, K: Kind>(&mut self, id: Id<K>) -> Result<R, Problem> {
        self.find(id).await?.ok_or_else(|| Problem::not_found(K::NOUN))
    }

    /// The record with this id, locked until the end of the transaction.
    ///
    /// # Errors
    /// 404 when there is none in this organization.
    pub async fn lock<R: Record<Id = Id<K>>, K: Kind>(&mut self, id: Id<K>) -> Result<R, Problem> {
        // PostgreSQL locks the row before it is read; SQLite already holds the only writer's lease.
        let tail = match self.dialect() {
            Dialect::Postgres => "where organization_id = $1 and id = $2 for no key update",
            Dialect::Sqlite => "where organization_id = $1 and id = $2",
        };
        let found = self.select(tail, &[(&id).into()]).await?;
        found.into_iter().next().ok_or_else(|| Problem::not_found(K::NOUN))
    }

    /// The record the request wants to change, locked, if it still has the version of `If-Match`.
    ///
    /// # Errors
    /// 404, or 412 when the caller has read another version.
    pub async fn lock_current<R: Record<Id = Id<K>>, K: Kind>(&mut self, id: Id<K>) -> Result<R, Problem> {
        let record: R = self.lock(id).await?;
        match self.cx.request.if_match {
            Some(version) if version != record.version() => Err(Problem::stale(Some(record.version()))),
            _ => Ok(record),
        }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`store::Error::Conflict`] when a unique key is taken: the caller knows which it meant.
    pub async fn insert<R: Record>(&mut self, record: &R) -> Result<(), store::Error> {
        let values = record.values();
        let places = (2..values.len() + 2).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
        let sql = format!("insert into {} (organization_id, {}) values ($1, {places})", R::TABLE, R::COLUMNS);
        self.run(&sql, &values).await.map(drop)
    }

    /// Replaces a record by its next version, after the old one was copied to the history.
    ///
    /// # Errors
    /// [`store::Error::Stale`] when it is no longer the version that was read.
    pub async fn update<R: Record + Serialize>(&mut self, old: &R, mut new: R) -> Result<R, store::Error> {
        self.keep_version(old).await?;
        new.touch(old.version() + 1, self.now);
        let mut values = new.values();
        values.push(Value::Int(old.version()));
        let columns = R::COLUMNS.split(", ").enumerate().map(|(at, name)| format!("{name} = ${}", at + 2));
        let assignments = columns.collect::<Vec<_>>().join(", ");
        let sql = format!(
            "update {} set {assignments} where organization_id = $1 and id = $2 and version = ${}",
            R::TABLE,
            values.len() + 1
        );
        match self.run(&sql, &values).await? {
            1 => Ok(new),
            _ => Err(store::Error::Stale),
        }
    }

    async fn keep_version<R: Record + Serialize>(&mut self, old: &R) -> Result<(), store::Error> {
        self.keep_versions(std::slice::from_ref(old)).await
    }

    async fn keep_versions<R: Record + Serialize>(&mut self, old: &[R]) -> Result<(), store::Error> {
        const HEAD: &str = "insert into record_versions \
            (organization_id, record_id, version, record, replaced_at, replaced_by) values";
        let mut values = Vec::with_capacity(old.len() * 5);
        for record in old {
            let text = serde_json::to_string(record).map_err(|error| store::Error::Other(error.to_string()))?;
            values.extend([Value::Text(record.id().to_string()), Value::Int(record.version()), Value::Text(text)]);
            values.extend([Value::Time(self.now), Value::Text(self.cx.actor())]);
        }
        self.insert_rows(HEAD, 5, &values).await
    }

    /// Adds many records, a bounded number a statement.
    ///
    /// # Errors
    /// As [`Scope::insert`].
    pub async fn insert_all<R: Record>(&mut self, records: &[R]) -> Result<(), store::Error> {
        let head = format!("insert into {} (organization_id, {}) values", R::TABLE, R::COLUMNS);
        let values: Vec<Value> = records.iter().flat_map(Record::values).collect();
        self.insert_rows(&head, R::COLUMNS.split(", ").count(), &values).await
    }

    /// Sets the same columns of many records to the same values, after the old ones were copied to the history. The
    /// caller holds the lock that keeps them as they were read.
    ///
    /// # Errors
    /// [`store::Error::Stale`] when one of them is gone.
    pub async fn change_all<R: Record + Serialize>(
        &mut self,
        old: &[R],
        columns: &[(&'static str, Value)],
    ) -> Result<(), store::Error> {
        self.keep_versions(old).await?;
        for chunk in old.chunks(500) {
            let filter = Where::organization().and_in("id", chunk.iter().map(|record| record.id().to_value()));
            let mut arguments = filter.arguments().to_vec();
            let mut sql = format!("update {} set version = version + 1", R::TABLE);
            for (column, value) in columns.iter().cloned().chain([("updated_at", Value::Time(self.now))]) {
                arguments.push(value);
                sql.push_str(&format!(", {column} = ${}", arguments.len() + 1));
            }
            let changed = self.run(&format!("{sql} where {}", filter.sql()), &arguments).await?;
            if changed != chunk.len() as u64 {
                return Err(store::Error::Stale);
            }
        }
        Ok(())
    }

    // Events and audit ----------------------------------------------------------------------------------------------

    /// Tells of a change: outbox, audit log and reactions, in this transaction.
    pub fn emit(&mut self, event: impl Into<Event>) {
        self.events.push(event.into());
    }

    /// Records that personal data was read: a chart, a note, a list of patients.
    pub fn record_reading(&mut self, what: &'static str, subject: impl std::fmt::Display) {
        self.readings.push(audit::Reading { what, subject: subject.to_string(), break_glass: None });
    }

    /// As [`Scope::record_reading`], for what is read through a broken glass.
    pub fn record_reading_through(&mut self, glass: BreakGlassId, what: &'static str, subject: impl std::fmt::Display) {
        self.readings.push(audit::Reading { what, subject: subject.to_string(), break_glass: Some(glass) });
    }

    /// Records that the caller may not read this, once the action has failed for it.
    pub fn record_refusal(&mut self, permission: &'static str, subject: impl std::fmt::Display) {
        self.refusals.push((permission, subject.to_string()));
    }

    /// Runs the reactions to every event so far, and the reactions to theirs. The door does so at the end of an action;
    /// an action whose answer shows what followed does so before.
    ///
    /// # Errors
    /// What a reaction refuses, or when the database can't answer.
    pub async fn react(&mut self) -> Result<(), Problem> {
        while let Some(event) = self.events.get(self.reacted).cloned() {
            self.reacted += 1;
            if self.reacted > EVENTS_MAX {
                return Err(Problem::internal(&"an action caused more than 1,000 events"));
            }
            reactions::react(self, &event).await?;
        }
        Ok(())
    }

    /// Whether somebody may do more or less from the commit on, or is signed in no longer.
    pub(super) fn changes_access(&self) -> bool {
        self.changes_access
    }

    /// What writes the outbox and the audit entries, in two statements for up to 500 of each.
    pub(super) fn entries(&mut self) -> Result<Vec<Statement>, Problem> {
        if self.events.is_empty() && self.readings.is_empty() {
            return Err(Problem::internal(&"an action wrote and told of no event"));
        }
        let events = std::mem::take(&mut self.events);
        let told: Vec<_> = events.iter().map(Event::told).collect();
        let mut entries: Vec<audit::Entry> = Vec::with_capacity(told.len() + self.readings.len());
        let actor = self.cx.actor();
        // What is written after a reading through a broken glass is written through it.
        let through = self.readings.iter().find_map(|reading| reading.break_glass);
        let mut rows = Vec::with_capacity(told.len() * 6);
        for told in told {
            let id = self.id::<rules::id::kind::Event>();
            rows.extend([Value::from(&id), told.name.into(), Value::Text(told.subject.clone())]);
            rows.extend([Value::Text(told.data.to_string()), Value::Text(actor.clone()), Value::Time(self.now)]);
            let mut detail = json!({ "event": id, "data": told.data });
            if let Some(glass) = through {
                detail["break_glass"] = json!(glass);
            }
            entries.push(audit::Entry::written(self.cx, self.now, told.name, told.subject, detail));
        }
        let readings = std::mem::take(&mut self.readings);
        entries.extend(readings.into_iter().map(|reading| audit::Entry::read(self.cx, self.now, reading)));
        let head = "insert into events (organization_id, id, name, subject, data, actor, happened_at) values";
        let mut statements = self.insertions(head, 6, &rows);
        let pending: Vec<Value> = entries.into_iter().flat_map(audit::Entry::into_values).collect();
        let head = "insert into audit_pending (organization_id, id, entry, written_at) values";
        statements.extend(self.insertions(head, 3, &pending));
        Ok(statements)
    }

    /// Inserts rows of `width` values each, the organization before them, a bounded number a statement.
    ///
    /// # Errors
    /// As [`Scope::rows`].
    pub async fn insert_rows(&mut self, head: &str, width: usize, values: &[Value]) -> Result<(), store::Error> {
        for (sql, arguments) in self.insertions(head, width, values) {
            self.tx.run(&sql, &arguments).await?;
        }
        Ok(())
    }

    fn insertions(&self, head: &str, width: usize, values: &[Value]) -> Vec<Statement> {
        const ROWS_MAX: usize = 500;
        let insertion = |chunk: &[Value]| {
            let rows: Vec<String> = (0..chunk.len() / width)
                .map(|row| {
                    (0..width).fold("($1".to_owned(), |text, at| format!("{text}, ${}", row * width + at + 2)) + ")"
                })
                .collect();
            self.statement(&format!("{head} {}", rows.join(", ")), chunk)
        };
        values.chunks(width * ROWS_MAX).map(insertion).collect()
    }

    /// A statement whose `$1` is the organization, to be run at the end.
    pub(super) fn statement(&self, sql: &str, arguments: &[Value]) -> Statement {
        (sql.to_owned(), self.bind(sql, arguments))
    }

    pub(super) fn end_reading(self) -> Vec<audit::Reading> {
        self.readings
    }

    /// What was refused, when the action has failed; what it wrote is rolled back.
    pub(super) fn end_refused(self) -> Vec<(&'static str, String)> {
        self.refusals
    }

    pub(super) fn into_tx(self) -> Tx {
        self.tx
    }
}
