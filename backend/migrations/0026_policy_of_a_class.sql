-- The version of the policy that judges a class: fixed by the first accepted write to it, and then kept. What was promised before
-- there were versions was promised under version 1, which the first start makes: so the column names no table, and `gym doctor`
-- looks instead.
ALTER TABLE class_session
  ADD COLUMN policy_id BIGINT NULL COMMENT 'the version of the policy that judges it; NULL: not fixed yet',
  ADD KEY idx_session_policy (policy_id, starts_at);
UPDATE class_session s SET s.policy_id = 1
  WHERE s.policy_id IS NULL AND (s.status <> 'scheduled' OR s.capacity_own
    OR EXISTS (SELECT 1 FROM booking b WHERE b.session_id = s.id)
    OR EXISTS (SELECT 1 FROM waitlist w WHERE w.session_id = s.id));
