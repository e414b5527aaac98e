-- Between which dates a slot has classes, both included; NULL: without a bound. So a slot is ended and another one begun.
ALTER TABLE course_schedule
  ADD COLUMN valid_from DATE NULL COMMENT 'in the gym''s zone',
  ADD COLUMN valid_until DATE NULL COMMENT 'in the gym''s zone, included',
  ADD CONSTRAINT ck_schedule_valid CHECK (valid_from <= valid_until);

-- What a file wrote last: a file changes a booking that still has this status, and no other. Fixtures have ids below a
-- million; of those that are not booked any more, nobody knows who ended them.
ALTER TABLE booking
  ADD COLUMN file_status ENUM('booked', 'completed', 'cancelled', 'leave', 'absent', 'cancelled_by_gym') NULL
             COMMENT 'the status that a file gave it';
UPDATE booking SET file_status = status WHERE id < 1000000 AND status = 'booked' AND file_status IS NULL;
