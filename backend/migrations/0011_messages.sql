-- Everything that was said to a family, whether or not a phone could be reached: the list of messages in the app. A row is
-- of the child; what was read is of each account. No foreign keys: what was said stays said, and writing it locks nobody.
CREATE TABLE message (
  id                 BIGINT AUTO_INCREMENT PRIMARY KEY,
  uuid               CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                     COMMENT 'names the row in outbox, before the database has given it an id',
  profile_id         BIGINT NOT NULL,
  kind               VARCHAR(64) NOT NULL,
  said_at            DATETIME(3) NOT NULL,
  title              VARCHAR(64) NOT NULL,
  `text`             VARCHAR(1000) NOT NULL,
  waitlist_id        BIGINT NULL,
  booking_id         BIGINT NULL,
  makeup_id          BIGINT NULL,
  grant_id           BIGINT NULL,
  course_schedule_id BIGINT NULL,
  booking_date       DATE NULL,
  delivery           ENUM('pending', 'delivered', 'failed', 'undeliverable', 'app_only', 'relayed') NOT NULL,
  UNIQUE KEY uk_message_uuid (uuid),
  KEY idx_message_profile (profile_id, said_at, id),
  KEY idx_message_said (said_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

CREATE TABLE message_read (
  account_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  read_at    DATETIME(3) NOT NULL,
  PRIMARY KEY (account_id, message_id),
  KEY idx_message_read_message (message_id),
  CONSTRAINT fk_message_read_message FOREIGN KEY (message_id) REFERENCES message (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- NULL in rows of a program that does not know messages.
ALTER TABLE outbox
  ADD COLUMN message_uuid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'the message that it sends';

ALTER TABLE booking
  ADD COLUMN makeup_ended_at DATETIME(3) NULL
             COMMENT 'when it was found that the right to a makeup had run out';
