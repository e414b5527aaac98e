-- A row that is written locks the rows that its foreign keys name. Those of a class named its slot, which comes before the
-- class in the one order of locks, and its members' profiles, which come before the rows that hang on them
-- (docs/ARCHITECTURE.md). The class and the entry, which have keys of their own, name both.
ALTER TABLE waitlist DROP FOREIGN KEY fk_waitlist_schedule;
ALTER TABLE booking DROP FOREIGN KEY fk_booking_schedule;
ALTER TABLE makeup_booking DROP FOREIGN KEY fk_makeup_course;
ALTER TABLE makeup_booking DROP FOREIGN KEY fk_makeup_schedule;
ALTER TABLE waitlist_notification DROP FOREIGN KEY fk_notification_profile;
