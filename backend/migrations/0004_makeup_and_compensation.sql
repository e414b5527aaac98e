CREATE TABLE class_credit_compensation (
  id                   BIGINT AUTO_INCREMENT PRIMARY KEY,
  profile_id           BIGINT NOT NULL,
  original_booking_id  BIGINT NOT NULL,
  compensation_minutes INT NOT NULL,
  status               ENUM('available', 'used', 'expired', 'revoked') NOT NULL DEFAULT 'available',
  created_time         TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  expiry_time          TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  used_time            TIMESTAMP(3) NULL DEFAULT NULL,
  used_booking_id      BIGINT NULL,
  remaining_minutes    INT NOT NULL,
  created_at           TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'database time',
  updated_at           TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)
                       COMMENT 'database time',
  KEY idx_profile_compensation (profile_id, status, expiry_time),
  KEY idx_expiry_time (status, expiry_time),
  KEY idx_original_booking (original_booking_id),
  CONSTRAINT fk_compensation_profile FOREIGN KEY (profile_id) REFERENCES profile (id) ON DELETE CASCADE,
  CONSTRAINT fk_compensation_original FOREIGN KEY (original_booking_id) REFERENCES booking (id) ON DELETE CASCADE,
  CONSTRAINT ck_compensation_minutes CHECK (compensation_minutes BETWEEN 1 AND 1440),
  CONSTRAINT ck_compensation_remaining CHECK (remaining_minutes BETWEEN 0 AND compensation_minutes)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

-- A makeup cancelled and booked again for the same class opens the same row again.
CREATE TABLE makeup_booking (
  id                  BIGINT AUTO_INCREMENT PRIMARY KEY,
  original_booking_id BIGINT NOT NULL,
  profile_id          BIGINT NOT NULL,
  makeup_class_id     BIGINT NOT NULL,
  makeup_schedule_id  BIGINT NOT NULL,
  makeup_date         DATE NOT NULL,
  booking_id          BIGINT NULL COMMENT 'the place that the makeup takes',
  compensation_id     BIGINT NULL COMMENT 'the grant that came with it',
  status              ENUM('pending', 'confirmed', 'completed', 'cancelled', 'no_show') NOT NULL DEFAULT 'pending',
  original_duration   INT NOT NULL,
  makeup_duration     INT NOT NULL,
  duration_difference INT NOT NULL,
  completion_type     ENUM('full', 'partial', 'extra') NOT NULL DEFAULT 'full',
  created_at          TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  updated_at          TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)
                      COMMENT 'database time',
  -- One live makeup per missed class.
  live_original       BIGINT GENERATED ALWAYS AS
                      (CASE WHEN status IN ('pending', 'confirmed', 'completed', 'no_show')
                       THEN original_booking_id END) VIRTUAL,
  UNIQUE KEY uk_makeup_booking (original_booking_id, makeup_schedule_id, makeup_date),
  UNIQUE KEY uk_makeup_live (live_original),
  UNIQUE KEY uk_makeup_place (booking_id),
  KEY idx_profile_makeup (profile_id, makeup_date),
  KEY idx_status (status),
  CONSTRAINT fk_makeup_original FOREIGN KEY (original_booking_id) REFERENCES booking (id) ON DELETE CASCADE,
  CONSTRAINT fk_makeup_profile FOREIGN KEY (profile_id) REFERENCES profile (id) ON DELETE CASCADE,
  CONSTRAINT fk_makeup_course FOREIGN KEY (makeup_class_id) REFERENCES course (id) ON DELETE CASCADE,
  CONSTRAINT fk_makeup_schedule FOREIGN KEY (makeup_schedule_id) REFERENCES course_schedule (id) ON DELETE CASCADE,
  CONSTRAINT fk_makeup_place FOREIGN KEY (booking_id) REFERENCES booking (id) ON DELETE SET NULL,
  CONSTRAINT fk_makeup_compensation FOREIGN KEY (compensation_id) REFERENCES class_credit_compensation (id)
    ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

CREATE TABLE compensation_usage (
  id                BIGINT AUTO_INCREMENT PRIMARY KEY,
  compensation_id   BIGINT NOT NULL,
  booking_id        BIGINT NOT NULL,
  used_minutes      INT NOT NULL,
  remaining_minutes INT NOT NULL COMMENT 'left on the grant after this use',
  restored_minutes  INT NOT NULL DEFAULT 0 COMMENT 'given back when the booking was cancelled',
  usage_time        TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  usage_type        ENUM('full_use', 'partial_use') NOT NULL DEFAULT 'full_use',
  created_at        TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'database time',
  KEY idx_compensation (compensation_id),
  KEY idx_booking (booking_id),
  KEY idx_usage_time (usage_time),
  CONSTRAINT fk_usage_compensation FOREIGN KEY (compensation_id) REFERENCES class_credit_compensation (id)
    ON DELETE CASCADE,
  CONSTRAINT fk_usage_booking FOREIGN KEY (booking_id) REFERENCES booking (id) ON DELETE CASCADE,
  CONSTRAINT ck_usage_minutes CHECK (used_minutes >= 1 AND remaining_minutes >= 0),
  CONSTRAINT ck_usage_restored CHECK (restored_minutes BETWEEN 0 AND used_minutes)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

-- The ledger: rows are only ever added. For every grant,
-- compensation_minutes = remaining + used - restored + expired + revoked.
CREATE TABLE compensation_event (
  id                BIGINT AUTO_INCREMENT PRIMARY KEY,
  compensation_id   BIGINT NOT NULL,
  profile_id        BIGINT NOT NULL,
  booking_id        BIGINT NULL,
  kind              ENUM('granted', 'used', 'restored', 'expired', 'revoked') NOT NULL,
  minutes           INT NOT NULL,
  remaining_minutes INT NOT NULL COMMENT 'left on the grant after this',
  usage_type        ENUM('full_use', 'partial_use') NULL,
  `at`              TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  KEY idx_event_grant (compensation_id, id),
  KEY idx_event_profile (profile_id, `at`, id),
  CONSTRAINT fk_event_grant FOREIGN KEY (compensation_id) REFERENCES class_credit_compensation (id)
    ON DELETE CASCADE,
  CONSTRAINT fk_event_profile FOREIGN KEY (profile_id) REFERENCES profile (id) ON DELETE CASCADE,
  CONSTRAINT fk_event_booking FOREIGN KEY (booking_id) REFERENCES booking (id) ON DELETE CASCADE,
  CONSTRAINT ck_event_minutes CHECK (minutes >= 0 AND remaining_minutes >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;
