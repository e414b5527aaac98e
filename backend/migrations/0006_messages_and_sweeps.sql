-- What the sweeps look for: each has an index of its own, so that a look costs what there is to do.
ALTER TABLE waitlist
  ADD COLUMN reminder_at TIMESTAMP(3) NULL DEFAULT NULL
             COMMENT 'when the reminder of the live offer is due; NULL once it was written',
  ADD KEY idx_reminder_due (reminder_at, id);

ALTER TABLE class_session
  ADD COLUMN freed_at    TIMESTAMP(3) NULL DEFAULT NULL
             COMMENT 'since when a seat has been free that someone waits for',
  ADD COLUMN finished_at TIMESTAMP(3) NULL DEFAULT NULL
             COMMENT 'when its bookings were marked completed, after its end',
  ADD KEY idx_session_unfinished (finished_at, ends_at, id);

-- `cancelled`: what it tells of was over before it was sent.
ALTER TABLE outbox
  MODIFY COLUMN status ENUM('pending', 'sent', 'undeliverable', 'failed', 'cancelled') NOT NULL DEFAULT 'pending';

-- Work that a sweep could not do: set aside until `retry_at`, so that the rest goes on.
CREATE TABLE sweep_setback (
  task       VARCHAR(64) NOT NULL,
  subject_id BIGINT NOT NULL COMMENT 'the session or the entry',
  failures   INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'in a row',
  retry_at   TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  error      VARCHAR(500) NOT NULL,
  PRIMARY KEY (task, subject_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE sweep_run
  ADD KEY idx_sweep_started (started_at);
