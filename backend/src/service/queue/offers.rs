//! The rows of offers: made, answered, run out. Many of one decision are written in as many statements as one.

use super::load::Locked;
use super::store::id_of;
use crate::App;
use crate::db::Conn;
use crate::db::many::push_ids;
use crate::error::AppError;
use crate::service::messages;
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use logic::ids::Ticket;
use logic::session::Event;
use logic::status::{NotificationStatus, Reason};
use logic::{Instant, deadline};
use sqlx::{MySql, QueryBuilder};

/// Whether two neighbours among a decision's events are written together: offers that have all but their entries in
/// common, and offers that ran out.
pub(super) fn together(one: &Event, next: &Event) -> bool {
    match (one, next) {
        (
            Event::Offered { round, deadline, .. },
            Event::Offered { round: next_round, deadline: next_deadline, .. },
        ) => round == next_round && deadline == next_deadline,
        (Event::Expired { .. }, Event::Expired { .. }) => true,
        _ => false,
    }
}

/// Seats are held for these waiting entries until `deadline`, and their members are told.
pub(super) async fn made(
    conn: &mut Conn,
    locked: &Locked,
    tickets: &[Ticket],
    (round, deadline): (u32, Instant),
    now: Instant,
    app: &App,
) -> Result<(), AppError> {
    let ids = ids_of(locked, tickets)?;
    let mut update =
        QueryBuilder::<MySql>::new("UPDATE waitlist SET status = 'notified', last_notified_at = ");
    update
        .push_bind(DateTime::<Utc>::from(now))
        .push(", response_deadline = ")
        .push_bind(DateTime::<Utc>::from(deadline))
        .push(", reminder_at = ")
        .push_bind(deadline::reminder_at(now, deadline, &app.policy).map(DateTime::<Utc>::from))
        .push(", notification_round = ")
        .push_bind(round);
    only(&mut update, "waiting", &ids, tickets);
    let done = update.build().execute(&mut *conn).await?;
    all(done.rows_affected(), 1, "waiting entries to offer seats to", &ids)?;
    let offered: Vec<_> = ids.into_iter().map(|entry| messages::Offered { entry, round, deadline }).collect();
    messages::offers(conn, locked, &offered, now, app).await
}

/// Nobody answered these in time.
pub(super) async fn ran_out(
    conn: &mut Conn,
    locked: &Locked,
    tickets: &[Ticket],
    now: Instant,
) -> Result<(), AppError> {
    let ids = ids_of(locked, tickets)?;
    let mut update = QueryBuilder::<MySql>::new("UPDATE waitlist SET status = 'expired', reminder_at = NULL");
    only(&mut update, "notified", &ids, tickets);
    let done = update.build().execute(&mut *conn).await?;
    all(done.rows_affected(), 1, "notified entries to expire", &ids)?;
    end(conn, &ids, NotificationStatus::Expired, Some(Reason::Timeout), now).await
}

/// Ends the notifications and the flows of entries' open offers.
pub(super) async fn end(
    conn: &mut Conn,
    entries: &[i64],
    status: NotificationStatus,
    reason: Option<Reason>,
    now: Instant,
) -> Result<(), AppError> {
    let at = DateTime::<Utc>::from(now);
    let mut update = QueryBuilder::<MySql>::new(
        "UPDATE waitlist_notification n JOIN waitlist_flow f ON f.waitlist_notification_id = n.id SET n.status = ",
    );
    update
        .push_bind(status.as_str())
        .push(", n.response_time = ")
        .push_bind((status == NotificationStatus::Responded).then_some(at))
        .push(", f.flow_completion_time = ")
        .push_bind(at)
        .push(", f.expiration_reason = ")
        .push_bind(reason.map(Reason::as_str))
        .push(
            " WHERE n.notification_type = 'spot_available' AND n.status = 'sent' \
             AND f.flow_completion_time IS NULL AND n.waitlist_id IN ",
        );
    push_ids(&mut update, entries);
    let done = update.build().execute(conn).await?;
    all(done.rows_affected(), 2, "rows of notifications and flows of open offers of entries", entries)
}

/// ` WHERE …`: these entries, if they are in this state and at the places that were loaded.
fn only(update: &mut QueryBuilder<MySql>, status: &'static str, ids: &[i64], tickets: &[Ticket]) {
    update.push(" WHERE status = ").push_bind(status).push(" AND `position` BETWEEN ");
    update
        .push_bind(tickets.iter().min().map(|ticket| ticket.0))
        .push(" AND ")
        .push_bind(tickets.iter().max().map(|ticket| ticket.0))
        .push(" AND id IN ");
    push_ids(update, ids);
}

fn ids_of(locked: &Locked, tickets: &[Ticket]) -> Result<Vec<i64>, AppError> {
    tickets.iter().map(|ticket| id_of(locked, *ticket)).collect()
}

/// A statement that must have changed `each` rows for every id that it names.
fn all(rows: u64, each: usize, what: &str, ids: &[i64]) -> Result<(), AppError> {
    let expected = each * ids.len();
    if usize::try_from(rows).is_ok_and(|rows| rows == expected) {
        Ok(())
    } else {
        Err(AppError::Internal(anyhow!("expected {expected} {what} ({ids:?}), found {rows}")))
    }
}
