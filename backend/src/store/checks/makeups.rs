//! Makeups, the places that they take, and the grants that came with them.

use super::check::{Check, check};

pub(super) const MAKEUPS: &[Check] = &[
    check!(
        "booking",
        "a place that is booked for a makeup belongs to a makeup that is pending or confirmed",
        "SELECT CAST(b.id AS CHAR) AS id, CONCAT('it is ', b.status, ' from ', b.source, ', its makeup ', \
           COALESCE(CONCAT(m.id, ' is ', m.status), 'is not there')) AS wrong \
         FROM booking b JOIN class_session s ON s.id = b.session_id \
         LEFT JOIN makeup_booking m ON m.booking_id = b.id \
         WHERE s.call_off_due_at IS NULL AND (b.source = 'makeup' AND b.status = 'booked') <> COALESCE(m.status IN ('pending', 'confirmed'), 0) \
         ORDER BY b.id"
    ),
    check!(
        "booking",
        "leave, and a class that was called off and not paid with credit, give a right to a makeup that has an end",
        "SELECT CAST(b.id AS CHAR) AS id, CONCAT('it is ', b.status, ' from ', b.source, ' without makeup_until') AS wrong \
         FROM booking b WHERE b.makeup_until IS NULL AND b.source <> 'makeup' \
         AND (b.status = 'leave' OR (b.status = 'cancelled_by_gym' AND \
              (SELECT COUNT(*) FROM compensation_usage u WHERE u.booking_id = b.id) = 0)) ORDER BY b.id"
    ),
    check!(
        "booking",
        "a right to a makeup ends after its class, and none comes beside credit that was given back",
        "SELECT CAST(b.id AS CHAR) AS id, CONCAT('it is ', b.status, ', starts_at is ', s.starts_at, \
           ', makeup_until is ', b.makeup_until) AS wrong \
         FROM booking b JOIN class_session s ON s.id = b.session_id \
         WHERE b.makeup_until <= s.starts_at OR (b.makeup_until IS NOT NULL AND b.status = 'cancelled_by_gym' AND \
              (SELECT COUNT(*) FROM compensation_usage u WHERE u.booking_id = b.id) > 0) ORDER BY b.id"
    ),
    check!(
        "booking",
        "a class that was booked again gives no right to a makeup",
        "SELECT CAST(b.id AS CHAR) AS id, CONCAT('makeup_until is ', b.makeup_until, ', booking ', MIN(o.id), \
           ' is of the same class') AS wrong \
         FROM booking b JOIN booking o ON o.session_id = b.session_id AND o.profile_id = b.profile_id AND o.id <> b.id \
         WHERE b.status IN ('leave', 'cancelled') AND b.makeup_until IS NOT NULL \
         AND o.status IN ('booked', 'completed', 'absent') GROUP BY b.id, b.makeup_until ORDER BY b.id"
    ),
    check!(
        "class_credit_compensation",
        "goodwill belongs to no makeup",
        "SELECT CAST(g.id AS CHAR) AS id, CONCAT('it came with makeup ', MIN(m.id)) AS wrong \
         FROM class_credit_compensation g JOIN makeup_booking m ON m.compensation_id = g.id \
         WHERE g.source = 'goodwill' GROUP BY g.id ORDER BY g.id"
    ),
    check!(
        "makeup_booking",
        "a makeup that is pending or confirmed has a place",
        "SELECT CAST(m.id AS CHAR) AS id, CONCAT('it is ', m.status, ' without a booking') AS wrong \
         FROM makeup_booking m LEFT JOIN booking b ON b.id = m.booking_id \
         WHERE m.status IN ('pending', 'confirmed') AND b.id IS NULL ORDER BY m.id"
    ),
    check!(
        "makeup_booking",
        "a missed class has one live makeup",
        "SELECT CAST(MIN(m.id) AS CHAR) AS id, CONCAT('booking ', m.original_booking_id, ' has ', COUNT(*), \
           ' live makeups') AS wrong \
         FROM makeup_booking m WHERE m.status IN ('pending', 'confirmed', 'completed', 'no_show') \
         GROUP BY m.original_booking_id HAVING COUNT(*) > 1 ORDER BY MIN(m.id)"
    ),
    check!(
        "makeup_booking",
        "duration_difference is original_duration less makeup_duration",
        "SELECT CAST(id AS CHAR) AS id, CONCAT('duration_difference is ', duration_difference, ', the durations are ', \
           original_duration, ' and ', makeup_duration) AS wrong \
         FROM makeup_booking WHERE duration_difference <> original_duration - makeup_duration \
         ORDER BY makeup_booking.id"
    ),
    check!(
        "makeup_booking",
        "a makeup that is shorter came with a grant of the difference, for the same profile and missed booking",
        "SELECT CAST(m.id AS CHAR) AS id, CONCAT('duration_difference is ', m.duration_difference, ', its grant is ', \
           COALESCE(CONCAT(g.id, ' of ', g.compensation_minutes, ' minutes, for profile ', g.profile_id, \
             ' and booking ', g.original_booking_id), 'not there')) AS wrong \
         FROM makeup_booking m LEFT JOIN class_credit_compensation g ON g.id = m.compensation_id \
         WHERE COALESCE(g.compensation_minutes, 0) <> GREATEST(m.duration_difference, 0) \
         OR g.profile_id <> m.profile_id OR g.original_booking_id <> m.original_booking_id ORDER BY m.id"
    ),
    check!(
        "class_credit_compensation",
        "a cancelled makeup leaves no minutes",
        "SELECT CAST(g.id AS CHAR) AS id, CONCAT(g.remaining_minutes, ' minutes are left, makeup ', m.id, \
           ' is cancelled') AS wrong \
         FROM class_credit_compensation g JOIN makeup_booking m ON m.compensation_id = g.id \
         WHERE m.status = 'cancelled' AND g.remaining_minutes > 0 ORDER BY g.id"
    ),
    check!(
        "booking",
        "a booking that the gym cancelled was given back its credit",
        "SELECT CAST(b.id AS CHAR) AS id, CONCAT('it is cancelled_by_gym with ', b.compensation_minutes_used, \
           ' minutes spent') AS wrong \
         FROM booking b JOIN class_session s ON s.id = b.session_id \
         WHERE b.status = 'cancelled_by_gym' AND b.compensation_minutes_used > 0 AND s.call_off_due_at IS NULL \
         ORDER BY b.id"
    ),
];
