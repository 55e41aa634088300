//! Human numbers in hand: blocks are reserved ahead of need and outside of any action, so that actions don't queue for
//! one row. What is in hand when the program ends is a gap in the series, and that is allowed.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ::rules::{
    id::OrganizationId,
    numbers::{HumanNumber, Series, ShortCode},
};

use super::store;
use crate::{App, door::Scope, problem::Problem};

/// How many numbers are reserved at once.
const BLOCK: u32 = 100;
/// Fewer in hand than this, and the next block is reserved.
const LOW: usize = 30;

/// A series of one organization and year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    organization: OrganizationId,
    series: Series,
    year: i16,
}

#[derive(Debug, Default)]
struct Hand {
    ready: HashMap<Key, VecDeque<String>>,
    filling: HashSet<Key>,
}

/// The numbers in hand of one running program.
#[derive(Debug, Clone, Default)]
pub struct Numbers(Arc<Mutex<Hand>>);

impl Numbers {
    fn hand(&self) -> MutexGuard<'_, Hand> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, key: Key, count: usize) -> Vec<String> {
        let mut hand = self.hand();
        let ready = hand.ready.entry(key).or_default();
        let count = count.min(ready.len());
        ready.drain(..count).collect()
    }

    /// Whether the caller is to fetch the next block: when few are left and nobody fetches it yet.
    fn should_fill(&self, key: Key) -> bool {
        let mut hand = self.hand();
        let low = hand.ready.get(&key).is_none_or(|ready| ready.len() < LOW);
        low && hand.filling.insert(key)
    }

    fn filled(&self, key: Key, block: Vec<String>) {
        let mut hand = self.hand();
        hand.filling.remove(&key);
        hand.ready.entry(key).or_default().extend(block);
    }
}

/// So many new numbers of a series: from those in hand, else reserved in this very transaction.
///
/// # Errors
/// When the database can't answer.
pub async fn draw(scope: &mut Scope<'_>, series: Series, year: i16, count: usize) -> Result<Vec<String>, Problem> {
    let key = Key { organization: scope.cx.organization.id, series, year };
    let app = scope.cx.app.clone();
    let mut drawn = app.numbers.take(key, count);
    while drawn.len() < count {
        let missing = u32::try_from(count - drawn.len()).unwrap_or(u32::MAX);
        let first = store::reserve(scope, series, year, missing).await?;
        let mut block = written(&scope.cx.organization.short_code, series, year, first, missing)?;
        let taken = store::issued(scope, series, &block).await?;
        block.retain(|number| !taken.contains(number));
        drawn.extend(block);
    }
    if app.numbers.should_fill(key) {
        tokio::spawn(fill(app, key, scope.cx.organization.short_code.clone()));
    }
    Ok(drawn)
}

/// Reserves the next block in a transaction of its own.
async fn fill(app: Arc<App>, key: Key, short_code: String) {
    let block = async {
        let Key { organization, series, year } = key;
        let first = store::reserve_ahead(&app.db, organization, series, year, BLOCK).await?;
        let mut block = written(&short_code, series, year, first, BLOCK)?;
        let taken = store::issued_in(&app.db, organization, series, &block).await?;
        block.retain(|number| !taken.contains(number));
        Ok::<_, Problem>(block)
    };
    // Without a block the next action reserves its own numbers, and asks again.
    let block = block.await.unwrap_or_default();
    app.numbers.filled(key, block);
}

fn written(short_code: &str, series: Series, year: i16, first: u32, count: u32) -> Result<Vec<String>, Problem> {
    let organization = ShortCode::parse(short_code).map_err(|error| Problem::internal(&error))?;
    let number = |number| HumanNumber { series, organization: organization.clone(), year, number }.to_string();
    Ok((first..first.saturating_add(count)).map(number).collect())
}
