-- Who may act for a child and sees what is said to it. `profile.account_id` is the first guardian; it is NULL until a
-- family claims the child. No account is deleted while it is a guardian.
CREATE TABLE IF NOT EXISTS guardian (
  profile_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  told       TINYINT(1) NOT NULL DEFAULT 1 COMMENT 'whether messages about the child go to this account''s phone',
  since      DATETIME(3) NOT NULL,
  PRIMARY KEY (profile_id, account_id),
  KEY idx_guardian_account (account_id, profile_id),
  CONSTRAINT fk_guardian_profile FOREIGN KEY (profile_id) REFERENCES profile (id) ON DELETE CASCADE,
  CONSTRAINT fk_guardian_account FOREIGN KEY (account_id) REFERENCES account (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT IGNORE INTO guardian (profile_id, account_id, told, since)
  SELECT id, account_id, 1, created_at FROM profile WHERE account_id IS NOT NULL;

ALTER TABLE profile MODIFY account_id BIGINT NULL COMMENT 'the first guardian';

ALTER TABLE profile DROP FOREIGN KEY fk_profile_account;

ALTER TABLE profile ADD CONSTRAINT fk_profile_first_guardian FOREIGN KEY (account_id) REFERENCES account (id);
