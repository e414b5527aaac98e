//! One write of one caller.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contract::status;
use logic::ids::AccountId;
use logic::{Instant, Minutes, Refusal};
use serde::Serialize;
use sqlx::mysql::MySqlPool;

use super::keys::{Stored, by_name};
use super::running::{Place, Running};
use super::{Answer, Key, Slot, Timers, Verdict};
use crate::clock::real_now;
use crate::db::tx::{Scope, Work};
use crate::db::{Conn, Terms, run_tx_on};
use crate::error::AppError;
use crate::store::{self, IdempotencyKeyRow, NewIdempotencyKey};

/// How long an answer is stored, in service time.
const STORED_FOR: Minutes = Minutes::days(1);

/// The caller waits, and no transaction has begun.
const WAITING: u8 = 0;
/// A transaction has begun.
const BEGUN: u8 = 1;
/// The caller left before that.
const LEFT: u8 = 2;

/// A write under way. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Unit {
    /// The status of its answer if no rule refuses it.
    status: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    request_id: String,
    now: Instant,
    key: Option<(Key, Slot)>,
    stage: AtomicU8,
    /// When its transaction must have ended.
    until: tokio::time::Instant,
    place: Place,
    /// Whether the key has a row that is out of date: its answer has expired, or its request died.
    is_key_dead: AtomicBool,
    /// The server that it was last written on.
    server: Mutex<String>,
}

/// Why no write is begun any more.
pub const STOPS: &str = "the program stops";
/// A write with less time left is not begun.
const WORTH_BEGINNING: Duration = Duration::from_secs(2);

impl Unit {
    /// The write of a request, answered 200 if it succeeds. Its transaction must have ended at `until`.
    pub fn new(
        request_id: String,
        key: Option<(Key, Slot)>,
        now: Instant,
        until: tokio::time::Instant,
        running: &Arc<Running>,
    ) -> Self {
        let shared = Shared {
            request_id,
            now,
            key,
            stage: AtomicU8::new(WAITING),
            until,
            place: running.enter(),
            is_key_dead: AtomicBool::new(false),
            server: Mutex::default(),
        };
        Self { status: status::OK, shared: Arc::new(shared) }
    }

    /// When its transaction must have ended.
    pub fn until(&self) -> tokio::time::Instant {
        self.shared.until
    }

    /// Whether the program stops.
    pub fn is_stopping(&self) -> bool {
        self.shared.place.is_stopping()
    }

    /// Whether enough time is left to begin.
    pub fn is_worth_beginning(&self) -> bool {
        tokio::time::Instant::now() + WORTH_BEGINNING <= self.shared.until
    }

    /// The same, answered 201 if it succeeds.
    #[must_use]
    pub fn created(self) -> Self {
        Self { status: status::CREATED, ..self }
    }

    /// Asked before each BEGIN: from the first on the write runs to its end.
    ///
    /// # Errors
    /// `unavailable` if the caller has left, so that nothing is begun, or if the program stops, and nothing is begun
    /// again.
    pub fn begin(&self) -> Result<(), AppError> {
        match self.shared.stage.compare_exchange(WAITING, BEGUN, Ordering::SeqCst, Ordering::SeqCst) {
            Err(BEGUN) if self.is_stopping() => Err(AppError::Unavailable(STOPS)),
            Ok(_) | Err(BEGUN) => Ok(()),
            Err(_) => Err(AppError::Unavailable("the caller has left")),
        }
    }

    /// Notes that the caller has left. Returns whether no transaction had begun; none will then.
    pub fn leave(&self) -> bool {
        self.shared.stage.compare_exchange(WAITING, LEFT, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// Does `work` in one transaction, which also stores its answer under the key.
    ///
    /// A refusal that `work` returns as an error rolls back what it did, and is an answer all the same.
    pub async fn write<'env, T, F>(
        &self,
        pool: &MySqlPool,
        name: &'static str,
        work: F,
    ) -> Result<Answer, AppError>
    where
        T: Serialize + Send,
        F: for<'c> Fn(&'c mut Conn, Scope<'c, 'env>) -> Work<'c, Verdict<T>> + Sync,
    {
        let work = &work;
        self.transaction(pool, name, |conn, tx| {
            Box::pin(async move {
                if let Some(answer) = self.look_again(conn).await? {
                    return Ok(answer);
                }
                let verdict = work(conn, tx.renew()).await?;
                self.conclude(conn, verdict).await
            })
        })
        .await
    }

    /// Does `work` in one transaction: it looks for the key again once it has its locks ([`Self::look_again`]), and its
    /// last statement stores the answer ([`Self::conclude`]).
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn transaction<'env, F>(
        &self,
        pool: &MySqlPool,
        name: &'static str,
        work: F,
    ) -> Result<Answer, AppError>
    where
        F: for<'c> Fn(&'c mut Conn, Scope<'c, 'env>) -> Work<'c, Answer>,
    {
        let mut once_more = true;
        let answer = loop {
            let done = match run_tx_on(pool, name, self.terms(&|| self.begin()), &work).await {
                // Nothing was changed; the refusal is stored by itself.
                Err(AppError::Refused(refusal)) => self.refuse(pool, &refusal).await,
                done => done,
            };
            match (done, &self.shared.key) {
                (Err(AppError::KeyTaken), Some((key, slot))) => {
                    break lookup(slot, pool, key, self.shared.now).await?.ok_or(AppError::Busy)?;
                }
                (Err(AppError::OutcomeUnknown { why, .. }), key) => match self.resolve(pool, &why).await? {
                    Some(answer) => break answer,
                    None if mem::take(&mut once_more) => {}
                    None => return Err(AppError::OutcomeUnknown { has_key: key.is_some(), why }),
                },
                (done, _) => break done?,
            }
        };
        self.tell(&answer);
        Ok(answer)
    }

    fn terms<'a>(&self, begin: &'a (dyn Fn() -> Result<(), AppError> + Sync)) -> Terms<'a> {
        Terms { begin, ..Terms::of_request(Some(self.shared.until)) }
    }

    /// Finds out what became of a COMMIT that was not answered: its answer, or `None` if it took no effect.
    ///
    /// # Errors
    /// [`AppError::OutcomeUnknown`] without a key, or if the server that was written on cannot be asked.
    pub async fn resolve(&self, pool: &MySqlPool, why: &str) -> Result<Option<Answer>, AppError> {
        let Some((key, _)) = &self.shared.key else {
            return Err(AppError::OutcomeUnknown { has_key: false, why: why.to_owned() });
        };
        let unknown = |why: String| AppError::OutcomeUnknown { has_key: true, why };
        // Where the COMMIT did take effect, its key is there; where it is still under way, its row is locked.
        let asked = async {
            let mut tx = pool.begin().await?;
            let server = store::server_name(&mut *tx).await?;
            let row = store::idempotency_key_lock(&mut tx, key.account, &key.text).await?;
            tx.rollback().await?;
            Ok::<_, AppError>((server, row))
        };
        let (server, row) = tokio::time::timeout_at(self.shared.until + Timers::RESOLUTION, asked)
            .await
            .map_err(|_| unknown(why.to_owned()))?
            .map_err(|error| unknown(format!("{why}; {error}")))?;
        if server != *self.server() {
            return Err(unknown(format!("{why}; {server} answers now")));
        }
        Found::under(row, self.shared.now)?.replay(key)
    }

    /// A panic while the lock is held cannot leave a name half written.
    fn server(&self) -> std::sync::MutexGuard<'_, String> {
        self.shared.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers with the refusal of a rule that was asked before the write's own transaction.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn refused(&self, pool: &MySqlPool, refusal: &Refusal) -> Result<Answer, AppError> {
        self.write(pool, "refusal", |_, _| Box::pin(async { Ok(Verdict::<()>::Err(refusal.clone())) })).await
    }

    async fn refuse(&self, pool: &MySqlPool, refusal: &Refusal) -> Result<Answer, AppError> {
        run_tx_on(pool, "refusal", self.terms(&|| Ok(())), |conn, _| {
            Box::pin(async move {
                match self.look_again(conn).await? {
                    Some(answer) => Ok(answer),
                    None => self.conclude(conn, Verdict::<()>::Err(refusal.clone())).await,
                }
            })
        })
        .await
    }

    /// The answer that another request with this key has stored meanwhile.
    ///
    /// # Errors
    /// `idempotency_key_reused` if that was another request.
    pub async fn look_again(&self, conn: &mut Conn) -> Result<Option<Answer>, AppError> {
        look_for(conn, &[self], |_| true).await?.pop().unwrap_or(Ok(None))
    }

    /// Stores what a write is answered, as the last statement of its transaction.
    ///
    /// # Errors
    /// [`AppError::KeyTaken`] if another request has stored its answer meanwhile.
    pub async fn conclude<T: Serialize>(
        &self,
        conn: &mut Conn,
        verdict: Verdict<T>,
    ) -> Result<Answer, AppError> {
        let answer = self.answer(verdict)?;
        store_all(conn, &[(self, &answer)]).await?;
        Ok(answer)
    }

    /// What a write is answered.
    ///
    /// # Errors
    /// `internal` if it cannot be written.
    fn answer<T: Serialize>(&self, verdict: Verdict<T>) -> Result<Answer, AppError> {
        Answer::of(verdict, self.status, &self.shared.request_id)
    }

    /// Tells the requests that wait with the same key what is stored.
    pub fn tell(&self, answer: &Answer) {
        if let Some((key, slot)) = &self.shared.key
            && answer.is_final()
        {
            slot.tell(Stored { request_hash: key.request_hash.to_vec(), answer: answer.clone() });
        }
    }
}

/// What is stored under a key.
enum Found {
    Nothing,
    /// An answer that has expired, or a request of an older program that died.
    Dead,
    Answer(Stored),
}

impl Found {
    /// # Errors
    /// `unavailable`, to be repeated soon, if an older program is working on the request.
    fn under(row: Option<IdempotencyKeyRow>, now: Instant) -> Result<Self, AppError> {
        let Some(row) = row else { return Ok(Self::Nothing) };
        let is_over = row.created_at.plus(STORED_FOR) <= now;
        let works = row.status_code.is_none() && row.locked_until.is_some_and(|until| until > real_now());
        match Stored::read(row)? {
            _ if is_over => Ok(Self::Dead),
            Some(stored) => Ok(Self::Answer(stored)),
            None if works => Err(AppError::Busy),
            None => Ok(Self::Dead),
        }
    }

    /// The answer to a request that repeats the one it was stored for.
    ///
    /// # Errors
    /// `idempotency_key_reused` if it was stored for another request.
    fn replay(&self, key: &Key) -> Result<Option<Answer>, AppError> {
        match self {
            Self::Answer(stored) => stored.replay(key).map(Some),
            Self::Nothing | Self::Dead => Ok(None),
        }
    }
}

/// The answer that is stored under a key, before anything is begun. The requests that wait for this one are told it too.
///
/// # Errors
/// `idempotency_key_reused` if it is the answer to another request.
pub async fn lookup(
    slot: &Slot,
    pool: &MySqlPool,
    key: &Key,
    now: Instant,
) -> Result<Option<Answer>, AppError> {
    let found = Found::under(slot.keys().row(pool, key).await?, now)?;
    if let Found::Answer(stored) = &found {
        slot.tell(stored.clone());
    }
    found.replay(key)
}

/// As [`Unit::look_again`] for several, in one statement; a result for each, in their order. It does not look for the key
/// of a first attempt: where there is an answer all the same, [`conclude`] fails, and each is tried alone.
pub async fn look_again(
    conn: &mut Conn,
    units: &[&Unit],
) -> Result<Vec<Result<Option<Answer>, AppError>>, AppError> {
    look_for(conn, units, |key| !key.is_first).await
}

/// Looks for those keys of `units` that `is_looked_for` names, and notes which server answers.
async fn look_for(
    conn: &mut Conn,
    units: &[&Unit],
    is_looked_for: impl Fn(&Key) -> bool,
) -> Result<Vec<Result<Option<Answer>, AppError>>, AppError> {
    let keys: Vec<&Key> =
        units.iter().filter_map(|unit| unit.shared.key.as_ref()).map(|(key, _)| key).collect();
    if keys.is_empty() {
        return Ok(units.iter().map(|_| Ok(None)).collect());
    }
    let looked_for: Vec<(AccountId, &str)> = keys
        .into_iter()
        .filter(|key| is_looked_for(key))
        .map(|key| (key.account, key.text.as_str()))
        .collect();
    let (server, rows) = if looked_for.is_empty() {
        (store::server_name(conn).await?, Vec::new())
    } else {
        store::idempotency_key_list_on_server(conn, &looked_for).await?
    };
    let mut rows = by_name(rows);
    let answers = units.iter().map(|unit| {
        let Some((key, _)) = &unit.shared.key else { return Ok(None) };
        server.clone_into(&mut unit.server());
        let row = rows.remove(&(key.account, key.text.clone()));
        let found = Found::under(row, unit.shared.now)?;
        unit.shared.is_key_dead.store(matches!(found, Found::Dead), Ordering::Relaxed);
        found.replay(key)
    });
    Ok(answers.collect())
}

/// As [`Unit::conclude`] for several, in one statement; the answers in their order.
///
/// # Errors
/// [`AppError::KeyTaken`] if one of the keys has an answer: then none is stored.
pub async fn conclude<T: Serialize>(
    conn: &mut Conn,
    verdicts: Vec<(&Unit, Verdict<T>)>,
) -> Result<Vec<Answer>, AppError> {
    let answered = verdicts.into_iter().map(|(unit, verdict)| Ok((unit, unit.answer(verdict)?)));
    let answered = answered.collect::<Result<Vec<_>, AppError>>()?;
    let to_store: Vec<(&Unit, &Answer)> = answered.iter().map(|(unit, answer)| (*unit, answer)).collect();
    store_all(conn, &to_store).await?;
    Ok(answered.into_iter().map(|(_, answer)| answer).collect())
}

/// Stores answers under the keys of their writes.
async fn store_all(conn: &mut Conn, answers: &[(&Unit, &Answer)]) -> Result<(), AppError> {
    let mut rows = Vec::with_capacity(answers.len());
    for (unit, answer) in answers {
        let Some((key, _)) = unit.shared.key.as_ref().filter(|_| answer.is_final()) else { continue };
        let now = unit.shared.now;
        if unit.shared.is_key_dead.load(Ordering::Relaxed) {
            let name = (key.account, key.text.as_str());
            store::idempotency_key_delete_dead(conn, name, now.minus(STORED_FOR), real_now()).await?;
        }
        rows.push(NewIdempotencyKey {
            account: key.account,
            key: &key.text,
            request_hash: &key.request_hash,
            status: answer.status,
            content_type: answer.media_type(),
            body: &answer.body,
            answered_at: now,
        });
    }
    store::idempotency_key_insert_all(conn, &rows)
        .await
        .map_err(|error| if error.is_duplicate() { AppError::KeyTaken } else { error.into() })
}
