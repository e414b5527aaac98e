-- One row per schedule and date: the lock that every change to a class takes first, and the counters of its seats.
CREATE TABLE class_session (
  id                 BIGINT AUTO_INCREMENT PRIMARY KEY,
  course_schedule_id BIGINT NOT NULL,
  booking_date       DATE NOT NULL COMMENT 'in the gym''s zone',
  starts_at          TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  ends_at            TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  duration_minutes   INT NOT NULL,
  capacity           INT UNSIGNED NOT NULL,
  queue_capacity     INT UNSIGNED NULL COMMENT 'NULL: the policy says',
  booked             INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'live bookings',
  held               INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'live offers',
  waiting            INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'entries that are waiting, not notified',
  next_ticket        BIGINT NOT NULL DEFAULT 1 COMMENT 'the next waitlist.position',
  status             ENUM('scheduled', 'cancelled') NOT NULL DEFAULT 'scheduled',
  due_at             TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'when the sweep has to look next',
  offers_due_at      TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'the earliest deadline of a live offer',
  UNIQUE KEY uk_session_schedule_date (course_schedule_id, booking_date),
  KEY idx_session_due (due_at),
  KEY idx_session_date (booking_date, course_schedule_id),
  KEY idx_session_starts (starts_at),
  CONSTRAINT fk_session_schedule FOREIGN KEY (course_schedule_id) REFERENCES course_schedule (id) ON DELETE CASCADE,
  CONSTRAINT ck_session_seats CHECK (booked + held <= capacity),
  CONSTRAINT ck_session_duration CHECK (duration_minutes BETWEEN 1 AND 1440)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

CREATE TABLE booking (
  id                        BIGINT AUTO_INCREMENT PRIMARY KEY,
  profile_id                BIGINT NOT NULL,
  session_id                BIGINT NOT NULL,
  course_schedule_id        BIGINT NOT NULL,
  booking_date              DATE NOT NULL,
  status                    ENUM('booked', 'completed', 'cancelled', 'leave', 'absent', 'cancelled_by_gym')
                            NOT NULL DEFAULT 'booked',
  source                    ENUM('direct', 'waitlist', 'makeup') NOT NULL DEFAULT 'direct',
  waitlist_id               BIGINT NULL COMMENT 'the entry whose offer was confirmed',
  compensation_minutes_used INT NOT NULL DEFAULT 0,
  cancelled_at              TIMESTAMP(3) NULL DEFAULT NULL,
  created_at                TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  -- One live place per profile and session. Virtual: MySQL allows no cascade under a stored column.
  live_profile_id           BIGINT GENERATED ALWAYS AS
                            (CASE WHEN status IN ('booked', 'completed', 'absent') THEN profile_id END) VIRTUAL,
  UNIQUE KEY uk_booking_live (session_id, live_profile_id),
  KEY idx_booking_profile_status (profile_id, status),
  KEY idx_booking_profile_created (profile_id, created_at, id),
  KEY idx_booking_session_status (session_id, status),
  KEY idx_booking_schedule (course_schedule_id, booking_date),
  CONSTRAINT fk_booking_profile FOREIGN KEY (profile_id) REFERENCES profile (id) ON DELETE CASCADE,
  CONSTRAINT fk_booking_session FOREIGN KEY (session_id) REFERENCES class_session (id) ON DELETE CASCADE,
  CONSTRAINT fk_booking_schedule FOREIGN KEY (course_schedule_id) REFERENCES course_schedule (id) ON DELETE CASCADE,
  CONSTRAINT ck_booking_minutes CHECK (compensation_minutes_used >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;
