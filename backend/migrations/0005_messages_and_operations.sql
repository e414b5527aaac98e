-- Messages to members, written with what they tell of, sent afterwards by whoever leases the row.
CREATE TABLE outbox (
  id              BIGINT AUTO_INCREMENT PRIMARY KEY,
  account_id      BIGINT NOT NULL,
  openid          VARCHAR(128) NOT NULL,
  template        VARCHAR(64) NOT NULL,
  page            VARCHAR(255) NOT NULL,
  data            JSON NOT NULL,
  waitlist_id     BIGINT NULL,
  notification_id BIGINT NULL,
  created_at      TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  not_before      TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  give_up_at      TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  attempts        INT NOT NULL DEFAULT 0,
  claim_token     CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  claimed_until   TIMESTAMP(3) NULL DEFAULT NULL,
  status          ENUM('pending', 'sent', 'undeliverable', 'failed') NOT NULL DEFAULT 'pending',
  last_error      VARCHAR(500) NULL,
  sent_at         TIMESTAMP(3) NULL DEFAULT NULL,
  KEY idx_outbox_due (status, not_before),
  KEY idx_outbox_claim (claim_token),
  KEY idx_outbox_created (created_at, id),
  CONSTRAINT fk_outbox_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE,
  CONSTRAINT fk_outbox_waitlist FOREIGN KEY (waitlist_id) REFERENCES waitlist (id) ON DELETE SET NULL,
  CONSTRAINT fk_outbox_notification FOREIGN KEY (notification_id) REFERENCES waitlist_notification (id)
    ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

-- Consents that a member gave: one accept buys one message of that template.
CREATE TABLE subscription_grant (
  account_id  BIGINT NOT NULL,
  template_id VARCHAR(64) NOT NULL,
  remaining   INT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, template_id),
  CONSTRAINT fk_subscription_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The first answer to a write that carried an Idempotency-Key; `status_code` is NULL while it is under way.
CREATE TABLE idempotency_key (
  account_id   BIGINT NOT NULL,
  `key`        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request_hash BINARY(32) NOT NULL COMMENT 'of method, path and body',
  status_code  SMALLINT UNSIGNED NULL,
  headers      JSON NULL,
  body         MEDIUMBLOB NULL,
  locked_until TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'after this, a request that died no longer blocks the key',
  created_at   TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (account_id, `key`),
  KEY idx_idempotency_created (created_at),
  CONSTRAINT fk_idempotency_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What staff changed: who, what, when. No foreign key: it outlives the account.
CREATE TABLE audit (
  id         BIGINT AUTO_INCREMENT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  action     VARCHAR(64) NOT NULL,
  subject    VARCHAR(128) NOT NULL,
  detail     JSON NOT NULL,
  `at`       TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  KEY idx_audit_at (`at`, id),
  KEY idx_audit_account (account_id, `at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

CREATE TABLE sweep_run (
  id          BIGINT AUTO_INCREMENT PRIMARY KEY,
  task        VARCHAR(64) NOT NULL,
  started_at  TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  finished_at TIMESTAMP(3) NULL DEFAULT NULL,
  counts      JSON NULL,
  error       VARCHAR(500) NULL,
  KEY idx_sweep_task (task, started_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

-- Where the dev clock stands (`--dev-clock`): one row. `active`: the service last ran on it, so `gym sweep` reads it too.
CREATE TABLE dev_clock (
  id       TINYINT PRIMARY KEY,
  stood_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  active   TINYINT NOT NULL DEFAULT 0,
  CONSTRAINT ck_dev_clock_one CHECK (id = 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
