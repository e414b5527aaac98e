//! Table `course`.

use super::{Conn, Result, lock_row, sql};
use logic::ids::CourseId;

/// A course.
#[derive(Clone, Debug)]
pub struct CourseRow<'a> {
    pub id: CourseId,
    pub name: &'a str,
    /// What can be made up with what: classes of one category.
    pub category: &'a str,
    pub duration_minutes: i64,
    /// Entries that wait for a class at most; `None`: the policy says.
    pub queue_capacity: Option<u32>,
}

lock_row!(
    /// Locks a course. Returns whether it exists.
    course_lock,
    "course",
    CourseId
);

/// Writes a course with the id that a file gives it.
pub async fn course_upsert(conn: &mut Conn, row: &CourseRow<'_>) -> Result<()> {
    sqlx::query(sql!(
        course_upsert,
        "INSERT INTO course (id, name, category, duration_minutes, queue_capacity) VALUES (?, ?, ?, ?, ?) \
         ON DUPLICATE KEY UPDATE name = VALUES(name), category = VALUES(category), \
           duration_minutes = VALUES(duration_minutes), queue_capacity = VALUES(queue_capacity)"
    ))
    .bind(row.id)
    .bind(row.name)
    .bind(row.category)
    .bind(row.duration_minutes)
    .bind(row.queue_capacity)
    .execute(conn)
    .await?;
    Ok(())
}
