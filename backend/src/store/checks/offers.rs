//! An offer is three rows that agree: the entry, its notification and the flow.

use super::check::{Check, check};

pub(super) const OFFERS: &[Check] = &[
    check!(
        "waitlist",
        "a notified entry has one notification that is sent, and no other entry has one",
        "SELECT CAST(w.id AS CHAR) AS id, CONCAT('it is ', w.status, ', its notifications that are sent are ', \
           COUNT(n.id)) AS wrong \
         FROM waitlist w LEFT JOIN waitlist_notification n ON n.waitlist_id = w.id \
           AND n.notification_type = 'spot_available' AND n.status = 'sent' \
         GROUP BY w.id, w.status HAVING COUNT(n.id) <> CASE w.status WHEN 'notified' THEN 1 ELSE 0 END ORDER BY w.id"
    ),
    check!(
        "waitlist",
        "a notified entry has the time of its offer and a deadline",
        "SELECT CAST(id AS CHAR) AS id, CONCAT('last_notified_at is ', COALESCE(last_notified_at, 'NULL'), \
           ', response_deadline ', COALESCE(response_deadline, 'NULL')) AS wrong \
         FROM waitlist WHERE status = 'notified' AND (response_deadline IS NULL OR last_notified_at IS NULL) \
         ORDER BY waitlist.id"
    ),
    check!(
        "waitlist",
        "an entry and the notification of its offer have one deadline",
        "SELECT CAST(w.id AS CHAR) AS id, CONCAT('response_deadline is ', COALESCE(w.response_deadline, 'NULL'), \
           ', that of notification ', n.id, ' is ', COALESCE(n.response_deadline, 'NULL')) AS wrong \
         FROM waitlist w JOIN waitlist_notification n ON n.waitlist_id = w.id \
           AND n.notification_type = 'spot_available' AND n.status = 'sent' \
         WHERE w.status = 'notified' AND NOT (w.response_deadline <=> n.response_deadline) ORDER BY w.id"
    ),
    check!(
        "waitlist_notification",
        "an offer has a flow, which is open as long as the offer is not answered",
        "SELECT CAST(n.id AS CHAR) AS id, CONCAT('it is ', n.status, ', its flow ', CASE WHEN f.id IS NULL \
           THEN 'is not there' ELSE CONCAT('ended at ', COALESCE(f.flow_completion_time, 'NULL')) END) AS wrong \
         FROM waitlist_notification n LEFT JOIN waitlist_flow f ON f.waitlist_notification_id = n.id \
         WHERE n.notification_type = 'spot_available' \
         AND (f.id IS NULL OR (n.status = 'sent') <> (f.flow_completion_time IS NULL)) ORDER BY n.id"
    ),
    check!(
        "waitlist_notification",
        "an offer has one flow",
        "SELECT CAST(f.waitlist_notification_id AS CHAR) AS id, CONCAT('it has ', COUNT(*), ' flows') AS wrong \
         FROM waitlist_flow f GROUP BY f.waitlist_notification_id HAVING COUNT(*) > 1 \
         ORDER BY f.waitlist_notification_id"
    ),
    check!(
        "waitlist",
        "a profile has one entry in the list of a class, and no two entries have one position",
        "SELECT CAST(MIN(w.id) AS CHAR) AS id, CONCAT('class ', w.session_id, ' has ', COUNT(*), \
           ' entries at position ', w.`position`) AS wrong \
         FROM waitlist w GROUP BY w.session_id, w.`position` HAVING COUNT(*) > 1 \
         UNION ALL SELECT CAST(MIN(w.id) AS CHAR), CONCAT('class ', w.session_id, ' has ', COUNT(*), \
           ' entries of profile ', w.profile_id) \
         FROM waitlist w GROUP BY w.session_id, w.profile_id HAVING COUNT(*) > 1"
    ),
];
