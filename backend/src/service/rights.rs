//! The ends of rights to makeups: fixed when a right arises, by the version of the missed class (RULES §3). No later policy
//! moves them.

use super::Context;
use super::policies::{ClassPolicy, Policies};
use super::sweep_runner::Stop;
use crate::db::run_tx;
use crate::error::AppError;
use crate::store::{self, Conn, MissedBookingRow};
use logic::ids::BookingId;
use logic::makeup::{arising_right, is_missed};
use logic::status::BookingStatus;
use logic::{Instant, Policy};
use std::collections::{BTreeMap, BTreeSet};

/// Bookings of one transaction, whose classes it locks.
const PART: u32 = 50;

/// Fixes the ends of the rights that bookings of one class give from now on, after their status was written; returns how
/// many. One that has an end keeps it. Their class is locked, and `policy` judges it.
pub async fn arise(policy: &ClassPolicy, conn: &mut Conn, bookings: &[BookingId]) -> Result<u64, AppError> {
    let missed = store::booking_list_missed(conn, bookings).await?;
    fix(conn, missed.iter().map(|row| (row, &**policy))).await
}

/// The same for bookings of any classes, each by its class's version. A program that knows a version that this one does not
/// know fixes what that version judges.
pub async fn arise_anywhere(
    policies: &Policies,
    conn: &mut Conn,
    bookings: &[BookingId],
) -> Result<u64, AppError> {
    let missed = store::booking_list_missed(conn, bookings).await?;
    let versions = policies.for_classes(&mut *conn, &missed).await?;
    let judged: Vec<_> = missed.iter().filter_map(|row| Some((row, versions.of_class(row).ok()?))).collect();
    fix(conn, judged.iter().map(|(row, policy)| (*row, &**policy))).await
}

async fn fix<'a>(
    conn: &mut Conn,
    missed: impl Iterator<Item = (&'a MissedBookingRow, &'a Policy)>,
) -> Result<u64, AppError> {
    let mut ends: BTreeMap<Instant, Vec<BookingId>> = BTreeMap::new();
    for (row, policy) in missed {
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
    let versions = context.policies.all(&context.pool).await?;
    let counting_absences = &versions.ids_where(|policy| is_missed(BookingStatus::Absent, policy));
    let (mut after, mut fixed) = (BookingId(0), 0);
    while !stop.is_set() {
        let open = store::booking_list_without_right(&context.pool, counting_absences, after, PART).await?;
        let Some((last, _)) = open.last() else { break };
        after = *last;
        let classes: &BTreeSet<_> = &open.iter().map(|(_, session)| *session).collect();
        let bookings: &Vec<BookingId> = &open.iter().map(|(booking, _)| *booking).collect();
        let part = run_tx(&context.pool, "makeup_rights", |conn, tx| {
            Box::pin(async move {
                tx.locks().lock_sessions(conn, classes).await?;
                let fixed = arise_anywhere(&context.policies, conn, bookings).await?;
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
