//! `waitlist_flow.flow_data`: what freed the seat of an offer, and how it was passed on.

use logic::session::{BookingEnd, Command, Event};
use serde_json::{Value, json};

/// The data of an offer to `ticket` under `command`, after the `earlier` events of the same decision.
pub(super) fn of_offers(command: &Command, earlier: &[Event], offers: &[Event]) -> Value {
    let by_staff = match command {
        Command::Notify { entry } => offers
            .iter()
            .any(|event| matches!(event, Event::Offered { ticket, .. } if *ticket == entry.ticket)),
        _ => false,
    };
    let mut data = earlier.iter().rev().find_map(freed).unwrap_or_else(|| json!({"freed_by": "earlier"}));
    data["passed_on"] = json!(if by_staff { "by_staff" } else { "in_turn" });
    data
}

/// What freed a seat, if the event did. `earlier`: the seat was free before the decision, and nobody could be told then.
fn freed(event: &Event) -> Option<Value> {
    let word = match event {
        Event::BookingEnded { booking, how } => {
            let word = match how {
                BookingEnd::Cancelled { .. } => "booking_cancelled",
                BookingEnd::Leave => "leave_taken",
                BookingEnd::Makeup => "makeup_cancelled",
            };
            return Some(json!({"freed_by": word, "booking_id": booking}));
        }
        Event::Declined { .. } => "offer_declined",
        Event::Expired { .. } => "offer_expired",
        Event::LeftQueue { offered: true, .. } => "entry_left",
        Event::Withdrawn { .. } => "offer_withdrawn",
        Event::MakeupLapsed { offered: true, .. } => "makeup_lapsed",
        Event::CapacitySet { .. } => "capacity_raised",
        _ => return None,
    };
    Some(json!({ "freed_by": word }))
}
