//! The counters of a class, and when it is looked at next.

use super::check::{Check, check};

pub(super) const COUNTERS: &[Check] = &[
    check!(
        "class_session",
        "booked is the number of live bookings",
        "SELECT CAST(s.id AS CHAR) AS id, CONCAT('booked is ', s.booked, ', live bookings are ', COUNT(b.id)) AS wrong \
         FROM class_session s LEFT JOIN booking b \
           ON b.session_id = s.id AND b.status IN ('booked', 'completed', 'absent') \
         GROUP BY s.id, s.booked HAVING s.booked <> COUNT(b.id) ORDER BY s.id"
    ),
    check!(
        "class_session",
        "held is the number of live offers",
        "SELECT CAST(s.id AS CHAR) AS id, CONCAT('held is ', s.held, ', live offers are ', COUNT(w.id)) AS wrong \
         FROM class_session s LEFT JOIN waitlist w ON w.session_id = s.id AND w.status = 'notified' \
         GROUP BY s.id, s.held HAVING s.held <> COUNT(w.id) ORDER BY s.id"
    ),
    check!(
        "class_session",
        "waiting is the number of waiting entries",
        "SELECT CAST(s.id AS CHAR) AS id, CONCAT('waiting is ', s.waiting, ', waiting entries are ', COUNT(w.id)) AS wrong \
         FROM class_session s LEFT JOIN waitlist w ON w.session_id = s.id AND w.status = 'waiting' \
         GROUP BY s.id, s.waiting HAVING s.waiting <> COUNT(w.id) ORDER BY s.id"
    ),
    check!(
        "class_session",
        "next_ticket is greater than the position of every entry",
        "SELECT CAST(s.id AS CHAR) AS id, \
           CONCAT('next_ticket is ', s.next_ticket, ', the last position is ', MAX(w.`position`)) AS wrong \
         FROM class_session s JOIN waitlist w ON w.session_id = s.id \
         GROUP BY s.id, s.next_ticket HAVING s.next_ticket <= MAX(w.`position`) ORDER BY s.id"
    ),
    check!(
        "class_session",
        "booked and held seats are no more than capacity",
        "SELECT CAST(id AS CHAR) AS id, \
           CONCAT('capacity is ', capacity, ', ', booked, ' seats are booked and ', held, ' held') AS wrong \
         FROM class_session WHERE booked + held > capacity ORDER BY class_session.id"
    ),
    check!(
        "class_session",
        "offers_due_at is the earliest deadline of a live offer",
        "SELECT CAST(s.id AS CHAR) AS id, CONCAT('offers_due_at is ', COALESCE(s.offers_due_at, 'NULL'), \
           ', the earliest deadline is ', COALESCE(MIN(w.response_deadline), 'NULL')) AS wrong \
         FROM class_session s LEFT JOIN waitlist w ON w.session_id = s.id AND w.status = 'notified' \
         WHERE s.status = 'scheduled' \
         GROUP BY s.id, s.offers_due_at HAVING NOT (s.offers_due_at <=> MIN(w.response_deadline)) ORDER BY s.id"
    ),
    check!(
        "class_session",
        "due_at comes before the class, and right after offers_due_at at the latest, while anybody waits or has an offer",
        "SELECT CAST(id AS CHAR) AS id, CONCAT('due_at is ', COALESCE(due_at, 'NULL'), ', offers_due_at ', \
           COALESCE(offers_due_at, 'NULL'), ', the class starts at ', starts_at) AS wrong \
         FROM class_session WHERE status = 'scheduled' AND held + waiting > 0 \
         AND (due_at IS NULL OR due_at > starts_at OR due_at > offers_due_at + INTERVAL 1 SECOND) ORDER BY class_session.id"
    ),
    check!(
        "class_session",
        "a class lasts duration_minutes",
        "SELECT CAST(id AS CHAR) AS id, CONCAT('it starts at ', starts_at, ', ends at ', ends_at, ' and lasts ', \
           duration_minutes, ' minutes') AS wrong \
         FROM class_session WHERE NOT (ends_at <=> starts_at + INTERVAL duration_minutes MINUTE) \
         ORDER BY class_session.id"
    ),
    check!(
        "waitlist",
        "nobody waits for a class that is called off",
        "SELECT CAST(w.id AS CHAR) AS id, CONCAT('it is ', w.status, ', class ', s.id, ' is cancelled') AS wrong \
         FROM waitlist w JOIN class_session s ON s.id = w.session_id \
         WHERE w.status IN ('waiting', 'notified') AND s.status = 'cancelled' ORDER BY w.id"
    ),
    check!(
        "waitlist",
        "who has a place in a class does not wait for it",
        "SELECT CAST(w.id AS CHAR) AS id, CONCAT('it is ', w.status, ', booking ', b.id, ' is ', b.status) AS wrong \
         FROM waitlist w JOIN booking b ON b.session_id = w.session_id AND b.profile_id = w.profile_id \
         WHERE w.status IN ('waiting', 'notified') AND b.status IN ('booked', 'completed', 'absent') ORDER BY w.id"
    ),
    check!(
        "booking",
        "no place in a class that was finished is still booked",
        "SELECT CAST(b.id AS CHAR) AS id, CONCAT('it is booked, class ', s.id, ' was finished at ', s.finished_at) \
           AS wrong \
         FROM booking b JOIN class_session s ON s.id = b.session_id \
         WHERE b.status = 'booked' AND s.finished_at IS NOT NULL ORDER BY b.id"
    ),
    check!(
        "booking",
        "a profile has one live place in a class",
        "SELECT CAST(MIN(b.id) AS CHAR) AS id, CONCAT('profile ', b.profile_id, ' has ', COUNT(*), ' places in class ', \
           b.session_id) AS wrong \
         FROM booking b WHERE b.status IN ('booked', 'completed', 'absent') \
         GROUP BY b.session_id, b.profile_id HAVING COUNT(*) > 1 ORDER BY MIN(b.id)"
    ),
];
