//! One class and helpers that send commands to it. Times are minutes before its start.

use logic::ids::{BookingId, ProfileId, Ticket};
use logic::makeup::{CompletionType, MakeupTerms};
use logic::session::{Actor, Command, ConfirmFacts, Decision, Event, OfferAnswer, Purpose, Session, decide};
use logic::status::{EntryStatus, SessionStatus};
use logic::{Code, Instant, Minutes, Policy};

use crate::rows::Rows;

/// Returns the start of the class, 2026-03-02T10:00Z: 18:00 in the gym's time zone.
pub(crate) fn start() -> Instant {
    Instant::parse_rfc3339("2026-03-02T10:00:00.000Z").unwrap()
}

/// Returns the instant this many minutes before the class.
pub(crate) fn before(minutes: i64) -> Instant {
    start().minus(Minutes(minutes))
}

/// Returns the instant one millisecond later.
pub(crate) fn just_after(at: Instant) -> Instant {
    Instant::clamped(at.millis() + 1)
}

/// The last notification time of the default policy.
pub(crate) const LAST: i64 = 390;
/// The response cutoff of the default policy.
pub(crate) const CUTOFF: i64 = 360;

pub(crate) struct Class {
    pub(crate) session: Session,
    pub(crate) rows: Rows,
    pub(crate) policy: Policy,
    pub(crate) now: Instant,
}

impl Class {
    /// Creates a class of `capacity` seats, booked by profiles 1 to `booked`, two days before its start.
    pub(crate) fn new(capacity: u32, booked: u32) -> Self {
        let mut rows = Rows::new(capacity);
        (1..=booked).for_each(|profile| rows.book(ProfileId(i64::from(profile))));
        let session = Session {
            start: start(),
            utc_offset: Minutes(480),
            status: SessionStatus::Scheduled,
            on_timetable: true,
            capacity,
            booked,
            queue_capacity: None,
            next_ticket: Ticket(1),
            offers: vec![],
            queue_front: vec![],
            waiting: 0,
        };
        Self { session, rows, policy: Policy::default(), now: before(2 * 24 * 60) }
    }

    /// Creates a full class in which these profiles wait.
    pub(crate) fn full(capacity: u32, queue: &[i64]) -> Self {
        let mut class = Self::new(capacity, capacity);
        queue.iter().for_each(|profile| assert_eq!(class.join(*profile).outcome, Ok(())));
        class
    }

    /// Creates a class whose only seat is held for profile 10, while 11 and 12 wait.
    pub(crate) fn offered() -> Self {
        let mut class = Self::full(1, &[10, 11, 12]);
        assert_eq!(offered(&class.cancel(1)), [10]);
        class
    }

    pub(crate) fn at(&mut self, now: Instant) -> &mut Self {
        assert!(now >= self.now, "time does not go backwards");
        self.now = now;
        self
    }

    pub(crate) fn later(&mut self, minutes: i64) -> &mut Self {
        self.at(self.now.plus(Minutes(minutes)))
    }

    pub(crate) fn run(&mut self, command: Command) -> Decision {
        let decision = decide(&self.session, &command, self.now, &self.policy);
        for event in &decision.events {
            self.session.apply(event);
            self.rows.record(event);
        }
        self.rows.assert_agree(&self.session);
        self.session.check(&self.policy).unwrap();
        decision
    }

    pub(crate) fn entry(&self, profile: i64) -> logic::session::EntryFacts {
        self.rows.entries[&ProfileId(profile)].clone()
    }

    pub(crate) fn status(&self, profile: i64) -> EntryStatus {
        self.entry(profile).status
    }

    pub(crate) fn deadline(&self, profile: i64) -> Instant {
        self.entry(profile).deadline.unwrap()
    }

    pub(crate) fn due_at(&self) -> Option<Instant> {
        self.session.due_at(self.now, &self.policy)
    }

    /// Returns the waiting profiles, in order.
    pub(crate) fn queue(&self) -> Vec<i64> {
        self.session.queue_front.iter().map(|entry| entry.profile.0).collect()
    }

    pub(crate) fn join(&mut self, profile: i64) -> Decision {
        let joiner = self.rows.joiner(ProfileId(profile), 0);
        self.run(Command::Join(joiner))
    }

    pub(crate) fn book(&mut self, profile: i64) -> Decision {
        let booker = self.rows.booker(ProfileId(profile));
        self.run(Command::Book(booker))
    }

    pub(crate) fn cancel(&mut self, profile: i64) -> Decision {
        let booking = self.latest_booking(profile);
        self.run(Command::CancelBooking { booking: booking.id, status: booking.status, late_until: None })
    }

    pub(crate) fn take_leave(&mut self, profile: i64, is_makeup: bool) -> Decision {
        let booking = self.latest_booking(profile);
        self.run(Command::TakeLeave {
            booking: booking.id,
            status: booking.status,
            is_makeup,
            waives_lead: false,
        })
    }

    /// Books a makeup with the terms of [`makeup_terms`].
    pub(crate) fn make_up(&mut self, profile: i64) -> Decision {
        self.make_up_if(profile, Ok(makeup_terms()))
    }

    pub(crate) fn make_up_if(&mut self, profile: i64, verdict: Result<MakeupTerms, Code>) -> Decision {
        let mut booker = self.rows.booker(ProfileId(profile));
        booker.purpose = Purpose::Makeup(verdict);
        self.run(Command::Book(booker))
    }

    pub(crate) fn cancel_makeup(&mut self, profile: i64, spent_by: &[BookingId]) -> Decision {
        let booking = self.latest_booking(profile);
        let (id, status) = (booking.id, booking.status);
        self.run(Command::CancelMakeup { booking: id, status, spent_by: spent_by.to_vec() })
    }

    pub(crate) fn latest_booking(&self, profile: i64) -> crate::rows::Booking {
        self.rows.bookings.iter().rfind(|row| row.profile.0 == profile).unwrap().clone()
    }

    pub(crate) fn leave(&mut self, profile: i64, by: Actor) -> Decision {
        let entry = self.entry(profile);
        self.run(Command::LeaveQueue { entry, by })
    }

    pub(crate) fn decline(&mut self, profile: i64) -> Decision {
        let entry = self.entry(profile);
        self.run(Command::Respond { entry, answer: OfferAnswer::Decline, by: Actor::Member })
    }

    pub(crate) fn confirm(&mut self, profile: i64) -> Decision {
        self.confirm_with(profile, ConfirmFacts::default())
    }

    pub(crate) fn confirm_with(&mut self, profile: i64, facts: ConfirmFacts) -> Decision {
        let entry = self.entry(profile);
        self.run(Command::Respond { entry, answer: OfferAnswer::Confirm(facts), by: Actor::Member })
    }

    pub(crate) fn notify(&mut self, profile: i64) -> Decision {
        let entry = self.entry(profile);
        self.run(Command::Notify { entry })
    }
}

/// Returns the terms of making up 75 minutes in 60.
pub(crate) fn makeup_terms() -> MakeupTerms {
    MakeupTerms {
        original: BookingId(77),
        original_duration: Minutes(75),
        makeup_duration: Minutes(60),
        difference: Minutes(15),
        completion_type: CompletionType::Partial,
    }
}

/// Returns the profiles that were offered a seat, in order.
pub(crate) fn offered(decision: &Decision) -> Vec<i64> {
    let profile = |event: &Event| match event {
        Event::Offered { profile, .. } => Some(profile.0),
        _ => None,
    };
    decision.events.iter().filter_map(profile).collect()
}

/// Returns the code of a refused decision.
#[track_caller]
pub(crate) fn code(decision: &Decision) -> Code {
    decision.outcome.as_ref().expect_err("a refusal").code
}

/// Asserts that the command was accepted and changed nothing.
#[track_caller]
pub(crate) fn assert_accepted_without_change(decision: &Decision) {
    assert_eq!(*decision, Decision { events: vec![], outcome: Ok(()) });
}
