//! Grants that run out: for the sweep, and for reads that must not show a dead grant as alive.

use crate::db::run_tx;
use crate::error::AppError;
use crate::service::access::Scope;
use crate::service::sweep_runner::{self, Task};
use crate::service::{Context, credit, messages};
use crate::store::{self, MessageSubject};
use crate::wechat::message::Message;
use logic::ids::ProfileId;
use logic::ledger;
use logic::{Instant, Minutes};

/// How long the news is worth a phone's attention.
const NEWS: Minutes = Minutes::days(1);

/// Profiles with grants past their end, the longest overdue first.
pub static GRANTS: Task = Task {
    name: "credit",
    when: sweep_runner::until_now,
    tells_lag: true,
    due: store::CLASS_CREDIT_COMPENSATION_OVERDUE,
};

/// Expires the grants of a scope that are past their end.
pub(in crate::service) async fn settle_own(
    context: &Context,
    scope: &Scope,
    now: Instant,
) -> Result<(), AppError> {
    for profile in
        store::class_credit_compensation_overdue_profiles(&context.pool, scope.owner(), now).await?
    {
        expire_of(context, profile, now).await?;
    }
    Ok(())
}

/// Expires the grants of a profile that are past their end at `now`, and says so; returns how many.
pub async fn expire_of(context: &Context, profile: ProfileId, now: Instant) -> Result<u32, AppError> {
    run_tx(&context.pool, "grants_expire", |conn, tx| {
        Box::pin(async move {
            let profile = tx.locks().lock_profile(conn, profile).await?;
            let mut expired = 0;
            for grant in credit::available(conn, &profile).await? {
                if let Some(entry) = ledger::expire(&grant, now) {
                    credit::apply(conn, &profile, grant.status, &[entry]).await?;
                    let child = store::profile_recipient(conn, profile.id()).await?.profile_name;
                    let message =
                        Message::credit_expired(&child, entry.minutes.0, context.local(grant.expiry_time));
                    let subject = MessageSubject { grant_id: Some(grant.id), ..MessageSubject::default() };
                    let until = now.plus(NEWS);
                    messages::enqueue(context, conn, profile.id(), (message, subject), until, now).await?;
                    expired += 1;
                }
            }
            Ok(expired)
        })
    })
    .await
}
