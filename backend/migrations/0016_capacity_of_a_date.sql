-- Whether the seats of a class are its own number, which staff set for that date, or those of its slot. Numbers that differ
-- from the slot's were set by staff.
ALTER TABLE class_session
  ADD COLUMN capacity_own BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'staff set the seats of this date';
UPDATE class_session s JOIN course_schedule c ON c.id = s.course_schedule_id SET s.capacity_own = TRUE
  WHERE s.capacity <> c.capacity;
