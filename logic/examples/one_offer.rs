//! One offer: a seat of a full class frees, the first in line is asked, and does not answer in time.
//! `cargo run -p logic --example one_offer`

use logic::ids::{BookingId, ProfileId, Ticket};
use logic::session::{Command, Session, WaitingEntry, decide};
use logic::status::{BookingStatus, SessionStatus};
use logic::{Instant, Minutes, Policy, countdown};

fn main() {
    let (policy, start) = (Policy::default(), Instant::clamped(1_772_532_000_000));
    let waiting =
        |ticket, profile| WaitingEntry { ticket, profile, last_notified_at: None, round: 0, lapsed: false };
    let mut class = Session {
        start,
        utc_offset: Minutes(480),
        status: SessionStatus::Scheduled,
        on_timetable: true,
        capacity: 1,
        booked: 1,
        queue_capacity: None,
        next_ticket: Ticket(3),
        offers: vec![],
        queue_front: vec![waiting(Ticket(1), ProfileId(7)), waiting(Ticket(2), ProfileId(8))],
        waiting: 2,
    };
    let cancelled = start.plus(Minutes(-600));
    let cancel =
        Command::CancelBooking { booking: BookingId(31), status: BookingStatus::Booked, late_until: None };
    for (what, command, now) in [
        ("ten hours before class the seat is given up", &cancel, cancelled),
        ("31 minutes later nobody has answered", &Command::Settle, cancelled.plus(Minutes(31))),
    ] {
        println!("{what}:");
        for event in decide(&class, command, now, &policy).events {
            println!("  {event:?}");
            class.apply(&event);
        }
        let offer = &class.offers[0];
        let left = countdown::countdown(now, offer.deadline);
        println!("  profile {} holds the seat, and has {} seconds", offer.profile, left.total_seconds);
    }
}
