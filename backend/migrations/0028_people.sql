-- What the gym knows of a child, and what staff find it by. The note is shown to no family.
ALTER TABLE profile
  ADD COLUMN birth_date     DATE NULL,
  ADD COLUMN phone          VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN phone_number   VARCHAR(15) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'without + and 86',
  ADD COLUMN phone_reversed VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin
             GENERATED ALWAYS AS (REVERSE(phone)) STORED,
  ADD COLUMN note           VARCHAR(500) NULL,
  ADD COLUMN name_key       VARCHAR(200) GENERATED ALWAYS AS (LOWER(name)) STORED,
  ADD KEY idx_profile_name (name_key),
  ADD KEY idx_profile_phone (phone_number),
  ADD KEY idx_profile_phone_end (phone_reversed),
  ADD CONSTRAINT ck_profile_phone CHECK ((phone IS NULL) = (phone_number IS NULL));
