-- A profile that left, declined or expired opens the same row again, with a new `position` (the ticket): the live rank
-- is computed from the tickets of those that wait. `last_notified_at` and `notification_round` survive that.
CREATE TABLE waitlist (
  id                 BIGINT AUTO_INCREMENT PRIMARY KEY,
  profile_id         BIGINT NOT NULL,
  session_id         BIGINT NOT NULL,
  course_schedule_id BIGINT NOT NULL,
  booking_date       DATE NOT NULL,
  `position`         BIGINT NOT NULL COMMENT 'the ticket: grows per session, never reused',
  status             ENUM('waiting', 'notified', 'confirmed', 'expired', 'cancelled') NOT NULL DEFAULT 'waiting',
  join_time          TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  last_notified_at   TIMESTAMP(3) NULL DEFAULT NULL,
  notification_round INT NOT NULL DEFAULT 0 COMMENT 'offers made so far',
  response_deadline  TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'of the live offer',
  confirmed_at       TIMESTAMP(3) NULL DEFAULT NULL,
  expires_at         TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'when the last notification may go out',
  makeup_for         BIGINT NULL COMMENT 'the missed booking that a confirm makes up',
  created_at         TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'database time',
  updated_at         TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)
                     COMMENT 'database time',
  UNIQUE KEY uk_profile_schedule_date (profile_id, course_schedule_id, booking_date),
  UNIQUE KEY uk_session_position (session_id, `position`),
  KEY idx_status_position (session_id, status, `position`),
  KEY idx_status_notified (session_id, status, last_notified_at),
  KEY idx_profile_status (profile_id, status),
  KEY idx_profile_join (profile_id, join_time, id),
  KEY idx_course_schedule (course_schedule_id, booking_date),
  KEY idx_makeup_for (makeup_for),
  CONSTRAINT fk_waitlist_profile FOREIGN KEY (profile_id) REFERENCES profile (id) ON DELETE CASCADE,
  CONSTRAINT fk_waitlist_session FOREIGN KEY (session_id) REFERENCES class_session (id) ON DELETE CASCADE,
  CONSTRAINT fk_waitlist_schedule FOREIGN KEY (course_schedule_id) REFERENCES course_schedule (id) ON DELETE CASCADE,
  CONSTRAINT fk_waitlist_makeup_for FOREIGN KEY (makeup_for) REFERENCES booking (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

ALTER TABLE booking
  ADD KEY idx_booking_waitlist (waitlist_id),
  ADD CONSTRAINT fk_booking_waitlist FOREIGN KEY (waitlist_id) REFERENCES waitlist (id) ON DELETE SET NULL;

CREATE TABLE waitlist_notification (
  id                 BIGINT AUTO_INCREMENT PRIMARY KEY,
  waitlist_id        BIGINT NOT NULL,
  profile_id         BIGINT NOT NULL,
  notification_type  ENUM('spot_available', 'expiry_reminder', 'queue_update') NOT NULL DEFAULT 'spot_available',
  notification_round INT NOT NULL DEFAULT 1,
  sent_time          TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  response_deadline  TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'NULL: nothing to answer',
  response_time      TIMESTAMP(3) NULL DEFAULT NULL,
  status             ENUM('sent', 'responded', 'expired', 'cancelled') NOT NULL DEFAULT 'sent',
  delivery           ENUM('pending', 'delivered', 'undeliverable', 'failed') NOT NULL DEFAULT 'pending',
  message_content    TEXT NULL,
  notification_data  JSON NULL,
  created_at         TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'database time',
  updated_at         TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)
                     COMMENT 'database time',
  KEY idx_waitlist_status (waitlist_id, status),
  KEY idx_waitlist_sent (waitlist_id, sent_time, id),
  KEY idx_profile_sent (profile_id, sent_time, id),
  KEY idx_sent_time (sent_time),
  KEY idx_deadline (response_deadline),
  CONSTRAINT fk_notification_waitlist FOREIGN KEY (waitlist_id) REFERENCES waitlist (id) ON DELETE CASCADE,
  CONSTRAINT fk_notification_profile FOREIGN KEY (profile_id) REFERENCES profile (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

-- How one offer went.
CREATE TABLE waitlist_flow (
  id                       BIGINT AUTO_INCREMENT PRIMARY KEY,
  waitlist_notification_id BIGINT NOT NULL,
  flow_start_time          TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  flow_completion_time     TIMESTAMP(3) NULL DEFAULT NULL,
  expiration_reason        ENUM('timeout', 'user_cancelled', 'system_error', 'manual_cancel') NULL,
  flow_data                JSON NULL,
  created_at               TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'database time',
  UNIQUE KEY uk_flow_notification (waitlist_notification_id),
  KEY idx_start_time (flow_start_time),
  CONSTRAINT fk_flow_notification FOREIGN KEY (waitlist_notification_id) REFERENCES waitlist_notification (id)
    ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;
