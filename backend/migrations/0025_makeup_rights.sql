-- The end of a right to a makeup is fixed when the right arises, so that no later policy moves it. The program writes it to
-- `right_until`, and reads `makeup_until`, which has it as long as the booking is missed: where an earlier program undoes
-- leave or an absence, the right goes too. A makeup that is missed gives no right. The program fills in what has no end.
ALTER TABLE booking
  ADD COLUMN right_until DATETIME(3) NULL COMMENT 'the end of the right to a makeup, as fixed when it arose',
  ADD COLUMN makeup_until DATETIME(3) GENERATED ALWAYS AS
             (CASE WHEN status IN ('leave', 'absent', 'cancelled_by_gym') THEN right_until END) VIRTUAL,
  ADD KEY idx_booking_makeup_until (makeup_until, status),
  ADD CONSTRAINT ck_booking_right CHECK (right_until IS NULL OR source <> 'makeup');
