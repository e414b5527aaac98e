-- A key is stored by the last statement of the write that it names. Without this foreign key that statement locks no row
-- but its own. A program before this migration goes on: it deletes no accounts.
ALTER TABLE idempotency_key DROP FOREIGN KEY fk_idempotency_account;
