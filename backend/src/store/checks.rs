//! Checks over several tables: each query selects the first ids of rows that should not be there. `gym doctor` runs them,
//! and so do tests.

use super::Result;
use sqlx::MySqlExecutor;

/// The first ids of the rows that a check finds.
pub async fn check(db: impl MySqlExecutor<'_>, query: &'static str) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar(query).fetch_all(db).await?)
}

/// Counters that are not those of the rows they count, each with what is wrong.
pub const CONSISTENCY: [(&str, &str); 6] = [
    (
        "class_session.booked is not the number of live bookings",
        "SELECT s.id FROM class_session s LEFT JOIN booking b \
           ON b.session_id = s.id AND b.status IN ('booked', 'completed', 'absent') \
         GROUP BY s.id, s.booked HAVING s.booked <> COUNT(b.id) ORDER BY s.id LIMIT 10",
    ),
    (
        "class_session.held is not the number of live offers",
        "SELECT s.id FROM class_session s LEFT JOIN waitlist w ON w.session_id = s.id AND w.status = 'notified' \
         GROUP BY s.id, s.held HAVING s.held <> COUNT(w.id) ORDER BY s.id LIMIT 10",
    ),
    (
        "class_session.waiting is not the number of waiting entries",
        "SELECT s.id FROM class_session s LEFT JOIN waitlist w ON w.session_id = s.id AND w.status = 'waiting' \
         GROUP BY s.id, s.waiting HAVING s.waiting <> COUNT(w.id) ORDER BY s.id LIMIT 10",
    ),
    (
        "class_session.next_ticket was given already",
        "SELECT s.id FROM class_session s JOIN waitlist w ON w.session_id = s.id \
         GROUP BY s.id, s.next_ticket HAVING s.next_ticket <= MAX(w.`position`) ORDER BY s.id LIMIT 10",
    ),
    (
        "profile.account_id is not one of the child's guardians, or is empty although it has some",
        "SELECT p.id FROM profile p LEFT JOIN guardian g ON g.profile_id = p.id GROUP BY p.id, p.account_id \
         HAVING CASE WHEN p.account_id IS NULL THEN COUNT(g.account_id) > 0 \
         ELSE COALESCE(SUM(g.account_id = p.account_id), 0) = 0 END ORDER BY p.id LIMIT 10",
    ),
    (
        "a grant's minutes do not add up with its ledger",
        "SELECT g.id FROM class_credit_compensation g LEFT JOIN compensation_event e ON e.compensation_id = g.id \
         GROUP BY g.id, g.compensation_minutes, g.remaining_minutes \
         HAVING g.compensation_minutes <> g.remaining_minutes + COALESCE(SUM(CASE e.kind \
           WHEN 'granted' THEN 0 WHEN 'restored' THEN -e.minutes ELSE e.minutes END), 0) \
         ORDER BY g.id LIMIT 10",
    ),
];

/// Grants, their ledger and makeups that do not agree, each with what is wrong. For every grant,
/// `compensation_minutes = remaining + Σ used − Σ restored + expired + revoked` (RULES §4), told by its movements alone,
/// one after the other.
pub const LEDGER: [(&str, &str); 10] = [
    (
        "a grant's ledger does not begin with its granting, once",
        "SELECT g.id FROM class_credit_compensation g LEFT JOIN compensation_event e ON e.compensation_id = g.id \
         GROUP BY g.id, g.compensation_minutes HAVING COALESCE(SUM(e.kind = 'granted'), 0) <> 1 \
         OR MIN(e.id) <> MIN(CASE e.kind WHEN 'granted' THEN e.id END) \
         OR SUM(CASE e.kind WHEN 'granted' THEN e.minutes END) <> g.compensation_minutes ORDER BY g.id LIMIT 10",
    ),
    (
        "a movement of minutes leaves other minutes than it says",
        "SELECT t.compensation_id FROM (SELECT e.id, e.compensation_id, e.remaining_minutes, \
           SUM(CASE WHEN e.kind IN ('granted', 'restored') THEN e.minutes ELSE -e.minutes END) \
             OVER (PARTITION BY e.compensation_id ORDER BY e.id) AS running FROM compensation_event e) t \
         WHERE t.running <> t.remaining_minutes ORDER BY t.id LIMIT 10",
    ),
    (
        "a grant's remaining minutes are not those of its last movement",
        "SELECT g.id FROM class_credit_compensation g JOIN compensation_event e ON e.compensation_id = g.id \
         WHERE e.id = (SELECT MAX(l.id) FROM compensation_event l WHERE l.compensation_id = g.id) \
         AND e.remaining_minutes <> g.remaining_minutes ORDER BY g.id LIMIT 10",
    ),
    (
        "a grant is available with nothing on it, or has minutes on it and is not",
        "SELECT id FROM class_credit_compensation WHERE (status = 'available') <> (remaining_minutes > 0) \
         ORDER BY id LIMIT 10",
    ),
    (
        "minutes are left of a makeup that is over",
        "SELECT g.id FROM class_credit_compensation g JOIN makeup_booking m ON m.compensation_id = g.id \
         WHERE m.status = 'cancelled' AND g.remaining_minutes > 0 ORDER BY g.id LIMIT 10",
    ),
    (
        "the uses of a grant are not those of its ledger",
        "SELECT g.id FROM class_credit_compensation g WHERE \
         (SELECT COALESCE(SUM(u.used_minutes), 0) FROM compensation_usage u WHERE u.compensation_id = g.id) <> \
         (SELECT COALESCE(SUM(e.minutes), 0) FROM compensation_event e \
          WHERE e.compensation_id = g.id AND e.kind = 'used') \
         OR (SELECT COALESCE(SUM(u.restored_minutes), 0) FROM compensation_usage u WHERE u.compensation_id = g.id) <> \
         (SELECT COALESCE(SUM(e.minutes), 0) FROM compensation_event e \
          WHERE e.compensation_id = g.id AND e.kind = 'restored') ORDER BY g.id LIMIT 10",
    ),
    (
        "booking.compensation_minutes_used is not what the booking has spent",
        "SELECT b.id FROM booking b LEFT JOIN compensation_usage u ON u.booking_id = b.id \
         GROUP BY b.id, b.compensation_minutes_used \
         HAVING b.compensation_minutes_used <> COALESCE(SUM(u.used_minutes - u.restored_minutes), 0) \
         ORDER BY b.id LIMIT 10",
    ),
    (
        "a makeup that is to come and its place in the class do not go together",
        "SELECT b.id FROM booking b JOIN class_session s ON s.id = b.session_id \
         LEFT JOIN makeup_booking m ON m.booking_id = b.id \
         WHERE (b.source = 'makeup' AND b.status = 'booked') <> COALESCE(m.status IN ('pending', 'confirmed'), 0) \
         AND s.call_off_due_at IS NULL ORDER BY b.id LIMIT 10",
    ),
    (
        "a booking that the gym cancelled was not given back its credit",
        "SELECT b.id FROM booking b JOIN class_session s ON s.id = b.session_id \
         WHERE b.status = 'cancelled_by_gym' AND b.compensation_minutes_used > 0 AND s.call_off_due_at IS NULL \
         ORDER BY b.id LIMIT 10",
    ),
    (
        "a makeup's minutes are not those of its grant",
        "SELECT m.id FROM makeup_booking m LEFT JOIN class_credit_compensation g ON g.id = m.compensation_id \
         WHERE m.duration_difference <> m.original_duration - m.makeup_duration \
         OR COALESCE(g.compensation_minutes, 0) <> GREATEST(m.duration_difference, 0) \
         OR g.profile_id <> m.profile_id OR g.original_booking_id <> m.original_booking_id ORDER BY m.id LIMIT 10",
    ),
];
