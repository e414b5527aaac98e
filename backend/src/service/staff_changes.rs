//! What staff did to a child's place: recorded, and told to its family once.

use super::Context;
use super::access::Acting;
use super::audit::{self, Act};
use super::messages::{self, Place};
use super::queue::{Locked, Outcome};
use crate::error::AppError;
use crate::store::{Conn, StoreError};
use crate::wechat::message::StaffChange;
use logic::Instant;
use logic::session::{Actor, BookingEnd, BookingKind, Event};

/// Records what somebody other than the family did for a child (R7.4), and tells the family of the place that it changed.
/// A refusal is not recorded, and a repeat changed none; what the command settled on the way is told where it is applied.
///
/// # Errors
/// A row cannot be written.
pub(super) async fn record(
    context: &Context,
    conn: &mut Conn,
    acting: &Acting,
    act: Act,
    (locked, outcome): (&Locked, &Outcome),
    now: Instant,
) -> Result<(), AppError> {
    if acting.by == Actor::Member || outcome.answer.is_err() {
        return Ok(());
    }
    audit::record_for(conn, acting, act, now).await?;
    let booked = || {
        let missing = StoreError::unexpected("class_session", locked.class.id.0, "a new booking", "none");
        outcome.created.booking.map(Place::Booking).ok_or(missing)
    };
    for event in &outcome.events {
        let (change, place) = match event {
            Event::LeftQueue { ticket, .. } => (StaffChange::TakenOff, Place::Entry(locked.id_of(*ticket)?)),
            Event::Declined { ticket, .. } => (StaffChange::OfferLetGo, Place::Entry(locked.id_of(*ticket)?)),
            Event::Confirmed { .. } => (StaffChange::OfferTaken, booked()?),
            Event::Booked { kind: BookingKind::Makeup(_), .. } => (StaffChange::MakeupBooked, booked()?),
            Event::Booked { .. } => (StaffChange::Booked, booked()?),
            Event::BookingEnded { booking, how } => {
                let change = match how {
                    BookingEnd::Cancelled { .. } => StaffChange::Cancelled,
                    BookingEnd::Leave => StaffChange::Leave,
                    BookingEnd::Makeup => StaffChange::MakeupCancelled,
                };
                (change, Place::Booking(*booking))
            }
            _ => continue,
        };
        messages::staff_change(context, conn, &locked.class, change, place, now).await?;
    }
    Ok(())
}
