//! What the gym's desk reads and writes.

use super::{Attendance, AuditEntry, Balance, Booking, Entry, Guardian, Makeup, Message, Session};
use chrono::NaiveDate;
use logic::error::Refusal;
use logic::ids::{AccountId, BookingId, ProfileId};
use logic::status::MessageDelivery;
use logic::{Code, Instant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most bookings of one `PUT /desk/sessions/{id}/{date}/attendance`.
pub const MAX_ATTENDANCE: usize = 1000;
/// The most waiting entries that `GET /desk/sessions/{id}/{date}` shows.
pub const MAX_DESK_QUEUE: u32 = 500;
/// The most rows of the record that it shows.
pub const MAX_DESK_HISTORY: u32 = 50;
/// The most rows of each list that `GET /desk/profiles/{id}` shows.
pub const MAX_DESK_CHILD: u32 = 100;

shapes! {
    /// Who teaches a class.
    Coach {
        /// The coach's account, if it has one.
        account_id: Option<AccountId>,
        /// The coach's name.
        name: Option<String>,
    }
    /// `GET /desk/day`.
    DeskDay {
        /// The day.
        date: NaiveDate,
        /// Every class of the day, those that are called off too, in the order in which they start.
        items: Vec<DeskClass>,
    }
    /// A class at a glance.
    DeskClass {
        /// The class.
        session: Session,
        /// Who teaches it.
        coach: Option<Coach>,
        /// Where.
        room: Option<String>,
        /// How many children are on its roster.
        roster: u32,
        /// How many seats are offered to somebody who has not answered.
        offers: u32,
        /// When the first of these offers ends.
        next_deadline: Option<Instant>,
        /// How many entries wait.
        waiting: u32,
        /// How many seats are neither booked nor held while somebody waits.
        free_while_waiting: u32,
        /// How many children have no recorded attendance (R2.93).
        unmarked: u32,
        /// The children whose families could not be told what was last said to them about this class.
        unreachable: Vec<Unreachable>,
    }
    /// A child whose family could not be told.
    Unreachable {
        /// The child.
        profile_id: ProfileId,
        /// Its name.
        name: String,
        /// Its phone; null for a coach.
        phone: Option<String>,
    }
    /// `GET /desk/sessions/{course_schedule_id}/{date}`.
    DeskSession {
        /// The class.
        session: Session,
        /// Live bookings and leaves, by name.
        roster: Vec<DeskBooking>,
        /// The first 500 entries that wait, in their order.
        queue: Vec<DeskEntry>,
        /// How many entries wait.
        queue_total: u32,
        /// How many seats are neither booked nor held while somebody waits.
        free_while_waiting: u32,
        /// The entries that were offered a seat and have not answered, by deadline.
        offers: Vec<DeskEntry>,
        /// The last 50 rows of the record about this class, newest first; null for a coach.
        history: Option<Vec<AuditEntry>>,
    }
    /// A child as the desk names it.
    DeskProfile {
        /// Its id.
        id: ProfileId,
        /// Its name.
        name: String,
        /// What the gym should know; no family sees it.
        note: Option<String>,
        /// Its phone; null for a coach.
        phone: Option<String>,
    }
    /// `GET /desk/profiles/{id}`: a child as its family sees it.
    DeskChild {
        /// The child.
        profile: DeskProfile,
        /// Its guardians, in the order in which they became guardians.
        guardians: Vec<Guardian>,
        /// The last 100 bookings, the latest class first.
        bookings: Vec<Booking>,
        /// The last 100 entries, the newest first.
        waitlist: Vec<Entry>,
        /// The last 100 makeups, the newest first.
        makeups: Vec<Makeup>,
        /// Its credit; the first 100 grants.
        balance: Balance,
        /// The last 100 messages to its family, the newest first, with what became of each.
        messages: Vec<Message>,
    }
    /// A child on the roster of a class.
    DeskBooking {
        /// The booking.
        booking: Booking,
        /// The child.
        profile: DeskProfile,
        /// The makeup that the booking is, if it is one.
        makeup: Option<Makeup>,
        /// The child's guardians, in the order in which they became guardians.
        guardians: Vec<Guardian>,
    }
    /// An entry of a queue.
    DeskEntry {
        /// The entry; its `chance` is null.
        entry: Entry,
        /// The child.
        profile: DeskProfile,
        /// Its place among those that wait, from 1; null for an offer.
        rank: Option<u32>,
        /// From when it may be told of a seat (R2.95); null for an offer.
        notifiable_at: Option<Instant>,
        /// Why it may not be told of one at all.
        refusal: Option<String>,
        /// Until when its offer can be answered; null while it waits.
        deadline: Option<Instant>,
        /// What became of the last message about this class; null where none was sent.
        delivery: Option<MessageDelivery>,
    }
    /// `PUT /desk/sessions/{course_schedule_id}/{date}/attendance`.
    AttendanceList {
        /// 1 to 1,000 bookings of the class, each once.
        items: Vec<AttendanceItem>,
    }
    /// Whether one child came.
    AttendanceItem {
        /// The booking.
        booking_id: BookingId,
        /// Whether the child came.
        status: Attendance,
    }
    /// `PUT /desk/sessions/{course_schedule_id}/{date}/attendance`, the answer.
    AttendanceRecorded {
        /// The bookings, in the order in which they were named.
        items: Vec<Booking>,
    }
}

impl AttendanceList {
    /// Checks that the list names bookings, each once.
    ///
    /// # Errors
    /// `invalid_request` with what is wrong.
    pub fn check(&self) -> Result<(), Refusal> {
        let wrong = |words: String| Err(Refusal::because(Code::InvalidRequest, words));
        if self.items.is_empty() || self.items.len() > MAX_ATTENDANCE {
            return wrong(format!(
                "items names {} bookings: it must be 1 to {MAX_ATTENDANCE}",
                self.items.len()
            ));
        }
        let mut seen = BTreeSet::new();
        match self.items.iter().position(|item| !seen.insert(item.booking_id)) {
            Some(twice) => {
                wrong(format!("items[{twice}] names booking {} again", self.items[twice].booking_id))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(items: Value) -> Result<(), Code> {
        let list: AttendanceList = serde_json::from_value(json!({ "items": items })).unwrap();
        list.check().map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_list_of_attendance_names_each_booking_once() {
        let item = |id: i64| json!({"booking_id": id, "status": "absent"});
        assert_eq!(check(json!([item(1), item(2)])), Ok(()));
        for bad in [json!([]), json!([item(1), item(2), item(1)]), (1..=1001).map(item).collect()] {
            assert_eq!(check(bad), Err(Code::InvalidRequest));
        }
    }
}
