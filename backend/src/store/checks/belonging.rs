//! Redundant references agree: a row that leads to something by two paths leads to the same thing.

use super::check::{Check, check};

pub(super) const BELONGING: &[Check] = &[
    check!(
        "waitlist",
        "an entry is of the schedule and date of its class",
        "SELECT CAST(w.id AS CHAR) AS id, CONCAT('it is of schedule ', w.course_schedule_id, ' on ', w.booking_date, \
           ', class ', s.id, ' of schedule ', s.course_schedule_id, ' on ', s.booking_date) AS wrong \
         FROM waitlist w JOIN class_session s ON s.id = w.session_id \
         WHERE w.course_schedule_id <> s.course_schedule_id OR w.booking_date <> s.booking_date ORDER BY w.id"
    ),
    check!(
        "booking",
        "a booking is of the schedule and date of its class",
        "SELECT CAST(b.id AS CHAR) AS id, CONCAT('it is of schedule ', b.course_schedule_id, ' on ', b.booking_date, \
           ', class ', s.id, ' of schedule ', s.course_schedule_id, ' on ', s.booking_date) AS wrong \
         FROM booking b JOIN class_session s ON s.id = b.session_id \
         WHERE b.course_schedule_id <> s.course_schedule_id OR b.booking_date <> s.booking_date ORDER BY b.id"
    ),
    check!(
        "class_session",
        "policy_id is a version of the policy",
        "SELECT CAST(s.id AS CHAR) AS id, CONCAT('policy_id is ', s.policy_id) AS wrong \
         FROM class_session s LEFT JOIN policy_version v ON v.id = s.policy_id \
         WHERE s.policy_id IS NOT NULL AND v.id IS NULL ORDER BY s.id"
    ),
    check!(
        "waitlist",
        "an entry waits to make up a booking of its own profile",
        "SELECT CAST(w.id AS CHAR) AS id, CONCAT('it is of profile ', w.profile_id, ', booking ', b.id, \
           ' of profile ', b.profile_id) AS wrong \
         FROM waitlist w JOIN booking b ON b.id = w.makeup_for WHERE b.profile_id <> w.profile_id ORDER BY w.id"
    ),
    check!(
        "booking",
        "a booking comes from an entry of its own profile and class",
        "SELECT CAST(b.id AS CHAR) AS id, CONCAT('it is of profile ', b.profile_id, ' in class ', b.session_id, \
           ', entry ', w.id, ' of profile ', w.profile_id, ' in class ', w.session_id) AS wrong \
         FROM booking b JOIN waitlist w ON w.id = b.waitlist_id \
         WHERE w.profile_id <> b.profile_id OR w.session_id <> b.session_id ORDER BY b.id"
    ),
    check!(
        "waitlist_notification",
        "a notification is of its entry's profile",
        "SELECT CAST(n.id AS CHAR) AS id, CONCAT('it is of profile ', n.profile_id, ', entry ', w.id, ' of profile ', \
           w.profile_id) AS wrong \
         FROM waitlist_notification n JOIN waitlist w ON w.id = n.waitlist_id \
         WHERE w.profile_id <> n.profile_id ORDER BY n.id"
    ),
    check!(
        "class_credit_compensation",
        "a grant is of the profile of the booking that it comes from",
        "SELECT CAST(g.id AS CHAR) AS id, CONCAT('it is of profile ', g.profile_id, ', booking ', b.id, \
           ' of profile ', b.profile_id) AS wrong \
         FROM class_credit_compensation g JOIN booking b ON b.id = g.original_booking_id \
         WHERE b.profile_id <> g.profile_id ORDER BY g.id"
    ),
    check!(
        "compensation_event",
        "a movement of minutes is of the profile of its grant",
        "SELECT CAST(e.id AS CHAR) AS id, CONCAT('it is of profile ', e.profile_id, ', grant ', g.id, \
           ' of profile ', g.profile_id) AS wrong \
         FROM compensation_event e JOIN class_credit_compensation g ON g.id = e.compensation_id \
         WHERE g.profile_id <> e.profile_id ORDER BY e.id"
    ),
    check!(
        "compensation_usage",
        "a booking spends the minutes of its own profile",
        "SELECT CAST(u.id AS CHAR) AS id, CONCAT('booking ', b.id, ' is of profile ', b.profile_id, ', grant ', g.id, \
           ' of profile ', g.profile_id) AS wrong \
         FROM compensation_usage u JOIN class_credit_compensation g ON g.id = u.compensation_id \
         JOIN booking b ON b.id = u.booking_id WHERE g.profile_id <> b.profile_id ORDER BY u.id"
    ),
    check!(
        "makeup_booking",
        "a makeup is of the profile of the booking that it makes up",
        "SELECT CAST(m.id AS CHAR) AS id, CONCAT('it is of profile ', m.profile_id, ', booking ', b.id, \
           ' of profile ', b.profile_id) AS wrong \
         FROM makeup_booking m JOIN booking b ON b.id = m.original_booking_id \
         WHERE b.profile_id <> m.profile_id ORDER BY m.id"
    ),
    check!(
        "makeup_booking",
        "a makeup is of the profile, schedule and date of its place",
        "SELECT CAST(m.id AS CHAR) AS id, CONCAT('it is of profile ', m.profile_id, ' and schedule ', \
           m.makeup_schedule_id, ' on ', m.makeup_date, ', booking ', b.id, ' of profile ', b.profile_id, \
           ' and schedule ', b.course_schedule_id, ' on ', b.booking_date) AS wrong \
         FROM makeup_booking m JOIN booking b ON b.id = m.booking_id \
         WHERE b.profile_id <> m.profile_id OR b.course_schedule_id <> m.makeup_schedule_id \
         OR b.booking_date <> m.makeup_date ORDER BY m.id"
    ),
];
