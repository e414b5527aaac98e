//! Table `compensation_usage`: what bookings took from grants.

use super::error::RowState;
use super::many::{id_pieces, push_ids};
use super::{Conn, GrantRow, ProfileLock, Result, sql};
use logic::compensation::Use;
use logic::ids::BookingId;
use logic::{Instant, Minutes};
use sqlx::{MySql, QueryBuilder};

/// Minutes that a booking took from a grant and has not given back.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SpentRow {
    pub usage_id: i64,
    /// Minutes that can be given back.
    pub spent: Minutes,
    /// Whether the makeup that the grant came with is cancelled: only the gym cancels one whose minutes are spent
    /// (RULES §3).
    pub forgiven: bool,
    #[sqlx(flatten)]
    pub grant: GrantRow,
}

/// Writes what a booking of a locked profile takes from a grant.
pub async fn compensation_usage_insert(
    conn: &mut Conn,
    _: &ProfileLock,
    booking: BookingId,
    taken: &Use,
    now: Instant,
) -> Result<()> {
    sqlx::query(sql!(
        compensation_usage_insert,
        "INSERT INTO compensation_usage (compensation_id, booking_id, used_minutes, remaining_minutes, \
         usage_time, usage_type) VALUES (?, ?, ?, ?, ?, ?)"
    ))
    .bind(taken.compensation_id)
    .bind(booking)
    .bind(taken.used)
    .bind(taken.remaining)
    .bind(now)
    .bind(taken.usage_type)
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks what a booking took from grants of a locked profile and has not given back, with the grants, in their order.
pub async fn compensation_usage_lock_spent(
    conn: &mut Conn,
    profile: &ProfileLock,
    booking: BookingId,
) -> Result<Vec<SpentRow>> {
    Ok(sqlx::query_as(sql!(
        compensation_usage_lock_spent,
        "SELECT u.id AS usage_id, CAST(u.used_minutes - u.restored_minutes AS SIGNED) AS spent, \
         EXISTS (SELECT 1 FROM makeup_booking m WHERE m.compensation_id = g.id AND m.status = 'cancelled') \
         AS forgiven, g.id, g.status, g.remaining_minutes, g.expiry_time \
         FROM compensation_usage u JOIN class_credit_compensation g ON g.id = u.compensation_id \
         WHERE u.booking_id = ? AND g.profile_id = ? AND u.restored_minutes < u.used_minutes \
         ORDER BY g.id FOR UPDATE"
    ))
    .bind(booking)
    .bind(profile.id())
    .fetch_all(conn)
    .await?)
}

/// For each of the bookings that grants pay for, when the last of these grants expires.
pub async fn compensation_usage_list_ends(
    conn: &mut Conn,
    bookings: &[BookingId],
) -> Result<Vec<(BookingId, Instant)>> {
    let mut ends = Vec::with_capacity(bookings.len());
    for piece in id_pieces(bookings) {
        let mut select = QueryBuilder::<MySql>::new(sql!(
            compensation_usage_list_ends,
            "SELECT u.booking_id, MAX(g.expiry_time) FROM compensation_usage u \
             JOIN class_credit_compensation g ON g.id = u.compensation_id \
             WHERE u.restored_minutes < u.used_minutes AND u.booking_id IN "
        ));
        push_ids(&mut select, piece);
        select.push(" GROUP BY u.booking_id");
        ends.extend(select.build_query_as::<(BookingId, Instant)>().fetch_all(&mut *conn).await?);
    }
    Ok(ends)
}

/// The state of a use, as an error shows it.
const COMPENSATION_USAGE_AS_STORED: RowState = RowState {
    table: "compensation_usage",
    select: sql!(
        compensation_usage_as_stored,
        "SELECT CAST(JSON_OBJECT('used', used_minutes, 'restored', restored_minutes) AS CHAR) \
         FROM compensation_usage WHERE id = ?"
    ),
};

/// Marks the minutes that a use still held as given back.
///
/// # Errors
/// [`super::StoreError::Unexpected`] if it held others.
pub async fn compensation_usage_restore(
    conn: &mut Conn,
    _: &ProfileLock,
    usage: i64,
    spent: Minutes,
) -> Result<()> {
    let done = sqlx::query(sql!(
        compensation_usage_restore,
        "UPDATE compensation_usage SET restored_minutes = used_minutes \
         WHERE id = ? AND used_minutes - restored_minutes = ?"
    ))
    .bind(usage)
    .bind(spent)
    .execute(&mut *conn)
    .await?;
    COMPENSATION_USAGE_AS_STORED
        .expect_one(conn, &done, usage, format!("{} minutes not given back", spent.0))
        .await
}

/// The bookings that hold minutes of the grant that came with a makeup's `booking`, in order of id.
pub async fn compensation_usage_spenders(conn: &mut Conn, booking: BookingId) -> Result<Vec<BookingId>> {
    Ok(sqlx::query_scalar(sql!(
        compensation_usage_spenders,
        "SELECT DISTINCT u.booking_id FROM makeup_booking m \
         JOIN compensation_usage u ON u.compensation_id = m.compensation_id \
         WHERE m.booking_id = ? AND u.restored_minutes < u.used_minutes ORDER BY u.booking_id"
    ))
    .bind(booking)
    .fetch_all(conn)
    .await?)
}
