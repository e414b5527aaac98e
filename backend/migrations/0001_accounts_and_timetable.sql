-- Ids below 1,000,000 belong to fixtures; the service's own rows start there, so neither takes the other's.
-- Text compares byte for byte (utf8mb4_bin), the same on every server. Instants are the service's own clock unless a
-- column's comment says otherwise; sqlx keeps every connection in UTC.

CREATE TABLE account (
  id         BIGINT AUTO_INCREMENT PRIMARY KEY,
  openid     VARCHAR(128) NOT NULL COMMENT 'who this is to WeChat',
  role       ENUM('member', 'staff', 'service') NOT NULL DEFAULT 'member',
  created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'database time',
  UNIQUE KEY uk_account_openid (openid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

CREATE TABLE profile (
  id         BIGINT AUTO_INCREMENT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  name       VARCHAR(100) NOT NULL,
  category   VARCHAR(50) NULL,
  created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'database time',
  KEY idx_profile_account (account_id, id),
  CONSTRAINT fk_profile_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

CREATE TABLE course (
  id               BIGINT AUTO_INCREMENT PRIMARY KEY,
  name             VARCHAR(100) NOT NULL,
  category         VARCHAR(50) NOT NULL,
  duration_minutes INT NOT NULL,
  queue_capacity   INT UNSIGNED NULL COMMENT 'NULL: the policy says',
  CONSTRAINT ck_course_duration CHECK (duration_minutes BETWEEN 1 AND 1440)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

CREATE TABLE course_schedule (
  id               BIGINT AUTO_INCREMENT PRIMARY KEY,
  course_id        BIGINT NOT NULL,
  weekday          TINYINT NOT NULL COMMENT '1 Monday to 7 Sunday, in the gym''s zone',
  start_time       TIME NOT NULL COMMENT 'in the gym''s zone',
  capacity         INT UNSIGNED NOT NULL,
  duration_minutes INT NULL COMMENT 'NULL: the course says',
  KEY idx_schedule_course (course_id),
  KEY idx_schedule_weekday (weekday, start_time),
  CONSTRAINT fk_schedule_course FOREIGN KEY (course_id) REFERENCES course (id) ON DELETE CASCADE,
  CONSTRAINT ck_schedule_weekday CHECK (weekday BETWEEN 1 AND 7),
  CONSTRAINT ck_schedule_duration CHECK (duration_minutes BETWEEN 1 AND 1440)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;
