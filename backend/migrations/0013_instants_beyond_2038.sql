-- Instants outlive 2038-01-19, where TIMESTAMP ends: the program binds them as UTC, and writes `updated_at` itself. What a
-- column held is converted in the time zone of the session, so that is UTC here. Earlier programs read and write the
-- changed columns as they did the old ones. Each statement copies its table.
SET time_zone = '+00:00';

ALTER TABLE account
  MODIFY COLUMN created_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)) COMMENT 'database time';

ALTER TABLE profile
  MODIFY COLUMN created_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)) COMMENT 'database time';

ALTER TABLE class_session
  MODIFY COLUMN starts_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN ends_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN due_at DATETIME(3) NULL COMMENT 'when the sweep has to look next',
  MODIFY COLUMN offers_due_at DATETIME(3) NULL COMMENT 'the earliest deadline of a live offer',
  MODIFY COLUMN freed_at DATETIME(3) NULL COMMENT 'since when a seat has been free that someone waits for',
  MODIFY COLUMN finished_at DATETIME(3) NULL COMMENT 'when its bookings were marked completed, after its end';

ALTER TABLE booking
  MODIFY COLUMN cancelled_at DATETIME(3) NULL,
  MODIFY COLUMN created_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN makeup_reminded_at DATETIME(3) NULL COMMENT 'when its member was told that the right to a makeup runs out';

ALTER TABLE waitlist
  MODIFY COLUMN join_time DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN last_notified_at DATETIME(3) NULL,
  MODIFY COLUMN response_deadline DATETIME(3) NULL COMMENT 'of the live offer',
  MODIFY COLUMN confirmed_at DATETIME(3) NULL,
  MODIFY COLUMN expires_at DATETIME(3) NULL COMMENT 'when the last notification may go out',
  MODIFY COLUMN created_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)) COMMENT 'database time',
  MODIFY COLUMN updated_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)) COMMENT 'database time',
  MODIFY COLUMN reminder_at DATETIME(3) NULL COMMENT 'when the reminder of the live offer is due; NULL once it was written';

ALTER TABLE waitlist_notification
  MODIFY COLUMN sent_time DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN response_deadline DATETIME(3) NULL COMMENT 'NULL: nothing to answer',
  MODIFY COLUMN response_time DATETIME(3) NULL,
  MODIFY COLUMN created_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)) COMMENT 'database time',
  MODIFY COLUMN updated_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)) COMMENT 'database time';

ALTER TABLE waitlist_flow
  MODIFY COLUMN flow_start_time DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN flow_completion_time DATETIME(3) NULL,
  MODIFY COLUMN created_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)) COMMENT 'database time';

ALTER TABLE class_credit_compensation
  MODIFY COLUMN created_time DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN expiry_time DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN used_time DATETIME(3) NULL,
  MODIFY COLUMN created_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)) COMMENT 'database time',
  MODIFY COLUMN updated_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)) COMMENT 'database time',
  MODIFY COLUMN reminded_at DATETIME(3) NULL COMMENT 'when its member was told that it runs out';

ALTER TABLE makeup_booking
  MODIFY COLUMN created_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN updated_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)) COMMENT 'database time';

ALTER TABLE compensation_usage
  MODIFY COLUMN usage_time DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN created_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)) COMMENT 'database time';

ALTER TABLE compensation_event
  MODIFY COLUMN `at` DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3));

ALTER TABLE outbox
  MODIFY COLUMN created_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN not_before DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN give_up_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN claimed_until DATETIME(3) NULL,
  MODIFY COLUMN sent_at DATETIME(3) NULL;

ALTER TABLE idempotency_key
  MODIFY COLUMN locked_until DATETIME(3) NULL COMMENT 'after this, a request that died no longer blocks the key',
  MODIFY COLUMN created_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3));

ALTER TABLE audit
  MODIFY COLUMN `at` DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3));

ALTER TABLE sweep_run
  MODIFY COLUMN started_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  MODIFY COLUMN finished_at DATETIME(3) NULL;

ALTER TABLE dev_clock
  MODIFY COLUMN stood_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3));

ALTER TABLE sweep_setback
  MODIFY COLUMN retry_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3));

ALTER TABLE _sqlx_migrations
  MODIFY COLUMN installed_on DATETIME NOT NULL DEFAULT (UTC_TIMESTAMP());
