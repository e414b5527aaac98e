-- Logins of a page by a phone (RFC 8628). All instants are real time, as tokens age. The page's secret is not stored.
CREATE TABLE device_login (
  device_hash      BINARY(32) PRIMARY KEY COMMENT 'SHA-256 of the device code',
  user_code        CHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_agent       VARCHAR(200) NOT NULL,
  address          VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at       DATETIME(3) NOT NULL,
  expires_at       DATETIME(3) NOT NULL,
  interval_seconds INT UNSIGNED NOT NULL,
  polled_at        DATETIME(3) NULL,
  decided_at       DATETIME(3) NULL,
  account_id       BIGINT NULL COMMENT 'who approved it; NULL once it is decided: it was denied',
  spent_at         DATETIME(3) NULL COMMENT 'when the page was told',
  UNIQUE KEY uk_device_login_user_code (user_code),
  KEY idx_device_login_expires (expires_at),
  CONSTRAINT fk_device_login_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE,
  CONSTRAINT ck_device_login_decided CHECK (decided_at IS NOT NULL OR (account_id IS NULL AND spent_at IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Wrong codes, which are counted for an hour.
CREATE TABLE device_login_miss (
  id         BIGINT AUTO_INCREMENT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  missed_at  DATETIME(3) NOT NULL,
  KEY idx_device_login_miss_account (account_id, missed_at),
  KEY idx_device_login_miss_at (missed_at),
  CONSTRAINT fk_device_login_miss_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
