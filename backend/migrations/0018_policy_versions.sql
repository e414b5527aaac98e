-- Versions of the policy: from when each holds, and every field of it. Rows are never changed. Ids are given by the program, in
-- the order of the inserts. The first program that finds no version makes version 1; it is created by 0, which is no account.
CREATE TABLE policy_version (
  id             BIGINT PRIMARY KEY,
  effective_from DATETIME(3) NOT NULL,
  policy         JSON NOT NULL,
  created_by     BIGINT NOT NULL,
  created_at     DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  KEY idx_effective_from (effective_from)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
