-- Roles are ordered: member, coach, staff, owner; the service stands outside. New words come last, so that no row is
-- written again.
ALTER TABLE account
  MODIFY COLUMN role ENUM('member', 'staff', 'service', 'coach', 'owner') NOT NULL DEFAULT 'member';
ALTER TABLE account
  ADD COLUMN name VARCHAR(100) NULL COMMENT 'of a person of the gym';
ALTER TABLE account
  ADD COLUMN role_is_set TINYINT(1) NOT NULL DEFAULT 0 COMMENT 'by a verb: files leave the role as it is';
ALTER TABLE account
  ADD KEY idx_account_role (role, id);

ALTER TABLE audit
  ADD COLUMN profile_id BIGINT NULL COMMENT 'whom it was about';
ALTER TABLE audit
  ADD COLUMN before_detail JSON NULL COMMENT 'what it was; detail is what it became';
ALTER TABLE audit
  ADD COLUMN reason VARCHAR(200) NULL;
ALTER TABLE audit
  ADD KEY idx_audit_profile (profile_id, `at`, id);
ALTER TABLE audit
  ADD KEY idx_audit_subject (subject, `at`, id);
UPDATE audit SET profile_id = JSON_EXTRACT(detail, '$.profile_id')
  WHERE profile_id IS NULL AND JSON_EXTRACT(detail, '$.profile_id') IS NOT NULL;
