//! The idempotency keys that requests to this process use now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use logic::ids::AccountId;
use tokio::sync::watch;

use super::Answer;
use crate::coalesce::Coalescer;
use crate::error::AppError;
use crate::store::{self, IdempotencyKeyRow, StoreError};
use logic::Code;
use sqlx::mysql::MySqlPool;

/// Requests with one key that wait for the one that works.
const MAX_WAITING: usize = 8;

/// A key, and the request that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Whose key it is.
    pub account: AccountId,
    /// Its text.
    pub text: String,
    /// The hash of the request's method, path and body.
    pub request_hash: [u8; 32],
    /// Whether the caller says that it sent no request with this key before.
    pub is_first: bool,
}

/// An answer that is stored under a key.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) request_hash: Vec<u8>,
    pub(super) answer: Answer,
}

impl Stored {
    /// The answer of a row; `None` if it has none yet.
    ///
    /// # Errors
    /// [`StoreError::Unexpected`] if it has a status and no body.
    pub(super) fn read(row: IdempotencyKeyRow) -> Result<Option<Self>, StoreError> {
        let Some(status) = row.status_code else { return Ok(None) };
        let account = row.account_id.0;
        let no_body = || StoreError::unexpected("idempotency_key of account", account, "a body", "none");
        let answer = Answer { status, body: row.body.ok_or_else(no_body)?.into(), is_replay: true };
        Ok(Some(Self { request_hash: row.request_hash, answer }))
    }

    /// The answer to a request that repeats the one it was stored for.
    ///
    /// # Errors
    /// `idempotency_key_reused` if it was stored for another request.
    pub(super) fn replay(&self, key: &Key) -> Result<Answer, AppError> {
        if self.request_hash != key.request_hash {
            return Err(Code::IdempotencyKeyReused.into());
        }
        Ok(Answer { is_replay: true, ..self.answer.clone() })
    }
}

/// A key's account and its text.
pub(super) type Name = (AccountId, String);
type Told = watch::Sender<Option<Stored>>;

/// The keys of the requests that this process is working on.
#[derive(Debug)]
pub struct Keys {
    under_way: Mutex<HashMap<Name, Told>>,
    /// The lookups of keys that wait. `None`: their batch failed.
    lookups: Arc<Coalescer<(), Name, Option<Option<IdempotencyKeyRow>>>>,
}

/// Lookups in one statement.
const MAX_LOOKUPS: usize = 32;
/// Statements under way at once.
const LOOKUP_LEADERS: usize = 4;

impl Default for Keys {
    fn default() -> Self {
        let lookups = Arc::new(Coalescer::new(MAX_LOOKUPS, LOOKUP_LEADERS));
        Self { under_way: Mutex::default(), lookups }
    }
}

/// How a request with a key goes on.
pub enum Entered {
    /// It is the first with this key, and does the work.
    First(Slot),
    /// Another request does the work; this one may wait for its answer.
    Waiting(Waiting),
}

/// The place of the request that does the work under a key. Dropping it releases the requests that wait.
#[derive(Debug)]
pub struct Slot {
    keys: Arc<Keys>,
    name: Name,
    told: Told,
}

/// The place of a request that waits for the answer of another one.
pub struct Waiting(watch::Receiver<Option<Stored>>);

impl Keys {
    /// Enters a request with a key.
    ///
    /// # Errors
    /// `unavailable`, to be repeated soon, if too many wait already.
    pub fn enter(self: &Arc<Self>, key: &Key) -> Result<Entered, AppError> {
        let name = (key.account, key.text.clone());
        let mut under_way = self.lock();
        match under_way.get(&name) {
            Some(told) if told.receiver_count() >= MAX_WAITING => Err(AppError::Busy),
            Some(told) => Ok(Entered::Waiting(Waiting(told.subscribe()))),
            None => {
                let told = watch::Sender::new(None);
                under_way.insert(name.clone(), told.clone());
                Ok(Entered::First(Slot { keys: self.clone(), name, told }))
            }
        }
    }

    /// The row of a key, if it has one; requests that look at the same time are answered by one statement.
    pub(super) async fn row(
        &self,
        pool: &MySqlPool,
        key: &Key,
    ) -> Result<Option<IdempotencyKeyRow>, AppError> {
        let (database, name) = (pool.clone(), (key.account, key.text.clone()));
        let work = move |(), names: Vec<Name>| {
            let pool = database.clone();
            async move {
                let keys: Vec<(AccountId, &str)> =
                    names.iter().map(|(account, key)| (*account, key.as_str())).collect();
                let rows = store::idempotency_key_list(&pool, &keys).await;
                let rows = rows.inspect_err(
                    |error| tracing::warn!(%error, "a batch of idempotency keys could not be looked up"),
                );
                let rows = rows.ok().map(by_name);
                names.iter().map(|name| Some(rows.as_ref()?.get(name).cloned())).collect()
            }
        };
        match self.lookups.ask((), name, work).await? {
            Some(row) => Ok(row),
            // An error belongs to everybody in the batch; looked up again, it is the caller's own.
            None => Ok(store::idempotency_key_list(pool, &[(key.account, &key.text)]).await?.pop()),
        }
    }

    /// How many requests wait for the one that works under a key.
    pub fn waiting(&self, account: AccountId, key: &str) -> usize {
        self.lock().get(&(account, key.to_owned())).map_or(0, watch::Sender::receiver_count)
    }

    /// A panic while the lock is held cannot leave the map half changed.
    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Told>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows of keys by their names.
pub(super) fn by_name(rows: Vec<IdempotencyKeyRow>) -> HashMap<Name, IdempotencyKeyRow> {
    rows.into_iter().map(|row| ((row.account_id, row.key.clone()), row)).collect()
}

impl Slot {
    /// The keys that it is among.
    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Tells those who wait what is stored.
    pub(super) fn tell(&self, stored: Stored) {
        self.told.send_replace(Some(stored));
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.keys.lock().remove(&self.name);
    }
}

impl Waiting {
    /// Waits for the answer of the request that works.
    ///
    /// # Errors
    /// `idempotency_key_reused` if that is another request; `unavailable`, to be repeated soon, if its answer is not
    /// stored.
    pub async fn answer(mut self, key: &Key) -> Result<Answer, AppError> {
        let stored = self.0.wait_for(Option::is_some).await.map_err(|_| AppError::Busy)?;
        stored.as_ref().ok_or(AppError::Busy)?.replay(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(hash: u8) -> Key {
        Key { account: AccountId(1), text: "k".to_owned(), request_hash: [hash; 32], is_first: false }
    }

    fn first(keys: &Arc<Keys>) -> Slot {
        match keys.enter(&key(1)).unwrap() {
            Entered::First(slot) => slot,
            Entered::Waiting(_) => panic!("another request works"),
        }
    }

    fn wait(keys: &Arc<Keys>) -> Result<Waiting, AppError> {
        match keys.enter(&key(1))? {
            Entered::First(_) => panic!("no request works"),
            Entered::Waiting(waiting) => Ok(waiting),
        }
    }

    fn stored() -> Stored {
        let answer = Answer { status: 201, body: Arc::default(), is_replay: false };
        Stored { request_hash: vec![1; 32], answer }
    }

    #[tokio::test]
    async fn eight_wait_for_the_one_that_works_and_are_told_its_answer() {
        let keys = Arc::default();
        let slot = first(&keys);
        let waiting: Vec<Waiting> = (0..MAX_WAITING).map(|_| wait(&keys).unwrap()).collect();
        assert!(matches!(wait(&keys).map(drop), Err(AppError::Busy)), "one more does not wait");
        slot.tell(stored());
        drop(slot);
        for waiting in waiting {
            let answer = waiting.answer(&key(1)).await.unwrap();
            assert!(answer.is_replay && answer.status == 201);
        }
        drop(first(&keys));
        assert!(keys.lock().is_empty());
    }

    #[tokio::test]
    async fn without_a_stored_answer_those_who_wait_come_again_and_another_request_is_refused() {
        let keys = Arc::default();
        let slot = first(&keys);
        let waiting = wait(&keys).unwrap();
        drop(slot);
        assert!(matches!(waiting.answer(&key(1)).await, Err(AppError::Busy)));
        let slot = first(&keys);
        let waiting = wait(&keys).unwrap();
        slot.tell(stored());
        assert_eq!(waiting.answer(&key(2)).await.unwrap_err().code(), Code::IdempotencyKeyReused);
    }
}
