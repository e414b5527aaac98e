-- Tokens that end before their time: all of an account that were issued before an instant, or one by its id.
ALTER TABLE account
  ADD COLUMN tokens_valid_from DATETIME(3) NULL COMMENT 'tokens issued before are refused';

CREATE TABLE revoked_token (
  jti        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  revoked_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  KEY idx_revoked_at (revoked_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
