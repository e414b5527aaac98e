//! The statements that the program issued when its goals were set, in commit b1fb149. They are frozen, so that a statement
//! that the program saves shows in the ratio to them.

/// A position.
pub(super) const POSITION: &str = "SELECT w.id, w.profile_id, p.account_id, w.course_schedule_id, w.booking_date, \
    c.name AS course_name, s.starts_at, w.status, w.join_time, w.last_notified_at, w.confirmed_at, \
    w.response_deadline, w.makeup_for, w.session_id, s.waiting AS waiting_total, s.offers_due_at, \
    CASE WHEN w.status = 'waiting' THEN (SELECT COUNT(*) FROM waitlist b WHERE b.session_id = w.session_id \
    AND b.status = 'waiting' AND b.`position` < w.`position`) ELSE 0 END AS ahead \
    FROM waitlist w JOIN profile p ON p.id = w.profile_id JOIN class_session s ON s.id = w.session_id \
    JOIN course_schedule t ON t.id = w.course_schedule_id JOIN course c ON c.id = t.course_id WHERE w.id = ?";

/// The slots of the timetable.
pub(super) const SLOTS: &str = "SELECT s.id, c.id AS course_id, c.name AS course_name, c.category, \
    CAST(s.weekday AS SIGNED) AS weekday, s.start_time, s.capacity, \
    CAST(COALESCE(s.duration_minutes, c.duration_minutes) AS SIGNED) AS duration, c.queue_capacity \
    FROM course_schedule s JOIN course c ON c.id = s.course_id \
    WHERE (? IS NULL OR c.id = ?) AND (? IS NULL OR s.id = ?)";

macro_rules! class_select {
    ($where:literal) => {
        concat!(
            "SELECT id, course_schedule_id, booking_date, starts_at, ends_at, duration_minutes, capacity, \
             queue_capacity, booked, held, waiting, next_ticket, status, due_at, offers_due_at, freed_at \
             FROM class_session WHERE ",
            $where
        )
    };
}
/// The classes between two days.
pub(super) const CLASSES: &str =
    class_select!("booking_date BETWEEN ? AND ? AND (? IS NULL OR course_schedule_id = ?)");
pub(super) const LOCK_CLASS: &str = class_select!("id = ? FOR UPDATE");
pub(super) const LOCK_CLASS_OF_SLOT: &str =
    class_select!("course_schedule_id = ? AND booking_date = ? FOR UPDATE");
pub(super) const WRITE_CLASS: &str = "UPDATE class_session SET capacity = ?, booked = ?, held = ?, waiting = ?, \
    next_ticket = ?, status = ?, due_at = ?, offers_due_at = ?, freed_at = ?, revision = revision + 1 \
    WHERE id = ? AND capacity = ? AND booked = ? AND held = ? AND waiting = ? AND next_ticket = ?";

macro_rules! booking_select {
    ($where:literal) => {
        concat!(
            "SELECT b.id, b.profile_id, b.course_schedule_id, b.booking_date, s.starts_at, s.duration_minutes, \
             b.status, b.source, b.compensation_minutes_used, b.created_at, \
             EXISTS (SELECT 1 FROM compensation_usage cu WHERE cu.booking_id = b.id) AS paid \
             FROM booking b JOIN class_session s ON s.id = b.session_id JOIN profile p ON p.id = b.profile_id WHERE ",
            $where
        )
    };
}
/// The version of an account's bookings, and a page of them.
pub(super) const BOOKINGS_VERSION: &str = "SELECT (SELECT epoch FROM read_epoch) AS epoch, COUNT(*) AS found, \
    CAST(COALESCE(SUM(s.revision), 0) AS SIGNED) AS revisions, \
    CAST(COALESCE(SUM(s.starts_at >= ?), 0) AS SIGNED) AS in_time \
    FROM profile p JOIN booking b ON b.profile_id = p.id JOIN class_session s ON s.id = b.session_id \
    WHERE (? IS NULL OR p.account_id = ?) AND (? IS NULL OR p.id = ?)";
pub(super) const BOOKINGS: &str = booking_select!(
    "(? IS NULL OR p.account_id = ?) AND (? IS NULL OR b.profile_id = ?) \
     AND (? IS NULL OR s.starts_at < ? OR (s.starts_at = ? AND b.id < ?)) ORDER BY s.starts_at DESC, b.id DESC LIMIT ?"
);
pub(super) const BOOKING: &str = booking_select!("b.id = ?");
pub(super) const BOOKING_OF_ENTRY: &str =
    booking_select!("b.waitlist_id = ? ORDER BY b.created_at DESC, b.id DESC LIMIT 1");

/// What `GET /makeup/available` asks beside the classes.
pub(super) const PROFILE_ACCOUNT: &str = "SELECT account_id FROM profile WHERE id = ?";
pub(super) const MISSED: &str = "SELECT b.id, b.status, b.source, s.starts_at, s.duration_minutes, c.category, \
    EXISTS (SELECT 1 FROM compensation_usage u WHERE u.booking_id = b.id) AS paid, \
    EXISTS (SELECT 1 FROM makeup_booking lm WHERE lm.original_booking_id = b.id \
    AND lm.status IN ('pending', 'confirmed', 'completed', 'no_show')) AS made_up \
    FROM booking b JOIN class_session s ON s.id = b.session_id \
    JOIN course_schedule t ON t.id = b.course_schedule_id JOIN course c ON c.id = t.course_id \
    WHERE b.id = ? AND b.profile_id = ?";
pub(super) const TAKEN: &str = "SELECT s.starts_at, s.ends_at FROM booking b JOIN class_session s ON s.id = b.session_id \
    WHERE b.profile_id = ? AND b.status IN ('booked', 'completed', 'absent') AND s.starts_at < ? AND s.ends_at > ?";
pub(super) const QUEUES: &str = "SELECT course_schedule_id, booking_date FROM waitlist WHERE profile_id = ? \
    AND (status = 'notified' OR (status = 'waiting' AND expires_at >= ?))";
pub(super) const MADE_UP: &str = "SELECT b.course_schedule_id, b.booking_date FROM booking b WHERE b.profile_id = ? \
    AND b.status = 'leave' AND EXISTS (SELECT 1 FROM makeup_booking lm WHERE lm.original_booking_id = b.id \
    AND lm.status IN ('pending', 'confirmed', 'completed', 'no_show'))";
pub(super) const QUEUE_COUNT: &str = "SELECT COUNT(*) FROM waitlist WHERE profile_id = ? AND NOT (session_id <=> ?) \
    AND ((status = 'waiting' AND expires_at >= ?) OR (status = 'notified' AND response_deadline >= ?))";

/// A join, beside its class.
pub(super) const JOINER: &str = "SELECT p.id, p.account_id, EXISTS(SELECT 1 FROM booking b WHERE b.session_id = ? \
    AND b.live_profile_id = p.id) AS booked, (SELECT c.name FROM course_schedule t JOIN course c ON c.id = t.course_id \
    WHERE t.id = ?) AS course_name FROM profile p FORCE INDEX (PRIMARY) WHERE p.id IN (?) ORDER BY p.id FOR UPDATE";
pub(super) const JOINER_QUEUES: &str = "SELECT session_id, expires_at, id, profile_id, `position`, status, \
    last_notified_at, notification_round, response_deadline, makeup_for FROM waitlist \
    WHERE profile_id IN (?) AND (status IN ('waiting', 'notified') OR session_id = ?)";
pub(super) const ENTRY_INSERT: &str = "INSERT INTO waitlist (profile_id, session_id, course_schedule_id, booking_date, \
    `position`, status, join_time, expires_at) VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?)";

/// A cancelled booking.
pub(super) const BOOKING_OWNER: &str = "SELECT b.session_id, p.account_id FROM booking b \
    JOIN profile p ON p.id = b.profile_id WHERE b.id = ?";
pub(super) const BOOKING_STATE: &str =
    "SELECT profile_id, status, source FROM booking WHERE id = ? AND session_id = ?";
pub(super) const LOCK_PROFILE: &str = "SELECT id FROM profile WHERE id = ? FOR UPDATE";
pub(super) const BOOKING_CANCEL: &str =
    "UPDATE booking SET status = 'cancelled', cancelled_at = ? WHERE id = ? AND status = 'booked'";
pub(super) const CREDIT_SPENT: &str = "SELECT u.id AS usage_id, \
    CAST(u.used_minutes - u.restored_minutes AS SIGNED) AS spent, \
    EXISTS (SELECT 1 FROM makeup_booking m WHERE m.compensation_id = g.id AND m.status = 'cancelled') AS forgiven, \
    g.id, g.status, g.remaining_minutes, g.expiry_time FROM compensation_usage u \
    JOIN class_credit_compensation g ON g.id = u.compensation_id \
    WHERE u.booking_id = ? AND u.restored_minutes < u.used_minutes ORDER BY g.id FOR UPDATE";

macro_rules! entry_select {
    ($where:literal) => {
        concat!(
            "SELECT id, profile_id, `position`, status, last_notified_at, notification_round, response_deadline, \
             makeup_for FROM waitlist WHERE ",
            $where
        )
    };
}
/// The first that may be offered a seat, and the offer.
pub(super) const HEAD: &str = entry_select!(
    "session_id = ? AND status = 'waiting' AND (last_notified_at IS NULL OR last_notified_at <= ?) \
     ORDER BY `position` LIMIT 1"
);
pub(super) const OFFER: &str = "UPDATE waitlist SET status = 'notified', last_notified_at = ?, \
    response_deadline = ?, reminder_at = ?, notification_round = ? \
    WHERE status = 'waiting' AND `position` BETWEEN ? AND ? AND id IN (?)";
pub(super) const RECIPIENT: &str = "SELECT t.id AS about, a.id AS account_id, a.openid, p.id AS profile_id, \
    p.name AS profile_name, c.name AS course_name FROM waitlist t JOIN profile p ON p.id = t.profile_id \
    JOIN account a ON a.id = p.account_id JOIN course_schedule s ON s.id = t.course_schedule_id \
    JOIN course c ON c.id = s.course_id WHERE t.session_id = ? AND t.id IN (?)";
pub(super) const NOTIFY: &str = "INSERT INTO waitlist_notification (waitlist_id, profile_id, notification_type, \
    notification_round, sent_time, response_deadline, status, delivery, message_content, notification_data) \
    VALUES (?, ?, ?, ?, ?, ?, 'sent', 'delivered', ?, ?)";
pub(super) const MESSAGE: &str = "INSERT INTO outbox (account_id, openid, template, page, data, waitlist_id, \
    notification_id, created_at, not_before, give_up_at, status, sent_at) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'sent', ?)";
pub(super) const SPEND_CONSENT: &str = "UPDATE subscription_grant SET remaining = remaining - 1 \
    WHERE account_id = ? AND template_id = ? AND remaining > 0";
pub(super) const FLOW: &str =
    "INSERT INTO waitlist_flow (waitlist_notification_id, flow_start_time) VALUES (?, ?)";
pub(super) const FRONT: &str = "SELECT id, `position` FROM waitlist WHERE session_id = ? AND status = 'waiting' ORDER BY `position` LIMIT 1";

/// An answer to an offer.
pub(super) const ENTRY_OWNER: &str = "SELECT w.session_id, p.account_id FROM waitlist w \
    JOIN profile p ON p.id = w.profile_id WHERE w.id = ?";
pub(super) const OFFERS: &str =
    entry_select!("session_id = ? AND status = 'notified' ORDER BY last_notified_at, `position`");
pub(super) const ENTRY: &str = entry_select!("id = ? AND session_id = ?");
pub(super) const OVERLAP: &str = "SELECT b.id FROM booking b JOIN class_session s ON s.id = b.session_id \
    WHERE b.profile_id = ? AND b.status IN ('booked', 'completed', 'absent') AND b.session_id <> ? \
    AND s.starts_at < ? AND s.ends_at > ? LIMIT 1";
pub(super) const LEAVE: &str = "SELECT b.id, EXISTS (SELECT 1 FROM makeup_booking lm \
    WHERE lm.original_booking_id = b.id AND lm.status IN ('pending', 'confirmed', 'completed', 'no_show')) \
    FROM booking b WHERE b.session_id = ? AND b.profile_id = ? AND b.status = 'leave' ORDER BY b.id DESC LIMIT 1";
pub(super) const CONFIRM: &str = "UPDATE waitlist SET status = 'confirmed', confirmed_at = ?, reminder_at = NULL \
    WHERE id = ? AND status = 'notified'";
pub(super) const DECLINE: &str = "UPDATE waitlist SET status = 'cancelled', reminder_at = NULL \
    WHERE id = ? AND status = 'notified' AND `position` = ?";
pub(super) const ANSWERED: &str = "UPDATE waitlist_notification n \
    JOIN waitlist_flow f ON f.waitlist_notification_id = n.id \
    SET n.status = 'responded', n.response_time = ?, f.flow_completion_time = ?, f.expiration_reason = ? \
    WHERE n.notification_type = 'spot_available' AND n.status = 'sent' AND f.flow_completion_time IS NULL \
    AND n.waitlist_id IN (?)";
pub(super) const BOOKING_INSERT: &str = "INSERT INTO booking (profile_id, session_id, course_schedule_id, \
    booking_date, status, source, waitlist_id, created_at) VALUES (?, ?, ?, ?, 'booked', 'waitlist', ?, ?)";
