-- Members are told once before a grant, and before the right to a makeup, runs out.
ALTER TABLE class_credit_compensation
  ADD COLUMN reminded_at TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'when its member was told that it runs out';

ALTER TABLE booking
  ADD COLUMN makeup_reminded_at TIMESTAMP(3) NULL DEFAULT NULL
             COMMENT 'when its member was told that the right to a makeup runs out';
