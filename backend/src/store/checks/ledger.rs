//! Grants and their ledger. For every grant, `compensation_minutes = remaining + Σ used − Σ restored + expired + revoked`
//! (R4.11), told by its movements alone, one after the other.

use super::check::{Check, check};

pub(super) const LEDGER: &[Check] = &[
    check!(
        "class_credit_compensation",
        "compensation_minutes is remaining_minutes and what its ledger took off",
        "SELECT CAST(g.id AS CHAR) AS id, CONCAT(g.compensation_minutes, ' minutes were granted, ', g.remaining_minutes, \
           ' are left') AS wrong \
         FROM class_credit_compensation g LEFT JOIN compensation_event e ON e.compensation_id = g.id \
         GROUP BY g.id, g.compensation_minutes, g.remaining_minutes \
         HAVING g.compensation_minutes <> g.remaining_minutes + COALESCE(SUM(CASE e.kind \
           WHEN 'granted' THEN 0 WHEN 'restored' THEN -e.minutes ELSE e.minutes END), 0) \
         ORDER BY g.id"
    ),
    check!(
        "class_credit_compensation",
        "the ledger of a grant begins with one movement that grants its minutes",
        "SELECT CAST(g.id AS CHAR) AS id, CONCAT(g.compensation_minutes, ' minutes were granted by ', \
           COALESCE(SUM(e.kind = 'granted'), 0), ' movements') AS wrong \
         FROM class_credit_compensation g LEFT JOIN compensation_event e ON e.compensation_id = g.id \
         GROUP BY g.id, g.compensation_minutes HAVING COALESCE(SUM(e.kind = 'granted'), 0) <> 1 \
         OR MIN(e.id) <> MIN(CASE e.kind WHEN 'granted' THEN e.id END) \
         OR SUM(CASE e.kind WHEN 'granted' THEN e.minutes END) <> g.compensation_minutes ORDER BY g.id"
    ),
    check!(
        "compensation_event",
        "a movement says what it leaves on its grant",
        "SELECT CAST(t.id AS CHAR) AS id, CONCAT('it says that ', t.remaining_minutes, ' minutes are left, there are ', \
           t.running) AS wrong \
         FROM (SELECT e.id, e.compensation_id, e.remaining_minutes, \
           SUM(CASE WHEN e.kind IN ('granted', 'restored') THEN e.minutes ELSE -e.minutes END) \
             OVER (PARTITION BY e.compensation_id ORDER BY e.id) AS running FROM compensation_event e) t \
         WHERE t.running <> t.remaining_minutes ORDER BY t.id"
    ),
    check!(
        "class_credit_compensation",
        "remaining_minutes is what the last movement left",
        "SELECT CAST(g.id AS CHAR) AS id, CONCAT(g.remaining_minutes, ' minutes are left, the last movement left ', \
           e.remaining_minutes) AS wrong \
         FROM class_credit_compensation g JOIN compensation_event e ON e.compensation_id = g.id \
         WHERE e.id = (SELECT MAX(l.id) FROM compensation_event l WHERE l.compensation_id = g.id) \
         AND e.remaining_minutes <> g.remaining_minutes ORDER BY g.id"
    ),
    check!(
        "class_credit_compensation",
        "a grant is available as long as minutes are left, and no longer",
        "SELECT CAST(id AS CHAR) AS id, CONCAT('it is ', status, ' with ', remaining_minutes, ' minutes') AS wrong \
         FROM class_credit_compensation WHERE (status = 'available') <> (remaining_minutes > 0) \
         ORDER BY class_credit_compensation.id"
    ),
    check!(
        "class_credit_compensation",
        "the uses of a grant are those of its ledger",
        "SELECT CAST(t.id AS CHAR) AS id, CONCAT('uses took ', t.used, ' and gave back ', t.restored, \
           ' minutes, the ledger ', t.ledger_used, ' and ', t.ledger_restored) AS wrong \
         FROM (SELECT g.id, \
           (SELECT COALESCE(SUM(u.used_minutes), 0) FROM compensation_usage u WHERE u.compensation_id = g.id) AS used, \
           (SELECT COALESCE(SUM(u.restored_minutes), 0) FROM compensation_usage u WHERE u.compensation_id = g.id) \
             AS restored, \
           (SELECT COALESCE(SUM(e.minutes), 0) FROM compensation_event e \
            WHERE e.compensation_id = g.id AND e.kind = 'used') AS ledger_used, \
           (SELECT COALESCE(SUM(e.minutes), 0) FROM compensation_event e \
            WHERE e.compensation_id = g.id AND e.kind = 'restored') AS ledger_restored \
           FROM class_credit_compensation g) t \
         WHERE t.used <> t.ledger_used OR t.restored <> t.ledger_restored ORDER BY t.id"
    ),
    check!(
        "booking",
        "compensation_minutes_used is what the booking has spent",
        "SELECT CAST(b.id AS CHAR) AS id, CONCAT('compensation_minutes_used is ', b.compensation_minutes_used, \
           ', its uses took ', COALESCE(SUM(u.used_minutes - u.restored_minutes), 0)) AS wrong \
         FROM booking b LEFT JOIN compensation_usage u ON u.booking_id = b.id \
         GROUP BY b.id, b.compensation_minutes_used \
         HAVING b.compensation_minutes_used <> COALESCE(SUM(u.used_minutes - u.restored_minutes), 0) ORDER BY b.id"
    ),
];
