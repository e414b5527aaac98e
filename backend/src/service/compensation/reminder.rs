//! The reminder that goes out before a grant runs out.

use crate::db::run_tx;
use crate::error::AppError;
use crate::service::sweep_runner::Task;
use crate::service::{Context, messages};
use crate::store::{self, EndingGrant, MessageSubject};
use crate::wechat::message::Message;
use logic::Instant;
use logic::compensation::Grant;
use logic::ids::GrantId;

/// Grants that run out within the policy's `expiring_soon` and that were not reminded of.
pub static ENDING: Task = Task {
    name: "grant_reminders",
    when: |now, policy| now..=now.plus(policy.expiring_soon),
    tells_lag: true,
    due: store::CLASS_CREDIT_COMPENSATION_UNREMINDED,
};

/// Reminds the member of a grant that it is about to run out, once; returns whether it did. Of two services that look at
/// once, one marks the grant; the other finds it marked.
pub async fn remind(context: &Context, id: GrantId, now: Instant) -> Result<bool, AppError> {
    run_tx(&context.pool, "grant_remind", |conn, _| {
        Box::pin(async move {
            let Some(EndingGrant { profile_id, profile_name, grant }) =
                store::class_credit_compensation_get_ending(conn, id).await?
            else {
                return Ok(false);
            };
            let grant = Grant::from(grant);
            if !grant.is_live(now)
                || !store::class_credit_compensation_mark_reminded(conn, &grant, now).await?
            {
                return Ok(false);
            }
            let until = grant.expiry_time;
            let message = Message::credit_expiring(&profile_name, grant.remaining.0, context.local(until));
            let subject = MessageSubject { grant_id: Some(id), ..MessageSubject::default() };
            messages::enqueue(context, conn, profile_id, (message, subject), until, now).await?;
            Ok(true)
        })
    })
    .await
}
