//! Rows as the shapes of the contract, for what several verbs answer.

use super::Context;
use crate::error::AppError;
use crate::paging::Cursor;
use crate::store::{self, BookingRow, MakeupRow, StoreError};
use contract::shapes::{Booking, Makeup};
use logic::Minutes;
use logic::ids::PolicyId;

/// Minutes of a row, which the rules keep at or above zero.
///
/// # Errors
/// [`StoreError::Unexpected`] if the row has others.
pub(super) fn minutes(table: &'static str, id: i64, minutes: Minutes) -> Result<u32, StoreError> {
    store::fits(table, id, "number of minutes", minutes.0)
}

/// A booking, with until when it can be made up; `policy` judges its class.
pub(super) fn booking(row: &BookingRow, policy: PolicyId) -> Booking {
    Booking {
        id: row.id,
        profile_id: row.profile_id,
        course_schedule_id: row.course_schedule_id,
        booking_date: row.booking_date,
        course_name: row.course_name.clone(),
        starts_at: row.starts_at,
        duration_minutes: row.duration_minutes,
        status: row.status,
        source: row.source,
        compensation_minutes_used: row.compensation_minutes_used,
        makeup_until: row.makeup_until,
        attendance_marked_at: row.attendance_marked_at,
        policy_id: policy,
        created_at: row.created_at,
    }
}

/// Bookings of any classes, in the order of the rows.
///
/// # Errors
/// `unavailable` if a class is judged by a version that this program cannot use; the database does not answer.
pub(super) async fn bookings(context: &Context, rows: &[BookingRow]) -> Result<Vec<Booking>, AppError> {
    let versions = context.policies.for_classes(&context.pool, rows).await?;
    rows.iter().map(|row| Ok(booking(row, versions.of_class(row)?.id()))).collect()
}

/// The cursor of a booking in lists ordered by class.
pub(super) fn booking_cursor(row: &BookingRow) -> Cursor {
    Cursor::at(row.starts_at, row.id.0)
}

/// A makeup.
pub(super) fn makeup(row: MakeupRow) -> Makeup {
    Makeup {
        id: row.id,
        original_booking_id: row.original_booking_id,
        profile_id: row.profile_id,
        makeup_class_id: row.makeup_class_id,
        makeup_schedule_id: row.makeup_schedule_id,
        makeup_date: row.makeup_date,
        course_name: row.course_name,
        starts_at: row.starts_at,
        status: row.status,
        original_duration: row.original_duration,
        makeup_duration: row.makeup_duration,
        duration_difference: row.duration_difference,
        completion_type: row.completion_type,
        compensation_id: row.compensation_id,
    }
}
