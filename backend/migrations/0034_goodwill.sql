-- What the gym gives beyond the rules: credit that came with no makeup, and the right to make up a booking that was
-- cancelled. The end of such a right stands in a column of its own: where an earlier program cancels a leave, that gives no
-- right.
ALTER TABLE class_credit_compensation
  ADD COLUMN source ENUM('makeup', 'goodwill') NOT NULL DEFAULT 'makeup';
ALTER TABLE booking
  ADD COLUMN given_until DATETIME(3) NULL COMMENT 'the end of the right to a makeup of a cancelled booking, given by staff';
ALTER TABLE booking
  MODIFY COLUMN makeup_until DATETIME(3) GENERATED ALWAYS AS
             (CASE WHEN status IN ('leave', 'absent', 'cancelled_by_gym') THEN right_until
                   WHEN status = 'cancelled' THEN given_until END) VIRTUAL;
