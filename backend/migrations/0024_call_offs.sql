-- A class that is called off gives back what its bookings cost: a part of them in each transaction, so that no class is too
-- large to be called off.
ALTER TABLE class_session
  ADD COLUMN call_off_due_at DATETIME(3) NULL
             COMMENT 'since when bookings of a cancelled class wait to be given back what they cost',
  ADD KEY idx_session_call_off (call_off_due_at),
  ADD CONSTRAINT ck_session_call_off CHECK (call_off_due_at IS NULL OR status = 'cancelled');
