//! Work that no sweep would ever find.

use super::check::{Check, check};

pub(super) const WORK: &[Check] = &[
    check!(
        "outbox",
        "a lease of a message ends within a minute",
        "SELECT CAST(id AS CHAR) AS id, CONCAT('it is claimed until ', claimed_until) AS wrong FROM outbox \
         WHERE status = 'pending' AND claimed_until > UTC_TIMESTAMP(3) + INTERVAL 10 MINUTE ORDER BY outbox.id"
    ),
    check!(
        "outbox",
        "a message is tried before it is given up",
        "SELECT CAST(id AS CHAR) AS id, CONCAT('it is not to be sent before ', not_before, ', and given up at ', \
           give_up_at) AS wrong FROM outbox \
         WHERE status = 'pending' AND not_before > GREATEST(give_up_at, created_at) ORDER BY outbox.id"
    ),
    check!(
        "idempotency_key",
        "a request without an answer blocks its key for a minute",
        "SELECT CONCAT(account_id, ' ', `key`) AS id, CONCAT('it is locked until ', locked_until) AS wrong \
         FROM idempotency_key \
         WHERE status_code IS NULL AND locked_until > UTC_TIMESTAMP(3) + INTERVAL 10 MINUTE \
         ORDER BY account_id, `key`"
    ),
    check!(
        "sweep_setback",
        "no row is set aside: correct what the error names, and the next try clears it",
        "SELECT CONCAT(task, ' ', subject_id) AS id, CONCAT('it failed ', failures, ' times: ', error) AS wrong \
         FROM sweep_setback ORDER BY task, subject_id"
    ),
];
