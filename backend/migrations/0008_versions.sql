-- What a conditional read compares, so that a list that did not change need not be read again (domain/versions.rs).
ALTER TABLE class_session
  ADD COLUMN revision BIGINT NOT NULL DEFAULT 0
             COMMENT 'grows with every change to the class, its bookings, its queue and what they were told';

-- How many of a profile's messages have an outcome: the dispatcher writes it outside the session's lock.
ALTER TABLE waitlist_notification
  ADD KEY idx_profile_delivery (profile_id, delivery);

-- Another one with every load of fixtures, which may change any row; and no two databases have the same.
CREATE TABLE read_epoch (
  id    TINYINT PRIMARY KEY,
  epoch CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  CONSTRAINT ck_read_epoch_one CHECK (id = 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO read_epoch (id, epoch) VALUES (1, UUID());
