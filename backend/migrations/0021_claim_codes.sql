-- The codes by which families claim a child, as HMACs: nobody reads a code from here. Of a profile one code is unused.
CREATE TABLE IF NOT EXISTS claim_code (
  code_hash       BINARY(32) NOT NULL PRIMARY KEY,
  profile_id      BIGINT NOT NULL,
  expires_at      DATETIME(3) NOT NULL COMMENT 'the last instant at which it counts',
  used_by         BIGINT NULL COMMENT 'the account that claimed the child with it',
  live_profile_id BIGINT GENERATED ALWAYS AS (CASE WHEN used_by IS NULL THEN profile_id END) STORED,
  UNIQUE KEY uk_claim_code_live (live_profile_id),
  KEY idx_claim_code_profile (profile_id),
  KEY idx_claim_code_expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Claims with a wrong code, which are limited for each account and each network.
CREATE TABLE IF NOT EXISTS claim_failure (
  id         BIGINT AUTO_INCREMENT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  network    VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  failed_at  DATETIME(3) NOT NULL,
  KEY idx_claim_failure_account (account_id, failed_at),
  KEY idx_claim_failure_network (network, failed_at),
  KEY idx_claim_failure_at (failed_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000;

-- The deliveries of a message: one for each guardian who is told.
ALTER TABLE outbox ADD KEY idx_outbox_message (message_uuid);
