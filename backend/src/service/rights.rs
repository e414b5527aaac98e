//! The ends of rights to makeups: fixed when a right arises, by the version of the missed class (RULES §3). No later policy
//! moves them.

use super::Context;
use super::sweep_runner::Stop;
use crate::db::run_tx;
use crate::error::AppError;
use crate::store::{self, Conn};
use logic::ids::BookingId;
use logic::makeup::{arising_right, is_missed};
use logic::status::BookingStatus;
use logic::{Instant, Policy};
use std::collections::{BTreeMap, BTreeSet};

/// Bookings of one transaction, whose classes it locks.
const PART: u32 = 50;

/// Fixes the ends of the rights that bookings give from now on, after their status was written; returns how many. One that
/// has an end keeps it. Their classes are locked.
pub async fn arise(policy: &Policy, conn: &mut Conn, bookings: &[BookingId]) -> Result<u64, AppError> {
    let mut ends: BTreeMap<Instant, Vec<BookingId>> = BTreeMap::new();
    for row in store::booking_list_missed(conn, bookings).await? {
        if let Some(until) = arising_right(row.status, row.source, row.paid, row.starts_at, policy) {
            ends.entry(until).or_default().push(row.id);
        }
    }
    let mut fixed = 0;
    for (until, bookings) in ends {
        fixed += store::booking_set_right(conn, &bookings, until).await?;
    }
    Ok(fixed)
}

/// Fixes the ends of rights that arose under a program that does not write them, until none is left or `stop` is set;
/// returns how many. A program begins with that, for what was missed before; a sweep does it for what an earlier program
/// writes beside this one.
pub async fn fix_open(context: &Context, stop: &Stop) -> Result<u64, AppError> {
    let missed: Vec<BookingStatus> =
        BookingStatus::ALL.iter().copied().filter(|status| is_missed(*status, &context.policy)).collect();
    let (mut after, mut fixed) = (BookingId(0), 0);
    while !stop.is_set() {
        let open = store::booking_list_without_right(&context.pool, &missed, after, PART).await?;
        let Some((last, _)) = open.last() else { break };
        after = *last;
        let classes: &BTreeSet<_> = &open.iter().map(|(_, session)| *session).collect();
        let bookings: &Vec<BookingId> = &open.iter().map(|(booking, _)| *booking).collect();
        let part = run_tx(&context.pool, "makeup_rights", |conn, tx| {
            Box::pin(async move {
                tx.locks().lock_sessions(conn, classes).await?;
                let fixed = arise(&context.policy, conn, bookings).await?;
                if fixed > 0 {
                    // Lists that were read before show no end.
                    store::read_epoch_renew(conn, &uuid::Uuid::new_v4().to_string()).await?;
                }
                Ok(fixed)
            })
        });
        fixed += part.await?;
    }
    Ok(fixed)
}
