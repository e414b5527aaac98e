-- Who teaches a slot, and where.
ALTER TABLE course_schedule
  ADD COLUMN coach_account_id BIGINT NULL,
  ADD COLUMN coach_name       VARCHAR(100) NULL,
  ADD COLUMN room             VARCHAR(50) NULL;

ALTER TABLE booking
  ADD COLUMN attendance_marked_at DATETIME(3) NULL
             COMMENT 'when the gym recorded whether the child came; what the end of the class completed has none';
UPDATE booking b JOIN (SELECT subject, MAX(`at`) AS marked_at FROM audit
                       WHERE action = 'booking.attendance' GROUP BY subject) a
    ON a.subject = CONCAT('booking/', b.id)
  SET b.attendance_marked_at = a.marked_at
  WHERE b.attendance_marked_at IS NULL AND b.status IN ('completed', 'absent');

-- The last message about a class to each child.
ALTER TABLE message ADD KEY idx_message_class (booking_date, course_schedule_id, profile_id, said_at, id);
