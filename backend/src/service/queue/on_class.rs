//! The writes of callers in one class.

use super::load::Locked;
use crate::db::Conn;
use crate::db::tx::Work;
use crate::error::AppError;
use crate::service::Context;
use crate::store::SessionLock;
use crate::unit::{Answer, Unit, Verdict};
use logic::ids::SessionId;
use serde::Serialize;
use std::marker::PhantomData;

/// A class that a write has locked. Like [`Scope`](crate::db::tx::Scope), it lets the work borrow from around it.
pub struct OnClass<'c, 'env: 'c>(Locked, SessionLock, PhantomData<&'c mut &'env ()>);

impl OnClass<'_, '_> {
    /// The class, and the right to lock profiles.
    pub fn locked(self) -> (Locked, SessionLock) {
        (self.0, self.1)
    }
}

impl Context {
    /// [`Self::write_on_class`] for a class that may have had no row. Where the rules refused the write before the row
    /// was made, that refusal is its answer.
    pub async fn write_on_row<'env, T, F>(
        &self,
        unit: &Unit,
        row: Verdict<SessionId>,
        name: &'static str,
        work: F,
    ) -> Result<Answer, AppError>
    where
        T: Serialize + Send,
        F: for<'c> Fn(&'c mut Conn, OnClass<'c, 'env>) -> Work<'c, Verdict<T>> + Sync,
    {
        match row {
            Ok(session) => self.write_on_class(unit, session, name, work).await,
            Err(refusal) => unit.refused(&self.pool, &refusal).await,
        }
    }

    /// [`Self::run_on_class`] for a write of a caller. `work` is handed the locked class; what it answers is stored under
    /// the write's key in the same transaction.
    pub async fn write_on_class<'env, T, F>(
        &self,
        unit: &Unit,
        session: SessionId,
        name: &'static str,
        work: F,
    ) -> Result<Answer, AppError>
    where
        T: Serialize + Send,
        F: for<'c> Fn(&'c mut Conn, OnClass<'c, 'env>) -> Work<'c, Verdict<T>> + Sync,
    {
        let work = &work;
        let _turn = self.turn(session).await?;
        unit.transaction(&self.pool, name, |conn, tx| {
            Box::pin(async move {
                let (locked, lock) = Locked::lock_existing(self, conn, tx.locks(), session).await?;
                if let Some(answer) = unit.look_again(conn).await? {
                    return Ok(answer);
                }
                let verdict = work(conn, OnClass(locked, lock, PhantomData)).await?;
                unit.conclude(conn, verdict).await
            })
        })
        .await
    }
}
